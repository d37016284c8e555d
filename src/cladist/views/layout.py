"""The primary forest laid out once: every family, clan and subtree is one slice of rows.

Rows number the models depth first along primary parents. The clans of a family follow one
another, the founder's first, then the largest; families go from the largest down, models alone
last. So a picture of any part reads one slice of every column. All in array passes; no recursion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cladist.lineage.descent import follow
from cladist.lineage.pedigree import Index, Nodes, frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.lineage.families import Families


@dataclass(frozen=True, eq=False)
class Preorder:
    """Rows of the primary forest.

    Attributes
    ----------
    node
        int32, shape (n,): the node of each row.
    row_of
        int32, shape (n,): the row of each node.
    parent
        int32, shape (n,): row of the primary parent of each row, -1 for a root.
    size
        int32, shape (n,): models of the subtree of each row, itself included; the subtree of
        row ``r`` is ``r : r + size[r]``.
    depth
        int32, shape (n,): primary parents above each row.
    family
        int32, shape (n,): the family of each row, numbered in the order of rows.
    family_start
        int64, shape (families + 1,): first row of each family.
    family_of
        int64, shape (families,): place of each family in the table of families.
    """

    node: Nodes
    row_of: Nodes
    parent: Nodes
    size: Nodes
    depth: Nodes
    family: Nodes
    family_start: Index
    family_of: Index


def preorder(primary_parent: Nodes, families: Families, born: NDArray[np.int64]) -> Preorder:
    """Lay out the primary forest.

    A child stands at ``row(parent) + 1 +`` the sizes of its elder siblings: one sort of the
    siblings, one cumulative sum, then one pass per generation.

    Parameters
    ----------
    primary_parent
        Shape (n,): node of the primary parent, -1 for a root.
    families
        The families of the same nodes.
    born
        Shape (n,): siblings stand in ascending order of it (the undated want the largest
        number), ties by node.
    """
    n = len(primary_parent)
    _, depth = follow(primary_parent)
    by_depth = np.argsort(depth, kind="stable")
    bounds = np.searchsorted(depth[by_depth], np.arange(int(depth.max(initial=0)) + 2))
    size = _sizes(primary_parent, by_depth, bounds)
    before = _before(primary_parent, size, born)
    row = np.zeros(n, dtype=np.int64)
    roots = np.flatnonzero(primary_parent < 0)
    ordered = _roots(roots, size, families)
    row[ordered] = np.cumsum(size[ordered]) - size[ordered]
    for level in range(1, len(bounds) - 1):
        here = by_depth[bounds[level] : bounds[level + 1]]
        row[here] = row[primary_parent[here]] + 1 + before[here]
    row_of = row.astype(np.int32)
    node = np.empty(n, dtype=np.int32)
    node[row_of] = np.arange(n, dtype=np.int32)
    above = primary_parent[node]
    parent = np.where(above >= 0, row_of[above], -1).astype(np.int32) if n else above
    table = families.of_node[node]
    starts = np.flatnonzero(np.r_[True, table[1:] != table[:-1]]) if n else np.zeros(0, np.int64)
    columns = {
        "node": node,
        "row_of": row_of,
        "parent": parent,
        "size": size[node].astype(np.int32),
        "depth": depth[node].astype(np.int32),
        "family": (np.searchsorted(starts, np.arange(n), side="right") - 1).astype(np.int32),
        "family_start": np.r_[starts, n].astype(np.int64),
        "family_of": table[starts].astype(np.int64),
    }
    return Preorder(**{name: frozen(column) for name, column in columns.items()})


def _sizes(primary_parent: Nodes, by_depth: Index, bounds: Index) -> Index:
    """Models of the subtree of each node, from the deepest generation up."""
    size = np.ones(len(primary_parent), dtype=np.int64)
    for level in range(len(bounds) - 2, 0, -1):
        here = by_depth[bounds[level] : bounds[level + 1]]
        np.add.at(size, primary_parent[here], size[here])
    return size


def _before(primary_parent: Nodes, size: Index, born: NDArray[np.int64]) -> Index:
    """Sizes of the elder siblings of each node together."""
    kids = np.flatnonzero(primary_parent >= 0)
    order = kids[np.lexsort((born[kids], primary_parent[kids]))]
    above = primary_parent[order]
    total = np.cumsum(size[order]) - size[order]
    first = np.flatnonzero(np.r_[True, above[1:] != above[:-1]]) if len(order) else order
    counts = np.diff(np.r_[first, len(order)])
    before = np.zeros(len(primary_parent), dtype=np.int64)
    before[order] = total - np.repeat(total[first], counts)
    return before


def _roots(roots: Index, size: Index, families: Families) -> Index:
    """Roots in the order of their clans' rows."""
    family = families.of_node[roots]
    is_founder = families.founder[family] == roots
    order = np.lexsort((roots, -size[roots], ~is_founder, family, -families.size[family]))
    ordered: Index = roots[order]
    return ordered
