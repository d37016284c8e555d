"""A transition matrix with intervals: where the flow out of a value goes, lineages resampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy import sparse

from cladist.statistics.inference import cluster_summary, round_digits
from cladist.statistics.resampling import bounds, resampled_counts, settled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.traits.flows import Substitutions

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_BLOCK = 1 << 22  # weights held at once


@dataclass(frozen=True, eq=False)
class Shares:
    """Of the flow out of ``source``, the share that goes to ``target``; arrays (pairs,).

    ``low`` and ``high`` (95 %) from resampled clusters; NaN with fewer than two clusters.
    ``clusters_effective`` and ``largest_share`` are of the flow out of the source; ``few`` as in
    :class:`cladist.statistics.inference.ClusterSummary`.
    """

    share: Floats
    low: Floats
    high: Floats
    clusters_effective: Floats
    largest_share: Floats
    few: NDArray[np.bool_]

    def columns(self) -> dict[str, pa.Array]:
        """Return the columns of a table."""
        real = {
            "share": self.share, "low": self.low, "high": self.high,
            "clusters_effective": self.clusters_effective, "largest_share": self.largest_share,
        }  # fmt: skip
        return {
            **{k: pa.array(v, pa.float64(), from_pandas=True) for k, v in real.items()},
            "few_lineages": pa.array(self.few.tolist(), pa.bool_()),
        }


def transition_shares(
    flows: Substitutions,
    source: Ints,
    target: Ints,
    *,
    replicates: int,
    rng: np.random.Generator,
) -> Shares:
    """Return the row shares of a transition matrix for some pairs, with intervals.

    The K clusters are drawn K times with replacement, the same draw for every pair: weights
    (B, K) times the sparse matrices of clusters by pairs and by sources, so that 1,000 resamples
    cost two sparse products.

    Parameters
    ----------
    flows
        The substitutions.
    source, target
        The pairs, as indices of ``flows.values``; each has a flow.
    replicates
        Resamples B.
    rng
        Source of the draws.
    """
    k, size = max(len(flows.values), 1), len(source)
    labels, cluster = np.unique(flows.cluster, return_inverse=True)
    above = _sums(cluster, flows.source * k + flows.target, flows.credit, source * k + target)
    sources, row = np.unique(source, return_inverse=True)
    below = _sums(cluster, flows.source, flows.credit, sources)
    place = settled(above, below)
    draws = np.full((replicates, size), np.nan)
    step = max(1, _BLOCK // max(len(labels), 1))
    for start in range(0, replicates if len(labels) else 0, step):
        block = min(step, replicates - start)
        weights = resampled_counts(len(labels), block, rng)[:, place].astype(np.float64)
        whole = (weights @ below)[:, row]
        np.divide(weights @ above, whole, out=draws[start : start + block], where=whole > 0)
    dense = below.toarray().T
    about = cluster_summary(dense, dense)
    ends = np.full((size, 2), np.nan)
    for i in np.flatnonzero(about.clusters[row] > 1):
        effective = float(about.clusters_effective[row[i]])
        ends[i] = bounds(draws[:, i], effective, limits=(0.0, 1.0))
    return Shares(
        round_digits(np.asarray(above.sum(axis=0)).ravel() / dense.sum(axis=1)[row]),
        round_digits(ends[:, 0]),
        round_digits(ends[:, 1]),
        about.clusters_effective[row],
        about.largest_share[row],
        about.few[row],
    )


def _sums(cluster: Ints, code: Ints, credit: Floats, wanted: Ints) -> sparse.csr_array:
    """Return credit by cluster (rows) and wanted code (columns, in their order)."""
    order = np.argsort(wanted, kind="stable")
    place = np.searchsorted(wanted[order], code)
    place = np.minimum(place, max(len(wanted) - 1, 0))
    inside = wanted[order][place] == code if len(wanted) else np.zeros(len(code), dtype=np.bool_)
    shape = (int(cluster.max(initial=-1)) + 1, len(wanted))
    cells = (cluster[inside], order[place[inside]])
    return sparse.coo_array((credit[inside], cells), shape=shape).tocsr()
