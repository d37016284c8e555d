"""Charts of results: as Altair charts for notebooks, as SVG for the report, both offline.

The specification is plain Vega-Lite that carries its few rows itself; it names no address, so
drawing it fetches nothing. The same result gives the same bytes on every machine, because text
is measured with a font that vl-convert ships.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cladist.errors import InputError
from cladist.result import Chart, Result
from cladist.views import (
    arc_chart,
    axes,
    charts,
    grids,
    line_chart,
    motif_chart,
    portrait_chart,
    slope_chart,
    theme,
)
from cladist.views.axes import Frame, Spec
from cladist.views.chartdata import Rows, prepare, title_of

if TYPE_CHECKING:
    import altair as alt

#: Width of a card of the report, inside its padding.
CARD_WIDTH: Final = 380
ORDER_WIDTH: Final = 280
#: The Vega-Lite that draws the SVG; fixed, since another release may move a pixel.
VEGA_LITE: Final = "6.1"

_DRAW: Final[dict[str, Callable[[Chart, Rows, Frame], Spec]]] = {
    "bars": charts.bars,
    "columns": charts.columns,
    "points": charts.points,
    "lines": line_chart.lines,
    "intervals": charts.intervals,
    "matrix": grids.matrix,
    "order": grids.order,
    "motifs": motif_chart.motifs,
    "portrait": portrait_chart.portrait,
    "slope": slope_chart.slope,
    "arcs": arc_chart.arcs,
}


def spec(
    result: Result,
    chart: Chart | str | None = None,
    *,
    width: int | None = None,
    height: int | None = None,
    embed_title: bool = True,
    font: str = theme.FONT,
) -> dict[str, Any]:
    """Return the Vega-Lite specification of a chart, rows included.

    Parameters
    ----------
    result
        What an analysis returned.
    chart
        One of its charts, or its name; the first one if none is given.
    width, height
        Pixels of the whole picture; by default a card of the report, as high as its rows need.
    embed_title
        Draw the title and the foot as well; leave them out where the page prints them.
    font
        Fonts of all text, as in CSS.

    Raises
    ------
    InputError
        If there is no such chart, kind, table or column.
    """
    drawn = _chart(result, chart)
    rows = prepare(result, drawn)
    natural = {
        "matrix": grids.matrix_width(rows), "order": ORDER_WIDTH, "motifs": motif_chart.WIDTH,
    }.get(drawn.kind, CARD_WIDTH)  # fmt: skip
    frame = Frame(width or natural, height)
    body = _DRAW[drawn.kind](drawn, rows, frame) if rows.rows else _empty()
    room = axes.category_axis(rows.categories)[1] if drawn.kind in ("bars", "intervals") else 0
    keys = axes.legend(drawn, rows, frame, room)
    body["layer"] = [*body["layer"], *keys]
    turned = drawn.kind == "matrix"  # headers stand out further where a page's font is wide
    sides = {"left": 2, "right": 22 if turned else 8, "top": 4, "bottom": 2}
    whole = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.1.0.json",
        "description": title_of(drawn.title or drawn.name),
        "width": frame.width,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": sides,
        **body,
        "config": theme.config(font),
    }
    if embed_title:
        whole["title"] = _title(drawn, _foot(drawn, rows), frame.width)
        whole["background"] = theme.PANEL
        whole["padding"] = {**{k: v + 12 for k, v in sides.items()}, "top": 14}
    return whole


def plot(result: Result, chart: Chart | str | None = None) -> alt.TopLevelMixin:
    """Return a chart of a result as an Altair chart, title and foot drawn in.

    Raises
    ------
    InputError
        If there is no such chart, kind, table or column.
    """
    import altair as alt

    return alt.Chart.from_dict(spec(result, chart))


def svg(
    result: Result,
    chart: Chart | str | None = None,
    *,
    width: int | None = None,
    height: int | None = None,
    embed_title: bool = False,
) -> str:
    """Return a chart of a result as one SVG element, to be put into a page as it is.

    Every text is escaped, ids are unique to the chart, so that many may share a page, and the
    element is an image with its title and the line under it as its label. The same input gives
    the same bytes.

    Raises
    ------
    InputError
        If there is no such chart, kind, table or column.
    """
    import vl_convert

    drawn = _chart(result, chart)
    whole = spec(
        result, drawn, width=width, height=height, embed_title=embed_title, font=theme.MEASURE_FONT
    )
    raw = vl_convert.vegalite_to_svg(whole, vl_version=VEGA_LITE, allowed_base_urls=[])
    told = [str(whole["description"]), _foot(drawn, prepare(result, drawn))]
    return _finish(raw, ". ".join(t for t in told if t))


def citable(result: Result, chart: Chart | str | None = None) -> Chart:
    """Return a chart that says by itself where it comes from, and whether it is simulated.

    Raises
    ------
    InputError
        If there is no such chart.
    """
    drawn, made = _chart(result, chart), result.provenance
    source = (
        f"n = {result.n:,}; cladist {made.cladist}, {made.snapshot} {made.snapshot_digest[:12]}"
    )
    if made.seed is not None:
        source += f", seed {made.seed}"
    title = f"SIMULATED DATA: {drawn.title}" if made.simulated else drawn.title
    return replace(drawn, title=title, subtitle=f"{drawn.subtitle} {source}.".strip())


def png(drawn: str, scale: float = 2.0) -> bytes:
    """Return a drawing of :func:`svg` as a PNG image, by default two pixels to a unit."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(drawn, scale=scale))


