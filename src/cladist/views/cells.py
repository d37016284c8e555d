"""The columns of an Arrow table as a reader sees them: words, aligned numbers, joined intervals.

Terminal, Markdown and HTML share these cells; CSV, JSON and Parquet keep the raw values.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from cladist.views import numbers

if TYPE_CHECKING:
    import pyarrow as pa

#: Columns that ``low`` and ``high`` may belong to without standing next to them.
ESTIMATES: Final = ("rate", "mean", "estimate", "median", "effect", "share", "value", "slope")
#: A column whose numbers differ by more than this holds several units: each keeps three digits.
_MIXED: Final = 1e5
_PLAIN_INTEGERS: Final = frozenset({"year", "seed", "line", "node"})
_SHARE: Final = re.compile(r"(^|_)(share|percent|percentage)$")
_P_VALUE: Final = re.compile(r"^(p|q)(_(value|min|tree|sign))?$")


@dataclass(frozen=True)
class Shown:
    """One column to print: its header, whether its cells align right, and the cells as text."""

    header: str
    numeric: bool
    cells: list[str]


def shown(table: pa.Table) -> list[Shown]:
    """Return the columns of a table as text; an estimate swallows its ``low`` and ``high``.

    Text cells are raw: each renderer cleans or escapes them in its own way.
    """
    triples = _intervals(table)
    swallowed = {name for low, high in triples.values() for name in (low, high)}
    columns = []
    for name in table.column_names:
        if name in triples:
            columns.append(_interval_column(table, name, *triples[name]))
        elif name not in swallowed:
            columns.append(_column(name, table.column(name)))
    return columns


def _intervals(table: pa.Table) -> dict[str, tuple[str, str]]:
    """Return estimate -> (low, high), for plain names and for names with a common stem."""
    import pyarrow as pa

    names = list(table.column_names)
    numeric = {
        f.name for f in table.schema if pa.types.is_floating(f.type) or pa.types.is_integer(f.type)
    }
    found: dict[str, tuple[str, str]] = {}
    if len(set(names)) < len(names):
        return found
    if {"low", "high"} <= numeric:
        before = [n for n in names[: names.index("low")] if n in numeric]
        near = [n for n in before if n in ESTIMATES or n == names[names.index("low") - 1]]
        for name in (near or before or [n for n in ESTIMATES if n in numeric])[-1:]:
            found[name] = ("low", "high")
    for name in names:
        low, high = f"{name}_low", f"{name}_high"
        if {name, low, high} <= numeric:
            found[name] = (low, high)
    return found


def _interval_column(table: pa.Table, name: str, low: str, high: str) -> Shown:
    rows = zip(*(table.column(c).to_pylist() for c in (name, low, high)), strict=True)
    cells = []
    for value, lower, upper in rows:
        bounds = [float("nan") if b is None else float(b) for b in (value, lower, upper)]
        cells.append("" if value is None else numbers.interval(bounds[0], bounds[1], bounds[2]))
    return Shown(f"{name} (interval)", numeric=True, cells=cells)


def _column(name: str, column: pa.ChunkedArray) -> Shown:
    import pyarrow as pa

    kind, values = column.type, column.to_pylist()
    if pa.types.is_integer(kind):
        word = str if name in _PLAIN_INTEGERS else numbers.count
        return Shown(name, numeric=True, cells=["" if v is None else word(v) for v in values])
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        reals = [None if v is None else float(v) for v in values]
        return Shown(name, numeric=True, cells=_reals(name, reals))
    return Shown(name, numeric=False, cells=[plain(v) for v in values])


def _reals(name: str, values: Sequence[float | None]) -> list[str]:
    finite = [abs(v) for v in values if v is not None and isfinite(v)]
    largest = max(finite, default=0.0)
    if _SHARE.search(name) and largest <= 1:
        return ["" if v is None else numbers.percent(v) for v in values]
    if _P_VALUE.search(name):
        return ["" if v is None else _p_value(v) for v in values]
    whole = all(v == int(v) for v in finite)
    if not whole and largest > _MIXED * min((v for v in finite if v), default=largest):
        return ["" if v is None else numbers.real(v) for v in values]
    places = 0 if whole and finite and largest >= 10 else numbers.decimals_for(largest)
    return ["" if v is None else numbers.real(v, places) for v in values]


def _p_value(p: float) -> str:
    if not isfinite(p):
        return numbers.MISSING
    return "<0.0001" if 0 <= p < 0.0001 else f"{p:.2g}"


def plain(value: Any) -> str:  # noqa: PLR0911 (one line for each type)
    """Return one value of a text, list, date or flag column as words; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        number = float(value)
        return numbers.count(number) if number == number // 1 else numbers.real(number)
    if isinstance(value, dt.date):
        return numbers.date(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return ", ".join(f"{k}: {plain(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain(v) for v in value)
    return str(value)
