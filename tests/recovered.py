"""Estimates of a simulated hub by the public way, each beside the truth that it should find."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import truths
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from truths import Known

import cladist
from cladist.kin.kinship import inbreeding
from cladist.snapshot import Snapshot
from cladist.sources.synthetic import SyntheticHub, write_hub_stats

RELATIONS = ("finetune", "adapter", "quantized")
#: Flows are compared where so many changed edges are to be expected.
ENOUGH = 30


@dataclass(frozen=True)
class Row:
    """One estimate with its interval, and what it should be. ``few``: the product's own warning."""

    what: str
    part: str
    true: Known
    estimate: float
    low: float | None
    high: float | None
    few: bool

    @property
    def holds(self) -> bool:
        return self.low is not None and self.low <= self.true.value <= self.high

    @property
    def z(self) -> float:
        return (self.estimate - self.true.value) / max(self.true.error, 1e-12)


def public_way(hub: SyntheticHub, folder: Path) -> Snapshot:
    write_hub_stats(hub, folder / "hub.parquet")
    return cladist.build(folder / "hub.parquet", folder / "hub.snapshot")


def mutations(hub: SyntheticHub, snapshot: Snapshot, replicates: int) -> list[Row]:
    """Rates of every trait and relation."""
    found = []
    traits = ["license", "pipeline_tag", "library_name", "datasets"]
    # Which lists give way to which without direction, and how far apart these are, no kernel tells.
    traits += [] if hub.truth.options["neutral"] else ["language"]
    for trait in traits:
        told = cladist.mutation_rate(snapshot, trait=trait, replicates=replicates).table
        merges = ("merge",) if trait in ("license", "pipeline_tag", "library_name") else ()
        for row in told.to_pylist():
            if row["relation"] in RELATIONS + merges and row["n"] >= ENOUGH:
                true = truths.mutation(hub, trait, row["relation"])
                # The language cv alone is read as computer vision, so that some edges are silent.
                assert row["n"] == true.weight or trait == "language"
                found.append(_row("mutation", f"{trait} {row['relation']}", true, row["rate"], row))
    return found


def transitions(hub: SyntheticHub, snapshot: Snapshot, replicates: int) -> list[Row]:
    """Shares of the flow out of a value: each value with enough of it, to each likely target."""
    found = []
    for trait in ("license", "pipeline_tag"):
        flow, told = transition_table(hub, snapshot, trait, "no-merges", replicates)
        values = hub.truth.kernels[trait].values
        for a in np.flatnonzero(flow.sum(axis=1) >= ENOUGH).tolist():
            chance = flow[a] / flow[a].sum()
            n = sum(r["count"] for (s, _), r in told.items() if s == values[a])
            for b in np.flatnonzero(chance >= 0.05).tolist():
                row = told.get((values[a], values[b]))
                if row is not None and row["low"] is not None:  # only frequent pairs have one
                    error = np.sqrt(chance[b] * (1 - chance[b]) / max(n, 1))
                    true = Known(chance[b], float(error), float(flow[a].sum()))
                    part = f"{trait} {values[a]} to {values[b]}"
                    found.append(_row("transition", part, true, row["share"], row))
    return found


def transition_table(
    hub: SyntheticHub, snapshot: Snapshot, trait: str, relations: str, replicates: int = 100
) -> tuple[np.ndarray, dict[tuple[str, str], dict[str, Any]]]:
    """The expected flows, and the rows that were found by source and target."""
    asked = truths.RELATIONS if relations == "all" else truths.NO_MERGES
    rows = cladist.transition_counts(snapshot, trait=trait, relations=relations,
                                     replicates=replicates).table.to_pylist()  # fmt: skip
    return truths.flows(hub, trait, asked), {(r["source"], r["target"]): r for r in rows}


