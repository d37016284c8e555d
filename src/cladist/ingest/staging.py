"""Sources -> staged Parquet: raw batches on disk, front matter parsed, every record counted.

A stage is complete when its ``stage.json`` exists; a build that was killed finds the complete
stages of the same inputs again and reads only what is missing.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from cladist.provenance import libraries, software
from cladist.snapshot import file_digest
from cladist.sources.protocol import RAW_CLAIMS, RAW_MODELS, RAW_REJECTS, RawBatch, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEQ: Final = pa.field("seq", pa.int64())

_SECTIONS: Final = pa.field("sections", pa.list_(pa.field("element", pa.string())))
_BODY_LENGTH: Final = pa.field("body_length", pa.int64())
_MOST_SECTIONS: Final = 200
_LONGEST_SECTION: Final = 200

#: Staged tables: the raw schemas, with ``seq``, the order in which rows were read, and of the
#: card's body the ``body_length`` (characters) and the ``sections`` (headings).
STAGED: Final = {
    "models": pa.schema([_SEQ, *RAW_MODELS, _BODY_LENGTH, _SECTIONS]),
    "claims": pa.schema([_SEQ, *RAW_CLAIMS]),
    "rejects": pa.schema([_SEQ, *RAW_REJECTS]),
}

#: Front-matter problems that are worth a row in ``rejects``; a card without any is not one.
_SILENT_STATUS: Final = frozenset({"ok", "none", "empty", "no_card"})


@dataclass(frozen=True)
class Stage:
    """One source, staged: where its rows lie, and what was counted."""

    directory: Path
    name: str
    kind: str
    digest: str
    observed_at: str | None
    records_read: int
    records_edge: int
    records_rejected: int

    def file(self, table: str) -> Path:
        """Return the staged Parquet file of a table."""
        return self.directory / f"{table}.parquet"


def source_digest(source: Source) -> str:
    """Digest of everything that a source reads: its own, else names and contents of its files."""
    own = getattr(source, "digest", None)
    if own is not None:
        return str(own())
    total = hashlib.sha256()
    for path in source.files():
        total.update(path.name.encode("utf-8", "surrogateescape") + b"\0")
        total.update(file_digest(path).encode() + b"\0")
    return total.hexdigest()


def stage(
    source: Source,
    *,
    name: str,
    work: Path,
    options: dict[str, Any],
    observed_at: str | None,
    progress: Callable[[int, int], None],
) -> Stage:
    """Read a source into ``work``, or find it there from an earlier run with the same input.

    Parameters
    ----------
    source
        What to read.
    name
        Name of the source in the manifest.
    work
        Directory of the unfinished build.
    options
        Options that the source was opened with; they are part of the identity of the stage.
    observed_at
        Date of the reading for records that state none.
    progress
        Called with what is done and what there is in all.
    """
    digest = source_digest(source)
    identity = orjson.dumps(
        [source.kind, digest, options, observed_at, software(), libraries("pyarrow", "pyyaml")],
        option=orjson.OPT_SORT_KEYS,
        default=str,
    )
    directory = work / f"stage-{hashlib.sha256(identity).hexdigest()[:16]}"
    marker = directory / "stage.json"
    if not marker.is_file():
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        counts = _write(source, directory, observed_at, progress)
        # In one step: killed in the middle of it, a build would find a marker that says nothing.
        written = directory / "stage.new"
        written.write_bytes(orjson.dumps(counts))
        written.replace(marker)
    counts = orjson.loads(marker.read_bytes())
    return Stage(directory, name, source.kind, digest, observed_at, **counts)


def _write(
    source: Source, directory: Path, observed_at: str | None, progress: Callable[[int, int], None]
) -> dict[str, int]:
    seq = dict.fromkeys(STAGED, 0)
    edge_records = rejected = 0
    with _Writers(directory) as writers:
        for batch in _complete(source, observed_at, progress):
            edge_records += batch.edge_records
            for table, rows in _tables(batch).items():
                if rows.num_rows:
                    numbers = pa.array(np.arange(seq[table], seq[table] + rows.num_rows))
                    writers.write(table, rows.add_column(0, _SEQ, numbers))
                    seq[table] += rows.num_rows
            levels = batch.rejects["level"].to_pylist() if batch.rejects.num_rows else []
            rejected += levels.count("record")
    read = seq["models"] + edge_records + rejected
    return {"records_read": read, "records_edge": edge_records, "records_rejected": rejected}


class _Writers:
    """Writes staged tables on a thread of its own, at most one batch behind the reader."""

    def __init__(self, directory: Path) -> None:
        # Staged text is mostly distinct and read once: dictionaries and statistics only cost.
        self.files = {
            table: pq.ParquetWriter(
                directory / f"{table}.parquet",
                schema,
                compression="lz4",
                use_dictionary=False,
                write_statistics=False,
            )
            for table, schema in STAGED.items()
        }
        self.pool = ThreadPoolExecutor(1)
        self.last: Future[None] | None = None

    def __enter__(self) -> _Writers:
        return self

    def write(self, table: str, rows: pa.Table) -> None:
        if self.last is not None:
            self.last.result()
        self.last = self.pool.submit(self.files[table].write_table, rows)

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()
        for writer in self.files.values():
            writer.close()
        if self.last is not None:
            self.last.result()


def _tables(batch: RawBatch) -> dict[str, pa.Table]:
    return {
        "models": _with_bodies(batch.models.cast(RAW_MODELS)),
        "claims": batch.claims.cast(RAW_CLAIMS),
        "rejects": batch.rejects.cast(RAW_REJECTS),
    }


def _with_bodies(models: pa.Table) -> pa.Table:
    """Add the length and the headings of each card's body; null without a card."""
    cards = models["card"]
    if cards.null_count == models.num_rows:
        for column in (_BODY_LENGTH, _SECTIONS):
            models = models.append_column(column, pa.nulls(models.num_rows, column.type))
        return models
    from cladist.values.card import sections, split

    bodies = [None if card is None else split(card)[1] for card in cards.to_pylist()]
    lengths = [None if body is None else len(body) for body in bodies]
    found = [
        None
        if body is None
        else [heading[:_LONGEST_SECTION] for heading in sections(body)[:_MOST_SECTIONS]]
        for body in bodies
    ]
    models = models.append_column(_BODY_LENGTH, pa.array(lengths, _BODY_LENGTH.type))
    return models.append_column(_SECTIONS, pa.array(found, _SECTIONS.type))


