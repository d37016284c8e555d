"""The forest: every family as a mark or counted in a cell, and how they grew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.web.filters import Colors, Filter, accounts, colors, ranked
from cladist.web.index import Index
from cladist.web.payloads import (
    UNDATED,
    ForestCells,
    ForestMarks,
    ForestPayload,
    GrowthPayload,
    MonthCounts,
)

UNITS: Final = ("family", "clan")
LEAST: Final = 10
MOST_MARKS: Final = 4000


@dataclass(frozen=True, eq=False)
class Units:
    """Families or clans of two models and more, in the order of rows.

    ``start`` has one more element, where the models alone begin; ``root`` is the founder's row.
    """

    start: NDArray[np.int64]
    root: NDArray[np.int64]
    month: NDArray[np.int16]
    hollow: NDArray[np.bool_]

    @cached_property
    def size(self) -> NDArray[np.int64]:
        """Members of each."""
        return np.diff(self.start)

    @cached_property
    def number(self) -> NDArray[np.int32]:
        """The unit of each row."""
        return np.repeat(np.arange(len(self.root), dtype=np.int32), self.size)


def units(index: Index, unit: str) -> Units:
    """Return families or clans; made once for each kind.

    Raises
    ------
    InputError
        If there is no such unit.
    """
    if unit not in UNITS:
        raise InputError.not_among("unit", unit, UNITS)
    key = f"_units_{unit}"
    found: Units | None = index.__dict__.get(key)
    if found is None:
        found = _units(index, unit)
        index.__dict__[key] = found
    return found


def _units(index: Index, unit: str) -> Units:
    start = index.family_start
    founder = index.row_of[index.family_founder].astype(np.int64)
    many = int((np.diff(start) > 1).sum())
    start, founder = start[: many + 1], founder[:many]
    if unit == "clan":
        # Clans of one model in a family of several stay units: their models are not alone.
        end = int(start[-1]) if len(start) else 0
        founder = np.flatnonzero(index.depth[:end] == 0)
        start = np.r_[founder, end]
    month = index.month[founder].copy()
    hollow = month == UNDATED
    for place in np.flatnonzero(hollow):
        members = index.month[start[place] : start[place + 1]]
        dated = members[members != UNDATED]
        month[place] = dated.min() if len(dated) else UNDATED
    return Units(start.astype(np.int64), founder, month, hollow)


@dataclass(frozen=True, eq=False)
class _Kept:
    """What a filter keeps: members of each unit that pass, the least mark, marks by size."""

    passes: NDArray[np.bool_]
    size: NDArray[np.int64]
    least: int
    marks: NDArray[np.int64]


def _keep(index: Index, of: Units, kept: Filter) -> _Kept:
    passes = kept.mask(index, slice(0, index.n))
    end = int(of.start[-1])
    size = _sums(passes[:end], of.start) if kept else of.size
    # More marks than can be told apart become cells, the smallest first.
    least = LEAST
    if int((size >= least).sum()) > MOST_MARKS:
        least = int(np.sort(size)[-MOST_MARKS - 1]) + 1
    marks = np.flatnonzero(size >= least)
    order = np.lexsort((marks, -of.size[marks], -size[marks]))
    return _Kept(passes, size, least, marks[order])


def _sums(values: NDArray[Any], start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum the values of each unit."""
    total = np.r_[0, np.cumsum(values, dtype=np.int64)]
    found: NDArray[np.int64] = np.diff(total[start])
    return found


def forest(index: Index, unit: str, by: str, kept: Filter) -> ForestPayload:
    """Return every family as a mark, or counted in a cell by month and size."""
    of = units(index, unit)
    found = _keep(index, of, kept)
    end = int(of.start[-1])
    shades, table = _colored(index, of, by, found, kept)
    width = len(shades.keys)
    value = _commonest(table, shades.keys)
    cells, in_cells = _cells(of, found, table, shades.keys)
    legend = np.bincount(value[found.marks], minlength=width)
    legend = legend + np.bincount(cells.value, weights=cells.families, minlength=width).astype(int)
    alone = index.month[end:][found.passes[end:]]
    return ForestPayload(
        unit=unit,
        by=by,
        values=shades.values(legend),
        filter=kept.words(),
        least=found.least,
        marks=_marks(index, of, found, value),
        cells=cells,
        alone=_by_month(alone),
        families=len(found.marks) + in_cells,
        accounts=accounts(found.passes, 0),
    )


