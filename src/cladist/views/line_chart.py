"""Lines over numbers or time, with bands or bars of their intervals."""

from __future__ import annotations

from itertools import pairwise
from math import log2
from typing import Any, Final

from cladist.result import Chart
from cladist.views import axes
from cladist.views.axes import Frame, Spec
from cladist.views.chartdata import Rows
from cladist.views.charts import only, plane

#: Lines whose bands can be told apart; more have bars side by side.
_BANDS: Final = 2
#: How much of the way to the next place the bars of one place take.
_SPREAD: Final = 0.3
#: Whole numbers across that are all written.
_WHOLE: Final = 14


def lines(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Draw lines, a dot at each of few values, and their bounds: bands of two, bars of more."""
    place = plane(chart, rows)
    color = axes.color(chart, rows)
    data = [only(r, "x", "y", "color", "low", "high", "faint") for r in rows.rows]
    xs = sorted({r["x"] for r in data}) if not rows.temporal and not rows.ordinal_x else []
    if chart.x_scale == "linear" and 0 < len(xs) <= _WHOLE and all(x == round(x) for x in xs):
        place["x"]["axis"] |= {"values": xs, "format": "d"}
    if chart.x_scale == "log" and xs and xs[-1] <= 1:
        place["x"]["axis"] |= _halves(xs)
    layers: list[Spec] = []
    bounded = [r for r in data if "low" in r and "high" in r]
    several = len(rows.groups) > _BANDS
    if bounded and several and len(xs) > 1:
        data = _beside(data, xs, list(rows.groups), log=chart.x_scale == "log")
        bounded = [r for r in data if "low" in r and "high" in r]
        place["x"]["scale"] |= _room(data, place["x"]["scale"])
    if bounded:
        low, high = {**place["y"], "field": "low"}, {"field": "high"}
        bars = {"type": "rule", "strokeWidth": 1.4, "opacity": 0.55}
        bands = {"type": "area", "opacity": 0.14}
        layers.append(
            {
                "data": {"values": bounded},
                "mark": bars if several else bands,
                "encoding": {**place, "y": low, "y2": high, "color": color},
            }
        )
    mark = {
        "type": "line",
        "strokeWidth": 1.2 if several and bounded else 1.8,
        "strokeCap": "round",
        "strokeJoin": "round",
        "point": {"size": 22, "filled": True} if len(data) <= 60 else False,
    }
    layers.append({"data": {"values": data}, "mark": mark, "encoding": {**place, "color": color}})
    return {"height": frame.height or 190, "layer": layers}


def _halves(xs: list[float]) -> Spec:
    """Return ticks at 1/2, 1/4, 1/8 ..., for shares that halve; every other one of many."""
    powers = range(round(-log2(xs[-1])), round(-log2(xs[0])) + 1)
    step = 1 + len(powers) // 8
    values = [2.0**-k for k in powers[::step]]
    return {"values": values, "labelExpr": "datum.value == 1 ? '1' : '1/' + round(1 / datum.value)"}


def _beside(
    data: list[dict[str, Any]], xs: list[float], groups: list[str], *, log: bool
) -> list[dict[str, Any]]:
    """Move the groups of one place apart, so that no bar hides another."""
    if log:
        step = min(b / a for a, b in pairwise(xs)) ** (_SPREAD / len(groups))
    else:
        step = min(b - a for a, b in pairwise(xs)) * _SPREAD / len(groups)
    middle = (len(groups) - 1) / 2
    rank = {group: i - middle for i, group in enumerate(groups)}
    return [
        {**r, "x": r["x"] * step ** rank[r["color"]] if log else r["x"] + step * rank[r["color"]]}
        for r in data
    ]


def _room(data: list[dict[str, Any]], scale: Spec) -> Spec:
    """Return the domain with room for what was moved."""
    ends = [*(r["x"] for r in data), *scale.get("domain", [])]
    return {"domain": [min(ends), max(ends)], "nice": False}
