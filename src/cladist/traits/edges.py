"""Trait-edge tables: what parent and child state, edge by edge, as Ibis expressions.

Every relational analysis along edges starts here, so that which edges count (``relations``) and
which lineage an edge belongs to (``cluster``) are decided in one place. Expressions compile to
DuckDB and to Spark; sums are integer counts, divided later in NumPy in a fixed order.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cladist.errors import InputError
from cladist.lineage.lineage import Lineage
from cladist.values.languages import published_language_tags
from cladist.vocab import (
    CLUSTERS,
    NOT_STATED,
    RELATION_PRECEDENCE,
    RELATIONS,
    TRAITS,
    is_published,
    relation_set,
    trait_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import ibis.expr.types as ir
    import pyarrow as pa
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

#: ``by=`` of the analyses along edges -> what it groups by.
BY: Final = {
    "relation": "relation of the edge",
    "year": "year in which the child was created ('floor': on or before 2 March 2022)",
    "generation": "generation of the child",
    "author": "whether child and parent have the same author (kept, changed, unknown)",
    "family": "founder of the family",
    "none": "all edges together",
}


def selected_edges(hub: Snapshot, relations: str = "all") -> ir.Table:
    """Return the edges that an analysis counts, each once.

    Parameters
    ----------
    hub
        The snapshot.
    relations
        ``all``, ``no-merges``, or relations joined by commas; an edge counts by its best
        relation.
    """
    edges = hub.table("edges").select("child", "parent", "relation")
    wanted = relation_set(relations)
    return edges if wanted == RELATIONS else edges.filter(edges.relation.isin(wanted))


def published_edges(hub: Snapshot, relations: str = "all") -> ir.Table:
    """Return the edges as the paper drew them, for ``definition="laufer2025"``.

    Pairs whose parent id matched a declared model exactly (no alias, no ghost), self-loops and
    cycles left in, one relation a pair by the authors' overwrite order: the last of finetune,
    quantized, adapter, merge that any claim states (``unknown`` if none does).

    Source: ``get_full_graph.ipynb``, cells 2 and 3, of the paper's repository.
    """
    import ibis

    claims, models = hub.table("claims"), hub.table("models")
    declared = models.filter(~models.is_ghost).select(declared="node")
    exact = claims.filter(claims.match == "exact")
    exact = exact.semi_join(declared, exact.child == declared.declared)
    rank = ibis.cases(*((exact.relation == r, i) for i, r in enumerate(RELATION_PRECEDENCE)))
    pairs = (
        exact.mutate(rank=rank).group_by(["child", "parent"]).agg(rank=lambda t: t["rank"].max())
    )
    relation = ibis.cases(*((pairs["rank"] == i, r) for i, r in enumerate(RELATION_PRECEDENCE)))
    edges = pairs.select("child", "parent", relation=relation)
    wanted = relation_set(relations)
    return edges if wanted == RELATIONS else edges.filter(edges.relation.isin(wanted))


#: Lists kept as they were written, where a value may stand twice and a list may be empty.
_IN_ORDER: Final = frozenset({"tags", "card_sections"})


def values(models: ir.Table, trait: str) -> ir.ArrayValue:
    """Return what models state for a trait as an array, null where nothing is stated."""
    import ibis

    column = models[trait]
    if trait in _IN_ORDER:
        return ibis.ifelse(column.length() > 0, column.unique(), ibis.null("array<string>"))
    if TRAITS[trait]:
        return column
    text = column.cast("string")
    return ibis.ifelse(text.isnull(), ibis.null("array<string>"), ibis.array([text]))


#: Trait -> what its tags begin with; the paper reads traits from tags alone.
_TAG_PREFIX: Final = {"license": "license:", "datasets": "dataset:", "arxiv": "arxiv:",
                      "region": "region:"}  # fmt: skip


def published_values(models: ir.Table, trait: str) -> ir.ArrayValue:
    """Return what the paper reads for a trait: from the tags alone, null where it finds nothing.

    Source: ``get_expanded_dataset.ipynb``, cells 1 to 4, of the paper's repository.
    """
    import ibis

    tags = models.tags
    if trait in _TAG_PREFIX:
        prefix = _TAG_PREFIX[trait]
        found = tags.filter(lambda t: t.startswith(prefix)).map(lambda t: t.substr(len(prefix)))
    elif trait == "language":
        codes = published_language_tags()
        found = tags.filter(lambda t: t.isin(codes))
    else:
        return values(models, trait)
    return ibis.ifelse(found.length() > 0, found.unique(), ibis.null("array<string>"))


def trait_edges(
    hub: Snapshot,
    trait: str,
    *,
    relations: str = "all",
    by: str = "relation",
    definition: str = "standard",
    cluster: str = "clan",
    unstated: bool = False,
) -> ir.Table:
    """Return one row per edge: its group and strata, its lineage, and both ends' values.

    With ``definition="laufer2025"`` the edges are :func:`published_edges`, the values
    :func:`published_values`. With ``unstated`` an end that states nothing has the one value
    ``(not stated)``, so that a trait dropped or taken up is a change like any other.

    Columns: ``child``, ``parent`` (nodes), ``grp`` (text, the group of ``by``), ``relation``,
    ``generation`` (of the child), ``clan`` and ``family`` (nodes, of the child), ``cluster`` (a
    number, the lineage of the edge, see :data:`cladist.vocab.CLUSTERS`), ``p`` and ``c``
    (arrays of text, sorted, null where the parent or the child states nothing).

    Raises
    ------
    InputError
        If the trait, a relation, ``by`` or ``cluster`` is not known, or what is not stated is
        asked for as published.
    """
    import ibis

    trait = trait_name(trait)
    if unstated and is_published(definition):
        raise InputError(
            "The published definition leaves out what is not stated.",
            "Ask for it with the standard definition.",
        )

    def read(models: ir.Table) -> Mapping[str, ir.Value]:
        found = (published_values if is_published(definition) else values)(models, trait)
        return {"values": ibis.coalesce(found, ibis.array([NOT_STATED])) if unstated else found}

    return paired_edges(
        hub,
        read,
        relations=relations,
        by=by,
        definition=definition,
        cluster=cluster,
    ).rename(p="p_values", c="c_values")


def paired_edges(
    hub: Snapshot,
    stated: Callable[[ir.Table], Mapping[str, ir.Value]],
    *,
    relations: str = "all",
    by: str = "relation",
    definition: str = "standard",
    cluster: str = "clan",
) -> ir.Table:
    """Return one row per edge with what both ends state, whatever that is.

    Parameters
    ----------
    hub
        The snapshot.
    stated
        From the table of models to named expressions over it.
    relations, by, definition, cluster
        As in :func:`trait_edges`.

    Returns
    -------
    ibis.Table
        The columns of :func:`trait_edges`, with ``p_NAME`` and ``c_NAME`` of each name in place
        of ``p`` and ``c``.

    Raises
    ------
    InputError
        If a relation, ``by`` or ``cluster`` is not known.
    """
    if by not in BY:
        raise InputError.not_among("--by", by, BY)
    if cluster not in CLUSTERS:
        raise InputError.not_among("--cluster", cluster, CLUSTERS)
    published = is_published(definition)
    edges = published_edges(hub, relations) if published else selected_edges(hub, relations)
    models = hub.table("models")
    given = stated(models)
    facts = models.select("node", "author", "created_at", "created_at_is_floor", **given)
    lineage = hub.table("lineage").select("node", "clan", "family", "generation")
    child = facts.join(lineage, "node")
    child = child.rename({f"child_{c}": c for c in child.columns})
    parent = facts.select("node", "author", *given)
    parent = parent.rename({f"parent_{c}": c for c in parent.columns})
    joined = edges.join(child, edges.child == child.child_node)
    joined = joined.join(parent, joined.parent == parent.parent_node)
    if by == "family":
        names = models.select(family_node="node", family_name="model_id")
        joined = joined.join(names, joined.child_family == names.family_node)
    if cluster == "author":
        joined = _with_author_number(joined, models)
    return joined.select(
        "child",
        "parent",
        "relation",
        grp=_group(joined, by),
        generation=joined.child_generation,
        clan=joined.child_clan,
        family=joined.child_family,
        cluster=_cluster(joined, cluster),
        **{f"p_{name}": joined[f"parent_{name}"] for name in given},
        **{f"c_{name}": joined[f"child_{name}"] for name in given},
    )


def _with_author_number(joined: ir.Table, models: ir.Table) -> ir.Table:
    """Add ``author_number``, the first model of the child's author; null without an author."""
    known = models.filter(models.author.notnull())
    first = known.group_by("author").agg(author_number=known.node.min())
    first = first.rename(named="author")
    return joined.left_join(first, joined.child_author == first.named)


