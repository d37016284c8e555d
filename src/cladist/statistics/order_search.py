"""The search of :mod:`cladist.statistics.order`: insertion moves, a 0-1 programme with cuts.

Both work on ``gain``, an antisymmetric matrix: placing i before j keeps max(0, gain[i, j]).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Two objectives nearer than this share of the traffic at stake are the same objective.
TOLERANCE: Final = 1e-9
#: Up to this many values in one cyclic group the 0-1 programme is branched on ...
EXACT_SIZE: Final = 60
#: ... and up to this many its relaxation bounds, and often proves, what a local search found.
BOUND_SIZE: Final = 200
_RESTARTS: Final = 20  # of the local search, for groups too large to be solved exactly
_GOLDEN: Final = 0.6180339887498949
_VIOLATED: Final = 1e-6
_CUTS: Final = 400  # added at once, at least
_POOL: Final = 20  # cuts a value that are kept for the next flow
_ROUNDS: Final = 200  # of cuts, before a bound is taken as it is
_NODES: Final = 1000  # of branch and bound, in one run


def kept(gain: Floats, order: Ints) -> float:
    """Return the gain that an order keeps: sum of max(0, gain[i, j]) over i before j."""
    forward = np.triu(gain[np.ix_(order, order)], 1)
    return float(np.maximum(forward, 0.0).sum())


def insertion_search(gain: Floats, order: Ints) -> Ints:
    """Move single values to their best place until no move keeps more.

    Each value in turn goes to the place that gains most (the leftmost of equals), in sweeps over
    the order until one changes nothing. O(n^2) a sweep. Deterministic.
    """
    found: list[int] = order.tolist()
    least = TOLERANCE * float(np.abs(gain).max(initial=0.0))
    change = (-2 * gain).tolist()  # plain numbers: arrays this short cost more than they save
    moved = len(found) > 1
    while moved:
        moved = False
        for value in found.copy():
            row, here = change[value], found.index(value)
            # keeping: signed gain with the value put in front of the q-th of the others
            keeping = most = at_home = 0.0
            there = 0
            for q, other in enumerate(found):
                if q == here:
                    at_home = keeping
                    continue
                keeping += row[other]
                if keeping > most:
                    most, there = keeping, q + (q < here)
            if most > at_home + least:
                del found[here]
                found.insert(there, value)
                moved = True
    return np.array(found, dtype=np.int64)


def heuristic_order(gain: Floats, restarts: int, rng: np.random.Generator) -> Ints:
    """Return the best of insertion searches: from the order of net gains, then from shaken copies.

    Each restart sends a few values, drawn by ``rng``, of the best order to drawn places.
    """
    best = insertion_search(gain, np.argsort(-gain.sum(axis=1), kind="stable"))
    value = kept(gain, best)
    for _ in range(restarts):
        order = best
        for _ in range(max(3, len(order) // 10)):
            source, target = rng.integers(0, len(order), size=2).tolist()
            order = np.insert(np.delete(order, source), target, order[source])
        order = insertion_search(gain, order)
        if kept(gain, order) > value * (1 + TOLERANCE):
            best, value = order, kept(gain, order)
    return best


@dataclass(frozen=True)
class Found:
    """What a search knows: the best order seen, what it keeps, the bound on any other."""

    order: Ints | None
    value: float
    bound: float
    proved: bool


@lru_cache(maxsize=64)
def _triples(n: int) -> tuple[Ints, Ints]:
    """Variable numbers of the pairs (n, n) and of the three pairs of every triple (t, 3)."""
    pair = np.zeros((n, n), dtype=np.int64)
    i, j = np.triu_indices(n, 1)
    pair[i, j] = pair[j, i] = np.arange(len(i))
    a = np.repeat(i, n - 1 - j)
    b = np.repeat(j, n - 1 - j)
    c = np.concatenate([np.arange(k + 1, n) for k in j.tolist()] or [j])
    return pair, np.column_stack([pair[a, b], pair[b, c], pair[a, c]])


def _quiet_solver() -> Any:
    """Return a HiGHS solver that prints nothing, not even its banner, on one thread."""
    import highspy

    class Quiet(highspy.Highs):  # type: ignore[misc]
        def enableCallbacks(self) -> None:  # noqa: N802
            """Silence HiGHS first: enabling callbacks would print its banner. None are used."""
            self.setOptionValue("output_flag", False)

    solver = Quiet()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    solver.setOptionValue("primal_feasibility_tolerance", 1e-9)
    solver.setOptionValue("dual_feasibility_tolerance", 1e-9)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 1e-9)
    solver.setOptionValue("mip_max_nodes", _NODES)
    return solver


class Programme:
    """The linear ordering problem of one ``gain`` matrix as a programme that gathers cuts.

    One variable x_ij in [0, 1] per pair i < j, 1 if i stands before j. For each triple i < j < k,
    0 <= x_ij + x_jk - x_ik <= 1 forbids the two 3-cycles; that is all an order needs
    (Groetschel, Juenger, Reinelt 1984). A row is added once a solution violates it and is kept
    for later solves. ``deadline`` is on the clock of :func:`time.monotonic`.
    """

    def __init__(self, gain: Floats, deadline: float) -> None:
        self.size = len(gain)
        self._pair, self._triples = _triples(self.size)
        count = self.size * (self.size - 1) // 2
        self._columns = np.arange(count, dtype=np.int32)
        self._added = np.zeros(len(self._triples), dtype=np.bool_)
        self._whole = False
        self._solver = _quiet_solver()
        self._solver.addVars(count, np.zeros(count), np.ones(count))
        self.turn_to(gain, deadline)

    def turn_to(self, gain: Floats, deadline: float) -> None:
        """Take another ``gain`` of the same size: the cuts gathered so far hold for any."""
        self.gain = gain
        self.deadline = deadline
        i, j = np.triu_indices(self.size, 1)
        signed = gain[i, j]
        self.constant = float(np.maximum(-signed, 0.0).sum())
        self.total = float(np.abs(signed).sum())
        self.scale = float(np.abs(signed).max(initial=0.0)) or 1.0
        whole = bool((np.rint(signed) == signed).all())
        #: A bound within this of an order's value proves the order.
        self.slack = max(TOLERANCE * self.total, (1 - 1e-6) if whole else 0.0)
        self.same = TOLERANCE * self.total
        self._solver.changeColsCost(len(i), self._columns, -signed / self.scale)

    @property
    def cuts(self) -> int:
        """Number of 3-cycles forbidden so far."""
        return int(np.count_nonzero(self._added))

    def best(self, start: Ints) -> Found:
        """Return the best order, proved unless a limit stops the search; ``start`` is a first."""
        return self._search(start, lambda _: True, None)

    def alternative(self, target: float, before: list[tuple[int, int]]) -> Found:
        """Find an order that keeps ``target`` and puts u before v for each (u, v) of ``before``.

        ``order`` is None if there is none (``proved``) or a limit stops the search.
        """
        first, second = np.array(before, dtype=np.int64).reshape(-1, 2).T
        value = (first < second).astype(np.float64)
        number = self._pair[first, second].astype(np.int32)
        self._solver.changeColsBounds(len(number), number, value, value)
        found = self._search(None, lambda at: bool((at[first] < at[second]).all()), target)
        self._solver.changeColsBounds(
            len(number), number, np.zeros_like(value), np.ones_like(value)
        )
        return found

    def another(self, target: float, order: Ints) -> Found:
        """Find an order that keeps ``target`` by keeping other pairs than ``order`` keeps.

        The no-good cut: of the pairs with a gain that ``order`` keeps, one at least is reversed.
        """
        place = np.argsort(order)
        first, second = np.nonzero((self.gain > 0) & (place[:, None] < place[None, :]))
        sign = np.where(first < second, 1.0, -1.0)
        limit = len(sign) - 1 - np.count_nonzero(sign < 0)
        number = self._pair[first, second].astype(np.int32)
        self._solver.addRow(-np.inf, float(limit), len(number), number, sign)
        row = np.array([self._solver.getNumRow() - 1], dtype=np.int32)
        found = self._search(None, lambda at: bool((at[first] > at[second]).any()), target)
        self._solver.deleteRows(1, row)
        return found

    def _search(
        self, order: Ints | None, allowed: Callable[[Ints], bool], target: float | None
    ) -> Found:
        """Solve, round, cut, until value and bound meet or the bound falls under ``target``.

        The relaxation first; once it violates no 3-cycle but is fractional, the 0-1 programme.
        ``allowed`` says of the places of the values whether an order is a candidate.
        """
        value = -np.inf if order is None else kept(self.gain, order)
        bound, proved, whole = self.total, False, False
        for _ in range(_ROUNDS):
            solution, reached = self._run()
            bound = min(bound, reached)
            reached_by = value + self.slack  # a bound as low proves the order
            proved = bound <= reached_by if target is None else bound < target - self.same
            if proved or solution is None:
                break
            rounded = self._rounded(solution, polish=target is None)
            if allowed(np.argsort(rounded)) and kept(self.gain, rounded) > value:
                order, value = rounded, kept(self.gain, rounded)
            proved = value >= (bound - self.slack if target is None else target - self.same)
            if proved:
                break
            if not self._cut(solution):
                if whole or self.size > EXACT_SIZE:
                    break
                whole = True
                self._integrality(1)
        if whole:
            self._integrality(0)
        if target is not None and value < target - self.same:
            order = None
        return Found(order, value, max(bound, value), proved)

    def _run(self) -> tuple[Floats | None, float]:
        """Solve once: the values of the variables, None if unknown, and the bound that holds."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            return None, np.inf
        if np.isfinite(left):
            self._solver.setOptionValue("time_limit", left)
        self._run_solver()
        status, info = self._solver.getModelStatus().name, self._solver.getInfo()
        if status == "kInfeasible":
            return None, -np.inf
        if status == "kOptimal" and not self._whole:
            least = info.objective_function_value
        elif self._whole:
            least = info.mip_dual_bound
        else:
            return None, np.inf
        solution = np.array(self._solver.getSolution().col_value)
        return (solution if solution.size else None), self.constant - self.scale * least

    def _run_solver(self) -> None:
        """Run HiGHS; it refuses one thread where others of the process made it use more before."""
        import highspy

        if self._solver.run() == highspy.HighsStatus.kError:
            highspy.Highs.resetGlobalScheduler(True)
            self._solver.run()

    def _rounded(self, solution: Floats, *, polish: bool) -> Ints:
        """Return the values by the number of values that a solution puts behind them."""
        first, second = np.triu_indices(self.size, 1)
        behind = np.bincount(first, solution, self.size)
        behind += np.bincount(second, 1 - solution, self.size)
        order = np.argsort(-behind, kind="stable")
        return insertion_search(self.gain, order) if polish else order

    def _cut(self, solution: Floats) -> bool:
        """Add the rows that a solution violates, the worst first up to a cap; False if none."""
        row = solution[self._triples[:, 0]] + solution[self._triples[:, 1]]
        row -= solution[self._triples[:, 2]]
        excess = np.maximum(row - 1, -row)
        worst = np.flatnonzero((excess > _VIOLATED) & ~self._added)
        worst = worst[np.argsort(-excess[worst], kind="stable")][: max(_CUTS, 10 * self.size)]
        self._added[worst] = True
        self._solver.addRows(
            len(worst),
            np.zeros(len(worst)),
            np.ones(len(worst)),
            3 * len(worst),
            np.arange(0, 3 * len(worst), 3, dtype=np.int32),
            self._triples[worst].astype(np.int32).ravel(),
            np.tile([1.0, 1.0, -1.0], len(worst)),
        )
        return len(worst) > 0

    def _integrality(self, kind: int) -> None:
        self._whole = bool(kind)
        kinds = np.full(self._columns.size, kind, dtype=np.uint8)
        self._solver.changeColsIntegrality(self._columns.size, self._columns, kinds)


