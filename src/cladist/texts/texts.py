"""What is compared when two models are: their records and their cards, as texts.

``standard`` leaves out what is not inherited, or inherited by construction: ids, dates, counters,
the tags that name a parent, the keys of the JSON, and a card's front matter (which repeats the
tags). ``laufer2025`` takes the whole record and the first characters of the whole card.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import orjson

from cladist.values.card import split

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: The two kinds of texts.
TEXTS: Final = ("metadata", "card")
#: Characters compared of every pair; cards with fewer are not compared (paper section 3).
LENGTH: Final = 512
#: Characters of a card that are read; front matter beyond that is not told from a body.
LONGEST: Final = 1 << 16

_SLACK: Final = 8  # times the limit: what a card full of addresses is read for its words


def standard_metadata(models: ir.Table) -> ir.StringValue:
    """Return the inheritable part of each record as a text: an Ibis expression, null if empty.

    Task and library, then the other tags (architecture, licence, languages, data sets, papers,
    free tags) in alphabetical order, since the order in which a source lists them is not
    inherited, joined by spaces. Left out are tags that begin with
    ``base_model:`` and bare tags that are ids (``org/name``), by which merges name their parents.
    Where a source gave no tags, licence, languages, data sets and papers stand for them.
    """
    import ibis

    task, library = models.pipeline_tag, models.library_name
    tags = models.tags.filter(
        lambda t: (
            ~(
                t.startswith("base_model:")
                | (t.contains("/") & ~t.contains(":"))
                | (t == task.fill_null(""))
                | (t == library.fill_null(""))
            )
        )
    )
    stated = [models[c].join(" ") for c in ("license", "language", "datasets", "arxiv")]
    parts = [task, library, ibis.coalesce(tags.sort().join(" "), _joined(stated))]
    return _joined(parts).nullif("")


def _joined(parts: Sequence[ir.StringValue]) -> ir.StringValue:
    import ibis

    given = [ibis.ifelse(p.isnull(), "", p + " ") for p in parts]
    text = given[0]
    for part in given[1:]:
        text = text + part
    return text.strip()


def published_metadata(records: Sequence[str | None]) -> list[str | None]:
    """Return each record as the paper compares it: ``str()`` of the dictionary, whole.

    Keys are in the order of the snapshot (sorted), not of the Hub. A record that is missing or no
    JSON is None.
    """
    return [None if r is None else _as_dictionary(r) for r in records]


def _as_dictionary(record: str) -> str | None:
    try:
        return str(orjson.loads(record))
    except orjson.JSONDecodeError:
        return None


def card_bodies(cards: Sequence[str | None], *, limit: int = LENGTH) -> list[str | None]:
    """Return the beginning of each card's body, without front matter, addresses and ids.

    Words with a slash (web addresses, ``org/name``) are left out, since a card names its parent
    by construction: siblings would share a word which the parent cannot have. Runs of white
    space become one space. None for a card with fewer than 512 characters left: short texts are
    alike by chance. The caller leaves out generated cards.
    """
    return [None if c is None else _body(c, limit) for c in cards]


def _body(card: str, limit: int) -> str | None:
    beginning = split(card)[1][: _SLACK * max(limit, LENGTH)]
    body = " ".join(word for word in beginning.split() if "/" not in word)
    return body[:limit] if len(body) >= LENGTH else None
