"""How unequally a total is shared: Gini, Herfindahl-Hirschman, shares of the largest, Lorenz.

All of them are functions of how many units hold each value, so a million units that hold a few
thousand different values cost a few thousand steps; so do the replicates of the bootstrap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BLOCK: Final = 1 << 19  # counts held at once: 4 MiB


@dataclass(frozen=True)
class Holdings:
    """How many units hold each value: ``value`` ascending and different, ``units`` above 0."""

    value: Floats
    units: Ints

    @classmethod
    def of(cls, values: ArrayLike) -> Holdings:
        """Count the values of units, shape (units,), none negative and none missing.

        Raises
        ------
        ValueError
            If a value is negative or NaN.
        """
        held = np.asarray(values, dtype=np.float64).ravel()
        if held.size and not (held.min() >= 0):
            raise ValueError("holdings are 0 or more")
        value, units = np.unique(held, return_counts=True)
        return cls(value, units.astype(np.int64))

    @property
    def total(self) -> float:
        """The sum over all units."""
        return float(self.value @ self.units)


def gini(held: Holdings) -> float:
    """Return the Gini coefficient, 0 (all alike) to 1 - 1/n (one holds all); NaN without a total.

    G = sum_i sum_j |x_i - x_j| / (2 n^2 mean), over all units, those that hold nothing included;
    not corrected for few units.

    References
    ----------
    Gini (1912), Variabilita e mutabilita; Sen (1973), On Economic Inequality, section 2.
    """
    return float(_ginis(held.value, held.units[None, :])[0])


def _ginis(value: Floats, units: Ints) -> Floats:
    """Return the Gini coefficients of rows of counts, shape (replicates, values)."""
    below = np.cumsum(units, axis=1) - units
    total = units @ value
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = ((units * (2 * below + units)) @ value) / (units.sum(axis=1) * total) - 1
    return np.where(total > 0, np.maximum(found, 0.0), np.nan)


def herfindahl(held: Holdings) -> float:
    """Return the Herfindahl-Hirschman index, the sum of squared shares; NaN without a total.

    1/n where all are alike, 1 where one holds all; its inverse is the number of units alike that
    would be as concentrated.

    References
    ----------
    Hirschman (1964), The paternity of an index, American Economic Review 54.
    """
    return float(_herfindahls(held.value, held.units[None, :])[0])


def _herfindahls(value: Floats, units: Ints) -> Floats:
    total = units @ value
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (units @ value**2) / total**2
    return np.where(total > 0, found, np.nan)


def top_share(held: Holdings, k: int) -> float:
    """Return the share of the ``k`` units that hold most; NaN without a total."""
    if not held.total:
        return float("nan")
    value, units = held.value[::-1], held.units[::-1]
    before = np.cumsum(units) - units
    taken = np.clip(k - before, 0, units)
    return float(taken @ value) / held.total


def units_for(held: Holdings, share: float = 0.5) -> int | None:
    """Return how many of the largest units hold at least a share of the total; None without one."""
    if not held.total:
        return None
    value, units = held.value[::-1], held.units[::-1]
    wanted = share * held.total
    sums = np.cumsum(value * units)
    last = int(np.searchsorted(sums, wanted * (1 - 1e-12)))
    before = float(sums[last - 1]) if last else 0.0
    more = int(np.ceil((wanted - before) / value[last] * (1 - 1e-12)))
    return int(units[:last].sum()) + more


def lorenz(held: Holdings, points: int = 100) -> tuple[Floats, Floats]:
    """Return the Lorenz curve: shares of units, from the least, and what these hold of the total.

    Exact at ``points + 1`` even shares of units, and beyond the last of these at 1 - 10^-3,
    1 - 10^-4 and so on as far as a single unit; shapes (points,). Empty without a total.
    """
    n, total = int(held.units.sum()), held.total
    if not total:
        return np.zeros(0), np.zeros(0)
    tail = [1 - 10.0**-k for k in range(3, 10) if 10**k <= n]
    at = np.unique(np.concatenate([np.linspace(0, 1, points + 1), tail]))
    units = np.concatenate([[0], np.cumsum(held.units)])
    sums = np.concatenate([[0.0], np.cumsum(held.units * held.value)])
    share: Floats = np.interp(at * n, units, sums) / total
    return at, share


@dataclass(frozen=True)
class Bounds:
    """95 % intervals of both indices; NaN where there is nothing to resample."""

    gini: tuple[float, float]
    hhi: tuple[float, float]


def bootstrap(held: Holdings, rng: np.random.Generator, replicates: int) -> Bounds:
    """Resample units and return percentile intervals of Gini and HHI.

    For a census they say how much rests on few units, not how far a sample may be off. Where one
    unit holds most of it they are too narrow, as every bootstrap of a heavy tail is: read them
    beside its share.

    Parameters
    ----------
    held
        What units hold.
    rng
        Source of the draws.
    replicates
        Number of them.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13; for heavy tails
    Davison and Flachaire (2007), Journal of Econometrics 141.
    """
    n = int(held.units.sum())
    if n < 2 or not held.total:
        nothing = (float("nan"), float("nan"))
        return Bounds(nothing, nothing)
    rows = max(1, min(replicates, _BLOCK // len(held.value)))
    draws: list[Floats] = []
    for start in range(0, replicates, rows):
        size = min(rows, replicates - start)
        units = rng.multinomial(n, held.units / n, size=size)
        draws.append(np.column_stack([_ginis(held.value, units), _herfindahls(held.value, units)]))
    found = np.concatenate(draws)
    low, high = np.nanquantile(found, [0.025, 0.975], axis=0)
    return Bounds((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))
