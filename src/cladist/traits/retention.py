"""Which values of a parent its children keep: by value, by size of the list, against the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from cladist.statistics.inference import RatioInterval, cluster_bootstrap_ratio, round_digits
from cladist.traits.edge_counts import retention_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.traits.trait_edges import TraitEdges

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Values whose chance to be kept has an interval: those that most edges have.
WITH_INTERVAL: Final = 100
#: Rows of such values by the number of values of the parent that have one: those of most edges.
SIZED: Final = 500
#: Values that are compared with those beside them.
COMPARED: Final = 20


@dataclass(frozen=True, eq=False)
class Retention:
    """Values of parents along edges whose ends both state the trait, row by row of equal cases.

    ``value`` (R,) indexes ``values``; ``cluster``; ``size``, the number of values of the parent;
    ``shared``, how many of them the child kept; ``kept``, whether this one is among them;
    ``edges``, how many edges are so.
    """

    values: tuple[str, ...]
    value: Ints
    cluster: Ints
    size: Ints
    shared: Ints
    kept: NDArray[np.bool_]
    edges: Ints

    @classmethod
    def of(cls, edges: TraitEdges) -> Retention:
        """Count the values that the parents of trait edges state."""
        counts = retention_counts(edges)
        used, value = np.unique(counts.value, return_inverse=True)
        _, cluster = np.unique(counts.cluster, return_inverse=True)
        return cls(
            tuple(edges.values[i] for i in used),
            value.astype(np.int64),
            cluster.astype(np.int64),
            counts.parent_size,
            counts.shared,
            counts.kept.astype(np.bool_),
            counts.edges,
        )

    def table(self, *, replicates: int, rng: np.random.Generator) -> pa.Table:
        """Return the share of edges on which each value is kept where the child states any.

        Rows ``value``, ``parent_size`` (null: any), ``kept``, ``dropped`` (edges), ``share``; of
        the 100 values that most edges have also ``low``, ``high``, ``clusters_effective`` and
        ``few_lineages``, in the row of any size and in the 500 rows of one size with most edges.
        Most edges first, then by size.
        """
        k, widest = len(self.values), int(self.size.max(initial=0)) + 1
        any_size = self.value * widest  # size 0 stands for any
        cells, place = np.unique(
            np.concatenate([any_size + self.size, any_size]), return_inverse=True
        )
        part = [
            np.bincount(place, np.tile(self.edges * which, 2), len(cells))
            for which in (self.kept, ~self.kept)
        ]
        value, size = cells // widest, cells % widest
        total = np.bincount(self.value, self.edges, k)
        names = np.array(self.values, dtype=str)
        order = np.lexsort((size, names[value] if k else value, -total[value]))
        group = _groups(value, size, (part[0] + part[1]).astype(np.int64), names)
        of_size, of_any = np.split(place, 2)
        found = self._intervals(group, of_size, of_any, replicates, rng)
        value, size, part, at = value[order], size[order], [p[order] for p in part], group[order]

        def told(values: Floats | NDArray[np.bool_]) -> pa.Array:
            given = values[at] if len(values) else np.zeros(len(at), values.dtype)
            gone = (at < 0) | (np.isnan(given) if given.dtype.kind == "f" else False)
            return pa.array(given, mask=gone)

        return pa.table(
            {
                "value": pa.array([self.values[v] for v in value], pa.string()),
                "parent_size": pa.array(size, pa.int64(), mask=size == 0),
                "kept": pa.array(part[0].astype(np.int64)),
                "dropped": pa.array(part[1].astype(np.int64)),
                "share": pa.array(round_digits(part[0] / (part[0] + part[1]))),
                "low": told(found.low),
                "high": told(found.high),
                "clusters_effective": told(found.clusters.clusters_effective),
                "few_lineages": told(found.clusters.few),
            }
        )

    def _intervals(
        self, group: Ints, of_size: Ints, of_any: Ints, replicates: int, rng: np.random.Generator
    ) -> RatioInterval:
        """Return the interval of each group; each row is in a cell of its size and one of any.

        A value that parents state in lists of one size only has both cells in one group.
        """
        count, clusters = int(group.max(initial=-1)) + 1, int(self.cluster.max(initial=-1)) + 1
        above, below = np.zeros((2, count, clusters))
        for at in (group[of_any], np.where(group[of_size] == group[of_any], -1, group[of_size])):
            more = self._by_cluster(at, count, self.edges * self.kept, self.edges)
            above, below = above + more[0], below + more[1]
        return cluster_bootstrap_ratio(
            above, below, replicates=replicates, rng=rng, limits=(0.0, 1.0)
        )

    def _by_cluster(
        self, group: Ints, groups: int, above: NDArray[np.number], below: NDArray[np.number]
    ) -> tuple[Floats, Floats]:
        rows = group >= 0
        clusters = int(self.cluster.max(initial=-1)) + 1
        cell = group[rows] * clusters + self.cluster[rows]
        sums = [
            np.bincount(cell, w[rows], groups * clusters).reshape(groups, clusters).astype(float)
            for w in (above, below)
        ]
        return sums[0], sums[1]

    def against(self, *, replicates: int, rng: np.random.Generator) -> pa.Table:
        """Return, of each common value, whether it is kept more often than those beside it.

        Only edges whose parent states the value and another: on the same edge, [the value is kept]
        minus the share of the parent's other values that are kept, averaged. The number of values
        of the parent, which decides most of what is lost, is so held fixed.

        Returns
        -------
        pyarrow.Table
            ``value``, ``edges``, ``kept_share``, ``others_share``, ``difference`` with ``low`` and
            ``high``, ``clusters_effective``, ``largest_share``, ``few_lineages``,
            ``difference_without_largest``; the 20 values with most such edges. Empty of a trait
            of one value.
        """
        beside = np.where(self.size > 1, self.edges, 0)
        total = np.bincount(self.value, beside, len(self.values))
        names = np.array(self.values, dtype=str)
        first = np.lexsort((names, -total))[:COMPARED]
        first = first[total[first] > 0]
        place = np.full(len(self.values), -1, dtype=np.int64)
        place[first] = np.arange(len(first))
        others = (self.shared - self.kept) / np.maximum(self.size - 1, 1)
        at = place[self.value]
        kept, below = self._by_cluster(at, len(first), beside * self.kept, beside)
        rest, _ = self._by_cluster(at, len(first), beside * others, beside)
        found = cluster_bootstrap_ratio(kept - rest, below, replicates=replicates, rng=rng)
        edges = below.sum(axis=1)

        def real(values: Floats) -> pa.Array:
            return pa.array(round_digits(values), pa.float64(), from_pandas=True)

        return pa.table(
            {
                "value": pa.array([self.values[v] for v in first], pa.string()),
                "edges": pa.array(edges.astype(np.int64)),
                "kept_share": real(kept.sum(axis=1) / np.maximum(edges, 1)),
                "others_share": real(rest.sum(axis=1) / np.maximum(edges, 1)),
                "difference": real(found.estimate),
                "low": real(found.low),
                "high": real(found.high),
                "clusters_effective": real(found.clusters.clusters_effective),
                "largest_share": real(found.clusters.largest_share),
                "few_lineages": pa.array(found.clusters.few.tolist(), pa.bool_()),
                "difference_without_largest": real(found.clusters.without_largest),
            }
        )


def _groups(value: Ints, size: Ints, edges: Ints, names: NDArray[np.str_]) -> Ints:
    """Return which cells have an interval: the number of their group, else -1.

    Cells are (value, size), size 0 for any. A value of one size has one group for both cells.
    """
    group = np.full(len(value), -1, dtype=np.int64)
    whole = np.flatnonzero(size == 0)
    first = whole[np.lexsort((names[value[whole]], -edges[whole]))][:WITH_INTERVAL]
    group[first] = np.arange(len(first))
    of_value = np.full(len(names), -1, dtype=np.int64)
    of_value[value[first]] = group[first]
    alone = np.bincount(value, minlength=len(names)) == 2
    sized = np.flatnonzero((size > 0) & (of_value[value] >= 0))
    same = alone[value[sized]]
    group[sized[same]] = of_value[value[sized[same]]]
    rest = sized[~same]
    rest = rest[np.lexsort((names[value[rest]], size[rest], -edges[rest]))][:SIZED]
    group[rest] = len(first) + np.arange(len(rest))
    return group
