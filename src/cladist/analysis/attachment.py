"""Preferential attachment: whether models with many children get the next one, and how readily."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.errors import InputError
from cladist.result import Chart, Result
from cladist.statistics.attachment import (
    LARGEST,
    Choices,
    Exponent,
    attachment_exponent,
    attractiveness,
)
from cladist.statistics.inference import round_digits
from cladist.traits.edges import edges_of, lineage_numbers, lineage_of
from cladist.traits.held import held
from cladist.traits.stated import nodes_of, stated
from cladist.vocab import CLUSTERS, WITHIN, check_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_DEFINITION: Final = (
    "Every edge is a choice: of the parents that are there, one with k children is taken with a "
    "chance proportional to k ** exponent. 0: the number of children says nothing; 1: the rich get "
    "richer in proportion; above 1 the largest take over. Edges come in the order in which the "
    "children were created; those of one instant see the same parents. A parent is at risk from "
    "the option least on: what gives a model its first child is another process. Children "
    "without a date, or with the back-filled one, make parents grow but are no choices. within "
    "says among whom is compared: all parents of the hub, those created in one month (so that "
    "age is not taken for attraction), of one task, of one clan. Maximum likelihood; intervals "
    "sum scores by lineage. What makes some models better than others is not told apart from the "
    "children they have: an exponent is no proof that children attract."
)
_UNKNOWN: Final = -1
#: Fewest parents of a class that the chart shows.
_DRAWN: Final = 5
#: When children are said to come that are no choices: on or before the floor; without a date.
_FLOOR: Final = 0
_NO_DATE: Final = int(np.iinfo(np.int64).max)
#: Lower ends of the classes of children in the table ``kernel``.
_CLASSES: Final = 2 ** np.arange(40, dtype=np.int64)


def attachment_exponents(
    hub: Snapshot,
    *,
    within: str | None = None,
    relations: str = "all",
    least: int = 1,
    cluster: str = "clan",
) -> Result:
    """Measure how the next child prefers parents of many.

    Parameters
    ----------
    hub
        The snapshot.
    within
        ``hub``, ``month``, ``pipeline_tag`` or ``clan``; all four if None.
    relations
        Which edges count: ``all``, ``no-merges``, or relations joined by commas.
    least
        Children from which a parent is at risk.
    cluster
        What counts as one independent lineage: ``clan``, ``family``, ``parent`` or ``author`` (of
        the parent).

    Returns
    -------
    Result
        Rows ``within``, ``exponent`` with ``low`` and ``high`` (null where hardly more than one
        lineage counts; ``exponent`` null where no choice tells, and beyond 4 either way),
        ``verdict`` (``none``, ``sublinear``, ``not told from linear``, ``superlinear``,
        ``repelled``, ``unbounded``, ``unknown``), ``n`` (choices among two parents or more),
        ``parents`` (ever at risk), ``gain`` (log-likelihood a choice, in nats, over choosing
        without preference), ``alone`` (choices where one parent only was at risk), ``first``
        (children of a parent not yet at risk), ``undated``, ``unplaced`` (edges whose parent
        states no task or has no date); these four and ``n`` sum to the edges; then ``clusters``,
        ``clusters_effective``, ``largest_share`` (by their part in the information),
        ``few_lineages``. Table ``kernel``: ``within``,
        ``children`` (geometric middle of the class), ``least`` and ``most`` of the class,
        ``attractiveness`` (the first class is 1; no power assumed), ``n``, ``parents`` chosen;
        ``drawn``: classes of five parents and more. ``n`` is the number of edges.

    Raises
    ------
    InputError
        If a word is not known, or ``least`` is under 1.

    References
    ----------
    Overgoor, Benson, Ugander (2019), arXiv 1811.05008; Pham, Sheridan, Shimodaira (2015), PAFit.
    """
    if within is not None and within not in WITHIN:
        raise InputError.not_among("--within", within, WITHIN)
    check_numbers(top=least)
    edges = edges_of(hub, relations)
    time = _seconds(hub)[edges.child]
    lineages = lineage_numbers(hub, cluster)
    rows: list[dict[str, Any]] = []
    kernel: list[dict[str, Any]] = []
    for name in WITHIN if within is None else (within,):
        stratum = _strata(hub, name)[edges.parent]
        placed = stratum != _UNKNOWN
        usable = placed & (time != _FLOOR) & (time != _NO_DATE)
        choices = Choices.of(edges.parent[placed], time[placed], stratum[placed],
                             usable[placed], least)  # fmt: skip
        found = attachment_exponent(choices, lineages[choices.parent])
        rows.append({"within": name} | _row(found, choices)
                    | _left_out(choices, found.n, usable, int((~placed).sum())))  # fmt: skip
        if found.n:
            kernel += [{"within": name} | row for row in _kernel(choices, found.estimate)]
    return Result(
        analysis="attachment",
        form="standard",
        definition=_DEFINITION,
        parameters={"within": within, "relations": relations, "least": least, "cluster": cluster},
        n=len(edges),
        tables={"table": pa.Table.from_pylist(rows, schema=_ROWS),
                "kernel": pa.Table.from_pylist(kernel, schema=_KERNEL),
                "drawn": pa.Table.from_pylist([r for r in kernel if r["parents"] >= _DRAWN],
                                              schema=_KERNEL)},
        provenance=hub.provenance(analysis="attachment", within=within, relations=relations,
                                  least=least, cluster=cluster),
        notes=_notes(rows, cluster),
        finding=_finding(rows),
        charts=_CHARTS,
        shown={"table": ("within", "exponent", "low", "high", "verdict", "n", "parents", "gain"),
               "kernel": ()},
    )  # fmt: skip


def _seconds(hub: Snapshot) -> Ints:
    """Return when each node was created, in seconds since 1970, or why it is not known."""

    def read() -> Ints:
        models = hub.table("models")
        rows = models.select(
            "node", floor=models.created_at_is_floor, at=models.created_at.epoch_seconds()
        ).to_pyarrow()
        found = np.full(nodes_of(hub), _NO_DATE)
        at = rows["at"].cast(pa.int64()).fill_null(_NO_DATE).to_numpy()
        floor = rows["floor"].fill_null(fill_value=False).to_numpy().astype(np.bool_)
        found[rows["node"].to_numpy()] = np.where(floor, _FLOOR, at)
        return found

    return held(hub, ("created seconds",), read)


def _strata(hub: Snapshot, within: str) -> Ints:
    """Return what each node is compared within, as a number; -1 where that is not known."""
    if within == "hub":
        return np.zeros(nodes_of(hub), dtype=np.int64)
    if within == "clan":
        return np.asarray(lineage_of(hub).clan, dtype=np.int64)
    if within == "pipeline_tag":
        return stated(hub, "pipeline_tag").of.astype(np.int64)
    at = _seconds(hub)
    month = np.where(at == _NO_DATE, 0, at).astype("datetime64[s]").astype("datetime64[M]")
    return np.where(at == _NO_DATE, _UNKNOWN, month.astype(np.int64))


def _row(found: Exponent, choices: Choices) -> dict[str, Any]:
    bounded = np.isfinite(found.estimate)
    exponent, low, high = (_told(v) for v in (found.estimate, found.low, found.high))
    return {
        "exponent": exponent if bounded else None, "low": low, "high": high,
        "verdict": _verdict(found), "n": found.n,
        "parents": len(np.unique(choices.parent[choices.after >= choices.least])),
        "gain": _told(found.gain), "clusters": found.clusters,
        "clusters_effective": _told(found.clusters_effective),
        "largest_share": _told(found.largest_share),
        "few_lineages": found.few,
    }  # fmt: skip


def _told(value: float) -> float | None:
    return float(round_digits(value)) if np.isfinite(value) else None


def _verdict(found: Exponent) -> str:
    if np.isinf(found.estimate):
        return "unbounded"
    if np.isnan(found.low):
        return "unknown"
    if found.low > 1:
        return "superlinear"
    if found.high < 0:
        return "repelled"
    if found.low <= 0:
        return "none" if found.high < 1 else "unknown"
    return "sublinear" if found.high < 1 else "not told from linear"


def _left_out(choices: Choices, n: int, usable: NDArray[np.bool_], unplaced: int) -> dict[str, int]:
    at_risk = int(choices.counted.sum())
    return {
        "alone": at_risk - n, "first": int(usable.sum()) - at_risk,
        "undated": len(usable) - unplaced - int(usable.sum()), "unplaced": unplaced,
    }  # fmt: skip


def _kernel(choices: Choices, exponent: float) -> list[dict[str, Any]]:
    """Tell how readily parents of each class are chosen, by doublings from ``least`` on."""
    most = int(choices.before.max(initial=0))
    classes = np.array([k for k in _CLASSES * choices.least if k <= most], dtype=np.int64)
    start = float(np.clip(np.nan_to_num(exponent, posinf=LARGEST, neginf=-LARGEST), -2, 2))
    found, made, parents = attractiveness(choices, classes, start)
    return [
        {"children": float(round_digits(np.sqrt(k * (2 * k - 1)))), "least": k, "most": 2 * k - 1,
         "attractiveness": float(round_digits(v)), "n": n, "parents": p}
        for k, v, n, p in zip(classes.tolist(), found, made.tolist(), parents.tolist(), strict=True)
        if n
    ]  # fmt: skip


def _notes(rows: list[dict[str, Any]], cluster: str) -> tuple[str, ...]:
    notes = []
    silent = [r["within"] for r in rows if r["n"] == 0]
    if silent:
        notes.append(f"No choice was made among two parents or more within: {', '.join(silent)}.")
    few = [r["within"] for r in rows if r["n"] and r["few_lineages"]]
    if few:
        notes.append(
            f"Few lineages (within {', '.join(few)}): under 30 effective {CLUSTERS[cluster]}, or "
            "one has over a fifth of the information; intervals are wider there, and less sure."
        )
    return tuple(notes)


def _finding(rows: list[dict[str, Any]]) -> str:
    """Say the exponents among all parents and among those of one age in words."""
    known = {r["within"]: r for r in rows if r["exponent"] is not None and r["low"] is not None}
    words = {"hub": "", "month": "among parents of one month "}
    told = [
        f"{words[k]}{known[k]['exponent']:.2f} ({known[k]['low']:.2f} to {known[k]['high']:.2f})"
        for k in words if k in known
    ]  # fmt: skip
    if not told:
        return ""
    return (
        f"Chances of the next child go as the children a parent has to the power {', '.join(told)}"
    )


_ROWS: Final = pa.schema([
    ("within", pa.string()), ("exponent", pa.float64()), ("low", pa.float64()),
    ("high", pa.float64()), ("verdict", pa.string()), ("n", pa.int64()), ("parents", pa.int64()),
    ("gain", pa.float64()), ("alone", pa.int64()), ("first", pa.int64()), ("undated", pa.int64()),
    ("unplaced", pa.int64()), ("clusters", pa.int64()), ("clusters_effective", pa.float64()),
    ("largest_share", pa.float64()), ("few_lineages", pa.bool_()),
])  # fmt: skip
_KERNEL: Final = pa.schema([
    ("within", pa.string()), ("children", pa.float64()), ("least", pa.int64()),
    ("most", pa.int64()), ("attractiveness", pa.float64()), ("n", pa.int64()),
    ("parents", pa.int64()),
])  # fmt: skip
_CHARTS: Final = (
    Chart("kernel", "lines", "How readily a parent of so many children is chosen", table="drawn",
          x="children", y="attractiveness", color="within", x_scale="log", y_scale="log",
          x_title="children it has", y_title="chance, relative to the fewest",
          subtitle="No power assumed; a straight line of slope 1 is linear attachment. Classes with"
          " five parents chosen, or more."),
    Chart("exponents", "intervals", "Exponent of attachment", x="exponent", low="low", high="high",
          y="within", faint="few_lineages", x_title="exponent (0 no preference, 1 linear)",
          subtitle="Intervals by lineage; pale where lineages are few."),
)  # fmt: skip
