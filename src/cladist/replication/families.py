"""Figures of families: their sizes, how many there are, and how they grew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from cladist.replication.hub import named
from cladist.replication.measures import Measured, Measures
from cladist.traits.edges import edges_of, lineage_of
from cladist.traits.stated import declared, nodes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Ints = NDArray[np.int64]


#: The model whose descendants the notebook that draws trees counts, itself included.
_DRAWN: Final = "perplexity-ai/r1-1776-distill-llama-70b"


def families(hub: Snapshot, names: list[str]) -> Measures:
    """Return the figures ``family_size.*``, ``family.*`` and ``graph.*``.

    As published a family is a component of the published edges without merges, so that nothing
    joins it that has no record of its own; the number of components and the family of rank 2,500
    are of the graph with merges to which parents without a record are added. The standard family
    holds merges and ghosts.
    """
    published, standard = _published(hub), _standard(hub)
    sizes = [np.bincount(of[of >= 0]) for of in (published, standard)]
    found: Measures = {}
    for name, row in named(hub, names, ["is_ghost"]).items():
        at = row["node"]
        found[f"family_size.{name}"] = Measured(
            None if row["is_ghost"] else int(sizes[0][published[at]]), int(sizes[1][standard[at]])
        )
    apart = edges_of(hub, "no-merges", "laufer2025")
    drawn = np.bincount(_with_phantoms(hub))  # the graph of the notebook that draws trees
    return {
        **found,
        "graph.n_components_with_phantoms": Measured(
            int(np.count_nonzero(drawn)), len(np.unique(standard))
        ),
        "graph.components_lower_bound_nomerges": Measured(
            hub.counts["models"] - len(apart), len(np.unique(_standard(hub, "no-merges")))
        ),
        "family.rank2500": Measured(_ranked(drawn, 2500), _ranked(sizes[1], 2500)),
        "family.r1_1776_distill_70b_descendants": _descendants(hub),
    }


def _ranked(sizes: Ints, rank: int) -> int | None:
    """Return the size of the family of a rank, None if there are fewer."""
    return int(np.sort(sizes)[-rank]) if np.count_nonzero(sizes) >= rank else None


def _descendants(hub: Snapshot) -> Measured:
    """Count the descendants of the model that the paper draws, itself included."""
    row = named(hub, [_DRAWN], ["is_ghost"]).get(_DRAWN)
    if row is None:
        return Measured(None)
    edges, size = edges_of(hub, "all", "laufer2025"), nodes_of(hub)
    down = sparse.coo_array(
        (np.ones(len(edges), dtype=np.int8), (edges.parent, edges.child)), (size, size)
    ).tocsr()
    reached = csgraph.breadth_first_order(down, row["node"], return_predecessors=False)
    ours = int(lineage_of(hub).descendants[row["node"]]) + 1
    return Measured(None if row["is_ghost"] else len(reached), ours)


def _components(child: Ints, parent: Ints, size: int) -> Ints:
    joined = sparse.coo_array((np.ones(len(child), dtype=np.int8), (child, parent)), (size, size))
    return np.asarray(csgraph.connected_components(joined, directed=False)[1], dtype=np.int64)


def _published(hub: Snapshot) -> Ints:
    """Return the family of every declared model as published, -1 of the others."""
    edges = edges_of(hub, "no-merges", "laufer2025")
    of = _components(edges.child, edges.parent, nodes_of(hub))
    return np.where(declared(hub), of, -1)


def _standard(hub: Snapshot, relations: str = "all") -> Ints:
    if relations == "all":
        return np.asarray(lineage_of(hub).families.of_node, dtype=np.int64)
    edges = edges_of(hub, relations)
    return _components(edges.child, edges.parent, nodes_of(hub))


def _with_phantoms(hub: Snapshot) -> Ints:
    """Return the component of every model and of every parent that has no record, merges too.

    A parent that is known here under another id was a phantom of the name written down.
    """
    claims = hub.table("claims").filter(lambda t: t.match != "exact")
    rows = claims.select("child", "parent_raw").distinct().to_pyarrow()
    nodes = nodes_of(hub)
    coded = rows["parent_raw"].combine_chunks().dictionary_encode()
    phantom = nodes + np.asarray(coded.indices.fill_null(len(coded.dictionary)), dtype=np.int64)
    child = np.asarray(rows["child"], dtype=np.int64)
    ours = declared(hub)
    phantom, child = phantom[ours[child]], child[ours[child]]
    edges = edges_of(hub, "all", "laufer2025")
    of = _components(
        np.append(edges.child, child), np.append(edges.parent, phantom),
        nodes + len(coded.dictionary) + 1,
    )  # fmt: skip
    return np.append(of[:nodes][ours], of[np.unique(phantom)])


def growth(hub: Snapshot, asked: list[tuple[str, str]]) -> Measures:
    """Return the figures ``growth.MODEL.YYYY-MM``: members of a family created by that month.

    A month that begins after the newest model of the snapshot is not known.
    """
    rows = named(hub, sorted({name for name, _ in asked}), ["is_ghost"])
    born = _born(hub)
    if not rows or not (born > 0).any():
        return {}
    last, ours = born.max(), declared(hub)
    published, standard = _published(hub), _standard(hub)
    found: Measures = {}
    for name, month in asked:
        row, start = rows.get(name), _seconds(month)
        if row is None or start > last:
            continue
        before = (born > 0) & (born < start)
        counts = [int((before & among & (of == of[row["node"]])).sum())
                  for of, among in ((published, ours), (standard, True))]  # fmt: skip
        as_published = None if row["is_ghost"] else counts[0]
        found[f"growth.{name}.{month}"] = Measured(as_published, counts[1])
    return found


def _seconds(month: str) -> float:
    year, number = (int(part) for part in month.split("-"))
    return datetime(year, number, 1, tzinfo=UTC).timestamp()


def _born(hub: Snapshot) -> Ints:
    """Return when each model was created, in seconds; 0 unknown."""
    models = hub.table("models")
    rows: Any = models.select("node", born=models.created_at.epoch_seconds()).to_pyarrow()
    born = np.zeros(nodes_of(hub), dtype=np.int64)
    born[np.asarray(rows["node"])] = np.asarray(rows["born"].fill_null(0), dtype=np.int64)
    return born
