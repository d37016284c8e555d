"""Filters and colours: which models a picture keeps, and what its colours stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.views.theme import PALETTES
from cladist.vocab import RELATIONS, relation_set
from cladist.web.index import Index
from cladist.web.payloads import FLOOR, UNDATED, Accounts, Value

BY: Final = ("relation", "license", "pipeline_tag", "library_name", "author")
FIELDS: Final = ("relations", "license", "pipeline_tag", "language", "from", "to", "downloads",
                 "stated")  # fmt: skip
COMMONEST: Final = 6
_MOST_VALUES: Final = 50
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
_RANGE: Final = re.compile(r"(\d{0,15})-(\d{0,15})")
_FAMILIES: Final = tuple(PALETTES["license"])


#: Rows one after the other, or some by number.
Rows = slice | NDArray[np.int64]


@dataclass(frozen=True)
class Filter:
    """What a picture keeps; empty texts keep everything.

    Raises InputError if a text cannot be read; ids and words that no model has keep nothing.
    """

    relations: str = ""
    license: str = ""
    pipeline_tag: str = ""
    language: str = ""
    first: str = ""
    last: str = ""
    downloads: str = ""
    stated: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filter:
        """Read the parameters of a question; check all of them."""
        names = {"from": "first", "to": "last"}
        found = cls(**{names.get(k, k): query.get(k, "").strip() for k in FIELDS})
        found.check()
        return found

    def check(self) -> None:
        """Raise InputError at the first parameter that cannot be read."""
        if self.relations:
            relation_set(self.relations)
        for name, value in (("from", self.first), ("to", self.last)):
            if value:
                _month(name, value)
        if self.downloads:
            _range(self.downloads)
        if self.stated not in ("", "0", "1"):
            raise InputError(f"stated={self.stated!r} is neither 0 nor 1.", "Write stated=1.")
        for name in ("license", "pipeline_tag", "language"):
            if getattr(self, name).count(",") >= _MOST_VALUES:
                raise InputError(f"{name} names too many values.", f"Give {_MOST_VALUES} at most.")

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return self != Filter() and self != Filter(stated="0")

    def words(self) -> str:
        """Return the filter in words."""
        said = []
        if self.relations:
            said.append(f"relation {_or(self.relations)}")
        if self.license:
            said.append(f"licence {_or(self.license)}")
        if self.pipeline_tag:
            said.append(f"task {_or(self.pipeline_tag)}")
        if self.language:
            said.append(f"language {_or(self.language)}")
        if self.first or self.last:
            dates = (f"from {self.first}" if self.first else "",
                     f"to {self.last}" if self.last else "")  # fmt: skip
            said.append("created " + " ".join(d for d in dates if d))
        if self.downloads:
            low, high = _range(self.downloads)
            said.append(f"downloads {low:,} to {high:,}" if high is not None
                        else f"downloads {low:,} or more")  # fmt: skip
        if self.stated == "1":
            said.append("relation stated")
        return "; ".join(said)

    def mask(self, index: Index, rows: Rows) -> NDArray[np.bool_]:
        """Return which rows pass: a slice of them, or some by number."""
        passes = np.ones(len(index.node[rows]), dtype=bool)
        if self.relations:
            keep = np.isin(RELATIONS, relation_set(self.relations))
            passes &= keep[index.relation[rows]] & (index.parent[rows] >= 0)
        if self.license:
            passes &= _license_table(index, self.license)[index.license[rows]]
        if self.pipeline_tag:
            passes &= _coded_table(index, "pipeline_tag", self.pipeline_tag)[
                index.pipeline_tag[rows]]  # fmt: skip
        if self.language:
            passes &= _languages(index, self.language, rows)
        if self.first or self.last:
            passes &= self._dates(index.month[rows])
        if self.downloads:
            low, high = _range(self.downloads)
            downloads = index.downloads[rows]
            passes &= downloads >= low
            if high is not None:
                passes &= downloads <= high
        if self.stated == "1":
            passes &= index.stated[rows]
        return passes

    def _dates(self, month: NDArray[np.int16]) -> NDArray[np.bool_]:
        """Models on or before 2 March 2022 pass only where no beginning is given."""
        passes: NDArray[np.bool_] = month != UNDATED
        if self.first:
            passes &= month >= max(_month("from", self.first), 0)
        if self.last:
            passes &= month <= max(_month("to", self.last), FLOOR)
        return passes


def _or(words: str) -> str:
    return " or ".join(w.strip() for w in words.split(",") if w.strip())


def _month(name: str, text: str) -> int:
    found = _MONTH.fullmatch(text)
    if not found or not 1 <= int(found[2]) <= 12:
        raise InputError(f"{name}={text!r} is no month.", "Write it like 2024-07.")
    return (int(found[1]) - 2022) * 12 + int(found[2]) - 3


def _range(text: str) -> tuple[int, int | None]:
    found = _RANGE.fullmatch(text)
    if not found or text == "-":
        raise InputError(f"downloads={text!r} is no range.", "Write it like 1000- or 0-10.")
    return int(found[1] or 0), int(found[2]) if found[2] else None


def _words(text: str) -> set[str]:
    return {w.strip() for w in text.split(",") if w.strip()}


def _license_table(index: Index, text: str) -> NDArray[np.bool_]:
    """Return for each combination of statements whether a family or id asked for is in it."""
    wanted = _words(text)
    return np.array(
        [
            family in wanted or bool(wanted.intersection(stated or ())) or means in wanted
            for stated, _, family, means, _ in index.licenses
        ],
        dtype=bool,
    )


def _coded_table(index: Index, name: str, text: str) -> NDArray[np.bool_]:
    """Return for each code (the last: null) whether its value is asked for."""
    values = index.values[name]
    table = np.zeros(len(values) + 1, dtype=bool)
    for word in _words(text):
        place = values.find(word)
        if place >= 0:
            table[place] = True
        elif word == "unstated":
            table[-1] = True
    return table


def _languages(index: Index, text: str, rows: Rows) -> NDArray[np.bool_]:
    found = np.zeros(len(index.node[rows]), dtype=bool)
    inverted, lists = index.language_rows, index.lists["language"]
    for word in _words(text):
        place = index.values["language"].find(word)
        if place >= 0:
            some = inverted.code[inverted.start[place] : inverted.start[place + 1]]
            if isinstance(rows, slice):
                low, high = np.searchsorted(some, (rows.start, rows.stop))
                found[some[low:high] - rows.start] = True
            else:
                at = np.searchsorted(some, rows)
                found |= some[np.minimum(at, len(some) - 1)] == rows
        elif word == "unstated":
            found |= lists.start[1:][rows] == lists.start[:-1][rows]
    return found


@dataclass(frozen=True, eq=False)
class Colors:
    """What colours stand for: ``code`` is the place in the legend of each row of the scope."""

    by: str
    code: NDArray[Any]
    keys: list[str]
    labels: list[str]
    palettes: list[str]

    def values(self, counts: NDArray[Any]) -> list[Value]:
        """Return the legend with the count of each value."""
        columns = zip(self.keys, self.labels, self.palettes, counts.tolist(), strict=True)
        return [Value(*row) for row in columns]

    def counts(self, passes: NDArray[np.bool_]) -> NDArray[Any]:
        """Return how many rows that pass have each value."""
        return np.bincount(self.code[passes], minlength=len(self.keys))


def colors(index: Index, by: str, rows: slice, *, forest: bool = False) -> Colors:
    """Return what a scope is coloured by.

    Relations and licence families have their own palettes, and so have tasks in the forest;
    all else shows the six commonest values of the scope, 'other', and 'unstated'.

    Raises
    ------
    InputError
        If ``by`` is none of :data:`BY`.
    """
    if by == "relation":
        return _relations(index, rows)
    if by == "license":
        return _palette(by, "license", _FAMILIES, index.license_family[rows])
    if by == "pipeline_tag" and forest:
        return _palette(by, "task", tuple(PALETTES["task"]), index.task[rows])
    if by not in BY:
        raise InputError.not_among("by", by, BY)
    return ranked(index, by, rows, rows)


def ranked(
    index: Index, by: str, rows: Rows, among: Rows, weight: NDArray[Any] | None = None
) -> Colors:
    """Return colours of rows by a coded column: the commonest values among some of them.

    With a weight for each of those, the values that weigh most instead.
    """
    codes, counted = getattr(index, by)[rows], getattr(index, by)[among]
    values = index.values[by]
    known = counted >= 0
    heavy = None if weight is None else weight[known]
    counts = np.bincount(counted[known], heavy, minlength=len(values))
    # Only the few largest are wanted of what may be 300,000 authors; ties by name.
    some = np.argsort(-counts, kind="stable")[:COMMONEST] if len(counts) < 1000 else _top(counts)
    some = some[counts[some] > 0]
    table = np.full(len(values) + 1, len(some), dtype=np.uint8)
    table[some] = np.arange(len(some))
    table[-1] = len(some) + 1
    names = [values[int(c)] for c in some]
    return Colors(
        by, table[codes], [*names, "other", "unstated"], [*names, "other", "not stated"],
        [*(f"series.{i}" for i in range(len(names))), "other", "neutral"],
    )  # fmt: skip


def _top(counts: NDArray[Any]) -> NDArray[Any]:
    some = np.argpartition(-counts, 4 * COMMONEST)[: 4 * COMMONEST]
    return some[np.lexsort((some, -counts[some]))][:COMMONEST]


def _relations(index: Index, rows: slice) -> Colors:
    """Return relations to the primary parent; a founder has none and is called so."""
    found = _palette("relation", "relation", RELATIONS, index.relation[rows])
    code = np.where(index.parent[rows] < 0, len(RELATIONS), found.code)
    return Colors("relation", code, [*found.keys, "founder"], [*found.labels, "founder"],
                  [*found.palettes, "relation.founder"])  # fmt: skip


def _palette(by: str, palette: str, keys: tuple[str, ...], code: NDArray[Any]) -> Colors:
    words = [PALETTES[palette][k][0] for k in keys]
    places = ["neutral" if k in ("unknown", "unstated") else f"{palette}.{k}" for k in keys]
    return Colors(by, code, list(keys), words, places)


def accounts(passes: NDArray[np.bool_], shown: int) -> Accounts:
    """Account for a scope of which some models that pass are marks of their own."""
    total, passing = len(passes), int(passes.sum())
    return Accounts(shown, passing - shown, total - passing, total)
