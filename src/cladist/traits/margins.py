"""What parents and children state, apart from each other: flows and resemblance by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse, special

from cladist.statistics.inference import SMALLEST_P, round_digits
from cladist.traits.edge_counts import margin_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.traits.stated import Stated
    from cladist.traits.trait_edges import TraitEdges

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Margins:
    """Edges whose ends both state a trait, counted by cluster, stratum and the sets of values.

    ``source`` and ``target`` (R,) number the sets of ``stated``; ``stratum`` (R,) numbers the
    strata (relation and generation of the child); ``cluster``, ``clan`` and ``edges`` (R,).
    """

    stated: Stated
    source: Ints
    target: Ints
    stratum: Ints
    cluster: Ints
    clan: Ints
    edges: Ints

    @classmethod
    def of(cls, edges: TraitEdges) -> Margins:
        """Count the trait edges whose ends both state the trait."""
        counts = margin_counts(edges)
        deep = int(counts.generation.max(initial=0)) + 1
        _, stratum = np.unique(counts.relation * deep + counts.generation, return_inverse=True)
        return cls(
            edges.ends.stated,
            counts.source,
            counts.target,
            stratum.astype(np.int64),
            counts.cluster,
            counts.clan,
            counts.edges,
        )

    @property
    def sets(self) -> int:
        """Number of sets of values."""
        return len(self.stated.sizes)

    @cached_property
    def clusters(self) -> Ints:
        """The clusters that have any edge, ascending; shape (K,)."""
        return np.unique(self.cluster)

    @cached_property
    def strata(self) -> int:
        """Number of strata."""
        return int(self.stratum.max()) + 1 if len(self.stratum) else 0

    def expected_net(
        self, pairs: Sequence[tuple[str, str]], weights: Floats | None = None
    ) -> Floats:
        """Return the net flow of each pair that the margins alone give.

        sum over strata s of (P_sa C_sb - P_sb C_sa) / n_s, with P_sa the edges of s whose parent
        states a and C_sb those whose child states b; an edge with k values counts 1/k for each.

        Parameters
        ----------
        pairs
            Pairs (a, b).
        weights
            Shape (B, K): how often each cluster counts in each of B resamples; once each if None.

        Returns
        -------
        numpy.ndarray
            float64, shape (pairs,), or (B, pairs) with weights.
        """
        values = sorted({v for pair in pairs for v in pair})
        if not values or not self.strata:
            return np.zeros(len(pairs) if weights is None else (len(weights), len(pairs)))
        once = np.ones((1, len(self.clusters))) if weights is None else weights
        shape = (len(once), self.strata, len(values))
        parent, child = (
            (once @ self._margin(side, values)).reshape(shape)
            for side in (self.source, self.target)
        )
        n = once @ self._sizes
        share = np.divide(1.0, n, out=np.zeros_like(n), where=n > 0)[:, :, None]
        a = np.array([values.index(p) for p, _ in pairs])
        b = np.array([values.index(q) for _, q in pairs])
        scaled = parent * share
        net = (scaled[:, :, a] * child[:, :, b] - scaled[:, :, b] * child[:, :, a]).sum(axis=1)
        return round_digits(net[0]) if weights is None else net

    def contents(self, values: Sequence[str]) -> tuple[sparse.csr_array, ...]:
        """Return what each cluster holds of some values: parents, children, edges by stratum."""
        return self._margin(self.source, values), self._margin(self.target, values), self._sizes

    @cached_property
    def _sizes(self) -> sparse.csr_array:
        at = np.searchsorted(self.clusters, self.cluster)
        shape = (len(self.clusters), self.strata)
        return sparse.csr_array((self.edges.astype(float), (at, self.stratum)), shape=shape)

    def _margin(self, side: Ints, values: Sequence[str]) -> sparse.csr_array:
        """Edges by cluster (rows), and by stratum and value (columns), 1/k for each of k values."""
        place = {v: i for i, v in enumerate(values)}
        at_value = np.array([place.get(v, -1) for v in self.stated.values], dtype=np.int64)
        number = np.repeat(np.arange(self.sets), self.stated.sizes)
        column = at_value[self.stated.members] if len(at_value) else self.stated.members
        inside = column >= 0
        membership = sparse.csr_array(
            (1 / self.stated.sizes[number[inside]], (number[inside], column[inside])),
            shape=(self.sets, len(values)),
        )
        rows = membership[side].tocoo()
        row, value = rows.coords
        at = np.searchsorted(self.clusters, self.cluster)[row]
        cell = self.stratum[row] * len(values) + value
        return sparse.csr_array(
            (rows.data * self.edges[row], (at, cell)),
            shape=(len(self.clusters), self.strata * len(values)),
        )


def inheritance(margins: Margins) -> dict[str, float | int | None]:
    """Tell how often an edge keeps its set of values, against shuffled children.

    Children are shuffled within clan, relation and generation. The number M of edges that keep
    their values then has, per stratum of n edges with P_v parents and C_v children of set v,

    E[M] = T / n,  Var[M] = (T - U / n + T^2 / n^2) / (n - 1),
    T = sum_v P_v C_v,  U = sum_v P_v C_v (P_v + C_v)

    (Hoeffding 1951, for the matrix [p_i = c_j]), summed over strata; z = (M - E) / sd, and p is
    its two-sided normal tail. It tests resemblance only, not direction.

    Returns
    -------
    dict
        ``edges``, ``kept`` (counts), ``kept_share``, ``expected_share``, ``excess``, ``z``, ``p``;
        None where there is no edge, ``z`` and ``p`` None where nothing can be shuffled.
    """
    edges = int(margins.edges.sum())
    kept = int(margins.edges[margins.source == margins.target].sum())
    if not edges:
        nothing = ("kept_share", "expected_share", "excess", "z", "p")
        return {"edges": 0, "kept": 0, **dict.fromkeys(nothing)}
    expected, variance = _moments(margins)
    z = (kept - expected) / np.sqrt(variance) if variance > 1e-9 else None
    return {
        "edges": edges,
        "kept": kept,
        "kept_share": float(round_digits(kept / edges)),
        "expected_share": float(round_digits(expected / edges)),
        "excess": float(round_digits((kept - expected) / edges)),
        "z": None if z is None else float(round_digits(z)),
        "p": None if z is None else float(round_digits(max(2 * special.ndtr(-abs(z)), SMALLEST_P))),
    }


def _moments(margins: Margins) -> tuple[float, float]:
    """Return mean and variance of the number of kept edges under shuffling within strata.

    The sum over all i, j of ([p_i = c_j] - row mean - column mean + mean)^2 over n - 1 is the
    variance of a linear permutation statistic.
    """
    pair = np.stack([margins.clan, margins.stratum])
    _, stratum = np.unique(pair, axis=1, return_inverse=True)
    stratum = stratum.ravel()
    size, k = int(stratum.max()) + 1, margins.sets
    n = np.bincount(stratum, margins.edges, size)
    cell, place = np.unique(
        np.concatenate([stratum * k + margins.source, stratum * k + margins.target]),
        return_inverse=True,
    )
    half = len(stratum)
    parents = np.bincount(place[:half], margins.edges, len(cell))
    children = np.bincount(place[half:], margins.edges, len(cell))
    at = cell // k
    both = np.bincount(at, parents * children, size)
    cubic = np.bincount(at, parents * children * (parents + children), size)
    square = both - cubic / n + both**2 / n**2
    variance = np.divide(square, n - 1, out=np.zeros(size), where=n > 1)
    return float((both / n).sum()), float(variance.sum())
