"""Model cards: which kind a model has, what it takes over from its parent, and the text.

A card is front matter and up to eight sections. A section is a number (its *variant*): children
take over their primary parent's variants with known edits, whatever kind of card they show, and
the text is written from the numbers only when somebody asks for it, a block at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cladist.sources.synthetic import phrases, published
from cladist.sources.synthetic.birth import FOUNDER, Births
from cladist.sources.synthetic.breeds import BREEDS, GIANTS
from cladist.sources.synthetic.draws import Ints, by_role, pick, stream
from cladist.sources.synthetic.inherit import generations
from cladist.vocab import RELATION_CODE, RELATIONS

#: No card, front matter only, written by hand, by a training script, from the hub's template, by
#: a tool (no phrase in it says that it was).
NO_CARD, STUB, OWN, TRAINER, TEMPLATE, TOOL = range(6)

#: Share of children's cards with "automatically generated" in the text (published), then of those
#: written by a tool, and of front matter alone (conventions).
GENERATED: Final = {"founder": 0.10, "finetune": 0.535, "adapter": 0.292, "quantized": 0.005,
                    "merge": 0.001, "unknown": 0.2}  # fmt: skip
_TOOL: Final = {"adapter": 0.45, "quantized": 0.72, "merge": 0.75}
_STUB: Final = {"finetune": 0.07, "adapter": 0.10, "quantized": 0.04, "merge": 0.08, "unknown": 0.1}
#: Models with children: the published share of edges, by relation about 2 to 8 %.
_GENERATED_PARENT: Final = 0.25
#: From so many children on a card is there, and written by hand: convention.
_WELL_KNOWN: Final = 300
#: Conventions for the text that a child takes over: each section of its parent is dropped, or
#: rewritten, or, where absent, added, with these probabilities.
DROPPED: Final = {"finetune": 0.36, "adapter": 0.60, "quantized": 0.56, "merge": 0.72, "*": 0.5}
REWRITTEN: Final = {"finetune": 0.40, "adapter": 0.15, "quantized": 0.05, "merge": 0.15, "*": 0.15}
ADDED: Final = {"finetune": 0.60, "adapter": 0.25, "quantized": 0.20, "merge": 0.20, "*": 0.06}
#: How much authors differ in the length of what they write (of the logarithm), and how long
#: children's new sections are, a founder's being 1: conventions.
_SPREAD, _CHILD_SCALE = 0.9, 0.80
#: Of the cards of lone models that are neither template nor own: by a training script.
_TRAINER_ALONE: Final = 0.25
#: The sections that a training script leaves in place.
_EVALUATED: Final = (5,)


@dataclass(frozen=True)
class Cards:
    """Kind of card of each model, and the variant of each of its sections (0: absent)."""

    kind: NDArray[np.int8]
    variant: NDArray[np.uint8]


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
    generated = np.where(parent, np.minimum(generated, _GENERATED_PARENT), generated)
    tool = np.where(parent, 0.2, 1.0) * by_role(_TOOL, names)[role]
    stub = np.where(parent, 0.03, by_role(_STUB, names)[role])
    draw = random.random(models)
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


def deal(births: Births, kind: NDArray[np.int8], seed: int) -> Cards:
    """Let the sections of cards pass from parent to child."""
    models = len(births.role)
    shape = (models, len(phrases.SECTIONS))
    random = stream(seed, "card sections")
    skill, chance = _writing(births, random.standard_normal(models))
    draw = random.random(shape, dtype=np.float32)
    fresh = np.ceil(phrases.VARIANTS * draw ** (1 / skill)[:, None]).astype(np.uint8)
    fresh = np.maximum(fresh, 1)
    there = random.random(shape, dtype=np.float32) < chance[:, None]
    variant = np.where(there, fresh, np.uint8(0))
    edit = random.random(shape, dtype=np.float32)
    dropped, rewritten, added = (
        by_role(t, RELATIONS).astype(np.float32) for t in (DROPPED, REWRITTEN, ADDED)
    )
    for nodes in generations(births.primary):
        old, new, at = variant[births.primary[nodes]], fresh[nodes], edit[nodes]
        how = births.role[nodes]
        lost = dropped[how][:, None]
        kept = np.where(at < lost + rewritten[how][:, None], new, old)
        kept = np.where(at < lost, np.uint8(0), kept)
        gained = np.where(at < added[how][:, None], new, np.uint8(0))
        mine = np.where(old > 0, kept, gained)
        # A giant's heir is written by the same hands as the giant.
        heir = births.giant[nodes] >= 0
        variant[nodes] = np.where(heir[:, None], variant[nodes], mine)
    return Cards(kind, variant)


def _writing(
    births: Births, normal: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how long each model's new sections tend to be, and how often it has each."""
    by_breed = np.array([b.card for b in BREEDS] + [0.6])
    scale = by_breed[births.breed]
    giant = np.array([g.card for g in GIANTS] + [0.0])[births.giant]
    founder = births.role == FOUNDER
    alone = births.breed < 0
    scale = np.where(births.giant >= 0, giant, np.where(founder & ~alone, scale, _CHILD_SCALE))
    children = np.bincount(births.parent, minlength=len(founder))
    spread = _SPREAD / (1 + children / 50) * (births.giant < 0)
    scale = scale * np.exp(spread * normal)
    skill = np.minimum(1.5 * scale**2.2, 20.0)
    chance = np.where(births.giant >= 0, 0.97, np.where(alone, 0.40, 0.85))
    return skill.astype(np.float32), chance.astype(np.float32)


def bodies(
    kind: NDArray[np.int8],
    variant: NDArray[np.uint8],
    relation: NDArray[np.int8],
    name: pa.Array,
    parents: pa.Array,
    sha: NDArray[np.uint8],
) -> pa.Array:
    """Write cards without their front matter, one per row (empty for a stub or no card).

    Parameters
    ----------
    kind, variant, relation
        Kind of card, variants of the sections, code of the relation (-1: a founder).
    name
        The model's name without its account.
    parents
        The parents as prose, null for founders.
    sha
        Bytes of the revision, from which a training script's numbers come.
    """
    said = np.isin(kind, (OWN, TOOL))
    parts = [
        pc.if_else(pa.array(kind > STUB), _join("# ", name, "\n\n"), ""),
        _descent(relation, parents, said),
        *_machine(kind, parents, sha),
    ]
    for group, tools in phrases.TOOLS.items():
        here = (kind == TOOL) & (relation == RELATION_CODE[group])
        words = pa.array(["", *tools])
        parts.append(words.take(pa.array(np.where(here, 1 + sha[:, 2] % len(tools), 0))))
    for number in range(len(phrases.SECTIONS)):
        there = said | ((kind == TRAINER) & (number in _EVALUATED))
        code = np.where(there, variant[:, number], 0)
        parts.append(phrases.sections(number).take(pa.array(code)))
    return _join(*parts)


def _join(*parts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "", null_handling="replace")


def _descent(relation: NDArray[np.int8], parents: pa.Array, said: NDArray[np.bool_]) -> pa.Array:
    before = pa.array([*(phrases.DESCENT[r][0] for r in RELATIONS), None])
    after = pa.array([*(phrases.DESCENT[r][1] for r in RELATIONS), None])
    code = pa.array(relation.astype(np.int64) % (len(RELATIONS) + 1))
    told = pc.and_(pa.array(said), parents.is_valid())
    return pc.if_else(told, _join(before.take(code), parents, after.take(code)), "")


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
