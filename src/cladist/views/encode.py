"""Arrow columns to JSON and XML text, whole columns at a time, so that millions of rows are quick.

Every function takes one chunk and returns text of the same length, null where the value is null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from cladist.views.flat import flat_column, json_bytes
from cladist.views.terminal import escaped

if TYPE_CHECKING:
    import pyarrow as pa

_JSON_CONTROL: Final = "[\\x00-\\x1f]"
#: What XML 1.0 forbids or discourages, and the carriage return, which parsers would change.
_XML_ILLEGAL: Final = "[\\x00-\\x08\\x0b-\\x1f\\x7f-\u009f\ufffe\uffff]"


def join(*parts: Any) -> pa.Array:
    """Return the parts of each row glued together; null if one of them is null."""
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*parts, "")


def write_rows(rows: pa.Array, file: BinaryIO, *, strip: int = 0) -> None:
    """Write the text of all rows, one after another, less the last ``strip`` bytes."""
    import numpy as np

    if not len(rows):
        return
    offsets = np.frombuffer(rows.buffers()[1], dtype=np.int32)[rows.offset :][: len(rows) + 1]
    data = memoryview(rows.buffers()[2])[offsets[0] : int(offsets[-1]) - strip]
    file.write(data)


def replace_where(texts: pa.Array, pattern: str, escape: Any) -> pa.Array:
    """Replace what a pattern finds by what ``escape`` makes of it, in the rows that have it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    hit = pc.fill_null(pc.match_substring_regex(texts, pattern), fill_value=False)
    if not pc.any(hit).as_py():
        return texts
    compiled = re.compile(pattern)
    fixed = [compiled.sub(lambda m: escape(m[0]), t) for t in texts.filter(hit).to_pylist()]
    return pc.replace_with_mask(texts, hit, pa.array(fixed, texts.type))


def visible(texts: pa.Array) -> pa.Array:
    r"""Return text in which control characters are visible escapes such as ``\x07`` or ``\n``."""
    return replace_where(texts, "[\\x00-\\x1f\\x7f-\u009f\u2028\u2029]", escaped)


def json_text(texts: pa.Array) -> pa.Array:
    """Return texts as JSON strings, quotes included."""
    import pyarrow.compute as pc

    plain = pc.replace_substring(texts, "\\", "\\\\")
    plain = pc.replace_substring(plain, '"', '\\"')
    plain = replace_where(plain, _JSON_CONTROL, lambda c: f"\\u{ord(c):04x}")
    return join('"', plain, '"')


def json_column(column: pa.Array) -> pa.Array:
    """Return any column as JSON values; times as ISO 8601 text; NaN and infinities are null."""
    import pyarrow as pa

    if pa.types.is_list(column.type) and pa.types.is_string(column.type.value_type):
        return _json_lists(column)
    if pa.types.is_nested(column.type):
        texts = [None if v is None else json_bytes(v).decode() for v in column.to_pylist()]
        return pa.array(texts, pa.string())
    plain = flat_column(column)
    return json_text(plain) if pa.types.is_string(plain.type) else plain.cast(pa.string())


def _json_lists(column: pa.Array) -> pa.Array:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    items = pc.fill_null(json_text(pc.list_flatten(column)), "null")
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), items), ",")
    return pc.if_else(pc.is_valid(column), join("[", joined, "]"), pa.scalar(None, pa.string()))


def xml_column(column: pa.Array) -> pa.Array:
    r"""Return any column as XML text; characters that XML cannot hold become ``\x07`` and the like.

    Lists are JSON text, times ISO 8601; a backslash that was there is left as it is.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    nested = pa.types.is_nested(column.type)
    plain = json_column(column) if nested else flat_column(column)
    if not pa.types.is_string(plain.type):
        return plain.cast(pa.string())
    for raw, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        plain = pc.replace_substring(plain, raw, entity)
    return replace_where(plain, _XML_ILLEGAL, escaped)


def newick_labels(texts: pa.Array) -> pa.Array:
    """Return texts as quoted Newick labels: quotes doubled, control characters made visible."""
    import pyarrow.compute as pc

    return join("'", pc.replace_substring(visible(texts), "'", "''"), "'")
