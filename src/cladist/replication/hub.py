"""Figures of the hub as a whole: its size, what models state, parents, downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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
                                   library=models.library_name.count()))  # fmt: skip
    spoken = stated(hub, "language", definition=form).lengths()[ours]
    found: dict[str, float | None] = {
        "data.n_models_with_language": int(np.count_nonzero(spoken)),
        **{f"data.n_languages_eq_{k}": int((spoken == k).sum()) for k in (0, 1, 2, 4, 8)},
        "data.n_models_with_task": counts["task"],
        "data.n_models_with_library": counts["library"],
        "data.first_bin_count": _first_bin(models),
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


def _first_bin(models: ir.Table) -> int | None:
    """Count the models created in the first of 100 equal stretches of the hub's time."""
    born = models.created_at.epoch_seconds()
    ends = _one(models.aggregate(first=born.min(), last=born.max()))
    if ends["first"] is None:
        return None
    edge = ends["first"] + (ends["last"] - ends["first"]) / 100
    return int(_one(models.aggregate(n=(born < edge).sum().fill_null(0)))["n"])


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


#: Values of each field that are looked for among the commonest.
_TOP: Final = 500


def commonest(hub: Snapshot, figures: list[str]) -> Measures:
    """Return the figures ``count.*`` and ``pct.*``: models that state a value.

    A value that nobody states counts 0, unless the commonest are all that is known.
    """
    found = [_counted(hub, form, figures) for form in _FORMS]
    return both(found[0], found[1])


def _counted(hub: Snapshot, form: str, figures: list[str]) -> dict[str, float | None]:
    told = hub_summary(hub, definition=form, top=_TOP, replicates=100)
    rows: dict[str, dict[str, dict[str, Any]]] = {word: {} for word in _WORD.values()}
    for row in told.table.to_pylist():
        if row["field"] in _WORD:
            rows[_WORD[row["field"]]][row["value"]] = row
    field = {word: name for name, word in _WORD.items()}
    found: dict[str, float | None] = {}
    for figure in figures:
        kind, word, value = figure.split(".", 2)
        if word not in rows or (value not in rows[word] and len(rows[word]) >= _TOP):
            continue
        row = rows[word].get(value)
        share = _PERCENT.get(field[word])
        if kind == "count":
            found[figure] = row["count"] if row else 0
        elif share and rows[word]:
            found[figure] = 100 * row[share] if row else 0
    return found


def parents(hub: Snapshot, names: list[str]) -> Measures:
    """Return the figures ``children.*``: children of the paper's top parents that are here."""
    known = set(named(hub, names, ["downloads"]))
    found: list[dict[str, float | None]] = []
    for form in _FORMS:
        table = hub_summary(hub, definition=form, top=None, replicates=100).tables["top_parent"]
        counts = {r["value"]: r["count"] for r in table.to_pylist() if r["value"] in known}
        found.append({f"children.{name}": counts.get(name, 0) for name in sorted(known)})
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
    rows = named(hub, names, ["downloads"])
    return {f"downloads.{name}": Measured(row["downloads"], row["downloads"])
            for name, row in rows.items()}  # fmt: skip


def motifs(hub: Snapshot, _: int) -> Measures:
    """Return the figure ``motif.duo``: edges of the fine-tune graph."""
    counts = [motif_census(hub, relations="finetune", definition=f).n for f in _FORMS]
    return {"motif.duo": Measured(counts[0], counts[1])}


def named(hub: Snapshot, names: list[str], columns: list[str]) -> dict[str, dict[str, Any]]:
    """Return ``node`` and columns of the models of those names that the snapshot knows."""
    nodes: dict[str, int] = {}
    for name in names:
        try:
            nodes[name] = hub.node(name)
        except ModelNotFoundError:
            continue
    if not nodes:
        return {}
    models = hub.table("models").filter(lambda t: t.node.isin(sorted(set(nodes.values()))))
    rows = {r["node"]: r for r in models.select("node", *columns).to_pyarrow().to_pylist()}
    return {name: rows[node] for name, node in nodes.items()}
