"""What two models are to one another, in words: parent, sibling, second cousin once removed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from cladist.lineage.lineage import Lineage
from cladist.lineage.pedigree import Nodes
from cladist.lineage.traversal import ancestor_levels, nearest_common_ancestors

_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_TIMES: Final = {1: "once", 2: "twice", 3: "three times"}
#: Kinds of relationship without a common ancestor.
SAME: Final = "the same model"
JOINED: Final = "same family"
UNRELATED: Final = "unrelated"


@dataclass(frozen=True)
class Relationship:
    """What model a is to model b.

    ``kind``: what a is to b (``parent``, ``second cousin once removed``, ``unrelated`` ...).
    ``up`` and ``down``: generations from a up to the nearest common ancestor, and down to b; None
    without one. ``through``: the nearest common ancestors at that distance, ascending.
    ``siblings``: ``full`` (the same set of parents) or ``half``, else None. ``path``: the nodes of
    one shortest way from a up and down to b. ``others``: further ways as (kind, up, down), by
    other nearest common ancestors of a DAG. ``children``: common children, if there is no
    common ancestor (models that a merge has joined).
    """

    kind: str
    up: int | None
    down: int | None
    through: tuple[int, ...]
    siblings: str | None
    path: tuple[int, ...]
    others: tuple[tuple[str, int, int], ...]
    children: tuple[int, ...]


def relationship(lineage: Lineage, a: int, b: int) -> Relationship:
    """Tell what model a is to model b, by the nearest ancestor that they share.

    Of several ways the shortest counts, of those the one with the smaller step up; ties by
    node. NumPy only, without recursion.

    Raises
    ------
    InputError
        If a number is no node.
    """
    steps = [_steps(lineage, node) for node in (a, b)]
    shared = steps[0].keys() & steps[1].keys()
    if not shared:
        return _without(lineage, a, b)
    ways = sorted((steps[0][c] + steps[1][c], steps[0][c], steps[1][c], c) for c in shared)
    _, up, down, first = ways[0]
    through = tuple(c for _, m, k, c in ways if (m, k) == (up, down))
    nearest = set(nearest_common_ancestors(lineage, a, b).tolist())
    other = sorted({(m + k, m, k) for _, m, k, c in ways if c in nearest} - {(up + down, up, down)})
    siblings = None
    if (up, down) == (1, 1):
        same = np.array_equal(lineage.parents_of(a), lineage.parents_of(b))
        siblings = "full" if same else "half"
    path = [*_way_up(lineage, a, first), *_way_up(lineage, b, first)[-2::-1]]
    return Relationship(
        kind=kin_word(up, down),
        up=up,
        down=down,
        through=through,
        siblings=siblings,
        path=tuple(path),
        others=tuple((kin_word(m, k), m, k) for _, m, k in other),
        children=(),
    )


def _steps(lineage: Lineage, node: int) -> dict[int, int]:
    """Return the least number of steps up to each ancestor, and 0 to the model itself."""
    found = ancestor_levels(lineage, node)
    above = zip(found.nodes.tolist(), found.distance.tolist(), strict=True)
    return {int(node): 0, **dict(above)}


def _way_up(lineage: Lineage, node: int, end: int) -> list[int]:
    """Return one shortest way from a model up to an ancestor; parents in ascending order."""
    below: dict[int, int | None] = {int(node): None}
    queue = deque(below)
    while queue and end not in below:
        here = queue.popleft()
        for parent in lineage.parents_of(here).tolist():
            if parent not in below:
                below[parent] = here
                queue.append(parent)
    way: list[int] = []
    step: int | None = end
    while step is not None:
        way.append(step)
        step = below[step]
    return way[::-1]


def _without(lineage: Lineage, a: int, b: int) -> Relationship:
    joined = lineage.founder[a] == lineage.founder[b]
    common: Nodes = np.intersect1d(lineage.children_of(a), lineage.children_of(b))
    kind = JOINED if joined else UNRELATED
    return Relationship(kind, None, None, (), None, (), (), tuple(common.tolist()))


def kin_word(up: int, down: int) -> str:
    """Return what a model is to another, ``up`` steps below and the other ``down`` steps below.

    >>> kin_word(0, 3), kin_word(1, 2), kin_word(3, 3), kin_word(4, 2)
    ('great-grandparent', 'aunt or uncle', 'second cousin', 'first cousin twice removed')
    """
    if up == down == 0:
        return SAME
    if 0 in (up, down):
        return _lineal(up + down, "parent" if up == 0 else "child")
    if up == down == 1:
        return "sibling"
    if 1 in (up, down):
        word = "aunt or uncle" if up == 1 else "niece or nephew"
        return _great(up + down - 3) + word
    return _cousin(min(up, down) - 1, abs(up - down))


def _cousin(degree: int, removed: int) -> str:
    ordinal = _ORDINALS[degree - 1] if degree <= len(_ORDINALS) else f"{degree}th"
    if not removed:
        return f"{ordinal} cousin"
    return f"{ordinal} cousin {_TIMES.get(removed, f'{removed} times')} removed"


def _lineal(steps: int, word: str) -> str:
    if steps == 1:
        return word
    return _great(steps - 2) + "grand" + word


def _great(times: int) -> str:
    """Return ``great-`` as often as needed, counted from the fourth on."""
    return "great-" * times if times <= 3 else f"{times}-times-great-"
