"""From a result and a chart to the few rows that are drawn, under safe column names.

Columns are renamed to the roles of the chart (``x``, ``y``, ``value`` ...), so that no name that
a stranger chose can be read as Vega syntax; categories are cleaned, clipped and kept distinct.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cladist.errors import InputError
from cladist.kin.motifs import MOTIFS
from cladist.result import Chart, Result
from cladist.views.terminal import clean, clip, short_id

if TYPE_CHECKING:
    import pyarrow as pa

ROLES: Final = ("x", "y", "value", "low", "high", "color", "label", "faint")
KINDS: Final = ("bars", "columns", "points", "intervals", "lines", "matrix", "order", "motifs",
         "slope", "portrait", "arcs")  # fmt: skip
#: Categories drawn where the chart sets no ``top``; and marks of a scatter or of lines.
DEFAULT_TOP: Final = {"bars": 20, "intervals": 24, "matrix": 24, "order": 25, "columns": 400,
               "slope": 9}  # fmt: skip
MAX_ARCS: Final = 60
MAX_MARKS: Final = 2000
LABEL_LENGTH: Final = 26
_MONTH_TEXT: Final = re.compile(r"^\d{4}-\d{2}(-\d{2})?$")


@dataclass
class Rows:
    """What one chart draws: rows by role, the order of categories and groups, what was cut."""

    rows: list[dict[str, Any]]
    categories: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    temporal: bool = False
    ordinal_x: bool = False
    cut: str = ""


def prepare(result: Result, chart: Chart) -> Rows:
    """Return the rows of a chart.

    Raises
    ------
    InputError
        If the kind, the table or a column that the chart names does not exist.
    """
    if chart.kind not in KINDS:
        raise InputError.not_among("Kind of chart", chart.kind, KINDS)
    if chart.table not in result.tables:
        raise InputError.not_among("Table", chart.table, result.tables)
    rows = _rows(result.tables[chart.table], chart)
    drawn = _SELECT[chart.kind](rows, chart)
    drawn.groups = list(dict.fromkeys(r["color"] for r in drawn.rows if "color" in r))
    return drawn


def _rows(table: pa.Table, chart: Chart) -> list[dict[str, Any]]:
    names = {role: getattr(chart, role) for role in ROLES if getattr(chart, role)}
    for name in [*names.values(), *(column for column, _ in chart.where)]:
        if name not in table.column_names:
            raise InputError.not_among("Column", name, table.column_names)
    for column, value in chart.where:
        import pyarrow.compute as pc

        table = table.filter(pc.equal(table.column(column), value))
    columns = {role: table.column(name).to_pylist() for role, name in names.items()}
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    for row in rows:
        for role in ("value", "low", "high"):
            if role in row:
                row[role] = number(row[role])
        if "color" in row:
            row["color"] = word(row["color"], 40)
        if row.get("label") is not None and not isinstance(row["label"], int | float):
            named = chart.kind == "portrait"  # a model by its name, without the owner
            said = str(row["label"]).rpartition("/")[2] if named else row["label"]
            row["label"] = clip(said, 2 * LABEL_LENGTH if named else LABEL_LENGTH)
    return rows


def number(value: Any) -> float | int | None:
    """Return a finite number, or None for anything else."""
    if isinstance(value, bool) or value is None:
        return None if value is None else int(value)
    if isinstance(value, int):
        return value
    try:
        plain = float(value)
    except (TypeError, ValueError):
        return None
    return plain if math.isfinite(plain) else None


def word(value: Any, length: int = LABEL_LENGTH) -> str:
    """Return a category as a short clean word; null is ``not stated``."""
    if value is None or value == "":
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    if isinstance(value, list | tuple):
        return clip(", ".join(str(v) for v in value), length)
    is_id = "/" in str(value) and " " not in str(value)
    return short_id(str(value), length) if is_id else clip(value, length)


def distinct_words(values: Iterable[Any]) -> dict[Any, str]:
    """Return a different short word for every value, in order; clipped twins get a number."""
    words: dict[Any, str] = {}
    taken: set[str] = set()
    for value in values:
        key = _key(value)
        if key in words:
            continue
        shown, twin = word(value), 2
        while shown in taken:
            shown = f"{clip(word(value), LABEL_LENGTH - 4)} ({twin})"
            twin += 1
        taken.add(shown)
        words[key] = shown
    return words


def _key(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _relabel(rows: list[dict[str, Any]], role: str) -> list[str]:
    words = distinct_words(r[role] for r in rows)
    for row in rows:
        row[role] = words[_key(row[role])]
    return list(words.values())


def epoch(value: Any) -> int | None:
    """Return milliseconds since 1970 UTC of a date, a time, or a month as text; None for null."""
    if isinstance(value, str):
        value = dt.date.fromisoformat(value if len(value) == 10 else f"{value}-01")
    if value is None:
        return None
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.UTC)
    return int((value - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(milliseconds=1))


def _is_time(values: Sequence[Any]) -> bool:
    known = [v for v in values if v is not None]
    return bool(known) and all(
        isinstance(v, dt.date) or (isinstance(v, str) and _MONTH_TEXT.match(v)) for v in known
    )


# --- which rows, for each kind ------------------------------------------------------------------


def _leading(rows: list[dict[str, Any]], role: str, top: int, weight: str) -> list[dict[str, Any]]:
    """Return the rows of the ``top`` categories of greatest weight, greatest first."""
    totals: dict[Any, float] = {}
    for row in rows:
        key = _key(row[role])
        totals[key] = totals.get(key, 0) + abs(number(row.get(weight)) or 0)
    order = sorted(totals, key=lambda k: -totals[k])[:top]  # stable: ties as in the table
    place = {key: i for i, key in enumerate(order)}
    kept = [r for r in rows if _key(r[role]) in place]
    return sorted(kept, key=lambda r: place[_key(r[role])])


def _count(rows: list[dict[str, Any]], role: str) -> int:
    return len({_key(r[role]) for r in rows})


def _cut(kept: int, total: int, what: str) -> str:
    return f"{what} {kept:,} of {total:,} shown." if kept < total else ""


def _bars(rows: list[dict[str, Any]], chart: Chart) -> Rows:
    rows = [{**r, "x": number(r["x"])} for r in rows]
    rows = [r for r in rows if r["x"] is not None]
    total, top = _count(rows, "y"), chart.top or DEFAULT_TOP["bars"]
    if chart.top or total > top:
        rows = _leading(rows, "y", top, "x")
    return Rows(rows, _relabel(rows, "y"), cut=_cut(min(top, total), total, "Largest"))


def _intervals(rows: list[dict[str, Any]], chart: Chart) -> Rows:
    rows = [{**r, "x": number(r["x"])} for r in rows]
    rows = [r for r in rows if r["x"] is not None]
    total, top = _count(rows, "y"), chart.top or DEFAULT_TOP["intervals"]
    kept = set(list(dict.fromkeys(_key(r["y"]) for r in rows))[:top])
    rows = [r for r in rows if _key(r["y"]) in kept]
    return Rows(rows, _relabel(rows, "y"), cut=_cut(len(kept), total, "First"))


def _columns(rows: list[dict[str, Any]], chart: Chart) -> Rows:
    rows = [{**r, "y": number(r["y"])} for r in rows]
    rows = [r for r in rows if r["y"] is not None]
    if _is_time([r["x"] for r in rows]):
        undated = sum(r["y"] for r in rows if r["x"] is None)
        rows = [{**r, "x": epoch(r["x"])} for r in rows if r["x"] is not None]
        rows.sort(key=lambda r: r["x"])
        cut = f"{undated:,.0f} without a date left out." if undated else ""
        return Rows(rows, temporal=True, cut=cut)
    total, top = _count(rows, "x"), chart.top or DEFAULT_TOP["columns"]
    if chart.top or total > top:
        rows = _leading(rows, "x", top, "y")
    return Rows(rows, columns=_relabel(rows, "x"), cut=_cut(min(top, total), total, "Largest"))


def _marks(rows: list[dict[str, Any]], chart: Chart) -> Rows:
    """Points and lines: numbers on both axes, or times or words across; thinned evenly."""
    temporal = _is_time([r["x"] for r in rows])
    words = not temporal and any(isinstance(r["x"], str) for r in rows)
    across = epoch if temporal else (lambda v: v) if words else number
    rows = [{**r, "x": across(r["x"]), "y": number(r["y"])} for r in rows]
    seen = len(rows)
    rows = [r for r in rows if r["x"] is not None and r["y"] is not None]
    for role, scale in (("x", chart.x_scale), ("y", chart.y_scale)):
        if scale == "log" and not (role == "x" and (temporal or words)):
            rows = [r for r in rows if r[role] > 0]
    said = f"{seen - len(rows):,} without a place on the axes left out." if seen > len(rows) else ""
    if chart.kind == "points":
        rows = _apart(rows, chart)
    total, limit = len(rows), min(chart.top or MAX_MARKS, MAX_MARKS)
    if total > limit:
        step = -(-total // limit)
        rows = [r for i, r in enumerate(rows) if i % step == 0 or r.get("label")]
        said = f"{said} Every {step}th of {total:,} drawn.".strip()
    columns = _relabel(rows, "x") if words else []
    return Rows(rows, columns=columns, temporal=temporal, ordinal_x=words, cut=said)


def _bent(value: float, scale: str) -> float:
    if scale == "log":
        return math.log(value)
    return math.sqrt(max(value, 0)) if scale == "sqrt" else float(value)


def _apart(rows: list[dict[str, Any]], chart: Chart) -> list[dict[str, Any]]:
    """Return the marks of a crowded scatter that would not cover one another exactly."""
    if len(rows) <= 300 or any(isinstance(r["x"], str) for r in rows):
        return rows
    cells = []
    for role, scale, pixels in (("x", chart.x_scale, 250), ("y", chart.y_scale, 130)):
        places = [_bent(r[role], scale) for r in rows]
        low, high = min(places), max(places)
        cells.append([round((p - low) / ((high - low) or 1) * pixels) for p in places])
    last = {(x, y, r.get("color")): r for x, y, r in zip(*cells, rows, strict=True)}
    kept = {id(r) for r in last.values()}
    return [r for r in rows if id(r) in kept or r.get("label")]


def _motifs(rows: list[dict[str, Any]], _: Chart) -> Rows:
    """Rows of known motifs and positions whose mean is known."""
    places = {(m.name, p.number) for m in MOTIFS.values() for p in m.positions}
    rows = [{**r, "y": number(r["y"])} for r in rows if (r["x"], r.get("value")) in places]
    return Rows([r for r in rows if r["y"] is not None])


def _slope(rows: list[dict[str, Any]], chart: Chart) -> Rows:
    """Keep groups with both ends known; on a logarithmic scale, above 0."""
    rows = [{**r, "x": number(r["x"]), "y": number(r["y"])} for r in rows]
    rows = [r for r in rows if r["x"] is not None and r["y"] is not None]
    total, top = len(rows), chart.top or DEFAULT_TOP["slope"]
    if chart.y_scale == "log":
        rows = [r for r in rows if min(r["x"], r["y"]) > 0]
    return Rows(rows[:top], cut=_cut(min(len(rows), top), total, "First"))


def _portrait(rows: list[dict[str, Any]], _: Chart) -> Rows:
    """Keep edges, whose gaps are rows without a place, and nodes, which have no colour."""
    kept = []
    for row in rows:
        plain = {**row, "x": number(row["x"]), "y": number(row["y"])}
        if plain["color"] == "node":
            del plain["color"]
        kept.append(plain)
    return Rows(kept)


def _arcs(rows: list[dict[str, Any]], chart: Chart) -> Rows:
    """Keep values (with a label) in their order, and flows between those that are drawn."""
    top = chart.top or DEFAULT_TOP["order"]
    nodes = [r for r in rows if r.get("label") is not None]
    flows = [{k: v for k, v in r.items() if k != "color"} for r in rows if r.get("label") is None]
    inside = [r for r in flows if max(r["x"], r["y"]) < top]
    kept = sorted(inside, key=lambda r: -r["value"])[:MAX_ARCS]
    said = [_cut(min(top, len(nodes)), len(nodes), "First"),
            _cut(len(kept), len(inside), "Largest flows:")]  # fmt: skip
    return Rows([*nodes[:top], *kept], cut=" ".join(s for s in said if s))


def _matrix(rows: list[dict[str, Any]], chart: Chart) -> Rows:
    rows = [r for r in rows if r.get("value") is not None]
    weight: dict[Any, float] = {}
    for row in rows:
        for role in ("y", "x"):
            weight.setdefault(_key(row[role]), 0)
            weight[_key(row[role])] += abs(row["value"])
    top = chart.top or DEFAULT_TOP["matrix"]
    ends = [{_key(r[role]) for r in rows} for role in ("x", "y")]
    total = max((len(e) for e in ends), default=0)
    if total > top:
        kept = set(sorted(weight, key=lambda k: -weight[k])[:top])
        rows = [r for r in rows if _key(r["x"]) in kept and _key(r["y"]) in kept]
    ends = [{_key(r[role]) for r in rows} for role in ("x", "y")]
    first = [v for v in chart.domain if v in ends[0] | ends[1]]
    words = distinct_words([*first, *(v for r in rows for v in (r["y"], r["x"]))])
    order = {w: i for i, w in enumerate(words.values())}
    for row in rows:
        row["x"], row["y"] = words[_key(row["x"])], words[_key(row["y"])]
    shown = {words[v] for v in first}
    across, down = (
        sorted({r[role] for r in rows} | shown, key=order.__getitem__) for role in ("x", "y")
    )
    return Rows(rows, categories=down, columns=across, cut=_cut(top, total, "Largest"))


def _order(rows: list[dict[str, Any]], chart: Chart) -> Rows:
    total, top = len(rows), chart.top or DEFAULT_TOP["order"]
    rows = rows[:top]
    words = _relabel(rows, "y")
    return Rows(rows, categories=words, cut=_cut(len(rows), total, "First"))


_SELECT: Final = {
    "arcs": _arcs,
    "bars": _bars,
    "columns": _columns,
    "points": _marks,
    "lines": _marks,
    "intervals": _intervals,
    "matrix": _matrix,
    "motifs": _motifs,
    "order": _order,
    "portrait": _portrait,
    "slope": _slope,
}


def title_of(text: str, length: int = 200) -> str:
    """Return a title, an axis title or a subtitle, cleaned and of bearable length."""
    return clip(clean(text), length)
