"""Ids that people and records name, as the models are called now: by the store, then by the Hub."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from cladist.hub.answers import AbsentError, check_record
from cladist.hub.cards import overlapping
from cladist.values.references import resolve_own_id

if TYPE_CHECKING:
    from cladist.hub.client import HubClient
    from cladist.hub.fetching import Tell
    from cladist.hub.store import Store

#: Most ids that the Hub is asked for, one request each: of the 500 in five minutes it leaves some.
MOST_ASKED: Final = 300


def want_listed(client: HubClient, store: Store, ids: Iterable[str], tell: Tell) -> None:
    """Want the cards of a list of ids; say how many name no model that was fetched.

    An id may be an address, in another case, or an old one that the Hub redirects.
    """
    meant = {given: resolve_own_id(given) for given in dict.fromkeys(ids)}
    names = [m for m in dict.fromkeys(meant.values()) if m is not None]
    found = store.present(names)
    unknown = [m for m in names if m not in found]
    new = _as_called_now(client, unknown[:MOST_ASKED])
    found |= store.present(new.values())
    with store.writing():
        for old, model in new.items():
            if model in found and old.lower() != model.lower():
                store.alias(old, model)
    wanted = {
        given: None if model is None else found.get(new.get(model, model))
        for given, model in meant.items()
    }
    strays = [given for given, model in wanted.items() if model is None]
    store.want([model for model in wanted.values() if model is not None], strays)
    if strays:
        shown = ", ".join(strays[:3]) + (", ..." if len(strays) > 3 else "")
        tell(
            f"Cards wanted by ids that name no model here: {len(strays):,} of {len(meant):,} "
            f"({shown}); they stand in rejects."
        )


def find_renamed_parents(client: HubClient, store: Store, tell: Tell) -> None:
    """Ask the Hub for parents without a record here, and note those that it redirects.

    Those with most children first, and no more than :data:`MOST_ASKED`.
    """
    if store.get("parents_asked"):
        return
    absent = store.absent_parents()
    asked = absent[:MOST_ASKED]
    new = {old: model for old, model in _as_called_now(client, asked).items()
           if old.lower() != model.lower()}  # fmt: skip
    with store.writing():
        for old, model in new.items():
            store.alias(old, model)
        store.set(parents_asked=True)
    if asked:
        most = ", those with most children" if asked != absent else ""
        tell(
            f"Parents without a record here: {len(asked):,} of {len(absent):,} asked for{most}; "
            f"another id today: {len(new):,}."
        )


def _as_called_now(client: HubClient, ids: Iterable[str]) -> dict[str, str]:
    """Ask the Hub for ids; return those that it has, each with the id of today."""

    def ask(model: str) -> str | None:
        try:
            record = client.get(client.model_url(model, ("sha",)), check=check_record).json()
        except AbsentError:
            return None
        now = record.get("id")
        return now if isinstance(now, str) else None

    answers = [pair for block in overlapping(client, ask, ids) for pair in block]
    return {model: now for model, now in sorted(answers) if now is not None}
