"""What a licence of an ancestor asks of a descendant, and whether its label keeps it.

One rule a term. Every judgement is about one ancestor's licence and one descendant's label, given
how the descendant was made; what licences have against one another where they meet in a merge
stands in :mod:`cladist.licenses.meeting`. The rules say "possible conflict" where a clause that was
read stands against a label, "review" where it was not read, where the text leaves it open, or where
the label is no known licence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from cladist.licenses.catalog import License, Term, find, licenses

#: Severities, the mildest first.
SEVERITIES: Final = ("ok", "obligation", "unknown", "review", "conflict")

#: How far a descendant departs from the ancestor, the least first. ``copy``: quantized or
#: converted; ``adapter``: weights that do nothing without the base; ``derivative``: all others.
KINDS: Final = ("copy", "adapter", "derivative")
#: Of the relation ``unknown`` the kind is the form of the child (:mod:`cladist.licenses.forms`).
KIND_OF_RELATION: Final = {
    "quantized": "copy", "conversion": "copy", "adapter": "adapter",
    "finetune": "derivative", "merge": "derivative",
}  # fmt: skip

#: Labels that are no licence of the catalogue.
NO_LICENSE: Final = "unstated"
NOT_KNOWN: Final = "unresolved"

#: A licence whose derivatives may be under another one -> those (the text's own list or "later
#: version", the CC list of compatible licences, LGPL 2.1 clause 3 and LGPL 3 clause 2). One way.
COMPATIBLE: Final = {
    "cc-by-sa-4.0": frozenset(("gpl-3.0",)),
    "cc-by-sa-3.0": frozenset(("cc-by-sa-4.0",)),
    "cc-by-nc-sa-2.0": frozenset(("cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0")),
    "cc-by-nc-sa-3.0": frozenset(("cc-by-nc-sa-4.0",)),
    "eupl-1.1": frozenset(("eupl-1.2",)),
    "lgpl-2.1": frozenset(("gpl-2.0", "gpl-3.0")),
    "lgpl-3.0": frozenset(("gpl-3.0",)),
}  # fmt: skip

#: A licence that may meet another one in one work -> those: (A)GPL 3 clause 13, EUPL clause 5 with
#: its appendix, MPL 2.0 clause 3.3. A plain relabelling is not what these clauses allow.
COMBINABLE: Final = {
    "gpl-3.0": frozenset(("agpl-3.0",)),
    "agpl-3.0": frozenset(("gpl-3.0",)),
    "eupl-1.1": frozenset(("gpl-2.0", "osl-3.0", "epl-1.0")),
    "eupl-1.2": frozenset(("gpl-2.0", "gpl-3.0", "agpl-3.0", "osl-3.0", "epl-1.0", "cc-by-sa-3.0",
                           "lgpl-2.1", "lgpl-3.0", "mpl-2.0")),
    "mpl-2.0": frozenset(("gpl-2.0", "gpl-3.0", "agpl-3.0", "lgpl-2.1", "lgpl-3.0")),
}  # fmt: skip

#: Ids that stand for several texts -> the ids that may be meant.
MEMBERS: Final = {
    "gpl": ("gpl-2.0", "gpl-3.0"),
    "lgpl": ("lgpl-2.1", "lgpl-3.0"),
    "openrail": ("creativeml-openrail-m", "openrail++", "bigscience-openrail-m",
                 "bigscience-bloom-rail-1.0", "bigcode-openrail-m"),
    "bsd": ("bsd-2-clause", "bsd-3-clause"),
    "cc": ("cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0",
           "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0",
           "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0",
           "cc-by-nc-sa-4.0"),
}  # fmt: skip
#: Those whose texts are all known: equal answers of all members are an answer.
_CLOSED: Final = frozenset(("gpl", "lgpl", "bsd"))

#: Terms that stand against a label (and have a rule below); all others are obligations.
_AGAINST_LABELS: Final = frozenset(
    ("same_license", "no_sublicense", "use_restrictions", "noncommercial", "research_only",
     "no_derivatives")
)  # fmt: skip

#: Terms about the whole work: whether an adapter without its base is one is unsettled.
_OF_THE_WHOLE: Final = frozenset(("same_license", "no_sublicense"))

#: Why a judgement is what it is -> nothing more: the words stand in :mod:`cladist.licenses.words`.
REASONS: Final = (
    "asked", "kept", "breaks", "adapter", "copy", "not_read", "open", "members", "unversioned",
    "own_terms", "combination", "nothing", "unresolved",
)  # fmt: skip

#: GPL 2.0 and Apache 2.0: https://www.gnu.org/licenses/license-list.html#apache2.
_APACHE_IN_GPL2: Final = ("apache-2.0", "gpl-2.0")


@dataclass(frozen=True)
class Judgement:
    """One finding about a label: the rule (an obligation), its severity, the term, and why."""

    rule: str
    severity: str
    term: Term
    reason: str = "asked"


def judge(ancestor: str, label: str, kind: str, *, older: bool = False) -> tuple[Judgement, ...]:
    """Judge the label of a descendant against one ancestor's licence.

    Parameters
    ----------
    ancestor
        A licence of the catalogue, or one that took the place of another.
    label
        A licence of the catalogue, ``unstated`` or ``unresolved``.
    kind
        ``copy``, ``adapter`` or ``derivative``.
    older
        Whether the descendant was made before the ancestor's text last changed, or its date is
        not known.

    Returns
    -------
    tuple of Judgement
        Every term of the ancestor's licence: as ``obligation``, or as what the label makes of
        it. A label that is no licence neither keeps nor breaks a term: it leads to ``review``. A
        text that was not read leads to ``review`` whatever the label.
    """
    return _judged(ancestor, label, kind, older)


@lru_cache(maxsize=1 << 16)
def _judged(ancestor: str, label: str, kind: str, older: bool) -> tuple[Judgement, ...]:
    parent = find(ancestor)
    child = licenses().get(label)
    found = [_judgement(term, parent, child, label, kind) for term in parent.terms]
    whole = Term("text", "the whole text", parent.url, parent.established)
    if not parent.sure and not parent.unversioned:
        found.append(Judgement("text_not_read", "review", whole, "not_read"))
    if parent.made_for:
        found.append(Judgement("made_for_other_works", "review", whole, "open"))
    if parent.changed and older:
        found.append(Judgement("text_changed", "review", whole, "open"))
    if (parent.text, label) == _APACHE_IN_GPL2:
        term = licenses()["gpl-2.0"].by_obligation["no_further_terms"]
        found.append(Judgement("apache_under_gpl2", "review", term, "open"))
    return tuple(found)


def _judgement(
    term: Term, parent: License, child: License | None, label: str, kind: str
) -> Judgement:
    rule = term.obligation
    if rule not in _AGAINST_LABELS:
        severe = "review" if term.review else "obligation"
        return Judgement(rule, severe, term, "open" if term.review else "asked")
    if parent.unversioned:
        return _of_members(term, parent, child, label, kind)
    severe, reason = _told(term, parent, child, label, kind)
    return Judgement(rule, severe, term, reason)


def _of_members(
    term: Term, parent: License, child: License | None, label: str, kind: str
) -> Judgement:
    """Judge an id that stands for several texts: all of them, if they agree."""
    rule = term.obligation
    texts = [licenses()[name] for name in MEMBERS.get(parent.id, ())]
    terms = [(text, t) for text in texts if (t := text.term(rule)) is not None]
    if parent.id in _CLOSED and terms and len(terms) == len(texts):
        told = {_told(t, text, child, label, kind) for text, t in terms}
        if told == {("conflict", "breaks")}:
            clauses = "; ".join(f"{text.spdx} {t.clause}" for text, t in terms)
            return Judgement(rule, "conflict", replace(terms[0][1], clause=clauses), "breaks")
    if child is not None and child.id == parent.id and not term.review:
        return Judgement(rule, "obligation", term, "kept")
    return Judgement(rule, "review", term, "members")


def _told(
    term: Term, parent: License, child: License | None, label: str, kind: str
) -> tuple[str, str]:
    """Return severity and reason of a term that can stand against a label."""
    if child is not None and child.unversioned and child.id in MEMBERS:
        found = {_plain(term, parent, licenses()[m], label, kind) for m in MEMBERS[child.id]}
        return found.pop() if len(found) == 1 else ("review", "unversioned")
    return _plain(term, parent, child, label, kind)


def _plain(
    term: Term, parent: License, child: License | None, label: str, kind: str
) -> tuple[str, str]:
    rule = term.obligation
    if rule != "no_derivatives" and child is not None and _keeps(rule, parent, child):
        return "obligation", "kept"
    doubt = _doubt(rule, parent, child, label, kind)
    if doubt:
        return "review", doubt
    if not term.sure:
        return "review", "open" if term.review else "not_read"
    return "conflict", "breaks"


def _keeps(rule: str, parent: License, child: License) -> bool:
    """Whether a label keeps a term."""
    if child.id == parent.text:
        return True
    if rule == "same_license":
        return child.id in COMPATIBLE.get(parent.text, ())
    if rule in ("noncommercial", "research_only"):
        return child.term(rule) is not None and not child.by_obligation[rule].review
    return False


def _doubt(rule: str, parent: License, child: License | None, label: str, kind: str) -> str:
    """Return why a person has to read both texts; empty where the label plainly breaks a term."""
    if rule == "no_derivatives":
        return "" if kind == "derivative" else kind
    if child is None:
        return "nothing" if label == NO_LICENSE else "unresolved"
    if kind == "adapter" and rule in _OF_THE_WHOLE and not parent.reaches_adapters:
        return "adapter"
    if rule == "same_license":
        return "combination" if child.id in COMBINABLE.get(parent.text, ()) else ""
    if rule in ("noncommercial", "research_only"):
        return "own_terms" if _limits_use(child) else ""
    return "own_terms" if _has_own_terms(child) or (
        rule == "use_restrictions" and child.term("use_restrictions") is not None
    ) else ""  # fmt: skip


def _limits_use(child: License) -> bool:
    return child.term("noncommercial") is not None or child.term("research_only") is not None


def _has_own_terms(child: License) -> bool:
    """Whether a label is itself a vendor's or a use-restricting text: it may repeat the terms."""
    return bool({"community", "proprietary", "use-restricted"} & set(child.families))


def severity(judgements: tuple[Judgement, ...]) -> str:
    """Return the gravest severity, ``ok`` of none."""
    return max((j.severity for j in judgements), key=SEVERITIES.index, default="ok")
