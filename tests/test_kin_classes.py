"""Kin classes of all pairs against sets of ancestors, on forests and on DAGs."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from definitions import motifs as definitions
from hypothesis import given, settings
from hypothesis import strategies as st

from cladist.kin import kin_classes
from cladist.kin.kin_classes import KIN_CLASSES, kin_class_counts
from cladist.lineage.lineage import Lineage


def lineage(n, edges):
    child, parent = ([e[i] for e in edges] for i in (0, 1))
    return Lineage.from_edges(n, child, parent, [0] * len(edges))


def literal(n, edges):
    found = Counter(
        KIN_CLASSES[definitions.kin_class(n, edges, a, b)]
        for a, b in itertools.combinations(range(n), 2)
    )
    sets = {i: frozenset(p for c, p in edges if c == i) for i in range(n)}
    full = sum(1 for a, b in itertools.combinations(range(n), 2) if sets[a] == sets[b] != set())
    counts = {name: found[name] for name in KIN_CLASSES}
    return counts | {"full_sibling": full, "half_sibling": counts["sibling"] - full}


dags = st.integers(1, 11).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.sets(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] > e[1]),
            max_size=14,
        ),
    )
)


@settings(max_examples=300)
@given(dags)
def test_counts__equal_the_literal_definition(dag):
    n, edges = dag
    assert kin_class_counts(lineage(n, sorted(edges))) == literal(n, edges)


def test_counts__blocks_do_not_show(monkeypatch):
    edges = [(i, (i * 7) % i) for i in range(1, 30)] + [(i, i // 3) for i in range(4, 30, 5)]
    whole = kin_class_counts(lineage(30, sorted(set(edges))))
    monkeypatch.setattr(kin_classes, "_ENTRIES", 10)
    assert kin_class_counts(lineage(30, sorted(set(edges)))) == whole == literal(30, set(edges))


def test_counts__worked_by_hand():
    r"""Two branches of a family, and a model alone (7).

          0
         / \
        1   2
       / \   \
      3   4   5
              |
              6
    """
    found = kin_class_counts(lineage(8, [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 5)]))
    assert found == {
        "parent-child": 6, "sibling": 2, "grandparent": 4, "aunt/uncle": 3,
        "great-grandparent": 1, "cousin": 2, "same family": 3, "unrelated": 7,
        "full_sibling": 2, "half_sibling": 0,
    }  # fmt: skip


@pytest.mark.parametrize("leaves", [1, 2, 33_000])
def test_counts__a_star(leaves):
    found = kin_class_counts(lineage(leaves + 1, [(i + 1, 0) for i in range(leaves)]))
    assert found["parent-child"] == leaves
    assert found["sibling"] == found["full_sibling"] == leaves * (leaves - 1) // 2
    assert sum(found[c] for c in KIN_CLASSES) == (leaves + 1) * leaves // 2


def test_counts__of_nothing():
    for n in (0, 1, 3):
        found = kin_class_counts(lineage(n, []))
        assert found["unrelated"] == n * (n - 1) // 2
        assert sum(found.values()) == found["unrelated"]
