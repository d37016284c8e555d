"""Marginals of the real Hub that the simulator aims at, and the conventions beside them.

Unless a comment says otherwise the source is Laufer, Oderinwale and Kleinberg, "Anatomy of a
Machine Learning Ecosystem" (arXiv 2508.06811), its figures and the outputs of its notebooks:
1,860,411 models observed on 12 July 2025. A value marked *convention* is ours, not measured.
"""

from __future__ import annotations

from typing import Final

from cladist.vocab import RELATIONS

#: Models and edges of the published full graph.
MODELS: Final = 1_860_411
EDGES: Final = {
    "finetune": 189_391,
    "adapter": 241_417,
    "quantized": 101_921,
    "merge": 40_358,
    "unknown": 566,  # a base_model tag without a relation
}

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
FOUNDER_FERTILITY: Final = 0.0085
#: Repositories older than the Hub's dates are the classics: this many times as fertile.
FLOOR_FERTILITY: Final = 5.0

#: How many parents a merge names: convention.
MERGE_PARENTS: Final = {2: 0.55, 3: 0.20, 4: 0.13, 5: 0.12}

#: createdAt: the floor to which older repositories were back-filled, its share, the last one,
#: and the share of models created before the first day of each quarter (from the histogram).
FLOOR_TIME: Final = "2022-03-02T23:29:04"
FLOOR_SHARE: Final = 31_017 / MODELS
LAST_TIME: Final = "2025-07-12T17:14:09"
CREATED_BEFORE: Final = {
    "2022-04-01": 0.0178,
    "2022-07-01": 0.0283,
    "2022-10-01": 0.0380,
    "2023-01-01": 0.0550,
    "2023-04-01": 0.0836,
    "2023-07-01": 0.1216,
    "2023-10-01": 0.1754,
    "2024-01-01": 0.2314,
    "2024-04-01": 0.2966,
    "2024-07-01": 0.3834,
    "2024-10-01": 0.5277,
    "2025-01-01": 0.6481,
    "2025-04-01": 0.8145,
    "2025-07-01": 0.9825,
}

#: From when to when a relation came into use (none before, full after): convention.
RELATION_RAMP: Final = {
    "finetune": ("2021-06-01", "2022-06-01"),
    "adapter": ("2023-02-01", "2024-08-01"),
    "quantized": ("2023-04-01", "2024-02-01"),
    "merge": ("2023-09-01", "2024-02-01"),
    "unknown": ("2021-06-01", "2022-06-01"),
}

#: Bulk uploads: convention after the four families that grew by 90,000 adapters between August
#: and October 2024, and after the star with 33,042 children that appeared in August 2024.
#: Release of the parent not before, from, to, share of the adapters in that time.
CAMPAIGNS: Final = (
    ("2024-07-01", "2024-08-10", LAST_TIME, 0.20),
    ("2024-02-01", "2024-08-15", "2024-12-15", 0.30),
    ("2024-02-10", "2024-08-15", "2024-12-15", 0.36),
    ("2024-02-20", "2024-08-15", "2024-12-15", 0.45),
)

#: Licences in upstream-first order (weighted order, fine-tunes, n = 20) with published counts;
#: 'other' and 'unknown' stand outside the published order (convention: first and last).
LICENSES: Final = {
    "other": 81_887,
    "gemma": 8_677,
    "llama3.1": 7_614,
    "llama3.3": 1_849,
    "llama3.2": 5_863,
    "llama3": 9_887,
    "openrail++": 6_552,
    "llama2": 10_294,
    "apache-2.0": 298_442,
    "creativeml-openrail-m": 29_233,
    "cc-by-nc-4.0": 14_315,
    "mit": 109_820,
    "openrail": 37_498,
    "cc-by-nc-sa-4.0": 3_945,
    "cc-by-sa-4.0": 2_984,
    "cc-by-4.0": 6_737,
    "cc": 1_846,
    "bigscience-bloom-rail-1.0": 1_840,
    "afl-3.0": 3_657,
    "artistic-2.0": 1_942,
    "gpl-3.0": 2_875,
    "unknown": 8_368,
}
#: Licences of founders that make images: convention; all other founders use the rest.
IMAGE_LICENSES: Final = ("other", "openrail++", "creativeml-openrail-m", "openrail")

