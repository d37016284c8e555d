"""What silence does to a trait along edges: dropped, taken up, and the fate of single values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cladist.statistics.inference import round_digits

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


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


def fates(counts: pa.Table, top: int) -> list[dict[str, Any]]:
    """Return what becomes of the values that parents state most.

    Parameters
    ----------
    counts
        Rows of :func:`cladist.traits.edge_counts.fate_counts`.
    top
        Number of values.

    Returns
    -------
    list of dict
        ``value``, ``edges`` (whose parent states it), and of these the shares ``kept``,
        ``replaced`` (the child states the trait, not this value) and ``silent`` (the child states
        nothing), which sum to 1; most edges first.
    """
    names = counts["value"].combine_chunks().dictionary_encode()
    of: NDArray[np.int64] = np.asarray(names.indices, dtype=np.int64)
    known = names.dictionary.to_pylist()
    fate = np.asarray(counts["fate"].to_pylist(), dtype=object)
    edges = np.asarray(counts["edges"].to_numpy(), dtype=np.int64)
    sums = {f: np.bincount(of, edges * (fate == f), len(known)) for f in FATES[2:]}
    total = np.bincount(of, edges, len(known))
    order = np.lexsort((np.array(known, dtype=str), -total))[:top]
    return [
        {"value": known[i], "edges": int(total[i]),
         **{f: float(round_digits(s[i] / total[i])) for f, s in sums.items()}}
        for i in order
    ]  # fmt: skip
