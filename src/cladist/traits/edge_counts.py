"""Counts over trait edges: what changes, between which values, in which lineage.

Every function takes the rows of :func:`cladist.traits.edges.trait_edges` and counts them by lineage
(``cluster``) as an expression that DuckDB and Spark can run; sums are divided later, in NumPy, in
a fixed order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


def overlap_counts(edges: ir.Table) -> ir.Table:
    """Count edges by group, clan, family and the sizes of both value sets.

    Returns
    -------
    ibis.Table
        ``grp``, ``cluster``, ``family``, ``parent_size``, ``child_size`` (number of values, -1
        where that side states nothing), ``shared`` (number of common values, -1 where a side
        states nothing), ``edges`` (count).
    """
    sized = edges.select(
        "grp",
        "cluster",
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
        "cluster",
        "family",
        lost=both.p.filter(lambda x: ~both.c.contains(x)),
        gained=both.c.filter(lambda x: ~both.p.contains(x)),
    )
    return parted.filter((parted.lost.length() > 0) | (parted.gained.length() > 0))


def substitution_counts(edges: ir.Table) -> ir.Table:
    """Count value pairs lost x gained on changed edges, by cluster, family and number of pairs.

    Returns
    -------
    ibis.Table
        ``cluster``, ``family``, ``source``, ``target`` (text), ``ways`` (|lost| |gained| of the
        edge: its credit is 1 / ways for each of its pairs), ``edges`` (count).
    """
    change = changed(edges)
    change = change.mutate(ways=change.lost.length() * change.gained.length())
    some = change.filter(change.ways > 0)
    left = some.select("cluster", "family", "ways", "gained", source=some.lost.unnest())
    pairs = left.select("cluster", "family", "ways", "source", target=left.gained.unnest())
    return pairs.group_by(list(pairs.columns)).agg(edges=pairs.count())


def margin_counts(edges: ir.Table) -> ir.Table:
    """Count edges whose ends both state the trait by cluster, stratum and the two sets of values.

    Returns
    -------
    ibis.Table
        ``cluster``, ``clan``, ``relation``, ``generation``, ``source`` and ``target`` (arrays:
        the values of parent and child, sorted), ``edges`` (count).
    """
    both = edges.filter(edges.p.notnull() & edges.c.notnull())
    keys = ["cluster", "clan", "relation", "generation", "source", "target"]
    stated = both.mutate(source=both.p.sort(), target=both.c.sort())
    return stated.group_by(keys).agg(edges=stated.count())


def published_flow_counts(edges: ir.Table) -> ir.Table:
    """Count transitions as the paper does, by cluster and family.

    On an edge with parent values P and child values C, every gained value c in C - P counts once
    with every p in P (``added``), every lost value p in P - C once with every c in C
    (``removed``). A change of one label is counted twice, a change of a list many times.

    Returns
    -------
    ibis.Table
        ``cluster``, ``family``, ``source``, ``target`` (text), ``added``, ``removed`` (counts).

    References
    ----------
    ``ordering_helpers.py`` of the paper's repository (paper section 5).
    """
    import ibis

    both = edges.filter(edges.p.notnull() & edges.c.notnull())
    keep = ("cluster", "family")
    gained = both.c.filter(lambda x: ~both.p.contains(x))
    lost = both.p.filter(lambda x: ~both.c.contains(x))
    half = both.select(*keep, others=both.p, target=gained.unnest())
    added = half.select(*keep, "target", source=half.others.unnest(), is_added=ibis.literal(1))
    half = both.select(*keep, others=both.c, source=lost.unnest())
    removed = half.select(*keep, "source", target=half.others.unnest(), is_added=ibis.literal(0))
    columns = [*keep, "source", "target", "is_added"]
    pairs = added.select(columns).union(removed.select(columns))
    return pairs.group_by(["cluster", "family", "source", "target"]).agg(
        added=pairs.is_added.sum(), removed=(1 - pairs.is_added).sum()
    )


def retention_counts(edges: ir.Table) -> ir.Table:
    """Count, per value of the parent, whether the child kept it, by the parent's set size.

    Returns
    -------
    ibis.Table
        ``value`` (text), ``cluster``, ``parent_size``, ``shared`` (how many values of the parent
        the child kept), ``kept`` (bool: whether this one), ``edges`` (count); only edges whose
        ends both state the trait.
    """
    both = edges.filter(edges.p.notnull() & edges.c.notnull())
    each = both.select(
        "cluster",
        "c",
        parent_size=both.p.length(),
        shared=both.p.intersect(both.c).length(),
        value=both.p.unnest(),
    )
    kept = each.select(
        "value", "cluster", "parent_size", "shared", kept=each.c.contains(each.value)
    )
    return kept.group_by(list(kept.columns)).agg(edges=kept.count())


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


def fate_counts(edges: ir.Table) -> ir.Table:
    """Count, per value of the parent, what the child does with it.

    Returns
    -------
    ibis.Table
        ``value`` (text), ``fate`` (``kept``, ``replaced``: the child states the trait but not this
        value, ``silent``: the child states nothing), ``edges`` (count).
    """
    import ibis

    each = edges.filter(edges.p.notnull()).select("c", value=edges.p.unnest())
    fate = ibis.cases(
        (each.c.isnull(), "silent"), (each.c.contains(each.value), "kept"), else_="replaced"
    )
    told = each.select("value", fate=fate)
    return told.group_by(["value", "fate"]).agg(edges=told.count())
