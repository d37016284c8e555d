"""The paper's motifs: small subtrees, the pairs of positions in them, and their exact counts.

A motif is a non-induced subgraph: an occurrence is a choice of distinct models joined by the
motif's edges, whatever other edges join them. Paper section 3 ("subgraph patterns"); shapes and
configurations from ``sample_helpers.py`` of its repository, in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cladist.lineage.pedigree import Index, Pedigree, positions
from cladist.vocab import is_published


@dataclass(frozen=True)
class Position:
    """One pair of slots of a motif, numbered as in the paper.

    ``generation_gap`` is the difference of depth in the motif, ``distance`` the number of edges
    between the two; both None for a random pair.
    """

    number: int
    name: str
    kin: str
    a: int
    b: int
    generation_gap: int | None
    distance: int | None


@dataclass(frozen=True)
class Motif:
    """One motif: ``edges`` (parent slot, child slot), slots in order of depth, slot 0 on top."""

    name: str
    shape: str
    size: int
    edges: tuple[tuple[int, int], ...]
    positions: tuple[Position, ...]


PARENT_CHILD: Final = "parent-child"
SIBLING: Final = "sibling"
GRANDPARENT: Final = "grandparent"
GREAT_GRANDPARENT: Final = "great-grandparent"
AUNT_UNCLE: Final = "aunt/uncle"
RANDOM: Final = "random"

#: Kin word -> (generation gap, distance).
_APART: Final[dict[str, tuple[int | None, int | None]]] = {
    PARENT_CHILD: (1, 1),
    SIBLING: (0, 2),
    GRANDPARENT: (2, 2),
    GREAT_GRANDPARENT: (3, 3),
    AUNT_UNCLE: (1, 3),
    RANDOM: (None, None),
}


def _motif(
    name: str,
    shape: str,
    edges: tuple[tuple[int, int], ...],
    *pairs: tuple[str, str, int, int],
) -> Motif:
    size = 1 + max((slot for edge in edges for slot in edge), default=1)
    found = tuple(
        Position(i, told, kin, a, b, *_APART[kin]) for i, (told, kin, a, b) in enumerate(pairs, 1)
    )
    return Motif(name, shape, size, edges, found)


#: Every motif of the paper, by name, in its order.
MOTIFS: Final = {
    m.name: m
    for m in (
        _motif("random", "two models", (), ("random pair", RANDOM, 0, 1)),
        _motif("duo", "u→v", ((0, 1),), ("parent-child", PARENT_CHILD, 0, 1)),
        _motif(
            "trio_1", "p→{a, b}", ((0, 1), (0, 2)),
            ("parent-child", PARENT_CHILD, 0, 1), ("siblings", SIBLING, 1, 2),
        ),
        _motif(
            "trio_2", "u→v→w", ((0, 1), (1, 2)),
            ("grandparent", GRANDPARENT, 0, 2), ("lower parent-child", PARENT_CHILD, 1, 2),
            ("upper parent-child", PARENT_CHILD, 0, 1),
        ),
        _motif(
            "quad_0", "p→{a, b, c}", ((0, 1), (0, 2), (0, 3)),
            ("parent-child", PARENT_CHILD, 0, 1), ("siblings", SIBLING, 1, 2),
        ),
        _motif(
            "quad_1", "u→v→{w, x}", ((0, 1), (1, 2), (1, 3)),
            ("grandparent", GRANDPARENT, 0, 2), ("lower parent-child", PARENT_CHILD, 1, 2),
            ("upper parent-child", PARENT_CHILD, 0, 1), ("siblings", SIBLING, 2, 3),
        ),
        _motif(
            "quad_2", "u→{v, x}, v→w", ((0, 1), (0, 2), (1, 3)),
            ("grandparent", GRANDPARENT, 0, 3), ("aunt or uncle", AUNT_UNCLE, 2, 3),
            ("lower parent-child", PARENT_CHILD, 1, 3),
            ("upper parent-child", PARENT_CHILD, 0, 1), ("siblings", SIBLING, 1, 2),
        ),
        _motif(
            "quad_3", "t→u→v→w", ((0, 1), (1, 2), (2, 3)),
            ("great-grandparent", GREAT_GRANDPARENT, 0, 3),
            ("lower grandparent", GRANDPARENT, 1, 3), ("upper grandparent", GRANDPARENT, 0, 2),
            ("bottom parent-child", PARENT_CHILD, 2, 3),
            ("middle parent-child", PARENT_CHILD, 1, 2),
            ("top parent-child", PARENT_CHILD, 0, 1),
        ),
    )
}  # fmt: skip


def triangles(pedigree: Pedigree) -> Index:
    """Count, per edge (u, v), the children of v that are children of u as well; int64 (edges,).

    On a forest all are 0. Cost: the ordered pairs of parents of models with several.
    """
    counts = np.zeros(pedigree.n_edges, dtype=np.int64)
    # Such a child has two parents: only edges into models with several need a look.
    several = pedigree.n_parents > 1
    if not several.any():
        return counts
    n = pedigree.n
    rows = np.flatnonzero(several)
    # For each child w of several parents, every ordered pair (v, u) of its parents.
    parents = positions(pedigree.parent_indptr, rows)
    lengths = pedigree.n_parents[rows]
    first = np.repeat(parents, np.repeat(lengths, lengths))
    second = positions(np.concatenate([[0], np.cumsum(lengths)]), np.repeat(
        np.arange(len(rows)), lengths))  # fmt: skip
    v, u = pedigree.edge_parent[first], pedigree.edge_parent[parents[second]]
    key = v.astype(np.int64) * n + u
    edge_key = pedigree.edge_child.astype(np.int64) * n + pedigree.edge_parent
    place = np.searchsorted(edge_key, key)
    found = place < len(edge_key)
    found[found] = edge_key[place[found]] == key[found]
    found &= u != v
    return counts + np.bincount(place[found], minlength=pedigree.n_edges)


def motif_counts(pedigree: Pedigree, *, definition: str = "standard") -> dict[str, int]:
    """Count the occurrences of every motif, exactly, by degree formulas.

    With d(v) the number of children and k(v) the number of parents of v:

    ``random`` n (n - 1) / 2; ``duo`` the edges; ``trio_1`` sum C(d, 2); ``trio_2`` sum over
    edges (u, v) of d(v); ``quad_0`` sum C(d, 3); ``quad_1`` sum over edges of C(d(v), 2);
    ``quad_2`` sum over edges of d(v) (d(u) - 1), less the cases in which v's child is the
    sibling itself (u -> v -> x, u -> x); ``quad_3`` sum over edges of k(u) d(v).

    Parameters
    ----------
    pedigree
        A DAG without self-loops; under ``laufer2025`` any graph.
    definition
        ``laufer2025``: the totals by which the paper's samplers weigh: ``quad_2`` keeps the
        triangles and ``quad_3`` adds d(v) over edges whose parent has parents, without their
        number. Self-loops and cycles count as the formulas have them.

    Returns
    -------
    dict
        Motif -> Python int (they pass 2^63 on hubs with large stars).

    Notes
    -----
    O(nodes + edges), and the pairs of parents of models with several.
    """
    published = is_published(definition)
    d, k = pedigree.n_children, pedigree.n_parents
    u, v = pedigree.edge_parent, pedigree.edge_child
    below, beside = d[v], d[u] - 1
    n = pedigree.n
    quad_2 = _total(below * beside)
    quad_3 = _total(np.where(k[u] > 0, 1, 0) * below) if published else _total(k[u] * below)
    if not published:
        quad_2 -= _total(triangles(pedigree))
    return {
        "random": n * (n - 1) // 2,
        "duo": pedigree.n_edges,
        "trio_1": _choose(d, 2),
        "trio_2": _total(below),
        "quad_0": _choose(d, 3),
        "quad_1": _choose(below, 2),
        "quad_2": quad_2,
        "quad_3": quad_3,
    }


def _total(values: Index) -> int:
    """Return the sum of counts below 2^62, exactly."""
    high, low = values >> 31, values & ((1 << 31) - 1)
    return (int(high.sum()) << 31) + int(low.sum())


def _choose(degrees: Index, k: int) -> int:
    """Return the sum of C(d, k), exactly: one Python product per distinct degree."""
    sizes, counts = np.unique(degrees[degrees >= k], return_counts=True)
    total = 0
    for d, times in zip(sizes.tolist(), counts.tolist(), strict=True):
        ways = d * (d - 1) // 2 if k == 2 else d * (d - 1) * (d - 2) // 6
        total += ways * times
    return total
