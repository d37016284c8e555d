"""Are siblings more alike than parent and child? The answers of every run side by side, in words.

One sentence a run, kind of text and weighting, and a table of all of them, metric by metric: so
that an answer which holds under one weighting or definition alone is seen to be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cladist.kin.siblings import (
    FEW,
    NOTHING,
    PARENTS_CLOSER,
    SIBLINGS_CLOSER,
    STRANGERS_APART_TOO,
    STRANGERS_TOO,
    UNDECIDED,
)
from cladist.report import plan
from cladist.report.words import TRAIT_WORDS
from cladist.views import numbers

if TYPE_CHECKING:
    from cladist.result import Result

Row = Mapping[str, Any]

#: Verdict -> class of the cell, word in it, and the sentence.
_VERDICTS: Final = {
    SIBLINGS_CLOSER: ("siblings", "siblings", "siblings are more alike than parent and child"),
    STRANGERS_TOO: (
        "strangers", "siblings*",
        "siblings are more alike than parent and child, but so are strangers of their kind",
    ),
    PARENTS_CLOSER: ("parents", "parent–child", "parent and child are more alike than siblings"),
    STRANGERS_APART_TOO: (
        "none", "parent–child*",
        "parent and child are more alike than siblings, but so are strangers of their kind",
    ),
    UNDECIDED: ("none", "no difference", "no difference is shown"),
    FEW: ("few", "△ few", "too few independent lineages to tell"),
    NOTHING: ("nothing", "–", "there is nothing to compare"),
}  # fmt: skip
_WEIGHED: Final = {
    "pairs": "every pair of siblings weighs the same",
    "parents": "every parent weighs the same",
    "families": "every family weighs the same",
    "authors": "every author weighs the same",
}
_TEXTS: Final = {"metadata": "records", "card": "cards", "traits": "traits"}


@dataclass(frozen=True)
class Cell:
    """One answer: ``kind`` (class), ``words``, and D with its interval as ``title``."""

    kind: str
    words: str
    title: str


@dataclass(frozen=True)
class Group:
    """The answers of one run: its title, its weightings, one sentence each kind of text."""

    title: str
    weightings: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """``rows``: (text, metric, cells), the cells in the order of groups and weightings."""

    groups: tuple[Group, ...]
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]


def sibling_panel(done: Iterable[tuple[plan.Run, Result]]) -> Panel | None:
    """Return the answers of all runs of ``similarity``; None if there is none."""
    runs = [
        (run, result.tables["siblings"].to_pylist())
        for run, result in done
        if run.analysis.name == "similarity"
    ]
    asked = list(dict.fromkeys((r["text"], r["metric"]) for _, rows in runs for r in rows))
    if not asked:
        return None
    groups = tuple(_group(run, rows) for run, rows in runs)
    found = [
        {(r["text"], r["metric"], r["weighting"]): r for r in rows} for _, rows in runs
    ]  # fmt: skip
    table = tuple(
        (
            _TEXTS.get(text, text),
            TRAIT_WORDS.get(metric, metric) if text == "traits" else metric,
            tuple(
                _cell(rows.get((text, metric, w)))
                for group, rows in zip(groups, found, strict=True)
                for w in group.weightings
            ),
        )
        for text, metric in asked
    )
    return Panel(groups, table)


def _group(run: plan.Run, rows: list[Row]) -> Group:
    weightings = tuple(dict.fromkeys(r["weighting"] for r in rows))
    texts = dict.fromkeys(r["text"] for r in rows)
    said = tuple(
        _sentence(text, [[r for r in rows if (r["text"], r["weighting"]) == (text, w)]
                         for w in weightings])
        for text in texts
    )  # fmt: skip
    return Group(plan.PARTS.get(run.name, run.name), weightings, said)


def _sentence(text: str, weighted: list[list[Row]]) -> str:
    """Say what one kind of text answers, weighting by weighting."""
    if all(r["verdict"] == NOTHING for rows in weighted for r in rows):
        return f"By {_TEXTS.get(text, text)}, there is nothing to compare."
    parts = [
        f"where {_WEIGHED[rows[0]['weighting']]}, {_answer(rows)}" for rows in weighted if rows
    ]
    return f"By {_TEXTS.get(text, text)}: {'; '.join(parts)}."


def _answer(rows: list[Row]) -> str:
    """Say what the metrics answer under one weighting: all the same, or how many each."""
    verdicts = dict.fromkeys(v for v in _VERDICTS if any(r["verdict"] == v for r in rows))
    said = []
    for verdict in verdicts:
        mine = [r for r in rows if r["verdict"] == verdict]
        which = "" if len(verdicts) == 1 else _listed(mine)
        about = "; ".join(part for part in (which, _span(mine)) if part)
        said.append(_VERDICTS[verdict][2] + (f" ({about})" if about else ""))
    return ", ".join(said[:-1]) + " and " + said[-1] if len(said) > 1 else said[0]


def _listed(rows: list[Row]) -> str:
    return ", ".join(TRAIT_WORDS.get(str(r["metric"]), str(r["metric"])) for r in rows)


def _span(rows: list[Row]) -> str:
    """Say between which bounds D lies, where the answer is one about D."""
    if rows[0]["verdict"] in (FEW, NOTHING):
        return ""
    values = sorted(r["difference"] for r in rows)
    low, high = (numbers.real(values[i], 2) for i in (0, -1))
    return f"D {low}" if low == high else f"D {low} to {high}"


def _cell(row: Row | None) -> Cell:
    if row is None:
        return Cell("nothing", "–", "not part of this form")
    kind, words, _ = _VERDICTS[row["verdict"]]
    if row["difference"] is None:
        return Cell(kind, words, "")
    bounds = ""
    if row["low"] is not None:
        bounds = f" ({numbers.real(row['low'])} to {numbers.real(row['high'])})"
    title = (
        f"D = {numbers.real(row['difference'])}{bounds}; {row['parents']:,} parents, "
        f"{numbers.real(row['clusters_effective'])} effective lineages"
    )
    difference = round(row["difference"], 2) + 0.0  # no minus before nothing
    return Cell(kind, f"{words} {difference:.2f}", title)
