"""The exponent of preferential attachment, from the order in which parents were chosen.

Every edge is a choice among the parents that are there: one with k children is taken with a
chance proportional to k ** exponent (a conditional logit; Overgoor, Benson and Ugander 2019,
"Choosing to Grow a Graph", arXiv 1811.05008). 0: all alike; 1: linear, the rich get richer in
proportion; above 1 the largest take over. The likelihood is exact and sequential: sums over all
parents at risk are kept up as parents grow, so that a step costs one addition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cladist.statistics.inference import cluster_summary

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Exponents beyond are taken for unbounded: the likelihood still rises there.
LARGEST: Final = 4.0
_STEPS: Final = 60
_CLOSE: Final = 1e-10
#: Clusters that have to count for an interval: below, Student's quantile has no meaning.
_FEWEST: Final = 1.5
_CLIMBS: Final = 300
_SETTLED: Final = 1e-7


@dataclass(frozen=True, eq=False)
class Choices:
    """Choices of parents, gathered where one parent is taken several times in one instant.

    Arrays of one value a cell: ``parent``, ``before`` and ``after`` (its children), ``counted``
    (choices that count), ``batch`` (the instant within its stratum: those of one instant see the
    same children). Cells stand by stratum, smaller strata first, and time; ``starts`` are the
    first batches of strata, one more at the end. ``least``: parents with fewer children than so
    many are not at risk, since what gives a model its first children is another process.
    """

    parent: Ints
    before: Ints
    after: Ints
    counted: Ints
    batch: Ints
    starts: Ints
    least: int

    @property
    def batches(self) -> int:
        """Number of instants."""
        return int(self.starts[-1])

    @classmethod
    def of(
        cls, parent: Ints, time: Ints, stratum: Ints, counts: NDArray[np.bool_], least: int = 1
    ) -> Choices:
        """Gather edges into choices.

        Parameters
        ----------
        parent, time, stratum
            Of each edge, shape (E,): which parent was taken, when (any unit), and among which
            parents; all edges of a parent have one stratum.
        counts
            Whether the edge is a choice that counts; one that does not still makes its parent
            grow.
        least
            Children from which a parent is at risk, 1 or more.
        """
        _, number, sizes = np.unique(stratum, return_inverse=True, return_counts=True)
        order = np.lexsort((parent, time, number, sizes[number]))
        parent, time, stratum, told = parent[order], time[order], stratum[order], counts[order]
        new_stratum = _changes(stratum)
        new_batch = new_stratum | _changes(time)
        head = np.flatnonzero(new_batch | _changes(parent))
        many = np.diff(np.append(head, len(parent)))
        after = _running_by(parent[head], many)
        before = after - many
        counted = np.add.reduceat(told.astype(np.int64), head) if len(head) else many
        batch = np.cumsum(new_batch)[head] - 1
        starts = np.append(batch[np.isin(head, np.flatnonzero(new_stratum))],
                           batch[-1:].max(initial=-1) + 1)  # fmt: skip
        counted = np.where(before >= least, counted, 0)
        return cls(parent[head], before, after, counted, batch, starts, least)

    @cached_property
    def informative(self) -> Ints:
        """The choices of each cell that were made among two parents or more."""
        at_risk = self.at_risk(np.array([self.least]))[:, 0]
        return np.where(at_risk[self.batch] > 1, self.counted, 0)

    def at_risk(self, classes: Ints) -> Ints:
        """Return how many parents of each class could be chosen at each batch.

        Parameters
        ----------
        classes
            Lower ends of the classes of children, ascending, the first ``least``.

        Returns
        -------
        numpy.ndarray
            Shape (batches, classes).
        """
        many = len(classes)
        shape = self.batches * many
        gained: Ints = np.zeros(shape, dtype=np.int64)
        for children, sign in ((self.after, 1), (self.before, -1)):
            place = np.searchsorted(classes, children, side="right") - 1
            there = place >= 0
            gained += sign * np.bincount((self.batch * many + place)[there], minlength=shape)
        return self._running(gained.reshape(-1, many))

    def sums(self, weight: Callable[[Floats], Floats]) -> Floats:
        """Return, at each batch, the sum of ``weight(children)`` over the parents at risk.

        Smaller strata come first, so that what is lost to rounding in large sums is not theirs.
        """
        grown = self._weighed(self.after, weight) - self._weighed(self.before, weight)
        return self._running(np.bincount(self.batch, grown, minlength=self.batches))

    def _weighed(self, children: Ints, weight: Callable[[Floats], Floats]) -> Floats:
        there = children >= self.least
        return np.where(there, weight(np.maximum(children, 1).astype(np.float64)), 0.0)

    def _running(self, gained: NDArray[Any]) -> NDArray[Any]:
        """Return what the batches before each gained, within its stratum."""
        running = np.cumsum(gained, axis=0) - gained
        first = np.repeat(running[self.starts[:-1]], np.diff(self.starts), axis=0)
        return np.asarray(running - first)


def _changes(values: Ints) -> NDArray[np.bool_]:
    new = np.ones(len(values), dtype=bool)
    new[1:] = values[1:] != values[:-1]
    return new


def _running_by(key: Ints, amount: Ints) -> Ints:
    """Return the running sum of amounts among the entries of the same key, in their order."""
    order = np.argsort(key, kind="stable")
    total = np.cumsum(amount[order])
    head = np.flatnonzero(_changes(key[order]))
    earlier = np.concatenate([[0], total])[head]
    found = np.empty(len(key), dtype=np.int64)
    found[order] = total - np.repeat(earlier, np.diff(np.append(head, len(key))))
    return found


@dataclass(frozen=True)
class Exponent:
    """An exponent of attachment, with what it rests on.

    ``estimate`` is NaN where no choice tells (``n`` = 0: one parent at risk, or all alike), and
    infinite, with its sign, where the likelihood rises beyond :data:`LARGEST`. ``low`` and
    ``high`` are NaN where hardly more than one cluster counts. ``n`` counts the choices made among
    two parents or more; ``gain`` is the log-likelihood a choice won over choosing without
    preference (nats). Clusters count by their part in the information (the curvature of the
    likelihood): a parent that takes nearly every choice says little.
    """

    estimate: float
    low: float
    high: float
    n: int
    gain: float
    clusters: int
    clusters_effective: float
    largest_share: float
    few: bool


def attachment_exponent(choices: Choices, cluster: Ints, level: float = 0.95) -> Exponent:
    """Fit the exponent by maximum likelihood; its interval is robust to dependence in clusters.

    Parameters
    ----------
    choices
        What was chosen, and among what.
    cluster
        Cluster of the parent of each cell, shape (cells,): the parents of one cluster may be
        alike in what the number of children does not tell.
    level
        Coverage aimed at.

    References
    ----------
    Overgoor, Benson, Ugander (2019), arXiv 1811.05008 (the likelihood). Lin and Wei (1989), "The
    robust inference for the Cox proportional hazards model", JASA 84 (the variance: scores summed
    by cluster, with each parent's part in the sums over those at risk). Student's quantile with
    as many degrees of freedom as clusters count (Kish, of their information), less one.
    """
    counted = choices.informative
    n = int(counted.sum())
    estimate = _maximum(choices, counted) if n else float("nan")
    nan = float("nan")
    if not np.isfinite(estimate):
        return Exponent(estimate, nan, nan, n, nan, 0, nan, nan, few=True)
    score, information = _by_cell(choices, counted, _moments(choices, estimate))
    code = np.unique(cluster, return_inverse=True)[1]
    by_cluster, part = np.bincount(code, score), np.bincount(code, information)
    held = cluster_summary(part, part)
    clusters, effective = int(held.clusters[0]), float(held.clusters_effective[0])
    half = nan
    if clusters > 1 and effective > _FEWEST:
        error = float(np.sqrt((by_cluster**2).sum()) / part.sum())
        student = -float(special.stdtrit(effective - 1, (1 - level) / 2))
        half = student * float(np.sqrt(effective / (effective - 1))) * error
    gain = _likelihood(choices, counted, estimate) - _likelihood(choices, counted, 0.0)
    return Exponent(estimate, estimate - half, estimate + half, n, gain / n, clusters, effective,
                    float(held.largest_share[0]), few=bool(held.few[0]))  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Moments:
    """At each batch: the sum of k ** exponent over parents at risk; mean, variance of log k."""

    exponent: float
    total: Floats
    mean: Floats
    variance: Floats


def _moments(choices: Choices, exponent: float) -> _Moments:
    total, first, second = (
        choices.sums(lambda k, p=power: k**exponent * np.log(k) ** p)  # type: ignore[misc]
        for power in (0, 1, 2)
    )
    safe = np.where(total > 0, total, 1.0)
    mean = first / safe
    return _Moments(exponent, safe, mean, np.maximum(second / safe - mean**2, 0.0))


def _maximum(choices: Choices, counted: Ints) -> float:
    """Climb the likelihood, which is concave, by Newton's steps of one at most."""
    log = np.log(np.maximum(choices.before, 1))
    exponent = 1.0
    for _ in range(_STEPS):
        moments = _moments(choices, exponent)
        slope = float(counted @ (log - moments.mean[choices.batch]))
        curve = float(counted @ moments.variance[choices.batch])
        if curve <= _CLOSE * counted.sum():
            return float("nan") if abs(slope) <= _CLOSE * counted.sum() else np.inf * slope
        step = float(np.clip(slope / curve, -1.0, 1.0))
        exponent += step
        if abs(exponent) > LARGEST:
            return float(np.copysign(np.inf, exponent))
        if abs(step) < _CLOSE:
            break
    return exponent


