"""What the heads of weight files say of descent: GGUF and safetensors, never the weights.

Sources: the GGUF specification (ggml, docs/gguf.md: ``general.base_model.*`` are the parents,
``general.source.*`` is what a file was made from) and the safetensors format (eight bytes of
length, then JSON with ``__metadata__``).
"""

from __future__ import annotations

import struct
from typing import Any, Final

import orjson

#: (parent as written, relation or None, method).
Statement = tuple[str, str | None, str]

_MAGIC: Final = b"GGUF"
#: Fixed-size values by their type in the file: struct code.
_FIXED: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q",
                 11: "q", 12: "d"}  # fmt: skip
_STRING: Final = 8
_ARRAY: Final = 9
#: ``general.file_type`` of files that keep full or half precision: nothing was quantized.
_UNQUANTIZED: Final = frozenset((0, 1, 32))
_LONGEST_TEXT: Final = 1 << 20
#: Keys of safetensors metadata in which trainers write the base model.
_NAMING: Final = ("base_model", "base_model_name_or_path", "modelspec.base_model")


class _EndError(Exception):
    """The bytes at hand end here."""


class _Reader:
    """Little-endian values one after another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, code: str) -> Any:
        size = struct.calcsize("<" + code)
        if self.at + size > len(self.data):
            raise _EndError
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += size
        return value

    def text(self) -> str:
        length = self.take("Q")
        if length > _LONGEST_TEXT or self.at + length > len(self.data):
            raise _EndError
        raw = self.data[self.at : self.at + length]
        self.at += length
        return raw.decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        """Return a value; arrays are skipped, and are None."""
        if kind in _FIXED:
            return self.take(_FIXED[kind])
        if kind == _STRING:
            return self.text()
        if kind != _ARRAY:
            raise ValueError(f"type {kind} is none of GGUF")
        inner, count = self.take("I"), self.take("Q")
        if inner in _FIXED:
            self.at += count * struct.calcsize("<" + _FIXED[inner])
            if self.at > len(self.data):
                raise _EndError
        else:
            for _ in range(count):
                self.value(inner)
        return None


def gguf_general(data: bytes) -> dict[str, Any]:
    """Return the keys ``general.*`` in the first bytes of a GGUF file.

    They stand before the tokenizer, which is large; reading stops there, or where the bytes end.

    Raises
    ------
    ValueError
        If it is no GGUF file.
    """
    reader = _Reader(data)
    if data[:4] != _MAGIC:
        raise ValueError("no GGUF file")
    reader.at = 4
    found: dict[str, Any] = {}
    try:
        version = reader.take("I")
        if not 2 <= version <= 3:
            raise ValueError(f"GGUF version {version} is not known")
        reader.take("Q")
        for _ in range(reader.take("Q")):
            key = reader.text()
            if key.startswith("tokenizer."):
                break
            value = reader.value(reader.take("I"))
            if key.startswith("general."):
                found[key] = value
    except _EndError:
        pass
    return found


def gguf_parents(data: bytes) -> list[Statement]:
    """Return the parents that a GGUF file names.

    ``general.base_model.N`` states a parent, not how it descends; ``general.source`` is what the
    file was converted from: ``conversion`` if it keeps the precision, else ``quantized``.

    Raises
    ------
    ValueError
        If it is no GGUF file.
    """
    general = gguf_general(data)
    count = general.get("general.base_model.count")
    found: list[Statement] = []
    for number in range(min(int(count), 100) if isinstance(count, int) else 0):
        lead = f"general.base_model.{number}."
        parent = _address(general, lead)
        if parent:
            found.append((parent, None, "gguf"))
    source = _address(general, "general.source.")
    if source:
        kept = general.get("general.file_type") in _UNQUANTIZED
        found.append((source, "conversion" if kept else "quantized", "gguf"))
    return found


def _address(general: dict[str, Any], lead: str) -> str | None:
    for name in ("repo_url", "url", "huggingface.repository"):
        value = general.get(lead + name)
        if isinstance(value, str) and value.strip():
            return value
    return None


def safetensors_length(data: bytes) -> int:
    """Return how long the header is, of the first eight bytes or more of a file.

    Raises
    ------
    ValueError
        If the bytes cannot be the beginning of a safetensors file.
    """
    if len(data) < 8:
        raise ValueError("too short")
    (length,) = struct.unpack_from("<Q", data)
    if not 2 <= length <= 25_000_000:
        raise ValueError("no header of safetensors")
    return int(length)


def safetensors_parents(header: bytes) -> list[Statement]:
    """Return the parents that the metadata of a safetensors header names.

    Raises
    ------
    ValueError
        If the header is no JSON object.
    """
    value = orjson.loads(header)
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    metadata = value.get("__metadata__")
    if not isinstance(metadata, dict):
        return []
    named = (metadata.get(name) for name in _NAMING)
    return [(n, None, "safetensors") for n in named if isinstance(n, str) and "/" in n]
