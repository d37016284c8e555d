"""A snapshot, or one family of it, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cladist.errors import InputError
from cladist.snapshot import refuse_snapshot
from cladist.traits.edges import fetch, lineage_of
from cladist.views.export import EXPORTS, ExportGraph
from cladist.views.export import export as write
from cladist.vocab import relation_set

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

_SUFFIXES: Final = {".graphml": "graphml", ".json": "json", ".nwk": "newick",
                    ".newick": "newick", ".csv": "csv"}  # fmt: skip

_ATTRIBUTES: Final = ("author", "created_at", "created_at_is_floor", "downloads", "likes",
                      "pipeline_tag", "library_name", "license", "language", "parameters",
                      "is_ghost")  # fmt: skip


def export(
    hub: Snapshot,
    out: str | Path,
    *,
    format: str | None = None,  # noqa: A002
    family: str | None = None,
    relations: str = "all",
) -> dict[str, Any]:
    """Write the lineage of a snapshot for other programs.

    Parameters
    ----------
    hub
        The snapshot.
    out
        File, or folder for ``csv`` and ``parquet``.
    format
        ``graphml``, ``json`` (node-link), ``newick`` (extended, reticulations for merges),
        ``csv`` or ``parquet``; told by the name of ``out`` if None.
    family
        A model: only its family (weakly connected component) is written.
    relations
        Which edges are written.

    Returns
    -------
    dict
        ``models``, ``edges``, ``format``, ``files``, ``simulated``.

    Raises
    ------
    InputError
        If the format is unknown or cannot be told, or the model is not in the snapshot.
    """
    path = Path(out)
    refuse_snapshot(path)
    chosen = format or _SUFFIXES.get(path.suffix.lower())
    if chosen is None:
        raise InputError(
            f"The name {path.name!r} does not tell a format.",
            f"Add --format, one of: {', '.join(EXPORTS)}.",
        )
    graph = _graph(hub, family, relations)
    files = write(graph, chosen, path)
    return {
        "models": len(graph.ids),
        "edges": len(graph.children),
        "format": chosen,
        "files": [f.name for f in files],
        "simulated": hub.simulated,
    }


def _graph(hub: Snapshot, family: str | None, relations: str) -> ExportGraph:
    models, edges = hub.table("models"), hub.table("edges")
    edges = edges.filter(edges.relation.isin(relation_set(relations)))
    columns = ["node", "model_id", *_ATTRIBUTES]
    if family is not None:
        founder = int(lineage_of(hub).founder[hub.node(family)])
        lineage = hub.table("lineage")
        members = lineage.filter(lineage.family == founder).select("node")
        models = models.semi_join(members, "node")
        edges = edges.semi_join(members, edges.child == members.node)
    nodes = fetch(models.select(*columns))
    rows = fetch(edges.select("child", "parent", "relation", "confidence", "claims"))
    node = nodes["node"].to_numpy()
    child, parent = (_places(node, rows[c].to_numpy()) for c in ("child", "parent"))
    primary = np.asarray(lineage_of(hub).primary_parent)[node]
    return ExportGraph(
        ids=nodes["model_id"],
        children=child,
        parents=parent,
        relations=rows["relation"],
        attributes=nodes.drop_columns(["node", "model_id"]),
        primary_parent=_kept(primary, node, child, parent),
        edge_attributes=rows.select(["confidence", "claims"]),
        metadata={
            "title": f"cladist: {hub.name}",
            "snapshot_digest": hub.digest,
            "simulated": str(hub.simulated).lower(),
        },
    )


def _places(node: NDArray[np.int32], wanted: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.searchsorted(node, wanted).astype(np.int64)


def _kept(
    primary: NDArray[np.int32],
    node: NDArray[np.int32],
    child: NDArray[np.int64],
    parent: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return primary parents as places, each replaced by a kept parent where its edge is not."""
    first = np.full(len(node), -1, dtype=np.int64)
    first[child[::-1]] = parent[::-1]
    place = np.where(primary >= 0, np.searchsorted(node, np.maximum(primary, 0)), -1)
    key = child * max(len(node), 1) + parent
    wanted = np.arange(len(node)) * max(len(node), 1) + place
    return np.where((place >= 0) & np.isin(wanted, key), place, first)
