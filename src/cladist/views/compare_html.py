"""Two models compared, as one page: the way between them, traits, aligned bands, both texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cladist.views import aligned, numbers
from cladist.views.page import POLICY, environment

#: Trait -> its everyday word, where the column has another.
_WORDS: Final = {
    "license": "licence", "license_name": "licence name", "pipeline_tag": "task",
    "library_name": "library", "datasets": "data sets", "arxiv": "arXiv papers",
    "card_length": "card, characters", "card_is_generated": "card made by a tool",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One alignment on the page: its figure, and both texts in rows."""

    title: str
    words: str
    bands: tuple[aligned.Band, ...]
    labels: tuple[aligned.Label, ...]
    rows: tuple[aligned.Row | aligned.Fold, ...]
    lengths: tuple[str, str]


def compare_page(found: dict[str, Any]) -> str:
    """Return the page: self-contained, without script, every text escaped."""
    parts = [
        _part(found[name], title, items=name == "metadata")
        for name, title in (("metadata", "The two records"), ("card", "The two cards"))
        if found[name] is not None
    ]
    ghosts = [bool(found[side].get("is_ghost")) for side in ("a", "b")]
    template = environment().get_template("compare.html.j2")
    return template.render(
        found=found, kin=found["relationship"], parts=parts, policy=POLICY,
        rows=[_row(r, ghosts) for r in found["traits"]], steps=_steps(found["relationship"]),
        phi=numbers.real(found["relationship"]["kinship"]), width=aligned.WIDTH,
    )  # fmt: skip


def _part(alignment: dict[str, Any], title: str, *, items: bool) -> Part:
    parts = aligned.blocks(alignment["segments"], items=items)
    a, b = (sum(len(s[side]) for s in alignment["segments"]) for side in ("a", "b"))
    counted = "items" if items else "words and marks"
    words = (
        f"Similarity {alignment['similarity']:.3f} (1 - edit distance / length). From the first to "
        f"the second {alignment['insertions']:,} inserted, {alignment['deletions']:,} deleted, "
        f"{alignment['substitutions']:,} replaced ({counted})."
    )
    if alignment["cut"]:
        words += " Only the first 20,000 characters are compared."
    return Part(
        title, words, tuple(aligned.bands(parts)), tuple(aligned.labels(parts, items=items)),
        tuple(aligned.rows(parts)), (f"{a:,} characters", f"{b:,} characters"),
    )  # fmt: skip


def _row(row: dict[str, Any], ghosts: list[bool]) -> dict[str, Any]:
    state, words = _STATES[row["state"]]
    a, b = (
        "not known" if ghost else _value(row[side])
        for side, ghost in zip(("a", "b"), ghosts, strict=True)
    )
    name = _WORDS.get(row["trait"], row["trait"])
    return {"trait": name, "a": a, "b": b, "state": state, "words": words}


#: State of a trait -> its class on the page, and words that say nothing of who came first.
_STATES: Final = {
    "kept": ("kept", "the same"), "changed": ("changed", "different"),
    "only a": ("first", "the first alone"), "only b": ("second", "the second alone"),
    "unknown": ("unknown", "unknown"),
}  # fmt: skip


def _value(value: Any) -> str:
    if value is None:
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        rest = f" and {len(value) - 12} more" if len(value) > 12 else ""
        return ", ".join(str(v) for v in value[:12]) + rest
    return numbers.count(value) if type(value) is int else str(value)


def _steps(kin: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each model on the way with the arrow that leads to it."""
    arrows = ["", *("↑" if i < (kin["up"] or 0) else "↓" for i in range(len(kin["path"]) - 1))]
    return list(zip(arrows, kin["path"], strict=False))
