"""Figures of the hub as a whole: its size, what models state, parents, families, downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
import numpy as np

from cladist.analysis.motifs import motif_census
from cladist.analysis.summary import hub_summary
from cladist.errors import ModelNotFoundError
from cladist.replication.measures import Measured, Measures, both
from cladist.traits.edges import NAMED, edges_of
from cladist.traits.stated import declared, stated

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cladist.snapshot import Snapshot

_FORMS: Final = ("laufer2025", "standard")
#: A card counts for the published comparison of texts from this many characters on.
_CARD: Final = 512


def sizes(hub: Snapshot, _: int) -> Measures:
    """Return the figures ``data.*``: models, edges, cards, and how many state what."""
    found = [{**_edges(hub, f), **_stated(hub, f), **_cards(hub)} for f in _FORMS]
    return both(found[0], found[1])


def _one(expression: ir.Table) -> dict[str, Any]:
    row: dict[str, Any] = expression.to_pyarrow().to_pylist()[0]
    return row


def _edges(hub: Snapshot, form: str) -> dict[str, float | None]:
    relation = edges_of(hub, definition=form).relation
    by = dict(zip(NAMED, np.bincount(relation, minlength=len(NAMED)).tolist(), strict=True))
    total = len(relation)
    typed = {f"data.n_edges_{r}": by[r] for r in ("finetune", "quantized", "adapter", "merge")}
    return {
        "data.n_models": hub.counts["models"],
        "data.n_edges_full": total,
        **typed,
        "data.n_edges_nomerges": total - by["merge"],
        "data.n_edges_untyped": by["unknown"],
    }


def _stated(hub: Snapshot, form: str) -> dict[str, float | None]:
    ours = declared(hub)
    models = hub.table("models").filter(lambda t: ~t.is_ghost)
    counts = _one(models.aggregate(task=models.pipeline_tag.count(),
                                   library=models.library_name.count(),
                                   floor=models.created_at_is_floor.sum()))  # fmt: skip
    spoken = stated(hub, "language", definition=form).lengths()[ours]
    found: dict[str, float | None] = {
        "data.n_models_with_language": int(np.count_nonzero(spoken)),
        **{f"data.n_languages_eq_{k}": int((spoken == k).sum()) for k in (0, 1, 2, 4, 8)},
        "data.n_models_with_task": counts["task"],
        "data.n_models_with_library": counts["library"],
        "data.first_bin_count": counts["floor"],
    }
    license_ = _mentions(hub, form, "license")
    dataset = _mentions(hub, form, "datasets")
    language = _mentions(hub, form, "language")
    permissive = license_["two"] / license_["mentions"] if license_["mentions"] else None
    return {
        **found,
        "data.license_types_code": license_["kinds"],
        "data.license_mentions": license_["mentions"],
        "data.apache_mit_share": permissive,
        "data.dataset_distinct": dataset["kinds"],
        "data.dataset_mentions": dataset["mentions"],
        "data.dataset_singletons": dataset["single"],
        "data.language_distinct": language["kinds"],
        "data.language_mentions": language["mentions"],
        "data.arxiv_unique": _mentions(hub, form, "arxiv")["kinds"],
    }


def _mentions(hub: Snapshot, form: str, trait: str) -> dict[str, int]:
    found = stated(hub, trait, definition=form)
    counts = found.counts(declared(hub))
    two = [v in ("apache-2.0", "mit") for v in found.values]
    return {
        "kinds": int(np.count_nonzero(counts)),
        "mentions": int(counts.sum()),
        "single": int((counts == 1).sum()),
        "two": int(counts[two].sum()),
    }


def _cards(hub: Snapshot) -> dict[str, float | None]:
    if not hub.counts["cards"]:
        return {}
    models = hub.table("models").filter(lambda t: ~t.is_ghost)
    length = models.card_length
    own = (length >= _CARD) & ~models.card_is_generated
    counts = _one(models.aggregate(cards=(length > 3).sum(), own=own.sum()))
    share = counts["cards"] / hub.counts["models"] if hub.counts["models"] else None
    return {
        "data.n_with_card": counts["cards"],
        "data.frac_with_card": share,
        "data.n_cards_similarity": counts["own"],
    }


_PERCENT: Final = {"license": "share_of_all", "pipeline_tag": "share_of_stated",
                   "library_name": "share_of_stated", "language": "share_of_stated"}  # fmt: skip
_WORD: Final = {"license": "license", "pipeline_tag": "task", "library_name": "library",
                "language": "language", "datasets": "dataset"}  # fmt: skip


def commonest(hub: Snapshot, _: int) -> Measures:
    """Return the figures ``count.*`` and ``pct.*``: models that state a value."""
    return both(_counted(hub, "laufer2025"), _counted(hub, "standard"))


def _counted(hub: Snapshot, form: str) -> dict[str, float | None]:
    told = hub_summary(hub, definition=form, top=500, replicates=100)
    found: dict[str, float | None] = {}
    for row in told.table.to_pylist():
        word = _WORD.get(row["field"])
        if word is None:
            continue
        found[f"count.{word}.{row['value']}"] = row["count"]
        if row["field"] in _PERCENT and row[_PERCENT[row["field"]]] is not None:
            found[f"pct.{word}.{row['value']}"] = 100 * row[_PERCENT[row["field"]]]
    return found


def parents(hub: Snapshot, _: int) -> Measures:
    """Return the figures ``children.*``: children of the paper's top parents."""
    found: list[dict[str, float | None]] = []
    for form in _FORMS:
        table = hub_summary(hub, definition=form, top=2000, replicates=100).tables["top_parent"]
        found.append({f"children.{r['value']}": r["count"] for r in table.to_pylist()})
    return both(found[0], found[1])


