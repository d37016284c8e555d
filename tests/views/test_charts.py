"""Slopes, arcs and pale marks: what is drawn, where, and that nothing collides."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
import pytest
import view_examples

from cladist.result import Chart
from cladist.views import plots
from cladist.views.chartdata import prepare
from cladist.views.slope_chart import _apart


def test_slope__words_at_one_end_never_cover_one_another():
    moved = _apart([50, 51, 49, 200, 50.5])
    ordered = sorted(moved)
    assert all(b - a >= 14 for a, b in pairwise(ordered))
    assert moved[3] == 200
    assert sorted(range(5), key=moved.__getitem__) == [2, 0, 4, 1, 3]


def test_slope__draws_both_ends_and_the_whole_dashed():
    table = pa.table({"q": ["a", "a", "b"], "group": ["all", "merge", "all"],
                      "p": [10.0, 4.0, 1.0], "c": [5.0, None, 2.0]})  # fmt: skip
    chart = Chart("s", "slope", "A slope", x="p", y="c", color="group", palette="relation",
                  where=(("q", "a"),))  # fmt: skip
    told = view_examples.result({"table": table}, chart)
    assert [r["color"] for r in prepare(told, chart).rows] == ["all"]
    text = plots.svg(told, chart)
    assert "stroke-dasharray" in text
    assert "10.0" in text
    assert "all edges" in text


def graph(flows):
    names = ["mit", "<b>", "gpl"]
    return pa.table({
        "value": [*names, *[None] * len(flows)],
        "start": [0, 1, 2, *(f[0] for f in flows)], "end": [0, 1, 2, *(f[1] for f in flows)],
        "size": [30.0, 20.0, 10.0, *(float(f[2]) for f in flows)],
    })  # fmt: skip


CHART = Chart("g", "arcs", "Flows", x="start", y="end", value="size", label="value")


def test_arcs__run_with_the_order_to_the_right_and_against_it_to_the_left():
    spec = plots.spec(view_examples.result({"table": graph([(0, 2, 9), (2, 1, 3)])}, CHART), CHART)
    points = spec["layer"][0]["data"]["values"]
    line = spec["layer"][1]["data"]["values"][0]["px"]
    with_order = [p for p in points if p["id"] == 0]
    against = [p for p in points if p["id"] == 1]
    assert all(p["px"] >= line - 0.1 for p in with_order)
    assert all(p["px"] <= line + 0.1 for p in against)
    assert {p["width"] for p in with_order} == {9.0}
    assert {p["width"] for p in against} == {3.0}
    text = plots.svg(view_examples.result({"table": graph([(0, 2, 9)])}, CHART), CHART)
    assert "<b>" not in text


def test_arcs__only_the_largest_of_many_flows():
    flows = [(a, b, a * 40 + b) for a in range(20) for b in range(20) if a != b]
    table = pa.table({
        "value": [*(f"v{i}" for i in range(20)), *[None] * len(flows)],
        "start": [*range(20), *(f[0] for f in flows)], "end": [*range(20), *(f[1] for f in flows)],
        "size": [1.0] * 20 + [float(f[2]) for f in flows],
    })  # fmt: skip
    rows = prepare(view_examples.result({"table": table}, CHART), CHART)
    assert sum(r["label"] is None for r in rows.rows) == 60
    assert "60 of 380" in rows.cut


@pytest.mark.parametrize("few", [True, False])
def test_intervals__what_rests_on_little_is_pale(few: bool):
    table = pa.table({"x": [0.5], "y": ["a"], "low": [0.1], "high": [0.9], "few": [few]})
    chart = Chart("i", "intervals", "I", x="x", y="y", low="low", high="high", faint="few")
    spec = plots.spec(view_examples.result({"table": table}, chart), chart)
    assert {layer["mark"].get("opacity") == 0.25 for layer in spec["layer"][:2]} == {few}


def test_matrix__shows_the_values_in_their_order_on_both_sides():
    table = pa.table({"source": ["b", "a", "a"], "target": ["c", "b", "c"], "count": [1.0, 2, 3]})
    chart = Chart("m", "matrix", "M", x="target", y="source", value="count",
                  domain=("a", "b", "c", "never"))  # fmt: skip
    told = view_examples.result({"table": table}, chart)
    rows = prepare(told, told.charts[0])
    assert rows.categories == rows.columns == ["a", "b", "c"]


def test_words__a_long_id_loses_its_owner_first():
    table = pa.table({"id": ["sentence-transformers/all-MiniLM-L6-v2",
                             "sentence-transformers/all-MiniLM-L12-v2",
                             "a/" + "x" * 40, "owner-of-some-length/" + "y" * 25],
                      "n": [4, 3, 2, 1]})  # fmt: skip
    chart = Chart("b", "bars", "B", x="n", y="id")
    told = view_examples.result({"table": table}, chart)
    words = prepare(told, told.charts[0]).categories
    assert words[:2] == ["…/all-MiniLM-L6-v2", "…/all-MiniLM-L12-v2"]
    assert words[2] == "x" * 13 + "…" + "x" * 12
    assert all(len(w) <= 26 for w in words)


def test_verdicts__look_the_same_in_every_chart():
    """Colours go by what a verdict says, not by which comes first."""
    from cladist.views import theme

    within = "directed, not beyond the margins"
    words = ["too few lineages", within, "directed", "no direction shown"]
    fills = dict(theme.group_style("verdict", words))
    assert fills == dict(theme.group_style("verdict", words[::-1]))
    assert len(set(fills.values())) == 4
    assert theme.palette_order("verdict", words) == ["directed", within, "no direction shown",
                                                     "too few lineages"]  # fmt: skip
    whole = theme.group_style("relation", ["finetune", "all"])
    assert whole[1] == ("all", theme.INK) != whole[0]
