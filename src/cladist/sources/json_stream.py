"""JSON values read one at a time from a stream of bytes, broken ones told apart.

Two ways to read. :func:`json_lines`: one value a line, the fast way. :func:`json_values`:
arrays, objects one after the other, or an envelope object that holds the array of records; only
one value is in memory at a time. Neither raises on bad text: a :class:`Broken` stands in its
place.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from cladist.sources.files import DamagedError

#: Keys under which an envelope object holds its records.
ENVELOPE_KEYS: Final = ("models", "records", "items", "results")

_ID_KEYS: Final = ("id", "modelId", "model_id", "_id")

VALUE_LIMIT: Final = 64 << 20
_RAW: Final = 2000

#: So many values after a broken one are cut out before they are read: an error within a short
#: text is cheap, one within a whole block is not, since the line of the error is counted.
_WARY: Final = 1000

_BLANK: Final = re.compile(r"[\s,\ufeff\x1e]*")
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)
_COLON: Final = re.compile(r"\s*:\s*")
_NEWLINE: Final = re.compile("\n")
_JUNK_END: Final = re.compile(r"[,\]\n]")
_NAN: Final = re.compile(rb"NaN|Infinity")


@dataclass(frozen=True, slots=True)
class Broken:
    """A value that could not be read: how it begins, and why."""

    raw: str
    reason: str


def _no_number(_: str) -> None:
    """Read NaN and Infinity, which are no JSON, as null."""


_DECODER: Final = json.JSONDecoder(parse_constant=_no_number)


def read_json(text: bytes) -> Any:
    """Read one JSON value; :class:`Broken` if it is none. NaN and Infinity count as null."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if _NAN.search(text):
            try:
                return json.loads(text, parse_constant=_no_number)
            except (ValueError, RecursionError):
                pass
        return Broken(text[:_RAW].decode("utf-8", "replace"), _why(str(error), text))


def _why(message: str, text: bytes) -> str:
    if "depth limit" in message or "recursion" in message.lower():
        return "nested_too_deeply"
    try:
        text.decode()
    except UnicodeDecodeError:
        return "invalid_utf8"
    return "invalid_utf8" if "surrogate" in message else "broken_json"


def numbered_lines(blocks: Iterator[bytes], limit: int) -> Iterator[tuple[int, bytes | Broken]]:
    """Yield lines with their numbers, without the newline; those beyond ``limit`` as broken.

    Memory: one block and one line of at most ``limit`` bytes. A damaged stream ends in a
    ``truncated`` in place of the line that it cut.
    """
    number, tail, skipping = 1, b"", False
    try:
        for block in blocks:
            first, *rest = block.split(b"\n")
            if not skipping:
                tail += first
            if not rest:
                if len(tail) > limit:
                    yield number, Broken(tail[:_RAW].decode("utf-8", "replace"), "line_too_long")
                    tail, skipping = b"", True
                continue
            for line in (tail, *rest[:-1]):
                if len(line) > limit:
                    yield number, Broken(line[:_RAW].decode("utf-8", "replace"), "line_too_long")
                elif not skipping:
                    yield number, line
                skipping = False
                number += 1
            tail = rest[-1]
    except DamagedError:
        yield number, Broken(tail[:_RAW].decode("utf-8", "replace"), "truncated")
        return
    if tail and not skipping:
        yield number, tail


def json_lines(blocks: Iterator[bytes], limit: int = VALUE_LIMIT) -> Iterator[tuple[int, Any]]:
    """Yield (line, value) for each line that is not blank; a value may be :class:`Broken`."""
    for number, line in numbered_lines(blocks, limit):
        if isinstance(line, Broken):
            yield number, line
            continue
        text = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if not text or text.isspace():
            continue
        yield number, read_json(text)


