"""Portraits: single families drawn whole, nodes by generation and edges by relation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from cladist.errors import InputError
from cladist.lineage.radial import radial
from cladist.result import Chart, Result
from cladist.traits.edges import lineage_of, model_ids
from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.lineage.lineage import Lineage
    from cladist.snapshot import Snapshot

    Ints = NDArray[np.int64]

#: Ranks of size drawn when none is asked for (the paper's first picture).
DEFAULT_RANKS: Final = "25,50,250,2500"
#: Of a larger family the models with most descendants are drawn, and some of their children.
LARGEST_DRAWN: Final = 1500
_MOST_PORTRAITS: Final = 24
_LABELS: Final = 6
_FOUNDER: Final = "founder"

_DEFINITION: Final = (
    "Families by size, the largest first (ties by founder), merges included. A model stands on "
    "the ring of its generation, in the sector of its primary parent; every edge of the family is "
    "drawn. The table made counts edges by how the parent itself was made and how the child was "
    "made from it."
)


@dataclass(frozen=True, eq=False)
class _Portrait:
    """One family: its members, and which of them are drawn."""

    name: str
    rank: int
    row: int
    members: Ints
    drawn: Ints


def family_portraits(
    hub: Snapshot, *, rank: str | int | None = None, founder: str | None = None, merges: bool = True
) -> Result:
    """Draw single families as graphs.

    Parameters
    ----------
    hub
        The snapshot.
    rank
        Ranks of size joined by commas, or one number: 1 for the largest family; 25, 50, 250 and
        2500 if neither this nor ``founder`` is given.
    founder
        A model: its family is drawn (beside the ranks, if they are given too).
    merges
        Whether edges of relation ``merge`` join families.

    Returns
    -------
    Result
        Rows ``rank``, ``founder``, ``size``, ``edges``, ``depth``, ``founders``, ``drawn`` (models
        in the picture). Table ``nodes``: ``family`` (its founder), ``model_id``, ``generation``,
        ``children``, ``x``, ``y``; table ``made``: ``parent_made`` (the relation of the parent to
        its own primary parent, or ``founder``), ``child_made``, ``edges``, over all drawn families.
        ``n`` is the number of models in them. Ranks beyond the number of families are left out
        and noted.

    Raises
    ------
    InputError
        If a rank is no number above 0, more than 24 are asked for, or the model is not known.
    """
    whole = lineage_of(hub)
    lineage = whole if merges else whole.without_merges
    usual = DEFAULT_RANKS if founder is None else ""
    ranks = _ranks(usual if rank is None else str(rank))
    order = _by_size(lineage)
    rows = [(k, int(order[k - 1])) for k in ranks if k <= len(order)]
    if founder is not None:
        row = int(lineage.families.of_node[hub.node(founder)])
        rows.append((_rank_of(order, row, founder), row))
    rows = list(dict.fromkeys(rows))
    founders = [int(lineage.families.founder[row]) for _, row in rows]
    named = zip(rows, model_ids(hub, np.array(founders, dtype=np.int64)), strict=True)
    shown = [_portrait(lineage, name, k, row) for (k, row), name in named]
    missing = [k for k in ranks if k > len(order)]
    tables = _tables(hub, lineage, shown)
    return Result(
        analysis="portraits",
        form="standard",
        definition=_DEFINITION,
        parameters={"rank": rank, "founder": founder, "merges": merges},
        n=sum(len(p.members) for p in shown),
        tables=tables,
        provenance=hub.provenance(analysis="portraits", rank=rank, founder=founder, merges=merges),
        notes=_notes(shown, missing, len(order)),
        charts=(
            *(_chart(p, lineage) for p in shown),
            Chart("made", "matrix", "How parents and children were made", table="made",
                  x="child_made", y="parent_made", value="edges", x_title="child",
                  y_title="parent", subtitle="Edges of the families drawn, by relation."),
        ) if shown else (),
    )  # fmt: skip


def _ranks(text: str) -> list[int]:
    words = [w.strip() for w in text.split(",") if w.strip()]
    for word in words:
        if not word.isdecimal() or int(word) < 1:
            raise InputError(f"{word!r} is no rank.", "Write --rank 1 or --rank 25,50,250.")
    if len(words) > _MOST_PORTRAITS:
        raise InputError(f"{len(words)} portraits are too many.", f"Ask for {_MOST_PORTRAITS}.")
    return [int(w) for w in words]


def _by_size(lineage: Lineage) -> Ints:
    """Rows of the families of two models and more, largest first."""
    families = lineage.families
    several = np.flatnonzero(families.size >= 2)
    order: Ints = several[np.lexsort((families.founder[several], -families.size[several]))]
    return order


def _rank_of(order: Ints, row: int, model: str) -> int:
    found = np.flatnonzero(order == row)
    if not len(found):
        raise InputError(
            f"{model!r} has no family here: no parent and no child is known.",
            "Name another model, or ask with --merges if they were left out.",
        )
    return int(found[0]) + 1


def _portrait(lineage: Lineage, name: str, rank: int, row: int) -> _Portrait:
    families = lineage.families
    members = np.flatnonzero(families.of_node == row).astype(np.int64)
    if len(members) <= LARGEST_DRAWN:
        return _Portrait(name, rank, row, members, members)
    fertile = members[lineage.n_children[members] > 0]
    # Whoever is drawn has a mother with more descendants, so that she is drawn as well.
    order = np.lexsort((fertile, -lineage.descendants[fertile]))
    mothers = fertile[order][: LARGEST_DRAWN // 2]
    leaves = members[(lineage.n_children[members] == 0)
                     & np.isin(lineage.primary_parent[members], mothers)]  # fmt: skip
    room = LARGEST_DRAWN - len(mothers)
    by_mother = np.lexsort((leaves, lineage.primary_parent[leaves]))
    some = leaves[by_mother][:: max(-(-len(leaves) // room), 1)]
    return _Portrait(name, rank, row, members, np.sort(np.concatenate([mothers, some])))


def _tables(hub: Snapshot, lineage: Lineage, shown: list[_Portrait]) -> dict[str, pa.Table]:
    families = lineage.families
    table = pa.table({
        "rank": pa.array([p.rank for p in shown], pa.int64()),
        "founder": pa.array([p.name for p in shown], pa.string()),
        "size": pa.array([len(p.members) for p in shown], pa.int64()),
        "edges": pa.array([int(families.edges[p.row]) for p in shown], pa.int64()),
        "depth": pa.array([int(families.depth[p.row]) for p in shown], pa.int64()),
        "founders": pa.array([int(families.founders[p.row]) for p in shown], pa.int64()),
        "drawn": pa.array([len(p.drawn) for p in shown], pa.int64()),
    })  # fmt: skip
    nodes, marks = [], []
    for portrait in shown:
        node, mark = _picture(hub, lineage, portrait)
        nodes.append(node)
        marks.append(mark)
    return {
        "table": table,
        "nodes": pa.concat_tables(nodes) if nodes else pa.table({}),
        "made": _made(lineage, shown),
        "marks": pa.concat_tables(marks) if marks else pa.table({}),
    }


def _picture(hub: Snapshot, lineage: Lineage, portrait: _Portrait) -> tuple[pa.Table, pa.Table]:
    """Return the nodes with their places, and the marks of the drawing."""
    drawn = portrait.drawn
    place = np.full(lineage.n, -1, dtype=np.int64)
    place[drawn] = np.arange(len(drawn))
    mother = lineage.primary_parent[drawn].astype(np.int64)
    local = np.where(mother >= 0, place[np.maximum(mother, 0)], -1)
    at = radial(local, lineage.generation[drawn].astype(np.int64))
    ids = model_ids(hub, drawn)
    nodes = pa.table({
        "family": pa.array([portrait.name] * len(drawn), pa.string()),
        "model_id": pa.array(ids, pa.string()),
        "generation": pa.array(lineage.generation[drawn].astype(np.int64)),
        "children": pa.array(lineage.n_children[drawn].astype(np.int64)),
        "x": pa.array(np.round(at.x, 4)), "y": pa.array(np.round(at.y, 4)),
    })  # fmt: skip
    inside = np.flatnonzero((place[lineage.edge_child] >= 0) & (place[lineage.edge_parent] >= 0))
    child, parent = place[lineage.edge_child[inside]], place[lineage.edge_parent[inside]]
    relation = [RELATIONS[code] for code in lineage.edge_relation[inside].tolist()]
    return nodes, _marks(portrait.name, nodes, child, parent, relation)


def _marks(name: str, nodes: pa.Table, child: Ints, parent: Ints, relation: list[str]) -> pa.Table:
    """Return what is drawn: for each edge its two ends and a gap, for each node its place."""
    x, y = (np.asarray(nodes[c].to_numpy()) for c in "xy")
    gap = np.full(len(child), np.nan)
    ends = [np.stack([v[parent], v[child], gap], axis=1).ravel() for v in (x, y)]
    children = np.asarray(nodes["children"].to_numpy())
    named = set(np.lexsort((np.arange(len(x)), -children))[:_LABELS].tolist())
    ids = nodes["model_id"].to_pylist()
    label = [ids[i] if i in named and children[i] else None for i in range(len(ids))]
    size = len(child) * 3
    return pa.table({
        "family": pa.array([name] * (size + len(x)), pa.string()),
        "relation": pa.array([r for r in relation for _ in range(3)] + ["node"] * len(x)),
        "x": pa.array(np.concatenate([ends[0], x]), pa.float64(), from_pandas=True),
        "y": pa.array(np.concatenate([ends[1], y]), pa.float64(), from_pandas=True),
        "children": pa.array([None] * size + children.tolist(), pa.int64()),
        "label": pa.array([None] * size + label, pa.string()),
    })  # fmt: skip


def _made(lineage: Lineage, shown: list[_Portrait]) -> pa.Table:
    """Count edges by how the parent was made from its own primary parent, and the child."""
    rows = np.isin(lineage.families.of_node, [p.row for p in shown])
    edges = np.flatnonzero(rows[lineage.edge_child])
    founder = len(RELATIONS)
    own = np.full(lineage.n, founder, dtype=np.int64)
    primary = lineage.primary_parent[lineage.edge_child] == lineage.edge_parent
    own[lineage.edge_child[primary]] = lineage.edge_relation[primary]
    pairs = own[lineage.edge_parent[edges]] * founder + lineage.edge_relation[edges]
    kinds, counts = np.unique(pairs, return_counts=True)
    words = [*RELATIONS, _FOUNDER]
    order = np.argsort(kinds // founder != founder, kind="stable")
    return pa.table({
        "parent_made": pa.array([words[k // founder] for k in kinds[order]], pa.string()),
        "child_made": pa.array([words[k % founder] for k in kinds[order]], pa.string()),
        "edges": pa.array(counts[order].astype(np.int64)),
    })  # fmt: skip


def _chart(portrait: _Portrait, lineage: Lineage) -> Chart:
    depth = int(lineage.families.depth[portrait.row])
    told = (
        f"Rank {portrait.rank:,}: {len(portrait.members):,} models, {_deep(depth)}; "
        f"edges: {_edges_told(lineage, portrait.row)}."
    )
    if len(portrait.drawn) < len(portrait.members):
        told += (
            f" {len(portrait.drawn):,} are drawn: those with most descendants, and evenly some of "
            "their children."
        )
    return Chart(
        f"family-{portrait.rank}", "portrait", f"The family of {portrait.name}", told,
        table="marks", x="x", y="y", color="relation", value="children", label="label",
        palette="relation", where=(("family", portrait.name),),
    )  # fmt: skip


def _deep(depth: int) -> str:
    return f"{depth} generation{'' if depth == 1 else 's'} deep"


def _edges_told(lineage: Lineage, row: int) -> str:
    """Return how many edges a family has of each relation, in words."""
    inside = lineage.families.of_node[lineage.edge_child] == row
    counts = np.bincount(lineage.edge_relation[inside], minlength=len(RELATIONS))
    return ", ".join(f"{counts[i]:,} {r}" for i, r in enumerate(RELATIONS) if counts[i])


def _notes(shown: list[_Portrait], missing: list[int], families: int) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if missing:
        said = ", ".join(f"{k:,}" for k in missing)
        notes = (f"There are {families:,} families of two models and more: no rank {said}.",)
    if not shown and not missing:
        notes = ("No family is asked for.",)
    return notes
