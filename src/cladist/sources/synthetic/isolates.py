"""Models of no lineage: what they state makes up the published totals.

Two models of three have neither parent nor child. What the paper counts over all models (licences,
tasks, libraries, languages) is therefore mostly theirs, while what it counts over edges is none
of theirs. They are drawn by what the totals leave over when the lineages are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cladist.sources.synthetic import published
from cladist.sources.synthetic.draws import (
    Ints,
    Reals,
    fill_quota,
    fit_margins,
    pick,
    pick_rows,
    stream,
    weights_of,
)
from cladist.sources.synthetic.tongues import tongues

Flags = NDArray[np.bool_]
Codes = NDArray[Any]

#: Libraries and licences that go with a task, where they are not the usual ones: convention (the
#: margins are the published ones, this only says what occurs together).
_LIBRARIES: Final = {
    "text-to-image": {"diffusers": 1.0},
    "image-to-image": {"diffusers": 1.0},
    "image-to-video": {"diffusers": 1.0},
    "text-to-video": {"diffusers": 1.0},
    "unconditional-image-generation": {"diffusers": 1.0},
    "reinforcement-learning": {"stable-baselines3": 0.5, "ml-agents": 0.25,
                               "sample-factory": 0.05, "cleanrl": 0.05, "transformers": 0.1},
    "robotics": {"lerobot": 1.0},
    "sentence-similarity": {"sentence-transformers": 1.0},
    "image-classification": {"transformers": 0.8, "timm": 0.2, "keras": 0.02, "fastai": 0.02},
    "token-classification": {"transformers": 0.85, "flair": 0.1, "spacy": 0.05},
    "automatic-speech-recognition": {"transformers": 0.95, "espnet": 0.03, "nemo": 0.02},
    "text-generation": {"transformers": 0.95, "peft": 0.03, "mlx": 0.01, "mlc-llm": 0.01},
    "*": {"transformers": 0.97, "keras": 0.01, "tf-keras": 0.01, "pytorch": 0.01},
}  # fmt: skip
#: How much more of the first models than of the middle ones state a trait: by July 2024.
_EARLIER: Final = {"pipeline_tag": 0.6, "library_name": 0.45}
_IMAGE_LICENSES: Final = ("openrail", "openrail++", "creativeml-openrail-m", "other")


def fill(
    codes: Mapping[str, Codes],
    stated: Mapping[str, Flags],
    *,
    alone: Flags,
    declared: Flags,
    carded: Flags,
    seed: int,
) -> None:
    """Draw the traits of the models of no lineage, and which of them they state (in place).

    Parameters
    ----------
    codes, stated
        Latent codes and what is stated, of all models; those of lineages are known.
    alone
        The models of no lineage.
    declared, carded
        The models that have a record, and a card.
    seed
        Seed of all streams.
    """
    scale = int(declared.sum()) / published.MODELS
    rest = np.flatnonzero(alone)
    told = {t: stated[t] & declared & ~alone for t in stated}
    for trait in stated:
        eligible = rest if trait in ("pipeline_tag", "library_name") else rest[carded[rest]]
        left = published.STATED[trait] * scale - int(told[trait].sum())
        chance = np.clip(left / max(len(eligible), 1), 0.0, 1.0)
        stated[trait][rest] = False
        # Models are in the order of birth: those of July 2024 state more than later ones.
        tilt = 1 + _EARLIER.get(trait, 0.0) * (1 - 2 * eligible / len(alone))
        drawn = stream(seed, f"alone stated {trait}").random(len(eligible)) < chance * tilt
        stated[trait][eligible[drawn]] = True
    left_of = {t: _left(t, codes, told, scale) for t in ("pipeline_tag", "library_name", "license")}
    task = pick(stream(seed, "alone tasks").random(len(rest)), left_of["pipeline_tag"])
    task = _even(task, stated["pipeline_tag"][rest], left_of["pipeline_tag"], seed, "tasks")
    codes["pipeline_tag"][rest] = task
    for trait, prior in (("library_name", _library_prior()), ("license", _license_prior())):
        table = fit_margins(prior, left_of["pipeline_tag"], left_of[trait])
        draw = stream(seed, f"alone {trait}").random(len(rest))
        drawn = pick_rows(table, task, draw)
        codes[trait][rest] = _even(drawn, stated[trait][rest], left_of[trait], seed, trait)
    codes["language"][rest] = _languages(codes["language"], told["language"], scale,
                                         rest, stated["language"], seed)  # fmt: skip


def _even(code: Ints, told: Flags, target: Reals, seed: int, name: str) -> Ints:
    """Let what is stated meet its totals, not only on average: rare values are few models."""
    found = code.copy()
    uniform = stream(seed, f"alone quota {name}").random(int(told.sum()))
    found[told] = fill_quota(code[told], target, uniform)
    return found


def _left(trait: str, codes: Mapping[str, Codes], told: Mapping[str, Flags], scale: float) -> Reals:
    """Return how often each value is still to be stated, at least a little."""
    target = np.array(list(published.counts(trait).values()), dtype=np.float64) * scale
    met = np.bincount(codes[trait][told[trait]], minlength=len(target))
    left: Reals = np.maximum(target - met, 0.0)
    return left if left.any() else target + 1e-12


def _library_prior() -> Reals:
    libraries = list(published.counts("library_name"))
    usual = _LIBRARIES["*"]
    rows = [weights_of(_LIBRARIES.get(t, usual), libraries)
            for t in published.counts("pipeline_tag")]  # fmt: skip
    return np.array(rows) + 1e-4 * np.array(list(published.counts("library_name").values())) / 1e6


def _license_prior() -> Reals:
    licences = published.counts("license")
    count = np.array(list(licences.values()), dtype=np.float64)
    image = np.isin(list(licences), _IMAGE_LICENSES)
    other = count * np.where(image & (np.array(list(licences)) != "other"), 0.05, 1.0)
    picture = count * np.where(image, 1.0, 0.02)
    rows = [picture if t == "text-to-image" else other for t in published.counts("pipeline_tag")]
    return np.array(rows)


def _languages(code: Ints, told: Flags, scale: float, rest: Ints, stated: Flags, seed: int) -> Ints:
    """Draw sizes of lists by what the published sizes leave over, then languages likewise."""
    pool = tongues()
    random = stream(seed, "alone languages")
    each = published.LANGUAGES_EACH
    met = np.bincount(pool.size[code[told]], minlength=max(each) + 1)
    sizes = list(each)
    left = np.array([max(each[s] * scale - met[s], 0.0) for s in sizes])
    # Of the lists of a size those whose languages the lineages have not used up.
    spoken = pool.members > 0
    target = np.array(list(published.counts("language").values())) * scale
    named = np.bincount(code[told], minlength=len(pool.size)) @ spoken
    room = np.clip(1 - named / np.maximum(target, 1e-9), 1e-6, 1.0)
    fit = {s: np.array([room[spoken[c]].min() for c in pool.of_size[s]]) for s in sizes if s > 2}
    # Sizes that are not published give way until the published sum of mentions is met.
    loose = np.array([s not in published.LANGUAGES_PUBLISHED for s in sizes])
    left[loose] *= [fit[s].max() ** 2 for s, free in zip(sizes, loose, strict=True) if free]
    spare = published.LANGUAGE_MENTIONS * scale - met @ np.arange(len(met)) - left @ (
        np.array(sizes) * ~loose)  # fmt: skip
    left[loose] *= min(
        max(spare, 0.0) / max(float(left[loose] @ np.array(sizes)[loose]), 1.0), 10.0
    )
    size = pick(random.random(len(rest)), left if left.any() else list(each.values()))
    uniform = random.random(len(rest))
    found = np.zeros(len(rest), dtype=np.int64)
    for number, many in enumerate(sizes):
        chosen = size == number
        if many > 2:
            found[chosen] = pool.of_size[many][pick(uniform[chosen], fit[many] ** 2)]
        elif many == 2:
            found[chosen] = pool.draw(many, uniform[chosen])
    # Single languages: what all lists, of lineages and of these models, have not named yet.
    lists = np.concatenate([code[told], found[(size > 0) & stated[rest]]])
    mentions = np.bincount(lists, minlength=len(pool.size)) @ spoken
    weights = np.maximum(target - mentions, 0.0)
    alone = np.flatnonzero(size == 0)
    weights = weights if weights.any() else target + 1e-12
    found[alone] = pick(uniform[alone], weights)
    return _even(found, stated[rest] & (size == 0), weights, seed, "language")
