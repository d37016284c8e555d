"""What estimators should find in a simulated hub: expectations of its kernels, given the parents.

Every expectation is taken over what the children might have become, with the lineage, the values
of the parents and what is stated held as they are. A child draws from the row of its *primary*
parent; an edge of a merge to another parent changes unless the draw falls on that one's value.
Each standard error is that of independent draws, which the simulator's are or vary less than.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from cladist.sources.synthetic import SyntheticHub
from cladist.sources.synthetic.kernels import Kernel
from cladist.sources.synthetic.tongues import tongues
from cladist.vocab import RELATION_CODE, RELATIONS

NO_MERGES = tuple(r for r in RELATIONS if r != "merge")


@dataclass(frozen=True)
class Known:
    """A true value, its standard error in the hub at hand, and what it weighs among hubs."""

    value: float
    error: float
    weight: float


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges whose two ends state a trait; ``first`` is the value of the child's primary parent."""

    child: np.ndarray
    parent: np.ndarray
    relation: np.ndarray
    first: np.ndarray
    above: np.ndarray
    below: np.ndarray

    @classmethod
    def of(cls, hub: SyntheticHub, trait: str, relations: tuple[str, ...]) -> Edges:
        births, value = hub.births, hub.traits.code(trait).astype(np.int64)
        stated = hub.traits.stated[trait]
        wanted = np.isin(births.relation, [RELATION_CODE[r] for r in relations])
        kept = wanted & stated[births.child] & stated[births.parent]
        child, parent = births.child[kept], births.parent[kept]
        return cls(child, parent, births.relation[kept].astype(np.int64),
                   value[births.primary[child]], value[parent], value[child])  # fmt: skip


def matrices(kernel: Kernel) -> np.ndarray:
    """Transition matrices of all relations: (relations, values, values)."""
    return np.stack([kernel.matrix(r) for r in RELATIONS])


@cache
def list_distances() -> tuple[np.ndarray, np.ndarray]:
    """Mean and mean square of the Jaccard distance of a list of languages that has changed.

    By quadrature over the two uniform numbers of a change: where the kind of a change is decided
    are multiples of 1/100, and the language matters only by being English or not.
    """
    pool = tongues()
    kind, where = np.meshgrid((np.arange(100) + 0.5) / 100, (np.arange(400) + 0.5) / 400)
    lists = [frozenset(x) for x in pool.lists.to_pylist()]
    mean, square = np.zeros((2, len(lists)))
    for code, old in enumerate(lists):
        new = pool.change(np.full(kind.size, code), kind.ravel(), where.ravel())
        to, times = np.unique(new, return_counts=True)
        distance = np.array([1 - len(old & lists[k]) / len(old | lists[k]) for k in to.tolist()])
        mean[code] = distance @ times / kind.size
        square[code] = distance**2 @ times / kind.size
    return mean, square


def mutation(hub: SyntheticHub, trait: str, relation: str) -> Known:
    """Mean distance over the edges of a relation (of lists and data sets: no merges)."""
    edges = Edges.of(hub, trait, (relation,))
    kernel, code = hub.truth.kernels[trait], RELATION_CODE[relation]
    if trait == "language":
        rate = kernel.rate[code, tongues().kind(edges.first)]
        mean, square = list_distances()
        chance = rate * mean[edges.first]
        variance = rate * square[edges.first] - chance**2
    else:
        chance = (np.full(len(edges.child), kernel.rate[code, 0]) if trait == "datasets"
                  else 1 - kernel.matrix(relation)[edges.first, edges.above])  # fmt: skip
        variance = chance * (1 - chance)
    # The edges of one merge share its draw: their deviations may all go the same way.
    of_child = np.bincount(edges.child, np.sqrt(variance))
    n = len(edges.child)
    return Known(float(chance.mean()), float(np.sqrt((of_child**2).sum()) / n), n)


def flows(hub: SyntheticHub, trait: str, relations: tuple[str, ...]) -> np.ndarray:
    """Expected changed edges by value of the parent (row) and of the child (column)."""
    edges, kernel = Edges.of(hub, trait, relations), hub.truth.kernels[trait]
    size = len(kernel.values)
    count = np.zeros((len(RELATIONS), size, size))
    np.add.at(count, (edges.relation, edges.first, edges.above), 1)
    found = np.einsum("rfa,rfc->ac", count, matrices(kernel))
    np.fill_diagonal(found, 0.0)
    return found


