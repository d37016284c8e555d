"""Which value gives way to which along edges: substitutions, losses, gains, retention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from cladist.edges import (
    changed,
    fetch,
    gain_counts,
    held,
    loss_counts,
    retention_counts,
    trait_edges,
)
from cladist.flows import substitutions
from cladist.inference import round_digits
from cladist.result import Chart, Result
from cladist.vocab import TRAITS, trait_name

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

_DEFINITION: Final = (
    "Edges whose two ends both state the trait and differ. A changed edge counts once: its credit "
    "is shared evenly among the pairs lost value x gained value. An edge that only drops or only "
    "adds values has no such pair; it is counted in the tables loss and gain. The table retention "
    "gives the chance that a child keeps a value, by the number of values its parent states."
)


_PUBLISHED: Final = (
    "As published: on the published edges, a value gained counts once with every value of the "
    "parent (added), a value lost once with every value of the child (removed); count is their "
    "sum, so that a change of one label counts twice and a change of a list many times. Values "
    "are read from tags alone."
)


def transition_counts(
    hub: Snapshot,
    *,
    trait: str = "license",
    relations: str = "all",
    top: int | None = None,
    definition: str = "standard",
    unstated: bool = False,
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
    unstated
        Keep what is not stated as the value ``(not stated)``, so that a trait dropped or taken
        up counts as a change; standard definition only.

    Returns
    -------
    Result
        Rows ``source``, ``target``, ``count`` (credit, in edges) and ``families`` (in how many
        families the pair occurs), under ``laufer2025`` also ``added`` and ``removed``, which sum
        to ``count``; tables ``loss``, ``gain`` (``value``, ``edges``, ``pure``: on
        how many of them nothing else happened) and ``retention`` (``value``, ``parent_size``,
        ``kept``, ``dropped``, ``share``). ``n`` is the number of changed edges.

    Raises
    ------
    InputError
        If the trait or a relation is not known, or ``unstated`` is asked for as published.
    """
    name = trait_name(trait)
    edges = trait_edges(
        hub, name, relations=relations, by="none", definition=definition, unstated=unstated
    )
    edges = held(hub, edges)
    flows = substitutions(edges, definition)
    pairs = flows.by_pair()
    n = int(changed(edges).count().to_pyarrow().as_py())
    used = float(flows.credit.sum()) if definition == "standard" else None
    table = pairs.sort_by([("count", "descending"), ("source", "ascending"),
                           ("target", "ascending")])  # fmt: skip
    tables = {
        "table": table if top is None else table.slice(0, top),
        "loss": _value_table(fetch(loss_counts(edges))),
        "gain": _value_table(fetch(gain_counts(edges))),
        "retention": _retention(fetch(retention_counts(edges))),
    }
    tables["pairs"] = _labelled(tables["table"].slice(0, 30))
    share = round(used / n, 12) if n and used is not None else None
    return Result(
        analysis="transitions",
        form=definition,
        definition=_DEFINITION if definition == "standard" else _PUBLISHED,
        parameters={
            "trait": name, "relations": relations, "top": top, "share_of_changed_edges": share,
            "unstated": unstated,
        },
        n=n,
        tables=tables,
        provenance=hub.provenance(analysis="transitions", definition=definition, trait=name,
                                  relations=relations),
        notes=_notes(name, n, share),
        charts=(
            Chart(
                "transitions",
                "bars",
                f"Most frequent transitions of {name}",
                subtitle="Changed edges, each counted once, and the families in which it happens.",
                label="told",
                x="count",
                y="pair",
                top=15,
                table="pairs",
                x_title="edges",
            ),
        ),
    )  # fmt: skip


def _labelled(table: pa.Table) -> pa.Table:
    rows = table.to_pylist()
    return pa.table(
        {
            "pair": pa.array([f"{r['source']} → {r['target']}" for r in rows], pa.string()),
            "count": table["count"],
            "told": pa.array([f"{r['count']:,.0f} · {r['families']:,} fam." for r in rows]),
        }
    )


def _value_table(counts: pa.Table) -> pa.Table:
    """Fold ``value, pure, edges`` to one row per value, most frequent first."""
    total: dict[str, list[int]] = {}
    for row in counts.to_pylist():
        entry = total.setdefault(row["value"], [0, 0])
        entry[0] += row["edges"]
        entry[1] += row["edges"] if row["pure"] else 0
    rows = sorted(total.items(), key=lambda item: (-item[1][0], item[0]))
    return pa.table(
        {
            "value": pa.array([v for v, _ in rows], pa.string()),
            "edges": pa.array([c[0] for _, c in rows], pa.int64()),
            "pure": pa.array([c[1] for _, c in rows], pa.int64()),
        }
    )


def _retention(counts: pa.Table) -> pa.Table:
    """Fold ``value, parent_size, kept, edges``; one more row per value for all sizes (null)."""
    total: dict[tuple[str, int | None], list[int]] = {}
    for row in counts.to_pylist():
        for size in (None, row["parent_size"]):
            entry = total.setdefault((row["value"], size), [0, 0])
            entry[0 if row["kept"] else 1] += row["edges"]
    keys = sorted(total, key=lambda k: (-sum(total[k[0], None]), k[0], k[1] or 0))
    kept = [total[k][0] for k in keys]
    dropped = [total[k][1] for k in keys]
    share = round_digits([a / (a + b) for a, b in zip(kept, dropped, strict=True)])
    return pa.table(
        {
            "value": pa.array([k[0] for k in keys], pa.string()),
            "parent_size": pa.array([k[1] for k in keys], pa.int64()),
            "kept": pa.array(kept, pa.int64()),
            "dropped": pa.array(dropped, pa.int64()),
            "share": pa.array(share, pa.float64()),
        }
    )


def _notes(trait: str, n: int, share: float | None) -> tuple[str, ...]:
    if not n:
        return ("No edge has both ends state the trait and differ.",)
    notes: list[str] = []
    if TRAITS[trait] and share is not None and share < 0.5:
        notes.append(
            f"Only {share:.1%} of the changed edges exchange one value for another; the others "
            "only lose or only gain values. Read the tables loss, gain and retention beside this."
        )
    return tuple(notes)
