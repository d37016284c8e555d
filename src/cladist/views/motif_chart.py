"""The paper's motif chart: a mean for every pair position, over a drawing of the subtree.

One column a position, in the order of the motifs; in it a dot with its interval for every metric;
behind it a shade for the generation gap; below it the subtree, the compared pair filled.
"""

from __future__ import annotations

from typing import Any, Final

from cladist.kin.motifs import MOTIFS, Motif, Position
from cladist.result import Chart
from cladist.views import axes, theme
from cladist.views.axes import Frame, Spec
from cladist.views.chartdata import Rows

WIDTH: Final = 1180
_HEIGHT: Final = 450
#: Where the drawings stand below 0, in units of the axis: the top node, a step down, the words.
_TOP: Final = -0.09
_STEP: Final = 0.085
_WORDS: Final = -0.42
_FLOOR: Final = -0.9
_GAP: Final = 0.6  # between motifs, in columns
#: Generation gap -> (word, shade).
_SHADES: Final[dict[int | None, tuple[str, str]]] = {
    None: ("unrelated", "#F3F1EC"),
    0: ("same generation", "#DCE9F7"),
    1: ("one generation apart", "#FBF3DE"),
    2: ("two apart", "#F7E3CF"),
    3: ("three apart", "#F1D0C0"),
}


def motifs(chart: Chart, rows: Rows, frame: Frame) -> Spec:
    """Draw means with intervals over the subtrees they belong to."""
    columns = _columns()
    groups = list(dict.fromkeys(str(r["color"]) for r in rows.rows if "color" in r))
    end = max(c["x"] for c in columns) + 0.5
    x = {"field": "x", "type": "quantitative", "axis": None,
         "scale": {"domain": [-0.6, end], "nice": False, "zero": False}}  # fmt: skip
    y = {
        "field": "y",
        "type": "quantitative",
        "scale": {"domain": [_FLOOR, 1.12], "nice": False},
        "axis": axes.number_axis(False, title=chart.y_title or None, grid=True,
                                 values=[0, 0.2, 0.4, 0.6, 0.8, 1], titleAnchor="end"),
    }  # fmt: skip
    place = {(c["motif"], c["position"]): c["x"] for c in columns}
    color = axes.color(chart, rows)
    marks = [
        layer
        for faint in (True, False)
        if (data := [_dot(r, place, groups) for r in rows.rows if bool(r.get("faint")) is faint])
        for layer in (_rules(data, x, y, color, faint), _dots(data, x, y, color, faint))
    ]
    layers = [
        _shades(columns, x, y),
        *_trees(columns, x, y),
        *_words(columns, x, y),
        *_random(rows.rows, groups, end, x, y, chart, rows),
        *marks,
    ]
    return {"height": frame.height or _HEIGHT, "layer": layers}


def _columns() -> list[dict[str, Any]]:
    """Return one entry a pair position: its place across, motif, position."""
    found: list[dict[str, Any]] = []
    at = 0.0
    for motif in MOTIFS.values():
        for position in motif.positions:
            found.append({"x": at, "motif": motif.name, "position": position.number,
                          "shape": motif, "pair": position})  # fmt: skip
            at += 1
        at += _GAP
    return found


def _dot(row: dict[str, Any], place: dict[Any, float], groups: list[str]) -> Spec:
    spread = 0.62 / max(len(groups), 1)
    rank = groups.index(str(row["color"])) if "color" in row else 0
    shift = (rank - (len(groups) - 1) / 2) * spread
    kept = {k: row[k] for k in ("y", "low", "high", "color") if row.get(k) is not None}
    return {"x": place[row["x"], row["value"]] + shift, **kept}


def _shades(columns: list[dict[str, Any]], x: Spec, y: Spec) -> Spec:
    values = [
        {"x": c["x"] - 0.5, "until": c["x"] + 0.5, "shade": _shade(c["pair"])[1], "y": 0,
         "to": 1} for c in columns
    ]  # fmt: skip
    return {
        "data": {"values": values},
        "mark": {"type": "rect"},
        "encoding": {"x": x, "x2": {"field": "until"}, "y": y, "y2": {"field": "to"},
                     "color": {"field": "shade", "type": "nominal", "scale": None}},
    }  # fmt: skip


def _shade(position: Position) -> tuple[str, str]:
    return _SHADES[position.generation_gap]


