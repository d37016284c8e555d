"""Kinship by its recursive definition, exactly, and paths by enumeration."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import combinations


def kinship(n, edges, retention=Fraction(1, 2)):
    """Matrix of phi as fractions: the later of two in topological order is taken apart."""
    up = {i: sorted(p for c, p in edges if c == i) for i in range(n)}

    @cache
    def ancestors(i):
        return frozenset().union(*({p} | ancestors(p) for p in up[i]))

    @cache
    def phi(i, j):
        if i == j:
            return Fraction(1)
        if i in ancestors(j):
            i, j = j, i
        if not up[i]:
            i, j = j, i
        if not up[i] or i in ancestors(j):
            return Fraction(0)
        return retention / len(up[i]) * sum(phi(p, j) for p in up[i])

    return [[phi(i, j) for j in range(n)] for i in range(n)]


def inbreeding(n, edges, i):
    """Mean kinship over pairs of parents."""
    parents = sorted(p for c, p in edges if c == i)
    pairs = list(combinations(parents, 2))
    phi = kinship(n, edges)
    return sum(phi[a][b] for a, b in pairs) / len(pairs) if pairs else Fraction(0)


def contribution(n, edges, i):
    """Share of each founder in a model."""
    up = sorted(p for c, p in edges if c == i)
    if not up:
        return {i: Fraction(1)}
    found = {}
    for p in up:
        for founder, share in contribution(n, edges, p).items():
            found[founder] = found.get(founder, 0) + share / len(up)
    return found


def distance(n, edges, a, b):
    """Least steps up from a plus steps up from b to a common ancestor, -1 without one."""

    def steps(i):
        found, level = {i: 0}, {i}
        for d in range(1, n + 1):
            level = {p for c, p in edges if c in level}
            for p in level:
                found.setdefault(p, d)
        return found

    from_a, from_b = steps(a), steps(b)
    common = from_a.keys() & from_b.keys()
    return min((from_a[c] + from_b[c] for c in common), default=-1)
