"""Counts over trait edges: what changes, between which values, in which lineage.

Every function takes :class:`cladist.traits.trait_edges.TraitEdges` and counts them by lineage
(``cluster``) in whole numbers; sums are divided later, in a fixed order. Distinct pairs of sets of
values are far fewer than edges, so what two sets have in common is found once a pair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cladist.traits.tally import products, tallied

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.traits.trait_edges import TraitEdges

    Ints = NDArray[np.int64]


class Overlaps(NamedTuple):
    """Edges by group, lineage and the sizes of both sets of values; arrays (rows,).

    ``group`` indexes the groups of the trait edges; ``parent_size`` and ``child_size`` are -1
    where that side states nothing, ``shared`` (number of common values) where either does.
    """

    group: Ints
    cluster: Ints
    family: Ints
    parent_size: Ints
    child_size: Ints
    shared: Ints
    edges: Ints


def overlap_counts(edges: TraitEdges) -> Overlaps:
    """Count edges by group, clan, family and the sizes of both value sets."""
    ends, pairs = edges.ends, edges.pairs
    shared = np.full(len(ends.p), -1)
    shared[pairs.edge] = pairs.shared[pairs.of]
    sizes = [np.append(ends.stated.sizes, -1)[side] for side in (ends.p, ends.c)]
    return Overlaps(*tallied([edges.group, edges.cluster, edges.family, *sizes, shared]))


def changes(edges: TraitEdges) -> dict[str, int]:
    """Count the edges whose ends both state the trait and differ.

    Returns
    -------
    dict
        ``changed``; of them ``only_lost`` and ``only_gained``, that only drop or only add values.
    """
    pairs = edges.pairs
    lost, gained = pairs.lost > 0, pairs.gained > 0
    kinds = {"changed": lost | gained, "only_lost": lost & ~gained, "only_gained": gained & ~lost}
    return {name: int(np.count_nonzero(kind[pairs.of])) for name, kind in kinds.items()}


class Exchanges(NamedTuple):
    """Pairs of values lost x gained on changed edges; arrays (rows,).

    ``source`` and ``target`` index the values; ``ways`` = |lost| |gained| of the edge: its credit
    is 1 / ways for each of its pairs.
    """

    cluster: Ints
    family: Ints
    ways: Ints
    source: Ints
    target: Ints
    edges: Ints


def substitution_counts(edges: TraitEdges) -> Exchanges:
    """Count value pairs lost x gained on changed edges, by cluster, family and number of pairs."""
    pairs = edges.pairs
    swapped = (pairs.lost > 0) & (pairs.gained > 0)
    cluster, family, pair, count = _by_pair(edges, swapped[pairs.of])
    lost, gained = pairs.parent.apart(pairs.size), pairs.child.apart(pairs.size)
    parts = []
    for row, i, j in products(pairs.lost[pair], pairs.gained[pair]):
        of = pair[row]
        source, target = lost[1][lost[0][of] + i], gained[1][gained[0][of] + j]
        ways = (pairs.lost * pairs.gained)[of]
        parts.append(tallied([cluster[row], family[row], ways, source, target], count[row]))
    return Exchanges(*_joined(parts, 5))


class Margins(NamedTuple):
    """Edges whose ends both state the trait, by stratum and both sets of values; arrays (rows,).

    ``relation`` indexes :data:`cladist.traits.edges.NAMED`, ``source`` and ``target`` the sets.
    """

    cluster: Ints
    clan: Ints
    relation: Ints
    generation: Ints
    source: Ints
    target: Ints
    edges: Ints


def margin_counts(edges: TraitEdges) -> Margins:
    """Count edges whose ends both state the trait by cluster, stratum and the two value sets."""
    at, ends = edges.pairs.edge, edges.ends
    columns = (edges.cluster, edges.clan, ends.edges.relation, edges.generation, ends.p, ends.c)
    return Margins(*tallied([c[at] for c in columns]))


class PublishedFlows(NamedTuple):
    """Transitions as the paper counts them; arrays (rows,), ``added`` and ``removed`` counts."""

    cluster: Ints
    family: Ints
    source: Ints
    target: Ints
    added: Ints
    removed: Ints


def published_flow_counts(edges: TraitEdges) -> PublishedFlows:
    """Count transitions as the paper does, by cluster and family.

    On an edge with parent values P and child values C, every gained value c in C - P counts once
    with every p in P (``added``), every lost value p in P - C once with every c in C
    (``removed``). A change of one label is counted twice, a change of a list many times.

    References
    ----------
    ``ordering_helpers.py`` of the paper's repository (paper section 5).
    """
    pairs = edges.pairs
    swapped = (pairs.lost > 0) | (pairs.gained > 0)
    cluster, family, pair, count = _by_pair(edges, swapped[pairs.of])
    lost, gained = pairs.parent.apart(pairs.size), pairs.child.apart(pairs.size)
    before, after = pairs.parent.all(pairs.size), pairs.child.all(pairs.size)
    parts = []
    for is_added, left, right in ((1, before, gained), (0, lost, after)):
        many = np.diff(left[0])[pair], np.diff(right[0])[pair]
        for row, i, j in products(*many):
            of = pair[row]
            source, target = left[1][left[0][of] + i], right[1][right[0][of] + j]
            kind = np.full(len(row), is_added)
            parts.append(tallied([cluster[row], family[row], source, target, kind], count[row]))
    *keys, kind, times = _joined(parts, 5)
    rows = tallied(keys)[:-1]
    sums = [tallied(keys, times * (kind == which))[-1] for which in (1, 0)]
    return PublishedFlows(*rows, *sums)


class Kept(NamedTuple):
    """Values of parents on edges whose ends both state the trait; arrays (rows,).

    ``value`` indexes the values; ``shared``: how many values of the parent the child kept;
    ``kept``: 1 if this one is among them.
    """

    value: Ints
    cluster: Ints
    parent_size: Ints
    shared: Ints
    kept: Ints
    edges: Ints


def retention_counts(edges: TraitEdges) -> Kept:
    """Count, per value of the parent, whether the child kept it, by the parent's set size."""
    pairs = edges.pairs
    every = np.ones(len(pairs.of), dtype=np.bool_)
    cluster, _, pair, count = _by_pair(edges, every)
    starts, value = pairs.parent.all(pairs.size)
    parts = []
    for row, i, _ in products(pairs.parent_size[pair], np.ones(len(pair), dtype=np.int64)):
        of = pair[row]
        at = starts[of] + i
        columns = [value[at], cluster[row], pairs.parent_size[of], pairs.shared[of],
                   pairs.parent.common[at]]  # fmt: skip
        parts.append(tallied(columns, count[row]))
    return Kept(*_joined(parts, 5))


