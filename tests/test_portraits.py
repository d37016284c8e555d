"""Portraits: the radial layout, which families and models are drawn, and the picture itself."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import BuildRecords

import cladist
from cladist.analysis import portraits
from cladist.cli import run
from cladist.errors import InputError
from cladist.lineage.radial import radial
from cladist.snapshot import Snapshot
from cladist.views import plots

forests = st.integers(1, 60).flatmap(
    lambda n: st.lists(st.integers(-1, 58), min_size=n, max_size=n).map(
        lambda parents: np.array([min(p, i - 1) for i, p in enumerate(parents)], dtype=np.int64)
    )
)


def generations(parent):
    found = np.zeros(len(parent), dtype=np.int64)
    for node, mother in enumerate(parent):
        if mother >= 0:
            found[node] = found[mother] + 1
    return found


@given(forests)
def test_radial__rings_follow_generations_and_nobody_covers_another(parent):
    generation = generations(parent)
    at = radial(parent, generation)
    distance = np.hypot(at.x, at.y)
    roots = parent < 0
    if roots.sum() == 1:
        assert distance[roots] == 0
    for node in np.flatnonzero(~roots):
        assert distance[node] > distance[parent[node]]
    places = {(round(x, 6), round(y, 6)) for x, y in zip(at.x, at.y, strict=True)}
    assert len(places) == len(parent)


def test_radial__the_larger_branch_takes_more_of_the_circle():
    """Root 0 has a child with three leaves and a child without any: three quarters, one."""
    parent = np.array([-1, 0, 0, 1, 1, 1])
    at = radial(parent, generations(parent))
    angle = np.arctan2(at.x, at.y) % (2 * np.pi)
    assert angle[1] == pytest.approx(0.75 * np.pi)
    assert angle[2] == pytest.approx(1.75 * np.pi)
    assert angle[3:] == pytest.approx([0.25 * np.pi, 0.75 * np.pi, 1.25 * np.pi])


def test_radial__a_crowded_ring_becomes_a_band():
    star = np.array([-1] + [0] * 2000)
    at = radial(star, generations(star))
    distance = np.hypot(at.x, at.y)[1:]
    assert len(np.unique(np.round(distance, 6))) > 1
    assert distance.min() > 0


RECORDS = [
    {"id": "a/base"},
    {"id": "b/tune", "tags": ["base_model:finetune:a/base"]},
    {"id": "b/quant", "tags": ["base_model:quantized:b/tune"]},
    {"id": "b/other", "tags": ["base_model:finetune:a/base"]},
    {"id": "c/merge", "tags": ["base_model:merge:b/tune", "base_model:merge:x/base"]},
    {"id": "x/base"},
    {"id": "y/small", "tags": ["base_model:adapter:y/base"]},
    {"id": "y/base"},
    {"id": "z/alone"},
]


def test_portraits__by_hand(build_records: BuildRecords):
    hub = build_records(RECORDS)
    told = cladist.family_portraits(hub, rank="1,2,3")
    rows = told.table.to_pylist()
    assert [(r["rank"], r["founder"], r["size"], r["edges"], r["founders"]) for r in rows] == [
        (1, "a/base", 6, 5, 2),
        (2, "y/base", 2, 1, 1),
    ]
    assert "no rank 3" in told.notes[0]
    assert told.n == 8
    made = {(r["parent_made"], r["child_made"]): r["edges"]
            for r in told.tables["made"].to_pylist()}  # fmt: skip
    assert made == {
        ("founder", "finetune"): 2, ("finetune", "quantized"): 1, ("finetune", "merge"): 1,
        ("founder", "merge"): 1, ("founder", "adapter"): 1,
    }  # fmt: skip
    apart = cladist.family_portraits(hub, rank="1", merges=False)
    assert apart.table["size"].to_pylist() == [4]


def test_portraits__the_family_of_a_model(build_records: BuildRecords):
    told = cladist.family_portraits(build_records(RECORDS), founder="y/small")
    assert told.table.to_pylist()[0]["founder"] == "y/base"
    assert told.table["rank"].to_pylist() == [2]
    assert told.tables["nodes"]["model_id"].to_pylist() == ["y/base", "y/small"]


@pytest.mark.parametrize("rank", ["0", "x", "-1", "1.5", ",".join("1" * 30)])
def test_portraits__bad_ranks(build_records: BuildRecords, rank: str):
    with pytest.raises(InputError):
        cladist.family_portraits(build_records(RECORDS), rank=rank)


def test_portraits__of_a_model_without_family(build_records: BuildRecords):
    with pytest.raises(InputError, match="no family"):
        cladist.family_portraits(build_records(RECORDS), founder="z/alone")


def test_portraits__a_large_family_is_drawn_in_part_with_all_mothers(
    simulated: Snapshot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(portraits, "LARGEST_DRAWN", 40)
    told = cladist.family_portraits(simulated, rank="1")
    row = told.table.to_pylist()[0]
    assert row["drawn"] <= 41 < row["size"]
    assert "are drawn" in told.charts[0].subtitle
    drawn = set(told.tables["nodes"]["model_id"].to_pylist())
    mothers = cladist.query(
        simulated,
        "SELECT m.model_id AS child, p.model_id AS mother FROM lineage JOIN models m USING (node)"
        " JOIN models p ON p.node = primary_parent",
    ).to_pylist()
    assert all(r["mother"] in drawn for r in mothers if r["child"] in drawn)


def test_portraits__picture_and_hostile_names(build_records: BuildRecords):
    tag = "base_model:finetune:a/<script>alert(1)</script>"
    hub = build_records([{"id": "a/b"}, {"id": "b/c", "tags": ["base_model:finetune:a/b"]},
                         {"id": "b/d", "tags": [tag, "base_model:adapter:a/b"]}])  # fmt: skip
    told = cladist.family_portraits(hub, rank="1")
    picture = plots.svg(told, told.charts[0])
    assert "<script" not in picture
    assert picture == plots.svg(told, told.charts[0])
    assert {"#3D6DF5", "#E47C0D"} <= set(re.findall(r"#[0-9A-F]{6}", picture))


def test_analyze__draws_a_chart(build_records: BuildRecords, tmp_path, capfd):
    hub = build_records(RECORDS)
    out = tmp_path / "family.svg"
    asked = ["analyze", "portraits", str(hub.path), "--rank", "1"]
    assert run([*asked, "-o", str(out)]) == 0
    assert out.read_text().startswith("<svg")
    assert run([*asked, "--chart", "list"]) == 0
    assert "family-1" in capfd.readouterr().out
    assert run([*asked, "--chart", "nonsense"]) == 2
    assert "family-1" in capfd.readouterr().err
    assert run(["analyze", "portraits", str(hub.path), "--rank", "9", "-o", str(out)]) == 2
    assert "no rank 9" in capfd.readouterr().err
