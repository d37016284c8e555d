"""Slopes from parent to child: one line a group, its value written at both ends."""

from __future__ import annotations

from itertools import pairwise
from math import log10
from typing import Final

from cladist.result import Chart
from cladist.views import numbers, theme
from cladist.views.axes import Frame, Spec, text_width
from cladist.views.chartdata import Rows

_HEIGHT: Final = 210
_APART: Final = 14  # pixels between two words at the same end
_WHOLE: Final = "all"


def slope(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Draw a line from the parents' value (left) to the children's (right) for every group.

    The group ``all`` is drawn in ink and dashed. Words that would cover one another are moved
    apart; a hair joins each to its value.
    """
    height = frame.height or max(_HEIGHT, len(rows.rows) * _APART + 40)
    names = [str(r["color"]) for r in rows.rows if r["color"] != _WHOLE]
    style = dict(zip(names, theme.group_style(chart.palette, names), strict=True))
    style[_WHOLE] = ("all edges", theme.INK)
    ends = [float(r[e]) for r in rows.rows for e in ("x", "y")]
    place = _Scale.of(ends, chart.y_scale, height)
    lines, words = [], []
    for row in rows.rows:
        word, fill = style[str(row["color"])]
        whole = row["color"] == _WHOLE
        at = {e: place.pixel(float(row[e])) for e in ("x", "y")}
        lines.append({"from": at["x"], "to": at["y"], "fill": fill, "dash": whole})
        for side, end in (("left", "x"), ("right", "y")):
            said = _said(chart, float(row[end]))
            text = said if side == "left" else f"{said}  {word}"
            words.append({"side": side, "at": at[end], "text": text, "fill": fill})
    room = {
        side: max((text_width(str(w["text"])) for w in words if w["side"] == side), default=0) + 26
        for side in ("left", "right")
    }
    span = (room["left"], max(frame.width - room["right"] - 20, room["left"] + 40))
    return {"height": height, "layer": _layers(lines, words, span, height)}


class _Scale:
    """Where a value stands in pixels from the top."""

    def __init__(self, low: float, high: float, is_log: bool, height: int) -> None:
        self.low, self.high, self.is_log, self.height = low, high, is_log, height

    @classmethod
    def of(cls, ends: list[float], kind: str, height: int) -> _Scale:
        is_log = kind == "log" and min(ends, default=0) > 0
        if is_log:
            return cls(log10(min(ends)), log10(max(ends)), True, height)
        return cls(min(0.0, *ends), max(0.0, *ends), False, height)

    def pixel(self, value: float) -> float:
        at = log10(value) if self.is_log else value
        share = (at - self.low) / ((self.high - self.low) or 1)
        return round(24 + (1 - share) * (self.height - 36), 2)


def _said(chart: Chart, value: float) -> str:
    if chart.percent:
        return numbers.percent(value)
    return numbers.short(value) if abs(value) >= 1000 else numbers.real(value)


def _apart(places: list[float]) -> list[float]:
    """Move places apart, keeping their order, so that neighbours are at least a line apart."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + _APART)
    return moved


def _layers(
    lines: list[Spec], words: list[Spec], span: tuple[float, float], height: int
) -> list[Spec]:
    """Everything is placed in pixels, so no scale is left to the renderer but the vertical."""
    x: Spec = {"type": "quantitative", "axis": None, "scale": None}
    y: Spec = {**x, "scale": {"domain": [height, 0], "nice": False, "zero": False}}
    fill = {"field": "fill", "type": "nominal", "scale": None}
    drawn = [{**line, "left": span[0], "right": span[1]} for line in lines]
    layers: list[Spec] = [
        {"data": {"values": [d for d in drawn if d["dash"] is dash]},
         "mark": {"type": "rule", "strokeWidth": 1.4 if dash else 2.2,
                  **({"strokeDash": [4, 3]} if dash else {})},
         "encoding": {"x": {**x, "field": "left"}, "x2": {"field": "right"},
                      "y": {**y, "field": "from"}, "y2": {"field": "to"}, "color": fill}}
        for dash in (True, False)
    ]  # fmt: skip
    dots = [{"px": d[side], "py": d[end], "fill": d["fill"]} for d in drawn
            for side, end in (("left", "from"), ("right", "to"))]  # fmt: skip
    dot = {"type": "point", "filled": True, "size": 44, "opacity": 1}
    place = {"x": {**x, "field": "px"}, "y": {**y, "field": "py"}}
    layers.append({"data": {"values": dots}, "mark": dot, "encoding": {**place, "color": fill}})
    heads = [{"px": at, "py": 8, "text": word}
             for at, word in zip(span, ("parents", "children"), strict=True)]  # fmt: skip
    head = {"type": "text", "align": "center", "color": theme.INK3, "fontSize": 10.5}
    named = {**place, "text": {"field": "text"}}
    layers.append({"data": {"values": heads}, "mark": head, "encoding": named})
    return [*layers, *_texts(words, span, x, y)]


def _texts(words: list[Spec], span: tuple[float, float], x: Spec, y: Spec) -> list[Spec]:
    layers: list[Spec] = []
    for side, turn, sign, at in (("left", "right", -1, span[0]), ("right", "left", 1, span[1])):
        own = [w for w in words if w["side"] == side]
        moved = _apart([w["at"] for w in own])
        data = [{"near": at + 5 * sign, "far": at + 14 * sign, "px": at + 17 * sign,
                 "at": w["at"], "py": m, "text": w["text"]}
                for w, m in zip(own, moved, strict=True)]  # fmt: skip
        text = {"type": "text", "align": turn, "color": theme.INK, "baseline": "middle"}
        layers += [
            {"data": {"values": data}, "mark": {"type": "rule", "color": theme.LINE},
             "encoding": {"x": {**x, "field": "near"}, "x2": {"field": "far"},
                          "y": {**y, "field": "at"}, "y2": {"field": "py"}}},
            {"data": {"values": data}, "mark": text,
             "encoding": {"x": {**x, "field": "px"}, "y": {**y, "field": "py"},
                          "text": {"field": "text"}}},
        ]  # fmt: skip
    return layers
