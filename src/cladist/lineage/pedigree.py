"""The bare graph under a lineage: edges sorted and indexed both ways, and array helpers.

Everything that counts along a lineage (``descent``, ``families``, ``shape_indices``,
``traversal``) works on these arrays; :class:`cladist.lineage.lineage.Lineage` adds the columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cladist.errors import InputError

Nodes = NDArray[np.int32]
Index = NDArray[np.int64]
A = TypeVar("A", bound=NDArray[Any])


@dataclass(frozen=True, eq=False)
class Pedigree:
    """Edges child -> parent over nodes ``0..n-1``, indexed both ways; all arrays read-only.

    Attributes
    ----------
    n
        Number of nodes.
    edge_child, edge_parent
        int32, shape (edges,): the two ends of each edge, sorted by (child, parent), distinct.
    parent_indptr
        int64, shape (n + 1,): the parents of ``i`` are
        ``parents[parent_indptr[i]:parent_indptr[i + 1]]``, in ascending order.
    child_indptr, children, child_edge
        The other way: ``children[child_indptr[i]:child_indptr[i + 1]]`` in ascending order
        (int32), and for each of them the index of its edge (int32).
    """

    n: int
    edge_child: Nodes
    edge_parent: Nodes
    parent_indptr: Index
    child_indptr: Index
    children: Nodes
    child_edge: Nodes

    @property
    def parents(self) -> Nodes:
        """Parents of all nodes one after the other: the column ``edge_parent`` itself."""
        return self.edge_parent

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.edge_child)

    @cached_property
    def n_parents(self) -> Index:
        """Number of parents of each node; int64, shape (n,)."""
        return frozen(np.diff(self.parent_indptr))

    @cached_property
    def n_children(self) -> Index:
        """Number of children of each node; int64, shape (n,)."""
        return frozen(np.diff(self.child_indptr))

    def parents_of(self, node: int) -> Nodes:
        """Parents of one node, ascending; int32."""
        return self.edge_parent[self.parent_indptr[node] : self.parent_indptr[node + 1]]

    def children_of(self, node: int) -> Nodes:
        """Children of one node, ascending; int32."""
        return self.children[self.child_indptr[node] : self.child_indptr[node + 1]]


def frozen(array: A) -> A:
    """Return the array, set read-only."""
    array.setflags(write=False)
    return array


def indptr_of(rows: Nodes, n: int) -> Index:
    """Row pointer (int64, shape (n + 1,)) of sorted row numbers, as in a CSR matrix."""
    pointer = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n), out=pointer[1:])
    return pointer


def positions(indptr: Index, rows: NDArray[Any]) -> Index:
    """Positions of all entries of the given CSR rows, row after row.

    Cost is proportional to the entries found, never to the size of the matrix.
    """
    starts = indptr[rows]
    lengths = indptr[rows + 1] - starts
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    found: Index = np.arange(total, dtype=np.int64)
    found += np.repeat(starts - ends + lengths, lengths)
    return found


def distinct(nodes: Nodes, scratch: Nodes) -> Nodes:
    """Drop repeated nodes without sorting; ``scratch`` is any int32 array of shape (n,)."""
    order = np.arange(len(nodes), dtype=np.int32)
    scratch[nodes] = order
    once: Nodes = nodes[scratch[nodes] == order]
    return once


def index_pairs(n: int, child: Nodes, parent: Nodes) -> dict[str, Any]:
    """Index distinct pairs already sorted by (child, parent): the fields of a Pedigree."""
    order = np.argsort(parent, kind="stable").astype(np.int32)
    arrays: dict[str, NDArray[Any]] = {
        "edge_child": child,
        "edge_parent": parent,
        "parent_indptr": indptr_of(child, n),
        "child_indptr": indptr_of(parent, n),
        "children": child[order],
        "child_edge": order,
    }
    return {"n": n, **{name: frozen(array) for name, array in arrays.items()}}


def pair_columns(n: int, child: ArrayLike, parent: ArrayLike) -> tuple[Nodes, Nodes, Index]:
    """Check two columns of node numbers; return them as int32 with one int64 key per pair.

    The key ``child * n + parent`` orders pairs by (child, parent).

    Raises
    ------
    InputError
        If ``n`` is negative or over 2**31 - 1, the columns differ in length, a number is no
        node, or a pair is given twice (two relations of one pair must be settled before).
    """
    if not 0 <= n < 2**31:
        raise InputError(f"A lineage cannot have {n} nodes.", "Give between 0 and 2**31 - 1.")
    first, second = np.asarray(child), np.asarray(parent)
    if first.shape != second.shape or first.ndim != 1:
        raise InputError(
            f"Children have shape {first.shape} and parents {second.shape}.",
            "Give one child and one parent per edge.",
        )
    for name, column in (("Child", first), ("Parent", second)):
        if column.size and (column.min() < 0 or column.max() >= n):
            bad = column[(column < 0) | (column >= n)][0]
            raise InputError(f"{name} {bad} is not a node.", f"Nodes are numbered 0 to {n - 1}.")
    key = first.astype(np.int64) * n + second
    ordered = key if (key[1:] > key[:-1]).all() else np.sort(key)
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if twice.size:
        pair = divmod(int(ordered[twice[0]]), n)
        raise InputError(
            f"The pair (child {pair[0]}, parent {pair[1]}) is given more than once.",
            "Give each pair once, with the one relation that it is analysed by.",
        )
    return first.astype(np.int32), second.astype(np.int32), key