def nearest_optimum(gain: Floats, order: Ints, deadline: float) -> Ints:
    """Return the order that keeps as much as an optimal one with the fewest inverted indices.

    A second optimum under a bonus for each pair in index order, in sum less than any difference
    of the gains (whole numbers) or a thousandth of the least gain; the bonuses differ a little
    between pairs so that few ties remain. Returns ``order`` itself should that cost any gain.
    """
    n = len(gain)
    i, j = np.triu_indices(n, 1)
    bonus = 1 + ((i * n + j) * _GOLDEN % 1.0) / (n * n)
    positive = gain[gain > 0]
    whole = bool((np.rint(positive) == positive).all())
    bonus *= (0.5 if whole else 1e-3 * float(positive.min())) / float(bonus.sum())
    tilted = gain.copy()
    tilted[i, j] += bonus
    tilted[j, i] -= bonus
    start = insertion_search(tilted, order)
    found = Programme(tilted, deadline).best(start)
    nearest = start if found.order is None else found.order
    value = kept(gain, order)
    return nearest if kept(gain, nearest) >= value * (1 - TOLERANCE) else order


class Placed(NamedTuple):
    """The order of the values of a cyclic group: numbers in ``members``, shape (n,)."""

    members: Ints
    order: Ints


@dataclass
class Group:
    """A cyclic group while it is solved; orders are in its own numbering 0 .. n-1.

    ``rigid``: every optimal order keeps the same pairs with a gain; None if not known.
    ``seen``: optimal orders met on the way, as places of the values.
    """

    members: Ints
    gain: Floats
    programme: Programme | None
    found: Found
    order: Ints
    rigid: bool | None
    seen: list[Ints]

    @property
    def placed(self) -> Placed:
        """The values and their order."""
        return Placed(self.members, self.order)

    def settle(self) -> None:
        """Find out if the pairs kept are the only optimum; if not, take the canonical one."""
        if self.programme is None or not self.found.proved or len(self.gain) > EXACT_SIZE:
            return
        other = self.programme.another(self.found.value, self.order)
        if other.order is None:
            self.rigid = True if other.proved else None
            return
        self.rigid = False
        self.seen += [np.argsort(other.order), np.argsort(self.order)]
        self.order = nearest_optimum(self.gain, self.order, self.programme.deadline)
        self.seen.append(np.argsort(self.order))

    def may_swap(self, u: int, v: int) -> bool:
        """Tell whether v stands before u in some optimal order."""
        if any(place[v] < place[u] for place in self.seen):
            return True
        assert self.programme is not None  # noqa: S101
        found = self.programme.alternative(self.found.value, [(v, u)])
        if found.order is not None:
            self.seen.append(np.argsort(found.order))
        return found.order is not None


