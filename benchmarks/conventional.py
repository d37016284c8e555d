"""The conventional way: pandas, a NetworkX graph with attributes, loops over edges.

Written as the notebooks of such studies are: the tags expanded row by row, one DiGraph with every
trait on its nodes, components and depth by NetworkX, the mutation rate edge by edge with an i.i.d.
bootstrap. Run as ``python benchmarks/conventional.py MODELS.parquet``; prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time

import networkx as nx
import numpy as np
import pandas as pd


def expand(frame: pd.DataFrame) -> pd.DataFrame:
    """Split the tags of each model into columns."""
    frame["licenses"] = frame["tags"].apply(
        lambda tags: {t[8:] for t in tags if t.startswith("license:")}
    )
    frame["parents"] = frame["tags"].apply(
        lambda tags: {t.rsplit(":", 1)[1] for t in tags if t.startswith("base_model:")}
    )
    return frame


def graph_of(frame: pd.DataFrame) -> nx.DiGraph[str]:
    """Return the graph with every model as a node."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for row in frame.itertuples():
        graph.add_node(row.id, licenses=row.licenses, task=row.pipeline_tag, likes=row.likes)
    for row in frame.itertuples():
        for parent in row.parents:
            if parent in graph and parent != row.id:
                graph.add_edge(parent, row.id)
    return graph


def structure(graph: nx.DiGraph[str]) -> dict[str, int]:
    """Return families, depth and descendants as NetworkX gives them."""
    families = list(nx.weakly_connected_components(graph))
    while True:
        try:
            cycle = nx.find_cycle(graph)
        except nx.NetworkXNoCycle:
            break
        graph.remove_edge(*cycle[0][:2])
    depth: dict[str, int] = {}
    for node in nx.topological_sort(graph):
        depth[node] = 1 + max((depth[p] for p in graph.predecessors(node)), default=-1)
    descendants = {n: len(nx.descendants(graph, n)) for n in graph if graph.out_degree(n)}
    return {
        "families": sum(len(f) > 1 for f in families),
        "depth": max(depth.values()),
        "descendants": max(descendants.values(), default=0),
    }


def mutation(graph: nx.DiGraph[str], replicates: int = 1000) -> tuple[float, float, float]:
    """Return the licence mutation rate with an interval that takes edges as independent."""
    distances = []
    for parent, child in graph.edges:
        p, c = graph.nodes[parent]["licenses"], graph.nodes[child]["licenses"]
        if p and c:
            distances.append(1 - len(p & c) / len(p | c))
    values = np.array(distances)
    rng = np.random.default_rng(0)
    means = [rng.choice(values, len(values)).mean() for _ in range(replicates)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def main() -> None:
    """Run everything and print seconds and results."""
    start = time.perf_counter()
    graph = graph_of(expand(pd.read_parquet(sys.argv[1])))
    built = time.perf_counter()
    shape = structure(graph)
    shaped = time.perf_counter()
    rate = mutation(graph)
    done = time.perf_counter()
    print(json.dumps({"build": built - start, "structure": shaped - built,
                      "mutation": done - shaped, "rate": rate, **shape}))  # fmt: skip


if __name__ == "__main__":
    main()
