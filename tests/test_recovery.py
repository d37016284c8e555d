"""Simulate with a known truth, go the public way (file, build, analyze), and find it again.

What is a count of true parents must be equal. What is drawn must lie within four standard errors of
its expectation given the parents (``truths.py``; of some dozens of estimates one beyond that is
less than likely), and so near that it would not if it were a tenth larger or smaller. The stated
intervals must hold the truth but for the few that may miss it.

``make recovery`` does it with many more models (``CLADIST_RECOVERY`` says how many).
"""

from __future__ import annotations

import os

import numpy as np
import pytest
import recovered
import truths
from recovered import Row
from scipy import stats

import cladist
from cladist.kin.kinship import kinship
from cladist.snapshot import Snapshot
from cladist.sources.synthetic import Dirt, SyntheticHub, simulate_hub
from cladist.vocab import RELATION_CODE

MODELS = int(os.environ.get("CLADIST_RECOVERY", "40000"))
REPLICATES = 300
#: Standard errors that an estimate may be off.
FAR = 4.0
#: The same of the pairs of values, several hundred in a large hub.
FAR_OF_MANY = 5.0
#: Many edges of every relation, in many lineages, so that a tenth is many standard errors.
DENSE = {
    "giants": False,
    "silence": 0.1,
    "relations": {"finetune": 0.35, "adapter": 0.2, "quantized": 0.2, "merge": 0.15},
}
#: Rates of our own: a tenth of a small rate could not be told from chance.
RATES = {
    "license": {"finetune": 0.5, "adapter": 0.4, "quantized": 0.6, "merge": 0.3},
    "pipeline_tag": {"finetune": 0.3, "adapter": 0.4, "quantized": 0.5, "merge": 0.4},
    "library_name": {"finetune": 0.4, "adapter": 0.6, "quantized": 0.3, "merge": 0.5},
    "language": {"finetune": 0.5, "adapter": 0.4, "quantized": 0.45, "merge": 0.3},
    "datasets": {"finetune": 0.5, "adapter": 0.6, "quantized": 0.4, "merge": 0.3},
}

Hub = tuple[SyntheticHub, Snapshot]


def hub_of(tmp_path_factory: pytest.TempPathFactory, seed: int, **options: object) -> Hub:
    hub = simulate_hub(MODELS, seed, dirt=Dirt.none(), cards=False, **options)
    return hub, recovered.public_way(hub, tmp_path_factory.mktemp("recovery"))


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """A hub with the published lineages, giants and all."""
    return hub_of(tmp_path_factory, 17)


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    return hub_of(tmp_path_factory, 19, mutation=RATES, **DENSE)


