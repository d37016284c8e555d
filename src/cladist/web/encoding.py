"""Payloads as JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import numpy as np
import orjson

_OPTIONS: Final = (
    orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_NON_STR_KEYS
)


def encode(value: Any) -> bytes:
    """Return a payload as JSON; NaN becomes null, ``from_`` is ``from``."""
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def _plain(value: Any) -> Any:
    names = _names(type(value))
    if names is not None:
        return {name: getattr(value, attribute) for attribute, name in names}
    if isinstance(value, np.ndarray):  # not contiguous, or of a type that orjson does not know
        return value.tolist()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    if hasattr(value, "to_pylist"):
        return value.to_pylist()
    return str(value)


_KNOWN: Final[dict[type, list[tuple[str, str]] | None]] = {}


def _names(kind: type) -> list[tuple[str, str]] | None:
    """Return attributes and names of a dataclass's fields."""
    if kind not in _KNOWN:
        _KNOWN[kind] = (
            [(f.name, f.name.rstrip("_")) for f in fields(kind)]
            if hasattr(kind, "__dataclass_fields__")
            else None
        )
    return _KNOWN[kind]
