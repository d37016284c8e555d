"""Measure what dirt does to each estimate; print the table of docs/simulator.md.

Usage: python benchmarks/bias.py [--models N] [--seed S]

The same hub is written clean and with one kind of dirt at a time, built, and analysed; each number
is the change against the clean hub in per cent of it. Draws of the hub itself do not change: every
purpose has its own stream.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import cladist
from cladist.snapshot import Snapshot
from cladist.sources.synthetic import Dirt, simulate_hub, write_hub_stats

SCENARIOS = {
    "clean": {},
    "ghosts, 5 % of parents": {"ghosts": 0.05},
    "licences missing, 10 %": {"missing_licenses": 0.10},
    "self-loops, 2 % of edges": {"self_loops": 0.02},
    "cycles, 0.5 % of edges": {"cycles": 0.005},
    "dates of parents wrong, 20 %": {"recreated": 0.20},
    "other letter case, 5 % of claims": {"case_variant": 0.05},
    "20 % of parents renamed, half the claims old": {"renamed": 0.2, "old_ids": 0.5},
    "duplicates, 5 %": {"duplicates": 0.05},
    "false language tags, 5 %": {"false_tags": 0.05},
}


def estimates(hub: Snapshot) -> dict[str, float]:
    """Return the estimates by name."""
    found: dict[str, float] = {"edges": float(hub.counts["edges"])}
    for trait in ("license", "language"):
        rows = cladist.mutation_rate(hub, trait=trait, relations="finetune", by="none",
                                     replicates=100).table.to_pylist()  # fmt: skip
        found[f"{trait} mutation"] = rows[0]["rate"]
    order = cladist.trait_ordering(hub, trait="license", top=10, replicates=0).parameters
    found["licence flow forward"] = order["forward_share"]
    shape = "SELECT count(*) FILTER (n > 1) AS many, max(n) AS largest FROM" \
        " (SELECT count(*) AS n FROM lineage GROUP BY family)"  # fmt: skip
    row = cladist.query(hub, shape).to_pylist()[0]
    found["families"], found["largest family"] = float(row["many"]), float(row["largest"])
    deep = cladist.query(hub, "SELECT avg(generation) AS g FROM lineage WHERE generation > 0")
    found["mean generation"] = float(deep["g"][0].as_py())
    return found


def main() -> None:
    """Simulate, build and measure each scenario; print the changes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    clean: dict[str, float] = {}
    none = dict.fromkeys(Dirt.__dataclass_fields__, 0.0)
    for name, rates in SCENARIOS.items():
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            hub = simulate_hub(options.models, options.seed, cards=False,
                               dirt=Dirt.of(none | rates))  # fmt: skip
            write_hub_stats(hub, place / "hub.parquet")
            told = estimates(cladist.build(place / "hub.parquet", place / "hub.snapshot"))
        if not clean:
            clean = told
            print("| dirt | " + " | ".join(told) + " |\n|" + "---|" * (len(told) + 1))
            print("| clean | " + " | ".join(f"{v:,.4g}" for v in told.values()) + " |", flush=True)
        else:
            cells = (f"{100 * (v / clean[k] - 1):+.1f} %" for k, v in told.items())
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