def _likelihood(choices: Choices, counted: Ints, exponent: float) -> float:
    total = choices.sums(lambda k: k**exponent)[choices.batch]
    log = exponent * np.log(np.maximum(choices.before, 1))
    made = counted > 0
    return float(counted[made] @ (log[made] - np.log(total[made])))


def _by_cell(choices: Choices, counted: Ints, moments: _Moments) -> tuple[Floats, Floats]:
    """Return each cell's score and information: of its choices, and of being at risk after it.

    A parent is at risk with the same children from one of its cells to the next, so that sums
    over the batches between are differences of running sums.
    """
    log = np.log(np.maximum(choices.before, 1))
    made = counted * (log - moments.mean[choices.batch])
    chosen = np.bincount(choices.batch, counted, minlength=choices.batches) / moments.total
    stratum = np.searchsorted(choices.starts, choices.batch, side="right") - 1
    until = choices.starts[stratum + 1] - 1
    order = np.lexsort((choices.batch, choices.parent))
    same = ~_changes(choices.parent[order])[1:]
    until[order[:-1][same]] = choices.batch[order[1:][same]]
    hazard, leaning, square = (
        running[until + 1] - running[choices.batch + 1]
        for running in (np.concatenate([[0.0], np.cumsum(chosen * moments.mean**power)])
                        for power in (0, 1, 2))
    )  # fmt: skip
    size = np.maximum(choices.after, 1).astype(np.float64)
    weight = np.where(choices.after >= choices.least, size**moments.exponent, 0.0)
    log = np.log(size)
    information = weight * (log**2 * hazard - 2 * log * leaning + square)
    return made - weight * (log * hazard - leaning), np.maximum(information, 0.0)


