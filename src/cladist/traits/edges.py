"""Edges as arrays: which count, which group and which lineage each belongs to.

Every analysis along edges starts here, so that which edges count (``relations``) and which lineage
an edge belongs to (``cluster``) are decided in one place. Edges are small: they lie in memory, and
what models state (:mod:`cladist.traits.stated`) is read once by the engine, DuckDB or Spark.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cladist.errors import InputError
from cladist.lineage.lineage import Lineage
from cladist.traits.held import held
from cladist.traits.stated import nodes_of
from cladist.vocab import CLUSTERS, RELATION_PRECEDENCE, RELATIONS, is_published, relation_set

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir
    import pyarrow as pa
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Ints = NDArray[np.int64]

#: ``by=`` of the analyses along edges -> what it groups by.
BY: Final = {
    "relation": "relation of the edge",
    "year": "year in which the child was created ('floor': on or before 2 March 2022)",
    "generation": "generation of the child",
    "author": "whether child and parent have the same author (kept, changed, unknown)",
    "family": "founder of the family",
    "none": "all edges together",
}

#: Relations in the order of their names: what :attr:`Edges.relation` numbers.
NAMED: Final = tuple(sorted(RELATIONS))


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges, each once, by child and parent; arrays (edges,).

    ``child`` and ``parent`` are nodes, ``relation`` indexes :data:`NAMED`.
    """

    child: Ints
    parent: Ints
    relation: Ints

    def __len__(self) -> int:
        return len(self.child)

    def of(self, relations: str) -> Edges:
        """Return the edges of some relations.

        Raises
        ------
        InputError
            If there is no such relation.
        """
        wanted = relation_set(relations)
        if wanted == RELATIONS:
            return self
        kept = np.isin(self.relation, [NAMED.index(r) for r in wanted])
        return Edges(self.child[kept], self.parent[kept], self.relation[kept])


def edges_of(hub: Snapshot, relations: str = "all", definition: str = "standard") -> Edges:
    """Return the edges that an analysis counts.

    Parameters
    ----------
    hub
        The snapshot.
    relations
        ``all``, ``no-merges``, or relations joined by commas; an edge counts by its best
        relation.
    definition
        ``standard``: those left after cuts; ``laufer2025``: :func:`published_edges`.

    Raises
    ------
    InputError
        If a relation or the definition is not known.
    """
    published = is_published(definition)
    read = _published if published else _standard
    return held(hub, ("edges", published), lambda: read(hub)).of(relations)


def _standard(hub: Snapshot) -> Edges:
    lineage = lineage_of(hub)
    number = np.array([NAMED.index(r) for r in RELATIONS])
    return _in_order(
        np.asarray(lineage.edge_child, dtype=np.int64),
        np.asarray(lineage.edge_parent, dtype=np.int64),
        number[lineage.edge_relation],
    )


def _published(hub: Snapshot) -> Edges:
    rows = published_edges(hub).to_pyarrow()
    number = np.array([NAMED.index(r) for r in RELATION_PRECEDENCE])
    child, parent = (np.asarray(rows[c], dtype=np.int64) for c in ("child", "parent"))
    return _in_order(child, parent, number[np.asarray(rows["rank"], dtype=np.int64)])


def _in_order(child: Ints, parent: Ints, relation: Ints) -> Edges:
    order = np.lexsort((parent, child))
    return Edges(child[order], parent[order], relation[order].astype(np.int64))


def published_edges(hub: Snapshot) -> ir.Table:
    """Return the edges as the paper drew them: ``child``, ``parent``, ``rank``.

    Pairs whose parent id matched a declared model exactly (no alias, no ghost), self-loops and
    cycles left in, one relation a pair by the authors' overwrite order: the last of finetune,
    quantized, adapter, merge that any claim states (``unknown`` if none does). ``rank`` indexes
    :data:`cladist.vocab.RELATION_PRECEDENCE`.

    Source: ``get_full_graph.ipynb``, cells 2 and 3, of the paper's repository.
    """
    import ibis

    claims = hub.table("claims").select("child", "parent", "relation", "match")
    models = hub.table("models").select("node", "is_ghost")
    declared = models.filter(~models.is_ghost).select(declared="node")
    exact = claims.filter(claims.match == "exact")
    exact = exact.semi_join(declared, exact.child == declared.declared)
    rank = ibis.cases(*((exact.relation == r, i) for i, r in enumerate(RELATION_PRECEDENCE)))
    ranked = exact.mutate(rank=rank)
    return ranked.group_by(["child", "parent"]).agg(rank=lambda t: t["rank"].max())


@dataclass(frozen=True, eq=False)
class Origins:
    """Who made each model, and when; arrays (models,).

    ``author`` numbers authors, -1 unknown; ``first`` is the first node of the same author, the
    node itself without one; ``year`` -1 where the date is the floor ("on or before"), 0 unknown.
    """

    author: Ints
    first: Ints
    year: Ints


