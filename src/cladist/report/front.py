"""The first page: six numbers, six small charts, each titled by what it shows.

Titles are generated. A title that compares needs the analysis' own finding, which is empty
where intervals overlap or lineages are few; the others only state exact counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from cladist.report import drawing, findings
from cladist.report.blocks import Figure, figure
from cladist.report.words import share
from cladist.views import numbers
from cladist.views.numbers import plural

if TYPE_CHECKING:
    from cladist.result import Result
    from cladist.snapshot import Snapshot

FRONT_PAIRS: Final = 13
#: Height of the charts of the first row, in pixels.
_LOW: Final = 210
#: Height of the order of the licences.
_HIGH: Final = 380


@dataclass(frozen=True)
class Headline:
    """One number of the first page; ``value`` as printed, ``number`` as it is."""

    name: str
    value: str
    words: str
    number: float | None
    low: float | None = None
    high: float | None = None
    mark: str = ""


@dataclass(frozen=True)
class Card:
    """One small chart of the first page: title by its finding, definition, n."""

    title: str
    figure: Figure
    definition: str
    n: str
    anchor: str


def headlines(hub: Snapshot, results: Mapping[str, Result]) -> list[Headline]:
    """Return the six numbers."""
    counts = hub.counts
    forest = _row(results, "shape", "forest")
    families = int(forest.get("families", 0))
    models = counts["models"] + counts["ghosts"]
    return [
        Headline("models", numbers.count(models), _models_words(counts), models),
        Headline("edges", numbers.count(counts["edges"]),
                 "distinct parent–child pairs after cuts", counts["edges"]),
        Headline("families", numbers.count(families), _families_words(results), families),
        _largest(results, families),
        _longest(forest),
        _licence(results),
    ]  # fmt: skip


def _row(results: Mapping[str, Result], name: str, table: str) -> dict[str, Any]:
    if name not in results or table not in results[name].tables:
        return {}
    rows: list[dict[str, Any]] = results[name].tables[table].slice(0, 1).to_pylist()
    return rows[0] if rows else {}


def _models_words(counts: Mapping[str, Any]) -> str:
    ghosts = counts["ghosts"]
    return f"models, of which {ghosts:,} only referred to" if ghosts else "models, all declared"


def _families_words(results: Mapping[str, Result]) -> str:
    if "shape" not in results or not results["shape"].n:
        return "families: no model has a known parent"
    pairs = findings.pairs_of(results["shape"])
    word = "family" if results["shape"].n == 1 else "families"
    return f"{word}; {share(pairs, results['shape'].n)} of two members"


def _largest(results: Mapping[str, Result], families: int) -> Headline:
    if not families:
        return Headline("largest_family", numbers.MISSING, "no family, so no largest one", None)
    size = int(_row(results, "shape", "forest")["largest"])
    apart = int(_row(results, "shape-no-merges", "forest").get("largest", size))
    words = "models in the largest family"
    if apart < size:
        words += f", joined by merges; {apart:,} without them"
    return Headline("largest_family", numbers.count(size), words, size)


def _longest(forest: Mapping[str, Any]) -> Headline:
    deepest = int(forest.get("deepest", 0))
    if not deepest:
        return Headline("generations", numbers.MISSING, "generations: no line of descent", None)
    word = "generation" if deepest == 1 else "generations"
    return Headline(
        "generations", numbers.count(deepest), f"{word} of descent in the longest line", deepest
    )


def _licence(results: Mapping[str, Result]) -> Headline:
    rows = results["mutation"].table.to_pylist() if "mutation" in results else []
    found = [r for r in rows if r["trait"] == "license" and r.get("relation") == "all"]
    if not found or not found[0]["n"]:
        return Headline("licence_change", numbers.MISSING,
                        "no pair states the licence at both ends", None)  # fmt: skip
    row = found[0]
    changed = row["gain"] + row["loss"] + row["substitution"]
    whole = abs(changed - row["rate"]) < 5e-4
    words = (
        "of pairs change the licence, where both state one"
        if whole
        else "mean change of the licence (Jaccard), where both state one"
    )
    if row["low"] is not None:
        bounds = [numbers.percent(b).removesuffix(" %") for b in (row["low"], row["high"])]
        words += f" (95 %: {bounds[0]}–{bounds[1]} %)"
    few = "few independent lineages" if row["few_lineages"] else ""
    return Headline("licence_change", numbers.percent(row["rate"]), words, row["rate"],
                    row["low"], row["high"], few)  # fmt: skip


# --- the six charts ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Slot:
    """One place on the first page: the run and chart, its title, definition and what n counts."""

    run: str
    chart: str
    title: Callable[[Result], str]
    anchor: str
    definition: str
    counted: tuple[str, str]
    height: int | None = None


_SLOTS: Final = (
    _Slot("shape", "sizes", findings.finding, "shape",
          "Family: models joined by edges, merges included.", ("family", "families"), _LOW),
    _Slot("growth", "monthly", findings.growth, "growth",
          "By month of creation; the last month may be cut short.", ("model", "models"), _LOW),
    _Slot("shape", "depth", findings.depth, "shape",
          "Depth: longest known path of descent, a lower bound.", ("family", "families"), _LOW),
    _Slot("mutation", "mutation", findings.finding, "mutation",
          "Jaccard distance of parent's and child's values; a reading is a pair and a trait.",
          ("reading", "readings")),
    _Slot("transitions-license", "transitions", findings.transitions, "trait-license",
          "", ("changed pair", "changed pairs")),
    _Slot("ordering-license", "order", findings.order, "trait-license",
          "The order that keeps most traffic forward.", ("changed pair", "changed pairs"), _HIGH),
)  # fmt: skip


def cards(results: Mapping[str, Result]) -> list[Card]:
    """Return the small charts of the first page; one whose analysis is missing is left out."""
    return [_card(slot, results[slot.run]) for slot in _SLOTS if slot.run in results]


def _card(slot: _Slot, result: Result) -> Card:
    chart = next(c for c in drawing.page_charts(result) if c.name == slot.chart)
    if slot.chart == "mutation":
        result, chart = drawing.without_few(result, chart)
    if slot.chart == "transitions":
        chart = replace(chart, top=FRONT_PAIRS)
    drawn = figure(result, chart, f"{slot.run}-{slot.chart}", slot.height)
    words = slot.title(result) if drawn.svg else ""
    counted = f"n = {plural(result.n, *slot.counted)}"
    return Card(words or chart.title, drawn, slot.definition, counted, slot.anchor)


# --- the last row --------------------------------------------------------------------------------


def missing(hub: Snapshot, results: Mapping[str, Result]) -> list[str]:
    """Say in numbers what the snapshot does not hold."""
    counts = hub.counts
    edges = counts["edges"]
    unstated = counts["edges_by_relation"].get("unknown", 0)
    said = []
    if counts["ghosts"]:
        said.append(f"{plural(counts['ghosts'], 'model is', 'models are')} named but absent "
                    "(ghosts).")  # fmt: skip
    if unstated:
        said.append(f"{unstated:,} of {edges:,} pairs ({share(unstated, edges)}) do not say how "
                    "the child was made.")  # fmt: skip
    said += _undated(results)
    said += _silent(results, edges)
    if not counts["cards"]:
        said.append("No card text is in this snapshot.")
    return said or ["Nothing that the snapshot could know of."]


def _undated(results: Mapping[str, Result]) -> list[str]:
    if "growth" not in results:
        return []
    by_month = {r["month"]: r["models"] for r in results["growth"].table.to_pylist()}
    said = []
    if by_month.get("unknown"):
        said.append(f"{plural(by_month['unknown'], 'model carries', 'models carry')} no date.")
    if by_month.get("floor"):
        count = plural(by_month["floor"], "date is", "dates are")
        said.append(f"{count} back-filled to 2 March 2022 (created on or before).")
    return said


def _silent(results: Mapping[str, Result], edges: int) -> list[str]:
    rows = results["mutation"].table.to_pylist() if "mutation" in results else []
    for row in rows:
        if row["trait"] == "license" and row.get("relation") == "all" and edges:
            silent = sum(row[f"silent_{side}"] for side in ("parent", "child", "both"))
            return [f"On {share(silent, edges)} of pairs a side states no licence."]
    return []
