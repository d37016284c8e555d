"""The figures that the paper and its repository publish, as they were read there."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True)
class Figure:
    """One published figure.

    ``value`` is a number, or an order of values joined by `` > ``; ``n`` the number it rests on,
    empty if not told. ``evidence``: ``printed`` in an output, ``derived`` from printed ones,
    ``pixel`` (read off a picture, within ``tolerance``) or ``secondary`` (quoted by others).
    ``source`` names the notebook or picture in the authors' repository.
    """

    id: str
    value: float | str
    n: int | None
    evidence: str
    tolerance: float | None
    figure: str
    source: str


@lru_cache(maxsize=1)
def published() -> tuple[Figure, ...]:
    """Return every published figure, in the order of the paper's parts.

    Source: https://github.com/bendlaufer/ai-ecosystem and arXiv:2508.06811, transcribed in
    ``data/laufer2025.csv``.
    """
    text = (files("cladist.data") / "laufer2025.csv").read_text("utf-8")
    return tuple(_figure(row) for row in csv.DictReader(text.splitlines()))


def _figure(row: dict[str, str]) -> Figure:
    return Figure(
        row["id"],
        _number(row["value"]),
        int(float(row["n"])) if row["n"] else None,
        row["evidence"],
        float(row["tolerance"]) if row["tolerance"] else None,
        row["figure"],
        row["source"],
    )


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
