"""Charts draw every kind, offline, the same bytes each time, whatever the labels say."""

# ruff: noqa: S314 (the XML is our own)

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import pyarrow as pa
import pytest
from view_examples import CHARTS, HOSTILE, MONTHS, MUTATION, SIZES, result

from cladist.errors import InputError
from cladist.result import Chart
from cladist.views import theme
from cladist.views.axes import bent_ticks
from cladist.views.chartdata import distinct_words, prepare
from cladist.views.plots import foot, plot, spec, svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(table, chart, **options):
    return svg(result(table, chart), chart, **options)


def texts(picture):
    return [t.text or "" for t in ET.fromstring(picture).iter(f"{SVG}text")]


@pytest.mark.parametrize("kind", CHARTS)
@pytest.mark.parametrize("embed", [True, False])
def test_every_kind_is_valid_svg_with_text(kind, embed):
    table, chart = CHARTS[kind]
    picture = drawn(table, chart, embed_title=embed)
    root = ET.fromstring(picture)
    told = foot(result(table, chart), chart)
    assert root.get("aria-label") == (f"{chart.title}. {told}" if told else chart.title)
    assert (chart.title in texts(picture)) is embed
    assert len(texts(picture)) > 3
    assert {e.tag for e in root.iter()} <= {SVG + t for t in ("svg", "g", "rect", "path", "line",
            "text", "tspan", "defs", "clipPath")}  # fmt: skip
    assert "http" not in picture.replace("http://www.w3.org/", "")
    assert not set(picture) & {"\x1b", "\x07", "\u202e"}


@pytest.mark.parametrize("kind", CHARTS)
def test_every_kind_is_a_valid_altair_chart(kind):
    table, chart = CHARTS[kind]
    told = plot(result(table, chart), chart).to_dict()
    assert told["title"]["text"] == [chart.title]
    assert "url" not in json.dumps(told)


def test_labels_of_strangers_are_text():
    picture = drawn(*CHARTS["matrix"])
    assert "<script" not in picture
    assert "<script>alert(1)</script>" in texts(picture)


def test_the_same_result_gives_the_same_bytes_in_any_order_and_time_zone():
    first = {kind: drawn(*CHARTS[kind]) for kind in CHARTS}
    again = {kind: drawn(*CHARTS[kind]) for kind in reversed(CHARTS)}
    assert first == {kind: again[kind] for kind in first}
    code = "from test_plots import *; print(drawn(*CHARTS['columns']), end='')"
    env = {**os.environ, "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7",
           "PYTHONPATH": os.path.dirname(__file__)}  # fmt: skip
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert out.stdout.decode() == first["columns"]


def test_ids_of_two_charts_never_meet():
    ids = [e.get("id") for kind in ("points", "lines", "columns") for e in
           ET.fromstring(drawn(*CHARTS[kind])).iter() if e.get("id")]  # fmt: skip
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", ["a.b[0]:Q", "it's", 'a"b', "datum", "x\\.y", "", "count()"])
def test_any_column_name_can_be_drawn(name):
    table = pa.table({name or "e": [3, 1], "cat:N": ["u", "v"]})
    picture = drawn(table, Chart("c", "bars", "T", x=name or "e", y="cat:N"))
    assert {"u", "v", "3", "1"} <= set(texts(picture))


def test_long_labels_are_clipped_and_stay_apart():
    words = distinct_words(["x" * 100 + "1", "x" * 100 + "2", "x" * 100 + "1", None, ["a", "b"]])
    assert list(words.values()) == ["x" * 25 + "…", "x" * 21 + "… (2)", "not stated", "a, b"]
    picture = drawn(pa.table({"id": ["x" * 500 + "1", "x" * 500 + "2"], "n": [2, 1]}),
                    Chart("c", "bars", "T", x="n", y="id"))  # fmt: skip
    assert max(map(len, texts(picture))) <= 26
    assert {"2", "1"} <= set(texts(picture))


def test_top_takes_the_largest_and_the_foot_says_so():
    table, chart = CHARTS["bars"]
    rows = prepare(result(table, chart), chart)
    assert [r["x"] for r in rows.rows] == [5, 4, 3]
    assert foot(result(table, chart)) == "Largest 3 of 5 shown."


def test_what_has_no_place_is_counted_in_the_foot():
    months = Chart("m", "columns", "M", "Months.", x="month", y="models")
    assert foot(result(MONTHS, months)) == "Months. 77 without a date left out."
    assert foot(result(*CHARTS["points"])) == "1 without a place on the axes left out."


def test_intervals_write_percentages_and_legend_words():
    picture = drawn(*CHARTS["intervals"])
    assert "fine-tune" in texts(picture)
    assert {"0 %", "50 %"} & set(texts(picture))