def _spread(chance: np.ndarray, alike: np.ndarray) -> tuple[float, float, float]:
    """Mean of a symmetric function of two draws, variance of its projection, whole variance."""
    one = alike @ chance
    mean = float(chance @ one)
    return mean, float(chance @ (one - mean) ** 2), float(chance @ (alike - mean) ** 2 @ chance)


def siblings(
    hub: SyntheticHub, trait: str, relation: str, *, weighting: str, against_parent: bool
) -> Known:
    """Likeness of two children of a parent, or D, the same less their likeness to the parent.

    By Hoeffding's variance of a mean over all pairs; ``draws`` of the product come on top.
    """
    births, value = hub.births, hub.traits.code(trait).astype(np.int64)
    stated, kernel = hub.traits.stated[trait], hub.truth.kernels[trait]
    matrix = kernel.matrix(relation)
    child = np.flatnonzero((births.role == RELATION_CODE[relation]) & stated)
    n = np.bincount(births.primary[child], minlength=len(births.role)).astype(float)
    parents = np.flatnonzero((n >= 2) & (stated | (not against_parent)))
    n, of = n[parents], value[parents]
    told = np.zeros((len(kernel.values), 3))
    for v in np.unique(of).tolist():
        alike = np.eye(len(matrix))
        if against_parent:
            alike[v] -= 0.5
            alike[:, v] -= 0.5
        told[v] = _spread(matrix[v], alike)
    mean, one, two = told[of].T
    variance = (4 * (n - 2) * one + 2 * two) / (n * (n - 1))
    weight = n * (n - 1) / 2 if weighting == "pairs" else np.ones(len(n))
    share = weight / weight.sum()
    return Known(float(share @ mean), float(np.sqrt(share**2 @ variance)), float(weight.sum()))


def grandparents(hub: SyntheticHub, trait: str, relation: str) -> Known:
    """Likeness of a child to its parent's parent, over all such chains of one relation."""
    births, value = hub.births, hub.traits.code(trait).astype(np.int64)
    stated, code = hub.traits.stated[trait], RELATION_CODE[relation]
    child = np.flatnonzero((births.role == code) & stated)
    child = child[births.role[births.primary[child]] == code]
    parent = births.primary[child]
    top = births.primary[parent]
    kept = stated[top]
    chance = hub.truth.kernels[trait].matrix(relation)[value[parent[kept]], value[top[kept]]]
    n = len(chance)
    return Known(float(chance.mean()), float(np.sqrt((chance * (1 - chance)).sum()) / n), n)


def depths(hub: SyntheticHub) -> np.ndarray:
    """The longest way up from each model, by its true parents (born before it)."""
    births = hub.births
    depth = np.zeros(len(births.role), dtype=np.int64)
    for child, parent in zip(births.child.tolist(), births.parent.tolist(), strict=True):
        depth[child] = max(depth[child], depth[parent] + 1)
    return depth


class Pedigree:
    """Kinship by the recursion over true parents, to be asked for any pair."""

    def __init__(self, hub: SyntheticHub) -> None:
        self.above: dict[int, list[int]] = {}
        pairs = zip(hub.births.child.tolist(), hub.births.parent.tolist(), strict=True)
        for child, parent in pairs:
            self.above.setdefault(child, []).append(parent)
        self._known: dict[tuple[int, int], float] = {}

    def phi(self, i: int, j: int) -> float:
        """Models are numbered in the order of birth, so the later one has no younger ancestor."""
        if i == j:
            return 1.0
        i, j = max(i, j), min(i, j)
        if (i, j) not in self._known:
            parents = self.above.get(i, [])
            total = sum(self.phi(p, j) for p in parents)
            self._known[i, j] = 0.5 * total / max(len(parents), 1)
        return self._known[i, j]

    def inbreeding(self, merge: int) -> float:
        """Mean kinship of the parents of a merge."""
        parents = self.above[merge]
        return float(np.mean([self.phi(p, q) for k, p in enumerate(parents)
                              for q in parents[k + 1 :]]))  # fmt: skip
