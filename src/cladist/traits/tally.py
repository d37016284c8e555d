"""Counting equal rows of integer columns, in ascending order of the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

#: Rows of products of lists held at once.
BLOCK: Final = 1 << 23


def tallied(columns: Sequence[NDArray[np.integer]], times: Ints | None = None) -> list[Ints]:
    """Return the distinct rows of some columns, ascending from the first column on, and counts.

    Parameters
    ----------
    columns
        Whole numbers, each of shape (rows,).
    times
        How often each row counts; once each if None.

    Returns
    -------
    list of numpy.ndarray
        The columns of the distinct rows, then how often each occurs; int64.
    """
    key = np.zeros(len(columns[0]), dtype=np.int64)
    if not len(key):
        return [key for _ in (*columns, times)]
    reach = 1
    for column in columns:
        low = int(column.min())
        width = int(column.max()) - low + 1
        if reach * width >= 1 << 62:
            _, key = np.unique(key, return_inverse=True)
            reach = int(key.max()) + 1
        key = key * width + (column.astype(np.int64) - low)
        reach *= width
    order = np.argsort(key, kind="stable")
    ranked = key[order]
    begin = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    given = np.ones(len(key), dtype=np.int64) if times is None else times[order]
    first = order[begin]
    return [*(c[first].astype(np.int64) for c in columns), np.add.reduceat(given, begin)]


def products(left: Ints, right: Ints) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield, in blocks, every place of a table of ``left[i]`` by ``right[i]`` of each row i.

    Yields
    ------
    tuple of numpy.ndarray
        Row i, place on the left from 0 to ``left[i]``, place on the right; shape (places,) each.
    """
    ways = left * right
    ends = np.cumsum(ways)
    start = 0
    while start < len(ways):
        done = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, done + BLOCK, side="right")), start + 1)
        row = np.repeat(np.arange(start, stop), ways[start:stop])
        within = np.arange(len(row)) - (ends[row] - ways[row] - done)
        yield row, within // right[row], within % right[row]
        start = stop
