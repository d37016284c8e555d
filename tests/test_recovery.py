"""Simulate with a known truth, go the public way (file, build, analyze), and find it again.

``make recovery`` does it with many more models (``CLADIST_RECOVERY`` says how many).
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import cladist
from cladist.kin.kinship import inbreeding, kinship
from cladist.snapshot import Snapshot
from cladist.sources.synthetic import Dirt, SyntheticHub, simulate_hub, write_hub_stats
from cladist.vocab import RELATION_CODE

MODELS = int(os.environ.get("CLADIST_RECOVERY", "25000"))


@pytest.fixture(scope="module")
def truth() -> SyntheticHub:
    return simulate_hub(MODELS, 17, dirt=Dirt.none(), cards=False)


def public_way(hub: SyntheticHub, folder: Path) -> Snapshot:
    write_hub_stats(hub, folder / "hub.parquet")
    return cladist.build(folder / "hub.parquet", folder / "hub.snapshot")


@pytest.fixture(scope="module")
def found(truth: SyntheticHub, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return public_way(truth, tmp_path_factory.mktemp("recovery"))


@pytest.fixture(scope="module")
def neutral(tmp_path_factory: pytest.TempPathFactory) -> tuple[SyntheticHub, Snapshot]:
    """A hub without direction in mutation, and with attachment that is preferential alone."""
    hub = simulate_hub(MODELS, 23, dirt=Dirt.none(), cards=False, neutral=True, silence=0.1,
                       giants=False, ageing=0.0, loyalty=0.0, habit=0.0)  # fmt: skip
    return hub, public_way(hub, tmp_path_factory.mktemp("neutral"))


def edge_table(snapshot: Snapshot) -> tuple[list[str], list[str]]:
    sql = (
        "SELECT c.model_id AS child, p.model_id AS parent FROM edges e"
        " JOIN models c ON c.node = e.child JOIN models p ON p.node = e.parent"
    )
    table = cladist.query(snapshot, sql, limit=10**7).to_pydict()
    return table["child"], table["parent"]


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
def test_mutation__interval_holds_the_true_rate(
    trait: str, truth: SyntheticHub, found: Snapshot
) -> None:
    """Mutations vary no more than independent ones: six standard errors of a proportion do."""
    rows = cladist.mutation_rate(found, trait=trait, replicates=200).table.to_pylist()
    for row in (r for r in rows if r["relation"] in ("finetune", "adapter", "quantized")):
        rate = true_rate(truth, trait, row["relation"])
        allowed = 6 * np.sqrt(rate * (1 - rate) / row["n"]) + 1e-9
        assert row["n"] > 100
        assert abs(row["rate"] - rate) <= allowed
        if not row["few_lineages"]:
            wide = 0.5 * (row["high"] - row["low"])
            assert row["low"] - wide <= rate <= row["high"] + wide
    assert {"finetune", "adapter", "quantized"} <= {r["relation"] for r in rows}


def test_transitions__credit_follows_the_true_matrix(truth: SyntheticHub, found: Snapshot) -> None:
    """The commonest licence: where its children went, against the kernel's targets."""
    kernel = truth.truth.kernels["license"]
    rows = cladist.transition_counts(found, trait="license").table.to_pylist()
    total: dict[str, float] = {}
    for row in rows:
        total[row["source"]] = total.get(row["source"], 0) + row["count"]
    source = max(total, key=lambda v: total[v])
    targets = dict(
        zip(kernel.values, kernel.targets("finetune")[kernel.values.index(source)], strict=True)
    )
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
    shape = (MODELS, MODELS)
    graph = coo_array((ones, (births.child, births.parent)), shape=shape)
    label = connected_components(graph, directed=False)[1]
    sizes, counts = np.unique(np.bincount(label), return_counts=True)
    table = cladist.family_shape(found).tables["sizes"].to_pydict()
    several = sizes >= 2
    assert table["size"] == sizes[several].tolist()
    assert table["families"] == counts[several].tolist()


