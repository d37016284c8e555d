"""One drawing for each kind of chart: prepared rows in, Vega-Lite layers out."""

from __future__ import annotations

from itertools import pairwise
from math import log10
from typing import Any

from cladist.result import Chart
from cladist.views import axes, numbers, theme
from cladist.views.axes import Frame, Spec
from cladist.views.chartdata import Rows


def quantity(chart: Chart, value: float | None) -> str:
    """Return a value as the direct label of a mark."""
    if value is None:
        return ""
    if chart.percent:
        return numbers.percent(value)
    return numbers.count(value) if value == int(value) else numbers.real(value)


# --- bars and columns -------------------------------------------------------------------------


def bars(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Horizontal bars with their value written after them; no horizontal axis."""
    axis, room = axes.category_axis(rows.categories)
    data = _stacked(rows.rows, "y", "x", theme.palette_order(chart.palette, rows.groups))
    ends = _totals(chart, rows.rows, "y", "x")
    label = axes.widest(e["text"] for e in ends) + 12
    plot = max(frame.width - room - label - 8, 40)
    values = [e["end"] for e in ends]
    low, high = min([0, *values]), max([0, *values])
    reach = high * (plot + label) / plot if high else max(-low * 0.02, 1)
    scale: Spec = {"domain": [low, reach], "nice": False}
    if chart.x_scale != "linear":
        scale = {"type": "sqrt", "domain": [low, reach * reach / high if high else 1]}
    y = {
        "field": "y",
        "type": "nominal",
        "sort": rows.categories,
        "axis": axis,
        "scale": {"domain": rows.categories, "paddingInner": 0.45, "paddingOuter": 0.2},
    }
    x = {"field": "start", "type": "quantitative", "axis": None, "scale": scale}
    values_at = {**x, "field": "end"}
    return {
        "height": frame.height or max(len(rows.categories), 1) * 27,
        "layer": [
            {
                "data": {"values": data},
                "mark": {"type": "bar"},
                "encoding": {
                    "x": x,
                    "x2": {"field": "end"},
                    "y": y,
                    "color": axes.color(chart, rows),
                },
            },
            {
                "data": {"values": [{**e, "end": max(e["end"], 0)} for e in ends]},
                "mark": {"type": "text", "align": "left", "dx": 5, "color": theme.INK2},
                "encoding": {"x": values_at, "y": y, "text": {"field": "text"}},
            },
        ],
    }


def _stacked(rows: list[Spec], across: str, along: str, groups: list[str]) -> list[Spec]:
    """Return the rows with ``start`` and ``end``, those of a category one after another."""
    rank = {g: i for i, g in enumerate(groups)}
    reached: dict[Any, float] = {}
    stacked = []
    for row in sorted(rows, key=lambda r: rank.get(r.get("color", ""), 0)):
        start = reached.get(row[across], 0)
        reached[row[across]] = start + row[along]
        stacked.append({**only(row, across, "color"), "start": start, "end": start + row[along]})
    return stacked


def _totals(chart: Chart, rows: list[Spec], across: str, along: str) -> list[Spec]:
    """Return one label a category: what the label column says, or the total."""
    totals: dict[Any, Spec] = {}
    for row in rows:
        entry = totals.setdefault(row[across], {across: row[across], "end": 0, "text": ""})
        entry["end"] += row[along]
        if row.get("label") not in (None, ""):
            entry["text"] = str(row["label"])
    for entry in totals.values():
        entry["text"] = entry["text"] or quantity(chart, entry["end"])
    return list(totals.values())


def only(row: dict[str, Any], *roles: str) -> dict[str, Any]:
    """Return what a row holds in the named roles."""
    return {role: row[role] for role in roles if row.get(role) is not None}


def columns(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Vertical columns over time or categories, stacked by group; few have their value on top."""
    data = _stacked(rows.rows, "x", "y", theme.palette_order(chart.palette, rows.groups))
    kind = "symlog" if chart.y_scale == "log" else chart.y_scale
    scale, more = axes.scale(kind, [r["end"] for r in data], zero=True)
    y = {
        "field": "start",
        "type": "quantitative",
        "scale": scale,
        "axis": axes.number_axis(chart.percent, title=chart.y_title or None, **more),
    }
    layers: list[Spec] = []
    if rows.temporal:
        place = _time_band(chart, data)
    else:
        place = {
            "x": {
                "field": "x",
                "type": "nominal",
                "sort": rows.columns,
                "axis": axes.across_axis(chart, rows),
                "scale": {"domain": rows.columns, "paddingInner": 0.25, "paddingOuter": 0.1},
            }
        }
        if len(rows.columns) <= 8:
            layers.append(_tops(chart, rows, place, y))
    mark = {"type": "rect" if rows.temporal else "bar"}
    bar = {
        "data": {"values": data},
        "mark": mark,
        "encoding": {**place, "y": y, "y2": {"field": "end"}, "color": axes.color(chart, rows)},
    }
    return {"height": frame.height or 190, "layer": [bar, *layers]}


def _tops(chart: Chart, rows: Rows, place: Spec, y: Spec) -> Spec:
    ends = _totals(chart, rows.rows, "x", "y")
    for end in ends:
        if not chart.percent:
            end["text"] = numbers.short(end["end"])
    return {
        "data": {"values": ends},
        "mark": {"type": "text", "dy": -7, "color": theme.INK2},
        "encoding": {**place, "y": {**y, "field": "end"}, "text": {"field": "text"}},
    }


def _time_band(chart: Chart, data: list[Spec]) -> Spec:
    """Return ``x`` and ``x2`` of columns that fill most of the gap to the next one."""
    places = sorted({r["x"] for r in data})
    gap = min((b - a for a, b in pairwise(places)), default=30 * axes.DAY)
    for row in data:
        row["until"] = row["x"] + round(gap * 0.86)
    axis = axes.time_axis(places, title=chart.x_title or None)
    return {
        "x": {
            "field": "x",
            "type": "temporal",
            "axis": axis,
            "scale": {"type": "utc", "nice": False},
        },
        "x2": {"field": "until"},
    }


# --- points -------------------------------------------------------------------------


def plane(chart: Chart, rows: Rows) -> Spec:
    """Return the encodings ``x`` and ``y`` of points and lines."""
    ys = [v for r in rows.rows for v in (r["y"], r.get("low"), r.get("high")) if v is not None]
    if chart.y_scale == "log":
        ys = [v for v in ys if v > 0]
    scale, axis = axes.scale(chart.y_scale, ys, zero=chart.percent)
    title = chart.y_title or None
    y = {
        "field": "y",
        "type": "quantitative",
        "scale": scale,
        "axis": axes.number_axis(chart.percent, title=title, **axis),
    }
    if rows.temporal:
        places = sorted({r["x"] for r in rows.rows})
        x: Spec = {
            "field": "x",
            "type": "temporal",
            "scale": {"type": "utc", "nice": False},
            "axis": axes.time_axis(places, title=chart.x_title or None),
        }
    elif rows.ordinal_x:
        x = {
            "field": "x",
            "type": "nominal",
            "sort": rows.columns,
            "axis": axes.across_axis(chart, rows),
            "scale": {"domain": rows.columns},
        }
    else:
        scale, more = axes.scale(chart.x_scale, [r["x"] for r in rows.rows], zero=False)
        shares = chart.percent and "share" in chart.x
        x = {
            "field": "x",
            "type": "quantitative",
            "scale": scale,
            "axis": axes.number_axis(shares, title=chart.x_title or None, grid=False, **more),
        }
    return {"x": x, "y": y}


def points(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Draw a scatter; rows with a label have it written beside their mark, away from the edge."""
    place = plane(chart, rows)
    color = axes.color(chart, rows)
    data = [only(r, "x", "y", "color") for r in rows.rows]
    layers: list[Spec] = [
        {
            "data": {"values": data},
            "mark": {
                "type": "point",
                "filled": True,
                "size": 22 if len(data) > 60 else 36,
                "opacity": 0.75 if len(data) > 60 else 0.95,
            },
            "encoding": {**place, "color": color},
        }
    ]
    if chart.diagonal:
        layers.insert(0, _diagonal(rows, place))
    named = [r for r in rows.rows if r.get("label") not in (None, "")]
    named = sorted(named, key=lambda r: -r["y"])[:8]
    if named:
        middle = sorted(_position(chart, r) for r in rows.rows)
        half = (middle[0] + middle[-1]) / 2
        for side, past in (("left", False), ("right", True)):
            values = [
                {**only(r, "x", "y"), "text": str(r["label"])}
                for r in named
                if (_position(chart, r) > half) is past
            ]
            if values:
                mark = {
                    "type": "text",
                    "align": side,
                    "dx": -6 if past else 6,
                    "dy": -8,
                    "color": theme.INK,
                }
                layers.append(
                    {
                        "data": {"values": values},
                        "mark": mark,
                        "encoding": {**place, "text": {"field": "text"}},
                    }
                )
    return {"height": frame.height or 200, "layer": layers}


def _diagonal(rows: Rows, place: Spec) -> Spec:
    ends = [v for r in rows.rows for v in (r["x"], r["y"])]
    low, high = min(ends, default=0), max(ends, default=1)
    return {
        "data": {"values": [{"x": low, "y": low}, {"x": high, "y": high}]},
        "mark": {"type": "line", "color": theme.INK3, "strokeWidth": 1, "strokeDash": [4, 3]},
        "encoding": place,
    }


def _position(chart: Chart, row: dict[str, Any]) -> float:
    x = row["x"]
    if isinstance(x, str):
        return 0.0
    return log10(x) if chart.x_scale == "log" and x > 0 else float(x)


# --- intervals --------------------------------------------------------------------------------


def intervals(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Dots with their intervals, groups one under another within a category.

    The palette ``ink`` draws everything in ink, the first group filled and the others open.
    """
    axis, _ = axes.category_axis(rows.categories)
    groups = theme.palette_order(chart.palette, rows.groups)
    several = len(groups) > 1 and len(rows.rows) > len(rows.categories)
    row = max(len(groups) * 11 + 10, 32) if several else 34
    y: Spec = {
        "field": "y",
        "type": "nominal",
        "sort": rows.categories,
        "axis": axis,
        "scale": {"domain": rows.categories, "padding": 0.1},
    }
    ends = [v for r in rows.rows for v in (r["x"], r.get("low"), r.get("high")) if v is not None]
    positive = [v for v in ends if v > 0]
    scale, more = axes.scale(chart.x_scale, positive, zero=True)
    if chart.percent and chart.x_scale == "linear" and ends:
        scale = {"domain": [min(0, *ends), max(ends)], "nice": True}
        if min(ends) < -0.5:  # the words of both signs are wide
            more = {"tickCount": 2}
    x = {
        "field": "x",
        "type": "quantitative",
        "scale": scale,
        "axis": axes.number_axis(chart.percent, title=chart.x_title or None, grid=True, **more),
    }
    shared: Spec = {"x": x, "y": y}
    if several:
        shared["yOffset"] = {
            "field": "color",
            "type": "nominal",
            "sort": groups,
            "scale": {"domain": groups, "paddingOuter": 0.6},
        }
    ink = chart.palette == "ink" or not groups
    color = {"value": theme.INK} if ink else axes.color(chart, rows)
    layers: list[Spec] = []
    for faint in (True, False):
        data = [only(r, "x", "y", "low", "high", "color") for r in rows.rows
                if bool(r.get("faint")) is faint]  # fmt: skip
        bounded = [r for r in data if "low" in r and "high" in r]
        rule = {
            "data": {"values": bounded},
            "mark": {"type": "rule", "strokeWidth": 1.6, **(axes.FAINT if faint else {})},
            "encoding": {
                **shared, "x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": color,
            },
        }  # fmt: skip
        dots = _dots(data, shared, color, groups if ink else [])
        for dot in dots if faint else ():
            dot["mark"] = {**dot["mark"], **axes.FAINT}
        layers += [rule, *dots] if data else []
    labelled = [r for r in rows.rows if not several or (ink and r["color"] == groups[0])]
    if not several or ink:
        texts = [
            {**only(r, "x", "y", "color"), "text": _interval_label(chart, r)} for r in labelled
        ]
        layers.append(
            {
                "data": {"values": texts},
                "mark": {"type": "text", "dy": -10, "color": theme.INK, "fontSize": 10.5},
                "encoding": {**shared, "text": {"field": "text"}},
            }
        )
    return {"height": frame.height or len(rows.categories) * row + 8, "layer": layers}


def _interval_label(chart: Chart, row: dict[str, Any]) -> str:
    if row.get("label") not in (None, ""):
        return str(row["label"])
    if chart.percent:
        return numbers.percent(row["x"])
    if row.get("low") is None or row.get("high") is None:
        return quantity(chart, row["x"])
    return numbers.interval(row["x"], row["low"], row["high"]).split(" (")[0]


def _dots(data: list[Spec], shared: Spec, color: Spec, ink_groups: list[str]) -> list[Spec]:
    """Return the dots: filled; in ink, those of all groups but the first are open."""
    filled = {"type": "point", "filled": True, "size": 55, "opacity": 1}
    if len(ink_groups) < 2:
        return [{"data": {"values": data}, "mark": filled, "encoding": {**shared, "color": color}}]
    open_dot = {
        "type": "point",
        "filled": True,
        "size": 50,
        "opacity": 1,
        "fill": theme.PANEL,
        "stroke": theme.INK,
        "strokeWidth": 1.3,
    }
    first = [r for r in data if r.get("color") == ink_groups[0]]
    rest = [r for r in data if r.get("color") != ink_groups[0]]
    return [
        {"data": {"values": first}, "mark": filled, "encoding": {**shared, "color": color}},
        {"data": {"values": rest}, "mark": open_dot, "encoding": shared},
    ]
