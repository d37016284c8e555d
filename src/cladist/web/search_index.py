"""The index of search: trigrams in SQLite, sorted ids for exact fits and beginnings."""

from __future__ import annotations

import sqlite3
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from cladist.web.columns import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cladist.lineage.lineage import Lineage
    from cladist.snapshot import Snapshot

DATABASE: Final = "search.sqlite"


def popularity(lineage: Lineage) -> NDArray[np.int32]:
    """Return nodes, the most popular first: downloads, then descendants, then id."""
    keys = (np.arange(lineage.n), -lineage.descendants, -lineage.downloads)
    return np.lexsort(keys).astype(np.int32)


def write_search(work: Path, hub: Snapshot, lineage: Lineage) -> None:
    """Write everything that search reads."""
    import pyarrow.parquet as pq

    order = popularity(lineage)
    rank = np.empty(lineage.n, dtype=np.int32)
    rank[order] = np.arange(lineage.n, dtype=np.int32)
    np.save(work / "search.node.npy", order)
    lowered = [i.lower() for i in Texts.load(work, "model_id")]
    _write_sorted(work, "search.id", lowered, rank)
    _write_sorted(work, "search.name", [i.rpartition("/")[2] for i in lowered], rank)
    read = pq.read_table(hub.file("aliases"), columns=["alias", "model_id"]).to_pydict()
    ids = Texts.load(work, "model_id")
    pairs = [(a, ids.find(m)) for a, m in zip(read["alias"], read["model_id"], strict=True)]
    known = [(a, n) for a, n in pairs if n >= 0]
    _write_sorted(work, "search.alias", [a.lower() for a, _ in known],
                  rank[[n for _, n in known]] if known else np.zeros(0, np.int32))  # fmt: skip
    codes = np.load(work / "author.npy")
    authors = Texts.load(work, "author.values")
    _write_names(work, "author", authors, np.bincount(codes[codes >= 0], minlength=len(authors)))
    _write_names(work, "tags", Texts.load(work, "tags.values"), np.load(work / "tags.count.npy"))
    _write_trigrams(work / DATABASE, (lowered[n] for n in order))


def _write_sorted(work: Path, name: str, texts: Sequence[str], rank: NDArray[np.int32]) -> None:
    """Write texts in byte order, and the rank of the model of each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pa.array(texts, pa.large_string())
    order = pc.sort_indices(column)
    Texts.of(column.take(order)).save(work, name)
    np.save(work / f"{name}.rank.npy", rank[order.to_numpy()])


def _write_names(work: Path, column: str, names: Texts, counts: NDArray[np.int64]) -> None:
    """Write names without case in byte order, the place of each in the column's values, counts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lowered = pa.array([n.lower() for n in names], pa.large_string())
    order = pc.sort_indices(lowered)
    Texts.of(lowered.take(order)).save(work, f"search.{column}")
    place = order.to_numpy().astype(np.int64)
    np.save(work / f"search.{column}.place.npy", place)
    np.save(work / f"search.{column}.count.npy", counts[place])


def _write_trigrams(path: Path, ids: Iterator[str]) -> None:
    """Write the trigrams of ids, the most popular first: row numbers are ranks from 1 on.

    Neither the texts nor the places of trigrams in them are kept: what the index finds is
    compared with the question once more, and the file stays a third as large.
    """
    con = sqlite3.connect(path)
    try:
        con.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                          " PRAGMA cache_size=-200000;")  # fmt: skip
        con.execute("CREATE VIRTUAL TABLE ids USING fts5(id, content='', detail=none,"
                    " columnsize=0, tokenize='trigram')")  # fmt: skip
        rows = ((i, text) for i, text in enumerate(ids, start=1))
        for some in _batches(rows, 100_000):
            con.executemany("INSERT INTO ids(rowid, id) VALUES (?, ?)", some)
        con.execute("INSERT INTO ids(ids) VALUES ('optimize')")
        con.commit()
    finally:
        con.close()


def _batches(rows: Iterator[tuple[int, str]], size: int) -> Iterator[tuple[tuple[int, str], ...]]:
    while some := tuple(islice(rows, size)):
        yield some
