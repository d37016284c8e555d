"""Which pairs to cut so that a lineage has no cycle; the order of the input never matters.

The rule (DESIGN, "Cuts"): self-loops first; then, within each strongly connected component,
the pair whose parent is younger than its child by the largest gap, again and again; when no
such pair is left, a minimum feedback arc set, exact up to 12 nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cladist.errors import InputError
from cladist.lineage.pedigree import Index, Nodes, frozen, pair_columns

#: The sentinel of ``created``: no date is known.
UNKNOWN_TIME: Final = int(np.iinfo(np.int64).min)

#: Components of at most this many nodes get an exact minimum feedback arc set.
EXACT_NODES: Final = 12

_DAY: Final = 86_400e6  # microseconds
_CONFIDENCE_UNIT: Final = 10**9  # confidences are summed as integers, so that ties are exact
_ONE_ARC: Final = 10**12  # more than the confidence of any component of EXACT_NODES nodes

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cuts:
    """What was cut and why.

    Attributes
    ----------
    keep
        bool, shape (pairs,): True for the pairs, in the order of the input, that stay.
    kind
        Why each other pair was cut: ``self_loop``, ``younger_parent`` or ``feedback``. The
        arrays of anomalies are in this order of kinds, then by (child, parent).
    child, parent
        int32: the pairs cut.
    component
        int64: number of the strongly connected component that held the pair before any cut,
        counted from 0 in order of its smallest node; -1 for a self-loop.
    gap_days
        float64, days by which the parent is younger; NaN unless ``younger_parent``.
    """

    keep: Flags
    kind: NDArray[np.str_]
    child: Nodes
    parent: Nodes
    component: Index
    gap_days: NDArray[np.float64]


def cut_pairs(
    n: int,
    child: ArrayLike,
    parent: ArrayLike,
    *,
    created: ArrayLike,
    is_floor: ArrayLike,
    confidence: ArrayLike,
) -> Cuts:
    """Choose the pairs to cut so that what stays has no cycle.

    1. Self-loops are cut.
    2. Within each strongly connected component, repeat: of the pairs with two usable dates
       and a parent strictly younger than its child, cut the one with the largest gap (ties:
       lowest confidence, then (child, parent) descending); recompute the components.
    3. What is still cyclic loses a feedback arc set. Up to 12 nodes: fewest pairs, then the
       lowest sum of confidence, then the set that is greatest when compared pair by pair in
       descending (child, parent) order; this optimum is unique. Beyond: the order of Eades,
       Lin and Smyth (of nodes with equal score the one whose incoming pairs have the lowest
       sum of confidence, then the highest node); the pairs against that order are
       cut by lowest confidence, then (child, parent) descending, as long as they lie on a cycle.

    Parameters
    ----------
    n
        Number of nodes.
    child, parent
        Shape (pairs,): distinct pairs of nodes, in any order.
    created
        int64, shape (n,): microseconds since 1970; ``UNKNOWN_TIME`` if unknown.
    is_floor
        bool, shape (n,): the date was back-filled and cannot be compared.
    confidence
        float64, shape (pairs,): between 0 and 1; differences under 1e-9 are ties.

    Returns
    -------
    Cuts
        The pairs that stay, and the anomalies.

    Raises
    ------
    InputError
        If columns differ in length, a number is no node, a pair is given twice, or a
        confidence is not between 0 and 1.

    Notes
    -----
    Cost: O((pairs in cycles) log(pairs in cycles)) besides one pass over all pairs, even if
    one component holds everything; each exact component of 12 nodes takes some 20 ms more.

    References
    ----------
    P. Eades, X. Lin, W. F. Smyth (1993), A fast and effective heuristic for the feedback arc
    set problem, Information Processing Letters 47, 319-323. Dynamic programming over subsets:
    E. L. Lawler (1964), A comment on minimum feedback arc sets, IEEE Trans. Circuit Theory 11.
    """
    children, parents, key = pair_columns(n, child, parent)
    dates, trust = _check_columns(n, len(key), created, is_floor, confidence)
    loops = children == parents
    # From here on in order of (child, parent), whatever the order of the input was.
    rows = np.argsort(key, kind="stable")
    loop_rows, rows = rows[loops[rows]], rows[~loops[rows]]
    rows = rows[_on_cycles(n, children[rows], parents[rows])]
    kids, olds = children[rows], parents[rows]
    gap = _gap(dates[kids], dates[olds])
    younger = _cut_while_cyclic(kids, olds, _removal_time(gap, gap > 0, trust[rows]))
    left = np.flatnonzero(~younger)
    left = left[_on_cycles(n, kids[left], olds[left])]
    feedback = left[_feedback_arcs(kids[left], olds[left], trust[rows[left]])]
    component = _components(kids, olds)
    steps = (
        ("self_loop", loop_rows, np.full(len(loop_rows), -1, dtype=np.int64)),
        ("younger_parent", rows[younger], component[younger]),
        ("feedback", rows[feedback], component[feedback]),
    )
    cut = np.concatenate([chosen for _, chosen, _ in steps])
    keep = np.ones(len(key), dtype=bool)
    keep[cut] = False
    days = np.full(len(cut), np.nan)
    days[len(loop_rows) : len(loop_rows) + int(younger.sum())] = gap[younger] / _DAY
    return Cuts(
        keep=frozen(keep),
        kind=frozen(np.repeat([name for name, _, _ in steps], [len(c) for _, c, _ in steps])),
        child=frozen(children[cut]),
        parent=frozen(parents[cut]),
        component=frozen(np.concatenate([labels for _, _, labels in steps])),
        gap_days=frozen(days),
    )


def _check_columns(
    n: int, pairs: int, created: ArrayLike, is_floor: ArrayLike, confidence: ArrayLike
) -> tuple[Index, Index]:
    """Check the columns; return dates (unknown if not comparable) and confidence as integers."""
    dates = np.array(created, dtype=np.int64)
    floor, trust = np.asarray(is_floor, dtype=bool), np.asarray(confidence, dtype=np.float64)
    if dates.shape != (n,) or floor.shape != (n,) or trust.shape != (pairs,):
        raise InputError(
            f"For {n} nodes and {pairs} pairs, dates have shape {dates.shape}, floor marks "
            f"{floor.shape} and confidences {trust.shape}.",
            "Give one date and one mark per node, and one confidence per pair.",
        )
    valid = (trust >= 0) & (trust <= 1)
    if not valid.all():
        raise InputError(
            f"Confidence {trust[~valid][0]} is not usable.", "Give a number between 0 and 1."
        )
    dates[floor] = UNKNOWN_TIME
    return dates, np.rint(trust * _CONFIDENCE_UNIT).astype(np.int64)


def _gap(child: Index, parent: Index) -> NDArray[np.uint64]:
    """Microseconds by which parents are younger; 0 if they are not or a date is unknown."""
    known = (child != UNKNOWN_TIME) & (parent != UNKNOWN_TIME) & (parent > child)
    # Unsigned, because the difference of two hostile dates need not fit into 63 bits.
    return np.where(known, parent.view(np.uint64) - child.view(np.uint64), np.uint64(0))


def _strong_labels(n: int, source: NDArray[Any], target: NDArray[Any]) -> Nodes:
    """Label each of n nodes with its strongly connected component (any numbering)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    graph = csr_array((np.ones(len(source), dtype=np.int8), (source, target)), shape=(n, n))
    labels: Nodes = connected_components(graph, directed=True, connection="strong")[1]
    return labels


