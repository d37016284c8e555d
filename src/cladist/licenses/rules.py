"""What a licence of an ancestor asks of a descendant, and whether its label keeps it.

One rule a term. Every judgement is about one ancestor's licence and one descendant's label, given
how the descendant was made; merges are judged pair by pair of the licences that meet in them.
The rules say "possible conflict" where a clause that was read stands against a label, "review"
where it was not read, where the text leaves it open, or where the label is no known licence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cladist.licenses.catalog import License, Term, licenses

#: Severities, the mildest first.
SEVERITIES: Final = ("ok", "obligation", "unknown", "review", "conflict")

#: How far a descendant departs from the ancestor, the least first. ``copy``: quantized or
#: converted; ``adapter``: weights that do nothing without the base; ``derivative``: all others.
KINDS: Final = ("copy", "adapter", "derivative")
KIND_OF_RELATION: Final = {
    "quantized": "copy", "conversion": "copy", "adapter": "adapter",
    "finetune": "derivative", "merge": "derivative", "unknown": "derivative",
}  # fmt: skip

#: Labels that are no licence of the catalogue.
NO_LICENSE: Final = "unstated"
NOT_KNOWN: Final = "unresolved"

#: A licence whose derivatives may be under another one -> those (CC list of compatible licences;
#: GNU list; clauses "or any later version", EUPL appendix). One way only.
COMPATIBLE: Final = {
    "cc-by-sa-4.0": frozenset(("gpl-3.0",)),
    "cc-by-sa-3.0": frozenset(("cc-by-sa-4.0",)),
    "cc-by-nc-sa-2.0": frozenset(("cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0")),
    "cc-by-nc-sa-3.0": frozenset(("cc-by-nc-sa-4.0",)),
    "gpl-3.0": frozenset(("agpl-3.0",)),
    "agpl-3.0": frozenset(("gpl-3.0",)),
    "eupl-1.1": frozenset(("eupl-1.2", "gpl-2.0", "gpl-3.0", "agpl-3.0", "osl-3.0")),
    "eupl-1.2": frozenset(("gpl-2.0", "gpl-3.0", "agpl-3.0", "osl-3.0", "cc-by-sa-3.0",
                           "lgpl-2.1", "lgpl-3.0", "mpl-2.0")),
}  # fmt: skip

#: Ids that stand for several texts -> the ids that may be meant.
MEMBERS: Final = {
    "gpl": frozenset(("gpl-2.0", "gpl-3.0")),
    "lgpl": frozenset(("lgpl-2.1", "lgpl-3.0")),
    "openrail": frozenset(("creativeml-openrail-m", "openrail++", "bigscience-openrail-m",
                           "bigscience-bloom-rail-1.0", "bigcode-openrail-m")),
    "bsd": frozenset(("bsd-2-clause", "bsd-3-clause")),
}  # fmt: skip

#: Terms that stand against a label (and have a rule below); all others are obligations.
_AGAINST_LABELS: Final = frozenset(
    ("same_license", "no_sublicense", "use_restrictions", "noncommercial", "research_only",
     "no_derivatives")
)  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """One finding about a label: the rule (an obligation), its severity, and the term."""

    rule: str
    severity: str
    term: Term


def judge(ancestor: str, label: str, kind: str) -> tuple[Judgement, ...]:
    """Judge the label of a descendant against one ancestor's licence.

    Parameters
    ----------
    ancestor
        A licence of the catalogue.
    label
        A licence of the catalogue, ``unstated`` or ``unresolved``.
    kind
        ``copy``, ``adapter`` or ``derivative``.

    Returns
    -------
    tuple of Judgement
        Every term of the ancestor's licence: as ``obligation``, or as what the label makes of
        it. A label that is no licence neither keeps nor breaks a term: it leads to ``review``.
    """
    return _judged(ancestor, label, kind)


@lru_cache(maxsize=1 << 16)
def _judged(ancestor: str, label: str, kind: str) -> tuple[Judgement, ...]:
    parent = licenses()[ancestor]
    child = licenses().get(label)
    return tuple(
        Judgement(term.obligation, _severity(term, parent, child, kind), term)
        for term in parent.terms
    )


def _severity(term: Term, parent: License, child: License | None, kind: str) -> str:
    rule = term.obligation
    if rule not in _AGAINST_LABELS:
        return "review" if term.review else "obligation"
    plain = term.sure and not parent.unversioned
    if rule == "no_derivatives":
        plain &= kind == "derivative"
    elif child is not None and _keeps(rule, parent, child):
        return "obligation"
    else:
        plain &= child is not None and not _unclear(rule, parent, child, kind)
    return "conflict" if plain else "review"


def _keeps(rule: str, parent: License, child: License) -> bool:
    """Whether a label keeps a term."""
    if child.id == parent.id:
        return True
    if rule == "same_license":
        return child.id in COMPATIBLE.get(parent.id, ())
    if rule in ("noncommercial", "research_only"):
        return child.term(rule) is not None and not child.by_obligation[rule].review
    return False


def _unclear(rule: str, parent: License, child: License, kind: str) -> bool:
    """Whether a person has to read both texts: a label neither keeps nor plainly breaks a term."""
    if parent.id in MEMBERS.get(child.id, ()) or child.id in MEMBERS.get(parent.id, ()):
        return True
    if rule == "same_license":
        return kind == "adapter"
    if rule == "research_only":
        return child.term("noncommercial") is not None
    if rule == "noncommercial":
        return child.term("research_only") is not None or child.term("noncommercial") is not None
    if rule == "use_restrictions":
        return child.term("use_restrictions") is not None or _has_own_terms(child)
    return _has_own_terms(child)  # no_sublicense


def _has_own_terms(child: License) -> bool:
    """Whether a label is itself a vendor's or a use-restricting text: it may repeat the terms."""
    return bool({"community", "proprietary", "use-restricted"} & set(child.families))


