"""Downloads and likes: heavy-tailed, known by distribution, higher for parents of many."""

from __future__ import annotations

from typing import Final

import numpy as np

from cladist.sources.synthetic.birth import FOUNDER, Births
from cladist.sources.synthetic.draws import Ints, Reals, stream

#: Share of models that reach a number of downloads or likes: July 2024 (719,490 models); the ends
#: of the downloads are the ten largest that the paper's figure shows, of 1,860,411 models.
DOWNLOADS: Final = (
    (0.504, 1), (0.37, 2), (0.265, 3), (0.165, 6), (0.10, 14), (0.075, 26), (0.05, 94),
    (0.03, 367), (0.02, 767), (0.01, 2_209), (0.005, 9_618), (0.002, 37_671), (0.001, 102_514),
    (5e-4, 312_060), (1e-4, 2_352_782), (5e-5, 4_828_663), (1.2e-5, 12e6), (5.11e-6, 17.1e6),
    (4.57e-6, 18.9e6), (4.03e-6, 18.9e6), (3.49e-6, 24.1e6), (2.96e-6, 55.1e6),
    (2.42e-6, 61.7e6), (1.88e-6, 77.7e6), (1.34e-6, 84.5e6), (8.06e-7, 91.1e6),
    (2.69e-7, 141.7e6),
)  # fmt: skip
LIKES: Final = (
    (0.093, 1), (0.048, 2), (0.033, 3), (0.02, 6), (0.01, 13), (0.005, 30), (0.002, 79),
    (0.001, 157), (5e-4, 297), (1e-4, 1_086), (5e-5, 1_589), (1e-5, 3_650), (1e-6, 6_361),
)  # fmt: skip
#: Normal scores of downloads and likes by what a model is, July 2024: mean of founders and of
#: children without children; mean of founders and of children with one child, and how much more
#: with e times as many; spread of the likes without children, with one, and less with e times.
_ALONE: Final = ((-0.09, 0.39), (-0.03, 0.03))
_PARENTS: Final = ((1.45, 0.80, 0.386), (0.95, 0.05, 0.534))
_LIKES_SPREAD: Final = (0.98, 1.28, 0.09)
#: What is common to downloads and likes of one model, without children and with.
_COMMON: Final = (0.43, 0.60)


def popularity(births: Births, seed: int) -> tuple[Ints, Ints]:
    """Return downloads and likes of every model.

    Normal scores that depend on what a model is are ranked, and the ranks take the published
    shares: so the totals are met whatever the lineage, and both go together as they do.
    """
    models = len(births.role)
    random = stream(seed, "popularity")
    shared, own = random.standard_normal(models), random.standard_normal(models)
    children = np.bincount(births.parent, minlength=models)
    fame = np.log(np.maximum(children, 1))
    parent, founder = children > 0, births.role == FOUNDER
    means = []
    for (first, later), (first_parent, later_parent, slope) in zip(_ALONE, _PARENTS, strict=True):
        with_children = np.where(founder, first_parent, later_parent) + slope * fame
        means.append(np.where(parent, with_children, np.where(founder, first, later)))
    common = np.where(parent, _COMMON[1], _COMMON[0])
    alone, one, less = _LIKES_SPREAD
    spread = np.where(parent, np.maximum(one - less * fame, 0.5), alone)
    noise = common * shared + np.sqrt(1 - common**2) * own
    return _of_rank(means[0] + 0.95 * shared, DOWNLOADS), _of_rank(means[1] + spread * noise, LIKES)


def _of_rank(score: Reals, shares: tuple[tuple[float, float], ...]) -> Ints:
    """Give the highest score the most, by the share of models that reach a number."""
    order = np.argsort(-score, kind="stable")
    reached = np.empty(len(score))
    reached[order] = (np.arange(len(score)) + 0.5) / max(len(score), 1)
    share, number = np.array(shares).T
    found = np.exp(np.interp(-np.log(reached), -np.log(share), np.log(number), left=-1.0))
    # Between two points the whole numbers below; the points themselves are met.
    whole: Ints = np.floor(found + 1e-9).astype(np.int64)
    return whole
