"""Who writes a card about what, in which language: from what a model and its parents state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cladist.sources.synthetic.birth import Births
from cladist.sources.synthetic.draws import Ints, Reals, stream
from cladist.sources.synthetic.inherit import Traits
from cladist.sources.synthetic.passages import NUMBERS, Codes, domain_of, pack
from cladist.sources.synthetic.pools import DOMAINS, TONGUES
from cladist.sources.synthetic.tongues import tongues

#: Of models that state one language other than English, how many have cards in it: convention.
NATIVE: Final = {"zh": 0.55, "ja": 0.50, "ko": 0.40, "ru": 0.50, "fr": 0.25, "de": 0.25,
                 "es": 0.25, "pt": 0.35}  # fmt: skip
#: Of models of text that descend from none, how many are about code: convention.
_CODING: Final = 0.10
#: Libraries that tell what a model does where it states no task.
_BY_LIBRARY: Final = {"diffusers": "diffusion", "stable-baselines3": "control",
                      "ml-agents": "control", "lerobot": "control", "timm": "vision",
                      "sentence-transformers": "embedding", "espnet": "speech"}  # fmt: skip


@dataclass(frozen=True)
class Writers:
    """Of each model: the tongue and domain of what is newly written for it, and its number."""

    tongue: Ints
    domain: Ints
    number: Ints

    def sections(self, length: Codes, seed: int) -> Codes:
        """Return new sections of these lengths, one row per model."""
        number = stream(seed, "card texts").integers(0, NUMBERS, length.shape, dtype=np.uint32)
        tongue, domain, writer = (c[:, None] for c in (self.tongue, self.domain, self.number))
        return pack(length, tongue, domain, writer, number)


def writers(
    births: Births, traits: Traits, values: Mapping[str, Sequence[str]], seed: int
) -> Writers:
    """Decide for every model what its card is about; the silent follow their primary parents.

    Only what a model or one of its ancestors states decides, so that no card tells a trait that
    nobody states.
    """
    random = stream(seed, "card writers")
    models = len(births.role)
    domain, native = _domains(traits, values), _natives(traits, random.random(models))
    alone = births.primary < 0
    coding, text = DOMAINS.index("coding"), DOMAINS.index("text")
    domain[alone & (domain == text) & (random.random(models) < _CODING)] = coding
    for nodes in births.generations:
        above = births.primary[nodes]
        mine = np.where(domain[nodes] < 0, domain[above], domain[nodes])
        domain[nodes] = np.where((mine == text) & (domain[above] == coding), coding, mine)
        native[nodes] = np.where(native[nodes] < 0, native[above], native[nodes])
    number = random.integers(0, NUMBERS, models)
    return Writers(np.maximum(native, 0), np.maximum(domain, text), number)


def _domains(traits: Traits, values: Mapping[str, Sequence[str]]) -> Ints:
    """Return the domain of the stated task, or else library; -1 without one."""
    by_task = np.array([domain_of(v) for v in values["pipeline_tag"]])
    by_library = np.array([DOMAINS.index(_BY_LIBRARY[v]) if v in _BY_LIBRARY else -1
                           for v in values["library_name"]])  # fmt: skip
    stated = traits.stated
    library = np.where(stated["library_name"], by_library[traits.library_name], -1)
    task = np.where(stated["pipeline_tag"], by_task[traits.pipeline_tag], -1)
    found: Ints = np.where(task >= 0, task, library)
    return found


def _natives(traits: Traits, uniform: Reals) -> Ints:
    """Return the number of the tongue of each model's card, -1 where no language is stated."""
    pool = tongues()
    number = np.zeros(len(pool.size), dtype=np.int64)
    share = np.zeros(len(pool.size))
    for tag, often in NATIVE.items():
        alone = pool.tags.index(tag)
        number[alone], share[alone] = TONGUES.index(tag), often
    code = traits.language.astype(np.int64)
    found = np.where(uniform < share[code], number[code], 0)
    silent: Ints = np.where(traits.stated["language"], found, -1)
    return silent
