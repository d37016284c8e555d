"""Is a direction more than chance: sign flips, exact sign test, false discovery rate; on arrays.

Public through :mod:`cladist.statistics.inference`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cladist.errors import InputError

Floats = NDArray[np.float64]

#: Up to this many nonzero values a sign-flip test enumerates every assignment of signs.
EXACT_FLIPS: Final = 20
#: What a p-value too small for a double is given as: no p-value is 0.
SMALLEST_P: Final = float(np.finfo(np.float64).tiny)
_TOLERANCE: Final = 1e-9  # of sum |x|: sums of signs nearer than this are the same sum
_BLOCK: Final = 1 << 20  # random signs held at once


@dataclass(frozen=True)
class SignTest:
    """Outcome of a test on signs.

    ``p`` is two-sided, NaN if every value is zero. ``n`` counts the nonzero values, ``positive``
    those above 0. ``p_min`` = min(1, 2 / 2^n) is the least p that n values can reach: a pair with
    a large one has too few lineages to be tested at all. ``exact``: every sign was tried.
    """

    p: float
    n: int
    positive: int
    p_min: float
    exact: bool


def sign_flip_test(x: ArrayLike, *, rng: np.random.Generator, replicates: int = 9999) -> SignTest:
    """Test whether the sum of independent values differs from 0 by flipping their signs.

    Under the null hypothesis each value (the net flow of one cluster, say) is as likely to have
    the opposite sign. The statistic is |sum x|; p is the share of sign assignments whose
    statistic is at least as large. Zero values say nothing on direction and are left out.

    Parameters
    ----------
    x
        One finite value per independent cluster, any order.
    rng
        Source of the draws; not touched when the test is exact.
    replicates
        Monte Carlo draws B if more than 20 values are nonzero; then p = (b + 1) / (B + 1) with b
        draws at least as extreme, which never is 0.

    Returns
    -------
    SignTest
        p is NaN if no value is nonzero.

    Raises
    ------
    InputError
        If a value is not finite or ``replicates`` is under 1.

    Notes
    -----
    Exact for up to 20 nonzero values: 2^19 sums by symmetry, some 10 ms. Sums that differ by less
    than 1e-9 of sum |x| count as equal, so rounding never decides. Cost otherwise O(B n), less
    where absolute values repeat.

    References
    ----------
    Fisher (1935), The Design of Experiments, section 21; Phipson and Smyth (2010), Permutation
    p-values should never be zero.
    """
    values = _nonzero(x)
    if replicates < 1:
        raise InputError(f"{replicates} replicates cannot be drawn.", "Ask for 1 or more.")
    n = values.size
    exact = n <= EXACT_FLIPS
    if n == 0:
        p = float("nan")
    else:
        sizes = np.sort(np.abs(values))
        threshold = abs(float(values.sum())) - _TOLERANCE * float(sizes.sum())
        if exact:
            p = float(np.mean(np.abs(_all_sums(sizes)) >= threshold))
        else:
            extreme = int(
                np.count_nonzero(np.abs(_random_sums(sizes, replicates, rng)) >= threshold)
            )
            p = (extreme + 1) / (replicates + 1)
    return SignTest(p, n, int(np.count_nonzero(values > 0)), _least_p(n), exact)


def sign_test(x: ArrayLike) -> SignTest:
    """Test whether positive and negative values are equally frequent: each value votes once.

    p = min(1, 2 P(X <= min(k, n - k))) with X ~ Binomial(n, 1/2), k of n nonzero values positive:
    exact for every n, save that a p under 2.2e-308 (some 1,024 votes one way) is given as that.
    Zero values are left out.

    Parameters
    ----------
    x
        One finite value per independent cluster, any order.

    Returns
    -------
    SignTest
        p is NaN if no value is nonzero.

    Raises
    ------
    InputError
        If a value is not finite.

    References
    ----------
    Conover (1999), Practical Nonparametric Statistics, 3rd edition, section 3.4.
    """
    values = _nonzero(x)
    n, positive = values.size, int(np.count_nonzero(values > 0))
    fewer = min(positive, n - positive)
    p = float("nan")
    if n:
        p = max(min(1.0, 2 * float(special.bdtr(float(fewer), n, 0.5))), SMALLEST_P)
    return SignTest(p, n, positive, _least_p(n), exact=True)


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Return q-values: the false discovery rate at which each hypothesis would be rejected.

    q_(i) = min over j >= i of m p_(j) / j, at most 1, for the m p-values in ascending order.
    The rate is controlled if the tests are independent or positively dependent.

    Parameters
    ----------
    p
        p-values of one family, chosen before p is seen, shape (m,). NaN (no test) stays NaN and
        does not count in m.

    Raises
    ------
    InputError
        If ``p`` is not one-dimensional or a value is outside 0 to 1.

    References
    ----------
    Benjamini and Hochberg (1995), Controlling the false discovery rate, J. R. Stat. Soc. B 57.
    """
    values = np.asarray(p, dtype=np.float64)
    tested = values[~np.isnan(values)]
    if values.ndim != 1 or ((tested < 0) | (tested > 1)).any():
        raise InputError("These are not p-values.", "Give a list of numbers from 0 to 1.")
    order = np.argsort(tested, kind="stable")
    scaled = tested[order] * tested.size / np.arange(1, tested.size + 1)
    q = np.empty_like(tested)
    q[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    out = np.full(values.shape, np.nan)
    out[~np.isnan(values)] = q
    return out


def _nonzero(x: ArrayLike) -> Floats:
    values = np.asarray(x, dtype=np.float64).ravel()
    if not np.isfinite(values).all():
        raise InputError("A value to be tested is not finite.", "Leave out what is unknown.")
    kept: Floats = values[values != 0]
    return kept


def _least_p(n: int) -> float:
    return max(min(1.0, 2.0 ** (1 - n)), SMALLEST_P)


def _all_sums(sizes: Floats) -> Floats:
    """Return the sums under all signs, the last value's sign held (the rest by symmetry)."""
    sums = sizes[-1:]
    for size in sizes[:-1].tolist():
        sums = np.concatenate([sums + size, sums - size])
    return sums


def _random_sums(sizes: Floats, replicates: int, rng: np.random.Generator) -> Floats:
    """Return sums under random signs: binomials for sizes that repeat, coins for the others."""
    distinct, counts = np.unique(sizes, return_counts=True)
    repeated = counts > 3
    coins = np.repeat(distinct[~repeated], counts[~repeated])
    sums = np.empty(replicates)
    block = max(1, _BLOCK // len(sizes))
    for start in range(0, replicates, block):
        size = min(block, replicates - start)
        plus = rng.binomial(counts[repeated], 0.5, size=(size, int(repeated.sum())))
        part = (2 * plus - counts[repeated]) @ distinct[repeated]
        heads = rng.integers(0, 2, size=(size, coins.size), dtype=np.uint8)
        sums[start : start + size] = part + 2 * (heads @ coins) - coins.sum()
    return sums
