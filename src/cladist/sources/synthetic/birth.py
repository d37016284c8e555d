"""Who is born when, and from whom: roles, dates, parents.

Models are numbered in the order of birth, so every parent has a smaller number than its child
and the true lineage has no cycle. Children choose parents by copying: a child takes the parent
of an earlier edge (preferential attachment, because a parent of many edges is copied more
often), earlier edges of its own relation first and recent ones more often (ageing). A few
edges instead give a *fertile* model its first child. Chains of copies are resolved by pointer
jumping: no loop over models, and no block size on which the outcome could depend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cladist.sources.synthetic import published
from cladist.sources.synthetic.draws import Ints, Reals, occurrence, pick, stream, take_share
from cladist.vocab import RELATION_CODE, RELATIONS

#: The role of a model without parents; children carry the code of their relation.
FOUNDER = -1
_DAY = 86_400
#: Until this share of a relation's edges exists, half of its children copy other relations
#: (without it the first parent of a relation would take most of it).
_SHY = 0.02


@dataclass(frozen=True)
class Births:
    """Everything that happened: one entry per model, one per true edge.

    ``created`` is in seconds since 1970. ``primary`` is the first parent (-1: none). Edges are
    sorted by child; the first edge of a child is its primary one.
    """

    created: Ints
    role: NDArray[np.int8]
    primary: Ints
    child: Ints
    parent: Ints

    @property
    def relation(self) -> NDArray[np.int8]:
        """Relation code of each edge."""
        return self.role[self.child]


def seconds(text: str) -> int:
    """Return the seconds since 1970 of an ISO date or time in UTC."""
    return int(np.datetime64(text, "s").astype(np.int64))


def bear(
    models: int, seed: int, relations: Mapping[str, float], ageing: float, loyalty: float
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
    """
    created = _dates(models, seed)
    role = _roles(created, seed, relations)
    size = np.where(role >= 0, 1, 0)
    merges = np.flatnonzero(role == RELATION_CODE["merge"])
    counts = np.array(list(published.MERGE_PARENTS))
    draw = stream(seed, "merge sizes").random(len(merges))
    size[merges] = counts[pick(draw, published.MERGE_PARENTS.values())]
    child = np.repeat(np.arange(models, dtype=np.int64), size)
    parent = _parents(child, created, role, seed, ageing=ageing, loyalty=loyalty)
    child, parent = _distinct(child, parent, merges, seed)
    primary = np.full(models, -1, dtype=np.int64)
    first = np.ones(len(child), dtype=bool)
    first[1:] = child[1:] != child[:-1]
    primary[child[first]] = parent[first]
    return Births(created, role, primary, child, parent)


def _dates(models: int, seed: int) -> Ints:
    marks = [seconds(published.FLOOR_TIME), *map(seconds, published.CREATED_BEFORE),
             seconds(published.LAST_TIME)]  # fmt: skip
    shares = [published.FLOOR_SHARE, *published.CREATED_BEFORE.values(), 1.0]
    uniform = np.sort(stream(seed, "dates").random(models))
    return np.interp(uniform, shares, marks).astype(np.int64)


def _roles(created: Ints, seed: int, relations: Mapping[str, float]) -> NDArray[np.int8]:
    mean_parents = sum(k * p for k, p in published.MERGE_PARENTS.items())
    chance = np.zeros((len(RELATIONS), len(created)))
    for name, per_model in relations.items():
        start, full = (seconds(d) for d in published.RELATION_RAMP[name])
        weight = np.clip((created - start) / (full - start), 0.0, 1.0)
        children = per_model / (mean_parents if name == "merge" else 1.0) * len(created)
        chance[RELATION_CODE[name]] = weight * children / max(weight.sum(), 1.0)
    cdf = np.cumsum(chance, axis=0)
    cdf *= np.minimum(1.0, 0.98 / np.maximum(cdf[-1], 1e-12))
    uniform = stream(seed, "roles").random(len(created))
    code = (uniform >= cdf).sum(axis=0)
    role = np.where(code < len(RELATIONS), code, FOUNDER).astype(np.int8)
    role[:1] = FOUNDER
    return role


