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
    if count == 0:
        return np.empty(0, dtype=np.int64)
    order = np.argsort(uniform[places], kind="stable")[:count]
    return np.sort(places[order]).astype(np.int64)


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
