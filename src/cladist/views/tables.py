"""Results as text: tables for the terminal, Markdown, CSV, JSON, Parquet, and HTML for notebooks.

The readable forms (``table``, ``md``, HTML) round numbers and join intervals; the others keep
every value. What strangers wrote is cleaned or escaped in each of them, except in CSV, JSON
and Parquet, which carry it unchanged: import such a CSV into a spreadsheet as text, since a cell
that begins with ``=`` would be run as a formula there.
"""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cladist.errors import InputError
from cladist.result import Result
from cladist.views.cells import Shown, shown
from cladist.views.flat import flat, json_bytes, with_mark
from cladist.views.terminal import clean, clip

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS: Final = ("table", "csv", "json", "parquet", "md")
#: Rows that the readable forms print unless told otherwise.
DEFAULT_ROWS: Final = 20
_MAX_CELL: Final = 200
_GAP: Final = 3
_MIN_TEXT: Final = 22
_LABEL: Final = 60  # labels up to this length may stand in narrow columns, word under word


def render(
    result: Result, fmt: str = "table", *, limit: int | None = None, width: int = 80
) -> str | bytes:
    """Return a result in one of the output formats.

    Parameters
    ----------
    result
        What an analysis returned. ``csv`` and ``parquet`` hold its main table only,
        :func:`marked`.
    fmt
        ``table``, ``csv``, ``json``, ``parquet`` (bytes) or ``md``.
    limit
        Rows of the main table at most; by default 20 for ``table`` and ``md``, else all.
    width
        Columns of the terminal, for ``table``.

    Raises
    ------
    InputError
        If the format is none of these.
    """
    if fmt == "json":
        return _result_json(result, limit)
    if fmt not in ("table", "md"):
        return render_table(marked(result, "table"), fmt, limit=limit)
    title = result.finding or result.analysis.replace("-", " ").capitalize()
    if fmt == "table" and result.shown:
        body: str | bytes = _several(result, title, limit, width)
    else:
        body = render_table(result.table, fmt, title=title, limit=limit, width=width)
    if fmt == "md":
        return f"{body!s}\n" + "\n".join(f"- {markdown_text(w)}" for w in _words(result)) + "\n"
    return f"{body!s}\n" + "\n".join(_wrap(w, width) for w in _words(result)) + "\n"


def marked(result: Result, name: str) -> pa.Table:
    """Return a table that says by itself where it comes from, for files that stand alone.

    Its schema's metadata hold the provenance as JSON (``cladist``) and the definition.
    """
    about = {"cladist": json_bytes(result.provenance.to_dict()), "definition": result.definition}
    table = result.tables[name]
    if result.provenance.simulated:
        table = with_mark(table)
    return table.replace_schema_metadata(about)


def _several(result: Result, title: str, limit: int | None, width: int) -> str:
    """Return the tables that matter, their foremost columns first, what never varies said once."""
    parts = []
    for name, foremost in result.shown.items():
        table = result.tables[name]
        rest = [c for c in table.column_names if c not in foremost]
        table, same = _without_constants(table.select([*foremost, *rest]), foremost)
        said = ", ".join(f"{clean(k)} {clean(v)}" for k, v in same.items())
        head = [title] if name == "table" and len(result.shown) == 1 else [name.capitalize()]
        if name == "table" and len(result.shown) > 1:
            head = [result.analysis.capitalize()]
        heading = f"{head[0]} ({said})" if said else head[0]
        rows = DEFAULT_ROWS if limit is None else limit
        parts.append(_terminal(table, heading, rows, width, foremost))
    first = _wrap(title, width) + "\n\n" if len(result.shown) > 1 else ""
    return first + "\n".join(parts)


def _without_constants(
    table: pa.Table, foremost: tuple[str, ...]
) -> tuple[pa.Table, dict[str, Any]]:
    """Take out the words among the foremost columns that are the same in every row."""
    same: dict[str, Any] = {}
    if table.num_rows > 1:
        for name in foremost:
            values = set(table[name].to_pylist()) if str(table[name].type) == "string" else set()
            if len(values) == 1 and None not in values:
                same[name] = values.pop()
    return table.drop_columns(list(same)), same


