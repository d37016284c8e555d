"""Measure what dirt does to each estimate; print the table of docs/simulator.md.

Usage: python benchmarks/bias.py [--models N] [--seeds K]

The same hub is written clean and with one kind of dirt at a time, built, and analysed; each number
is the change against the clean hub in per cent of it, the mean over the seeds. Births, traits and
silence of a hub are the same in all its versions: every purpose has its own stream, and ghosts are
taken from its models, not added to them.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

import cladist
from cladist.kin.kinship import inbreeding
from cladist.snapshot import Snapshot
from cladist.sources.synthetic import Dirt, simulate_hub, write_hub_stats
from cladist.sources.synthetic.hub import PARENTS_EACH

SCENARIOS = {
    "clean": {},
    "ghosts, 5 % of parents": {"ghosts": 0.05},
    "licences missing, 10 %": {"missing_licenses": 0.10},
    "self-loops, 2 % of edges": {"self_loops": 0.02},
    "cycles of two, 0.5 % of edges": {"cycles": 0.005},
    "cycles of three and four, 0.5 % of edges": {"long_cycles": 0.005},
    "dates of parents wrong, 20 %": {"recreated": 0.20},
    "other letter case, 5 % of claims": {"case_variant": 0.05},
    "20 % of parents renamed, half the claims old": {"renamed": 0.2, "old_ids": 0.5},
    "duplicates, 5 %": {"duplicates": 0.05},
    "false language tags, 5 %": {"false_tags": 0.05},
}
_SHAPE = (
    "SELECT count(*) FILTER (n > 1) AS many, max(n) AS largest FROM"
    " (SELECT count(*) AS n FROM lineage GROUP BY family)"
)


def estimates(hub: Snapshot) -> dict[str, float]:
    """Return the estimates by name."""
    found: dict[str, float] = {"edges": float(hub.counts["edges"])}
    for trait in ("license", "language"):
        rows = cladist.mutation_rate(hub, trait=trait, relations="finetune", by="none",
                                     replicates=50).table.to_pylist()  # fmt: skip
        found[f"{trait} mutation"] = rows[0]["rate"]
    flows = cladist.transition_counts(hub, trait="license").table.to_pylist()
    source = max((r["source"] for r in flows), key=lambda v: sum(
        r["count"] for r in flows if r["source"] == v))  # fmt: skip
    mine = [r["count"] for r in flows if r["source"] == source]
    found["first transition"] = max(mine) / sum(mine)
    order = cladist.trait_ordering(hub, trait="license", top=10, replicates=0).parameters
    found["licence flow forward"] = order["forward_share"]
    alike = cladist.genetic_similarity(hub, text="traits", metric="license", weighting="parents",
                                       replicates=20, draws=2_000).table.to_pylist()  # fmt: skip
    found["siblings alike"] = next(
        r["mean"] for r in alike if (r["motif"], r["position"]) == ("trio_1", 2))  # fmt: skip
    row = cladist.query(hub, _SHAPE).to_pylist()[0]
    found["families"], found["largest family"] = float(row["many"]), float(row["largest"])
    deep = cladist.query(hub, "SELECT avg(generation) AS g FROM lineage WHERE generation > 0")
    found["mean generation"] = float(deep["g"][0].as_py())
    lineage = hub.lineage()
    merges = np.flatnonzero(lineage.n_parents > 1)
    found["inbreeding"] = float(inbreeding(lineage, merges).mean())
    return found


def measured(models: int, seed: int, rates: dict[str, float]) -> dict[str, float]:
    """Simulate, write, build and measure one hub of ``models`` models that ever were."""
    none = dict.fromkeys(Dirt.__dataclass_fields__, 0.0)
    each = PARENTS_EACH * rates.get("ghosts", 0.0)
    declared = next(n for n in range(models, 0, -1) if n + round(each * n) == models)
    hub = simulate_hub(declared, seed, cards=False, dirt=Dirt.of(none | rates))
    assert len(hub.ghost) == models  # noqa: S101 - else it would be another hub
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_hub_stats(hub, place / "hub.parquet")
        return estimates(cladist.build(place / "hub.parquet", place / "hub.snapshot"))


def main() -> None:
    """Simulate, build and measure each scenario; print the changes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=40_000)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    clean: list[dict[str, float]] = []
    for name, rates in SCENARIOS.items():
        told = [measured(options.models, seed, rates) for seed in range(options.seeds)]
        if not clean:
            clean = told
            print("| dirt | " + " | ".join(told[0]) + " |\n|" + "---|" * (len(told[0]) + 1))
            cells = (f"{np.mean([t[k] for t in told]):,.4g}" for k in told[0])
        else:
            pairs = list(zip(told, clean, strict=True))
            cells = (f"{100 * np.mean([t[k] / c[k] - 1 for t, c in pairs]):+.1f} %"
                     for k in told[0])  # fmt: skip
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
