"""Kinship of models: the coefficient phi, inbreeding, founders' contributions, path distance.

phi(i, i) = 1; for i not an ancestor of j, phi(i, j) = (r / k_i) * sum over parents p of i of
phi(p, j), with k_i the number of parents of i and ``retention`` r = 1/2 (DESIGN section 5; after
Wright 1922 and Malecot 1948, for any number of parents). On a tree phi = r^(path length).

Asked for pairs, never for all: pairs whose ancestors form chains are answered by climbing, the
others on the union of their ancestors, generation by generation, in bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cladist.errors import InputError
from cladist.lineage.lineage import Lineage
from cladist.lineage.pedigree import Index, positions

if TYPE_CHECKING:
    from scipy import sparse

Floats = NDArray[np.float64]

#: Models whose pairwise matrix is held at once: 128 MiB.
_UNION = 4096
_UNRELATED = -1


def kinship(lineage: Lineage, a: ArrayLike, b: ArrayLike, *, retention: float = 0.5) -> Floats:
    """Return the kinship coefficient of pairs of models; float64 (pairs,), in [0, 1].

    Parameters
    ----------
    lineage
        The lineage.
    a, b
        Nodes, pair by pair.
    retention
        The share r of a parent that a child keeps, by convention 1/2; within 0 and 1.

    Raises
    ------
    InputError
        If a number is no node, the lengths differ, or ``retention`` is not within 0 and 1.

    Notes
    -----
    Exact. Models of different families have 0.
    """
    first, second = _pairs(lineage, a, b)
    if not 0 < retention <= 1:
        raise InputError(f"Retention {retention} is not within 0 and 1.", "0.5 is customary.")
    length = path_distance(lineage, first, second)
    out = np.where(length >= 0, float(retention) ** np.maximum(length, 0), 0.0)
    hard = np.flatnonzero((length >= 0) & _reticulate(lineage)[np.stack([first, second])].any(0))
    for chunk, union in _unions(lineage, first, second, hard):
        phi = _phi(union, retention)
        out[chunk] = phi[union.place(first[chunk]), union.place(second[chunk])]
    return out


def path_distance(lineage: Lineage, a: ArrayLike, b: ArrayLike) -> Index:
    """Return the length of the shortest way up to a common ancestor and down; int64 (pairs,).

    0 for a model and itself, 1 for parent and child, 2 for siblings; -1 without a common
    ancestor, even within a family that merges have joined.

    Raises
    ------
    InputError
        If a number is no node or the lengths differ.
    """
    first, second = _pairs(lineage, a, b)
    tangled = _reticulate(lineage)[np.stack([first, second])].any(0)
    out = np.full(len(first), _UNRELATED, dtype=np.int64)
    plain = np.flatnonzero(~tangled)
    out[plain] = _climb(lineage, first[plain], second[plain])
    family = lineage.founder
    hard = np.flatnonzero(tangled & (family[first] == family[second]))
    for chunk, union in _unions(lineage, first, second, hard):
        up = _steps_up(union)
        total = up[union.place(first[chunk])] + up[union.place(second[chunk])]
        best = total.min(axis=1)
        out[chunk] = np.where(best < _FAR, best, _UNRELATED)
    return out


def inbreeding(
    lineage: Lineage, nodes: ArrayLike | None = None, *, retention: float = 0.5
) -> Floats:
    """Return F of each model: mean kinship over the distinct pairs of its parents.

    0 for models with one parent or none. ``nodes``: all if None; float64 (nodes,).

    Raises
    ------
    InputError
        As :func:`kinship`.
    """
    asked = np.arange(lineage.n) if nodes is None else np.asarray(nodes, dtype=np.int64)
    asked, _ = _pairs(lineage, asked, asked)
    k = lineage.n_parents[asked]
    several = np.flatnonzero(k > 1)
    owner, first, second = _parent_pairs(lineage, asked[several])
    out = np.zeros(len(asked))
    if len(several):
        phi = kinship(lineage, first, second, retention=retention)
        sums = np.bincount(owner, phi, len(several))
        out[several] = sums / (k[several] * (k[several] - 1) / 2)
    return out


def founder_contributions(lineage: Lineage, nodes: ArrayLike) -> sparse.csr_array:
    """Return what share of each model comes from each founder; (nodes, n), rows sum to 1.

    The recursion of kinship with r = 1: a model takes 1/k from each of its k parents, a model
    without parents is its own founder (Lacy 1989, founder contributions).

    Raises
    ------
    InputError
        If a number is no node.
    """
    from scipy import sparse

    asked, _ = _pairs(lineage, nodes, nodes)
    k = lineage.n_parents
    ends = np.flatnonzero(k == 0)
    row = np.concatenate([lineage.edge_child, ends])
    column = np.concatenate([lineage.edge_parent, ends])
    data = np.concatenate([1 / k[lineage.edge_child], np.ones(len(ends))])
    step = sparse.csr_array((data, (row, column)), shape=(lineage.n, lineage.n))
    share = sparse.csr_array(
        (np.ones(len(asked)), (np.arange(len(asked)), asked)), shape=(len(asked), lineage.n)
    )
    while share.nnz and (k[share.indices] > 0).any():
        share = (share @ step).tocsr()
    share.sort_indices()
    return share


def _pairs(lineage: Lineage, a: ArrayLike, b: ArrayLike) -> tuple[Index, Index]:
    first, second = (np.atleast_1d(np.asarray(x, dtype=np.int64)) for x in (a, b))
    if first.shape != second.shape or first.ndim != 1:
        raise InputError(
            f"There are {first.shape} and {second.shape} models.", "Give pairs of nodes."
        )
    for x in (first, second):
        wrong = x[(x < 0) | (x >= lineage.n)]
        if wrong.size:
            raise InputError(f"{wrong[0]} is not a node.", f"Nodes are 0 to {lineage.n - 1}.")
    return first, second


def _reticulate(lineage: Lineage) -> NDArray[np.bool_]:
    """Whether a model or any of its ancestors has several parents; (n,)."""
    marked = lineage.n_parents > 1
    parent = np.where(lineage.primary_parent >= 0, lineage.primary_parent, np.arange(lineage.n))
    while True:
        more = marked | marked[parent]
        if (more == marked).all():
            return marked
        marked, parent = more, parent[parent]


def _climb(lineage: Lineage, a: Index, b: Index) -> Index:
    """Path distance of pairs whose ancestors are chains: the deeper one climbs, step by step."""
    depth, parent = lineage.generation.astype(np.int64), lineage.primary_parent
    a, b, steps = a.copy(), b.copy(), np.zeros(len(a), dtype=np.int64)
    apart = np.flatnonzero(a != b)
    while len(apart):
        deeper = depth[a[apart]] >= depth[b[apart]]
        for side, who in ((a, apart[deeper]), (b, apart[~deeper])):
            side[who] = parent[side[who]]
        steps[apart] += 1
        lost = (a[apart] < 0) | (b[apart] < 0)
        steps[apart[lost]] = _UNRELATED
        apart = apart[~lost]
        apart = apart[a[apart] != b[apart]]
    return steps


@dataclass(frozen=True, eq=False)
class _Union:
    """Some models and all their ancestors, older generations first.

    ``nodes`` (m,) ascending in (generation, node); ``order`` sorts them by node; ``bounds`` where
    each generation begins; ``up`` (m, m): 1/k where the column is a parent of the row.
    """

    nodes: Index
    sorted_nodes: Index
    order: Index
    bounds: list[int]
    up: sparse.csr_array

    def place(self, nodes: Index) -> Index:
        """Return the rows of nodes."""
        return self.order[np.searchsorted(self.sorted_nodes, nodes)]


def _unions(lineage: Lineage, a: Index, b: Index, hard: Index) -> Iterator[tuple[Index, _Union]]:
    """Cut pairs into chunks whose ancestors fit into one matrix."""
    family = lineage.founder[a[hard]]
    todo = [hard[np.lexsort((b[hard], a[hard], family))]] if len(hard) else []
    todo = [c for chunk in todo for c in np.array_split(chunk, max(1, len(chunk) // 512))]
    while todo:
        chunk = todo.pop()
        nodes = _ancestors(lineage, np.unique(np.concatenate([a[chunk], b[chunk]])))
        if len(nodes) > _UNION and len(chunk) > 1:
            todo += np.array_split(chunk, 2)
            continue
        yield chunk, _union(lineage, nodes)


def _ancestors(lineage: Lineage, nodes: Index) -> Index:
    """Return nodes and all their ancestors, ascending."""
    found, new = nodes, nodes
    while len(new):
        above = lineage.parents[positions(lineage.parent_indptr, new)].astype(np.int64)
        new = np.setdiff1d(above, found)
        found = np.union1d(found, new)
    return found


def _union(lineage: Lineage, nodes: Index) -> _Union:
    from scipy import sparse

    generation = lineage.generation[nodes]
    rank = np.lexsort((nodes, generation))
    nodes = nodes[rank]
    order = np.argsort(nodes)
    sorted_nodes = nodes[order]
    k = lineage.n_parents[nodes]
    above = lineage.parents[positions(lineage.parent_indptr, nodes)].astype(np.int64)
    column = order[np.searchsorted(sorted_nodes, above)]
    row = np.repeat(np.arange(len(nodes)), k)
    up = sparse.csr_array((1 / np.repeat(k, k), (row, column)), shape=(len(nodes), len(nodes)))
    levels = generation[rank]
    bounds = [*np.flatnonzero(np.diff(levels, prepend=-1)).tolist(), len(nodes)]
    return _Union(nodes, sorted_nodes, order, bounds, up)


def _phi(union: _Union, retention: float) -> Floats:
    """Return the kinship matrix of a union: each generation from those before it."""
    m = len(union.nodes)
    phi = np.zeros((m, m))
    for start, stop in zip(union.bounds[:-1], union.bounds[1:], strict=True):
        rows = slice(start, stop)
        weights = retention * union.up[rows, :start]
        phi[rows, :start] = weights @ phi[:start, :start]
        phi[:start, rows] = phi[rows, :start].T
        phi[rows, rows] = weights @ phi[:start, rows]
        phi[range(start, stop), range(start, stop)] = 1.0
    return phi


#: More steps than any way has.
_FAR: int = 1 << 30


def _steps_up(union: _Union) -> NDArray[Any]:
    """Return the least number of steps up from each row to each column; ``_FAR`` if none."""
    m = len(union.nodes)
    up = np.full((m, m), _FAR, dtype=np.int64)
    np.fill_diagonal(up, 0)
    indptr, parents = union.up.indptr, union.up.indices
    for start, stop in zip(union.bounds[1:-1], union.bounds[2:], strict=True):
        mine = slice(indptr[start], indptr[stop])
        if mine.start == mine.stop:
            continue
        found = np.minimum.reduceat(up[parents[mine]], indptr[start:stop] - mine.start, axis=0)
        up[start:stop] = np.minimum(up[start:stop], found + 1)
    return np.minimum(up, _FAR)


def _parent_pairs(lineage: Lineage, nodes: Index) -> tuple[Index, Index, Index]:
    """Return all unordered pairs of parents of models, with the model that they belong to."""
    k = lineage.n_parents[nodes]
    starts = lineage.parent_indptr[nodes]
    i = np.repeat(np.arange(int(k.sum())) - np.repeat(np.cumsum(k) - k, k), np.repeat(k, k))
    j = np.arange(int((k**2).sum())) - np.repeat(np.cumsum(k**2) - k**2, k**2)
    j = j % np.repeat(k, k**2)
    owner = np.repeat(np.arange(len(nodes)), k**2)
    kept = i < j
    owner = owner[kept]
    first = lineage.parents[starts[owner] + i[kept]]
    second = lineage.parents[starts[owner] + j[kept]]
    return owner, first.astype(np.int64), second.astype(np.int64)