def _complete(
    source: Source, observed_at: str | None, progress: Callable[[int, int], None]
) -> Iterator[RawBatch]:
    for batch in source.batches(progress):
        models, problems = _with_front_matter(batch.models)
        claims = batch.claims
        if observed_at is not None:
            models = _fill(models, "observed_at", observed_at)
            claims = _fill(claims, "observed_at", observed_at)
        rejects = (
            pa.concat_tables([batch.rejects, problems]) if problems.num_rows else batch.rejects
        )
        yield RawBatch(models, claims, rejects, batch.edge_records)


def _fill(table: pa.Table, column: str, value: str) -> pa.Table:
    at = table.schema.get_field_index(column)
    return table.set_column(at, table.schema.field(at), table[column].fill_null(value))


def _with_front_matter(models: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Fill ``card_data`` from the card's front matter where the source gave none apart."""
    import pyarrow.compute as pc

    wanted = pc.and_(pc.is_null(models["card_data"]), pc.is_valid(models["card"]))
    rows = pc.indices_nonzero(wanted)
    if not len(rows):
        return models, RAW_REJECTS.empty_table()
    from cladist.values.card import front_matter_json

    some = models.select(["line", "locator", "model_id", "card"]).take(rows)
    parsed, statuses = front_matter_json(some["card"].to_pylist())
    column = pc.replace_with_mask(
        models["card_data"].combine_chunks(), wanted.combine_chunks(), pa.array(parsed, pa.string())
    )
    at = models.schema.get_field_index("card_data")
    models = models.set_column(at, models.schema.field(at), column)
    odd = [i for i, status in enumerate(statuses) if status not in _SILENT_STATUS]
    some = some.take(pa.array(odd, pa.int64()))
    problems = pa.table(
        {
            "line": some["line"],
            "locator": some["locator"],
            "level": pa.array(["value"] * len(odd), pa.string()),
            "raw": pc.utf8_slice_codeunits(some["card"], 0, 500),
            "reason": pa.array([f"front_matter_{statuses[i]}" for i in odd], pa.string()),
        },
        schema=RAW_REJECTS,
    )
    return models, problems