def fertility(hub: Snapshot, seed: int) -> Measures:
    """Return the figures ``further.*`` and ``further_rate.*``: edges whose child has a child."""
    found: list[dict[str, float | None]] = []
    for form in _FORMS:
        told = hub_summary(hub, definition=form, top=1, replicates=100, seed=seed)
        rows = told.tables["fertility"].to_pylist()
        found.append({f"further.{r['relation']}": r["fertile"] for r in rows}
                     | {f"further_rate.{r['relation']}": r["share"] for r in rows})  # fmt: skip
    return both(found[0], found[1])


def downloads(hub: Snapshot, names: list[str]) -> Measures:
    """Return the figures ``downloads.*``: downloads of the paper's top models, where known."""
    rows = _named(hub, names, ["downloads"])
    return {f"downloads.{name}": Measured(row["downloads"], row["downloads"])
            for name, row in rows.items()}  # fmt: skip


def families(hub: Snapshot, names: list[str]) -> Measures:
    """Return the figures ``family_size.*``: size of the family of a model, merges left out."""
    lineage = hub.table("lineage")
    rows = _named(hub, names, ["family", "family_no_merges"])
    found: Measures = {}
    for name, row in rows.items():
        sizes_ = [int((lineage[c] == row[c]).sum().to_pyarrow().as_py() or 0)
                  for c in ("family_no_merges", "family")]  # fmt: skip
        found[f"family_size.{name}"] = Measured(sizes_[0], sizes_[1])
    return {**found, **_components(hub)}


def _components(hub: Snapshot) -> Measures:
    lineage = hub.table("lineage")
    count = int(lineage.family.nunique().to_pyarrow().as_py())
    apart = int(lineage.family_no_merges.nunique().to_pyarrow().as_py())
    sizes_ = lineage.group_by("family_no_merges").agg(size=lineage.count())
    ranked = sizes_.order_by([sizes_["size"].desc(), "family_no_merges"]).limit(1, offset=2499)
    at = ranked.to_pyarrow()["size"].to_pylist()
    return {
        "graph.n_components_with_phantoms": Measured(count, count),
        "graph.components_lower_bound_nomerges": Measured(apart, apart),
        "family.rank2500": Measured(at[0] if at else None, at[0] if at else None),
    }


def growth(hub: Snapshot, asked: list[tuple[str, str]]) -> Measures:
    """Return the figures ``growth.MODEL.YYYY-MM``: members of a family created by that month."""
    lineage = hub.table("lineage")
    models = hub.table("models").select("node", "created_at")
    rows = _named(hub, sorted({name for name, _ in asked}), ["family", "family_no_merges"])
    found: Measures = {}
    for name, row in rows.items():
        months = [m for n, m in asked if n == name]
        counts = []
        for column in ("family_no_merges", "family"):
            members = lineage.filter(lineage[column] == row[column]).join(models, "node")
            counts.append(_one(members.aggregate(
                **{m: (members.created_at < ibis.timestamp(f"{m}-01T00:00:00+00:00")).sum()
                   for m in months})))  # fmt: skip
        for month in months:
            found[f"growth.{name}.{month}"] = Measured(counts[0][month], counts[1][month])
    return found


def motifs(hub: Snapshot, _: int) -> Measures:
    """Return the figure ``motif.duo``: edges of the fine-tune graph."""
    counts = [motif_census(hub, relations="finetune", definition=f).n for f in _FORMS]
    return {"motif.duo": Measured(counts[0], counts[1])}


def _named(hub: Snapshot, names: list[str], columns: list[str]) -> dict[str, dict[str, Any]]:
    """Return columns of models and their lineage for the names that the snapshot knows."""
    nodes: dict[int, str] = {}
    for name in names:
        try:
            nodes[hub.node(name)] = name
        except ModelNotFoundError:
            continue
    models = hub.table("models").filter(lambda t: t.node.isin(list(nodes)))
    rows = models.select("node", "downloads").join(hub.table("lineage"), "node")
    wanted = rows.select("node", *columns).to_pyarrow().to_pylist() if nodes else []
    return {nodes[r["node"]]: r for r in wanted}