def attractiveness(choices: Choices, edges: Ints, exponent: float) -> tuple[Floats, Ints, Ints]:
    """Return how readily parents of so many children are chosen, without assuming a power.

    Parameters
    ----------
    choices
        What was chosen, and among what.
    edges
        Lower ends of the classes of children, ascending, the first ``choices.least``.
    exponent
        Where to start: the power that was fitted; any finite number.

    Returns
    -------
    tuple
        Per class: attractiveness relative to the first class with a choice (0 where no parent
        of the class was chosen), choices, and distinct parents chosen.

    References
    ----------
    Pham, Sheridan, Shimodaira (2015), PAFit, PLOS ONE 10(9): the maximum-likelihood kernel by
    minorize-maximize steps.
    """
    counted = choices.informative
    place = np.searchsorted(edges, choices.before, side="right") - 1
    made = np.bincount(place[counted > 0], counted[counted > 0], minlength=len(edges))
    there = choices.at_risk(edges).T.astype(np.float64)
    chosen = np.bincount(choices.batch, counted, minlength=choices.batches)
    used = chosen > 0
    there, chosen = there[:, used], chosen[used]
    kernel = np.where(made > 0, np.maximum(edges, 1).astype(np.float64) ** exponent, 0.0)
    for _ in range(_CLIMBS):
        exposure = there @ (chosen / np.maximum(kernel @ there, 1e-300))
        fresh = np.divide(made, exposure, out=np.zeros(len(edges)), where=exposure > 0)
        fresh /= fresh[np.flatnonzero(made)[0]] if made.any() else 1.0
        moved = np.abs(fresh - kernel).max(initial=0.0) / kernel.max(initial=1.0)
        kernel = fresh
        if moved < _SETTLED:
            break
    size = int(choices.parent.max(initial=0)) + 1
    pairs = np.unique((place * size + choices.parent)[counted > 0])
    return kernel, made.astype(np.int64), np.bincount(pairs // size, minlength=len(edges))
