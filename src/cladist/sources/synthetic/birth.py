"""Who is born when, from how many parents, to which giant: dates, roles, accounts, breeds.

Models are numbered in the order of birth, so every parent has a smaller number than its child
and the true lineage has no cycle. Parents themselves are chosen in
:mod:`cladist.sources.synthetic.attachment`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.sources.synthetic import published
from cladist.sources.synthetic.attachment import Attaching, attach
from cladist.sources.synthetic.breeds import BREEDS, GIANTS, presence
from cladist.sources.synthetic.draws import Ints, Reals, pick, pick_rows, roots, stream
from cladist.sources.synthetic.published import seconds
from cladist.vocab import RELATION_CODE, RELATIONS

#: The role of a model without parents; children carry the code of their relation.
FOUNDER = -1
#: New accounts per new model (the rest goes to an account that has published before): convention.
_NEW_ACCOUNT = 0.25
#: Below 1 accounts that published lately go on rather than the first ones: by the largest account
#: of July 2024 (4,225 models).
_RECENT = 0.6
#: Of the further parents of a merge, how many are of the breed of the first: convention.
_KIN_MERGE = 0.85
#: Accounts that go on from their own last model, and how often they do: convention.
_SERIAL, _SEQUEL = 0.025, 0.8
_BINS = 64


@dataclass(frozen=True)
class Births:
    """Everything that happened: one entry per model, one per true edge.

    ``created`` is in seconds since 1970; ``owner`` the model whose account a model shares (itself:
    it is not told). ``primary`` is the first parent (-1: none). ``account``
    is the number of the account; those below ``bulk_accounts`` upload in bulk. ``breed`` is that
    of the model's founder (-1: a founder without children); ``giant`` the giant that a model is,
    ``star`` the giant of which it is a child (-1: none). Edges are sorted by child; the first
    edge of a child is its primary one.
    """

    created: Ints
    role: NDArray[np.int8]
    primary: Ints
    account: Ints
    breed: NDArray[np.int8]
    giant: NDArray[np.int8]
    star: NDArray[np.int8]
    child: Ints
    parent: Ints
    owner: Ints

    @property
    def relation(self) -> NDArray[np.int8]:
        """Relation code of each edge."""
        return self.role[self.child]

    @cached_property
    def parents(self) -> Ints:
        """The models that have children, ascending."""
        return np.unique(self.parent)

    @cached_property
    def fertility(self) -> Reals:
        """How many children each of the :attr:`parents` has, by relation."""
        return self.children_of(self.parents)

    @cached_property
    def generations(self) -> list[Ints]:
        """The models of the first, second, ... generation along primary parents."""
        depth = (self.primary >= 0).astype(np.int64)
        above = np.where(self.primary >= 0, self.primary, np.arange(len(self.primary)))
        while True:
            further = above[above]
            if np.array_equal(further, above):
                break
            depth, above = depth + depth[above], further
        order = np.argsort(depth, kind="stable")
        bounds = np.searchsorted(depth[order], np.arange(1, depth.max(initial=0) + 2))
        return [order[start:stop] for start, stop in pairwise(bounds.tolist())]

    def children_of(self, nodes: Ints) -> Reals:
        """Return how many children each of some models (ascending) has, by relation."""
        place = np.minimum(np.searchsorted(nodes, self.parent), max(len(nodes) - 1, 0))
        ours = np.flatnonzero(nodes[place] == self.parent) if len(nodes) else place[:0]
        key = place[ours] * len(RELATIONS) + self.relation[ours]
        count = np.bincount(key, minlength=len(nodes) * len(RELATIONS))
        return count.reshape(len(nodes), len(RELATIONS)).astype(np.float64)

    @property
    def bulk(self) -> NDArray[np.bool_]:
        """Whether a model is one of a bulk upload."""
        bulk = np.array([g.bulk for g in GIANTS] + [False])
        return bulk[self.star]


def bear(
    models: int,
    seed: int,
    relations: Mapping[str, float],
    *,
    ageing: float,
    loyalty: float,
    habit: float,
    giants: bool = True,
) -> Births:
    """Run the birth process.

    Parameters
    ----------
    models
        Number of models.
    seed
        Seed of all streams.
    relations
        Edges per model, by relation.
    ageing
        0: any earlier edge is copied alike; 1: only the last ones.
    loyalty
        Probability that a child copies an edge of its own relation.
    habit
        Probability that a child copies the last edge of its own account and relation.
    giants
        Whether the largest stars are planted; without them all attachment is preferential.
    """
    created = _dates(models, seed)
    role, star, giant = _roles(created, seed, relations, giants=giants)
    account = _accounts(models, star, seed)
    size = np.where(role >= 0, 1, 0)
    merges = np.flatnonzero(role == RELATION_CODE["merge"])
    many = np.array(list(published.MERGE_PARENTS))
    draw = stream(seed, "merge sizes").random(len(merges))
    size[merges] = many[pick(draw, published.MERGE_PARENTS.values())]
    child = np.repeat(np.arange(models, dtype=np.int64), size)
    first = np.ones(len(child), dtype=bool)
    first[1:] = child[1:] != child[:-1]
    source, sequel, breed_of_edge = _breeds(child, first, created, role, star, account,
                                            seed=seed, habit=habit)  # fmt: skip
    told = attach(
        Attaching(child, first, created, role, star, giant, source, sequel, breed_of_edge),
        seed, ageing=ageing, loyalty=loyalty,
    )  # fmt: skip
    breed = np.full(models, -1, dtype=np.int8)
    breed[told.founders] = told.breeds
    child, parent, kept = told.child, told.parent, told.kept
    first = first[kept]
    breed[child[first]] = breed_of_edge[kept][first]
    primary = np.full(models, -1, dtype=np.int64)
    primary[child[first]] = parent[first]
    owner = roots(told.owner)
    return Births(created, role, primary, account[owner], breed, giant, star, child, parent, owner)


def _dates(models: int, seed: int) -> Ints:
    """Return the dates of birth, ascending: as many in each bin of the histogram as published."""
    bins = np.array(published.CREATED)
    marks = np.linspace(seconds(published.FLOOR_TIME), seconds(published.LAST_TIME), len(bins) + 1)
    # The first bin is full of repositories that are older than the Hub's dates.
    marks = np.insert(marks, 1, marks[0])
    shares = np.cumsum([0, published.FLOOR, bins[0] - published.FLOOR, *bins[1:]]) / bins.sum()
    uniform = (np.arange(models) + stream(seed, "dates").random(models)) / max(models, 1)
    return np.interp(uniform, shares, marks).astype(np.int64)


def _roles(
    created: Ints, seed: int, relations: Mapping[str, float], *, giants: bool
) -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.int8]]:
    """Return every model's role, the giant of which it is a child, the giant that it is."""
    models = len(created)
    star, giant = (np.full(models, -1, dtype=np.int8) for _ in range(2))
    if giants and models >= 1_000:
        _plant(created, seed, relations, star=star, giant=giant)
    role = np.full(models, FOUNDER, dtype=np.int8)
    asked = np.array([relations.get(r, 0.0) > 0 for r in RELATIONS])
    table = np.array([[g.relation.get(r, 0.0) for r in RELATIONS] for g in GIANTS]) * asked
    ours = np.flatnonzero(star >= 0)
    role[ours] = pick_rows(table, star[ours], stream(seed, "giant relations").random(len(ours)))
    heir = np.flatnonzero((giant >= 0) & (star >= 0))
    role[heir] = RELATION_CODE["finetune"]
    free = (star < 0) & (giant < 0)
    mean_parents = sum(k * p for k, p in published.MERGE_PARENTS.items())
    chances: dict[int, Reals] = {}
    for name, per_model in relations.items():
        code = RELATION_CODE[name]
        start, full = (seconds(d) for d in published.RELATION_RAMP[name])
        weight = np.clip((created - start) / (full - start), 0.0, 1.0) * free
        children = per_model / (mean_parents if name == "merge" else 1.0) * models
        left = max(children - int((role == code).sum()), 0.0)
        chances[code] = weight * (left / max(weight.sum(), 1.0))
    total = sum(chances.values(), np.zeros(models))
    room = np.minimum(1.0, 0.98 / np.maximum(total, 1e-12))
    _check_room(float((total * room).sum()), float(total.sum()))
    uniform = stream(seed, "roles").random(models)
    start_of = np.zeros(models)
    for code, chance in chances.items():
        end_of = start_of + chance * room
        role[free & (uniform >= start_of) & (uniform < end_of)] = code
        start_of = end_of
    role[:1] = FOUNDER
    return role, star, giant