def expected_flows(hub: SyntheticHub, trait: str) -> np.ndarray:
    """Return the flows a -> b that the kernels make of the parents' values, in edges."""
    births, stated, value = hub.births, hub.traits.stated[trait], hub.traits.code(trait)
    kernel = hub.truth.kernels[trait]
    size = len(kernel.values)
    flows = np.zeros((size, size))
    for relation, code in RELATION_CODE.items():
        # A merge inherits from its first parent alone, so its other edges are none of a kernel's.
        child = np.flatnonzero((births.role == code) & stated)
        child = child[stated[births.primary[child]]]
        counts = np.bincount(value[births.primary[child]].astype(np.int64), minlength=size)
        flows += counts[:, None] * kernel.matrix(relation)
    np.fill_diagonal(flows, 0.0)
    return flows


def test_drift__pairs_flow_the_true_way(truth: SyntheticHub, found: Snapshot) -> None:
    flows = expected_flows(truth, "license")
    place = {v: k for k, v in enumerate(truth.truth.kernels["license"].values)}
    rows = cladist.trait_drift(found, trait="license", relations="no-merges",
                               replicates=200).table.to_pylist()  # fmt: skip
    strong = [r for r in rows if r["total"] >= 20]
    assert strong
    for row in strong:
        a, b = place[row["source"]], place[row["target"]]
        assert flows[a, b] - flows[b, a] > -4.5 * np.sqrt(row["total"])
    directed = [r for r in rows if r["verdict"].startswith("directed")]
    assert all(
        flows[place[r["source"]], place[r["target"]]]
        > flows[place[r["target"]], place[r["source"]]]
        for r in directed
    )


def test_drift__neutral_mutation_has_no_direction(neutral: tuple[SyntheticHub, Snapshot]) -> None:
    rows = cladist.trait_drift(neutral[1], trait="license", relations="finetune",
                               replicates=200).table.to_pylist()  # fmt: skip
    assert rows
    assert not [r for r in rows if r["verdict"].startswith("directed")]
    assert all(abs(r["net"]) <= 4.5 * np.sqrt(r["total"]) + 1 for r in rows)


@pytest.mark.parametrize("trait", ["license", "pipeline_tag"])
def test_ordering__is_nearly_as_good_for_the_true_flows(
    trait: str, truth: SyntheticHub, found: Snapshot
) -> None:
    """What the order found keeps forward of the true net flow, against the best order of it."""
    from cladist.statistics.order import linear_order

    flows = expected_flows(truth, trait)
    values = truth.truth.kernels[trait].values
    order = cladist.trait_ordering(found, trait=trait, top=8, replicates=0).table
    chosen = [values.index(v) for v in order["value"].to_pylist() if v in values]
    net = np.maximum(flows - flows.T, 0.0)[np.ix_(chosen, chosen)]
    best = linear_order(flows[np.ix_(chosen, chosen)]).objective
    assert np.triu(net, 1).sum() >= 0.95 * best > 0


def test_similarity__of_neutral_traits_falls_with_every_mutation(
    neutral: tuple[SyntheticHub, Snapshot],
) -> None:
    """Parent and child are one mutation apart, siblings two: as much alike as the rates say."""
    hub, snapshot = neutral
    told = cladist.genetic_similarity(snapshot, text="traits", metric="license",
                                      weighting="pairs", relations="finetune", draws=4000,
                                      replicates=100)  # fmt: skip
    mean = {(r["motif"], r["position"]): r["mean"] for r in told.table.to_pylist()
            if r["metric"] == "license"}  # fmt: skip
    births, value, stated = hub.births, hub.traits.license, hub.traits.stated["license"]
    child = np.flatnonzero((births.role == RELATION_CODE["finetune"]) & stated)
    child = child[stated[births.primary[child]]]
    rate = hub.truth.kernels["license"].rate[0, value[births.primary[child]]]
    assert mean["duo", 1] == pytest.approx(1 - rate.mean(), abs=0.03)
    assert mean["trio_1", 2] < mean["trio_1", 1]


