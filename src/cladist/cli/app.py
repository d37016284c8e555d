"""The subcommands; each is one public function of the library and the printing of its result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cladist.cli.asking import DeepOption, FreshOption, SnapshotOption, asked
from cladist.cli.live import register as register_live
from cladist.cli.output import (
    Format,
    FormatOption,
    JsonOption,
    OutOption,
    colored,
    emit,
    emit_json,
    progress,
    say,
    width,
)
from cladist.cli.serving import serve
from cladist.errors import InputError

app = typer.Typer(
    name="cladist",
    help="Family trees of machine-learning models: where a model comes from, and what changed.",
    epilog="Exit codes: 0 fine, 1 findings, 2 usage or bad input, 3 environment, 70 internal "
    "error, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

SnapshotArgument = Annotated[str, typer.Argument(metavar="X.snapshot", help="A snapshot.")]


def _version(wanted: bool) -> None:
    if wanted:
        from cladist.provenance import software

        print(f"cladist {software()}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Family trees of machine-learning models: where a model comes from, and what changed."""


def _per_source(values: list[str] | None, flag: str) -> dict[str, str] | None:
    """Read ``VALUE`` or ``SOURCE=VALUE`` options; the value without a source is for all others."""
    if not values:
        return None
    pairs = [v.rpartition("=") for v in values]
    if sum(not p[1] for p in pairs) > 1:
        raise InputError(
            f"{flag} is given several times without a source.",
            f"Write {flag} SOURCE=VALUE; one alone may hold for all others.",
        )
    return {p[0]: p[2] for p in pairs}


_BY_SUFFIX = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".md": "md"}


def _form(format: Format, json: bool, out: Path | None, rows: int) -> tuple[str, int | None]:  # noqa: A002
    """Tell format and row limit: a file takes its form from its name and is never cut."""
    if json and format not in (Format.table, Format.json):
        raise InputError(
            f"--json and --format {format.value} contradict one another.", "Give one of them."
        )
    chosen = "json" if json else format.value
    if out is None or str(out) == "-":
        return chosen, None
    if not json and format is Format.table:
        chosen = _BY_SUFFIX.get(out.suffix.lower(), chosen)
    return chosen, max(rows, 1) if chosen in ("table", "md") else None


