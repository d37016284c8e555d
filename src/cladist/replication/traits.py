"""Figures of traits along edges: mutation, orders, flows, and the drift of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cladist.analysis.mutation import mutation_rate
from cladist.analysis.numeric_drift import numeric_drift
from cladist.analysis.ordering import trait_ordering
from cladist.analysis.transitions import transition_counts
from cladist.replication.measures import Measured, Measures, both
from cladist.vocab import trait_name

if TYPE_CHECKING:
    from cladist.result import Result
    from cladist.snapshot import Snapshot

_FORMS: Final = ("laufer2025", "standard")
#: Resamples: what is compared with the published figure has an interval that is told.
_REPLICATES: Final = {"laufer2025": 1000, "standard": 100}
#: The authors' two graphs -> our word for their edges.
GRAPHS: Final = {"finetune": "finetune", "full": "all"}
#: Name of the order -> trait, graph, number of values.
_ORDERS: Final = {
    f"{trait}.{graph}.n{top}": (trait, graph, top)
    for trait, graph, top in (
        ("license", "finetune", 20), ("language", "finetune", 20), ("library", "finetune", 10),
        ("task", "finetune", 10), ("license", "full", 20), ("language", "full", 20),
        ("library", "full", 20), ("task", "full", 20),
    )
}  # fmt: skip
_EVERY: Final = ("language", "task")


def mutation(hub: Snapshot, seed: int) -> Measures:
    """Return the figures ``mutation.GRAPH.TRAIT``."""
    found: list[dict[str, float | None]] = [{}, {}]
    n: dict[str, int] = {}
    intervals: dict[str, tuple[float | None, float | None]] = {}
    for graph, relations in GRAPHS.items():
        for trait in ("license", "language", "task"):
            for k, form in enumerate(_FORMS):
                told = mutation_rate(hub, trait=trait, by="none", relations=relations,
                                     definition=form, replicates=_REPLICATES[form],
                                     seed=seed)  # fmt: skip
                row = told.table.to_pylist()[0]
                found[k][f"mutation.{graph}.{trait}"] = row["rate"]
                if k == 0:
                    n[f"mutation.{graph}.{trait}"] = row["n"]
                    intervals[f"mutation.{graph}.{trait}"] = row["low"], row["high"]
    return both(found[0], found[1], n, intervals)


def ordering(hub: Snapshot, seed: int) -> Measures:
    """Return the figures ``ordering.TRAIT.GRAPH.nK.*`` and ``ordering.TRAIT.GRAPH.all.*``."""
    measures: Measures = {}
    for name, (trait, graph, top) in _ORDERS.items():
        told = [
            trait_ordering(hub, trait=trait, relations=GRAPHS[graph], definition=form, top=top,
                           replicates=0, seed=seed)
            for form in _FORMS
        ]  # fmt: skip
        found = [_order(t) for t in told]
        for key in found[0]:
            measures[f"ordering.{name}.{key}"] = Measured(found[0][key], found[1][key])
    for trait in _EVERY:
        for graph, relations in GRAPHS.items():
            pairs = [_pairs(transition_counts(hub, trait=trait, relations=relations,
                                              definition=form)) for form in _FORMS]  # fmt: skip
            for key in pairs[0]:
                name = f"ordering.{trait}.{graph}.all.{key}"
                measures[name] = Measured(pairs[0][key], pairs[1][key])
    return measures


def _order(told: Result) -> dict[str, float | str | None]:
    given = told.parameters
    pairs = _totals({(r["source"], r["target"]): r["count"]
                     for r in told.tables["matrix"].to_pylist()})  # fmt: skip
    compatible, oriented = given["pairs_compatible"], given["pairs_total"]
    net = given["net_traffic"]
    return {
        "order": _written(told) or None,
        "edges": oriented,
        "compatible": compatible,
        "compatible_frac": compatible / oriented if oriented else None,
        "net_traffic": net,
        "total_n": pairs["total_n"],
        "objective": given["objective"],
        "mutations_share": given["forward_share"],
        "directedness": net / pairs["total_n"] if pairs["total_n"] else None,
        "acyclic_share": given["objective"] / net if net else None,
    }


def _written(told: Result) -> str:
    """Return an order as text: > before, = as good as, | between values that no change links."""
    said, before = "", None
    for row in told.table.to_pylist():
        if before is not None:
            apart = row["component"] != before["component"]
            said += " | " if apart else " = " if row["rank"] == before["rank"] else " > "
        said, before = said + row["value"], row
    return said


def _pairs(told: Result) -> dict[str, float]:
    return _totals({(r["source"], r["target"]): r["count"] for r in told.table.to_pylist()})


def _totals(counts: dict[tuple[str, str], float]) -> dict[str, float]:
    """Return net traffic, transitions and pairs over the pairs with a net flow, as published."""
    net = total = 0.0
    pairs = 0
    for (a, b), there in counts.items():
        back = counts.get((b, a), 0.0)
        if there > back:
            net, total, pairs = net + there - back, total + there + back, pairs + 1
    return {"net_traffic": round(net, 6), "total_n": round(total, 6), "edges": pairs}


def flows(hub: Snapshot, names: list[str]) -> Measures:
    """Return the figures ``flow.TRAIT.GRAPH.A>B``: net transitions from A to B."""
    asked = [name.split(".", 3)[1:] for name in names]
    measures: Measures = {}
    for trait, graph in dict.fromkeys((t, g) for t, g, _ in asked):
        found = []
        for form in _FORMS:
            told = transition_counts(hub, trait=trait_name(trait), relations=GRAPHS[graph],
                                     definition=form)  # fmt: skip
            found.append({(r["source"], r["target"]): r["count"] for r in told.table.to_pylist()})
        for pair in (p for t, g, p in asked if (t, g) == (trait, graph)):
            a, b = pair.split(">")
            net = [counts.get((a, b), 0) - counts.get((b, a), 0) for counts in found]
            measures[f"flow.{trait}.{graph}.{pair}"] = Measured(net[0], net[1])
    return measures


#: Figure -> quantity as published, group, column; standard is the same quantity corrected.
_OVERALL: Final = {
    "drift.cardlen.parent_mean": ("card_length", "parent_mean"),
    "drift.cardlen.child_mean": ("card_length", "child_mean"),
    "drift.cardlen.change": ("card_length", "change"),
    "drift.cardlen.p_shorter": ("card_length", "smaller"),
    "drift.cardlen.median": ("card_length", "median"),
    "drift.auto.delta_cond": ("card_is_generated", "change"),
    "drift.auto.delta_all": ("card_is_generated_all", "change"),
    "drift.auto.overall_all_edges.parent": ("card_is_generated_all", "parent_mean"),
    "drift.auto.overall_all_edges.child": ("card_is_generated_all", "child_mean"),
    "drift.hascard.delta": ("has_card", "change"),
    "drift.hascard.parent": ("has_card", "parent_mean"),
    "drift.nlang.parent_all": ("languages_all", "parent_mean"),
    "drift.nlang.child_all": ("languages_all", "child_mean"),
    "drift.nlang.parent_reporting": ("languages", "parent_mean"),
    "drift.nlang.child_reporting": ("languages", "child_mean"),
}
#: Column that has an interval by clan -> the columns of its bounds.
_BOUNDS: Final = {"change": ("low", "high"), "median": ("median_low", "median_high")}
_TYPED: Final = {"cardlen": "card_length", "auto": "card_is_generated", "hascard": "has_card",
                 "nlang": "languages"}  # fmt: skip


def drift(hub: Snapshot, seed: int) -> Measures:
    """Return the figures ``drift.*``: cards, generated cards and languages along edges."""
    told = [numeric_drift(hub, definition=f, replicates=_REPLICATES[f], seed=seed) for f in _FORMS]
    found = [_numbers(t) for t in told]
    whole = {r["quantity"]: r for r in told[0].table.to_pylist() if r["relation"] == "all"}
    intervals = {
        name: tuple(whole[quantity][bound] for bound in _BOUNDS[column])
        for name, (quantity, column) in _OVERALL.items()
        if column in _BOUNDS and quantity in whole
    }
    return both(found[0], found[1], intervals=intervals)


def _numbers(told: Result) -> dict[str, float | None]:
    rows: dict[tuple[str, str], dict[str, Any]] = {
        (r["quantity"], r["relation"]): r for r in told.table.to_pylist()
    }
    values: dict[str, float | None] = {}
    for name, (quantity, column) in _OVERALL.items():
        row = rows.get((quantity, "all"))
        values[name] = row[column] if row else None
    for word, quantity in _TYPED.items():
        for relation in ("finetune", "adapter", "quantized", "merge"):
            row = rows.get((quantity, relation))
            for end in ("parent", "child"):
                values[f"drift.{word}.{relation}.{end}"] = row[f"{end}_mean"] if row else None
    own, spoken = rows[("card_length_own", "all")], rows[("languages", "all")]
    relative = own["relative_change"]
    values["drift.cardlen.mean_pct_change_bespoke"] = None if relative is None else 100 * relative
    values["drift.nlang.missing_edges"] = spoken["n_missing"]
    cards = rows[("has_card", "all")]
    share = cards["child_mean"]
    values["drift.hascard.child"] = None if share is None else round(share * cards["n"])
    return values
