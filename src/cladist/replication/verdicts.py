"""What a published figure and ours have to do with each other: a verdict and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cladist.replication.measures import Measured

if TYPE_CHECKING:
    from cladist.replication.figures import Figure

#: Verdict -> what it says of the published figure and ours, by the same rule.
VERDICTS: Final = {
    "exact": "Equal in every published digit.",
    "within reading error": "Equal within the error of reading the picture.",
    "within sampling error": "Equal within the error of two random draws.",
    "within the interval by clan": "Within our interval, lineages resampled.",
    "differs": "Differs",
    "not comparable": "A count, and another hub has other counts.",
    "not measured": "Not measured",
}

#: Figures that are rates, shares or means, which two hubs may have in common.
_RATES: Final = ("pct.", "mutation.", "further_rate.", "drift.", "data.frac", "data.apache",
                 "sim.metadata.", "sim.modelcard.levenshtein.", "sim.modelcard.bow.",
                 "sim.modelcard.tfidf.")  # fmt: skip
_RATE_ENDS: Final = ("_frac", "_share", ".directedness")
#: Ends of ids of figures that are differences, for which no ratio is told: they may be near 0.
_SIGNED: Final = (".change", ".median", ".delta", ".delta_cond", ".delta_all", "_change_bespoke")
_COUNTS: Final = ("drift.nlang.missing_edges", "drift.hascard.child")


@dataclass(frozen=True)
class Reason:
    """Why the standard form differs from the published one, and why a figure is not measured."""

    differs: str = ""
    unmeasured: str = ""


_LANGUAGE: Final = ("languages of the card and codes of three letters count, tags that only look "
                    "like languages do not")  # fmt: skip
_VALUE: Final = "what the card and the fields of the record state counts, not the tags alone"
_FEW: Final = "it is not among the 500 commonest values here"
_UNKNOWN: Final = "a missing card is unknown, not a card without a mark"
_CARDLESS: Final = "no edge of this kind has the texts of both cards here"
_FAMILY: Final = "merges and parents without a record join families too, as do old ids"

#: Beginning of an id -> the reason; the longest that fits holds.
REASONS: Final = {
    "data": Reason("", "it needs models with a date"),
    "data.n_edges": Reason(
        "edges to parents without a record, under an old id or in other letter case count, "
        "self-loops and cycles do not; the best evidence decides the relation"
    ),
    "data.n_models_with_language": Reason(_LANGUAGE),
    "data.n_languages": Reason(_LANGUAGE),
    "data.language": Reason(_LANGUAGE),
    "data.license": Reason(_VALUE),
    "data.apache": Reason(_VALUE, "no model states a licence"),
    "data.license_types_paper": Reason(
        "", "the paper's text counts other names than its code, which finds 79"
    ),
    "data.dataset": Reason(_VALUE),
    "data.arxiv": Reason("ids are cleaned of what is not part of them"),
    "data.n_with_card": Reason("", "this snapshot holds no card texts"),
    "data.frac_with_card": Reason("", "this snapshot holds no card texts"),
    "data.n_cards": Reason("", "this snapshot holds no card texts"),
    "count": Reason(_VALUE, _FEW),
    "pct": Reason(_VALUE, "no model here states one, or " + _FEW),
    "count.language": Reason(_LANGUAGE, _FEW),
    "pct.language": Reason(_LANGUAGE, _FEW),
    "children": Reason(
        "every child counts, also one that names another parent too, or this one by an old id",
        "this snapshot does not know the model",
    ),
    "downloads": Reason("", "this snapshot does not know the model or its downloads"),
    "family_size": Reason(_FAMILY, "this snapshot holds no record of the model"),
    "family.rank2500": Reason("names of the same model are one", "there are fewer families"),
    "graph.n_components": Reason("names of the same model are one, self-loops and cycles are cut"),
    "graph.components": Reason(
        "these are the families without merges themselves, not the bound models - edges"
    ),
    "growth": Reason(
        _FAMILY, "the snapshot holds no record of the model, or ends before that month"
    ),
    "further": Reason(
        "children by merges count, as do edges to parents without a record",
        "there is no edge of this relation here",
    ),
    "further_rate": Reason(
        "children by merges count, as do edges to parents without a record",
        "there is no edge of this relation here",
    ),
    "motif": Reason("edges to parents without a record count, self-loops and cycles do not"),
    "sim.metadata": Reason(
        "the text leaves out ids, dates, counters and tags that name the parent, every parent "
        "weighs the same, and edges are those left after cuts",
        "there is no such pair here",
    ),
    "sim.modelcard": Reason(
        "the text leaves out front matter, addresses and ids, every parent weighs the same, and "
        "edges are those left after cuts",
        "no such pair has two cards that are long enough and not generated",
    ),
    "sim.modelcard.kept": Reason("it draws other pairs", "no pair was drawn"),
    "sim.metadata.tfidf.parent_tags_removed": Reason(
        "", "the authors keep a picture of this run but no code; the standard texts above leave "
        "those tags out as well",
    ),
    "mutation": Reason(
        "edges under old ids and to parents without a record count, and so does what cards and "
        "records state",
        "no edge has two ends that state it",
    ),
    "ordering": Reason(
        "edges to parents without a record and under old ids count too, and a changed edge counts "
        "once, shared among its pairs of values, not twice for a label and many times for a list",
        "no trait changes here",
    ),
    "flow": Reason(
        "edges to parents without a record and under old ids count too, and a changed edge counts "
        "once, not twice for a label and many times for a list",
        "no trait changes here",
    ),
    "drift": Reason("the edges are those left after cuts, with renamed parents", _CARDLESS),
    "drift.hascard": Reason("a card of any length counts, on the edges left after cuts", _CARDLESS),
    "drift.auto.delta_all": Reason(_UNKNOWN, _CARDLESS),
    "drift.auto.overall": Reason(_UNKNOWN, _CARDLESS),
    "drift.nlang": Reason(
        f"{_LANGUAGE}; edges are those left after cuts",
        "no edge has two ends that state a language",
    ),
    "drift.nlang.parent_all": Reason("a model that states no language is unknown, not one of none"),
    "drift.nlang.child_all": Reason("a model that states no language is unknown, not one of none"),
    "drift.cardwords": Reason("", "words of cards are not counted, only characters"),
    "count.arxiv_cat": Reason("", "it needs the category of every paper, which no hub gives"),
    "early": Reason("", "it is of another set of 53,991 models"),
    "family.r1_1776": Reason(
        "edges to renamed parents count, self-loops and cycles do not",
        "this snapshot holds no record of the model",
    ),
}  # fmt: skip


def reason(figure_id: str) -> Reason:
    """Return the reason with the longest beginning of an id."""
    fits = [k for k in REASONS if figure_id.startswith(k)]
    return REASONS[max(fits, key=len)] if fits else Reason()


def is_rate(figure_id: str) -> bool:
    """Tell whether a figure is a share or a mean, which does not grow with the hub."""
    if figure_id in _COUNTS or figure_id.startswith("sim.modelcard.kept"):
        return False
    return figure_id.startswith(_RATES) or figure_id.endswith(_RATE_ENDS)


def is_signed(figure_id: str) -> bool:
    """Tell whether a figure is a difference, of either sign, so that a ratio says nothing."""
    return figure_id.startswith("drift.") and figure_id.endswith(_SIGNED)


def verdict(figure: Figure, measured: Measured, *, authors: bool) -> str:
    """Return the verdict on a number: a key of :data:`VERDICTS`.

    Equal is what is equal in every published digit. ``authors``: the snapshot is theirs; of
    another one, counts are not compared, and a published value within our interval by clan is
    no difference (on their own data nothing is sampled, so that there it is one).
    """
    ours = measured.as_published
    if not isinstance(ours, int | float) or not isinstance(figure.value, float):
        return "not measured"
    if not authors and not is_rate(figure.id):
        return "not comparable"
    apart = abs(ours - figure.value)
    if figure.tolerance:
        if apart <= figure.tolerance:
            return "within reading error"
    elif apart <= half_unit(figure.value):
        return "exact"
    # The published mean has as wide an error as ours: two independent draws of one size.
    if measured.error is not None and apart <= 2**0.5 * measured.error + (figure.tolerance or 0):
        return "within sampling error"
    low, high = (measured.interval if not authors else None) or (1.0, 0.0)
    return "within the interval by clan" if low <= figure.value <= high else "differs"


def half_unit(value: float) -> float:
    """Return half a unit of the last digit of a number as it was published."""
    digits = repr(value).rstrip("0").rpartition(".")[2] if "e" not in repr(value) else ""
    return max(0.5 * 10.0 ** -len(digits), 1e-11 * abs(value))  # ours are rounded to 12 digits


def sentence(figure: Figure, measured: Measured, told: str, *, authors: bool) -> str:
    """Return what is to be said of the published figure, ours, and the standard form."""
    why = reason(figure.id)
    if told == "not measured":
        return f"Not measured: {why.unmeasured or 'nothing here has it'}."
    said = VERDICTS[told]
    hub = "" if authors else ", on another hub"
    if told == "differs" and isinstance(figure.value, float):
        ours = float(measured.as_published or 0)
        if figure.value and not is_signed(figure.id):
            said = f"Differs by {100 * (ours / figure.value - 1):+.1f} %{hub}."
        else:
            said = f"Differs by {ours - figure.value:+,.4g}{hub}."
    elif told == "within the interval by clan" and measured.interval is not None:
        low, high = measured.interval
        said = f"Within our interval by clan, {low:,.4g} to {high:,.4g}{hub}."
    return f"{said} {standard_note(figure.id, measured)}"


def standard_note(figure_id: str, measured: Measured) -> str:
    """Return why the standard form is another number than ours by the published rule."""
    ours, standard = measured.as_published, measured.standard
    why = reason(figure_id).differs
    if standard is None:
        return f"No standard form: {why or 'it has no such number'}."
    if standard == ours:
        return "Both definitions give the same here."
    return f"In the standard form {why or 'the edges are those left after cuts'}."
