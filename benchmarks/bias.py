"""Measure what dirt does to each estimate; print the tables of docs/simulator.md.

Usage: PYTHONPATH=tests python benchmarks/bias.py [--models N] [--seeds K]

The same hub is written clean and with one kind of dirt at a time, built, and analysed. Births,
traits and silence of a hub are the same in all its versions: every purpose has its own stream, and
ghosts are taken from its models, not added to them. Therefore the change against the clean hub is
taken seed by seed, and its standard error is that of these differences.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import recovered
import truths

import cladist
from cladist.kin.kinship import inbreeding, kinship
from cladist.snapshot import Snapshot
from cladist.sources.synthetic import (
    Dirt,
    SyntheticHub,
    simulate_hub,
    write_aliases,
    write_hub_stats,
)
from cladist.sources.synthetic.hub import PARENTS_EACH

Estimates = dict[str, float]

RENAMED = "20 % of parents renamed, half the claims old"
SCENARIOS: dict[str, dict[str, float]] = {
    "ghosts, 5 % of parents": {"ghosts": 0.05},
    "licences missing, 10 %": {"missing_licenses": 0.10},
    "self-loops, 2 % of edges": {"self_loops": 0.02},
    "cycles of two, 0.5 % of edges": {"cycles": 0.005},
    "cycles of three and four, 0.5 % of edges": {"long_cycles": 0.005},
    "dates of parents wrong, 20 %": {"recreated": 0.20},
    "other letter case, 5 % of claims": {"case_variant": 0.05},
    RENAMED: {"renamed": 0.2, "old_ids": 0.5},
    "duplicates, 5 %": {"duplicates": 0.05},
    "false language tags, 5 %": {"false_tags": 0.05},
}
#: No giants, and attachment by copying alone, so that its exponent is known to be 1.
OPTIONS: dict[str, Any] = {"giants": False, "ageing": 0.0, "loyalty": 0.0, "habit": 0.0}
ALIASES = "the same, built with --aliases"
_SHAPE = (
    "SELECT count(*) FILTER (n > 1) AS many, max(n) AS largest FROM"
    " (SELECT count(*) AS n FROM lineage GROUP BY family)"
)
#: Pairs of one family whose kinship is taken.
_PAIRS = 2_000


def estimates(hub: SyntheticHub, snapshot: Snapshot) -> Estimates:
    """Return what is estimated of a hub, by name."""
    found: Estimates = {"edges": float(snapshot.counts["edges"])}
    for trait in ("license", "language"):
        rows = cladist.mutation_rate(snapshot, trait=trait, relations="finetune", by="none",
                                     replicates=100).table.to_pylist()  # fmt: skip
        found[f"{trait} mutation"] = rows[0]["rate"]
    true, told = recovered.transition_table(hub, snapshot, "license", "no-merges")
    flow = recovered.found_flows(hub, "license", told)
    found |= directions(true, flow)
    order = cladist.trait_ordering(snapshot, trait="license", top=10, replicates=0).parameters
    found["order: flow forward"] = order["forward_share"]
    alike = cladist.genetic_similarity(snapshot, text="traits", metric="license",
                                       weighting="pairs", relations="finetune", replicates=100,
                                       draws=20_000)  # fmt: skip
    found["siblings alike"] = next(r["mean"] for r in alike.table.to_pylist()
                                   if (r["motif"], r["position"]) == ("trio_1", 2))  # fmt: skip
    found["D"] = alike.tables["siblings"].to_pylist()[0]["difference"]
    row = cladist.query(snapshot, _SHAPE).to_pylist()[0]
    found["families"], found["largest family"] = float(row["many"]), float(row["largest"])
    deep = cladist.query(snapshot, "SELECT avg(generation) AS g FROM lineage WHERE generation > 0")
    found["mean generation"] = float(deep["g"][0].as_py())
    found["attachment"] = recovered.attachment(snapshot).estimate
    return found | kin(hub, snapshot)


def directions(true: np.ndarray, flow: np.ndarray) -> Estimates:
    """Return what a matrix of flows says, and how far it is from the true one."""
    way = np.sign(np.triu(true - true.T, 1))
    source = int(true.sum(axis=1).argmax())
    target = int(true[source].argmax())
    return {
        "commonest transition": float(flow[source, target] / flow[source].sum()),
        "matrix: distance": recovered.distance(true, flow),
        "drift the true way": float((way * (flow - flow.T)).sum() / flow.sum()),
    }


def kin(hub: SyntheticHub, snapshot: Snapshot) -> Estimates:
    """Return the mean kinship of the same pairs in every version of a hub, and inbreeding."""
    first, second = family_pairs(hub)
    ids = hub.model_id.to_pylist()
    node = recovered.nodes(snapshot, {ids[m]: m for m in (*first.tolist(), *second.tolist())})
    known = [(node[a], node[b]) for a, b in zip(first.tolist(), second.tolist(), strict=True)
             if a in node and b in node]  # fmt: skip
    lineage = snapshot.lineage()
    merges = np.flatnonzero(lineage.n_parents > 1)
    return {"kinship in families": float(kinship(lineage, *np.array(known).T).mean()),
            "inbreeding": float(inbreeding(lineage, merges).mean())}  # fmt: skip


def family_pairs(hub: SyntheticHub) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs of one true family, every child alike and one of its family beside it."""
    label, random = recovered.family_of(hub), np.random.default_rng(7)
    order = np.argsort(label, kind="stable")
    starts = np.searchsorted(label[order], np.arange(label.max() + 2))
    first = random.choice(np.unique(hub.births.child), _PAIRS)
    low, high = starts[label[first]], starts[label[first] + 1]
    second = order[low + (random.random(_PAIRS) * (high - low)).astype(np.int64)]
    apart = first != second
    return first[apart], second[apart]


