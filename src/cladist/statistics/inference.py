"""How sure a number is: seeds, cluster bootstrap, sign flips, false discovery rate; on arrays.

Edges of one lineage are not independent, so the thing resampled is the *cluster* (clan, family,
parent or author), never the edge; :func:`pair_bootstrap_ratio` is the published form, for
comparison. Every number returned is rounded to 12 significant digits (:func:`round_digits`), so
that the order in which a BLAS adds does not reach the output, and every draw is made over a
sorted copy of the data, so that the order of clusters does not reach it either.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from cladist.errors import InputError
from cladist.statistics.resampling import bounds, resampled_counts
from cladist.statistics.significance import (
    EXACT_FLIPS,
    SMALLEST_P,
    SignTest,
    benjamini_hochberg,
    sign_flip_test,
    sign_test,
)

__all__ = [
    "EXACT_FLIPS",
    "FEW_CLUSTERS",
    "LARGE_SHARE",
    "SMALLEST_P",
    "ClusterSummary",
    "RatioInterval",
    "SignTest",
    "benjamini_hochberg",
    "cluster_bootstrap_ratio",
    "cluster_summary",
    "generator",
    "pair_bootstrap_ratio",
    "round_digits",
    "seed_sequence",
    "sign_flip_test",
    "sign_test",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: A result that rests on fewer effective clusters than this says "few independent lineages".
FEW_CLUSTERS: Final = 30
#: ... and so does one of which a single cluster makes up more than this share.
LARGE_SHARE: Final = 0.2
_DIGITS: Final = 12
_BLOCK: Final = 1 << 19  # counts held at once: 4 MiB
_SHARED: Final = 16  # a binomial draw costs about as much as so many indices
_SPARSE: Final = 0.1  # share of sums that are not 0, under which they are multiplied as sparse


def seed_sequence(seed: int, *names: str) -> np.random.SeedSequence:
    """Return the seed of one named purpose, independent of every other name.

    The name is hashed (SHA-256) to the eight words of a spawn key, so a stream depends on its own
    name alone: adding an analysis, a trait or a purpose never changes the draws of another.

    Parameters
    ----------
    seed
        The seed that the user gave, 0 or more.
    *names
        The purpose from the general to the particular: analysis, trait, what is drawn.

    Raises
    ------
    InputError
        If ``seed`` is negative.
    """
    if seed < 0:
        raise InputError(f"Seed {seed} is negative.", "Give a whole number of 0 or more.")
    framed = b"".join(len(raw).to_bytes(8, "little") + raw for raw in (n.encode() for n in names))
    words = np.frombuffer(hashlib.sha256(framed).digest(), dtype="<u4")
    return np.random.SeedSequence(seed, spawn_key=tuple(int(w) for w in words))


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return a PCG64 generator on :func:`seed_sequence` of the same arguments."""
    return np.random.Generator(np.random.PCG64(seed_sequence(seed, *names)))


def round_digits(values: ArrayLike, digits: int = _DIGITS) -> Floats:
    """Round to significant decimal digits; NaN and infinities pass; -0.0 becomes 0.0."""
    array = np.asarray(values, dtype=np.float64)
    rounded = [float(f"{v:.{digits}g}") + 0.0 for v in array.ravel().tolist()]
    return np.array(rounded, dtype=np.float64).reshape(array.shape)


@dataclass(frozen=True)
class ClusterSummary:
    """How many independent lineages a ratio of sums rests on; arrays of one value per group.

    ``clusters`` counts those with a denominator above 0. ``clusters_effective`` is Kish's
    (sum w)^2 / sum w^2 over the denominators w, NaN without any. ``largest_share`` is
    max w / sum w. ``few``: under 30 effective clusters, or a largest share above 0.2.
    ``without_largest`` is the ratio once the cluster with the largest denominator is left out
    (of several the one with the largest numerator), NaN if nothing remains.
    """

    clusters: Ints
    clusters_effective: Floats
    largest_share: Floats
    few: NDArray[np.bool_]
    without_largest: Floats


@dataclass(frozen=True)
class RatioInterval:
    """Ratios of sums with their intervals; arrays of one value per group.

    ``n`` is the sum of the denominators (edges, or their weight). ``undefined`` counts the
    replicates left out because their denominator was 0. ``interval`` names the method.
    """

    estimate: Floats
    low: Floats
    high: Floats
    n: Floats
    undefined: Ints
    clusters: ClusterSummary
    level: float
    replicates: int
    interval: str