class _Window:
    """The text of a stream from the place of reading on."""

    def __init__(self, blocks: Iterator[bytes], limit: int) -> None:
        self._blocks = blocks
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self.limit = limit
        self.text = ""
        self.at = 0
        self.damaged = False
        self.wary = 0
        self.ended = False

    def fill(self) -> bool:
        """Append one block; False at the end of the stream."""
        if self.ended:
            return False
        try:
            block = next(self._blocks, None)
        except DamagedError:
            block, self.damaged = None, True
        self.ended = block is None
        self.text = self.text[self.at :] + self._decode(block or b"", self.ended)
        self.at = 0
        return not self.ended

    def peek(self) -> str:
        """Skip blanks and commas; return the next character, nothing at the end."""
        while True:
            match = _BLANK.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.fill():
                return self.text[self.at : self.at + 1]

    def value(self, in_array: bool) -> Any:
        """Read the value that begins here and step behind it."""
        if self.text[self.at] not in '{["':
            return self._junk(in_array)
        if not self.wary:
            found, end = self._try(self.text, self.at)
            if not isinstance(found, Broken):
                self.at = end
                return found
        self.wary = max(0, self.wary - 1)
        found = self._slow()
        if isinstance(found, Broken):
            self.wary = _WARY
        return found

    @staticmethod
    def _try(text: str, start: int) -> tuple[Any, int]:
        try:
            return _DECODER.raw_decode(text, start)
        except RecursionError:
            return Broken(text[start : start + _RAW], "nested_too_deeply"), start
        except ValueError:
            return Broken(text[start : start + _RAW], "broken_json"), start

    def _junk(self, in_array: bool) -> Any:
        """Step over what is no container: to the next comma or bracket, or the end of the line."""
        begin = self.text[self.at : self.at + _RAW]
        while True:
            pattern = _JUNK_END if in_array else _NEWLINE
            match = pattern.search(self.text, self.at + 1)
            if match or not self._shift():
                break
        self.at = match.start() if match else len(self.text)
        return Broken(begin, "broken_json" if not in_array else "not_an_object")

    def _shift(self) -> bool:
        """Forget the text, all but one character, and read on."""
        self.at = max(len(self.text) - 1, self.at)
        return self.fill()

    def _slow(self) -> Any:
        """Find the end of a value by counting brackets, then read it whole."""
        begin = self.text[self.at : self.at + _RAW]
        scan, depth, lost = self.at, 0, False
        while True:
            scan, depth, quoted = _closing(self.text, scan, depth)
            if depth == 0 and not quoted:
                break
            lost = lost or len(self.text) - self.at > self.limit
            if lost:
                self._forget(quoted)
                scan = 0
            else:
                scan -= self.at
            if not self._grow():
                self.at = len(self.text)
                return Broken(begin, "truncated")
        value, self.at = self.text[self.at : scan], scan
        if lost:
            return Broken(begin, "line_too_long")
        found, end = self._try(value, 0)
        whole = isinstance(found, Broken) or end == len(value)
        return found if whole else Broken(begin, "broken_json")

    def _forget(self, quoted: bool) -> None:
        """Drop the text; keep only that a string is open, and whether a backslash ends it."""
        slashes = len(self.text) - len(self.text.rstrip("\\"))
        self.text = ('"' + "\\" * (slashes % 2)) if quoted else ""
        self.at = 0

    def _grow(self) -> bool:
        """Read on until the text is twice as long; False if the stream had ended."""
        wanted = 2 * (len(self.text) - self.at)
        grown = self.fill()
        while grown and len(self.text) < wanted and self.fill():
            pass
        return grown


def _closing(text: str, start: int, depth: int) -> tuple[int, int, bool]:
    """Count brackets from ``start`` until they close.

    Returns where it ended, the depth there, and whether that is a string without its end.
    """
    for token in _TOKEN.finditer(text, start):
        mark = token.group()
        if mark == '"':
            return token.start(), depth, True
        if mark in ("{", "["):
            depth += 1
        elif mark in ("}", "]"):
            depth -= 1
        if depth <= 0:
            return token.end(), 0, False
    return len(text), max(depth, 1), False


def _envelope(window: _Window) -> int:
    """Return where the array of records of an envelope object begins, -1 if it is none."""
    place = window.at + 1
    while True:
        match = _BLANK.match(window.text, place)
        key, place = window._try(window.text, match.end() if match else place)
        match = _COLON.match(window.text, place)
        if not isinstance(key, str) or match is None or key in _ID_KEYS:
            return -1
        place = match.end()
        if key in ENVELOPE_KEYS and window.text[place : place + 1] == "[":
            return place
        value, place = window._try(window.text, place)
        if isinstance(value, Broken):
            return -1


def _rest_of_envelope(window: _Window) -> bool:
    """Step behind the brace that closes an envelope; False if it never comes."""
    depth, scan = 1, window.at
    while True:
        scan, depth, quoted = _closing(window.text, scan, depth)
        if depth == 0:
            window.at = scan
            return True
        window._forget(quoted)
        scan = 0
        if not window.fill():
            window.at = len(window.text)
            return False


def json_values(blocks: Iterator[bytes], limit: int = VALUE_LIMIT) -> Iterator[tuple[int, Any]]:
    """Yield (ordinal, value) for each record in arrays, envelopes and objects in a row.

    Ordinals count from 1. A value may be :class:`Broken`; text that ends inside an array or a
    value gives one ``truncated``, after everything before it.
    """
    window = _Window(blocks, limit)
    number, array, envelope = 0, False, False
    while mark := window.peek():
        if mark == "[" and not array:
            array, window.at = True, window.at + 1
            continue
        if mark == "]" and array:
            window.at += 1
            array = False
            if envelope and not _rest_of_envelope(window):
                array = True
            envelope = False
            continue
        if mark == "{" and not array and (start := _streamed_envelope(window)) >= 0:
            window.at, array, envelope = start + 1, True, True
            continue
        number += 1
        value = window.value(array)
        yield number, value
        if isinstance(value, Broken) and value.reason == "truncated":
            return
    if array or window.damaged:
        yield number + 1, Broken("", "truncated")


def _streamed_envelope(window: _Window) -> int:
    """Say where the records of an envelope begin, if it is one that its first block shows."""
    while len(window.text) - window.at < _RAW and window.fill():
        pass
    return _envelope(window)
