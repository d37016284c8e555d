"""The ancestors of one model in the plane: generations from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SWEEPS: Final = 8


def generations_across(
    n: int, child: NDArray[np.int64], parent: NDArray[np.int64], generation: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the column of each node: its generation, founders pulled to before their first child.

    Parameters
    ----------
    n
        Number of nodes.
    child, parent
        The edges.
    generation
        Shape (n,): longest path from a node without parents, of the whole lineage.
    """
    across = generation.astype(np.int64).copy()
    founder = np.ones(n, dtype=bool)
    founder[child] = False
    first = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(first, parent, across[child])
    pulled = founder & (first < np.iinfo(np.int64).max)
    across[pulled] = first[pulled] - 1
    return across - int(across.min(initial=0))


def ancestry_rows(
    across: NDArray[np.int64], child: NDArray[np.int64], parent: NDArray[np.int64],
    line: NDArray[np.bool_],
) -> NDArray[np.float64]:  # fmt: skip
    """Return the height of each node: the main line at 0, the others near their neighbours.

    Eight alternating sweeps put every node at the mean height of its neighbours on one side,
    then apart by 1 within its column, 0 being kept for the main line throughout (the
    barycentre method of Sugiyama, Tagawa and Toda, 1981). Ties keep the order of the nodes.

    Parameters
    ----------
    across
        Shape (n,): column of each node.
    child, parent
        The edges.
    line
        Shape (n,): on the main line.
    """
    height = np.zeros(len(across))
    columns = [
        np.flatnonzero((across == x) & ~line) for x in range(int(across.max(initial=-1)) + 1)
    ]
    for column in columns:  # to begin with: alternately below and above
        place = np.arange(len(column))
        height[column] = (place // 2 + 1) * np.where(place % 2, -1, 1)
    for sweep in range(SWEEPS):
        near, far = (child, parent) if sweep % 2 == 0 else (parent, child)
        for column in columns if sweep % 2 == 0 else reversed(columns):
            _settle(height, column, near, far)
    return height


def _settle(
    height: NDArray[np.float64], column: NDArray[np.int64], near: NDArray[np.int64],
    far: NDArray[np.int64],
) -> None:  # fmt: skip
    """Move one column to the mean of its neighbours, keeping a distance of 1 and 0 free."""
    if not len(column):
        return
    place = np.full(len(height), -1)
    place[column] = np.arange(len(column))
    some = place[near] >= 0
    sums = np.bincount(place[near[some]], weights=height[far[some]], minlength=len(column))
    counts = np.bincount(place[near[some]], minlength=len(column))
    wanted = np.where(counts > 0, sums / np.maximum(counts, 1), height[column])
    # Whoever belongs to the main line alone stays on the side where it is.
    side = np.where(wanted == 0, np.sign(height[column]), np.sign(wanted))
    for sign in (1, -1):
        own = np.flatnonzero(side == sign)
        own = own[np.lexsort((own, np.abs(wanted[own])))]
        at = 0.0
        for node in own.tolist():
            at = max(at + 1, abs(float(wanted[node])))
            height[column[node]] = sign * at
