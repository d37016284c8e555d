"""Net flows between two values, lineage by lineage, and whether they have a direction.

Every function works on :class:`cladist.traits.flows.Substitutions`: rows of credit by cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from cladist.statistics.inference import (
    SMALLEST_P,
    benjamini_hochberg,
    generator,
    sign_flip_test,
    sign_test,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.traits.flows import Substitutions

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: A pair whose smallest possible p-value is larger has too few lineages to be tested.
LEAST_P: Final = 0.01
#: A pair of which one cluster makes up this share or more of the net flows is one lineage's story.
LARGEST_SHARE: Final = 0.5
#: A flow is directed if both tests reach this false discovery rate.
DISCOVERY_RATE: Final = 0.05

DIRECTED: Final = "directed"
#: The direction is shown, but the margins alone give as much, or more, or may.
WITHIN_MARGINS: Final = "directed, not beyond the margins"
UNDIRECTED: Final = "no direction shown"
TOO_FEW: Final = "too few lineages"


@dataclass(frozen=True, eq=False)
class PairFlows:
    """Flows of every unordered pair of values, in all and by cluster.

    ``first`` and ``second`` (G,) index ``values``, oriented so that ``net`` (first to second,
    minus second to first) is 0 or more; ``total`` is the sum of both. Rows ``pair, cluster,
    cluster_net, cluster_total`` (R,), sorted by (pair, cluster), hold the same by cluster.
    """

    values: tuple[str, ...]
    first: Ints
    second: Ints
    net: Floats
    total: Floats
    families: Ints
    pair: Ints
    cluster: Ints
    cluster_net: Floats
    cluster_total: Floats

    def dense(self, pairs: Ints) -> tuple[Floats, Floats]:
        """Return net and total of some pairs by cluster: (pairs, clusters with a flow)."""
        place = np.full(len(self.first), -1)
        place[pairs] = np.arange(len(pairs))
        rows = place[self.pair] >= 0
        labels, column = np.unique(self.cluster[rows], return_inverse=True)
        net, total = np.zeros((2, len(pairs), len(labels)))
        net[place[self.pair[rows]], column] = self.cluster_net[rows]
        total[place[self.pair[rows]], column] = self.cluster_total[rows]
        return net, total


def pair_flows(flows: Substitutions) -> PairFlows:
    """Fold directed credit to unordered pairs, largest total first (ties by value)."""
    k = max(len(flows.values), 1)
    low, high = np.minimum(flows.source, flows.target), np.maximum(flows.source, flows.target)
    codes, of_row = np.unique(low * k + high, return_inverse=True)
    signed = np.where(flows.source == low, flows.credit, -flows.credit)
    net = _sums(of_row, signed, len(codes))
    total = _sums(of_row, flows.credit, len(codes))
    # Sums of credits 1/(|lost| |gained|) that cancel leave dust.
    net[np.abs(net) < 1e-9 * np.maximum(total, 1)] = 0.0
    seen = np.unique(np.stack([of_row, flows.family]), axis=1)
    families = np.bincount(seen[0], minlength=len(codes))
    order = np.lexsort((codes, -np.round(total, 9)))
    rank = np.empty(len(codes), dtype=np.int64)
    rank[order] = np.arange(len(codes))
    forward = np.where(net < 0, -1.0, 1.0)
    first = np.where(forward > 0, codes // k, codes % k)
    second = np.where(forward > 0, codes % k, codes // k)
    cells, of_cell = np.unique(np.stack([rank[of_row], flows.cluster]), axis=1, return_inverse=True)
    of_cell = of_cell.ravel()
    size = cells.shape[1]
    return PairFlows(
        values=flows.values,
        first=first[order].astype(np.int64),
        second=second[order].astype(np.int64),
        net=np.abs(net[order]),
        total=total[order],
        families=families[order].astype(np.int64),
        pair=cells[0].astype(np.int64),
        cluster=cells[1].astype(np.int64),
        cluster_net=_sums(of_cell, signed * forward[of_row], size),
        cluster_total=_sums(of_cell, flows.credit, size),
    )


def _sums(place: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(place, values, size).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Directions:
    """Tests of every pair of a :class:`PairFlows`; arrays (G,), NaN where not tested.

    ``clusters`` counts clusters with a net flow; ``largest_share`` is the largest absolute net flow
    of a cluster over their sum; ``p_min`` the least p-value that so many clusters can reach.
    """

    clusters: Ints
    largest_share: Floats
    p_min: Floats
    p_flip: Floats
    q_flip: Floats
    p_vote: Floats
    q_vote: Floats
    verdict: tuple[str, ...]


def directions(flows: PairFlows, *, seed: int, names: tuple[str, ...]) -> Directions:
    """Test each pair for a direction, cluster by cluster (DESIGN section 5, "Direction").

    ``p_flip`` flips the signs of the clusters' net flows; ``p_vote`` lets every cluster vote once
    (exact sign test). Clusters without a net flow say nothing. Pairs whose ``p_min`` = 2 /
    2^clusters is above 0.01 are "too few lineages": they are not tested and stay out of the family
    of hypotheses, which is so chosen before any p is seen. A flow is ``directed`` if both q
    are below 0.05 and no cluster makes up half of it; whether that is beyond what the margins
    give is for :func:`beyond_margins` to say.
    """
    size = len(flows.first)
    p_flip, p_vote = np.full((2, size), np.nan)
    clusters = np.zeros(size, dtype=np.int64)
    share, p_min = np.full(size, np.nan), np.ones(size)
    starts = np.searchsorted(flows.pair, np.arange(size + 1))
    rng = generator(seed, *names, "flip")
    for i in range(size):
        net = flows.cluster_net[starts[i] : starts[i + 1]]
        net = net[np.abs(net) > 1e-9]
        clusters[i] = len(net)
        if not len(net):
            continue
        share[i] = np.abs(net).max() / np.abs(net).sum()
        p_min[i] = max(min(1.0, 2.0 ** (1 - len(net))), SMALLEST_P)
        if p_min[i] <= LEAST_P:
            p_flip[i] = sign_flip_test(net, rng=rng).p
            p_vote[i] = sign_test(net).p
    q_flip, q_vote = benjamini_hochberg(p_flip), benjamini_hochberg(p_vote)
    few = (p_min > LEAST_P) | (share >= LARGEST_SHARE)
    found = (q_flip < DISCOVERY_RATE) & (q_vote < DISCOVERY_RATE)
    verdict = np.where(few, TOO_FEW, np.where(found, DIRECTED, UNDIRECTED))
    return Directions(
        clusters, share, p_min, p_flip, q_flip, p_vote, q_vote, tuple(verdict.tolist())
    )


def beyond_margins(verdict: str, remainder_low: float) -> str:
    """Return the verdict on a flow of which the lower bound of the remainder is known (not NaN).

    A remainder that may be 0 or lies against the flow leaves no direction beyond the margins.
    Of two values alone the margins fix the net flow whole, so that the remainder is 0.
    """
    return WITHIN_MARGINS if verdict == DIRECTED and remainder_low <= 1e-9 else verdict