def _cluster(edges: ir.Table, cluster: str) -> ir.IntegerValue:
    """Return the lineage of an edge as a number; a child without an author is one of its own."""
    if cluster == "parent":
        return edges.parent
    if cluster == "author":
        return edges.author_number.fill_null(edges.child)
    return edges.child_family if cluster == "family" else edges.child_clan


def _group(edges: ir.Table, by: str) -> ir.StringValue:
    import ibis

    if by == "relation":
        return edges.relation
    if by == "year":
        year = edges.child_created_at.year().cast("string")
        return ibis.ifelse(edges.child_created_at_is_floor, "floor", year).fill_null("unknown")
    if by == "generation":
        return edges.child_generation.cast("string")
    if by == "author":
        return ibis.cases(
            (edges.child_author.isnull() | edges.parent_author.isnull(), "unknown"),
            (edges.child_author == edges.parent_author, "kept"),
            else_="changed",
        )
    if by == "family":
        return edges.family_name
    return ibis.literal("all")


def published_appearances(hub: Snapshot, trait: str) -> ir.Table:
    """Count, per value, the declared models that state it, as the paper reads them."""
    models = hub.table("models").filter(lambda t: ~t.is_ghost)
    each = models.select(value=published_values(models, trait).unnest())
    return each.group_by("value").agg(edges=each.count())


def held(hub: Snapshot, edges: ir.Table) -> ir.Table:
    """Return the same rows, read once and held in memory, for analyses that ask several times.

    Only on the embedded engine: a cluster keeps its rows where they are.
    """
    import ibis

    return ibis.memtable(edges.to_pyarrow()) if hub.engine == "duckdb" else edges


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
