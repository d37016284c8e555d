"""Traversal: every question against its literal definition."""

from __future__ import annotations

from itertools import pairwise, product

import networkx as nx
import numpy as np
import pytest
from definitions import lineage as definitions
from hypothesis import given, settings
from hypothesis import strategies as st

from cladist.errors import InputError
from cladist.lineage import traversal
from cladist.lineage.lineage import Lineage


def build(n, pairs) -> Lineage:
    return Lineage.from_edges(n, *definitions._ends(pairs), [0] * len(pairs))


DIAMOND = build(4, [(1, 0), (2, 0), (3, 1), (3, 2)])


@st.composite
def dags(draw, max_n=9):
    n = draw(st.integers(1, max_n))
    label = draw(st.permutations(range(n)))
    place = st.integers(0, n - 1)
    couples = draw(st.lists(st.tuples(place, place), max_size=2 * n))
    return n, sorted({(label[max(c)], label[min(c)]) for c in couples if c[0] != c[1]})


@settings(max_examples=100, deadline=None)
@given(dags())
def test_random_dags_as_defined(case):
    n, pairs = case
    lineage, graph = build(n, pairs), definitions.graph_of(n, *definitions._ends(pairs))
    for v in range(n):
        assert traversal.ancestors(lineage, v).tolist() == sorted(nx.ancestors(graph, v))
        assert traversal.descendants_of(lineage, v).tolist() == sorted(nx.descendants(graph, v))
        levels = traversal.ancestor_levels(lineage, v)
        steps = nx.single_source_shortest_path_length(graph.reverse(), v)
        expected = sorted((d, u) for u, d in steps.items() if u != v)
        assert list(zip(levels.distance.tolist(), levels.nodes.tolist(), strict=True)) == expected
        kin = traversal.siblings(lineage, v)
        found = zip(
            kin.nodes.tolist(),
            zip(kin.shared.tolist(), kin.full.tolist(), strict=True),
            strict=True,
        )
        assert dict(found) == definitions.siblings(graph, v)
        path = traversal.path_to_founder(lineage, v).tolist()
        assert path[0] == v
        assert path[-1] == lineage.clan[v]
        assert all(lineage.primary_parent[c] == p for c, p in pairwise(path))


@settings(max_examples=60, deadline=None)
@given(dags(max_n=7))
def test_pairs_of_nodes_as_defined(case):
    n, pairs = case
    lineage, graph = build(n, pairs), definitions.graph_of(n, *definitions._ends(pairs))
    for a, b in product(range(n), repeat=2):
        common = definitions.line(graph, a) & definitions.line(graph, b)
        assert traversal.common_ancestors(lineage, a, b).tolist() == sorted(common)
        nearest = definitions.nearest_common_ancestors(graph, a, b)
        assert traversal.nearest_common_ancestors(lineage, a, b).tolist() == sorted(nearest)
        assert traversal.distance(lineage, a, b) == definitions.distance(graph, a, b)
        ways = [[a]] if a == b else sorted(nx.all_simple_paths(graph.reverse(), a, b))
        found = traversal.paths(lineage, a, b, limit=1000)
        assert found.complete
        assert [path.tolist() for path in found.paths] == ways
        if len(ways) > 1:
            part = traversal.paths(lineage, a, b, limit=len(ways) - 1)
            assert not part.complete
            assert [path.tolist() for path in part.paths] == ways[:-1]
        both = traversal.ancestors(lineage, [a, b]).tolist()
        assert both == sorted(nx.ancestors(graph, a) | nx.ancestors(graph, b))


def test_diamond_by_hand():
    assert traversal.ancestors(DIAMOND, 3).tolist() == [0, 1, 2]
    assert traversal.descendants_of(DIAMOND, 0).tolist() == [1, 2, 3]
    assert traversal.descendant_levels(DIAMOND, 0).distance.tolist() == [1, 1, 2]
    assert [p.tolist() for p in traversal.paths(DIAMOND, 3, 0).paths] == [[3, 1, 0], [3, 2, 0]]
    assert traversal.nearest_common_ancestors(DIAMOND, 1, 2).tolist() == [0]
    assert traversal.distance(DIAMOND, 1, 2) == 2
    kin = traversal.siblings(DIAMOND, 1)
    assert (kin.nodes.tolist(), kin.full.tolist()) == ([2], [True])


def test_merge_of_five_founders_makes_no_kin_of_them():
    lineage = build(6, [(5, i) for i in range(5)])
    assert traversal.ancestors(lineage, 5).tolist() == [0, 1, 2, 3, 4]
    assert traversal.distance(lineage, 0, 1) is None
    assert traversal.common_ancestors(lineage, 0, 1).size == 0
    assert traversal.nearest_common_ancestors(lineage, 5, 2).tolist() == [2]
    assert traversal.siblings(lineage, 5).nodes.size == 0


def test_shortest_way_may_avoid_the_nearest_ancestor():
    # 0 is the parent of both 4 and 5; 3 is a nearer common ancestor with longer ways.
    #   0 -> 3, 3 -> 1 -> 4, 3 -> 2 -> 5, and 0 -> 4, 0 -> 5
    lineage = build(6, [(3, 0), (1, 3), (2, 3), (4, 1), (5, 2), (4, 0), (5, 0)])
    assert traversal.nearest_common_ancestors(lineage, 4, 5).tolist() == [3]
    assert traversal.distance(lineage, 4, 5) == 2


def test_one_node_and_no_node():
    lineage = build(1, [])
    assert traversal.ancestors(lineage, 0).size == 0
    assert traversal.ancestors(lineage, []).size == 0
    assert traversal.path_to_founder(lineage, 0).tolist() == [0]
    assert traversal.distance(lineage, 0, 0) == 0
    assert traversal.siblings(lineage, 0).nodes.size == 0
    assert traversal.paths(lineage, 0, 0).paths[0].tolist() == [0]


def test_chain_needs_no_recursion():
    n = 20_000
    lineage = build(n, [(i + 1, i) for i in range(n - 1)])
    assert len(traversal.ancestors(lineage, n - 1)) == n - 1
    assert len(traversal.path_to_founder(lineage, n - 1)) == n
    assert len(traversal.paths(lineage, n - 1, 0).paths[0]) == n
    assert traversal.distance(lineage, n - 1, 0) == n - 1


def test_exponentially_many_paths_are_bounded():
    # 40 diamonds one below the other: 2 ** 40 paths
    pairs = [(3 * i + c, 3 * i + p) for i in range(40) for c, p in ((1, 0), (2, 0), (3, 1), (3, 2))]
    found = traversal.paths(build(121, pairs), 120, 0, limit=7)
    assert len(found.paths) == 7
    assert not found.complete


@pytest.mark.parametrize("node", [-1, 4, [0, 9]])
def test_unknown_node_is_refused(node):
    with pytest.raises(InputError, match="not in the lineage"):
        traversal.ancestors(DIAMOND, node)
    one = np.max(node) if node != -1 else node
    with pytest.raises(InputError, match="not in the lineage"):
        traversal.distance(DIAMOND, 0, int(one))


def test_limit_below_one_is_refused():
    with pytest.raises(InputError, match="limit"):
        traversal.paths(DIAMOND, 3, 0, limit=0)