#: Tasks in upstream-first order (full graph, n = 20). Counts of the ten largest are the printed
#: shares of 714,580; those of the others are conventions that fill the remaining tenth.
TASKS: Final = {
    "image-text-to-text": 7_000,
    "fill-mask": 15_006,
    "feature-extraction": 14_363,
    "automatic-speech-recognition": 24_939,
    "text-to-speech": 4_500,
    "translation": 7_500,
    "summarization": 4_500,
    "text-generation": 293_478,
    "text-to-image": 81_462,
    "object-detection": 3_500,
    "image-classification": 18_508,
    "image-to-text": 2_000,
    "any-to-any": 600,
    "sentence-similarity": 12_000,
    "question-answering": 12_791,
    "text-classification": 97_326,
    "reinforcement-learning": 61_883,
    "audio-to-audio": 2_000,
    "token-classification": 23_081,
    "audio-classification": 4_000,
}

#: Libraries in upstream-first order (full graph) with counts (July 2025 figure, else the
#: authors' count of April 2025); stable-baselines3 stands outside the order.
LIBRARIES: Final = {
    "timm": 2_055,
    "transformers": 660_126,
    "sentence-transformers": 13_794,
    "diffusers": 86_840,
    "adapter-transformers": 3_448,
    "peft": 208_164,
    "mlx": 2_717,
    "stable-baselines3": 22_363,
    "ml-agents": 11_286,
    "tf-keras": 3_553,
    "keras": 2_717,
}
#: Libraries of founders by task, where transformers is not the usual one: convention.
TASK_LIBRARIES: Final = {
    "text-to-image": {"diffusers": 0.97, "transformers": 0.03},
    "reinforcement-learning": {"stable-baselines3": 0.30, "ml-agents": 0.12, "transformers": 0.58},
    "sentence-similarity": {"sentence-transformers": 0.9, "transformers": 0.1},
    "image-classification": {"timm": 0.1, "transformers": 0.85, "keras": 0.03, "tf-keras": 0.02},
    "*": {"transformers": 0.975, "mlx": 0.002, "adapter-transformers": 0.005, "tf-keras": 0.003,
          "keras": 0.003},
}  # fmt: skip

#: Languages in upstream-first order (fine-tunes, n = 20; the ten of no order stand first):
#: tag, the name that the authors' CSV gives, published count.
LANGUAGES: Final = (
    ("ms", "Malay (macrolanguage)", 1_801),
    ("da", "Danish", 1_859),
    ("el", "Modern Greek (1453-)", 1_904),
    ("he", "Hebrew", 1_916),
    ("bn", "Bengali", 2_163),
    ("ne", "Nepali (macrolanguage)", 2_216),
    ("fi", "Finnish", 2_331),
    ("fa", "Persian", 2_359),
    ("cs", "Czech", 2_362),
    ("uk", "Ukrainian", 2_385),
    ("pl", "Polish", 3_689),
    ("sv", "Swedish", 2_515),
    ("th", "Thai", 4_564),
    ("it", "Italian", 8_361),
    ("pt", "Portuguese", 8_284),
    ("ja", "Japanese", 8_985),
    ("ro", "Romanian", 2_654),
    ("nl", "Dutch", 3_195),
    ("de", "German", 10_532),
    ("fr", "French", 11_754),
    ("id", "Indonesian", 3_820),
    ("vi", "Vietnamese", 3_735),
    ("tr", "Turkish", 3_759),
    ("ru", "Russian", 6_595),
    ("es", "Spanish", 10_711),
    ("zh", "Chinese", 12_917),
    ("ar", "Arabic", 5_058),
    ("hi", "Hindi", 5_970),
    ("ko", "Korean", 8_475),
    ("en", "English", 221_550),
)
#: Number of languages of a model that reports any: 1, 2, 4 and 8 as published (of 258,938), the
#: rest a convention that keeps the published mean of multilingual parents high.
LANGUAGES_EACH: Final = {1: 0.885, 2: 0.0715, 4: 0.0055, 8: 0.0100, 16: 0.0140, 28: 0.0140}

