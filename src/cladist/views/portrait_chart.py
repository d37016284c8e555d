"""A family drawn whole: founders in the middle, rings of generations, edges by relation."""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

from cladist.result import Chart
from cladist.views import theme
from cladist.views.axes import Frame, Spec, text_width
from cladist.views.chartdata import Rows
from cladist.views.terminal import clip

_SIDE: Final = 356
_LETTERS: Final = 34
_CROWDED: Final = 22  # letters of a name where many models stand


def portrait(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Draw edges as one path a relation, models as dots that grow with their children."""
    height = frame.height or _SIDE
    nodes = [r for r in rows.rows if "color" not in r]
    plane = _Plane(nodes, max(frame.width - 24, 1), height)
    x = {"field": "x", "type": "quantitative", "axis": None,
         "scale": {"domain": plane.across, "nice": False, "zero": False}}  # fmt: skip
    y = {"field": "y", "type": "quantitative", "axis": None,
         "scale": {"domain": plane.down, "nice": False, "zero": False}}  # fmt: skip
    crowded = len(nodes) > 150
    mark = {"type": "line", "opacity": 0.5 if crowded else 0.85, "strokeCap": "round",
            "strokeWidth": 0.7 if crowded else 1.4,
            "invalid": "break-paths-filter-domains"}  # fmt: skip
    layers: list[Spec] = []
    groups = theme.palette_order(chart.palette, rows.groups)
    for group, (_, fill) in zip(groups, theme.group_style(chart.palette, groups), strict=True):
        data = [{"x": r["x"], "y": r["y"], "i": i} for i, r in enumerate(rows.rows)
                if r.get("color") == group]  # fmt: skip
        place = {"x": x, "y": y, "order": {"field": "i", "type": "quantitative"}}
        layers.append({"data": {"values": data}, "mark": {**mark, "color": fill},
                       "encoding": place})  # fmt: skip
    return {"height": height, "layer": [*layers, *_dots(nodes, crowded, plane, x, y)]}


class _Plane:
    """The part of the plane that the picture shows, one unit being as long down as across."""

    def __init__(self, nodes: list[dict[str, Any]], width: int, height: int) -> None:
        ends = [(min(v), max(v)) for v in ([r[a] for r in nodes] or [0] for a in "xy")]
        room = [max(b - a, 0.4) * 1.1 for a, b in ends]
        self.unit = max(room[0] / width, room[1] / height)
        middle = [(a + b) / 2 for a, b in ends]
        halves = (width * self.unit / 2, height * self.unit / 2)
        self.across = [middle[0] - halves[0], middle[0] + halves[0]]
        self.down = [middle[1] - halves[1], middle[1] + halves[1]]

    def pixel(self, row: dict[str, Any]) -> tuple[float, float]:
        """Return where a node stands, in pixels from the top left."""
        return (row["x"] - self.across[0]) / self.unit, (self.down[1] - row["y"]) / self.unit


def _dots(
    nodes: list[dict[str, Any]], crowded: bool, plane: _Plane, x: Spec, y: Spec
) -> list[Spec]:
    least = 3 if crowded else 16
    size = {"field": "size", "type": "quantitative", "scale": None}
    dots = [{"x": r["x"], "y": r["y"],
             "size": round(least + min(9 * sqrt(r.get("value") or 0), 36 if crowded else 260), 1)}
            for r in nodes]  # fmt: skip
    words = _apart([r for r in nodes if r.get("label")], plane, _CROWDED if crowded else _LETTERS)
    text = {"type": "text", "fontSize": 10, "dy": -8, "baseline": "bottom"}
    halo = {**text, "color": theme.PANEL, "stroke": theme.PANEL, "strokeWidth": 3}
    place = {"x": x, "y": y}
    return [
        {"data": {"values": dots},
         "mark": {"type": "point", "filled": True, "color": theme.INK, "opacity": 0.8},
         "encoding": {**place, "size": size}},
        *({"data": {"values": words}, "mark": mark,
           "encoding": {**place, "text": {"field": "text"}}}
          for mark in (halo, {**text, "color": theme.INK})),
    ]  # fmt: skip


def _apart(named: list[dict[str, Any]], plane: _Plane, letters: int) -> list[Spec]:
    """Return the labels that cover no label of a model with more children."""
    kept: list[tuple[float, float, float]] = []
    words = []
    for row in sorted(named, key=lambda r: -(r.get("value") or 0)):
        text = clip(str(row["label"]), letters)
        left, top = plane.pixel(row)
        half = text_width(text, 10) / 2
        if all(abs(left - a) > half + h + 4 or abs(top - b) > 14 for a, b, h in kept):
            kept.append((left, top, half))
            words.append({"x": row["x"], "y": row["y"], "text": text})
    return words
