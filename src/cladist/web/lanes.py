"""Lines over time: models with many descendants as lanes, everybody else counted on one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.web.filters import Colors, Filter, accounts, colors
from cladist.web.index import Index
from cladist.web.payloads import (
    UNDATED,
    Bundle,
    Hidden,
    Lane,
    LaneBars,
    LaneOption,
    LanesPayload,
    LaneUndated,
)

#: Least sizes of a lane that are offered; the default leaves at most DEFAULT_LANES.
STEPS: Final = (2, 5, 10, 20, 50, 100, 250, 500)
DEFAULT_LANES: Final = 80
#: More lanes than this are never sent: the least size rises instead.
MOST_LANES: Final = 3000
#: Expanding a lane divides the least size by this below it.
EXPANSION: Final = 5
#: Up to this many lanes times months times values are counted in one table, without a sort.
_MOST_CELLS: Final = 1 << 22


@dataclass(frozen=True, eq=False)
class _Drawn:
    """The lanes of a scope; all places are relative to its first row.

    ``rows`` are the models of the lanes in the order of rows; ``owner`` is for each model of
    the scope the place in ``rows`` of the lane that counts it, -1 if its clan has none.
    """

    rows: NDArray[np.int64]
    owner: NDArray[np.int64]
    least: NDArray[np.int64]


def lanes(
    index: Index, row: int, scope: str, *, s: int | None, by: str, expand: list[int], kept: Filter
) -> LanesPayload:
    """Return the lanes of a scope.

    Parameters
    ----------
    index
        The index.
    row
        Row of the model that was asked for.
    scope
        ``family``, ``clan`` or ``subtree``.
    s
        Least size of a lane; the default for the shape if None.
    by
        What bars are coloured by.
    expand
        Nodes whose lanes are shown in more detail.
    kept
        The filter.
    """
    rows = index.scope(row, scope)
    root = index.root(row, scope) - rows.start
    breeds, size = index.has_child[rows], index.size[rows].astype(np.int64)
    options = [LaneOption(v, int((breeds & (size >= v)).sum())) for v in _steps(breeds, size)]
    if s is None:
        fit = [o.s for o in options if o.lanes <= DEFAULT_LANES]
        s = fit[0] if fit else options[-1].s
    drawn = _draw(index, rows, root, breeds, size, s, expand)
    while len(drawn.rows) > MOST_LANES:
        s *= 2
        drawn = _draw(index, rows, root, breeds, size, s, expand)
    passes = kept.mask(index, rows)
    shades = colors(index, by, rows)
    order = _order(index, rows, drawn)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    made, bar_max = _lanes(index, rows, drawn, order, place, passes, shades)
    bundles, within, outside = _bundles(index, rows, drawn, place, passes)
    nobody = passes & (drawn.owner < 0)
    roots = np.flatnonzero(index.parent[rows] < 0) if scope == "family" else np.array([root])
    return LanesPayload(
        s=s,
        s_options=options,
        by=by,
        values=shades.values(shades.counts(passes)),
        filter=kept.words(),
        lanes=made,
        bundles=bundles,
        within=within,
        outside=outside,
        hidden=Hidden(int((drawn.owner[roots] < 0).sum()), int(nobody.sum())),
        bar_max=bar_max,
        accounts=accounts(passes, int(passes[drawn.rows].sum())),
    )


def _steps(breeds: NDArray[np.bool_], size: NDArray[np.int64]) -> list[int]:
    """Return the least sizes offered: further ones only where the usual leave too many lanes."""
    steps = list(STEPS)
    while int((breeds & (size >= steps[-1])).sum()) > DEFAULT_LANES:
        steps.append(
            steps[-1] * (2 if len(steps) % 2 == 0 else 5) // (1 if len(steps) % 2 == 0 else 2)
        )
    return steps


def _draw(
    index: Index, rows: slice, root: int, breeds: NDArray[np.bool_], size: NDArray[np.int64],
    s: int, expand: list[int],
) -> _Drawn:  # fmt: skip
    """Choose the lanes, and the lane of every model: that of its nearest ancestor with one."""
    least = np.full(len(size), s, dtype=np.int64)
    places = sorted(int(index.row_of[n]) - rows.start for n in expand)
    for place in places:  # from the top down, so that a lane shown by one can be expanded too
        if 0 <= place < len(size) and (size[place] >= least[place] or place == root):
            below = slice(place, place + int(size[place]))
            least[below] = np.maximum(least[below] // EXPANSION, 2)
    shown = breeds & (size >= least)
    shown[root] = True
    parent = index.parent[rows].astype(np.int64) - rows.start
    here = np.arange(len(size))
    up = np.where(shown, here, np.where(parent >= 0, parent, -1))
    up = np.where(up < 0, here, up)  # a root without a lane stays by itself
    while True:
        further = up[up]
        if (further == up).all():
            break
        up = further
    number = np.full(len(size), -1, dtype=np.int64)
    lanes_rows = np.flatnonzero(shown)
    number[lanes_rows] = np.arange(len(lanes_rows))
    return _Drawn(lanes_rows, number[up], least)


def _order(index: Index, rows: slice, drawn: _Drawn) -> NDArray[np.int64]:
    """Return lanes from the top down: depth first, the latest-born child nearest its parent.

    As siblings stand by birth in the rows, this is the same walk with siblings reversed: a
    lane's place is its parent's, plus one, plus the sizes of its younger siblings.
    """
    n = len(drawn.rows)
    parent = _parents(index, rows, drawn)
    size = np.ones(n, dtype=np.int64)
    for lane in range(n - 1, -1, -1):
        if parent[lane] >= 0:
            size[parent[lane]] += size[lane]
    undated = index.month[rows][drawn.rows] == UNDATED
    position = np.zeros(n, dtype=np.int64)
    kids: dict[int, list[int]] = {}
    for lane in range(n):
        kids.setdefault(int(parent[lane]), []).append(lane)
    top = 0
    for lane in kids.get(-1, []):  # clans keep their order: the founder's, then the largest
        position[lane] = top
        top += size[lane]
    for lane in range(n):
        place = position[lane] + 1
        # Rows hold the undated last; they come last here as well, after the dated ones.
        own = kids.get(lane, [])
        dated = [k for k in own if not undated[k]]
        for kid in [*reversed(dated), *(k for k in own if undated[k])]:
            position[kid] = place
            place += size[kid]
    return np.argsort(position)


def _parents(index: Index, rows: slice, drawn: _Drawn) -> NDArray[np.int64]:
    """Return for each lane the lane that it branches off, -1 for a root."""
    above = index.parent[rows][drawn.rows].astype(np.int64) - rows.start
    inside = above >= 0
    found = np.full(len(drawn.rows), -1, dtype=np.int64)
    found[inside] = drawn.owner[above[inside]]
    return found


def _lanes(
    index: Index, rows: slice, drawn: _Drawn, order: NDArray[np.int64], place: NDArray[np.int64],
    passes: NDArray[np.bool_], shades: Colors,
) -> tuple[list[Lane], int]:  # fmt: skip
    """Return the lanes in their order, each with its bars, and the largest bar."""
    month = index.month[rows]
    counted = passes & (drawn.owner >= 0)
    own = np.bincount(place[drawn.owner[counted]], minlength=len(order))
    counted[drawn.rows] = False
    bars, undated, bar_max = _bars(place[drawn.owner[counted]], month[counted],
                                   shades.code[counted], len(order))  # fmt: skip
    start, hollow = _starts(index, rows, drawn)
    parent = _parents(index, rows, drawn)
    expandable = _expandable(index, rows, drawn)
    depth = np.zeros(len(order), dtype=np.int64)
    made = []
    names = index.ids(drawn.rows[order] + rows.start) if len(order) else []
    for i, lane in enumerate(order.tolist()):
        above = int(place[parent[lane]]) if parent[lane] >= 0 else -1
        depth[i] = depth[above] + 1 if above >= 0 else 0
        row = int(drawn.rows[lane]) + rows.start
        made.append(Lane(
            node=int(index.node[row]), model=names[i], parent=above, depth=int(depth[i]),
            month=int(start[lane]), hollow=bool(hollow[lane]), size=int(index.size[row]),
            own=int(own[i]), bars=bars[i], undated=undated[i],
            is_ghost=bool(index.is_ghost[row]), expandable=bool(expandable[lane]),
        ))  # fmt: skip
    return made, bar_max


def _bars(
    lane: NDArray[np.int64], month: NDArray[np.int16], value: NDArray[Any], n: int
) -> tuple[list[LaneBars], list[LaneUndated], int]:
    """Count models by lane, month and value."""
    span, width = int(month.max(initial=0)) - UNDATED + 1, int(value.max(initial=0)) + 1
    key = (lane * span + (month.astype(np.int64) - UNDATED)) * width + value
    if n * span * width < _MOST_CELLS:
        counts = np.bincount(key)
        found = np.flatnonzero(counts)
        models = counts[found]
    else:
        found, models = np.unique(key, return_counts=True)
    values, at = found % width, found // width
    months, lanes_of = at % span + UNDATED, at // span
    dated = months != UNDATED
    tops = np.zeros(0, dtype=np.int64)
    if dated.any():
        _, group = np.unique(at[dated], return_inverse=True)
        tops = np.bincount(group, weights=models[dated]).astype(np.int64)
    ends = np.searchsorted(lanes_of, np.arange(n + 1))
    bars, undated = [], []
    for low, high in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        # The undated have the smallest month, so they come first.
        cut = low + int((~dated[low:high]).sum())
        bars.append(LaneBars(months[cut:high], values[cut:high], models[cut:high]))
        undated.append(LaneUndated(values[low:cut], models[low:cut]))
    return bars, undated, int(tops.max(initial=0))


def _starts(
    index: Index, rows: slice, drawn: _Drawn
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Return the month in which each lane starts, and whether its model is undated."""
    month = index.month[rows]
    start = month[drawn.rows].copy()
    hollow = start == UNDATED
    for lane in np.flatnonzero(hollow):
        row = int(drawn.rows[lane])
        below = slice(row + 1, row + int(index.size[rows.start + row]))
        kids = month[below][index.parent[rows][below] == row + rows.start]
        dated = kids[kids != UNDATED]
        start[lane] = dated.min() if len(dated) else UNDATED
    return start, hollow


