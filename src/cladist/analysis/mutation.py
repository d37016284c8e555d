"""How often, and how, a trait changes from parent to child."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.result import Chart, Result
from cladist.statistics.inference import (
    RatioInterval,
    cluster_bootstrap_ratio,
    generator,
    pair_bootstrap_ratio,
    round_digits,
)
from cladist.traits.edge_counts import overlap_counts
from cladist.traits.groups import folded, group_order
from cladist.traits.silence import FATES, Silence, fates
from cladist.traits.trait_edges import TraitEdges, trait_edges
from cladist.vocab import CLUSTERS, check_numbers, trait_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

#: The traits shown when none is asked for.
DEFAULT_TRAITS: Final = ("license", "pipeline_tag", "library_name", "language", "datasets")

_DEFINITION: Final = (
    "Jaccard distance between the parent's and the child's values, |symmetric difference| / "
    "|union|, averaged over edges whose two ends both state the trait; each edge counts once. "
    "gain, loss and substitution are shares of those edges (the child only adds values, only "
    "drops values, does both). An edge with a silent side has no distance: the table silence "
    "counts what is dropped and taken up, the table fates what becomes of single values. Intervals "
    "resample clans (or the cluster asked for), the lineages that an edge belongs to; "
    "low_family and high_family resample families, low_pairs and high_pairs single edges as "
    "published (too narrow where edges share a lineage)."
)


_PUBLISHED: Final = (
    "As published: Jaccard distance |symmetric difference| / |union| between the tags of parent "
    "and child, averaged over the published edges (parents that are declared models under exactly "
    "this id; self-loops and cycles left in; one relation a pair, the last of finetune, quantized, "
    "adapter, merge) whose two ends both state the trait. Languages are tags of two letters that "
    "are codes of ISO 639-1. The paper gives no intervals; those here resample lineages, families "
    "and edges as in the standard form."
)


def mutation_rate(
    hub: Snapshot,
    *,
    trait: str | None = None,
    by: str = "relation",
    relations: str = "all",
    definition: str = "standard",
    cluster: str = "clan",
    top: int | None = None,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    """Measure the mutation rate of traits along edges (DESIGN section 5; paper section 4).

    Parameters
    ----------
    hub
        The snapshot.
    trait
        A trait: any column of text, list or flag of :data:`cladist.vocab.TRAITS` (``license``,
        ``language``, ``pipeline_tag`` ...), or the five main ones if None.
    by
        ``relation``, ``year``, ``generation``, ``author``, ``family`` or ``none``.
    relations
        Which edges count: ``all``, ``no-merges`` or relations joined by commas.
    definition
        ``standard``, or ``laufer2025``: the published edges and the published reading of tags
        (``relations="all"`` for the paper's text, ``"finetune"`` for its re-run).
    cluster
        What counts as one independent lineage: ``clan``, ``family``, ``parent`` or ``author``.
    top
        Families shown apart with ``by="family"``, those with most edges (30 if None); the others
        are one group, ``(others)``.
    replicates
        Resamples of the bootstrap.
    seed
        Seed of the bootstrap.

    Returns
    -------
    Result
        Rows ``trait``, group, ``rate`` in [0, 1] with ``low`` and ``high`` (95 %), ``n`` edges
        whose ends both state the trait, ``gain``, ``loss``, ``substitution`` (shares of n), and
        ``silent_parent``, ``silent_child``, ``silent_both`` (edges on which only the parent,
        only the child, or both state nothing). A rate is null where n is 0. Table ``silence``:
        ``trait``, group, ``edges``, ``both``, ``dropped``, ``taken_up``, ``neither``, their shares
        and ``rate_with_silence`` (:class:`cladist.traits.silence.Silence`), and ``dropped_low``
        with ``dropped_high``. Table ``fates``: of the 10 values of each trait that parents state
        most, ``edges`` and the shares ``kept``, ``replaced``, ``silent``.

    Raises
    ------
    InputError
        If a trait, a relation, ``by`` or the cluster is not known.
    """
    check_numbers(replicates=replicates, top=top, seed=seed)
    names = DEFAULT_TRAITS if trait is None else (trait_name(trait),)
    column = "group" if by == "none" else by
    rows: list[dict[str, Any]] = []
    silence: list[dict[str, Any]] = []
    fate: list[dict[str, Any]] = []
    for name in names:
        edges = trait_edges(
            hub, name, relations=relations, by=by, definition=definition, cluster=cluster
        )
        counts = _Counts(edges, by, top)
        rows += _rows(counts, name, column, replicates, seed)
        silence += _silence(counts, name, column, replicates, seed)
        fate += [{"trait": name, **row} for row in fates(edges, _FATES)]
    table = pa.Table.from_pylist(rows, schema=_schema(column))
    total = sum(r["n"] for r in rows if r[column] == "all")
    return Result(
        analysis="mutation",
        form=definition,
        definition=_DEFINITION if definition == "standard" else _PUBLISHED,
        parameters={
            "trait": list(names), "by": by, "relations": relations, "cluster": cluster,
            "top": top, "replicates": replicates, "seed": seed,
        },
        n=total,
        tables={
            "table": table,
            "silence": pa.Table.from_pylist(silence, schema=_silence_schema(column)),
            "fates": pa.Table.from_pylist(fate, schema=_FATES_SCHEMA),
        },
        provenance=hub.provenance(analysis="mutation", definition=definition, trait=list(names),
                                  by=by, relations=relations, cluster=cluster, top=top,
                                  seed=seed),
        notes=_notes(rows, column, cluster),
        finding=finding(rows, column),
        charts=(
            Chart(
                "mutation",
                "intervals",
                "Mutation rate of each trait by " + by,
                subtitle=f"Edges whose ends both state the trait; line: 95 % by {cluster}.",
                x="rate",
                y="trait",
                low="low",
                high="high",
                color=column,
                palette="relation" if by == "relation" else "",
                percent=True,
                x_title="mutation rate",
            ),
        ),
    )  # fmt: skip


class _Counts:
    """Edges by group, lineage and sizes of both sets of values, with their distance."""

    def __init__(self, edges: TraitEdges, by: str, top: int | None) -> None:
        counts = overlap_counts(edges)
        self.cluster, self.family = counts.cluster, counts.family
        self.parent, self.child = counts.parent_size, counts.child_size
        self.shared, self.edges = counts.shared, counts.edges
        labels = np.array(edges.groups, dtype=object)[counts.group]
        self.group = folded(labels, self.edges, by, top)
        self.stated = (self.parent >= 0) & (self.child >= 0)
        union = self.parent + self.child - self.shared
        safe = np.where(self.stated & (union > 0), union, 1)
        self.distance = np.where(self.stated, 1.0 - self.shared / safe, 0.0)
        self.lost = self.stated & (self.parent > self.shared)
        self.gained = self.stated & (self.child > self.shared)

    @property
    def groups(self) -> list[str]:
        """The groups as they are shown, all edges first."""
        return ["all", *(g for g in group_order(self.group.tolist()) if g != "all")]


def _rows(
    counts: _Counts, trait: str, column: str, replicates: int, seed: int
) -> list[dict[str, Any]]:
    groups = counts.groups
    member = np.array(
        [counts.stated & ((counts.group == g) | (g == "all")) for g in groups], dtype=bool
    ).reshape(len(groups), len(counts.edges))
    everyone = np.array([(counts.group == g) | (g == "all") for g in groups], dtype=bool)
    everyone = everyone.reshape(member.shape)
    # The row of all edges has draws of its own, so that it does not depend on the grouping.
    parts = (slice(0, 1), slice(1, None))
    found = [
        _intervals(counts, member[part], replicates, seed, trait, column if k else "all")
        for k, part in enumerate(parts)
        if len(member[part])
    ]
    return [
        _row(counts, trait, column, g, max(i - 1, 0), member[i], everyone[i], found[i > 0])
        for i, g in enumerate(groups)
    ]


def _intervals(
    counts: _Counts,
    member: NDArray[np.bool_],
    replicates: int,
    seed: int,
    trait: str,
    grouping: str,
) -> tuple[RatioInterval, RatioInterval, RatioInterval]:
    """Return the intervals by cluster, by family and by edge, one value a group each."""
    draws = [
        generator(seed, "mutation", trait, grouping, name) for name in ("cluster", "family", "pair")
    ]
    return (
        _interval(counts, member, counts.cluster, replicates, draws[0]),
        _interval(counts, member, counts.family, replicates, draws[1]),
        _pair_interval(counts, member, replicates, draws[2]),
    )


def _interval(
    counts: _Counts,
    member: NDArray[np.bool_],
    labels: NDArray[np.int64],
    replicates: int,
    rng: np.random.Generator,
) -> RatioInterval:
    _, place = np.unique(labels, return_inverse=True)
    size = int(place.max()) + 1 if len(place) else 0
    above = np.zeros((len(member), size))
    below = np.zeros((len(member), size))
    for i, rows in enumerate(member):
        above[i] = np.bincount(place, rows * counts.edges * counts.distance, size)
        below[i] = np.bincount(place, rows * counts.edges, size)
    return cluster_bootstrap_ratio(above, below, replicates=replicates, rng=rng, limits=(0.0, 1.0))


def _pair_interval(
    counts: _Counts, member: NDArray[np.bool_], replicates: int, rng: np.random.Generator
) -> RatioInterval:
    stated = counts.stated
    times = counts.edges[stated]
    below = np.repeat(member[:, stated], times, axis=1).astype(float)
    above = below * np.repeat(counts.distance[stated], times)
    return pair_bootstrap_ratio(above, below, replicates=replicates, rng=rng)


def _row(
    counts: _Counts,
    trait: str,
    column: str,
    group: str,
    i: int,
    member: NDArray[np.bool_],
    everyone: NDArray[np.bool_],
    intervals: tuple[RatioInterval, RatioInterval, RatioInterval],
) -> dict[str, Any]:
    cluster, family, pairs = intervals
    n = int(counts.edges[member].sum())

    def share(which: NDArray[np.bool_]) -> float | None:
        return float(round_digits(counts.edges[member & which].sum() / n)) if n else None

    def silent(which: NDArray[np.bool_]) -> int:
        return int(counts.edges[everyone & which].sum())

    return {
        "trait": trait,
        column: group,
        "rate": _known(cluster.estimate[i]),
        "low": _known(cluster.low[i]),
        "high": _known(cluster.high[i]),
        "n": n,
        "gain": share(counts.gained & ~counts.lost),
        "loss": share(counts.lost & ~counts.gained),
        "substitution": share(counts.lost & counts.gained),
        "silent_parent": silent((counts.parent < 0) & (counts.child >= 0)),
        "silent_child": silent((counts.parent >= 0) & (counts.child < 0)),
        "silent_both": silent((counts.parent < 0) & (counts.child < 0)),
        "clusters": int(cluster.clusters.clusters[i]),
        "clusters_effective": _known(cluster.clusters.clusters_effective[i]),
        "largest_share": _known(cluster.clusters.largest_share[i]),
        "few_lineages": bool(cluster.clusters.few[i]),
        "rate_without_largest": _known(cluster.clusters.without_largest[i]),
        "low_family": _known(family.low[i]),
        "high_family": _known(family.high[i]),
        "families_effective": _known(family.clusters.clusters_effective[i]),
        "low_pairs": _known(pairs.low[i]),
        "high_pairs": _known(pairs.high[i]),
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _silence(
    counts: _Counts, trait: str, column: str, replicates: int, seed: int
) -> list[dict[str, Any]]:
    """Return, group by group, what is stated by one end alone, with the share that is dropped."""
    spoken = counts.parent >= 0
    member = np.array([spoken & ((counts.group == g) | (g == "all")) for g in counts.groups])
    _, place = np.unique(counts.cluster, return_inverse=True)
    size = int(place.max()) + 1 if len(place) else 0
    dropped = counts.edges * (spoken & (counts.child < 0))
    above = np.array([np.bincount(place, m * dropped, size) for m in member])
    below = np.array([np.bincount(place, m * counts.edges, size) for m in member])
    found = cluster_bootstrap_ratio(
        above, below, replicates=replicates, limits=(0.0, 1.0),
        rng=generator(seed, "mutation", trait, "dropped"),
    )  # fmt: skip
    rows = []
    for i, group in enumerate(counts.groups):
        of = counts.edges * ((counts.group == group) | (group == "all"))

        def number(parent: bool, child: bool, of: NDArray[np.int64] = of) -> int:
            which = ((counts.parent >= 0) == parent) & ((counts.child >= 0) == child)
            return int(of[which].sum())

        told = Silence(
            number(True, True), number(True, False), number(False, True), number(False, False),
            float((of * counts.distance).sum()),
        ).row()  # fmt: skip
        rows.append({"trait": trait, column: group, **told, "dropped_low": _known(found.low[i]),
                     "dropped_high": _known(found.high[i])})  # fmt: skip
    return rows


#: Values of each trait whose fate is told.
_FATES: Final = 10
_FATES_SCHEMA: Final = pa.schema(
    [("trait", pa.string()), ("value", pa.string()), ("edges", pa.int64()),
     *((f, pa.float64()) for f in FATES[2:])]
)  # fmt: skip


def _silence_schema(column: str) -> pa.Schema:
    counts = ("edges", "both", "dropped", "taken_up", "neither")
    shares = ("silent_share", "dropped_share", "dropped_low", "dropped_high", "taken_up_share",
              "rate_with_silence")  # fmt: skip
    return pa.schema(
        [("trait", pa.string()), (column, pa.string()), *((c, pa.int64()) for c in counts),
         *((s, pa.float64()) for s in shares)]
    )  # fmt: skip


def _schema(column: str) -> pa.Schema:
    real, count = pa.float64(), pa.int64()
    return pa.schema(
        [
            ("trait", pa.string()), (column, pa.string()), ("rate", real), ("low", real),
            ("high", real), ("n", count), ("gain", real), ("loss", real), ("substitution", real),
            ("silent_parent", count), ("silent_child", count), ("silent_both", count),
            ("clusters", count), ("clusters_effective", real), ("largest_share", real),
            ("few_lineages", pa.bool_()), ("rate_without_largest", real), ("low_family", real),
            ("high_family", real), ("families_effective", real), ("low_pairs", real),
            ("high_pairs", real),
        ]
    )  # fmt: skip


def _notes(rows: Sequence[dict[str, Any]], column: str, cluster: str) -> tuple[str, ...]:
    few = [f"{r['trait']} ({r[column]})" for r in rows if r["n"] and r["few_lineages"]]
    notes = []
    if few:
        notes.append(
            f"Few independent lineages (under 30 effective {CLUSTERS[cluster]}, or one {cluster} "
            f"holds over 20 % of the edges): {', '.join(few)}. rate_without_largest leaves the "
            f"largest {cluster} out."
        )
    if not any(r["n"] for r in rows):
        notes.append("No edge has both ends state the trait, so there is no rate.")
    return tuple(notes)


def finding(rows: Sequence[dict[str, Any]], column: str) -> str:
    """Name the trait whose interval lies above those of all others, and the one below."""
    sound = [
        r for r in rows if r[column] == "all" and r["low"] is not None and not r["few_lineages"]
    ]
    if len(sound) < 2:
        return ""
    said = []
    most = max(sound, key=lambda r: r["low"])
    if all(r["high"] < most["low"] for r in sound if r is not most):
        said.append(f"most often changed: {most['trait']}")
    least = min(sound, key=lambda r: r["high"])
    if all(r["low"] > least["high"] for r in sound if r is not least):
        said.append(f"{'least often' if said else 'least changed'}: {least['trait']}")
    return "; ".join(said)
