"""Model cards: which kind a model has, what it takes over from its parent, and the text.

A card is front matter and up to eight sections. A section is a number (its *variant*, see
:mod:`cladist.sources.synthetic.passages`): children take over their primary parent's variants with
known edits, whatever kind of card they show, and the text is written from the numbers only when
somebody asks for it, a block at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import optimize, special

from cladist.sources.synthetic import passages, phrases, pools, published
from cladist.sources.synthetic.birth import FOUNDER, Births
from cladist.sources.synthetic.breeds import BREEDS, GIANTS
from cladist.sources.synthetic.draws import Ints, Reals, allot, by_role, pick, stream
from cladist.sources.synthetic.inherit import Traits
from cladist.sources.synthetic.kernels import Kernel
from cladist.sources.synthetic.passages import Codes
from cladist.sources.synthetic.writers import writers
from cladist.vocab import RELATION_CODE, RELATIONS

#: No card, front matter only, written by hand, by a training script, from the hub's template, by
#: a tool (no phrase in it says that it was).
NO_CARD, STUB, OWN, TRAINER, TEMPLATE, TOOL = range(6)

#: Share of children's cards with "automatically generated" in the text (published), then of those
#: written by a tool, and of front matter alone (conventions).
GENERATED: Final = {"founder": 0.10, "finetune": 0.535, "adapter": 0.292, "quantized": 0.005,
                    "merge": 0.0011, "unknown": 0.2}  # fmt: skip
_TOOL: Final = {"adapter": 0.45, "quantized": 0.72, "merge": 0.75}
_STUB: Final = {"finetune": 0.07, "adapter": 0.10, "quantized": 0.04, "merge": 0.08, "unknown": 0.1}
#: Of the cards of a bulk upload, from the template: convention (within the share of its relation).
_GENERATED_BULK: Final = 0.62
#: Quantizations and merges say so themselves; as parents too they are hardly ever generated.
_NEVER: Final = (RELATION_CODE["quantized"], RELATION_CODE["merge"])
#: From so many children on a card is there, and written by hand: convention.
_WELL_KNOWN: Final = 700
#: Conventions for the text that a child takes over: each section of its parent is dropped, or
#: rewritten, or, where absent, added, with these probabilities.
DROPPED: Final = {"finetune": 0.36, "adapter": 0.60, "quantized": 0.56, "merge": 0.68, "*": 0.5}
REWRITTEN: Final = {"finetune": 0.40, "adapter": 0.15, "quantized": 0.05, "merge": 0.15, "*": 0.15}
ADDED: Final = {"finetune": 0.60, "adapter": 0.25, "quantized": 0.20, "merge": 0.26, "*": 0.06}
#: How much authors differ in the length of what they write (of the logarithm), and how long
#: children's new sections are, a founder's being 1: conventions.
_SPREAD, _PARENT_SPREAD, _CHILD_SCALE = 0.9, 3.1, 0.80
#: Parents of such children write so much more or less, and below such a scale they leave sections
#: out: conventions that reproduce the lengths of parents' cards and the share of longer children.
_LENGTH_BY_CHILDREN: Final = {"finetune": 0.9, "adapter": 1.7, "quantized": 0.27, "merge": -11.0}
_TERSE: Final = 0.3
#: Sections that a parent's own card has at least: convention.
_LEAST: Final = 2
#: Levels of length among which the heavy parents of a breed are divided.
_STRATA: Final = 8
#: Of the cards of lone models that are neither template nor own: by a training script.
_TRAINER_ALONE: Final = 0.25
#: The sections that a training script leaves in place.
_EVALUATED: Final = (5,)


@dataclass(frozen=True)
class Cards:
    """Kind of card of each model, and the variant of each of its sections (0: absent)."""

    kind: NDArray[np.int8]
    variant: Codes


def kinds(births: Births, declared: NDArray[np.bool_], seed: int) -> NDArray[np.int8]:
    """Decide which kind of card every model has; lone models make up the published totals."""
    models = len(births.role)
    random = stream(seed, "card kinds")
    children = np.bincount(births.parent, minlength=models)
    parent = children > 0
    role = births.role + 1
    names = ("founder", *RELATIONS)
    present = by_role({**published.CARD_OF_CHILD, "*": published.CARD_OF_PARENT}, names)[role]
    present = np.where(parent, published.CARD_OF_PARENT, present)
    generated = by_role(GENERATED, names)[role]
    for number in np.unique(role[births.bulk]):
        mine = (role == number) & ~parent
        usual, bulk = generated[mine], births.bulk[mine]
        rest = (usual.sum() - _GENERATED_BULK * bulk.sum()) / max((~bulk).sum(), 1)
        generated[mine] = np.where(bulk, _GENERATED_BULK, max(rest, 0.0))
    some = np.flatnonzero(parent)
    known = (births.giant[some] >= 0) | (children[some] >= _WELL_KNOWN)
    known |= np.isin(births.role[some], _NEVER)
    weight = births.children_of(some)
    generated[some] = _generated_parents(weight, births.role[some] == FOUNDER, known)
    tool = np.where(parent, 0.2, 1.0) * by_role(_TOOL, names)[role]
    stub = np.where(parent, 0.03, by_role(_STUB, names)[role])
    draw = _spread_out(random.random(models), role, ~parent)
    draw[some] = _balanced(draw[some], generated[some], weight)
    script = random.random(models) < 0.88
    trainer = (births.role == RELATION_CODE["finetune"]) & script
    kind = np.full(models, OWN, dtype=np.int8)
    kind[draw > 1 - tool] = TOOL
    kind[draw < generated + stub] = STUB
    machine = draw < generated
    kind[machine] = np.where(trainer, TRAINER, TEMPLATE)[machine]
    kind[random.random(models) >= present] = NO_CARD
    kind[(births.giant >= 0) | (children >= _WELL_KNOWN)] = OWN
    rest = np.flatnonzero(births.breed < 0)
    kind[rest] = _alone(kind, births.breed >= 0, declared, rest, stream(seed, "alone cards"))
    return kind


def _generated_parents(
    weight: Reals, founder: NDArray[np.bool_], known: NDArray[np.bool_]
) -> Reals:
    """Return each parent's chance of a generated card, by what its children are.

    A parent's chance is the mean over its children of one number per relation, for founders and
    for others; the numbers are solved from the published shares of edges. Well-known parents have
    a chance of 0.
    """
    asked = [RELATION_CODE[r] for r in published.GENERATED_PARENT]
    wanted = np.array(list(published.GENERATED_PARENT.values()))
    mine = weight[:, asked]
    mix = mine / np.maximum(weight.sum(axis=1), 1)[:, None]
    parts = np.hstack([mix * founder[:, None], mix * ~founder[:, None]]) * ~known[:, None]
    share = mine.T @ parts / (np.maximum(mine.sum(axis=0), 1) * wanted)[:, None]
    numbers, _ = optimize.nnls(share, np.ones(len(wanted)))
    chance: Reals = np.minimum(parts @ numbers, 1.0)
    return chance


def _spread_out(uniform: Reals, group: NDArray[np.int8], some: NDArray[np.bool_]) -> Reals:
    """Replace uniform numbers by evenly spaced ones, group by group, in their order."""
    even = uniform.copy()
    for number in np.unique(group):
        nodes = np.flatnonzero((group == number) & some)
        even[nodes[np.argsort(uniform[nodes], kind="stable")]] = (
            np.arange(len(nodes)) + 0.5) / max(len(nodes), 1)  # fmt: skip
    return even


def _balanced(uniform: Reals, chance: Reals, weight: Reals) -> Reals:
    """Let the numbers of heavy parents fall below their chances as often as these say."""
    below = allot(np.stack([1 - chance, chance], axis=1), weight, 1 - uniform) == 1
    return np.where(below, uniform * chance, chance + uniform * (1 - chance))


def _alone(
    kind: NDArray[np.int8],
    family: NDArray[np.bool_],
    declared: NDArray[np.bool_],
    rest: Ints,
    random: np.random.Generator,
) -> NDArray[np.int8]:
    scale = int(declared.sum()) / published.MODELS
    met = np.bincount(kind[family & declared], minlength=6)
    cards = max(published.CARDS * scale - met[STUB:].sum(), 0.0)
    template = max(published.TEMPLATE_ARXIV_COUNT * scale - met[TEMPLATE], 0.0)
    # Nearly every card of one's own, or by a tool, has 512 characters.
    own = max(published.OWN_CARDS * scale - 0.96 * (met[OWN] + met[TOOL]), 0.0)
    left = max(cards - template - own, 0.0)
    weights = [max(len(rest) - cards, 0.0), left * (1 - _TRAINER_ALONE), own,
               left * _TRAINER_ALONE, template, 0.0]  # fmt: skip
    return pick(random.random(len(rest)), np.array(weights) + 1e-12).astype(np.int8)


def deal(
    births: Births,
    kind: NDArray[np.int8],
    traits: Traits,
    kernels: Mapping[str, Kernel],
    seed: int,
) -> Cards:
    """Let the sections of cards pass from parent to child."""
    models = len(births.role)
    shape = (models, len(pools.SECTIONS))
    random = stream(seed, "card sections")
    skill, chance = _writing(births, random.random(models))
    draw = random.random(shape, dtype=np.float32)
    giants = np.flatnonzero(births.giant >= 0)
    rank = np.argsort(np.argsort(draw[giants], axis=1), axis=1)
    draw[giants] = (rank + 0.5) / shape[1]  # as long as they are said to be, not by luck
    length = np.ceil(passages.VARIANTS * draw ** (1 / skill)[:, None]).astype(np.uint8)
    values = {trait: kernels[trait].values for trait in ("pipeline_tag", "library_name")}
    author = writers(births, traits, values, seed)
    fresh = author.sections(np.maximum(length, 1), seed)
    there = random.random(shape, dtype=np.float32) < chance[:, None]
    # Else the shortest cards of a few heavy parents would decide how children compare with them.
    there[births.parents, :_LEAST] = True
    variant = np.where(there, fresh, np.uint64(0))
    edit = random.random(shape, dtype=np.float32)
    dropped, rewritten, added = (
        by_role(t, RELATIONS).astype(np.float32) for t in (DROPPED, REWRITTEN, ADDED)
    )
    for nodes in births.generations:
        old, new, at = variant[births.primary[nodes]], fresh[nodes], edit[nodes]
        how = births.role[nodes]
        lost = dropped[how][:, None]
        kept = np.where(at < lost + rewritten[how][:, None], new, old)
        kept = np.where(at < lost, np.uint64(0), kept)
        gained = np.where(at < added[how][:, None], new, np.uint64(0))
        mine = np.where(old > 0, kept, gained)
        # A giant's heir is written by the same hands as the giant.
        heir = births.giant[nodes] >= 0
        variant[nodes] = np.where(heir[:, None], variant[nodes], mine)
    return Cards(kind, variant)


def _writing(births: Births, uniform: Reals) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how long each model's new sections tend to be, and how often it has each."""
    by_breed = np.array([b.card for b in BREEDS] + [0.6])
    scale = by_breed[births.breed]
    giant = np.array([g.card for g in GIANTS] + [0.0])[births.giant]
    founder = births.role == FOUNDER
    alone = births.breed < 0
    scale = np.where(births.giant >= 0, giant, np.where(founder & ~alone, scale, _CHILD_SCALE))
    parents = births.parents
    spread = np.full(len(founder), _SPREAD)
    spread[parents] = _PARENT_SPREAD
    spread[births.giant >= 0] = 0.0
    scale = scale * np.exp(spread * _normal(uniform, births))
    weight = births.fertility
    asked = [RELATION_CODE[r] for r in _LENGTH_BY_CHILDREN]
    mix = weight[:, asked] / np.maximum(weight.sum(axis=1), 1)[:, None]
    free = births.giant[parents] < 0
    scale[parents[free]] *= np.exp(mix[free] @ np.array(list(_LENGTH_BY_CHILDREN.values())))
    skill = np.clip(1.5 * scale**2.2, 0.05, 20.0)
    chance = np.where(births.giant >= 0, 0.97, np.where(alone, 0.40, 0.85))
    mine = parents[free]
    chance[mine] *= np.clip(scale[mine] / _TERSE, 0.2, 1.0)
    return skill.astype(np.float32), chance.astype(np.float32)


