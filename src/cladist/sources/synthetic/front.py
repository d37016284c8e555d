"""Front matter of many cards at once, as the JSON of the record and the YAML of the card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cladist.sources.synthetic.pools import joined

#: What YAML 1.1 reads as a truth value, and so has to be quoted.
_NORWAY: Final = "no"
_LISTS: Final = ("datasets", "language")


@dataclass(frozen=True)
class Front:
    """Front matter of each row: ``json`` as in ``cardData``, ``yaml`` as it opens the card.

    Null where there is no card; ``json`` also where the YAML is broken.
    """

    json: pa.Array
    yaml: pa.Array


def front_matter(
    *,
    mark: str,
    carded: NDArray[np.bool_],
    spoilt: NDArray[np.int64],
    broken: NDArray[np.bool_],
    **fields: pa.Array,
) -> Front:
    """Write the front matter of cards.

    Parameters
    ----------
    mark
        The one tag, which says that the model is simulated.
    carded
        Which rows have a card.
    spoilt
        What is wrong with the types of a row's values (see :func:`spoil`); -1: nothing.
    broken
        Which cards have YAML that cannot be read.
    **fields
        Texts (null: not stated) or lists of texts (empty: not stated), in the order of writing.
    """
    as_json, as_yaml = [], []
    for key, column in fields.items():
        if pa.types.is_list(column.type):
            json, yaml = _list(key, column)
        else:
            json = joined(f'"{key}":"', column, '"')
            yaml = joined(f"{key}: ", column, "\n")
        as_json.append(json)
        as_yaml.append(pc.fill_null(yaml, ""))
    tags_json, tags_yaml = f'"tags":["{mark}"]', f"tags:\n- {mark}\n"
    inside = pc.binary_join_element_wise(*as_json, tags_json, ",", null_handling="skip")
    json = joined("{", inside, "}")
    head = "---\n"
    yaml = pc.binary_join_element_wise(head, *as_yaml, tags_yaml, head + "\n", "")
    json, yaml = _spoilt(json, yaml, np.where(carded, spoilt, -1))
    wrong = pa.array(broken)
    damaged = pc.replace_substring(yaml, "tags:", 'tags: ["', max_replacements=1)
    none = pa.scalar(None, pa.string())
    there = pa.array(carded)
    return Front(
        pc.if_else(pc.and_(there, pc.invert(wrong)), json, none),
        pc.if_else(there, pc.if_else(wrong, damaged, yaml), none),
    )


def _list(key: str, column: pa.ListArray) -> tuple[pa.Array, pa.Array]:
    """Write a list; one base model alone is a text, as is usual."""
    count = pc.list_value_length(column)
    none = pc.equal(count, 0)
    alone = pc.and_(pc.equal(count, 1), pa.scalar(key not in _LISTS))
    json_items = pc.binary_join(column, '","')
    json = pc.if_else(alone, joined(f'"{key}":"', json_items, '"'),
                      joined(f'"{key}":["', json_items, '"]'))  # fmt: skip
    items = pc.binary_join(column, "\n- ")
    if key == "language":
        items = pc.replace_substring_regex(items, f"(^|- ){_NORWAY}(\n|$)", rf"\1'{_NORWAY}'\2")
    yaml = pc.if_else(alone, joined(f"{key}: ", items, "\n"), joined(f"{key}:\n- ", items, "\n"))
    empty = pa.scalar(None, pa.string())
    return pc.if_else(none, empty, json), pc.if_else(none, empty, yaml)


def _spoilt(json: pa.Array, yaml: pa.Array, kind: NDArray[np.int64]) -> tuple[pa.Array, pa.Array]:
    rows = np.flatnonzero(kind >= 0)
    if len(rows) == 0:
        return json, yaml
    entries = [orjson.loads(text) for text in json.take(pa.array(rows)).to_pylist()]
    for entry, number in zip(entries, kind[rows].tolist(), strict=True):
        spoil(entry, number)
    mask = pa.array(kind >= 0)
    texts = [orjson.dumps(e).decode() for e in entries]
    return (
        pc.replace_with_mask(json, mask, pa.array(texts)),
        pc.replace_with_mask(yaml, mask, pa.array([plain_yaml(e) for e in entries])),
    )


def plain_yaml(front: dict[str, Any]) -> str:
    """Write one card's front matter; values are words of the Hub, ids or flags."""
    lines = ["---"]
    for key, value in front.items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"- '{v}'" if v == _NORWAY else f"- {v}" for v in value)]
        else:
            lines.append(f"{key}: {str(value).lower() if value is False else value}")
    return "\n".join([*lines, "---", "", ""])


def spoil(entry: dict[str, Any], kind: int) -> None:
    """Put a value of the wrong type into front matter, as real cards have them."""
    if kind == 0:
        entry["language"] = False
    elif kind == 1:
        entry["datasets"] = "cladist-sim/corpus-as-text"
    elif kind == 2:
        entry["license"] = ["mit"]
    elif kind == 3:
        entry["tags"] = entry["tags"][0]
    elif kind == 4:
        entry["pipeline_tag"] = False
    else:
        entry["language"] = "english"
