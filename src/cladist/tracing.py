"""Where one model comes from and what came of it: the look-up behind ``cladist trace``.

Only NumPy arrays mapped from disk and DuckDB are used, so that a cold start answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cladist.errors import InputError
from cladist.lineage import Lineage
from cladist.traversal import ancestor_levels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cladist.snapshot import Snapshot

_FACTS: Final = """
SELECT node, model_id, license, license_name, pipeline_tag, library_name, created_at::VARCHAR,
    created_at_is_floor, downloads, likes, is_ghost
FROM models SEMI JOIN (SELECT unnest($1::INTEGER[]) AS node) USING (node)
"""
_FACT_NAMES: Final = ("model", "license", "license_name", "pipeline_tag", "library_name",
                      "created_at", "created_at_is_floor", "downloads", "likes",
                      "is_ghost")  # fmt: skip


def trace(
    hub: Snapshot, model: str, *, depth: int | None = None, limit: int | None = None
) -> dict[str, Any]:
    """Tell the ancestors, parents, children and family of one model.

    Parameters
    ----------
    hub
        The snapshot.
    model
        A model id, an alias, or the URL of a model page.
    depth
        How many generations of ancestors to list; all if None.
    limit
        How many children to list, most downloaded first; all if None.

    Returns
    -------
    dict
        ``model`` and its facts; ``ancestors`` (nearest first, each with ``distance``),
        ``parents`` and ``children`` (each with ``relation``, ``relations``, ``methods``,
        ``confidence``), ``n_children``, ``descendants`` (count), ``descendants_by_relation``
        of the direct children, ``family`` (``founder``, ``size``), ``clan``, ``generation``,
        ``edges`` (among the ancestors and the model), ``simulated``. Unknown values are None.

    Raises
    ------
    ModelNotFoundError
        If the snapshot does not know the model.
    InputError
        If ``depth`` or ``limit`` is negative.
    """
    for name, value in (("depth", depth), ("limit", limit)):
        if value is not None and value < 0:
            raise InputError(f"--{name} {value} is negative.", "Give 0 or more.")
    node = hub.node(model)
    lineage = Lineage.load(hub.arrays)
    levels = ancestor_levels(lineage, node)
    near = (
        levels.distance > 0 if depth is None else (levels.distance > 0) & (levels.distance <= depth)
    )
    above = levels.nodes[near]
    children = lineage.children_of(node)
    facts = _facts(hub, [node, *above, *children, lineage.founder[node], lineage.clan[node]])
    edges = _edges(hub, [node, *above])
    listed = _children(hub, node, facts)
    return {
        **facts[node],
        "ancestors": [
            {**facts[int(a)], "distance": int(d)}
            for a, d in sorted(
                zip(above, levels.distance[near], strict=True), key=lambda p: (int(p[1]), int(p[0]))
            )
        ],
        "parents": [{**facts[e["parent"]], **_evidence(e)} for e in edges if e["child"] == node],
        "children": listed if limit is None else listed[:limit],
        "n_children": len(children),
        "descendants": int(lineage.descendants[node]),
        "children_by_relation": _by_relation(listed),
        "generation": int(lineage.generation[node]),
        "family": {
            "founder": facts[int(lineage.founder[node])]["model"],
            "size": int(lineage.family_size[node]),
        },
        "clan": facts[int(lineage.clan[node])]["model"],
        "edges": [
            {"child": facts[e["child"]]["model"], "parent": facts[e["parent"]]["model"],
             **_evidence(e)}
            for e in edges if e["parent"] in facts
        ],
        "snapshot": hub.name,
        "simulated": hub.simulated,
    }  # fmt: skip


def _facts(hub: Snapshot, nodes: Iterable[Any]) -> dict[int, dict[str, Any]]:
    wanted = sorted({int(v) for v in nodes})
    rows = hub.lookup.execute(_FACTS, [wanted]).fetchall()
    return {row[0]: dict(zip(_FACT_NAMES, row[1:], strict=True)) for row in rows}


def _edges(hub: Snapshot, children: Iterable[Any]) -> list[dict[str, Any]]:
    query = (
        "SELECT child, parent, relation, relations, methods, confidence, claims FROM edges"
        " SEMI JOIN (SELECT unnest($1::INTEGER[]) AS child) USING (child) ORDER BY child, parent"
    )
    result = hub.lookup.execute(query, [sorted({int(v) for v in children})])
    names = [d[0] for d in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _evidence(edge: dict[str, Any]) -> dict[str, Any]:
    return {k: edge[k] for k in ("relation", "relations", "methods", "confidence", "claims")}


def _children(hub: Snapshot, node: int, facts: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    result = hub.lookup.execute(
        "SELECT child, parent, relation, relations, methods, confidence, claims FROM edges"
        " WHERE parent = $1", [node],
    )  # fmt: skip
    names = [d[0] for d in result.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    listed = [{**facts[r["child"]], **_evidence(r)} for r in rows]
    return sorted(listed, key=lambda c: (-(c["downloads"] or -1), c["model"]))


def _by_relation(children: list[dict[str, Any]]) -> dict[str, int]:
    words, counts = np.unique([c["relation"] for c in children] or [""], return_counts=True)
    return {str(w): int(n) for w, n in zip(words, counts, strict=True) if w}
