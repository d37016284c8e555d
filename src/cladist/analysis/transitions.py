"""Which value gives way to which along edges: substitutions, losses, gains, retention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.result import Chart, Result
from cladist.statistics.inference import generator, round_digits
from cladist.traits.edge_counts import Moves, changes, gain_counts, loss_counts
from cladist.traits.flows import Substitutions, substitutions
from cladist.traits.retention import Retention
from cladist.traits.trait_edges import trait_edges
from cladist.traits.transition_shares import transition_shares
from cladist.vocab import TRAITS, check_numbers, is_published, trait_name

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

_DEFINITION: Final = (
    "Edges whose two ends both state the trait and differ. A changed edge counts once: its credit "
    "is shared evenly among the pairs lost value x gained value. An edge that only drops or only "
    "adds values has no such pair; it is counted in the tables loss and gain. share is the part of "
    "the flow out of source that goes to target. The table retention gives the chance that a child "
    "keeps a value where it states the trait too, by the number of values its parent states: a "
    "child that states nothing is not counted, and most may be silent (the table fates of mutation "
    "counts them); kept_against compares a value with those beside it in the same parents. "
    "Intervals resample lineages."
)


_PUBLISHED: Final = (
    "As published: on the published edges, a value gained counts once with every value of the "
    "parent (added), a value lost once with every value of the child (removed); count is their "
    "sum, so that a change of one label counts twice and a change of a list many times. Values "
    "are read from tags alone. The paper gives no intervals; those here resample lineages."
)
#: Pairs of the main table that have an interval, the most frequent ones.
WITH_INTERVAL: Final = 500
#: Values of the wide matrix.
_WIDE: Final = 20
#: Heads of the wide matrix (padded should a value be named so).
_CORNER: Final = " parent \\ child"
_REST: Final = " (other values)"


def transition_counts(
    hub: Snapshot,
    *,
    trait: str = "license",
    relations: str = "all",
    top: int | None = None,
    definition: str = "standard",
    cluster: str = "clan",
    unstated: bool = False,
    replicates: int = 1000,
    seed: int = 0,
) -> Result:
    """Count the transitions of a trait along edges (DESIGN section 5; paper section 5).

    Parameters
    ----------
    hub
        The snapshot.
    trait
        A trait.
    relations
        Which edges count.
    top
        Keep the ``top`` most frequent pairs of the main table; all if None.
    definition
        ``standard``, or ``laufer2025``: the counts, edges and readings of the paper.
    cluster
        What counts as one independent lineage: ``clan``, ``family``, ``parent`` or ``author``.
    unstated
        Keep what is not stated as the value ``(not stated)``, so that a trait dropped or taken
        up counts as a change; standard definition only.
    replicates
        Resamples of lineages for the intervals.
    seed
        Seed of the resamples.

    Returns
    -------
    Result
        Rows ``source``, ``target``, ``count`` (credit, in edges) and ``families`` (in how many
        families the pair occurs), under ``laufer2025`` also ``added`` and ``removed``, which sum
        to ``count``; of the 500 most frequent pairs also ``share`` (of the flow out of the source)
        with ``low``, ``high``, ``clusters_effective``, ``largest_share`` and ``few_lineages``.
        Table ``matrix``: the same counts among the 20 values with most flow, a row a source and a
        column a target, with what goes to other values. Tables ``loss``, ``gain`` (``value``,
        ``edges``, ``pure``: on how many of them nothing else happened), ``retention`` and
        ``kept_against`` (:class:`cladist.traits.retention.Retention`). ``n`` is the number of
        changed edges; ``parameters`` hold how many of them ``only_lost`` or ``only_gained`` values,
        and ``share_of_changed_edges``, those that exchange one for another.

    Raises
    ------
    InputError
        If the trait, a relation or the cluster is not known, or ``unstated`` is asked for as
        published.
    """
    check_numbers(replicates=replicates, top=top, seed=seed)
    name, published = trait_name(trait), is_published(definition)
    edges = trait_edges(
        hub, name, relations=relations, by="none", definition=definition, cluster=cluster,
        unstated=unstated,
    )  # fmt: skip
    flows = substitutions(edges, definition)
    ways = changes(edges)
    n = ways["changed"]
    used = float(flows.credit.sum()) if not published else None
    table = flows.by_pair().sort_by([("count", "descending"), ("source", "ascending"),
                                     ("target", "ascending")])  # fmt: skip
    table = table if top is None else table.slice(0, top)
    kept = Retention.of(edges)
    drawn: dict[str, Any] = {"replicates": replicates}
    tables = {
        "table": _with_shares(table, flows, replicates, generator(seed, "transitions", name)),
        "matrix": _matrix(flows),
        "loss": _value_table(edges.values, loss_counts(edges)),
        "gain": _value_table(edges.values, gain_counts(edges)),
        "retention": kept.table(**drawn, rng=generator(seed, "transitions", name, "kept")),
        "kept_against": kept.against(**drawn, rng=generator(seed, "transitions", name, "against")),
    }
    tables["pairs"] = _labelled(tables["table"].slice(0, 30))
    share = round(used / n, 12) if n and used is not None else None
    return Result(
        analysis="transitions",
        form=definition,
        definition=_PUBLISHED if published else _DEFINITION,
        parameters={
            "trait": name, "relations": relations, "top": top, "share_of_changed_edges": share,
            "only_lost": ways["only_lost"], "only_gained": ways["only_gained"],
            "cluster": cluster, "unstated": unstated, "replicates": replicates, "seed": seed,
        },
        n=n,
        tables=tables,
        provenance=hub.provenance(analysis="transitions", definition=definition, trait=name,
                                  relations=relations, cluster=cluster, seed=seed),
        notes=_notes(name, n, share),
        charts=(
            Chart(
                "transitions",
                "bars",
                f"Most frequent transitions of {name}",
                subtitle=(
                    "As published: twice for a changed label, many times for a list; and the "
                    "families in which it happens."
                    if published
                    else "Changed edges, each counted once, and the families in which it happens."
                ),
                label="told",
                x="count",
                y="pair",
                top=15,
                table="pairs",
                x_title="transitions" if published else "edges",
            ),
        ),
    )  # fmt: skip


def _with_shares(
    table: pa.Table, flows: Substitutions, replicates: int, rng: np.random.Generator
) -> pa.Table:
    """Add to the most frequent pairs the share of the flow out of their source."""
    code = {v: i for i, v in enumerate(flows.values)}
    first = table.slice(0, WITH_INTERVAL)
    source, target = (
        np.array([code[v] for v in first[c].to_pylist()], dtype=np.int64)
        for c in ("source", "target")
    )
    found = transition_shares(flows, source, target, replicates=replicates, rng=rng).columns()
    rest = table.num_rows - first.num_rows
    for name, column in found.items():
        table = table.append_column(name, pa.concat_arrays([column, pa.nulls(rest, column.type)]))
    return table


def _matrix(flows: Substitutions) -> pa.Table:
    """Return the counts in wide form, values by the flow that leaves and reaches them."""
    k = len(flows.values)
    out, into = (np.bincount(side, flows.credit, k) for side in (flows.source, flows.target))
    order = np.lexsort((np.array(flows.values, dtype=str), -(out + into)))[:_WIDE]
    values = tuple(flows.values[i] for i in order)
    inside = flows.matrix(values)
    corner, rest = _CORNER, _REST
    while {corner, rest} & set(values):
        corner, rest = f" {corner}", f" {rest}"
    columns = {corner: pa.array(values, pa.string())}
    for value, column in zip(values, inside.T, strict=True):
        columns[value] = pa.array(round_digits(column), pa.float64())
    columns[rest] = pa.array(round_digits(out[order] - inside.sum(axis=1)), pa.float64())
    return pa.table(columns)


def _labelled(table: pa.Table) -> pa.Table:
    rows = table.to_pylist()
    return pa.table(
        {
            "pair": pa.array([f"{r['source']} → {r['target']}" for r in rows], pa.string()),
            "count": table["count"],
            "told": pa.array([f"{r['count']:,.0f} · {r['families']:,} fam." for r in rows]),
        }
    )


def _value_table(values: tuple[str, ...], counts: Moves) -> pa.Table:
    """Return one row per value that moves, most frequent first."""
    order = np.lexsort((np.arange(len(values)), -counts.edges))
    order = order[counts.edges[order] > 0]
    return pa.table(
        {
            "value": pa.array([values[i] for i in order], pa.string()),
            "edges": pa.array(counts.edges[order], pa.int64()),
            "pure": pa.array(counts.pure[order], pa.int64()),
        }
    )


def _notes(trait: str, n: int, share: float | None) -> tuple[str, ...]:
    if not n:
        return ("No edge has both ends state the trait and differ.",)
    notes: list[str] = []
    if TRAITS[trait] and share is not None and share < 0.5:
        notes.append(
            f"Only {100 * share:.1f} % of the changed edges exchange one value for another; the "
            "others only lose or only gain values. Read the tables loss, gain and retention "
            "beside this."
        )
    return tuple(notes)
