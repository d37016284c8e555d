"""The lineage of one model as a tree for the terminal, readable at 80 columns."""

from __future__ import annotations

from typing import Any, Final

from cladist.views.live import read_live
from cladist.views.numbers import plural
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
    "not_read": "named, its record was not read",
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
    lines += [_counts(found), _family(found)]
    lines += ["", "Ancestors" if found["parents"] else "No known parent: a founder."]
    lines += _ancestors(found, width)
    lines += _children(found, width)
    if live is not None:
        lines += ["", *_live(live)]
    return "\n".join(lines)


def _counts(found: dict[str, Any]) -> str:
    """Return the generation, the descendants and the children, and how far these are known."""
    live, relation = found.get("live"), found["relation"]
    descendants, children = found["descendants"], found["n_children"]
    chain = by = more = ""
    if live is not None:
        partly = live["children_not_asked_for"] or live["down"] is not None
        more = "at least " if partly or children > descendants else ""
        descendants = max(descendants, children)
        chain = f" by {relation} alone" if relation else ""
    if relation:
        by = f" by {relation}"
    generation = "not known" if found["generation"] is None else found["generation"]
    line = (
        f"generation {generation} · {more}{plural(descendants, 'descendant')}{chain} · "
        f"{plural(children, 'child', 'children')}{by}"
    )
    told = found.get("n_children_told", children)
    return line + (f" (the Hub counts {told:,})" if told > children else "")


def _family(found: dict[str, Any]) -> str:
    family = found["family"]
    if family["founder"] is None:
        size = plural(family["size"], "model")
        return f"family: {size} seen, its founder not known: not all parents in it were read"
    seen = " seen" if "live" in found else ""
    return f"family of {clean(family['founder'])}: {plural(family['size'], 'model')}{seen}"


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
            lines.append(f"{lead}{clean(parent)} (further up than --depth {found['depth']})")
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
        shown = sum(found["children_by_relation"].values())
        mix = ", ".join(f"{n:,} {r}" for r, n in found["children_by_relation"].items())
        whole = "all" if shown == found["n_children"] else "those seen"
        of = "" if found["relation"] else f" (of {whole}: {mix})"
        lines.append(f"  ... and {rest:,} more{of}; --limit shows more")
    return lines


def _live(live: dict[str, Any]) -> list[str]:
    """Say where and when it was read, and what was not seen."""
    lines = [f"{read_live({'live': live})}, {plural(live['requests'], 'request')}"]
    if live["ancestors_not_read"]:
        lines.append(f"{plural(live['ancestors_not_read'], 'ancestor')} named, not read.")
    if live["children_not_asked_for"]:
        lines.append(
            f"{plural(live['children_not_asked_for'], 'model')} not asked for (all of) their"
            " children" + ("." if live["gave_up"] else ", to spare the rate limit;")
        )
    if live["gave_up"]:
        lines += ["Not all was seen:", f"  {clean(live['gave_up'])}"]
    elif live["children_not_asked_for"]:
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
        # Who was not read may well be there.
        ghost = "" if state == "not_read" else "ghost: "
        parts = [ghost + _STATES[state or "gone"]]
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
