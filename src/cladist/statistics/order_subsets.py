"""The linear ordering problem of few values, of many flows at once, by subsets of the values."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Values up to which going through all subsets is quicker than a programme.
FEW: Final = 10
_CELLS: Final = 1 << 22  # numbers held at once


def best_orders(gains: Floats) -> Ints:
    """Return an order of each of B matrices ``gain`` that keeps most, shape (B, n).

    The best order of a set of values ends in one of them, behind the best order of the others, so
    that the 2^n sets, smaller before larger, give the optimum. Of last values that keep as much
    the largest index is taken.

    Parameters
    ----------
    gains
        Shape (B, n, n): placing i before j keeps max(0, gain[i, j]); n up to :data:`FEW`.

    References
    ----------
    Held and Karp (1962), A dynamic programming approach to sequencing problems, SIAM 10.
    """
    count, n = gains.shape[:2]
    step = max(1, _CELLS // (n << n))
    parts = [_orders(gains[start : start + step]) for start in range(0, count, step)]
    return np.concatenate(parts) if parts else np.zeros((0, n), dtype=np.int64)


def _orders(gains: Floats) -> Ints:
    count, n = gains.shape[:2]
    kept = np.maximum(gains, 0.0).transpose(1, 2, 0)
    added = np.zeros((1 << n, n, count))  # what each set keeps by standing before a value
    best = np.zeros((1 << n, count))
    last = np.zeros((1 << n, count), dtype=np.int8)
    for whole in range(1, 1 << n):
        low = (whole & -whole).bit_length() - 1
        added[whole] = added[whole & (whole - 1)] + kept[low]
        members = np.array([v for v in range(n - 1, -1, -1) if whole >> v & 1])
        before = whole ^ (1 << members)
        reached = best[before] + added[before, members]
        at = reached.argmax(axis=0)
        best[whole] = reached.max(axis=0)
        last[whole] = members[at]
    orders = np.zeros((count, n), dtype=np.int64)
    rest = np.full(count, (1 << n) - 1)
    row = np.arange(count)
    for place in range(n - 1, -1, -1):
        orders[:, place] = last[rest, row]
        rest ^= 1 << orders[:, place]
    return orders
