"""Motif counts and draws against enumeration, on forests and on DAGs with several parents."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import numpy as np
import pytest
from definitions import motifs as definitions
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cladist.errors import InputError
from cladist.kin.motif_sampling import MotifSampler
from cladist.kin.motifs import MOTIFS, motif_counts
from cladist.lineage.lineage import Lineage
from cladist.lineage.pedigree import Pedigree, index_pairs, pair_columns
from cladist.statistics.inference import generator

CODE = 0


def lineage(n, edges):
    child, parent = ([e[i] for e in edges] for i in (0, 1))
    return Lineage.from_edges(n, child, parent, [CODE] * len(edges))


def pedigree(n, edges):
    """A bare graph, self-loops and cycles allowed."""
    child, parent, key = pair_columns(n, [c for c, _ in edges], [p for _, p in edges])
    order = np.argsort(key)
    return Pedigree(**index_pairs(n, child[order], parent[order]))


#: Random DAGs: edges run from a larger (child) to a smaller number (parent).
dags = st.integers(2, 7).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.sets(
            st.tuples(st.integers(1, n - 1), st.integers(0, n - 2)).filter(lambda e: e[0] > e[1])
        ),
    )
)


@settings(max_examples=60)
@given(dags)
def test_counts__equal_enumeration(dag):
    n, edges = dag
    found = motif_counts(lineage(n, sorted(edges)))
    expected = {m: len(definitions.occurrences(m, n, edges)) for m in MOTIFS}
    assert found == expected


@settings(max_examples=30)
@given(dags)
def test_counts__equal_networkx(dag):
    """Subgraph monomorphisms, divided by the symmetries of the motif."""
    n, edges = dag
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from((p, c) for c, p in edges)
    found = motif_counts(lineage(n, sorted(edges)))
    for name, symmetries in {"duo": 1, "trio_1": 2, "trio_2": 1, "quad_0": 6, "quad_1": 2,
                             "quad_2": 1, "quad_3": 1}.items():  # fmt: skip
        shape = nx.DiGraph(list(MOTIFS[name].edges))
        matcher = nx.algorithms.isomorphism.DiGraphMatcher(graph, shape)
        ways = sum(1 for _ in matcher.subgraph_monomorphisms_iter())
        assert found[name] == ways // symmetries, name


def test_counts__worked_by_hand():
    r"""A grandparent 0 with children 1, 2, 3; 1 has children 4, 5; 4 has a child 6.

        0
       /|\
      1 2 3
     / \
    4   5
    |
    6
    """
    edges = [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (6, 4)]
    assert motif_counts(lineage(7, edges)) == {
        "random": 21, "duo": 6, "trio_1": 3 + 1, "trio_2": 2 + 1, "quad_0": 1, "quad_1": 1,
        "quad_2": 2 * 2 + 1, "quad_3": 1,
    }  # fmt: skip


def test_counts__five_hundred_children():
    """The paper's example: 500 children make 124,750 pairs of siblings."""
    assert motif_counts(lineage(501, [(i, 0) for i in range(1, 501)]))["trio_1"] == 124_750


def test_counts__pass_63_bits():
    n = 5_000_000
    child = np.arange(1, n + 1)
    big = Lineage.from_edges(n + 1, child, np.zeros(n, int), np.zeros(n, int))
    assert motif_counts(big)["random"] == (n + 1) * n // 2
    assert motif_counts(big)["quad_0"] == n * (n - 1) * (n - 2) // 6 > 2**63


def test_counts__as_published_on_any_graph():
    """0 -> 1 -> 2 -> 0 and a self-loop at 0: the formulas of the paper, term by term."""
    edges = [(1, 0), (2, 1), (0, 2), (0, 0)]
    found = motif_counts(pedigree(3, edges), definition="laufer2025")
    # d = 2, 1, 1; edges (u, v): (0, 1), (1, 2), (2, 0), (0, 0), all parents have parents.
    assert found["duo"] == 4
    assert found["trio_1"] == 1
    assert found["trio_2"] == 1 + 1 + 2 + 2
    assert found["quad_2"] == 1 * 1 + 0 + 0 + 2 * 1
    assert found["quad_3"] == 6


def test_counts__two_grandparents_count_twice_unless_as_published():
    """t1, t2 -> u -> v -> w."""
    edges = [(2, 0), (2, 1), (3, 2), (4, 3)]
    assert motif_counts(lineage(5, edges))["quad_3"] == 2
    assert motif_counts(lineage(5, edges), definition="laufer2025")["quad_3"] == 1


# --- draws --------------------------------------------------------------------------------------

