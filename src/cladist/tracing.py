"""Where one model comes from and what came of it: the look-up behind ``cladist trace``.

Only NumPy arrays mapped from disk and DuckDB are used, so that a cold start answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cladist.engine import records
from cladist.errors import InputError
from cladist.lineage.lineage import Lineage
from cladist.lineage.traversal import ancestor_levels
from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cladist.snapshot import Snapshot

_FACT_COLUMNS: Final = """model_id AS model, license, license_name, pipeline_tag, library_name,
    created_at::VARCHAR AS created_at, created_at_is_floor, downloads, likes, is_ghost"""
_SORTS: Final = {"downloads": "downloads", "likes": "likes", "created": "created_at",
                 "modified": "last_modified"}  # fmt: skip
_EVIDENCE: Final = ("relation", "relations", "methods", "confidence", "claims")


def trace(
    hub: Snapshot,
    model: str,
    *,
    depth: int | None = None,
    limit: int | None = None,
    relation: str | None = None,
    sort: str = "downloads",
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
        How many children to list; all if None.
    relation
        Only children by this relation, alone or among others; all if None.
    sort
        Order of the children: ``downloads``, ``likes``, ``created`` or ``modified``, most or
        newest first.

    Returns
    -------
    dict
        ``model`` and its facts; ``ancestors`` (nearest first, each with ``distance``, up to
        ``depth``), ``parents`` (all of them) and ``children`` (each with ``relation``,
        ``relations``, ``methods``, ``confidence``, and ``descendants`` of its own),
        ``n_children`` and ``children_by_relation`` (counts of the children by
        ``relation``, each under its best-supported one), ``sort``,
        ``descendants`` (count, by any relation), ``family`` (``founder``,
        ``size``), ``clan``, ``generation``, ``edges`` (from the model and each of the
        ancestors to its parents), ``simulated``. Unknown values are None.

    Raises
    ------
    ModelNotFoundError
        If the snapshot does not know the model.
    InputError
        If ``depth`` or ``limit`` is negative, or ``relation`` or ``sort`` is not known.
    """
    if relation is not None and relation not in RELATIONS:
        raise InputError.not_among("--relation", relation, RELATIONS)
    if sort not in _SORTS:
        raise InputError.not_among("--sort", sort, _SORTS)
    for name, value in (("depth", depth), ("limit", limit)):
        if value is not None and value < 0:
            raise InputError(f"--{name} {value} is negative.", "Give 0 or more.")
    node = hub.node(model)
    lineage = Lineage.load(hub.arrays)
    levels = ancestor_levels(lineage, node)
    near = levels.distance > 0
    if depth is not None:
        near &= levels.distance <= depth
    above = sorted(zip(levels.distance[near].tolist(), levels.nodes[near].tolist(), strict=True))
    edges = _edges(hub, [node, *(a for _, a in above)])
    founder, clan = int(lineage.founder[node]), int(lineage.clan[node])
    by_relation = _by_relation(hub, node, relation)
    # Parents of the highest that are listed too: an edge names both its ends.
    facts = _facts(
        hub, [node, founder, clan, *(a for _, a in above), *(e["parent"] for e in edges)]
    )
    return {
        **facts[node],
        "ancestors": [{**facts[a], "distance": d} for d, a in above],
        "depth": depth,
        "parents": [{**facts[e["parent"]], **_evidence(e)} for e in edges if e["child"] == node],
        "children": _children(hub, lineage, node, limit, relation, sort),
        "sort": sort,
        "relation": relation,
        "n_children": sum(by_relation.values()),
        "children_by_relation": by_relation,
        "descendants": int(lineage.descendants[node]),
        "generation": int(lineage.generation[node]),
        "family": {"founder": facts[founder]["model"], "size": int(lineage.family_size[node])},
        "clan": facts[clan]["model"],
        "edges": [
            {"child": facts[e["child"]]["model"], "parent": facts[e["parent"]]["model"],
             **_evidence(e)}
            for e in edges
        ],
        "snapshot": hub.name,
        "simulated": hub.simulated,
    }  # fmt: skip


def _rows(hub: Snapshot, query: str, *values: Any) -> list[dict[str, Any]]:
    return records(hub.lookup, query, values)


def _facts(hub: Snapshot, nodes: Iterable[int]) -> dict[int, dict[str, Any]]:
    query = (
        f"SELECT node, {_FACT_COLUMNS} FROM models"
        " SEMI JOIN (SELECT unnest($1::INTEGER[]) AS node) USING (node)"
    )
    return {row.pop("node"): row for row in _rows(hub, query, sorted(set(nodes)))}


def _edges(hub: Snapshot, children: Iterable[int]) -> list[dict[str, Any]]:
    query = (
        f"SELECT child, parent, {', '.join(_EVIDENCE)} FROM edges"
        " SEMI JOIN (SELECT unnest($1::INTEGER[]) AS child) USING (child) ORDER BY child, parent"
    )
    return _rows(hub, query, sorted(set(children)))


def _evidence(edge: dict[str, Any]) -> dict[str, Any]:
    return {name: edge[name] for name in _EVIDENCE}


def _children(
    hub: Snapshot, lineage: Lineage, node: int, limit: int | None, relation: str | None, sort: str
) -> list[dict[str, Any]]:
    query = (
        f"SELECT node, {_FACT_COLUMNS}, {', '.join(_EVIDENCE)} FROM edges"
        " JOIN models ON models.node = edges.child WHERE parent = $1"
        " AND ($3::VARCHAR IS NULL OR list_contains(relations, $3))"
        f" ORDER BY {_SORTS[sort]} DESC NULLS LAST, model_id LIMIT $2"
    )
    rows = _rows(hub, query, node, 2**62 if limit is None else limit, relation)
    return [row | {"descendants": int(lineage.descendants[row.pop("node")])} for row in rows]


def _by_relation(hub: Snapshot, node: int, relation: str | None) -> dict[str, int]:
    query = (
        "SELECT relation, count(*) AS n FROM edges WHERE parent = $1"
        " AND ($2::VARCHAR IS NULL OR list_contains(relations, $2)) GROUP BY 1 ORDER BY 1"
    )
    return {row["relation"]: row["n"] for row in _rows(hub, query, node, relation)}
