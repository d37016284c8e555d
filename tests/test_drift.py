"""Drift: net flows, margins, directions and inheritance against literal forms and worked cases."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import BuildRecords, real
from trait_rows import trait_edges_of

import cladist
from cladist.snapshot import Snapshot
from cladist.statistics.inference import generator
from cladist.traits.directions import (
    DIRECTED,
    TOO_FEW,
    UNDIRECTED,
    WITHIN_MARGINS,
    beyond_margins,
    directions,
    pair_flows,
)
from cladist.traits.flows import Substitutions
from cladist.traits.margins import Margins, inheritance

VALUES = ("a", "b", "c")
rows = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 5), st.integers(1, 9)),
    max_size=25,
).map(lambda found: [r for r in found if r[0] != r[1]])


def flows(given_rows) -> Substitutions:
    columns = np.array(given_rows, dtype=np.int64).reshape(-1, 4).T
    return Substitutions(
        VALUES, columns[2], columns[2] // 2, columns[0], columns[1], columns[3].astype(float)
    )


def literal(given_rows):
    """Unordered pair of values -> (net from the smaller, total, net by clan)."""
    found = {}
    for source, target, clan, credit in given_rows:
        pair = (min(source, target), max(source, target))
        sign = 1 if source < target else -1
        net, total, by_clan = found.setdefault(pair, [0, 0, Counter()])
        found[pair] = [net + sign * credit, total + credit, by_clan]
        by_clan[clan] += sign * credit
    return found


@given(rows)
def test_pair_flows__equal_the_literal_form(given_rows):
    found = pair_flows(flows(given_rows))
    expected = literal(given_rows)
    assert len(found.first) == len(expected)
    for i, (a, b) in enumerate(zip(found.first, found.second, strict=True)):
        net, total, by_clan = expected[min(a, b), max(a, b)]
        sign = 1 if a < b else -1
        assert found.net[i] == sign * net >= 0
        assert found.total[i] == total
        of_pair = found.pair == i
        clans = dict(zip(found.cluster[of_pair], found.cluster_net[of_pair], strict=True))
        assert clans == {c: sign * n for c, n in by_clan.items()}
    assert sorted(found.total, reverse=True) == found.total.tolist()


@given(rows)
def test_pair_flows__reversing_every_edge_reverses_every_net(given_rows):
    there = pair_flows(flows(given_rows))
    back = pair_flows(flows([(t, s, clan, n) for s, t, clan, n in given_rows]))
    nets = {(a, b): n for a, b, n in zip(there.first, there.second, there.net, strict=True) if n}
    assert nets == {
        (b, a): n for a, b, n in zip(back.first, back.second, back.net, strict=True) if n
    }


def test_directions__worked_by_hand():
    """a -> b in 10 clans of 1; b -> c 100 in one clan of 10; a -> c in 3 clans."""
    ab = [(0, 1, clan, 1) for clan in range(10)]
    bc = [(1, 2, 0, 100), *((1, 2, clan, 1) for clan in range(1, 10))]
    ac = [(0, 2, clan, 1) for clan in range(3)]
    found = pair_flows(flows(ab + bc + ac))
    tested = directions(found, seed=0, names=("test",))
    pair = [(VALUES[a], VALUES[b]) for a, b in zip(found.first, found.second, strict=True)]
    assert pair == [("b", "c"), ("a", "b"), ("a", "c")]
    assert tested.verdict == (TOO_FEW, DIRECTED, TOO_FEW)
    assert tested.clusters.tolist() == [10, 10, 3]
    assert tested.p_min.tolist() == [2 / 1024, 2 / 1024, 0.25]
    assert tested.largest_share[0] == pytest.approx(100 / 109)
    # All signs alike: 2 of 1,024; with 100 in one clan too. Not tested: three clans.
    assert tested.p_flip[:2].tolist() == pytest.approx([2 / 1024, 2 / 1024])
    assert tested.q_flip[:2].tolist() == pytest.approx([2 / 1024, 2 / 1024])
    assert np.isnan(tested.p_flip[2])


def test_directions__clans_without_a_net_flow_say_nothing():
    both_ways = [(s, 1 - s, clan, 2) for clan in range(8) for s in (0, 1)]
    tested = directions(pair_flows(flows(both_ways)), seed=0, names=("test",))
    assert tested.clusters.tolist() == [0]
    assert tested.verdict == (TOO_FEW,)


def test_directions__error_rate_without_a_direction_and_power_with_one():
    """200 hubs of 40 clans whose flows a <-> b are even, or 7 of 10 one way."""
    found = {0.5: 0, 0.7: 0}
    for share, seed in itertools.product(found, range(200)):
        rng = generator(seed, "simulation", str(share))
        forward = rng.binomial(5, share, 40)
        given_rows = [(0, 1, c, n) for c, n in enumerate(forward) if n]
        given_rows += [(1, 0, c, 5 - n) for c, n in enumerate(forward) if n < 5]
        columns = np.array(given_rows, dtype=np.int64).T
        made = Substitutions(
            VALUES, columns[2], columns[2], columns[0], columns[1], columns[3].astype(float)
        )
        found[share] += directions(pair_flows(made), seed=seed, names=("x",)).verdict == (DIRECTED,)
    assert found[0.5] <= 10
    assert found[0.7] >= 180


def margins(edges) -> Margins:
    """Margins of edges (relation, clan, parent values, child values)."""
    return Margins.of(trait_edges_of((r, c, set(p), set(q)) for r, c, p, q in edges))


def test_margins__worked_by_hand():
    """Finetunes: parents a a b, children a b b: (2 * 2 - 1 * 1) / 3 = 1; adapters: 0."""
    edges = [("finetune", 0, "a", "a"), ("finetune", 0, "a", "b"), ("finetune", 1, "b", "b"),
             ("adapter", 1, "a", "a"), ("adapter", 1, "b", "b")]  # fmt: skip
    found = margins(edges)
    assert found.expected_net([("a", "b"), ("b", "a"), ("a", "z")]).tolist() == [1.0, -1.0, 0.0]
    # Clan 0 twice, clan 1 never: finetunes a a a a and a a b b: (4 * 2 - 0) / 4 = 2.
    assert found.expected_net([("a", "b")], np.array([[2.0, 0.0]])).tolist() == [[2.0]]


sets = st.sets(st.sampled_from("abc"), min_size=1, max_size=3)
edge_lists = st.lists(
    st.tuples(st.sampled_from(["finetune", "merge"]), st.integers(0, 2), sets, sets), max_size=9
)


@given(edge_lists)
def test_margins__equal_the_literal_form(edges):
    expected = 0.0
    for relation in ("finetune", "merge"):
        of = [(p, c) for r, _, p, c in edges if r == relation]

        def total(side, value, of=of):
            return sum(1 / len(e[side]) for e in of if value in e[side])

        if of:
            expected += (
                total(0, "a") * total(1, "b") - total(0, "b") * total(1, "a")
            ) / len(of)  # fmt: skip
    assert margins(edges).expected_net([("a", "b")])[0] == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.tuples(sets, sets), min_size=2, max_size=6))
def test_inheritance__equals_enumeration_of_all_permutations(pairs):
    found = inheritance(margins([("finetune", 0, p, c) for p, c in pairs]))
    parents, children = [p for p, _ in pairs], [c for _, c in pairs]
    kept = [
        sum(p == children[i] for p, i in zip(parents, order, strict=True))
        for order in itertools.permutations(range(len(pairs)))
    ]
    assert found["kept"] == sum(p == c for p, c in pairs)
    assert found["expected_share"] == pytest.approx(np.mean(kept) / len(pairs))
    if np.var(kept) > 1e-9:
        assert found["z"] == pytest.approx((found["kept"] - np.mean(kept)) / np.std(kept))
    else:
        assert found["z"] is None


def test_inheritance__of_nothing_and_of_lone_edges():
    nothing = inheritance(margins([]))
    assert nothing["edges"] == 0
    assert nothing["kept_share"] is None
    alone = inheritance(margins([("finetune", 0, "a", "b"), ("finetune", 1, "a", "a")]))
    assert alone["kept_share"] == alone["expected_share"] == 0.5
    assert alone["p"] is None


def test_drift__from_records(build_records: BuildRecords) -> None:
    """10 founders mit with a child apache each, one also with a child the other way round."""
    records = []
    for i in range(10):
        records += [
            {"id": f"o/p{i}", "tags": ["license:mit"]},
            {"id": f"o/c{i}", "tags": ["license:apache-2.0", f"base_model:o/p{i}"]},
        ]
    records += [{"id": "o/q", "tags": ["license:apache-2.0"]},
                {"id": "o/d", "tags": ["license:mit", "base_model:o/q"]}]  # fmt: skip
    result = cladist.trait_drift(build_records(records), replicates=200)
    row = result.table.to_pylist()[0]
    assert (row["source"], row["target"]) == ("mit", "apache-2.0")
    assert (row["net"], row["total"], row["families"]) == (9.0, 11.0, 11)
    assert row["drift"] == pytest.approx(9 / 11)
    assert row["clusters"] == 11
    # 11 votes, 10 one way: p = 2 (1 + 11) / 2048.
    assert row["p_vote"] == pytest.approx(24 / 2048)
    # One stratum of 11 edges, parents 10 mit, children 10 apache: (10 * 10 - 1 * 1) / 11.
    assert row["expected"] == pytest.approx(99 / 11)
    left = [row[k] for k in ("remainder", "remainder_low", "remainder_high")]
    assert left == pytest.approx([0, 0, 0])
    # The margins of two values fix their net flow, so that nothing is beyond them.
    assert row["verdict"] == WITHIN_MARGINS
    assert (result.finding, result.parameters["directed"]) == ("", 0)
    assert result.parameters["directed_within_margins"] == 1
    published = cladist.trait_drift(build_records(records), definition="laufer2025")
    assert published.table["net"][0].as_py() == 18.0


def test_drift__round_in_a_ring_is_beyond_the_margins(build_records: BuildRecords) -> None:
    """mit -> apache -> gpl -> mit, 12 clans each: every margin is 12 of 36, nothing is expected."""
    ring, records = ["mit", "apache-2.0", "gpl-3.0"], []
    for i in range(36):
        here, there = ring[i % 3], ring[(i + 1) % 3]
        records += [
            {"id": f"o/p{i}", "tags": [f"license:{here}"]},
            {"id": f"o/c{i}", "tags": [f"license:{there}", f"base_model:o/p{i}"]},
        ]
    hub = build_records(records)
    result = cladist.trait_drift(hub, replicates=200)
    for row in result.table.to_pylist():
        assert (row["net"], row["expected"], row["remainder"]) == (12, 0, 12)
        # Of 36 clans drawn x, y, z: (x (y + z) + y z) / 36, which is 12 at most.
        assert 6 < row["remainder_low"] < 12
        assert row["remainder_high"] == pytest.approx(12)
        assert row["verdict"] == DIRECTED
    assert result.finding.startswith("largest directed drift: ")
    assert (result.parameters["directed"], result.parameters["directed_within_margins"]) == (3, 0)
    first = cladist.trait_drift(hub, replicates=200, top=1)
    assert (first.table.num_rows, first.parameters["directed"]) == (1, 3)


def test_drift__against_the_margins_is_not_beyond_them(build_records: BuildRecords) -> None:
    """12 clans go mit -> apache, 24 gpl -> apache, 48 mit -> gpl: 12 are fewer than 25.7."""
    moves = [("mit", "apache-2.0")] * 12 + [("gpl-3.0", "apache-2.0")] * 24
    records = []
    for i, (here, there) in enumerate(moves + [("mit", "gpl-3.0")] * 48):
        records += [
            {"id": f"o/p{i}", "tags": [f"license:{here}"]},
            {"id": f"o/c{i}", "tags": [f"license:{there}", f"base_model:o/p{i}"]},
        ]
    rows = cladist.trait_drift(build_records(records), replicates=200).table.to_pylist()
    row = next(r for r in rows if (r["source"], r["target"]) == ("mit", "apache-2.0"))
    # Parents: 60 mit, 24 gpl; children: 36 apache, 48 gpl; expected 60 * 36 / 84.
    assert row["expected"] == pytest.approx(60 * 36 / 84)
    assert row["remainder_high"] < 0
    assert row["q_flip"] < 0.05 > row["q_vote"]
    assert row["verdict"] == WITHIN_MARGINS


@given(st.sampled_from([DIRECTED, UNDIRECTED, TOO_FEW]), st.floats())
def test_beyond_margins__only_a_direction_can_be_within_them(verdict, low):
    told = beyond_margins(verdict, low)
    assert (told != verdict) == (verdict == DIRECTED and low <= 1e-9)


def test_drift__empty_hub_says_why(build_records: BuildRecords) -> None:
    result = cladist.trait_drift(build_records([{"id": "o/a"}]))
    assert result.n == 0
    assert "no drift" in result.notes[0]
    assert result.table.num_rows == 0
    assert result.tables["inheritance"]["kept_share"][0].as_py() is None


def test_drift__same_seed_same_bytes(simulated: Snapshot) -> None:
    first, second = (cladist.trait_drift(simulated, seed=5, replicates=200) for _ in range(2))
    assert first.to_dict() == second.to_dict()


def test_drift__one_lineage_is_too_few_on_the_real_collection(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """llama3 -> apache-2.0 is one family's flow; mit -> apache-2.0 comes from many."""
    maps = Path(__file__).parents[1] / "docs" / "column-maps"
    names = {"models.parquet": "models.toml", "edge_statements.parquet": "edge-statements.toml"}
    hub = cladist.build(
        [real(name) for name in names],
        tmp_path_factory.mktemp("real") / "hub.snapshot",
        columns={str(real(name)): maps / file for name, file in names.items()},
        merge_aliased=True,
    )
    found = cladist.trait_drift(hub, top=None, replicates=100).table.to_pylist()
    by_pair = {(r["source"], r["target"]): r for r in found}
    llama = by_pair["llama3", "apache-2.0"]
    assert llama["verdict"] == TOO_FEW
    assert llama["net"] > 3000
    assert llama["largest_share"] > 0.9
    mit = by_pair["mit", "apache-2.0"]
    assert mit["verdict"] == UNDIRECTED
    assert mit["families"] > 100
