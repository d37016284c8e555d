"""Sentences generated from results: the titles of charts, never more than the data support.

A sentence that compares rates needs intervals that do not overlap and enough lineages; the
others only state exact counts. An empty sentence means that there is nothing to claim.
"""

from __future__ import annotations

import datetime as dt
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from cladist.report.words import TRAIT_WORDS, in_words, plural, share
from cladist.views import numbers

if TYPE_CHECKING:
    from cladist.result import Result

#: Fewest families in which a change occurs for a title to name it.
FEW_FAMILIES: Final = 5
#: Fewest changed edges for a title about an order.
FEW_EDGES: Final = 100
STRONG_SUPPORT: Final = 0.95


def finding(result: Result) -> str:
    """Return the sentence over a result in its section."""
    if result.analysis == "mutation":
        return mutation(result)
    if result.analysis == "shape":
        return sizes(result)
    return in_words(result.finding)


def pairs_of(shape: Result) -> int:
    """Return how many families have two members."""
    rows = shape.tables["sizes"].to_pylist()
    return sum(int(r["families"]) for r in rows if r["size"] == 2)


def sizes(result: Result) -> str:
    """Say how many families are pairs, and what the largest holds."""
    if result.n < 2:
        return "There is one family" if result.n else ""
    rows = [r for r in result.tables["sizes"].to_pylist() if r["size"] >= 2]
    relatives = sum(r["size"] * r["families"] for r in rows)
    held = share(max(r["size"] for r in rows), relatives, 0)
    part = share(pairs_of(result), result.n, 0)
    return f"{part} of families are pairs; the largest holds {held} of all relatives"


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


def mutation(result: Result) -> str:
    """Name the trait whose interval lies above those of all others, and the one below."""
    rows = [r for r in result.table.to_pylist() if r.get("relation", "all") == "all"]
    rows = [r for r in rows if r["low"] is not None and not r["few_lineages"]]
    if len(rows) < 2:
        return ""
    said = []
    first = max(rows, key=lambda r: r["low"])
    if all(r["high"] < first["low"] for r in rows if r is not first):
        said.append(f"most often changed: {_trait(first)}")
    last = min(rows, key=lambda r: r["high"])
    if all(r["low"] > last["high"] for r in rows if r is not last):
        said.append(f"least often: {_trait(last)}" if said else f"least changed: {_trait(last)}")
    return in_words("; ".join(said))


def _trait(row: dict[str, Any]) -> str:
    return TRAIT_WORDS.get(row["trait"], str(row["trait"]))


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
