"""Seeded random streams by name, and draws that need no loop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the stream of one purpose; it does not depend on any other stream."""
    return np.random.default_rng(np.random.SeedSequence([seed, *name.encode()]))


def pick(uniform: Reals, weights: Iterable[float]) -> Ints:
    """Turn uniform numbers into indices drawn by weight (inverse CDF)."""
    cdf = np.cumsum(np.asarray(list(weights), dtype=np.float64))
    found = np.searchsorted(cdf / cdf[-1], uniform, side="right")
    return np.minimum(found, len(cdf) - 1).astype(np.int64)


def zipf_weights(count: int, exponent: float = 1.0) -> Reals:
    """Return weights that fall as a power of the rank."""
    return np.arange(1, count + 1, dtype=np.float64) ** -exponent


def take_share(uniform: Reals, eligible: NDArray[np.bool_], count: int) -> Ints:
    """Return ``count`` (or all, if fewer) of the eligible positions, ascending."""
    places = np.flatnonzero(eligible)
    count = min(max(count, 0), len(places))
    if count in (0, len(places)):
        return places[:count].astype(np.int64)
    least = np.argpartition(uniform[places], count)[:count]
    return np.sort(places[least]).astype(np.int64)


def by_role(table: Mapping[str, float], roles: Iterable[str]) -> Reals:
    """Look up a probability per role; ``*`` stands for every role not listed."""
    return np.array([table.get(r, table.get("*", 0.0)) for r in roles], dtype=np.float64)


def occurrence(keys: Ints) -> Ints:
    """Return how often each key has been seen before its own position."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    fresh = np.ones(len(keys), dtype=bool)
    fresh[1:] = ranked[1:] != ranked[:-1]
    starts = np.maximum.accumulate(np.where(fresh, np.arange(len(keys)), 0))
    seen = np.empty(len(keys), dtype=np.int64)
    seen[order] = np.arange(len(keys)) - starts
    return seen


def pick_rows(table: Reals, row: NDArray[np.integer], uniform: Reals) -> Ints:
    """Draw one column per entry, by the weights of the table's row; an empty row gives 0."""
    width = table.shape[1]
    row = row.astype(np.int64)
    cdf = np.cumsum(table, axis=1)
    total = cdf[:, -1:]
    cdf = np.where(total > 0, cdf / np.where(total > 0, total, 1.0), 1.0)
    # Row k of the table takes the interval from k to k + 1: one search for all rows.
    flat = (cdf + np.arange(len(table))[:, None]).ravel()
    found = np.searchsorted(flat, row + uniform, side="right") - row * width
    capped: Ints = np.clip(found, 0, width - 1)
    return capped


def weights_of(shares: Mapping[str, float], values: Iterable[str]) -> Reals:
    """Lay weights out over a list of values, 0 where none is given."""
    return np.array([shares.get(v, 0.0) for v in values], dtype=np.float64)


def roots(above: Ints) -> Ints:
    """Follow pointers to their ends, all at once; an end points to itself."""
    while not np.array_equal(further := above[above], above):
        above = further
    return above


def fit_margins(prior: Reals, rows: Reals, columns: Reals, rounds: int = 60) -> Reals:
    """Scale a table until its sums are as given (iterative proportional fitting).

    A column that the prior leaves no place for is spread over all rows. Deming and Stephan (1940).
    """
    table = prior * (rows > 0)[:, None] * (columns > 0)
    empty = (table.sum(axis=0) == 0) & (columns > 0)
    table[:, empty] = (rows > 0)[:, None]
    table[(table.sum(axis=1) == 0) & (rows > 0)] = columns > 0
    rows, columns = rows / max(rows.sum(), 1e-300), columns / max(columns.sum(), 1e-300)
    for _ in range(rounds):
        table *= (rows / np.maximum(table.sum(axis=1), 1e-300))[:, None]
        table *= columns / np.maximum(table.sum(axis=0), 1e-300)
    return table


#: So many of the heaviest entries are balanced one by one; what weighs less averages out.
_HEAVY = 3_000


def allot(table: Reals, weight: Reals, uniform: Reals, group: Ints | None = None) -> Ints:
    """Draw a column per entry by its row, the heavy ones in balance (quota sampling).

    Drawn independently, the few parents of most edges would decide every figure that is counted
    over edges. So the heaviest entries come first, in order of weight; each takes the column that
    is furthest behind its expected share of the weight. The others are drawn.

    Parameters
    ----------
    table
        Weights of the columns, one row per entry.
    weight
        What the entries weigh, one column per total that shall be balanced.
    uniform
        Uniform numbers, one per entry.
    group
        Number of the group in which each entry is balanced; None: one group.
    """
    found = pick_rows(table, np.arange(len(table)), uniform)
    whole = weight.sum(axis=0)
    if not whole.any():  # nobody weighs anything, or there is nobody
        return found
    share = weight / np.where(whole > 0, whole, 1.0)
    chance = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-300)
    group = np.zeros(len(table), dtype=np.int64) if group is None else group
    all_behind = np.zeros((int(group.max()) + 1, table.shape[1], weight.shape[1]))
    heavy = np.argsort(-share.sum(axis=1), kind="stable")[:_HEAVY]
    for entry in heavy[share[heavy].any(axis=1)].tolist():
        behind = all_behind[group[entry]]
        behind += np.outer(chance[entry], share[entry])
        open_to = np.where(chance[entry] > 0, behind @ share[entry], -np.inf)
        found[entry] = int(np.argmax(open_to))
        behind[found[entry]] -= share[entry]
    return found


def fill_quota(code: Ints, target: Reals, uniform: Reals) -> Ints:
    """Move as few entries as needed until every value occurs as often as it shall.

    Parameters
    ----------
    code
        Values drawn independently.
    target
        How often each value shall occur, in proportion; what is left of whole numbers goes to the
        largest remainders.
    uniform
        Uniform numbers, one per entry: which of too many move.
    """
    exact = target * (len(code) / max(target.sum(), 1e-300))
    quota = np.floor(exact).astype(np.int64)
    rest = len(code) - int(quota.sum())
    quota[np.argsort(quota - exact, kind="stable")[:rest]] += 1
    order = np.argsort(uniform, kind="stable")
    extra = order[occurrence(code[order]) >= quota[code[order]]]
    lacking = np.maximum(quota - np.bincount(code, minlength=len(target)), 0)
    moved = code.copy()
    moved[extra] = np.repeat(np.arange(len(target)), lacking)
    return moved
