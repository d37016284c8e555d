"""Two models side by side: which traits they share, and the alignment of their texts.

The alignment is the "DNA diff" of the paper's first figure: insertions, deletions and
substitutions that turn the first text into the second.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import orjson

#: Characters of a text that are aligned.
LONGEST: Final = 20_000
#: Columns of ``models`` that are compared as traits.
COMPARED: Final = (
    "license", "license_name", "pipeline_tag", "library_name", "language", "datasets", "arxiv",
    "region", "parameters", "gated", "card_length", "card_is_generated",
)  # fmt: skip

#: One item of a record: its key, and a value as text.
Item = tuple[str, str]

_PIECE = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Segment:
    """One stretch of an alignment: ``op`` is ``equal``, ``insert``, ``delete`` or ``replace``."""

    op: str
    a: str
    b: str


@dataclass(frozen=True)
class Alignment:
    """Two texts aligned piece by piece (words, spaces, marks; or items of a record).

    ``insertions``, ``deletions`` and ``substitutions`` count pieces; ``similarity`` is the
    normalised Levenshtein similarity of the two texts in characters; ``cut`` says that only the
    first 20,000 characters were compared.
    """

    segments: tuple[Segment, ...]
    insertions: int
    deletions: int
    substitutions: int
    similarity: float
    cut: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "insertions": self.insertions, "deletions": self.deletions,
            "substitutions": self.substitutions, "similarity": self.similarity,
            "cut": self.cut,
            "segments": [{"op": s.op, "a": s.a, "b": s.b} for s in self.segments],
        }  # fmt: skip


def align_texts(a: str, b: str) -> Alignment:
    """Align two texts by words, runs of space and single marks."""
    cut = max(len(a), len(b)) > LONGEST
    a, b = a[:LONGEST], b[:LONGEST]
    return _align(_PIECE.findall(a), _PIECE.findall(b), cut=cut)


def align_records(a: Sequence[Item], b: Sequence[Item]) -> Alignment:
    """Align two records key by key (see :func:`record_items`).

    The items of a key are a set: those of both are ``equal``, whatever their order; a key with
    one item on either side is ``replace`` where they differ.
    """
    cut = any(sum(len(k) + len(v) for k, v in items) > LONGEST for items in (a, b))
    first, second = _within(a), _within(b)
    parts: list[tuple[str, str, str]] = []
    for key in sorted(first.keys() | second.keys()):
        parts += _keyed(key, first.get(key, []), second.get(key, []))
    counts = Counter(op for op, _, _ in parts)
    texts = ("\n".join(f"{k}: {v}" for k in sorted(r) for v in r[k]) for r in (first, second))
    return Alignment(
        _joined(parts), counts["insert"], counts["delete"], counts["replace"],
        round(_likeness(*texts), 12), cut,
    )  # fmt: skip


def _within(items: Sequence[Item]) -> dict[str, list[str]]:
    """Return key -> sorted items, as far as there is room."""
    kept: dict[str, list[str]] = {}
    room = LONGEST
    for key, value in sorted(items):
        room -= len(key) + len(value)
        if room < 0:
            break
        kept.setdefault(key, []).append(value)
    return kept


def _keyed(key: str, a: list[str], b: list[str]) -> list[tuple[str, str, str]]:
    if len(a) == len(b) == 1 and a != b:
        return [("replace", f"{key}: {a[0]}", f"{key}: {b[0]}")]
    left, right = Counter(a), Counter(b)
    shared = left & right
    return [
        *(("equal", f"{key}: {v}", f"{key}: {v}") for v in sorted(shared.elements())),
        *(("delete", f"{key}: {v}", "") for v in sorted((left - shared).elements())),
        *(("insert", "", f"{key}: {v}") for v in sorted((right - shared).elements())),
    ]


def _joined(parts: Sequence[tuple[str, str, str]]) -> tuple[Segment, ...]:
    """Join neighbouring items of the same kind to segments."""
    return tuple(
        Segment(op, *("\n".join(p[k] for p in run) if run[0][k] else "" for k in (1, 2)))
        for op, group in groupby(parts, key=lambda p: p[0])
        for run in [list(group)]
    )


def _likeness(a: str, b: str) -> float:
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_similarity(a, b))


def _align(a: Sequence[str], b: Sequence[str], *, cut: bool) -> Alignment:
    from rapidfuzz.distance import Levenshtein

    segments: list[Segment] = []
    inserted = deleted = replaced = 0
    for op in Levenshtein.opcodes(a, b):
        left, right = a[op.src_start : op.src_end], b[op.dest_start : op.dest_end]
        segments.append(Segment(op.tag, "".join(left), "".join(right)))
        if op.tag != "equal":
            pairs = min(len(left), len(right))
            replaced += pairs
            deleted += len(left) - pairs
            inserted += len(right) - pairs
    similarity = _likeness("".join(a), "".join(b))
    return Alignment(tuple(segments), inserted, deleted, replaced, round(similarity, 12), cut)


def record_items(record: str | None) -> list[Item] | None:
    """Return a record as pairs of key and value, keys sorted, one pair an element of a list.

    None if there is no record, or it is no JSON object.
    """
    if record is None:
        return None
    try:
        data = orjson.loads(record)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(data, dict):
        return None
    return [item for key in sorted(data) for item in _items(str(key), data[key])]


def _items(key: str, value: Any) -> list[Item]:
    if isinstance(value, list):
        return [(key, _plain(v)) for v in value]
    return [(key, _plain(value))]


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode("utf-8", "replace")


def trait_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Compare the traits of two models.

    Returns
    -------
    list of dict
        ``trait``, ``a``, ``b`` (values, None if not stated), ``state``: ``kept``, ``changed``,
        ``only a``, ``only b`` or ``unknown`` (neither states it, or one of the models is a ghost,
        of which nothing is known); for lists ``shared``, ``lost``
        and ``gained``; ``jaccard`` where both state it (1 or 0 for single values).
    """
    known = not (a.get("is_ghost") or b.get("is_ghost"))
    return [_trait(name, a.get(name), b.get(name), known) for name in COMPARED]


def _trait(name: str, a: Any, b: Any, known: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"trait": name, "a": a, "b": b, "jaccard": None}
    if not known:
        return row | {"state": "unknown"}
    if a is None or b is None:
        states = {(True, True): "unknown", (False, True): "only a", (True, False): "only b"}
        return row | {"state": states[a is None, b is None]}
    first, second = (set(v) if isinstance(v, list) else {v} for v in (a, b))
    union = first | second
    row["jaccard"] = round(len(first & second) / len(union), 12) if union else 1.0
    row["state"] = "kept" if first == second else "changed"
    if isinstance(a, list):
        row |= {"shared": sorted(first & second), "lost": sorted(first - second),
                "gained": sorted(second - first)}  # fmt: skip
    return row
