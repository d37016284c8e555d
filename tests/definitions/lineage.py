"""What the words of a lineage mean, literally and slowly: plain Python and NetworkX.

These are the oracles of ``cuts``, ``lineage``, ``shape_indices`` and ``traversal``. They are
written from DESIGN sections 2 and 5, not from the code, and are kept for ever. Edges run from
parent to child in the graphs, nodes are integers.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import networkx as nx

Pair = tuple[int, int]


def graph_of(n: int, child, parent) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from((int(p), int(c)) for c, p in zip(child, parent, strict=True))
    return graph


def younger_parents_cut(n, pairs, created, is_floor, confidence) -> set[Pair]:
    """Step 2 of the cuts: one pair at a time, components recomputed after each removal.

    ``pairs`` are (child, parent) without self-loops; ``created`` holds None for unknown.
    """
    left = dict(zip(pairs, confidence, strict=True))
    removed: set[Pair] = set()
    while True:
        graph = graph_of(n, [c for c, _ in left], [p for _, p in left])
        component = {v: i for i, s in enumerate(nx.strongly_connected_components(graph)) for v in s}
        candidates = [
            (created[p] - created[c], -left[c, p], (c, p))
            for c, p in left
            if component[c] == component[p]
            and created[c] is not None
            and created[p] is not None
            and not is_floor[c]
            and not is_floor[p]
            and created[p] > created[c]
        ]
        if not candidates:
            return removed
        worst = max(candidates)[2]
        removed.add(worst)
        del left[worst]


def minimum_feedback_pairs(n, pairs, confidence) -> set[Pair]:
    """Fewest pairs without which there is no cycle; then least confidence; then the greatest.

    All subsets are tried. Confidences must be whole numbers (or fractions), so that ties are ties.
    """
    weight = dict(zip(pairs, confidence, strict=True))
    for k in range(len(pairs) + 1):
        good = []
        for chosen in combinations(sorted(pairs, reverse=True), k):
            rest = [pair for pair in pairs if pair not in chosen]
            if nx.is_directed_acyclic_graph(graph_of(n, *_ends(rest))):
                good.append((sum(weight[pair] for pair in chosen), chosen))
        if good:
            least = min(total for total, _ in good)
            return set(max(chosen for total, chosen in good if total == least))
    raise AssertionError


def _ends(pairs):
    return [c for c, _ in pairs], [p for _, p in pairs]


def roots(graph) -> list[int]:
    return [v for v in graph if graph.in_degree(v) == 0]


def generation(graph, shortest: bool = False) -> dict[int, int]:
    """Longest (shortest) path from a node without parents."""
    choose = min if shortest else max
    result: dict[int, int] = {}
    for v in nx.topological_sort(graph):
        result[v] = choose((result[p] + 1 for p in graph.predecessors(v)), default=0)
    return result


def descendants(graph) -> dict[int, int]:
    return {v: len(nx.descendants(graph, v)) for v in graph}


def credit(graph) -> dict[int, Fraction]:
    """w(v) = 1 + sum over children c of w(c) / (number of parents of c), in exact fractions."""
    result: dict[int, Fraction] = {}
    for v in reversed(list(nx.topological_sort(graph))):
        result[v] = 1 + sum(
            (result[c] / graph.in_degree(c) for c in graph.successors(v)), Fraction(0)
        )
    return result


def primary_parent(graph, downloads) -> dict[int, int]:
    """Largest credit, then most downloads, then the smallest id; -1 without parents."""
    worth = credit(graph)
    return {
        v: min(graph.predecessors(v), key=lambda p: (-worth[p], -downloads[p], p), default=-1)
        for v in graph
    }


def clan(graph, downloads) -> dict[int, int]:
    """The end of the chain of primary parents."""
    first = primary_parent(graph, downloads)
    result = {}
    for v in graph:
        end = v
        while first[end] >= 0:
            end = first[end]
        result[v] = end
    return result


def founder(graph, downloads, is_ghost) -> dict[int, int]:
    """Of the members without parents the one with most descendants, and so on; per node."""
    below = descendants(graph)
    result = {}
    for family in nx.weakly_connected_components(graph):
        candidates = [v for v in family if graph.in_degree(v) == 0]
        best = min(candidates, key=lambda v: (-below[v], is_ghost[v], -downloads[v], v))
        result.update(dict.fromkeys(family, best))
    return result


def family_row(graph, members) -> dict[str, float]:
    """Shape of one family, but for the tree indices."""
    part = graph.subgraph(members)
    level = generation(part)
    degrees = [d for _, d in part.out_degree() if d]
    return {
        "size": len(part),
        "edges": part.number_of_edges(),
        "founders": len(roots(part)),
        "depth": max(level.values()),
        "width": max(list(level.values()).count(g) for g in set(level.values())),
        "reticulations": sum(d > 1 for _, d in part.in_degree()),
        "mean_out_degree": sum(degrees) / len(degrees) if degrees else float("nan"),
        "max_out_degree": max(degrees, default=0),
        "leaf_share": sum(d == 0 for _, d in part.out_degree()) / len(part),
    }


def tree_row(tree, root) -> dict[str, float]:
    """Indices of one rooted tree."""
    leaves = [v for v in tree if tree.out_degree(v) == 0]
    depth = nx.single_source_shortest_path_length(tree, root)

    def leaves_below(v):
        return sum(w in leaves for w in {v, *nx.descendants(tree, v)})

    colless = 0
    for v in tree:
        below = [leaves_below(c) for c in tree.successors(v)]
        colless += max(below, default=0) - min(below, default=0)
    n = len(tree)
    wiener = nx.wiener_index(tree.to_undirected())
    return {
        "size": n,
        "leaves": len(leaves),
        "depth": max(depth.values()),
        "wiener": wiener,
        "virality": 2 * wiener / (n * (n - 1)) if n > 1 else float("nan"),
        "sackin": sum(depth[v] for v in leaves),
        "colless": colless,
    }


def line(graph, v) -> set[int]:
    """A node and its ancestors."""
    return {v} | nx.ancestors(graph, v)


def nearest_common_ancestors(graph, a, b) -> set[int]:
    """Common ancestors-or-self none of whose descendants is also one."""
    common = line(graph, a) & line(graph, b)
    return {v for v in common if not nx.descendants(graph, v) & common}


def distance(graph, a, b) -> int | None:
    """Fewest edges up from a to a common ancestor-or-self and down to b."""
    ways = [
        nx.shortest_path_length(graph, v, a) + nx.shortest_path_length(graph, v, b)
        for v in line(graph, a) & line(graph, b)
    ]
    return min(ways, default=None)


def siblings(graph, v) -> dict[int, tuple[int, bool]]:
    """Nodes that share a parent -> (how many parents are shared, whether all of both are)."""
    mine = set(graph.predecessors(v))
    result = {}
    for u in graph:
        theirs = set(graph.predecessors(u))
        if u != v and mine & theirs:
            result[u] = (len(mine & theirs), mine == theirs)
    return result