def severity(judgements: tuple[Judgement, ...]) -> str:
    """Return the gravest severity, ``ok`` of none."""
    return max((j.severity for j in judgements), key=SEVERITIES.index, default="ok")


#: Rules of merges: what two licences that meet in one model have against one another.
MERGE_RULES: Final = {
    "merge_same_license": "both ask that the whole be under them, and neither allows the other",
    "merge_noncommercial_copyleft": "one forbids commercial use, the other any further restriction",
    "merge_restrictions_copyleft": "one has use restrictions, the other forbids any further one",
    "merge_no_training": "one forbids to improve other models with it",
    "merge_prefixes": "both ask that the name begin with their own word",
}


def judge_merge(first: str, second: str) -> tuple[Judgement, ...]:
    """Judge two ancestors' licences that meet in a merge; the order changes nothing."""
    if first == second:
        return ()
    return _met(*sorted((first, second)))


@lru_cache(maxsize=1 << 14)
def _met(first: str, second: str) -> tuple[Judgement, ...]:
    a, b = licenses()[first], licenses()[second]
    found = []
    same = a.term("same_license"), b.term("same_license")
    allowed = b.id in COMPATIBLE.get(a.id, ()) or a.id in COMPATIBLE.get(b.id, ())
    if same[0] and same[1] and not allowed:
        found.append(_both("merge_same_license", same[0], same[1]))
    for one, other in ((a, b), (b, a)):
        copyleft = one.term("same_license")
        if copyleft is None:
            continue
        against = other.term("noncommercial") or other.term("research_only")
        if against and one.term("noncommercial") is None:
            found.append(_both("merge_noncommercial_copyleft", copyleft, against))
        use = other.term("use_restrictions")
        if use:
            found.append(_both("merge_restrictions_copyleft", copyleft, use))
    for one in (a, b):
        term = one.term("no_training")
        if term:
            found.append(Judgement("merge_no_training", "review", term))
    prefix = a.term("name_prefix"), b.term("name_prefix")
    if prefix[0] and prefix[1] and not _nested(prefix[0].detail, prefix[1].detail):
        found.append(_both("merge_prefixes", prefix[0], prefix[1]))
    return tuple(found)


def _nested(first: str, second: str) -> bool:
    return first.startswith(second) or second.startswith(first)


def _both(rule: str, first: Term, second: Term) -> Judgement:
    sure = first.sure and second.sure
    return Judgement(rule, "conflict" if sure else "review", first)
