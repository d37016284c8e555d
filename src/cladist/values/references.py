"""A parent as somebody wrote it -> the id of a model, or a reason why it names none.

Only what is certain is repaired. The grammar of an id follows huggingface_hub's
``validate_repo_id`` (letters, digits, ``-``, ``_``, ``.``; no ``--`` or ``..``; no ``-`` or ``.``
at an end), but a part may begin or end with ``_``, as 1,049 of the 719,490 ids of the Hub of July
2024 do. No id of that list breaks these rules.

The prefilter for columns, in SQL: a string ``raw`` is *plain*, its own id, if
``regexp_full_match(raw, PLAIN_ID_PATTERN) AND NOT regexp_full_match(raw, SPECIAL_PATTERN)
AND length(raw) <= LONGEST_ID``. Every other string needs :func:`resolve_reference`; they are few.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final
from urllib.parse import unquote

_WORD: Final = r"[A-Za-z0-9_]+"
_JOIN: Final = r"(?:-(?:\.-)*\.?|\.(?:-\.)*-?)"
_PART: Final = rf"{_WORD}(?:{_JOIN}{_WORD})*"

#: The Hub now allows names of 96 characters, but names of its first years had up to 215.
LONGEST_ID: Final = 256

#: The grammar of an id, with or without an owner (RE2 syntax; lengths are checked apart).
PLAIN_ID_PATTERN: Final = rf"{_PART}(?:/{_PART})?"


@lru_cache(maxsize=1)
def _rows() -> dict[str, list[dict[str, str]]]:
    found = {}
    for name in ("placeholders", "legacy_ids"):
        text = (files("cladist.data") / f"{name}.csv").read_text("utf-8")
        found[name] = list(csv.DictReader(text.splitlines()))
    return found


def legacy_ids() -> dict[str, str]:
    """Return the Hub's old ids with their present ones (``gpt2`` -> ``openai-community/gpt2``).

    The models without an owner moved to organisations in early 2024 and the Hub redirects the
    old ids; ``cl-tohoku`` was renamed. Compiled from these public redirects.
    """
    return {row["alias"]: row["model_id"] for row in _rows()["legacy_ids"]}


#: What stands for no model, in lower case -> why.
PLACEHOLDERS: Final = {row["value"]: row["reason"] for row in _rows()["placeholders"]}

_FOLDERS: Final = (
    "checkpoints|content|data|home|mnt|models|model|output|outputs|results|root|tmp|workspace"
)
_NOT_MODELS: Final = "datasets|spaces|collections|papers"
_WEIGHTS: Final = r"\.(?:safetensors|bin|ckpt|pt|pth|gguf|onnx)"
_CHECKPOINT: Final = r"checkpoints?(?:[-_][A-Za-z0-9_-]*)?"

#: Strings of the grammar of an id that are none, or that need a second look (RE2 syntax).
SPECIAL_PATTERN: Final = (
    rf"(?i:(?:{_FOLDERS}|{_NOT_MODELS})/.*|x{{3,}}|{_CHECKPOINT}|[^/]*{_WEIGHTS}"
    rf"|(?:outputs?|models?)[-_]?[0-9]*|{'|'.join(map(re.escape, PLACEHOLDERS))})"
)

_PLAIN = re.compile(PLAIN_ID_PATTERN)
_SPECIAL = re.compile(SPECIAL_PATTERN)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")
_EDGES: Final = " \t\r\n'\"`[](){}<>,;"
_MARKDOWN = re.compile(r"!?\[[^\[\]]*\]\(\s*([^()\s]+)[^()]*\)")
_URL = re.compile(r"(?i:https?://)?(?i:www\.)?(?i:huggingface\.co|hf\.co)/(.*)", re.DOTALL)
_CACHE = re.compile(r"(?:^|.*[/\\])models--([^/\\]+?)--([^/\\]+)(?:[/\\].*)?", re.DOTALL)
_FLAT_CACHE = re.compile(rf"(?:/[\w.-]+)*/cache/models/({_PART})--({_PART})/?", re.ASCII)
_HUB_PATH: Final = frozenset(("tree", "blob", "resolve", "raw", "commit", "commits", "discussions"))
_LOCAL = re.compile(r"[/~\\]|\.{1,2}(?:[/\\]|$)|[A-Za-z]:(?:[/\\]|$)|file:")


@dataclass(frozen=True)
class Reference:
    """What a written parent means: ``ids``, or ``reject`` with the reason, never both.

    ``repair`` names what had to be mended (several joined by ``+``), None if nothing.
    """

    ids: tuple[str, ...]
    repair: str | None = None
    reject: str | None = None


def valid_model_id(model_id: str) -> str | None:
    """Return None for a well-formed id, else the reason why it is not.

    Reasons: ``empty``, ``control_character``, ``local_path``, ``html``, ``too_long``,
    ``invalid_id``. It says nothing about whether the model exists.
    """
    if len(model_id) <= LONGEST_ID and _PLAIN.fullmatch(model_id):
        return None
    checks = (
        ("empty", not model_id),
        ("control_character", _CONTROL.search(model_id)),
        ("html", "<" in model_id or ">" in model_id),
        ("too_long", len(model_id) > LONGEST_ID),
        ("local_path", _LOCAL.match(model_id) or model_id.count("/") > 1),
    )
    return next((reason for reason, found in checks if found), "invalid_id")


def _trim(text: str, repairs: list[str]) -> str:
    """Take off what stands around an id and cannot belong to it."""
    link = _MARKDOWN.fullmatch(text.strip())
    if link:
        repairs.append("markdown_link")
        text = link[1]
    cut = re.split(r"\"?>|<", text, maxsplit=1)[0] if text.strip()[:1] != "<" else text
    if cut != text:
        repairs.append("html")
        text = cut
    stripped = text.strip(_EDGES)
    if stripped.startswith(("- ", "* ")):
        repairs.append("list_item")
        stripped = stripped[2:].strip(_EDGES)
    elif stripped != text:
        repairs.append("spaces" if stripped == text.strip() else "quotes_or_brackets")
    return stripped


def _from_url(text: str, repairs: list[str]) -> Reference | str:
    """Take the id out of an address on the Hub; other addresses name no model."""
    match = _URL.fullmatch(text)
    if match is None:
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text)
        return Reference((), None, "not_a_model") if scheme else text
    repairs.append("url")
    rest = unquote(re.split(r"[?#]", match[1], maxsplit=1)[0]).strip("/")
    first = rest.split("/")[0].lower()
    if first in _NOT_MODELS.split("|") or ("/" not in rest and rest not in legacy_ids()):
        return Reference((), None, "not_a_model")
    return rest


def _shorten(text: str, repairs: list[str]) -> str:
    """Cut what follows the id: query, revision, path inside the repository, slash."""
    if not _LOCAL.match(text):
        parts = text.split("/")
        if len(parts) > 3 and parts[2] in _HUB_PATH:
            repairs.append("hub_path")
            return "/".join(parts[:2])
        if len(parts) > 2 and parts[1] in _HUB_PATH and parts[0] in legacy_ids():
            repairs.append("hub_path")
            return parts[0]
        for mark, name in (("?", "query"), ("#", "query"), ("@", "revision")):
            head, found, _ = text.partition(mark)
            if found and "/" in head:
                repairs.append(name)
                text = head
        bare = text.rstrip("/")
        if bare != text and bare.count("/") <= 1:
            repairs.append("trailing_slash")
            text = bare
        if re.search(r"/.*[^.]\.$", text):
            repairs.append("full_stop")
            text = text[:-1]
    return text


def _reject(text: str) -> str:
    """Say why a string that could not be mended names no model."""
    low = text.lower()
    if low in PLACEHOLDERS or re.fullmatch(r"x{3,}|(?:outputs?|models?)[-_]?[0-9]*", low):
        return "placeholder"
    if low.split("/")[0] in _NOT_MODELS.split("|"):
        return "not_a_model"
    if _PLAIN.fullmatch(text) and _SPECIAL.fullmatch(text):
        return "local_path"
    return valid_model_id(text) or "invalid_id"


def _resolve_one(raw: str) -> Reference:
    repairs: list[str] = []
    text = _trim(raw, repairs)
    cache = _CACHE.fullmatch(text) or _FLAT_CACHE.fullmatch(text)
    if cache:
        repairs.append("cache_path")
        text = f"{cache[1]}/{cache[2]}"
    elif text.lower() not in PLACEHOLDERS:
        found = _from_url(text, repairs)
        if isinstance(found, Reference):
            return found
        text = _shorten(found, repairs)
    if not text:
        return Reference((), None, "empty")
    if valid_model_id(text) is None and not _SPECIAL.fullmatch(text):
        return Reference((text,), "+".join(repairs) or None)
    return Reference((), None, _reject(text))


#: Repairs that turn the address of a model's page into its id, and guess at nothing.
_OF_ADDRESSES: Final = frozenset(("spaces", "url", "hub_path", "query", "trailing_slash"))


def resolve_own_id(text: str) -> str | None:
    """Return the id that a model gives itself: as written, or the address of its page.

    None where more would have to be repaired than an address: an own id with marks in it is no
    sloppy reference, and cutting them off would make one model of two.
    """
    found = resolve_reference(text)
    if len(found.ids) != 1 or not set((found.repair or "spaces").split("+")) <= _OF_ADDRESSES:
        return None
    return found.ids[0]


def resolve_reference(raw: str) -> Reference:
    """Read the parent as written.

    Repairs (named in ``repair``): ``spaces``, ``quotes_or_brackets``, ``list_item`` (``- x``),
    ``html``, ``markdown_link``, ``url``, ``hub_path`` (``/tree/main``), ``query``, ``revision``
    (``@main``), ``trailing_slash``, ``full_stop`` (the end of a sentence), ``cache_path``
    (``models--org--name``) and ``list`` (several ids joined by commas or lines, only if every
    one can be read).

    Rejects: ``empty``, ``placeholder``, ``local_path``, ``not_a_model`` (data sets, spaces,
    collections, other sites), ``control_character``, ``html``, ``too_long``, ``invalid_id``.
    An id without owner stays as it is; see :func:`legacy_ids`. Never raises; a reference to
    nothing is rejected as ``empty``.
    """
    if len(raw) > 4096:
        return Reference((), None, "too_long")
    one = _resolve_one(raw)
    parts = [p for p in re.split(r"[,\n]", raw) if p.strip(_EDGES)]
    if one.ids or len(parts) < 2:
        return one
    several = [_resolve_one(part) for part in parts]
    if not all(found.ids for found in several):
        return one
    return Reference(tuple(dict.fromkeys(i for found in several for i in found.ids)), "list")
