"""The model card: its front matter as plain data, its body, its headings.

A card is a README.md whose first lines may be YAML between two fences (``---``). Everything in
it was written by strangers: see :mod:`cladist.values.safeyaml` for how it is read. ``language: no``
is the text ``no`` (Norwegian), not false.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import orjson

from cladist.values.safeyaml import YamlError, parse_yaml, without_surrogates

#: What became of a card's front matter.
STATUSES: Final = {
    "no_card": "there is no card",
    "ok": "a mapping was read",
    "none": "the card has no front matter",
    "empty": "the fences hold nothing",
    "unterminated": "the opening fence is never closed",
    "no_opening_fence": "the card begins with keys and a closing fence; nothing is read",
    "not_mapping": "the YAML is a list or a single value",
    "invalid": "the YAML cannot be parsed",
    "too_large": "longer than allowed, or its aliases expand to more",
    "too_deep": "nested deeper than allowed",
    "too_many_nodes": "more values than allowed, aliases expanded",
}

_PARALLEL_FROM: Final = 20_000
_CHUNK: Final = 5_000

_OPENING = re.compile(r"\ufeff?\s*---[ \t]*(?:\r\n?|\n)")
_CLOSING = re.compile(r"(?:^|(?<=[\r\n]))---[ \t]*(?:\r\n?|\n|\Z)")
_KEY_LINE = re.compile(
    r"\ufeff?\s*(?:language|languages|license|tags|datasets|library_name|"
    r"pipeline_tag|base_model|metrics|model-index|thumbnail|widget):"
)


@dataclass(frozen=True)
class FrontMatter:
    """The front matter of one card: ``data`` is None unless ``status`` is ``ok``.

    ``problem`` says why it could not be read or, with ``ok``, what is odd in it.
    """

    data: dict[str, Any] | None
    status: str
    problem: str | None = None


def split(card: str) -> tuple[str | None, str, str]:
    """Cut a card into front matter, body and status.

    A byte-order mark and blank space before the opening fence are allowed, as are spaces after
    a fence and any line ending; the closing fence stands at the start of a line.

    Returns
    -------
    tuple
        The text between the fences, or None unless ``status`` is ``ok``; the body (the whole
        card where there is no front matter); and ``ok``, ``none``, ``unterminated`` or
        ``no_opening_fence``. Never raises.
    """
    opening = _OPENING.match(card)
    if opening is None:
        loose = _KEY_LINE.match(card) is not None and _CLOSING.search(card) is not None
        return None, card, "no_opening_fence" if loose else "none"
    closing = _CLOSING.search(card, opening.end())
    if closing is not None and closing.start() == opening.end():  # a doubled opening fence
        closing = _CLOSING.search(card, closing.end()) or closing
    if closing is None:
        return None, card, "unterminated"
    return card[opening.end() : closing.start()], card[closing.end() :], "ok"


def _read(text: str) -> FrontMatter:
    """Read the text between the fences; never raises."""
    warnings: list[str] = []
    try:
        data = parse_yaml(text, warnings=warnings)
    except YamlError as error:
        return FrontMatter(None, error.status, error.detail)
    if data is None:
        return FrontMatter(None, "empty", "nothing between the fences")
    if not isinstance(data, dict):
        return FrontMatter(None, "not_mapping", f"a {type(data).__name__}, not a mapping")
    return FrontMatter(data, "ok", "; ".join(dict.fromkeys(warnings))[:300] or None)


def front_matter(card: str | None) -> FrontMatter:
    """Read the front matter of a card; never raises.

    A missing card has the status ``no_card``; see :data:`STATUSES` for the others.
    """
    if card is None:
        return FrontMatter(None, "no_card")
    text, _, status = split(card)
    if text is None:
        return FrontMatter(None, status, None if status == "none" else STATUSES[status])
    return _read(text)


def _as_json(text: str) -> tuple[str | None, str]:
    found = _read(text)
    return (None if found.data is None else orjson.dumps(found.data).decode()), found.status


def _work() -> None:
    """Read a JSON list of front matter from standard input, write results (a worker process)."""
    texts = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps([_as_json(text) for text in texts]))


def _chunk_as_json(texts: list[str]) -> list[tuple[str | None, str]]:
    """Read one chunk in a worker of its own; in this process if none can be started."""
    clean = [without_surrogates(text) for text in texts]
    command = [sys.executable, "-P", "-c", "from cladist.values.card import _work; _work()"]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, a fixed command
            command, input=orjson.dumps(clean), capture_output=True, check=True
        )
        return [(data, status) for data, status in orjson.loads(done.stdout)]
    except (OSError, subprocess.SubprocessError, orjson.JSONDecodeError):
        return [_as_json(text) for text in texts]


def _all_as_json(texts: list[str], workers: int) -> Iterator[tuple[str | None, str]]:
    if workers == 1 or len(texts) < _PARALLEL_FROM:
        yield from map(_as_json, texts)
        return
    chunks = [texts[i : i + _CHUNK] for i in range(0, len(texts), _CHUNK)]
    with ThreadPoolExecutor(workers) as pool:
        for done in pool.map(_chunk_as_json, chunks):
            yield from done


def front_matter_json(
    cards: Sequence[str | None], workers: int = 0
) -> tuple[list[str | None], list[str]]:
    """Read the front matter of many cards at once.

    Equal front matter is read once. From 20,000 different texts on, chunks are read by worker
    processes (plain interpreters fed through pipes, so that no ``__main__`` guard is needed).
    The order and the result never depend on the number of workers.

    Parameters
    ----------
    cards
        Card texts; None where a model has no card.
    workers
        Number of processes; 0 for one per processor, 1 for this process only.

    Returns
    -------
    tuple
        Front matter as JSON text, None unless the status is ``ok``, and the statuses.
    """
    parts = [(None, "", "no_card") if card is None else split(card) for card in cards]
    distinct = list(dict.fromkeys(text for text, _, _ in parts if text is not None))
    done = dict(zip(distinct, _all_as_json(distinct, workers or os.cpu_count() or 1), strict=True))
    found = [(None, status) if text is None else done[text] for text, _, status in parts]
    return [data for data, _ in found], [status for _, status in found]


def is_generated(card: str) -> bool:
    """Say whether a card states that a tool wrote it.

    The rule of Laufer, Oderinwale and Kleinberg (arXiv:2508.06811): the card in lower case
    contains "automatically generated" or "generated automatically".
    """
    low = card.lower()
    return "automatically generated" in low or "generated automatically" in low


_ATX = re.compile(r" {0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_CODE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_NOT_TEXT = re.compile(r"(?: {4}|\t| {0,3}(?:[-*+>|#]|\d+[.)] |<|={3,}|\Z))")


def sections(body: str) -> list[str]:
    """Return the headings of a card's body (see :func:`split`), in order, without their marks.

    ATX (``## Heading``) and setext (one line of text underlined by ``===`` or ``---``) headings
    of any level, outside fenced code, by CommonMark 0.31 (https://spec.commonmark.org/0.31.2/)
    simplified: headings inside lists, quotes and HTML do not count, and a setext heading is one
    line. Empty headings are left out.
    """
    found: list[str] = []
    fence = ""
    before = ""
    for line in body.splitlines():
        mark = _CODE.fullmatch(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        elif mark and not (mark[1][0] == "`" and "`" in mark[2]):
            fence = mark[1]
        elif atx := _ATX.fullmatch(line):
            found.append((atx[1] or "").strip())
        elif before and _UNDERLINE.fullmatch(line):
            found.append(before)
            before = ""
            continue
        before = "" if fence or _NOT_TEXT.match(line) else line.strip()
    return [heading for heading in found if heading]
