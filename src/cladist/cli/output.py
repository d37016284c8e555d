"""Where results go: data to standard output or a file, words and progress to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from cladist.errors import EnvironmentProblemError, InputError
from cladist.progress import Report, silent


class Format(StrEnum):
    """Formats of tables."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"
    md = "md"


SnapshotArgument = Annotated[str, typer.Argument(metavar="X.snapshot", help="A snapshot.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Write to a file, '-' for standard output.")
]


#: Suffix of ``--out`` -> form of what is words, a page or JSON.
PAGES: Final = {"": "text", ".txt": "text", ".json": "json", ".html": "html", ".htm": "html"}
#: Suffix of ``--out`` -> format of a table.
_TABLES: Final = {"": "table", ".txt": "table", ".csv": "csv", ".json": "json",
                  ".parquet": "parquet", ".md": "md"}  # fmt: skip


def table_form(format: Format, json: bool, out: Path | None, rows: int) -> tuple[str, int | None]:  # noqa: A002
    """Tell format and row limit: a file takes its form from its name and is never cut.

    Raises
    ------
    InputError
        If options contradict one another, or no table is written to files of such a name.
    """
    if json and format not in (Format.table, Format.json):
        raise InputError(
            f"--json and --format {format.value} contradict one another.", "Give one of them."
        )
    chosen = "json" if json else format.value
    if out is None or str(out) == "-":
        return chosen, None
    if not json and format is Format.table:
        if out.suffix.lower() not in _TABLES:
            raise InputError(
                f"No table is written to a file that ends in {out.suffix!r}.",
                "End it in .csv, .json, .parquet, .md or .txt, or give --format.",
            )
        chosen = _TABLES[out.suffix.lower()]
    return chosen, max(rows, 1) if chosen in ("table", "md") else None


def emit(data: str | bytes, out: Path | None = None) -> None:
    """Write data to a file or to standard output; binary data never goes to a terminal."""
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if out is not None and str(out) != "-":
        from cladist.snapshot import refuse_snapshot

        refuse_snapshot(out)
        try:
            out.write_bytes(raw)
        except OSError as problem:
            raise EnvironmentProblemError(
                f"{str(out)!r} cannot be written: {problem.strerror}.", "Choose another --out."
            ) from None
        say(f"Wrote {out}")
        return
    if isinstance(data, bytes) and sys.stdout.isatty():
        raise InputError("Parquet is binary.", "Add --out FILE, or pipe it on.")
    sys.stdout.buffer.write(raw if raw.endswith(b"\n") or isinstance(data, bytes) else raw + b"\n")
    sys.stdout.buffer.flush()


def emit_json(value: Any, out: Path | None = None) -> None:
    """Write a value as indented JSON."""
    emit(dump_json(value), out)


def dump_json(value: Any) -> str:
    """Return a value as indented JSON; NaN becomes null."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode()


def colored() -> bool:
    """Whether standard output is a terminal that wants colours (``NO_COLOR`` says no)."""
    import os

    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    """Return the columns of the terminal, 80 where there is none."""
    import shutil

    return min(max(shutil.get_terminal_size().columns, 60), 120)


def say(words: str) -> None:
    """Say something to the person at the terminal, on standard error."""
    from cladist.views.terminal import clean

    print(clean(words), file=sys.stderr)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Report]:
    """Show progress bars on standard error; nothing where it is no terminal."""
    import os

    unwanted = os.environ.get("HF_HUB_DISABLE_PROGRESS_BARS", "").upper() in ("1", "ON", "YES",
                                                                             "TRUE")  # fmt: skip
    if quiet or unwanted or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("start", total=None)

        def report(step: str, done: int, total: int) -> None:
            from rich.markup import escape

            from cladist.views.terminal import clean

            bar.update(task, description=escape(clean(step)), completed=done, total=total or None)

        yield report
