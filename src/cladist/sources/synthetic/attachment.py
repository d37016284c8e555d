"""Which parents children choose: preferential attachment by copying, without a loop over models.

A child takes the parent of an earlier edge, which prefers parents of many edges because these are
copied more often (Kumar et al. 2000, "Stochastic models for the web graph"). Only edges of the
same breed are copied; first those of the child's own relation, recent ones more often (ageing). A
few edges instead give a *fertile* model its first child. Chains of copies are resolved by pointer
jumping, so there is no block size on which the outcome could depend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cladist.sources.synthetic import published
from cladist.sources.synthetic.breeds import BREEDS, GIANTS, presence
from cladist.sources.synthetic.draws import Ints, occurrence, pick_rows, roots, stream, take_share
from cladist.sources.synthetic.published import seconds
from cladist.vocab import RELATION_CODE, RELATIONS

_DAY = 86_400
#: Until this share of a pool's edges exists, half of its children copy other relations
#: (without it the first parent of a relation would take most of it).
_SHY = 0.02
#: A merge copies merges with this much of the usual loyalty: convention.
_MERGE_LOYALTY = 0.6
#: Parents whose first child nobody copies (an author's own quantization, say): convention.
_PRIVATE_FOUNDER, _PRIVATE_CHILD = 0.88, 0.70
_FOUNDER = -1
#: Mean days until a fertile model has its first child, by another account and by its own:
#: convention, and July 2024 (median of the days from a parent of one's own to the child: 2.8).
_DELAY, _OWN_DELAY = 75, 9
#: Of the private parents those whose child is by the same account, if it comes within so many
#: days: by the share of such edges in July 2024 (5.9 %).
_OWN_CHILD, _OWN_WITHIN = 0.75, 120


@dataclass(frozen=True)
class Attaching:
    """What is known before parents are chosen.

    Per edge: ``child``, whether it is the child's ``first``, the earlier edge of its account
    that it follows (``source``, itself: none), whether as a ``sequel``, its ``breed``. Per model:
    ``created``, ``role``, the giant of which it is a child (``star``) and that it is
    (``giant``), -1 for none.
    """

    child: Ints
    first: NDArray[np.bool_]
    created: Ints
    role: NDArray[np.int8]
    star: NDArray[np.int8]
    giant: NDArray[np.int8]
    source: Ints
    sequel: NDArray[np.bool_]
    breed: NDArray[np.int8]


@dataclass(frozen=True)
class Attached:
    """Edges with distinct parents, which of the edges were ``kept``, and the founders' breeds.

    ``owner`` is per model the one whose account it shares (itself: any).
    """

    child: Ints
    parent: Ints
    kept: NDArray[np.bool_]
    founders: Ints
    breeds: NDArray[np.int8]
    owner: Ints


def attach(given: Attaching, seed: int, *, ageing: float, loyalty: float) -> Attached:
    """Choose a parent for every edge.

    Parameters
    ----------
    given
        Children, their dates, roles and breeds.
    seed, ageing, loyalty
        As for :func:`~cladist.sources.synthetic.birth.bear`.
    """
    edges = len(given.child)
    nobody = np.empty(0, dtype=np.int64)
    if edges == 0:
        return Attached(nobody, nobody, np.ones(0, dtype=bool), nobody, nobody.astype(np.int8),
                        np.arange(len(given.role)))  # fmt: skip
    star = given.star[given.child]
    free = np.flatnonzero(star < 0)
    own = stream(seed, "own children").random(len(given.role)) < _OWN_CHILD
    fertile, breed, slot, private = _first_children(given, free, own, seed)
    owner = np.arange(len(given.role))
    after = given.created[given.child[slot]] - given.created[fertile]
    mine = np.flatnonzero(private & own[fertile] & (after < _OWN_WITHIN * _DAY))
    owner[given.child[slot[mine]]] = fertile[mine]
    sequel = np.flatnonzero(given.sequel)
    pool = np.zeros(edges, dtype=bool)
    pool[free] = True
    pool[sequel] = pool[slot[private]] = False
    source = _copied(given, np.flatnonzero(pool), seed, ageing=ageing, loyalty=loyalty)
    model = np.full(edges, -1, dtype=np.int64)
    model[sequel] = given.child[given.source[sequel]]
    source[sequel] = sequel
    source[slot] = slot
    model[slot] = fertile
    parent = model[roots(source)]
    founder_of = np.full(len(GIANTS), -1, dtype=np.int64)
    giants = np.flatnonzero(given.giant >= 0)
    founder_of[given.giant[giants]] = giants
    parent[star >= 0] = founder_of[star[star >= 0]]
    names = [b.name for b in BREEDS]
    giant_breed = np.array([names.index(g.breed) for g in GIANTS])[given.giant[giants]]
    first = given.role[fertile] == _FOUNDER
    founders = np.concatenate([fertile[first], giants])
    breeds = np.concatenate([breed[first], giant_breed]).astype(np.int8)
    child, parent, kept = _distinct(given, parent, seed)
    return Attached(child, parent, kept, founders, breeds, owner)


def _copied(given: Attaching, free: Ints, seed: int, *, ageing: float, loyalty: float) -> Ints:
    """Return the edge that each edge copies: by habit, of its own relation, or of its breed."""
    random = stream(seed, "attachment")
    source = given.source.copy()
    uniform = random.random(len(free)) ** (1.0 - ageing)
    own = random.random(len(free))
    breed = given.breed[free].astype(np.int64)
    relation = given.role[given.child[free]].astype(np.int64)
    _, anywhere, _ = _earlier(breed, uniform)
    rank, within, size = _earlier(breed * len(RELATIONS) + relation, uniform)
    faith = np.where(relation == RELATION_CODE["merge"], loyalty * _MERGE_LOYALTY, loyalty)
    loyal = own < faith * rank / (rank + 1 + _SHY * size)
    copied = free[np.where(loyal, within, anywhere)]
    # What an account follows may be private: then it alone is followed, not the pool.
    habit = source[free] != free
    source[free] = np.where(habit, source[free], copied)
    return source


def _earlier(key: Ints, uniform: NDArray[np.float64]) -> tuple[Ints, Ints, Ints]:
    """Return per entry its rank among those of its key, an earlier one of them, how many."""
    order = np.argsort(key, kind="stable")
    ranked = key[order]
    fresh = np.ones(len(key), dtype=bool)
    fresh[1:] = ranked[1:] != ranked[:-1]
    starts = np.maximum.accumulate(np.where(fresh, np.arange(len(key)), 0))
    counts = np.diff(np.append(np.flatnonzero(fresh), len(key)))
    rank, earlier, size = (np.empty(len(key), dtype=np.int64) for _ in range(3))
    rank[order] = np.arange(len(key)) - starts
    start = np.empty(len(key), dtype=np.int64)
    start[order] = starts
    size[order] = np.repeat(counts, counts)
    step = np.minimum((uniform * rank).astype(np.int64), np.maximum(rank - 1, 0))
    earlier[:] = order[start + step]
    return rank, earlier, size


def _fertile(given: Attaching, possible: NDArray[np.bool_], seed: int) -> tuple[Ints, Ints]:
    """Choose the models that have children of their own, and the breeds of the founders."""
    role, created = given.role, given.created
    uniform = stream(seed, "fertility").random(len(created))
    breed = np.full(len(created), -1, dtype=np.int64)
    breed[given.child[given.first]] = given.breed[given.first]
    uniform = -np.log1p(-uniform) / np.array([*(b.fertile for b in BREEDS), 1.0])[breed]
    already = np.zeros(len(created), dtype=bool)
    already[given.child[given.source[given.sequel]]] = True
    chosen = []
    for name, share in published.FERTILITY.items():
        mine = role == RELATION_CODE[name]
        left = round(share * mine.sum()) - int((mine & already).sum())
        chosen.append(take_share(uniform, mine & possible & ~already, left))
    founders = (role == _FOUNDER) & (given.giant < 0)
    old = created <= seconds(published.FLOOR_TIME)
    for group, share in (
        (founders & old, published.FOUNDER_FERTILITY * published.FLOOR_FERTILITY),
        (founders & ~old, published.FOUNDER_FERTILITY),
    ):
        chosen.append(take_share(uniform, group & possible, round(share * group.sum())))
    fertile = np.sort(np.concatenate(chosen))
    alone = fertile[role[fertile] == _FOUNDER]
    there = presence(created[alone].astype(np.float64)) > 1e-3
    table = there.T * np.array([b.founders for b in BREEDS])
    draw = stream(seed, "founders").random(len(alone))
    breed[alone] = pick_rows(table, np.arange(len(alone)), draw)
    return fertile, breed[fertile]


def _first_children(
    given: Attaching, free: Ints, own: NDArray[np.bool_], seed: int
) -> tuple[Ints, Ints, Ints, NDArray[np.bool_]]:
    """Choose the fertile models, their breeds, the edge that gives each its first child.

    The last array tells the *private* ones, whose first child nobody copies; where they are
    ``own`` as well, it is of the same account and comes soon.
    """
    created, role = given.created, given.role
    alone = stream(seed, "private").random(len(created)) < np.where(
        role == _FOUNDER, _PRIVATE_FOUNDER, _PRIVATE_CHILD)  # fmt: skip
    # The planted families grow as they are said to: their members' children are not copied.
    alone |= given.star >= 0
    soon = np.where(alone & own, _OWN_DELAY, _DELAY) * _DAY
    delay = stream(seed, "delays").exponential(1.0, len(created)) * soon + _DAY / 24
    delay[created <= seconds(published.FLOOR_TIME)] = 0.0  # they had children before the Hub
    time = created[given.child]
    after = np.searchsorted(given.child, np.arange(len(created)), side="right")
    wanted = np.maximum(np.searchsorted(time, created + delay), after)
    fertile, breed = _fertile(given, wanted < len(time), seed)
    breed_of_edge = given.breed[free]
    plain = role[given.child[free]] != RELATION_CODE["merge"]
    models, breeds, slots, private = [], [], [], []
    lonely = np.flatnonzero((role == _FOUNDER) & (given.giant < 0))
    for number in range(len(BREEDS)):
        mine = free[breed_of_edge == number]
        if len(mine) == 0:
            continue
        # The first edges of a breed have little to copy: founders born shortly before have them.
        heads = mine[: 2 * _heads(number, len(mine)) : 2]
        place = np.searchsorted(lonely, given.child[heads]) - 1 - number
        head = lonely[np.maximum(place - len(BREEDS) * np.arange(len(heads)), 0)]
        ours = fertile[(breed == number) & ~np.isin(fertile, head)]
        line = free[(breed_of_edge == number) & plain & ~given.sequel[free]]
        line = line[~np.isin(line, heads)]
        ours, slot = _slots(ours, wanted[ours], line)
        models.append(np.append(head, ours))
        slots.append(np.append(heads, slot))
        breeds.append(np.full(len(ours) + len(head), number))
        private.append(np.append(np.zeros(len(head), dtype=bool), alone[ours]))
    if not models:
        nobody = np.empty(0, dtype=np.int64)
        return nobody, nobody, nobody, np.empty(0, dtype=bool)
    return (np.concatenate(models), np.concatenate(breeds), np.concatenate(slots),
            np.concatenate(private))  # fmt: skip


def _heads(breed: int, edges: int) -> int:
    """Return how many founders start a breed, so that none takes most of it: convention."""
    usual = min(max(round(2.0 * sum(BREEDS[breed].edges.values())), 8), 140)
    return max(min(usual, edges // 40), 1)


def _slots(models: Ints, wanted: Ints, line: Ints) -> tuple[Ints, Ints]:
    """Give each model the first free edge of a line that is not before the wanted one."""
    order = np.argsort(wanted, kind="stable")
    models, wanted = models[order], wanted[order]
    step = np.arange(len(models))
    place = np.maximum.accumulate(np.searchsorted(line, wanted) - step) + step
    inside = place < len(line)
    return models[inside], line[place[inside]]


def _distinct(given: Attaching, parent: Ints, seed: int) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Replace the repeated parents of merges; what repeats after eight rounds is dropped."""
    child = given.child
    rows = np.flatnonzero(given.role[child] == RELATION_CODE["merge"])
    keep = np.ones(len(child), dtype=bool)
    if len(rows) == 0:
        return child, parent, keep
    random = stream(seed, "merge repeats")
    models = int(child.max()) + 1
    parent = parent.copy()
    for _ in range(8):
        again = np.flatnonzero(occurrence(child[rows] * models + parent[rows]) > 0)
        if len(again) == 0:
            return child, parent, keep
        window = (random.random(len(again)) * np.minimum(again, 2_000)).astype(np.int64)
        parent[rows[again]] = parent[rows[again - 1 - window.clip(0, again - 1)]]
    keep[rows[occurrence(child[rows] * models + parent[rows]) > 0]] = False
    return child[keep], parent[keep], keep
