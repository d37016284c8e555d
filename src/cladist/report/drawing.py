"""A result's charts in the words of the page: short ids, everyday words, counts on the bars."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cladist.report import findings, summary_charts
from cladist.report.words import in_words, short_pair, worded
from cladist.views import numbers
from cladist.views.chartdata import prepare
from cladist.views.numbers import plural
from cladist.views.terminal import short_id

if TYPE_CHECKING:
    import pyarrow as pa

    from cladist.result import Chart, Result

_PAIRS: Final = 15


def page_charts(result: Result) -> tuple[Chart, ...]:
    """Return the charts of a result with titles in everyday words.

    Of charts that show the same for several texts or weightings the page leaves out those with
    nothing to draw (the notes say why), and those by family, which the figures' folder holds.
    """
    shown = [
        c
        for c in result.charts
        if not c.where or not (is_empty(result, c) or ("weighting", "families") in c.where)
    ]
    return tuple(replace(c, title=in_words(c.title), subtitle=in_words(c.subtitle)) for c in shown)


def is_empty(result: Result, chart: Chart) -> bool:
    """Tell whether a chart has nothing to draw."""
    return not prepare(result, chart).rows


def drawable(result: Result, chart: Chart) -> tuple[Result, Chart]:
    """Return the result and the chart that the page draws."""
    table = worded(result.tables[chart.table], "trait", "field")
    if result.analysis == "shape" and chart.name == "largest":
        table = _with_labels(table)
    drawn = replace(result, tables={**result.tables, chart.table: table})
    if result.analysis == "summary":
        return summary_charts.labelled(drawn, chart)
    if result.analysis == "transitions" and chart.name == "transitions":
        return _with_families(drawn, chart)
    return drawn, chart


def _with_labels(table: pa.Table) -> pa.Table:
    """Name families by a short id of their founder, and say which have several founders."""
    import pyarrow as pa

    labels = [
        short_id(r["founder"], 18) + " (mixed)"
        if r["founders"] > 1 and r["founder_share"] < 0.5
        else short_id(r["founder"])
        for r in table.to_pylist()
    ]
    return table.set_column(
        table.column_names.index("label"), "label", pa.array(labels, pa.string())
    )


def _with_families(result: Result, chart: Chart) -> tuple[Result, Chart]:
    """Return the most frequent pairs with their number of families written out."""
    import pyarrow as pa

    rows = result.table.slice(0, chart.top or _PAIRS).to_pylist()
    labels = [
        f"{numbers.short(r['count'])} · {r['families']:,} fam."
        + (" △" if r["families"] < findings.FEW_FAMILIES else "")
        for r in rows
    ]
    pairs = pa.table(
        {
            "pair": pa.array([short_pair(r["source"], r["target"]) for r in rows], pa.string()),
            "count": pa.array([r["count"] for r in rows], pa.float64()),
            "label": pa.array(labels, pa.string()),
        }
    )
    words = "Changed edges, each counted once, and families in which they occur; △ under 5."
    if len(rows) < result.table.num_rows:
        words += f" The {len(rows)} largest of {result.table.num_rows:,} pairs."
    drawn = replace(result, tables={**result.tables, "drawn": pairs})
    return drawn, replace(chart, table="drawn", label="label", subtitle=words, top=None)


def without_few(result: Result, chart: Chart) -> tuple[Result, Chart]:
    """Leave out the rates that rest on few lineages, and say how many."""
    import pyarrow.compute as pc

    known = result.table.filter(pc.is_valid(result.table.column("rate")))
    sound = known.filter(pc.invert(known.column("few_lineages")))
    left = known.num_rows - sound.num_rows
    if not left:
        return result, chart
    if not sound.num_rows:
        words = f"{chart.subtitle} △ Every rate rests on few independent lineages."
        return result, replace(chart, subtitle=words)
    words = f"{chart.subtitle} {plural(left, 'rate')} from few lineages left out here."
    drawn = replace(result, tables={**result.tables, "table": sound})
    return drawn, replace(chart, subtitle=words)


def readable(result: Result, name: str, *, single: bool) -> pa.Table:
    """Return a table for reading: retention of a trait of one value has one row a value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = result.tables[name]
    if (result.analysis, name) != ("transitions", "retention"):
        return table
    size = table.column("parent_size")
    if single:
        return table.filter(pc.is_null(size)).drop_columns(["parent_size"])
    words = ["any" if v is None else str(v) for v in size.to_pylist()]
    place = table.column_names.index("parent_size")
    return table.set_column(place, "parent_size", pa.array(words, pa.string()))
