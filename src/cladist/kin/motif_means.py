"""Means of every pair position of every motif, with what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.kin.kin_draws import Drawn, Kin, draw_motif
from cladist.kin.motif_sampling import MotifSampler
from cladist.kin.motifs import MOTIFS
from cladist.statistics.means import Means, weighted_means
from cladist.texts.corpus import Pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """What was asked for."""

    metrics: tuple[str, ...]
    weightings: tuple[str, ...]
    cluster: str
    draws: int
    replicates: int
    seed: int
    census: bool = True


@dataclass(frozen=True)
class MotifDraws:
    """The draws of one motif under one weighting, and the pair of nodes in each position."""

    motif: str
    weighting: str
    drawn: Drawn

    @property
    def pairs(self) -> list[Pair]:
        """The two nodes of each position."""
        nodes = self.drawn.nodes
        return [(nodes[:, p.a], nodes[:, p.b]) for p in MOTIFS[self.motif].positions]


def draw_all(
    kin: Kin, pools: Mapping[str, Ints], sampler: MotifSampler, plan: Plan
) -> list[MotifDraws]:
    """Draw every motif under every weighting of the plan; random pairs from its own pool."""
    found = []
    for w in plan.weightings:
        for m in MOTIFS:
            drawn = draw_motif(
                kin, sampler, m, w, plan.draws, plan.seed, pool=pools[w], census=plan.census
            )
            found.append(MotifDraws(m, w, drawn))
    return found


def motif_rows(
    kin: Kin, motifs: list[MotifDraws], measured: dict[str, list[Floats]], text: str, plan: Plan
) -> list[dict[str, Any]]:
    """Return one row of :data:`ROWS` a motif, position and metric.

    ``measured``: metric -> the similarities of the pairs of all draws, position by position.
    Each metric has random numbers of its own, so that a row does not depend on what else is
    asked for.
    """
    found: list[dict[str, Any]] = []
    at = 0
    for one in motifs:
        positions = MOTIFS[one.motif].positions
        groups = [_numbered(one.drawn.nodes[:, [p.a, p.b]]) for p in positions]
        for metric in plan.metrics:
            values = np.array(measured[metric][at : at + len(positions)])
            means = _means(kin, values, one, plan, (text, one.weighting, one.motif, metric))
            found += [
                {
                    "motif": one.motif, "position": p.number, "pair": p.name, "kin": p.kin,
                    "text": text, "metric": metric, "weighting": one.weighting,
                    "generation_gap": p.generation_gap, "distance": p.distance,
                    "pairs": _distinct(groups[i], values[i]),
                    "dropped": int(np.isnan(values[i]).sum()), **_estimate(means, i),
                }
                for i, p in enumerate(positions)
            ]  # fmt: skip
        at += len(positions)
    return found


def _numbered(pairs: NDArray[np.int32]) -> Ints:
    """Give each different pair a number, either way round; shape (draws,)."""
    low, high = pairs.min(axis=1).astype(np.int64), pairs.max(axis=1).astype(np.int64)
    _, group = np.unique(low << 32 | high, return_inverse=True)
    return group


def _distinct(group: Ints, values: Floats) -> int:
    """Count the different pairs among the draws whose similarity is known."""
    return int(np.count_nonzero(np.bincount(group[~np.isnan(values)])))


def _means(kin: Kin, values: Floats, one: MotifDraws, plan: Plan, names: tuple[str, ...]) -> Means:
    nodes = one.drawn.nodes
    below = nodes[:, :1] if one.motif == "random" else nodes[:, 1:]
    clusterings = {c: kin.clusters(c, nodes[:, 0], below) for c in (plan.cluster, "family")}
    return weighted_means(
        values, one.drawn.weight, clusterings, replicates=plan.replicates, seed=plan.seed,
        names=("similarity", *names),
    )  # fmt: skip


def _estimate(means: Means, i: int) -> dict[str, Any]:
    main = next(iter(means.low))
    summary = means.clusters
    return {
        "mean": _known(means.mean[i]),
        "low": _known(means.low[main][i]),
        "high": _known(means.high[main][i]),
        "n": int(means.n[i]),
        "clusters": int(summary.clusters[i]),
        "clusters_effective": _known(summary.clusters_effective[i]),
        "largest_share": _known(summary.largest_share[i]),
        "few_lineages": bool(summary.few[i]),
        "mean_without_largest": _known(summary.without_largest[i]),
        "low_family": _known(means.low["family"][i]),
        "high_family": _known(means.high["family"][i]),
        "low_pairs": _known(means.low["pairs"][i]),
        "high_pairs": _known(means.high["pairs"][i]),
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


_REAL, _COUNT, _TEXT, _FLAG = pa.float64(), pa.int64(), pa.string(), pa.bool_()
_BOUNDS: Final = [(c, _REAL) for c in ("low_family", "high_family", "low_pairs", "high_pairs")]
_LINEAGES: Final = [("clusters", _COUNT), ("clusters_effective", _REAL),
                    ("largest_share", _REAL), ("few_lineages", _FLAG)]  # fmt: skip
#: Columns of the table of positions.
ROWS: Final = pa.schema(
    [
        ("motif", _TEXT), ("position", _COUNT), ("pair", _TEXT), ("kin", _TEXT),
        ("text", _TEXT), ("metric", _TEXT), ("weighting", _TEXT), ("mean", _REAL),
        ("low", _REAL), ("high", _REAL), ("n", _COUNT), ("pairs", _COUNT), ("dropped", _COUNT),
        ("generation_gap", _COUNT), ("distance", _COUNT), *_LINEAGES,
        ("mean_without_largest", _REAL), *_BOUNDS,
    ]
)  # fmt: skip