@pytest.fixture(scope="module")
def neutral(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """A hub without direction in mutation, and with attachment that is preferential alone."""
    alone = {"ageing": 0.0, "loyalty": 0.0, "habit": 0.0}
    return hub_of(tmp_path_factory, 23, mutation=RATES, neutral=True, **(DENSE | alone))


def is_found(row: Row, *, sharply: bool = True, far: float = FAR) -> None:
    """The estimate is where it should be; ``sharply``: and a tenth off would be seen."""
    assert abs(row.z) <= far, row
    if sharply:
        off = 0.1 * abs(row.true.value) / row.true.error
        assert off > FAR, f"a tenth would not be seen of {row}"


def slope_is_one(rows: list[Row]) -> None:
    """Estimates against truths, all together: neither stretched nor turned round by a tenth."""
    true, told = np.array([r.true.value for r in rows]), np.array([r.estimate for r in rows])
    error = np.array([max(r.true.error, 1e-3) for r in rows])
    weight = true / error**2
    slope = weight @ told / (weight @ true)
    spread = np.sqrt(weight**2 @ error**2) / (weight @ true)
    assert abs(slope - 1) <= FAR * spread
    assert abs(slope - 1) + FAR * spread < 0.1


def intervals_hold(rows: list[Row]) -> None:
    """As many of the 95 % intervals hold the truth as may be expected of independent ones."""
    sound = [row for row in rows if not row.few]
    missed = [row for row in sound if not row.holds]
    assert len(sound) >= 5
    assert len(missed) <= stats.binom.ppf(0.999, len(sound), 0.05), missed


def test_lineage__is_the_true_one(usual: Hub) -> None:
    truth, found = usual
    children, parents = edge_table(found)
    ids = np.array(truth.model_id.to_pylist(), dtype=object)
    true = set(zip(ids[truth.births.child], ids[truth.births.parent], strict=True))
    assert set(zip(children, parents, strict=True)) == true
    assert found.counts["rejects"] == found.counts["ghosts"] == found.counts["cut_pairs"] == 0
    told = cladist.query(found, "SELECT relation, count(*) AS n FROM edges GROUP BY relation")
    births = np.bincount(truth.births.relation, minlength=len(RELATION_CODE))
    assert {r["relation"]: r["n"] for r in told.to_pylist()} == {
        name: births[code] for name, code in RELATION_CODE.items() if births[code]
    }


def edge_table(snapshot: Snapshot) -> tuple[list[str], list[str]]:
    sql = (
        "SELECT c.model_id AS child, p.model_id AS parent FROM edges e"
        " JOIN models c ON c.node = e.child JOIN models p ON p.node = e.parent"
    )
    table = cladist.query(snapshot, sql, limit=10**7).to_pydict()
    return table["child"], table["parent"]


@pytest.mark.parametrize("kind", ["usual", "dense", "neutral"])
def test_mutation__rates_are_the_true_ones(kind: str, request: pytest.FixtureRequest) -> None:
    hub, snapshot = request.getfixturevalue(kind)
    rows = recovered.mutations(hub, snapshot, REPLICATES)
    assert len(rows) >= (13 if kind == "neutral" else 16)  # languages have no truth there
    for row in rows:
        # Of the published rates some are too small, and merges too few, to see a tenth.
        is_found(row, sharply=kind == "dense" and "merge" not in row.part)
    slope_is_one([row for row in rows if row.true.value > 0.05])
    intervals_hold(rows) if kind != "usual" else None


@pytest.mark.parametrize("trait", ["license", "pipeline_tag"])
@pytest.mark.parametrize("kind", ["usual", "dense", "neutral"])
def test_transitions__the_matrix_is_the_true_one(
    kind: str, trait: str, request: pytest.FixtureRequest
) -> None:
    """Pearson's test over the cells that expect five; it would see a tenth moved in each row."""
    hub, snapshot = request.getfixturevalue(kind)
    flow, told = recovered.transition_table(hub, snapshot, trait, "no-merges")
    found = recovered.found_flows(hub, trait, told)
    assert _misfit(flow, found) > 1e-5
    moved, rows = found.copy(), np.arange(len(found))
    top, next_to = np.argsort(-found, axis=1)[:, :2].T
    moved[rows, top] -= 0.1 * found[rows, top]
    moved[rows, next_to] += 0.1 * found[rows, top]
    assert kind == "neutral" or _misfit(flow, found.T) < 1e-5  # neutral flows are symmetric
    assert kind != "dense" or _misfit(flow, moved) < 1e-5
    # Edges of one merge share its draw, so that with them it may be a little farther off.
    flow, told = recovered.transition_table(hub, snapshot, trait, "all")
    found = recovered.found_flows(hub, trait, told)
    chance = recovered.chance_distance(flow, found)
    assert recovered.distance(flow, found) <= 1.25 * chance
    assert kind == "neutral" or recovered.distance(flow, found.T) > 2 * chance
    assert found.sum() == pytest.approx(flow.sum(), rel=0.05)


def _misfit(true: np.ndarray, found: np.ndarray) -> float:
    """P-value of the rows found, given their sums, under the true transition matrix."""
    statistic, freedom = 0.0, 0
    for chance, row in zip(true, found, strict=True):
        if not chance.any() or not row.any():
            continue
        expected = chance / chance.sum() * row.sum()
        enough = expected >= 5
        cells = [(row[enough], expected[enough]), (row[~enough].sum(), expected[~enough].sum())]
        parts = [(np.asarray(o) - e) ** 2 / e for o, e in cells if np.all(np.asarray(e) > 0)]
        parts = np.concatenate([np.atleast_1d(p) for p in parts])
        statistic, freedom = statistic + parts.sum(), freedom + len(parts) - 1
    return float(stats.chi2.sf(statistic, freedom))


def test_transitions__intervals_hold_the_true_shares(dense: Hub) -> None:
    rows = recovered.transitions(*dense, REPLICATES)
    for row in rows:
        is_found(row, sharply=False, far=FAR_OF_MANY)
    slope_is_one(rows)
    intervals_hold(rows)


def test_drift__pairs_flow_the_true_way(dense: Hub) -> None:
    told = recovered.drift_pairs(*dense, REPLICATES)
    rows = [row for row, _, _ in told]
    for row in rows:
        # Of a flow that goes all one way two edges back are far off, though chance makes them.
        if abs(row.estimate - row.true.value) > 4 / row.true.weight:
            is_found(row, sharply=False, far=FAR_OF_MANY)
    slope_is_one(rows)
    intervals_hold(rows)
    directed = [right for _, verdict, right in told if verdict.startswith("directed")]
    assert len(directed) >= 10
    assert all(directed)


def test_drift__neutral_mutation_has_no_direction(neutral: Hub) -> None:
    told = recovered.drift_pairs(*neutral, REPLICATES)
    assert len(told) >= 10
    for row, _, _ in told:
        is_found(row, sharply=False, far=FAR_OF_MANY)
    called = [verdict == "directed" for _, verdict, _ in told]
    assert sum(called) <= 0.05 * len(called)  # the false discovery rate that is promised
    intervals_hold([row for row, _, _ in told])


@pytest.mark.parametrize("trait", ["license", "pipeline_tag"])
def test_ordering__keeps_the_true_flow(trait: str, dense: Hub, usual: Hub) -> None:
    assert recovered.order_kept(*dense, trait) >= 0.99
    assert recovered.order_kept(*usual, trait) >= 0.9
    order = cladist.trait_ordering(dense[1], trait=trait, top=8, replicates=100).parameters
    values = dense[0].truth.kernels[trait].values
    rows = cladist.trait_ordering(dense[1], trait=trait, top=8, replicates=0).table.to_pylist()
    chosen = [values.index(r["value"]) for r in rows]
    flow = truths.flows(dense[0], trait, truths.RELATIONS)[np.ix_(chosen, chosen)]
    share = np.triu(flow, 1).sum() / flow.sum()
    assert order["forward_share"] == pytest.approx(share, abs=FAR * 0.5 / np.sqrt(flow.sum()))
    assert share > 0.6


def test_similarity__is_that_of_the_matrices(dense: Hub, neutral: Hub) -> None:
    """Parent and child, siblings, grandparent, and D: sums over products of the true matrices."""
    both = [recovered.likeness(*hub, REPLICATES, 20_000) for hub in (dense, neutral)]
    # Heavy parents change by quota but for neutral kernels, which chains of them show.
    both[0] = [row for row in both[0] if not row.part.startswith("grandparent")]
    for row in (row for rows in both for row in rows):
        # Of D, and of grandparents, a small hub has too few to see a tenth.
        is_found(row, sharply=row.part.startswith(("parent-child", "siblings (")))
        assert row.estimate < 0 or "less" not in row.part, row
    intervals_hold(both[0] + both[1])


def test_families__sizes_and_depths_are_the_true_ones(usual: Hub) -> None:
    truth, found = usual
    shape = cladist.family_shape(found)
    assert shape.tables["sizes"].to_pydict() == recovered.family_sizes(truth)
    generation, models = np.unique(truths.depths(truth), return_counts=True)
    assert shape.tables["generations"].to_pydict() == {
        "generation": generation.tolist(), "models": models.tolist()}  # fmt: skip


def test_attachment__exponent_is_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A child copies the parent of an edge of its breed, each alike: children ** 1 in a clan.

    Without merges: these take no parent twice, which is a choice of another kind.
    """
    alone = {"giants": False, "ageing": 0.0, "loyalty": 0.0, "habit": 0.0}
    hub = hub_of(tmp_path_factory, 29, relations={"finetune": 0.8}, **alone)
    is_found(recovered.attachment(hub[1]))


def test_kinship__equals_the_recursion_over_true_parents(usual: Hub) -> None:
    truth, found = usual
    tree, ids = truths.Pedigree(truth), truth.model_id.to_pylist()
    merges = [m for m in tree.above if len(tree.above[m]) > 1]
    random = np.random.default_rng(5)
    pairs = [(m, p) for m in merges[:300] for p in tree.above[m]]
    pairs += [tuple(random.choice(tree.above[m], 2)) for m in merges[:300]]
    pairs += [tuple(random.choice(merges, 2)) for _ in range(200)]
    node = recovered.nodes(found, {ids[m]: m for pair in pairs for m in pair})
    a, b = (np.array([node[p[k]] for p in pairs]) for k in (0, 1))
    expected = [tree.phi(int(i), int(j)) for i, j in pairs]
    np.testing.assert_allclose(kinship(found.lineage(), a, b), expected, atol=1e-12)
    assert len(set(expected)) > 5


def test_kinship__inbreeding_of_all_merges_is_the_true_one(usual: Hub) -> None:
    truth, found = usual
    tree = truths.Pedigree(truth)
    merges = [m for m in tree.above if len(tree.above[m]) > 1]
    result = cladist.kinship_correlation(found, text="metadata", draws=50, replicates=100)
    true: dict[int, list[float]] = {}
    for merge in merges:
        true.setdefault(len(tree.above[merge]), []).append(tree.inbreeding(merge))
    told = {r["parents"]: r for r in result.tables["inbreeding"].to_pylist()}
    assert {k: r["merges"] for k, r in told.items()} == {k: len(v) for k, v in true.items()}
    for parents, values in true.items():
        assert told[parents]["mean"] == pytest.approx(np.mean(values), abs=1e-9)
        assert told[parents]["largest"] == pytest.approx(max(values), abs=1e-9)
        assert told[parents]["inbred"] == sum(v > 0 for v in values)
