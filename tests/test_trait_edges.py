"""What is read once of edges and models: sets numbered in order, rows counted, memory bounded."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cladist
from cladist.snapshot import Snapshot
from cladist.traits import held, tally
from cladist.traits.stated import Stated, stated
from cladist.traits.trait_edges import trait_edges

WORDS = st.text(alphabet="ab\x00zé\U0001f600", max_size=3)
LISTS = st.lists(st.none() | st.lists(WORDS, max_size=4), max_size=12)


@given(LISTS)
def test_stated__numbers_the_sets_of_values_in_their_order(lists: list[list[str] | None]) -> None:
    column = pa.array(lists, pa.list_(pa.string()))
    found = Stated.of_lists(np.arange(len(lists))[::-1], column, len(lists))
    parts = itertools.pairwise(found.starts.tolist())
    sets = [tuple(found.values[i] for i in found.members[a:b]) for a, b in parts]
    assert sets == sorted(set(sets))
    assert list(found.values) == sorted({v for row in lists for v in row or ()})
    back = [None if s < 0 else sets[s] for s in found.of.tolist()][::-1]
    assert back == [None if row is None else tuple(sorted(set(row))) for row in lists]
    every = Counter(v for row in lists if row for v in set(row))
    assert dict(zip(found.values, found.counts().tolist(), strict=True)) == every
    assert found.lengths().tolist()[::-1] == [len(set(row or ())) for row in lists]


WIDE = st.integers(-(2**40), 2**40)


@given(st.lists(st.tuples(WIDE, WIDE, st.integers(0, 2), st.integers(1, 9)), max_size=20))
def test_tallied__counts_equal_rows_in_ascending_order(rows: list[tuple[int, ...]]) -> None:
    columns = [np.array([r[i] for r in rows], dtype=np.int64) for i in range(4)]
    found = tally.tallied(columns[:3], columns[3])
    expected: Counter[tuple[int, ...]] = Counter()
    for *key, times in rows:
        expected[tuple(key)] += times
    told = zip(*(c.tolist() for c in found), strict=True)
    assert [tuple(t) for t in told] == [(*k, n) for k, n in sorted(expected.items())]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=8), st.integers(1, 30))
def test_products__every_place_once_in_blocks(sizes: list[tuple[int, int]], block: int) -> None:
    whole, tally.BLOCK = tally.BLOCK, block
    try:
        left, right = (np.array([s[i] for s in sizes], dtype=np.int64) for i in range(2))
        found = [p for part in tally.products(left, right) for p in zip(*part, strict=True)]
    finally:
        tally.BLOCK = whole
    expected = [(row, i, j) for row, (a, b) in enumerate(sizes) for i in range(a) for j in range(b)]
    assert found == expected


def test_substitutions__the_same_whatever_is_held_at_once(
    simulated: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [cladist.transition_counts(simulated, trait="language", definition=d, replicates=5)
             for d in ("standard", "laufer2025")]  # fmt: skip
    monkeypatch.setattr(tally, "BLOCK", 7)
    for told in whole:
        again = cladist.transition_counts(
            simulated, trait="language", definition=told.form, replicates=5
        )
        assert again.tables == told.tables


def test_held__reads_once_a_digest_and_lets_go_of_the_oldest(
    simulated: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "_HELD", held.OrderedDict())
    monkeypatch.setattr(held, "MOST_BYTES", 2000)
    asked: list[str] = []

    def read(name: str, hub: Snapshot = simulated) -> np.ndarray:
        return held.held(hub, (name,), lambda: asked.append(name) or np.zeros(100))

    for name in ("a", "b", "a", "c", "a", "b"):  # 800 bytes each: two fit
        read(name)
    assert asked == ["a", "b", "c", "b"]
    other = replace(simulated, manifest={**simulated.manifest, "digest": "another"})
    read("b", other)
    assert asked[-1] == "b"
    assert len(asked) == 5


def test_trait_edges__analyses_of_one_trait_share_what_was_read(simulated: Snapshot) -> None:
    edges = trait_edges(simulated, "license", by="relation")
    again = trait_edges(simulated, "license", by="year", cluster="family")
    assert again.ends is edges.ends
    assert edges.ends.stated is stated(simulated, "license")
