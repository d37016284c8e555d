"""The first page: six numbers, six small charts, each titled by what it shows.

Titles are generated. A title that compares needs the analysis' own finding, which is empty
where intervals overlap or lineages are few; the others only state exact counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from cladist.report.blocks import Figure, figure, page_charts
from cladist.report.words import in_words, plural, share
from cladist.views import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cladist.result import Chart, Result
    from cladist.snapshot import Snapshot

#: Fewest families in which a change occurs for a title to name it.
FEW_FAMILIES: Final = 5
#: Fewest changed edges for a title about an order.
FEW_EDGES: Final = 100
STRONG_SUPPORT: Final = 0.95
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
    pairs = _pairs(results["shape"])
    return f"families; {share(pairs, results['shape'].n)} of two members"


def _pairs(shape: Result) -> int:
    rows = shape.tables["sizes"].to_pylist()
    return sum(int(r["families"]) for r in rows if r["size"] == 2)


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


def cards(results: Mapping[str, Result]) -> list[Card]:
    """Return the small charts of the first page; one whose analysis is missing is left out."""
    made = [
        _card(results, "shape", "sizes", _sizes_title, "shape", height=_LOW),
        _card(results, "growth", "monthly", _growth_title, "growth", height=_LOW),
        _card(results, "shape", "depth", _depth_title, "shape", height=_LOW),
        _card(results, "mutation", "mutation", _mutation_title, "mutation"),
        _card(results, "transitions-license", "transitions", _transitions_title, "trait-license"),
        _card(results, "ordering-license", "order", _order_title, "trait-license", height=_HIGH),
    ]
    return [card for card in made if card]


def _card(
    results: Mapping[str, Result],
    name: str,
    chart_name: str,
    title: Any,
    anchor: str,
    height: int | None = None,
) -> Card | None:
    result = results.get(name)
    if result is None:
        return None
    chart = next(c for c in page_charts(result) if c.name == chart_name)
    if chart_name in _FRONT_ONLY:
        result, chart = _FRONT_ONLY[chart_name](result, chart)
    drawn = figure(result, chart, f"front-{name}-{chart_name}", height)
    words = title(result) if drawn.svg else ""
    return Card(words or chart.title, drawn, _DEFINITIONS[chart_name],
                f"n = {numbers.count(result.n)} {_COUNTED[chart_name]}", anchor)  # fmt: skip


_COUNTED: Final = {
    "sizes": "families", "depth": "families", "monthly": "declared models",
    "mutation": "readings of a pair and a trait", "transitions": "changed pairs",
    "order": "changed pairs",
}  # fmt: skip
_DEFINITIONS: Final = {
    "sizes": "Family: models joined by edges, merges included.",
    "depth": "Depth: longest known path of descent, a lower bound.",
    "monthly": "By month of creation; the last month may be cut short.",
    "mutation": "Jaccard distance of parent's and child's values.",
    "transitions": "Changed pairs, each counted once. △ under 5 families.",
    "order": "The order that keeps most traffic forward.",
}


def _with_families(result: Result, chart: Chart) -> tuple[Result, Chart]:
    """Return the most frequent pairs with their number of families written out."""
    import pyarrow as pa

    rows = result.table.slice(0, FRONT_PAIRS).to_pylist()
    labels = [
        f"{numbers.short(r['count'])} · {r['families']:,} fam."
        + (" △" if r["families"] < FEW_FAMILIES else "")
        for r in rows
    ]
    front = pa.table(
        {
            "pair": pa.array([f"{r['source']} → {r['target']}" for r in rows], pa.string()),
            "count": pa.array([r["count"] for r in rows], pa.float64()),
            "label": pa.array(labels, pa.string()),
        }
    )
    drawn = replace(result, tables={**result.tables, "front": front})
    return drawn, replace(chart, table="front", label="label", subtitle="", top=None)


def _without_few(result: Result, chart: Chart) -> tuple[Result, Chart]:
    """Leave out the rates that rest on few lineages, and say how many."""
    import pyarrow.compute as pc

    known = result.table.filter(pc.is_valid(result.table.column("rate")))
    sound = known.filter(pc.invert(known.column("few_lineages")))
    left = known.num_rows - sound.num_rows
    if not sound.num_rows or not left:
        return result, chart
    words = f"{chart.subtitle} {plural(left, 'rate')} from few lineages left out here."
    drawn = replace(result, tables={**result.tables, "table": sound})
    return drawn, replace(chart, subtitle=words)


_FRONT_ONLY: Final = {"transitions": _with_families, "mutation": _without_few}


def _sizes_title(result: Result) -> str:
    pairs = _pairs(result)
    sizes = result.tables["sizes"].to_pylist()
    relatives = sum(r["size"] * r["families"] for r in sizes if r["size"] >= 2)
    largest = max((r["size"] for r in sizes), default=0)
    part = share(pairs, result.n, 0)
    if result.n < 2:
        return "One family"
    held = share(largest, relatives, 0)
    return f"{part} of families are pairs; the largest holds {held} of all relatives"


def _growth_title(result: Result) -> str:
    rows = result.tables["dated"].to_pylist()
    if len(rows) < 3:
        return ""
    peak = max(rows, key=lambda r: (r["models"], r["month"]))
    return f"Busiest month: {_month(peak['month'])}, {plural(peak['models'], 'new model')}"


def _month(text: str) -> str:
    import datetime as dt

    return numbers.month(dt.date.fromisoformat(text[:10]))


def _depth_title(result: Result) -> str:
    rows = result.tables["scatter"].to_pylist()
    flat = sum(r["families"] for r in rows if r["depth"] == 1)
    deepest = max((r["depth"] for r in rows), default=0)
    if result.n < 2:
        return ""
    part = share(flat, result.n, 0)
    return f"{part} of families end with the first children; one line runs {deepest} generations"


def _mutation_title(result: Result) -> str:
    return in_words(result.finding)


def _transitions_title(result: Result) -> str:
    row = result.table.slice(0, 1).to_pylist()[0]
    if row["families"] < FEW_FAMILIES:
        return "Licence changes, most frequent first"
    return f"Most frequent licence change: {row['source']} → {row['target']}"


def _order_title(result: Result) -> str:
    supports = [s for s in result.table.column("support").to_pylist() if s is not None]
    if result.n < FEW_EDGES or not supports:
        return ""
    strong = sum(s >= STRONG_SUPPORT for s in supports)
    forward = numbers.percent(result.parameters["forward_share"], 0)
    if median(supports) >= STRONG_SUPPORT:
        return f"{forward} of licence changes follow one order"
    return f"The order of licences is partly soft: {strong} of {len(supports)} steps well supported"


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
    if edges:
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
