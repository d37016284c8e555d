"""Cuts: the rules of DESIGN section 2, against the literal definitions."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from definitions import lineage as definitions
from hypothesis import given, settings
from hypothesis import strategies as st

from cladist.errors import InputError
from cladist.lineage.cuts import UNKNOWN_TIME, Cuts, cut_pairs

DAY = 86_400_000_000


def cut(n, pairs, created=None, is_floor=None, confidence=None) -> Cuts:
    """Cut (child, parent) pairs; dates in days, None for unknown."""
    dates = [UNKNOWN_TIME if d is None else d * DAY for d in (created or [None] * n)]
    return cut_pairs(
        n,
        [c for c, _ in pairs],
        [p for _, p in pairs],
        created=np.array(dates, dtype=np.int64),
        is_floor=np.zeros(n, bool) if is_floor is None else is_floor,
        confidence=np.ones(len(pairs)) if confidence is None else confidence,
    )


def removed(cuts: Cuts, kind: str | None = None) -> set[tuple[int, int]]:
    return {
        (int(c), int(p))
        for c, p, k in zip(cuts.child, cuts.parent, cuts.kind, strict=True)
        if kind in (None, str(k))
    }


def kept(cuts: Cuts, pairs) -> list[tuple[int, int]]:
    return [pair for pair, stays in zip(pairs, cuts.keep, strict=True) if stays]


def is_acyclic(n, pairs) -> bool:
    return nx.is_directed_acyclic_graph(definitions.graph_of(n, *definitions._ends(pairs)))


@pytest.mark.parametrize("n", [0, 1, 5])
def test_no_pairs_nothing_is_cut(n):
    cuts = cut(n, [])
    assert cuts.keep.tolist() == cuts.kind.tolist() == []
    assert cuts.component.dtype == np.int64


@pytest.mark.parametrize(
    "pairs",
    [
        [(1, 0), (2, 0), (3, 0), (4, 0)],  # star
        [(i + 1, i) for i in range(4)],  # chain
        [(1, 0), (2, 0), (3, 1), (3, 2)],  # diamond
        [(4, 0), (4, 1), (4, 2), (4, 3)],  # merge
    ],
)
def test_dag_nothing_is_cut_even_if_parents_are_younger(pairs):
    assert cut(5, pairs, created=[5, 4, 3, 2, 1]).keep.all()


def test_self_loop_goes_first_and_has_no_component():
    cuts = cut(2, [(0, 0), (1, 0)])
    assert cuts.keep.tolist() == [False, True]
    assert cuts.kind.tolist() == ["self_loop"]
    assert cuts.component.tolist() == [-1]
    assert np.isnan(cuts.gap_days).all()


def test_two_cycle_with_dates_the_younger_parent_goes():
    # 0 is older than 1: that 0 descends from 1 cannot be.
    cuts = cut(2, [(0, 1), (1, 0)], created=[10, 13])
    assert removed(cuts, "younger_parent") == {(0, 1)}
    assert cuts.gap_days.tolist() == [3.0]
    assert cuts.component.tolist() == [0]


@pytest.mark.parametrize(
    ("created", "is_floor"),
    [([None, 13], [0, 0]), ([13, 13], [0, 0]), ([10, 13], [1, 0]), ([10, 13], [0, 1])],
)
def test_two_cycle_without_usable_dates_is_feedback_by_confidence(created, is_floor):
    pairs = [(0, 1), (1, 0)]
    assert removed(cut(2, pairs, created, is_floor, [0.9, 0.5]), "feedback") == {(1, 0)}
    assert removed(cut(2, pairs, created, is_floor, [0.5, 0.9]), "feedback") == {(0, 1)}
    assert removed(cut(2, pairs, created, is_floor), "feedback") == {(1, 0)}


def test_largest_gap_goes_and_the_rest_is_left_alone():
    # 0 <- 1 <- 2 <- 0; two parents are younger; one cut is enough.
    cuts = cut(3, [(0, 1), (1, 2), (2, 0)], created=[1, 5, 7])
    assert removed(cuts) == {(0, 1)}


def test_equal_gap_lowest_confidence_then_greatest_pair():
    pairs = [(0, 1), (2, 3), (1, 2), (3, 0)]
    dates = [1, 2, 1, 2]
    assert removed(cut(4, pairs, dates, None, [0.5, 0.9, 1, 1])) == {(0, 1)}
    assert removed(cut(4, pairs, dates)) == {(2, 3)}


def test_components_are_numbered_by_their_smallest_node_before_any_cut():
    pairs = [(4, 5), (5, 4), (0, 3), (3, 0), (1, 0), (2, 2)]
    cuts = cut(6, pairs)
    assert dict(zip(cuts.child.tolist(), cuts.component.tolist(), strict=True)) == {
        2: -1,
        3: 0,
        5: 1,
    }


def test_hostile_dates_do_not_overflow():
    cuts = cut_pairs(
        3,
        [0, 1, 1, 2],
        [1, 0, 2, 1],
        created=np.array([-(2**63) + 1, 2**63 - 1, 0]),
        is_floor=[0, 0, 0],
        confidence=[1, 1, 1, 1],
    )
    assert removed(cuts) == {(0, 1), (2, 1)}
    assert (cuts.gap_days > 0).all()


def test_long_cycle_and_chain_are_fast():
    n = 5_000
    ring = [((i + 1) % n, i) for i in range(n)]
    assert removed(cut(n, ring)) == {(n - 1, n - 2)}
    assert removed(cut(n, ring, created=list(range(n)))) == {(0, n - 1)}
    assert cut(n, ring[:-1]).keep.all()


@pytest.mark.parametrize("dated", [True, False])
def test_one_large_component_is_not_quadratic(dated):
    n, rng = 20_000, np.random.default_rng(1)
    ring = np.arange(n)
    child = np.r_[ring, rng.integers(0, n, 3 * n)]
    parent = np.r_[(ring + 1) % n, rng.integers(0, n, 3 * n)]
    _, first = np.unique(child * n + parent, return_index=True)
    child, parent = child[first], parent[first]
    cuts = cut_pairs(
        n,
        child,
        parent,
        created=rng.integers(0, 10**15, n) if dated else np.full(n, UNKNOWN_TIME),
        is_floor=np.zeros(n, bool),
        confidence=rng.random(len(child)),
    )
    graph = definitions.graph_of(n, child[cuts.keep], parent[cuts.keep])
    assert nx.is_directed_acyclic_graph(graph)
    if not dated:  # the bound of Eades, Lin and Smyth
        loops = int((child == parent).sum())
        assert len(cuts.child) - loops <= (len(child) - loops) / 2 - n / 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"child": [0, 0], "parent": [1, 1]}, "more than once"),
        ({"child": [0, 2]}, "not a node"),
        ({"child": [0, -1]}, "not a node"),
        ({"child": [0]}, "shape"),
        ({"created": [0]}, "shape"),
        ({"is_floor": [False]}, "shape"),
        ({"confidence": [1.0]}, "shape"),
        ({"confidence": [1.0, np.nan]}, "Confidence nan"),
        ({"confidence": [1.0, 1.5]}, "Confidence 1.5"),
        ({"n": -1}, "nodes"),
    ],
)
def test_unusable_input_is_refused(change, words):
    good = {
        "n": 2,
        "child": [0, 1],
        "parent": [1, 0],
        "created": [0, 0],
        "is_floor": [False, False],
        "confidence": [1.0, 1.0],
    }
    with pytest.raises(InputError, match=words):
        cut_pairs(**{**good, **change})


@st.composite
def digraphs(draw, max_n=5, max_pairs=20):
    n = draw(st.integers(1, max_n))
    node = st.integers(0, n - 1)
    pairs = draw(st.lists(st.tuples(node, node), unique=True, max_size=max_pairs))
    dates = draw(st.lists(st.none() | st.integers(0, 3), min_size=n, max_size=n))
    floor = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    confidence = draw(
        st.lists(st.sampled_from([0.25, 0.5, 1.0]), min_size=len(pairs), max_size=len(pairs))
    )
    return n, pairs, dates, floor, confidence


@settings(max_examples=150, deadline=None)
@given(digraphs(), st.randoms(use_true_random=False))
def test_cuts_follow_the_definition_in_any_order(case, random):
    n, pairs, dates, floor, confidence = case
    cuts = cut(n, pairs, dates, floor, confidence)
    loops = {(c, p) for c, p in pairs if c == p}
    trust = dict(zip(pairs, confidence, strict=True))
    proper = [pair for pair in pairs if pair not in loops]
    younger = definitions.younger_parents_cut(n, proper, dates, floor, [trust[x] for x in proper])
    assert removed(cuts, "self_loop") == loops
    assert removed(cuts, "younger_parent") == younger
    left = [pair for pair in proper if pair not in younger]
    graph = definitions.graph_of(n, *definitions._ends(left))
    feedback = set()
    for nodes in nx.strongly_connected_components(graph):
        inside = [(c, p) for c, p in left if c in nodes and p in nodes]
        if len(inside) <= 10:
            feedback |= definitions.minimum_feedback_pairs(n, inside, [trust[x] for x in inside])
        else:
            feedback |= {x for x in removed(cuts, "feedback") if x in inside}
    assert removed(cuts, "feedback") == feedback
    assert is_acyclic(n, kept(cuts, pairs))
    shuffled = list(zip(pairs, confidence, strict=True))
    random.shuffle(shuffled)
    again = cut(n, [x for x, _ in shuffled], dates, floor, [c for _, c in shuffled])
    for name in ("kind", "child", "parent", "component", "gap_days"):
        np.testing.assert_array_equal(getattr(cuts, name), getattr(again, name))


@settings(max_examples=60, deadline=None)
@given(digraphs(max_n=18, max_pairs=60))
def test_younger_parents_and_acyclicity_on_larger_digraphs(case):
    n, pairs, dates, floor, confidence = case
    cuts = cut(n, pairs, dates, floor, confidence)
    proper = [(x, t) for x, t in zip(pairs, confidence, strict=True) if x[0] != x[1]]
    expected = definitions.younger_parents_cut(
        n, [x for x, _ in proper], dates, floor, [t for _, t in proper]
    )
    assert removed(cuts, "younger_parent") == expected
    assert is_acyclic(n, kept(cuts, pairs))


def test_beyond_twelve_nodes_the_published_bound_holds():
    rng = np.random.default_rng(5)
    n = 40
    pairs = [(c, p) for c in range(n) for p in range(n) if c != p and rng.random() < 0.2]
    cuts = cut(n, pairs, confidence=rng.random(len(pairs)))
    rest = kept(cuts, pairs)
    assert is_acyclic(n, rest)
    assert len(cuts.child) <= len(pairs) / 2 - n / 6


def test_complete_digraph_of_twelve_nodes_is_exact():
    n = 12
    pairs = [(c, p) for c in range(n) for p in range(n) if c != p]
    # One of each two directions must go, and by ties the one with the greater child.
    assert removed(cut(n, pairs)) == {(c, p) for c, p in pairs if c > p}


def test_arrays_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        cut(1, [(0, 0)]).keep[0] = True
