"""Tags that say nothing of lineage: what the Hub and libraries put on models by themselves.

They depend on what the record states anyway, on the founder (the architecture) and on the bytes
of the revision, as if these were dice: nothing of the truth is needed to make them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cladist.sources.synthetic.breeds import BREEDS
from cladist.sources.synthetic.draws import Ints

Flags = NDArray[np.bool_]

#: Tag -> the library that a model states -> share of its models with the tag: July 2024.
_BY_LIBRARY: Final = {
    "endpoints_compatible": {"transformers": 0.90, "diffusers": 0.75},
    "autotrain_compatible": {"transformers": 0.74},
    "pytorch": {"transformers": 0.45, "keras": 0.0},
    "tensorboard": {"transformers": 0.24, "peft": 0.10, "ml-agents": 1.0},
    "generated_from_trainer": {"transformers": 0.23, "peft": 0.24},
    "model-index": {"transformers": 0.10, "stable-baselines3": 1.0},
    "deep-reinforcement-learning": {"stable-baselines3": 1.0, "ml-agents": 1.0},
    "conversational": {"transformers": 0.11},
    "custom_code": {"transformers": 0.025},
    "gguf": {"transformers": 0.03},
    "unsloth": {"transformers": 0.026, "peft": 0.03},
    "stable-diffusion": {"diffusers": 0.40},
    "lora": {"diffusers": 0.20, "peft": 0.03},
}
#: The same by the task.
_BY_TASK: Final = {
    "text-generation-inference": {"text-generation": 0.78},
    "text-embeddings-inference": {"sentence-similarity": 0.6, "feature-extraction": 0.3},
    "custom-implementation": {"reinforcement-learning": 0.40},
    "diffusers:StableDiffusionPipeline": {"text-to-image": 0.40},
}
#: Architectures by how a breed's name begins, and of models of no lineage by their task; only words
#: that are no code of a language.
_OF_BREED: Final = {
    "encoder": ("bert", "distilbert", "roberta", "xlm-roberta", "deberta-v2"),
    "llm-llama": ("llama",),
    "llm-gemma": ("gemma", "gemma2"),
    "llm": ("llama", "mistral", "qwen2", "gpt2", "gpt_neox", "phi", "mixtral", "stablelm"),
    "speech": ("whisper", "wav2vec2"),
    "vision": ("resnet", "swin", "beit", "timm_wrapper"),
    "embedding": ("bert", "mpnet", "xlm-roberta"),
    "sequence": ("bart", "marian", "mbart", "pegasus"),
    "classifier": ("bert", "roberta", "distilbert"),
    "multimodal": ("llava", "idefics2", "mllama"),
}
_OF_TASK: Final = {
    "text-generation": _OF_BREED["llm"],
    "text-classification": _OF_BREED["encoder"],
    "token-classification": _OF_BREED["encoder"],
    "fill-mask": _OF_BREED["encoder"],
    "question-answering": _OF_BREED["encoder"],
    "automatic-speech-recognition": _OF_BREED["speech"],
    "image-classification": _OF_BREED["vision"],
    "feature-extraction": _OF_BREED["embedding"],
}
_NAMES: Final = tuple(
    dict.fromkeys(n for group in (*_OF_BREED.values(), *_OF_TASK.values()) for n in group)
)
#: Places of the names, a row per breed (the last: none), eight to choose from.
_CHOICES: Final = 8


def _choices(groups: list[tuple[str, ...]]) -> Ints:
    rows = [[_NAMES.index(g[k % len(g)]) if g else -1 for k in range(_CHOICES)] for g in groups]
    return np.array(rows, dtype=np.int64)


def _group_of(breed: str) -> tuple[str, ...]:
    return next((g for start, g in _OF_BREED.items() if breed.startswith(start)), ())


_BREED_TABLE: Final = _choices([*(_group_of(b.name) for b in BREEDS), ()])
_TASK_TABLE: Final = _choices([*_OF_TASK.values(), ()])


def tool_tags(
    library: pa.Array, task: pa.Array, breed: Ints, founder: Ints, dice: NDArray[Any]
) -> list[tuple[Ints, pa.Array]]:
    """Return (rows, tags) of some models, tag by tag.

    Parameters
    ----------
    library, task
        What the records state, null for nothing.
    breed, founder
        The founder of each model and its breed (-1: none).
    dice
        Random bytes, one row per model.
    """
    found: list[tuple[Ints, pa.Array]] = []
    for column, table in ((library, _BY_LIBRARY), (task, _BY_TASK)):
        words = sorted({word for shares in table.values() for word in shares})
        code = pc.fill_null(pc.index_in(column, value_set=pa.array(words)), len(words)).to_numpy()
        for tag, shares in table.items():
            least = np.array([256 * shares.get(w, 0.0) for w in words] + [0.0])
            rows = np.flatnonzero(dice[:, len(found)] < least[code])
            found.append((rows, pa.repeat(tag, len(rows))))
    return [*found, _architectures(library, task, breed, founder)]


def _architectures(library: pa.Array, task: pa.Array, breed: Ints, founder: Ints) -> Any:
    """Return the architecture of the models of one library: that of the founder."""
    number = pc.fill_null(pc.index_in(task, value_set=pa.array(list(_OF_TASK))), -1).to_numpy()
    choice = founder % _CHOICES
    place = np.where(breed >= 0, _BREED_TABLE[breed, choice], _TASK_TABLE[number, choice])
    told = pc.fill_null(pc.equal(library, "transformers"), False).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(told & (place >= 0))
    return rows, pa.array(_NAMES).take(pa.array(place[rows]))
