"""A family in the plane: founders in the middle, every generation on a ring further out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Least distance between neighbours on a ring, in units of the gap between rings.
_SPACING: Final = 0.12
#: How much of the gap between two rings a crowded ring may fill.
_BAND: Final = 0.6
#: How much closer every ring stands to the one before it than that to its own.
_CLOSER: Final = 0.12


@dataclass(frozen=True)
class Radial:
    """Where each node stands: ``x`` and ``y`` (n,), the first ring being 1 or more away."""

    x: Floats
    y: Floats


def radial(parent: Ints, generation: Ints) -> Radial:
    """Lay out a forest on rings.

    Every node takes a share of its parent's angle by its number of leaves, larger branches
    first; its distance from the middle grows with its generation, ever more slowly. A ring
    with more nodes than it has room for becomes a band of several. One root stands in the
    middle; several stand on the innermost ring.

    Parameters
    ----------
    parent
        Shape (n,): the primary parent of each node, -1 for a root; a parent has a smaller
        generation than its child.
    generation
        Shape (n,).
    """
    n = len(parent)
    if not n:
        return Radial(np.zeros(0), np.zeros(0))
    order = np.argsort(generation, kind="stable")
    weight = _leaves(parent, order)
    angle = _angles(parent, generation, weight)
    roots = int(np.count_nonzero(parent < 0))
    distance = _distances(generation + (1 if roots > 1 else 0), angle)
    return Radial(distance * np.sin(angle), distance * np.cos(angle))


def _leaves(parent: Ints, order: Ints) -> Floats:
    """Count the leaves under each node, 1 for a leaf."""
    has = np.zeros(len(parent), dtype=bool)
    has[parent[parent >= 0]] = True
    weight = np.where(has, 0.0, 1.0)
    for node in order[::-1].tolist():
        if parent[node] >= 0:
            weight[parent[node]] += weight[node]
    return weight


def _angles(parent: Ints, generation: Ints, weight: Floats) -> Floats:
    """Find the middle of each node's sector, in radians; siblings by weight, then index."""
    n = len(parent)
    start, width = np.zeros(n + 1), np.zeros(n + 1)
    width[-1] = 2 * np.pi  # of the whole forest: the parent of all roots
    share = np.zeros(n + 1)
    np.add.at(share, parent, weight)
    reached = np.zeros(n + 1)
    by_birth = np.lexsort((np.arange(n), -weight, generation))
    for node in by_birth.tolist():
        mother = parent[node]  # -1 is the last place: the forest
        width[node] = width[mother] * weight[node] / share[mother]
        start[node] = start[mother] + reached[mother]
        reached[mother] += width[node]
    middle: Floats = start[:-1] + width[:-1] / 2
    return middle


def _distances(ring: Ints, angle: Floats) -> Floats:
    """Return the distance from the middle: the ring, spread to a band where it is crowded."""
    counts = np.bincount(ring)
    at = np.zeros(len(counts))
    for r in range(1, len(counts)):
        step = 1 / (1 + _CLOSER * (r - 1))
        crowd = counts[r] * _SPACING**2 / (2 * np.pi * _BAND * step)
        at[r] = max(at[r - 1] + step, crowd)
    distance: Floats = at[ring]
    for r in np.flatnonzero(counts[1:]).tolist():
        inside = np.flatnonzero(ring == r + 1)
        room = max(int(2 * np.pi * at[r + 1] / _SPACING), 1)
        rows = -(-len(inside) // room)
        if rows > 1:
            place = np.argsort(angle[inside], kind="stable")
            turn = np.arange(len(inside)) % rows
            step = 1 / (1 + _CLOSER * r)
            distance[inside[place]] += (turn / (rows - 1) - 0.5) * _BAND * step
    return distance
