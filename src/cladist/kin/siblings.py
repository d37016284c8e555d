"""Siblings against parent and child, trio by trio, and against strangers of the same kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cladist.kin.kin_draws import Kin, siblings_pairs, strangers, trios
from cladist.kin.motif_sampling import MotifSampler
from cladist.statistics.contrast import Contrast, by_parent, contrast, trio_difference
from cladist.statistics.inference import benjamini_hochberg, generator
from cladist.texts.corpus import Pair

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


#: Traits by which strangers are matched: compared with them, they would say nothing.
MATCHED_BY: Final = frozenset({"pipeline_tag", "library_name"})


@dataclass(frozen=True, eq=False)
class Trios:
    """Trios of every parent of two, and strangers matched to the children.

    ``parent, a, b`` (T,); ``other_a``, ``other_b`` (T,): models of other families with the task,
    library and year of a and of b, -1 where there is none or both are the same.
    """

    PAIRS: ClassVar[int] = 6

    kin: Kin
    sampler: MotifSampler
    parent: Ints
    a: Ints
    b: Ints
    other_a: Ints
    other_b: Ints

    @classmethod
    def draw(cls, kin: Kin, sampler: MotifSampler, pool: Ints, size: int, seed: int) -> Trios:
        """Draw trios in the graph of the sampler; strangers come from ``pool``."""
        parent, a, b = trios(kin, sampler, size, seed).astype(np.int64).T
        others = [strangers(kin, x, pool, seed, n) for x, n in ((a, "first"), (b, "second"))]
        lone = (others[0] < 0) | (others[1] < 0) | (others[0] == others[1])
        matched = [np.where(lone, -1, x) for x in others]
        return cls(kin, sampler, parent, a, b, *matched)

    def some(self, size: int, seed: int) -> Trios:
        """Return at most ``size`` of the trios, drawn without replacement."""
        if len(self.parent) <= size:
            return self
        rng = generator(seed, "similarity", "trios", "some")
        kept = np.sort(rng.choice(len(self.parent), size, replace=False))
        columns = (self.parent, self.a, self.b, self.other_a, self.other_b)
        return Trios(self.kin, self.sampler, *(column[kept] for column in columns))

    def pairs(self) -> list[Pair]:
        """Return the pairs to measure: (a, b), (p, a), (p, b), and the same with strangers."""
        p, x, y = self.parent, self.other_a, self.other_b
        return [(self.a, self.b), (p, self.a), (p, self.b), (x, y), (p, x), (p, y)]

    def rows(
        self,
        measured: Mapping[str, Sequence[Floats]],
        *,
        text: str,
        weightings: Sequence[str],
        cluster: str,
        replicates: int,
        seed: int,
    ) -> list[dict[str, Any]]:
        """Return one row of :data:`SIBLINGS` a metric and weighting, ``q`` and verdict open.

        ``measured``: metric -> the similarities of :meth:`pairs`.
        """
        found = []
        for metric, values in measured.items():
            own, strange = trio_difference(*values[:3]), trio_difference(*values[3:])
            if metric in MATCHED_BY:  # strangers have the children's value by choice
                strange = np.full(len(own), np.nan)
            strange[np.isnan(own)] = np.nan
            for weighting in weightings:
                named = {"text": text, "metric": metric, "weighting": weighting}
                names = ("similarity", "siblings", *named.values())
                found.append(
                    named | self._row(own, strange, weighting, cluster, replicates, seed, names)
                )
        return found

    def _row(
        self, own: Floats, strange: Floats, weighting: str, cluster: str, replicates: int,
        seed: int, names: tuple[str, ...],
    ) -> dict[str, Any]:  # fmt: skip
        def told(what: str, values: Floats, by: str, *, main: bool = False) -> Contrast:
            per = by_parent(self.parent, values)
            return contrast(
                per.mean, self._weight(per.parent, weighting), self._lineages(by, per.parent),
                seed=seed, names=(*names, what), replicates=replicates,
                flips=9999 if main else 0, pairs=main,
            )  # fmt: skip

        main = told("own", own, cluster, main=True)
        family = told("family", own, "family").by_cluster
        excess = told("excess", own - strange, cluster).by_cluster
        both = told("matched", strange, cluster)
        matched, rest = both.by_cluster, both.by_cluster.clusters
        same = told("same", np.where(np.isnan(strange), np.nan, own), cluster).by_cluster
        by, summary, pairs = main.by_cluster, main.by_cluster.clusters, main.by_pair
        return {
            "difference": _known(by.estimate[0]), "low": _known(by.low[0]),
            "high": _known(by.high[0]), "share_positive": _known(main.share_positive),
            "matched": _known(matched.estimate[0]), "excess": _known(excess.estimate[0]),
            "excess_low": _known(excess.low[0]), "excess_high": _known(excess.high[0]),
            "matched_difference": _known(same.estimate[0]), "matched_parents": both.parents,
            "matched_clusters_effective": _known(rest.clusters_effective[0]),
            "matched_largest_share": _known(rest.largest_share[0]),
            "p": _known(main.p), "p_greater": _known(main.p_greater), "parents": main.parents,
            "trios": self._distinct(~np.isnan(own)),
            "clusters": int(summary.clusters[0]),
            "clusters_effective": _known(summary.clusters_effective[0]),
            "largest_share": _known(summary.largest_share[0]),
            "few_lineages": bool(summary.few[0]),
            "low_family": _known(family.low[0]), "high_family": _known(family.high[0]),
            "low_pairs": _known(pairs.low[0]) if pairs else None,
            "high_pairs": _known(pairs.high[0]) if pairs else None,
        }  # fmt: skip

    def _distinct(self, known: NDArray[np.bool_]) -> int:
        """Count the different trios among the draws."""
        low, high = np.minimum(self.a, self.b), np.maximum(self.a, self.b)
        return int(np.unique(np.stack([self.parent, low, high])[:, known], axis=1).shape[1])

    def _lineages(self, name: str, parents: Ints) -> Ints:
        """Return the lineage of each parent: that of most of its trios, the smallest of several."""
        label = self.kin.clusters(name, self.parent, np.stack([self.a, self.b], axis=1))
        pairs, times = np.unique(np.stack([self.parent, label]), axis=1, return_counts=True)
        order = np.lexsort((pairs[1], -times, pairs[0]))
        owner, first = np.unique(pairs[0][order], return_index=True)
        found: Ints = pairs[1][order][first][np.searchsorted(owner, parents)]
        return found

    def _weight(self, parent: Ints, weighting: str) -> Floats:
        """Weight of each parent: 1, its pairs of children, or an equal share of its label."""
        if weighting == "parents":
            return np.ones(len(parent))
        if weighting == "pairs":
            return siblings_pairs(self.sampler, parent)
        label = self.kin.labels(weighting)[parent]
        sizes = np.bincount(label[label >= 0], minlength=1)
        return np.where(label >= 0, 1 / np.maximum(sizes[np.maximum(label, 0)], 1), 0.0)


def discover(rows: list[dict[str, Any]]) -> None:
    """Add ``q`` (Benjamini-Hochberg over all rows) and the verdict in words to each row."""
    p = np.array([np.nan if r["p"] is None else r["p"] for r in rows], dtype=np.float64)
    for row, q in zip(rows, benjamini_hochberg(p), strict=True):
        row["q"] = _known(q)
        row["verdict"] = _verdict(row)


#: Verdicts in which siblings come out closer, and the opposite.
SIBLINGS_CLOSER: Final = "siblings are more alike"
PARENTS_CLOSER: Final = "parent and child are more alike"
NOTHING: Final = "nothing to compare"
#: One of them comes out closer, yet no closer than with strangers of the children's kind.
STRANGERS_TOO: Final = SIBLINGS_CLOSER + ", but so are matched strangers"
STRANGERS_APART_TOO: Final = PARENTS_CLOSER + ", but so are matched strangers"
FEW: Final = "few independent lineages"
UNDECIDED: Final = "no difference shown"


def _verdict(row: Mapping[str, Any]) -> str:
    if not row["parents"]:
        return NOTHING
    if row["few_lineages"]:
        return FEW
    if row["q"] is None or row["q"] >= 0.05 or row["low"] is None:
        return UNDECIDED
    if row["high"] < 0:
        strange = row["excess_high"] is not None and row["excess_high"] >= 0
        return STRANGERS_APART_TOO if strange else PARENTS_CLOSER
    if row["low"] > 0:
        strange = row["excess_low"] is not None and row["excess_low"] <= 0
        return STRANGERS_TOO if strange else SIBLINGS_CLOSER
    return UNDECIDED


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


_REAL, _COUNT, _TEXT = pa.float64(), pa.int64(), pa.string()
#: Columns of the table ``siblings``.
SIBLINGS: Final = pa.schema(
    [
        ("text", _TEXT), ("metric", _TEXT), ("weighting", _TEXT), ("difference", _REAL),
        ("low", _REAL), ("high", _REAL), ("verdict", _TEXT), ("share_positive", _REAL),
        ("matched", _REAL), ("excess", _REAL), ("excess_low", _REAL), ("excess_high", _REAL),
        ("matched_difference", _REAL), ("matched_parents", _COUNT),
        ("matched_clusters_effective", _REAL), ("matched_largest_share", _REAL),
        ("p", _REAL), ("p_greater", _REAL), ("q", _REAL), ("parents", _COUNT),
        ("trios", _COUNT), ("clusters", _COUNT), ("clusters_effective", _REAL),
        ("largest_share", _REAL), ("few_lineages", pa.bool_()), ("low_family", _REAL),
        ("high_family", _REAL), ("low_pairs", _REAL), ("high_pairs", _REAL),
    ]
)  # fmt: skip
