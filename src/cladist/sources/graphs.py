"""Node-link graphs in JSON: ``{"nodes": [...], "edges": [{"source", "target", "type"}]}``."""

from __future__ import annotations

from typing import Any, Final

from cladist.sources.batching import BatchBuilder
from cladist.vocab import RELATIONS

_LINKS: Final = ("edges", "links")
_RELATION: Final = ("relation", "type", "edge_type")


def graph_links(value: object) -> list[Any] | None:
    """Return the links of a node-link graph; None if ``value`` is none."""
    if not isinstance(value, dict) or not isinstance(value.get("nodes"), list):
        return None
    return next((value[k] for k in _LINKS if isinstance(value.get(k), list)), None)


def read_link(
    link: object, line: int | None, locator: str | None, out: BatchBuilder, seen: str | None
) -> None:
    """Read one link, from the parent (``source``) to the child (``target``), as an edge record."""
    if not isinstance(link, dict):
        out.reject(line, locator, "record", str(type(link).__name__), "not_an_object")
        return
    parent, child = link.get("source"), link.get("target")
    for name, end in (("child", child), ("parent", parent)):
        if not isinstance(end, str) or not end:
            out.reject(line, locator, "record", str(link)[:500], f"missing_{name}")
            return
    word = next((link[k] for k in _RELATION if isinstance(link.get(k), str)), None)
    if word is not None and word not in RELATIONS:
        out.reject(line, locator, "value", word, "unknown_relation")
        word = None
    out.claims.append((line, locator, child, parent, word, "annotation", None, seen))
    out.edge_records += 1
