"""Motifs enumerated: every choice of distinct models that the motif's edges join."""

from __future__ import annotations

import itertools

from cladist.motifs import MOTIFS


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
