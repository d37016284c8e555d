"""A simulated hub as a folder of repositories: cards, and the files that name parents."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson

from cladist.errors import InputError
from cladist.sources.synthetic.hub import SyntheticHub
from cladist.sources.synthetic.rows import row_blocks

#: A folder of repositories is for small hubs only.
FOLDER_LIMIT: Final = 50_000
_METHODS: Final = ("slerp", "ties", "dare_ties", "linear")


def check_folders(models: int, *, cards: bool) -> None:
    """Refuse a hub that cannot be a folder of repositories.

    Raises
    ------
    InputError
        If it has no cards, or more than :data:`FOLDER_LIMIT` models.
    """
    if not cards:
        raise InputError("A hub without cards has no repositories to write.",
                         "Simulate it with cards.")  # fmt: skip
    if models > FOLDER_LIMIT:
        raise InputError(
            f"{models:,} models are too many for a folder.",
            f"Simulate at most {FOLDER_LIMIT:,}, or write another format.",
        )


def write_repositories(hub: SyntheticHub, folder: Path) -> None:
    """Write a folder ``org__name`` for every model that has a file to put in.

    It holds the card, if there is one, the ``adapter_config.json`` of an adapter and the
    ``mergekit_config.yml`` of a merge. These name the parents that the tags name, but for the
    models of the dirt ``other_bases``.

    Raises
    ------
    InputError
        If the hub has no cards, or is too large for a folder.
    """
    check_folders(hub.models, cards=hub.cards is not None)
    Path(folder).mkdir(parents=True, exist_ok=True)
    others = set(hub.model_id.take(hub.truth.planted["other_bases"]).to_pylist())
    for block in row_blocks(hub, card_text=True):
        columns = (block[name].to_pylist() for name in ("id", "card", "tags"))
        for model_id, text, tags in zip(*columns, strict=True):
            place = Path(folder) / model_id.replace("/", "__")
            if text is not None:
                _write(place / "README.md", text)
            other = model_id in others
            adapted, merged = (_parents(tags, r, other=other) for r in ("adapter", "merge"))
            if adapted:
                _write(place / "adapter_config.json", adapter_config(adapted[0]))
            if merged:
                _write(place / "mergekit_config.yml", merge_config(merged))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _parents(tags: list[str], relation: str, *, other: bool) -> list[str]:
    """Return the parents of one relation by the tags; ``other``: where somebody kept a copy."""
    prefix = f"base_model:{relation}:"
    named = [tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix)]
    return [f"local-copies/{n.strip('/').split('/')[-1]}" for n in named] if other else named


def adapter_config(parent: str) -> str:
    """Return the configuration that a library for adapters saves beside the weights."""
    config = {"base_model_name_or_path": parent, "bias": "none", "fan_in_fan_out": False,
              "lora_alpha": 32, "lora_dropout": 0.05, "peft_type": "LORA", "r": 16,
              "target_modules": ["q_proj", "v_proj"]}  # fmt: skip
    return orjson.dumps(config, option=orjson.OPT_INDENT_2).decode() + "\n"


def merge_config(parents: list[str]) -> str:
    """Return the configuration of a merge: its method, and a weight per model."""
    quoted = [orjson.dumps(parent).decode() for parent in parents]
    models = "".join(f"  - model: {q}\n    parameters:\n      weight: {1 / len(quoted):.2f}\n"
                     for q in quoted)  # fmt: skip
    method = _METHODS[len(parents) % len(_METHODS)]
    return f"merge_method: {method}\nbase_model: {quoted[0]}\nmodels:\n{models}dtype: bfloat16\n"
