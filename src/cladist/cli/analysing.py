"""The subcommands that measure a whole snapshot: one analysis, the report, the paper again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cladist.cli.output import (
    Format,
    FormatOption,
    JsonOption,
    OutOption,
    SnapshotArgument,
    emit,
    emit_json,
    progress,
    say,
    table_form,
)
from cladist.errors import InputError


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
        str | None,
        typer.Option(help="levenshtein, bow, tfidf, bow_full or tfidf_full; of traits, a trait."),
    ] = None,
    weighting: Annotated[
        str | None, typer.Option(help="pairs, parents, families or authors.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="What is one lineage: clan, family, parent or author.")
    ] = None,
    within: Annotated[
        str | None,
        typer.Option(
            help="Among which parents attachment is measured: hub, month, pipeline_tag or clan."
        ),
    ] = None,
    least: Annotated[
        int | None, typer.Option(help="Children from which a parent can attract more.")
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
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
    picture = chart is not None or (out is not None and out.suffix.lower() in _DRAWN)
    if picture and (json or format is not Format.table):
        raise InputError(
            "A chart is drawn as SVG or PNG, not printed.",
            "Leave --chart out for numbers, or --format and --json for the picture.",
        )
    if picture:
        _refuse_other_files(chart, out)
    else:
        table_form(format, json, out, 0)  # said before the work, not after it
    hub = open_snapshot(snapshot, engine=engine)
    options: dict[str, Any] = {
        "trait": trait, "by": by, "relations": relations, "top": top, "seed": seed,
        "replicates": replicates, "merges": merges, "text": text, "metric": metric,
        "weighting": weighting, "cluster": cluster, "within": within, "least": least,
        "draws": draws, "characters": characters, "unstated": unstated, "rank": rank,
        "founder": founder,
    }  # fmt: skip
    with progress(quiet) as tell:
        tell(name, 0, 0)
        result = chosen.run(hub, definition=definition, **options)
    if picture:
        _draw(result, chart, out)
        return
    chosen_form, limit = table_form(format, json, out, result.table.num_rows)
    emit(render(result, chosen_form, limit=limit), out)


#: Suffixes of ``--out`` that ask for a picture.
_DRAWN: Final = (".svg", ".png")


def _refuse_other_files(chart: str | None, out: Path | None) -> None:
    """Refuse a file whose name does not say that a picture is in it; said before the work."""
    if chart != "list" and out is not None and str(out) != "-" and out.suffix.lower() not in _DRAWN:
        raise InputError(
            f"No picture is written to a file that ends in {out.suffix!r}.",
            "End it in .svg or .png.",
        )


def _draw(result: Any, chart: str | None, out: Path | None) -> None:
    """Write one chart, the one named or the first that is not empty, as SVG or PNG by its name."""
    from cladist.views import plots
    from cladist.views.chartdata import prepare

    if chart == "list":
        emit("\n".join(f"{c.name:24}{c.title}" for c in result.charts))
        return
    full = [c for c in result.charts if prepare(result, c).rows]
    named = plots.citable(result, chart) if chart is not None else None  # refuses what is not
    if (named is not None and not prepare(result, named).rows) or (named is None and not full):
        raise InputError(
            f"There is nothing to draw of {(chart or result.analysis)!r}.",
            " ".join(result.notes) or "See its table.",
        )
    text = plots.svg(result, named or plots.citable(result, full[0]), embed_title=True)
    emit(plots.png(text) if out is not None and out.suffix.lower() == ".png" else text, out)


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
    chosen, limit = table_form(format, json, out, result.table.num_rows)
    emit(render(result, chosen, limit=limit), out)
