"""Two models compared: what they are to one another and what changed, behind ``cladist compare``.

As for a trace only NumPy arrays mapped from disk and DuckDB are used, so that a cold start
answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cladist.engine import records
from cladist.kin.relationship import SAME, UNRELATED, Relationship, relationship
from cladist.lineage.lineage import Lineage
from cladist.texts.diff import (
    COMPARED,
    Alignment,
    Item,
    align_records,
    align_texts,
    record_items,
    trait_differences,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cladist.snapshot import Snapshot

_FACTS: Final = ("model_id", "author", "created_at::VARCHAR", "created_at_is_floor", "downloads",
                 "likes", "is_ghost", "tags")  # fmt: skip
_MOST_NAMED: Final = 20


def compare(hub: Snapshot, a: str, b: str) -> dict[str, Any]:
    """Tell how two models are related and how their records and cards differ.

    Parameters
    ----------
    hub
        The snapshot.
    a, b
        Model ids, aliases, or addresses of model pages.

    Returns
    -------
    dict
        ``a``, ``b`` (facts), ``relationship`` (``kind``: what a is to b; ``sentence``, ``up``,
        ``down``, ``through``, ``siblings``, ``path``, ``others``, ``kinship``), ``traits``
        (:func:`cladist.texts.diff.trait_differences`), ``metadata`` and ``card`` (alignments with
        ``segments``; None where either side has none, with the reason in ``notes``),
        ``snapshot``, ``simulated``.

    Raises
    ------
    ModelNotFoundError
        If the snapshot does not know a model.
    """
    nodes = hub.node(a), hub.node(b)
    lineage = Lineage.load(hub.arrays)
    found = relationship(lineage, *nodes)
    facts = _facts(hub, nodes)
    first, second = (facts[node] for node in nodes)
    texts = _texts(hub, nodes)
    notes: list[str] = []
    metadata = _metadata(first, second, [texts.get(n, (None, None))[1] for n in nodes], notes)
    card = _card([texts.get(n, (None, None))[0] for n in nodes], (first, second), notes)
    return {
        "a": _public(first),
        "b": _public(second),
        "relationship": _related(hub, found, first["model"], second["model"], lineage, nodes),
        "traits": trait_differences(first, second),
        "metadata": None if metadata is None else metadata.to_dict(),
        "card": None if card is None else card.to_dict(),
        "notes": notes,
        "snapshot": hub.name,
        "simulated": hub.simulated,
    }


def _facts(hub: Snapshot, nodes: Iterable[int]) -> dict[int, dict[str, Any]]:
    facts = [f"{fact} AS {fact.split('::')[0]}" for fact in _FACTS]
    query = (
        f"SELECT node, {', '.join([*facts, *COMPARED])} FROM models"
        " SEMI JOIN (SELECT unnest($1::INTEGER[]) AS node) USING (node)"
    )
    rows = records(hub.lookup, query, [sorted(set(nodes))])
    return {row["node"]: {"model": row["model_id"], **row} for row in rows}


def _public(facts: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in facts.items() if k not in ("node", "model_id", "tags")}


def _texts(hub: Snapshot, nodes: Iterable[int]) -> dict[int, tuple[str | None, str | None]]:
    query = (
        "SELECT node, card, metadata FROM cards"
        " SEMI JOIN (SELECT unnest($1::INTEGER[]) AS node) USING (node)"
    )
    rows = hub.lookup.execute(query, [sorted(set(nodes))]).fetchall()
    return {node: (card, metadata) for node, card, metadata in rows}


def _metadata(
    first: dict[str, Any], second: dict[str, Any], records: list[str | None], notes: list[str]
) -> Alignment | None:
    items = [record_items(record) for record in records]
    if items[0] is not None and items[1] is not None:
        return align_records(items[0], items[1])
    ghosts = [f["model"] for f in (first, second) if f["is_ghost"]]
    if ghosts:
        named = dict.fromkeys(ghosts)
        notes.append(
            f"{' and '.join(named)} {'have' if len(named) > 1 else 'has'} no record of "
            f"{'their' if len(named) > 1 else 'its'} own in this snapshot, so nothing is known of "
            "the traits."
        )
        return None
    notes.append("The source gave no whole records, so the columns of the snapshot are compared.")
    return align_records(*(_columns(f) for f in (first, second)))


def _columns(facts: dict[str, Any]) -> list[Item]:
    """Return the stated columns of a model as items of a record."""
    items: list[Item] = []
    for name in ("author", *COMPARED, "tags"):
        value = facts[name]
        values = value if isinstance(value, list) else [] if value is None else [value]
        items += [(name, str(v)) for v in values]
    return items


def _card(
    cards: list[str | None], facts: tuple[dict[str, Any], ...], notes: list[str]
) -> Alignment | None:
    lacking = [f["model"] for f, card in zip(facts, cards, strict=True) if card is None]
    if lacking:
        who = " and ".join(dict.fromkeys(lacking))
        notes.append(f"No card text of {who} was read.")
        return None
    return align_texts(str(cards[0]), str(cards[1]))


def _related(
    hub: Snapshot, found: Relationship, a: str, b: str, lineage: Lineage, nodes: tuple[int, int]
) -> dict[str, Any]:
    from cladist.kin.kinship import kinship

    wanted = {*found.through, *found.path, *found.children[:_MOST_NAMED]}
    names = {n: str(f["model"]) for n, f in _facts(hub, wanted).items()} if wanted else {}
    phi = float(kinship(lineage, [nodes[0]], [nodes[1]])[0])
    through = [names[n] for n in found.through]
    return {
        "kind": found.kind,
        "sentence": _sentence(found, a, b, through, [names.get(n, "") for n in found.children]),
        "up": found.up,
        "down": found.down,
        "through": through,
        "siblings": found.siblings,
        "path": [names[n] for n in found.path],
        "others": [{"kind": k, "up": m, "down": d} for k, m, d in found.others],
        "common_children": [names[n] for n in found.children[:_MOST_NAMED]],
        "kinship": round(phi, 12),
    }


def _sentence(found: Relationship, a: str, b: str, through: list[str], children: list[str]) -> str:
    if found.up is None:
        return _stranger(found, a, b, children)
    if found.kind == SAME:
        return f"{a} is compared with itself."
    by = " and ".join(through[:3]) + (" and others" if len(through) > 3 else "")
    if found.siblings:
        return f"{a} and {b} are {found.siblings} siblings through {by}."
    if "cousin" in found.kind:
        return f"{a} and {b} are {found.kind.replace('cousin', 'cousins')} through {by}."
    way = "" if 0 in (found.up, found.down) else f", through {by}"
    return f"{a} is {_article(found.kind)} {found.kind} of {b}{way}."


def _stranger(found: Relationship, a: str, b: str, children: list[str]) -> str:
    if found.kind == UNRELATED:
        return f"{a} and {b} are not related, as far as is known."
    if children:
        return f"{a} and {b} share no known ancestor; both are parents of {children[0]}."
    return f"{a} and {b} share no known ancestor; merges have joined their families."


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou8" else "a"
