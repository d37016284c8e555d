"""Where a trait drifts: net flows, what the margins alone give, and which have a direction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from scipy import sparse

from cladist.result import Chart, Result
from cladist.statistics.inference import cluster_bootstrap_ratio, generator, round_digits
from cladist.statistics.resampling import bounds, resampled_counts, settled
from cladist.traits.directions import (
    DIRECTED,
    TOO_FEW,
    WITHIN_MARGINS,
    Directions,
    PairFlows,
    beyond_margins,
    directions,
    pair_flows,
)
from cladist.traits.edge_counts import changes
from cladist.traits.flows import substitutions
from cladist.traits.margins import Margins, inheritance
from cladist.traits.trait_edges import trait_edges
from cladist.vocab import CLUSTERS, TRAITS, check_numbers, is_published, trait_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Floats = NDArray[np.float64]

_DEFINITION: Final = (
    "Net flow between two values of a trait: changed edges from source to target minus those the "
    "other way; drift is net over total. expected is the net flow if each child drew its value "
    "from all children of the same relation and generation, whatever its parent has; remainder is "
    "net minus expected. Direction is tested lineage by lineage (cluster: clans, if nothing "
    "else is asked for): p_flip flips the signs of their net flows, p_vote lets each vote once. A "
    "flow is directed only if both pass at a false discovery rate of 5 %, no lineage makes up half "
    "of it, and the interval of its remainder lies above 0; where that holds 0 or lies below, the "
    "flow is 'directed, not beyond the margins' (of two values alone the margins fix the net flow, "
    "so it never is more). Pairs that too few lineages move (p_min above 0.01), or one moves, are "
    "'too few lineages'. The table inheritance tests "
    "resemblance, not direction: how often edges keep their values, against child values "
    "shuffled within relation, generation and clan."
)
_PUBLISHED: Final = (
    "Net flow over total flow of a pair, from the added and removed counts on the published "
    "edges. The paper tests no direction; tests and intervals are those of the standard form."
)


def trait_drift(
    hub: Snapshot,
    *,
    trait: str = "license",
    relations: str = "all",
    definition: str = "standard",
    cluster: str = "clan",
    top: int | None = 50,
    replicates: int = 1000,
    seed: int = 0,
    unstated: bool = False,
) -> Result:
    """Measure the drift of a trait, pair by pair (DESIGN section 5; paper section 5).

    Parameters
    ----------
    hub
        The snapshot.
    trait
        A trait.
    relations
        Which edges count.
    definition
        ``standard``, or ``laufer2025``: net and total from the counts of the paper.
    cluster
        What counts as one independent lineage: ``clan``, ``family``, ``parent`` or ``author``.
    top
        Pairs in the main table, those with the largest total; all if None. The tests and their
        false discovery rate are over all pairs in any case.
    replicates
        Resamples of lineages for the intervals.
    seed
        Seed of the resamples and of random signs.
    unstated
        Keep what is not stated as the value ``(not stated)``, so that a trait dropped or taken
        up counts as a change; standard definition only.

    Returns
    -------
    Result
        Rows ``source``, ``target`` (oriented along the net flow), ``net``, ``total`` (edges),
        ``drift`` in [0, 1] with ``low`` and ``high``, ``expected``, ``remainder`` with
        ``remainder_low`` and ``remainder_high`` (edges), ``families``, ``clusters`` (lineages
        with a net flow), ``largest_share``, ``p_min``, ``p_flip``, ``q_flip``, ``p_vote``,
        ``q_vote`` (null where not tested), ``verdict``, ``drift_without_largest``. Table
        ``inheritance``, one row: ``edges``, ``kept``, ``kept_share``, ``expected_share``,
        ``excess``, ``z``, ``p``.
        ``n`` is the number of changed edges.

    Raises
    ------
    InputError
        If the trait, a relation, the cluster or the definition is not known.
    """
    check_numbers(replicates=replicates, top=top, seed=seed)
    name = trait_name(trait)
    edges = trait_edges(
        hub, name, relations=relations, by="none", definition=definition, cluster=cluster,
        unstated=unstated,
    )  # fmt: skip
    flows = pair_flows(substitutions(edges, definition))
    tested = directions(flows, seed=seed, names=("drift", name))
    margins = Margins.of(edges)
    n = changes(edges)["changed"]
    shown = np.arange(len(flows.first) if top is None else min(top, len(flows.first)))
    led = np.flatnonzero(np.array(tested.verdict) == DIRECTED)
    asked = np.union1d(shown, led)  # ``shown`` comes first: the pairs with most flow
    around = _around(flows, margins, asked, replicates, seed, name)
    verdict = list(tested.verdict)
    for place, low in zip(asked.tolist(), around.remainder_low.tolist(), strict=True):
        verdict[place] = beyond_margins(verdict[place], low)
    tested = replace(tested, verdict=tuple(verdict))
    table = _table(flows, tested, asked, around).slice(0, len(shown))
    return Result(
        analysis="drift",
        form=definition,
        definition=_PUBLISHED if is_published(definition) else _DEFINITION,
        parameters={
            "trait": name, "relations": relations, "cluster": cluster, "top": top,
            "replicates": replicates, "seed": seed, "unstated": unstated, "pairs": len(flows.first),
            "pairs_tested": int(np.count_nonzero(~np.isnan(tested.p_flip))),
            "directed": verdict.count(DIRECTED),
            "directed_within_margins": verdict.count(WITHIN_MARGINS),
        },
        n=n,
        tables={"table": table, "inheritance": _inheritance(margins),
                "drawn": _drawn(table)},
        provenance=hub.provenance(analysis="drift", definition=definition, trait=name,
                                  relations=relations, cluster=cluster, top=top, seed=seed),
        notes=_notes(name, n, float(flows.total.sum()), tested, cluster),
        finding=_finding(table),
        charts=(
            Chart("drift", "intervals", f"Drift of {name}", table="drawn", x="drift", y="pair",
                  low="low", high="high", color="verdict", palette="verdict", percent=True, top=20,
                  x_title="net over total flow",
                  subtitle=f"The pairs with most flow; line: 95 % by {cluster}."),
        ),
        shown={"table": ("source", "target", "verdict", "net", "drift", "low", "high", "total",
                         "clusters", "largest_share")},
    )  # fmt: skip


@dataclass(frozen=True)
class _Around:
    """What stands around the net flow of each shown pair; arrays (pairs,)."""

    low: Floats
    high: Floats
    without_largest: Floats
    expected: Floats
    remainder_low: Floats
    remainder_high: Floats


def _around(
    flows: PairFlows,
    margins: Margins,
    shown: NDArray[np.int64],
    replicates: int,
    seed: int,
    name: str,
) -> _Around:
    net, total = flows.dense(shown)
    found = cluster_bootstrap_ratio(
        net, total, replicates=replicates, limits=(-1.0, 1.0),
        rng=generator(seed, "drift", name, "drift"),
    )  # fmt: skip
    first, second = flows.first[shown], flows.second[shown]
    pairs = [(flows.values[a], flows.values[b]) for a, b in zip(first, second, strict=True)]
    draws = _remainders(flows, margins, shown, pairs, replicates,
                        generator(seed, "drift", name, "remainder"))  # fmt: skip
    effective = found.clusters.clusters_effective
    ends = np.array(
        [bounds(draws[:, i], float(effective[i])) for i in range(len(pairs))], dtype=np.float64
    ).reshape(-1, 2)
    return _Around(
        found.low, found.high, found.clusters.without_largest, margins.expected_net(pairs),
        round_digits(ends[:, 0]), round_digits(ends[:, 1]),
    )  # fmt: skip


def _remainders(
    flows: PairFlows,
    margins: Margins,
    shown: NDArray[np.int64],
    pairs: list[tuple[str, str]],
    replicates: int,
    rng: np.random.Generator,
) -> Floats:
    """Return net minus expected of each pair in each resample of all clusters; (B, pairs)."""
    clusters = margins.clusters
    place = np.full(len(flows.first), -1)
    place[shown] = np.arange(len(shown))
    rows = place[flows.pair] >= 0
    at = np.searchsorted(clusters, flows.cluster[rows])
    by_cluster = sparse.csr_array(
        (flows.cluster_net[rows], (at, place[flows.pair[rows]])),
        shape=(len(clusters), len(shown)),
    )
    values = sorted({v for pair in pairs for v in pair})
    order = settled(by_cluster, *margins.contents(values)) if len(clusters) else clusters
    out = np.empty((replicates, len(shown)))
    block = max(1, (1 << 22) // max(len(clusters), 1))
    for start in range(0, replicates, block):
        size = min(block, replicates - start)
        if not len(clusters):
            break
        weights = resampled_counts(len(clusters), size, rng)[:, order].astype(np.float64)
        net = weights @ by_cluster
        out[start : start + size] = net - margins.expected_net(pairs, weights)
    return out


def _table(
    flows: PairFlows, tested: Directions, shown: NDArray[np.int64], around: _Around
) -> pa.Table:
    def real(values: Floats) -> pa.Array:
        return pa.array(round_digits(values), pa.float64(), from_pandas=True)

    net, total = flows.net[shown], flows.total[shown]
    verdict = [tested.verdict[i] for i in shown]
    return pa.table(
        {
            "source": pa.array([flows.values[i] for i in flows.first[shown]], pa.string()),
            "target": pa.array([flows.values[i] for i in flows.second[shown]], pa.string()),
            "net": real(net),
            "total": real(total),
            "drift": real(net / np.where(total > 0, total, 1)),
            "low": real(around.low),
            "high": real(around.high),
            "expected": real(around.expected),
            "remainder": real(net - around.expected),
            "remainder_low": real(around.remainder_low),
            "remainder_high": real(around.remainder_high),
            "families": pa.array(flows.families[shown], pa.int64()),
            "clusters": pa.array(tested.clusters[shown], pa.int64()),
            "largest_share": real(tested.largest_share[shown]),
            "p_min": real(tested.p_min[shown]),
            "p_flip": real(tested.p_flip[shown]),
            "q_flip": real(tested.q_flip[shown]),
            "p_vote": real(tested.p_vote[shown]),
            "q_vote": real(tested.q_vote[shown]),
            "verdict": pa.array(verdict, pa.string()),
            "drift_without_largest": real(around.without_largest),
        }
    )


def _inheritance(margins: Margins) -> pa.Table:
    kept = inheritance(margins)
    return pa.Table.from_pylist([kept], schema=pa.schema([
        ("edges", pa.int64()), ("kept", pa.int64()), ("kept_share", pa.float64()),
        ("expected_share", pa.float64()), ("excess", pa.float64()), ("z", pa.float64()),
        ("p", pa.float64()),
    ]))  # fmt: skip


def _drawn(table: pa.Table) -> pa.Table:
    rows = table.slice(0, 20).to_pylist()
    return pa.table(
        {
            "pair": pa.array([f"{r['source']} → {r['target']}" for r in rows], pa.string()),
            **{c: table[c].slice(0, 20) for c in ("drift", "low", "high", "verdict")},
        }
    )


def _notes(name: str, n: int, used: float, tested: Directions, cluster: str) -> tuple[str, ...]:
    if not n:
        return ("No edge has both ends state the trait and differ, so there is no drift.",)
    notes: list[str] = []
    few = tested.verdict.count(TOO_FEW)
    if few:
        notes.append(
            f"{few:,} of {len(tested.verdict):,} pairs rest on too few lineages: fewer than 8 "
            f"{CLUSTERS[cluster]} with a net flow, or half of it in one {cluster}."
        )
    within = tested.verdict.count(WITHIN_MARGINS)
    if within:
        notes.append(
            f"{within:,} flows have a direction, but none beyond what the margins give: children "
            "state the one value more often, and the other less, whatever their parents have."
        )
    if TRAITS[name] and used < 0.5 * n:
        notes.append(
            f"Only {100 * used / n:.1f} % of the changed edges exchange one value for another; the "
            "others only lose or only gain values. Read the table retention of transitions "
            "beside this."
        )
    return tuple(notes)


def _finding(table: pa.Table) -> str:
    rows: list[dict[str, Any]] = [r for r in table.to_pylist() if r["verdict"] == DIRECTED]
    if not rows:
        return ""
    row = rows[0]
    return f"largest directed drift: {row['source']} → {row['target']}"