def cluster_summary(numerator: ArrayLike, denominator: ArrayLike) -> ClusterSummary:
    """Return how many clusters, plain and effective, the ratio of each group rests on.

    Parameters
    ----------
    numerator, denominator
        Sums per cluster, shape (K,) for one group or (G, K) for G groups.

    Raises
    ------
    InputError
        If shapes differ, a denominator is negative, a value is not finite, or a numerator is not 0
        where its denominator is.

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley. (Effective sample size under unequal weights.)
    """
    num, den = _grouped(numerator, denominator)
    total, squares = den.sum(axis=1), (den**2).sum(axis=1)
    effective = round_digits(_ratio(total**2, squares))
    share = round_digits(_ratio(den.max(axis=1, initial=0.0), total))
    return ClusterSummary(
        clusters=np.count_nonzero(den, axis=1).astype(np.int64),
        clusters_effective=effective,
        largest_share=share,
        few=~((effective >= FEW_CLUSTERS) & (share <= LARGE_SHARE)),
        without_largest=round_digits(_without_largest(num, den)),
    )


def _without_largest(num: Floats, den: Floats) -> Floats:
    out = np.full(len(den), np.nan)
    for g, (n, d) in enumerate(zip(num, den, strict=True)):
        if np.count_nonzero(d) > 1:
            largest = np.flatnonzero(d == d.max())
            rest = np.arange(d.size) != largest[np.argmax(n[largest])]
            out[g] = n[rest].sum() / d[rest].sum()
    return out


def cluster_bootstrap_ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    replicates: int,
    rng: np.random.Generator,
    level: float = 0.95,
    interval: Literal["expanded", "percentile"] = "expanded",
    limits: tuple[float, float] | None = None,
) -> RatioInterval:
    """Estimate sum(numerator) / sum(denominator) with an interval from resampled clusters.

    The K clusters are drawn K times with replacement, the same draw for every group, and the
    ratio of sums is taken anew: theta* = sum_k m_k n_k / sum_k m_k d_k with m ~ Multinomial(K).

    Parameters
    ----------
    numerator, denominator
        Sums per cluster, shape (K,) for one group or (G, K) for G groups (relations, say). The
        mean Jaccard distance has the sum of distances above and the number of edges below.
    replicates
        Number of resamples B.
    rng
        Source of the draws, see :func:`generator`.
    level
        Coverage that the interval aims at.
    interval
        ``percentile``: the (1 -+ level)/2 quantiles of the replicates. ``expanded`` (default): the
        same with the tail probability Phi(t sqrt(n / (n - 1))), t the Student quantile on n - 1
        degrees of freedom and n the effective clusters, which undoes the narrowness of the
        percentile interval under few clusters and vanishes under many. Neither promises its
        level under some ten effective clusters; the summary's ``few`` says so.
    limits
        Least and largest ratio that a cluster can have ((0, 1) for a share): where all are at one
        of them, the expanded interval is no point but reaches as far as
        :func:`cladist.statistics.resampling.bounds` says. None: no limits.

    Returns
    -------
    RatioInterval
        Undefined cases: a group whose denominators sum to 0 has estimate NaN; a group with fewer
        than two clusters has low and high NaN. A replicate in which a group's denominator is 0
        is left out of that group's quantiles and counted in ``undefined``.

    Raises
    ------
    InputError
        If shapes differ, a denominator is negative, a value is not finite, a numerator is not 0
        where its denominator is, ``replicates`` is under 1, ``level`` is not within 0 and 1, or
        ``interval`` is not known.

    Notes
    -----
    Clusters whose denominator is 0 in every group are left out before drawing: padding with
    empty clusters changes nothing. Clusters that hold the same are drawn together, one binomial
    for 16 or more of them. Cost: O(B K) draws, K without those; memory O(K + B G).

    References
    ----------
    Cameron, Gelbach, Miller (2008), Bootstrap-based improvements for inference with clustered
    errors; Hesterberg (2015), What teachers should know about the bootstrap, section 5 (expanded
    percentile interval).
    """
    num, den = _grouped(numerator, denominator)
    _check_options(replicates, level, interval)
    patterns, counts = _patterns(num, den)
    sums = _resampled_sums(patterns, counts, replicates, rng)
    return _interval(num, den, sums, level, interval, limits)


def pair_bootstrap_ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    replicates: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> RatioInterval:
    """Estimate the same ratio with pairs (edges) drawn as if independent, as published.

    Each group is resampled by itself, its own number of pairs held fixed, and the plain
    percentile interval is taken. It is too narrow where pairs share a lineage and stands beside
    :func:`cluster_bootstrap_ratio` to show by how much.

    Parameters
    ----------
    numerator, denominator
        Values per pair, shape (n,) or (G, n); a pair outside a group has denominator 0 there.
    replicates, rng, level
        As in :func:`cluster_bootstrap_ratio`.

    Returns
    -------
    RatioInterval
        Undefined as in :func:`cluster_bootstrap_ratio`; its summary counts pairs as clusters.

    Raises
    ------
    InputError
        As :func:`cluster_bootstrap_ratio`.

    References
    ----------
    Laufer, Oderinwale, Kleinberg (2025), arXiv:2508.06811 (i.i.d. resamples, 2.5-97.5 %).
    """
    num, den = _grouped(numerator, denominator)
    _check_options(replicates, level, "percentile")
    sums = np.empty((replicates, 2 * len(den)))
    for g in range(len(den)):
        patterns, counts = _patterns(num[g : g + 1], den[g : g + 1])
        sums[:, [g, g + len(den)]] = _resampled_sums(patterns, counts, replicates, rng)
    return _interval(num, den, sums, level, "percentile")


