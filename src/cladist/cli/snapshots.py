"""The subcommands that make a snapshot of files, and tell or write what is in one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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


def validate(snapshot: SnapshotArgument, json: JsonOption = False) -> None:
    """Check a snapshot against its manifest and format; exit 0 if it is sound, else 2."""
    from cladist.snapshot import open_snapshot
    from cladist.snapshot import validate as check

    hub = open_snapshot(snapshot)
    problems = check(hub)
    if json:
        emit_json({"valid": not problems, "problems": problems, "digest": hub.digest,
                   "simulated": hub.simulated})  # fmt: skip
    else:
        mark = ", SIMULATED" if hub.simulated else ""
        emit("\n".join(problems) or f"{hub.name}: sound, digest {hub.digest}{mark}")
    if problems:
        raise typer.Exit(2)


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
        kind = "simulated models" if counts["simulated"] else "models"
        say(f"Wrote {counts['models']:,} {kind} and {counts['edges']:,} edges to {out}")


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

    hub = open_snapshot(snapshot)
    table = api.query(hub, query)
    if hub.simulated:
        say("SIMULATED: not data of a real hub.")
    chosen, limit = table_form(format, json, out, table.num_rows)
    emit(render_table(table, chosen, limit=limit), out)
