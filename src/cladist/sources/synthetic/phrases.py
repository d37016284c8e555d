"""What a training script and the hub's template write into cards; no real card is quoted."""

from __future__ import annotations

from functools import cache
from typing import Final

import pyarrow as pa

from cladist.sources.synthetic import published


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
