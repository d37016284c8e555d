"""Findings in words: what is asked, what the label does with it, what would resolve it.

Always "possible conflict", never a stronger word: what people stated is compared with clauses.
"""

from __future__ import annotations

from typing import Final

from cladist.licenses.catalog import ESTABLISHED, OBLIGATIONS, find
from cladist.licenses.meeting import MERGE_RULES, Clash
from cladist.licenses.rules import Judgement

_ASKED: Final = {
    "same_license": "which asks that a derivative as a whole be under it",
    "no_sublicense": "which gives no right to license the whole anew",
    "use_restrictions": "whose use restrictions must be passed on as binding terms",
    "noncommercial": "which forbids commercial use",
    "research_only": "which allows research only",
    "no_derivatives": "which lets nobody share an adapted version",
    "source": "which asks for the source; what the source of weights is, is unsettled",
    "text_not_read": "whose text was not read for this catalogue",
    "made_for_other_works": "a text for {made_for}; what it asks of a model is unsettled",
    "text_changed": "whose text changed on {changed}",
    "apache_under_gpl2": "whose patent terms are a further restriction under GPL 2.0 by the list "
    "of its steward (gnu.org/licenses/license-list.html#apache2)",
}  # fmt: skip

_BREAKS: Final = {
    "same_license": "{child} is labelled {label}",
    "no_sublicense": "{child} is labelled {label}, which can cover only its author's own changes",
    "use_restrictions": "{child} is labelled {label}, which has none of them",
    "noncommercial": "{child} is labelled {label}, which allows it",
    "research_only": "{child} is labelled {label}, which allows more",
    "no_derivatives": "{child} is one, whatever its label",
}
_DOUBT: Final = {
    "adapter": "{child} is an adapter shared without the weights of its base, labelled {label}: "
    "whether it is itself a derivative is unsettled; merged with the base it is one",
    "copy": "{child} is a converted or quantized copy: a change of format may be no adaptation, a "
    "lossy one may be",
    "not_read": "that clause was not read ({established})",
    "open": "the text itself leaves open whether that reaches {child}",
    "members": "that id does not say which text is meant",
    "unversioned": "{child} is labelled {label}, which does not say which text is meant",
    "own_terms": "{child} is labelled {label}, a text with terms of its own that may keep this",
    "combination": "{child} is labelled {label}, with which the text allows a combination, not a "
    "change of label",
    "nothing": "{child} states no licence, so it does not say that it keeps this",
    "unresolved": "{child} states {label}, which is no licence of the catalogue",
}
_SOLVED: Final = {
    "same_license": "Label it {license}, or ask the owner of {ancestor}.",
    "no_sublicense": "Label it {license} (terms of your own can cover your changes beside it), and "
    "give the agreement along.",
    "use_restrictions": "Label it {license}, or write the restrictions into terms of your own and "
    "name them with license_name and license_link.",
    "noncommercial": "Label it with terms that forbid commercial use, or ask the owner of "
    "{ancestor}.",
    "research_only": "Label it for research only, or ask the owner of {ancestor}.",
    "no_derivatives": "Ask the owner of {ancestor} for permission to share it.",
    "source": "Decide with counsel what source means for these weights.",
    "text_not_read": "Read the text at its address.",
    "made_for_other_works": "Ask the owner of {ancestor} which terms the model is under.",
    "text_changed": "Read both texts, and find out under which one the model was taken.",
    "apache_under_gpl2": "Label it gpl-3.0, which takes in Apache 2.0, or ask counsel.",
}

#: What only some ways of making a model are asked, by (obligation, kind): words for a checklist.
_ARGUABLE: Final = {
    ("name_prefix", "copy"): "a copy is not plainly a model made with it: read the clause",
    ("notice_text", "adapter"): "for copies of the base: an adapter alone may hold none",
    ("license_copy", "adapter"): "for copies of the base: an adapter alone may hold none",
    ("notices", "adapter"): "for copies of the base: an adapter alone may hold none",
}


#: Every rule that a finding can name -> what it is about, in one sentence.
RULES: Final = {
    **{
        rule: OBLIGATIONS[rule][0].upper() + OBLIGATIONS[rule][1:] + "."
        for rule in ("same_license", "no_sublicense", "use_restrictions", "noncommercial",
                     "research_only", "no_derivatives", "source", "name_prefix")
    },
    "text_not_read": "The text of an ancestor's licence was not read for the catalogue.",
    "text_changed": "The text, or the licence, of an ancestor changed after the model was made.",
    "made_for_other_works": "An ancestor is under a text for data, documents or fonts.",
    "apache_under_gpl2": "Apache 2.0 does not go under GPL 2.0 alone.",
    **{rule: f"Licences met in a merge: {told}." for rule, told in MERGE_RULES.items()},
    "license_missing": "The model states no known licence.",
    "ancestor_unknown": "The licence of an ancestor is not known.",
    "policy_denied": "The policy denies a licence that is declared or inherited.",
    "policy_review": "The policy asks to look at a licence that is declared or inherited.",
    "exception_expired": "An exception of the policy has expired.",
}  # fmt: skip

