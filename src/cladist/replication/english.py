"""The published drift to English beside how often a child keeps a language, or says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from cladist.analysis.transitions import transition_counts
from cladist.replication.traits import GRAPHS
from cladist.statistics.inference import round_digits
from cladist.traits.silence import fates
from cladist.traits.trait_edges import trait_edges

if TYPE_CHECKING:
    from cladist.result import Result
    from cladist.snapshot import Snapshot
    from cladist.traits.trait_edges import TraitEdges

ENGLISH: Final = "en"
_COUNTS: Final = ("changed", "only_lost", "only_gained", "stating", "parents", "beside")
_REALS: Final = ("net", "total", "kept_of_stating", "silent", "kept", "others_kept", "kept_beside",
                 "others_beside", "difference", "low", "high", "clusters_effective")  # fmt: skip
_SCHEMA: Final = pa.schema(
    [("graph", pa.string()), ("definition", pa.string()), *((n, pa.int64()) for n in _COUNTS),
     *((n, pa.float64()) for n in _REALS), ("few_lineages", pa.bool_())]
)  # fmt: skip


def drift_to_english(hub: Snapshot, seed: int) -> pa.Table:
    """Set the net flow to English beside how often English, and other languages, are kept.

    Returns
    -------
    pyarrow.Table
        A row per ``graph`` (``full``, ``finetune``) and ``definition``: ``net`` (flow to English
        less that from it, in counts of that definition) and ``total`` (both); ``changed`` edges,
        those that ``only_lost`` and ``only_gained`` languages; ``stating``, the edges whose parent
        states English, with ``kept_of_stating``, the share on which the child states it too, and
        ``silent``, on which the child states no language; ``parents`` (edges whose parent
        states English and whose child states a language) with ``kept``, the share on which the
        child keeps English, and ``others_kept``, that of all other languages; ``beside`` (of these
        edges, those whose parent states another language too) with ``kept_beside``,
        ``others_beside``, their ``difference``, ``low``, ``high``, ``clusters_effective`` and
        ``few_lineages``. Null where nothing is known.
    """
    rows = []
    for graph, relations in sorted(GRAPHS.items(), reverse=True):
        for form in ("laufer2025", "standard"):
            told = transition_counts(hub, trait="language", relations=relations, definition=form,
                                     seed=seed)  # fmt: skip
            edges = trait_edges(hub, "language", relations=relations, by="none", definition=form)
            rows.append({"graph": graph, "definition": form, **_row(told), **_fate(edges)})
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _row(told: Result) -> dict[str, Any]:
    pairs = told.table.to_pylist()
    into = sum(r["count"] for r in pairs if r["target"] == ENGLISH)
    out = sum(r["count"] for r in pairs if r["source"] == ENGLISH)
    rows = [r for r in told.tables["retention"].to_pylist() if r["parent_size"] is None]
    english = [r for r in rows if r["value"] == ENGLISH]
    others = [r for r in rows if r["value"] != ENGLISH]
    beside = [r for r in told.tables["kept_against"].to_pylist() if r["value"] == ENGLISH]
    return {
        "net": float(round_digits(into - out)),
        "total": float(round_digits(into + out)),
        "changed": told.n,
        "only_lost": told.parameters["only_lost"],
        "only_gained": told.parameters["only_gained"],
        "parents": sum(r["kept"] + r["dropped"] for r in english),
        "kept": _kept(english),
        "others_kept": _kept(others),
        **(_beside(beside[0]) if beside else {"beside": 0}),
    }


def _fate(edges: TraitEdges) -> dict[str, Any]:
    """Return what becomes of English on all edges whose parent states it, silent ones too."""
    found = [r for r in fates(edges, len(edges.values)) if r["value"] == ENGLISH]
    if not found:
        return {"stating": 0}
    row = found[0]
    return {"stating": row["edges"], "kept_of_stating": row["kept"], "silent": row["silent"]}


def _kept(rows: list[dict[str, Any]]) -> float | None:
    whole = sum(r["kept"] + r["dropped"] for r in rows)
    return float(round_digits(sum(r["kept"] for r in rows) / whole)) if whole else None


def _beside(row: dict[str, Any]) -> dict[str, Any]:
    same = ("difference", "low", "high", "clusters_effective", "few_lineages")
    return {"beside": row["edges"], "kept_beside": row["kept_share"],
            "others_beside": row["others_share"], **{k: row[k] for k in same}}  # fmt: skip


def sentences(table: pa.Table) -> list[str]:
    """Return what the rows of the full graph say, in words; none without a changed edge."""
    rows = {r["definition"]: r for r in table.to_pylist() if r["graph"] == "full"}
    told, said = rows["standard"], []
    published = rows["laufer2025"]
    if published["total"]:
        side = "exceed" if published["net"] >= 0 else "fall short of"
        said.append(
            f"As published, transitions to English {side} those from it by "
            f"{abs(published['net']):,.0f} of {published['total']:,.0f}."
        )
    if told["changed"]:
        said.append(
            f"Of the {told['changed']:,} edges here on which languages change, "
            f"{told['only_lost']:,} only lose and {told['only_gained']:,} only gain some. The "
            "published rule counts each lost language as a flow to every language that stays. "
            "Counted are, in the standard definition, only exchanges of one language for another: "
            f"to English less from English they come to {told['net']:+,.0f} of "
            f"{told['total']:,.0f} edges. What loss does to English shows in what is kept."
        )
    if told["stating"]:
        said.append(
            f"Of the {told['stating']:,} edges whose parent states English, the child states it "
            f"too on {100 * told['kept_of_stating']:.0f} %, and on {100 * told['silent']:.0f} % "
            "no language at all; what follows is of children that state one."
        )
    if told["kept"] is not None and told["others_kept"] is not None:
        said.append(
            f"Where the child states a language too, it keeps English on "
            f"{100 * told['kept']:.0f} % of the edges whose parent states it, and another "
            f"language on {100 * told['others_kept']:.0f} %; but parents of many languages, "
            "which lose most, weigh heavily in the second figure."
        )
    if told["beside"]:
        said.append(_in_the_same_parents(told))
    return said


def _in_the_same_parents(row: dict[str, Any]) -> str:
    said = (
        f"In the same parents ({row['beside']:,} edges whose parent states English and "
        f"another language) English is kept by {100 * row['kept_beside']:.0f} %, "
        f"the languages beside it by {100 * row['others_beside']:.0f} %"
    )
    if row["low"] is None:
        return f"{said}; one lineage alone, so nothing follows for others."
    points = [100 * row[k] for k in ("difference", "low", "high")]
    said += f": {points[0]:+.1f} points ({points[1]:+.1f} to {points[2]:+.1f} by clan)"
    if row["few_lineages"]:
        clans = f"{row['clusters_effective']:.0f} effective clans"
        return f"{said}. Few independent lineages ({clans}): read it as what these families do."
    if row["low"] > 0:
        return f"{said}: English is kept more often."
    if row["high"] < 0:
        return f"{said}: English is kept less often."
    return f"{said}: no difference is shown."
