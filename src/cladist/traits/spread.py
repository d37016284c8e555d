"""How models spread over time: by month, and over the largest families."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from cladist.traits.edges import fetch, lineage_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot


def _month(models: ir.Table) -> ir.StringValue:
    import ibis

    month = models.created_at.strftime("%Y-%m") + "-01"
    return ibis.cases(
        (models.created_at.isnull(), "unknown"),
        (models.created_at_is_floor, "floor"),
        else_=month,
    )


def monthly(hub: Snapshot) -> pa.Table:
    """Count declared models by month of creation: ``month, models, with_parent, cumulative``."""
    models = hub.table("models")
    declared = models.filter(~models.is_ghost)
    lineage = hub.table("lineage").select("node", "parents")
    rows = declared.select("node", "created_at", "created_at_is_floor").join(lineage, "node")
    rows = rows.select(month=_month(rows), child=(rows.parents > 0).cast("int64"))
    counts = fetch(
        rows.group_by("month").agg(models=rows.count(), with_parent=rows.child.sum())
    ).to_pydict()
    # A digit sorts before the words; the floor month goes first, the unknown last.
    rank = {"floor": "", "unknown": "~"}
    order = sorted(range(len(counts["month"])), key=lambda i: rank.get(m := counts["month"][i], m))
    total, cumulative = 0, []
    for i in order:
        total += counts["models"][i]
        cumulative.append(None if counts["month"][i] == "unknown" else total)
    return pa.table(
        {
            "month": pa.array([counts["month"][i] for i in order], pa.string()),
            "models": pa.array([counts["models"][i] for i in order], pa.int64()),
            "with_parent": pa.array([counts["with_parent"][i] for i in order], pa.int64()),
            "cumulative": pa.array(cumulative, pa.int64()),
        }
    )


def largest_families(hub: Snapshot, top: int | None) -> NDArray[np.int32]:
    """Return the founders of the largest families of two models and more, largest first."""
    families = lineage_of(hub).families
    several = np.flatnonzero(families.size >= 2)
    order = np.lexsort((families.founder[several], -families.size[several]))
    return families.founder[several[order][:top]]


def families_by_month(hub: Snapshot, top: int | None) -> tuple[pa.Table, pa.Table]:
    """Return the members of the largest families by month, and those without a date."""
    founders = [int(v) for v in largest_families(hub, top)]
    models, lineage = hub.table("models"), hub.table("lineage")
    names = models.select(family="node", founder="model_id")
    members = models.select("node", "created_at", "created_at_is_floor")
    inside = lineage.filter(lineage.family.isin(founders)).select("node", "family")
    rows = inside.join(members, "node").join(names, "family")
    rows = rows.select("family", "founder", month=_month(rows))
    found = fetch(rows.group_by(["family", "founder", "month"]).agg(n=rows.count())).to_pylist()
    curves: list[dict[str, object]] = []
    undated: list[dict[str, object]] = []
    for node in founders:
        mine = [r for r in found if r["family"] == node]
        dates = {r["month"]: r["n"] for r in mine}
        missing = dates.pop("unknown", 0)
        total = dates.pop("floor", 0)
        name = mine[0]["founder"]
        undated.append({"founder": name, "members": total + missing + sum(dates.values()),
                        "undated": missing})  # fmt: skip
        for month in sorted(dates):
            total += dates[month]
            curves.append({"founder": name, "month": month, "members": total})
    texts, counts = pa.string(), pa.int64()
    return (
        pa.Table.from_pylist(
            curves, schema=pa.schema([("founder", texts), ("month", texts), ("members", counts)])
        ),
        pa.Table.from_pylist(
            undated,
            schema=pa.schema([("founder", texts), ("members", counts), ("undated", counts)]),
        ),
    )