def found_flows(
    hub: SyntheticHub, trait: str, told: dict[tuple[str, str], dict[str, Any]]
) -> np.ndarray:
    """The flows that were found, as a matrix of the kernel's values."""
    place = {v: k for k, v in enumerate(hub.truth.kernels[trait].values)}
    matrix = np.zeros((len(place), len(place)))
    for (source, target), row in told.items():
        matrix[place[source], place[target]] = row["count"]
    return matrix


def distance(true: np.ndarray, found: np.ndarray) -> float:
    """Total variation distance of two transition matrices, rows by their true flow."""
    out, given = true.sum(axis=1, keepdims=True), found.sum(axis=1, keepdims=True)
    rows = (out[:, 0] > 0) & (given[:, 0] > 0)
    apart = np.abs(true[rows] / out[rows] - found[rows] / given[rows]).sum(axis=1) / 2
    return float(apart @ out[rows, 0] / out[rows].sum())


def chance_distance(true: np.ndarray, found: np.ndarray, draws: int = 50) -> float:
    """The same between the truth and as many independent draws from it as were found."""
    random = np.random.default_rng(3)
    sizes = found.sum(axis=1).round().astype(int)
    total = true.sum(axis=1, keepdims=True)
    share = np.where(total > 0, true / np.where(total > 0, total, 1), 1 / len(true))
    drawn = random.multinomial(sizes, share, size=(draws, len(true)))
    return float(np.mean([distance(true, d.astype(float)) for d in drawn]))


def drifts(hub: SyntheticHub, snapshot: Snapshot, replicates: int) -> list[Row]:
    """Net over total flow of each pair with enough, taken along its true direction."""
    return [row for row, _, _ in drift_pairs(hub, snapshot, replicates)]


def drift_pairs(
    hub: SyntheticHub, snapshot: Snapshot, replicates: int
) -> list[tuple[Row, str, bool]]:
    """The same with the verdict, and whether it points the true way."""
    found = []
    for trait in ("license", "pipeline_tag"):
        flow = truths.flows(hub, trait, truths.NO_MERGES)
        place = {v: k for k, v in enumerate(hub.truth.kernels[trait].values)}
        rows = cladist.trait_drift(snapshot, trait=trait, relations="no-merges", top=None,
                                   replicates=replicates).table.to_pylist()  # fmt: skip
        for row in rows:
            a, b = place[row["source"]], place[row["target"]]
            total = flow[a, b] + flow[b, a]
            if total < ENOUGH or row["low"] is None:
                continue
            true = (flow[a, b] - flow[b, a]) / total
            sign, ends = (1, ("low", "high")) if true >= 0 else (-1, ("high", "low"))
            error = np.sqrt((1 - true**2) / row["total"])
            few = row["verdict"] == "too few lineages"
            first, second = (row["source"], row["target"])[::sign]
            told = Row("drift", f"{trait} {first} to {second}", Known(abs(true), error, total),
                       sign * row["drift"], sign * row[ends[0]], sign * row[ends[1]],
                       few)  # fmt: skip
            found.append((told, row["verdict"], sign > 0))
    return found


def likeness(hub: SyntheticHub, snapshot: Snapshot, replicates: int, draws: int) -> list[Row]:
    """Motifs of fine-tunes by licence: parent and child, siblings, grandparent, and D."""
    result = cladist.genetic_similarity(snapshot, text="traits", metric="license",
                                        relations="finetune", draws=draws,
                                        replicates=replicates)  # fmt: skip
    rows = {(r["motif"], r["position"]): r for r in result.table.to_pylist()
            if r["weighting"] == "pairs"}  # fmt: skip
    rate = truths.mutation(hub, "license", "finetune")
    known = {
        ("duo", 1): Known(1 - rate.value, rate.error, rate.weight),
        ("trio_1", 2): truths.siblings(hub, "license", "finetune", weighting="pairs",
                                       against_parent=False),
        ("trio_2", 1): truths.grandparents(hub, "license", "finetune"),
    }  # fmt: skip
    found = []
    for at, given in known.items():
        row = rows[at]
        drawn = 0.0 if at[0] == "duo" else given.value * (1 - given.value) / max(row["n"], 1)
        true = Known(given.value, float(np.hypot(given.error, np.sqrt(drawn))), given.weight)
        found.append(_row("likeness", row["pair"] + f" ({at[0]})", true, row["mean"], row))
    for row in result.tables["siblings"].to_pylist():
        if row["weighting"] in ("pairs", "parents"):
            given = truths.siblings(hub, "license", "finetune", weighting=row["weighting"],
                                    against_parent=True)  # fmt: skip
            # D is of trios that are drawn: those add their own chance.
            drawn = 0.35 / np.sqrt(row["trios"])
            true = Known(given.value, float(np.hypot(given.error, drawn)), given.weight)
            part = f"siblings less parent and child, by {row['weighting']}"
            found.append(_row("likeness", part, true, row["difference"], row))
    return found


