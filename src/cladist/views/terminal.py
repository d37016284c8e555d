"""Text that is safe to show: what strangers wrote must not steer a terminal or hide itself.

Model ids, licences and cards are written by anyone. Control characters can move the cursor,
recolour the screen, set its title or fake other output; marks for the direction of writing can
make one id look like another. :func:`clean` shows them instead.
"""

from __future__ import annotations

import re
from typing import Final

#: C0, DEL, C1, line and paragraph separators, direction marks and overrides, invisible
#: operators, the byte-order mark, interlinear marks, lone surrogates and tag characters.
#: The two joiners (U+200C, U+200D) stay: scripts and emoji need them.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_NAMED: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escaped(character: str) -> str:
    r"""Return the visible escape of one character: ``\n``, ``\x1b``, ``\u202e`` or ``\U000e0041``.

    Examples
    --------
    >>> print(escaped("\x1b"), escaped("\u202e"))
    \x1b \u202e
    """
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def clean(text: object, *, newlines: bool = False) -> str:
    r"""Return text without anything that a terminal would obey or that a reader cannot see.

    Nothing is dropped: each unsafe character becomes a visible escape, so that an escape
    sequence turns into harmless words (``\x1b[31m``) and two different ids stay different.

    Parameters
    ----------
    text
        What to show; anything but text goes through ``str`` first.
    newlines
        Keep line feeds and tabs (for paragraphs); a carriage return is escaped all the same.

    Examples
    --------
    >>> clean("evil\x1b[2Jmodel")
    'evil\\x1b[2Jmodel'
    """
    plain = text if isinstance(text, str) else str(text)
    if plain.isascii() and plain.isprintable():
        return plain
    kept = "\n\t" if newlines else ""
    return _UNSAFE.sub(lambda m: m[0] if m[0] in kept else escaped(m[0]), plain)


def clip(text: object, length: int) -> str:
    """Return cleaned text of at most ``length`` characters, an ellipsis in place of its end.

    Examples
    --------
    >>> clip("a-very-long-name", 8)
    'a-very-…'
    """
    plain = clean(str(text)[: length * 2 + 2])
    return plain if len(plain) <= length else plain[: max(length - 1, 0)] + "…"


def short_id(model_id: str, length: int = 26) -> str:
    """Return an id that fits beside a bar: the owner goes first, then the middle of the name.

    Examples
    --------
    >>> short_id("google/gemma-2b"), short_id("distilbert/distilbert-base-uncased")
    ('google/gemma-2b', '…/distilbert-base-uncased')
    """
    whole = clip(model_id, 200)
    if len(whole) <= length:
        return whole
    name = whole.rpartition("/")[2]
    if len(name) + 2 <= length:
        return f"…/{name}"
    tail = length // 2 - 1
    return name if len(name) <= length else f"{name[: length - tail - 1]}…{name[-tail:]}"
