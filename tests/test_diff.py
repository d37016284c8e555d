"""Alignments and trait differences: worked by hand, rebuilt under Hypothesis, hostile texts."""

from __future__ import annotations

import pytest
from definitions import texts as definitions
from hypothesis import given
from hypothesis import strategies as st

from cladist.diff import LONGEST, align_records, align_texts, record_items, trait_differences

words = st.text(st.sampled_from("ab \n.é"), max_size=20)


def test_text__worked_by_hand():
    """the cat sat -> the dog sat down: one word replaced, a space and a word inserted."""
    found = align_texts("the cat sat", "the dog sat down")
    assert [(s.op, s.a, s.b) for s in found.segments] == [
        ("equal", "the ", "the "), ("replace", "cat", "dog"), ("equal", " sat", " sat"),
        ("insert", "", " down"),
    ]  # fmt: skip
    assert (found.insertions, found.deletions, found.substitutions) == (2, 0, 1)
    assert found.similarity == pytest.approx(1 - 8 / 16)
    assert not found.cut


@given(words, words)
def test_text__both_sides_can_be_rebuilt(a, b):
    found = align_texts(a, b)
    assert "".join(s.a for s in found.segments) == a
    assert "".join(s.b for s in found.segments) == b
    assert all((s.a == s.b) == (s.op == "equal") for s in found.segments)
    longest = max(len(a), len(b))
    expected = 1 - definitions.levenshtein(a, b) / longest if longest else 1.0
    assert found.similarity == pytest.approx(expected)


def test_text__is_cut_and_bounded():
    found = align_texts("x" * 1_000_000, "a b " * 300_000)
    assert found.cut
    assert sum(len(s.a) for s in found.segments) == LONGEST


def test_records__items_in_order_of_key():
    items = record_items('{"tags": ["b", "a"], "id": "o/m", "n": 1, "x": {"k": [1]}, "z": null}')
    assert items == ["id: o/m", "n: 1", "tags: b", "tags: a", 'x: {"k":[1]}', "z: null"]
    found = align_records(items, [*items[:2], "tags: b", *items[4:]])
    assert [(s.op, s.a) for s in found.segments if s.op != "equal"] == [("delete", "tags: a")]
    assert found.deletions == 1


@pytest.mark.parametrize("record", [None, "", "{", "[1]", "3", '"x"', "\x00"])
def test_records__that_are_none(record):
    assert record_items(record) is None


def test_traits__unknown_is_not_empty():
    rows = {
        r["trait"]: r
        for r in trait_differences(
            {"license": ["mit", "other"], "pipeline_tag": "fill-mask", "gated": None},
            {"license": ["mit"], "pipeline_tag": "fill-mask", "language": ["en"], "gated": None},
        )
    }
    assert rows["license"]["state"] == "changed"
    assert rows["license"]["lost"] == ["other"]
    assert rows["license"]["jaccard"] == 0.5
    assert rows["pipeline_tag"]["state"] == "kept"
    assert rows["language"]["state"] == "only b"
    assert rows["language"]["jaccard"] is None
    assert rows["gated"]["state"] == "unknown"
