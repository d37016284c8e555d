"""What the best order reaches when no value comes before another: flows turned at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cladist.statistics.inference import round_digits
from cladist.statistics.order import linear_order_batch

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RandomOrientation:
    """Forward shares of the best orders of flows whose pairs were turned at random.

    ``mean``, ``low`` and ``high`` (2.5 and 97.5 %) of the shares; ``p`` = (b + 1) / (B + 1) with
    b the number of the B turned flows whose best order reaches at least the given share. All
    NaN without traffic or without a replicate.
    """

    mean: float
    low: float
    high: float
    p: float


def random_orientation(
    flow: ArrayLike, reached: float, *, replicates: int, rng: np.random.Generator
) -> RandomOrientation:
    """Turn each pair of values round with probability one half, and order the values anew.

    The totals and the one-sidedness of every pair stay as they are, so what is left of the
    forward share beyond these is what a common order of all values adds.

    Parameters
    ----------
    flow
        Traffic from value (row) to value (column), shape (k, k).
    reached
        The forward share of the best order of ``flow`` itself.
    replicates
        Number of random orientations.
    rng
        Source of the turns.
    """
    traffic = np.asarray(flow, dtype=np.float64) * (1 - np.eye(len(np.atleast_2d(flow))))
    if replicates < 1 or not traffic.any():
        return RandomOrientation(np.nan, np.nan, np.nan, np.nan)
    turned = np.triu(rng.random((replicates, *traffic.shape)) < 0.5, 1)
    turned |= turned.transpose(0, 2, 1)
    flows = np.where(turned, traffic.T, traffic)
    shares = forward_shares(flows, linear_order_batch(flows))
    low, high = np.quantile(shares, [0.025, 0.975])
    at_least = np.count_nonzero(shares >= reached - 1e-12)
    told = round_digits([shares.mean(), low, high, (at_least + 1) / (replicates + 1)])
    return RandomOrientation(*(float(v) for v in told))


def forward_shares(flows: Floats, orders: NDArray[np.int64]) -> Floats:
    """Return the share of traffic that each of B orders (B, k) keeps forward in flows (B, k, k)."""
    row = np.arange(len(flows))[:, None, None]
    placed = flows[row, orders[:, :, None], orders[:, None, :]]
    kept: Floats = np.triu(placed, 1).sum(axis=(1, 2)) / placed.sum(axis=(1, 2))
    return kept