def test_ink_draws_the_first_group_filled_and_tells_which():
    table = pa.table({"kin": ["a", "a"], "w": ["pairs", "families"], "m": [0.4, 0.5],
                      "lo": [0.3, None], "hi": [0.5, None]})  # fmt: skip
    chart = Chart(
        "k", "intervals", "K", x="m", y="kin", low="lo", high="hi", color="w", palette="ink"
    )
    assert foot(result(table, chart)) == "Filled: pairs; open: families."
    assert "0.40" in texts(drawn(table, chart))


@pytest.mark.parametrize("supports", [[1.0, 0.5, None], [None, 1.0, 0.5], [100, 50.0, None]])
def test_support_stands_between_neighbours_however_it_is_told(supports):
    table = pa.table({"v": ["a", "b", "c"], "s": supports})
    picture = drawn(table, Chart("o", "order", "O", y="v", value="s"))
    root = ET.fromstring(picture)
    weights = {t.text: t.get("font-weight") for t in root.iter(f"{SVG}text")}
    assert weights["100 %"] == "bold"
    assert weights["50 %"] != "bold"


def test_matrix_of_many_values_has_no_numbers():
    pairs = [(f"v{i}", f"v{j}") for i in range(26) for j in range(26)]
    table = pa.table(
        {"a": [p[0] for p in pairs], "b": [p[1] for p in pairs], "n": [7.5] * len(pairs)}
    )
    big = Chart("m", "matrix", "M", x="a", y="b", value="n", top=26)
    assert "7.5" not in "".join(texts(drawn(table, big)))
    small = Chart("m", "matrix", "M", x="a", y="b", value="n")
    assert foot(result(table, small)) == "Largest 24 of 26 shown."


def test_crowded_scatter_stays_small():
    table = pa.table(
        {"x": [i % 997 + 1 for i in range(50_000)], "y": [i % 89 + 1 for i in range(50_000)]}
    )
    chart = Chart("p", "points", "P", x="x", y="y", x_scale="log", y_scale="sqrt")
    assert len(prepare(result(table, chart), chart).rows) <= 2000
    assert "drawn." in foot(result(table, chart))


@pytest.mark.parametrize("kind", CHARTS)
def test_no_rows_and_all_null_draw_a_word(kind):
    table, chart = CHARTS[kind]
    assert "Nothing to draw." in texts(drawn(table.slice(0, 0), chart))
    nulls = pa.table({n: pa.nulls(3, table.schema.field(n).type) for n in table.column_names})
    drawn(nulls, chart)


def test_one_row_of_each_kind_draws():
    for kind, (table, chart) in CHARTS.items():
        assert texts(drawn(table.slice(1, 1), chart)), kind


def test_zero_and_negative_values_draw():
    table = pa.table({"c": ["a", "b"], "v": [0, -5]})
    assert "-5" in texts(drawn(table, Chart("b", "bars", "B", x="v", y="c")))
    zeros = pa.table({"c": ["a"], "v": [0]})
    for kind in ("bars", "columns"):
        axes = {"x": "v", "y": "c"} if kind == "bars" else {"x": "c", "y": "v"}
        for scale in ("linear", "sqrt", "log"):
            drawn(zeros, Chart("b", kind, "B", x_scale=scale, y_scale=scale, **axes))


def test_ticks_of_bent_scales_stand_apart():
    assert bent_ticks("sqrt", 51) == [0, 2, 10, 20, 50]
    assert bent_ticks("symlog", 0) == [0]


def test_palettes_know_their_words_by_other_spellings():
    assert theme.palette_entry("licence", "non_commercial")[0] == "non-commercial"
    assert theme.palette_entry("license", "vendor terms")[1] == "#9350D4"
    assert theme.palette_order("relation", ["unknown", "x", "finetune"]) == [
        "finetune",
        "unknown",
        "x",
    ]
    assert len({c for _, c in theme.group_style("", ["a", "b", "c"])}) == 3


def test_errors_name_what_exists():
    res = result(SIZES, CHARTS["points"][1])
    with pytest.raises(InputError, match="Choose from: points"):
        svg(res, "pionts")
    with pytest.raises(InputError, match="families"):
        spec(res, Chart("x", "points", "X", x="siez", y="families"))
    with pytest.raises(InputError, match="Kind of chart"):
        spec(res, Chart("x", "pie", "X"))
    with pytest.raises(InputError, match="Table"):
        spec(res, Chart("x", "bars", "X", table="nope"))


def test_specification_is_small_and_carries_only_what_it_draws():
    told = json.dumps(spec(result(MUTATION, CHARTS["intervals"][1])))
    assert len(told) < 12_000
    assert HOSTILE[0] not in told
