"""Sentences of model cards: made up, by section, relation and tool; no real card is quoted."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa

from cladist.sources.synthetic import published

SECTIONS: Final = (
    "Model description", "Intended uses", "How to use", "Training data", "Training procedure",
    "Evaluation", "Limitations and biases", "Acknowledgements",
)  # fmt: skip
#: Texts of each section; the higher its number the longer a text.
VARIANTS: Final = 250
SHORTEST, LONGEST = 150, 3_300

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
    """Return one text of a section, from 150 to 3,300 characters, growing with its number."""
    random = np.random.default_rng(np.random.SeedSequence([20250809, number, variant]))
    wanted = SHORTEST * (LONGEST / SHORTEST) ** (variant / VARIANTS)
    text = f"## {SECTIONS[number]}\n\n"
    while len(text) < wanted:
        a, b, c, d = random.integers(0, 12, 4)
        text += f"{_WHO[a]} {_DOES[b]} {_WHAT[c]} {_HOW[d]}. "
    return text.rstrip() + "\n\n"


@cache
def sections(number: int) -> pa.Array:
    """Return the texts of a section; the first, empty, stands for its absence."""
    return pa.array(["", *(section(number, v) for v in range(1, VARIANTS + 1))])


@cache
def losses() -> pa.Array:
    """Return losses as a training script prints them."""
    return pa.array([f"{k / 10_000:.4f}" for k in range(100, 25_000)])


@cache
def runs() -> pa.Array:
    """Return what a training script writes of its run: rates, batch, and a line per epoch."""
    found = []
    for number in range(60):
        epochs, batch, rate = 1 + number % 10, 2 ** (1 + number // 10), (1, 2, 3, 5)[number % 4]
        lines = "".join(f"| {1.9 / (k + 1):.4f} | {k / 2 + 0.5} | {(k + 1) * 500} "
                        f"| {1.7 / (k + 1):.4f} | {0.5 + 0.02 * k:.4f} |\n"
                        for k in range(2 * epochs))  # fmt: skip
        found.append(
            "### Training hyperparameters\n\nThe following hyperparameters were used:\n\n"
            f"- learning_rate: {rate}e-05\n- train_batch_size: {batch}\n"
            f"- eval_batch_size: {batch}\n"
            "- seed: 42\n- optimizer: AdamW with betas=(0.9,0.999) and epsilon=1e-08\n"
            f"- lr_scheduler_type: linear\n- num_epochs: {epochs}\n\n### Training results\n\n"
            "| Training loss | Epoch | Step | Validation loss | Accuracy |\n|---|---|---|---|---|\n"
            f"{lines}\n### Framework versions\n\n- Transformers 4.44.2\n- PyTorch 2.4.1\n"
            "- Datasets 3.0.0\n- Tokenizers 0.19.1\n"
        )
    return pa.array(found)


TRAINER_HEAD: Final = (
    "<!-- This model card has been generated automatically according to what the training script "
    "knew. You should probably proofread and complete it, then remove this comment. -->\n\n"
)
TRAINER_MIDDLE: Final = (
    " on the evaluation set.\n\n## Model description\n\nMore information needed\n\n"
    "## Intended uses & limitations\n\nMore information needed\n\n"
    "## Training and evaluation data\n\nMore information needed\n\n## Training procedure\n\n"
)
_BLANKS: Final = {
    "Model details": ("Developed by", "Funded by", "Shared by", "Model type", "Languages",
                      "Licence", "Repository", "Paper", "Demo"),
    "Uses": ("Direct use", "Downstream use", "Out-of-scope use"),
    "Bias, risks and limitations": ("Known risks", "Known biases", "Recommendations"),
    "How to get started": ("Code", "Requirements"),
    "Training details": ("Training data", "Preprocessing", "Hyperparameters", "Speeds and sizes"),
    "Evaluation": ("Testing data", "Factors", "Metrics", "Results", "Summary"),
    "Model examination": ("Interpretability",),
    "Environmental impact": ("Hardware type", "Hours used", "Cloud provider", "Compute region",
                             "Carbon emitted"),
    "Technical specifications": ("Architecture", "Objective", "Infrastructure", "Software"),
    "Citation": ("BibTeX", "APA"),
    "More": ("Glossary", "Authors", "Contact"),
}  # fmt: skip


@cache
def template() -> str:
    """Return the body of the hub's default card: headings, and nothing filled in."""
    text = (
        "<!-- Provide a quick summary of what the model is or does. -->\n\nThis is the card of a "
        "model that was pushed to a simulated hub. It has been automatically generated.\n\n"
    )
    for title, blanks in _BLANKS.items():
        text += f"## {title}\n\n<!-- Say here what readers should know: {title.lower()}. -->\n\n"
        for blank in blanks:
            text += f"### {blank}\n\n<!-- Relevant words on: {blank.lower()}. -->\n\n" \
                "[More information needed]\n\n"  # fmt: skip
        if title == "Environmental impact":
            text += f"Estimated as in arXiv:{published.TEMPLATE_ARXIV}.\n\n"
    return text


#: What tools write of what they made, by relation: one is drawn.
TOOLS: Final = {
    "quantized": (
        "## About\n\nStatic quants of the model named above. Sizes from 2 to 8 bits are in the "
        "files; larger is better and slower.\n\n## Provided files\n\n"
        + "".join(f"| Q{k}_K_{s} | {k} | {k * 0.9:.1f} GB | {word} |\n"
                  for k in range(2, 9) for s in "SML" for word in ("usable, with some loss",))
        + "\n## Usage\n\nLoad the file with the runtime of your choice and set the prompt format "
        "of the original.\n\n",
        "## Quantization\n\nWeights were rounded to 4 bits with groups of 128 and calibrated on "
        "two thousand shopping lists.\n\n",
    ),
    "merge": (
        "## Merge details\n\nThis is a merge of language models made with a merging tool.\n\n"
        "### Configuration\n\n```yaml\nmerge_method: slerp\nparameters:\n  t:\n    - filter: "
        "self_attn\n      value: [0, 0.5, 0.3, 0.7, 1]\n    - value: 0.5\ndtype: bfloat16\n```\n\n",
        "## Merge details\n\nTask arithmetic, density 0.53, weights 0.4 and 0.6.\n\n",
    ),
    "adapter": (
        "## Use it with diffusers\n\nLoad the base pipeline, then the adapter with a weight of "
        "0.9, and put the trigger word into the prompt.\n\n## Trigger words\n\nUse `TOK` to "
        "trigger the picture.\n\n",
        "## Adapter\n\nRank 16, alpha 32, dropout 0.05, on all linear layers.\n\n",
    ),
}  # fmt: skip

#: How a card says whom its model descends from, by relation: before and after the parents.
DESCENT: Final = {
    "finetune": ("It is a fine-tuned version of ", ", made with more patience than compute.\n\n"),
    "adapter": ("It is an adapter for ", "; load it on top.\n\n"),
    "quantized": ("These are quantized weights of ", ", nothing else was changed.\n\n"),
    "merge": ("It merges ", ", in equal parts of hope and arithmetic.\n\n"),
    "conversion": ("It is a conversion of ", ".\n\n"),
    "unknown": ("It descends from ", ".\n\n"),
}  # fmt: skip
