"""Two models compared, as one page: the way between them, traits, aligned bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup, escape

from cladist.views import numbers
from cladist.views.page import POLICY, environment
from cladist.views.terminal import clean

#: Unchanged text shown at either end of a stretch.
_SHOWN: Final = 300


@dataclass(frozen=True)
class Band:
    """One stretch of two aligned texts: its kind, width in per cent, and both sides."""

    op: str
    width: str
    a: Markup
    b: Markup


@dataclass(frozen=True)
class Part:
    """One alignment on the page."""

    title: str
    words: str
    bands: tuple[Band, ...]
    items: bool


def compare_page(found: dict[str, Any]) -> str:
    """Return the page: self-contained, without script, every text escaped."""
    parts = [
        _part(found[name], title, items=name == "metadata")
        for name, title in (("metadata", "The records, item by item"), ("card", "The cards"))
        if found[name] is not None
    ]
    template = environment().get_template("compare.html.j2")
    return template.render(
        found=found, kin=found["relationship"], parts=parts, policy=POLICY,
        rows=[_row(r) for r in found["traits"]], steps=_steps(found["relationship"]),
        phi=numbers.real(found["relationship"]["kinship"]),
    )  # fmt: skip


def _part(alignment: dict[str, Any], title: str, *, items: bool) -> Part:
    segments = alignment["segments"]
    total = sum(max(len(s["a"]), len(s["b"])) for s in segments) or 1
    bands = []
    for s in segments:
        width = 100 * max(len(s["a"]), len(s["b"])) / total
        a, b = s["a"], s["b"]
        if s["op"] == "equal" and len(a) > 2 * _SHOWN:
            a = b = f"{a[:_SHOWN]}\n\u2026\n{a[-_SHOWN:]}"
        bands.append(Band(s["op"], f"{width:.3f}%", _text(a), _text(b)))
    words = (
        f"Similarity {alignment['similarity']:.3f} (1 - edit distance / length). "
        f"{alignment['insertions']:,} inserted, {alignment['deletions']:,} deleted, "
        f"{alignment['substitutions']:,} replaced "
        f"({'items' if items else 'words and marks'})."
    )
    if alignment["cut"]:
        words += " Only the first 20,000 characters are compared."
    return Part(title, words, tuple(bands), items)


def _text(text: str) -> Markup:
    """Return a text of several lines, cleaned and escaped."""
    return escape(clean(text, newlines=True))


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {"trait": row["trait"], "a": _value(row["a"]), "b": _value(row["b"]),
            "state": {"kept": "kept", "changed": "changed", "only a": "lost",
                      "only b": "gained", "unknown": "unknown"}[row["state"]]}  # fmt: skip


def _value(value: Any) -> str:
    if value is None:
        return "not stated"
    if isinstance(value, list):
        rest = f" and {len(value) - 12} more" if len(value) > 12 else ""
        return ", ".join(str(v) for v in value[:12]) + rest
    return numbers.count(value) if type(value) is int else str(value)


def _steps(kin: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each model on the way with the arrow that leads to it."""
    arrows = ["", *("↑" if i < (kin["up"] or 0) else "↓" for i in range(len(kin["path"]) - 1))]
    return list(zip(arrows, kin["path"], strict=False))
