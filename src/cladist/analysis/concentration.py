"""Concentration: how few accounts, families and models hold most of models, children, downloads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.result import Chart, Result
from cladist.statistics.inequality import (
    Holdings,
    bootstrap,
    gini,
    herfindahl,
    lorenz,
    top_share,
    units_for,
)
from cladist.statistics.inference import generator, round_digits
from cladist.traits.edges import edges_of, fetch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

_DEFINITION: Final = (
    "What accounts (the part of an id before the slash), families and single models hold of all "
    "declared models, of all children (edges, held by the parent, ghosts included), and of all "
    "downloads and likes. Units that hold nothing are counted. gini is over all units, 0 where "
    "they are alike; hhi is the sum of squared shares and effective its inverse: so many units "
    "alike would be as concentrated; top_k is the share of the k largest. Models whose id names "
    "no account are left out of accounts. Downloads and likes are compared within one date of "
    "reading only: the one that most models have. Intervals resample units."
)

#: What is held -> words for it.
QUANTITIES: Final = {
    "models": "models", "children": "children", "downloads": "downloads (30 days)",
    "likes": "likes",
}  # fmt: skip
UNITS: Final = ("author", "family", "model")
_TOPS: Final = (1, 10, 100)
_UNSTATED: Final = -1


@dataclass(frozen=True)
class _Nodes:
    """Columns of all nodes, shape (N,): codes of units, quantities (NaN: not known), cohorts."""

    unit: dict[str, NDArray[np.int64]]
    names: dict[str, list[str]]
    declared: NDArray[np.bool_]
    held: dict[str, NDArray[np.float64]]
    cohort: NDArray[Any]


def hub_concentration(
    hub: Snapshot,
    *,
    relations: str = "all",
    top: int | None = 10,
    seed: int = 0,
    replicates: int = 300,
) -> Result:
    """Measure how concentrated models, children, downloads and likes are (DESIGN section 5).

    Parameters
    ----------
    hub
        The snapshot.
    relations
        Which edges make children: ``all``, ``no-merges``, or relations joined by commas.
    top
        Units listed in the table ``largest``, a quantity and kind of unit.
    seed, replicates
        Of the bootstrap.

    Returns
    -------
    Result
        Rows ``quantity`` (models, children, downloads, likes), ``unit`` (author, family, model),
        ``units``, ``total``, ``left_out`` (models, or edges, without a value or a unit), ``gini``
        with ``gini_low`` and ``gini_high``, ``hhi`` with its bounds, ``effective`` (1 / hhi),
        ``half`` (so many of the largest hold half of all),
        ``top_1``, ``top_10``, ``top_100``, ``top_1_percent`` (shares, 0 to 1; the last of one
        unit in a hundred, rounded up); null where the total is 0. Table ``largest``: ``quantity``,
        ``unit``, ``rank``, ``name``, ``value``, ``share``. Table ``curve``: ``quantity``,
        ``unit``, ``largest`` (1, 2, 5, 10 ... units), ``share``. Table ``lorenz``: ``quantity``,
        ``unit``, ``units_share``, ``share``. Table ``cohorts``: the same indices of what was
        created in one ``year`` (children by the year of the child; ``floor``, ``unknown``). Where
        a time series of downloads was fetched, table ``series``: ``observed_at``, ``unit``,
        ``units``, ``total``, ``gini``, ``hhi``, ``top_10``. ``n`` is the number of declared models.

    Raises
    ------
    InputError
        If a relation is not known.
    """
    nodes, notes = _read(hub)
    edges = edges_of(hub, relations)
    parent, child = edges.parent, edges.child
    rows: list[dict[str, Any]] = []
    largest: list[dict[str, Any]] = []
    curve: list[dict[str, Any]] = []
    lorenz_rows: list[dict[str, Any]] = []
    cohorts: list[dict[str, Any]] = []
    for quantity in QUANTITIES:
        for unit in UNITS:
            if (quantity, unit) == ("models", "model"):  # every model is one
                continue
            where, weight, year = _weights(nodes, quantity, parent, child)
            codes = nodes.unit[unit][where]
            kept = (codes != _UNSTATED) & ~np.isnan(weight)
            among = _among(nodes, quantity, unit)
            sums = _sums(nodes, unit, codes[kept], weight[kept])[among]
            held = Holdings.of(sums)
            key = {"quantity": quantity, "unit": unit}
            bounds = bootstrap(held, generator(seed, "concentration", quantity, unit), replicates)
            rows.append({**key, **_indices(held), "left_out": int((~kept).sum()),
                         "gini_low": bounds.gini[0], "gini_high": bounds.gini[1],
                         "hhi_low": bounds.hhi[0], "hhi_high": bounds.hhi[1]})  # fmt: skip
            largest += _largest(key, among, sums, nodes.names[unit], top)
            x, y = lorenz(held)
            lorenz_rows += [
                {**key, "units_share": a, "share": b} for a, b in zip(x, y, strict=True)
            ]
            curve += [
                {**key, "largest": k, "share": top_share(held, k)} for k in _steps(len(among))
            ]
            if unit != "model":
                cohorts += _cohorts(key, nodes, codes[kept], weight[kept], year[kept])
    tables = {
        "table": _table(rows, _ROWS), "largest": _table(largest, _LARGEST),
        "curve": _table(curve, _CURVE), "lorenz": _table(lorenz_rows, _LORENZ),
        "cohorts": _table(cohorts, _COHORTS),
    }  # fmt: skip
    if "downloads" in hub.files:
        tables["series"] = _series(hub, nodes)
    return Result(
        analysis="concentration",
        form="standard",
        definition=_DEFINITION,
        parameters={"relations": relations, "top": top, "replicates": replicates},
        n=int(nodes.declared.sum()),
        tables=tables,
        provenance=hub.provenance(analysis="concentration", relations=relations, top=top,
                                  seed=seed, replicates=replicates),
        notes=notes,
        finding=_finding(rows),
        charts=_charts("series" in tables),
        shown={"table": ("quantity", "unit", "units", "half", "top_1", "top_10", "effective",
                         "gini", "hhi", "total", "top_1_percent")},
    )  # fmt: skip


def _finding(rows: list[dict[str, Any]]) -> str:
    """Say in words how many accounts hold half of the downloads, or of the children."""
    found = {r["quantity"]: r for r in rows if r["unit"] == "author" and r["half"] is not None}
    for quantity in ("downloads", "children", "models"):
        row = found.get(quantity)
        if row is not None:
            holds = "holds" if row["half"] == 1 else "hold"
            return (
                f"{row['half']:,} of {row['units']:,} accounts {holds} half of all {quantity}, "
                f"the largest alone {100 * row['top_1']:.1f} %."
            )
    return ""


def _read(hub: Snapshot) -> tuple[_Nodes, tuple[str, ...]]:
    """Read the columns of all nodes, in the order of the nodes."""
    models, lineage = hub.table("models"), hub.table("lineage").select("node", "family")
    facts = models.select(
        "node", "model_id", "author", "is_ghost", "downloads", "likes",
        year=models.created_at.year(), floor=models.created_at_is_floor,
        day=models.observed_at.date().cast("string"),
    )  # fmt: skip
    rows = facts.join(lineage, "node").order_by("node").to_pyarrow()
    ids = rows["model_id"].to_pylist()
    family = rows["family"].to_numpy().astype(np.int64)
    authors = rows["author"].combine_chunks().dictionary_encode()
    author = authors.indices.fill_null(_UNSTATED).to_numpy(zero_copy_only=False).astype(np.int64)
    founders, place = np.unique(family, return_inverse=True)
    declared = ~rows["is_ghost"].to_numpy(zero_copy_only=False).astype(np.bool_)
    day, notes = _reading(rows["day"], declared)
    held = {"models": np.ones(len(ids))}
    for quantity in ("downloads", "likes"):
        counts = rows[quantity].to_numpy().astype(np.float64)
        held[quantity] = np.where(declared & day & (counts >= 0), counts, np.nan)
    year = rows["year"].cast(pa.string()).fill_null("unknown").to_numpy(zero_copy_only=False)
    floor = (
        rows["floor"].fill_null(fill_value=False).to_numpy(zero_copy_only=False).astype(np.bool_)
    )
    return _Nodes(
        unit={"author": author, "family": place.astype(np.int64), "model": np.arange(len(ids))},
        names={"author": authors.dictionary.to_pylist(), "family": [ids[f] for f in founders],
               "model": ids},
        declared=declared,
        held=held,
        cohort=np.where(floor.astype(np.bool_), "floor", year.astype(object)),
    ), notes  # fmt: skip


def _reading(
    days: pa.ChunkedArray, declared: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Tell which models were read on the day that most were; with a note if others were not."""
    text = days.fill_null("").to_numpy(zero_copy_only=False).astype(str)
    found, counts = np.unique(text[declared], return_counts=True)
    if not len(found):
        return np.ones(len(text), dtype=np.bool_), ("The snapshot holds no declared model.",)
    if len(found) < 2:
        return np.ones(len(text), dtype=np.bool_), ()
    chosen = found[np.lexsort((found, counts))[-1]]
    others = int(counts.sum() - counts[found == chosen][0])
    return text == chosen, (
        f"Downloads and likes are those read on {chosen or 'a day that is not known'}; "
        f"{others:,} models read on other days are left out of both.",
    )


