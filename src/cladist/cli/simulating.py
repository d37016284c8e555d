"""The subcommands that make hubs of their own: simulate, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cladist.cli.output import emit_json, progress, say

#: Models of a hub that nobody gave a number for.
_USUAL = 20_000


def simulate(
    out: Annotated[Path, typer.Option("--out", "-o", help="Snapshot, or file to write.")],
    models: Annotated[
        int | None, typer.Option(min=0, help="Number of models.", show_default="20000")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed: same seed, same bytes.", show_default="0")
    ] = None,
    format: Annotated[  # noqa: A002
        str, typer.Option(help="snapshot, records, hub_stats, modelbiome or repositories.")
    ] = "snapshot",
    cards: Annotated[
        bool | None,
        typer.Option("--cards/--no-cards", help="Write card texts.", show_default="cards"),
    ] = None,
    dirt: Annotated[
        list[str] | None,
        typer.Option(help="NAME=RATE of something wrong in the records, as ghosts=0.05; 'none'."),
    ] = None,
    neutral: Annotated[bool, typer.Option("--neutral", help="Mutation without direction.")] = False,
    options: Annotated[
        Path | None,
        typer.Option(
            help="Options as TOML or JSON, as options.json of a truth; what the command"
            " line gives goes before."
        ),
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Folder for the true lineage, traits and matrices.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace files that are there.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Tell what was made as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Make a hub with a known history; everything in it is labelled as simulated."""
    from cladist.simulation import dirt_rates, read_options
    from cladist.simulation import simulate as make

    given: dict[str, Any] = {"models": _USUAL, "dirt": {}} | (
        read_options(options) if options else {}
    )
    given["dirt"] |= dirt_rates(dirt or [])
    told = {"models": models, "seed": seed, "cards": cards, "neutral": neutral or None}
    given |= {name: value for name, value in told.items() if value is not None}
    with progress(quiet) as tell:
        made = make(out=out, format=format, truth=truth, replace=replace, report=tell, **given)
    if json:
        emit_json(made)
    else:
        say(f"Wrote {out}: {made['models']:,} simulated models, seed {made['seed']}")


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write to.")] = Path("demo"),
    models: Annotated[int, typer.Option(min=1, help="Number of models.")] = _USUAL,
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
