"""What is asked of the Hub about a model, and what its record says of its parents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from cladist.values.parents import BASE_MODELS, hub_parents, stated_parents
from cladist.values.references import resolve_reference
from cladist.vocab import RELATIONS

Record = dict[str, Any]

_COMMON: Final = (
    "author", "cardData", "createdAt", "disabled", "downloads", "downloadsAllTime", "gated",
    "gguf", "lastModified", "library_name", "likes", "pipeline_tag", "private", "safetensors",
    "sha", "tags",
)  # fmt: skip
#: ``expand`` of one model; the Hub's lists do not know the last three.
OF_ONE: Final = (*_COMMON, "siblings", "baseModels", "childrenModelCount")
#: ``expand`` of lists in a walk by last change; and in a fetch, with the files' names too.
OF_CHILDREN: Final = _COMMON
OF_LIST: Final = (*_COMMON, "siblings")
#: Most records of a page that the Hub gives.
PAGE: Final = 1000
#: Words for ``--sort`` -> the Hub's ``sort``, and the column of ``models``.
SORTS: Final = {
    "downloads": "downloads",
    "likes": "likes",
    "created": "createdAt",
    "modified": "lastModified",
}
_TAG: Final = "base_model:"
_TYPED: Final = frozenset(RELATIONS)


def parents_of(record: Record) -> list[str]:
    """Return the ids of the parents that a record names anywhere, each once, in its order.

    What names no model of a hub (local paths, placeholders) is left out; the snapshot that is
    built of the record keeps it with its reason.
    """
    raw: list[str] = []
    for tag in record.get("tags") or ():
        if isinstance(tag, str) and tag.startswith(_TAG):
            rest = tag.removeprefix(_TAG)
            relation, colon, model = rest.partition(":")
            raw.append(model if colon and relation in _TYPED else rest)
    for name in BASE_MODELS:
        raw += [parent for parent, _ in hub_parents(record.get(name))]
    card_data = record.get("cardData")
    if isinstance(card_data, dict):
        raw += stated_parents(card_data.get("base_model"))
    found = [i for text in dict.fromkeys(raw) for i in resolve_reference(text).ids]
    return [i for i in dict.fromkeys(found) if i != record.get("id")]


def moment(text: object) -> datetime | None:
    """Return the time that a record states, in UTC where it names no zone; None if it is none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def told_children(record: Record, relation: str | None = None) -> int:
    """Return how many children the Hub says that a model has; 0 where it does not say.

    The Hub counts them by relation: ``{"adapter": 716, "merge": 19, ...}``; a mirror may give one
    number, which tells nothing of a single relation.
    """
    told = record.get("childrenModelCount")
    if relation is not None:
        told = told.get(relation) if isinstance(told, dict) else None
    counts = told.values() if isinstance(told, dict) else (told,)
    return sum(n for n in counts if isinstance(n, int) and n > 0)


def child_filter(model: str, relation: str | None) -> str:
    """Return the Hub's filter for the children of a model, by one relation or by any.

    The Hub gives a child the tag ``base_model:<id>`` beside ``base_model:<relation>:<id>``, so
    that one request finds all of them.
    """
    return f"{_TAG}{relation}:{model}" if relation else f"{_TAG}{model}"
