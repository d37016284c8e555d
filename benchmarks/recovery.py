"""Measure how near the estimates come to the truth, and how often their intervals hold it.

Usage: PYTHONPATH=tests python benchmarks/recovery.py [--models N] [--hubs K]

Simulates many small hubs, takes each the public way (file, build, analyze), and prints the tables
of docs/simulator.md. The truth of an estimate is the kernel's expectation given the parents of the
hub at hand; *of all hubs* is that of the hubs taken together, as if lineages were drawn anew.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import recovered
from recovered import Row

import cladist
from cladist.sources.synthetic import Dirt, simulate_hub

_EDGES = {"finetune": 0.3, "adapter": 0.2, "quantized": 0.2, "merge": 0.05}
_MANY_EDGES = {"giants": False, "silence": 0.1, "relations": _EDGES}
#: What the hubs are like -> how many times the models asked for, options.
KINDS = {
    "as published": (1, {}),
    "many edges, no giants": (2, _MANY_EDGES),
    "the same, neutral": (2, {"neutral": True, "ageing": 0.0, "loyalty": 0.0, "habit": 0.0,
                              **_MANY_EDGES}),
}  # fmt: skip
_HEAD = ("estimate", "hubs", "truth", "mean estimate", "bias ± standard error", "spread",
         "hold the hub's truth", "hold that of all hubs", "few lineages")  # fmt: skip


@dataclass
class Told:
    """What the hubs of one kind told."""

    rows: list[tuple[int, Row]] = field(default_factory=list)
    counts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def measured(told: Told, number: int, models: int, replicates: int, options: dict) -> None:
    """Simulate one hub and add what is estimated of it."""
    hub = simulate_hub(models, 1_000 + number, dirt=Dirt.none(), cards=False, **options)
    counts = told.counts
    with tempfile.TemporaryDirectory() as folder:
        snapshot = recovered.public_way(hub, Path(folder))
        pairs = recovered.drift_pairs(hub, snapshot, replicates)
        rows = [*recovered.mutations(hub, snapshot, replicates),
                *recovered.transitions(hub, snapshot, replicates),
                *(row for row, _, _ in pairs),
                *recovered.likeness(hub, snapshot, replicates, 5_000)]  # fmt: skip
        if options.get("ageing") == 0:  # else children prefer more than parents of many
            rows.append(recovered.attachment(snapshot))
        told.rows += [(number, row) for row in rows]
        directed = [right for _, verdict, right in pairs if verdict.startswith("directed")]
        counts["flows called directed"].append(len(directed))
        counts["of them the true way"].append(sum(directed))
        for trait in ("license", "pipeline_tag"):
            kept = recovered.order_kept(hub, snapshot, trait)
            counts[f"true flow that the order of {trait} keeps"].append(kept)
            flow, table = recovered.transition_table(hub, snapshot, trait, "all")
            found = recovered.found_flows(hub, trait, table)
            name = f"matrix of {trait}, total variation distance"
            counts[name].append(recovered.distance(flow, found))
            counts[f"{name} by chance alone"].append(recovered.chance_distance(flow, found))
        sizes = cladist.family_shape(snapshot).tables["sizes"].to_pydict()
        counts["family sizes exact"].append(sizes == recovered.family_sizes(hub))
        inbred, apart = recovered.inbred_apart(hub, snapshot)
        counts["mean inbreeding of merges"].append(inbred)
        counts["largest error of an inbreeding"].append(apart)


def lines(told: Told, *, neutral: bool) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table: rates and likeness one by one, flows taken together.

    Neutral kernels balance the values of their own hub: they have no truth in common.
    """
    groups: dict[str, list[tuple[int, Row]]] = defaultdict(list)
    parts: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for number, row in told.rows:
        together = row.what in ("transition", "drift")
        trait = row.part.split()[0]
        groups[f"{row.what}: {trait}, pair by pair" if together else f"{row.what}: {row.part}"
               ].append((number, row))  # fmt: skip
        parts[row.what, row.part].append(row)
    whole = {
        part: float(np.average([r.true.value for r in rows], weights=[r.true.weight for r in rows]))
        for part, rows in parts.items()
    }
    for name, rows in groups.items():
        by_hub: dict[int, list[float]] = defaultdict(list)
        for number, row in rows:
            by_hub[number].append(row.estimate - row.true.value)
        error = np.array([np.mean(e) for e in by_hub.values()])
        standard = float(error.std(ddof=1) / np.sqrt(len(error))) if len(error) > 1 else np.nan
        known = [row for _, row in rows if row.true.error > 0]
        wide = [row for _, row in rows if row.low is not None]
        anew = [row.low <= whole[row.what, row.part] <= row.high for row in wide]
        yield (
            name, f"{len(by_hub)}", f"{np.mean([r.true.value for _, r in rows]):.4f}",
            f"{np.mean([r.estimate for _, r in rows]):.4f}",
            f"{error.mean():+.4f} ± {standard:.4f}",
            f"{np.std([r.z for r in known]):.2f}" if known else "",
            f"{100 * np.mean([r.holds for r in wide]):.1f} %",
            "" if neutral else f"{100 * np.mean(anew):.1f} %",
            f"{100 * np.mean([r.few for _, r in rows]):.0f} %",
        )  # fmt: skip


def main() -> None:
    """Simulate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=8_000)
    parser.add_argument("--hubs", type=int, default=60)
    parser.add_argument("--replicates", type=int, default=500)
    asked = parser.parse_args()
    for kind, (times, options) in KINDS.items():
        told, models = Told(), times * asked.models
        for number in range(asked.hubs):
            measured(told, number, models, asked.replicates, options)
        print(f"\n{kind}: {asked.hubs} hubs of {models:,} models\n")
        print("| " + " | ".join(_HEAD) + " |\n|---|" + "---:|" * (len(_HEAD) - 1))
        for line in lines(told, neutral="neutral" in options):
            print("| " + " | ".join(line) + " |")
        print("\n| over the hubs | mean | standard error |\n|---|---:|---:|")
        for name, values in told.counts.items():
            error = np.std(values, ddof=1) / np.sqrt(len(values))
            print(f"| {name} | {np.mean(values):.3g} | {error:.2g} |")


if __name__ == "__main__":
    main()
