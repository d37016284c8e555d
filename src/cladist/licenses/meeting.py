"""What licences have against one another where they meet in a merge.

Two licences meet in a model if they come by different parents. The union of all obligations holds
in any case, and a permissive parent never relaxes another one; the rules here are about pairs that
cannot both be kept, whatever the label.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cladist.licenses.catalog import License, Term, find
from cladist.licenses.rules import COMBINABLE, COMPATIBLE

#: Rules of merges -> what two licences have against one another, in one sentence.
MERGE_RULES: Final = {
    "merge_same_license": "both ask that the whole be under them, and neither allows the other",
    "merge_noncommercial_copyleft": "one forbids commercial use, the other any further restriction",
    "merge_restrictions_copyleft": "one has use restrictions that must bind, the other forbids any "
    "further restriction",
    "merge_apache_gpl2": "the patent terms of the one are a further restriction under the other "
    "(gnu.org/licenses/license-list.html#apache2)",
    "merge_prefixes": "both ask that the name begin with their own word",
    "merge_no_training": "one must not be used to improve other models, and another parent is not "
    "known to descend from it",
}
_COPYLEFT: Final = frozenset(("copyleft", "network-copyleft", "share-alike", "weak-copyleft"))


@dataclass(frozen=True)
class Clash:
    """One thing that two licences have against one another.

    ``first`` and ``second`` name them; ``term`` is the clause of the first, ``other`` that of the
    second, None if only the first has one.
    """

    rule: str
    severity: str
    first: str
    second: str
    term: Term
    other: Term | None


def judge_meeting(first: str, second: str) -> tuple[Clash, ...]:
    """Judge two ancestors' licences that meet in a merge; the order changes nothing."""
    return () if first == second else _met(*sorted((first, second)))


def forbids_improving_others(name: str) -> Term | None:
    """Return the clause by which a licence forbids to improve other models, None if none."""
    return find(name).term("no_training")


@lru_cache(maxsize=1 << 15)
def _met(first: str, second: str) -> tuple[Clash, ...]:
    a, b = find(first), find(second)
    if a.text == b.text:
        return ()
    found = [_same_license(a, b), _prefixes(a, b)]
    for one, other in ((a, b), (b, a)):
        found += [_apache_gpl2(one, other), *_against_copyleft(one, other)]
    return tuple(f for f in found if f is not None)


def _same_license(a: License, b: License) -> Clash | None:
    one, other = a.term("same_license"), b.term("same_license")
    if one is None or other is None or _allowed(a, b) or _allowed(b, a):
        return None
    return _clash("merge_same_license", a, b, one, other)


def _allowed(a: License, b: License) -> bool:
    return b.text in COMPATIBLE.get(a.text, ()) or b.text in COMBINABLE.get(a.text, ())


def _against_copyleft(one: License, other: License) -> list[Clash | None]:
    """Return what a copyleft licence has against limits that another one sets."""
    whole = one.term("same_license")
    if whole is None or not _COPYLEFT & set(one.families):
        return []
    clause = one.term("no_further_terms") or whole
    limit = other.term("noncommercial") or other.term("research_only")
    use = other.term("use_restrictions")
    return [
        _clash("merge_noncommercial_copyleft", one, other, clause, limit)
        if limit and one.term("noncommercial") is None else None,
        _clash("merge_restrictions_copyleft", one, other, clause, use) if use else None,
    ]  # fmt: skip


def _apache_gpl2(one: License, other: License) -> Clash | None:
    clause = one.term("no_further_terms") or one.term("same_license")
    if one.text not in ("gpl-2.0", "gpl") or other.text != "apache-2.0" or clause is None:
        return None
    severe = "conflict" if one.text == "gpl-2.0" and clause.sure else "review"
    return Clash("merge_apache_gpl2", severe, one.id, other.id, clause, None)


def _prefixes(a: License, b: License) -> Clash | None:
    one, other = a.term("name_prefix"), b.term("name_prefix")
    if one is None or other is None or one.detail.startswith(other.detail) or \
            other.detail.startswith(one.detail):  # fmt: skip
        return None
    return _clash("merge_prefixes", a, b, one, other)


def _clash(rule: str, a: License, b: License, one: Term, other: Term) -> Clash:
    sure = one.sure and other.sure and not (a.unversioned or b.unversioned)
    return Clash(rule, "conflict" if sure else "review", a.id, b.id, one, other)
