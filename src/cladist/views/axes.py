"""Axes, scales, legends and the room that words need; shared by all kinds of charts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log1p, log10, sqrt
from typing import Any, Final

from cladist.result import Chart
from cladist.views import theme
from cladist.views.chartdata import Rows

Spec = dict[str, Any]
DAY: Final = 86_400_000
#: How a mark looks that rests on little.
FAINT: Final[Spec] = {"opacity": 0.25}
_NARROW: Final = frozenset("iljtfrI.,:;'|!()[]/ -·")
_WIDE: Final = frozenset("mwMW@%→—…&+")
_LINE_HEIGHT: Final = 17
#: What an upright axis takes with its numbers and title, where words do not say it.
_UPRIGHT: Final = 50


@dataclass(frozen=True)
class Frame:
    """The whole width of a chart in pixels, and its height if the caller set one."""

    width: int
    height: int | None = None


def text_width(text: str, size: float = 11) -> float:
    """Return a safe width in pixels, after the widest font that a page may fall back to."""
    units = sum(
        0.4
        if c in _NARROW
        else 0.92
        if c in _WIDE or ord(c) > 0x2E80
        else 0.7
        if c.isupper()
        else 0.63
        for c in text
    )
    return units * size


def widest(words: Iterable[str], size: float = 11) -> float:
    """Return the width of the widest word."""
    return max((text_width(w, size) for w in words), default=0.0)


def number_axis(percent: bool, **more: Any) -> Spec:
    """Return an axis of numbers: thousands as ``10 k``, shares as ``50 %``."""
    label = theme.PERCENT_AXIS if percent else theme.SHORT_AXIS
    ticks = {} if "values" in more else {"tickCount": 4}  # a count would thin the values out
    return {"labelExpr": label, "title": None, "labelFlush": False, **ticks, **more}


def scale(kind: str, values: list[float], *, zero: bool) -> tuple[Spec, Spec]:
    """Return the scale of a quantitative axis and what it adds to the axis."""
    if kind == "log" and values:
        low, high = min(values), max(values)
        domain = [low / 1.12, high * 1.12]
        return {"type": "log", "domain": domain, "nice": False}, {"values": _log_ticks(low, high)}
    if kind in ("sqrt", "symlog"):
        return {"type": kind, "zero": zero}, {"values": bent_ticks(kind, max(values, default=0))}
    return {"zero": zero, "nice": True}, {}


def _log_ticks(low: float, high: float) -> list[float]:
    inside = [
        t for e in range(floor(log10(low)), ceil(log10(high)) + 1) if low <= (t := 10.0**e) <= high
    ]
    if len(inside) < 2:
        return sorted({low, high, *inside})
    shown = inside[:: ceil(len(inside) / 7)]
    return [low, *shown] if shown[0] / low > 2 else shown


def bent_ticks(kind: str, high: float) -> list[float]:
    """Return round ticks from zero up that stand apart on a root or logarithmic scale."""
    place = sqrt if kind == "sqrt" else log1p
    if high <= 0:
        return [0]
    steps = (1, 2, 5) if kind == "sqrt" else (1,)
    rounds = [m * 10.0**e for e in range(-2, ceil(log10(high)) + 1) for m in steps]
    kept: list[float] = []
    for tick in reversed([t for t in rounds if t <= high]):
        near = kept[-1] if kept else float("inf")
        if place(near) - place(tick) >= 0.17 * place(high) <= place(tick) + 1e-9 or not kept:
            kept.append(tick)
    return [0, *reversed(kept)]


def category_axis(words: list[str], **more: Any) -> tuple[Spec, int]:
    """Return a vertical axis with words flush left, and the pixels that it takes."""
    room = ceil(widest(words)) + 14
    axis = {
        "labelAlign": "left",
        "labelPadding": room,
        "labelColor": theme.INK,
        "title": None,
        "grid": False,
        "minExtent": room,
        "maxExtent": room,
        "labelOverlap": False,
    }
    return {**axis, **more}, room


def across_axis(chart: Chart, rows: Rows) -> Spec:
    """Return a horizontal axis of words, turned where they would collide; numbers are thinned."""
    whole = all(w.isdecimal() for w in rows.columns)
    turned = not whole and sum(text_width(w) + 8 for w in rows.columns) > 330
    return {
        "labelAngle": -40 if turned else 0,
        "title": chart.x_title or None,
        "grid": False,
        "labelOverlap": not turned,
    }


def time_axis(places: list[int], **more: Any) -> Spec:
    """Return a horizontal axis of UTC dates with at most six ticks: years, months or days."""
    axis: Spec = {"grid": False, "title": None, "labelFlush": False, **more}
    if not places:
        return axis
    first, last = (dt.datetime.fromtimestamp(p / 1000, dt.UTC) for p in (places[0], places[-1]))
    months = (last.year - first.year) * 12 + last.month - first.month
    if months < 4:
        return {**axis, "format": "%-d %b %Y", "tickCount": 3}
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60) if months / s <= 5), 120)
    start = first.year * 12 + first.month - 1
    start += -start % step
    ticks = [
        dt.datetime(m // 12, m % 12 + 1, 1, tzinfo=dt.UTC)
        for m in range(start, last.year * 12 + last.month, step)
    ]
    values = [int(t.timestamp() * 1000) for t in ticks if t >= first]
    return {**axis, "format": "%Y" if step >= 12 else "%b %Y", "values": values}


# --- colour and legend ------------------------------------------------------------------------


def color(chart: Chart, rows: Rows) -> Spec:
    """Return the encoding of colour by group; the legend is drawn apart."""
    groups = theme.palette_order(chart.palette, rows.groups)
    fills = [fill for _, fill in theme.group_style(chart.palette, groups)]
    if not groups:
        return {"value": theme.ACCENT}
    return {
        "field": "color",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": groups, "range": fills},
    }


def legend(chart: Chart, rows: Rows, frame: Frame, left: float) -> list[Spec]:
    """Return the layers of a legend above the plot, nothing for one group or named lines.

    It begins ``left`` pixels left of the plot. It is drawn by hand, since a legend of Vega is
    spaced for the font that measured it, and pages use others.
    """
    said = all(r.get("color") == r.get("y") for r in rows.rows)
    direct = chart.kind == "slope" or (chart.kind == "intervals" and chart.palette == "ink")
    if len(rows.groups) < 2 or said or direct:
        return []
    groups = theme.palette_order(chart.palette, rows.groups)
    entries, x, line = [], 0.0, 0
    width = frame.width - 16 - (0 if left else _UPRIGHT)
    for word, fill in theme.group_style(chart.palette, groups):
        need = text_width(word) + 26
        if x + need > width and x > 0:
            x, line = 0.0, line + 1
        entries.append({"px": x + 5 - left, "line": line, "word": word, "fill": fill})
        x += need
    height = (line + 1) * _LINE_HEIGHT + 8
    for entry in entries:
        entry["py"] = int(str(entry.pop("line"))) * _LINE_HEIGHT - height + 6
    place = {
        c: {"field": f"p{c}", "type": "quantitative", "scale": None, "axis": None}
        for c in ("x", "y")
    }
    dot = {"type": "point", "filled": True, "size": 58, "opacity": 1}
    fills = {"field": "fill", "type": "nominal", "scale": None}
    words = {"type": "text", "align": "left", "dx": 9, "color": theme.INK, "baseline": "middle"}
    data = {"values": entries}
    return [
        {"data": data, "mark": dot, "encoding": {**place, "color": fills}},
        {"data": data, "mark": words, "encoding": {**place, "text": {"field": "word"}}},
    ]
