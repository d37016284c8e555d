"""Accounts and ids that look like names and belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cladist.sources.synthetic.birth import FOUNDER, Births
from cladist.sources.synthetic.breeds import BREEDS
from cladist.sources.synthetic.draws import (
    Ints,
    Reals,
    by_role,
    occurrence,
    pick,
    roots,
    stream,
    zipf_weights,
)
from cladist.vocab import RELATION_CODE, RELATIONS


def _listed(words: str, separator: str = " ") -> tuple[str, ...]:
    return tuple(words.split(separator))


_FIRST: Final = _listed(
    "Quill Bramble Otter Lichen Gannet Saffron Puddle Marzipan Fennel Thistle Wombat Pumice "
    "Curlew Dapple Hobnob Juniper Kestrel Lantern Muddle Nutmeg Osprey Pebble Rhubarb Sorrel "
    "Teasel Umber Velvet Wren Yarrow Zephyr Bodkin Crumpet Dunlin Ember Flummox Gribble"
)
_SECOND: Final = _listed(
    "fin moss wick spark tail dune loom crest shade brook stone quill whisk grove plume knot"
)
_MORE: Final = ("", *_listed("el um ix on ar is eth or an ia os ek il ur en ag"))
_HOUSES: Final = _listed(
    "Teapot Institute|Lantern Works|Gnome Cartographers|Department of Tides|Velvet Anvil|"
    "Second Breakfast Lab|Moth and Candle|Bureau of Small Winds|Paper Whale|Left Sock Research|"
    "Marmalade Observatory|Puddle Academy|Otter Parliament|Cloud Mending Guild|Nine Thimbles|"
    "Rusty Comet|Sleepy Basilisk|Turnip Dynamics|Umbrella Choir|Windowsill Robotics",
    "|",
)
_TEMPERS: Final = _listed(
    "mossy sleepy brisk odd velvet crooked humble spry tangled dusty merry quiet wobbly salty "
    "gentle rusty hasty pensive dappled frosty giddy nimble plucky bashful"
)
_BEASTS: Final = _listed(
    "otter newt heron badger moth vole lynx puffin toad hare snail wren mole stoat gecko ibis "
    "weevil plover dormouse quokka axolotl pangolin numbat tapir"
)
_SIZES: Final = {
    "": (110_000_000, 0.34), "-350M": (350_000_000, 0.08), "-0.5B": (500_000_000, 0.10),
    "-1.8B": (1_800_000_000, 0.10), "-3B": (3_000_000_000, 0.08), "-7B": (7_000_000_000, 0.16),
    "-8B": (8_000_000_000, 0.08), "-14B": (14_000_000_000, 0.03), "-70B": (70_000_000_000, 0.03),
}  # fmt: skip
_FOUNDER_ENDS: Final = ("", "", "-base", "-large", "-small", "-uncased", "-multi")
_LONE_ENDS: Final = (*[""] * 9, "-GGUF", "-test", "-model", "-finetuned", "-lora")
_ENDS: Final = {
    "finetune": ("-Instruct", "-chat", "-finetuned", "-ft", "-sft", "-dpo", "-finetuned",
                 "-classifier", "-storyteller", "", ""),
    "adapter": ("-lora", "-qlora", "-adapter", "-peft", "-lora-r16", "-finetuned", "-sft", "", ""),
    "quantized": ("-GGUF", "-GGUF", "-AWQ", "-GPTQ", "-4bit", "-8bit", "-i1-GGUF", "-exl2"),
    "merge": ("-slerp", "-ties", "-merge", "-dare-linear", "-stew", ""),
    "conversion": ("-onnx",),
    "unknown": ("-copy", "-test", "-final", "-final-final"),
}  # fmt: skip
#: What else stands in names, each with the share of names that have it; conventions, by the forms
#: of the names of July 2024 (benchmarks/realism.py).
_THEME: Final = (
    0.36,
    _listed(
        "ner qa sentiment summaries classifier translation poems recipes haiku limericks tweets "
        "birdsong ledger teapots portraits sonnets support-desk crossword weather spells minutes "
        "letters tide-tables folding-maps umbrellas beekeeping en fr de es ja hi ar emotion topics"
    ),
)
_RELEASE: Final = 0.12, _listed("v1 v2 v0.1 v3 v0.2 v1.1 v2.0 v1.5")
_COUNT: Final = 0.42, tuple(str(k) for k in (*range(1, 20), *range(1, 100), *range(100, 3_000, 17)))
_RUN: Final = 0.06, tuple(
    f"lr{rate}e-05-epochs{epochs}-batch{batch}-seed{seed}"
    for rate in (1, 2, 3, 5) for epochs in (1, 3, 5, 10) for batch in (8, 16, 32)
    for seed in (0, 42, 2024)
)  # fmt: skip
_EXTRAS: Final = (_THEME, _RELEASE, _COUNT, _RUN)
#: Shares of names that begin with a word of their own instead of their founder's, that show a
#: size, that are one plain word, in small letters, and joined by an underscore: likewise.
_OWN_WORD: Final = {"finetune": 0.45, "adapter": 0.6, "quantized": 0.1, "merge": 0.7, "*": 0.3}
_SHOWN_SIZE: Final = {"alone": 0.16, "founder": 0.45, "finetune": 0.45, "adapter": 0.4,
                      "quantized": 0.75, "merge": 0.75, "*": 0.4}  # fmt: skip
_BRIEF: Final = 0.4
_SMALL_LETTERS: Final = 0.56
_UNDERSCORE: Final = 0.5
#: Accounts are of one habit in letters and joints with this chance: convention.
_CONSISTENT: Final = 0.8
#: Longest name that the Hub takes.
_LONGEST: Final = 96


@dataclass(frozen=True)
class Names:
    """Ids of all models, the code of each model's account, the accounts, the sizes."""

    model_id: pa.Array
    author: Ints
    authors: pa.Array
    parameters: Ints
    founder: Ints