class Moves(NamedTuple):
    """Edges on which a value comes or goes; arrays (values,) in the order of the values.

    ``pure``: of them those on which nothing goes, or comes, at the same time.
    """

    edges: Ints
    pure: Ints


def loss_counts(edges: TraitEdges) -> Moves:
    """Count, per value, the edges on which the parent states it and the child does not."""
    pairs = edges.pairs
    return _moves(edges, pairs.parent.pair, pairs.parent.value, ~pairs.parent.common, pairs.gained)


def gain_counts(edges: TraitEdges) -> Moves:
    """Count, per value, the edges on which the child states it and the parent does not."""
    pairs = edges.pairs
    return _moves(edges, pairs.child.pair, pairs.child.value, ~pairs.child.common, pairs.lost)


def _moves(
    edges: TraitEdges, pair: Ints, value: Ints, moves: NDArray[np.bool_], other_way: Ints
) -> Moves:
    times = np.bincount(edges.pairs.of, minlength=edges.pairs.size)
    pair, value = pair[moves], value[moves]
    pure = times * (other_way == 0)
    return Moves(*(_sum(value, part[pair], len(edges.values)) for part in (times, pure)))


def value_counts(edges: TraitEdges) -> Ints:
    """Count, per value, the edges that have it at either end (both ends stated)."""
    pairs = edges.pairs
    times = np.bincount(pairs.of, minlength=pairs.size)
    new = ~pairs.child.common
    value = np.concatenate([pairs.parent.value, pairs.child.value[new]])
    pair = np.concatenate([pairs.parent.pair, pairs.child.pair[new]])
    return _sum(value, times[pair], len(edges.values))


def fate_counts(edges: TraitEdges) -> dict[str, Ints]:
    """Count, per value of the parent, what the child does with it; arrays (values,).

    Returns
    -------
    dict
        ``kept``, ``replaced`` (the child states the trait but not this value), ``silent`` (the
        child states nothing): edges.
    """
    pairs, ends, k = edges.pairs, edges.ends, len(edges.values)
    times = np.bincount(pairs.of, minlength=pairs.size)
    kept = times[pairs.parent.pair] * pairs.parent.common
    gone = times[pairs.parent.pair] * ~pairs.parent.common
    alone = ends.p[(ends.p >= 0) & (ends.c < 0)]
    by_set = np.bincount(alone, minlength=len(ends.stated.sizes))
    return {
        "kept": _sum(pairs.parent.value, kept, k),
        "replaced": _sum(pairs.parent.value, gone, k),
        "silent": _sum(ends.stated.members, np.repeat(by_set, ends.stated.sizes), k),
    }


def _by_pair(edges: TraitEdges, which: NDArray[np.bool_]) -> list[Ints]:
    """Count the edges of some pairs by lineage, family and pair."""
    at = edges.pairs.edge[which]
    return tallied([edges.cluster[at], edges.family[at], edges.pairs.of[which]])


def _joined(parts: list[list[Ints]], columns: int) -> list[Ints]:
    """Return the counts of several blocks as one."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return [np.zeros(0, dtype=np.int64)] * (columns + 1)
    *keys, times = (np.concatenate(column) for column in zip(*parts, strict=True))
    return tallied(keys, times)


def _sum(place: Ints, weight: Ints, size: int) -> Ints:
    return np.bincount(place, weight, size).astype(np.int64)
