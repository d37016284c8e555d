"""Weighted medians with intervals that know of lineages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cladist.statistics.inference import cluster_summary, round_digits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Median:
    """A median and its interval; NaN where nothing is known."""

    estimate: float
    low: float
    high: float


def weighted_median(values: Floats, weight: Floats, labels: Ints, level: float = 0.95) -> Median:
    """Return the weighted median with Woodruff's interval under clustering.

    The median lies midway between the smallest value that at least half of the weight does not
    exceed and the largest that at least half does not fall below: the usual one where weights
    are equal. Its interval inverts that of the share of weight below it, whose variance is
    linearised over clusters: with residuals z_k = sum of w (indicator - share) in cluster k,
    var = K / (K - 1) sum z_k^2 / (sum w)^2, Student's t on the effective clusters less one.

    Parameters
    ----------
    values
        Shape (n,), finite.
    weight
        Shape (n,), above 0.
    labels
        Shape (n,): the cluster of each value.
    level
        Coverage aimed at.

    Returns
    -------
    Median
        All NaN without a value; no interval with under two clusters.

    References
    ----------
    Woodruff, R. S. (1952). Confidence intervals for medians and other position measures. JASA
    47(260), 635-646. doi:10.1080/01621459.1952.10483443
    """
    if not len(values):
        return Median(np.nan, np.nan, np.nan)
    order = np.argsort(values, kind="stable")
    x, w = values[order], weight[order]
    reached = np.cumsum(w) / w.sum()
    middle = (x[_first(reached, 0.5)] + x[_past(reached, 0.5)]) / 2
    _, place = np.unique(labels[order], return_inverse=True)
    if place.max() == 0:
        return Median(float(round_digits(middle)), np.nan, np.nan)
    totals = np.bincount(place, w)
    freedom = float(cluster_summary(totals, totals).clusters_effective[0]) - 1
    student = -float(special.stdtrit(max(freedom, 1e-6), (1 - level) / 2))
    below = student * _deviation(x < middle, w, place)
    above = student * _deviation(x <= middle, w, place)
    low, high = x[_first(reached, 0.5 - below)], x[_past(reached, 0.5 + above)]
    return Median(*(float(v) for v in round_digits([middle, low, high])))


_DUST = 1e-12  # cumulated weights carry rounding


def _first(reached: Floats, share: float) -> int:
    """Return the index of the smallest value that ``share`` of the weight does not exceed."""
    return min(int(np.searchsorted(reached, share - _DUST)), len(reached) - 1)


def _past(reached: Floats, share: float) -> int:
    """Return the index of the largest value that at most ``share`` of the weight falls below."""
    return min(int(np.searchsorted(reached, share + _DUST, side="right")), len(reached) - 1)


def _deviation(under: NDArray[np.bool_], weight: Floats, place: Ints) -> float:
    """Return the standard error of the share of weight under a value, over clusters."""
    total = weight.sum()
    share = weight[under].sum() / total
    residuals = np.bincount(place, weight * (under - share))
    count = len(residuals)
    return float(np.sqrt(count / (count - 1) * (residuals**2).sum()) / total)
