"""What one part of the replication measures: a value a figure, in both definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """Our value of a figure ``as_published`` and under the ``standard`` definition.

    None where the definition has no such number, or nothing is known; ``n`` is what the
    published form rests on here. ``error`` is half the interval of a mean over drawn pairs,
    None of what is counted whole.
    """

    as_published: float | str | None
    standard: float | str | None = None
    n: int | None = None
    error: float | None = None


Measures = dict[str, Measured]


def both(
    published: Mapping[str, float | None],
    standard: Mapping[str, float | None],
    n: Mapping[str, int] | None = None,
) -> Measures:
    """Join two tables of the same figures; a figure that the published form lacks is unknown."""
    counts = n or {}
    names = dict.fromkeys([*published, *standard])
    return {k: Measured(published.get(k), standard.get(k), counts.get(k)) for k in names}
