"""Traits along edges against the conventional way: transitions, their bootstrap, the order.

Run by hand: ``python benchmarks/bench_traits.py [--models N] [--snapshot X]``. The usual way is
that of the notebooks of such studies: dictionaries filled edge by edge from a NetworkX graph, a
bootstrap that counts again, the order as one 0-1 programme with every 3-cycle written out.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import highspy
import networkx as nx
import numpy as np

import cladist
from cladist.statistics.inference import generator
from cladist.statistics.order import linear_order
from cladist.statistics.resampling import resampled_counts
from cladist.traits.flows import substitutions
from cladist.traits.trait_edges import trait_edges

if TYPE_CHECKING:
    from collections.abc import Callable

    from cladist.snapshot import Snapshot

REPLICATES = 1000
USUAL_REPLICATES = 3  # of the usual bootstrap: its time is scaled up


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that the work took, and what it gave."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def row(what: str, usual: float, ours: float) -> None:
    """Print one row of the table."""
    print(f"| {what} | {usual:.2f} s | {ours:.3f} s | {usual / ours:.0f} |")


def same(usual: float, ours: float) -> None:
    """Stop if the two ways do not agree: a ratio of different answers says nothing."""
    if abs(usual - ours) > 1e-6 * max(abs(usual), 1):
        raise SystemExit(f"the answers differ: {usual} and {ours}")


def graph_of(hub: Snapshot) -> nx.DiGraph:
    """Return the usual graph: licences as sets on the nodes."""
    graph: nx.DiGraph = nx.DiGraph()
    models = cladist.query(hub, "SELECT node, license FROM models").to_pylist()
    graph.add_nodes_from((m["node"], {"license": set(m["license"] or ())}) for m in models)
    edges = cladist.query(hub, "SELECT parent, child FROM edges")
    graph.add_edges_from(zip(edges["parent"].to_pylist(), edges["child"].to_pylist(), strict=True))
    return graph


def usual_transitions(graph: nx.DiGraph, edges: Any = None) -> Counter[tuple[str, str]]:
    """Count substitutions edge by edge."""
    counts: Counter[tuple[str, str]] = Counter()
    for parent, child in graph.edges if edges is None else edges:
        p, c = graph.nodes[parent]["license"], graph.nodes[child]["license"]
        if p and c:
            for lost, gained in itertools.product(p - c, c - p):
                counts[lost, gained] += 1 / (len(p - c) * len(c - p))
    return counts


def usual_bootstrap(graph: nx.DiGraph, replicates: int) -> list[Counter[tuple[str, str]]]:
    """Draw edges with replacement and count again, as published."""
    edges = list(graph.edges)
    rng = np.random.default_rng(0)
    return [
        usual_transitions(graph, [edges[i] for i in rng.integers(0, len(edges), len(edges))])
        for _ in range(replicates)
    ]


def our_bootstrap(hub: Snapshot, replicates: int) -> Any:
    """Draw clans with replacement: weights times a sparse matrix of clans by pairs."""
    from scipy import sparse

    flows = substitutions(trait_edges(hub, "license", by="none"))
    by_clan = flows.cluster_matrices(flows.values)
    matrix = sparse.csr_array(by_clan.reshape(len(by_clan), -1))
    return resampled_counts(len(by_clan), replicates, generator(0, "bench")) @ matrix


def usual_order(flow: np.ndarray) -> float:
    """Solve the linear ordering problem with all 3-cycle constraints; return the objective."""
    k = len(flow)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    net = flow - flow.T
    x = {(i, j): solver.addBinary(obj=-float(max(net[i, j], 0)))
         for i, j in itertools.permutations(range(k), 2)}  # fmt: skip
    for i, j in itertools.combinations(range(k), 2):
        solver.addConstr(x[i, j] + x[j, i] == 1)
    for i, j, m in itertools.permutations(range(k), 3):
        solver.addConstr(x[i, j] + x[j, m] + x[m, i] <= 2)
    solver.run()
    return -solver.getObjectiveValue()


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    given.add_argument("--models", type=int, default=400_000)
    given.add_argument("--snapshot", type=Path)
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.snapshot or Path(folder) / "hub.snapshot"
        if options.snapshot is None:
            cladist.simulate(options.models, path, seed=0, cards=False)
        hub = cladist.open(path)
        hub.table("models").count().execute()
        compare(hub)


def compare(hub: Snapshot) -> None:
    """Print the table of ratios."""
    graph = graph_of(hub)
    print(f"{hub.counts['models']:,} models, {hub.counts['edges']:,} edges, licence\n")
    print("| what | conventional | cladist | ratio |\n|---|---|---|---|")
    usual, counts = timed(lambda: usual_transitions(graph))
    ours, flows = timed(lambda: substitutions(trait_edges(hub, "license", by="none")))
    same(sum(counts.values()), flows.credit.sum())
    row("transitions of licence (theirs the graph already in memory)", usual, ours)
    usual, _ = timed(lambda: usual_bootstrap(graph, USUAL_REPLICATES))
    ours, _ = timed(lambda: our_bootstrap(hub, REPLICATES))
    row(f"{REPLICATES:,} bootstraps of the matrix (theirs {USUAL_REPLICATES}, scaled; i.i.d.)",
        usual / USUAL_REPLICATES * REPLICATES, ours)  # fmt: skip
    rng = np.random.default_rng(1)
    for k in (20, 30):
        flow = rng.pareto(1.2, (k, k)) * 10 * (1 - np.eye(k))
        flow += np.triu(flow, 1) * 3
        usual, best = timed(lambda flow=flow: usual_order(flow))
        ours, order = timed(lambda flow=flow: linear_order(flow))
        same(best, order.objective)
        row(f"order of {k} values, exact (theirs: every 3-cycle written out)", usual, ours)


if __name__ == "__main__":
    main()
