"""What is wrong in the records: which models and claims are spoilt, at rates that can be set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.sources.synthetic import names, published
from cladist.sources.synthetic.birth import FOUNDER, Births
from cladist.sources.synthetic.draws import Ints, stream, take_share
from cladist.sources.synthetic.inherit import Traits
from cladist.sources.synthetic.published import seconds
from cladist.vocab import RELATION_CODE

_DAY: Final = 86_400
_CIRCLES_FROM: Final = 5_000

EXACT, BARE, SLASH, CASE, RENAMED = range(5)


@dataclass(frozen=True)
class Dirt:
    """Rates of what is wrong in the records (all conventions; 0 is clean).

    ``ghosts``: share of the parents that have no record of their own but are still named.
    ``self_loops``: share of the edges whose child, a fine-tune or merge, also names itself.
    ``cycles``: share of the edges whose parent also names the child; at least one from 1,000
    edges on, unless 0. ``long_cycles``: the same of a grandparent or, by turns, a
    great-grandparent, so that 3 or 4 models stand in a circle; at least one of each from 5,000
    edges on, unless 0. ``legacy``: share of the parents older than the Hub's dates that once had
    a bare id; ``bare_ids``: share of the claims on those that still write it. ``renamed``: share
    of the parents that have another id now; ``old_ids``: share of the claims on those that still
    write the old one. ``trailing_slash`` and ``case_variant``: shares of claims. ``recreated``:
    share of the parents that look younger than their children. The others are shares of models:
    ``false_tags`` are words that resemble language codes; ``missing_licenses`` are licences that a
    model has and would have stated; ``other_bases`` are adapters and merges whose configuration
    file, in a folder of repositories, names another base than the tags. In front matter, so on
    models with cards: ``wrong_types``, a ``stale`` licence that the tags do not have,
    ``broken_yaml`` that nothing can be read from.
    """

    ghosts: float = 0.006
    self_loops: float = 0.001
    cycles: float = 2e-5
    long_cycles: float = 1e-5
    other_bases: float = 0.005
    legacy: float = 0.1
    bare_ids: float = 0.3
    renamed: float = 0.005
    old_ids: float = 0.3
    trailing_slash: float = 0.001
    case_variant: float = 0.001
    duplicates: float = 0.0005
    bad_dates: float = 0.0002
    recreated: float = 0.005
    false_tags: float = 0.01
    missing_licenses: float = 0.0
    wrong_types: float = 0.001
    stale: float = 0.002
    broken_yaml: float = 0.0005

    @classmethod
    def none(cls) -> Dirt:
        """Return no dirt at all."""
        return cls(*[0.0] * len(fields(cls)))

    @classmethod
    def of(cls, rates: Mapping[str, float]) -> Dirt:
        """Return the defaults with some rates replaced.

        Raises
        ------
        InputError
            If a name is no kind of dirt.
        """
        known = [f.name for f in fields(cls)]
        for name in rates:
            if name not in known:
                raise InputError.not_among("Kind of dirt", name, known)
        return cls(**rates)


@dataclass(frozen=True)
class Claims:
    """What the records say of descent; ``spelling`` is how the parent's id is written."""

    child: Ints
    parent: Ints
    relation: NDArray[np.int8]
    spelling: NDArray[np.int8]


def choose_ghosts(births: Births, count: int, seed: int) -> NDArray[np.bool_]:
    """Remove parents from the records, no giants; if there are too few of them, other models."""
    size = len(births.role)
    is_parent = np.zeros(size, dtype=bool)
    is_parent[births.parent] = True
    uniform = stream(seed, "ghosts").random(size)
    ghost = np.zeros(size, dtype=bool)
    ghost[take_share(uniform, is_parent & (births.giant < 0), count)] = True
    ghost[take_share(uniform, ~is_parent, count - int(ghost.sum()))] = True
    return ghost


@dataclass(frozen=True)
class Records:
    """What the records say, in which order, and what was planted in them."""

    claims: Claims
    rows: Ints
    created: Ints
    modified: Ints
    planted: dict[str, Ints]
    aliases: dict[str, str]