def _spots(motif: Motif) -> list[tuple[float, int]]:
    """Return place across (-0.5 to 0.5) and depth of each slot."""
    depth, below = {0: 0}, {slot: [c for p, c in motif.edges if p == slot] for slot in range(4)}
    across: dict[int, float] = {0: 0.0}
    if motif.name == "random":
        return [(-0.25, 0), (0.25, 0)]
    for parent, child in motif.edges:
        depth[child] = depth[parent] + 1
        beside = below[parent]
        step = 0.32 if len(beside) > 1 else 0.0
        across[child] = across[parent] + (beside.index(child) - (len(beside) - 1) / 2) * step
    return [(across[slot], depth[slot]) for slot in range(motif.size)]


def _trees(columns: list[dict[str, Any]], x: Spec, y: Spec) -> list[Spec]:
    lines: list[Spec] = []
    nodes: list[Spec] = []
    for c in columns:
        spots = [(c["x"] + a, _TOP - _STEP * d) for a, d in _spots(c["shape"])]
        lines += [{"x": spots[p][0], "x2": spots[q][0], "y": spots[p][1], "y2": spots[q][1]}
                  for p, q in c["shape"].edges]  # fmt: skip
        pair = {c["pair"].a, c["pair"].b}
        nodes += [{"x": a, "y": b, "fill": theme.INK if i in pair else theme.PANEL}
                  for i, (a, b) in enumerate(spots)]  # fmt: skip
    return [
        {
            "data": {"values": lines},
            "mark": {"type": "rule", "stroke": theme.INK3, "strokeWidth": 1.1},
            "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}},
        },
        {
            "data": {"values": nodes},
            "mark": {"type": "point", "filled": True, "size": 34, "stroke": theme.INK,
                     "strokeWidth": 1, "opacity": 1},
            "encoding": {"x": x, "y": y,
                         "fill": {"field": "fill", "type": "nominal", "scale": None}},
        },
    ]  # fmt: skip


def _words(columns: list[dict[str, Any]], x: Spec, y: Spec) -> list[Spec]:
    """Write the name of the pair under each drawing, and the motif over each group."""
    kin = [{"x": c["x"], "y": _WORDS, "text": c["pair"].name} for c in columns]
    names = []
    for motif in MOTIFS.values():
        mine = [c["x"] for c in columns if c["motif"] == motif.name]
        names.append({"x": sum(mine) / len(mine), "y": 1.07, "text": motif.name})
    text = {"field": "text"}
    return [
        {
            "data": {"values": kin},
            "mark": {"type": "text", "angle": 270, "align": "right", "baseline": "middle",
                     "fontSize": 10.5, "color": theme.INK2},
            "encoding": {"x": x, "y": y, "text": text},
        },
        {
            "data": {"values": names},
            "mark": {"type": "text", "fontSize": 11.5, "fontWeight": 600, "color": theme.INK},
            "encoding": {"x": x, "y": y, "text": text},
        },
    ]  # fmt: skip


def _random(
    rows: list[dict[str, Any]], groups: list[str], end: float, x: Spec, y: Spec, chart: Chart,
    known: Rows,
) -> list[Spec]:  # fmt: skip
    """Draw the mean of random pairs across, a dashed line a metric."""
    values = [
        {"x": -0.6, "until": end, "y": r["y"], **({"color": r["color"]} if groups else {})}
        for r in rows if r["x"] == "random"
    ]  # fmt: skip
    if not values:
        return []
    return [
        {
            "data": {"values": values},
            "mark": {"type": "rule", "strokeDash": [3, 4], "strokeWidth": 1, "opacity": 0.7},
            "encoding": {"x": x, "x2": {"field": "until"}, "y": y,
                         "color": axes.color(chart, known)},
        }
    ]  # fmt: skip


def _rules(data: list[Spec], x: Spec, y: Spec, color: Spec, faint: bool) -> Spec:
    bounded = [r for r in data if "low" in r and "high" in r]
    return {
        "data": {"values": bounded},
        "mark": {"type": "rule", "strokeWidth": 1.6, **(axes.FAINT if faint else {})},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": color},
    }


def _dots(data: list[Spec], x: Spec, y: Spec, color: Spec, faint: bool) -> Spec:
    return {
        "data": {"values": data},
        "mark": {"type": "point", "filled": True, "size": 34, "opacity": 1,
                 **(axes.FAINT if faint else {})},
        "encoding": {"x": x, "y": y, "color": color},
    }  # fmt: skip
