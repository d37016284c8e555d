"""The command line: its subcommands in their order, each of them one public function."""

from __future__ import annotations

from typing import Annotated

import typer

from cladist.cli.analysing import analyze, replicate, report
from cladist.cli.live import diff, fetch, update
from cladist.cli.models import audit, bom, compare, trace
from cladist.cli.serving import serve
from cladist.cli.simulating import demo, simulate
from cladist.cli.snapshots import build, export, info, sql, validate

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


for _command in (
    build, info, validate, trace, compare, audit, bom, analyze, report, replicate, export, sql,
    simulate, demo, serve, fetch, update, diff,
):  # fmt: skip
    app.command()(_command)
