"""Transition counts as arrays: credit of source -> target, in all and by cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from cladist.statistics.inference import round_digits
from cladist.traits.edge_counts import published_flow_counts, substitution_counts
from cladist.traits.edges import fetch
from cladist.vocab import is_published

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray


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

    def _within(self, values: tuple[str, ...]) -> tuple[NDArray[np.int64], ...]:
        position = {v: i for i, v in enumerate(values)}
        code = np.array([position.get(v, -1) for v in self.values], dtype=np.int64)
        if not len(code):
            return self.source, self.target, self.credit, self.cluster  # type: ignore[return-value]
        row, column = code[self.source], code[self.target]
        inside = (row >= 0) & (column >= 0)
        return row[inside], column[inside], self.credit[inside], self.cluster[inside]  # type: ignore[return-value]


def substitutions(edges: ir.Table, definition: str = "standard") -> Substitutions:
    """Fetch the substitutions on trait edges (``cladist.traits.edges.trait_edges``).

    ``standard``: a changed edge has one credit, shared by its pairs lost x gained.
    ``laufer2025``: the added and removed counts of the paper, summed.
    """
    published = is_published(definition)
    table = fetch(published_flow_counts(edges) if published else substitution_counts(edges))
    source = table["source"].to_pylist()
    target = table["target"].to_pylist()
    values = tuple(sorted({*source, *target}))
    code = {v: i for i, v in enumerate(values)}
    added = _ints(table, "added") if published else None
    if added is not None:
        credit = (added + _ints(table, "removed")).astype(np.float64)
    else:
        credit = table["edges"].to_numpy() / table["ways"].to_numpy().astype(np.float64)
    return Substitutions(
        values,
        _ints(table, "cluster"),
        _ints(table, "family"),
        np.array([code[v] for v in source], dtype=np.int64),
        np.array([code[v] for v in target], dtype=np.int64),
        credit,
        added,
    )


def _ints(table: pa.Table, name: str) -> NDArray[np.int64]:
    return np.asarray(table[name].to_numpy(), dtype=np.int64)
