"""The transition graph along an order: values on a line, net flows as arcs beside it.

Flows that run with the order bulge to the right, those against it to the left; an arc is as wide
as its net flow, a dot as large as the number of edges that have the value.
"""

from __future__ import annotations

from math import cos, pi, sin, sqrt
from typing import Any, Final

from cladist.result import Chart
from cladist.views import numbers, theme
from cladist.views.axes import Frame, Spec, text_width
from cladist.views.chartdata import Rows
from cladist.views.terminal import clip

_STEP: Final = 23
_POINTS: Final = 24
_LETTERS: Final = 22
_LEFT: Final = 46  # pixels that arcs against the order may bulge
_NAMED: Final = 3  # flows whose size is written


def arcs(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Draw values top down and an arc for every net flow."""
    nodes = [r for r in rows.rows if r.get("label") is not None]
    flows = [r for r in rows.rows if r.get("label") is None]
    height = frame.height or max(len(nodes), 1) * _STEP + 8
    names = [clip(str(r["label"]), _LETTERS) for r in nodes]
    line = max((text_width(n, 11) for n in names), default=0) + 12 + _LEFT
    reach = max(frame.width - line - 34, 40)
    most = max((r["value"] for r in flows), default=0) or 1
    longest = max((abs(r["y"] - r["x"]) for r in flows), default=1)
    paths = [_path(i, r, line, reach, longest, r["value"] / most) for i, r in enumerate(flows)]
    x: Spec = {"type": "quantitative", "axis": None, "scale": None}
    y: Spec = {**x, "scale": {"domain": [height, 0], "nice": False, "zero": False}}
    layers = _arcs(paths, x, y)
    layers += _nodes(nodes, names, line, chart, rows, x, y)
    layers.append(_sizes(flows, line, reach, longest, x, y))
    return {"height": height, "layer": layers}


def _at(position: float) -> float:
    return position * _STEP + _STEP / 2 + 2


def _path(
    number: int, row: dict[str, Any], line: float, reach: float, longest: float, share: float
) -> dict[str, Any]:
    """Half an ellipse from one value to the other."""
    start, end = _at(row["x"]), _at(row["y"])
    forward = end > start
    far = (reach if forward else -_LEFT) * sqrt(abs(row["y"] - row["x"]) / longest)
    middle, half = (start + end) / 2, (end - start) / 2
    points = [
        {"px": round(line + far * sin(a), 1), "py": round(middle - half * cos(a), 1), "i": k}
        for k in range(_POINTS + 1)
        for a in [pi * k / _POINTS]
    ]
    width = round(max(9 * share, 0.6), 2)
    return {"id": number, "points": points, "forward": forward, "width": width}


def _arcs(paths: list[dict[str, Any]], x: Spec, y: Spec) -> list[Spec]:
    data = [
        {**p, "id": a["id"], "width": a["width"],
         "fill": theme.WITH if a["forward"] else theme.AGAINST}
        for a in paths for p in a["points"]
    ]  # fmt: skip
    return [
        {
            "data": {"values": data},
            "mark": {"type": "line", "opacity": 0.45, "strokeCap": "butt"},
            "encoding": {
                "x": {**x, "field": "px"}, "y": {**y, "field": "py"},
                "order": {"field": "i", "type": "quantitative"},
                "detail": {"field": "id", "type": "nominal"},
                "strokeWidth": {"field": "width", "type": "quantitative", "scale": None},
                "stroke": {"field": "fill", "type": "nominal", "scale": None},
            },
        }
    ]  # fmt: skip


def _nodes(
    nodes: list[dict[str, Any]], names: list[str], line: float, chart: Chart, rows: Rows,
    x: Spec, y: Spec,
) -> list[Spec]:  # fmt: skip
    groups = theme.palette_order(chart.palette, rows.groups)
    fills = dict(zip(groups, theme.group_style(chart.palette, groups), strict=True))
    most = max((r["value"] for r in nodes), default=0) or 1
    data = [
        {"px": line, "left": line - _LEFT - 10, "py": _at(i), "text": name,
         "size": round(34 + 220 * r["value"] / most, 1),
         "fill": fills[r["color"]][1] if "color" in r else theme.INK}
        for i, (r, name) in enumerate(zip(nodes, names, strict=True))
    ]  # fmt: skip
    place = {"y": {**y, "field": "py"}}
    dot = {"type": "point", "filled": True, "opacity": 1, "stroke": theme.PANEL, "strokeWidth": 1}
    word = {"type": "text", "align": "right", "baseline": "middle", "color": theme.INK}
    return [
        {"data": {"values": data}, "mark": dot,
         "encoding": {**place, "x": {**x, "field": "px"},
                      "size": {"field": "size", "type": "quantitative", "scale": None},
                      "fill": {"field": "fill", "type": "nominal", "scale": None}}},
        {"data": {"values": data}, "mark": word,
         "encoding": {**place, "x": {**x, "field": "left"}, "text": {"field": "text"}}},
    ]  # fmt: skip


def _sizes(
    flows: list[dict[str, Any]], line: float, reach: float, longest: float, x: Spec, y: Spec
) -> Spec:
    """Write the size of the largest flows that run with the order at the height of their arc."""
    forward = [r for r in flows if r["y"] > r["x"]]
    largest = sorted(forward, key=lambda r: -r["value"])[:_NAMED]
    data: list[dict[str, Any]] = []
    for r in largest:
        far = line + reach * sqrt(abs(r["y"] - r["x"]) / longest)
        middle = (_at(r["x"]) + _at(r["y"])) / 2
        if all(abs(middle - d["py"]) > 12 for d in data):
            data.append({"px": far + 8, "py": middle, "text": numbers.short(r["value"])})
    return {
        "data": {"values": data},
        "mark": {"type": "text", "align": "left", "baseline": "middle", "fontSize": 10,
                 "color": theme.INK2},
        "encoding": {"x": {**x, "field": "px"}, "y": {**y, "field": "py"},
                     "text": {"field": "text"}},
    }  # fmt: skip
