"""Languages as cards state them and as bare tags say them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladist.values.languages import (
    false_friends,
    languages_from_tags,
    normalize_stated,
    reject_reason,
    tag_languages,
)


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("en", "en"), ("EN", "en"), (" en, ", "en"), ("[en]", "en"), ("en, fr", "en fr"),
        ("en zh", "en zh"), ("sv-se", "sv-SE"), ("nb-NO", "nb-NO"), ("zh_CN", "zh-CN"),
        ("sr_Latn", "sr-Latn"), ("multilingual", "multilingual"), ("mul", "multilingual"),
        ("English", "en"), ("korean", "ko"), ("Chinese", "zh"), ("English Spanish", "en es"),
        ("eng", "en"), ("ger", "de"), ("fon", "fon"), ("cmn", "cmn"), ("zle", "zle"),
        ("iw", "he"), ("in", "id"), ("ji", "yi"), ("jw", "jv"), ("mo", "ro"), ("sh", "sh"),
        ("no", "no"), ("false", "no"), ("False", "no"), ("中文", "zh"),
    ],
)  # fmt: skip
def test_normalize_stated(value: str, codes: str) -> None:
    assert normalize_stated(value) == tuple(codes.split())
    assert reject_reason(value) is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("code", "programming language"), ("java", "programming language"),
        ("Python", "programming language"), ("noinfo", "unknown"), ("N/A", "unknown"),
        ("unk", "unknown"), ("und", "unknown"), ("", "empty"), (" ", "empty"),
        ("Klingonish", "unknown language"), ("xq", "unknown language"),
        ("x" * 100_000, "unknown language"),
    ],
)  # fmt: skip
def test_normalize_stated__rejected(value: str, reason: str) -> None:
    assert normalize_stated(value) == ()
    assert reject_reason(value) == reason


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_normalize_stated__never_raises_and_is_stable(value: str) -> None:
    codes = normalize_stated(value)
    assert [normalize_stated(code) for code in codes] == [(code,) for code in codes]
    assert (reject_reason(value) is None) == bool(codes)


def test_tag_languages__codes_are_stable_and_friends_left_out() -> None:
    table = tag_languages()
    assert {code: normalize_stated(code) for code, _ in table.values()} == {
        code: (code,) for code, _ in table.values()
    }
    assert not set(table) & set(false_friends())
    assert not set(table) & {"trl", "vit", "art", "t5", "tf", "jax", "cv", "io", "unk"}
    assert {"no", "is", "ml", "or", "en", "multilingual"} <= {
        tag for tag, (_, inside) in table.items() if not inside
    }


@pytest.mark.parametrize(
    ("tags", "codes"),
    [
        ("transformers t5 tf jax en fr dataset:x license:mit region:us", "en fr"),
        ("transformers trl sft license:mit region:us", ""),
        ("vit art cv io license:mit", ""),
        ("whisper no is ml or base_model:a/b", "no is ml or"),
        ("en generated_from_trainer en license:mit", "en"),
        ("translation fon en license:mit", "fon en"),
        ("fon translation en license:mit", "en"),
        ("x eng autotrain_compatible region:us", "en"),
        ("x zh-CN iw license:mit", "zh-CN he"),
        ("fon", "fon"),
        ("", ""),
    ],
)
def test_languages_from_tags(tags: str, codes: str) -> None:
    assert languages_from_tags(tags.split()) == codes.split()


@given(
    st.lists(st.sampled_from(["en", "fon", "x", "eng", "license:mit", "region:us", "inference"]))
)
def test_languages_from_tags__each_code_once(tags: list[str]) -> None:
    codes = languages_from_tags(tags)
    assert len(codes) == len(set(codes))
    assert ("en" in tags) <= ("en" in codes)


@pytest.mark.real
def test_languages_from_tags__real_hub() -> None:
    path = Path(__file__).parents[2] / "shared" / "data" / "hub_2024-07.parquet"
    if not path.exists():
        pytest.skip("the real Hub metadata (../shared/data) is not beside the checkout")
    import duckdb

    rows = duckdb.execute("SELECT tags FROM read_parquet(?)", [str(path)]).fetchall()
    counts: dict[str, int] = {}
    for (tags,) in rows:
        for code in languages_from_tags(tags):
            counts[code] = counts.get(code, 0) + 1
    assert counts["en"] == 58_000
    assert 600 < counts["no"] < 700
    assert counts.get("art", 0) == counts.get("trl", 0) == counts.get("vit", 0) == 0
