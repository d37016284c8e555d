"""The forest: how many families there are, how large, deep and wide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.lineage.shape_indices import FamilyShapes, family_shapes
from cladist.result import Chart, Result
from cladist.statistics.inference import round_digits
from cladist.traits.edges import lineage_of, model_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.lineage.lineage import Lineage
    from cladist.snapshot import Snapshot

_DEFINITION: Final = (
    "A family is a weakly connected component of the edges left after cuts; its founder is the "
    "member without parents that has most descendants. depth is the longest path in edges, width "
    "the largest number of members in one generation, virality the mean path length between "
    "members, sackin and colless the balance, of the founder's clan (the tree of primary "
    "parents; tree_size says how much of the family that is). Families of one model are counted "
    "in the tables generations, children and forest only."
)


def family_shape(
    hub: Snapshot, *, merges: bool = True, top: int | None = 20, min_size: int = 2
) -> Result:
    """Measure the shape of every family (DESIGN section 5; paper section 2).

    Parameters
    ----------
    hub
        The snapshot.
    merges
        Whether merge edges join families; without them families are as in the paper's trees.
    top
        Number of families in the main table, largest first; all if None.
    min_size
        Smallest family in the main table.

    Returns
    -------
    Result
        Rows, one a family: ``label`` (the founder's id, with "(mixed) N founders" where its share
        is under 0.5), ``size``, ``founders``, ``founder_share``, ``founder_is_ghost``, ``depth``,
        ``width``, ``edges``, ``mean_out_degree``, ``max_out_degree``, ``leaf_share``,
        ``reticulations``, ``tree_size``, ``virality``, ``wiener``, ``sackin``, ``colless``,
        ``founder`` (id). Tables ``sizes`` (``size``, ``families``; from two models up),
        ``generations`` (``generation``, ``models``), ``children`` (``children``, ``models``),
        ``forest`` (one row of totals) and ``scatter`` (``size``, ``depth``, ``families``).
        ``n`` is the number of families of two models and more.
    """
    lineage = lineage_of(hub) if merges else lineage_of(hub).without_merges
    shapes = family_shapes(lineage)
    several = np.flatnonzero(shapes.size >= 2)
    rows = np.flatnonzero(shapes.size >= max(min_size, 1))
    rows = rows[np.lexsort((shapes.founder[rows], -shapes.size[rows]))][:top]
    tables = {
        "table": _families(hub, lineage, shapes, rows),
        "sizes": _histogram(shapes.size[several], "size", "families"),
        "generations": _histogram(lineage.generation, "generation", "models"),
        "children": _histogram(lineage.n_children, "children", "models"),
        "forest": _forest(lineage, shapes),
        "scatter": _scatter(shapes.size[several], shapes.depth[several]),
    }
    largest = tables["table"].slice(0, 1).to_pylist()
    return Result(
        analysis="shape",
        form="standard",
        definition=_DEFINITION,
        parameters={"merges": merges, "top": top, "min_size": min_size},
        n=len(several),
        tables=tables,
        provenance=hub.provenance(analysis="shape", merges=merges),
        notes=() if len(several) else ("No model has a known parent, so there is no family.",),
        finding=_finding(shapes, several, largest),
        charts=_CHARTS,
    )


_CHARTS: Final = (
    Chart("sizes", "points", "Families by size", table="sizes", x="size", y="families",
          x_scale="log", y_scale="log", x_title="models in the family", y_title="families",
          subtitle="Both axes logarithmic; exact counts."),
    Chart("depth", "points", "Size and depth of families", table="scatter", x="size", y="depth",
          x_scale="log", y_scale="symlog", x_title="models in the family",
          y_title="generations", subtitle="One mark for each size and depth that occurs."),
    Chart("largest", "bars", "Largest families", x="size", y="label", top=15,
          x_title="models", subtitle="Weakly connected components, named by their founder."),
    Chart("generations", "columns", "Models by generation", table="generations",
          x="generation", y="models", y_scale="symlog", subtitle="Longest known path upward."),
)  # fmt: skip


def _families(
    hub: Snapshot, lineage: Lineage, shapes: FamilyShapes, rows: NDArray[np.int64]
) -> pa.Table:
    families = lineage.families
    ids = model_ids(hub, shapes.founder[rows])
    founders = families.founders[rows]
    share = families.founder_share[rows]
    label = [
        name if s >= 0.5 or k == 1 else f"{name} (mixed) {k:,} founders"
        for name, s, k in zip(ids, share, founders.tolist(), strict=True)
    ]
    columns: dict[str, Any] = {
        "label": pa.array(label, pa.string()),
        "size": shapes.size[rows],
        "founders": founders,
        "founder_share": round_digits(share),
        "founder_is_ghost": families.founder_is_ghost[rows],
    }
    for name in ("depth", "width", "edges", "mean_out_degree", "max_out_degree", "leaf_share",
                 "reticulations", "tree_size", "virality", "wiener", "sackin",
                 "colless"):  # fmt: skip
        values = getattr(shapes, name)[rows]
        if values.dtype.kind == "f":
            values = pa.array(round_digits(values), pa.float64(), from_pandas=True)
        columns[name] = values
    return pa.table(columns | {"founder": pa.array(ids, pa.string())})


def _histogram(values: NDArray[Any], name: str, count: str) -> pa.Table:
    kinds, times = np.unique(np.asarray(values), return_counts=True)
    return pa.table({name: kinds.astype(np.int64), count: times.astype(np.int64)})


def _scatter(size: NDArray[Any], depth: NDArray[Any]) -> pa.Table:
    pairs, times = np.unique(np.stack([size, depth]).astype(np.int64), axis=1, return_counts=True)
    return pa.table({"size": pairs[0], "depth": pairs[1], "families": times.astype(np.int64)})


def _forest(lineage: Lineage, shapes: FamilyShapes) -> pa.Table:
    several = shapes.size >= 2
    return pa.Table.from_pylist(
        [
            {
                "models": lineage.n,
                "edges": lineage.n_edges,
                "components": len(shapes.size),
                "families": int(several.sum()),
                "alone": int((~several).sum()),
                "in_families": int(shapes.size[several].sum()),
                "largest": int(shapes.size.max(initial=0)),
                "deepest": int(lineage.generation.max(initial=0)),
                "with_children": int((lineage.n_children > 0).sum()),
                "merged": int((lineage.n_parents > 1).sum()),
            }
        ]
    )


def _finding(
    shapes: FamilyShapes, several: NDArray[np.int64], largest: list[dict[str, Any]]
) -> str:
    if len(several) < 2:
        return "there is one family" if len(several) else ""
    pairs = float((shapes.size[several] == 2).mean())
    share = largest[0]["size"] / int(shapes.size[several].sum()) if largest else 0.0
    return (
        f"{100 * pairs:.0f} % of families are pairs; "
        f"the largest holds {100 * share:.0f} % of all relatives"
    )
