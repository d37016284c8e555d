"""What one part of the replication measures: a value a figure, in both definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """Our value of a figure ``as_published`` and under the ``standard`` definition.

    None where the definition has no such number, or nothing is known; ``n`` is what the
    published form rests on here. ``error`` is half the interval of a mean over drawn pairs,
    None of what is counted whole. ``interval``: the bounds of ``as_published`` when clans are
    resampled, None where nothing is.
    """

    as_published: float | str | None
    standard: float | str | None = None
    n: int | None = None
    error: float | None = None
    interval: tuple[float, float] | None = None


Intervals = Mapping[str, tuple[float | None, float | None]]
Measures = dict[str, Measured]


def both(
    published: Mapping[str, float | None],
    standard: Mapping[str, float | None],
    n: Mapping[str, int] | None = None,
    intervals: Intervals | None = None,
) -> Measures:
    """Join two tables of the same figures; a figure that the published form lacks is unknown."""
    counts, bounds = n or {}, intervals or {}

    def interval(name: str) -> tuple[float, float] | None:
        low, high = bounds.get(name, (None, None))
        return None if low is None or high is None else (low, high)

    return {
        k: Measured(published.get(k), standard.get(k), counts.get(k), interval=interval(k))
        for k in dict.fromkeys([*published, *standard])
    }
