"""Silence, fates, transitions, drift edge by edge as meant; names and order change nothing."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from definitions import evolution
from hypothesis import given
from hypothesis import strategies as st
from trait_rows import Row, trait_edges_of

from cladist.analysis.mutation import _Counts, _rows, _silence
from cladist.statistics.inference import generator
from cladist.traits.directions import directions, pair_flows
from cladist.traits.edge_counts import changes, gain_counts, loss_counts, value_counts
from cladist.traits.flows import substitutions
from cladist.traits.margins import Margins
from cladist.traits.retention import Retention
from cladist.traits.silence import fates
from cladist.traits.trait_edges import TraitEdges
from cladist.traits.transition_shares import transition_shares

stated = st.none() | st.sets(st.sampled_from("abcd"), min_size=1, max_size=3)
relation = st.sampled_from(["finetune", "merge"])
edge_rows = st.lists(st.tuples(relation, st.integers(0, 4), stated, stated), max_size=14)


def literal(rows: list[Row]) -> list[evolution.Edge]:
    """The same edges as the definitions take them."""
    return [(None if c is None else frozenset(c), None if p is None else frozenset(p), r)
            for r, _, p, c in rows]  # fmt: skip


@given(edge_rows)
def test_mutation_and_silence__equal_the_literal_forms(rows: list[Row]) -> None:
    edges, counts = literal(rows), _Counts(trait_edges_of(rows), "none", None)
    told = [*_rows(counts, "t", "group", 20, 0), *_silence(counts, "t", "group", 20, 0)]
    assert [r["group"] for r in told] == ["all", "all"]
    for row, expected in zip(
        told, (evolution.mutation(edges, "all"), evolution.silence(edges, "all")), strict=True
    ):
        for name, value in expected.items():
            assert row[name] == (value if value is None else pytest.approx(value)), name


@given(edge_rows)
def test_fates__equal_the_literal_form(rows: list[Row]) -> None:
    expected = evolution.fates(literal(rows))
    found = fates(trait_edges_of(rows), 10)
    assert [r["value"] for r in found] == sorted(expected, key=lambda v: (-expected[v]["edges"], v))
    for row in found:
        assert {k: row[k] for k in ("edges", "kept", "replaced", "silent")} == pytest.approx(
            expected[row["value"]]
        )
        assert row["kept"] + row["replaced"] + row["silent"] == pytest.approx(1)


@given(edge_rows)
def test_moves_and_changes__equal_the_literal_forms(rows: list[Row]) -> None:
    edges, found = literal(rows), trait_edges_of(rows)
    for way, counted in (("loss", loss_counts(found)), ("gain", gain_counts(found))):
        told = {v: (int(n), int(pure)) for v, n, pure in
                zip(found.values, counted.edges, counted.pure, strict=True) if n}  # fmt: skip
        assert told == evolution.moves(edges, way)
    held = {v: int(n) for v, n in zip(found.values, value_counts(found), strict=True) if n}
    assert held == evolution.value_edges(edges)
    both = [(c, p) for c, p, _ in edges if c is not None and p is not None]
    assert changes(found) == {
        "changed": sum(c != p for c, p in both),
        "only_lost": sum(c < p for c, p in both),
        "only_gained": sum(p < c for c, p in both),
    }


@given(edge_rows)
def test_transition_shares__equal_the_literal_form(rows: list[Row]) -> None:
    flows = substitutions(trait_edges_of(rows))
    pairs = sorted({(int(a), int(b)) for a, b in zip(flows.source, flows.target, strict=True)})
    source, target = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    found = transition_shares(flows, source, target, replicates=10, rng=generator(0, "x"))
    told = {(flows.values[a], flows.values[b]): s
            for (a, b), s in zip(pairs, found.share, strict=True)}  # fmt: skip
    expected = evolution.transition_shares(literal(rows))
    assert told == pytest.approx({k: float(v) for k, v in expected.items()})


def drift_of(edges: TraitEdges) -> dict[tuple[str, str], tuple[float, ...]]:
    """(source, target) along the net flow -> net, total, expected, and what the tests say."""
    flows = pair_flows(substitutions(edges))
    tested = directions(flows, seed=0, names=("drift", "t"))
    pairs = [(flows.values[a], flows.values[b])
             for a, b in zip(flows.first, flows.second, strict=True)]  # fmt: skip
    expected = Margins.of(edges).expected_net(pairs)
    return {
        pair: tuple(np.round([flows.net[i], flows.total[i], expected[i], tested.clusters[i],
                              np.nan_to_num(tested.largest_share[i]), tested.p_min[i]], 9))
        for i, pair in enumerate(pairs)
    }  # fmt: skip


@given(edge_rows)
def test_drift__equals_the_literal_form(rows: list[Row]) -> None:
    expected = evolution.drift(literal(rows))
    found = drift_of(trait_edges_of(rows))
    assert {frozenset(p) for p in found} == set(expected)
    for (a, b), (net, total, *_) in found.items():
        there, both = expected[frozenset((a, b))]
        assert net == pytest.approx(abs(float(there)), abs=1e-9)
        assert total == pytest.approx(float(both))
        if there:
            assert ((a, b) == tuple(sorted((a, b)))) == (there > 0)


@given(edge_rows)
def test_drift__turning_every_edge_round_turns_every_flow(rows: list[Row]) -> None:
    there = drift_of(trait_edges_of(rows))
    back = drift_of(trait_edges_of([(r, clan, c, p) for r, clan, p, c in rows]))
    for (a, b), told in there.items():
        if told[0]:
            assert back[b, a] == pytest.approx(told)
        else:  # without a net flow a pair is told in the order of its values, expected as it runs
            assert back[a, b][:2] == told[:2]
            assert back[a, b][2] == pytest.approx(-told[2])


def everything(edges: TraitEdges) -> list[Any]:
    """Every number of mutation, transitions and drift, intervals included."""
    counts = _Counts(edges, "none", None)
    kept = Retention.of(edges)
    return [
        _rows(counts, "t", "group", 30, 0), _silence(counts, "t", "group", 30, 0),
        fates(edges, 10), drift_of(edges),
        kept.table(replicates=30, rng=generator(0, "k")).to_pylist(),
        kept.against(replicates=30, rng=generator(0, "a")).to_pylist(),
        substitutions(edges).by_pair().sort_by([("source", "ascending"),
                                                ("target", "ascending")]).to_pylist(),
    ]  # fmt: skip


@given(edge_rows, st.permutations(range(5)), st.randoms(use_true_random=False))
def test_names_and_order__change_nothing(
    rows: list[Row], names: list[int], order: random.Random
) -> None:
    """Clans under other numbers, in families of two as before; rows in another order."""
    other = [(r, clan, p, c) for r, clan, p, c in rows]
    order.shuffle(other)
    assert str(everything(trait_edges_of(other))) == str(everything(trait_edges_of(rows)))
    renamed = [(r, 2 * names[clan], p, c) for r, clan, p, c in other]
    alone = [(r, 2 * clan, p, c) for r, clan, p, c in rows]
    assert str(everything(trait_edges_of(renamed))) == str(everything(trait_edges_of(alone)))
