"""A simulated hub: its options, its content, and the truth beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.sources.synthetic import cards as card_text
from cladist.sources.synthetic import names, published
from cladist.sources.synthetic.birth import FOUNDER, Births, bear
from cladist.sources.synthetic.draws import Ints, stream, take_share
from cladist.sources.synthetic.inherit import Traits, pass_on
from cladist.sources.synthetic.kernels import RATES, Kernel
from cladist.sources.synthetic.published import seconds
from cladist.vocab import RELATION_CODE, RELATIONS

#: The tag that every simulated model carries: the one reliable mark.
MARK: Final = "cladist-simulated"

EXACT, BARE, SLASH, CASE, RENAMED = range(5)


@dataclass(frozen=True)
class Dirt:
    """Rates of what is wrong in the records (all conventions; 0 is clean).

    ``ghosts``: share of the parents that have no record of their own but are still named.
    ``self_loops``: share of the edges whose child, a fine-tune or merge, also names itself.
    ``cycles``: share of the edges whose parent also names the child; at least one from 1,000
    edges on, unless 0. ``legacy``: share of the parents older than the Hub's dates that once had
    a bare id; ``bare_ids``: share of the claims on those that still write it. ``renamed``: share
    of the parents that have another id now; ``old_ids``: share of the claims on those that still
    write the old one. ``trailing_slash`` and ``case_variant``: shares of claims. The others are
    shares of models: ``recreated`` ones look younger than their children; ``false_tags`` are
    words that resemble language codes; ``missing_licenses`` are licences that a model has and
    would have stated. In front matter, so on models with cards: ``wrong_types``, a ``stale``
    licence that the tags do not have, ``broken_yaml`` that nothing can be read from.
    """

    ghosts: float = 0.006
    self_loops: float = 0.001
    cycles: float = 2e-5
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
            _check_among("Kind of dirt", name, known)
        return cls(**rates)


@dataclass(frozen=True)
class Truth:
    """What no reader of the files is told.

    ``planted`` holds the models (or, for spellings, the claims) with each kind of dirt, and
    under ``self_loops`` and ``cycles`` the models with such claims (a cycle: child, parent).
    ``aliases`` maps each bare legacy id, and each old one, to the model that it stands for.
    """

    kernels: Mapping[str, Kernel]
    planted: Mapping[str, Ints]
    aliases: Mapping[str, str]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Claims:
    """What the records say of descent; ``spelling`` is how the parent's id is written."""

    child: Ints
    parent: Ints
    relation: NDArray[np.int8]
    spelling: NDArray[np.int8]


@dataclass(frozen=True)
class SyntheticHub:
    """Every model that ever was, in the order of birth, ghosts included.

    ``rows`` are the models in the order of the records (a duplicate comes twice, the older
    reading last); ``ghost`` marks the models without a record. ``births`` is the true lineage,
    ``claims`` what the records say; ``traits`` are latent values and what is stated of them.
    """

    seed: int
    model_id: pa.Array
    names: names.Names
    births: Births
    claims: Claims
    traits: Traits
    ghost: NDArray[np.bool_]
    rows: Ints
    created: Ints
    modified: Ints
    downloads: Ints
    likes: Ints
    cards: card_text.Cards | None
    truth: Truth

    @property
    def models(self) -> int:
        """Number of models with a record, duplicates counted once."""
        return int((~self.ghost).sum())


