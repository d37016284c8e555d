"""Data sets: which there are, how they are inherited, which of them a model names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cladist.sources.synthetic import published
from cladist.sources.synthetic.birth import Births
from cladist.sources.synthetic.draws import Ints, Reals, fill_quota, pick, stream
from cladist.sources.synthetic.kernels import Kernel

Codes = NDArray[Any]
Flags = NDArray[np.bool_]

#: So many of the largest are known by name.
_LARGEST: Final = 100
#: How many models name the data set of a rank, as published: 18,464 are named once.
_COUNTS: Final = (
    (100, 311), (200, 176), (500, 75), (1_000, 31), (2_000, 14), (3_000, 8), (5_000, 5),
    (6_000, 4), (8_000, 3), (10_000, 2), (11_834, 2), (11_835, 1), (30_298, 1),
)  # fmt: skip
#: Steps that spread the companions of a data set over all others (Roberts, "The unreasonable
#: effectiveness of quasirandom sequences", for two dimensions).
_STEPS: Final = (0.7548776662466927, 0.5698402909980532)


@dataclass(frozen=True)
class Further:
    """The data sets that models name beside their first: ``codes[start[i]:start[i + 1]]``."""

    start: Ints
    codes: Codes

    def of(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Return (places among the nodes, codes) of the further data sets of some models."""
        count = self.start[nodes + 1] - self.start[nodes]
        place = np.repeat(np.arange(len(nodes)), count)
        inside = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        return place, self.codes[np.repeat(self.start[nodes], count) + inside]


@cache
def corpora() -> tuple[tuple[str, ...], Reals]:
    """Return the names of the data sets and their weights: the hundred largest, and a tail.

    The tail falls with the rank as the published counts do. A small hub draws from all of them, so
    that its largest are those of a large one.
    """
    named = published.counts("datasets")
    known, usual = np.array(_COUNTS, dtype=np.float64).T
    rank = np.arange(_LARGEST + 1, published.DATASETS + 1)
    tail = np.exp(np.interp(np.log(rank), np.log(known), np.log(usual)))
    heads = np.array(list(named.values()), dtype=np.float64)
    tail *= (published.DATASET_MENTIONS - heads.sum()) / tail.sum()
    names = (*named, *(f"cladist-sim/corpus-{k:05d}" for k in range(len(rank))))
    return names, np.concatenate([heads, tail])


def inherit_datasets(
    code: Codes,
    rule: Kernel,
    births: Births,
    *,
    popularity: Reals,
    seed: int,
) -> Ints:
    """Let data sets pass from parent to child; what changes is drawn anew (in place).

    Returns how many data sets each model has: as many as its parent, unless they changed.
    """
    random = stream(seed, "mutation datasets")
    change = random.random(len(code))
    fresh = pick(random.random(len(code)), popularity)
    sizes = np.array(list(published.DATASETS_EACH))
    many = sizes[pick(random.random(len(code)), published.DATASETS_EACH.values())]
    for nodes in births.generations:
        value = code[births.primary[nodes]]
        other = np.where(fresh[nodes] == value, (value + 1) % len(rule.values), fresh[nodes])
        changed = change[nodes] < rule.rate[births.role[nodes], 0]
        code[nodes] = np.where(changed, other, value)
        many[nodes] = np.where(changed, many[nodes], many[births.primary[nodes]])
    return many


def list_datasets(
    code: Codes,
    many: Ints,
    stated: Flags,
    *,
    alone: Flags,
    declared: Flags,
    popularity: Reals,
    seed: int,
) -> Further:
    """Decide which data sets models name beside their first, and all those of lone models.

    In a lineage the second, third ... is a companion of the first, the same for all that have it.
    Models of no lineage make up the published totals (their first is set in place).

    Parameters
    ----------
    code, many, stated
        The first data set of each model, how many it has, and whether it names any.
    alone, declared
        The models of no lineage, and those that have a record.
    popularity
        Weights of the data sets.
    seed
        Seed of all streams.
    """
    random = stream(seed, "further datasets")
    count = np.where(stated, many - 1, 0)
    start = np.zeros(len(code) + 1, dtype=np.int64)
    np.cumsum(count, out=start[1:])
    owner = np.repeat(np.arange(len(code)), count)
    number = np.arange(len(owner)) - start[owner] + 1
    first = code[owner].astype(np.float64)
    further = pick((first * _STEPS[0] + number * _STEPS[1]) % 1.0, popularity).astype(np.int32)
    kin, lone = stated & ~alone & declared, np.flatnonzero(stated & alone)
    met = np.bincount(code[kin], minlength=len(popularity)).astype(np.float64)
    met += np.bincount(further[kin[owner]], minlength=len(popularity))
    mine = np.flatnonzero(alone[owner])
    size = len(lone) + len(mine)
    target = popularity * ((met.sum() + size) / popularity.sum())
    left = np.maximum(target - met, 0.0)
    # What lineages name too often is taken from the tail, not from the largest.
    heads = left[:_LARGEST].sum()
    left[_LARGEST:] *= max(size - heads, 0.0) / max(left[_LARGEST:].sum(), 1e-300)
    if size and left.any():
        found = pick(random.random(size), left)
        found = random.permutation(fill_quota(found, left, random.random(size)))
        code[lone], further[mine] = found[: len(lone)], found[len(lone) :]
    return Further(start, further)
