"""The exponent of attachment: by hand, against a literal recount, and found again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from definitions import attachment
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import t

import cladist
from cladist.errors import InputError
from cladist.statistics.attachment import (
    Choices,
    Exponent,
    attachment_exponent,
    attractiveness,
)


def choices(events: list[tuple[int, int, int]], least: int = 1) -> Choices:
    """``events``: parent, time, stratum; every one counts."""
    parent, time, stratum = (np.array([e[i] for e in events], dtype=np.int64) for i in range(3))
    return Choices.of(parent, time, stratum, np.ones(len(events), dtype=bool), least)


def test_exponent__by_hand() -> None:
    """At one instant A has two children, B one; of three choices two go to A: 2 ** 1 to 1."""
    events = [(0, 1, 0), (1, 2, 0), (0, 3, 0), (0, 4, 0), (0, 4, 0), (1, 4, 0)]
    told = choices(events)
    found = attachment_exponent(told, told.parent)
    assert found.n == 4  # the third choice too, of two alike
    assert found.estimate == pytest.approx(1.0)
    # Of A and B the information is two to one: (1 - 2/3) ** 2 * 2/3 against (2/3) ** 2 * 1/3.
    assert found.clusters_effective == pytest.approx(9 / 5)
    assert found.largest_share == pytest.approx(2 / 3)
    # Three choices at 2/3, 2/3, 1/3 against three at 1/2; the fourth is 1/2 both ways.
    won = np.log(2 / 3 * 2 / 3 * 1 / 3) - 3 * np.log(1 / 2)
    assert found.gain == pytest.approx(won / 4)


def test_attractiveness__by_hand() -> None:
    """Of three choices two go to the parent of two children: it is twice as attractive."""
    events = [(0, 1, 0), (1, 2, 0), (0, 3, 0), (0, 4, 0), (0, 4, 0), (1, 4, 0)]
    kernel, n, parents = attractiveness(choices(events), np.array([1, 2]), 0.3)
    np.testing.assert_allclose(kernel, [1.0, 2.0], rtol=1e-5)
    assert n.tolist() == [2, 2]
    assert parents.tolist() == [2, 1]


events_of = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=1, max_size=40).map(
    lambda rows: [(p + 10 * (p % 2), t, p % 2) for p, t in rows]
)


@settings(deadline=None, max_examples=150)
@given(events_of, st.integers(1, 2))
def test_choices__are_those_of_a_literal_recount(
    events: list[tuple[int, int, int]], least: int
) -> None:
    told, literal = choices(events, least), attachment.choices(events, least)
    n = told.informative
    assert n.sum() == len(literal)
    mine = np.repeat(told.before, n).tolist()
    assert sorted(mine) == sorted(c.at_risk[c.chosen] for c in literal)
    sums = told.sums(lambda k: k**1.5)[told.batch]
    assert np.repeat(sums, n).sum() == pytest.approx(
        sum(k**1.5 for c in literal for k in c.at_risk.values())
    )


@settings(deadline=None, max_examples=80)
@given(events_of, st.integers(1, 2))
def test_exponent__has_the_greatest_likelihood(
    events: list[tuple[int, int, int]], least: int
) -> None:
    told, literal = choices(events, least), attachment.choices(events, least)
    found = attachment_exponent(told, told.parent)

    def loss(exponent: float) -> float:
        return attachment.loss(literal, exponent)

    if np.isfinite(found.estimate):
        best = minimize_scalar(loss, bounds=(-5, 5), method="bounded")
        assert loss(found.estimate) <= best.fun + 1e-9
        assert found.gain * len(literal) == pytest.approx(
            loss(0.0) - loss(found.estimate), abs=1e-7
        )
        if np.isfinite(found.low):
            assert found.high - found.estimate == pytest.approx(half_width(found, literal))
    elif np.isinf(found.estimate):
        edge = float(np.copysign(4.0, found.estimate))
        assert loss(edge) <= loss(0.9 * edge) + 1e-9
    else:
        assert loss(0.0) == pytest.approx(loss(1.0))


def grown(
    exponent: float, edges: int, seed: int, parents: float = 0.1
) -> list[tuple[int, int, int]]:
    """Grow a hub edge by edge: a new parent now and then, else by children ** exponent."""
    random = np.random.default_rng(seed)
    count = np.zeros(edges + 1)
    there = 0
    events = []
    for time in range(edges):
        if there < 2 or random.random() < parents:
            chosen, there = there, there + 1
        else:
            weight = np.cumsum(count[:there] ** exponent)
            chosen = int(np.searchsorted(weight, random.random() * weight[-1], side="right"))
        count[chosen] += 1
        events.append((chosen, time, 0))
    return events


def half_width(found: Exponent, literal: list[attachment.Choice]) -> float:
    """Return half the interval: the robust error times Student's quantile, widened."""
    freedom = found.clusters_effective - 1
    wide = t.ppf(0.975, freedom) * np.sqrt(found.clusters_effective / freedom)
    return float(wide) * attachment.robust_error(literal, found.estimate)


