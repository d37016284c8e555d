"""Kinship against its recursive definition in fractions, and worked pedigrees."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from definitions import kinship as definitions
from hypothesis import given, settings
from hypothesis import strategies as st

from cladist.errors import InputError
from cladist.kin import kinship as module
from cladist.kin.kinship import founder_contributions, inbreeding, kinship, path_distance
from cladist.lineage.lineage import Lineage


def lineage(n, edges):
    child, parent = ([e[i] for e in edges] for i in (0, 1))
    return Lineage.from_edges(n, child, parent, [0] * len(edges))


dags = st.integers(1, 9).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.sets(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] > e[1]),
            max_size=13,
        ),
    )
)


@settings(max_examples=200)
@given(dags)
def test_kinship__equals_the_recursive_definition(dag):
    n, edges = dag
    tree = lineage(n, sorted(edges))
    a, b = np.array(list(itertools.product(range(n), repeat=2))).T
    expected = np.array(definitions.kinship(n, edges), dtype=float)
    assert np.abs(kinship(tree, a, b).reshape(n, n) - expected).max() < 1e-12
    distance = [definitions.distance(n, edges, i, j) for i, j in zip(a, b, strict=True)]
    assert path_distance(tree, a, b).tolist() == distance


@settings(max_examples=100)
@given(dags)
def test_inbreeding_and_contributions__equal_their_definitions(dag):
    n, edges = dag
    tree = lineage(n, sorted(edges))
    found = inbreeding(tree)
    assert found.tolist() == pytest.approx(
        [float(definitions.inbreeding(n, edges, i)) for i in range(n)]
    )
    shares = founder_contributions(tree, np.arange(n)).toarray()
    assert shares.sum(axis=1).tolist() == pytest.approx([1.0] * n)
    for i in range(n):
        expected = definitions.contribution(n, edges, i)
        assert shares[i].tolist() == pytest.approx([float(expected.get(j, 0)) for j in range(n)])


def test_kinship__worked_by_hand():
    r"""A merge 4 of the siblings 1 and 2, and its child 5; 3 is a stranger to 0.

        0     3
       / \    |
      1   2   6
       \ /
        4
        |
        5

    phi(1, 2) = 1/4; phi(4, 1) = (phi(1, 1) + phi(2, 1)) / 4 = 5/16; phi(5, 1) = 5/32;
    F_4 = 1/4.
    """
    tree = lineage(7, [(1, 0), (2, 0), (4, 1), (4, 2), (5, 4), (6, 3)])
    a, b = [0, 1, 4, 5, 4, 5, 6, 6], [0, 2, 1, 1, 0, 4, 3, 0]
    assert kinship(tree, a, b).tolist() == [1, 1 / 4, 5 / 16, 5 / 32, 1 / 4, 1 / 2, 1 / 2, 0]
    assert path_distance(tree, a, b).tolist() == [0, 2, 1, 2, 2, 1, 1, -1]
    assert inbreeding(tree, [4, 5]).tolist() == [1 / 4, 0]
    assert founder_contributions(tree, [5]).toarray().tolist() == [[1, 0, 0, 0, 0, 0, 0]]


def test_kinship__of_a_tree_is_retention_to_the_distance():
    n = 300
    edges = [(i, i // 3) for i in range(1, n)]
    tree = lineage(n, edges)
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, n, (2, 500))
    length = path_distance(tree, a, b)
    assert kinship(tree, a, b, retention=0.3).tolist() == pytest.approx((0.3**length).tolist())


def test_merge_of_two_families__has_half_of_each():
    tree = lineage(3, [(2, 0), (2, 1)])
    assert kinship(tree, [2, 2, 0], [0, 1, 1]).tolist() == [0.25, 0.25, 0]
    assert path_distance(tree, [0], [1]).tolist() == [-1]
    assert founder_contributions(tree, [2]).toarray().tolist() == [[0.5, 0.5, 0]]


def test_chain_of_5000__no_recursion():
    n = 5000
    tree = lineage(n, [(i, i - 1) for i in range(1, n)])
    assert path_distance(tree, [0], [n - 1]).tolist() == [n - 1]
    assert kinship(tree, [n - 1], [n - 11])[0] == 0.5**10


def test_chunks_do_not_show(monkeypatch):
    edges = sorted({(i, (i * 5) % i) for i in range(1, 40)} | {(i, i // 2) for i in range(2, 40)})
    tree = lineage(40, edges)
    a, b = np.array(list(itertools.product(range(40), repeat=2))).T
    whole = kinship(tree, a, b)
    monkeypatch.setattr(module, "_UNION", 6)
    assert np.abs(kinship(tree, a, b) - whole).max() < 1e-15
    assert (path_distance(tree, a, b) == path_distance(tree, b, a)).all()


@pytest.mark.parametrize(
    ("a", "b", "options"),
    [([0], [9], {}), ([-1], [0], {}), ([0, 1], [0], {}), ([0], [1], {"retention": 0.0})],
)
def test_input_that_cannot_be_used(a, b, options):
    with pytest.raises(InputError):
        kinship(lineage(2, [(1, 0)]), a, b, **options)


def test_no_pairs():
    tree = lineage(2, [(1, 0)])
    assert kinship(tree, [], []).tolist() == []
    assert founder_contributions(tree, []).shape == (0, 2)
