"""What runs along descent: generations, descendants, credit, primary parents, clans.

All of it in array passes over levels of the graph (DESIGN, section 5 "Definitions"). The cost
of a level is proportional to its own edges, so that a chain as long as the lineage is no trap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.lineage.pedigree import Index, Nodes, Pedigree, distinct, positions

Reals = NDArray[np.float64]

#: Bits (at most, at least) of one block of the exact count of descendants, memory of its sets.
_BLOCK_BITS: Final = 1 << 15
_MIN_BITS: Final = 64
_BLOCK_BYTES: Final = 1 << 28

_CREDIT_BITS: Final = 40  # 12 decimal digits


def generations(pedigree: Pedigree) -> Nodes:
    """Longest path from a node without parents, in edges; int32, shape (n,).

    Kahn's algorithm, level by level: a node is released when its last parent has been, which
    is one level after the highest of its parents. O(nodes + edges).

    Raises
    ------
    InputError
        If the edges contain a cycle; three of the nodes on or below it are named.
    """
    waiting = pedigree.n_parents.copy()
    result = np.zeros(pedigree.n, dtype=np.int32)
    scratch = np.empty(pedigree.n, dtype=np.int32)
    front: Nodes = np.flatnonzero((waiting == 0) & (pedigree.n_children > 0)).astype(np.int32)
    level = 0
    while front.size:
        level += 1
        kids = pedigree.children[positions(pedigree.child_indptr, front)]
        np.subtract.at(waiting, kids, 1)
        front = distinct(kids[waiting[kids] == 0], scratch)
        result[front] = level
    stuck = np.flatnonzero(waiting)
    if stuck.size:
        raise InputError(
            f"The edges contain a cycle; on or below it: nodes {stuck[:3].tolist()}.",
            "Cut the cycles first: cladist.lineage.cuts.cut_pairs.",
        )
    return result


def generations_min(pedigree: Pedigree) -> Nodes:
    """Shortest path from a node without parents, in edges; int32, shape (n,). O(nodes + edges)."""
    seen = pedigree.n_parents == 0
    result = np.zeros(pedigree.n, dtype=np.int32)
    scratch = np.empty(pedigree.n, dtype=np.int32)
    front: Nodes = np.flatnonzero(seen & (pedigree.n_children > 0)).astype(np.int32)
    level = 0
    while front.size:
        level += 1
        kids = pedigree.children[positions(pedigree.child_indptr, front)]
        front = distinct(kids[~seen[kids]], scratch)
        seen[front] = True
        result[front] = level
    return result


@dataclass(frozen=True, eq=False)
class Upward:
    """Edges in the order in which a sum runs from the leaves up.

    ``child`` and ``parent`` stand in descending generation of the child, then by (child,
    parent); ``bounds`` are the ends of the levels. Within one level no child is a parent.
    """

    child: Nodes
    parent: Nodes
    bounds: Index

    @classmethod
    def of(cls, pedigree: Pedigree, generation: Nodes, edges: NDArray[Any]) -> Upward:
        """Order some edges (indices or a mask) of a pedigree."""
        child, parent = pedigree.edge_child[edges], pedigree.edge_parent[edges]
        depth = generation[child]
        if not depth.size:
            return cls(child, parent, np.zeros(1, dtype=np.int64))
        top = int(depth.max())
        # Sorting 16-bit numbers is a radix sort, and hubs are shallow.
        key = (top - depth).astype(np.uint16 if top < 2**16 else np.int32)
        order = np.argsort(key, kind="stable")
        steps = np.flatnonzero(np.diff(key[order])) + 1
        return cls(child[order], parent[order], np.r_[0, steps, len(order)].astype(np.int64))

    def add(self, values: NDArray[Any], share: Reals | None = None) -> None:
        """Add to each parent, in place, its children's values (times ``share`` of the child).

        Additions happen one by one in the fixed order of the edges: same input, same bits.
        """
        for start, stop in pairwise(self.bounds.tolist()):
            kids = self.child[start:stop]
            parts = values[kids] if share is None else values[kids] * share[kids]
            np.add.at(values, self.parent[start:stop], parts)


def descendant_counts(pedigree: Pedigree, generation: Nodes) -> Index:
    """Count the distinct descendants of each node, exactly, merges included; int64, shape (n,).

    Without its edges into nodes of several parents ("merges") the lineage is a forest, whose
    sizes are sums. Every tree of that forest hangs below a root or a merge, and two trees
    share no node. So descendants(v) = size of v's subtree - 1 + the sizes of the trees below
    all distinct merges that v reaches, and only these sets of merges need to be kept apart.
    They run upward as bit sets, for the ancestors of merges only, in blocks of merges whose
    sets fit into 256 MiB.

    Cost: O(nodes + edges) + (edges above merges) * merges / 64 machine words.
    """
    merges = np.flatnonzero(pedigree.n_parents > 1)
    sizes = np.ones(pedigree.n, dtype=np.int64)
    in_tree = (pedigree.n_parents == 1)[pedigree.edge_child]
    Upward.of(pedigree, generation, in_tree).add(sizes)
    result = sizes - 1
    if not merges.size:
        return result
    core = _with_ancestors(pedigree, merges)
    names = np.full(pedigree.n, -1, dtype=np.int64)
    names[core] = np.arange(len(core))
    upward = Upward.of(pedigree, generation, names[pedigree.edge_child] >= 0)
    edges = list(zip(names[upward.child].tolist(), names[upward.parent].tolist(), strict=True))
    # The largest trees first: then only the low bits of the first block have a high weight.
    merges = merges[np.argsort(-sizes[merges], kind="stable")]
    extra = np.zeros(len(core), dtype=np.int64)
    width = max(_MIN_BITS, min(_BLOCK_BITS, 8 * _BLOCK_BYTES // len(core)))
    for start in range(0, len(merges), width):
        block = merges[start : start + width]
        extra += _reached_weight(len(core), edges, names[block], sizes[block])
    result[core] += extra
    result[merges] -= sizes[merges]  # a merge reaches itself: not its own descendant
    return result


def _with_ancestors(pedigree: Pedigree, nodes: NDArray[Any]) -> NDArray[Any]:
    """Return the nodes and all their ancestors, ascending."""
    seen = np.zeros(pedigree.n, dtype=bool)
    seen[nodes] = True
    scratch = np.empty(pedigree.n, dtype=np.int32)
    front = nodes
    while front.size:
        parents = pedigree.parents[positions(pedigree.parent_indptr, front)]
        front = distinct(parents[~seen[parents]], scratch)
        seen[front] = True
    return np.flatnonzero(seen)


def _reached_weight(
    n: int, edges: list[tuple[int, int]], marked: NDArray[Any], weight: Index
) -> Index:
    """Sum, for each node, the weights of the distinct marked nodes that it reaches or is.

    The sets are Python integers of one bit per marked node: an "or" of two of them is one
    pass over machine words. NumPy would do the same words, but pays per level, and a ladder
    of merges has as many levels as merges. The loop is over edges above merges only.
    """
    sets = [0] * n
    for bit, node in enumerate(marked.tolist()):
        sets[node] = 1 << bit
    for child, parent in edges:
        sets[parent] |= sets[child]
    planes = []
    for power in range(int(weight.max()).bit_length()):
        bits = (weight >> power & 1).astype(np.uint8)
        planes.append((power, int.from_bytes(np.packbits(bits, bitorder="little"), "little")))
    return np.array(
        [
            sum((reached & plane).bit_count() << power for power, plane in planes) if reached else 0
            for reached in sets
        ],
        dtype=np.int64,
    )


def credit_of(upward: Upward, n_parents: Index) -> Reals:
    """Return w(v) = 1 + sum over children c of w(c) / (number of parents of c); float64, (n,).

    From the highest generation down: each model is worth 1 and hands its own worth up in
    equal shares, so that the credit of all nodes without parents sums to n.
    """
    result = np.ones(len(n_parents))
    upward.add(result, 1.0 / np.maximum(n_parents, 1))
    return result


def rounded_credit(credit: Reals) -> Reals:
    """Credit to 40 significant bits (12 decimal digits), so that equal sums compare as equal.

    Sums of thirds differ in the last bits by the order of addition; no tie may hang on that.
    The rounding is binary: the same on every machine, with no logarithm in it.
    """
    mantissa, exponent = np.frexp(credit)
    kept: Reals = np.ldexp(np.rint(np.ldexp(mantissa, _CREDIT_BITS)), exponent - _CREDIT_BITS)
    return kept


def primary_parents(pedigree: Pedigree, credit: Reals, downloads: Index) -> Nodes:
    """Parent with the largest credit, ties by downloads (unknown = -1 last), then lowest node.

    int32, shape (n,); -1 for a node without parents.
    """
    result = np.full(pedigree.n, -1, dtype=np.int32)
    single = np.flatnonzero(pedigree.n_parents == 1)
    result[single] = pedigree.parents[pedigree.parent_indptr[single]]
    edges = np.flatnonzero((pedigree.n_parents > 1)[pedigree.edge_child])
    child, parent = pedigree.edge_child[edges], pedigree.edge_parent[edges]
    worth = rounded_credit(credit)[parent]
    order = np.lexsort((parent, -downloads[parent], -worth, child))
    child, parent = child[order], parent[order]
    first = np.ones(len(child), dtype=bool)
    first[1:] = child[1:] != child[:-1]
    result[child[first]] = parent[first]
    return result


def follow(parent: Nodes) -> tuple[Nodes, Nodes]:
    """Follow one parent each (-1: none) to the end: (last node, number of steps), int32, (n,).

    Pointer jumping: each round doubles the steps taken, so that a chain of 100,000 needs 17
    (J. JaJa, An Introduction to Parallel Algorithms, 1992, section 2.2).
    """
    last = np.where(parent < 0, np.arange(len(parent), dtype=np.int32), parent)
    steps = (parent >= 0).astype(np.int32)
    moving = np.flatnonzero(steps)
    while moving.size:
        target = last[moving]
        moving, target = moving[steps[target] > 0], target[steps[target] > 0]
        # Read all, then write all: a node that has arrived is never read as half way.
        ahead, more = last[target], steps[target]
        last[moving] = ahead
        steps[moving] += more
    return last, steps