def _compact(*ends: NDArray[Any]) -> tuple[NDArray[Any], list[Index]]:
    """Distinct values of several columns, and each column as positions among them."""
    names, places = np.unique(np.concatenate(ends), return_inverse=True)
    return names, np.split(places, len(ends))


def _on_cycles(n: int, child: Nodes, parent: Nodes) -> Flags:
    """Mark the pairs that lie on a cycle: both ends in one strongly connected component."""
    rows = np.arange(len(child))
    # Most models are no parent or have none. Dropping those again and again leaves few pairs,
    # often none, and then SciPy is not even loaded. A chain is not peeled off one by one: it
    # goes on only while a round drops a tenth, so that all rounds cost no more than ten.
    before = 2 * len(rows)
    while rows.size and rows.size <= 0.9 * before:
        before = rows.size
        is_child, is_parent = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        is_child[child[rows]] = True
        is_parent[parent[rows]] = True
        rows = rows[is_child[parent[rows]] & is_parent[child[rows]]]
    marks = np.zeros(len(child), dtype=bool)
    if rows.size:
        names, (kids, olds) = _compact(child[rows], parent[rows])
        labels = _strong_labels(len(names), kids, olds)
        marks[rows] = labels[kids] == labels[olds]
    return marks


def _components(child: Nodes, parent: Nodes) -> Index:
    """Return the component of each pair on a cycle, numbered in order of the smallest node."""
    if not child.size:
        return np.zeros(0, dtype=np.int64)
    names, (kids, olds) = _compact(child, parent)
    _, first, places = np.unique(
        _strong_labels(len(names), kids, olds), return_index=True, return_inverse=True
    )
    return np.argsort(np.argsort(first))[places[kids]]


