"""Simulate with a known truth, go the public way (file, build, analyze), and find it again."""

from __future__ import annotations

import numpy as np
import pytest

import cladist
from cladist.snapshot import Snapshot
from cladist.sources.synthetic import Dirt, SyntheticHub, simulate_hub, write_hub_stats
from cladist.vocab import RELATION_CODE

MODELS = 40_000


@pytest.fixture(scope="module")
def truth() -> SyntheticHub:
    return simulate_hub(
        MODELS, 17, ghosts=0.0, self_loops=0.0, cycles=0.0, dirt=Dirt.none(), cards=False
    )


@pytest.fixture(scope="module")
def found(truth: SyntheticHub, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("recovery")
    write_hub_stats(truth, folder / "hub.parquet")
    return cladist.build(folder / "hub.parquet", folder / "hub.snapshot")


def test_lineage__is_the_true_one(truth: SyntheticHub, found: Snapshot) -> None:
    sql = (
        "SELECT c.model_id AS child, p.model_id AS parent, e.relation FROM edges e"
        " JOIN models c ON c.node = e.child JOIN models p ON p.node = e.parent"
    )
    table = cladist.query(found, sql, limit=10**6).to_pydict()
    ids = np.array(truth.model_id.to_pylist(), dtype=object)
    true = set(zip(ids[truth.births.child], ids[truth.births.parent], strict=True))
    assert set(zip(table["child"], table["parent"], strict=True)) == true
    assert found.counts["rejects"] == found.counts["ghosts"] == found.counts["cut_pairs"] == 0


def true_rate(hub: SyntheticHub, trait: str, relation: str) -> float:
    """Mean probability of a change over the edges, given the values of their parents."""
    births, code = hub.births, RELATION_CODE[relation]
    value, stated = getattr(hub.traits, trait), hub.traits.stated[trait]
    edges = (births.relation == code) & stated[births.child] & stated[births.parent]
    kernel = hub.truth.kernels[trait]
    return float(kernel.rate[code, value[births.parent[edges]]].mean())


@pytest.mark.parametrize("trait", ["license", "pipeline_tag", "library_name"])
@pytest.mark.parametrize("relation", ["finetune", "adapter", "quantized"])
def test_mutation__interval_holds_the_true_rate(
    trait: str, relation: str, truth: SyntheticHub, found: Snapshot
) -> None:
    """Mutations are drawn independently here, so six standard errors of a proportion suffice."""
    rows = cladist.mutation_rate(found, trait=trait, replicates=200).table.to_pylist()
    row = next(r for r in rows if r["relation"] == relation)
    rate = true_rate(truth, trait, relation)
    allowed = 6 * np.sqrt(rate * (1 - rate) / row["n"]) + 1e-9
    assert row["n"] > 100
    assert abs(row["rate"] - rate) <= allowed
    if not row["few_lineages"]:
        wide = 0.5 * (row["high"] - row["low"])
        assert row["low"] - wide <= rate <= row["high"] + wide


def test_transitions__credit_follows_the_true_matrix(truth: SyntheticHub, found: Snapshot) -> None:
    """The commonest licence: where its children went, against the kernel's targets."""
    kernel = truth.truth.kernels["license"]
    rows = cladist.transition_counts(found, trait="license").table.to_pylist()
    total: dict[str, float] = {}
    for row in rows:
        total[row["source"]] = total.get(row["source"], 0) + row["count"]
    source = max(total, key=lambda v: total[v])
    targets = dict(zip(kernel.values, kernel.targets[kernel.values.index(source)], strict=True))
    n = total[source]
    for row in rows:
        if row["source"] == source:
            expected = targets[row["target"]]
            error = 6 * np.sqrt(expected * (1 - expected) / n) + 3 / n
            # Merges inherit from one parent only, so part of the credit is not the kernel's.
            assert abs(row["count"] / n - expected) <= error + 0.1


def test_families__sizes_are_the_true_ones(truth: SyntheticHub, found: Snapshot) -> None:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    births = truth.births
    ones = np.ones(len(births.child))
    graph = coo_array((ones, (births.child, births.parent)), shape=(MODELS, MODELS))
    label = connected_components(graph, directed=False)[1]
    sizes, counts = np.unique(np.bincount(label), return_counts=True)
    table = cladist.family_shape(found).tables["sizes"].to_pydict()
    several = sizes >= 2
    assert table["size"] == sizes[several].tolist()
    assert table["families"] == counts[several].tolist()
