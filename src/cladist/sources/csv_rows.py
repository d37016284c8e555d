"""CSV read as a stream of rows with their lines; rows that break the rules are set apart."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cladist.errors import InputError
from cladist.sources.files import Advance, blocks, head, nowhere
from cladist.sources.json_stream import Broken, numbered_lines

#: Longest physical line and longest field, in bytes: cards and records of thousands of pages.
LINE_LIMIT: Final = 64 << 20
_ROWS: Final = 16_384
_CHARACTERS: Final = 32_000_000
_DELIMITERS: Final = ",\t;|"


@dataclass
class CsvRows:
    """Some rows: their fields, the line on which each begins, and (line, raw, reason) of others."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    broken: list[tuple[int, str, str]] = field(default_factory=list)


def delimiter_of(header: str) -> str:
    """Return the delimiter that a header holds most often; a comma if it holds none."""
    return max(_DELIMITERS, key=lambda mark: (header.count(mark), -_DELIMITERS.index(mark)))


def header_of(path: Path, start: bytes | None = None) -> list[str]:
    """Return the names in the header of a CSV file; a repeated name gets a number.

    Raises
    ------
    InputError
        If the file cannot be read, or does not begin with a header.
    """
    text = (head(path) if start is None else start).decode("utf-8-sig", "replace")
    first = next((line for line in text.split("\n") if line.strip()), "")
    try:
        names = next(csv.reader(text.lstrip("\n").splitlines(True), delimiter=delimiter_of(first)))
    except (csv.Error, StopIteration):
        raise InputError(f"{path} has no header of CSV.", "Give its columns a header.") from None
    return unique([name.strip() for name in names])


def unique(names: Iterable[str]) -> list[str]:
    """Return names in which a repeated one carries its number."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


class _Lines:
    """Physical lines as text for the reader of CSV; keeps what could not be read of them."""

    def __init__(self, path: Path, advance: Advance) -> None:
        self._numbered = numbered_lines(blocks(path, advance), LINE_LIMIT)
        self.number = 0
        self.broken: list[tuple[int, str, str]] = []

    def __iter__(self) -> Iterator[str]:
        for number, line in self._numbered:
            self.number = number
            if isinstance(line, Broken):
                self.broken.append((number, line.raw, line.reason))
                continue
            text = line.decode("utf-8", "surrogateescape") + "\n"
            yield text.removeprefix("\ufeff") if number == 1 else text


def read_csv(path: Path, advance: Advance = nowhere) -> Iterator[CsvRows]:
    """Yield the rows of a CSV file behind its header, some thousands at a time.

    A row with more or fewer fields than the header, a row that breaks the rules of quoting
    (an end of the file within quotes among them), a line beyond 64 MB and the rest of a
    truncated gzip file stand in ``broken``.

    Raises
    ------
    InputError
        If the file cannot be read, or does not begin with a header.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LINE_LIMIT))
    names = header_of(path)
    source = _Lines(path, advance)
    reader = csv.reader(iter(source), delimiter=_delimiter(path), strict=True)
    part, size, header = CsvRows(), 0, True
    begin = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            part.broken.append((begin, str(error), "broken_row"))
            row = []
        if row is None:
            break
        here, begin = begin, source.number + 1
        if header and row:
            header = False
        elif len(row) == len(names):
            part.lines.append(here)
            part.rows.append(row)
            size += sum(map(len, row))
        elif row:
            part.broken.append((here, ",".join(row)[:2000], "wrong_number_of_fields"))
        if len(part.rows) >= _ROWS or len(part.broken) >= _ROWS or size >= _CHARACTERS:
            yield part
            part, size = CsvRows(), 0
    part.broken += source.broken
    yield part


def _delimiter(path: Path) -> str:
    text = head(path).decode("utf-8-sig", "replace")
    return delimiter_of(next((line for line in text.split("\n") if line.strip()), ""))
