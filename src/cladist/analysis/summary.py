"""The hub at a glance: totals, and the commonest value of each field with its denominator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from cladist.result import Chart, Result
from cladist.statistics.inference import cluster_bootstrap_ratio, generator
from cladist.traits.edges import NAMED, clusters_of, edges_of, lineage_of, model_ids
from cladist.traits.spread import families_by_month, largest_families, monthly
from cladist.traits.stated import declared, stated
from cladist.vocab import RELATIONS, check_numbers, is_published

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

_DEFINITION: Final = (
    "Declared models (ghosts left out). For each field: how many models state each value, as a "
    "share of the models that state the field at all (share_of_stated) and of all models "
    "(share_of_all); a model that states several values counts for each. parent: models by "
    "number of children, ghosts among them, as shares of the declared models with a known parent. "
    "downloads: models by downloads at their reading, as a share of the sum."
)

_FIELDS: Final = ("license", "pipeline_tag", "language", "library_name", "datasets", "arxiv",
                  "region")  # fmt: skip


_PUBLISHED: Final = (
    "As published: values are read from the tags alone (languages: tags of two letters that are "
    "codes of ISO 639-1), parents are counted over models with a single one, and fertility is the "
    "share of published edges without merges whose child has a child by such an edge."
)


def hub_summary(
    hub: Snapshot,
    *,
    top: int | None = 10,
    definition: str = "standard",
    replicates: int = 1000,
    seed: int = 0,
) -> Result:
    """List the commonest values of each field, with honest denominators (paper section 8).

    Parameters
    ----------
    hub
        The snapshot.
    top
        Values per field; all if None.
    definition
        ``standard``, or ``laufer2025``: the paper's reading of tags and its edges.
    replicates
        Resamples of clans for the intervals of fertility.
    seed
        Seed of the resamples.

    Returns
    -------
    Result
        Rows ``field``, ``rank``, ``value``, ``count``, ``stated`` (models that state the field,
        or the sum for downloads), ``share_of_stated``, ``share_of_all``. Table ``totals``: the
        counts of the build (``name``, ``value``); ``distinct``: ``field``, ``values``;
        ``fertility``: ``relation``, ``edges``, ``fertile`` (edges whose child has a child),
        ``share`` with ``low`` and ``high``, ``clusters_effective``; ``families``: the ten largest,
        ``founder``, ``size``, ``founders``, ``founder_share``, ``depth``; ``created``: models by
        ``month``, dated ones only; ``family_growth``: ``founder``, ``month``, ``members`` of the
        five largest families.
        ``n`` is the number of declared models.

    Raises
    ------
    InputError
        If the definition is not known.
    """
    check_numbers(replicates=replicates, top=top, seed=seed)
    n = int(hub.counts["models"])
    tables, distinct = [], []
    for field in _FIELDS:
        ranked, kinds = _field(hub, field, n, top, definition)
        tables.append(ranked)
        distinct.append({"field": field, "values": kinds})
    tables += [_parents(hub, n, top, definition), _downloads(hub, n, top)]
    created = monthly(hub)
    created = created.filter(pc.invert(pc.is_in(created["month"], pa.array(["floor", "unknown"]))))
    return Result(
        analysis="summary",
        form=definition,
        definition=_PUBLISHED if is_published(definition) else _DEFINITION,
        parameters={"top": top, "replicates": replicates, "seed": seed},
        n=n,
        tables={
            "table": pa.concat_tables(tables),
            "totals": _totals(hub),
            "distinct": pa.Table.from_pylist(
                distinct, schema=pa.schema([("field", pa.string()), ("values", pa.int64())])
            ),
            "fertility": _fertility(hub, definition, replicates, seed),
            "families": _families(hub),
            "created": created,
            "family_growth": families_by_month(hub, 5)[0],
            **{f"top_{f}": t for f, t in zip((*_FIELDS, "parent", "downloads"), tables,
                                             strict=True)},
        },
        provenance=hub.provenance(analysis="summary", definition=definition, top=top, seed=seed),
        notes=() if n else ("The snapshot declares no model.",),
        charts=(
            *(Chart(f, "bars", title, table=f"top_{f}", x=x, y="value", percent=x != "count",
                    top=10, x_title=x_title, palette="license" if f == "license" else "")
              for f, title, x, x_title in _TITLES),
            Chart("fertility", "intervals", "Fertility", table="fertility", x="share",
                  y="relation", color="relation", low="low", high="high", percent=True,
                  palette="relation", x_title="of edges whose child has a child",
                  subtitle="Share of models of each relation with children; line: 95 % by clan."),
            Chart("families", "bars", "Largest families", table="families", x="size",
                  y="founder", x_title="models", subtitle="Ghosts and merges included."),
            Chart("created", "columns", "Models by month of creation", table="created", x="month",
                  y="models", y_scale="sqrt", x_title="", y_title="models",
                  subtitle="Square-root scale. Back-filled and missing dates left out."),
            Chart("family_growth", "lines", "Growth of the largest families",
                  table="family_growth", x="month", y="members", color="founder", x_title="",
                  y_title="members", y_scale="symlog",
                  subtitle="Cumulative, by month of creation; dated members."),
        ),
    )  # fmt: skip


_TITLES: Final = (
    ("license", "Licence", "share_of_stated", "of models that state one"),
    ("pipeline_tag", "Task", "share_of_stated", "of models that state one"),
    ("language", "Language", "share_of_stated", "of models that state one"),
    ("library_name", "Library", "share_of_stated", "of models that state one"),
    ("datasets", "Data set", "count", "models"),
    ("arxiv", "arXiv paper", "count", "models"),
    ("parent", "Parent", "count", "children"),
    ("downloads", "Downloads", "count", "downloads at the reading (30 days)"),
)


def _field(
    hub: Snapshot, field: str, n: int, top: int | None, definition: str
) -> tuple[pa.Table, int]:
    found, ours = stated(hub, field, definition=definition), declared(hub)
    counts = found.counts(ours)
    ranked = np.lexsort((np.arange(len(counts)), -counts))
    ranked = ranked[counts[ranked] > 0]
    first = ranked[:top]
    table = pa.table({"value": pa.array([found.values[i] for i in first], pa.string()),
                      "count": pa.array(counts[first])})  # fmt: skip
    return _rows(field, table, int(np.count_nonzero(found.is_known & ours)), n), len(ranked)


def _rows(field: str, ranked: pa.Table, stated: int, n: int) -> pa.Table:
    count = ranked["count"].to_pylist()
    size = len(count)

    def share(whole: int) -> pa.Array:
        return pa.array([round(c / whole, 12) if whole else None for c in count], pa.float64())

    return pa.table(
        {
            "field": pa.array([field] * size, pa.string()),
            "rank": pa.array(range(1, size + 1), pa.int64()),
            "value": ranked["value"].cast(pa.string()),
            "count": ranked["count"].cast(pa.int64()),
            "stated": pa.array([stated] * size, pa.int64()),
            "share_of_stated": share(stated),
            "share_of_all": share(n) if field != "downloads" else pa.nulls(size, pa.float64()),
        }
    )


def _parents(hub: Snapshot, n: int, top: int | None, definition: str) -> pa.Table:
    if is_published(definition):
        return _only_parents(hub, n, top)
    models = hub.table("models").select("node", "is_ghost", value="model_id")
    lineage = hub.table("lineage").join(models, "node")
    named = lineage.filter(lineage.children > 0).select("value", count="children")
    named = named.order_by([named["count"].desc(), named["value"]])
    ranked = (named if top is None else named.limit(top)).to_pyarrow()
    born = (lineage.parents > 0) & ~lineage.is_ghost
    stated = int(born.cast("int64").sum().fill_null(0).to_pyarrow().as_py())
    return _rows("parent", ranked, stated, n)


def _only_parents(hub: Snapshot, n: int, top: int | None) -> pa.Table:
    """Count the children of each parent over children that name no other, as published.

    Names are told apart as they stand in the tags: an old id is another parent.
    """
    claims = hub.table("claims").filter(lambda t: t.method == "hub_tag")
    claims = claims.select("child", name="parent_raw").distinct()
    named = claims.group_by("child").agg(value=claims.name.min(), parents=claims.count())
    single = named.filter(named.parents == 1)
    rows = single.group_by("value").agg(count=single.count())
    rows = rows.order_by([rows["count"].desc(), rows["value"]])
    stated = int(named.count().to_pyarrow().as_py())
    return _rows("parent", (rows if top is None else rows.limit(top)).to_pyarrow(), stated, n)


def _fertility(hub: Snapshot, definition: str, replicates: int, seed: int) -> pa.Table:
    """Return the share of edges whose child has a child, by relation, with intervals by clan."""
    edges = edges_of(hub, "no-merges" if is_published(definition) else "all", definition)
    fertile = np.isin(edges.child, edges.parent)
    relations = [r for r in RELATIONS if (edges.relation == NAMED.index(r)).any()]
    of = np.array([relations.index(r) if r in relations else -1 for r in NAMED])[edges.relation]
    clan, place = np.unique(clusters_of(hub, edges, "clan"), return_inverse=True)
    above, below = np.zeros((2, len(relations) + 1, len(clan)))
    np.add.at(above, (of + 1, place), fertile)
    np.add.at(below, (of + 1, place), 1)
    above[0], below[0] = above.sum(axis=0), below.sum(axis=0)
    found = cluster_bootstrap_ratio(
        above, below, replicates=replicates, limits=(0.0, 1.0),
        rng=generator(seed, "summary", "fertility"),
    )  # fmt: skip
    real = {
        "share": found.estimate, "low": found.low, "high": found.high,
        "clusters_effective": found.clusters.clusters_effective,
    }  # fmt: skip
    return pa.table(
        {
            "relation": pa.array(["all", *relations], pa.string()),
            "edges": pa.array(below.sum(axis=1).astype(np.int64)),
            "fertile": pa.array(above.sum(axis=1).astype(np.int64)),
            **{k: pa.array(v, pa.float64(), from_pandas=True) for k, v in real.items()},
        }
    )


def _families(hub: Snapshot) -> pa.Table:
    """Return the ten largest families."""
    families, nodes = lineage_of(hub).families, largest_families(hub, 10)
    at = families.of_node[nodes]
    real = families.founder_share[at]
    return pa.table(
        {
            "founder": pa.array(model_ids(hub, nodes), pa.string()),
            "size": pa.array(families.size[at], pa.int64()),
            "founders": pa.array(families.founders[at], pa.int64()),
            "founder_share": pa.array(np.round(real, 12), pa.float64(), from_pandas=True),
            "depth": pa.array(families.depth[at], pa.int64()),
        }
    )


def _downloads(hub: Snapshot, n: int, top: int | None) -> pa.Table:
    models = hub.table("models")
    known = models.filter(~models.is_ghost & models.downloads.notnull())
    total = int(known.downloads.sum().fill_null(0).to_pyarrow().as_py())
    rows = known.select(value="model_id", count="downloads")
    rows = rows.order_by([rows["count"].desc(), rows["value"]])
    ranked = (rows if top is None else rows.limit(top)).to_pyarrow()
    return _rows("downloads", ranked, total, n)


def _totals(hub: Snapshot) -> pa.Table:
    plain: dict[str, Any] = {k: v for k, v in hub.counts.items() if isinstance(v, int)}
    return pa.table(
        {
            "name": pa.array(list(plain), pa.string()),
            "value": pa.array([int(v) for v in plain.values()], pa.int64()),
        }
    )