#: The datasets named most often, with counts; the tail is simulated.
DATASETS: Final = {
    "imagefolder": 5_143,
    "glue": 3_518,
    "generator": 3_271,
    "squad": 1_862,
    "emotion": 1_768,
    "imagenet-1k": 1_563,
    "imdb": 1_331,
    "wikipedia": 1_309,
    "conll2003": 1_259,
    "xtreme": 1_198,
}
#: The cited paper of the Hub's default card template (289,447 of 1,860,411 models).
TEMPLATE_ARXIV: Final = "1910.09700"
TEMPLATE_ARXIV_SHARE: Final = 289_447 / MODELS

#: Share of changes that go downstream in the orders above ("mutations accounted for"):
#: licences and tasks of fine-tunes, libraries (full graph), languages of fine-tunes.
FORWARD: Final = {"license": 0.8461, "pipeline_tag": 0.9819, "library_name": 0.9926,
                  "language": 0.7499}  # fmt: skip

#: Probability that a child's latent trait differs from its primary parent's. Licence and task:
#: published mean distances of fine-tunes, and of all other edges by difference of the two
#: published graphs, e.g. (47,956.42 - 27,409.5) / (320,065 - 138,694). Language: the published
#: mean Jaccard distance over 0.8, about the mean distance of one simulated change. Datasets:
#: convention. Libraries: see :data:`ADAPTER_LIBRARY`.
_LICENSE_OTHER = (47_956.42 - 27_409.5) / (320_065 - 138_694)
_TASK_OTHER = (58_091 - 55_307) / (251_060 - 134_711)
_LANGUAGE_OTHER = (14_809.59 - 11_458.44) / (115_660 - 47_369) / 0.8
MUTATION: Final = {
    "license": {r: 0.19763 if r == "finetune" else _LICENSE_OTHER for r in RELATIONS},
    "pipeline_tag": {r: 0.41056 if r == "finetune" else _TASK_OTHER for r in RELATIONS},
    "language": {r: 0.24190 / 0.8 if r == "finetune" else _LANGUAGE_OTHER for r in RELATIONS},
    "library_name": dict.fromkeys(RELATIONS, 0.015),
    "datasets": {r: 0.85 if r in ("finetune", "adapter") else 0.05 for r in RELATIONS},
}
#: Adapters of a transformers model switch to peft: 384,000 of the counted changes, two each,
#: of 241,417 adapters of which a fifth belongs to diffusers.
ADAPTER_LIBRARY: Final = {"transformers": 0.97}

#: Probability that a model states a trait, by role: an isolated founder, a parent, then the
#: relation of a child. Solved from the published numbers of models and of edges where both
#: sides state it; shares of parents, and all of ``datasets``: convention.
STATED: Final = {
    "license": {"isolate": 0.219, "parent": 0.80, "finetune": 0.92, "*": 0.59},
    "pipeline_tag": {"isolate": 0.350, "parent": 0.95, "finetune": 0.75, "*": 0.32},
    "library_name": {"isolate": 0.404, "parent": 0.97, "*": 0.94},
    "language": {"isolate": 0.058, "parent": 0.62, "finetune": 0.40, "adapter": 0.16,
                 "quantized": 0.65, "merge": 0.13, "*": 0.20},
    "datasets": {"isolate": 0.050, "parent": 0.20, "*": 0.13},
}  # fmt: skip

#: Cards: presence (children 99.58 %, parents 97.84 %, 67.04 % of all) and, by relation,
#: the share with "automatically generated" in the text: parents 4 %, and of fine-tunes 54.1 % of
#: the childless, which makes the published 50.17 % of all.
CARD_PRESENT: Final = {"isolate": 0.535, "parent": 0.9784, "*": 0.9958}
CARD_GENERATED: Final = {"isolate": 0.20, "parent": 0.040, "finetune": 0.541, "adapter": 0.289,
                         "quantized": 0.005, "merge": 0.001, "*": 0.20}  # fmt: skip

#: Conventions for the text of a card that a child takes over: each section is dropped, or
#: rewritten, or, where absent, added, with these probabilities.
SECTION_DROPPED: Final = 0.42
SECTION_REWRITTEN: Final = 0.15
SECTION_ADDED: Final = 0.06