def order_kept(hub: SyntheticHub, snapshot: Snapshot, trait: str, top: int = 8) -> float:
    """True flow forward less backward in the order found, over that of the best order of it."""
    from cladist.statistics.order import linear_order

    flow = truths.flows(hub, trait, truths.RELATIONS)
    values = hub.truth.kernels[trait].values
    order = cladist.trait_ordering(snapshot, trait=trait, top=top, replicates=0).table
    chosen = [values.index(v) for v in order["value"].to_pylist()]
    among = flow[np.ix_(chosen, chosen)]
    best = linear_order(among)
    forward = np.triu(among - among.T, 1).sum()
    return float(forward / (2 * best.objective - best.net_traffic))


def attachment(snapshot: Snapshot) -> Row:
    """The exponent within a clan; 1 where nothing but copying an edge decides (no ageing ...).

    From two children on: one child may be private. The error is that of the interval.
    """
    row = cladist.attachment_exponents(snapshot, within="clan", least=2).table.to_pylist()[0]
    error = (row["high"] - row["low"]) / (2 * 1.96)
    return _row("attachment", "exponent", Known(1.0, error, row["n"]), row["exponent"], row)


def nodes(snapshot: Snapshot, number: dict[str, int]) -> dict[int, int]:
    """The node of each true number, by the ids."""
    known = cladist.query(snapshot, "SELECT model_id, node FROM models", limit=10**7).to_pydict()
    pairs = zip(known["model_id"], known["node"], strict=True)
    return {number[name]: node for name, node in pairs if name in number}


def inbred_apart(hub: SyntheticHub, snapshot: Snapshot, most: int = 500) -> tuple[float, float]:
    """Mean inbreeding of merges, and the largest difference of one from the recursion's."""
    ids, tree, lineage = hub.model_id.to_pylist(), truths.Pedigree(hub), snapshot.lineage()
    merges = [m for m in tree.above if len(tree.above[m]) > 1][:most]
    node = nodes(snapshot, {ids[m]: m for m in merges})
    told = inbreeding(lineage, np.array([node[m] for m in merges]))
    true = np.array([tree.inbreeding(m) for m in merges])
    return float(true.mean()), float(np.abs(told - true).max())


def family_of(hub: SyntheticHub) -> np.ndarray:
    """The true family of each model, as a number."""
    births, models = hub.births, len(hub.births.role)
    graph = coo_array((np.ones(len(births.child)), (births.child, births.parent)),
                      shape=(models, models))  # fmt: skip
    return connected_components(graph, directed=False)[1]


def family_sizes(hub: SyntheticHub) -> dict[str, list[int]]:
    """True families of two models and more: sizes, and how many there are of each."""
    sizes, counts = np.unique(np.bincount(family_of(hub)), return_counts=True)
    several = sizes >= 2
    return {"size": sizes[several].tolist(), "families": counts[several].tolist()}


def _row(what: str, part: str, true: Known, estimate: float, row: dict[str, Any]) -> Row:
    return Row(what, part, true, estimate, row["low"], row["high"], row["few_lineages"])
