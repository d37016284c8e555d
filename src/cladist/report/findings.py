"""Sentences generated from results: the titles of charts, never more than the data support.

A sentence that compares rates needs intervals that do not overlap and enough lineages; the
others only state exact counts. An empty sentence means that there is nothing to claim.
"""

from __future__ import annotations

import datetime as dt
from statistics import median
from typing import TYPE_CHECKING, Final

from cladist.report.words import TRAIT_WORDS, in_words, share
from cladist.views import numbers
from cladist.views.numbers import plural

if TYPE_CHECKING:
    from cladist.result import Result

#: Fewest families in which a change occurs for a title to name it.
FEW_FAMILIES: Final = 5
#: Fewest changed edges for a title about an order.
FEW_EDGES: Final = 100
STRONG_SUPPORT: Final = 0.95


def finding(result: Result) -> str:
    """Return the sentence over a result in its section: its own, in everyday words."""
    return in_words(result.finding)


def pairs_of(shape: Result) -> int:
    """Return how many families have two members."""
    rows = shape.tables["sizes"].to_pylist()
    return sum(int(r["families"]) for r in rows if r["size"] == 2)


def depth(result: Result) -> str:
    """Say how many families are one generation deep, and how long the longest line is."""
    if result.n < 2:
        return ""
    rows = result.tables["scatter"].to_pylist()
    flat = sum(r["families"] for r in rows if r["depth"] == 1)
    deepest = max(r["depth"] for r in rows)
    if deepest == 1:
        return "Every family ends with the first children"
    part = share(flat, result.n, 0)
    return f"{part} of families end with the first children; one line runs {deepest} generations"


def growth(result: Result) -> str:
    """Name the month with most new models."""
    rows = result.tables["dated"].to_pylist()
    if len(rows) < 3:
        return ""
    peak = max(rows, key=lambda r: (r["models"], r["month"]))
    month = numbers.month(dt.date.fromisoformat(peak["month"][:10]))
    return f"Busiest month: {month}, {plural(peak['models'], 'new model')}"


def transitions(result: Result) -> str:
    """Name the most frequent change, if it occurs in enough families."""
    row = result.table.slice(0, 1).to_pylist()[0]
    trait = TRAIT_WORDS.get(result.parameters["trait"], result.parameters["trait"])
    if row["families"] < FEW_FAMILIES:
        return f"{trait.capitalize()} changes, most frequent first"
    return f"Most frequent {trait} change: {row['source']}\u00a0→\u00a0{row['target']}"


def order(result: Result) -> str:
    """Say whether the changes follow one order, by the support of its steps."""
    supports = [s for s in result.table.column("support").to_pylist() if s is not None]
    if result.n < FEW_EDGES or not supports:
        return ""
    trait = TRAIT_WORDS.get(result.parameters["trait"], result.parameters["trait"])
    strong = sum(s >= STRONG_SUPPORT for s in supports)
    if median(supports) >= STRONG_SUPPORT:
        forward = numbers.percent(result.parameters["forward_share"], 0)
        return f"{forward} of {trait} changes follow one order"
    steps = f"{strong} of {len(supports)} steps well supported"
    return f"The order of {trait} values is partly soft: {steps}"
