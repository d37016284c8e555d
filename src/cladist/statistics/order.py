"""The linear ordering problem: the order of values that keeps most traffic forward.

``flow[i, j]`` is the traffic from value i to value j. Of the two directions of a pair the larger
has the *net* traffic |flow_ij - flow_ji|; an order *keeps* it if it points forward. The order
that keeps most is found exactly: values that no net traffic joins are ordered apart
(*components*), values that no cycle joins need no search (strongly connected groups are put in
topological order), and each cyclic group is a 0-1 programme with 3-cycle cuts.

References
----------
Groetschel, Juenger, Reinelt (1984), A cutting plane algorithm for the linear ordering problem,
Operations Research 32. Marti and Reinelt (2011), The Linear Ordering Problem, Springer.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csgraph, csr_array

from cladist.errors import InputError
from cladist.statistics.order_search import (
    Floats,
    Group,
    Ints,
    Placed,
    Programme,
    kept,
    solved_group,
)
from cladist.statistics.order_subsets import FEW, best_orders

Flags = NDArray[np.bool_]

_FEW: Final = 64  # values whose groups are found without a sparse graph
_BALANCED: Final = 1e-12  # of a pair's traffic: a smaller net flow is rounding, not direction


@dataclass(frozen=True)
class LinearOrder:
    """An order of values, what it keeps, and how sure it is.

    ``order`` holds the k values, first to last; ``rank`` and ``component`` belong to its
    positions. Values share a rank (the first's position, from 1) if they are neighbours that may
    change places in some optimal order, each with each: a tie that is not transitive (a with b, b
    with c, not a with c) is cut at c, so different ranks do not prove an order decided, ``unique``
    does. ``component`` counts from 0 in order of total flow.

    ``objective`` is the net traffic kept, or the number of pairs kept if not ``weighted``;
    ``bound`` what no order can exceed; ``gap`` = (bound - objective) / bound, 0 if ``optimal``.
    ``unique``: within the components no other order keeps as much; None if not known.

    ``net_traffic`` = sum over pairs |flow_ij - flow_ji|, ``total_traffic`` = sum over i != j of
    flow_ij, ``directedness`` = net / total, ``forward_share`` = sum of flow_ij for i before j /
    total; both NaN without traffic. ``pairs_total`` counts the pairs with net traffic,
    ``pairs_compatible`` those of them that point forward.
    """

    order: Ints
    rank: Ints
    component: Ints
    objective: float
    bound: float
    gap: float
    optimal: bool
    unique: bool | None
    weighted: bool
    net_traffic: float
    total_traffic: float
    directedness: float
    forward_share: float
    pairs_compatible: int
    pairs_total: int


def linear_order(
    flow: ArrayLike, *, weighted: bool = True, time_limit: float = 60.0, seed: int = 0
) -> LinearOrder:
    """Return the order of values that keeps most net traffic forward.

    Maximises sum over i before j of max(0, flow_ij - flow_ji), which maximises the forward
    traffic sum over i before j of flow_ij too (they differ by what no order changes).

    Parameters
    ----------
    flow
        Traffic from value (row) to value (column), shape (k, k), not negative; the diagonal is
        not read. A net flow under 1e-12 of the pair's traffic counts as balanced.
    weighted
        Maximise net traffic; if False the number of pairs whose net traffic points forward.
    time_limit
        Seconds in all, after which the best order so far is returned, not ``optimal``; a branch
        and bound under way may overrun (twice the limit was seen). Only hard instances, 40 values
        and more without a direction, come near; their answer may then differ by machine.
    seed
        Of the local search's restarts, in cyclic groups of more than 60 values. Those of up to
        200 values are bounded, and often proved, by the relaxation; larger only by net traffic.

    Returns
    -------
    LinearOrder
        Equal input gives an equal order: of several optimal orders the one that prefers small
        indices (the ways to break the cycles by fewest pairs out of index order, then the smallest
        index first); components by total flow, then smallest index; values without net flow last.
        Empty for k = 0.

    Raises
    ------
    InputError
        If ``flow`` is not square, or a value is negative or not finite.

    Notes
    -----
    Cost: O(k^2) and a handful of linear programmes per cyclic group; on data with a direction
    k = 20 takes some 10 ms, k = 60 some 0.1 s, k = 200 one second.

    Examples
    --------
    >>> linear_order([[0, 5, 0], [1, 0, 3], [2, 0, 0]]).order.tolist()
    [0, 1, 2]
    """
    traffic = _checked(flow)
    gain = _gain(traffic, weighted=weighted)
    deadline = time.monotonic() + time_limit
    groups = [solved_group(gain, members, deadline, seed) for members in _cyclic_groups(gain)]
    for group in groups:
        group.settle()
    order, component = _arranged(gain, traffic, [group.placed for group in groups])
    rank, unique = _ranks(gain, order, component, groups)
    return _described(
        traffic,
        gain,
        groups,
        order=order,
        rank=rank,
        component=component,
        weighted=weighted,
        unique=unique,
    )


def linear_order_batch(
    flows: ArrayLike, *, weighted: bool = True, time_limit: float = 60.0, seed: int = 0
) -> Ints:
    """Return the order of :func:`linear_order` for each of B flows, without asking if unique.

    For resamples. Where several ways to break the cycles are equally good, the one found first is
    taken, by the same rules for the same input; everything else as in :func:`linear_order`.

    Parameters
    ----------
    flows
        Traffic, shape (B, k, k).
    weighted, seed
        As in :func:`linear_order`.
    time_limit
        Seconds for each flow.

    Returns
    -------
    numpy.ndarray
        Orders, shape (B, k).

    Raises
    ------
    InputError
        If ``flows`` is not (B, k, k), or a value is negative or not finite.

    Notes
    -----
    Cost: B times some 4 ms at k = 20, 50 us at k = 8.
    """
    stack = np.asarray(flows, dtype=np.float64)
    if stack.ndim != 3:
        raise InputError(f"Flows have shape {stack.shape}.", "Give (resamples, values, values).")
    orders = np.zeros(stack.shape[:2], dtype=np.int64)
    traffic = [_checked(flow) for flow in stack]
    gains = [_gain(flow, weighted=weighted) for flow in traffic]
    cyclic = [_cyclic_groups(gain) for gain in gains]
    few = _few_at_once(gains, cyclic)
    programmes: dict[int, Programme] = {}
    for b, gain in enumerate(gains):
        deadline = time.monotonic() + time_limit
        groups = [
            few.get((b, int(members[0])))
            or solved_group(gain, members, deadline, seed, programmes).placed
            for members in cyclic[b]
        ]
        orders[b], _ = _arranged(gain, traffic[b], groups)
    return orders


def _few_at_once(gains: list[Floats], cyclic: list[list[Ints]]) -> dict[tuple[int, int], Placed]:
    """Return the orders of all small groups by the number of their flow and their first value."""
    by_size: dict[int, list[tuple[int, Ints]]] = {}
    for b, groups in enumerate(cyclic):
        for members in groups:
            if members.size <= FEW:
                by_size.setdefault(members.size, []).append((b, members))
    found: dict[tuple[int, int], Placed] = {}
    for cases in by_size.values():
        inner = np.stack([gains[b][np.ix_(members, members)] for b, members in cases])
        for (b, members), order in zip(cases, best_orders(inner), strict=True):
            found[b, int(members[0])] = Placed(members, order)
    return found


def adjacent_support(
    order: ArrayLike,
    orders: ArrayLike,
    *,
    flows: ArrayLike | None = None,
    component: ArrayLike | None = None,
) -> Floats:
    """Return how often each value of an order stands before the next one in resampled orders.

    Parameters
    ----------
    order
        The order, shape (k,).
    orders
        Orders of the same values in resamples, shape (B, k), see :func:`linear_order_batch`.
    flows
        The flows of the resamples, shape (B, k, k). Where given, a resample whose flows do not
        tell the two apart (they may change places without loss, no kept traffic leading from one
        to the other) counts one half. Where not, its arbitrary order counts, which flatters.
    component
        Component of each position, as in :class:`LinearOrder`.

    Returns
    -------
    numpy.ndarray
        Shares from 0 to 1, shape (k,), at the position of the earlier value; 0.5 is what values
        without information have. NaN at the last position, between components, and if B = 0.

    Raises
    ------
    InputError
        If the shapes do not fit.
    """
    first, resampled = np.asarray(order, dtype=np.int64), np.asarray(orders, dtype=np.int64)
    if first.ndim != 1 or resampled.ndim != 2 or resampled.shape[1] != first.size:
        raise InputError(
            f"An order of shape {first.shape} does not fit orders of shape {resampled.shape}.",
            "Give (values,) and (resamples, values).",
        )
    support = np.full(first.size, np.nan)
    if not len(resampled) or first.size < 2:
        return support
    place = np.argsort(resampled, axis=1)
    u, v = first[:-1], first[1:]
    votes = (place[:, u] < place[:, v]).astype(np.float64)
    if flows is not None:
        leads = _leads(np.asarray(flows, dtype=np.float64), place)
        votes[~(leads[:, u, v] | leads[:, v, u])] = 0.5
    support[:-1] = votes.mean(axis=0)
    if component is not None:
        label = np.asarray(component)
        support[:-1][label[:-1] != label[1:]] = np.nan
    return support


def _leads(flows: Floats, place: Ints) -> Flags:
    """Tell which values kept traffic leads to, directly or through others, in each resample."""
    if flows.shape != (*place.shape, place.shape[1]):
        raise InputError(
            f"Flows of shape {flows.shape} do not fit orders of shape {place.shape}.",
            "Give (resamples, values, values).",
        )
    net = np.stack([_gain(flow, weighted=True) for flow in flows])
    leads: Flags = (net > 0) & (place[:, :, None] < place[:, None, :])
    for m in range(place.shape[1]):
        leads |= leads[:, :, m, None] & leads[:, None, m, :]
    return leads


def _checked(flow: ArrayLike) -> Floats:
    traffic = np.array(flow, dtype=np.float64)
    if traffic.ndim != 2 or traffic.shape[0] != traffic.shape[1]:
        raise InputError(f"A flow has shape {traffic.shape}.", "Give a square matrix.")
    if not np.isfinite(traffic).all() or (traffic < 0).any():
        raise InputError("A flow is negative or not finite.", "Flows count or weigh edges.")
    np.fill_diagonal(traffic, 0.0)
    return traffic


def _gain(traffic: Floats, *, weighted: bool) -> Floats:
    """Return what is kept by placing row before column: the signed net flow, or its sign."""
    net = traffic - traffic.T
    net[np.abs(net) <= _BALANCED * (traffic + traffic.T)] = 0.0
    return net if weighted else np.sign(net)


def _labels(matrix: Flags, connection: Literal["weak", "strong"]) -> list[Ints]:
    """Return the members of each connected component, ascending, by smallest member."""
    if len(matrix) <= _FEW:
        return _labels_of_few(matrix, connection)
    _, label = csgraph.connected_components(
        csr_array(matrix.astype(np.int8)), connection=connection
    )
    parts = [np.flatnonzero(label == c) for c in np.unique(label)]
    return sorted(parts, key=lambda members: int(members[0]))


def _labels_of_few(matrix: Flags, connection: Literal["weak", "strong"]) -> list[Ints]:
    """Return what :func:`_labels` does, by reachability in the bits of whole numbers."""
    linked = matrix | matrix.T if connection == "weak" else matrix
    reach = [sum(1 << j for j in np.flatnonzero(row).tolist()) | 1 << i
             for i, row in enumerate(linked)]  # fmt: skip
    for m in range(len(reach)):
        bit, through = 1 << m, reach[m]
        reach = [r | through if r & bit else r for r in reach]
    parts: dict[int, list[int]] = {}
    for i, mine in enumerate(reach):
        first = next(j for j, theirs in enumerate(reach) if mine >> j & 1 and theirs >> i & 1)
        parts.setdefault(first, []).append(i)
    return [np.array(members, dtype=np.int64) for members in parts.values()]


def _cyclic_groups(gain: Floats) -> list[Ints]:
    """Return the strongly connected groups of net flow that hold a cycle (3 values or more)."""
    if not len(gain):
        return []
    return [members for members in _labels(gain > 0, "strong") if members.size > 1]


def _arranged(gain: Floats, traffic: Floats, groups: list[Placed]) -> tuple[Ints, Ints]:
    """Return order and component by position: every kept pair forward, small indices first."""
    forward = gain > 0
    for group in groups:
        place = np.argsort(group.order)
        forward[np.ix_(group.members, group.members)] &= place[:, None] < place[None, :]
    if not len(gain):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    parts = _labels(gain != 0, "weak")
    parts.sort(key=lambda members: -float(traffic[np.ix_(members, members)].sum()))
    order = [members[_topological(forward[np.ix_(members, members)])] for members in parts]
    component = np.repeat(np.arange(len(parts)), [members.size for members in parts])
    return np.concatenate(order), component


def _topological(forward: Flags) -> Ints:
    """Return the topological order that takes the smallest index whenever it may choose."""
    waiting = forward.sum(axis=0)
    ready = np.flatnonzero(waiting == 0).tolist()
    order = []
    while ready:
        value = heapq.heappop(ready)
        order.append(value)
        waiting[forward[value]] -= 1
        for freed in np.flatnonzero(forward[value] & (waiting == 0)).tolist():
            heapq.heappush(ready, freed)
    return np.array(order, dtype=np.int64)


def _ranks(
    gain: Floats, order: Ints, component: Ints, groups: list[Group]
) -> tuple[Ints, bool | None]:
    """Return the rank of each position and whether the order is unique within components.

    An order is the only optimum exactly if no two neighbours of it may change places.
    """
    owner = {int(m): (g, i) for g in groups for i, m in enumerate(g.members.tolist())}

    def may_swap(u: int, v: int) -> bool:
        group, i = owner.get(u, (None, 0))
        other, j = owner.get(v, (None, 0))
        if group is not None and group is other and group.rigid is False:
            return group.may_swap(i, j)
        return bool(gain[u, v] == 0)

    rank = np.arange(1, len(order) + 1)
    ties, start = 0, 0
    for p in range(1, len(order)):
        tied = component[p] == component[p - 1] and may_swap(int(order[p - 1]), int(order[p]))
        ties += tied
        if tied and all(may_swap(int(u), int(order[p])) for u in order[start : p - 1]):
            rank[p] = rank[start]
        else:
            start = p
    known = all(group.rigid is not None for group in groups)
    return rank, False if ties else (True if known else None)


def _described(
    traffic: Floats,
    gain: Floats,
    groups: list[Group],
    *,
    order: Ints,
    rank: Ints,
    component: Ints,
    weighted: bool,
    unique: bool | None,
) -> LinearOrder:
    net = _gain(traffic, weighted=True)
    net_traffic, total = float(np.maximum(net, 0).sum()), float(traffic.sum())
    optimal = all(group.found.proved for group in groups)
    objective = kept(gain, order)
    missing = sum(g.found.bound - g.found.value for g in groups if not g.found.proved)
    ahead = np.triu(np.ones_like(traffic, dtype=bool), 1)
    return LinearOrder(
        order=order,
        rank=rank,
        component=component,
        objective=objective,
        bound=objective + missing,
        gap=missing / (objective + missing) if missing else 0.0,
        optimal=optimal,
        unique=unique if optimal else None,
        weighted=weighted,
        net_traffic=net_traffic,
        total_traffic=total,
        directedness=net_traffic / total if total else float("nan"),
        forward_share=float(traffic[np.ix_(order, order)][ahead].sum()) / total
        if total
        else float("nan"),
        pairs_compatible=int(np.count_nonzero(net[np.ix_(order, order)][ahead] > 0)),
        pairs_total=int(np.count_nonzero(net > 0)),
    )
