"""Are siblings more alike than parent and child? The paired statistic D on trios, per parent.

For a parent p with children a and b, D = s(a, b) - [s(p, a) + s(p, b)] / 2 for a similarity s.
The three pairs share the same three texts, so what a family has in common cancels. Under neutral
mutation D is negative: siblings lie two mutations apart, parent and child one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cladist.errors import InputError
from cladist.statistics.inference import (
    RatioInterval,
    cluster_bootstrap_ratio,
    generator,
    pair_bootstrap_ratio,
    round_digits,
    sign_flip_test,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def trio_difference(siblings: ArrayLike, first: ArrayLike, second: ArrayLike) -> Floats:
    """Return D = s(a, b) - [s(p, a) + s(p, b)] / 2 of each trio; NaN where any of them is."""
    pair = np.asarray(siblings, dtype=np.float64)
    halves = np.asarray(first, dtype=np.float64) + np.asarray(second, dtype=np.float64)
    difference: Floats = pair - halves / 2
    return difference


@dataclass(frozen=True, eq=False)
class PerParent:
    """Means of trios by parent: ``parent`` (P,) ascending, ``mean`` (P,), ``trios`` (P,)."""

    parent: Ints
    mean: Floats
    trios: Ints


def by_parent(parent: ArrayLike, difference: ArrayLike) -> PerParent:
    """Average the trios of each parent; trios whose difference is NaN are left out.

    Parameters
    ----------
    parent, difference
        Shape (T,): the parent of each trio and its D.
    """
    values = np.asarray(difference, dtype=np.float64)
    known = ~np.isnan(values)
    parents, place = np.unique(np.asarray(parent)[known], return_inverse=True)
    trios = np.bincount(place, minlength=len(parents))
    sums = np.bincount(place, values[known], minlength=len(parents))
    return PerParent(parents.astype(np.int64), sums / np.maximum(trios, 1), trios)


@dataclass(frozen=True)
class Contrast:
    """The weighted mean of D over parents, and how sure it is.

    ``by_cluster`` and ``by_pair`` hold the mean with its interval from resampled clusters, and
    from parents resampled as if independent (None if not asked for). ``share_positive``: weight
    of parents with D > 0 among all, NaN without parents. ``p`` is the two-sided sign-flip
    p-value over clusters,
    ``p_greater`` the one-sided one (siblings closer than parent and child); NaN if every D is 0.
    """

    by_cluster: RatioInterval
    by_pair: RatioInterval | None
    share_positive: float
    p: float
    p_greater: float
    parents: int


def contrast(
    mean: ArrayLike,
    weight: ArrayLike,
    cluster: ArrayLike,
    *,
    seed: int,
    names: tuple[str, ...],
    replicates: int = 2000,
    flips: int = 9999,
    pairs: bool = True,
) -> Contrast:
    """Estimate the weighted mean of D and test whether it differs from 0, cluster by cluster.

    Parameters
    ----------
    mean
        Shape (P,): D of each parent, averaged over its trios; finite.
    weight
        Shape (P,): weight of each parent, 0 or more.
    cluster
        Shape (P,): the independent lineage of each parent, any integers.
    seed, names
        Seed, and the purpose that names its streams (see
        :func:`cladist.statistics.inference.generator`).
    replicates
        Resamples of the bootstraps.
    flips
        Sign assignments drawn if more than 20 clusters are nonzero; 0: no test, p is NaN.
    pairs
        Whether to resample parents as if independent as well.

    Returns
    -------
    Contrast
        Without parents: estimates NaN, ``parents`` 0.

    Raises
    ------
    InputError
        If the arrays differ in length, a mean is not finite or a weight negative.

    Notes
    -----
    The sign-flip test takes the sum of w D in each cluster and flips its sign: exchangeable
    under the hypothesis that D is symmetric around 0 in independent clusters. The one-sided
    p-value is P(S >= s): half the two-sided one if the sum is positive, its complement else.
    """
    values = np.asarray(mean, dtype=np.float64)
    weights = np.asarray(weight, dtype=np.float64)
    labels = np.asarray(cluster)
    if not values.shape == weights.shape == labels.shape or values.ndim != 1:
        raise InputError(
            f"Means have shape {values.shape}, weights {weights.shape}, clusters {labels.shape}.",
            "Give one of each per parent.",
        )
    if not np.isfinite(values).all():
        raise InputError("A difference is not finite.", "Leave trios without a text out.")
    _, place = np.unique(labels, return_inverse=True)
    size = int(place.max()) + 1 if place.size else 0
    above = np.bincount(place, weights * values, minlength=size)
    below = np.bincount(place, weights, minlength=size)
    above[below == 0] = 0.0
    p = np.nan
    if flips:
        p = sign_flip_test(above, rng=generator(seed, *names, "flip"), replicates=flips).p
    total = float(weights.sum())
    share = float(weights[values > 0].sum() / total) if total > 0 else float("nan")
    greater = p / 2 if above.sum() > 0 else 1 - p / 2
    return Contrast(
        by_cluster=cluster_bootstrap_ratio(
            above, below, replicates=replicates, rng=generator(seed, *names, "cluster")
        ),
        by_pair=pair_bootstrap_ratio(
            weights * values, weights, replicates=replicates, rng=generator(seed, *names, "pair")
        )
        if pairs
        else None,
        share_positive=float(round_digits(share)),
        p=float(round_digits(p)),
        p_greater=float(round_digits(greater)),
        parents=int(np.count_nonzero(weights)),
    )
