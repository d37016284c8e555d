"""Lists of languages as codes: one language, English with another, or a list of many.

A model's languages are one number: below the number of languages a language alone, above it a
list of the pool. So lists are inherited and compared as integers, and written by one take.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cladist.sources.synthetic import published
from cladist.sources.synthetic.draws import Ints, Reals, pick, pick_rows
from cladist.sources.synthetic.kernels import directed_targets

#: From so many languages on a list counts as of many: those of multilingual encoders and speech.
MANY: Final = 20
#: Variants of a list of one size (from 40 on there is one): convention.
_VARIANTS: Final = 24
#: The eight languages of the models of July 2024 that made lists of eight so common.
_EIGHT: Final = ("en", "de", "fr", "it", "pt", "hi", "es", "th")
#: Lists beside the commonest languages, so that all do not name the same ones: convention.
_NINE: Final = ("en", "zh", "fr", "ja", "ko", "ru", "vi", "ro", "tr")
_ELEVEN: Final = ("en", "ar", "id", "tr", "vi", "pl", "nl", "de", "es", "hi", "fr")
_NAMED: Final = {8: _EIGHT, 9: _NINE, 11: _ELEVEN}
#: Of the changes of a single language: it is switched, or English is added (to English another).
_SWITCH: Final = 0.75
#: What a merge's single language widens to, and how often when it changes: convention, by the
#: published mean of the languages of merges, larger than their parents'.
_WIDE, _WIDENED = 10, 0.8
#: How much English is preferred when a list is narrowed to one: convention.
_ENGLISH: Final = 0.35
_PAIR_OF_MANY: Final = 0.62

#: The same by name, for the truth beside a hub.
CHANGES: Final = {"many_from": MANY, "switched": _SWITCH, "narrowed_to_english": _ENGLISH,
                  "pair_of_many": _PAIR_OF_MANY, "widened": _WIDENED, "widened_to": _WIDE,
                  "downstream": published.FORWARD["language"]}  # fmt: skip


@dataclass(frozen=True)
class Tongues:
    """The pool of lists.

    ``lists`` has the languages of every code; ``size`` how many; ``members[code, language]`` the
    weights by which a list is narrowed to one; ``of_size`` the codes of the lists of each size;
    ``switch`` where a single language goes.
    """

    tags: tuple[str, ...]
    lists: pa.ListArray
    size: Ints
    members: Reals
    of_size: dict[int, Ints]
    switch: Reals

    @property
    def english(self) -> int:
        """The code of English."""
        return self.tags.index("en")

    def kind(self, code: Ints) -> Ints:
        """Return 0 for one language, 1 for a few, 2 for many."""
        size = self.size[code]
        return np.where(size == 1, 0, np.where(size < MANY, 1, 2))

    def draw(self, size: int, uniform: Reals) -> Ints:
        """Draw lists of one size; of two by how common the language beside English is."""
        codes = self.of_size[size]
        if size != 2:
            return codes[np.minimum((uniform * len(codes)).astype(np.int64), len(codes) - 1)]
        weights = [c for t, c in published.counts("language").items() if t != "en"]
        return codes[pick(uniform, weights)]

    def change(
        self, code: Ints, kind: Reals, where: Reals, merges: NDArray[np.bool_] | None = None
    ) -> Ints:
        """Return what lists become when they change.

        Parameters
        ----------
        code
            The parents' lists.
        kind, where
            Uniform numbers: what happens, and to which language.
        merges
            Which models are merges: of these a single language mostly becomes a longer list, for
            their other parents bring their own.
        """
        lone, english = len(self.tags), self.english
        single = self.size[code] == 1
        one = np.where(single, code, 0)
        moved = pick_rows(self.switch, one, where)
        partner = np.where(one == english, moved, one)
        pair = self._pair(partner)
        after_one = np.where((kind < _SWITCH) | (partner == english), moved, pair)
        if merges is not None:
            widened = self.of_size[_WIDE][0]
            wide = merges & (kind < _WIDENED) & (self.members[widened, one] > 0)
            after_one = np.where(wide, widened, after_one)
        narrow = pick_rows(self.members, np.where(single, lone, code), where)
        keep_two = (self.size[code] >= MANY) & (kind < _PAIR_OF_MANY) & (narrow != english)
        after_many = np.where(keep_two, self._pair(narrow), narrow)
        return np.where(single, after_one, after_many)

    def _pair(self, language: Ints) -> Ints:
        """Return the code of English with another language (of English alone: the first pair)."""
        place = np.where(language > self.english, language - 1, language)
        return len(self.tags) + np.minimum(place, len(self.tags) - 2)


@cache
def tongues() -> Tongues:
    """Return the pool: the same for every seed."""
    counts = published.counts("language")
    tags, weight = tuple(counts), np.array(list(counts.values()), dtype=np.float64)
    english = tags.index("en")
    lists: list[NDArray[np.int64]] = [np.array([k]) for k in range(len(tags))]
    lists += [np.array([english, k]) for k in range(len(tags)) if k != english]
    of_size = {1: np.arange(len(tags)), 2: np.arange(len(tags), 2 * len(tags) - 1)}
    random = np.random.default_rng(np.random.SeedSequence([20250712]))
    ranked = np.argsort(-weight, kind="stable")
    for size in published.LANGUAGES_EACH:
        if size <= 2:
            continue
        start = len(lists)
        for variant in range(_VARIANTS if size < 40 else 1):
            if size in _NAMED and variant < _VARIANTS // 2:
                chosen = np.array([tags.index(t) for t in _NAMED[size]])
            elif size >= 40 or variant == 0:
                chosen = ranked[:size]
            else:
                keys = random.exponential(size=len(tags)) / weight
                keys[english] = 0.0
                chosen = np.argsort(keys, kind="stable")[:size]
            lists.append(chosen)
        of_size[size] = np.arange(start, len(lists))
    sizes = np.array([len(x) for x in lists], dtype=np.int64)
    members = np.zeros((len(lists), len(tags)))
    for code, chosen in enumerate(lists):
        share = weight[chosen] * (chosen != english)
        members[code, chosen] = share / max(share.sum(), 1e-300) * (1 - _ENGLISH)
        members[code, english] += _ENGLISH if english in chosen else 0.0
    offsets = np.zeros(len(lists) + 1, dtype=np.int32)
    np.cumsum(sizes, out=offsets[1:])
    texts = pa.array(tags).take(pa.array(np.concatenate(lists)))
    table = pa.ListArray.from_arrays(pa.array(offsets), texts)
    damped = np.where(np.arange(len(tags)) == english, weight.sum() - weight[english], weight)
    switch = directed_targets(damped, published.FORWARD["language"])
    return Tongues(tags, table, sizes, members, of_size, switch)
