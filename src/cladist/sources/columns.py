"""Columns of an Arrow table read into raw rows: no loop over rows where types are as expected.

The vectorised twin of :mod:`cladist.sources.fields`; the tables of ``hub_stats``, ``modelbiome``
and ``tabular`` go through it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from cladist.sources.batching import clip, table
from cladist.sources.fields import (
    LISTS,
    METADATA_LIMIT,
    SCALARS,
    canonical_json,
    card_data_text,
)
from cladist.sources.literals import NULL_WORDS, parse_lists
from cladist.sources.protocol import RAW_MODELS, RAW_REJECTS

if TYPE_CHECKING:
    import duckdb

_TEXT: Final = pa.string()
_TEXTS: Final = pa.list_(pa.field("element", _TEXT))

#: The hub's own names of fields that a table may hold -> the type that JSON gives them.
_NUMBERS: Final = ("downloads", "downloadsAllTime", "likes", "trendingScore")


def connect() -> duckdb.DuckDBPyConnection:
    """Open a DuckDB in memory that turns nested columns into JSON text and touches no file."""
    import duckdb

    con = duckdb.connect(config={"enable_external_access": "false"})
    con.execute("SET memory_limit = '1GB'")
    return con


def flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as one array, dictionaries decoded."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):  # no chunk at all
        array = pa.array([], type=array.type)
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view()
    )


def json_text(con: duckdb.DuckDBPyConnection, columns: Mapping[str, pa.Array]) -> pa.Array:
    """Return one JSON object a row, keys sorted at every level, built from columns."""
    import duckdb

    names = sorted(columns)
    plain = [columns[n] if _nested(columns[n].type) else _json_scalar(columns[n]) for n in names]
    rows = pa.table({f"c{i}": column for i, column in enumerate(plain)})
    parts = [
        f"{_quoted(name)} := {_sorted_sql(f'c{i}', plain[i].type)}" for i, name in enumerate(names)
    ]
    con.register("cladist_rows", rows)
    try:
        query = (
            f"SELECT to_json(struct_pack({', '.join(parts)}))::VARCHAR AS text FROM cladist_rows"
        )
        return flat(con.sql(query).to_arrow_table()["text"]).cast(_TEXT)
    except duckdb.Error:  # a type that DuckDB does not know
        records = rows.rename_columns(names).to_pylist()
        return pa.array([canonical_json(record) for record in records], _TEXT)
    finally:
        con.unregister("cladist_rows")


def _json_scalar(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_temporal(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return texts(None, column)
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(column), column, None)
    return column


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sorted_sql(sql: str, kind: pa.DataType, depth: int = 0) -> str:
    """Return SQL that sorts the fields of structs, at every level."""
    if pa.types.is_struct(kind) and kind.num_fields:
        fields = sorted((kind.field(i) for i in range(kind.num_fields)), key=lambda f: str(f.name))
        packed = ", ".join(
            f"{_quoted(f.name)} := {_sorted_sql(f'{sql}.{_quoted(f.name)}', f.type, depth)}"
            for f in fields
        )
        return f"CASE WHEN {sql} IS NULL THEN NULL ELSE struct_pack({packed}) END"
    if pa.types.is_list(kind) and _nested(kind.value_type):
        inner = _sorted_sql(f"x{depth}", kind.value_type, depth + 1)
        return f"list_transform({sql}, lambda x{depth}: {inner})"
    return sql


def texts(con: duckdb.DuckDBPyConnection | None, column: pa.Array) -> pa.Array:
    """Return a column of scalars as text; anything nested as its JSON text."""
    kind = column.type
    if _nested(kind) and con is not None:
        return _json_of(con, column)
    if pa.types.is_null(kind):
        return pa.nulls(len(column), _TEXT)
    if pa.types.is_floating(kind):
        whole = pc.and_(pc.is_finite(column), pc.equal(pc.floor(column), column))
        small = pc.and_(whole, pc.less(pc.abs(column), 2.0**62))
        numbers = pc.if_else(small, column, None).cast(pa.int64()).cast(_TEXT)
        return pc.if_else(pc.is_nan(column), None, pc.coalesce(numbers, column.cast(_TEXT)))
    if pa.types.is_timestamp(kind):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ").cast(_TEXT)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([_decoded(v) for v in column.to_pylist()], _TEXT)
    return column.cast(_TEXT)


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _json_of(con: duckdb.DuckDBPyConnection, column: pa.Array) -> pa.Array:
    text = json_text(con, {"v": column})
    inner = pc.utf8_slice_codeunits(text, 5, -1)  # {"v":...}
    return pc.if_else(pc.is_valid(column), inner, None)


def without_null_words(column: pa.Array) -> pa.Array:
    """Return texts in which what CSV writes for nothing is null."""
    return pc.if_else(pc.is_in(column, value_set=pa.array(NULL_WORDS)), None, column)


class Rows:
    """Some rows of a table on their way into ``RAW_MODELS`` and ``RAW_REJECTS``.

    Parameters
    ----------
    con
        Connection that makes JSON text of nested columns.
    columns
        Raw name -> column, all of one length.
    lines
        Number of each row in its source.
    locator
        File inside the source.
    separator
        What joins the words of a list that is written as text, if not as a list literal.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        columns: Mapping[str, pa.Array],
        lines: pa.Array,
        *,
        locator: str | None = None,
        separator: str | None = None,
    ) -> None:
        self.con = con
        self.columns = columns
        self.lines = lines
        self.locator = locator
        self.separator = separator
        self.problems: list[tuple[int | None, str | None, str, str, str]] = []

    def text(self, name: str) -> pa.Array:
        """Return a column as texts; nulls if the table lacks it."""
        column = self.columns.get(name)
        if column is None:
            return pa.nulls(len(self.lines), _TEXT)
        return texts(self.con, column)

    def list_of_texts(self, name: str) -> pa.Array:
        """Return a column as lists of texts; what is none is rejected as a value."""
        column = self.columns.get(name)
        if column is None or pa.types.is_null(column.type):
            return pa.nulls(len(self.lines), _TEXTS)
        kind = column.type
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            if not _nested(kind.value_type):
                return self._whole(name, column.cast(_TEXTS))
            column = _json_of(self.con, column)
        text = texts(self.con, column)
        lists, problems = parse_lists(text, self.separator)
        for row, reason in problems:
            self.reject(row, "value", text[row].as_py(), reason)
        return lists

    def _whole(self, name: str, lists: pa.Array) -> pa.Array:
        """Leave nulls inside lists out, and say so."""
        values = lists.flatten()
        if not values.null_count:
            return lists
        rows = pc.list_parent_indices(lists).filter(pc.is_null(values)).unique()
        for row in rows.to_pylist():
            self.reject(row, "value", f"{name}: {lists[row].as_py()}", "not_text")
        kept = [None if v is None else [t for t in v if t is not None] for v in lists.to_pylist()]
        return pa.array(kept, _TEXTS)

    def card_data(self) -> pa.Array:
        """Return front matter as JSON text; what is no JSON object is read one by one."""
        text = self.text("card_data")
        if text.null_count == len(text):
            return text
        odd = pc.fill_null(pc.invert(pc.starts_with(text, "{")), False)
        return self._replace(text, odd, card_data_text)

    def _replace(
        self,
        text: pa.Array,
        odd: pa.Array,
        read: Callable[[str, list[tuple[str, str]]], str | None],
    ) -> pa.Array:
        rows = pc.indices_nonzero(odd).to_pylist()
        if not rows:
            return text
        read_again = []
        for row in rows:
            problems: list[tuple[str, str]] = []
            read_again.append(read(text[row].as_py(), problems))
            for raw, reason in problems:
                self.reject(row, "value", raw, reason)
        return pc.replace_with_mask(text, odd, pa.array(read_again, _TEXT))

    def capped(self, metadata: pa.Array) -> pa.Array:
        """Leave out metadata beyond 1 MB, and say so."""
        huge = pc.fill_null(pc.greater(pc.binary_length(metadata), METADATA_LIMIT), False)
        for row in pc.indices_nonzero(huge).to_pylist():
            self.reject(row, "value", metadata[row].as_py()[:500], "metadata_too_large")
        return pc.if_else(huge, None, metadata)

    def reject(self, row: int, level: str, raw: str | None, reason: str) -> None:
        """Note that a row, or something in it, could not be read."""
        line = self.lines[row].as_py()
        self.problems.append((line, self.locator, level, clip(raw or ""), reason))

    def models(self, *, has_card: pa.Array, metadata: pa.Array) -> pa.Table:
        """Return the rows of ``RAW_MODELS``; rows without an id become rejects."""
        size = len(self.lines)
        model_id = self.text("model_id")
        made: dict[str, Any] = {
            "line": self.lines,
            "locator": pa.array([self.locator] * size, _TEXT),
            "model_id": model_id,
            **{name: self.text(name) for name in (*SCALARS, "parameters", "card", "observed_at")},
            **{name: self.list_of_texts(name) for name in LISTS},
            "card_data": self.card_data(),
            "has_card": has_card,
            "metadata": self.capped(metadata),
        }
        rows = pa.table([made[f.name] for f in RAW_MODELS], schema=RAW_MODELS)
        present = pc.fill_null(pc.not_equal(model_id, ""), False)
        if pc.all(present).as_py():
            return rows
        for row in pc.indices_nonzero(pc.invert(present)).to_pylist():
            self.reject(row, "record", metadata[row].as_py(), "missing_id")
        return rows.filter(present)

    def rejects(self) -> pa.Table:
        """Return what could not be read."""
        return table(RAW_REJECTS, self.problems)


def numbers_and_flags(columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Return text columns of the hub's fields with the types that JSON gives them."""
    typed = dict(columns)
    for name in _NUMBERS:
        if name in typed and _is_text(typed[name].type):
            typed[name] = _number(typed[name].cast(_TEXT))
    if "private" in typed and _is_text(typed["private"].type):
        word = pc.utf8_lower(typed["private"].cast(_TEXT))
        typed["private"] = pc.if_else(
            pc.is_in(word, value_set=pa.array(["true", "false"])), pc.equal(word, "true"), None
        )
    return typed


def _number(text: pa.Array) -> pa.Array:
    """Return texts as integers where every one is an integer, as they are otherwise."""
    plain = pc.replace_substring_regex(text, r"\.0$", "")
    integer = pc.match_substring_regex(plain, r"^-?[0-9]{1,18}$")
    if pc.all(pc.fill_null(integer, True)).as_py() is False:
        return text
    return plain.cast(pa.int64())
