"""Trait edges: what parent and child state, edge by edge, as numbers of sets of values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cladist.errors import InputError
from cladist.traits.edges import Edges, clusters_of, edges_of, groups_of, lineage_of
from cladist.traits.held import held
from cladist.traits.stated import Stated, stated
from cladist.vocab import is_published, relation_set, trait_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Side:
    """The values of one side of pairs of sets, pair by pair, values ascending.

    ``pair`` and ``value`` (rows,); ``common`` (rows,): the other side has the value too.
    """

    pair: Ints
    value: Ints
    common: Flags

    def apart(self, pairs: int) -> tuple[Ints, Ints]:
        """Return the values that are not common: where those of each pair start, and they."""
        rows = ~self.common
        return _starts(self.pair[rows], pairs), self.value[rows]

    def all(self, pairs: int) -> tuple[Ints, Ints]:
        """Return all values: where those of each pair start, and they."""
        return _starts(self.pair, pairs), self.value


def _starts(pair: Ints, pairs: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(pair, minlength=pairs))]).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Pairs:
    """The distinct pairs of sets of values that edges with two stated ends have.

    ``edge``: those edges; ``of``: the pair of each; ``size``: number of pairs.
    """

    edge: Ints
    of: Ints
    size: int
    parent: Side
    child: Side

    @cached_property
    def parent_size(self) -> Ints:
        """Number of values of the parent; shape (pairs,)."""
        return np.bincount(self.parent.pair, minlength=self.size)

    @cached_property
    def child_size(self) -> Ints:
        """Number of values of the child; shape (pairs,)."""
        return np.bincount(self.child.pair, minlength=self.size)

    @cached_property
    def shared(self) -> Ints:
        """Number of common values; shape (pairs,)."""
        return np.bincount(self.parent.pair[self.parent.common], minlength=self.size)

    @property
    def lost(self) -> Ints:
        """Number of values of the parent alone; shape (pairs,)."""
        return self.parent_size - self.shared

    @property
    def gained(self) -> Ints:
        """Number of values of the child alone; shape (pairs,)."""
        return self.child_size - self.shared


@dataclass(frozen=True, eq=False)
class Ends:
    """Edges with the set that parent (``p``) and child (``c``) state, -1 where one states nothing.

    ``stated`` tells the sets.
    """

    edges: Edges
    stated: Stated
    p: NDArray[np.int32]
    c: NDArray[np.int32]

    @cached_property
    def pairs(self) -> Pairs:
        """The pairs of sets of the edges whose ends both state the trait."""
        edge = np.flatnonzero((self.p >= 0) & (self.c >= 0))
        many = max(len(self.stated.starts) - 1, 1)
        key = self.p[edge].astype(np.int64) * many + self.c[edge]
        known, of = np.unique(key, return_inverse=True)
        sides = [self._members(known // many), self._members(known % many)]
        wide = max(len(self.stated.values), 1)
        keys = [pair * wide + value for pair, value in sides]
        common = [np.isin(keys[i], keys[1 - i], assume_unique=True) for i in range(2)]
        parent, child = (Side(*sides[i], common[i]) for i in range(2))
        return Pairs(edge, of.astype(np.int64), len(known), parent, child)

    def _members(self, sets: Ints) -> tuple[Ints, Ints]:
        """Return place in ``sets`` and value of every member of some sets."""
        starts, sizes = self.stated.starts[sets], self.stated.sizes[sets]
        place = np.repeat(np.arange(len(sets)), sizes)
        within = np.arange(len(place)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return place, self.stated.members[starts[place] + within]


@dataclass(frozen=True, eq=False)
class TraitEdges:
    """Trait edges with their groups and strata; arrays (edges,).

    ``groups``: names in ascending order; ``group`` the number of each edge's; ``cluster``: the
    lineage of the edge; ``clan``, ``family`` (nodes) and ``generation`` are those of the child.
    """

    ends: Ends
    groups: tuple[str, ...]
    group: Ints
    cluster: Ints
    clan: NDArray[np.int32]
    family: NDArray[np.int32]
    generation: NDArray[np.int32]

    @property
    def values(self) -> tuple[str, ...]:
        """Every value of the trait, ascending."""
        return self.ends.stated.values

    @property
    def pairs(self) -> Pairs:
        """See :attr:`Ends.pairs`."""
        return self.ends.pairs


def trait_edges(
    hub: Snapshot,
    trait: str,
    *,
    relations: str = "all",
    by: str = "relation",
    definition: str = "standard",
    cluster: str = "clan",
    unstated: bool = False,
) -> TraitEdges:
    """Return the edges with what both ends state; edges and models are read once.

    With ``definition="laufer2025"`` the edges are the published ones, the values those that tags
    state. With ``unstated`` an end that states nothing has the one value ``(not stated)``, so that
    a trait dropped or taken up is a change like any other.

    Raises
    ------
    InputError
        If the trait, a relation, ``by`` or ``cluster`` is not known, or what is not stated is
        asked for as published.
    """
    trait = trait_name(trait)
    if unstated and is_published(definition):
        raise InputError(
            "The published definition leaves out what is not stated.",
            "Ask for it with the standard definition.",
        )
    edges = edges_of(hub, relations, definition)
    (names, group), lineages = groups_of(hub, edges, by), clusters_of(hub, edges, cluster)

    def read() -> Ends:
        known = stated(hub, trait, definition=definition, unstated=unstated)
        return Ends(edges, known, known.of[edges.parent], known.of[edges.child])

    what = ("ends", trait, relation_set(relations), definition, unstated)
    lineage = lineage_of(hub)
    return TraitEdges(
        held(hub, what, read), names, group, lineages, lineage.clan[edges.child],
        lineage.founder[edges.child], lineage.generation[edges.child],
    )  # fmt: skip