@app.command()
def build(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Files or folders.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the snapshot goes.")],
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[SOURCE=]KIND",
            help="Force the kind: records, hub_stats, "
            "modelbiome, repositories or tabular; found out if left away.",
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(metavar="[SOURCE=]FILE", help="Column map (TOML) of a tabular source."),
    ] = None,
    observed_at: Annotated[
        list[str] | None,
        typer.Option(metavar="[SOURCE=]DATE", help="When the source was read from the hub."),
    ] = None,
    aliases: Annotated[
        Path | None, typer.Option(help="CSV of old ids: alias,model_id,reason.")
    ] = None,
    merge_aliased: Annotated[
        bool,
        typer.Option(
            "--merge-aliased",
            help="Join records of an old id with those of the present "
            "one, where both have records.",
        ),
    ] = False,
    coverage: Annotated[
        str | None, typer.Option(help="What the sources cover, quoted in every result.")
    ] = None,
    json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Read model metadata and write a snapshot.

    Reads Hub API records (JSON, JSON Lines, gzip, zip, folders), hub-stats models.parquet, the
    modelbiome CSV, folders of model repositories, and any CSV or Parquet with a column map.
    """  # fmt: skip
    from cladist import api

    with progress(quiet) as report:
        hub = api.build(
            list(sources),
            out,
            source=_per_source(source, "--source"),
            columns=_per_source(columns, "--columns"),
            observed_at=_per_source(observed_at, "--observed-at"),
            aliases=aliases,
            merge_aliased=merge_aliased,
            coverage=coverage,
            report=report,
        )
    if json:
        emit_json(hub.counts)
        return
    from cladist.views.counts import counts_text

    emit(counts_text(hub))
    if not hub.counts["records_model"] + hub.counts["records_edge"]:
        say("Nothing usable was read: see the reasons above, and the table of rejects.")
    say(f"Wrote {out}. Next: cladist report {out} --out report/")


@app.command()
def info(
    snapshot: SnapshotArgument,
    json: JsonOption = False,
    columns: Annotated[bool, typer.Option(help="List tables and columns instead.")] = False,
) -> None:
    """Show what a snapshot holds: counts, sources, digests; or its tables and columns."""
    from cladist.snapshot import open_snapshot

    hub = open_snapshot(snapshot)
    if columns:
        from cladist.views.counts import columns_rows, columns_text

        if json:
            emit_json(columns_rows())
        else:
            emit(columns_text())
    elif json:
        emit_json(hub.manifest)
    else:
        from cladist.views.counts import counts_text

        emit(counts_text(hub))


@app.command()
def validate(snapshot: SnapshotArgument, json: JsonOption = False) -> None:
    """Check a snapshot against its manifest and format; exit 0 if it is sound, else 2."""
    from cladist.snapshot import open_snapshot
    from cladist.snapshot import validate as check

    hub = open_snapshot(snapshot)
    problems = check(hub)
    if json:
        emit_json({"valid": not problems, "problems": problems, "digest": hub.digest})
    else:
        emit("\n".join(problems) if problems else f"{hub.name}: sound, digest {hub.digest}")
    if problems:
        raise typer.Exit(2)


@app.command()
def trace(
    model: Annotated[str, typer.Argument(help="Model id, alias, or the URL of its page.")],
    snapshot: SnapshotOption = "",
    depth: Annotated[int | None, typer.Option(help="Generations of ancestors to show.")] = None,
    down: Annotated[
        int | None, typer.Option(help="Live: generations of descendants to ask for; all if unset.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Children to show (all in JSON).")] = None,
    relation: Annotated[
        str | None, typer.Option(help="Only children by this relation: finetune, adapter ...")
    ] = None,
    sort: Annotated[
        str, typer.Option(help="Order of the children: downloads, likes, created or modified.")
    ] = "downloads",
    deep: DeepOption = False,
    fresh: FreshOption = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="Live: wait for the rate limit, leave nothing out.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Tell where a model comes from: ancestors, parents, children, family.

    From a snapshot, or live from the Hub without one.
    """
    shown = 10 if limit is None and not json else limit
    with asked(
        snapshot, [model], depth=depth, descendants=True, down=down, relation=relation, sort=sort,
        deep=deep, fresh=fresh, whole=whole,
    ) as (hub, live):  # fmt: skip
        # Loaded here and below, not before: by now a live look-up loaded it while it waited.
        from cladist.tracing import trace as look_up

        found = look_up(hub, model, depth=depth, limit=shown, relation=relation, sort=sort)
        found = found if live is None else live.annotate(found)
    if json:
        emit_json(found)
    else:
        from cladist.views.trace import trace_text

        emit(trace_text(found, width=width()))


@app.command()
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="Model id, alias, or its page's URL.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The other model.")],
    snapshot: SnapshotOption = "",
    full: Annotated[bool, typer.Option("--full", help="Show unchanged stretches whole.")] = False,
    json: JsonOption = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write an HTML page (or JSON) there.")
    ] = None,
    deep: DeepOption = False,
    fresh: FreshOption = False,
) -> None:
    """Tell how two models are related and what changed: traits, record and card.

    From a snapshot, or live from the Hub without one.
    """
    form = "json" if json else _COMPARED.get("" if out is None else out.suffix.lower())
    if form is None or (json and out is not None and out.suffix.lower() not in ("", ".json")):
        raise InputError(
            f"The name {str(out)!r} does not go with {'--json' if json else 'a comparison'}.",
            f"End it in {'.json' if json else '.html, .txt or .json'}.",
        )
    with asked(snapshot, [a, b], cards=True, deep=deep, fresh=fresh) as (hub, live):
        from cladist.comparing import compare as look_up

        found = look_up(hub, a, b)
        found = found if live is None else found | {"live": live.facts()}
    if form == "json":
        emit_json(found, out)
    elif form == "html":
        from cladist.views.compare_html import compare_page

        emit(compare_page(found), out)
    else:
        from cladist.views.compare import compare_text

        emit(compare_text(found, full=full, color=colored() and out is None), out)


