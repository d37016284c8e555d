"""Accounts and ids that look like names and belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cladist.sources.synthetic.birth import FOUNDER, Births
from cladist.sources.synthetic.breeds import BREEDS
from cladist.sources.synthetic.draws import Ints, occurrence, pick, roots, stream, zipf_weights
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
_FOUNDER_ENDS: Final = ("", "-base", "-v2", "-v0.1", "-large", "-small", "-uncased", "-multi")
_ENDS: Final = {
    "finetune": ("-Instruct", "-chat", "-finetuned", "-sft", "-dpo", "-classifier", "-storyteller",
                 "-recipes", "-haiku", "-limericks", "-support-desk", "-birdsong", "-ledger"),
    "adapter": ("-lora", "-qlora", "-lora-portraits", "-adapter", "-lora-teapots", "-lora-r16",
                "-lora-sonnets"),
    "quantized": ("-GGUF", "-AWQ", "-GPTQ", "-4bit", "-8bit", "-i1-GGUF", "-exl2"),
    "merge": ("-slerp", "-ties", "-merge", "-dare-linear", "-stew"),
    "conversion": ("-onnx",),
    "unknown": ("-copy", "-test", "-final", "-final-final"),
}  # fmt: skip


@dataclass(frozen=True)
class Names:
    """Ids of all models, the code of each model's account, the accounts, the sizes."""

    model_id: pa.Array
    author: Ints
    authors: pa.Array
    parameters: Ints
    founder: Ints


def _name_of(code: Ints) -> pa.Array:
    """Return the word of a founder: two syllables, then a number when they run out."""
    first, second = len(_FIRST), len(_SECOND)
    word = pa.array([a + b for b in _SECOND for a in _FIRST])
    number, rest = np.divmod(code, first * second)
    return pc.binary_join_element_wise(
        word.take(pa.array(rest)), _number(number), "", null_handling="replace"
    )


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
    """Name everything: a child's name tells its founder and what was done to it."""
    models = len(births.role)
    random = stream(seed, "names")
    founder = roots(np.where(births.primary >= 0, births.primary, np.arange(models)))
    word = random.permutation(models) if models else np.empty(0, dtype=np.int64)
    size = pick(random.random(models), [share for _, share in _SIZES.values()])
    small = np.array([*(b.small for b in BREEDS), False])[births.breed]
    size = np.where(small, 0, size)[founder]
    ends, end = _ends(births.role, random.random(models))
    account, accounts = _accounts(births, seed)
    words = _name_of(word[founder] % max(models // 8, 400))
    owner, stem = accounts.take(pa.array(account)), pa.array(list(_SIZES)).take(pa.array(size))
    model_id = pc.binary_join_element_wise(
        pc.binary_join_element_wise(owner, words, "/"), stem, ends.take(pa.array(end)), ""
    )
    base = np.array([count for count, _ in _SIZES.values()])[size]
    adapter = births.role == RELATION_CODE["adapter"]
    parameters = np.where(adapter, base // 250, base)
    return Names(_unique(model_id), account, accounts, parameters, founder)


def _ends(role: NDArray[np.int8], uniform: NDArray[np.float64]) -> tuple[pa.Array, Ints]:
    groups = [_FOUNDER_ENDS, *(_ENDS[r] for r in RELATIONS)]
    lengths = np.array([len(g) for g in groups])
    starts = np.cumsum(lengths) - lengths
    group = role.astype(np.int64) + 1
    code = starts[group] + (uniform * lengths[group]).astype(np.int64)
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


def popularity(births: Births, seed: int) -> tuple[Ints, Ints]:
    """Return downloads and likes: log-normal, larger for founders with many children.

    The location and scale of the logarithms are conventions, set so that the median model has
    no like and no download and the largest parents have millions.
    """
    models = len(births.role)
    random = stream(seed, "popularity")
    shared = random.standard_normal(models)
    own = random.standard_normal(models)
    children = np.bincount(births.parent, minlength=models)
    is_child = births.role != FOUNDER
    fame = np.log1p(children)
    low = np.where(is_child, 0.7, -0.5)
    downloads = np.where(children > 0, 5.0 + 0.8 * fame + 2.6 * shared, low + 3.0 * shared)
    likes = np.where(children > 0, 0.8 + 0.6 * fame, -2.3) + 1.2 * shared + 1.3 * own
    return (
        np.floor(np.exp(np.minimum(downloads, 18.8))).astype(np.int64),
        np.floor(np.exp(np.minimum(likes, 9.4))).astype(np.int64),
    )