def _name_of(code: Ints) -> pa.Array:
    """Return the word of a founder: two syllables, up to two more, then a number."""
    first, second, more = len(_FIRST), len(_SECOND), len(_MORE)
    word = pa.array([a + b for b in _SECOND for a in _FIRST])
    ending = pa.array([a + b for b in _MORE for a in _MORE])
    number, rest = np.divmod(code, first * second)
    number, longer = np.divmod(number, more**2)
    return pc.binary_join_element_wise(
        word.take(pa.array(rest)), ending.take(pa.array(longer)), _number(number), "",
        null_handling="replace",
    )  # fmt: skip


def _number(number: Ints) -> pa.Array:
    text = pc.cast(pa.array(number), pa.string())
    return pc.if_else(pa.array(number > 0), text, "")


def _accounts(births: Births, seed: int) -> tuple[Ints, pa.Array]:
    """Give the accounts names; most founders of lineages belong to houses instead."""
    models = len(births.role)
    random = stream(seed, "houses")
    houses = max(len(_HOUSES), models // 20_000)
    grand = np.flatnonzero((births.breed >= 0) & (births.role == FOUNDER))
    grand = grand[(random.random(len(grand)) < 0.3) | (births.giant[grand] >= 0)]
    account = births.account + houses
    account[grand] = pick(random.random(len(grand)), zipf_weights(houses))
    account = account[births.owner]
    return account, _account_names(houses, int(births.account.max(initial=-1)) + 1)


def _account_names(houses: int, people: int) -> pa.Array:
    names = [_HOUSES[k % len(_HOUSES)].replace(" ", "-") for k in range(houses)]
    names = [n if k < len(_HOUSES) else f"{n}-{k // len(_HOUSES)}" for k, n in enumerate(names)]
    pairs = pa.array([f"{a}-{b}" for b in _BEASTS for a in _TEMPERS])
    number, rest = np.divmod(np.arange(people), len(pairs))
    numbers = pc.if_else(pa.array(number > 0), pc.binary_join_element_wise(
        "", pc.cast(pa.array(number), pa.string()), "-"), "")  # fmt: skip
    persons = pc.binary_join_element_wise(pairs.take(pa.array(rest)), numbers, "")
    return pa.concat_arrays([pa.array(names, pa.string()), persons])


def name(births: Births, seed: int) -> Names:
    """Name everything: many a child's name tells its founder and what was done to it."""
    models = len(births.role)
    random = stream(seed, "names")
    founder = roots(np.where(births.primary >= 0, births.primary, np.arange(models)))
    word = random.permutation(models) if models else np.empty(0, dtype=np.int64)
    size = pick(random.random(models), [share for _, share in _SIZES.values()])
    small = np.array([*(b.small for b in BREEDS), False])[births.breed]
    size = np.where(small, 0, size)[founder]
    account, accounts = _accounts(births, seed)
    roles = ("alone", "founder", *RELATIONS)
    role = np.where(births.breed < 0, 0, births.role.astype(np.int64) + 2)
    own = random.random(models) < by_role(_OWN_WORD, roles)[role]
    words = _name_of(word[np.where(own, np.arange(models), founder)] % max(models // 8, 400))
    short = pa.array(_FIRST).take(pa.array(word % len(_FIRST)))
    brief = (role == 0) & (random.random(models) < _BRIEF)
    words = pc.if_else(pa.array(brief), short, words)
    shown = random.random(models) < by_role(_SHOWN_SIZE, roles)[role]
    stems = pa.array(list(_SIZES)).take(pa.array(np.where(shown, size, 0)))
    ends, end = _ends(role, random.random(models))
    text = pc.binary_join_element_wise(words, stems, ends.take(pa.array(end)), "")
    habit = random.random((int(account.max(initial=-1)) + 1, 2))[account]
    own_way = random.random((models, 2))
    habit = np.where(random.random((models, 2)) < _CONSISTENT, habit, own_way)
    joint = pa.array(["-", "_"]).take(pa.array((habit[:, 1] < _UNDERSCORE).astype(np.int8)))
    extras = [_some(random, models, *extra) for extra in _EXTRAS]
    text = pc.binary_join_element_wise(text, *extras, joint, null_handling="skip")
    lower = pa.array(habit[:, 0] < _SMALL_LETTERS)
    text = pc.utf8_slice_codeunits(pc.if_else(lower, pc.utf8_lower(text), text), 0, _LONGEST)
    owner = accounts.take(pa.array(account))
    model_id = pc.binary_join_element_wise(owner, text, "/")
    base = np.array([count for count, _ in _SIZES.values()])[size]
    adapter = births.role == RELATION_CODE["adapter"]
    parameters = np.where(adapter, base // 250, base)
    return Names(_unique(model_id), account, accounts, parameters, founder)


def _some(
    random: np.random.Generator, models: int, share: float, words: tuple[str, ...]
) -> pa.Array:
    """Return a word for a share of the models, null for the others."""
    uniform = random.random(models)
    code = np.minimum(uniform / share * len(words), len(words) - 1).astype(np.int64)
    return pa.array(words).take(pa.array(code, mask=uniform >= share))


def _ends(role: Ints, uniform: Reals) -> tuple[pa.Array, Ints]:
    groups = [_LONE_ENDS, _FOUNDER_ENDS, *(_ENDS[r] for r in RELATIONS)]
    lengths = np.array([len(g) for g in groups])
    starts = np.cumsum(lengths) - lengths
    code = starts[role] + (uniform * lengths[role]).astype(np.int64)
    return pa.array([end for g in groups for end in g]), code


def _unique(model_id: pa.Array) -> pa.Array:
    """Append a number to ids that repeat, or differ in case only."""
    for mark in ("-r", "-again", "-x"):
        codes = pc.utf8_lower(model_id).dictionary_encode().indices.to_numpy()
        # Codes are given in the order of their first appearance: what is no new highest repeats.
        repeated = np.diff(np.maximum.accumulate(codes), prepend=-1) == 0
        if not repeated.any():
            break
        often = np.isin(codes, codes[repeated])
        seen = np.zeros(len(codes), dtype=np.int64)
        seen[often] = occurrence(codes[often].astype(np.int64))
        text = pc.cast(pa.array(seen + 1), pa.string())
        suffix = pc.if_else(pa.array(seen > 0), pc.binary_join_element_wise(mark, text, ""), "")
        model_id = pc.binary_join_element_wise(model_id, suffix, "")
    return model_id
