"""YAML from strangers, read into values that JSON can hold.

The text goes through PyYAML's event stream into an iterative builder: nothing recurses (PyYAML's
own composer does), nothing is made but text, numbers, booleans, null, lists and mappings, and
size, depth, number of values and the expansion of aliases are bounded. Scalars resolve by the
core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/, 10.3), as the Hub reads them: ``no``,
``yes``, ``on`` and ``off`` are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import yaml

from cladist.errors import InputError

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML was built without libyaml: slower, the same events
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]


MAX_CHARS: Final = 2_000_000
MAX_DEPTH: Final = 64
MAX_NODES: Final = 200_000
_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL: Final = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_NUMBER_START: Final = frozenset("0123456789+-.")
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_RADIX = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,15}")


class YamlError(InputError):
    """YAML that cannot be read; ``status`` is invalid, too_large, too_deep or too_many_nodes."""

    def __init__(self, status: str, detail: str) -> None:
        super().__init__(f"YAML is {status.replace('_', ' ')}: {detail}")
        self.status = status
        self.detail = detail


def _number(text: str) -> int | float | str:
    if _INT.fullmatch(text):
        return int(text)
    if _RADIX.fullmatch(text):
        return int(text, 0)
    if len(text) <= 40 and not text.lstrip("+-").isdigit() and _FLOAT.fullmatch(text):
        value = float(text)
        if value - value == 0:
            return value
    return text


def _scalar(text: str) -> object:
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    return _number(text) if text[0] in _NUMBER_START else text


class _Frame:
    """One collection being built, and what it has cost before (for its anchor)."""

    __slots__ = ("anchor", "before", "height", "key", "value")

    def __init__(
        self, value: list[Any] | dict[str, Any], anchor: str | None, before: tuple[int, int]
    ) -> None:
        self.value = value
        self.anchor = anchor
        self.before = before
        self.key: str | None = None
        self.height = 1


@dataclass
class _Builder:
    """Builds one document from events; ``anchors`` keep value, nodes, characters, height."""

    max_chars: int
    max_depth: int
    max_nodes: int
    warnings: list[str]
    stack: list[_Frame] = field(default_factory=list)
    anchors: dict[str, tuple[object, int, int, int]] = field(default_factory=dict)
    root: object = None
    documents: int = 0
    nodes: int = 0
    chars: int = 0

    def spend(self, nodes: int, chars: int) -> None:
        self.nodes += nodes
        self.chars += chars
        if self.nodes > self.max_nodes:
            raise YamlError("too_many_nodes", f"more than {self.max_nodes} values")
        if self.chars > self.max_chars:
            raise YamlError("too_large", f"more than {self.max_chars} characters")

    def open(self, value: list[Any] | dict[str, Any], anchor: str | None) -> None:
        if len(self.stack) >= self.max_depth:
            raise YamlError("too_deep", f"more than {self.max_depth} levels")
        before = (self.nodes, self.chars)
        self.spend(1, 2)
        self.stack.append(_Frame(value, anchor, before))

    def close(self) -> None:
        frame = self.stack.pop()
        if frame.anchor is not None:
            nodes, chars = self.nodes - frame.before[0], self.chars - frame.before[1]
            self.anchors[frame.anchor] = (frame.value, nodes, chars, frame.height)
        self.place(frame.value, None, frame.height)

    def alias(self, anchor: str) -> None:
        if anchor not in self.anchors:
            raise YamlError("invalid", f"alias *{anchor[:40]} stands for nothing before it")
        value, nodes, chars, height = self.anchors[anchor]
        if len(self.stack) + height > self.max_depth:
            raise YamlError("too_deep", f"more than {self.max_depth} levels")
        self.spend(nodes, chars)
        self.place(value, None, height)

    def scalar(self, text: str, plain: bool, anchor: str | None) -> None:
        self.spend(1, len(text))
        value = _scalar(text) if plain else text
        if anchor is not None:
            self.anchors[anchor] = (value, 1, len(text), 0)
        self.place(value, text, 0)

    def place(self, value: object, text: str | None, height: int) -> None:
        """Put a finished value where it belongs: document, list, key or value."""
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        if frame.height <= height:
            frame.height = height + 1
        if isinstance(frame.value, list):
            frame.value.append(value)
        elif frame.key is None:
            frame.key = self.key(value, text)
            if frame.key in frame.value:
                self.warnings.append(f"key {frame.key[:60]!r} is given twice, the last one counts")
        else:
            frame.value[frame.key] = value
            frame.key = None

    def key(self, value: object, text: str | None) -> str:
        """Return a key as text: as written, or its kind if it is a collection."""
        if text is not None:
            return text
        if isinstance(value, (list, dict)):
            self.warnings.append("a key is not a single value")
            return "(list)" if isinstance(value, list) else "(mapping)"
        return value if isinstance(value, str) else orjson.dumps(value).decode()


def _build(events: Iterator[yaml.Event], builder: _Builder) -> None:
    for event in events:
        if isinstance(event, yaml.ScalarEvent):
            builder.scalar(event.value, event.implicit[0], event.anchor)
        elif isinstance(event, yaml.MappingStartEvent):
            builder.open({}, event.anchor)
        elif isinstance(event, yaml.SequenceStartEvent):
            builder.open([], event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            builder.close()
        elif isinstance(event, yaml.AliasEvent):
            builder.alias(event.anchor or "")
        elif isinstance(event, yaml.DocumentStartEvent):
            builder.documents += 1
            if builder.documents > 1:
                raise YamlError("invalid", "more than one document")


def without_surrogates(text: str) -> str:
    """Return the text with lone surrogates, which no encoding can carry, as U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def parse_yaml(
    text: str,
    *,
    max_chars: int = MAX_CHARS,
    max_depth: int = MAX_DEPTH,
    max_nodes: int = MAX_NODES,
    warnings: list[str] | None = None,
) -> object:
    """Read one YAML document into values that JSON can hold.

    Plain scalars resolve by the YAML 1.2 core schema: null, booleans, integers, floats; all
    else is text, with dates, integers beyond 18 digits, infinities and NaN among it. Quoted or
    tagged scalars are text, tags on collections are ignored, ``<<`` is an ordinary key. Keys
    are text as written; the last of equal keys counts. Aliases stand for shared values (do not
    change the result in place) and count against every limit as if written out.

    Parameters
    ----------
    text
        The document. Nothing in it, or only comments, gives None.
    max_chars, max_depth, max_nodes
        Limits on characters (written, and expanded), levels of collections, and values.
    warnings
        Receives a sentence for each oddity that was put up with.

    Raises
    ------
    YamlError
        If it is not YAML, holds several documents or an alias of nothing, or exceeds a limit.
    """
    if len(text) > max_chars:
        raise YamlError("too_large", f"more than {max_chars} characters")
    builder = _Builder(max_chars, max_depth, max_nodes, [] if warnings is None else warnings)
    try:
        _build(yaml.parse(without_surrogates(text), Loader=_Loader), builder)
    except yaml.YAMLError as error:
        words = " ".join(str(error).split())[:300]
        # PyYAML has a limit of its own since 6.0.4, which some inputs meet before ours.
        deep = "exceeded maximum nesting depth" in words
        raise YamlError("too_deep" if deep else "invalid", words) from None
    return builder.root
