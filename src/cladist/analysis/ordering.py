"""The order of a trait's values that most of its changes follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.licenses.catalog import license_color
from cladist.result import Chart, Result
from cladist.statistics.inference import (
    ClusterSummary,
    cluster_summary,
    generator,
    round_digits,
)
from cladist.statistics.order import LinearOrder, adjacent_support, linear_order, linear_order_batch
from cladist.statistics.resampling import settled
from cladist.traits.edge_counts import changes, value_counts
from cladist.traits.flows import Substitutions, substitutions
from cladist.traits.orientation import RandomOrientation, random_orientation
from cladist.traits.stated import published_appearances
from cladist.traits.trait_edges import trait_edges
from cladist.vocab import CLUSTERS, check_numbers, is_published, trait_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

#: Bootstrap support is computed for at most this many values.
SUPPORT_LIMIT: Final = 25

#: Values that the paper leaves out of an order.
_PUBLISHED_NO_VALUE: Final = frozenset({"other", "unknown", "none", ""})
#: Values that say nothing about the trait; they take no place in an order. ``license`` is what a
#: trainer's template writes where a licence should stand.
NO_VALUE: Final = _PUBLISHED_NO_VALUE | {"license"}

_DEFINITION: Final = (
    "The linear order of the top values that keeps most net traffic forward (linear ordering "
    "problem, solved exactly where optimal is true). The values other, unknown and none say "
    "nothing about the trait and take no place (left_out). Traffic is the credit of transitions, "
    "each changed edge counting once. Components of the transition graph are ordered apart, the "
    "one with most traffic first. support is the share of bootstrap resamples of lineages in which "
    "a value keeps its place before the next one; tied values share a rank. forward_share is the "
    "share of traffic that goes forward, directedness the net over the total traffic: no order "
    "reaches more than (1 + directedness) / 2. random_forward_share is what the best order reaches "
    "when each pair of values is turned round at random: what forward_share has beyond it, the "
    "common order adds; random_p turns pairs of values, not lineages, and so does not know how few "
    "lineages made the flows: that is told by few_lineages and support, null with a single lineage."
)


_PUBLISHED: Final = (
    "As published: the linear order of the top values that keeps most net traffic forward, "
    "traffic being the added and removed counts on the published edges. The top values are those "
    "with any net flow that most models of the hub state; of the first top + 5 other and unknown "
    "are left out. Solved exactly where optimal is true, components apart (the paper's single "
    "programme reaches the same objective). support resamples lineages, as in the standard form."
)


def trait_ordering(
    hub: Snapshot,
    *,
    trait: str = "license",
    relations: str = "all",
    definition: str = "standard",
    cluster: str = "clan",
    top: int | None = 20,
    replicates: int = 300,
    seed: int = 0,
    unstated: bool = False,
) -> Result:
    """Order the values of a trait along the flow of its changes (DESIGN 5; paper section 5).

    Parameters
    ----------
    hub
        The snapshot.
    trait
        A trait.
    relations
        Which edges count.
    definition
        ``standard``, or ``laufer2025``: the counts, edges, readings and top values of the paper.
    cluster
        What counts as one independent lineage: ``clan``, ``family``, ``parent`` or ``author``.
    top
        Number of values: those on most edges, at either end; all if None.
    replicates
        Resamples of lineages for the support, and random orientations.
    seed
        Seed of the resamples and orientations.
    unstated
        Keep ``other``, ``unknown`` and what is not stated as values with a place; standard
        definition only.

    Returns
    -------
    Result
        Rows ``position``, ``rank``, ``component``, ``value``, ``support`` (to the next value;
        null at the end of a component, without replicates, with one lineage, above 25 values),
        ``edges``.
        ``parameters`` hold ``objective, bound, optimal, net_traffic, total_traffic,
        forward_share, pairs_compatible, pairs_total, directedness, unique``;
        ``pairs_compatible_unweighted`` (the most that any order keeps);
        ``random_forward_share`` with ``random_low``, ``random_high`` and ``random_p``
        (:func:`cladist.traits.orientation.random_orientation`; null above 25 values);
        ``clusters``, ``clusters_effective``, ``largest_share``, ``few_lineages``: the lineages of
        the traffic among the values; ``share_of_changed_edges`` (what the order uses),
        ``left_out``. Table ``matrix``:
        ``source``, ``target``, ``count`` among the values; ``graph``: the values in order and the
        net flows between positions. ``n`` is the number of changed edges.

    Raises
    ------
    InputError
        If the trait, a relation or the cluster is not known.
    """
    check_numbers(replicates=replicates, top=top, seed=seed, fewest=0)
    name, published = trait_name(trait), is_published(definition)
    edges = trait_edges(
        hub, name, relations=relations, by="none", definition=definition, cluster=cluster,
        unstated=unstated,
    )  # fmt: skip
    left_out = frozenset[str]() if unstated else NO_VALUE
    flows = substitutions(edges, definition)
    counts = (
        _ranked_values(_stated(edges.values, value_counts(edges)), flows, left_out)
        if not published
        else _published_values(published_appearances(hub, name), flows, top)
    )
    values = tuple(v for v, _ in counts[:top])
    n = changes(edges)["changed"]
    flow = flows.matrix(values)
    order = linear_order(flow)
    support = _support(flows, values, order, replicates, generator(seed, "ordering", name))
    turned = random_orientation(
        flow, order.forward_share, replicates=replicates if len(values) <= SUPPORT_LIMIT else 0,
        rng=generator(seed, "ordering", name, "orientation"),
    )  # fmt: skip
    most_pairs = linear_order(flow, weighted=False)
    credit = flows.cluster_credit(values)
    rests_on = cluster_summary(credit, credit)
    table = _table(order, values, dict(counts), support)
    used = float(round_digits(flow.sum()))
    share = round(used / n, 12) if n and not published else None
    return Result(
        analysis="ordering",
        form=definition,
        definition=_PUBLISHED if published else _DEFINITION,
        parameters={
            "trait": name, "relations": relations, "cluster": cluster, "top": top,
            "replicates": replicates, "seed": seed, **_measures(order),
            "pairs_compatible_unweighted": most_pairs.pairs_compatible,
            "random_forward_share": _plain(turned.mean), "random_low": _plain(turned.low),
            "random_high": _plain(turned.high), "random_p": _plain(turned.p),
            "clusters": int(rests_on.clusters[0]),
            "clusters_effective": _plain(rests_on.clusters_effective[0]),
            "largest_share": _plain(rests_on.largest_share[0]),
            "few_lineages": bool(rests_on.few[0]),
            "share_of_changed_edges": share,
            "left_out": sorted(v for v in flows.values if v.lower() in left_out),
            "unstated": unstated,
        },
        n=n,
        tables={"table": table, "matrix": _matrix(flow, values, order),
                "graph": _graph(flow, order, table, name)},
        provenance=hub.provenance(analysis="ordering", definition=definition, trait=name,
                                  relations=relations, cluster=cluster, top=top, seed=seed),
        notes=_notes(name, n, share, order, turned, rests_on, cluster),
        charts=(
            Chart("order", "order", f"The order that changes of {name} follow", x="position",
                  y="value", value="support",
                  subtitle=f"Support by resampled {CLUSTERS[cluster]}."),
            Chart("graph", "arcs", f"Net flows of {name} along the order", table="graph",
                  x="start", y="end", value="size", label="value",
                  color="family" if name == "license" else "",
                  palette="license" if name == "license" else "",
                  subtitle=f"Dot: {'models' if published else 'edges'} with the value. Arc: net "
                  "flow, with the order to the right, against it to the left."),
            Chart("matrix", "matrix", f"Transitions of {name}", table="matrix", x="target",
                  y="source", value="count", x_title="child", y_title="parent",
                  domain=tuple(table["value"].to_pylist()),
                  subtitle=f"{'Transitions as published' if published else 'Changed edges'} from "
                  "row (parent) to column (child), in the order: what runs with it stands above "
                  "the diagonal."),
        ),
    )  # fmt: skip


def _stated(values: tuple[str, ...], counts: NDArray[np.int64]) -> dict[str, int]:
    return {values[i]: int(counts[i]) for i in np.flatnonzero(counts)}


def _ranked_values(
    counts: dict[str, int], flows: Substitutions, left_out: frozenset[str]
) -> list[tuple[str, int]]:
    moving = set(flows.values)
    kept = [(v, n) for v, n in counts.items() if v in moving and v.lower() not in left_out]
    return sorted(kept, key=lambda p: (-p[1], p[0]))


def _published_values(
    counts: dict[str, int], flows: Substitutions, top: int | None
) -> list[tuple[str, int]]:
    """Return the paper's top values: with a net flow, by models, of the first ``top`` + 5."""
    flow = flows.matrix(flows.values)
    moving = {v for v, net in zip(flows.values, (flow != flow.T).any(axis=1), strict=True) if net}
    ranked = sorted(((v, n) for v, n in counts.items() if v in moving), key=lambda p: (-p[1], p[0]))
    first = ranked if top is None else ranked[: top + 5]
    return [(v, n) for v, n in first if v.lower() not in _PUBLISHED_NO_VALUE]


