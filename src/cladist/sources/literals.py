"""Lists written as text: JSON, Python literals, or joined by a separator. Nothing is evaluated."""

from __future__ import annotations

import ast
import json
import warnings
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_LIMIT: Final = 1 << 20
_TEXTS: Final = pa.list_(pa.field("element", pa.string()))

#: Texts of a cell that stand for nothing.
NULL_WORDS: Final = ("", "nan", "NaN", "None", "null", "NULL")

#: ``['a', 'b']`` without escapes or double quotes: most of what pandas writes.
_PLAIN: Final = r"^\['[^'\\\"]*'(, '[^'\\\"]*')*\]$"
_EMPTY: Final = ("[]", "()", "set()", "{}")


def parse_list(text: str) -> list[object] | None:
    """Read a JSON array or a Python list, tuple or set of constants; None if it is neither.

    Texts beyond a megabyte and texts nested too deeply are not read.
    """
    if len(text) > _LIMIT:
        return None
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        value = _python_literal(text)
    if isinstance(value, tuple | set | frozenset):
        value = sorted(value, key=repr) if isinstance(value, set | frozenset) else list(value)
    return value if isinstance(value, list) else None


def _python_literal(text: str) -> object:
    if text[:1] not in "[({":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in a stranger's text
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def split_words(text: str, separator: str) -> list[str]:
    """Split joined words, without the blanks around them and without empty ones."""
    return [word for part in text.split(separator) if (word := part.strip())]


def listed(text: str, separator: str = ",") -> list[object]:
    """Read a list literal, or else words joined by a separator."""
    if text[:1] in "[({":
        found = parse_list(text)
        if found is not None:
            return found
    return list(split_words(text, separator))


def parse_lists(
    column: pa.Array, separator: str | None = None
) -> tuple[pa.Array, list[tuple[int, str]]]:
    """Read a column of texts as lists of texts.

    ``separator``: what joins words where a text is no list literal; without one such a text is
    not a list.

    Returns
    -------
    The lists, and (row, reason) of each text that holds something other than a list of texts.
    """
    text = column.cast(pa.string())
    null = pc.or_kleene(pc.is_null(text), pc.is_in(text, value_set=pa.array(NULL_WORDS)))
    empty = pc.is_in(text, value_set=pa.array(_EMPTY))
    plain = pc.fill_null(pc.match_substring_regex(text, _PLAIN), False)
    inner = pc.utf8_slice_codeunits(pc.if_else(plain, text, ""), 2, -2)
    lists = pc.split_pattern(inner, "', '").cast(_TEXTS)
    odd = pc.indices_nonzero(pc.invert(pc.or_(pc.or_(null, empty), plain)))
    parsed: list[list[str] | None] = []
    problems: list[tuple[int, str]] = []
    for row, value in zip(odd.to_pylist(), text.take(odd).to_pylist(), strict=True):
        words, reason = _words(value, separator)
        parsed.append(words)
        if reason:
            problems.append((row, reason))
    places = np.arange(len(text))
    places[odd.to_numpy()] = np.arange(len(parsed)) + len(text)
    places[pc.indices_nonzero(empty).to_numpy()] = len(text) + len(parsed)
    pool = pa.concat_arrays([lists, pa.array([*parsed, []], type=_TEXTS)])
    return pool.take(pa.array(places, mask=null.to_numpy(zero_copy_only=False))), problems


def _words(value: str, separator: str | None) -> tuple[list[str] | None, str]:
    found = parse_list(value) if value[:1] in "[({" else None
    if found is None:
        if separator is None or value[:1] == "[":
            return None, "not_a_list"
        return split_words(value, separator), ""
    texts = [item for item in found if isinstance(item, str)]
    return texts, "" if len(texts) == len(found) else "not_text"
