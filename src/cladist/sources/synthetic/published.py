"""Marginals of the real Hub that the simulator aims at.

Unless a comment says otherwise the source is Laufer, Oderinwale and Kleinberg, "Anatomy of a
Machine Learning Ecosystem" (arXiv 2508.06811), its figures and the outputs of its notebooks:
1,860,411 models observed on 12 July 2025. A value marked *convention* is ours, not measured;
*July 2024* means counted in a list of 719,490 models of the Hub of 11 July 2024.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

#: Models and edges of the published full graph.
MODELS: Final = 1_860_411
EDGES: Final = {
    "finetune": 189_391,
    "adapter": 241_417,
    "quantized": 101_921,
    "merge": 40_358,
    "unknown": 566,  # a base_model tag without a relation
}
#: The published edges leave out those whose parent, as written, is no row: edges are born in this
#: proportion more, for the default rates of ghosts and of ids written otherwise.
UNMATCHED: Final = 0.018

#: Share of children of each relation that have children themselves (the "further" counts).
#: Merge and untyped: convention.
FERTILITY: Final = {
    "finetune": 15_047 / 189_391,
    "quantized": 970 / 101_921,
    "adapter": 458 / 241_417,
    "merge": 0.14,
    "unknown": 0.08,
}

#: Share of founders that get children: convention (the number of parents is not published);
#: with it the 2,500th largest of 1.86 M families has about 7 models, as published.
FOUNDER_FERTILITY: Final = 0.016
#: Repositories older than the Hub's dates are the classics: this many times as fertile.
FLOOR_FERTILITY: Final = 5.0

#: How many parents a merge names: July 2024, models with two to eight.
MERGE_PARENTS: Final = {2: 0.727, 3: 0.142, 4: 0.060, 5: 0.033, 6: 0.025, 7: 0.008, 8: 0.005}

#: createdAt: the floor to which older repositories were back-filled, the last one, and how many
#: models each hundredth of the time between holds (read off the published histogram). Of the first
#: all but 1,027 are at the floor: July 2024 has 29,990 there.
FLOOR_TIME: Final = "2022-03-02T23:29:04"
LAST_TIME: Final = "2025-07-12T17:14:09"
FLOOR: Final = 29_990
CREATED: Final = (
    31_017, 1_365, 1_737, 2_854, 1_985, 3_102, 2_978, 2_605, 3_226, 2_109, 2_978, 2_109, 1_985,
    2_730, 1_861, 2_357, 2_730, 2_978, 3_350, 3_350, 3_722, 3_970, 5_459, 6_079, 4_342, 5_955,
    5_831, 6_700, 6_576, 8_313, 8_189, 9_801, 8_437, 9_057, 10_794, 9_057, 9_429, 9_553, 9_801,
    10_794, 15_261, 12_531, 14_640, 14_268, 14_640, 12_035, 11_787, 11_538, 13_275, 12_779,
    14_888, 16_253, 15_261, 13_648, 12_035, 15_881, 15_757, 15_136, 16_253, 18_859, 18_114,
    16_998, 20_844, 21_464, 20_099, 20_596, 25_558, 23_697, 21_836, 18_610, 23_201, 27_792,
    24_938, 37_469, 46_402, 54_591, 50_124, 25_310, 24_194, 28_660, 30_893, 29_777, 35_112,
    31_266, 31_141, 44_293, 50_868, 48_263, 39_702, 36_725, 38_710, 45_285, 43_176, 43_921,
    45_658, 49_132, 42_928, 37_841, 31_886, 35_608,
)  # fmt: skip

#: From when to when a relation came into use (none before, full after): convention; the family
#: of distilbert, 158 models by July 2023 and 2,368 by January 2024, shows when the tags began.
RELATION_RAMP: Final = {
    "finetune": ("2023-05-01", "2023-12-01"),
    "adapter": ("2023-05-01", "2024-04-01"),
    "quantized": ("2023-06-01", "2024-06-01"),
    "merge": ("2023-10-01", "2024-02-01"),
    "unknown": ("2023-05-01", "2023-12-01"),
}

#: Upstream first (weighted orders of the full graph, n = 20, licences of fine-tunes); values
#: that stand in no published order come after these, "other" before them.
ORDER: Final = {
    "license": (
        "other", "gemma", "llama3.1", "llama3.3", "llama3.2", "llama3", "openrail++", "llama2",
        "apache-2.0", "creativeml-openrail-m", "cc-by-nc-4.0", "mit", "openrail",
        "cc-by-nc-sa-4.0", "cc-by-sa-4.0", "cc-by-4.0", "cc", "bigscience-bloom-rail-1.0",
        "afl-3.0", "artistic-2.0", "gpl-3.0",
    ),
    "pipeline_tag": (
        "image-feature-extraction", "image-text-to-text", "fill-mask", "feature-extraction",
        "automatic-speech-recognition", "text-to-speech", "translation", "summarization",
        "text-generation", "text-to-image", "object-detection", "image-classification",
        "image-to-text", "any-to-any", "sentence-similarity", "question-answering",
        "text-classification", "reinforcement-learning", "audio-to-audio",
        "token-classification", "audio-classification",
    ),
    "library_name": (
        "timm", "transformers", "spacy", "sentence-transformers", "mlc-llm", "pytorch", "lerobot",
        "diffusers", "adapter-transformers", "peft", "mlx", "ml-agents", "transformers.js",
        "espnet", "tf-keras", "fastai", "keras", "setfit", "flair", "bertopic",
    ),
    "language": (
        "pl", "sv", "th", "it", "pt", "ja", "ro", "nl", "de", "fr", "id", "vi", "tr", "ru", "es",
        "zh", "ar", "hi", "ko", "en",
    ),
}  # fmt: skip
#: Share of changes that go downstream in these orders, as far as no named flow decides.
FORWARD: Final = {"license": 0.62, "pipeline_tag": 0.9819, "library_name": 0.9926,
                  "language": 0.7499}  # fmt: skip

#: Models that state a trait.
STATED: Final = {
    "license": 671_895,
    "pipeline_tag": 714_580,
    "library_name": 1_045_000,
    "language": 258_938,
    "datasets": 157_000,  # convention: 229,630 mentions by as many a model as in July 2024
}
#: How many data sets a model names that names any: shares of July 2024 (the longest lists, up to
#: 264, as a few lengths).
DATASETS_EACH: Final = {1: 0.873, 2: 0.066, 3: 0.021, 4: 0.013, 5: 0.006, 6: 0.004, 8: 0.007,
                        12: 0.005, 29: 0.002, 39: 0.003}  # fmt: skip
#: Number of languages of a model that states any: 1, 2, 4 and 8 are published, the rest are a
#: convention with the published sum of mentions, 458,985.
LANGUAGES_EACH: Final = {
    1: 229_135, 2: 18_510, 3: 1_400, 4: 1_429, 5: 1_200, 6: 900, 7: 700, 8: 2_579, 9: 800,
    10: 800, 11: 700, 13: 1_200, 20: 800, 29: 600, 46: 130, 60: 60, 75: 40, 94: 130, 99: 160,
    104: 90,
}  # fmt: skip
LANGUAGES_PUBLISHED: Final = (1, 2, 4, 8)
LANGUAGE_MENTIONS: Final = 458_985
#: How many data sets there are in all, and how often they are named.
DATASET_MENTIONS: Final = 229_630
DATASETS: Final = 30_298

#: The cited paper of the Hub's default card template (289,447 of 1,860,411 models).
TEMPLATE_ARXIV: Final = "1910.09700"
TEMPLATE_ARXIV_COUNT: Final = 289_447

#: Cards: models that have one, and of the ends of edges; models with a card of at least 512
#: characters that no machine wrote.
CARDS: Final = 1_247_149
OWN_CARDS: Final = 618_531
CARD_OF_CHILD: Final = {"finetune": 0.994, "adapter": 0.9974, "quantized": 0.9953, "merge": 0.996,
                        "unknown": 0.9958}  # fmt: skip
CARD_OF_PARENT: Final = 0.9784
#: Of the parents of edges of each relation, whose cards say that they were generated.
GENERATED_PARENT: Final = {"finetune": 0.052, "adapter": 0.0158, "quantized": 0.0785,
                           "merge": 0.042}  # fmt: skip


@cache
def counts(trait: str) -> dict[str, int]:
    """Return how many models state each value of a trait, upstream first.

    Of the tasks the ten largest are published, of the data sets the hundred largest; the table
    ``data/hub_counts.csv`` fills the remaining tasks and libraries by convention.
    """
    text = (files("cladist.data") / "hub_counts.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    found = {row["value"]: int(row["count"]) for row in rows if row["trait"] == trait}
    first = [value for value in ORDER.get(trait, ()) if value in found]
    return {v: found[v] for v in [*first, *(v for v in found if v not in first)]}


@cache
def language_names() -> dict[str, str]:
    """Return tag -> name of every language, as the authors' CSV names it."""
    text = (files("cladist.data") / "hub_counts.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["value"]: row["name"] for row in rows if row["trait"] == "language"}


def seconds(text: str) -> int:
    """Return the seconds since 1970 of an ISO date or time in UTC."""
    return int(np.datetime64(text, "s").astype(np.int64))