def _check_room(met: float, wanted: float) -> None:
    if met < 0.95 * wanted:
        raise InputError(
            f"relations ask for {wanted / max(met, 1.0):.2f} times the edges that have room: a"
            " model has one relation, founders have none, and relations came into use in 2023.",
            "Give fewer edges per model; their sum may be 0.8, about.",
        )


def _plant(
    created: Ints,
    seed: int,
    relations: Mapping[str, float],
    *,
    star: NDArray[np.int8],
    giant: NDArray[np.int8],
) -> None:
    """Choose the giants, and in the time of their growth their children (in place)."""
    models = len(created)
    random = stream(seed, "giants")
    for number, form in enumerate(GIANTS):
        at = int(np.searchsorted(created, seconds(form.released)))
        taken = np.flatnonzero(giant[at:] < 0)
        if len(taken):
            giant[at + taken[0]] = number
            of = form.heir_of if relations.get("finetune", 0.0) > 0 else None
            star[at + taken[0]] = -1 if of is None else of
    for number, form in enumerate(GIANTS):
        founder = np.flatnonzero(giant == number)
        main = max(form.relation, key=lambda r: form.relation[r])
        usual = published.EDGES[main] / published.MODELS * (1 + published.UNMATCHED)
        share = min(relations.get(main, 0.0) / usual, 1.0)
        children = form.children * models / published.MODELS * share
        marks, shares = list(form.grown), list(form.grown.values())
        for k in range(1, len(marks)):
            start, stop = np.searchsorted(created, [seconds(marks[k - 1]), seconds(marks[k])])
            start = max(int(start), int(founder[0]) + 1) if len(founder) else int(stop)
            free = (star[start:stop] < 0) & (giant[start:stop] < 0)
            wanted = children * (shares[k] - shares[k - 1])
            chance = wanted / max(int(free.sum()), 1)
            star[start:stop][free & (random.random(len(free)) < chance)] = number