def test_attachment__exponent_is_one(neutral: tuple[SyntheticHub, Snapshot]) -> None:
    """Copying an edge prefers parents in proportion to their children: an exponent of 1.

    Within a breed, of parents with two children or more (one child may be private): the chance of
    the next child goes as children ** exponent. Maximum likelihood, edge by edge.
    """
    hub, snapshot = neutral
    number = {m: k for k, m in enumerate(hub.model_id.to_pylist())}
    children, parents = edge_table(snapshot)
    edges = sorted((number[c], number[p]) for c, p in zip(children, parents, strict=True))
    degree: dict[int, int] = {}
    seen: dict[int, dict[int, int]] = {}
    chosen, size, weight, start = [], [], [], []
    for child, parent in edges:
        counts = seen.setdefault(int(hub.births.breed[parent]), {})
        k = degree.get(parent, 0)
        if k >= 2 and hub.births.role[child] != RELATION_CODE["merge"]:
            start.append(len(size))
            chosen.append(k)
            size += list(counts)
            weight += list(counts.values())
        degree[parent] = k + 1
        if k >= 2:
            counts[k] -= 1
            if not counts[k]:
                del counts[k]
        if k + 1 >= 2:
            counts[k + 1] = counts.get(k + 1, 0) + 1
    log_size, log_chosen = np.log(size), np.log(chosen)

    def loss(exponent: float) -> float:
        terms = np.array(weight) * np.exp(exponent * log_size)
        return float(np.log(np.add.reduceat(terms, start)).sum() - exponent * log_chosen.sum())

    fit = minimize_scalar(loss, bounds=(0.2, 2.0), method="bounded")
    step = 0.05
    curvature = (loss(fit.x + step) + loss(fit.x - step) - 2 * fit.fun) / step**2
    assert fit.x == pytest.approx(1.0, abs=4 / np.sqrt(curvature) + 0.02)


def test_kinship__equals_the_recursion_over_true_parents(
    truth: SyntheticHub, found: Snapshot
) -> None:
    births = truth.births
    above: dict[int, list[int]] = {}
    for child, parent in zip(births.child.tolist(), births.parent.tolist(), strict=True):
        above.setdefault(child, []).append(parent)
    known: dict[tuple[int, int], float] = {}

    def phi(i: int, j: int) -> float:
        """Models are numbered in the order of birth, so the later one has no younger ancestor."""
        if i == j:
            return 1.0
        i, j = max(i, j), min(i, j)
        if (i, j) not in known:
            parents = above.get(i, [])
            known[i, j] = 0.5 * sum(phi(p, j) for p in parents) / max(len(parents), 1)
        return known[i, j]

    merges = [m for m in above if len(above[m]) > 1][:150]
    random = np.random.default_rng(5)
    pairs = [(m, p) for m in merges for p in above[m]]
    pairs += [tuple(random.choice(above[m], 2)) for m in merges]
    pairs += [tuple(random.choice(merges, 2)) for _ in range(100)]
    ids = truth.model_id.to_pylist()
    lineage = found.lineage()
    node = {m: found.node(ids[m]) for m in {x for pair in pairs for x in pair} | set(merges)}
    a, b = (np.array([node[p[k]] for p in pairs]) for k in (0, 1))
    expected = [phi(int(i), int(j)) for i, j in pairs]
    np.testing.assert_allclose(kinship(lineage, a, b), expected, atol=1e-12)
    assert len(set(expected)) > 5
    inbred = [
        np.mean([phi(p, q) for k, p in enumerate(above[m]) for q in above[m][k + 1 :]])
        for m in merges
    ]
    told = inbreeding(lineage, np.array([node[m] for m in merges]))
    np.testing.assert_allclose(told, inbred, atol=1e-12)
