"""Questions about single models: ancestors, descendants, paths, kinship. NumPy only.

Breadth-first by arrays, without recursion. Beside what it finds, a query costs one flag per
node of the lineage. All answers are in ascending order of node unless the docstring says
otherwise, so equal questions have equal answers, byte by byte.

A ``node`` outside ``0..n-1`` raises :class:`cladist.errors.InputError` everywhere here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.lineage.lineage import Lineage
from cladist.lineage.pedigree import Index, Nodes, positions

#: One node, or several whose answers are joined.
NodeOrNodes = int | Sequence[int] | NDArray[np.integer]

Step = Callable[[Nodes], Nodes]


@dataclass(frozen=True, eq=False)
class Levels:
    """Nodes with their distance, by distance, then node.

    ``nodes`` int32; ``distance`` int64, edges on the shortest path.
    """

    nodes: Nodes
    distance: Index


@dataclass(frozen=True, eq=False)
class Paths:
    """Paths from a node up to an ancestor, each an int32 array that begins with the node.

    ``complete`` is False if there are more than the limit allowed.
    """

    paths: list[Nodes]
    complete: bool


@dataclass(frozen=True, eq=False)
class Siblings:
    """Nodes that share a parent with a node.

    ``nodes`` int32; ``shared`` int64, number of parents shared; ``full`` bool, the sets of
    parents are the same (else they are half siblings).
    """

    nodes: Nodes
    shared: Index
    full: NDArray[np.bool_]


def ancestors(lineage: Lineage, node: NodeOrNodes) -> Nodes:
    """Return all distinct strict ancestors of the nodes.

    With several nodes, one that is an ancestor of another is in the answer.
    """
    return np.sort(ancestor_levels(lineage, node).nodes)


def descendants_of(lineage: Lineage, node: NodeOrNodes) -> Nodes:
    """Return all distinct strict descendants of the nodes, as :func:`ancestors` does upward."""
    return np.sort(descendant_levels(lineage, node).nodes)


def ancestor_levels(lineage: Lineage, node: NodeOrNodes) -> Levels:
    """Return the strict ancestors with the fewest steps up from the nearest of the nodes."""
    return _search(lineage, node, _up(lineage))


def descendant_levels(lineage: Lineage, node: NodeOrNodes) -> Levels:
    """Return the strict descendants with the fewest steps down from the nearest of the nodes."""
    return _search(lineage, node, _down(lineage))


def path_to_founder(lineage: Lineage, node: int) -> Nodes:
    """Return the node, its primary parent, the primary parent of that, to the founder of its clan.

    int32, in the order of the path.
    """
    path = [int(_nodes(lineage, node)[0])]
    while (above := int(lineage.primary_parent[path[-1]])) >= 0:
        path.append(above)
    return np.array(path, dtype=np.int32)


def paths(lineage: Lineage, node: int, to: int, *, limit: int = 100) -> Paths:
    """Return the paths from a node up to an ancestor, at most ``limit`` of them.

    The order is that of the node numbers along the paths, compared from the node upward. No
    path if ``to`` is no ancestor; one path of one node if both are the same. Only nodes that
    lead to ``to`` are entered, so the cost is that of the paths returned and of one search.

    Raises
    ------
    InputError
        If ``limit`` is below 1.
    """
    if limit < 1:
        raise InputError(f"A limit of {limit} paths allows none.", "Give 1 or more.")
    start, end = int(_nodes(lineage, node)[0]), int(_nodes(lineage, to)[0])
    leads = np.zeros(lineage.n, dtype=bool)
    leads[descendants_of(lineage, end)] = True
    leads[end] = True
    found: list[Nodes] = []
    if not leads[start]:
        return Paths(found, complete=True)
    path = [start]
    # Beside each node of the path: the parents not tried yet, the smallest last.
    untried = [_leading(lineage, start, end, leads)]
    while path:
        if path[-1] == end:
            if len(found) == limit:
                return Paths(found, complete=False)
            found.append(np.array(path, dtype=np.int32))
        if untried[-1]:
            path.append(untried[-1].pop())
            untried.append(_leading(lineage, path[-1], end, leads))
        else:
            path.pop()
            untried.pop()
    return Paths(found, complete=True)


def common_ancestors(lineage: Lineage, a: int, b: int) -> Nodes:
    """Return the nodes that are an ancestor of ``a``, or ``a``, and the same for ``b``."""
    return np.intersect1d(_line(lineage, a).nodes, _line(lineage, b).nodes, assume_unique=True)


def nearest_common_ancestors(lineage: Lineage, a: int, b: int) -> Nodes:
    """Return the common ancestors (or a or b itself) with no other such node below them.

    None if the two are unrelated; more than one is possible once there are merges. If ``a`` is
    an ancestor of ``b``, it is ``a``.
    """
    common = common_ancestors(lineage, a, b)
    # All ancestors of a common ancestor are common ones, so that a common ancestor with another
    # one below it has one among its children: parents of common ancestors are not nearest.
    above = lineage.parents[positions(lineage.parent_indptr, common)]
    return np.setdiff1d(common, above)


def distance(lineage: Lineage, a: int, b: int) -> int | None:
    """Return the fewest edges from ``a`` up to a common ancestor and down to ``b``.

    Zero for a model and itself, 1 for parent and child, 2 for siblings; None if they have no
    common ancestor-or-self. Two founders merged in a common child have none: a path that goes
    down and then up is no descent. The ancestor passed need not be a nearest one.
    """
    first, second = _line(lineage, a), _line(lineage, b)
    _, i, j = np.intersect1d(first.nodes, second.nodes, assume_unique=True, return_indices=True)
    return int((first.distance[i] + second.distance[j]).min()) if i.size else None


def siblings(lineage: Lineage, node: int) -> Siblings:
    """Return the nodes that share at least one parent with the node, itself left out."""
    start = _nodes(lineage, node)
    kin = _down(lineage)(_up(lineage)(start))
    nodes, shared = np.unique(kin[kin != start[0]], return_counts=True)
    mine, theirs = _degree(lineage.parent_indptr, start)[0], _degree(lineage.parent_indptr, nodes)
    return Siblings(nodes, shared.astype(np.int64), (shared == mine) & (shared == theirs))


def _nodes(lineage: Lineage, node: NodeOrNodes) -> Nodes:
    """Check one node or several; return them distinct and ascending."""
    nodes = np.unique(np.atleast_1d(np.asarray(node, dtype=np.int64)))
    for bad in nodes[(nodes < 0) | (nodes >= lineage.n)]:
        raise InputError(
            f"Node {bad} is not in the lineage.", f"Nodes are numbered 0 to {lineage.n - 1}."
        )
    return nodes.astype(np.int32)


def _degree(indptr: Index, nodes: Nodes) -> Index:
    """Length of some rows; unlike ``n_parents`` it reads no more than them from the disk."""
    return indptr[nodes + 1] - indptr[nodes]


def _up(lineage: Lineage) -> Step:
    """Return the step from nodes to their parents."""
    return lambda nodes: lineage.parents[positions(lineage.parent_indptr, nodes)]


def _down(lineage: Lineage) -> Step:
    """Return the step from nodes to their children."""
    return lambda nodes: lineage.children[positions(lineage.child_indptr, nodes)]


def _search(lineage: Lineage, node: NodeOrNodes, step: Step) -> Levels:
    """Search breadth-first from some nodes; a start is found only if it is reached again."""
    seen = np.zeros(lineage.n, dtype=bool)
    front = _nodes(lineage, node)
    found: list[Nodes] = []
    while front.size:
        front = step(front)
        front = np.unique(front[~seen[front]])
        seen[front] = True
        found.append(front)
    nodes = np.concatenate(found) if found else np.zeros(0, dtype=np.int32)
    lengths = [len(level) for level in found]
    return Levels(nodes, np.repeat(np.arange(1, len(found) + 1), lengths))


def _line(lineage: Lineage, node: int) -> Levels:
    """Return a node and its ancestors with their distances."""
    above = ancestor_levels(lineage, node)
    return Levels(
        np.concatenate((_nodes(lineage, node), above.nodes)),
        np.concatenate((np.zeros(1, dtype=np.int64), above.distance)),
    )


def _leading(lineage: Lineage, node: int, end: int, leads: NDArray[np.bool_]) -> list[int]:
    """List the parents of a node that lead to the end, the largest first; none at the end."""
    above = lineage.parents_of(node)
    return [] if node == end else above[leads[above]][::-1].tolist()