#: Verdicts in words, the gravest last.
VERDICTS: Final = {
    "ok": "nothing found", "obligation": "obligations to keep", "unknown": "unknown",
    "review": "to be reviewed", "conflict": "possible conflict",
}  # fmt: skip


def verdict_words(verdict: str, *, not_met: int, ancestors: int) -> str:
    """Return a verdict in words, with the number of obligations that are plainly not met."""
    if verdict == "ok" and not ancestors:
        return "no known ancestor, so nothing comes down"
    told = f", {not_met} not met" if not_met and verdict == "obligation" else ""
    return VERDICTS[verdict] + told


def explain(
    judged: Judgement, license_id: str, *, ancestor: str, child: str, label: str
) -> tuple[str, str]:
    """Return the explanation and the resolution of a finding.

    Parameters
    ----------
    judged
        The judgement.
    license_id
        The ancestor's licence.
    ancestor, child, label
        The models by name, and the label as its reader knows it.
    """
    entry = find(license_id)
    words = {
        "ancestor": ancestor, "license": entry.text, "label": label, "child": child,
        "made_for": entry.made_for, "established": ESTABLISHED[judged.term.established],
        "changed": ", ".join(str(day) for day in entry.changed),
    }  # fmt: skip
    asked = _ASKED.get(judged.rule, OBLIGATIONS.get(judged.rule, judged.rule))
    if judged.term.review and judged.term.detail and judged.rule in _BREAKS:
        asked = f"which says of {_SUBJECT[judged.rule]}: {judged.term.detail}"
    told = f"{{ancestor}} is under {{license}}, {asked}; {_does(judged)}."
    if judged.rule == "text_changed":
        told = _changed(entry.before)
    elif judged.rule in ("source", "text_not_read", "made_for_other_works", "apache_under_gpl2"):
        told = f"{{ancestor}} is under {{license}}, {asked}."
    if judged.severity == "conflict" and entry.addresses_weights is False:
        told += " The text speaks of software, not of weights."
    return _filled(told, words), _filled(_SOLVED.get(judged.rule, "Read the clause."), words)


_SUBJECT: Final = {
    "same_license": "derivatives under the same licence", "no_sublicense": "sublicensing",
    "use_restrictions": "passing on use restrictions", "noncommercial": "commercial use",
    "research_only": "research use", "no_derivatives": "sharing derivatives",
}  # fmt: skip


def _does(judged: Judgement) -> str:
    if judged.reason == "breaks":
        return _BREAKS[judged.rule]
    return _DOUBT.get(judged.reason, "read the clause")


def _changed(before: str) -> str:
    first = "{ancestor} was under " + before + " until it was put under {license}" if before else \
        "The text of {license}, the licence of {ancestor}, changed"  # fmt: skip
    return first + " ({changed}); {child} is older than that, or its date is not known."


def _filled(text: str, words: dict[str, str]) -> str:
    """Fill in names; what strangers wrote is put in once and never read as a pattern."""
    for key in words:
        text = text.replace("{" + key + "}", f"\0{key}\0")
    parts = text.split("\0")
    return "".join(words[p] if i % 2 else p for i, p in enumerate(parts))


def explain_clash(clash: Clash, first: str, second: str, merge: str) -> tuple[str, str]:
    """Return the explanation and the resolution of a clash of two licences in a merge."""
    told = (
        f"{first} is under {find(clash.first).text}, {second} under {find(clash.second).text}, and "
        f"both came together in {merge}: {MERGE_RULES[clash.rule]}."
    )
    if clash.other is not None:
        told += (
            f" Clauses: {find(clash.first).text} {clash.term.clause}; "
            f"{find(clash.second).text} {clash.other.clause}."
        )
    return told, "Leave one of the two out, or ask its owner."


def explain_ban(license_id: str, ancestor: str, other: str, merge: str) -> tuple[str, str]:
    """Return the words about a licence that forbids to improve other models, met in a merge."""
    return (
        f"{ancestor} is under {license_id}, which forbids to improve other models with it; in "
        f"{merge} it came together with {other}, which is not known to descend from a model under "
        f"{license_id}.",
        f"If {merge} is itself passed on as a derivative of {ancestor}, its name and label should "
        "say so; else ask the owner.",
    )


def explain_name(
    license_id: str, ancestor: str, child: str, asked: str, note: str
) -> tuple[str, str]:
    """Return the words about a name that does not begin as a licence asks."""
    name = child.rpartition("/")[2]
    does = f"{note} ({name})" if note else f"{name} does not"
    return (
        f"{ancestor} is under {license_id}, which asks that the name of a model made with it begin "
        f'with "{asked}"; {does}.',
        "Rename it, or read the clause for why it does not reach it.",
    )


def arguable(obligation: str, kind: str) -> str:
    """Return why an obligation may not reach a descendant of that kind; empty if it does."""
    return _ARGUABLE.get((obligation, kind), "")
