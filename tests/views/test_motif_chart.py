"""The motif chart: every position drawn, shades by generation gap, hostile words kept out."""

from __future__ import annotations

import pyarrow as pa
import pytest

from cladist.errors import InputError
from cladist.kin.motifs import MOTIFS
from cladist.provenance import Provenance
from cladist.result import Chart, Result
from cladist.views import motif_chart, plots

HOSTILE = "<script>alert(1)</script>datum['x']"


def result(rows):
    schema = pa.schema([("motif", pa.string()), ("position", pa.int64()), ("metric", pa.string()),
                        ("text", pa.string()), ("mean", pa.float64()), ("low", pa.float64()),
                        ("high", pa.float64())])  # fmt: skip
    return Result(
        analysis="similarity", form="standard", definition="", parameters={}, n=len(rows),
        tables={"table": pa.Table.from_pylist(rows, schema=schema)},
        provenance=Provenance("0", "x", "", False, (), "", None, {}),
    )  # fmt: skip


def row(motif, position, metric="tfidf", mean=0.5, text="card"):
    return {"motif": motif, "position": position, "metric": metric, "text": text, "mean": mean,
            "low": mean and mean - 0.1, "high": mean and mean + 0.1}  # fmt: skip


CHART = Chart("m", "motifs", "Similarity", x="motif", value="position", y="mean", low="low",
              high="high", color="metric", where=(("text", "card"),))  # fmt: skip
EVERY = [
    row(m.name, p.number, metric)
    for m in MOTIFS.values() for p in m.positions for metric in ("tfidf", "bow")
]  # fmt: skip


def test_every_position_has_a_place_a_tree_and_a_word():
    spec = plots.spec(result(EVERY), CHART)
    places = {round(v["x"], 6) for layer in spec["layer"] for v in layer["data"]["values"]
              if "color" in v and "until" not in v}  # fmt: skip
    assert len(places) == len(EVERY)
    svg = plots.svg(result(EVERY), CHART)
    positions = sum(len(m.positions) for m in MOTIFS.values())
    names = [p.name for m in MOTIFS.values() for p in m.positions]
    for name in set(names):
        assert svg.count(f">{name}<") == names.count(name)
    nodes = sum(m.size * len(m.positions) for m in MOTIFS.values())
    filled = [v for layer in spec["layer"] for v in layer["data"]["values"]
              if "fill" in v and v.get("y", 0) < 0]  # fmt: skip
    assert len(filled) == nodes
    assert sum(v["fill"] == motif_chart.theme.INK for v in filled) == 2 * positions


def test_positions_without_a_value_leave_an_empty_place():
    rows = [row("duo", 1), row("trio_1", 1, mean=None)]
    spec = plots.spec(result(rows), CHART)
    drawn = [v for layer in spec["layer"] for v in layer["data"]["values"]
             if "low" in v and "color" in v]  # fmt: skip
    assert {v["y"] for v in drawn} == {0.5}
    assert "Nothing to draw" in plots.svg(result([row("trio_1", 1, mean=None)]), CHART)


def test_where__keeps_only_the_rows_it_names():
    rows = [row("duo", 1), row("duo", 1, mean=0.9, text="metadata")]
    spec = plots.spec(result(rows), CHART)
    values = {v["y"] for layer in spec["layer"] for v in layer["data"]["values"] if "low" in v}
    assert values == {0.5}
    with pytest.raises(InputError, match="Column"):
        plots.spec(result(rows), Chart("m", "motifs", "", x="motif", value="position", y="mean",
                                       where=(("colour", "x"),)))  # fmt: skip


def test_unknown_motifs_and_hostile_words_are_kept_out():
    rows = [row(HOSTILE, 1), row("duo", 99), row("duo", 1, metric=HOSTILE)]
    svg = plots.svg(result(rows), CHART)
    assert "<script" not in svg
    spec = plots.spec(result(rows), CHART)
    drawn = [v for layer in spec["layer"] for v in layer["data"]["values"] if "low" in v]
    assert len({v["x"] for v in drawn}) == 1
