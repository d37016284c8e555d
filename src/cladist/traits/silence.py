"""What silence does to a trait along edges: dropped, taken up, and the fate of single values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cladist.statistics.inference import round_digits
from cladist.traits.edge_counts import fate_counts

if TYPE_CHECKING:
    from cladist.traits.trait_edges import TraitEdges


@dataclass(frozen=True)
class Silence:
    """Edges of one group by who states the trait, and the distance summed where both do.

    ``both``: both ends state it; ``dropped``: the parent alone; ``taken_up``: the child alone;
    ``neither``.
    """

    both: int
    dropped: int
    taken_up: int
    neither: int
    distance: float

    def row(self) -> dict[str, Any]:
        """Return counts and shares; a share is None where nothing stands under it.

        ``dropped_share`` is of the edges whose parent states the trait, ``taken_up_share`` of
        those whose parent does not, ``silent_share`` (a side or both silent) of all.
        ``rate_with_silence`` is the mutation rate with silence as one more value: an edge on
        which one end alone is silent has distance 1; where both are, there is nothing to compare.
        """
        speaking = self.both + self.dropped + self.taken_up
        edges = speaking + self.neither
        return {
            "edges": edges,
            "both": self.both,
            "dropped": self.dropped,
            "taken_up": self.taken_up,
            "neither": self.neither,
            "silent_share": _share(edges - self.both, edges),
            "dropped_share": _share(self.dropped, self.both + self.dropped),
            "taken_up_share": _share(self.taken_up, self.taken_up + self.neither),
            "rate_with_silence": _share(self.distance + self.dropped + self.taken_up, speaking),
        }


def _share(part: float, whole: float) -> float | None:
    return float(round_digits(part / whole)) if whole else None


#: Columns of :func:`fates`.
FATES = ("value", "edges", "kept", "replaced", "silent")


def fates(edges: TraitEdges, top: int) -> list[dict[str, Any]]:
    """Return what becomes of the values that parents state most.

    Returns
    -------
    list of dict
        ``value``, ``edges`` (whose parent states it), and of these the shares ``kept``,
        ``replaced`` (the child states the trait, not this value) and ``silent`` (the child states
        nothing), which sum to 1; the ``top`` values with most edges, these first.
    """
    sums = fate_counts(edges)
    total = np.sum(list(sums.values()), axis=0)
    names = np.array(edges.values, dtype=str)
    order = [i for i in np.lexsort((names, -total))[:top] if total[i]]
    return [
        {"value": edges.values[i], "edges": int(total[i]),
         **{f: float(round_digits(s[i] / total[i])) for f, s in sums.items()}}
        for i in order
    ]  # fmt: skip
