"""Traits as sets of values, and how much of them two models share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from cladist.errors import InputError
from cladist.traits.stated import nodes_of, stated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Traits that are compared.
TRAIT_METRICS: Final = ("license", "pipeline_tag", "library_name", "language", "datasets")
_PAIRS: Final = 200_000


@dataclass(frozen=True, eq=False)
class TraitSets:
    """The stated values of models; ``row`` (n,) is a model's own number if it states any, or -1.

    ``nodes``: the models that state any of the traits, ascending. ``sets``: trait -> 0/1 matrix
    (n, values).
    """

    nodes: Ints
    row: Ints
    sets: dict[str, sparse.csr_array]

    @classmethod
    def read(cls, hub: Snapshot, traits: tuple[str, ...] = TRAIT_METRICS) -> TraitSets:
        """Read the traits of every model of a snapshot."""
        n, sets = nodes_of(hub), {}
        for trait in traits:
            known = stated(hub, trait)
            sets[trait] = known.membership[known.of]
        nodes = np.flatnonzero(sum(np.diff(m.indptr) for m in sets.values()))
        row = np.full(n, -1, dtype=np.int64)
        row[nodes] = nodes
        return cls(nodes, row, sets)

    def has(self, nodes: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Whether each node states any of the traits."""
        known: NDArray[np.bool_] = self.row[nodes] >= 0
        return known

    def similarity(self, metric: str, a: NDArray[np.integer], b: NDArray[np.integer]) -> Floats:
        """Return the Jaccard similarity of a trait, |shared| / |either|; float64 (pairs,).

        NaN where either model states nothing: not stated is unknown, not empty. A negative node
        states nothing.

        Raises
        ------
        InputError
            If the trait was not read.
        """
        if metric not in self.sets:
            raise InputError.not_among("Trait", metric, self.sets)
        matrix = self.sets[metric]
        size = np.diff(matrix.indptr)
        out = np.full(len(a), np.nan)
        sizes = [np.where(x >= 0, size[x], 0) for x in (np.asarray(a), np.asarray(b))]
        known = np.flatnonzero((sizes[0] > 0) & (sizes[1] > 0))
        for start in range(0, len(known), _PAIRS):
            part = known[start : start + _PAIRS]
            shared = np.asarray(matrix[a[part]].multiply(matrix[b[part]]).sum(axis=1)).ravel()
            out[part] = shared / (sizes[0][part] + sizes[1][part] - shared)
        return out
