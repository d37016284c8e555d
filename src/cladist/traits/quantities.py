"""Numbers of a model that change from parent to child, as expressions over ``models``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cladist.errors import InputError
from cladist.traits.edges import paired_edges, published_values
from cladist.vocab import is_published

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cladist.snapshot import Snapshot


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
    if name is not None and name not in known:
        raise InputError.not_among("Quantity", name, known)
    return tuple(known) if name is None else (name,)


def quantity_edges(
    hub: Snapshot,
    names: tuple[str, ...],
    *,
    relations: str = "all",
    by: str = "relation",
    definition: str = "standard",
    cluster: str = "clan",
) -> ir.Table:
    """Return one row per edge with each quantity at both ends, null where it is not known.

    Downloads and likes are known of an edge only if both models were read on the same day: counts
    of different days cannot be compared. ``card_length_own`` is null on both ends unless neither
    card is generated.

    Returns
    -------
    ibis.Table
        ``child``, ``parent``, ``grp``, ``cluster``, ``family`` and, as real numbers, ``p_NAME`` and
        ``c_NAME``.
    """
    published = is_published(definition)

    def stated(models: ir.Table) -> dict[str, ir.Value]:
        given = _published(models) if published else _standard(models)
        read = {n: given[n].cast("float64") for n in names if n != "card_length_own"}
        if "card_length_own" in names:
            own = (models.card_is_generated == False).ifelse(models.card_length, None)  # noqa: E712
            read["card_length_own"] = own.cast("float64")
        return {**read, "day": models.observed_at.date()}

    edges = paired_edges(hub, stated, relations=relations, by=by, definition=definition,
                         cluster=cluster)  # fmt: skip
    same_day = edges.p_day == edges.c_day
    columns: dict[str, ir.Value] = {}
    for name in names:
        ends = edges[f"p_{name}"], edges[f"c_{name}"]
        if name in ("downloads", "likes"):
            ends = same_day.ifelse(ends[0], None), same_day.ifelse(ends[1], None)
        columns |= {f"p_{name}": ends[0], f"c_{name}": ends[1]}
    return edges.select("child", "parent", "grp", "cluster", "family", **columns)


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