def _expandable(index: Index, rows: slice, drawn: _Drawn) -> NDArray[np.bool_]:
    """Whether expanding a lane would show a model below it that has no lane now."""
    size = index.size[rows]
    more = index.has_child[rows] & (size >= np.maximum(drawn.least // EXPANSION, 2))
    more[drawn.rows] = False
    found = np.zeros(len(drawn.rows) + 1, dtype=bool)
    found[drawn.owner[more]] = True
    return found[:-1]


def _bundles(
    index: Index, rows: slice, drawn: _Drawn, place: NDArray[np.int64], passes: NDArray[np.bool_]
) -> tuple[list[Bundle], int, int]:
    """Bundle second-parent links by pair of lanes; count those within one, and those outside."""
    child, parent = index.links_within(rows)
    child, parent = child - rows.start, parent - rows.start
    kept = passes[child]
    child, parent = child[kept], parent[kept]
    a, b = drawn.owner[parent], drawn.owner[child]
    without = (a < 0) | (b < 0)
    outside = int(without.sum()) + _leaving(index, rows, passes)
    within = int(((a == b) & ~without).sum())
    between = (a != b) & ~without
    child, a, b = child[between], place[a[between]], place[b[between]]
    key = a * max(len(drawn.rows), 1) + b
    order = np.lexsort((index.month[rows][child], key))
    pairs, start, links = np.unique(key[order], return_index=True, return_counts=True)
    months = index.month[rows][child][order]
    found = []
    for pair, low, count in zip(pairs.tolist(), start.tolist(), links.tolist(), strict=True):
        dated = months[low : low + count]
        dated = dated[dated != UNDATED]
        middle = int(dated[(len(dated) - 1) // 2]) if len(dated) else UNDATED
        source, target = divmod(pair, len(drawn.rows))
        found.append(Bundle(source, target, count, middle))
    found.sort(key=lambda b: (-b.links, b.from_, b.to))
    return found, within, outside


def _leaving(index: Index, rows: slice, passes: NDArray[np.bool_]) -> int:
    """Count second-parent links of which only one end lies in the scope."""
    low, high = np.searchsorted(index.link_child, (rows.start, rows.stop))
    child, parent = index.link_child[low:high], index.link_parent[low:high]
    out = (parent < rows.start) | (parent >= rows.stop)
    found = int(passes[child[out] - rows.start].sum())
    low, high = np.searchsorted(index.back_parent, (rows.start, rows.stop))
    other = index.back_child[low:high]
    return found + int(((other < rows.start) | (other >= rows.stop)).sum())


def read_expand(text: str, n: int) -> list[int]:
    """Read node numbers joined by commas.

    Raises
    ------
    InputError
        If one is no node, or there are more than 100.
    """
    words = [w for w in text.split(",") if w]
    if len(words) > 100 or not all(w.isascii() and w.isdigit() and len(w) < 10 for w in words):
        raise InputError(
            f"expand={text[:80]!r} is no list of nodes.", "Join node numbers by commas."
        )
    found = [int(w) for w in words]
    if any(node >= n for node in found):
        raise InputError(f"expand={text[:80]!r} names no node.", "Nodes stand in the lanes.")
    return found