def _normal(uniform: Reals, births: Births) -> Reals:
    """Return normal scores; those of the heavy parents of each breed cover the whole range."""
    uniform, parents = uniform.copy(), births.parents
    breed = births.breed[parents].astype(np.int64)
    stratum = allot(np.ones((len(parents), _STRATA)), births.fertility,
                    uniform[parents], breed + 1)  # fmt: skip
    uniform[parents] = (stratum + uniform[parents] * _STRATA % 1) / _STRATA
    score: Reals = special.ndtri(np.clip(uniform, 1e-6, 1 - 1e-6))
    return score


def bodies(
    kind: NDArray[np.int8],
    variant: Codes,
    relation: NDArray[np.int8],
    model_id: pa.Array,
    parents: pa.Array,
    sha: NDArray[np.uint8],
) -> pa.Array:
    """Write cards without their front matter, one per row (empty for a stub or no card).

    Parameters
    ----------
    kind, variant, relation
        Kind of card, variants of the sections, code of the relation (-1: a founder).
    model_id
        The models' ids: the title of a card, and what its code loads.
    parents
        The parents as prose, null for founders.
    sha
        Bytes of the revision, from which a training script's numbers come.
    """
    said = np.isin(kind, (OWN, TOOL))
    evaluated = np.isin(np.arange(len(pools.SECTIONS)), _EVALUATED)
    there = said[:, None] | ((kind == TRAINER)[:, None] & evaluated)
    name = pc.replace_substring_regex(model_id, "^[^/]*/", "")
    draw: Ints = sha[:, 2:5].astype(np.int64) @ np.array([1, 256, 65_536])
    told = said & parents.is_valid().to_numpy(zero_copy_only=False)
    return _join(
        pc.if_else(pa.array(kind > STUB), _join("# ", name, "\n\n"), ""),
        _by_relation("descent", relation, told, draw, parents),
        *_machine(kind, parents, sha),
        _by_relation("tools", relation, kind == TOOL, draw, model_id),
        passages.write(np.where(there, variant, np.uint64(0)), model_id),
    )