def _accounts(models: int, star: NDArray[np.int8], seed: int) -> Ints:
    """Give every model an account: new, or that of an earlier model, rather a late one.

    The first numbers belong to the accounts that upload in bulk, one a giant.
    """
    random = stream(seed, "authors")
    index = np.arange(models)
    recent = random.random(models) ** _RECENT
    source = np.minimum((recent * index).astype(np.int64), np.maximum(index - 1, 0))
    new = random.random(models) < _NEW_ACCOUNT
    new[:1] = True
    source[new] = index[new]
    account = (np.cumsum(new) - 1)[roots(source)] + len(GIANTS)
    bulk = np.array([g.bulk for g in GIANTS] + [False])[star]
    account[bulk] = star[bulk]
    return account.astype(np.int64)


def _breeds(
    child: Ints,
    first: NDArray[np.bool_],
    created: Ints,
    role: NDArray[np.int8],
    star: NDArray[np.int8],
    account: Ints,
    *,
    seed: int,
    habit: float,
) -> tuple[Ints, NDArray[np.bool_], NDArray[np.int8]]:
    """Return the earlier edge of its account that each edge follows, whether as a sequel, breeds.

    By habit an edge takes the same parent again; a sequel takes the earlier edge's child. An edge
    that follows none names itself.
    """
    edges = len(child)
    source, sequel = np.arange(edges), np.zeros(edges, dtype=bool)
    if edges == 0:
        return source, sequel, np.empty(0, dtype=np.int8)
    random = stream(seed, "habits")
    relation = role[child].astype(np.int64)
    free = np.flatnonzero(first & (star[child] < 0))
    key = account[child[free]] * len(RELATIONS) + relation[free]
    order = np.argsort(key, kind="stable")
    again = np.zeros(len(free), dtype=bool)
    again[1:] = key[order][1:] == key[order][:-1]
    serial = stream(seed, "serial accounts").random(int(account.max()) + 1) < _SERIAL * (habit > 0)
    goes_on = serial[account[child[free[order]]]]
    goes_on &= relation[free[order]] == RELATION_CODE["finetune"]
    draw = random.random(len(free))
    again &= draw < np.where(goes_on, _SEQUEL, habit)
    source[free[order[again]]] = free[order[np.flatnonzero(again) - 1]]
    sequel[free[order[again & goes_on]]] = True
    time = created[child]
    breed = _draw_breeds(time, relation, star[child] < 0, stream(seed, "breeds").random(edges))
    star_breed = np.array([_breed_number(g.breed) for g in GIANTS] + [0])
    breed = np.where(star[child] >= 0, star_breed[star[child]], breed)
    breed = breed[roots(source)]
    kin = ~first & (random.random(edges) < _KIN_MERGE)
    start = np.maximum.accumulate(np.where(first, np.arange(edges), 0))
    return source, sequel, np.where(kin, breed[start], breed).astype(np.int8)


def _breed_number(name: str) -> int:
    return [b.name for b in BREEDS].index(name)


def _draw_breeds(
    time: Ints, relation: Ints, counted: NDArray[np.bool_], uniform: Reals
) -> NDArray[np.int64]:
    """Draw a breed per edge, so that each relation's edges divide among breeds as they should."""
    low, high = time.min(), time.max()
    cell = ((time - low) * (_BINS - 1) // max(high - low, 1)).astype(np.int64)
    middle = low + (np.arange(_BINS) + 0.5) * (high - low) / _BINS
    use = presence(middle)
    usual = np.array([[b.edges.get(r, b.edges["finetune"]) for b in BREEDS] for r in RELATIONS])
    table = np.zeros((len(RELATIONS), _BINS, len(BREEDS)))
    for code in range(len(RELATIONS)):
        count = np.bincount(cell[counted & (relation == code)], minlength=_BINS)
        wanted = usual[code] / usual[code].sum()
        pull = wanted.copy()
        for _ in range(200):
            share = use.T * pull
            share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
            met = count @ share / max(count.sum(), 1)
            pull *= np.clip(wanted / np.maximum(met, 1e-12), 0.2, 5.0) ** 0.5
            pull /= pull.sum()
        table[code] = share
    return pick_rows(table.reshape(-1, len(BREEDS)), relation * _BINS + cell, uniform)
