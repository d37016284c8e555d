"""The lineage of one model as a tree for the terminal, readable at 80 columns."""

from __future__ import annotations

from typing import Any, Final

from cladist.views.live import read_live
from cladist.views.terminal import clean

_SORTED: Final = {
    "downloads": "most downloaded first", "likes": "most liked first", "created": "newest first",
    "modified": "latest changed first",
}  # fmt: skip
_STATES: Final = {
    "missing": "not on the Hub: deleted, private, or never there",
    "disabled": "disabled on the Hub",
    "gated": "gated",
    "gone": "named, not in this snapshot",
}
_DEEPEST: Final = 12


def trace_text(found: dict[str, Any], *, width: int = 80) -> str:
    """Draw what :func:`cladist.tracing.trace` found: ancestors above, children below.

    Parameters
    ----------
    found
        The trace, with what the live Hub adds where it was asked.
    width
        Columns of the terminal: facts that do not fit behind an id go below it.
    """
    lines = ["SIMULATED DATA"] if found["simulated"] else []
    lines += [*_model("", found, width), ""]
    live = found.get("live")
    more = "at least " if live is not None and not live["complete"] else ""
    lines.append(
        f"generation {found['generation']} · {more}{found['descendants']:,} descendants · "
        f"{found['n_children']:,} children"
    )
    family = found["family"]
    of_it = "models seen" if live is not None else "models"
    lines.append(f"family of {clean(family['founder'])}: {family['size']:,} {of_it}")
    lines += ["", "Ancestors" if found["ancestors"] else "No known parent: a founder."]
    lines += _ancestors(found, width)
    lines += _children(found, width)
    if live is not None:
        lines += ["", *_live(live)]
    return "\n".join(lines)


def _ancestors(found: dict[str, Any], width: int) -> list[str]:
    """Walk up the edges from the model; an ancestor met again is named, not repeated."""
    facts = {a["model"]: a for a in found["ancestors"]}
    up: dict[str, list[dict[str, Any]]] = {}
    for edge in found["edges"]:
        up.setdefault(edge["child"], []).append(edge)
    lines: list[str] = []
    seen: set[str] = set()
    stack = [(edge, 1) for edge in reversed(up.get(found["model"], []))]
    while stack:
        edge, level = stack.pop()
        parent = edge["parent"]
        lead = "  " * min(level, _DEEPEST) + _relation(edge) + " "
        if parent not in facts:
            lines.append(f"{lead}{clean(parent)} (further up than --depth)")
            continue
        if parent in seen:
            lines.append(f"{lead}{clean(parent)} (see above)")
            continue
        seen.add(parent)
        lines += _model(lead, facts[parent], width)
        stack += [(e, level + 1) for e in reversed(up.get(parent, []))]
    return lines


def _children(found: dict[str, Any], width: int) -> list[str]:
    if not found["children"]:
        return []
    lines = ["", f"Children, {_SORTED[found['sort']]}"]
    for child in found["children"]:
        below = child.get("descendants") or 0
        lines += _model(f"  {_relation(child)} ", child, width, f"{below:,} below" if below else "")
    rest = found["n_children"] - len(found["children"])
    if rest > 0:
        mix = ", ".join(f"{n:,} {r}" for r, n in found["children_by_relation"].items())
        lines.append(f"  ... and {rest:,} more (of all: {mix}); --limit shows more")
    return lines


def _live(live: dict[str, Any]) -> list[str]:
    """Say where and when it was read, and what was not seen."""
    lines = [f"{read_live({'live': live})}, {live['requests']:,} requests"]
    if not live["complete"]:
        lines.append(
            f"{live['children_not_asked_for']:,} models were not asked for (all of) their children,"
            " to spare the rate limit;"
        )
        lines.append("--whole waits for it, --down N asks for fewer generations.")
    return lines


def _relation(edge: dict[str, Any]) -> str:
    word = "?" if edge["relation"] == "unknown" else edge["relation"]
    sure = "" if edge["confidence"] >= 0.9 else " (guessed)"
    return f"└ {word}{sure}:"


def _model(lead: str, model: dict[str, Any], width: int, more: str = "") -> list[str]:
    """Return one line if it fits, else the facts on a second one below the id."""
    name = lead + clean(model["model"])
    facts = _facts(model) + ([more] if more else [])
    line = " · ".join([name, *facts])
    if len(line) <= width:
        return [line]
    # No deeper than that the facts themselves have room.
    indent = " " * min(len(lead) or 2, max(2, width - 50))
    return [name, indent + " · ".join(facts)]


def _facts(model: dict[str, Any]) -> list[str]:
    state = model.get("state")
    parts = []
    if model["is_ghost"]:
        parts = [f"ghost: {_STATES[state or 'gone']}"]
    else:
        parts.append(clean(", ".join(model["license"] or ()) or "licence not stated"))
        date = "no date"
        if model["created_at"]:
            date = ("≤ " if model["created_at_is_floor"] else "") + model["created_at"][:10]
        parts.append(date)
        if model["downloads"] is not None:
            parts.append(f"{model['downloads']:,} downloads")
        if state:
            parts.append(_STATES[state])
    if model.get("renamed_from"):
        parts.append(f"was {clean(model['renamed_from'][0])}")
    return parts
