"""Arrow tables made flat enough for CSV and for text formats: lists as JSON, times as ISO 8601."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def json_default(value: Any) -> Any:
    """Turn what JSON does not know into what it does: decimals, sets, bytes, array scalars."""
    from decimal import Decimal

    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if hasattr(value, "items"):
        return dict(value)
    return str(value)


def json_bytes(value: Any, *, indent: bool = False) -> bytes:
    """Return JSON in UTF-8: NaN and infinities are null, dates ISO 8601, UTC ends in ``Z``."""
    import orjson

    option = orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    if indent:
        option |= orjson.OPT_INDENT_2
    return orjson.dumps(value, default=json_default, option=option)


def flat(table: pa.Table) -> pa.Table:
    """Return the same rows with text, numbers and flags only.

    Lists and structures become JSON text, times and dates ISO 8601 text; NaN becomes null.
    Null stays null, so a list that is unknown differs from an empty one (``[]``).
    """
    import pyarrow as pa

    columns = [flat_column(table.column(i)) for i in range(table.num_columns)]
    return pa.table(columns, names=table.column_names)


def flat_column(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return one column as :func:`flat` does."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        return flat_column(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        return _iso(column)
    if pa.types.is_floating(kind):
        wide = column.cast(pa.float64())
        return pc.if_else(pc.is_finite(wide), wide, pa.scalar(None, pa.float64()))
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        texts = [None if v is None else json_bytes(v).decode() for v in column.to_pylist()]
        return pa.array(texts, pa.string())
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return column
    return column.cast(pa.string())


def _iso(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return times as ISO 8601 text, without a fraction where no value has one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    zone = column.type.tz
    whole = pc.floor_temporal(column, unit="second")
    exact = pc.all(pc.equal(whole, column)).as_py() in (True, None)
    if exact:
        column = whole.cast(pa.timestamp("s", zone))
    if zone is not None:
        column = column.cast(pa.timestamp(column.type.unit, "UTC"))
    suffix = "Z" if zone is not None else ""
    text = pc.strftime(column, format="%Y-%m-%dT%H:%M:%S")
    return pc.binary_join_element_wise(text, suffix, "") if suffix else text


def with_mark(table: pa.Table) -> pa.Table:
    """Return a table of simulated data that says so in its last column, ``simulated``.

    CSV has no other place for it.
    """
    import pyarrow as pa

    return table.append_column("simulated", pa.repeat(pa.scalar(True), table.num_rows))
