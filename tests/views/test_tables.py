"""Tables tell the truth in every format: aligned, rounded, escaped, honest about what is cut."""

import csv
import datetime as dt
import html.parser
import io
import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from view_examples import HOSTILE, MUTATION, result

from cladist.errors import InputError
from cladist.views.numbers import date, interval, month, percent, real, short
from cladist.views.tables import FORMATS, html_table, render, render_table, result_html

NAN = float("nan")


def test_numbers_read_as_in_the_house_style():
    assert [short(v) for v in (0, 999, 9500, 10_000, 123_456, 1_500_000, -20_000)] == [
        "0", "999", "9,500", "10 k", "123 k", "1.5 M", "-20 k",
    ]  # fmt: skip
    assert [percent(v) for v in (0.1912, 0, 0.0001, 1)] == ["19.1 %", "0.0 %", "<0.1 %", "100.0 %"]
    assert [real(v) for v in (0.4213, 12.345, 1234.5, 0.00004, NAN, -0.0)] == [
        "0.421", "12.3", "1,234", "4e-05", "–", "0.000",
    ]  # fmt: skip
    assert interval(0.42, 0.26, 0.55) == "0.42 (0.26–0.55)"
    assert interval(0.4215, 0.4201, 0.4229) == "0.4215 (0.4201–0.4229)"
    assert interval(-0.04, -0.1, 0.02) == "-0.04 (-0.10 to 0.02)"
    assert interval(0.5, NAN, NAN) == "0.500"
    assert date(dt.date(2024, 5, 5)) == "5 May 2024"
    assert month(dt.date(2024, 5, 5)) == "May 2024"


def test_estimates_swallow_their_bounds_and_numbers_align_right():
    text = render_table(MUTATION.append_column("n", pa.array(range(1000, 13_000, 1000))))
    assert "rate (interval)" in text
    assert "0.00 (0.00–0.30)" in text
    lines = text.splitlines()
    assert lines[2].endswith(" 1,000")
    assert lines[12].endswith("11,000")
    assert {len(line) for line in lines[2:14]} == {len(lines[2])}


def test_columns_with_a_stem_find_their_own_bounds():
    table = pa.table({"gain": [0.2], "gain_low": [0.1], "gain_high": [0.3], "q": [0.04]})
    assert "0.20 (0.10–0.30)" in render_table(table)


def test_table_fits_its_width_and_names_the_columns_it_drops():
    wide = pa.table({f"some_column_{i}": [123_456_789] for i in range(12)})
    text = render_table(wide, width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "do not fit: some column 5" in text
    assert "123,456,789" in text


def test_labels_of_several_words_wrap_before_the_estimate_is_dropped():
    table = pa.table(
        {
            "motif": ["trio_2", "quad_1"], "pair": ["lower parent-child", "grandparent"],
            "text": ["metadata", "card"], "metric": ["levenshtein", "bow"],
            "weighting": ["parents", "families"], "mean": [0.3784, 0.5], "low": [0.3211, 0.4],
            "high": [0.4042, 0.6], "n": [10, 20],
        }
    )  # fmt: skip
    foremost = ("motif", "pair", "text", "metric", "weighting", "mean", "low", "high", "n")
    text = render(replace(result(table), shown={"table": foremost}))
    assert "0.378 (0.321–0.404)" in text
    assert "do not fit: n;" in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "do not fit: mean (interval), n;" in render(result(table))
    assert "lower parent-child" in render_table(table, width=120)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_hostile_cells_stay_in_their_cells(width):
    text = render_table(pa.table({"id": HOSTILE, "n": range(5)}), title=HOSTILE[1], width=width)
    assert not set(text) & {chr(c) for c in [*range(10), *range(11, 32), 127, 0x202E, 0x9B]}
    assert max(map(len, text.splitlines())) <= width


def test_rows_left_out_are_owned_up_to():
    table = pa.table({"i": range(1234)})
    assert "20 of 1,234 rows; --json or --format csv gives all." in render_table(table)
    assert "3 of 1,234 rows" in render_table(table, "md", limit=3)
    assert "rows;" not in render_table(table.slice(0, 20))
    cut = json.loads(render(result(table), "json", limit=2))
    assert len(cut["table"]) == 2
    assert cut["notes"] == ["2 of 1,234 rows; a larger --limit gives all."]


def test_csv_keeps_values_and_tells_null_from_empty():
    time = dt.datetime(2024, 5, 5, 1, 2, 3, tzinfo=dt.UTC)
    table = pa.table({"id": [*HOSTILE, "", None], "tags": [["a", 'b"'], [], None] + [None] * 4,
                      "at": [time] + [None] * 6, "x": [NAN, 0.5] + [None] * 5})  # fmt: skip
    text = render_table(table, "csv")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [r["id"] for r in rows] == [*HOSTILE, "", ""]
    assert text.splitlines()[-1] == ",,,"
    assert rows[0]["tags"] == '["a","b\\""]'
    assert rows[1]["tags"] == "[]"
    assert rows[0]["at"] == "2024-05-05T01:02:03Z"
    assert [rows[0]["x"], rows[1]["x"]] == ["", "0.5"]


def test_json_is_the_stable_form_with_null_for_nan():
    told = json.loads(
        render(result(pa.table({"x": [NAN, 1.5], "d": [dt.date(2024, 5, 5)] * 2})), "json")
    )
    assert told["analysis"] == "mutation"
    assert told["table"] == [{"x": None, "d": "2024-05-05"}, {"x": 1.5, "d": "2024-05-05"}]
    assert told["provenance"]["coverage"] == "a sample, not a census"


def test_parquet_is_the_table():
    data = render(result(MUTATION), "parquet")
    assert pq.read_table(io.BytesIO(data)).equals(MUTATION)


def test_markdown_cells_cannot_break_out():
    text = render_table(pa.table({"a|b": HOSTILE, "n": range(5)}), "md")
    lines = text.splitlines()
    assert len(lines) == 7
    assert all(line.replace("\\\\", "").replace("\\|", "").count("|") == 3 for line in lines)
    assert "<script>" not in text
    assert lines[1] == "| --- | ---: |"


class _Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += data


def test_html_escapes_everything():
    page = result_html(
        result(pa.table({HOSTILE[0]: HOSTILE}), notes=(HOSTILE[0],), finding=HOSTILE[4])
    )
    seen = _Tags()
    seen.feed(page)
    assert "script" not in seen.tags
    assert "<script>alert(1)</script>" in seen.text
    assert "\x1b" not in page
    assert "<table>" in html_table(MUTATION)


def test_simulated_results_say_so_everywhere():
    fake = result(MUTATION, simulated=True)
    for form in ("table", "md"):
        assert "SIMULATED" in render(fake, form)
    assert "SIMULATED" in result_html(fake)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_renders_too(form):
    empty = pa.table({"id": pa.array([], pa.string()), "n": pa.array([], pa.int64())})
    assert render(result(empty), form)
    render_table(pa.table({"x": pa.array([None], pa.null())}), form)


def test_formats_and_limits_are_checked():
    with pytest.raises(InputError, match="Did you mean 'json'"):
        render(result(MUTATION), "jsn")
    with pytest.raises(InputError, match="makes no sense"):
        render_table(MUTATION, limit=-1)
