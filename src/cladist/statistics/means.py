"""Means of several quantities over the same draws, with intervals by lineage and by draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cladist.statistics.inference import (
    ClusterSummary,
    cluster_bootstrap_ratio,
    generator,
    round_digits,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Above this many draws the bootstrap over single draws is replaced by its normal limit, from
#: which its bounds then differ by less than a twentieth of the interval: its own Monte Carlo error.
MANY: Final = 2_000


@dataclass(frozen=True)
class Means:
    """Weighted means of G quantities; arrays (G,), NaN where nothing is known.

    ``low`` and ``high`` by name of the clustering, ``low["pairs"]`` over single draws;
    ``clusters`` summarises the first clustering; ``n`` counts the draws whose value is known.
    """

    mean: Floats
    n: Ints
    low: Mapping[str, Floats]
    high: Mapping[str, Floats]
    clusters: ClusterSummary


def weighted_means(
    values: Floats,
    weight: Floats,
    clusterings: Mapping[str, Ints],
    *,
    replicates: int,
    seed: int,
    names: tuple[str, ...],
) -> Means:
    """Estimate sum(w x) / sum(w) of each quantity over its known draws.

    Parameters
    ----------
    values
        Shape (G, draws); NaN is unknown and left out of its quantity.
    weight
        Shape (draws,): 0 or more; 1 each for draws from a sampler.
    clusterings
        Name -> shape (draws,): the lineage of each draw; the first is the main one.
    replicates
        Resamples of each bootstrap.
    seed, names
        Seed, and the purpose that names its streams.

    Notes
    -----
    Clusters are resampled with all their draws
    (:func:`cladist.statistics.inference.cluster_bootstrap_ratio`).
    ``pairs`` resamples single draws, as published; above 2,000 draws it is its normal limit,
    mean -+ 1.96 sqrt(sum w^2 (x - mean)^2) / sum w.
    """
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    low: dict[str, Floats] = {}
    high: dict[str, Floats] = {}
    first = None
    for name, labels in clusterings.items():
        above, below = _sums(filled, known, weight, labels)
        found = cluster_bootstrap_ratio(
            above, below, replicates=replicates, rng=generator(seed, *names, name)
        )
        low[name], high[name] = found.low, found.high
        first = first or found
    if first is None:
        raise ValueError("no clustering")
    low["pairs"], high["pairs"] = _by_draw(
        filled, known, weight, first.estimate, replicates, generator(seed, *names, "pairs")
    )
    return Means(first.estimate, known.sum(axis=1), low, high, first.clusters)


def _sums(
    filled: Floats, known: NDArray[np.bool_], weight: Floats, labels: Ints
) -> tuple[Floats, Floats]:
    _, place = np.unique(labels, return_inverse=True)
    size = int(place.max()) + 1 if len(place) else 0
    above, below = np.zeros((2, len(filled), size))
    for g in range(len(filled)):
        above[g] = np.bincount(place, weight * filled[g], size)
        below[g] = np.bincount(place, weight * known[g], size)
    above[below == 0] = 0.0
    return above, below


def _by_draw(
    filled: Floats,
    known: NDArray[np.bool_],
    weight: Floats,
    mean: Floats,
    replicates: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Resample single draws, the same ones for every quantity, or take the normal limit."""
    if filled.shape[1] <= MANY:
        found = cluster_bootstrap_ratio(
            filled * weight, known * weight, replicates=replicates, rng=rng, interval="percentile"
        )
        return found.low, found.high
    total = (known * weight).sum(axis=1)
    spread = np.sqrt(((weight * known * (filled - mean[:, None])) ** 2).sum(axis=1))
    half = special.ndtri(0.975) * np.divide(
        spread, total, out=np.full(len(total), np.nan), where=total > 0
    )
    return round_digits(mean - half), round_digits(mean + half)