def _grouped(numerator: ArrayLike, denominator: ArrayLike) -> tuple[Floats, Floats]:
    num = np.atleast_2d(np.asarray(numerator, dtype=np.float64))
    den = np.atleast_2d(np.asarray(denominator, dtype=np.float64))
    if num.shape != den.shape or num.ndim != 2:
        raise InputError(
            f"Numerators have shape {num.shape}, denominators {den.shape}.",
            "Both are (clusters,) or (groups, clusters).",
        )
    if not (np.isfinite(num).all() and np.isfinite(den).all() and (den >= 0).all()):
        raise InputError(
            "A sum per cluster is not finite, or a denominator is negative.",
            "Leave out what is unknown before summing; denominators count or weigh edges.",
        )
    if num[den == 0].any():
        raise InputError(
            "A cluster has a numerator where its denominator is 0.",
            "Sum both over the same edges.",
        )
    return num, den


def _check_options(replicates: int, level: float, interval: str) -> None:
    if replicates < 1:
        raise InputError(f"{replicates} replicates cannot be drawn.", "Ask for 1 or more.")
    if not 0 < level < 1:
        raise InputError(f"Level {level} is not within 0 and 1.", "0.95 is customary.")
    if interval not in ("expanded", "percentile"):
        raise InputError.not_among("Interval", interval, ("expanded", "percentile"))


def _ratio(above: Floats, below: Floats) -> Floats:
    out = np.full(below.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def _patterns(num: Floats, den: Floats) -> tuple[Floats, Ints]:
    """Distinct columns (U, 2G), sorted, with how often each occurs; empty clusters left out."""
    table = np.vstack([num, den])[:, den.any(axis=0)]
    if not table.size:
        return table.T, np.zeros(table.shape[1], dtype=np.int64)
    table = np.ascontiguousarray(table[:, np.lexsort(table[::-1])].T)
    starts = np.ones(len(table), dtype=bool)
    starts[1:] = (table[1:] != table[:-1]).any(axis=1)
    counts = np.diff(np.append(np.flatnonzero(starts), len(table)))
    return table[starts], counts.astype(np.int64)


def _resampled_sums(
    patterns: Floats, counts: Ints, replicates: int, rng: np.random.Generator
) -> Floats:
    """Column sums (B, 2G) of B resamples of the clusters that the patterns stand for.

    How often a pattern that many clusters share is drawn is binomial, so it is drawn at once; the
    draws that are left fall on the other clusters one by one. Exact in distribution.
    """
    clusters = int(counts.sum())
    sums = np.zeros((replicates, patterns.shape[1]))
    shared = counts >= _SHARED
    single = np.repeat(patterns[~shared], counts[~shared], axis=0)
    if clusters == 0:
        return sums
    left = np.full(replicates, clusters)
    if shared.any():
        chances = np.append(counts[shared], len(single)) / clusters
        drawn = rng.multinomial(clusters, chances, size=replicates)
        sums += drawn[:, :-1].astype(np.float64) @ patterns[shared]
        left = drawn[:, -1]
    few = np.count_nonzero(single) < _SPARSE * single.size
    held: Any = sparse.csr_array(single) if few else single
    block = max(1, _BLOCK // max(len(single), 1))
    for start in range(0, replicates if len(single) else 0, block):
        part = slice(start, min(start + block, replicates))
        many = resampled_counts(len(single), left[part], rng)
        sums[part] += many.astype(np.float64) @ held
    return sums


def _interval(
    num: Floats,
    den: Floats,
    sums: Floats,
    level: float,
    interval: str,
    limits: tuple[float, float] | None = None,
) -> RatioInterval:
    groups = len(den)
    summary = cluster_summary(num, den)
    ratios = _ratio(sums[:, :groups], sums[:, groups:])
    low, high = np.full(groups, np.nan), np.full(groups, np.nan)
    for g in np.flatnonzero(summary.clusters > 1).tolist():
        effective = float(summary.clusters_effective[g]) if interval == "expanded" else np.inf
        low[g], high[g] = bounds(ratios[:, g], effective, level, limits)
    return RatioInterval(
        estimate=round_digits(_ratio(num.sum(axis=1), den.sum(axis=1))),
        low=round_digits(low),
        high=round_digits(high),
        n=round_digits(den.sum(axis=1)),
        undefined=np.isnan(ratios).sum(axis=0).astype(np.int64),
        clusters=summary,
        level=level,
        replicates=len(sums),
        interval=interval,
    )
