"""Measure the licence audit: a whole hub in bulk, one model cold, and the usual way.

Simulates a hub of ``--models`` models under ``bench-data/`` (or takes ``--snapshot``), audits all
of them at once, then one in fresh processes, and walks a sample the usual way (a NetworkX graph,
``nx.ancestors`` of every model, each pair of licences judged): seconds, the least of ``--runs``,
wall-clock and user. docs/performance.md holds a run.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import cladist
from cladist.licenses.rules import judge
from cladist.licensing import KNOWN, NAMES, audit_hub, read_labels
from cladist.snapshot import Snapshot
from cladist.traits.edges import lineage_of


def simulated(models: int, data: Path) -> Path:
    """Return the snapshot of a simulated hub, made where it is missing."""
    data.mkdir(exist_ok=True)
    path = data / f"audit-{models}.snapshot"
    if not path.exists():
        cladist.simulate(models, path, seed=1, cards=False)
    return path


def in_bulk(path: Path, runs: int) -> tuple[float, float, Snapshot]:
    """Return wall-clock and user seconds of an audit of all models, and the snapshot."""
    best = [float("inf")] * 2
    for _ in range(runs):
        hub = cladist.open(path)
        hub.table("models").count().execute()  # imports and connection, once
        wall, user = time.perf_counter(), time.process_time()
        audit_hub(hub)
        best = [min(best[0], time.perf_counter() - wall), min(best[1], time.process_time() - user)]
    return best[0], best[1], hub


def cold(path: Path, model: str, runs: int) -> tuple[float, float]:
    """Return wall-clock and user seconds of ``cladist audit MODEL`` in a new process."""
    best = [float("inf")] * 2
    command = [sys.executable, "-m", "cladist", "audit", model, "-s", str(path), "--json",
               "--fail-on", "never"]  # fmt: skip
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        wall = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ)
        user = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        best = [min(best[0], time.perf_counter() - wall), min(best[1], user)]
    return best[0], best[1]


def usual(hub: Snapshot, sample: int) -> float:
    """Return the seconds that the usual way takes for every model, from a sample of them."""
    import networkx as nx

    lineage, labels = lineage_of(hub), read_labels(hub)
    graph = nx.DiGraph()
    ends = lineage.edge_parent.tolist(), lineage.edge_child.tolist()
    graph.add_edges_from(zip(*ends, strict=True))
    children = np.flatnonzero(np.asarray(lineage.n_parents) > 0)
    drawn = np.random.default_rng(0).choice(children, min(sample, len(children)), replace=False)
    start = time.perf_counter()
    for node in drawn.tolist():
        label = NAMES[labels.code[node]]
        for ancestor in nx.ancestors(graph, node):
            if labels.gives[ancestor] < KNOWN:
                judge(NAMES[labels.gives[ancestor]], label, "derivative")
    return (time.perf_counter() - start) * len(children) / len(drawn)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=int, default=1_860_411)
    parser.add_argument("--snapshot", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    path = options.snapshot or simulated(options.models, Path("bench-data"))
    wall, user, hub = in_bulk(path, options.runs)
    lineage = lineage_of(hub)
    deepest = int(np.argmax(np.asarray(lineage.generation)))
    name = cladist.query(hub, f"SELECT model_id FROM models WHERE node = {deepest}")
    model = name["model_id"][0].as_py()
    one = cold(path, model, options.runs)
    slow = usual(hub, 20_000)
    print(f"{lineage.n:,} models, {lineage.n_edges:,} edges; least of {options.runs} runs\n")
    print("| | wall s | user s |\n| --- | ---: | ---: |")
    print(f"| every model at once | {wall:.2f} | {user:.2f} |")
    print(f"| one model of generation {int(lineage.generation[deepest])}, a new process | "
          f"{one[0]:.2f} | {one[1]:.2f} |")  # fmt: skip
    print(f"| NetworkX, `nx.ancestors` of each model (from 20,000) | {slow:.1f} | |")
    print(f"\nratio {slow / wall:.1f}")


if __name__ == "__main__":
    main()
