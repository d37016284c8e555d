"""Papers that models cite: one per lineage mostly, by popularity, with numbers nobody else has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cladist.sources.synthetic import published
from cladist.sources.synthetic.birth import Births
from cladist.sources.synthetic.draws import Ints, pick, stream, zipf_weights

#: Share of models that cite a paper besides the template's: founders of lineages, their
#: descendants, models of no lineage. Conventions: the links to papers on language, vision and
#: speech that the paper counts by category are about a hundred thousand.
_CITING: Final = (0.45, 0.12, 0.035)
#: Descendants that cite a paper of their own and not their founder's.
_OWN_PAPER: Final = 0.2
#: Fall of the popularity of papers with their rank: convention, that the published number of
#: different papers is met.
_EXPONENT: Final = 0.9
#: Papers to choose from at the published size.
_POOL: Final = 13_000
_FIRST_YEAR: Final = 2017
_MONTHS: Final = 102
#: From this rank on papers may be as young as the models: convention.
_RECENT: Final = 300
#: Numbers start above any that a month of arXiv has had.
_LEAST: Final = 40_000


@dataclass(frozen=True)
class Papers:
    """Ids of papers, and the paper of each model: a place among the ids, -1 for none."""

    ids: pa.Array
    cited: NDArray[Any]


def cite(births: Births, founder: Ints, carded: NDArray[np.bool_], seed: int) -> Papers:
    """Decide which paper each model cites.

    Parameters
    ----------
    births
        The true lineage.
    founder
        The founder of each model.
    carded
        Which models have a card to cite in.
    seed
        Seed of all streams.
    """
    models = len(births.role)
    random = stream(seed, "papers")
    many = max(round(_POOL * models / published.MODELS), 40)
    fresh = pick(random.random(models), zipf_weights(many, _EXPONENT))
    lineage = births.breed >= 0
    own = (founder == np.arange(models)) | (random.random(models) < _OWN_PAPER)
    paper = np.where(own, fresh, fresh[founder])
    chance = np.where(~lineage, _CITING[2], np.where(births.primary < 0, _CITING[0], _CITING[1]))
    cites = carded & (random.random(models) < chance)
    return Papers(_ids(many), np.where(cites, paper, -1).astype(np.int32))


def _ids(many: int) -> pa.Array:
    """Return ids in the form of arXiv, with numbers beyond any that a month has had.

    Papers that many cite are older ones.
    """
    random = np.random.default_rng(np.random.SeedSequence([20250712, 1]))
    age = np.minimum((np.arange(1, many + 1) / _RECENT) ** 0.12, 1.0)
    month = np.floor(random.power(2.5, many) * age * _MONTHS).astype(np.int64)
    number = _LEAST + random.permutation(100_000 - _LEAST)[np.arange(many) % (100_000 - _LEAST)]
    return pa.array([f"{(_FIRST_YEAR + m // 12) % 100:02d}{m % 12 + 1:02d}.{n}"
                     for m, n in zip(month.tolist(), number.tolist(), strict=True)])  # fmt: skip
