"""Alignments and trait differences: worked by hand, rebuilt under Hypothesis, hostile texts."""

from __future__ import annotations

import pytest
from definitions import texts as definitions
from hypothesis import given
from hypothesis import strategies as st

from cladist.texts.diff import LONGEST, align_records, align_texts, record_items, trait_differences

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
    assert items == [("id", "o/m"), ("n", "1"), ("tags", "b"), ("tags", "a"), ("x", '{"k":[1]}'),
                     ("z", "null")]  # fmt: skip
    found = align_records(items, [*items[:2], ("tags", "b"), *items[4:]])
    assert [(s.op, s.a) for s in found.segments if s.op != "equal"] == [("delete", "tags: a")]
    assert found.deletions == 1


def test_records__keys_are_not_crossed_and_the_order_of_tags_says_nothing():
    a = [("generated", "false"), ("length", "12"), ("tags", "meta"), ("tags", "x"), ("author", "q")]
    b = [("author", "r"), ("generated", "false"), ("tags", "x"), ("tags", "gguf"), ("tags", "meta")]
    found = align_records(a, b)
    assert [(s.op, s.a, s.b) for s in found.segments] == [
        ("replace", "author: q", "author: r"),
        ("equal", "generated: false", "generated: false"),
        ("delete", "length: 12", ""),
        ("equal", "tags: meta\ntags: x", "tags: meta\ntags: x"),
        ("insert", "", "tags: gguf"),
    ]
    assert (found.insertions, found.deletions, found.substitutions) == (1, 1, 1)
    again = align_records(a[::-1], b[::-1])
    assert again == found


items = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=8)


@given(items, items)
def test_records__both_sides_can_be_rebuilt(a, b):
    found = align_records(a, b)
    for side, given_items in (("a", a), ("b", b)):
        told = [line for s in found.segments for line in getattr(s, side).split("\n") if line]
        assert sorted(told) == sorted(f"{k}: {v}" for k, v in given_items)
    assert (found.similarity == 1) == (sorted(a) == sorted(b))
    back = align_records(b, a)
    assert (back.insertions, back.deletions) == (found.deletions, found.insertions)


def test_traits__of_a_ghost_are_unknown_not_lost():
    rows = trait_differences({"license": ["mit"], "is_ghost": False}, {"is_ghost": True})
    assert {r["state"] for r in rows} == {"unknown"}


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
