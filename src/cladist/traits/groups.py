"""Groups of edges: the order in which they are shown, and what is folded together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

#: The groups beyond the largest ones, taken together.
OTHERS: Final = "(others)"
#: Families shown apart where nothing else is asked for.
FAMILIES: Final = 30


def group_order(groups: Iterable[str]) -> list[str]:
    """Return groups as they are shown: relations in their order, numbers, words, the rest last."""
    found = set(groups)
    rest = sorted(found - {*RELATIONS, OTHERS}, key=lambda g: (not g.isdigit(), g.zfill(9)))
    return [*(r for r in RELATIONS if r in found), *rest, *(found & {OTHERS})]


def folded(
    groups: NDArray[Any], edges: NDArray[np.int64], by: str, top: int | None
) -> NDArray[Any]:
    """Return the group of each row, with all families but those with most edges as one group.

    Parameters
    ----------
    groups
        Text, shape (rows,).
    edges
        Edges that each row stands for, shape (rows,).
    by
        What the groups are; only families are folded, the other groupings have few groups.
    top
        Families kept apart (ties by name); 30 if None.
    """
    if by != "family" or not len(groups):
        return groups
    names, place = np.unique(groups.astype(str), return_inverse=True)
    size = np.bincount(place, edges, len(names))
    kept = np.zeros(len(names), dtype=np.bool_)
    kept[np.lexsort((np.arange(len(names)), -size))[: FAMILIES if top is None else top]] = True
    return np.where(kept, names.astype(object), OTHERS)[place]
