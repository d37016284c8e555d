"""CSV and Parquet as the same thing: some rows at a time, as Arrow columns with line numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from cladist.errors import InputError
from cladist.sources.columns import flat, without_null_words
from cladist.sources.csv_rows import CsvRows, header_of, read_csv
from cladist.sources.files import Advance, head, nowhere
from cladist.sources.parquet import MAGIC, column_names, open_parquet, read_rows

#: (line, level, raw, reason) of something that could not be read.
Problem = tuple[int, str, str, str]


@dataclass(frozen=True)
class Sheet:
    """Some rows of a table: columns by name, the line of each row, and what was broken."""

    columns: dict[str, pa.Array]
    lines: pa.Array
    problems: list[Problem] = field(default_factory=list)


def is_parquet(path: Path) -> bool:
    """Say whether a file begins as Parquet does, whatever its name."""
    return head(path, len(MAGIC)) == MAGIC


def sheet_columns(path: Path, start: bytes | None = None) -> list[str]:
    """Return the names of the columns of a CSV or Parquet file.

    Raises
    ------
    InputError
        If it cannot be read, or has no header.
    """
    known = head(path) if start is None else start
    return column_names(path) if known.startswith(MAGIC) else header_of(path, known)


def sheet_size(path: Path) -> int:
    """Return what :func:`read_sheets` counts in all: bytes of CSV, rows of Parquet."""
    if not is_parquet(path):
        return path.stat().st_size
    with open_parquet(path) as parquet:
        return int(parquet.metadata.num_rows)


def read_sheets(path: Path, advance: Advance = nowhere) -> Iterator[Sheet]:
    """Yield the rows of a CSV or Parquet file in their order.

    In CSV an empty field is null, and so are the words ``nan``, ``None`` and ``null``.

    Raises
    ------
    InputError
        If it cannot be read, or has no header.
    """
    if not is_parquet(path):
        names = header_of(path)
        for part in read_csv(path, advance):
            yield _from_csv(names, part)
        return
    first = 1
    for rows in read_rows(path):
        columns = {name: flat(rows[i]) for i, name in enumerate(rows.column_names)}
        yield Sheet(columns, pa.array(range(first, first + rows.num_rows), pa.int64()))
        first += rows.num_rows
        advance(rows.num_rows)


def _from_csv(names: list[str], part: CsvRows) -> Sheet:
    problems: list[Problem] = [(n, "record", raw, reason) for n, raw, reason in part.broken]
    columns: dict[str, pa.Array] = {}
    fields = zip(*part.rows, strict=True) if part.rows else [()] * len(names)
    for name, values in zip(names, fields, strict=True):
        try:
            column = pa.array(values, pa.string())
        except UnicodeEncodeError:
            column = pa.array(_repaired(values, part.lines, problems), pa.string())
        columns[name] = without_null_words(column)
    return Sheet(columns, pa.array(part.lines, pa.int64()), problems)


def _repaired(values: tuple[str, ...], lines: list[int], problems: list[Problem]) -> Iterator[str]:
    """Put replacement marks for bytes that are no UTF-8, and say where."""
    for line, value in zip(lines, values, strict=True):
        fixed = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if fixed != value:
            problems.append((line, "value", fixed, "invalid_utf8"))
        yield fixed


def require(path: Path, wanted: Callable[[set[str]], bool], what: str, remedy: str) -> None:
    """Check the columns of a file.

    Raises
    ------
    InputError
        If they do not serve; the message shows those that were found.
    """
    names = sheet_columns(path)
    if not wanted(set(names)):
        raise InputError(f"{path} has {what}; its columns are: {', '.join(names)}.", remedy)