def _removal_time(size: NDArray[Any], may_go: Flags, trust: Index) -> Index:
    """Rank the pairs that may go: the first to go has the highest number; 0 if it must stay.

    The largest size goes first, then the lowest confidence, then (child, parent) descending;
    the rows are in ascending order of (child, parent).
    """
    time = np.zeros(len(size), dtype=np.int64)
    rows = np.flatnonzero(may_go)
    time[rows[np.lexsort((-trust[rows], size[rows]))]] = np.arange(1, len(rows) + 1)
    return time


def _cut_while_cyclic(child: Nodes, parent: Nodes, time: Index) -> Flags:
    """Remove pairs from the highest time down, each only if it still lies on a cycle then.

    To recompute components after each removal would be quadratic in a large component. But a
    pair that is left alone lay on no cycle, and removals make none: so the pair of time t
    goes if and only if it lies on a cycle of the *given* pairs with time <= t. That is
    decided for all pairs together, by bisection over time. A subproblem is a range of times
    [low, high] and the pairs whose two ends come into one component at a time in that range;
    at the middle, pairs within a component go to the earlier half, all others, with
    components shrunk to nodes, to the later half. Each pair is in one subproblem per round:
    O(pairs log pairs) in all. ``low`` names a subproblem.
    """
    cut = np.zeros(len(child), dtype=bool)
    rows = np.arange(len(child))
    low, high = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), time.max(initial=0) + 1)
    source, target = child.astype(np.int64), parent.astype(np.int64)
    while rows.size:
        settled = low == high
        cut[rows[settled]] = low[settled] <= time[rows[settled]]
        open_ = ~settled
        rows, low, high = rows[open_], low[open_], high[open_]
        if not rows.size:
            break
        width = int(max(source.max(), target.max())) + 1
        names, (source, target) = _compact(low * width + source[open_], low * width + target[open_])
        middle = (low + high) // 2
        early = time[rows] <= middle
        labels = _strong_labels(len(names), source[early], target[early])
        joined = labels[source] == labels[target]
        cut[rows[joined & ~early]] = True
        source = np.where(joined, source, labels[source])
        target = np.where(joined, target, labels[target])
        low, high = np.where(joined, low, middle + 1), np.where(joined, middle, high)
        stay = early | ~joined
        rows, low, high = rows[stay], low[stay], high[stay]
        source, target = source[stay], target[stay]
    return cut & (time > 0)


def _feedback_arcs(child: Nodes, parent: Nodes, trust: Index) -> Flags:
    """Mark the pairs of the feedback arc set; all pairs given lie on cycles."""
    removed = np.zeros(len(child), dtype=bool)
    for rows in _groups(_components(child, parent)):
        names, (kids, olds) = _compact(child[rows], parent[rows])
        if len(rows) == len(names):  # one simple cycle: the pair that goes is the first in rank
            chosen = _removal_time(np.zeros(len(rows)), np.ones(len(rows), bool), trust[rows])
            removed[rows[np.argmax(chosen)]] = True
        elif len(names) <= EXACT_NODES:
            arcs = list(zip(olds.tolist(), kids.tolist(), trust[rows].tolist(), strict=True))
            removed[rows[_exact_set(len(names), arcs)]] = True
        else:
            place = _eades_lin_smyth(len(names), olds, kids, trust[rows])
            backward = place[olds] > place[kids]
            time = _removal_time(np.zeros(len(rows)), backward, trust[rows])
            removed[rows[_cut_while_cyclic(child[rows], parent[rows], time)]] = True
    return removed