def _join(*parts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "", null_handling="replace")


def _by_relation(
    table: str, relation: NDArray[np.int8], some: NDArray[np.bool_], draw: Ints, ids: pa.Array
) -> pa.Array:
    """Return a text of the relation's for some rows, with an id in it; empty for the others."""
    pool = pools.tools(table)
    count = np.array([*(pool.count.get(r, 0) for r in RELATIONS), 0])[relation] * pools.WORLDS
    start = np.array([*(pool.start.get(r, 0) for r in RELATIONS), 0])[relation]
    here = some & (count > 0)
    place = pa.array(np.where(here, start + draw % np.maximum(count, 1), 0))
    holds = pa.array(pool.holds).take(place)
    text = _join(pool.before.take(place), pc.if_else(holds, ids, ""),
                 pc.if_else(holds, pool.after.take(place), ""))  # fmt: skip
    return pc.if_else(pa.array(here), text, "")


def _machine(kind: NDArray[np.int8], parents: pa.Array, sha: NDArray[np.uint8]) -> list[pa.Array]:
    """Return what a training script and the hub's template write, empty for other cards."""
    number = sha[:, 0].astype(np.int64) * 256 + sha[:, 1]
    losses, runs = phrases.losses(), phrases.runs()
    trainer = pa.array(kind == TRAINER)
    script = _join(
        phrases.TRAINER_HEAD, "This model is a fine-tuned version of ",
        pc.coalesce(parents, pa.scalar("an unnamed checkpoint")), ".\nIt achieves a loss of ",
        losses.take(pa.array(number % len(losses))), phrases.TRAINER_MIDDLE,
    )  # fmt: skip
    return [
        pc.if_else(trainer, script, ""),
        pc.if_else(trainer, runs.take(pa.array(number % len(runs))), ""),
        pc.if_else(pa.array(kind == TEMPLATE), phrases.template(), ""),
    ]
