"""Kept, dropped, silent: retention and transition shares by lineage, silence, folded groups."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import BuildRecords
from trait_rows import trait_edges_of

import cladist
from cladist.errors import InputError
from cladist.statistics.inference import cluster_bootstrap_ratio, generator
from cladist.traits.flows import Substitutions
from cladist.traits.groups import OTHERS, folded, group_order
from cladist.traits.retention import Retention
from cladist.traits.silence import Silence
from cladist.traits.transition_shares import transition_shares
from cladist.vocab import TRAITS

sets = st.sets(st.sampled_from("abc"), min_size=1, max_size=3)
#: Edges: lineage, values of the parent, values of the child.
edge_lists = st.lists(st.tuples(st.integers(0, 3), sets, sets), max_size=8)


def retention(edges) -> Retention:
    return Retention.of(trait_edges_of(("finetune", clan, p, c) for clan, p, c in edges))


@given(edge_lists)
def test_retention__equals_the_literal_form(edges):
    found = retention(edges)
    options = {"replicates": 20, "rng": generator(0, "x")}
    rows = found.table(**options).to_pylist()
    for row in rows:
        of = [c for _, p, c in edges if row["value"] in p
              and row["parent_size"] in (None, len(p))]  # fmt: skip
        assert row["kept"] == sum(row["value"] in c for c in of)
        assert row["kept"] + row["dropped"] == len(of) > 0
        assert row["share"] == pytest.approx(row["kept"] / len(of))
        lineages = [clan for clan, p, _ in edges if row["value"] in p
                    and row["parent_size"] in (None, len(p))]  # fmt: skip
        weight = np.bincount(lineages)
        assert row["clusters_effective"] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
        assert row["few_lineages"]
        assert (row["low"] is None) == (len(set(lineages)) < 2)
        assert row["low"] is None or row["low"] <= row["share"] + 1e-9
    asked = {(v, size) for _, p, _ in edges for v in p for size in (None, len(p))}
    assert len(rows) == len(asked)
    for row in found.against(**options).to_pylist():
        of = [(p, c) for _, p, c in edges if row["value"] in p and len(p) > 1]
        others = [Fraction(len((p & c) - {row["value"]}), len(p) - 1) for p, c in of]
        kept = [row["value"] in c for _, c in of]
        assert row["edges"] == len(of)
        assert row["kept_share"] == pytest.approx(sum(kept) / len(of))
        assert row["others_share"] == pytest.approx(float(sum(others) / len(of)))
        assert row["difference"] == pytest.approx(row["kept_share"] - row["others_share"])


def test_retention__intervals_by_size_of_the_list():
    """40 lineages keep en of two values in half of the cases, and always of one."""
    edges = [(i, {"en"}, {"en"}) for i in range(40)]
    edges += [(i, {"en", "de"}, {"en"} if i % 2 else {"de"}) for i in range(40)]
    edges += [(i, {"fr"}, {"fr"} if i % 2 else {"en"}) for i in range(40)]
    told = retention(edges).table(replicates=300, rng=generator(0, "x")).to_pylist()
    rows = {(r["value"], r["parent_size"]): r for r in told}
    assert [rows["en", 1][k] for k in ("share", "high")] == [1, 1]
    # Of 40 lineages 40: as low a chance as 0.025 ** (1 / 40) leaves none out so seldom.
    assert rows["en", 1]["low"] == pytest.approx(0.025 ** (1 / 40))
    two = rows["en", 2]
    assert (two["kept"], two["share"], two["clusters_effective"]) == (20, 0.5, 40)
    assert not two["few_lineages"]
    # sqrt(1/4 / 40) = 0.079: two errors to either side, and a little more.
    assert 0.28 < two["low"] < 0.4
    assert 0.6 < two["high"] < 0.72
    assert rows["en", None]["share"] == 0.75
    # A value of lists of one length: the same row twice.
    assert {**rows["fr", 1], "parent_size": None} == rows["fr", None]


def test_kept_against__a_list_that_always_loses_the_same_value():
    """Ten lineages drop de and keep en: en is kept 1 more often, and surely."""
    edges = [(i, {"en", "de"}, {"en"}) for i in range(10)] + [(0, {"en"}, {"fr"})]
    rows = {r["value"]: r for r in retention(edges).against(
        replicates=100, rng=generator(0, "x")).to_pylist()}  # fmt: skip
    assert rows["en"]["edges"] == 10  # the parent of one value has nothing beside it
    assert (rows["en"]["difference"], rows["en"]["low"], rows["en"]["high"]) == (1, 1, 1)
    assert rows["de"]["difference"] == -1


rows = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 4), st.integers(1, 5)),
    min_size=1,
    max_size=15,
).filter(lambda found: any(r[0] != r[1] for r in found))


@given(rows)
def test_transition_shares__rows_sum_to_one_and_equal_the_single_bootstrap(given_rows):
    kept = np.array([r for r in given_rows if r[0] != r[1]], dtype=np.int64).T
    flows = Substitutions(("a", "b", "c"), kept[2], kept[2], kept[0], kept[1], kept[3] * 1.0)
    pairs = np.unique(kept[:2], axis=1)
    options = {"replicates": 400}
    found = transition_shares(flows, pairs[0], pairs[1], rng=generator(1, "x"), **options)
    for value in np.unique(pairs[0]):
        assert found.share[pairs[0] == value].sum() == pytest.approx(1)
    for i, (a, b) in enumerate(pairs.T):
        out, to = kept[0] == a, (kept[0] == a) & (kept[1] == b)
        below = np.bincount(kept[2], kept[3] * out, 5)
        one = cluster_bootstrap_ratio(np.bincount(kept[2], kept[3] * to, 5), below,
                                      rng=generator(2, "x"), **options)  # fmt: skip
        assert found.share[i] == pytest.approx(one.estimate[0])
        assert found.clusters_effective[i] == pytest.approx(one.clusters.clusters_effective[0])
        assert found.few[i] == one.clusters.few[0]
        assert np.isnan(found.low[i]) == np.isnan(one.low[0])
        assert found.low[i] <= found.share[i] + 1e-9 or np.isnan(found.low[i])


def test_transition_shares__interval_covers_the_truth():
    """60 lineages with 8 changes each, a third of them to b: 95 % intervals hold it mostly."""
    hits = 0
    for seed in range(100):
        rng = generator(seed, "coverage")
        chance = rng.beta(2, 4, 60)
        to_b = rng.binomial(8, chance)
        cluster = np.concatenate([np.arange(60)] * 2)
        flows = Substitutions(("a", "b", "c"), cluster, cluster, np.zeros(120, np.int64),
                              np.repeat([1, 2], 60),
                              np.concatenate([to_b, 8 - to_b]) * 1.0)  # fmt: skip
        found = transition_shares(flows, np.array([0]), np.array([1]), replicates=300, rng=rng)
        hits += found.low[0] <= 1 / 3 <= found.high[0]
    assert 88 <= hits <= 100


def test_silence__worked_by_hand():
    """4 edges state both (distance 1 in all), 2 drop, 1 takes up, 3 state nothing."""
    row = Silence(4, 2, 1, 3, 1.0).row()
    assert row["edges"] == 10
    assert row["silent_share"] == 0.6
    assert row["dropped_share"] == pytest.approx(2 / 6)
    assert row["taken_up_share"] == 0.25
    assert row["rate_with_silence"] == pytest.approx((1 + 2 + 1) / 7)
    nothing = Silence(0, 0, 0, 0, 0.0).row()
    assert nothing["silent_share"] is nothing["rate_with_silence"] is None


RECORDS = [
    {"id": "a/p", "tags": ["license:llama3"]},
    {"id": "a/1", "tags": ["base_model:finetune:a/p", "license:llama3"]},
    {"id": "b/2", "tags": ["base_model:finetune:a/p", "license:apache-2.0"]},
    {"id": "b/3", "tags": ["base_model:adapter:a/p"]},
    {"id": "b/4", "tags": ["base_model:adapter:b/3", "license:mit"]},
    {"id": "c/q", "tags": ["license:mit"]},
    {"id": "c/5", "tags": ["base_model:finetune:c/q", "license:mit"]},
]


def test_mutation__a_licence_that_is_dropped_is_visible(build_records: BuildRecords):
    told = cladist.mutation_rate(build_records(RECORDS), trait="license", replicates=100)
    row = told.tables["silence"].to_pylist()[0]
    counts = {k: row[k] for k in ("relation", "edges", "both", "dropped", "taken_up", "neither")}
    assert counts == {"relation": "all", "edges": 5, "both": 3, "dropped": 1, "taken_up": 1,
                      "neither": 0}  # fmt: skip
    assert row["rate_with_silence"] == pytest.approx(3 / 5)
    assert row["dropped_low"] <= row["dropped_share"] == 0.25 <= row["dropped_high"]
    fates = told.tables["fates"].to_pylist()
    third = pytest.approx(1 / 3)
    assert fates[0] == {"trait": "license", "value": "llama3", "edges": 3, "kept": third,
                        "replaced": third, "silent": third}  # fmt: skip


def test_mutation__families_beyond_the_largest_are_one_group(build_records: BuildRecords):
    hub = build_records(RECORDS)
    told = cladist.mutation_rate(hub, trait="license", by="family", top=1, replicates=100)
    assert told.table["family"].to_pylist() == ["all", "a/p", OTHERS]
    assert told.table["n"].to_pylist() == [3, 2, 1]
    numbers = cladist.numeric_drift(hub, trait="languages", by="family", top=1, replicates=100)
    assert numbers.table.num_rows == 1  # no edge knows both ends


def test_folded__ties_by_name_and_only_families():
    groups = np.array(["b", "a", "c", "a"], dtype=object)
    edges = np.array([2, 1, 1, 1])
    assert folded(groups, edges, "family", 1).tolist() == [OTHERS, "a", OTHERS, "a"]
    assert folded(groups, edges, "year", 1).tolist() == groups.tolist()
    assert group_order(["10", "merge", OTHERS, "9", "x", "finetune"]) == [
        "finetune", "merge", "9", "10", "x", OTHERS]  # fmt: skip


@pytest.mark.parametrize("trait", sorted(TRAITS))
def test_mutation__of_any_column(build_records: BuildRecords, trait: str):
    told = cladist.mutation_rate(build_records(RECORDS), trait=trait, by="none", replicates=100)
    assert told.table.num_rows == 1
    if trait == "author":
        assert told.table["rate"].to_pylist() == [pytest.approx(2 / 5)]


@pytest.mark.parametrize("cluster", ["clan", "family", "parent", "author"])
def test_cluster__decides_what_is_one_lineage(build_records: BuildRecords, cluster: str):
    """Five edges: two families, two clans, three parents, three authors of children."""
    hub = build_records(RECORDS)
    expected = {"clan": 2, "family": 2, "parent": 3, "author": 3}[cluster]
    told = cladist.mutation_rate(hub, trait="author", by="none", cluster=cluster, replicates=100)
    assert told.table["clusters"].to_pylist() == [expected]
    assert told.parameters["cluster"] == cluster
    for run in (cladist.trait_drift, cladist.transition_counts, cladist.trait_ordering):
        assert run(hub, cluster=cluster, replicates=100).parameters["cluster"] == cluster
    cladist.numeric_drift(hub, cluster=cluster, replicates=100)


def test_cluster__unknown_word(build_records: BuildRecords):
    with pytest.raises(InputError, match="clan"):
        cladist.trait_drift(build_records(RECORDS), cluster="tribe")


def test_transitions__wide_and_long_form_agree(build_records: BuildRecords):
    evil = " parent \\ child"
    records = [{"id": "a/p", "tags": [f"license:{evil}"]},
               {"id": "b/1", "tags": ["base_model:a/p", "license:mit"]},
               {"id": "b/2", "tags": ["base_model:a/p", "license:apache-2.0"]}]  # fmt: skip
    told = cladist.transition_counts(build_records(records), replicates=100)
    wide = told.tables["matrix"]
    head, *values = wide.column_names[:-1]
    assert wide[head].to_pylist() == values
    long = {(r["source"], r["target"]): r["count"] for r in told.table.to_pylist()}
    for row in wide.to_pylist():
        for value in values:
            assert row[value] == long.get((row[head], value), 0)