def _groups(labels: Index) -> Iterator[Index]:
    """Yield the rows of each label, rows and labels ascending."""
    order = np.argsort(labels, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if order.size else ()


def _exact_set(n: int, arcs: list[tuple[int, int, int]]) -> list[int]:
    """Rows of the minimum feedback arc set of arcs (source, target, confidence).

    Lawler's recurrence over subsets S, in the order in which nodes are placed: cost(S) is the
    least, over the last node v of S, of cost(S - v) plus the arcs from v back into S - v. One
    integer holds the three aims in order: number of arcs, confidence, and a bit per arc that
    makes the greatest (child, parent) the cheapest. 2**n * n steps.
    """
    weight = [
        ((_ONE_ARC + trust) << len(arcs)) - (1 << row) for row, (_, _, trust) in enumerate(arcs)
    ]
    into = [[0] * n for _ in range(n)]
    for row, (source, target, _) in enumerate(arcs):
        into[source][target] = weight[row]
    back = [[0] * (1 << n) for _ in range(n)]
    for v in range(n):
        for subset in range(1, 1 << n):
            lowest = subset & -subset
            back[v][subset] = back[v][subset ^ lowest] + into[v][lowest.bit_length() - 1]
    cost, last = [0] * (1 << n), [0] * (1 << n)
    for subset in range(1, 1 << n):
        cost[subset], last[subset] = min(
            (cost[subset ^ (1 << v)] + back[v][subset ^ (1 << v)], v)
            for v in range(n)
            if subset >> v & 1
        )
    place, subset = [0] * n, (1 << n) - 1
    for position in range(n - 1, -1, -1):
        place[last[subset]] = position
        subset ^= 1 << last[subset]
    return [row for row, (source, target, _) in enumerate(arcs) if place[source] > place[target]]


def _eades_lin_smyth(n: int, source: Index, target: Index, trust: Index) -> Index:
    """Place of each node in the order of Eades, Lin and Smyth (greedy, O(m log n) with a heap)."""
    arcs = list(zip(source.tolist(), target.tolist(), trust.tolist(), strict=True))
    below: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    above: list[list[int]] = [[] for _ in range(n)]
    n_in, n_out, trust_in = [0] * n, [0] * n, [0] * n
    for s, t, c in arcs:
        below[s].append((t, c))
        above[t].append(s)
        n_in[t], n_out[s], trust_in[t] = n_in[t] + 1, n_out[s] + 1, trust_in[t] + c

    def score(v: int) -> tuple[int, int, int]:
        return (n_in[v] - n_out[v], trust_in[v], -v)

    heap = [score(v) for v in range(n)]
    heapify(heap)
    front: list[int] = []
    tail: list[int] = []
    placed = [False] * n
    ends: list[int] = []  # sources and sinks met on the way; a cyclic component starts with none
    while heap or ends:
        entry = score(ends.pop()) if ends else heappop(heap)
        v = -entry[2]
        if placed[v] or entry != score(v):  # outdated: a newer entry stands in the heap
            continue
        placed[v] = True
        (front if n_out[v] or not n_in[v] else tail).append(v)
        for t, c in below[v]:
            n_in[t], trust_in[t] = n_in[t] - 1, trust_in[t] - c
        for s in above[v]:
            n_out[s] -= 1
        near = {u for u in (*(t for t, _ in below[v]), *above[v]) if not placed[u]}
        ends += [u for u in near if not n_in[u] or not n_out[u]]
        for u in near:
            heappush(heap, score(u))
    place = np.zeros(n, dtype=np.int64)
    place[front + tail[::-1]] = np.arange(n)
    return place