def foot(result: Result, chart: Chart | str | None = None) -> str:
    """Return the line under a chart: its subtitle, and what was left out of the drawing."""
    drawn = _chart(result, chart)
    return _foot(drawn, prepare(result, drawn))


def _foot(chart: Chart, rows: Rows) -> str:
    said = [title_of(chart.subtitle, 500), rows.cut]
    if chart.kind == "intervals" and chart.palette == "ink" and len(rows.groups) > 1:
        said.append(f"Filled: {rows.groups[0]}; open: {', '.join(rows.groups[1:])}.")
    return " ".join(s for s in said if s)


def _chart(result: Result, chart: Chart | str | None) -> Chart:
    if isinstance(chart, Chart):
        return chart
    for known in result.charts:
        if chart in (None, known.name):
            return known
    raise InputError.not_among("Chart", chart, [c.name for c in result.charts])


def _title(chart: Chart, foot_line: str, width: int) -> Spec:
    return {
        "text": textwrap.wrap(title_of(chart.title or chart.name), max(width // 9, 16)),
        "subtitle": textwrap.wrap(foot_line, max(width // 7, 20)),
    }


def _empty() -> Spec:
    return {
        "height": 40,
        "layer": [
            {
                "data": {"values": [{"text": "Nothing to draw."}]},
                "mark": {"type": "text", "align": "left", "x": 0},
                "encoding": {"text": {"field": "text"}},
            }
        ],
    }


# --- the finished SVG ---------------------------------------------------------------------------

_ID: Final = re.compile(r'\bid="([^"]+)"')


def _finish(raw: str, label: str) -> str:
    """Rename ids after the content, restore the font stack, label the picture."""
    from html import escape

    stack = escape(theme.FONT, quote=True)
    measured = f'font-family="{theme.MEASURE_FONT}"'
    text = raw.replace(measured, f'font-family="{stack}"')
    found = list(dict.fromkeys(_ID.findall(text)))
    for number, name in enumerate(found):  # vl-convert counts on from drawing to drawing
        text = re.sub(rf'(\bid="|url\(#){re.escape(name)}(?="|\))', rf"\1@{number}@", text)
    prefix = "c" + hashlib.sha256(text.encode()).hexdigest()[:10]
    text = re.sub(r'(\bid="|url\(#)@(\d+)@', rf"\1{prefix}-\2", text)
    opening = f'<svg role="img" aria-label="{escape(label, quote=True)}" overflow="visible" '
    return text.replace("<svg ", opening, 1)