def _colored(
    index: Index, of: Units, by: str, found: _Kept, kept: Filter
) -> tuple[Colors, NDArray[np.int64]]:
    """Return what colours stand for, and how often each unit has each of them.

    Of 300,000 organisations members hardly share one, so the founder's is what tells: those whose
    families have most members that pass have a colour. Everything else is counted over the members
    that pass.
    """
    if by == "author":
        marks = found.marks if len(found.marks) else np.arange(len(of.root))
        shades = ranked(index, by, of.root, of.root[marks], found.size[marks])
        table = np.zeros((len(of.root), len(shades.keys)), dtype=np.int64)
        table[np.arange(len(of.root)), shades.code] = 1
        return shades, table
    shades = colors(index, by, slice(0, index.n), forest=True)
    end, width = int(of.start[-1]), len(shades.keys)
    key = of.number * width + shades.code[:end]
    if kept:
        key = key[found.passes[:end]]
    return shades, np.bincount(key, minlength=len(of.root) * width).reshape(-1, width)


def _commonest(table: NDArray[np.int64], keys: list[str]) -> NDArray[np.int64]:
    """Return the commonest value of each row that any member states; else the commonest."""
    if not table.size:
        return np.zeros(len(table), dtype=np.int64)
    stated = np.array([k not in ("unstated", "unknown", "founder") for k in keys])
    weight = table * np.where(stated, table.sum() + 1, 1)
    value: NDArray[np.int64] = weight.argmax(axis=1)
    return value


def _marks(index: Index, of: Units, found: _Kept, value: NDArray[np.int64]) -> ForestMarks:
    marks = found.marks
    root = of.root[marks]
    known = index.downloads[: int(of.start[-1])]
    downloads = _sums(np.maximum(known, 0), of.start)[marks]
    any_known = _sums(known >= 0, of.start)[marks] > 0
    family = index.family[root]
    is_family = index.row_of[index.family_founder[family]] == root
    whole = is_family & (of.size[marks] == np.diff(index.family_start)[family])
    return ForestMarks(
        node=index.node[root],
        model=index.ids(root),
        size=found.size[marks],
        full_size=of.size[marks],
        month=of.month[marks],
        hollow=of.hollow[marks],
        value=value[marks],
        downloads=[d if k else None for d, k in zip(downloads.tolist(), any_known, strict=True)],
        founders=np.where(whole, index.family_founders[family], 1),
        founder_share=np.where(whole, np.nan_to_num(index.family_share[family], nan=1.0), 1.0),
        is_ghost=index.is_ghost[root],
    )


def _cells(
    of: Units, found: _Kept, table: NDArray[np.int64], keys: list[str]
) -> tuple[ForestCells, int]:
    """Count the units that are no marks by month and size, with the commonest value of all."""
    small = np.flatnonzero((found.size > 0) & (found.size < found.least))
    offset = int(of.month.min(initial=0))
    month = of.month[small].astype(np.int64) - offset
    key = month * (found.least + 1) + found.size[small]
    cell, place = np.unique(key, return_inverse=True)
    sums = np.zeros((len(cell), len(keys)), dtype=np.int64)
    np.add.at(sums, place, table[small])
    value = _commonest(sums, keys)
    return ForestCells(
        month=cell // (found.least + 1) + offset,
        size=cell % (found.least + 1),
        families=np.bincount(place, minlength=len(cell)),
        value=value,
    ), len(small)


def _by_month(month: NDArray[np.int16]) -> MonthCounts:
    counts = np.bincount(month.astype(np.int32) - UNDATED)
    found = np.flatnonzero(counts)
    return MonthCounts(found + UNDATED, counts[found])


def growth(index: Index, unit: str, kept: Filter) -> GrowthPayload:
    """Return the members of each mark by month of birth."""
    of = units(index, unit)
    found = _keep(index, of, kept)
    end = int(of.start[-1])
    place = np.full(len(of.root), -1, dtype=np.int64)
    place[found.marks] = np.arange(len(found.marks))
    mark = place[of.number]
    keep = mark >= 0
    if kept:
        keep &= found.passes[:end]
    span = int(index.month.max(initial=0)) - UNDATED + 1
    key = mark[keep] * span + (index.month[:end][keep].astype(np.int64) - UNDATED)
    counts = np.bincount(key, minlength=0)
    full = np.flatnonzero(counts)
    return GrowthPayload(
        mark=full // span,
        month=full % span + UNDATED,
        models=counts[full],
        alone=_by_month(index.month[end:][found.passes[end:]]),
    )
