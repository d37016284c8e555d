"""Model cards: which kind a model has, what it takes over from its parent, and the text.

A card is front matter and up to eight sections. A section is a number (its *variant*): children
take over their primary parent's variants with known edits, whatever kind of card they show, and
the text is written from the numbers only when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cladist.sources.synthetic import published
from cladist.sources.synthetic.birth import Births
from cladist.sources.synthetic.draws import by_role, stream
from cladist.sources.synthetic.inherit import ROLE_NAMES, generations, roles
from cladist.vocab import RELATION_CODE

NO_CARD, OWN, TRAINER, TEMPLATE = range(4)
SECTIONS: Final = (
    "Model description", "Intended uses", "How to use", "Training data", "Training procedure",
    "Evaluation", "Limitations and biases", "Acknowledgements",
)  # fmt: skip
VARIANTS: Final = 250


@dataclass(frozen=True)
class Cards:
    """Kind of card of each model, and the variant of each of its sections (0: absent)."""

    kind: NDArray[np.int8]
    variant: NDArray[np.uint8]


def deal(births: Births, seed: int) -> Cards:
    """Decide every model's kind of card, and let sections pass from parent to child."""
    models = len(births.role)
    role = roles(births)
    random = stream(seed, "card kinds")
    is_parent = np.zeros(models, dtype=bool)
    is_parent[births.parent] = True
    present = by_role(published.CARD_PRESENT, ROLE_NAMES)[role]
    table = published.CARD_GENERATED
    generated = by_role(table, ROLE_NAMES)[role]
    generated = np.where(is_parent, np.minimum(generated, table["parent"]), generated)
    machine = np.where(births.role == RELATION_CODE["finetune"], TRAINER, TEMPLATE)
    kind = np.where(random.random(models) < generated, machine, OWN)
    kind = np.where(random.random(models) < present, kind, NO_CARD)
    shape = (models, len(SECTIONS))
    random = stream(seed, "card sections")
    fresh = random.integers(1, VARIANTS + 1, shape, dtype=np.uint8)
    chance = np.where(is_parent, 0.9, 0.35)[:, None]
    variant = np.where(random.random(shape, dtype=np.float32) < chance, fresh, np.uint8(0))
    edit = random.random(shape, dtype=np.float32)
    for nodes in generations(births.primary):
        old, new, draw = variant[births.primary[nodes]], fresh[nodes], edit[nodes]
        kept = np.where(draw < published.SECTION_DROPPED + published.SECTION_REWRITTEN, new, old)
        kept = np.where(draw < published.SECTION_DROPPED, 0, kept)
        added = np.where(draw < published.SECTION_ADDED, new, 0)
        variant[nodes] = np.where(old > 0, kept, added)
    return Cards(kind.astype(np.int8), variant)


_WHO: Final = (
    "The encoder", "Each checkpoint", "This release", "The tokenizer", "Our little team",
    "The final layer", "The reward model", "A patient volunteer", "The evaluation harness",
    "The data pipeline", "Every contributor", "The previous version",
)  # fmt: skip
_DOES: Final = (
    "was tuned on", "has seen", "politely declines", "was measured against", "prefers",
    "struggles with", "was cleaned of", "summarises", "was distilled from", "learned from",
    "stays quiet about", "was compared with",
)  # fmt: skip
_WHAT: Final = (
    "tide tables and shopping lists", "letters between lighthouse keepers", "recipes for soup",
    "minutes of village meetings", "bird calls in four dialects", "crossword clues",
    "instructions for folding maps", "weather reports from small islands", "limericks",
    "catalogues of lost umbrellas", "interviews with beekeepers", "long multiplication",
)  # fmt: skip
_HOW: Final = (
    "over three epochs with a cosine schedule", "at a learning rate of 2e-5",
    "after removing near duplicates", "with a context of 4,096 tokens", "in half precision",
    "on a single rented machine", "with a batch size of 64", "and the loss went down",
    "which surprised nobody", "so treat its answers with care", "as far as we could tell",
    "and the held-out score rose by two points",
)  # fmt: skip


@cache
def section(number: int, variant: int) -> str:
    """Return the text of one variant of a section, about a thousand characters."""
    random = np.random.default_rng(np.random.SeedSequence([20250809, number, variant]))
    lines = [
        f"{_WHO[a]} {_DOES[b]} {_WHAT[c]} {_HOW[d]}."
        for a, b, c, d in random.integers(0, 12, (int(random.integers(6, 18)), 4))
    ]
    return f"## {SECTIONS[number]}\n\n" + " ".join(lines) + "\n"


def yaml(front: dict[str, Any]) -> str:
    """Write front matter; values are words of the Hub, ids or flags, none needs quoting."""
    lines = ["---"]
    for key, value in front.items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"- {item}" for item in value)]
        else:
            lines.append(f"{key}: {str(value).lower() if value is False else value}")
    return "\n".join([*lines, "---", "", ""])


def body(kind: int, variants: Sequence[int], name: str, parents: Sequence[str], sha: str) -> str:
    """Write a card without its front matter."""
    head = f"# {name}\n\n"
    source = " and ".join(parents)
    if kind == TRAINER:
        loss = int(sha[:4], 16) / 65_536 * 2.5
        return (
            head
            + (
                "<!-- This model card has been generated automatically according to what "
                "the training script knew. You should probably proofread and complete it. -->\n\n"
                f"This model is a fine-tuned version of {source or 'an unnamed checkpoint'}. "
                f"It achieves a loss of {loss:.4f} on the evaluation set.\n\n"
                "## Model description\n\nMore information needed\n\n"
                "## Intended uses & limitations\n\nMore information needed\n\n"
                "## Training procedure\n\n### Training hyperparameters\n\n"
                f"- learning_rate: {2 + int(sha[4]) % 4 if sha[4].isdigit() else 2}e-05\n"
                f"- train_batch_size: {2 ** (1 + int(sha[5], 16) % 6)}\n"
                f"- seed: 42\n- num_epochs: {1 + int(sha[6], 16) % 10}\n"
            )
            + _rest(variants, (4, 5))
        )
    if kind == TEMPLATE:
        return (
            head
            + (
                "<!-- Provide a quick summary of what the model is/does. -->\n\n"
                "This is the card of a model that was pushed to a simulated hub. "
                "It has been automatically generated.\n\n"
                "## Model details\n\n- **Developed by:** [More information needed]\n"
                f"- **Finetuned from model:** {source or '[More information needed]'}\n\n"
                "## Uses\n\n[More information needed]\n\n## Bias, risks and limitations\n\n"
                "[More information needed]\n\n## Environmental impact\n\n"
                f"Estimated after arXiv:{published.TEMPLATE_ARXIV}: [More information needed]\n"
            )
            + _rest(variants, (2, 5))
        )
    start = f"{name} descends from {source}.\n\n" if parents else ""
    return head + start + _rest(variants, range(len(SECTIONS)))


def _rest(variants: Sequence[int], numbers: Sequence[int]) -> str:
    return "\n".join(section(k, variants[k]) for k in numbers if variants[k])
