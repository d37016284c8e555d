"""A simulated hub: its options, its content, and the truth beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cladist.sources.synthetic import cards as card_text
from cladist.sources.synthetic import fame, names, published
from cladist.sources.synthetic.birth import Births, bear
from cladist.sources.synthetic.dirt import Claims, Dirt, choose_ghosts, records
from cladist.sources.synthetic.draws import Ints
from cladist.sources.synthetic.inherit import Traits, pass_on
from cladist.sources.synthetic.kernels import Kernel
from cladist.sources.synthetic.options import check_process, checked_transitions, table_of

#: The tag that every simulated model carries: the one reliable mark.
MARK: Final = "cladist-simulated"


@dataclass(frozen=True)
class Truth:
    """What no reader of the files is told.

    ``planted`` holds the models (or, for spellings, the claims) with each kind of dirt, and
    under ``self_loops``, ``cycles`` and ``long_cycles`` the models with such claims (a cycle:
    child, and the parent or ancestor that names it).
    ``aliases`` maps each bare legacy id, and each old one, to the model that it stands for.
    """

    kernels: Mapping[str, Kernel]
    planted: Mapping[str, Ints]
    aliases: Mapping[str, str]
    options: Mapping[str, Any]


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
    transitions: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]] | None = None,
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
    transitions
        Trait -> relation -> parent's value -> child's value -> share of the changes; ``*`` stands
        for every relation, and for every parent's value. What a row leaves of 1 goes where it
        usually does. Not for lists (languages, data sets), nor of neutral mutation.
    neutral
        Whether mutation has no direction: as much goes from a to b as from b to a, see
        :class:`~cladist.sources.synthetic.kernels.Balance`.
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
    wanted = edges if relations is None else table_of("relations", relations)
    # What is drawn must not depend on the order in which relations are named.
    edges = {r: wanted[r] for r in sorted(wanted, key=[*edges, *wanted].index)}
    own = {trait: {r: v if isinstance(v, Mapping) else {"*": v}
                   for r, v in table_of(f"mutation of {trait}", t).items()}
           for trait, t in table_of("mutation", mutation or {}).items()}  # fmt: skip
    shares = {"ageing": ageing, "loyalty": loyalty, "habit": habit, **asdict(dirt or Dirt())}
    if silence is not None:
        shares["silence"] = silence
    check_process(models, seed, edges, own, shares)
    flows = checked_transitions(transitions or {}, neutral=neutral)
    births, missing = _with_ghosts(models, shares["ghosts"], lambda many: bear(
        many, seed, edges, ageing=ageing, loyalty=loyalty, habit=habit, giants=giants))  # fmt: skip
    named = names.name(births, seed)
    downloads, likes = fame.popularity(births, seed)
    ghost = choose_ghosts(births, missing, seed)
    kind = card_text.kinds(births, ~ghost, seed)
    carded = (kind != card_text.NO_CARD) | (not cards)
    traits, rules = pass_on(
        births, own, flows, carded, ~ghost, seed, silence=silence, neutral=neutral
    )
    options = {"models": models, "seed": seed, "cards": cards, "relations": edges,
               "mutation": own, "transitions": flows, "neutral": neutral,
               "giants": giants, "silence": silence, **shares}  # fmt: skip
    readable = kind != card_text.NO_CARD if cards else np.zeros(len(kind), dtype=bool)
    told = records(births, named, ghost, traits, readable, seed, rate=shares)
    return SyntheticHub(
        seed=seed,
        model_id=named.model_id,
        names=named,
        births=births,
        claims=told.claims,
        traits=traits,
        ghost=ghost,
        rows=told.rows,
        created=told.created,
        modified=told.modified,
        downloads=downloads,
        likes=likes,
        cards=card_text.deal(births, kind, traits, rules, seed) if cards else None,
        truth=Truth(rules, told.planted, told.aliases, options),
    )


#: Parents per model, about, with the published mix: where to begin.
PARENTS_EACH: Final = 0.025
#: Ghosts may be off by this share of what was asked for, or by this many.
_NEAR, _FEW = 0.1, 1


def _with_ghosts(models: int, rate: float, born: Callable[[int], Births]) -> tuple[Births, int]:
    """Return births, and how many of their parents shall be ghosts: ``rate`` of them.

    How many parents there are is known only once all are born, ghosts included.
    """
    missing = round(rate * PARENTS_EACH * models)
    for _ in range(4):
        births = born(models + missing)
        wanted = round(rate * len(births.parents))
        if abs(wanted - missing) <= max(_NEAR * wanted, _FEW):
            break
        missing = wanted
    return births, len(births.role) - models