def render_table(
    table: pa.Table,
    fmt: str = "table",
    *,
    title: str = "",
    limit: int | None = None,
    width: int = 80,
) -> str | bytes:
    """Return one Arrow table in one of the output formats; see :func:`render`.

    Raises
    ------
    InputError
        If the format is unknown, or the limit is below zero.
    """
    if limit is not None and limit < 0:
        raise InputError(f"A limit of {limit} rows makes no sense.", "Give 0 or more.")
    if fmt == "table":
        return _terminal(table, title, DEFAULT_ROWS if limit is None else limit, width)
    if fmt == "md":
        return _markdown(table, title, DEFAULT_ROWS if limit is None else limit)
    part = table if limit is None else table.slice(0, limit)
    if fmt == "csv":
        return csv_text(part)
    if fmt == "json":
        return json_bytes(part.to_pylist(), indent=True).decode() + "\n"
    if fmt == "parquet":
        return _parquet(part)
    raise InputError.not_among("Format", fmt, FORMATS)


def csv_text(table: pa.Table) -> str:
    """Return a table as CSV: text quoted, null empty, lists as JSON, times ISO 8601."""
    import pyarrow.csv as pacsv

    out = io.BytesIO()
    pacsv.write_csv(flat(table), out)
    return out.getvalue().decode()


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def _result_json(result: Result, limit: int | None) -> str:
    cut = _cut(result.table.num_rows, limit, "a larger --limit")
    if cut:
        part = {**result.tables, "table": result.table.slice(0, limit)}
        result = replace(result, tables=part, notes=(*result.notes, cut))
    return json_bytes(result.to_dict(), indent=True).decode() + "\n"


def _cut(rows: int, limit: int | None, remedy: str = "--json or --format csv") -> str:
    """Return the sentence that owns up to rows left out, or nothing."""
    if limit is None or rows <= limit:
        return ""
    return f"{limit:,} of {rows:,} rows; {remedy} gives all."


def _words(result: Result) -> list[str]:
    """Return the sentences under the main table: notes, other tables, definition, source."""
    said = ["SIMULATED: not data of a real hub."] if result.provenance.simulated else []
    said += list(result.notes)
    seen = {"table", *result.shown}
    more = [f"{k} ({v.num_rows:,} rows)" for k, v in result.tables.items() if k not in seen]
    if more:
        said.append(f"More tables with --json: {', '.join(more)}.")
    said.append(f"n = {result.n:,}. Definition ({result.form}): {result.definition}")
    made = result.provenance
    digest = f" {made.snapshot_digest[:12]}" if made.snapshot_digest else ""
    ending = f": {made.coverage}" if made.coverage else ""
    said.append(f"Snapshot {made.snapshot}{digest}{ending}")
    return said


def _wrap(text: str, width: int) -> str:
    import textwrap

    return textwrap.fill(clean(text), width=max(width, 20), break_on_hyphens=False)


# --- terminal ---------------------------------------------------------------------------------


def _terminal(
    table: pa.Table, title: str, limit: int, width: int, foremost: tuple[str, ...] = ()
) -> str:
    columns = [_tidy(c) for c in shown(table.slice(0, limit))]
    fitting = _fitting(columns, width, foremost)
    lines = [_wrap(title, width), ""] if title else []
    if fitting:
        lines.append(_rich(fitting, width))
    if not table.num_rows:
        lines.append("No rows.")
    lines.append(_cut(table.num_rows, limit))
    dropped = ", ".join(c.header for c in columns[len(fitting) :])
    if dropped:
        lines.append(_wrap(f"Columns that do not fit: {dropped}; --json gives all.", width))
    return "\n".join(line for i, line in enumerate(lines) if line or i == 1) + "\n"


def _tidy(column: Shown) -> Shown:
    header = clip(column.header.replace("_", " "), 60)
    return Shown(header, column.numeric, [clip(c, _MAX_CELL) for c in column.cells])


def _least(column: Shown, *, narrow: bool = False) -> int:
    """Return the least width that keeps a number whole and a text readable.

    A ``narrow`` label keeps its words whole and stands word under word.
    """
    from rich.cells import cell_len

    head = max((cell_len(w) for w in column.header.split()), default=0)
    body = max((cell_len(c) for c in column.cells), default=0)
    if narrow and not column.numeric and body <= _LABEL:
        body = max((cell_len(w) for c in column.cells for w in c.split()), default=0)
    return max(head, body if column.numeric else min(body, _MIN_TEXT))


def _header(column: Shown) -> str:
    """Return the header, that of a number broken so that it never widens its column."""
    import textwrap

    if not column.numeric:
        return column.header
    return textwrap.fill(column.header, width=max(_least(column), 1), break_on_hyphens=False)


