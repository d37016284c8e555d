"""The forward share that a random orientation reaches, and silence kept as a value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from material import BuildRecords

import cladist
from cladist.errors import InputError
from cladist.statistics.inference import generator
from cladist.statistics.order import linear_order
from cladist.traits.orientation import random_orientation

flows = st.integers(2, 5).flatmap(
    lambda k: arrays(np.int64, (k, k), elements=st.integers(0, 9)).map(
        lambda m: m * (1 - np.eye(k, dtype=np.int64))
    )
)


@given(flows)
def test_random_orientation__never_beyond_what_the_totals_allow(flow):
    order = linear_order(flow)
    found = random_orientation(
        flow, order.forward_share, replicates=20, rng=np.random.default_rng(1)
    )
    if not flow.any():
        assert np.isnan(found.p)
        return
    most = (1 + order.directedness) / 2 + 1e-9
    assert 0.5 <= found.low <= found.high <= most
    assert 0.5 <= found.mean <= most
    assert 1 / 21 <= found.p <= 1


def test_random_orientation__two_values_have_an_order_whatever_their_direction():
    found = random_orientation([[0, 9], [1, 0]], 0.9, replicates=50, rng=generator(0, "x"))
    assert (found.mean, found.low, found.high, found.p) == (0.9, 0.9, 0.9, 1.0)


def test_random_orientation__three_values_by_hand():
    """Of the 8 orientations of three equal pairs, 2 are cycles, whose best order keeps 2 of 3."""
    flow = np.triu(np.ones((3, 3)), 1)
    found = random_orientation(flow, 1.0, replicates=4000, rng=generator(0, "x"))
    assert found.mean == pytest.approx((6 * 1 + 2 * 2 / 3) / 8, abs=0.01)
    assert found.p == pytest.approx(0.75, abs=0.03)


def test_random_orientation__an_order_is_found_and_its_absence_too():
    """Flows along a hidden order have a small p; of flows without one, p is spread evenly."""
    rng = np.random.default_rng(5)
    base = rng.integers(5, 50, (8, 8)).astype(float)
    along = np.triu(base, 1)
    order = linear_order(along)
    assert random_orientation(along, order.forward_share, replicates=199, rng=rng).p <= 0.01
    small = []
    for _ in range(100):
        turn = np.triu(rng.random((8, 8)) < 0.5, 1)
        flow = np.where(turn | turn.T, along.T, along)
        reached = linear_order(flow).forward_share
        small.append(random_orientation(flow, reached, replicates=99, rng=rng).p <= 0.2)
    assert 0.1 <= np.mean(small) <= 0.32


RECORDS = [
    {"id": "a/p", "tags": ["license:mit"]},
    {"id": "b/1", "tags": ["base_model:finetune:a/p", "license:apache-2.0"]},
    {"id": "b/2", "tags": ["base_model:finetune:a/p"]},
    {"id": "b/3", "tags": ["base_model:finetune:a/p", "license:other"]},
    {"id": "c/1", "tags": ["base_model:adapter:b/2", "license:mit"]},
]


def test_unstated__silence_is_a_value_on_request(build_records: BuildRecords):
    hub = build_records(RECORDS)
    plain = {(r["source"], r["target"]) for r in cladist.transition_counts(hub).table.to_pylist()}
    assert plain == {("mit", "apache-2.0"), ("mit", "other")}
    told = cladist.transition_counts(hub, unstated=True)
    assert {(r["source"], r["target"]): r["count"] for r in told.table.to_pylist()} == {
        ("mit", "apache-2.0"): 1, ("mit", "other"): 1, ("mit", "(not stated)"): 1,
        ("(not stated)", "mit"): 1,
    }  # fmt: skip
    order = cladist.trait_ordering(hub, unstated=True, replicates=100)
    assert set(order.table["value"].to_pylist()) == {"mit", "apache-2.0", "other", "(not stated)"}
    drift = cladist.trait_drift(hub, unstated=True, replicates=100)
    balanced = [r for r in drift.table.to_pylist() if "(not stated)" in r.values()]
    assert [(r["net"], r["total"]) for r in balanced] == [(0, 2)]


def test_unstated__not_as_published(build_records: BuildRecords):
    with pytest.raises(InputError, match="published"):
        cladist.transition_counts(build_records(RECORDS), unstated=True, definition="laufer2025")


def test_ordering__says_what_chance_would_reach(build_records: BuildRecords):
    told = cladist.trait_ordering(build_records(RECORDS), replicates=100)
    given_ = told.parameters
    assert given_["random_forward_share"] == given_["forward_share"] == 1
    assert given_["pairs_compatible_unweighted"] == given_["pairs_total"]
    assert any("turned at random" in note for note in told.notes)


def _order_of(build_records: BuildRecords, parents: int):
    records = []
    for i in range(parents):
        records.append({"id": f"a/p{i}", "tags": ["license:mit"]})
        records += [
            {"id": f"b/{i}-{j}", "tags": [f"base_model:finetune:a/p{i}", f"license:{value}"]}
            for j, value in enumerate(["apache-2.0", "apache-2.0", "gpl-3.0"])
        ]
    return cladist.trait_ordering(build_records(records), replicates=50)


def test_ordering__of_one_lineage_has_no_support_and_says_so(build_records: BuildRecords):
    told = _order_of(build_records, 1)
    assert told.table["support"].null_count == told.table.num_rows == 3
    rests = {k: told.parameters[k] for k in ("clusters", "clusters_effective", "largest_share")}
    assert rests == {"clusters": 1, "clusters_effective": 1.0, "largest_share": 1.0}
    assert told.parameters["few_lineages"]
    assert "Few independent lineages: the order rests on one clan." in told.notes


def test_ordering__of_many_lineages_is_not_few(build_records: BuildRecords):
    """40 clans of three changed edges each: 40 effective, the largest with one in 40."""
    told = _order_of(build_records, 40)
    rests = [told.parameters[k] for k in ("clusters", "clusters_effective", "largest_share")]
    assert rests == [40, 40.0, 0.025]
    assert not told.parameters["few_lineages"]
    assert not any("Few independent" in n for n in told.notes)
    assert told.table["support"].drop_null().to_pylist()
