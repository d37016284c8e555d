"""Families: weakly connected components, each named by its founder, as one table of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cladist.lineage.descent import Reals, follow
from cladist.lineage.pedigree import Index, Nodes, Pedigree, frozen

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Families:
    """All families of a lineage, single models included, in ascending order of the founder.

    Attributes
    ----------
    founder
        int32, shape (families,): the member without parents that has most descendants (ties:
        declared before ghost, most downloads with unknown last, then the smallest node).
    size, edges
        int64: members, and edges between them.
    founders
        int64: members without parents, at least 1.
    founder_share
        float64, 0 to 1: descendants of the founder / (size - 1); NaN for a single model.
    founder_is_ghost
        bool.
    depth
        int32: the highest generation of a member; 0 for a single model.
    reticulations
        int64: members with two parents or more.
    of_node
        int32, shape (n,): row of this table for each node.
    """

    founder: Nodes
    size: Index
    edges: Index
    founders: Index
    founder_share: Reals
    founder_is_ghost: Flags
    depth: Nodes
    reticulations: Index
    of_node: Nodes

    def __len__(self) -> int:
        """Return the number of families."""
        return len(self.founder)

    @property
    def founder_of_node(self) -> Nodes:
        """Founder of the family of each node; int32, shape (n,)."""
        founder: Nodes = self.founder[self.of_node]
        return founder


def component_labels(pedigree: Pedigree) -> Nodes:
    """Label each node with a node that stands for its weakly connected component.

    First every node goes up its first parents to the end; then only the edges to second and
    later parents are left to join these trees. int32, shape (n,). O((nodes + edges) log depth).
    """
    first = np.full(pedigree.n, -1, dtype=np.int32)
    has_parents = np.flatnonzero(pedigree.n_parents)
    starts = pedigree.parent_indptr[has_parents]
    first[has_parents] = pedigree.parents[starts]
    label = follow(first)[0]
    later = np.ones(pedigree.n_edges, dtype=bool)
    later[starts] = False
    low, high = label[pedigree.edge_child[later]], label[pedigree.edge_parent[later]]
    # Most merges are of models of one tree, and join nothing.
    low, high = low[low != high], high[low != high]
    if not low.size:
        return label
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    ends, places = np.unique(np.concatenate((low, high)), return_inverse=True)
    rows, columns = np.split(places, 2)
    graph = csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(len(ends),) * 2)
    joined = connected_components(graph, directed=False)[1]
    _, smallest = np.unique(joined, return_index=True)
    stands_for = np.arange(pedigree.n, dtype=np.int32)
    stands_for[ends] = ends[smallest[joined]]
    final: Nodes = stands_for[label]
    return final


def find_families(
    pedigree: Pedigree,
    generation: Nodes,
    descendants: Index,
    *,
    is_ghost: Flags,
    downloads: Index,
) -> Families:
    """Find all families and their founders; see :class:`Families`."""
    label = component_labels(pedigree)
    roots = np.flatnonzero(pedigree.n_parents == 0).astype(np.int32)
    founder_of = _founders(pedigree.n, label, roots, (descendants, is_ghost, downloads))
    member_of = founder_of[label]
    founder = roots[member_of[roots] == roots]
    row_of = np.full(pedigree.n, -1, dtype=np.int32)
    row_of[founder] = np.arange(len(founder), dtype=np.int32)
    of_node = row_of[member_of]
    size = _count(of_node, len(founder))
    depth = np.zeros(len(founder), dtype=np.int32)
    np.maximum.at(depth, of_node, generation)
    # A single model has no other members to share: 0 / 0 is NaN, which is what "undefined" is.
    share = np.full(len(founder), np.nan)
    np.divide(descendants[founder], size - 1, out=share, where=size > 1)
    columns = {
        "founder": founder,
        "size": size,
        "edges": _count(of_node[pedigree.edge_child], len(founder)),
        "founders": _count(of_node[roots], len(founder)),
        "founder_share": share,
        "founder_is_ghost": is_ghost[founder],
        "depth": depth,
        "reticulations": _count(of_node[pedigree.n_parents > 1], len(founder)),
        "of_node": of_node,
    }
    return Families(**{name: frozen(column) for name, column in columns.items()})


def _count(rows: NDArray[Any], n: int) -> Index:
    """Count how often each row number occurs."""
    return np.bincount(rows, minlength=n)


def _founders(n: int, label: Nodes, roots: Nodes, columns: tuple[Index, Flags, Index]) -> Nodes:
    """Founder of each component, at the index of its label; other places are left unset."""
    founder = np.full(n, -1, dtype=np.int32)
    per_label = np.bincount(label[roots], minlength=n)
    alone = per_label[label[roots]] == 1
    founder[label[roots[alone]]] = roots[alone]
    rivals = roots[~alone]
    descendants, is_ghost, downloads = (column[rivals] for column in columns)
    # The worst first, so that the last one written for a label is the best.
    order = np.lexsort((-rivals, downloads, ~is_ghost, descendants))
    for_label = label[rivals[order]]
    last = np.full(n, -1, dtype=np.int64)
    np.maximum.at(last, for_label, np.arange(len(order)))
    best = order[last[last >= 0]]
    founder[label[rivals[best]]] = rivals[best]
    return founder
