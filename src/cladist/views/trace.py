"""The lineage of one model as a tree for the terminal, readable at 80 columns."""

from __future__ import annotations

from typing import Any

from cladist.views.terminal import clean


def trace_text(found: dict[str, Any]) -> str:
    """Draw what :func:`cladist.tracing.trace` found: ancestors above, children below."""
    lines = ["SIMULATED DATA"] if found["simulated"] else []
    lines += [_facts(found), ""]
    lines.append(
        f"generation {found['generation']} · {found['descendants']:,} descendants · "
        f"{found['n_children']:,} children"
    )
    family = found["family"]
    lines.append(f"family of {clean(family['founder'])}: {family['size']:,} models")
    lines += ["", "Ancestors" if found["ancestors"] else "No known parent: a founder."]
    lines += _ancestors(found)
    if found["children"]:
        lines += ["", "Children, most downloaded first"]
        lines += [f"  {_relation(c)} {_facts(c)}" for c in found["children"]]
        rest = found["n_children"] - len(found["children"])
        if rest > 0:
            mix = ", ".join(f"{n:,} {r}" for r, n in found["children_by_relation"].items())
            lines.append(f"  ... and {rest:,} more (of all: {mix}); --limit shows more")
    return "\n".join(lines)


def _ancestors(found: dict[str, Any]) -> list[str]:
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
        indent = "  " * min(level, 12)
        if parent in seen or parent not in facts:
            lines.append(f"{indent}{_relation(edge)} {clean(parent)} (see above)")
            continue
        seen.add(parent)
        lines.append(f"{indent}{_relation(edge)} {_facts(facts[parent])}")
        stack += [(e, level + 1) for e in reversed(up.get(parent, []))]
    return lines


def _relation(edge: dict[str, Any]) -> str:
    word = "?" if edge["relation"] == "unknown" else edge["relation"]
    sure = "" if edge["confidence"] >= 0.9 else " (guessed)"
    return f"└ {word}{sure}:"


def _facts(model: dict[str, Any]) -> str:
    if model["is_ghost"]:
        return f"{clean(model['model'])} · ghost: named, not in this snapshot"
    license_ = ", ".join(model["license"] or ()) or "licence not stated"
    date = "no date"
    if model["created_at"]:
        date = ("≤ " if model["created_at_is_floor"] else "") + model["created_at"][:10]
    parts = [clean(model["model"]), clean(license_), date]
    if model["downloads"] is not None:
        parts.append(f"{model['downloads']:,} downloads")
    return " · ".join(parts)
