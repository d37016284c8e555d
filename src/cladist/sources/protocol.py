"""What a source hands over: raw batches, nothing normalised.

A source reads one place (a file, a folder) and yields :class:`RawBatch` objects. Scalars are
passed as the text that was read; ``cladist.ingest.normalize`` is the one place that turns text into
dates, numbers, ids and languages. A source decides only what *shape* a record has.

Books: every record that a source meets is counted exactly once, as a row of ``models``, as one
of ``edge_records``, or as a row of ``rejects`` with level ``record``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from cladist.errors import InputError

_TEXTS = pa.list_(pa.field("element", pa.string()))

#: One row per model record. ``line``: line or row from 1; ``locator``: file inside a folder or
#: archive. Text scalars hold what was written. ``tags`` are the hub's tags. ``card_data`` is the
#: front matter as JSON text, where the source gives it apart from the card; ``card`` the README
#: with its front matter; ``metadata`` the whole record as canonical JSON (sorted keys).
#: ``license`` ... ``region`` are lists stated outside tags and front matter.
RAW_MODELS = pa.schema(
    [
        ("line", pa.int64()),
        ("locator", pa.string()),
        ("model_id", pa.string()),
        ("author", pa.string()),
        ("created_at", pa.string()),
        ("last_modified", pa.string()),
        ("downloads", pa.string()),
        ("downloads_all_time", pa.string()),
        ("likes", pa.string()),
        ("pipeline_tag", pa.string()),
        ("library_name", pa.string()),
        ("gated", pa.string()),
        ("revision", pa.string()),
        ("parameters", pa.string()),
        ("has_card", pa.bool_()),
        ("tags", _TEXTS),
        ("license", _TEXTS),
        ("language", _TEXTS),
        ("datasets", _TEXTS),
        ("arxiv", _TEXTS),
        ("region", _TEXTS),
        ("card_data", pa.string()),
        ("card", pa.string()),
        ("metadata", pa.string()),
        ("observed_at", pa.string()),
    ]
)

#: One row per statement of descent found outside tags and front matter. ``relation`` null means
#: unknown; ``confidence`` null means the default of the method.
RAW_CLAIMS = pa.schema(
    [
        ("line", pa.int64()),
        ("locator", pa.string()),
        ("child", pa.string()),
        ("parent", pa.string()),
        ("relation", pa.string()),
        ("method", pa.string()),
        ("confidence", pa.string()),
        ("observed_at", pa.string()),
    ]
)

#: One row per thing that could not be read; ``level`` is record, claim or value.
RAW_REJECTS = pa.schema(
    [
        ("line", pa.int64()),
        ("locator", pa.string()),
        ("level", pa.string()),
        ("raw", pa.string()),
        ("reason", pa.string()),
    ]
)

#: ``progress(done, total)`` in bytes, rows or files: whatever the source counts.
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class RawBatch:
    """Some records of a source, in the schemas above; ``edge_records`` counts bare edges."""

    models: pa.Table = field(default_factory=RAW_MODELS.empty_table)
    claims: pa.Table = field(default_factory=RAW_CLAIMS.empty_table)
    rejects: pa.Table = field(default_factory=RAW_REJECTS.empty_table)
    edge_records: int = 0


class Source(Protocol):
    """One place to read. ``kind`` is the name under the entry point ``cladist.sources``.

    A source whose files may differ while their content does not has a method ``digest`` too.
    """

    kind: str

    def __init__(self, path: Path, **options: Any) -> None: ...

    @classmethod
    def detect(cls, path: Path, head: bytes) -> float:
        """Say how sure the class is (0 to 1) that it reads ``path``.

        ``head`` holds the first 64 KiB of a file, decompressed, or nothing for a folder.
        """
        ...

    def batches(self, progress: Progress = no_progress) -> Iterator[RawBatch]:
        """Yield everything, in the order of the source."""
        ...

    def files(self) -> list[Path]:
        """Return the files that the content depends on, for the digest of the source."""
        ...


def source_kinds() -> dict[str, type[Source]]:
    """Return every source class that is registered, by kind."""
    return {ep.name: ep.load() for ep in sorted(entry_points(group="cladist.sources"))}


def source_kind(kind: str) -> type[Source]:
    """Return the class of one kind.

    Raises
    ------
    InputError
        If no package registers that kind.
    """
    for ep in entry_points(group="cladist.sources"):
        if ep.name == kind:
            loaded: type[Source] = ep.load()
            return loaded
    raise InputError.not_among(
        "Source kind", kind, [e.name for e in entry_points(group="cladist.sources")]
    )