#: Suffix of ``--out`` -> form of a comparison.
_COMPARED: Final = {"": "text", ".txt": "text", ".json": "json", ".html": "html", ".htm": "html"}


@app.command()
def audit(
    model: Annotated[
        str, typer.Argument(help="Model id, alias, or the URL of its page; with --all a snapshot.")
    ] = "",
    snapshot: SnapshotOption = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Audit a whole snapshot instead of one model.")
    ] = False,
    policy: Annotated[
        Path | None, typer.Option(help="TOML: allow, deny, review, exceptions.")
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            help="Exit 1 from this severity on: conflict, review, unknown, obligation, never."
        ),
    ] = "conflict",
    format: Annotated[  # noqa: A002
        str,
        typer.Option(help="text, json, html, md, sarif; with --all table, csv, json, parquet, md."),
    ] = "text",
    deep: DeepOption = False,
    fresh: FreshOption = False,
    json: JsonOption = False,
    out: OutOption = None,
) -> None:
    """Audit a licence: what the ancestors oblige us to, and whether the label keeps it.

    From a snapshot, or live from the Hub without one. Exit 0 if nothing reaches --fail-on, 1 if
    something does. Not legal advice.
    """
    from cladist.cli.audits import audited_hub, audited_model, one_form
    from cladist.policy import FAIL_ON, reaches, read_policy

    if everything and model and not snapshot:
        model, snapshot = "", model
    if everything == bool(model) or (everything and not snapshot):
        raise InputError(
            "Name one model, or a snapshot with --all.",
            "Write: cladist audit MODEL -s X.snapshot, or cladist audit --all X.snapshot",
        )
    if fail_on not in FAIL_ON:
        raise InputError.not_among("--fail-on", fail_on, FAIL_ON)
    given = read_policy(policy) if policy is not None else None
    form = one_form(format, everything=everything, json=json, out=out)
    if everything:
        found, verdict = audited_hub(snapshot, given, form, out)
    else:
        with asked(snapshot, [model], deep=deep, fresh=fresh) as (hub, live):
            found, verdict = audited_model(hub, live, model, given, form)
    emit(found, out)
    if reaches(verdict, fail_on):
        raise typer.Exit(1)


@app.command()
def bom(
    model: Annotated[str, typer.Argument(help="Model id, alias, or the URL of its page.")],
    snapshot: SnapshotOption = "",
    format: Annotated[  # noqa: A002
        str, typer.Option(help="cyclonedx (1.7), cyclonedx-1.6, or spdx (3.0.1).")
    ] = "cyclonedx",
    deep: DeepOption = False,
    fresh: FreshOption = False,
    out: OutOption = None,
) -> None:
    """Write a bill of materials with the pedigree filled in, up to the founders.

    From a snapshot, or live from the Hub without one.
    """
    with asked(snapshot, [model], deep=deep, fresh=fresh) as (hub, _):
        from cladist.materials import bom as make

        made = make(hub, model, format=format)
    emit_json(made, out)


