"""Trait edges made of rows, for tests of what is counted over them."""

from __future__ import annotations

from collections.abc import Iterable, Set

import numpy as np
import pyarrow as pa

from cladist.traits.edges import NAMED, Edges
from cladist.traits.stated import Stated
from cladist.traits.trait_edges import Ends, TraitEdges

#: Relation, clan, what the parent states (None: nothing), what the child states.
Row = tuple[str, int, Set[str] | None, Set[str] | None]


def trait_edges_of(rows: Iterable[Row]) -> TraitEdges:
    """Return edges of two models each, all of one generation, a family each two clans."""
    rows = list(rows)
    sides = [[None if s is None else sorted(s) for s in (r[2], r[3])] for r in rows]
    lists = pa.array([s for pair in sides for s in pair], pa.list_(pa.string()))
    nodes = np.arange(2 * len(rows))
    known = Stated.of_lists(nodes, lists, len(nodes))
    relation = np.array([NAMED.index(r[0]) for r in rows], dtype=np.int64)
    edges = Edges(nodes[1::2], nodes[::2], relation)
    clan = np.array([r[1] for r in rows], dtype=np.int64)
    ends = Ends(edges, known, known.of[edges.parent], known.of[edges.child])
    same = np.zeros(len(rows), dtype=np.int64)
    return TraitEdges(ends, ("all",), same, clan, clan, clan // 2, same)
