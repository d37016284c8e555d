"""What kinds of founders there are, how much they are built upon, and the giants among them.

A *breed* is a kind of founder: what it does, under which licence, in which languages. Every model
of a lineage belongs to its founder's breed. The published figures fix what is inherited (flows
between licences and tasks, languages of parents, the largest families); how many edges each breed
has is a convention that reproduces them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cladist.sources.synthetic.published import seconds

Shares = Mapping[str, float]

_EN: Final = {"en": 0.86, "zh": 0.02, "fr": 0.01, "de": 0.01, "es": 0.01, "ja": 0.02, "ko": 0.02,
              "2": 0.02, "4": 0.01, "11": 0.008}  # fmt: skip
_LLM_LIBRARY: Final = {"transformers": 0.985, "mlx": 0.004, "peft": 0.011}


@dataclass(frozen=True)
class Breed:
    """A kind of founder.

    ``edges`` are thousands of edges by relation at the published size, giants' not among them;
    ``founders`` its share of the founders that have children; ``since`` when the first came,
    ``fade`` in how many years its use halves (0: never). ``language`` has tags, and numbers that
    stand for a list of so many languages; ``card`` the mean length of a founder's card in
    sections, 1 the usual.
    """

    name: str
    edges: Mapping[str, float]
    founders: float
    since: str
    task: Shares
    license: Shares
    library: Shares = field(default_factory=lambda: _LLM_LIBRARY)
    language: Shares = field(default_factory=lambda: _EN)
    fade: float = 0.0
    small: bool = False
    card: float = 1.0

    @property
    def fertile(self) -> float:
        """How readily its descendants have children, language models 1: convention."""
        if self.name.startswith("llm"):
            return 1.0
        if self.name == "encoder":
            return 0.08
        return 0.5 if self.name.startswith(("diffusion", "multimodal", "embedding")) else 0.2


def _edges(finetune: float, adapter: float, quantized: float, merge: float) -> dict[str, float]:
    return {"finetune": finetune, "adapter": adapter, "quantized": quantized, "merge": merge}


def _llm(
    name: str,
    edges: dict[str, float],
    founders: float,
    since: str,
    license: Shares,  # noqa: A002
    *,
    language: Shares = _EN,
    fade: float = 0.0,
    card: float = 1.0,
) -> Breed:
    return Breed(name, edges, founders, since, {"text-generation": 1.0}, license,
                 language=language, fade=fade, card=card)  # fmt: skip


_TRANSFORMERS: Final = {"transformers": 1.0}
_DIFFUSERS: Final = {"diffusers": 1.0}
_APACHE: Final = {
    "en": 0.865,
    "zh": 0.015,
    "2": 0.02,
    "9": 0.02,
    "11": 0.01,
    "10": 0.05,
    "13": 0.02,
}
_APACHE_LATE: Final = {"en": 0.74, "zh": 0.015, "2": 0.02, "9": 0.05, "11": 0.035, "10": 0.10,
                       "13": 0.04}  # fmt: skip
_EIGHT: Final = {"en": 0.90, "8": 0.05, "2": 0.05}

BREEDS: Final = (
    Breed("encoder", _edges(53, 1.5, 0.3, 0), 0.10, "2018-11-01", {"fill-mask": 1.0},
          {"apache-2.0": 0.62, "mit": 0.34, "cc-by-sa-4.0": 0.02, "afl-3.0": 0.02},
          _TRANSFORMERS, {"en": 0.80, "zh": 0.03, "ar": 0.03, "de": 0.02, "es": 0.02, "fr": 0.02,
          "it": 0.02, "ko": 0.02, "ru": 0.02, "pt": 0.02}, small=True, card=1.7),
    Breed("encoder-multilingual", _edges(13, 0.1, 0.1, 0), 0.006, "2019-11-01",
          {"fill-mask": 1.0}, {"mit": 0.6, "apache-2.0": 0.4}, _TRANSFORMERS,
          {"94": 0.7, "104": 0.3}, small=True, card=1.7),
    _llm("llm-apache", _edges(9, 9, 16, 8), 0.11, "2022-06-01", {"apache-2.0": 1.0},
         language=_APACHE, fade=1.5),
    _llm("llm-apache-late", _edges(8, 9, 16, 3), 0.11, "2024-04-01", {"apache-2.0": 1.0},
         language=_APACHE_LATE),
    _llm("llm-mit", _edges(9, 9, 12, 2.5), 0.08, "2022-03-01", {"mit": 1.0},
         language={"en": 0.80, "zh": 0.03, "2": 0.02, "9": 0.03, "10": 0.09, "11": 0.022,
                   "13": 0.01}),
    _llm("llm-llama2", _edges(5.5, 4.5, 3, 5), 0.05, "2023-07-18", {"llama2": 1.0}, fade=1.0),
    _llm("llm-llama3", _edges(15, 5, 6, 5), 0.05, "2024-04-18", {"llama3": 1.0}, fade=1.0),
    _llm("llm-llama3.1", _edges(5.0, 0.9, 1.6, 2.4), 0.04, "2024-07-23", {"llama3.1": 1.0},
         language=_EIGHT),
    _llm("llm-llama3.2", _edges(8.6, 5.2, 2.7, 1.2), 0.02, "2024-09-25", {"llama3.2": 1.0},
         language=_EIGHT),
    _llm("llm-llama3.3", _edges(1.2, 0.5, 1.4, 1.2), 0.01, "2024-12-06", {"llama3.3": 1.0},
         language=_EIGHT),
    _llm("llm-gemma", _edges(8.4, 4, 3.6, 1.4), 0.03, "2024-02-21", {"gemma": 1.0}),
    _llm("llm-other", _edges(8.0, 10, 11, 3.5), 0.08, "2022-03-01", {"other": 1.0},
         language={"en": 0.77, "zh": 0.03, "2": 0.07, "9": 0.03, "11": 0.022, "10": 0.08}),
    _llm("llm-noncommercial", _edges(2.8, 1, 5.5, 3.5), 0.04, "2023-02-24",
         {"cc-by-nc-4.0": 0.9, "cc-by-nc-sa-4.0": 0.1}),
    _llm("llm-bloom", _edges(0.9, 0.7, 0.2, 0), 0.005, "2022-07-11",
         {"bigscience-bloom-rail-1.0": 1.0}, language={"46": 1.0}, fade=1.0),
    _llm("llm-copyleft", _edges(0.9, 0.3, 1.8, 0.6), 0.025, "2022-03-01",
         {"cc-by-sa-4.0": 0.3, "gpl-3.0": 0.15, "agpl-3.0": 0.2, "cc": 0.15, "cc-by-4.0": 0.2}),
    Breed("diffusion-rail", _edges(2, 3, 0.3, 0.3), 0.04, "2022-08-22", {"text-to-image": 1.0},
          {"creativeml-openrail-m": 0.8, "openrail": 0.1, "other": 0.1}, _DIFFUSERS),
    Breed("diffusion-rail++", _edges(0.8, 3.5, 0.1, 0.2), 0.02, "2023-07-26",
          {"text-to-image": 1.0}, {"openrail++": 1.0}, _DIFFUSERS),
    Breed("diffusion-other", _edges(0.7, 7, 0.8, 0.1), 0.02, "2024-06-12",
          {"text-to-image": 0.9, "image-to-video": 0.05, "text-to-video": 0.05},
          {"other": 0.8, "apache-2.0": 0.2}, _DIFFUSERS),
    Breed("speech", _edges(10, 0.5, 0.2, 0), 0.04, "2020-06-01",
          {"automatic-speech-recognition": 0.72, "feature-extraction": 0.14,
           "text-to-speech": 0.14}, {"apache-2.0": 0.85, "mit": 0.15}, _TRANSFORMERS,
          {"en": 0.8, "fr": 0.05, "de": 0.05, "es": 0.05, "ja": 0.05}, small=True),
    Breed("speech-multilingual", _edges(24.5, 0.3, 0.7, 0), 0.004, "2022-09-21",
          {"automatic-speech-recognition": 1.0}, {"apache-2.0": 0.8, "mit": 0.2}, _TRANSFORMERS,
          {"99": 1.0}, small=True, card=1.9),
    Breed("vision", _edges(15, 0.3, 0.5, 0), 0.06, "2020-10-01",
          {"image-feature-extraction": 0.40, "image-classification": 0.40,
           "object-detection": 0.09, "image-segmentation": 0.04, "video-classification": 0.07},
          {"apache-2.0": 0.85, "mit": 0.05, "other": 0.1}, {"transformers": 0.93, "timm": 0.07},
          small=True, card=1.6),
    Breed("embedding", _edges(10, 0.6, 2.2, 0.1), 0.05, "2021-01-01",
          {"sentence-similarity": 0.70, "feature-extraction": 0.30},
          {"apache-2.0": 0.6, "mit": 0.4}, {"sentence-transformers": 0.75, "transformers": 0.25},
          {"en": 0.85, "zh": 0.06, "2": 0.05, "94": 0.04}, small=True),
    Breed("sequence-to-sequence", _edges(12.5, 2, 0.3, 0), 0.05, "2019-10-01",
          {"translation": 0.62, "summarization": 0.14, "text-generation": 0.24},
          {"apache-2.0": 0.9, "cc-by-4.0": 0.05, "cc-by-nc-4.0": 0.05}, _TRANSFORMERS,
          {"en": 0.66, "2": 0.26, "4": 0.04, "99": 0.04}, small=True),
    Breed("classifier", _edges(5, 0.4, 0.2, 0), 0.055, "2020-01-01",
          {"text-classification": 0.6, "question-answering": 0.15, "token-classification": 0.25},
          {"apache-2.0": 0.6, "mit": 0.35, "cc-by-4.0": 0.05}, _TRANSFORMERS, small=True),
    Breed("multimodal", _edges(2.5, 2.5, 5, 0.1), 0.03, "2023-09-01",
          {"image-text-to-text": 1.0},
          {"apache-2.0": 0.6, "mit": 0.12, "other": 0.13, "gemma": 0.15}),
)  # fmt: skip


@dataclass(frozen=True)
class Giant:
    """A founder of one of the largest stars.

    ``children`` at the published size; ``grown`` is the share of them born by each date, and
    ``relation`` what they are. ``bulk``: one account uploads them, and they state
    little; ``stated`` has other probabilities by trait.
    ``heir_of``: the number of the giant of which it is a fine-tune itself.
    """

    breed: str
    children: int
    released: str
    grown: Mapping[str, float]
    relation: Shares = field(default_factory=lambda: {"adapter": 1.0})
    license: str | None = None
    task: str | None = None
    language: str | None = None
    bulk: bool = False
    stated: Shares = field(default_factory=dict)
    card: float = 1.0
    heir_of: int | None = None


#: The growth of the largest families, as published: the share of the members by each quarter.
_BULK: Final = {"2024-08-10": 0.0, "2024-10-01": 0.912, "2025-01-01": 0.990, "2025-04-01": 0.9995,
                "2025-07-12": 1.0}  # fmt: skip
_SMALL: Final = {"2024-04-01": 0.0, "2024-07-01": 0.036, "2024-08-10": 0.037, "2024-10-01": 0.903,
                 "2025-01-01": 0.9955, "2025-04-01": 0.999, "2025-07-12": 1.0}  # fmt: skip
_SEVEN: Final = {"2024-02-22": 0.0, "2024-04-01": 0.021, "2024-07-01": 0.040, "2024-08-10": 0.041,
                 "2024-10-01": 0.919, "2025-01-01": 0.969, "2025-07-12": 1.0}  # fmt: skip
_STEADY: Final = {"2023-06-01": 0.0, "2023-07-01": 0.016, "2023-10-01": 0.094, "2024-01-01": 0.245,
                  "2024-04-01": 0.380, "2024-07-01": 0.529, "2024-10-01": 0.643,
                  "2025-01-01": 0.766, "2025-04-01": 0.880, "2025-07-12": 1.0}  # fmt: skip
_LATE: Final = {"2024-09-20": 0.0, "2024-10-01": 0.032, "2025-01-01": 0.189, "2025-04-01": 0.589,
                "2025-07-01": 0.955, "2025-07-12": 1.0}  # fmt: skip
_DEEP: Final = {"2023-09-30": 0.0, "2023-10-01": 0.003, "2024-01-01": 0.030, "2024-04-01": 0.158,
                "2024-07-01": 0.435, "2024-10-01": 0.580, "2025-01-01": 0.705,
                "2025-04-01": 0.906, "2025-07-12": 1.0}  # fmt: skip
_EIGHTS: Final = {"2024-07-25": 0.0, "2024-10-01": 0.230, "2025-01-01": 0.502, "2025-04-01": 0.806,
                  "2025-07-01": 0.970, "2025-07-12": 1.0}  # fmt: skip
_TUNED: Final = {"finetune": 0.42, "adapter": 0.36, "quantized": 0.22}
_FINETUNE: Final = {"finetune": 1.0}

#: The ten parents with most children, by the published counts and growth of their families, and
#: the heads of three deep families with their heirs (whose direct children are a convention).
GIANTS: Final = (
    Giant("diffusion-other", 33_042, "2024-08-01",
          {"2024-08-02": 0.0, "2024-10-01": 0.138, "2025-01-01": 0.387, "2025-04-01": 0.767,
           "2025-07-12": 1.0}, license="other", task="text-to-image", language="en",
          stated={"license": 0.93, "pipeline_tag": 0.6},
          card=0.51),
    Giant("llm-other", 32_501, "2024-02-04", _BULK, bulk=True, language="en", card=0.24),
    Giant("llm-other", 30_581, "2024-02-04", _BULK, bulk=True, language="en", card=0.24),
    Giant("llm-gemma", 23_794, "2024-02-21", _SMALL, bulk=True, card=2.2),
    Giant("llm-gemma", 9_565, "2024-02-21", _SEVEN, bulk=True, card=2.2),
    Giant("encoder", 9_361, "2022-03-01", _STEADY, _FINETUNE, "apache-2.0", language="en",
          card=2.2),
    Giant("diffusion-rail++", 8_430, "2023-07-26",
          {"2023-07-27": 0.0, "2023-10-01": 0.123, "2024-01-01": 0.260, "2024-04-01": 0.400,
           "2024-07-01": 0.545, "2024-10-01": 0.653, "2025-01-01": 0.726, "2025-04-01": 0.847,
           "2025-07-12": 1.0}, stated={"license": 0.78, "pipeline_tag": 0.6},
          card=0.75),
    Giant("llm-other", 6_457, "2024-02-04", _BULK, bulk=True, language="en", card=0.24),
    Giant("encoder", 5_556, "2022-03-01", _STEADY, _FINETUNE, "apache-2.0", language="en",
          card=2.2),
    Giant("encoder", 4_000, "2022-03-01", _BULK, _FINETUNE, "apache-2.0", language="ar", bulk=True,
          stated={"license": 0.76, "pipeline_tag": 0.76},
          card=1.0),
    Giant("llm-apache", 3_950, "2023-09-27", _DEEP, _TUNED, language="en"),
    Giant("llm-apache", 2_700, "2023-09-28", _DEEP, _TUNED, language="en", heir_of=10),
    Giant("llm-apache", 3_900, "2023-12-11", _DEEP, _TUNED, language="en", heir_of=10),
    Giant("llm-apache", 2_750, "2023-10-26", _DEEP, _TUNED, language="en", heir_of=10),
    Giant("llm-apache", 2_300, "2024-01-11", _DEEP, _TUNED, language="en", heir_of=10),
    Giant("llm-apache", 3_000, "2024-02-20", _DEEP, _TUNED, language="en", heir_of=10),
    Giant("llm-apache", 3_850, "2024-03-21", _DEEP, _TUNED, language="en", heir_of=10),
    Giant("llm-llama3.1", 3_400, "2024-07-23", _EIGHTS, _TUNED, language="8"),
    Giant("llm-llama3.1", 3_900, "2024-07-24", _EIGHTS, _TUNED, language="8", heir_of=17),
    Giant("llm-llama3.1", 3_500, "2024-08-24", _EIGHTS, _TUNED, language="8", heir_of=17),
    Giant("llm-apache", 2_350, "2024-09-15", _LATE, _TUNED, language="en"),
    Giant("llm-apache", 3_800, "2024-09-16", _LATE, _TUNED, language="en", heir_of=20),
    Giant("llm-apache", 2_700, "2024-09-30", _LATE, _TUNED, language="en", heir_of=20),
)  # fmt: skip


def presence(time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much each breed is in use at each time: none before its first, then fading."""
    year = 365.25 * 86_400
    age = np.stack([(time - seconds(b.since)) / year for b in BREEDS])
    fade = np.array([b.fade for b in BREEDS])[:, None]
    ramp = np.clip(age / 0.25, 0.0, 1.0)
    still: NDArray[np.float64] = ramp * np.where(
        fade > 0, 0.5 ** (np.maximum(age, 0) / np.maximum(fade, 1)), 1
    )
    still[0] = np.maximum(still[0], 1e-9)  # somebody must have been there at any time
    return still
