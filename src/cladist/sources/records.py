"""Records of the hub's API: JSON Lines, arrays, envelopes, one record a file; plain, gzip, zip."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from cladist.errors import InputError
from cladist.sources import files
from cladist.sources.batching import BatchBuilder
from cladist.sources.fields import RecordReader
from cladist.sources.files import Advance
from cladist.sources.json_stream import VALUE_LIMIT, Broken, json_lines, json_values
from cladist.sources.protocol import Progress, RawBatch, no_progress

_SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
_LOOK: Final = 1 << 20
_OPENING: Final = re.compile(rb'(?:\xef\xbb\xbf)?[\s\x1e]*(?:\[\s*[\[{\]"0-9ntf-]|\{\s*["}])')


@dataclass(frozen=True)
class _Document:
    """One stream of JSON: a file, or a member of a zip; ``locator`` is null for a lone file."""

    locator: str | None
    path: Path
    member: zipfile.ZipInfo | None = None


class RecordsSource:
    """A file, a folder or a zip of records as ``GET /api/models`` answers them.

    Parameters
    ----------
    path
        JSON or JSON Lines, plain or gzip; or a folder or a zip of such files.
    observed_at
        When the records were read from the hub, for those that do not say.
    value_limit
        Longest line, or longest value of an array, in bytes; longer ones are rejected.
    """

    kind = "records"

    def __init__(
        self, path: Path, *, observed_at: str | None = None, value_limit: int = VALUE_LIMIT
    ) -> None:
        self.path = Path(path)
        self.observed_at = observed_at
        self.value_limit = value_limit

    @classmethod
    def detect(cls, path: Path, head: bytes) -> float:
        """Say how sure it is that ``path`` holds records in JSON."""
        if path.is_dir():
            return _share(files.files_below(path))
        if head.startswith(b"PK\x03\x04"):
            with files.open_zip(path) as archive:
                return 0.8 if any(_is_json(n) for n in archive.namelist()) else 0.0
        if _OPENING.match(head):
            return 0.9
        return 0.5 if _has_line_of_json(head) else 0.0

    def files(self) -> list[Path]:
        """Return the files that are read."""
        if not self.path.is_dir():
            return [self.path]
        return [p for p in files.files_below(self.path) if _is_json(p.name) or _is_zip(p)]

    def batches(self, progress: Progress = no_progress) -> Iterator[RawBatch]:
        """Yield the records in the order of the files, and in them of the text."""
        paths = self.files()
        total = sum(p.stat().st_size for p in paths if p.exists())
        done = 0

        def advance(size: int) -> None:
            nonlocal done
            done += size
            progress(min(done, total), total)

        out = BatchBuilder()
        reader = RecordReader(out, self.observed_at)
        self._leftovers(paths, out)
        for document in self._documents(paths):
            for line, value in self._values(document, advance):
                if isinstance(value, Broken):
                    out.reject(line, document.locator, "record", value.raw, value.reason)
                else:
                    reader.read(value, line, document.locator)
                if out.full:
                    yield out.flush()
        if not out.empty:
            yield out.flush()

    def _leftovers(self, paths: list[Path], out: BatchBuilder) -> None:
        """Note the files of a folder that are not read."""
        if self.path.is_dir():
            for path in sorted(set(files.files_below(self.path)) - set(paths)):
                place = files.locator(path, self.path)
                out.reject(None, place, "value", path.suffix, "file_not_read")

    def _documents(self, paths: list[Path]) -> Iterator[_Document]:
        for path in paths:
            place = files.locator(path, self.path) if path != self.path else None
            if not _is_zip(path):
                yield _Document(place, path)
                continue
            with files.open_zip(path) as archive:
                members = sorted(archive.infolist(), key=lambda m: m.filename)
            for member in members:
                if _is_json(member.filename) and not member.is_dir():
                    name = _clean(member.filename)
                    yield _Document(f"{place}/{name}" if place else name, path, member)

    def _values(self, document: _Document, advance: Advance) -> Iterator[tuple[int, Any]]:
        if document.member is not None:
            with files.open_zip(document.path) as archive:
                blocks = files.member_blocks(archive, document.member)
                yield from self._parse(blocks)
            advance(document.member.compress_size)
            return
        yield from self._parse(files.blocks(document.path, advance))

    def _parse(self, blocks: Iterator[bytes]) -> Iterator[tuple[int, Any]]:
        """Choose between one value a line and values in a row, by the first megabyte."""
        opened = _Peek(blocks)
        if _has_line_of_json(opened.head) or not _OPENING.match(opened.head):
            return json_lines(iter(opened), self.value_limit)
        return json_values(iter(opened), self.value_limit)


class _Peek:
    """A stream of blocks of which the beginning is looked at before it is read."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._damage: files.DamagedError | None = None
        kept: list[bytes] = []
        try:
            for block in blocks:
                kept.append(block)
                if sum(map(len, kept)) >= _LOOK:
                    break
        except files.DamagedError as error:
            self._damage = error
        self.head = b"".join(kept)

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        if self._damage:
            raise self._damage
        yield from self._blocks


def _has_line_of_json(head: bytes) -> bool:
    """Say whether one of the first lines is a whole JSON object: JSON Lines.

    A lone object is told from a line by the newline behind it; it reads the same either way.
    """
    for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:50]:
        if line.startswith(b"{") and line.rstrip().endswith(b"}"):
            try:
                value = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            return not any(isinstance(value.get(k), list) for k in ("models", "records", "items"))
    return False


def _is_json(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES)


def _is_zip(path: Path) -> bool:
    if path.suffix.lower() != ".zip":
        return False
    if not stat.S_ISREG(path.stat().st_mode):
        raise InputError(f"{path} is no file.", "Check the path of the source.")
    return True


def _clean(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")


def _share(paths: list[Path]) -> float:
    """Return the share of the files of a folder that are JSON, at most 0.9."""
    if not paths:
        return 0.0
    return 0.9 * sum(_is_json(p.name) or p.suffix.lower() == ".zip" for p in paths) / len(paths)
