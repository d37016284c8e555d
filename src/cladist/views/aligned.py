"""An alignment shaped for the eye: bands to print as a figure, rows to read side by side.

A record's item that was replaced is aligned once more within itself, so that a long value with
one changed word shows one changed word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup, escape

from cladist.texts.diff import align_texts
from cladist.views.terminal import clean, clip

#: Width of the figure in its own units, of a character of a label, and between two labels.
WIDTH: Final = 1000
_LETTER: Final = 6.4
_BETWEEN: Final = 14
_LABEL: Final = 26
#: Unchanged rows kept on either side of a change, and the fewest that are folded away.
_AROUND: Final = 3
_FOLDED: Final = 4
#: Characters of an unchanged stretch within a row, and of what a band tells when pointed at.
_STRETCH: Final = 600
_TOLD: Final = 120

_HEADING: Final = re.compile(r"(?:^|\n)#{1,3} +([^\n]+)")

#: An operation (``equal``, ``insert``, ``delete``, ``replace``) and the two texts.
Piece = tuple[str, str, str]


@dataclass(frozen=True)
class Band:
    """One stretch of the figure: place and width in units, and what it holds (empty if equal)."""

    op: str
    x: float
    width: float
    told: str


@dataclass(frozen=True)
class Label:
    """A word under the bands: the key of a changed item, or a heading of a card."""

    x: float
    word: str


@dataclass(frozen=True)
class Row:
    """Two lines side by side; ``same`` if nothing in them changed."""

    same: bool
    a: Markup
    b: Markup


@dataclass(frozen=True)
class Fold:
    """Unchanged rows folded away."""

    rows: tuple[Row, ...]


def blocks(segments: Sequence[Mapping[str, Any]], *, items: bool) -> list[list[Piece]]:
    """Return the pieces of an alignment; of a record one block a segment, else one in all."""
    whole = [(str(s["op"]), str(s["a"]), str(s["b"])) for s in segments]
    if not items:
        return [whole] if whole else []
    return [_within(piece) for piece in whole]


def _within(piece: Piece) -> list[Piece]:
    op, a, b = piece
    if op != "replace":
        return [piece]
    return [(s.op, s.a, s.b) for s in align_texts(a, b).segments]


def bands(parts: Sequence[Sequence[Piece]]) -> list[Band]:
    """Return the stretches of the figure, in units of :data:`WIDTH`.

    A block is as wide as the longer of its two sides has characters; what is aligned within it
    shares that width.
    """
    sizes = [_length(block) for block in parts]
    unit = WIDTH / (sum(sizes) or 1)
    found: list[Band] = []
    x = 0.0
    for block, size in zip(parts, sizes, strict=True):
        inner = sum(max(len(a), len(b)) for _, a, b in block) or 1
        for op, a, b in block:
            width = max(len(a), len(b)) / inner * size * unit
            told = "" if op == "equal" else _told(op, a, b)
            if found and found[-1].op == op == "equal":
                last = found.pop()
                found.append(Band(op, last.x, last.width + width, ""))
            elif width:
                found.append(Band(op, x, width, told))
            x += width
    return found


def _length(block: Sequence[Piece]) -> int:
    return max(sum(len(a) for _, a, _ in block), sum(len(b) for _, _, b in block))


def _told(op: str, a: str, b: str) -> str:
    said = {"delete": a, "insert": b}.get(op)
    return _short(said) if said is not None else f"{_short(a)} → {_short(b)}"


def _short(text: str) -> str:
    return clip(" ".join(clean(text, newlines=True).split()), _TOLD)


def labels(parts: Sequence[Sequence[Piece]], *, items: bool) -> list[Label]:
    """Return words under the bands that do not cover one another."""
    sizes = [_length(block) for block in parts]
    unit = WIDTH / (sum(sizes) or 1)
    found: list[Label] = []
    free, x = 0.0, 0.0
    for block, size in zip(parts, sizes, strict=True):
        for at, word in _keys(block) if items else _headings(block):
            place = (x + at) * unit
            wide = len(word) * _LETTER
            if place >= free and place + wide <= WIDTH:
                found.append(Label(place, word))
                free = place + wide + _BETWEEN
        x += size
    return found


def _keys(block: Sequence[Piece]) -> Iterator[tuple[int, str]]:
    """Yield the key of the first item of a block in which something changed."""
    if any(op != "equal" for op, _, _ in block):
        line = "".join(a for _, a, _ in block) or "".join(b for _, _, b in block)
        yield 0, clip(clean(line.partition(":")[0]), _LABEL)


def _headings(block: Sequence[Piece]) -> Iterator[tuple[int, str]]:
    """Yield the headings that both cards share, and where they stand along the bands."""
    at, ended = 0, True
    for i, (op, a, b) in enumerate(block):
        if op == "equal":
            after = [text for text in (block[i + 1][1:] if i + 1 < len(block) else ()) if text]
            closed = all(text.startswith("\n") for text in after)
            for match in _HEADING.finditer(a):
                begun = ended or match.start() or a.startswith("\n")
                if begun and (closed or match.end() < len(a)):
                    yield at + match.start(), clip(clean(match[1]).strip("# "), _LABEL)
        ended = (a or b).endswith("\n")
        at += max(len(a), len(b))


def rows(parts: Sequence[Sequence[Piece]]) -> list[Row | Fold]:
    """Return the two texts line by line, side by side; long unchanged stretches folded."""
    return _folded([row for block in parts for row in _rows(block)])


def _rows(block: Sequence[Piece]) -> Iterator[Row]:
    """Cut a block where both sides break the line."""
    left: list[tuple[str, str]] = []
    right: list[tuple[str, str]] = []
    for op, a, b in block:
        if op != "equal":
            left += [(op, a)] if a else []
            right += [(op, b)] if b else []
            continue
        for i, line in enumerate(a.split("\n")):
            if i:
                yield _row(left, right)
                left, right = [], []
            if line:
                left.append((op, line))
                right.append((op, line))
    if left or right:
        yield _row(left, right)


def _row(left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> Row:
    same = all(op == "equal" for op, _ in [*left, *right])
    return Row(same, _line(left), _line(right))


def _line(spans: Sequence[tuple[str, str]]) -> Markup:
    return Markup().join(_span(op, text) for op, text in spans)


def _span(op: str, text: str) -> Markup:
    told = clean(text, newlines=True)
    if op == "equal":
        if len(told) > _STRETCH:
            told = f"{told[: _STRETCH // 2]} … {told[-_STRETCH // 2 :]}"
        return escape(told)
    # A line break at the end of a change would not show.
    return Markup('<mark class="{}">{}</mark>').format(op, re.sub(r"^\n|\n\Z", "↵\n", told))


def _folded(found: Sequence[Row]) -> list[Row | Fold]:
    out: list[Row | Fold] = []
    start = 0
    while start < len(found):
        end = start
        while end < len(found) and found[end].same == found[start].same:
            end += 1
        run = found[start:end]
        head = _AROUND if start else 0
        tail = _AROUND if end < len(found) else 0
        if found[start].same and len(run) - head - tail >= _FOLDED:
            out += [*run[:head], Fold(tuple(run[head : len(run) - tail])), *run[len(run) - tail :]]
        else:
            out += run
        start = end
    return out