@app.command()
def analyze(
    name: Annotated[str, typer.Argument(help="Analysis; 'list' shows all.")],
    snapshot: Annotated[str, typer.Argument(metavar="X.snapshot", help="A snapshot.")] = "",
    trait: Annotated[
        str | None, typer.Option(help="license, language, pipeline_tag ...; or a quantity.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Group by this column.")] = None,
    relations: Annotated[
        str | None, typer.Option(help="all, no-merges, or relations joined by commas.")
    ] = None,
    definition: Annotated[
        str, typer.Option(help="standard (corrected), or laufer2025 (exactly as published).")
    ] = "standard",
    top: Annotated[int | None, typer.Option(help="How many values or families.")] = None,
    text: Annotated[str | None, typer.Option(help="metadata, card or traits.")] = None,
    metric: Annotated[
        str | None, typer.Option(help="levenshtein, bow, tfidf, bow_full or tfidf_full.")
    ] = None,
    weighting: Annotated[
        str | None, typer.Option(help="pairs, parents, families or authors.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="What is one lineage: clan, family, parent or author.")
    ] = None,
    draws: Annotated[int | None, typer.Option(help="Draws of each motif.")] = None,
    characters: Annotated[
        int | None, typer.Option(help="Characters of each text compared: 512 to 20000.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of random draws.")] = None,
    replicates: Annotated[
        int | None, typer.Option(help="Bootstrap resamples, at least 100.")
    ] = None,
    merges: Annotated[
        bool | None, typer.Option("--merges/--no-merges", help="Whether merges join families.")
    ] = None,
    rank: Annotated[
        str | None, typer.Option(help="Families by rank of size, joined by commas: 25,50.")
    ] = None,
    founder: Annotated[str | None, typer.Option(help="The family of this model.")] = None,
    unstated: Annotated[
        bool | None,
        typer.Option("--unstated", help="Keep other, unknown and what is not stated as values."),
    ] = None,
    chart: Annotated[
        str | None, typer.Option(help="Draw this chart (--out X.svg or X.png); 'list' names them.")
    ] = None,
    engine: Annotated[str, typer.Option(help="duckdb, or a Spark master URL.")] = "duckdb",
    format: FormatOption = Format.table,  # noqa: A002
    json: JsonOption = False,
    out: OutOption = None,
) -> None:
    """Run one analysis and print its table, or with --out X.svg, X.png or --chart draw it."""
    from cladist.analyses import ANALYSES, analysis
    from cladist.snapshot import open_snapshot
    from cladist.views.tables import render

    if name == "list":
        emit_json([{"name": a.name, "sentence": a.sentence} for a in ANALYSES.values()]) if json \
            else emit("\n".join(f"{a.name:15}{a.sentence}" for a in ANALYSES.values()))  # fmt: skip
        return
    chosen = analysis(name)
    if not snapshot:
        raise InputError("No snapshot is given.", f"Write: cladist analyze {name} X.snapshot")
    hub = open_snapshot(snapshot, engine=engine)
    options: dict[str, Any] = {
        "trait": trait, "by": by, "relations": relations, "top": top, "seed": seed,
        "replicates": replicates, "merges": merges, "text": text, "metric": metric,
        "weighting": weighting, "cluster": cluster, "draws": draws,
        "characters": characters, "unstated": unstated, "rank": rank, "founder": founder,
    }  # fmt: skip
    result = chosen.run(hub, definition=definition, **options)
    if chart is not None or (out is not None and out.suffix.lower() in _DRAWN):
        _draw(result, chart, out)
        return
    chosen_form, limit = _form(format, json, out, result.table.num_rows)
    emit(render(result, chosen_form, limit=limit), out)


#: Suffixes of ``--out`` that ask for a picture.
_DRAWN: Final = (".svg", ".png")


def _draw(result: Any, chart: str | None, out: Path | None) -> None:
    """Write one chart, the one named or the first that is not empty, as SVG or PNG by its name."""
    from cladist.views import plots
    from cladist.views.chartdata import prepare

    if chart == "list":
        emit("\n".join(f"{c.name:24}{c.title}" for c in result.charts))
        return
    full = [c for c in result.charts if prepare(result, c).rows]
    if chart is None and not full:
        raise InputError(
            f"There is nothing to draw of {result.analysis!r}.",
            " ".join(result.notes) or "See its table.",
        )
    text = plots.svg(result, chart or full[0], embed_title=True)
    emit(plots.png(text) if out is not None and out.suffix.lower() == ".png" else text, out)


@app.command()
def report(
    snapshot: SnapshotArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the report.")],
    seed: Annotated[int, typer.Option(help="Seed of random draws.")] = 0,
    replicate: Annotated[
        bool, typer.Option("--replicate", help="Also every published figure beside ours.")
    ] = False,
    json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Write the whole anatomy: one HTML page, tables as Parquet, figures as SVG."""
    from cladist.report import write_report
    from cladist.snapshot import open_snapshot

    with progress(quiet) as tell:
        written = write_report(
            open_snapshot(snapshot), out, seed=seed, replicate=replicate, report=tell
        )
    if json:
        emit_json(written)
    else:
        say(f"Open {out / 'index.html'}")
    if written["failed"]:
        for name, problem in written["failed"].items():
            say(f"{name} could not be made: {problem}")
        raise typer.Exit(2)


@app.command()
def replicate(
    snapshot: SnapshotArgument,
    seed: Annotated[int, typer.Option(help="Seed of random draws.")] = 0,
    format: FormatOption = Format.table,  # noqa: A002
    json: JsonOption = False,
    out: OutOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Measure every figure that the paper publishes, as published and corrected."""
    from cladist.replication import replicate as measure
    from cladist.snapshot import open_snapshot
    from cladist.views.tables import render

    with progress(quiet) as tell:
        result = measure(open_snapshot(snapshot), seed=seed, report=tell)
    chosen, limit = _form(format, json, out, result.table.num_rows)
    emit(render(result, chosen, limit=limit), out)


@app.command()
def export(
    snapshot: SnapshotArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="File or folder to write.")],
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(help="graphml, json, newick, csv or parquet; by the name of --out."),
    ] = None,
    family: Annotated[str | None, typer.Option(help="Only the family of this model.")] = None,
    relations: Annotated[
        str, typer.Option(help="all, no-merges, or relations joined by commas.")
    ] = "all",
    json: JsonOption = False,
) -> None:
    """Write the lineage for other tools: GraphML, node-link JSON, Newick, CSV, Parquet."""
    from cladist.exporting import export as write
    from cladist.snapshot import open_snapshot

    counts = write(open_snapshot(snapshot), out, format=format, family=family,
                   relations=relations)  # fmt: skip
    if json:
        emit_json(counts)
    else:
        say(f"Wrote {counts['models']:,} models and {counts['edges']:,} edges to {out}")


