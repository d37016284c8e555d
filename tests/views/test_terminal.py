"""What strangers wrote cannot steer the terminal, and is still there to be seen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladist.views.terminal import clean, clip


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain/Model-7B", "plain/Model-7B"),
        ("red\x1b[31mred", r"red\x1b[31mred"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("a\rb\nc\td", r"a\rb\nc\td"),
        ("abc\u202egnp.exe", r"abc\u202egnp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("lone\ud800", r"lone\ud800"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("été 模型 👩\u200d🔬", "été 模型 👩\u200d🔬"),
    ],
)
def test_clean_shows_what_it_defuses(hostile, shown):
    assert clean(hostile) == shown


def test_clean_keeps_line_feeds_of_paragraphs_but_never_carriage_returns():
    assert clean("a\n\tb\rc", newlines=True) == "a\n\tb\\rc"


def test_clean_takes_anything():
    assert clean(None) == "None"
    assert clean(3) == "3"


@given(st.text(alphabet=st.characters()))
def test_clean_leaves_no_control_character_and_can_be_encoded(text):
    shown = clean(text)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cs", "Zl", "Zp"}
    shown.encode("utf-8")
    assert clean(shown) == shown


@given(st.text(), st.integers(1, 30))
def test_clip_is_never_longer_than_asked(text, length):
    assert len(clip(text, length)) <= length
