"""Figures of families: their sizes, how many there are, and how they grew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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


def families(hub: Snapshot, names: list[str]) -> Measures:
    """Return the figures ``family_size.*``, ``family.rank2500`` and ``graph.*``.

    As published a family is a component of the published edges without merges, so that nothing
    joins it that has no record of its own. The standard family holds merges and ghosts.
    """
    published, standard = _published(hub), _standard(hub)
    sizes = [np.bincount(of[of >= 0]) for of in (published, standard)]
    found: Measures = {}
    for name, row in named(hub, names, ["is_ghost"]).items():
        at = row["node"]
        found[f"family_size.{name}"] = Measured(
            None if row["is_ghost"] else int(sizes[0][published[at]]), int(sizes[1][standard[at]])
        )
    ours = hub.counts["models"]
    apart = edges_of(hub, "no-merges", "laufer2025")
    whole = len(np.unique(standard))
    single = [int(np.sort(s)[-2500]) if len(s) >= 2500 else None for s in sizes]
    return {
        **found,
        "graph.n_components_with_phantoms": Measured(_with_phantoms(hub), whole),
        "graph.components_lower_bound_nomerges": Measured(
            ours - len(apart), len(np.unique(_standard(hub, "no-merges")))
        ),
        "family.rank2500": Measured(single[0], single[1]),
    }


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


def _with_phantoms(hub: Snapshot) -> int:
    """Count the components of the published edges with the parents that have no record added.

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
    return len(np.unique(np.append(of[:nodes][ours], of[phantom])))


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