@app.command()
def sql(
    snapshot: SnapshotArgument,
    query: Annotated[str, typer.Argument(help="One SELECT over the tables of the snapshot.")],
    format: FormatOption = Format.table,  # noqa: A002
    json: JsonOption = False,
    out: OutOption = None,
) -> None:
    """Run a read-only query; it can reach no other file and no network."""
    from cladist import api
    from cladist.snapshot import open_snapshot
    from cladist.views.tables import render_table

    table = api.query(open_snapshot(snapshot), query)
    chosen, limit = _form(format, json, out, table.num_rows)
    emit(render_table(table, chosen, limit=limit), out)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", "-o", help="Snapshot, or file to write.")],
    models: Annotated[int, typer.Option(min=0, help="Number of models.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Seed: same seed, same bytes.")] = 0,
    format: Annotated[  # noqa: A002
        str, typer.Option(help="snapshot, records, hub_stats, modelbiome or repositories.")
    ] = "snapshot",
    cards: Annotated[bool, typer.Option("--cards/--no-cards", help="Write card texts.")] = True,
    dirt: Annotated[
        list[str] | None,
        typer.Option(help="NAME=RATE of something wrong in the records, as ghosts=0.05; 'none'."),
    ] = None,
    neutral: Annotated[bool, typer.Option("--neutral", help="Mutation without direction.")] = False,
    truth: Annotated[
        Path | None, typer.Option(help="Folder for the true lineage, traits and matrices.")
    ] = None,
    json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Make a hub with a known history; everything in it is labelled as simulated."""
    from cladist.simulation import dirt_rates
    from cladist.simulation import simulate as make

    rates = dirt_rates(dirt or [])
    with progress(quiet) as tell:
        made = make(models, out, seed=seed, format=format, cards=cards, dirt=rates,
                    neutral=neutral, truth=truth, report=tell)  # fmt: skip
    if json:
        emit_json(made)
    else:
        say(f"Wrote {out}: {made['models']:,} simulated models, seed {seed}")


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write to.")] = Path("demo"),
    models: Annotated[int, typer.Option(min=1, help="Number of models.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open the report.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Simulate a hub, build its snapshot, write the report, open it; no network, no data."""
    from cladist.simulation import demo as run

    with progress(quiet) as tell:
        page = run(out, models=models, seed=seed, report=tell)
    say(f"The report of a simulated hub of {models:,} models: {page}")
    if show:
        typer.launch(str(page))


app.command()(serve)
register_live(app)
