"""Aligned bands and rows: they hold both texts whole, and nothing covers anything."""

from __future__ import annotations

import html
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladist.texts.diff import align_records, align_texts
from cladist.views import aligned

words = st.lists(st.sampled_from(["a", "b", "cc", "\n", " ", "# h", "<i>"]), max_size=30).map(
    "".join
)
records = st.lists(st.tuples(st.sampled_from("kl"), words.map(str.strip)), max_size=5)


def plain(markup):
    """What a reader sees, without the sign for a line break."""
    return html.unescape(re.sub(r"</?mark[^>]*>", "", str(markup))).replace("↵", "")


def unfolded(parts):
    for row in aligned.rows(parts):
        yield from row.rows if isinstance(row, aligned.Fold) else (row,)


@given(words, words)
def test_rows__give_both_texts_back(a, b):
    parts = aligned.blocks(align_texts(a, b).to_dict()["segments"], items=False)
    found = list(unfolded(parts))
    for text, side in ((a, "a"), (b, "b")):
        told = "".join(plain(getattr(row, side)) for row in found)
        assert told.replace("\n", "") == text.replace("\n", "")
    assert all(row.same == ("<mark" not in row.a + row.b) for row in found)
    assert not any("<i>" in row.a + row.b for row in found)


@given(records, records)
def test_bands__fill_the_width_without_gap_or_overlap(a, b):
    parts = aligned.blocks(align_records(a, b).to_dict()["segments"], items=True)
    found = aligned.bands(parts)
    at = 0.0
    for band in found:
        assert band.x == pytest.approx(at)
        at += band.width
    assert at == pytest.approx(aligned.WIDTH if found else 0)
    placed = aligned.labels(parts, items=True)
    for left, right in itertools.pairwise(placed):
        assert left.x + 6 * len(left.word) < right.x


def test_a_replaced_item__shows_the_word_that_changed():
    items = (
        [("cardData", "license: mit and many other words")],
        [("cardData", "license: gpl and many other words")],
    )
    parts = aligned.blocks(align_records(*items).to_dict()["segments"], items=True)
    (row,) = aligned.rows(parts)
    assert isinstance(row, aligned.Row)
    assert row.a == 'cardData: license: <mark class="replace">mit</mark> and many other words'
    assert row.b == 'cardData: license: <mark class="replace">gpl</mark> and many other words'
    assert [b.op for b in aligned.bands(parts)] == ["equal", "replace", "equal"]
    assert aligned.bands(parts)[1].told == "mit → gpl"
    assert [x.word for x in aligned.labels(parts, items=True)] == ["cardData"]


def test_unchanged_lines_are_folded_around_a_change():
    lines = [f"line {i}" for i in range(30)]
    other = [*lines[:15], "CHANGED", *lines[16:]]
    parts = aligned.blocks(
        align_texts("\n".join(lines), "\n".join(other)).to_dict()["segments"], items=False
    )
    kinds = [len(r.rows) if isinstance(r, aligned.Fold) else 0 for r in aligned.rows(parts)]
    assert kinds == [12, 0, 0, 0, 0, 0, 0, 0, 11]


def test_headings_stand_where_the_cards_have_them():
    a = "# Title\n" + "x" * 88 + "\n## Use\n" + "y" * 95
    parts = aligned.blocks(align_texts(a, a).to_dict()["segments"], items=False)
    placed = aligned.labels(parts, items=False)
    assert [(round(x.x), x.word) for x in placed] == [(0, "Title"), (482, "Use")]


def test_a_heading_that_differs_is_no_heading_of_both():
    a, b = "# Dapple-mini\n\ntext\n\n## How to use\n", "# Dapple-large\n\ntext\n\n## How to load\n"
    for one, other in ((a, b), (b, a)):
        parts = aligned.blocks(align_texts(one, other).to_dict()["segments"], items=False)
        assert aligned.labels(parts, items=False) == []
    same = aligned.blocks(align_texts(a, a + "more").to_dict()["segments"], items=False)
    assert [label.word for label in aligned.labels(same, items=False)] == [
        "Dapple-mini", "How to use",
    ]  # fmt: skip