def _fitting(columns: list[Shown], width: int, foremost: tuple[str, ...]) -> list[Shown]:
    """Return the leading columns that fit, at least one; labels make room for foremost ones."""
    kept = _leading([_least(c) for c in columns], width)
    narrow = _leading([_least(c, narrow=True) for c in columns], width)
    words = [name.replace("_", " ") for name in foremost]
    while kept < narrow and columns[kept].header.split(" (")[0] in words:
        kept += 1
    return columns[:kept]


def _leading(least: list[int], width: int) -> int:
    """Count the leading columns that fit into the width, at least one."""
    used, kept = -_GAP, 0
    for wide in least:
        used += wide + _GAP
        if used > width and kept:
            break
        kept += 1
    return kept


def _widths(columns: list[Shown], width: int) -> list[int]:
    """Return the width of each column: the least, and what is left for texts, the first first."""
    from rich.cells import cell_len

    gaps = _GAP * (len(columns) - 1)
    widths = [min(_least(c), width) for c in columns]
    if sum(widths) + gaps > width:
        widths = [min(_least(c, narrow=True), width) for c in columns]
    spare = width - sum(widths) - gaps
    for i, column in enumerate(columns):
        whole = max(cell_len(text) for text in (column.header, *column.cells))
        more = 0 if column.numeric else max(0, min(spare, whole - widths[i]))
        widths[i] += more
        spare -= more
    return widths


def _rich(columns: list[Shown], width: int) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    for column, wide in zip(columns, _widths(columns, width), strict=True):
        numeric = column.numeric
        grid.add_column(
            Text(_header(column)),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=False,
            width=wide,
            vertical="top",
        )
    for row in zip(*(c.cells for c in columns), strict=True):
        grid.add_row(*(Text(cell, overflow="fold") for cell in row))
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        color_system=None,
        force_terminal=False,
        highlight=False,
        legacy_windows=False,
        safe_box=False,
        _environ={},
    )
    console.print(grid)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


# --- Markdown and HTML ------------------------------------------------------------------------

_MD_SPECIAL: Final = re.compile(r"([\\`*_\[\]|~])")


def markdown_text(text: str) -> str:
    """Return cleaned text in which nothing is Markdown or HTML."""
    escaped = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MD_SPECIAL.sub(r"\\\1", escaped)


def _markdown(table: pa.Table, title: str, limit: int) -> str:
    columns = shown(table.slice(0, limit))
    lines = [f"**{markdown_text(title)}**", ""] if title else []
    if columns:
        lines.append("| " + " | ".join(markdown_text(c.header) for c in columns) + " |")
        lines.append("| " + " | ".join("---:" if c.numeric else "---" for c in columns) + " |")
        records = zip(*(c.cells for c in columns), strict=True)
        lines += ["| " + " | ".join(markdown_text(cell) for cell in row) + " |" for row in records]
    cut = _cut(table.num_rows, limit)
    lines += ["", cut] if cut else [] if table.num_rows else ["", "No rows."]
    return "\n".join(lines) + "\n"


def html_table(table: pa.Table, *, limit: int = DEFAULT_ROWS) -> str:
    """Return a table as an HTML ``table`` element, everything in it escaped.

    Cells of numbers carry the class ``n``, so that a page can align and space them.
    """
    columns = shown(table.slice(0, limit))
    kinds = [' class="n" style="text-align:right"' if c.numeric else "" for c in columns]
    head = "".join(
        f'<th scope="col"{k}>{_html(c.header.replace("_", " "))}</th>'
        for c, k in zip(columns, kinds, strict=True)
    )
    rows = []
    for row in zip(*(c.cells for c in columns), strict=True):
        cells = (
            f"<td{k}>{_html(clip(c, _MAX_CELL))}</td>" for c, k in zip(row, kinds, strict=True)
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def result_html(result: Result) -> str:
    """Return a result as an HTML fragment for a notebook: title, rows, notes, definition."""
    title = result.finding or result.analysis.replace("-", " ").capitalize()
    cut = _cut(result.table.num_rows, DEFAULT_ROWS, "result.table")
    said = [cut, *_words(result)] if cut else _words(result)
    notes = "".join(f"<li>{_html(w)}</li>" for w in said)
    body = html_table(result.table)
    return (
        f'<section class="cladist-result"><p><strong>{_html(title)}</strong></p>'
        f"{body}<ul>{notes}</ul></section>"
    )


def _html(text: Any) -> str:
    return html.escape(clean(text), quote=True)
