"""Concentration: by hand, against the definitions written out, and what renaming leaves as is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cladist
from cladist.statistics.inequality import (
    Holdings,
    bootstrap,
    gini,
    herfindahl,
    lorenz,
    top_share,
    units_for,
)

FOUR = [0, 1, 9, 10]


def test_by_hand() -> None:
    held = Holdings.of(FOUR)
    # |0-1| + |0-9| + |0-10| + |1-9| + |1-10| + |9-10| = 38, twice over 2 * 16 * 5.
    assert gini(held) == pytest.approx(2 * 38 / (2 * 16 * 5))
    assert herfindahl(held) == pytest.approx((1 + 81 + 100) / 400)
    assert [top_share(held, k) for k in (1, 2, 3, 9)] == [0.5, 0.95, 1.0, 1.0]
    assert [units_for(held, s) for s in (0.5, 0.51, 0.96, 1.0)] == [1, 2, 3, 3]
    x, y = lorenz(held, 4)
    assert x.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert y.tolist() == pytest.approx([0, 0, 0.05, 0.5, 1])


def test_of_nothing_there_is_no_index() -> None:
    for held in (Holdings.of([]), Holdings.of([0, 0])):
        assert np.isnan([gini(held), herfindahl(held), top_share(held, 1)]).all()
        assert units_for(held) is None
        assert lorenz(held)[0].size == 0
        rng = np.random.default_rng(0)
        assert np.isnan(bootstrap(held, rng, 100).gini).all()
    with pytest.raises(ValueError, match="0 or more"):
        Holdings.of([1, -1])
    with pytest.raises(ValueError, match="0 or more"):
        Holdings.of([1, float("nan")])


values = st.lists(st.integers(0, 10**6), min_size=1, max_size=60).filter(any)


@given(values)
def test_indices__are_their_definitions(xs: list[int]) -> None:
    held, x = Holdings.of(xs), np.array(xs, dtype=float)
    pairs = np.abs(x[:, None] - x[None, :]).sum()
    assert gini(held) == pytest.approx(pairs / (2 * len(x) ** 2 * x.mean()), abs=1e-9)
    assert herfindahl(held) == pytest.approx(((x / x.sum()) ** 2).sum())
    ranked = np.sort(x)[::-1]
    for k in (1, 3, len(x)):
        assert top_share(held, k) == pytest.approx(ranked[:k].sum() / x.sum())
    half = int(np.flatnonzero(np.cumsum(ranked) >= x.sum() / 2 * (1 - 1e-12))[0]) + 1
    assert units_for(held) == half


@given(values, st.integers(2, 5))
def test_indices__scale_and_copies(xs: list[int], k: int) -> None:
    held = Holdings.of(xs)
    assert gini(Holdings.of(np.array(xs) * k)) == pytest.approx(gini(held), abs=1e-9)
    copied = Holdings.of(xs * k)
    assert gini(copied) == pytest.approx(gini(held), abs=1e-9)
    assert herfindahl(copied) == pytest.approx(herfindahl(held) / k)
    x, y = lorenz(held)
    assert (np.diff(y) >= -1e-12).all()
    assert (y <= x + 1e-12).all(), "a Lorenz curve lies below the diagonal"


def test_bootstrap__covers_what_it_should() -> None:
    """Of a light tail the intervals hold the truth as often as they say."""
    rng, hits = np.random.default_rng(5), 0
    truth = 0.5  # of an exponential distribution
    for _ in range(200):
        drawn = Holdings.of(rng.exponential(size=200))
        low, high = bootstrap(drawn, rng, 200).gini
        hits += low <= truth <= high
    assert 0.89 <= hits / 200 <= 0.99


def _hub(folder: Path, records: list[dict[str, Any]], name: str = "hub") -> Any:
    source = folder / f"{name}.json"
    source.write_text(json.dumps(records))
    return cladist.build(source, folder / f"{name}.snapshot", observed_at="2025-01-01")


def _record(model: str, *parents: str, **more: Any) -> dict[str, Any]:
    tags = [f"base_model:finetune:{p}" for p in parents]
    return {"id": model, "tags": tags, "createdAt": "2024-05-01T00:00:00.000Z", **more}


def small(lead: str = "") -> list[dict[str, Any]]:
    return [
        _record(f"{lead}a/base", downloads=60, likes=0),
        _record(f"{lead}b/one", f"{lead}a/base", downloads=30),
        _record(f"{lead}b/two", f"{lead}a/base", downloads=10, createdAt="2025-05-01T00:00:00Z"),
        _record(f"{lead}c/three", f"{lead}b/one", f"{lead}gone/away"),
        _record("bare", downloads=100),
    ]


def test_hub__by_hand(tmp_path: Path) -> None:
    found = cladist.hub_concentration(_hub(tmp_path, small()))
    rows = {(r["quantity"], r["unit"]): r for r in found.table.to_pylist()}
    assert found.n == 5
    units = ("author", "family", "model")
    every = {(q, u) for q in ("models", "children", "downloads", "likes") for u in units}
    assert set(rows) == every - {("models", "model")}
    downloads = rows["downloads", "model"]
    assert (downloads["units"], downloads["total"], downloads["left_out"]) == (4, 200, 1)
    assert (downloads["top_1"], downloads["half"]) == (0.5, 1)
    accounts = rows["downloads", "author"]  # a 60, b 40; the bare id has no account
    assert (accounts["units"], accounts["total"], accounts["left_out"]) == (2, 100, 2)
    assert accounts["hhi"] == pytest.approx(0.52)
    assert accounts["effective"] == pytest.approx(1 / 0.52)
    children = rows["children", "model"]  # base 2, one 1, gone/away 1; two, three, bare none
    assert (children["units"], children["total"], children["half"]) == (6, 4, 1)
    assert children["top_1"] == 0.5
    models = rows["models", "author"]  # a 1, b 2, c 1
    assert (models["units"], models["total"], models["left_out"]) == (3, 4, 1)
    assert rows["likes", "model"]["gini"] is None
    assert rows["likes", "model"]["left_out"] == 4
    largest = [r for r in found.tables["largest"].to_pylist()
               if (r["quantity"], r["unit"]) == ("downloads", "family")]  # fmt: skip
    assert [(r["rank"], r["value"], r["share"]) for r in largest] == [(1, 100, 0.5), (2, 100, 0.5)]
    assert {r["name"] for r in largest} == {"a/base", "bare"}
    years = {(r["quantity"], r["unit"], r["year"]): r for r in found.tables["cohorts"].to_pylist()}
    assert years["children", "author", "2025"]["total"] == 1
    assert years["models", "author", "2024"]["units"] == 3


def test_hub__names_and_order_change_nothing(tmp_path: Path) -> None:
    one = cladist.hub_concentration(_hub(tmp_path, small()), replicates=100)
    other = cladist.hub_concentration(_hub(tmp_path, small("z")[::-1], "renamed"), replicates=100)
    assert one.table == other.table
    again = cladist.hub_concentration(cladist.open(tmp_path / "hub.snapshot"), replicates=100)
    assert all(again.tables[name] == one.tables[name] for name in one.tables)


def test_hub__downloads_of_one_day_only(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(json.dumps([_record("a/x", downloads=7)]))
    (tmp_path / "new.json").write_text(
        json.dumps([_record("b/y", downloads=1), _record("c/z", downloads=3)])
    )
    hub = cladist.build(
        [tmp_path / "old.json", tmp_path / "new.json"], tmp_path / "x.snapshot",
        observed_at={"old.json": "2024-01-01", "new.json": "2025-01-01"},
    )  # fmt: skip
    found = cladist.hub_concentration(hub)
    rows = {(r["quantity"], r["unit"]): r for r in found.table.to_pylist()}
    assert (rows["downloads", "model"]["total"], rows["downloads", "model"]["left_out"]) == (4, 1)
    assert rows["models", "author"]["total"] == 3
    assert "2025-01-01" in found.notes[0]
    assert "1 models read on other days" in found.notes[0]


def test_command__draws_svg_and_png(tmp_path: Path) -> None:
    from cladist.cli import run

    hub = _hub(tmp_path, small())
    for name, head in (("x.svg", b"<svg"), ("x.png", b"\x89PNG")):
        out = tmp_path / name
        assert run(["analyze", "concentration", str(hub.path), "--out", str(out)]) == 0
        assert out.read_bytes().startswith(head)
