"""Columns on disk: arrays mapped into memory, texts packed one after the other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from cladist.lineage.pedigree import Index, frozen

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Texts(Sequence[str]):
    """Texts in one array of bytes; a text is decoded when it is asked for.

    ``data`` uint8; ``start`` int64, shape (n + 1,).
    """

    data: NDArray[np.uint8]
    start: Index

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self.start) - 1

    # A search by halves reads twenty texts: views hand out bytes and numbers, not arrays of one.
    @cached_property
    def _bytes(self) -> memoryview:
        return memoryview(cast(Any, self.data))

    @cached_property
    def _starts(self) -> memoryview:
        return memoryview(cast(Any, np.ascontiguousarray(self.start, dtype=np.int64)))

    def raw(self, i: int) -> bytes:
        """Return the bytes of one text."""
        starts = self._starts
        return self._bytes[starts[i] : starts[i + 1]].tobytes()

    def __getitem__(self, i: Any) -> Any:
        """Return one text; a slice gives a list."""
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        return self.raw(int(i)).decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        """Go through all texts."""
        return (self[i] for i in range(len(self)))

    def find(self, text: str) -> int:
        """Return the place of a text in texts sorted by their bytes, -1 if it is not there."""
        wanted = text.encode("utf-8", "surrogatepass")
        place = bisect_left(range(len(self)), wanted, key=self.raw)
        return place if place < len(self) and self.raw(place) == wanted else -1

    def take(self, places: NDArray[Any]) -> pa.Array:
        """Return some of the texts as an Arrow array of strings."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = pa.LargeStringArray.from_buffers(
            len(self), pa.py_buffer(self.start), pa.py_buffer(self.data)
        )
        return pc.cast(column.take(pa.array(places)), pa.string())

    def save(self, folder: Path, name: str) -> None:
        """Write the two arrays."""
        np.save(folder / f"{name}.data.npy", self.data, allow_pickle=False)
        np.save(folder / f"{name}.start.npy", self.start, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, name: str) -> Texts:
        """Open what :meth:`save` wrote."""
        return cls(load(folder, f"{name}.data"), load(folder, f"{name}.start"))

    @classmethod
    def of(cls, column: pa.Array | pa.ChunkedArray) -> Texts:
        """Pack an Arrow column of strings; a null becomes an empty text."""
        import pyarrow as pa
        import pyarrow.compute as pc

        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        whole = pc.cast(pc.fill_null(whole, ""), pa.large_string())
        if not len(whole):
            return cls(np.zeros(0, np.uint8), np.zeros(1, np.int64))
        _, offsets, data = whole.buffers()
        start = np.frombuffer(offsets, np.int64)[whole.offset : whole.offset + len(whole) + 1]
        low, high = int(start[0]), int(start[-1])
        packed = np.frombuffer(data, np.uint8)[low:high] if data is not None else _EMPTY
        return cls(packed, start - low)


_EMPTY = np.zeros(0, np.uint8)


@dataclass(frozen=True, eq=False)
class Lists:
    """One list of codes for each row: ``code[start[i]:start[i + 1]]``."""

    code: NDArray[np.int32]
    start: Index

    def __getitem__(self, row: int) -> list[int]:
        """Return the codes of a row."""
        found: list[int] = self.code[self.start[row] : self.start[row + 1]].tolist()
        return found

    def save(self, folder: Path, name: str) -> None:
        """Write the two arrays."""
        np.save(folder / f"{name}.code.npy", self.code, allow_pickle=False)
        np.save(folder / f"{name}.start.npy", self.start, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, name: str) -> Lists:
        """Open what :meth:`save` wrote."""
        return cls(load(folder, f"{name}.code"), load(folder, f"{name}.start"))

    def reordered(self, order: NDArray[Any]) -> Lists:
        """Return the lists of other rows, in the order given."""
        from cladist.lineage.pedigree import positions

        lengths = np.diff(self.start)[order]
        return Lists(self.code[positions(self.start, order)], np.r_[0, np.cumsum(lengths)])

    def inverted(self, values: int) -> Lists:
        """Return for each code the rows whose lists hold it, ascending."""
        rows = np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))
        order = np.argsort(self.code, kind="stable")
        counts = np.bincount(self.code, minlength=values)
        return Lists(rows[order], np.r_[0, np.cumsum(counts)].astype(np.int64))


def load(folder: Path, name: str) -> NDArray[Any]:
    """Map one array into memory, read-only; a plain array over the mapped pages."""
    path = folder / f"{name}.npy"
    if path.stat().st_size <= 128 + 64:  # an empty array cannot be mapped
        return frozen(np.load(path, allow_pickle=False))
    return frozen(np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)))


def coded(column: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.int32], Texts]:
    """Return the codes of a column of strings (-1 for null), and its values sorted by bytes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    pairs = whole.dictionary_encode()
    order = pc.sort_indices(pairs.dictionary).to_numpy(zero_copy_only=False)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    codes = pc.fill_null(pairs.indices, -1).to_numpy(zero_copy_only=False)
    final = np.where(codes >= 0, rank[codes], -1).astype(np.int32) if len(rank) else codes
    return final.astype(np.int32), Texts.of(pairs.dictionary.take(pa.array(order)))


def coded_lists(column: pa.ChunkedArray) -> tuple[Lists, Texts]:
    """Return a column of lists of strings as lists of codes (null: empty), and its values."""
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    codes, values = coded(pc.list_flatten(column))
    start = np.r_[0, np.cumsum(lengths)].astype(np.int64)
    if (codes < 0).any():  # a null inside a list is left out
        kept = codes >= 0
        start = np.r_[0, np.cumsum(kept)][start].astype(np.int64)
        codes = codes[kept]
    return Lists(codes, start), values