#: A DAG with merges, a triangle (5 descends from 0 directly and through 1) and two families.
DAG = (
    14,
    [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (5, 0), (6, 4), (6, 2), (7, 6), (8, 6), (9, 7), (7, 3),
     (11, 10), (12, 10), (13, 11)],
)  # fmt: skip
FAMILY = np.array([0] * 10 + [1] * 4)
#: Author of each model; that of 10 is not known.
AUTHOR = np.array([5, 2, 5, 2, 7, 5, 7, 2, 2, 2, -1, 7, 7, 7])
LABELS = {"parents": np.arange(14), "families": FAMILY, "authors": AUTHOR}
DRAWS = 20_000


def share(weighting, motif, found):
    """Probability of each occurrence under a weighting."""
    if weighting == "pairs":
        return dict.fromkeys(found, 1 / len(found))
    top = {k: LABELS[weighting][chosen[0]] for k, chosen in found.items()}
    top = {k: label for k, label in top.items() if label >= 0}
    sizes = Counter(top.values())
    return {k: 1 / (len(sizes) * sizes[t]) for k, t in top.items()}


@pytest.mark.parametrize("motif", [m for m in MOTIFS if m != "random"])
@pytest.mark.parametrize("weighting", ["pairs", "parents", "families", "authors"])
def test_draws__are_as_frequent_as_enumeration_says(motif, weighting):
    sampler = MotifSampler(lineage(*DAG))
    labels = LABELS.get(weighting)
    drawn = sampler.draw(sampler.anchors(motif, labels), DRAWS, generator(1, motif, weighting))
    found = definitions.occurrences(motif, *DAG)
    expected = share(weighting, motif, found)
    counted = Counter(definitions.key(motif, tuple(row)) for row in drawn.tolist())
    assert set(counted) == set(expected)
    if len(expected) > 1:
        observed = [counted[k] for k in expected]
        p = stats.chisquare(observed, [DRAWS * w for w in expected.values()]).pvalue
        assert p > 1e-3


@pytest.mark.parametrize("motif", ["trio_1", "quad_0", "quad_1"])
def test_draws__symmetric_slots_take_turns(motif):
    """The pair that a position returns is any of the children, not always the smallest."""
    sampler = MotifSampler(lineage(*DAG))
    drawn = sampler.draw(sampler.anchors(motif), 4000, generator(1, "order", motif))
    assert 0.45 < np.mean(drawn[:, -2] < drawn[:, -1]) < 0.55


def test_random_pairs__all_or_by_label():
    sampler = MotifSampler(lineage(*DAG))
    drawn = sampler.draw(sampler.anchors("random"), DRAWS, generator(1, "random"))
    counted = Counter(tuple(sorted(row)) for row in drawn.tolist())
    assert len(counted) == 14 * 13 // 2
    assert stats.chisquare(list(counted.values())).pvalue > 1e-3
    labels = np.where(np.arange(14) == 13, -1, FAMILY)
    drawn = sampler.draw(sampler.anchors("random", labels), DRAWS, generator(1, "random", "x"))
    assert (FAMILY[drawn[:, 0]] != FAMILY[drawn[:, 1]]).all()
    assert 13 not in drawn
    assert len(np.unique(drawn)) == 13


def test_draws__as_published():
    """quad_2 may draw one model as both; quad_3 weighs an edge without its grandparents."""
    n, edges = 6, [(1, 0), (2, 0), (2, 1), (4, 3), (5, 4), (5, 0)]
    sampler = MotifSampler(lineage(n, edges), definition="laufer2025")
    drawn = sampler.draw(sampler.anchors("quad_2"), 2000, generator(1, "published"))
    assert (drawn[:, 2] == drawn[:, 3]).any()
    two_tops = lineage(7, [(2, 0), (2, 1), (3, 2), (4, 3), (6, 5), (5, 4), (4, 2)])
    sampler = MotifSampler(two_tops, definition="laufer2025")
    drawn = sampler.draw(sampler.anchors("quad_3"), 6000, generator(1, "published", "quad_3"))
    counted = Counter(map(tuple, drawn[:, 1:].tolist()))
    present = {(p, c) for c, p in zip(two_tops.edge_child, two_tops.edge_parent, strict=True)}
    assert all((row[i], row[i + 1]) in present for row in drawn.tolist() for i in range(3))
    assert stats.chisquare(list(counted.values())).pvalue > 1e-3


def test_draws__nothing_to_draw():
    sampler = MotifSampler(lineage(3, [(1, 0)]))
    for motif, shape in MOTIFS.items():
        drawn = sampler.draw(sampler.anchors(motif), 5, generator(0))
        assert drawn.shape == ((5 if motif in ("random", "duo") else 0), shape.size)
    alone = MotifSampler(lineage(1, []))
    assert len(alone.draw(alone.anchors("random"), 5, generator(0))) == 0
    with pytest.raises(InputError, match="Motif"):
        sampler.anchors("quint")


def test_draws__same_seed_same_bytes():
    sampler = MotifSampler(lineage(*DAG))
    first, second = (
        sampler.draw(sampler.anchors("quad_2", FAMILY), 500, generator(4, "x")) for _ in range(2)
    )
    assert first.tobytes() == second.tobytes()
