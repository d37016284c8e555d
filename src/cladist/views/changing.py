"""The difference of two snapshots: in the terminal, as a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from cladist.views.terminal import clean, clip

TITLES: Final = {
    "born": "Born", "gone": "Gone", "renamed": "Renamed", "relicensed": "Re-licensed",
    "reparented": "Re-parented", "cards": "Cards changed",
}  # fmt: skip
MEANINGS: Final = {
    "born": "models with a record in the second snapshot only",
    "gone": "models with a record in the first only: deleted, private, or no longer covered",
    "renamed": "one model under two ids",
    "relicensed": "the licence that the record states is another",
    "reparented": "declared parents gained or lost; one that was only renamed, or is cut from a "
    "cycle in one snapshot, is neither",
    "cards": "the text of the card is another, or the model has one in one snapshot only",
}
_NOTHING: Final = "not stated"


def changes_text(found: Mapping[str, Any], *, width: int = 80) -> str:
    """Return the difference for the terminal: counts first, then the head of each list."""
    lines = ["SIMULATED DATA"] if found["simulated"] else []
    lines += [f"{side}: {_side(found[side])}" for side in ("old", "new")]
    lines.append("")
    counts = found["counts"]
    lines += [f"{counts[name]:>12,}  {TITLES[name].lower()}" for name in TITLES]
    lines += [f"{counts['same']:>12,}  in both", *found["notes"]]
    for name, title in TITLES.items():
        rows = found[name]
        if not rows:
            continue
        lines += ["", f"{title}, most downloaded first"]
        lines += [f"  {clip(row['model'], width - 2)}{_below(name, row, width)}" for row in rows]
        rest = counts[name] - len(rows)
        if rest > 0:
            lines.append(f"  ... and {rest:,} more; --limit shows more, --json all")
    if found["license_flow"]:
        lines += ["", "Licences changed"]
        lines += [
            f"  {flow['models']:>6,}  {words(flow['before'])} → {words(flow['after'])}"
            for flow in found["license_flow"]
        ]
    return "\n".join(lines)


def _side(side: Mapping[str, Any]) -> str:
    days = [d for d in dict.fromkeys(side["observed"]) if d]
    when = f", observed {' to '.join(days)}" if days else ""
    return f"{clean(side['name'])} ({_counted(side['models'], 'model')}{when})"


def _below(name: str, row: Mapping[str, Any], width: int) -> str:
    detail = clip(describe(name, row), width - 6)
    return f"\n      {detail}" if detail else ""


def describe(name: str, row: Mapping[str, Any]) -> str:
    """Return in words what changed of one model of a list."""
    if name == "born":
        parents = f", from {words(row['parents'])}" if row["parents"] else ""
        return f"{words(row['license'])}, {_day(row['created_at'])}{parents}"
    if name == "gone":
        children = f", {_counted(row['children'], 'child', 'ren')}" if row["children"] else ""
        return f"{words(row['license'])}, {_day(row['created_at'])}{children}"
    if name == "renamed":
        return f"was {clean(row['before'])} (shown by its {row['evidence']})"
    if name == "relicensed":
        return f"{words(row['before'])} → {words(row['after'])} ({row['change']})"
    if name == "reparented":
        parts = [f"+ {clean(p)}" for p in row["gained"]] + [f"− {clean(p)}" for p in row["lost"]]
        return ", ".join(parts)
    return f"{row['change']}: {_sizes(row['before'], row['after'])}"


def _sizes(before: int | None, after: int | None) -> str:
    if before == after:
        return f"another text, {_size(after)} as before"
    return f"{_size(before)} → {_size(after)}"


def _size(length: int | None) -> str:
    return "none" if length is None else _counted(length, "character")


def _counted(count: int, one: str, ending: str = "s") -> str:
    return f"{count:,} {one}{'' if count == 1 else ending}"


def _day(text: str | None) -> str:
    return text[:10] if text else "no date"


def words(values: Iterable[str] | None) -> str:
    """Return a list in words; null is not stated."""
    return clean(", ".join(values or ()) or _NOTHING)


def changes_page(found: Mapping[str, Any]) -> str:
    """Return the difference as a page: self-contained, without script, every text escaped."""
    from cladist.views.page import POLICY, environment

    return environment().get_template("changes.html.j2").render(
        found=found, titles=TITLES, meanings=MEANINGS, describe=describe, words=words,
        side=_side, policy=POLICY,
    )  # fmt: skip