def origins(hub: Snapshot) -> Origins:
    """Return author and year of every model, read once."""

    def read() -> Origins:
        models = hub.table("models")
        rows = models.select(
            "node", "author", year=models.created_at.year(), floor=models.created_at_is_floor
        ).to_pyarrow()  # fmt: skip
        node = np.asarray(rows["node"], dtype=np.int64)
        author, year = np.full(nodes_of(hub), -1), np.zeros(nodes_of(hub), dtype=np.int64)
        coded = rows["author"].combine_chunks().dictionary_encode().indices
        author[node] = np.asarray(coded.fill_null(-1), dtype=np.int64)
        floor = np.asarray(rows["floor"].fill_null(False))
        year[node] = np.where(floor, -1, np.asarray(rows["year"].fill_null(0), dtype=np.int64))
        known = np.flatnonzero(author >= 0)
        first = np.arange(len(author))
        names, at, place = np.unique(author[known], return_index=True, return_inverse=True)
        first[known] = known[at][place] if len(names) else known
        return Origins(author, first, year)

    return held(hub, ("origins",), read)


def groups_of(hub: Snapshot, edges: Edges, by: str) -> tuple[tuple[str, ...], Ints]:
    """Return the groups of edges: names in ascending order, and the number of each edge's.

    Raises
    ------
    InputError
        If ``by`` is not known.
    """
    if by not in BY:
        raise InputError.not_among("--by", by, BY)
    names, number = _groups(hub, edges, by)
    order = np.argsort(np.array(names, dtype=str))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return tuple(names[i] for i in order), place[number]


def _groups(hub: Snapshot, edges: Edges, by: str) -> tuple[list[str], Ints]:
    if by == "none":
        return ["all"], np.zeros(len(edges), dtype=np.int64)
    if by == "author":
        author = origins(hub).author
        ends = author[edges.child], author[edges.parent]
        told = np.where(ends[0] == ends[1], 1, 0)
        return ["changed", "kept", "unknown"], np.where(np.minimum(*ends) < 0, 2, told)
    if by == "relation":
        values = edges.relation
    elif by == "year":
        values = origins(hub).year[edges.child]
    else:
        lineage = lineage_of(hub)
        label = lineage.founder if by == "family" else lineage.generation
        values = np.asarray(label[edges.child], dtype=np.int64)
    found, number = np.unique(values, return_inverse=True)
    if by == "relation":
        return [NAMED[i] for i in found], number
    if by == "family":
        return model_ids(hub, found), number
    words = {-1: "floor", 0: "unknown"} if by == "year" else {}
    return [words.get(int(v), str(v)) for v in found], number


def lineage_numbers(hub: Snapshot, cluster: str) -> Ints:
    """Return the lineage of every node as a number (:data:`cladist.vocab.CLUSTERS`).

    As a parent every node is a lineage of its own, and so is one without an author.

    Raises
    ------
    InputError
        If ``cluster`` is not known.
    """
    if cluster not in CLUSTERS:
        raise InputError.not_among("--cluster", cluster, CLUSTERS)
    if cluster == "parent":
        return np.arange(nodes_of(hub))
    if cluster == "author":
        return origins(hub).first
    lineage = lineage_of(hub)
    return np.asarray(lineage.founder if cluster == "family" else lineage.clan, dtype=np.int64)


def clusters_of(hub: Snapshot, edges: Edges, cluster: str) -> Ints:
    """Return the lineage of each edge: its parent, or that of its child (:func:`lineage_numbers`).

    Raises
    ------
    InputError
        If ``cluster`` is not known.
    """
    end = edges.parent if cluster == "parent" else edges.child
    return lineage_numbers(hub, cluster)[end]


def fetch(expression: ir.Table) -> pa.Table:
    """Run an expression and return its rows in a total order of all columns."""
    return expression.order_by(list(expression.columns)).to_pyarrow()


@lru_cache(maxsize=4)
def _lineage(arrays: Path, digest: str) -> Lineage:  # noqa: ARG001  (the digest is in the key)
    return Lineage.load(arrays)


def lineage_of(hub: Snapshot) -> Lineage:
    """Return the lineage of a snapshot; opened once, derived arrays are shared by analyses."""
    return _lineage(hub.arrays, hub.digest)


def model_ids(hub: Snapshot, nodes: NDArray[Any]) -> list[str]:
    """Return the ids of nodes, in their order; a node may occur again."""
    wanted = [int(v) for v in np.unique(nodes)]
    if not wanted:
        return []
    models = hub.table("models")
    found = models.filter(models.node.isin(wanted)).select("node", "model_id").to_pyarrow()
    name = dict(zip(found["node"].to_pylist(), found["model_id"].to_pylist(), strict=True))
    return [name[int(v)] for v in nodes]
