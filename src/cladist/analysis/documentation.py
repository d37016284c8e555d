"""Model cards: are they there, how long are they, who wrote them, what do they contain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from cladist.result import Chart, Result
from cladist.traits.edges import fetch

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cladist.snapshot import Snapshot

_DEFINITION: Final = (
    "with_card is the share of models whose repository holds a card, among those for which that "
    "is known. Length is in characters, front matter included, over cards whose text the "
    "snapshot holds. A card counts as generated if it says so: 'automatically generated' or "
    "'generated automatically' (the paper's rule)."
)


def card_documentation(hub: Snapshot, *, top: int | None = 30) -> Result:
    """Describe the model cards of the hub (DESIGN section 5; paper section 6).

    Parameters
    ----------
    hub
        The snapshot.
    top
        Number of headings in the table ``sections``; all if None.

    Returns
    -------
    Result
        Rows ``group`` (``all``, ``founder``, ``with parent`` and one per year of creation),
        ``models``, ``known`` (models for which it is known whether there is a card),
        ``with_card`` (share of known), ``texts`` (cards with text), ``generated`` (share of
        texts), ``mean_length``, ``median_length`` (characters). Table ``sections``: ``heading``,
        ``cards``, ``share`` of texts. Shares are null where nothing is known. ``n`` is the
        number of card texts.
    """
    models = hub.table("models")
    declared = models.filter(~models.is_ghost)
    lineage = hub.table("lineage").select("node", "parents")
    rows = declared.join(lineage, "node")
    table = pa.concat_tables([fetch(_describe(rows, g)) for g in ("all", "parents", "year")])
    texts = int(declared.card_length.count().to_pyarrow().as_py())
    known = int(declared.has_card.count().to_pyarrow().as_py())
    return Result(
        analysis="documentation",
        form="standard",
        definition=_DEFINITION,
        parameters={"top": top},
        n=texts,
        tables={"table": table, "sections": _sections(declared, texts, top),
                "years": table.filter(pa.compute.match_substring_regex(table["group"], r"^\d+$"))},
        provenance=hub.provenance(analysis="documentation", top=top),
        notes=_notes(texts, known, int(declared.count().to_pyarrow().as_py())),
        charts=(
            Chart("generated", "columns", "Cards that a tool wrote, by year of creation",
                  table="years", x="group", y="generated", percent=True, x_title="",
                  y_title="share of card texts", subtitle="By the card's own words."),
            Chart("sections", "bars", "Commonest headings of cards", table="sections",
                  x="share", y="heading", percent=True, top=15, x_title="share of card texts",
                  subtitle="Headings as written, outside code."),
        ),
    )  # fmt: skip


def _describe(rows: ir.Table, by: str) -> ir.Table:
    import ibis

    if by == "all":
        group = ibis.literal("all")
    elif by == "parents":
        group = ibis.ifelse(rows.parents > 0, "with parent", "founder")
    else:
        year = rows.created_at.year().cast("string")
        group = ibis.ifelse(rows.created_at_is_floor, "floor", year).fill_null("unknown")
    tagged = rows.mutate(group=group)
    return tagged.group_by("group").agg(
        models=tagged.count(),
        known=tagged.has_card.count(),
        with_card=tagged.has_card.cast("int64").mean().round(12),
        texts=tagged.card_length.count(),
        generated=tagged.card_is_generated.cast("int64").mean().round(12),
        mean_length=tagged.card_length.mean().round(6),
        median_length=tagged.card_length.quantile(0.5).cast("float64"),
    )


def _sections(declared: ir.Table, texts: int, top: int | None) -> pa.Table:
    each = declared.select("node", heading=declared.card_sections.unnest().lower().strip())
    once = each.filter(each.heading.length() > 0).distinct()
    counts = once.group_by("heading").agg(cards=once.count())
    ranked = fetch(counts).sort_by([("cards", "descending"), ("heading", "ascending")])
    ranked = ranked if top is None else ranked.slice(0, top)
    share = [round(c / texts, 12) for c in ranked["cards"].to_pylist()]
    return ranked.append_column("share", pa.array(share, pa.float64()))


def _notes(texts: int, known: int, models: int) -> tuple[str, ...]:
    if not known:
        return ("No source says which models have a card, and none gives a card's text.",)
    notes = []
    if known < models / 2:
        notes.append(
            f"It is known of {known:,} of {models:,} models whether they have a card; sources of "
            "cards name only models that do, so with_card is no share of the hub."
        )
    if not texts:
        notes.append("No source gives a card's text, so lengths and headings are unknown.")
    return tuple(notes)
