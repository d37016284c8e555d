"""The parents that a record of the hub names outside its tags, in the fields made for them.

Pure and light: a live look-up reads parents before anything else is loaded.
"""

from __future__ import annotations

from typing import Final

#: Names under which records hold the parents that the hub itself shows on a model's page.
BASE_MODELS: Final = ("baseModels", "base_models")


def hub_parents(value: object) -> list[tuple[str, str | None]]:
    """Return (parent, relation) of the field ``baseModels`` of the hub's model page."""
    if not isinstance(value, dict):
        return []
    relation = value.get("relation")
    models = value.get("models")
    ids = [
        m.get("id") if isinstance(m, dict) else m
        for m in (models if isinstance(models, list) else [])
    ]
    return [
        (i, relation if isinstance(relation, str) else None)
        for i in ids
        if isinstance(i, str) and i
    ]


def stated_parents(value: object) -> list[str]:
    """Return the parents of a field ``base_model``: a text (as it stands) or a list of them."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item.strip()]