def test_interval__is_that_of_scores_by_parent() -> None:
    events = grown(0.8, 120, 4)
    told = choices(events)
    found = attachment_exponent(told, told.parent)
    half = half_width(found, attachment.choices(events, 1))
    assert found.high - found.estimate == pytest.approx(half)
    assert found.estimate - found.low == pytest.approx(half)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 1.3])
def test_interval__holds_the_truth(exponent: float) -> None:
    """Of 40 hubs at least 34: of a share of 95 %, 40 draws give fewer once in 300."""
    held = []
    for seed in range(40):
        told = choices(grown(exponent, 1_500, seed))
        found = attachment_exponent(told, told.parent)
        held.append(found.low <= exponent <= found.high)
    assert sum(held) >= 34


def records(events: list[tuple[int, int, int]], path: Path) -> None:
    """Write the hub that grew as records of the Hub's API, an hour from child to child."""
    start = np.datetime64("2023-01-01T00:00:00")
    rows = [{"id": f"a{p}/parent-{p}", "createdAt": "2022-06-01T00:00:00.000Z"}
            for p in sorted({p for p, _, _ in events})]  # fmt: skip
    rows += [{"id": f"b/child-{t}", "createdAt": f"{start + np.timedelta64(t, 'h')}.000Z",
              "tags": [f"base_model:a{p}/parent-{p}", f"base_model:finetune:a{p}/parent-{p}"]}
             for p, t, _ in events]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")


@pytest.mark.parametrize("exponent", [0.4, 1.0, 1.3])
def test_analysis__finds_the_exponent_by_the_public_way(exponent: float, tmp_path: Path) -> None:
    events = grown(exponent, 3_000, 7)
    records(events, tmp_path / "hub.jsonl")
    hub = cladist.build(tmp_path / "hub.jsonl", tmp_path / "hub.snapshot")
    told = cladist.attachment_exponents(hub)
    rows = {r["within"]: r for r in told.table.to_pylist()}
    for within in ("hub", "month"):
        row = rows[within]
        assert row["low"] <= exponent <= row["high"]
        assert row["high"] - row["low"] < 0.5
        assert row["n"] + row["alone"] + row["first"] == 3_000 == told.n
        assert row["undated"] == row["unplaced"] == 0
    assert rows["clan"]["n"] == 0  # every parent is a clan of its own
    assert rows["clan"]["verdict"] == "unknown"
    assert rows["pipeline_tag"]["unplaced"] == 3_000
    kernel = [r for r in told.tables["kernel"].to_pylist() if r["within"] == "hub"]
    known = [r for r in kernel if r["parents"] > 3]
    slope = np.polyfit(np.log([r["children"] for r in known]),
                       np.log([r["attractiveness"] for r in known]), 1)[0]  # fmt: skip
    assert slope == pytest.approx(exponent, abs=0.35)


def test_analysis__what_has_no_date_is_no_choice(tmp_path: Path) -> None:
    rows = [{"id": "a/p", "createdAt": "2023-01-01T00:00:00.000Z"}, {"id": "a/q"}]
    rows += [{"id": f"b/c{k}", "tags": ["base_model:finetune:a/p"]} for k in range(3)]
    rows += [{"id": f"b/d{k}", "createdAt": f"2023-05-0{k + 1}T00:00:00.000Z",
              "tags": [f"base_model:finetune:a/{'pq'[k % 2]}"]} for k in range(4)]  # fmt: skip
    (tmp_path / "hub.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    hub = cladist.build(tmp_path / "hub.jsonl", tmp_path / "hub.snapshot")
    rows = {r["within"]: r for r in cladist.attachment_exponents(hub).table.to_pylist()}
    # p d0 first, q d1 first, then p d2, q d3 among two; undated children come last.
    assert (rows["hub"]["n"], rows["hub"]["first"], rows["hub"]["undated"]) == (2, 2, 3)
    assert rows["month"]["unplaced"] == 2  # q has no date


@pytest.mark.parametrize("wrong", [{"within": "planet"}, {"least": 0}, {"cluster": "x"},
                                   {"relations": "y"}])  # fmt: skip
def test_analysis__wrong_words_are_told(wrong: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "hub.jsonl").write_text('{"id": "a/b"}\n')
    hub = cladist.build(tmp_path / "hub.jsonl", tmp_path / "hub.snapshot")
    with pytest.raises(InputError):
        cladist.attachment_exponents(hub, **wrong)  # type: ignore[arg-type]
    told = cladist.attachment_exponents(hub)
    assert told.n == 0
    assert {r["verdict"] for r in told.table.to_pylist()} == {"unknown"}
