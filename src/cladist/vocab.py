"""The words of the field, each with one spelling: relations, methods, matches, traits, reasons."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index
from typing import Any, Final

from cladist.errors import InputError

#: How a child was made from its parent, as the Hub spells it in ``base_model:<relation>:<id>``.
#: ``conversion`` only where evidence shows it; ``unknown``: the source names a parent, not how.
RELATIONS: Final = ("finetune", "adapter", "quantized", "merge", "conversion", "unknown")

#: The integer code of each relation in the lineage arrays.
RELATION_CODE: Final = {name: code for code, name in enumerate(RELATIONS)}

#: Of two typed relations with equal confidence and evidence the later one here wins
#: (the paper's overwrite order, last of finetune < quantized < adapter < merge).
RELATION_PRECEDENCE: Final = ("unknown", "conversion", "finetune", "quantized", "adapter", "merge")


@dataclass(frozen=True)
class Method:
    """How a claim was read: its rank as evidence (smaller is stronger) and default confidence."""

    name: str
    rank: int
    confidence: float
    meaning: str


#: Rank of evidence: Hub tag > Hub page > annotation > card and files > sentence > inferred.
#: The confidences are conventions that order claims, not measured probabilities.
METHODS: Final = {
    m.name: m
    for m in (
        Method("hub_tag", 0, 1.0, "a base_model tag of the Hub's record"),
        Method("hub_page", 1, 1.0, "the Hub's model tree (baseModels, or its lists of children)"),
        Method("annotation", 2, 0.95, "a person or a registry stated it in a table of edges"),
        Method("card", 3, 1.0, "base_model in the model card's front matter"),
        Method("adapter_config", 4, 1.0, "base_model_name_or_path in adapter_config.json"),
        Method("mergekit_config", 5, 1.0, "a model listed in mergekit_config.yml"),
        Method("gguf", 6, 0.95, "general.base_model in a GGUF header"),
        Method("safetensors", 6, 0.95, "a base model in the metadata of a safetensors header"),
        Method("readme", 7, 0.8, "a sentence in the card's text"),
        Method("inferred", 8, 0.5, "guessed, from the name for example"),
    )
}

#: How the parent as written was matched to a model of the snapshot.
MATCHES: Final = ("exact", "alias", "case", "ghost")

#: The Hub's ``createdAt`` was back-filled to this day: it means "on or before".
CREATED_AT_FLOOR: Final = "2022-03-02"

#: Traits that analyses compare along edges: column of ``models`` -> True if a list.
TRAITS: Final = {
    "license": True,
    "language": True,
    "pipeline_tag": False,
    "library_name": False,
    "datasets": True,
    "arxiv": True,
    "region": True,
    "tags": True,
    "card_sections": True,
    "author": False,
    "license_name": False,
    "license_link": False,
    "gated": False,
    "has_card": False,
    "card_is_generated": False,
}

#: What may count as one lineage, whose edges and pairs are not independent of one another (the
#: clan or family of the child, its parent, or the author who made it) -> its plural.
CLUSTERS: Final = {"clan": "clans", "family": "families", "parent": "parents", "author": "authors"}

#: Among which parents a child is said to choose: all, those created in one month, of one task,
#: of one clan.
WITHIN: Final = ("hub", "month", "pipeline_tag", "clan")

#: What a silent end counts as where what is not stated is kept as a value.
NOT_STATED: Final = "(not stated)"

#: Everyday words accepted for a trait on input; output always uses the column's own name.
TRAIT_ALIASES: Final = {
    "licence": "license",
    "licenses": "license",
    "languages": "language",
    "task": "pipeline_tag",
    "tasks": "pipeline_tag",
    "library": "library_name",
    "libraries": "library_name",
    "dataset": "datasets",
    "regions": "region",
}


def trait_name(trait: str) -> str:
    """Return the column of ``models`` for a trait or its everyday word.

    Raises
    ------
    InputError
        If the word names no trait; the message lists those that exist.
    """
    name = TRAIT_ALIASES.get(trait, trait) if isinstance(trait, str) else None
    if name not in TRAITS:
        raise InputError.not_among("Trait", trait, [*TRAITS, *TRAIT_ALIASES])
    return name


#: The two forms of a definition: corrected, and exactly as published.
DEFINITIONS: Final = ("standard", "laufer2025")


def is_published(definition: str) -> bool:
    """Tell whether a definition is the published form.

    Raises
    ------
    InputError
        If it is none of the two forms.
    """
    if definition not in DEFINITIONS:
        raise InputError.not_among("Definition", definition, DEFINITIONS)
    return definition == "laufer2025"


def check_numbers(
    *, replicates: int | None = None, top: int | None = None, seed: int = 0, fewest: int = 1
) -> None:
    """Refuse numbers that no analysis can use; None is left to the analysis.

    ``replicates`` is a whole number of ``fewest`` or more, ``top`` of 1 or more, ``seed`` of 0 or
    more.

    Raises
    ------
    InputError
        If one is not.
    """
    if replicates is not None:
        _check_whole("Number of replicates", replicates, fewest, "1,000 are customary.")
    if top is not None:
        _check_whole("Top", top, 1, "Leave it out (None in Python) for the usual number.")
    _check_whole("Seed", seed, 0, "The same seed gives the same numbers.")


def _check_whole(what: str, value: Any, least: int, remedy: str) -> None:
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise InputError(f"{what} {value!r} is not a whole number of {least:,} or more.", remedy)


#: ``--relations`` words -> relations kept; a comma-joined list of relations works as well.
RELATION_SETS: Final = {
    "all": RELATIONS,
    "no-merges": tuple(r for r in RELATIONS if r != "merge"),
}


def relation_set(relations: str) -> tuple[str, ...]:
    """Expand ``all``, ``no-merges`` or ``finetune,adapter`` to a tuple of relations.

    Raises
    ------
    InputError
        If a word is none of the relations, or a set of them is joined with others.
    """
    if not isinstance(relations, str):
        raise InputError(
            f"Relations {relations!r} are not a text.", "Join them by commas: finetune,adapter."
        )
    if relations in RELATION_SETS:
        return RELATION_SETS[relations]
    words = [w.strip() for w in relations.split(",") if w.strip()]
    for word in words:
        if word in RELATION_SETS and len(words) > 1:
            raise InputError(
                f"{word!r} cannot be joined with others.",
                f"Write --relations {word} alone, or name relations: finetune,adapter.",
            )
        if word not in RELATIONS and word not in RELATION_SETS:
            raise InputError.not_among("Relation", word, [*RELATIONS, *RELATION_SETS])
    if not words:
        raise InputError.not_among("Relation", relations, [*RELATIONS, *RELATION_SETS])
    return RELATION_SETS.get(words[0]) or tuple(r for r in RELATIONS if r in words)