def records(
    births: Births,
    named: names.Names,
    ghost: NDArray[np.bool_],
    traits: Traits,
    readable: NDArray[np.bool_],
    seed: int,
    *,
    rate: Mapping[str, float],
) -> Records:
    """Turn the truth into what the records say, dirt included."""
    size = len(ghost)
    declared = ~ghost
    planted: dict[str, Ints] = {"ghosts": np.flatnonzero(ghost)}

    def some(name: str, eligible: NDArray[np.bool_]) -> Ints:
        uniform = stream(seed, f"dirt {name}").random(len(eligible))
        planted[name] = take_share(uniform, eligible, round(rate[name] * int(eligible.sum())))
        return planted[name]

    claims = _claims(births, declared, seed, rate, planted)
    created = births.created.copy()
    is_parent = np.zeros(size, dtype=bool)
    is_parent[births.parent] = True
    late = some("recreated", is_parent & declared)
    last = seconds(published.LAST_TIME)
    created[late] = np.minimum(last, created[late] + 300 * _DAY)
    delay = stream(seed, "modified").exponential(20 * _DAY, size).astype(np.int64)
    modified = np.minimum(last, created + delay)
    some("bad_dates", declared)
    some("false_tags", declared)
    traits.stated["license"][some("missing_licenses", declared & traits.stated["license"])] = False
    derived = np.isin(births.role, (RELATION_CODE["adapter"], RELATION_CODE["merge"]))
    some("other_bases", declared & derived)
    for name in ("wrong_types", "stale", "broken_yaml"):
        some(name, declared & readable)
    twice = some("duplicates", declared)
    old = is_parent & (births.role == FOUNDER) & (births.giant < 0)
    old &= births.created <= seconds(published.FLOOR_TIME)
    legacy = some("legacy", old)
    renamed = some("renamed", is_parent & declared & ~np.isin(np.arange(size), legacy))
    aliases, known = _aliases(named, legacy, renamed)
    for name, spelling in (("bare_ids", BARE), ("old_ids", RENAMED), ("trailing_slash", SLASH),
                           ("case_variant", CASE)):  # fmt: skip
        eligible = claims.spelling == EXACT
        if spelling in known:
            eligible &= known[spelling][claims.parent]
        claims.spelling[some(name, eligible)] = spelling
    # In the order of birth, a date that was changed would be told by its place.
    listed = stream(seed, "listing").permutation(np.flatnonzero(declared))
    rows = np.concatenate([listed, twice])
    return Records(claims, rows, created, modified, planted, aliases)


def former_ids(model_id: pa.Array, spelling: int) -> pa.Array:
    """Return the bare ids or the old ids of models."""
    pattern, new = ("^[^/]*/", "") if spelling == BARE else ("^([^/]*)/", r"\1-archive/")
    return pc.replace_substring_regex(model_id, pattern, new)


def _aliases(
    named: names.Names, legacy: Ints, renamed: Ints
) -> tuple[dict[str, str], dict[int, NDArray[np.bool_]]]:
    """Return former id -> id, and by spelling which models have such a former id."""
    aliases: dict[str, str] = {}
    known = {}
    for spelling, models in ((BARE, legacy), (RENAMED, renamed)):
        current = named.model_id.take(pa.array(models))
        former = former_ids(current, spelling).to_pylist()
        for word, model_id in zip(former, current.to_pylist(), strict=True):
            aliases.setdefault(word, model_id)
        first = [aliases[w] == m for w, m in zip(former, current.to_pylist(), strict=True)]
        known[spelling] = np.zeros(len(named.author), dtype=bool)
        known[spelling][models[np.array(first, dtype=bool)]] = True
    return aliases, known


def _claims(
    births: Births,
    declared: NDArray[np.bool_],
    seed: int,
    rate: Mapping[str, float],
    planted: dict[str, Ints],
) -> Claims:
    """Return the claims of the records, sorted by child: true ones, then what was planted."""
    child, parent, relation = births.child, births.parent, births.relation
    told = declared[child]
    edges = len(child)
    uniform = stream(seed, "self loops").random(edges)
    made = (relation == RELATION_CODE["finetune"]) | (relation == RELATION_CODE["merge"])
    loops = np.unique(child[take_share(uniform, told & made, round(rate["self_loops"] * edges))])
    uniform = stream(seed, "cycles").random(edges)
    wanted = round(rate["cycles"] * edges) or int(rate["cycles"] > 0 and edges >= 1_000)
    back = take_share(uniform, told & declared[parent], wanted)
    planted["self_loops"] = loops
    planted["cycles"] = np.stack([child[back], parent[back]], axis=1)
    planted["long_cycles"] = _long_cycles(births, declared, seed, rate["long_cycles"])
    low, high = planted["long_cycles"].T
    children = np.concatenate([child[told], loops, parent[back], high])
    parents = np.concatenate([parent[told], loops, child[back], low])
    codes = np.concatenate([relation[told], births.role[loops], relation[back],
                            births.role[low]])  # fmt: skip
    order = np.argsort(children, kind="stable")
    spelling = np.zeros(len(order), dtype=np.int8)
    return Claims(children[order], parents[order], codes[order], spelling)


def _long_cycles(births: Births, declared: NDArray[np.bool_], seed: int, rate: float) -> Ints:
    """Choose models and the (great-)grandparent along primary parents that names each: n x 2."""
    edges = len(births.child)
    wanted = round(rate * edges)
    if rate > 0 and edges >= _CIRCLES_FROM:
        wanted = max(wanted, 2)
    uniform = stream(seed, "long cycles").random(len(declared))
    three, four = (_ancestor(births, declared, steps) for steps in (2, 3))
    low = take_share(uniform, three >= 0, (wanted + 1) // 2)
    four[low] = -1
    deep = take_share(uniform, four >= 0, wanted // 2)
    pairs = [np.stack([low, three[low]], axis=1), np.stack([deep, four[deep]], axis=1)]
    return np.concatenate(pairs)


def _ancestor(births: Births, declared: NDArray[np.bool_], steps: int) -> Ints:
    """Return who is so many steps up, -1 where the records do not lead there."""
    top = np.where(declared, np.arange(len(declared)), -1)
    for _ in range(steps):
        above = np.where(top >= 0, births.primary[top], -1)
        top = np.where((above >= 0) & declared[above], above, -1)
    return top
