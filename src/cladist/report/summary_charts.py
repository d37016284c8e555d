"""The small bar charts of the summary: shares with their counts, and honest denominators."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cladist.report.words import share
from cladist.views import numbers
from cladist.views.numbers import plural
from cladist.views.terminal import short_id

if TYPE_CHECKING:
    from cladist.result import Chart, Result


def labelled(result: Result, chart: Chart) -> tuple[Result, Chart]:
    """Return a chart whose bars say count and share, and whose foot names the denominator."""
    import pyarrow as pa

    table = result.tables[chart.table]
    if not {"count", "share_of_stated"} <= set(table.column_names):
        return result, chart
    counts, shares = table.column("count").to_pylist(), table.column("share_of_stated").to_pylist()
    pairs = zip(counts, shares, strict=True)
    labels = [
        f"{numbers.count(c)} · {numbers.percent(s)}" if s is not None else numbers.count(c)
        for c, s in pairs
    ]
    names = [short_id(v) for v in table.column("value").to_pylist()]
    drawn = table.append_column("label", pa.array(labels, pa.string()))
    drawn = drawn.set_column(
        drawn.column_names.index("value"), "value", pa.array(names, pa.string())
    )
    return (
        replace(result, tables={**result.tables, chart.table: drawn}),
        replace(chart, label="label", x="count", percent=False,
                subtitle=denominator(result, chart)),
    )  # fmt: skip


def denominator(result: Result, chart: Chart) -> str:
    """Say of what the shares of a chart are."""
    rows = result.tables[chart.table].slice(0, 1).to_pylist()
    if not rows:
        return ""
    stated = rows[0]["stated"]
    if chart.name == "parent":
        return f"Children, of {plural(stated, 'model')} with a known parent."
    if chart.name == "downloads":
        return f"Of {plural(stated, 'download')} of all models at their reading (30 days)."
    kinds = {r["field"]: int(r["values"]) for r in result.tables["distinct"].to_pylist()}
    different = kinds.get(chart.name)
    said = f"Of {plural(stated, 'model')} that state one ({share(stated, result.n)} of all)"
    return f"{said}; {plural(different, 'different value')}." if different else f"{said}."
