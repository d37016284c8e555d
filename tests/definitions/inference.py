"""What the intervals and tests mean, literally and slowly. Written from DESIGN section 5.

These are the oracles of ``inference`` and ``significance`` and are kept for ever.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb


def kish(weights) -> Fraction:
    return Fraction(sum(weights)) ** 2 / sum(Fraction(w) ** 2 for w in weights)


def bootstrap_distribution(numerator, denominator) -> dict[Fraction | None, Fraction]:
    """Every resample of the K clusters that have a denominator: ratio -> probability."""
    clusters = [(n, d) for n, d in zip(numerator, denominator, strict=True) if d > 0]
    share = Fraction(1, len(clusters) ** len(clusters))
    out: dict[Fraction | None, Fraction] = {}
    for drawn in product(clusters, repeat=len(clusters)):
        ratio = Fraction(sum(n for n, _ in drawn), sum(d for _, d in drawn))
        out[ratio] = out.get(ratio, Fraction(0)) + share
    return out


def sign_flip(x) -> Fraction:
    """Share of the 2^n assignments of signs to nonzero values with |sum| at least as large."""
    values = [Fraction(v) for v in x if v != 0]
    seen = abs(sum(values))
    sums = [
        abs(sum(s * v for s, v in zip(signs, values, strict=True)))
        for signs in product((-1, 1), repeat=len(values))
    ]
    return Fraction(sum(s >= seen for s in sums), len(sums))


def sign_test(x) -> Fraction:
    """Probability under fair coins of a count of positives no more likely than the one seen."""
    positive, negative = sum(v > 0 for v in x), sum(v < 0 for v in x)
    n = positive + negative
    likely = [comb(n, k) for k in range(n + 1)]
    return Fraction(sum(c for c in likely if c <= likely[positive]), 2**n)


def benjamini_hochberg(p) -> list[float]:
    """The least level alpha among m p / rank at which the step-up procedure rejects each."""
    m = len(p)

    def rejected(alpha):
        ranked = sorted(p)
        cut = max((r for r in range(1, m + 1) if ranked[r - 1] * m <= alpha * r), default=0)
        return [v <= ranked[cut - 1] if cut else False for v in p]

    levels = sorted({min(1.0, v * m / r) for v in p for r in range(1, m + 1)} | {1.0})
    grown = [level * (1 + 1e-12) for level in levels]
    return [next(a for a, g in zip(levels, grown, strict=True) if rejected(g)[i]) for i in range(m)]
