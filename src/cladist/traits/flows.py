"""Transition counts as arrays: credit of source -> target, in all and by cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from cladist.statistics.inference import round_digits
from cladist.traits.edge_counts import (
    Exchanges,
    PublishedFlows,
    published_flow_counts,
    substitution_counts,
)
from cladist.vocab import is_published

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.traits.trait_edges import TraitEdges


@dataclass(frozen=True)
class Substitutions:
    """Substitutions of one trait: rows of (cluster, family, source, target, credit).

    ``source`` and ``target`` index ``values``; ``credit`` is in edges, or as published in pairs
    of values, of which ``added`` then were gained with their source standing by.
    """

    values: tuple[str, ...]
    cluster: NDArray[np.int64]
    family: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    credit: NDArray[np.float64]
    added: NDArray[np.int64] | None = None

    def by_pair(self) -> pa.Table:
        """Return ``source, target, count, families``, in order of source and target.

        As published also ``added`` and ``removed``, which sum to ``count``.
        """
        k = max(len(self.values), 1)
        pair, place = np.unique(self.source * k + self.target, return_inverse=True)
        count = np.bincount(place, self.credit, len(pair))
        seen = np.unique(np.stack([place, self.family]), axis=1)
        families = np.bincount(seen[0], minlength=len(pair))
        names = np.array(self.values, dtype=object)
        columns = {
            "source": pa.array(names[pair // k].tolist(), pa.string()),
            "target": pa.array(names[pair % k].tolist(), pa.string()),
            "count": pa.array(round_digits(count), pa.float64()),
            "families": pa.array(families.astype(np.int64), pa.int64()),
        }
        if self.added is not None:
            added = np.bincount(place, self.added, len(pair))
            columns["added"] = pa.array(added.astype(np.int64))
            columns["removed"] = pa.array((count - added).astype(np.int64))
        return pa.table(columns)

    def matrix(self, values: tuple[str, ...]) -> NDArray[np.float64]:
        """Return the (k, k) matrix of credit from row value to column value."""
        row, column, credit, _ = self._within(values)
        flow = np.zeros((len(values), len(values)))
        np.add.at(flow, (row, column), credit)
        return flow

    def cluster_matrices(self, values: tuple[str, ...]) -> NDArray[np.float64]:
        """Return one matrix per cluster with any credit among ``values``: (clusters, k, k)."""
        row, column, credit, cluster = self._within(values)
        labels, place = np.unique(cluster, return_inverse=True)
        flow = np.zeros((len(labels), len(values), len(values)))
        np.add.at(flow, (place, row, column), credit)
        return flow

    def cluster_credit(self, values: tuple[str, ...]) -> NDArray[np.float64]:
        """Return the credit among ``values`` of each cluster that has any: (clusters,)."""
        row, column, credit, cluster = self._within(values)
        moved = row != column
        _, place = np.unique(cluster[moved], return_inverse=True)
        return np.bincount(place, credit[moved]).astype(np.float64)

    def _within(self, values: tuple[str, ...]) -> tuple[NDArray[np.int64], ...]:
        position = {v: i for i, v in enumerate(values)}
        code = np.array([position.get(v, -1) for v in self.values], dtype=np.int64)
        if not len(code):
            return self.source, self.target, self.credit, self.cluster  # type: ignore[return-value]
        row, column = code[self.source], code[self.target]
        inside = (row >= 0) & (column >= 0)
        return row[inside], column[inside], self.credit[inside], self.cluster[inside]  # type: ignore[return-value]


def substitutions(edges: TraitEdges, definition: str = "standard") -> Substitutions:
    """Return the substitutions on trait edges.

    ``standard``: a changed edge has one credit, shared by its pairs lost x gained.
    ``laufer2025``: the added and removed counts of the paper, summed.
    """
    told: PublishedFlows | Exchanges
    if is_published(definition):
        told = published_flow_counts(edges)
        added, credit = told.added, (told.added + told.removed).astype(np.float64)
    else:
        told = substitution_counts(edges)
        added, credit = None, told.edges / told.ways.astype(np.float64)
    used, place = np.unique(np.concatenate([told.source, told.target]), return_inverse=True)
    source, target = np.split(place.astype(np.int64), 2)
    values = tuple(edges.values[i] for i in used)
    return Substitutions(values, told.cluster, told.family, source, target, credit, added)