def known(hub: SyntheticHub) -> Estimates:
    """Return the truth of :func:`estimates`, from the births and kernels of a clean hub."""
    true: Estimates = {"edges": float(len(hub.births.child))}
    for trait in ("license", "language"):
        true[f"{trait} mutation"] = truths.mutation(hub, trait, "finetune").value
    flow = truths.flows(hub, "license", truths.NO_MERGES)
    true |= directions(flow, flow)
    pair = {"weighting": "pairs", "against_parent": False}
    true["siblings alike"] = truths.siblings(hub, "license", "finetune", **pair).value
    true["D"] = truths.siblings(hub, "license", "finetune", **(pair | {"against_parent": True})
                                ).value  # fmt: skip
    sizes = recovered.family_sizes(hub)
    true["families"], true["largest family"] = float(sum(sizes["families"])), sizes["size"][-1]
    depth = truths.depths(hub)
    true["mean generation"], true["attachment"] = float(depth[depth > 0].mean()), 1.0
    tree = truths.Pedigree(hub)
    pairs = zip(*family_pairs(hub), strict=True)
    true["kinship in families"] = float(np.mean([tree.phi(int(a), int(b)) for a, b in pairs]))
    merges = [m for m, above in tree.above.items() if len(above) > 1]
    true["inbreeding"] = float(np.mean([tree.inbreeding(m) for m in merges]))
    return true


def simulated(models: int, seed: int, rates: dict[str, float]) -> SyntheticHub:
    """Simulate a hub of ``models`` models that ever were."""
    none = dict.fromkeys(Dirt.__dataclass_fields__, 0.0)
    ghosts = round(PARENTS_EACH * rates.get("ghosts", 0.0) * models)
    for missing in range(ghosts, 2 * ghosts + 1):  # how many there are is known when all are born
        hub = simulate_hub(models - missing, seed, cards=False, dirt=Dirt.of(none | rates),
                           **OPTIONS)  # fmt: skip
        if len(hub.ghost) == models:
            return hub
    raise AssertionError("no number of ghosts leaves the hub as large as it is without dirt")


def measured(
    models: int, seed: int, rates: dict[str, float], truth: SyntheticHub, *, aliases: bool = False
) -> Estimates:
    """Simulate, write, build and measure one hub; ``truth`` is the same without dirt."""
    hub = simulated(models, seed, rates)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_hub_stats(hub, place / "hub.parquet")
        write_aliases(hub, place / "aliases.csv")
        given = place / "aliases.csv" if aliases else None
        snapshot = cladist.build(place / "hub.parquet", place / "hub.snapshot", aliases=given)
        # Kinship is that of the models under the ids that this version of the hub gives them.
        return estimates(replace(truth, model_id=hub.model_id), snapshot)


def told(change: list[float], scale: float) -> str:
    """Return a change in per cent with its standard error; bold beyond two of them."""
    mean = 100 * float(np.mean(change)) / scale
    error = 100 * float(np.std(change, ddof=1)) / np.sqrt(len(change)) / scale
    if not np.any(change):
        return "0"
    text = f"{mean:+.1f} ± {error:.1f}"
    return f"**{text}**" if abs(mean) > 2 * error else text


def main() -> None:
    """Simulate, build and measure each version of each hub; print the changes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=30_000)
    parser.add_argument("--seeds", type=int, default=10)
    asked = parser.parse_args()
    seeds = range(asked.seeds)
    hubs = [simulated(asked.models, seed, {}) for seed in seeds]
    true = [known(hub) for hub in hubs]
    clean = [measured(asked.models, seed, {}, hubs[seed]) for seed in seeds]
    print("| estimate | truth | clean hub | difference ± standard error |\n|---|---:|---:|---:|")
    for name in clean[0]:
        values = [c[name] for c in clean]
        if name not in true[0]:
            print(f"| {name} | | {np.mean(values):,.4g} | |")
            continue
        right = [t[name] for t in true]
        apart = [c - t for c, t in zip(values, right, strict=True)]
        error = np.std(apart, ddof=1) / np.sqrt(len(apart))
        print(f"| {name} | {np.mean(right):,.4g} | {np.mean(values):,.4g} |"
              f" {np.mean(apart):+.2g} ± {error:.1g} |")  # fmt: skip
    print("\n| change in % | " + " | ".join(clean[0]) + " |\n|---|" + "---:|" * len(clean[0]))
    versions = {name: (rates, False) for name, rates in SCENARIOS.items()}
    versions[ALIASES] = (SCENARIOS[RENAMED], True)
    for name in sorted(
        versions, key=lambda n: list(SCENARIOS).index(RENAMED if n == ALIASES else n)
    ):
        rates, aliases = versions[name]
        found = [measured(asked.models, s, rates, hubs[s], aliases=aliases) for s in seeds]
        cells = (told([f[k] - c[k] for f, c in zip(found, clean, strict=True)],
                      abs(float(np.mean([c[k] for c in clean])))) for k in clean[0])  # fmt: skip
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