def simulate_hub(
    models: int,
    seed: int,
    *,
    dirt: Dirt | None = None,
    cards: bool = True,
    relations: Mapping[str, float] | None = None,
    mutation: Mapping[str, Mapping[str, float | Mapping[str, float]]] | None = None,
    neutral: bool = False,
    silence: float | None = None,
    ageing: float = 0.05,
    loyalty: float = 0.85,
    habit: float = 0.3,
    giants: bool = True,
) -> SyntheticHub:
    """Simulate a hub whose history is known.

    The defaults aim at the marginals that Laufer, Oderinwale and Kleinberg published
    (arXiv 2508.06811); :mod:`cladist.sources.synthetic.published` names each one, and
    ``docs/simulator.md`` shows how near they come.

    Parameters
    ----------
    models
        Number of models with a record; ghosts come on top.
    seed
        Seed of every draw. The same seed, options and NumPy give the same hub: each purpose has
        its own stream, and nothing depends on how rows are later cut into blocks.
    dirt
        Rates of what is wrong in the records; None for the defaults of :class:`Dirt`.
    cards
        Whether records have cards: front matter and text.
    relations
        Edges per model by relation; None for the published numbers.
    mutation
        Trait -> relation -> probability that a child differs, in place of the defaults; or one
        per parent's value, ``*`` for all others.
    neutral
        Whether mutation has no direction: what changes is drawn anew from the founders' values.
    silence
        Probability that a model of a lineage leaves a trait out, the same for all; None: by trait
        and relation as published.
    ageing
        How strongly children prefer parents in recent use: 0 not at all, below 1.
    loyalty
        Probability that a child chooses among the parents of its own relation.
    habit
        Probability that an account takes the parent of its last model again; with 0 no account
        goes on from its own models either.
    giants
        Whether the largest stars are planted as published; else all attachment is preferential.

    Raises
    ------
    InputError
        If a number is out of range or a relation or trait is not known.
    """
    edges = {k: v * (1 + published.UNMATCHED) / published.MODELS
             for k, v in published.EDGES.items()}  # fmt: skip
    edges = dict(edges if relations is None else relations)
    own = {trait: {r: {"*": v} if isinstance(v, int | float) else dict(v) for r, v in t.items()}
           for trait, t in (mutation or {}).items()}  # fmt: skip
    shares = {"ageing": ageing, "loyalty": loyalty, "habit": habit, **asdict(dirt or Dirt())}
    if silence is not None:
        shares["silence"] = silence
    _check(models, seed, edges, own, shares)
    missing = round(shares["ghosts"] * _PARENTS_EACH * models)
    births = bear(models + missing, seed, edges, ageing=ageing, loyalty=loyalty, habit=habit,
                  giants=giants)  # fmt: skip
    named = names.name(births, seed)
    downloads, likes = names.popularity(births, seed)
    ghost = _ghosts(births, missing, seed)
    kind = card_text.kinds(births, ~ghost, seed)
    carded = (kind != card_text.NO_CARD) | (not cards)
    traits, rules = pass_on(births, own, carded, ~ghost, seed, silence=silence, neutral=neutral)
    options = {"models": models, "seed": seed, "cards": cards, "relations": edges,
               "mutation": own, "neutral": neutral, "giants": giants, **shares}  # fmt: skip
    readable = kind != card_text.NO_CARD if cards else np.zeros(len(kind), dtype=bool)
    records = _records(births, named, ghost, traits, readable, seed, rate=shares)
    return SyntheticHub(
        seed=seed,
        model_id=named.model_id,
        names=named,
        births=births,
        claims=records.claims,
        traits=traits,
        ghost=ghost,
        rows=records.rows,
        created=records.created,
        modified=records.modified,
        downloads=downloads,
        likes=likes,
        cards=card_text.deal(births, kind, seed) if cards else None,
        truth=Truth(rules, records.planted, records.aliases, options),
    )


#: Parents per model, about, with the published mix.
_PARENTS_EACH: Final = 0.025
_DAY: Final = 86_400


def _check(
    models: int,
    seed: int,
    edges: Mapping[str, float],
    mutation: Mapping[str, Mapping[str, Mapping[str, float]]],
    shares: Mapping[str, float],
) -> None:
    if models < 0 or seed < 0:
        raise InputError(
            f"models = {models}, seed = {seed}: neither may be negative.", "Give 0 or more."
        )
    for name, value in shares.items():
        _check_share(name, value)
    if shares["ageing"] == 1:
        raise InputError("ageing = 1 leaves no edge to copy.", "Give a number below 1.")
    for relation, value in edges.items():
        _check_among("Relation", relation, published.RELATION_RAMP)
        _check_share(f"edges per model by {relation}", value)
    for trait, table in mutation.items():
        _check_among("Trait", trait, RATES)
        for relation, rates in table.items():
            _check_among("Relation", relation, RELATIONS)
            for source, rate in rates.items():
                _check_share(f"mutation of {trait} by {relation} from {source}", rate)


def _check_among(what: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise InputError.not_among(what, value, known)


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise InputError(f"{name} = {value} is no share.", "Give a number from 0 to 1.")


def _ghosts(births: Births, count: int, seed: int) -> NDArray[np.bool_]:
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
class _Records:
    claims: Claims
    rows: Ints
    created: Ints
    modified: Ints
    planted: dict[str, Ints]
    aliases: dict[str, str]


def _records(
    births: Births,
    named: names.Names,
    ghost: NDArray[np.bool_],
    traits: Traits,
    readable: NDArray[np.bool_],
    seed: int,
    *,
    rate: Mapping[str, float],
) -> _Records:
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
    rows = np.concatenate([np.flatnonzero(declared), twice])
    return _Records(claims, rows, created, modified, planted, aliases)


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
    children = np.concatenate([child[told], loops, parent[back]])
    parents = np.concatenate([parent[told], loops, child[back]])
    codes = np.concatenate([relation[told], births.role[loops], relation[back]])
    order = np.argsort(children, kind="stable")
    spelling = np.zeros(len(order), dtype=np.int8)
    return Claims(children[order], parents[order], codes[order], spelling)
