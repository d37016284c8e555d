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
from cladist.languages import published_language_tags
from cladist.lineage import Lineage
from cladist.vocab import (
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


def values(models: ir.Table, trait: str) -> ir.ArrayValue:
    """Return what models state for a trait as an array, null where nothing is stated."""
    import ibis

    column = models[trait]
    if TRAITS[trait]:
        return column
    return ibis.ifelse(column.isnull(), ibis.null("array<string>"), ibis.array([column]))


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
    unstated: bool = False,
) -> ir.Table:
    """Return one row per edge: its group and strata, its lineage, and both ends' values.

    With ``definition="laufer2025"`` the edges are :func:`published_edges`, the values
    :func:`published_values`. With ``unstated`` an end that states nothing has the one value
    ``(not stated)``, so that a trait dropped or taken up is a change like any other.

    Columns: ``child``, ``parent`` (nodes), ``grp`` (text, the group of ``by``), ``relation``,
    ``generation`` (of the child), ``clan`` and ``family`` (nodes, of the child), ``p`` and ``c``
    (arrays of text, sorted, null where the parent or the child states nothing).

    Raises
    ------
    InputError
        If the trait, a relation or ``by`` is not known, or what is not stated is asked for as
        published.
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
    ).rename(p="p_values", c="c_values")


def paired_edges(
    hub: Snapshot,
    stated: Callable[[ir.Table], Mapping[str, ir.Value]],
    *,
    relations: str = "all",
    by: str = "relation",
    definition: str = "standard",
) -> ir.Table:
    """Return one row per edge with what both ends state, whatever that is.

    Parameters
    ----------
    hub
        The snapshot.
    stated
        From the table of models to named expressions over it.
    relations, by, definition
        As in :func:`trait_edges`.

    Returns
    -------
    ibis.Table
        The columns of :func:`trait_edges`, with ``p_NAME`` and ``c_NAME`` of each name in place
        of ``p`` and ``c``.

    Raises
    ------
    InputError
        If a relation or ``by`` is not known.
    """
    if by not in BY:
        raise InputError.not_among("--by", by, BY)
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
    return joined.select(
        "child",
        "parent",
        "relation",
        grp=_group(joined, by),
        generation=joined.child_generation,
        clan=joined.child_clan,
        family=joined.child_family,
        author=joined.child_author,
        **{f"p_{name}": joined[f"parent_{name}"] for name in given},
        **{f"c_{name}": joined[f"child_{name}"] for name in given},
    )


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


def overlap_counts(edges: ir.Table) -> ir.Table:
    """Count edges by group, clan, family and the sizes of both value sets.

    Returns
    -------
    ibis.Table
        ``grp``, ``clan``, ``family``, ``parent_size``, ``child_size`` (number of values, -1
        where that side states nothing), ``shared`` (number of common values, -1 where a side
        states nothing), ``edges`` (count).
    """
    sized = edges.select(
        "grp",
        "clan",
        "family",
        parent_size=edges.p.length().fill_null(-1),
        child_size=edges.c.length().fill_null(-1),
        shared=edges.p.intersect(edges.c).length().fill_null(-1),
    )
    return sized.group_by(list(sized.columns)).agg(edges=sized.count())


def changed(edges: ir.Table) -> ir.Table:
    """Return edges whose ends both state the trait and differ: ``lost`` and ``gained`` arrays."""
    both = edges.filter(edges.p.notnull() & edges.c.notnull())
    parted = both.select(
        "child",
        "parent",
        "grp",
        "clan",
        "family",
        lost=both.p.filter(lambda x: ~both.c.contains(x)),
        gained=both.c.filter(lambda x: ~both.p.contains(x)),
    )
    return parted.filter((parted.lost.length() > 0) | (parted.gained.length() > 0))


def substitution_counts(edges: ir.Table) -> ir.Table:
    """Count value pairs lost x gained on changed edges, by clan, family and number of pairs.

    Returns
    -------
    ibis.Table
        ``clan``, ``family``, ``source``, ``target`` (text), ``ways`` (|lost| |gained| of the
        edge: its credit is 1 / ways for each of its pairs), ``edges`` (count).
    """
    change = changed(edges)
    change = change.mutate(ways=change.lost.length() * change.gained.length())
    some = change.filter(change.ways > 0)
    left = some.select("clan", "family", "ways", "gained", source=some.lost.unnest())
    pairs = left.select("clan", "family", "ways", "source", target=left.gained.unnest())
    return pairs.group_by(list(pairs.columns)).agg(edges=pairs.count())


def margin_counts(edges: ir.Table) -> ir.Table:
    """Count edges whose ends both state the trait by clan, stratum and the two sets of values.

    Returns
    -------
    ibis.Table
        ``clan``, ``family``, ``relation``, ``generation``, ``source`` and ``target`` (arrays:
        the values of parent and child, sorted), ``edges`` (count).
    """
    both = edges.filter(edges.p.notnull() & edges.c.notnull())
    keys = ["clan", "family", "relation", "generation", "source", "target"]
    stated = both.mutate(source=both.p.sort(), target=both.c.sort())
    return stated.group_by(keys).agg(edges=stated.count())


def published_flow_counts(edges: ir.Table) -> ir.Table:
    """Count transitions as the paper does, by clan and family.

    On an edge with parent values P and child values C, every gained value c in C - P counts once
    with every p in P (``added``), every lost value p in P - C once with every c in C
    (``removed``). A change of one label is counted twice, a change of a list many times.

    Returns
    -------
    ibis.Table
        ``clan``, ``family``, ``source``, ``target`` (text), ``added``, ``removed`` (counts).

    References
    ----------
    ``ordering_helpers.py`` of the paper's repository (paper section 5).
    """
    import ibis

    both = edges.filter(edges.p.notnull() & edges.c.notnull())
    keep = ("clan", "family")
    gained = both.c.filter(lambda x: ~both.p.contains(x))
    lost = both.p.filter(lambda x: ~both.c.contains(x))
    half = both.select(*keep, others=both.p, target=gained.unnest())
    added = half.select(*keep, "target", source=half.others.unnest(), is_added=ibis.literal(1))
    half = both.select(*keep, others=both.c, source=lost.unnest())
    removed = half.select(*keep, "source", target=half.others.unnest(), is_added=ibis.literal(0))
    columns = [*keep, "source", "target", "is_added"]
    pairs = added.select(columns).union(removed.select(columns))
    return pairs.group_by(["clan", "family", "source", "target"]).agg(
        added=pairs.is_added.sum(), removed=(1 - pairs.is_added).sum()
    )


def retention_counts(edges: ir.Table) -> ir.Table:
    """Count, per value of the parent, whether the child kept it, by the parent's set size.

    Returns
    -------
    ibis.Table
        ``value`` (text), ``parent_size``, ``kept`` (bool), ``edges`` (count); only edges whose
        ends both state the trait.
    """
    both = edges.filter(edges.p.notnull() & edges.c.notnull())
    each = both.select("c", parent_size=both.p.length(), value=both.p.unnest())
    kept = each.select("value", "parent_size", kept=each.c.contains(each.value))
    return kept.group_by(["value", "parent_size", "kept"]).agg(edges=kept.count())


def gain_counts(edges: ir.Table) -> ir.Table:
    """Count, per value, the edges on which the child states it and the parent does not."""
    change = changed(edges)
    each = change.select(value=change.gained.unnest(), pure=change.lost.length() == 0)
    return each.group_by(["value", "pure"]).agg(edges=each.count())


def loss_counts(edges: ir.Table) -> ir.Table:
    """Count, per value, the edges on which the parent states it and the child does not."""
    change = changed(edges)
    each = change.select(value=change.lost.unnest(), pure=change.gained.length() == 0)
    return each.group_by(["value", "pure"]).agg(edges=each.count())


def value_counts(edges: ir.Table) -> ir.Table:
    """Count, per value, the edges that have it at either end (both ends stated)."""
    both = edges.filter(edges.p.notnull() & edges.c.notnull())
    each = both.select(value=both.p.union(both.c).unnest())
    return each.group_by("value").agg(edges=each.count())


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
