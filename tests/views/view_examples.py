"""Small results that the tests of the views share."""

import datetime as dt

import pyarrow as pa

from cladist.provenance import Provenance
from cladist.result import Chart, Result

HOSTILE = [
    "<script>alert(1)</script>",
    "\x1b[31mred\x07\x1b]0;t\x07",
    "a|b, \"c\" 'd'\nnext\r`e` [f](g) *h* \\",
    "=cmd|' /C calc'!A0",
    "]]>&amp;\u202eevil",
]


def result(tables, *charts, simulated=False, **more):
    """Return a result about nothing in particular."""
    made = Provenance("0.1", "hub.snapshot", "abcdef0123456789", simulated,
                      (None, None), "a sample, not a census")  # fmt: skip
    if not isinstance(tables, dict):
        tables = {"table": tables}
    return Result("mutation", "standard", "Mean Jaccard distance.", {"trait": "license"}, 1234,
                  tables, made, charts=charts, **more)  # fmt: skip


RELATIONS = ["finetune", "adapter", "quantized", "merge"]
MUTATION = pa.Table.from_pylist(
    [
        {
            "trait": t,
            "relation": r,
            "rate": 0.1 * i + 0.05 * j,
            "low": 0.1 * i,
            "high": 0.1 * i + 0.3,
        }
        for i, t in enumerate(["license", "language", "pipeline_tag"])
        for j, r in enumerate(RELATIONS)
    ]
)
MONTHS = pa.table(
    {
        "month": [dt.date(2022 + i // 12, i % 12 + 1, 1) for i in range(30)] + [None],
        "models": [10 * i * i + 1 for i in range(30)] + [77],
        "kind": ["census"] * 20 + ["sample"] * 11,
    }
)
SIZES = pa.table(
    {"size": [2, 3, 10, 5000, 0], "families": [8000, 900, 30, 1, 5],
     "name": [None, None, None, "the giant", None]}
)  # fmt: skip
FLOWS = pa.Table.from_pylist(
    [{"source": a, "target": b, "count": 3 ** (i + j)}
     for i, a in enumerate(HOSTILE) for j, b in enumerate(HOSTILE) if i != j]
)  # fmt: skip
ORDER = pa.table(
    {"value": HOSTILE, "support": [1.0, 0.97, 0.5, 0.6, None], "family": ["vendor"] * 5}
)
LORENZ = pa.table({"share_authors": [0.0, 0.5, 1.0], "share_downloads": [0.0, 0.1, 1.0]})

CHARTS = {
    "bars": (pa.table({"model": HOSTILE, "n": [5, 4, 3, 2, 1]}),
             Chart("bars", "bars", "Top", x="n", y="model", top=3)),
    "columns": (MONTHS, Chart("columns", "columns", "Months", x="month", y="models",
                              color="kind", y_scale="sqrt")),
    "points": (SIZES, Chart("points", "points", "Sizes", x="size", y="families", label="name",
                            x_scale="log", y_scale="log")),
    "intervals": (MUTATION, Chart("intervals", "intervals", "Rates", "By family.", x="rate",
                                  y="trait", low="low", high="high", color="relation",
                                  palette="relation", percent=True)),
    "lines": (LORENZ, Chart("lines", "lines", "Lorenz", x="share_authors",
                            y="share_downloads", percent=True)),
    "matrix": (FLOWS, Chart("matrix", "matrix", "Flows", x="target", y="source", value="count")),
    "order": (ORDER, Chart("order", "order", "Order", y="value", value="support",
                           color="family", palette="license")),
}  # fmt: skip