def _weights(
    nodes: _Nodes, quantity: str, parent: NDArray[Any], child: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[Any]]:
    """Return who holds (nodes), how much, and of which cohort it is."""
    if quantity == "children":
        return parent, np.ones(len(parent)), nodes.cohort[child]
    where = np.flatnonzero(nodes.declared)
    return where, nodes.held[quantity][where], nodes.cohort[where]


def _among(nodes: _Nodes, quantity: str, unit: str) -> NDArray[np.int64]:
    """Return the units that could hold: those with a model that counts, in ascending order."""
    known = nodes.declared if quantity in ("models", "children") else ~np.isnan(
        nodes.held[quantity])  # fmt: skip
    if quantity == "children":
        known = np.ones(len(known), dtype=np.bool_)
    codes = nodes.unit[unit][known]
    return _present(codes[codes != _UNSTATED], len(nodes.names[unit]))


def _present(codes: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return the codes that occur, ascending; quicker than ``np.unique`` on codes below a size."""
    return np.flatnonzero(np.bincount(codes, minlength=size))


def _sums(
    nodes: _Nodes, unit: str, codes: NDArray[np.int64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.bincount(codes, weight, len(nodes.names[unit])).astype(np.float64)


def _indices(held: Holdings) -> dict[str, Any]:
    units = int(held.units.sum())
    hhi = herfindahl(held)
    return {
        "units": units, "total": round(held.total), "gini": gini(held), "hhi": hhi,
        "effective": 1 / hhi if hhi > 0 else float("nan"), "half": units_for(held),
        **{f"top_{k}": top_share(held, k) for k in _TOPS},
        "top_1_percent": top_share(held, -(-units // 100)),
    }  # fmt: skip


def _steps(units: int) -> list[int]:
    """Return 1, 2, 5, 10, 20, 50 and so on below the number of units, and that."""
    below = [k * 10**power for power in range(len(str(units))) for k in (1, 2, 5)]
    return [*(k for k in below if k < units), *([units] if units else [])]


def _largest(
    key: dict[str, str], among: NDArray[np.int64], sums: NDArray[np.float64], names: list[str],
    top: int | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """List the units that hold most, ties by name; none that hold nothing."""
    total = sums.sum()
    size = len(sums) if top is None else min(top, len(sums))
    if not total or not size:
        return []
    least = np.partition(sums, len(sums) - size)[len(sums) - size]
    candidates = np.flatnonzero((sums >= least) & (sums > 0))
    ranked = sorted(candidates, key=lambda i: (-sums[i], names[among[i]]))[:size]
    return [
        {**key, "rank": rank, "name": names[among[i]], "value": round(float(sums[i])),
         "share": float(sums[i] / total)} for rank, i in enumerate(ranked, start=1)
    ]  # fmt: skip


def _cohorts(
    key: dict[str, str], nodes: _Nodes, codes: NDArray[np.int64], weight: NDArray[np.float64],
    year: NDArray[Any],
) -> list[dict[str, Any]]:  # fmt: skip
    """Measure what each year made, among the units that made something of it in that year."""
    rows = []
    for cohort in sorted(set(year.tolist())):
        inside = year == cohort
        sums = _sums(nodes, key["unit"], codes[inside], weight[inside])
        held = Holdings.of(sums[_present(codes[inside], len(sums))])
        rows.append({**key, "year": cohort, **_indices(held)})
    return rows


def _series(hub: Snapshot, nodes: _Nodes) -> pa.Table:
    """Measure the downloads of every date that was fetched."""
    models = hub.table("models").select("node", model="model_id")
    downloads = hub.table("downloads")
    given = downloads.select(
        "model", "downloads", day=downloads.observed_at.strftime("%Y-%m-%d")
    ).join(models, "model")
    read = fetch(given.filter(given.downloads.notnull()).select("day", "node", "downloads"))
    days = read["day"].to_numpy(zero_copy_only=False)
    node = read["node"].to_numpy()
    weight = read["downloads"].to_numpy().astype(np.float64)
    rows = []
    for day in sorted(set(days.tolist())):
        inside = days == day
        for unit in UNITS:
            codes = nodes.unit[unit][node[inside]]
            stated = codes != _UNSTATED
            sums = _sums(nodes, unit, codes[stated], weight[inside][stated])
            held = Holdings.of(sums[_present(codes[stated], len(sums))])
            rows.append({"observed_at": day, "unit": unit, **_indices(held)})
    return _table(rows, _SERIES)


_INDICES: Final = (
    ("gini", pa.float64()), ("hhi", pa.float64()), ("effective", pa.float64()),
    ("half", pa.int64()),
    *((f"top_{k}", pa.float64()) for k in _TOPS), ("top_1_percent", pa.float64()),
)  # fmt: skip
_KEY: Final = (("quantity", pa.string()), ("unit", pa.string()))
_SIZE: Final = (("units", pa.int64()), ("total", pa.int64()))
_ROWS: Final = (
    *_KEY, *_SIZE, ("left_out", pa.int64()), ("gini", pa.float64()), ("gini_low", pa.float64()),
    ("gini_high", pa.float64()), ("hhi", pa.float64()), ("hhi_low", pa.float64()),
    ("hhi_high", pa.float64()), *_INDICES[2:],
)  # fmt: skip
_LARGEST: Final = (
    *_KEY, ("rank", pa.int64()), ("name", pa.string()), ("value", pa.int64()),
    ("share", pa.float64()),
)  # fmt: skip
_CURVE: Final = (*_KEY, ("largest", pa.int64()), ("share", pa.float64()))
_LORENZ: Final = (*_KEY, ("units_share", pa.float64()), ("share", pa.float64()))
_COHORTS: Final = (*_KEY, ("year", pa.string()), *_SIZE, *_INDICES)
_SERIES: Final = (("observed_at", pa.string()), ("unit", pa.string()), *_SIZE, *_INDICES)


def _table(rows: list[dict[str, Any]], columns: tuple[tuple[str, pa.DataType], ...]) -> pa.Table:
    """Return rows as columns; floats rounded, NaN as null."""
    made = []
    for name, kind in columns:
        values = [row[name] for row in rows]
        if pa.types.is_floating(kind):
            rounded = round_digits(np.array(values, dtype=np.float64))
            made.append(pa.array(rounded, kind, from_pandas=True))
        else:
            made.append(pa.array(values, kind))
    return pa.table(made, schema=pa.schema(list(columns)))


def _charts(series: bool) -> tuple[Chart, ...]:
    def curve(quantity: str) -> Chart:
        return Chart(
            f"curve_{quantity}", "lines", f"What the largest hold of all {QUANTITIES[quantity]}",
            table="curve", x="largest", y="share", color="unit", where=(("quantity", quantity),),
            percent=True, x_scale="log", x_title="so many of the largest", y_title="share of all",
            subtitle="Logarithmic scale.",
        )  # fmt: skip

    over = Chart(
        "series", "lines", "Share of the ten that are downloaded most", table="series",
        x="observed_at", y="top_10", color="unit", x_title="", y_title="share of downloads",
        percent=True, subtitle="At each date that was fetched.",
    )  # fmt: skip
    return (
        Chart("top", "bars", "Share of the ten largest accounts", x="top_10", y="quantity",
              where=(("unit", "author"),), percent=True, x_title="share of all", y_title=""),
        curve("children"),
        curve("downloads"),
        *((over,) if series else ()),
    )  # fmt: skip
