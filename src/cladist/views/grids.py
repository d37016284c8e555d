"""Drawings for values against values: the matrix, and the order with its supports."""

from __future__ import annotations

from math import ceil
from typing import Any

from cladist.result import Chart
from cladist.views import numbers, theme
from cladist.views.axes import Frame, Spec, category_axis, text_width
from cladist.views.chartdata import Rows

#: A matrix with more values than this a side has no numbers in its cells.
NUMBERED = 24
#: Support from which an adjacent pair is printed bold.
STRONG = 0.95


def matrix_width(rows: Rows) -> int:
    """Return the width at which the cells of a matrix can hold their numbers."""
    _, room = category_axis(rows.categories)
    cell = 42 if len(rows.columns) <= NUMBERED else 14
    return max(room + cell * max(len(rows.columns), 1) + 16 + overhang(rows), 240)


def overhang(rows: Rows) -> int:
    """Return the pixels by which the turned headers of the last columns stand out."""
    cell = 42 if len(rows.columns) <= NUMBERED else 14
    count = len(rows.columns)
    past = (text_width(w) * 0.77 - (count - i - 0.5) * cell for i, w in enumerate(rows.columns))
    return max(0, ceil(max(past, default=0)) + 12)


def matrix(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Heat map: colour by square root; counts in the cells while there are few of them.

    Values of both signs are net flows: blue with the order, orange against it.
    """
    axis, _ = category_axis(rows.categories, title=chart.y_title or None)
    x: Spec = {
        "field": "x",
        "type": "nominal",
        "scale": {"domain": rows.columns, "padding": 0.04},
        "axis": {
            "orient": "top",
            "labelAngle": -40,
            "labelAlign": "left",
            "grid": False,
            "title": chart.x_title or None,
            "labelOverlap": False,
            "labelColor": theme.INK,
            "labelPadding": 5,
        },
    }
    y: Spec = {
        "field": "y",
        "type": "nominal",
        "axis": axis,
        "scale": {"domain": rows.categories, "padding": 0.04},
    }
    values = [r["value"] for r in rows.rows]
    most = max((abs(v) for v in values), default=0) or 1
    signed = min(values, default=0) < 0
    scale = (
        {
            "type": "sqrt",
            "domain": [-most, 0, most],
            "nice": False,
            "range": [theme.AGAINST, "#F4F2EE", theme.WITH],
            "interpolate": "rgb",
        }
        if signed
        else {
            "type": "sqrt",
            "domain": [0, most],
            "nice": False,
            "range": ["#F1F4FA", theme.WITH],
            "interpolate": "rgb",
        }
    )
    color = {"field": "value", "type": "quantitative", "scale": scale, "legend": None}
    row = 23 if len(rows.categories) <= NUMBERED else 13
    layers: list[Spec] = [{"mark": {"type": "rect"}, "encoding": {"color": color}}]
    if max(len(rows.categories), len(rows.columns)) <= NUMBERED:
        ink = {
            "condition": {"test": f"datum.value > {most * 0.35!r}", "value": "#FFFFFF"},
            "value": theme.INK,
        }
        layers.append(
            {
                "mark": {"type": "text", "fontSize": 10.5},
                "encoding": {"text": {"field": "text"}, "color": ink},
            }
        )
    data = [
        {"x": r["x"], "y": r["y"], "value": r["value"], "text": _cell(chart, r)} for r in rows.rows
    ]
    return {
        "height": frame.height or len(rows.categories) * row,
        "data": {"values": data},
        "encoding": {"x": x, "y": y},
        "layer": layers,
    }


def _cell(chart: Chart, row: dict[str, Any]) -> str:
    if chart.percent:
        return numbers.percent(row["value"], 0)
    return numbers.short(row["value"])


def order(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Values from first to last; between neighbours how often resamples keep their order.

    The line between two neighbours is as strong as their support; from 95 % the number is bold.
    """
    supports = _between(rows)
    count = len(rows.categories)
    y = {
        "field": "at",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [count - 0.5, -0.5], "nice": False, "zero": False},
    }
    x = {"value": 46}
    styles = dict(zip(rows.groups, theme.group_style(chart.palette, rows.groups), strict=True))
    values = [
        {
            "at": i,
            "text": r["y"],
            "place": str(i + 1),
            "fill": styles[r["color"]][1] if "color" in r else theme.ACCENT,
        }
        for i, r in enumerate(rows.rows)
    ]
    links: list[Spec] = [
        {"at": i, "to": i + 1, "middle": i + 0.5, "strength": s, "text": numbers.percent(s, 0)}
        for i, s in enumerate(supports)
        if s is not None
    ]
    bold = {
        "condition": {"test": f"datum.strength >= {STRONG - 0.005}", "value": theme.INK},
        "value": theme.INK3,
    }
    strong = [k for k in links if k["strength"] >= STRONG - 0.005]
    weak = [k for k in links if k["strength"] < STRONG - 0.005]
    fill = {"field": "fill", "type": "nominal", "scale": None}
    layers: list[Spec] = [
        {
            "data": {"values": links},
            "mark": {"type": "rule", "color": theme.INK},
            "encoding": {
                "x": x,
                "y": y,
                "y2": {"field": "to"},
                "strokeWidth": {
                    "field": "strength",
                    "type": "quantitative",
                    "legend": None,
                    "scale": {"domain": [0, 1], "range": [0.4, 3.2]},
                },
                "strokeOpacity": {
                    "field": "strength",
                    "type": "quantitative",
                    "legend": None,
                    "scale": {"domain": [0.4, 1], "range": [0.25, 0.9], "clamp": True},
                },
            },
        },
        {
            "data": {"values": values},
            "mark": {
                "type": "point",
                "filled": True,
                "size": 95,
                "opacity": 1,
                "stroke": theme.PANEL,
                "strokeWidth": 1.5,
            },
            "encoding": {"x": x, "y": y, "fill": fill},
        },
        {
            "data": {"values": values},
            "mark": {"type": "text", "align": "left", "dx": 14, "color": theme.INK, "fontSize": 12},
            "encoding": {"x": x, "y": y, "text": {"field": "text"}},
        },
    ]
    for part, weight in ((weak, "normal"), (strong, "bold")):
        mark = {"type": "text", "align": "right", "dx": -9, "fontSize": 10.5, "fontWeight": weight}
        middle = {**y, "field": "middle"}
        layers.append(
            {
                "data": {"values": part},
                "mark": mark,
                "encoding": {"x": x, "y": middle, "text": {"field": "text"}, "color": bold},
            }
        )
    return {"height": frame.height or max(count, 1) * 27, "layer": layers}


def _between(rows: Rows) -> list[float | None]:
    """Return the support of each pair of neighbours, as shares.

    A row's support may be told of it and the next (nothing in the last row) or of it and the
    one before (nothing in the first); shares and percentages are both understood.
    """
    told = [r.get("value") for r in rows.rows]
    if not told:
        return []
    of_previous = told[0] is None and told[-1] is not None
    pairs = told[1:] if of_previous else told[:-1]
    known = [v for v in pairs if v is not None]
    scale = 0.01 if known and max(known) > 1 else 1.0
    return [None if v is None else v * scale for v in pairs]
