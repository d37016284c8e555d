"""How many pairs of models are parent and child, siblings, cousins ...: exact, each pair once.

Models without children whose parents are the same are interchangeable: a star of thousands of
adapters is one class with a weight. On the classes that are left, kin are products of sparse
matrices, taken in blocks of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cladist.lineage.lineage import Lineage
from cladist.lineage.pedigree import Index

#: Kin classes in order of precedence: a pair belongs to the first that fits (DESIGN section 5).
KIN_CLASSES: Final = (
    "parent-child",
    "sibling",
    "grandparent",
    "aunt/uncle",
    "great-grandparent",
    "cousin",
    "same family",
    "unrelated",
)
_CLOSE: Final = 6
_ENTRIES: Final = 1 << 22  # entries of a product held at once, about


def kin_class_counts(lineage: Lineage) -> dict[str, int]:
    """Count the unordered pairs of models in every kin class, exactly.

    ``sibling``: share a parent; ``aunt/uncle``: one is a sibling of a parent of the other;
    ``cousin``: share a grandparent; ``same family``: none of those, but in one weakly connected
    component; each pair counts in the first class that fits.

    Returns
    -------
    dict
        A count per class of :data:`KIN_CLASSES`, which sum to n (n - 1) / 2, and
        ``full_sibling`` (the same set of parents) and ``half_sibling``, which sum to
        ``sibling``.
    """
    classes = _classes(lineage)
    close = _close_counts(classes)
    # Interchangeable models are siblings of one another.
    close[1] += int((classes.weight * (classes.weight - 1) // 2)[classes.has_parent].sum())
    sizes = lineage.families.size
    within = _pairs(sizes)
    full = _pairs(np.unique(_parent_sets(lineage), return_counts=True)[1])
    counts = dict(zip(KIN_CLASSES, [*close, within - sum(close)], strict=False))
    counts["unrelated"] = lineage.n * (lineage.n - 1) // 2 - within
    counts["full_sibling"] = full
    counts["half_sibling"] = counts["sibling"] - full
    return counts


def _pairs(sizes: Index) -> int:
    """Return the sum of C(size, 2)."""
    return sum(s * (s - 1) // 2 * t for s, t in zip(*map(list, _tally(sizes)), strict=True))


def _tally(sizes: Index) -> tuple[list[int], list[int]]:
    found, times = np.unique(sizes, return_counts=True)
    return found.tolist(), times.tolist()


def _parent_sets(lineage: Lineage) -> Index:
    """Return a number per model with parents, the same for the same set of parents."""
    child = np.flatnonzero(lineage.n_parents)
    if not len(child):
        return np.zeros(0, dtype=np.int64)
    return _set_numbers(lineage, child)


def _set_numbers(lineage: Lineage, child: Index) -> Index:
    """Give every set of parents a number; two sums of mixed 64-bit words stand for a set."""
    words = np.stack([_mixed(lineage.edge_parent, salt) for salt in (1, 2)])
    starts = lineage.parent_indptr[child]
    with np.errstate(over="ignore"):
        sums = np.add.reduceat(words, starts, axis=1)
    return np.unique(sums, axis=1, return_inverse=True)[1].ravel()


def _mixed(values: NDArray[np.int32], salt: int) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        x = (values.astype(np.uint64) + np.uint64(salt << 33)) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@dataclass(frozen=True, eq=False)
class _Classes:
    """Models with children, one a class, then classes of interchangeable ones without.

    ``up`` (classes, classes): 1 where the column is a parent of the row; ``weight`` (classes,).
    """

    up: sparse.csr_array
    weight: Index

    @property
    def has_parent(self) -> NDArray[np.bool_]:
        """Whether each class has a parent."""
        found: NDArray[np.bool_] = np.diff(self.up.indptr) > 0
        return found


def _classes(lineage: Lineage) -> _Classes:
    number = np.full(lineage.n, -1, dtype=np.int64)
    inner = np.flatnonzero(lineage.n_children)
    number[inner] = np.arange(len(inner))
    leaves = np.flatnonzero((lineage.n_children == 0) & (lineage.n_parents > 0))
    if len(leaves):
        groups = _set_numbers(lineage, np.flatnonzero(lineage.n_parents))
        sets = np.full(lineage.n, -1, dtype=np.int64)
        sets[np.flatnonzero(lineage.n_parents)] = groups
        number[leaves] = len(inner) + np.unique(sets[leaves], return_inverse=True)[1]
    size = int(number.max(initial=-1)) + 1
    row, column = number[lineage.edge_child], number[lineage.edge_parent]
    up = sparse.csr_array((np.ones(len(row), np.int32), (row, column)), shape=(size, size))
    up.sum_duplicates()
    up.data[:] = 1
    return _Classes(up, np.bincount(number[number >= 0], minlength=size))


def _close_counts(classes: _Classes) -> list[int]:
    """Count pairs of different classes by weight, in the first six kin classes."""
    up, size = classes.up, classes.up.shape[0]
    down = up.T.tocsr()
    twice = _flat(up @ up)
    pieces = (up, down, twice, twice.T.tocsr(), _flat(up @ twice))
    thrice_down = pieces[4].T.tocsr()
    total = np.zeros(_CLOSE + 1, dtype=np.int64)
    for rows in _blocks(classes, down):
        sib = _off_diagonal(_flat(up[rows] @ down), rows)
        aunts = _flat(up[rows] @ _siblings_of_parents(up, down, rows))
        nephews = _flat(sib @ down)
        cousins = _flat(twice[rows] @ pieces[3])
        kinds = (
            [up[rows], down[rows]], [sib], [twice[rows], pieces[3][rows]], [aunts, nephews],
            [pieces[4][rows], thrice_down[rows]], [cousins],
        )  # fmt: skip
        best = sparse.csr_array((rows.stop - rows.start, size), dtype=np.int32)
        for place, matrices in enumerate(kinds):
            for matrix in matrices:
                best = best.maximum(matrix * (_CLOSE - place)).tocsr()
        found = best.tocoo()
        row, column = found.coords
        apart = row + rows.start != column
        weight = classes.weight[row + rows.start] * classes.weight[column] * apart
        total += np.bincount(found.data, weight, _CLOSE + 1).astype(np.int64)
    return [int(total[_CLOSE - place]) // 2 for place in range(_CLOSE)]


def _siblings_of_parents(
    up: sparse.csr_array, down: sparse.csr_array, rows: slice
) -> sparse.csr_array:
    """Return siblings, as rows, of those models that are parents of the block; others empty."""
    size = up.shape[0]
    parents = np.unique(up[rows].indices)
    sib = _flat(up[parents] @ down).tocoo()
    row, column = sib.coords
    row = parents[row]
    apart = row != column
    return sparse.csr_array(
        (np.ones(int(apart.sum()), np.int32), (row[apart], column[apart])), shape=(size, size)
    )


def _blocks(classes: _Classes, down: sparse.csr_array) -> list[slice]:
    """Cut the rows so that the product with most entries stays about bounded."""
    degree = np.diff(down.indptr)
    up = classes.up
    beside = up @ degree  # at least the entries of a row of siblings
    above = up @ beside  # ... of cousins and aunts
    load = np.cumsum(degree + beside + above + up @ above + 1)
    cuts = np.searchsorted(load, np.arange(_ENTRIES, int(load[-1]) if len(load) else 0, _ENTRIES))
    edges = np.unique(np.concatenate([[0], cuts, [len(degree)]]))
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]


def _flat(matrix: sparse.csr_array) -> sparse.csr_array:
    """Return the pattern of a product as ones."""
    flat = matrix.tocsr()
    flat.data = np.ones(len(flat.data), dtype=np.int32)
    return flat


def _off_diagonal(matrix: sparse.csr_array, rows: slice) -> sparse.csr_array:
    found = matrix.tocoo()
    row, column = found.coords
    apart = row + rows.start != column
    return sparse.csr_array((found.data[apart], (row[apart], column[apart])), shape=matrix.shape)
