"""Pools of invented sentences and blocks, from which the sections of cards are put together.

A *world* is an invented project: its name, its people, a data set, a place and what it is about.
Every phrase of the grammar (``data/card_*.toml``) is written out once per world, so that a card
that keeps to one world speaks of one project. Pools are the same for every seed and are made once
a process.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cladist.sources.synthetic.draws import Ints

#: Number of worlds: convention. Unrelated cards are of one world once in so many pairs.
WORLDS: Final = 1_024
#: What stands in a pool where the id of the model (or of its parents) belongs.
ID: Final = "\x00"
#: Sentences put together from parts, numbers of each slot: conventions.
_COMPOSED: Final = 6
_NUMBERS: Final = 6_000
#: How often what tools write is written out per world, for their cards are many: convention.
_TOOLED: Final = 12
_ROWS: Final = (2, 3, 4, 6)

_MARKS = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\](\()?|\{([A-Za-z_]\w*)\}")
_ARTICLE: Final = r"\b([Aa]) ([aeiou])"


@cache
def grammar(name: str) -> dict[str, Any]:
    """Return one of the tables ``phrases``, ``tasks``, ``tongues``, ``words``, ``tools``."""
    return tomllib.loads((files("cladist.data") / f"card_{name}.toml").read_text("utf-8"))


Slot = Callable[[np.random.Generator], pa.Array]


def _words(key: str) -> list[str]:
    found = grammar("words")[key]
    return found.split() if isinstance(found, str) else found


def _any(words: Iterable[str]) -> Slot:
    pool = pa.array(list(words))
    return lambda random: pool.take(pa.array(random.integers(0, len(pool), WORLDS)))


def _number(low: float, high: float, form: str) -> Slot:
    """Return numbers that are even on the logarithm, as texts."""
    random = np.random.default_rng(np.random.SeedSequence([*form.encode(), int(high * 100)]))
    found = np.exp(random.uniform(np.log(low), np.log(high), _NUMBERS))
    whole = form in ("d", ",")
    return _any([format(int(x) if whole else x, form) for x in found.tolist()])


def joined(*parts: Any) -> pa.Array:
    """Join texts; null where one of them is."""
    return pc.binary_join_element_wise(*parts, "")


def _names(random: np.random.Generator) -> list[str]:
    """Return a name per world, all different."""
    first, second = _words("first"), _words("second")
    chosen = random.permutation(len(first) * len(second))[:WORLDS]
    return [(first[k // len(second)] + second[k % len(second)]).title() for k in chosen.tolist()]


@cache
def _slots() -> Mapping[str, Slot]:
    """Return what fills each slot: names are the same throughout a world, the rest is drawn."""
    random = np.random.default_rng(np.random.SeedSequence([20261130]))

    def fixed(words: pa.Array) -> Slot:
        return lambda _: words

    project, data, data2, team, place = (_names(random) for _ in range(5))
    slug = pa.array([name.lower() for name in project])
    ends = {k: _any(_words(f"{k}_ends"))(random) for k in ("dataset", "team", "place")}
    topics = np.array(_words("topic"))
    pair = random.permuted(np.tile(np.arange(len(topics)), (WORLDS, 1)), axis=1)[:, :2]
    drawn = {
        "k": _number(2, 64, "d"), "ep": _number(2, 21, "d"), "m": _number(100, 9_990, ","),
        "n": _number(1_000, 990_000, ","), "hours": _number(2, 900, "d"),
        "kwh": _number(3, 4_000, "d"), "gb": _number(1, 80, ".1f"), "f": _number(0.02, 1, ".3f"),
        "loss": _number(0.4, 12, ".2f"), "pct": _number(35, 99, ".1f"),
        "pct2": _number(20, 95, ".1f"), "v": _any(f"{a}.{b}" for a in range(7) for b in range(10)),
        "lr": _any(f"{a}e-{b:02}" for a in (1, 2, 3, 4, 5, 6, 8) for b in (3, 4, 5, 6)),
        "bs": _any(str(2**k) for k in range(3, 11)),
        "hid": _any(str(128 * k) for k in range(2, 41)),
        "px": _any(str(32 * k) for k in range(4, 33)),
        "ctx": _any(str(2**k) for k in range(9, 18)),
        "lib": _any(("transformers", "diffusers", "the loader", "the runtime", "peft", "torch")),
        "Name": _any(f"{a}{b}".title() for a in _words("first") for b in _words("second")[:20]),
        **{key: _any(w.replace("-", " ") if key == "noun" else w for w in _words(key))
           for key in ("adj", "noun", "metric", "dtype")},
        "dataset_end": _any(_words("dataset_ends")),
    }  # fmt: skip
    held = {
        "project": pa.array(project), "slug": slug, "site": joined(slug, ".example"),
        "data": joined(pa.array(data), ends["dataset"]), "data2": pa.array(data2),
        "team": joined(pa.array(team), ends["team"]),
        "place": joined(pa.array(place), ends["place"]),
        "topic": pa.array(topics[pair[:, 0]]), "topic2": pa.array(topics[pair[:, 1]]),
        "id": pa.repeat(ID, WORLDS), "parents": pa.repeat(ID, WORLDS),
    }  # fmt: skip
    return {**drawn, **{key: fixed(words) for key, words in held.items()}}


def write_out(
    template: str, random: np.random.Generator, slots: Mapping[str, Slot]
) -> pa.StringArray:
    """Write a template once per world: one of the alternatives in brackets, slots filled."""
    parts: list[Any] = []
    at = 0
    for mark in _MARKS.finditer(template):
        parts.append(template[at : mark.start()])
        at = mark.end()
        if mark[3] is not None:
            parts.append(slots[mark[3]](random) if mark[3] in slots else mark[0])
            continue
        ways = [write_out(way, random, slots) for way in mark[1].split("|")]
        which = pa.array(random.integers(0, len(ways), WORLDS))
        chosen = pc.choose(which, *ways)
        parts.append(joined("[", chosen, "](") if mark[2] else chosen)
    parts.append(template[at:])
    parts = [part for part in parts if not isinstance(part, str) or part]
    if all(isinstance(part, str) for part in parts):
        return pa.repeat("".join(parts), WORLDS)
    return joined(*parts)


def _sentences(
    templates: Iterable[str], random: np.random.Generator, slots: Mapping[str, Slot]
) -> list[pa.Array]:
    """Write sentences: a capital first, the article as the next word asks."""
    found = []
    for template in templates:
        text = write_out(template, random, slots)
        text = pc.replace_substring_regex(text, _ARTICLE, r"\1n \2")
        first, rest = pc.utf8_slice_codeunits(text, 0, 1), pc.utf8_slice_codeunits(text, 1)
        found.append(joined(pc.utf8_upper(first), rest))
    return found


def _composed(random: np.random.Generator, slots: Mapping[str, Slot]) -> list[pa.Array]:
    """Put sentences together from who, does, what and how, all drawn."""
    parts = grammar("phrases")["parts"]
    filled = {
        key: _per_world([write_out(t, random, slots) for t in parts[key]])
        for key in ("who", "does", "what", "how")
    }
    template = "{who} {does} {what} {how}."
    return _sentences([template] * _COMPOSED, random, filled)


def _per_world(ways: list[pa.Array]) -> Slot:
    def draw(random: np.random.Generator) -> pa.Array:
        return pc.choose(pa.array(random.integers(0, len(ways), WORLDS)), *ways)

    return draw


@dataclass(frozen=True)
class Pool:
    """Texts in groups: of a group every template, of a template every world.

    ``before`` and ``after`` are what stands around an id (``after`` is empty where none belongs,
    and ``holds`` false); ``length`` counts characters without the id.
    """

    before: pa.Array
    after: pa.Array
    holds: NDArray[np.bool_]
    length: Ints
    start: Mapping[Any, int]
    count: Mapping[Any, int]

    @classmethod
    def of(cls, groups: Mapping[Any, list[pa.Array]]) -> Pool:
        """Lay the groups out one after the other."""
        start: dict[Any, int] = {}
        count: dict[Any, int] = {}
        texts: list[pa.Array] = []
        for key, found in groups.items():
            start[key], count[key] = len(texts) * WORLDS, len(found)
            texts += found
        whole = pa.concat_arrays(texts)
        length = pc.utf8_length(whole).to_numpy().astype(np.int64)
        holds = pc.match_substring(whole, ID).to_numpy(zero_copy_only=False)
        if not holds.any():
            return cls(whole, whole, holds, length, start, count)
        cut = pc.split_pattern(whole, ID, max_splits=1)
        before = pc.list_element(cut, 0)
        after = pc.list_element(pc.if_else(pa.array(holds), cut, pa.scalar(["", ""])), 1)
        return cls(before, after, holds, length - holds, start, count)


def _random(number: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([20261130, number]))


#: Languages of cards; the first is written unless a model states another of them alone.
TONGUES: Final = ("en", "zh", "ja", "ko", "ru", "fr", "de", "es", "pt")
SECTIONS: Final = ("description", "uses", "usage", "data", "procedure", "evaluation", "limits",
                   "thanks")  # fmt: skip
DOMAINS: Final = ("text", "classify", "embedding", "vision", "diffusion", "speech", "control",
                  "multimodal", "rewriting", "coding")  # fmt: skip


@cache
def sentences() -> Pool:
    """Return the sentences, in groups.

    ``(section, domain)``, ``(section, None)`` for any domain, ``(section, "any")`` put together,
    and in other languages ``(section, tongue)``.
    """
    random, slots = _random(1), _slots()
    phrases, tasks, tongues = (grammar(name) for name in ("phrases", "tasks", "tongues"))
    groups: dict[Any, list[pa.Array]] = {}
    for section in SECTIONS:
        groups[section, None] = _sentences(phrases["sentences"][section], random, slots)
        groups[section, "any"] = _composed(random, slots)
        for domain in DOMAINS:
            groups[section, domain] = _sentences(tasks[domain].get(section, ()), random, slots)
        for tongue in TONGUES[1:]:
            nouns = _any(tongues[tongue]["nouns"])
            mine = {**slots, "noun": nouns, "noun2": nouns}
            groups[section, tongue] = [
                _sentences([t], random, mine)[0] for t in tongues[tongue][section]]  # fmt: skip
    return Pool.of({key: found for key, found in groups.items() if found})


@cache
def blocks() -> Pool:
    """Return what is not prose: code and tables by domain, and the groups named ``blocks``."""
    random, slots = _random(2), _slots()
    tasks = grammar("tasks")
    groups: dict[Any, list[pa.Array]] = {}
    for domain in DOMAINS:
        table = tasks[domain]
        groups["code", domain] = [write_out(t, random, slots) for t in table["code"]]
        rows = "\n" + table["table_row"]
        groups["table", domain] = [
            write_out(table["table_head"] + rows * k, random, slots) for k in _ROWS
        ]
    for key, templates in tasks["blocks"].items():
        if key != "signs":
            groups[key, None] = [write_out(t, random, slots) for t in templates]
    return Pool.of(groups)


@cache
def tools(kind: str) -> Pool:
    """Return the texts of one table of ``card_tools.toml``: groups by relation."""
    random, slots = _random(3), _slots()
    return Pool.of({relation: [write_out(t, random, slots) for t in templates * _TOOLED]
                    for relation, templates in grammar("tools")[kind].items()})  # fmt: skip


@cache
def headings() -> tuple[pa.Array, int, int]:
    """Return headings by tongue, section, wording, level and sign; wordings and signs of each."""
    signs = ["", *(sign + " " for sign in grammar("tasks")["blocks"]["signs"])]
    texts = []
    for tongue in TONGUES:
        for number, section in enumerate(SECTIONS):
            own = grammar("phrases")["headings"][section] if tongue == "en" \
                else [grammar("tongues")[tongue]["headings"][number]] * 8  # fmt: skip
            texts += [f"{level} {sign}{word}\n\n" for word in own for level in ("##", "###")
                      for sign in signs]  # fmt: skip
    return pa.array(texts), 8, len(signs)
