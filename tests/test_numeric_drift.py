"""Numeric drift: worked cases, a literal form, medians with their coverage, the published form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import BuildRecords

import cladist
from cladist.errors import InputError
from cladist.snapshot import Snapshot
from cladist.statistics.medians import weighted_median

samples = st.lists(
    st.tuples(st.integers(-9, 9), st.integers(1, 5), st.integers(0, 6)), min_size=1, max_size=30
)


@given(samples)
def test_weighted_median__equals_the_median_of_repeated_values(given_rows):
    values, weight, labels = np.array(given_rows, dtype=np.int64).T
    found = weighted_median(values.astype(float), weight.astype(float), labels)
    assert found.estimate == np.median(np.repeat(values, weight))
    if len(set(labels.tolist())) > 1:
        assert found.low <= found.estimate <= found.high
        assert {found.low, found.high} <= set(values.tolist())
    else:
        assert np.isnan(found.low)


@given(samples, st.randoms(use_true_random=False))
def test_weighted_median__order_and_names_of_clusters_do_not_matter(given_rows, random):
    values, weight, labels = np.array(given_rows, dtype=float).T
    mixed = random.sample(range(len(values)), len(values))
    there = weighted_median(values, weight, labels.astype(int))
    back = weighted_median(values[mixed], weight[mixed], 99 - labels[mixed].astype(int))
    assert np.array_equal(
        [there.estimate, there.low, there.high], [back.estimate, back.low, back.high],
        equal_nan=True,
    )  # fmt: skip


def test_weighted_median__nothing_known():
    assert np.isnan(weighted_median(np.zeros(0), np.zeros(0), np.zeros(0, int)).estimate)


def test_weighted_median__interval_covers_the_true_median_under_clustering():
    """80 clusters of 1 to 20 values that share half of their spread; the true median is 0."""
    rng = np.random.default_rng(3)
    rounds, covered, naive = 400, 0, 0
    for _ in range(rounds):
        sizes = rng.integers(1, 21, 80)
        labels = np.repeat(np.arange(80), sizes)
        values = rng.normal(size=80)[labels] + rng.normal(size=len(labels))
        found = weighted_median(values, np.ones(len(values)), labels)
        covered += found.low <= 0 <= found.high
        alone = weighted_median(values, np.ones(len(values)), np.arange(len(values)))
        naive += alone.low <= 0 <= alone.high
    assert 0.92 <= covered / rounds <= 0.98
    assert naive / rounds < 0.75  # what is lost if edges pass for independent


def card(length: int, front: str = "", *, generated: bool = False) -> str:
    words = "automatically generated" if generated else ""
    return f"{front}{words}".ljust(length, "x")


@pytest.fixture
def small(build_records: BuildRecords) -> Snapshot:
    """One parent of three children, one parent of one; a child without a card, one generated."""
    tag = "base_model:finetune:a/root"
    return build_records(
        [
            {"id": "a/root", "card": card(1000, "---\nlicense: mit\n---\n"), "likes": 8,
             "tags": ["en", "fr", "de"], "downloads": 100},
            {"id": "b/1", "tags": [tag, "en"], "card": card(400), "likes": 2, "downloads": 10},
            {"id": "b/2", "tags": [tag, "en"], "card": card(200, generated=True), "downloads": 0},
            {"id": "b/3", "tags": [tag], "likes": 1},
            {"id": "c/root", "card": card(100), "likes": 1},
            {"id": "c/1", "tags": ["base_model:adapter:c/root"], "card": card(300), "likes": 5},
        ],
        observed_at="2024-07-11",
    )  # fmt: skip


def rows_of(result, relation="all"):
    return {r["quantity"]: r for r in result.table.to_pylist() if r["relation"] == relation}


def test_numeric_drift__worked_by_hand(small: Snapshot):
    found = rows_of(cladist.numeric_drift(small))
    length = found["card_length"]
    assert (length["n"], length["n_missing"]) == (3, 1)
    assert length["parent_mean"] == 700
    assert length["child_mean"] == 300
    assert length["change"] == -400  # -600, -800, +200
    assert length["median"] == -600
    assert length["change_by_lineage"] == (-700 + 200) / 2
    assert length["median_by_lineage"] == pytest.approx((-600 + 200) / 2)
    assert (length["smaller"], length["larger"]) == pytest.approx((2 / 3, 1 / 3))
    assert length["ratio"] == pytest.approx((0.4 * 0.2 * 3) ** (1 / 3))
    assert length["relative_change"] == pytest.approx((-0.6 - 0.8 + 2) / 3)
    assert length["clusters"] == 2
    assert length["change_without_largest"] == 200
    body = found["card_body_length"]
    front = len("---\nlicense: mit\n---\n")
    assert body["change"] == pytest.approx(-400 + 2 * front / 3)
    assert found["card_length_own"]["n"] == 2
    generated = found["card_is_generated"]
    assert (generated["parent_mean"], generated["child_mean"]) == (0, pytest.approx(1 / 3))
    assert generated["ratio"] is None
    assert found["languages"]["change"] == -2
    assert found["languages"]["n"] == 2
    assert found["likes"]["change"] == pytest.approx((-6 - 7 + 4) / 3)
    assert found["downloads"]["n"] == 2
    assert found["parameters"]["n"] == 0
    assert found["parameters"]["change"] is None


def test_numeric_drift__groups_and_one_quantity(small: Snapshot):
    told = cladist.numeric_drift(small, trait="card_length", by="relation")
    assert rows_of(told, "adapter")["card_length"]["change"] == 200
    assert rows_of(told, "finetune")["card_length"]["change"] == -700
    assert {r["quantity"] for r in told.table.to_pylist()} == {"card_length"}
    with pytest.raises(InputError, match="card_length"):
        cladist.numeric_drift(small, trait="license")


def test_numeric_drift__all_edges_together_are_one_row(small: Snapshot):
    told = cladist.numeric_drift(small, trait="card_length", by="none")
    assert told.table["group"].to_pylist() == ["all"]


def families(large: int, lone: int) -> list[dict]:
    """``large`` parents of 20 children shorter by 500, ``lone`` pairs whose child has 300 more."""
    records = []
    for i in range(large + lone):
        change, children = (-500, 20) if i < large else (300, 1)
        records.append({"id": f"a/p{i}", "card": card(1000)})
        records += [
            {"id": f"b/{i}-{j}", "card": card(1000 + change),
             "tags": [f"base_model:{'adapter' if i % 2 else 'finetune'}:a/p{i}"]}
            for j in range(children)
        ]  # fmt: skip
    return records


@pytest.mark.parametrize(("large", "lone", "said"), [(8, 30, True), (3, 8, False), (1, 30, False)])
def test_numeric_drift__opposite_only_beyond_both_intervals(
    build_records: BuildRecords, large: int, lone: int, said: bool
):
    told = cladist.numeric_drift(
        build_records(families(large, lone)), trait="card_length", replicates=200
    )
    row = rows_of(told)["card_length"]
    assert row["change"] == pytest.approx((300 * lone - 10_000 * large) / (lone + 20 * large))
    assert row["change"] < 0 < row["change_by_lineage"]
    assert (row["high"] < 0 < row["low_by_lineage"]) == said
    assert any("opposite signs" in n for n in told.notes) == said


def test_numeric_drift__all_edges_have_one_interval_whatever_the_groups(
    build_records: BuildRecords,
):
    hub = build_records(families(4, 8))
    found = []
    for by, column in (("none", "group"), ("relation", "relation"), ("author", "author")):
        table = cladist.numeric_drift(hub, trait="card_length", by=by, replicates=100).table
        whole = next(r for r in table.to_pylist() if r[column] == "all")
        found.append({k: v for k, v in whole.items() if k != column})
        assert by == "none" or table.num_rows > 1
    assert found[0] == found[1] == found[2]
    assert found[0]["low"] < found[0]["high"]


def test_numeric_drift__as_published(small: Snapshot):
    found = rows_of(cladist.numeric_drift(small, definition="laufer2025"))
    assert found["has_card"]["child_mean"] == 0.75
    assert found["card_is_generated_all"]["child_mean"] == 0.25
    assert found["languages_all"]["change"] == pytest.approx((3 * 3 + 0) / 4 * -1 + 2 / 4)
    assert "likes" not in found


def test_numeric_drift__other_days_cannot_be_compared(build_records: BuildRecords):
    records = [
        {"id": "a/p", "likes": 10, "observed_at": "2024-07-11T00:00:00Z"},
        {"id": "b/c", "likes": 3, "tags": ["base_model:a/p"],
         "observed_at": "2024-09-01T00:00:00Z"},
    ]  # fmt: skip
    hub = build_records(records)
    told = cladist.numeric_drift(hub, trait="likes")
    assert told.table["n"].to_pylist()[0] == 0
    assert any("same day" in note for note in told.notes)


def test_numeric_drift__without_claims_or_cards(build_records: BuildRecords):
    told = cladist.numeric_drift(build_records([{"id": "a/b"}]))
    assert told.n == 0
    assert all(r["n"] == 0 and r["change"] is None for r in told.table.to_pylist())
    assert told.notes
    published = cladist.numeric_drift(build_records([{"id": "a/b"}]), definition="laufer2025")
    assert all(r["n"] == 0 for r in published.table.to_pylist())


def test_numeric_drift__equals_the_literal_form(simulated: Snapshot):
    """Every mean change recounted pair by pair."""
    models = {
        m["node"]: m
        for m in cladist.query(
            simulated, "SELECT node, card_length, card_body_length, likes, observed_at FROM models"
        ).to_pylist()
    }
    edges = cladist.query(simulated, "SELECT child, parent, relation FROM edges").to_pylist()
    told = cladist.numeric_drift(simulated, replicates=100)
    for name in ("card_length", "card_body_length"):
        for relation in ("all", "finetune", "quantized"):
            changes = [
                models[e["child"]][name] - models[e["parent"]][name]
                for e in edges
                if relation in ("all", e["relation"])
                and models[e["child"]][name] is not None
                and models[e["parent"]][name] is not None
            ]
            row = rows_of(told, relation)[name]
            assert row["n"] == len(changes) > 30
            assert row["change"] == pytest.approx(np.mean(changes))
            assert row["median"] == np.median(changes)
            assert row["change"] == pytest.approx(row["child_mean"] - row["parent_mean"])
            assert row["low"] < row["change"] < row["high"]


def test_numeric_drift__same_seed_same_table(simulated: Snapshot):
    first, again = (cladist.numeric_drift(simulated, seed=4, replicates=100) for _ in range(2))
    assert first.table.equals(again.table)