def _first_children(
    child: Ints, created: Ints, role: NDArray[np.int8], seed: int
) -> tuple[Ints, Ints]:
    """Choose the fertile models and the edge that gives each its first child."""
    random = stream(seed, "fertility")
    delay = random.exponential(75 * _DAY, len(created)) + _DAY / 4
    delay[created <= seconds(published.FLOOR_TIME)] = 0.0  # they had children before the Hub
    uniform = random.random(len(created))
    edge_time = created[child]
    after = np.searchsorted(child, np.arange(len(created)), side="right")
    wanted = np.maximum(np.searchsorted(edge_time, created + delay), after)
    possible = wanted < len(child)
    fertile = []
    for name, share in published.FERTILITY.items():
        mine = role == RELATION_CODE[name]
        fertile.append(take_share(uniform, mine & possible, round(share * mine.sum())))
    founders = role == FOUNDER
    old = created <= seconds(published.FLOOR_TIME)
    for group, share in (
        (founders & old, published.FOUNDER_FERTILITY * published.FLOOR_FERTILITY),
        (founders & ~old, published.FOUNDER_FERTILITY),
    ):
        fertile.append(take_share(uniform, group & possible, round(share * group.sum())))
    chosen = np.concatenate(fertile)
    chosen = chosen[chosen > 0]
    chosen = chosen[np.argsort(wanted[chosen], kind="stable")]
    step = np.arange(len(chosen))
    slot = np.maximum.accumulate(wanted[chosen] - step) + step + 1
    inside = slot < len(child)
    # Somebody must be the first parent of all: model 0, at edge 0 (hence the + 1 above).
    zero = np.zeros(1, dtype=np.int64)
    return np.concatenate([zero, chosen[inside]]), np.concatenate([zero, slot[inside]])


def _parents(
    child: Ints,
    created: Ints,
    role: NDArray[np.int8],
    seed: int,
    *,
    ageing: float,
    loyalty: float,
) -> Ints:
    edges = len(child)
    if edges == 0:
        return np.empty(0, dtype=np.int64)
    random = stream(seed, "attachment")
    uniform = random.random(edges) ** (1.0 - ageing)
    own = random.random(edges)
    everywhere = np.arange(edges)
    source = np.minimum((uniform * everywhere).astype(np.int64), np.maximum(everywhere - 1, 0))
    relation = role[child]
    for code in range(len(RELATIONS)):
        mine = np.flatnonzero(relation == code)
        rank = np.arange(len(mine))
        earlier = np.minimum((uniform[mine] * rank).astype(np.int64), np.maximum(rank - 1, 0))
        loyal = own[mine] < loyalty * rank / (rank + 1 + _SHY * len(mine))
        source[mine[loyal]] = mine[earlier[loyal]]
    fertile, slot = _first_children(child, created, role, seed)
    founders = role[fertile] == FOUNDER
    _campaigns(
        source, created[child], relation, created[fertile[founders]], slot[founders], seed=seed
    )
    source[slot] = slot
    while True:
        further = source[source]
        if np.array_equal(further, source):
            break
        source = further
    model = np.full(edges, -1, dtype=np.int64)
    model[slot] = fertile
    return model[source]


def _campaigns(
    source: Ints,
    time: Ints,
    relation: NDArray[np.int8],
    released: Ints,
    slot: Ints,
    *,
    seed: int,
) -> None:
    """Let bulk uploads of adapters copy the first edge of one founder each (in place).

    ``released`` and ``slot`` are the dates and the first edges of the fertile founders.
    """
    adapters = relation == RELATION_CODE["adapter"]
    for number, (after, start, end, share) in enumerate(published.CAMPAIGNS):
        chosen = np.flatnonzero(released >= seconds(after))
        if len(chosen) == 0:
            continue
        first = slot[chosen[np.argmin(slot[chosen])]]
        uniform = stream(seed, f"campaign {number}").random(len(source))
        window = adapters & (time >= seconds(start)) & (time < seconds(end)) & (uniform < share)
        window[: first + 1] = False
        source[window] = first


def _distinct(child: Ints, parent: Ints, merges: Ints, seed: int) -> tuple[Ints, Ints]:
    """Replace the repeated parents of merges; what repeats after eight rounds is dropped."""
    if len(merges) == 0:
        return child, parent
    random = stream(seed, "merge repeats")
    rows = np.flatnonzero(np.isin(child, merges))
    models = int(child.max()) + 1
    for _ in range(8):
        repeats = rows[occurrence(child[rows] * models + parent[rows]) > 0]
        if len(repeats) == 0:
            return child, parent
        window: Reals = random.random(len(repeats)) * np.minimum(repeats, 20_000)
        parent = parent.copy()
        parent[repeats] = parent[repeats - 1 - window.astype(np.int64).clip(0, repeats - 1)]
    keep = np.ones(len(child), dtype=bool)
    keep[rows[occurrence(child[rows] * models + parent[rows]) > 0]] = False
    return child[keep], parent[keep]
