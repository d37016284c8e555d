"""How numbers change from parent to child: cards, languages, parameters, downloads, likes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cladist.result import Chart, Result
from cladist.statistics.inference import (
    RatioInterval,
    cluster_bootstrap_ratio,
    generator,
    round_digits,
)
from cladist.statistics.means import weighted_means
from cladist.statistics.medians import weighted_median
from cladist.traits.groups import folded, group_order
from cladist.traits.quantities import (
    QUANTITIES,
    QuantityEdges,
    quantity_edges,
    quantity_names,
)
from cladist.vocab import CLUSTERS, check_numbers, is_published

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_DEFINITION: Final = (
    "Child minus parent, edge by edge, where both are known; n_missing edges have a side that is "
    "not. change is the mean over edges, so that a parent with many children weighs by them; "
    "change_by_lineage first averages within each clan (or the cluster asked for), so that every "
    "lineage weighs the same; "
    "median and median_by_lineage are weighted alike. ratio is the geometric mean of child over "
    "parent (both above 0), relative_change the mean of child over parent, less 1, which a few "
    "tiny parents can make huge. smaller and larger are shares of edges. Downloads and likes "
    "count only where both ends were read on the same day. Intervals resample lineages; those of "
    "medians are Woodruff's under clustering."
)
_PUBLISHED: Final = (
    "As published: means of parent and child over the published edges where both have a card "
    "(lengths, generated) or both state a language of two letters; has_card, "
    "card_is_generated_all and languages_all are over all edges, what is silent counting as 0. "
    "The paper gives no intervals; those here resample clans, families and edges."
)
#: Groups with fewer edges are not drawn.
_DRAWN: Final = 30
_SHOWN: Final = ("quantity", "relation", "change", "low", "high", "median", "change_by_lineage",
                 "n", "parent_mean", "child_mean")  # fmt: skip


def numeric_drift(
    hub: Snapshot,
    *,
    trait: str | None = None,
    by: str = "relation",
    relations: str = "all",
    definition: str = "standard",
    cluster: str = "clan",
    top: int | None = None,
    replicates: int = 1000,
    seed: int = 0,
) -> Result:
    """Measure how numbers change from parent to child (DESIGN section 5; paper section 6).

    Parameters
    ----------
    hub
        The snapshot.
    trait
        A quantity: ``card_length``, ``card_body_length``, ``card_length_own``,
        ``card_is_generated``, ``has_card``, ``languages``, ``parameters``, ``downloads``,
        ``likes`` (``laufer2025`` has ``card_is_generated_all`` and ``languages_all`` in place of
        the last three); all if None.
    by
        ``relation``, ``year``, ``generation``, ``author``, ``family`` or ``none``.
    relations
        Which edges count.
    definition
        ``standard``, or ``laufer2025``.
    cluster
        What counts as one independent lineage: ``clan``, ``family``, ``parent`` or ``author``.
    top
        Families shown apart with ``by="family"``, those with most edges (30 if None); the others
        are one group, ``(others)``.
    replicates
        Resamples of the bootstrap.
    seed
        Seed of the bootstrap.

    Returns
    -------
    Result
        Rows ``quantity``, ``unit``, group, ``parent_mean``, ``child_mean``, ``change`` with
        ``low`` and ``high``, ``median``, ``change_by_lineage`` and ``median_by_lineage`` each
        with its bounds, ``smaller``, ``larger`` (shares of n), ``ratio`` with bounds,
        ``relative_change``, ``n`` (edges with both sides known), ``n_missing``, and what the
        numbers rest on. Null where n is 0; a quantity that no edge knows has the row ``all``
        only. ``n`` of the result is the number of edges.

    Raises
    ------
    InputError
        If a quantity, a relation, ``by`` or the definition is not known.
    """
    check_numbers(replicates=replicates, top=top, seed=seed)
    names = quantity_names(trait, definition)
    column = "group" if by == "none" else by
    found = quantity_edges(
        hub, names, relations=relations, by=by, definition=definition, cluster=cluster
    )
    grouped = _Groups.of(found, by, top)
    cards = hub.counts["cards"] > 0
    rows: list[dict[str, Any]] = []
    for name in names:
        known = cards or not (is_published(definition) and name in _OF_CARDS)
        pairs = _Pairs.of(found, name, known)
        rows += _rows(pairs, grouped, name, column, replicates, seed, definition)
    table = pa.Table.from_pylist(rows, schema=_schema(column))
    return Result(
        analysis="numeric-drift",
        form=definition,
        definition=_PUBLISHED if is_published(definition) else _DEFINITION,
        parameters={"trait": list(names), "by": by, "relations": relations, "cluster": cluster,
                    "top": top, "replicates": replicates, "seed": seed},
        n=len(found.group),
        tables={"table": table, "drawn": table.filter(pc.greater_equal(table["n"], _DRAWN))},
        provenance=hub.provenance(analysis="numeric-drift", definition=definition,
                                  trait=list(names), by=by, relations=relations,
                                  cluster=cluster, top=top, seed=seed),
        notes=_notes(rows, column, hub, cluster),
        finding=_finding(rows, column),
        charts=tuple(_chart(name, definition, column) for name in names if name in _CHARTED),
        shown={"table": tuple(column if c == "relation" else c for c in _SHOWN)},
    )  # fmt: skip


def _chart(name: str, definition: str, column: str) -> Chart:
    """Return the slope from parents to children; log scale where sizes differ by powers of ten."""
    quantity = QUANTITIES[definition][name]
    is_log = name in ("parameters", "downloads", "likes")
    return Chart(
        name,
        "slope",
        _CHARTED[name],
        table="drawn",
        x="parent_mean",
        y="child_mean",
        color=column,
        palette="relation" if column == "relation" else "",
        percent=quantity.is_share,
        where=(("quantity", name),),
        y_scale="log" if is_log else "linear",
        subtitle=f"Mean ({quantity.unit}{', logarithmic' if is_log else ''}) over edges with both "
        f"ends known; dashed: all. Groups under {_DRAWN} edges left out.",
    )


#: What cannot be known at all without card texts.
_OF_CARDS: Final = frozenset({"has_card", "card_is_generated_all"})

#: Quantities that have a chart -> its title.
_CHARTED: Final = {
    "card_length": "Length of cards",
    "card_body_length": "Length of cards without front matter",
    "card_is_generated": "Cards that a tool wrote",
    "card_is_generated_all": "Cards that a tool wrote, all edges",
    "languages": "Number of languages",
    "languages_all": "Number of languages, all edges",
    "parameters": "Parameters",
    "downloads": "Downloads in 30 days",
    "likes": "Likes",
}


@dataclass(frozen=True, eq=False)
class _Groups:
    """The groups of a result and which edges belong to each; ``member`` is (groups, edges)."""

    names: list[str]
    member: Flags
    cluster: Ints
    family: Ints

    @classmethod
    def of(cls, edges: QuantityEdges, by: str, top: int | None) -> _Groups:
        labels = np.array(edges.groups, dtype=object)[edges.group]
        labels = folded(labels, np.ones(len(labels), dtype=np.int64), by, top)
        known, code = np.unique(labels.astype(str), return_inverse=True)
        order = [g for g in group_order(known.tolist()) if g != "all"]
        places = np.searchsorted(known, np.array(order, dtype=known.dtype)).tolist()
        member = np.array([np.full(len(code), True), *(code == k for k in places)])
        return cls(["all", *order], member, edges.cluster, edges.family.astype(np.int64))

    def part(self, rows: slice) -> _Groups:
        """Return some of the groups over the same edges."""
        return replace(self, names=self.names[rows], member=self.member[rows])


@dataclass(frozen=True, eq=False)
class _Pairs:
    """A quantity at both ends of every edge, with which edges know both."""

    parent: Floats
    child: Floats
    known: Flags

    @classmethod
    def of(cls, edges: QuantityEdges, name: str, possible: bool) -> _Pairs:
        ends = edges.ends[name]
        known = ~np.isnan(ends[0]) & ~np.isnan(ends[1]) & possible
        return cls(np.where(known, ends[0], 0), np.where(known, ends[1], 0), known)


def _rows(
    pairs: _Pairs,
    groups: _Groups,
    name: str,
    column: str,
    replicates: int,
    seed: int,
    definition: str,
) -> list[dict[str, Any]]:
    """Return the rows of one quantity: all edges, then group by group.

    All edges have draws of their own, so that their interval is the same whatever the groups.
    """
    shared = (name, column, replicates, seed, definition)
    rows = _drawn_rows(pairs, groups.part(slice(0, 1)), *shared, "all")
    if len(groups.names) > 1 and rows[0]["n"]:
        rows += _drawn_rows(pairs, groups.part(slice(1, None)), *shared, column)
    return rows


def _drawn_rows(
    pairs: _Pairs,
    groups: _Groups,
    name: str,
    column: str,
    replicates: int,
    seed: int,
    definition: str,
    stream: str,
) -> list[dict[str, Any]]:
    member = groups.member & pairs.known
    change = pairs.child - pairs.parent
    positive = (pairs.parent > 0) & (pairs.child > 0)
    growth = np.log(np.where(positive, pairs.child, 1) / np.where(positive, pairs.parent, 1))
    _, cluster = np.unique(groups.cluster, return_inverse=True)

    def drawn(purpose: str) -> np.random.Generator:
        return generator(seed, "numeric-drift", name, stream, purpose)

    options: dict[str, Any] = {"replicates": replicates}
    above, below = _sums(member, change, cluster)
    each = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    by_edge = weighted_means(
        np.where(member, change, np.nan), np.ones(len(change)),
        {"cluster": groups.cluster, "family": groups.family},
        names=("numeric-drift", name, stream), **options, seed=seed,
    )  # fmt: skip
    by_clan = cluster_bootstrap_ratio(each, (below > 0) * 1.0, rng=drawn("mean"), **options)
    ratio = cluster_bootstrap_ratio(
        *_sums(member & positive, growth, cluster), rng=drawn("ratio"), **options
    )
    unit, is_share = QUANTITIES[definition][name].unit, QUANTITIES[definition][name].is_share
    return [
        {
            "quantity": name, "unit": unit, column: group,
            **_means(pairs, member[g], is_share),
            **_interval(by_edge.mean, by_edge.low["cluster"], by_edge.high["cluster"], g, "change"),
            **_medians(change[member[g]], cluster[member[g]]),
            **_interval(by_clan.estimate, by_clan.low, by_clan.high, g, "change", "_by_lineage"),
            **_ratio(ratio, g, is_share),
            "n": int(member[g].sum()),
            "n_missing": int(groups.member[g].sum() - member[g].sum()),
            "clusters": int(by_edge.clusters.clusters[g]),
            "clusters_effective": _known(by_edge.clusters.clusters_effective[g]),
            "largest_share": _known(by_edge.clusters.largest_share[g]),
            "few_lineages": bool(by_edge.clusters.few[g]),
            "change_without_largest": _known(by_edge.clusters.without_largest[g]),
            **_interval(None, by_edge.low["family"], by_edge.high["family"], g, "", "_family"),
            **_interval(None, by_edge.low["pairs"], by_edge.high["pairs"], g, "", "_pairs"),
        }
        for g, group in enumerate(groups.names)
    ]  # fmt: skip


def _sums(member: Flags, values: Floats, place: Ints) -> tuple[Floats, Floats]:
    size = int(place.max()) + 1 if len(place) else 0
    above, below = np.zeros((2, len(member), size))
    for g, rows in enumerate(member):
        above[g] = np.bincount(place[rows], values[rows], size)
        below[g] = np.bincount(place[rows], minlength=size)
    return above, below


def _means(pairs: _Pairs, rows: Flags, is_share: bool) -> dict[str, float | None]:
    if not rows.any():
        return dict.fromkeys(("parent_mean", "child_mean", "smaller", "larger",
                              "relative_change"))  # fmt: skip
    parent, child = pairs.parent[rows], pairs.child[rows]
    started = parent > 0
    relative = child[started] / parent[started] - 1
    found = {
        "parent_mean": parent.mean(), "child_mean": child.mean(),
        "smaller": (child < parent).mean(), "larger": (child > parent).mean(),
        "relative_change": np.nan if is_share or not started.any() else relative.mean(),
    }  # fmt: skip
    return {k: _known(float(round_digits(v))) for k, v in found.items()}


def _medians(change: Floats, cluster: Ints) -> dict[str, float | None]:
    """Return the median over edges, and over lineages: each edge weighs 1 / edges of its own."""
    even = np.ones(len(change))
    by_edge = weighted_median(change, even, cluster)
    weight = 1 / np.bincount(cluster)[cluster] if len(cluster) else even
    by_clan = weighted_median(change, weight, cluster)
    return {
        "median": _known(by_edge.estimate),
        "median_low": _known(by_edge.low),
        "median_high": _known(by_edge.high),
        "median_by_lineage": _known(by_clan.estimate),
        "median_low_by_lineage": _known(by_clan.low),
        "median_high_by_lineage": _known(by_clan.high),
    }


def _interval(
    estimate: Floats | None, low: Floats, high: Floats, g: int, name: str, suffix: str = ""
) -> dict[str, float | None]:
    middle = {} if estimate is None else {f"{name}{suffix}": _known(estimate[g])}
    return {**middle, f"low{suffix}": _known(low[g]), f"high{suffix}": _known(high[g])}


def _ratio(found: RatioInterval, g: int, is_share: bool) -> dict[str, float | None]:
    if is_share:
        return dict.fromkeys(("ratio", "ratio_low", "ratio_high"))
    ends = round_digits(np.exp([found.estimate[g], found.low[g], found.high[g]]))
    return dict(zip(("ratio", "ratio_low", "ratio_high"), map(_known, ends), strict=True))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _schema(column: str) -> pa.Schema:
    real, count = pa.float64(), pa.int64()
    numbers = (
        "parent_mean", "child_mean", "change", "low", "high", "median", "median_low",
        "median_high", "change_by_lineage", "low_by_lineage", "high_by_lineage",
        "median_by_lineage", "median_low_by_lineage", "median_high_by_lineage", "smaller",
        "larger", "ratio", "ratio_low", "ratio_high", "relative_change",
    )  # fmt: skip
    text = pa.string()
    return pa.schema([
        ("quantity", text), ("unit", text), (column, text), *((n, real) for n in numbers),
        ("n", count), ("n_missing", count), ("clusters", count), ("clusters_effective", real),
        ("largest_share", real), ("few_lineages", pa.bool_()),
        *((n, real) for n in ("change_without_largest", "low_family", "high_family",
                              "low_pairs", "high_pairs")),
    ])  # fmt: skip


def _notes(rows: list[dict[str, Any]], column: str, hub: Snapshot, cluster: str) -> tuple[str, ...]:
    notes = []
    if any(r["quantity"] == "card_length" and r["n"] for r in rows):
        notes.append(
            f"The snapshot holds the card texts of {hub.counts['cards']:,} of "
            f"{hub.counts['models']:,} models; what is said of cards is said of these."
        )
    whole = [r for r in rows if r[column] == "all"]
    silent = [r["quantity"] for r in whole if not r["n"]]
    if silent:
        notes.append("No edge knows both ends of: " + ", ".join(silent) + ".")
    if {"downloads", "likes"} & set(silent):
        notes.append(
            "Downloads and likes are compared only where both models were read on the same day: "
            "build with --observed-at DATE if the source does not say when it was read."
        )
    few = [r["quantity"] for r in whole if r["n"] and r["few_lineages"]]
    if few:
        notes.append(
            f"Few independent lineages (under 30 effective {CLUSTERS[cluster]}, or one {cluster} "
            "holds over 20 % of the edges): "
            + ", ".join(few)
            + ". change_without_largest leaves the largest out."
        )
    turned = [
        r["quantity"] for r in whole
        if _side(r["low"], r["high"]) * _side(r["low_by_lineage"], r["high_by_lineage"]) < 0
    ]  # fmt: skip
    if turned:
        notes.append(
            f"The change over edges and the change over {CLUSTERS[cluster]} have opposite signs, "
            "so a few large lineages make the one: " + ", ".join(turned) + "."
        )
    return tuple(notes)


def _side(low: float | None, high: float | None) -> int:
    """Return the sign of an interval; 0 where it holds 0 or is not known."""
    return 0 if low is None or high is None else (low > 0) - (high < 0)


def _finding(rows: list[dict[str, Any]], column: str) -> str:
    """Name the lengths and shares that fall or rise by both weightings, beyond their intervals."""
    down, up = [], []
    for row in rows:
        if row[column] != "all" or row["few_lineages"] or row["low_by_lineage"] is None:
            continue
        if max(row["high"], row["high_by_lineage"]) < 0:
            down.append(row["quantity"])
        elif min(row["low"], row["low_by_lineage"]) > 0:
            up.append(row["quantity"])
    said = [f"{word} from parent to child: {', '.join(names)}"
            for word, names in (("lower", down), ("higher", up)) if names]  # fmt: skip
    return "; ".join(said)
