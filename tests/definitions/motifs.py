"""Motifs enumerated: every choice of distinct models that the motif's edges join."""

from __future__ import annotations

import itertools

import networkx as nx

from cladist.kin.motifs import MOTIFS


def occurrences(motif, n, edges):
    """Set of occurrences, each a tuple of models by slot, one per set of symmetric slots."""
    shape = MOTIFS[motif]
    present = {(p, c) for c, p in edges}
    found = {}
    for chosen in itertools.permutations(range(n), shape.size):
        if all((chosen[a], chosen[b]) in present for a, b in shape.edges):
            found.setdefault(key(motif, chosen), chosen)
    return found


def key(motif, chosen):
    """Name an occurrence whatever the order of its symmetric slots."""
    if motif == "random":
        return tuple(sorted(chosen))
    if motif in ("trio_1", "quad_0"):
        return (chosen[0], *sorted(chosen[1:]))
    if motif == "quad_1":
        return (*chosen[:2], *sorted(chosen[2:]))
    return tuple(chosen)


def kin_class(n, edges, a, b):
    """The first kin class that fits a pair, by sets of ancestors at each distance."""
    up = {i: {p for c, p in edges if c == i} for i in range(n)}

    def above(i, steps):
        found = {i}
        for _ in range(steps):
            found = {p for j in found for p in up[j]}
        return found

    def siblings(i):
        return {j for j in range(n) if j != i and up[j] & up[i]}

    def aunts(i):
        return {j for p in up[i] for j in siblings(p)}

    graph = nx.Graph(edges)
    graph.add_nodes_from(range(n))
    checks = (
        a in up[b] or b in up[a],
        bool(up[a] & up[b]),
        a in above(b, 2) or b in above(a, 2),
        a in aunts(b) or b in aunts(a),
        a in above(b, 3) or b in above(a, 3),
        bool(above(a, 2) & above(b, 2)),
        nx.has_path(graph, a, b),
        True,
    )
    return next(i for i, fits in enumerate(checks) if fits)