def solved_group(
    gain: Floats,
    members: Ints,
    deadline: float,
    seed: int,
    programmes: dict[int, Programme] | None = None,
) -> Group:
    """Order the values of one cyclic group as well as size and time allow.

    ``programmes``, by size, are used again for groups of that size, with the cuts that they have
    gathered; only for callers that need no more of a group than its order.
    """
    inner = gain[np.ix_(members, members)]
    size = members.size
    restarts = _RESTARTS if size > EXACT_SIZE else 0
    order = heuristic_order(inner, restarts, np.random.default_rng(seed))
    programme = _programme(inner, deadline, programmes) if size <= BOUND_SIZE else None
    if programme is None:
        most = float(np.maximum(inner, 0).sum())
        found = Found(order, kept(inner, order), most, proved=False)
    else:
        found = programme.best(order)
    best = order if found.order is None else found.order
    return Group(members, inner, programme, found, best, None, [])


def _programme(gain: Floats, deadline: float, programmes: dict[int, Programme] | None) -> Programme:
    known = None if programmes is None else programmes.get(len(gain))
    if known is None or known.cuts > _POOL * len(gain):
        known = Programme(gain, deadline)
    else:
        known.turn_to(gain, deadline)
    if programmes is not None:
        programmes[len(gain)] = known
    return known
