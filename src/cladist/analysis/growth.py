"""How the hub and its families grew: models by month, members of the largest families."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from cladist.result import Chart, Result
from cladist.traits.edges import fetch
from cladist.traits.spread import families_by_month, largest_families, monthly

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cladist.snapshot import Snapshot

_DEFINITION: Final = (
    "Declared models by month of creation. 'floor' counts models whose date was back-filled to "
    "2 March 2022 (created on or before it); 'unknown' those without a date; neither is imputed. "
    "Members of a family are counted at the end of each month; those without a date are left out "
    "of its curve and counted in undated. Where a time series of downloads was fetched, downloads "
    "(of the last 30 days) and likes of all models and of the largest families at each date; a "
    "model counts for the family that it has now."
)


def hub_growth(hub: Snapshot, *, top: int | None = 8) -> Result:
    """Count models by month, and members of the largest families over time.

    Parameters
    ----------
    hub
        The snapshot.
    top
        Number of families followed, largest first; all of two models and more if None.

    Returns
    -------
    Result
        Rows ``month`` (first day as text, or ``floor``, ``unknown``), ``models``,
        ``with_parent`` (of them, with a known parent), ``cumulative`` (floor included, null for
        unknown). Table ``families``: ``founder``, ``month``, ``members`` (cumulative);
        ``undated``: ``founder``, ``members``, ``undated``. Where the snapshot has the table
        ``downloads``, table ``downloads``: ``observed_at`` (day as text), ``founder`` (or ``(all
        models)``), ``models`` (that have a reading), ``downloads``, ``likes``. ``n`` is the number
        of models.
    """
    models = hub.table("models")
    declared = models.filter(~models.is_ghost)
    by_month = monthly(hub)
    families, undated = families_by_month(hub, top)
    n = int(declared.count().to_pyarrow().as_py())
    series = {"downloads": _downloads(hub, top)} if "downloads" in hub.files else {}
    dated = by_month.filter(pa.compute.invert(pa.compute.is_in(
        by_month["month"], value_set=pa.array(["floor", "unknown"]))))  # fmt: skip
    return Result(
        analysis="growth",
        form="standard",
        definition=_DEFINITION,
        parameters={"top": top},
        n=n,
        tables={"table": by_month, "families": families, "undated": undated, "dated": dated,
                **series},
        provenance=hub.provenance(analysis="growth", top=top),
        notes=() if dated.num_rows else ("No model has a usable date of creation.",),
        charts=(
            Chart("monthly", "columns", "New models a month", table="dated", x="month",
                  y="models", y_scale="sqrt", x_title="", y_title="models",
                  subtitle="Square-root scale. Back-filled and missing dates left out."),
            Chart("families", "lines", "Members of the largest families", table="families",
                  x="month", y="members", color="founder", x_title="", y_title="members",
                  y_scale="symlog", subtitle="Cumulative, by month of creation; dated members."),
            *((_DOWNLOADS,) if series else ()),
        ),
    )  # fmt: skip


#: No id has spaces or brackets.
_EVERY: Final = "(all models)"
_DOWNLOADS: Final = Chart(
    "downloads", "lines", "Downloads of the largest families", table="downloads",
    x="observed_at", y="downloads", color="founder", x_title="", y_title="downloads in 30 days",
    y_scale="symlog", subtitle="At each date that was fetched.",
)  # fmt: skip


def _downloads(hub: Snapshot, top: int | None) -> pa.Table:
    """Sum downloads and likes at each date, of all models and of the largest families."""
    founders = [int(v) for v in largest_families(hub, top)]
    series, models, lineage = (hub.table(n) for n in ("downloads", "models", "lineage"))
    rows = series.select("model", "downloads", "likes", day=series.observed_at.strftime("%Y-%m-%d"))
    nodes = models.select("node", model="model_id").join(lineage.select("node", "family"), "node")
    names = models.select(family="node", founder="model_id")
    inside = nodes.filter(nodes.family.isin(founders)).join(names, "family")
    of_families = rows.join(inside.select("model", "founder"), "model")

    def summed(given: ir.Table, *keys: str) -> list[dict[str, object]]:
        found = given.group_by(["day", *keys]).agg(
            models=given.count(), downloads=given.downloads.sum(), likes=given.likes.sum()
        )
        return list(fetch(found).to_pylist())

    every: list[dict[str, object]] = [{"founder": _EVERY, **row} for row in summed(rows)]
    every += summed(of_families, "founder")
    every.sort(key=lambda r: (str(r["day"]), r["founder"] != _EVERY, str(r["founder"])))
    fields = [("observed_at", pa.string()), ("founder", pa.string()), ("models", pa.int64()),
              ("downloads", pa.int64()), ("likes", pa.int64())]  # fmt: skip
    return pa.Table.from_pylist(
        [{**row, "observed_at": row["day"]} for row in every], schema=pa.schema(fields)
    )
