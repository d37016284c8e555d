"""Numbers of a model that change from parent to child, as expressions over ``models``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from cladist.errors import InputError
from cladist.traits.edges import clusters_of, edges_of, groups_of, lineage_of
from cladist.traits.stated import nodes_of, published_values
from cladist.vocab import is_published

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Quantity:
    """One number: its name, unit, and meaning; ``is_share`` if it is 0 or 1 on each model."""

    name: str
    unit: str
    meaning: str
    is_share: bool = False


_COMMON: Final = (
    Quantity("card_length", "characters", "length of the card, front matter included"),
    Quantity("card_body_length", "characters", "length of the card after its front matter"),
    Quantity("card_length_own", "characters",
             "length of the card, on edges where neither card says that a tool wrote it"),
    Quantity("card_is_generated", "share", "whether the card says that a tool wrote it", True),
    Quantity("has_card", "share", "whether there is a card", True),
    Quantity("languages", "number", "number of languages stated ('multilingual' is none)"),
)  # fmt: skip

#: Definition -> name -> quantity.
QUANTITIES: Final = {
    "standard": {q.name: q for q in (
        *_COMMON,
        Quantity("parameters", "number", "number of parameters"),
        Quantity("downloads", "per 30 days", "downloads, both ends read on the same day"),
        Quantity("likes", "number", "likes, both ends read on the same day"),
    )},
    "laufer2025": {q.name: q for q in (
        *_COMMON,
        Quantity("card_is_generated_all", "share",
                 "the same on all edges, a missing card counting as not generated", True),
        Quantity("languages_all", "number",
                 "number of languages on all edges, a silent model counting as 0"),
    )},
}  # fmt: skip


def quantity_names(name: str | None, definition: str) -> tuple[str, ...]:
    """Return one quantity, or all of a definition if None.

    Raises
    ------
    InputError
        If the definition has no such quantity.
    """
    is_published(definition)
    known = QUANTITIES[definition]
    if name is not None and name not in list(known):
        raise InputError.not_among("Quantity", name, known)
    return tuple(known) if name is None else (name,)


@dataclass(frozen=True, eq=False)
class QuantityEdges:
    """Edges with each quantity at both ends, NaN where it is not known; arrays (edges,).

    ``groups``: names in ascending order; ``group``: the number of each edge's; ``cluster`` and
    ``family``: its lineages; ``ends``: name of a quantity -> (parent, child).
    """

    groups: tuple[str, ...]
    group: Ints
    cluster: Ints
    family: NDArray[np.int32]
    ends: dict[str, tuple[Floats, Floats]]


def quantity_edges(
    hub: Snapshot,
    names: tuple[str, ...],
    *,
    relations: str = "all",
    by: str = "relation",
    definition: str = "standard",
    cluster: str = "clan",
) -> QuantityEdges:
    """Return every edge with each quantity at both ends, by child and parent.

    Downloads and likes are known of an edge only if both models were read on the same day: counts
    of different days cannot be compared. ``card_length_own`` is unknown on both ends unless neither
    card is generated.
    """
    edges = edges_of(hub, relations, definition)
    groups, group = groups_of(hub, edges, by)
    known = _numbers(hub, names, definition)
    day = known["day"]
    same_day = day[edges.parent] == day[edges.child]  # NaN, an unknown day, equals nothing
    ends = {}
    for name in names:
        pair = known[name][edges.parent], known[name][edges.child]
        if name in ("downloads", "likes"):
            pair = np.where(same_day, pair[0], np.nan), np.where(same_day, pair[1], np.nan)
        ends[name] = pair
    lineages = clusters_of(hub, edges, cluster)
    return QuantityEdges(groups, group, lineages, lineage_of(hub).founder[edges.child], ends)


def _numbers(hub: Snapshot, names: tuple[str, ...], definition: str) -> dict[str, Floats]:
    """Return quantities of every model, and the day it was read; NaN where not known."""
    models = hub.table("models")
    given = _published(models) if is_published(definition) else _standard(models)
    read = {n: given[n].cast("float64") for n in names if n != "card_length_own"}
    if "card_length_own" in names:
        own = (models.card_is_generated == False).ifelse(models.card_length, None)  # noqa: E712
        read["card_length_own"] = own.cast("float64")
    rows = models.select("node", **read, day=models.observed_at.date()).to_pyarrow()
    node = np.asarray(rows["node"], dtype=np.int64)
    found = {}
    for name in (*read, "day"):
        column = rows[name].cast("int32") if name == "day" else rows[name]
        found[name] = np.full(nodes_of(hub), np.nan)
        found[name][node] = column.to_numpy()
    return found


def _standard(models: ir.Table) -> dict[str, ir.Value]:
    spoken = models.language.filter(lambda code: code != "multilingual").length()
    return {
        **_cards(models),
        "has_card": models.has_card,
        "languages": (spoken > 0).ifelse(spoken, None),
        "parameters": models.parameters,
        "downloads": models.downloads,
        "likes": models.likes,
    }


def _published(models: ir.Table) -> dict[str, ir.Value]:
    """Return what the paper reads: a card is a text of over three characters.

    Source: ``numerical_drifts.ipynb``, cells 2 to 12, of the paper's repository.
    """
    spoken = published_values(models, "language").length()
    cards = _cards(models)
    return {
        **cards,
        "has_card": (models.card_length > 3).fill_null(False),
        "card_is_generated_all": models.card_is_generated.fill_null(False),
        "languages": spoken,
        "languages_all": spoken.fill_null(0),
    }


def _cards(models: ir.Table) -> dict[str, ir.Value]:
    names = ("card_length", "card_body_length", "card_is_generated")
    return {name: models[name] for name in names}