def _support(
    flows: Substitutions,
    values: tuple[str, ...],
    order: LinearOrder,
    replicates: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return how often each adjacent pair keeps its order when lineages are drawn again."""
    k = len(values)
    by_cluster = flows.cluster_matrices(values) if 1 < k <= SUPPORT_LIMIT else np.zeros((0, k, k))
    if len(by_cluster) < 2 or replicates < 1:  # one lineage drawn again is itself
        return np.full(k, np.nan)
    size = len(by_cluster)
    flat = by_cluster.reshape(size, -1)
    times = rng.multinomial(size, np.full(size, 1 / size), size=replicates)[:, settled(flat)]
    drawn = (times @ flat).reshape(replicates, k, k)
    return adjacent_support(
        order.order, linear_order_batch(drawn), flows=drawn, component=order.component
    )


def _measures(order: LinearOrder) -> dict[str, Any]:
    names = ("objective", "bound", "optimal", "net_traffic", "total_traffic", "forward_share",
             "pairs_compatible", "pairs_total", "directedness", "unique")  # fmt: skip
    return {name: _plain(getattr(order, name)) for name in names}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | np.bool_):
        return None if value is None else bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    return None if np.isnan(value) else float(round_digits(value))


def _table(
    order: LinearOrder,
    values: tuple[str, ...],
    counts: dict[str, int],
    support: NDArray[np.float64],
) -> pa.Table:
    named = [values[i] for i in order.order]
    return pa.table(
        {
            "position": pa.array(range(1, len(named) + 1), pa.int64()),
            "rank": pa.array(np.asarray(order.rank), pa.int64()),
            "component": pa.array(np.asarray(order.component), pa.int64()),
            "value": pa.array(named, pa.string()),
            "support": pa.array(round_digits(support), pa.float64(), from_pandas=True),
            "edges": pa.array([counts[v] for v in named], pa.int64()),
        }
    )


def _matrix(flow: NDArray[np.float64], values: tuple[str, ...], order: LinearOrder) -> pa.Table:
    at = np.asarray(order.order, dtype=np.int64)
    row, column = np.nonzero(flow[np.ix_(at, at)])
    named = np.array([values[i] for i in at], dtype=object)
    return pa.table(
        {
            "source": pa.array(named[row].tolist(), pa.string()),
            "target": pa.array(named[column].tolist(), pa.string()),
            "count": pa.array(round_digits(flow[at[row], at[column]]), pa.float64()),
        }
    )


def _p(value: float) -> str:
    return f"= {value:.2g}" if value >= 0.01 else f"= {value:.1g}"


def _graph(flow: NDArray[np.float64], order: LinearOrder, table: pa.Table, trait: str) -> pa.Table:
    """Return what the transition graph shows: values in order, and net flows by position.

    ``family`` is that of a licence, null of other traits and of flows.
    """
    at = np.asarray(order.order, dtype=np.int64)
    placed = flow[np.ix_(at, at)]
    net = placed - placed.T
    start, end = np.nonzero(net > 1e-9 * np.maximum(placed + placed.T, 1))
    largest = np.argsort(-net[start, end], kind="stable")
    start, end = start[largest], end[largest]
    count, arcs = table.num_rows, len(start)
    values = table["value"].to_pylist()
    families = [license_color(v) if trait == "license" else None for v in values]
    return pa.table(
        {
            "value": pa.array([*values, *[None] * arcs], pa.string()),
            "family": pa.array([*families, *[None] * arcs], pa.string()),
            "start": pa.array([*range(count), *start.tolist()], pa.int64()),
            "end": pa.array([*range(count), *end.tolist()], pa.int64()),
            "size": pa.array(
                [*map(float, table["edges"].to_pylist()), *round_digits(net[start, end]).tolist()],
                pa.float64(),
            ),
        }
    )


def _notes(
    trait: str,
    n: int,
    share: float | None,
    order: LinearOrder,
    turned: RandomOrientation,
    rests_on: ClusterSummary,
    cluster: str,
) -> tuple[str, ...]:
    if not n:
        return ("No edge has both ends state the trait and differ, so there is no order.",)
    notes: list[str] = []
    if rests_on.clusters[0] == 1:
        notes.append(f"Few independent lineages: the order rests on one {cluster}.")
    elif rests_on.clusters[0] and rests_on.few[0]:
        notes.append(
            f"Few independent lineages: the order rests on {rests_on.clusters[0]:,} "
            f"{CLUSTERS[cluster]} ({rests_on.clusters_effective[0]:.1f} effective), the largest "
            f"with {100 * rests_on.largest_share[0]:.0f} % of its traffic."
        )
    if not np.isnan(turned.mean):
        notes.append(
            f"{100 * order.forward_share:.1f} % of the traffic goes forward; turned at random, "
            f"pair by pair, the same traffic reaches {100 * turned.mean:.1f} % "
            f"({100 * turned.low:.1f} % to {100 * turned.high:.1f} %) in its best order, "
            f"so the order adds {100 * (order.forward_share - turned.mean):.1f} points "
            f"(p {_p(turned.p)}, of pairs of values; it does not know lineages)."
        )
    if share is not None and share < 0.5:
        notes.append(
            f"The order of {trait} uses only {100 * share:.1f} % of the changed edges: the others "
            "involve a value outside it, or only lose or only gain values (see transitions)."
        )
    if not order.optimal:
        notes.append("The order is not proved optimal; bound says how far it may be.")
    if order.unique is False:
        notes.append("Several orders are equally good; tied values share a rank.")
    return tuple(notes)
