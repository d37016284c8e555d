"""What two models are to one another: every word, on trees and on DAGs."""

from __future__ import annotations

import pytest
from definitions import kinship as definitions
from hypothesis import given
from hypothesis import strategies as st

from cladist.kin.relationship import JOINED, SAME, UNRELATED, kin_word, relationship
from cladist.lineage.lineage import Lineage


def lineage(n, edges):
    child, parent = ([e[i] for e in edges] for i in (0, 1))
    return Lineage.from_edges(n, child, parent, [0] * len(edges))


#        0            10     12
#       / \            |
#      1   2           11
#     /   / \
#    3   4   5
#   /   /
#  6   7
#      |
#      8
#      |
#      9
TREE = lineage(
    13, [(1, 0), (2, 0), (3, 1), (4, 2), (5, 2), (6, 3), (7, 4), (8, 7), (9, 8), (11, 10)]
)


@pytest.mark.parametrize(
    ("a", "b", "kind", "through", "path"),
    [
        (4, 4, SAME, (4,), (4,)),
        (0, 1, "parent", (0,), (0, 1)),
        (1, 0, "child", (0,), (1, 0)),
        (0, 3, "grandparent", (0,), (0, 1, 3)),
        (3, 0, "grandchild", (0,), (3, 1, 0)),
        (0, 6, "great-grandparent", (0,), (0, 1, 3, 6)),
        (8, 0, "great-great-grandchild", (0,), (8, 7, 4, 2, 0)),
        (4, 5, "sibling", (2,), (4, 2, 5)),
        (1, 4, "aunt or uncle", (0,), (1, 0, 2, 4)),
        (4, 1, "niece or nephew", (0,), (4, 2, 0, 1)),
        (1, 7, "great-aunt or uncle", (0,), (1, 0, 2, 4, 7)),
        (3, 5, "first cousin", (0,), (3, 1, 0, 2, 5)),
        (6, 5, "first cousin once removed", (0,), (6, 3, 1, 0, 2, 5)),
        (6, 8, "second cousin once removed", (0,), (6, 3, 1, 0, 2, 4, 7, 8)),
        (6, 9, "second cousin twice removed", (0,), (6, 3, 1, 0, 2, 4, 7, 8, 9)),
        (0, 10, UNRELATED, (), ()),
        (12, 5, UNRELATED, (), ()),
    ],
)
def test_tree(a, b, kind, through, path):
    found = relationship(TREE, a, b)
    assert (found.kind, found.through, found.path) == (kind, through, path)
    assert found.others == ()


def test_siblings__full_and_half():
    tree = lineage(6, [(2, 0), (2, 1), (3, 0), (3, 1), (4, 1), (5, 1)])
    assert relationship(tree, 2, 3).siblings == "full"
    assert relationship(tree, 2, 3).through == (0, 1)
    assert relationship(tree, 2, 4).siblings == "half"
    assert relationship(tree, 4, 5).siblings == "full"


def test_dag__the_shortest_way_names_it_the_others_are_listed():
    """3 is a merge of its grandparent 0's child 1 and of 0 itself; 4 descends from 3 and 2.

    0 -> 1 -> 3, 0 -> 3; 3 -> 4, 2 -> 4; 2 -> 5 and 3 -> 6 -> 7: 5 and 4 are half siblings.
    """
    dag = lineage(8, [(1, 0), (3, 0), (3, 1), (4, 2), (4, 3), (5, 2), (6, 3), (7, 6), (5, 6)])
    assert relationship(dag, 0, 3).kind == "parent"
    found = relationship(dag, 5, 4)
    assert (found.kind, found.siblings, found.through) == ("sibling", "half", (2,))
    assert found.others == (("niece or nephew", 2, 1),)


def test_models_that_only_a_merge_has_joined():
    dag = lineage(5, [(2, 0), (2, 1), (3, 0), (4, 1)])
    assert relationship(dag, 0, 1).kind == JOINED
    assert relationship(dag, 0, 1).children == (2,)
    assert relationship(dag, 3, 4).kind == JOINED
    assert relationship(dag, 3, 4).children == ()


def test_words():
    assert kin_word(0, 5) == "great-great-great-grandparent"
    assert kin_word(0, 9) == "7-times-great-grandparent"
    assert kin_word(11, 11) == "10th cousin"
    assert kin_word(2, 6) == "first cousin 4 times removed"
    assert kin_word(1, 4) == "great-great-aunt or uncle"


def test_chain_of_5000():
    n = 5000
    tree = lineage(n, [(i, i - 1) for i in range(1, n)])
    found = relationship(tree, n - 1, 0)
    assert found.kind == "4997-times-great-grandchild"
    assert len(found.path) == n


edges = st.integers(2, 9).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.sets(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] > e[1]),
            max_size=12,
        ),
        st.integers(0, n - 1),
        st.integers(0, n - 1),
    )
)


@given(edges)
def test_steps_and_path_agree_with_the_definition(given_dag):
    n, pairs, a, b = given_dag
    tree = lineage(n, sorted(pairs))
    found = relationship(tree, a, b)
    back = relationship(tree, b, a)
    distance = definitions.distance(n, pairs, a, b)
    if distance < 0:
        assert found.kind in (JOINED, UNRELATED)
        assert found.kind == back.kind
        return
    assert found.up + found.down == distance == len(found.path) - 1
    assert back.up + back.down == distance
    for i, (x, y) in enumerate(zip(found.path, found.path[1:], strict=False)):
        assert ((x, y) if i < found.up else (y, x)) in pairs
