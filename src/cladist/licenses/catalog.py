"""The catalogue of licences: their families, and the terms that bind a derivative."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, Final

#: What a term can ask of a derivative -> one sentence for a checklist.
OBLIGATIONS: Final = {
    "same_license": "offer the whole under the same licence",
    "no_sublicense": "offer no licence of your own for the whole: recipients take this one",
    "use_restrictions": "pass the use restrictions on as binding terms",
    "noncommercial": "no commercial use",
    "research_only": "research use only",
    "no_derivatives": "share no adapted version",
    "no_further_terms": "put no further restriction on those who receive it",
    "license_copy": "give a copy of the licence, or a link where that is enough",
    "notices": "keep the notices of copyright, licence and attribution",
    "notice_text": "include the notice in the words asked for",
    "state_changes": "say what was changed",
    "name_prefix": "begin the name of the model as asked for",
    "display": "display the words asked for",
    "acceptable_use": "follow the acceptable use policy",
    "user_cap": "mind the limit of users or revenue",
    "territory": "mind the regions left out",
    "no_training": "do not improve other models with it, nor with its output",
    "source": "make the source available",
}

#: How far a text was read, the best first; only the first two can raise a possible conflict.
ESTABLISHED: Final = {
    "full": "read in full text",
    "clause": "clause read in text",
    "summary": "read in summary",
    "general": "general knowledge only",
}
SURE: Final = frozenset(("full", "clause"))


@dataclass(frozen=True)
class Term:
    """One term that binds a derivative.

    ``detail`` holds the words or numbers that it asks for, empty if none; ``review``: the text
    itself leaves open whether it reaches a model.
    """

    obligation: str
    clause: str
    url: str
    established: str
    detail: str = ""
    review: bool = False

    @property
    def sure(self) -> bool:
        """Whether it was read in the text and is plain: only then can it raise a conflict."""
        return self.established in SURE and not self.review


@dataclass(frozen=True, eq=False)
class License:
    """One licence.

    ``families`` as in the catalogue; ``color``: its family in charts (permissive, share-alike,
    use-restricted, non-commercial, vendor, other, unstated); ``spdx`` empty if there is none;
    ``behind_other``: the Hub knows it only by ``license_name``; ``unversioned``: an id that
    stands for several texts; ``made_for``: what the text was written for, if neither software nor
    models; ``reaches_adapters``: it names adapters among derivatives; ``changed``: days on which
    its text changed; ``text``: the id of its text, another one only for a model's owner who
    replaced the licence ``before`` by it.
    """

    id: str
    families: tuple[str, ...]
    color: str
    spdx: str
    url: str
    established: str
    addresses_weights: bool | None
    behind_other: bool
    unversioned: bool
    terms: tuple[Term, ...]
    made_for: str = ""
    reaches_adapters: bool = False
    changed: tuple[dt.date, ...] = ()
    text: str = ""
    before: str = ""

    @property
    def sure(self) -> bool:
        """Whether the text was read, or at least its clauses."""
        return self.established in SURE

    @cached_property
    def by_obligation(self) -> Mapping[str, Term]:
        """The term of each obligation."""
        return {t.obligation: t for t in self.terms}

    def term(self, obligation: str) -> Term | None:
        """Return the term of an obligation, None if there is none."""
        return self.by_obligation.get(obligation)


#: Ids that say that there is a licence, or none, but not which.
UNRESOLVED: Final = frozenset(("other", "unknown"))


@lru_cache(maxsize=1)
def _read() -> Mapping[str, Any]:
    return tomllib.loads((files("cladist.licenses") / "catalog.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def licenses() -> Mapping[str, License]:
    """Return every licence of the catalogue by its id."""
    return {name: _license(name, entry) for name, entry in _read()["license"].items()}


@lru_cache(maxsize=1)
def replaced() -> Mapping[str, License]:
    """Return, by a name of their own, the licences that took the place of another on some models.

    The terms are those of the new licence; ``before`` is the old one, ``changed`` the day.
    """
    found = {}
    for entry in _read().get("relabelled", ()):
        name = f"{entry['now']} ({entry['before']} before {entry['changed']})"
        found[name] = replace(
            licenses()[entry["now"]], id=name, before=entry["before"], changed=(entry["changed"],)
        )
    return found


@lru_cache(maxsize=1)
def replaced_models() -> Mapping[str, str]:
    """Return the models whose licence was replaced -> the name in :func:`replaced`."""
    return {
        model: name
        for entry, name in zip(_read().get("relabelled", ()), replaced(), strict=True)
        for model in entry["models"]
    }


def find(name: str) -> License:
    """Return a licence of the catalogue, or one that took the place of another."""
    found = licenses().get(name)
    return found if found is not None else replaced()[name]


def passed_on(model: str, license_id: str) -> str:
    """Return the name of what a model's descendants get: its licence, or the one that replaced."""
    name = replaced_models().get(model)
    return name if name is not None and replaced()[name].text == license_id else license_id


def _license(name: str, entry: Mapping[str, Any]) -> License:
    return License(
        id=name,
        families=tuple(entry["families"]),
        color=entry["color"],
        spdx=entry.get("spdx", ""),
        url=entry.get("url", ""),
        established=entry["established"],
        addresses_weights=entry.get("addresses_weights"),
        behind_other=entry.get("behind_other", False),
        unversioned=entry.get("unversioned", False),
        terms=tuple(Term(**term) for term in entry.get("terms", ())),
        made_for=entry.get("made_for", ""),
        reaches_adapters=entry.get("reaches_adapters", False),
        changed=tuple(entry.get("changed", ())),
        text=name,
    )


def license_color(license_id: str | None) -> str:
    """Return the family of a licence in charts, ``other`` if the catalogue has no such id."""
    if license_id is None:
        return "unstated"
    found = licenses().get(license_id)
    return found.color if found else "other"
