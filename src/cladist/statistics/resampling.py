"""Resampling clusters: how often each is drawn, and the bounds that the draws give."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_AT_LIMIT = 1e-12  # what sums of thirds may lack of a limit


def resampled_counts(clusters: int, size: int | Ints, rng: np.random.Generator) -> Ints:
    """Draw clusters with replacement: how often each came, shape (resamples, K).

    Multinomial counts by drawing indices: cheaper than K binomials each.

    Parameters
    ----------
    clusters
        Number of clusters, K.
    size
        Number of resamples of K draws each; or the draws of each resample, shape (resamples,).
    rng
        Source of the draws.
    """
    many = np.full(size, clusters) if isinstance(size, int) else size
    index = rng.integers(0, clusters, size=int(many.sum()), dtype=np.uint32)
    counts = np.empty((len(many), clusters), dtype=np.int64)
    start = 0
    for row, draws in zip(counts, many.tolist(), strict=True):  # a row fits the cache
        row[:] = np.bincount(index[start : start + draws], minlength=clusters)
        start += draws
    return counts


def settled(*parts: Floats | sparse.csr_array) -> Ints:
    """Return for each cluster the place of its draws, which depends on what it holds alone.

    Clusters are numbered after the models in them, so that without this a hub whose models have
    other names would get other draws.

    Parameters
    ----------
    parts
        What the clusters hold: matrices (K, any), their columns in an order that no name of a
        model decides.
    """
    rng = np.random.default_rng(1)  # of the directions that tell contents apart, not of draws
    matrices: list[Any] = [sparse.csr_array(part) for part in parts]
    keys = np.array([matrix @ rng.random(matrix.shape[1]) for matrix in matrices])
    place: Ints = np.argsort(np.lexsort(keys))
    return place


def bounds(
    draws: Floats,
    effective: float,
    level: float = 0.95,
    limits: tuple[float, float] | None = None,
) -> tuple[float, float]:
    """Return the interval of replicates, widened for few clusters; NaN without any.

    Parameters
    ----------
    draws
        Replicates of one statistic; NaN (undefined) is left out.
    effective
        Effective number of clusters; infinity gives the plain percentile interval.
    level
        Coverage aimed at.
    limits
        Least and largest value that a cluster can have. Where all are at one of them, so is every
        replicate, and the interval would be a point: what never happened would be impossible.
        Then it reaches 1 - ((1 - level) / 2) ** (1 / effective) of the way to the other limit, as
        far as so many clusters that all agree allow. None: no limits.

    References
    ----------
    Hesterberg (2015), What teachers should know about the bootstrap, section 5 (expanded
    percentile interval). Clopper and Pearson (1934), for none of ``effective`` (limits).
    """
    defined = draws[~np.isnan(draws)]
    if not defined.size:
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    if limits is not None:
        reach = (limits[1] - limits[0]) * float(-np.expm1(np.log(tail) / max(effective, 1.0)))
        if np.allclose(defined, limits[0], rtol=0, atol=_AT_LIMIT):
            return limits[0], limits[0] + reach
        if np.allclose(defined, limits[1], rtol=0, atol=_AT_LIMIT):
            return limits[1] - reach, limits[1]
    if np.isfinite(effective):
        tail = _expanded_tail(tail, effective)
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def _expanded_tail(tail: float, effective: float) -> float:
    """Tail probability whose normal quantile is the Student one, widened by sqrt(n / (n - 1))."""
    freedom = effective - 1
    if freedom < 1e-6:
        return 0.0
    student = float(special.stdtrit(freedom, tail))
    return float(special.ndtr(student * np.sqrt(effective / freedom)))
