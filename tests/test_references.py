"""Parents as written: repairs, rejects, the prefilter, and the Hub's legacy ids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladist.values.references import (
    LONGEST_ID,
    PLACEHOLDERS,
    PLAIN_ID_PATTERN,
    SPECIAL_PATTERN,
    legacy_ids,
    resolve_reference,
    valid_model_id,
)


def is_plain(raw: str) -> bool:
    return (
        re.fullmatch(PLAIN_ID_PATTERN, raw) is not None
        and re.fullmatch(SPECIAL_PATTERN, raw) is None
        and len(raw) <= LONGEST_ID
    )


@pytest.mark.parametrize(
    ("raw", "ids", "repair"),
    [
        ("gpt2", "gpt2", None),
        ("a/b", "a/b", None),
        ("LeroyDyer/_Spydaz_Web_AI_", "LeroyDyer/_Spydaz_Web_AI_", None),
        (" m3rg-iitd/matscibert", "m3rg-iitd/matscibert", "spaces"),
        ("`a/b`", "a/b", "quotes_or_brackets"),
        ("<a/b>", "a/b", "quotes_or_brackets"),
        ("Helsinki-NLP/opus-mt-ar-en]", "Helsinki-NLP/opus-mt-ar-en", "quotes_or_brackets"),
        ("unsloth/gemma-2-2b-bnb-4bit,", "unsloth/gemma-2-2b-bnb-4bit", "quotes_or_brackets"),
        ("- t5-small", "t5-small", "list_item"),
        ("0-hero/Matter-0.1-7B/", "0-hero/Matter-0.1-7B", "trailing_slash"),
        ("BAAI/bge-base-en-v1.5<br>", "BAAI/bge-base-en-v1.5", "html"),
        ('defog/x-8b">defog/x-8b</a><br>', "defog/x-8b", "html"),
        ("llava-hf/llava-1.5-7b-hf/</br>", "llava-hf/llava-1.5-7b-hf", "html+trailing_slash"),
        ("runwayml/stable-diffusion-v1-5.", "runwayml/stable-diffusion-v1-5", "full_stop"),
        ("https://huggingface.co/gpt2/tree/main", "gpt2", "url+hub_path"),
        ("Qwen/Qwen1.5-4B/tree/main", "Qwen/Qwen1.5-4B", "hub_path"),
        ("a/b/blob/main/x%25.pth", "a/b", "hub_path"),
        ("a/b?text=I+like+you.", "a/b", "query"),
        ("a/b@main", "a/b", "revision"),
        ("https://huggingface.co/a/b", "a/b", "url"),
        ("http://www.hf.co/a/b/", "a/b", "url"),
        ("huggingface.co/a/b/tree/main?x#y", "a/b", "url+hub_path"),
        ("https://huggingface.co/gpt2", "gpt2", "url"),
        ("[b](https://huggingface.co/a/b)", "a/b", "markdown_link+url"),
        ("models/models--llm-jp--llm-jp-3-13b/snapshots/cd38", "llm-jp/llm-jp-3-13b", "cache_path"),
        (r"C:\x\hub\models--a--b\snapshots\c", "a/b", "cache_path"),
        ("/cache/models/Qwen--Qwen3.5-9B", "Qwen/Qwen3.5-9B", "cache_path"),
        ("krea/Krea-2-Turbo, krea/Krea-2-Raw", "krea/Krea-2-Turbo krea/Krea-2-Raw", "list"),
        ("['a/b', 'c/d']", "a/b c/d", "list"),
        ("- a/b\n- c/d\n", "a/b c/d", "list"),
    ],
)  # fmt: skip
def test_resolve_reference__repaired(raw: str, ids: str, repair: str | None) -> None:
    found = resolve_reference(raw)
    assert found.ids == tuple(ids.split())
    assert (found.repair, found.reject) == (repair, None)
    assert is_plain(raw) == (repair is None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"), (" ", "empty"), ("[]", "empty"), ("-", "invalid_id"),
        ("/root/autodl-tmp/Qwen3.5-4B", "local_path"), ("./checkpoint-10500", "local_path"),
        ("../x", "local_path"), ("~/m", "local_path"), (r"C:\Models\A", "local_path"),
        ("D:/Huggingface/x", "local_path"), ("outputs/model", "local_path"),
        ("outputs/a/checkpoints/last/pretrained_model", "local_path"),
        ("checkpoint_global_step_200000", "local_path"), ("x.safetensors", "local_path"),
        ("a/b/c", "local_path"), ("models/zul_xlmr/", "local_path"),
        ("/cache/models/45363f1dab78e110", "local_path"),
        ("ORIGINAL_REPO_NAME", "placeholder"), ("N/A", "placeholder"), ("None", "placeholder"),
        ("null", "placeholder"), ("model", "placeholder"), ("outputs", "placeholder"),
        ("Local", "placeholder"), ("SDXL_model", "placeholder"), ("Removed", "placeholder"),
        ("xxxxxxxxx", "placeholder"), ("model_2", "placeholder"),
        ("datasets/Yelp/yelp_review_full", "not_a_model"), ("spaces/a/b", "not_a_model"),
        ("collections/SpectraSuite/trilms-66", "not_a_model"), ("datasets/x", "not_a_model"),
        ("https://huggingface.co/datasets/a/b", "not_a_model"),
        ("https://huggingface.co/google", "not_a_model"),
        ("https://github.com/a/b", "not_a_model"),
        ("a/b\x00c", "control_character"), ("a/b\x1b[31m", "control_character"),
        ("meta-llama/Llama-2-70b-hfΩ", "invalid_id"), ("a/..b", "invalid_id"),
        ("a/b--c", "invalid_id"), ("a/-b", "invalid_id"), ("a b", "invalid_id"),
        ("a/" + "b" * 255, "too_long"), ("a" * 1_000_000, "too_long"), ("a/b, c d", "invalid_id"),
    ],
)  # fmt: skip
def test_resolve_reference__rejected(raw: str, reason: str) -> None:
    found = resolve_reference(raw)
    assert (found.ids, found.reject) == ((), reason)
    assert not is_plain(raw)


@pytest.mark.parametrize(
    ("model_id", "reason"),
    [
        ("a/b", None), ("gpt2", None), ("a/" + "b" * 215, None), ("", "empty"),
        ("../x", "local_path"), ("a/../b", "local_path"), ("a\nb", "control_character"),
        ("a/<b>", "html"), ("a/" + "b" * 255, "too_long"), ("a/.b", "invalid_id"),
    ],
)  # fmt: skip
def test_valid_model_id(model_id: str, reason: str | None) -> None:
    assert valid_model_id(model_id) == reason


NEAR_IDS = st.text(alphabet="ab-._/ :\\@,?#<>'\"[]()\n~-Ω\x00xX", max_size=30)
HINTS = st.sampled_from(["https://hf.co/", "models--", "- ", "/tree/main", "](", "/cache/models/"])


@given(
    st.one_of(
        st.text(st.characters(exclude_categories=()), max_size=60),
        NEAR_IDS,
        st.lists(st.one_of(NEAR_IDS, HINTS), max_size=5).map("".join),
    )
)
def test_resolve_reference__never_raises_and_ids_are_valid(raw: str) -> None:
    found = resolve_reference(raw)
    assert bool(found.ids) == (found.reject is None)
    assert found.ids or found.repair is None
    for model_id in found.ids:
        assert valid_model_id(model_id) is None
        assert resolve_reference(model_id).ids == (model_id,)
    if is_plain(raw):
        assert found.ids == (raw,)
        assert found.repair is None
    elif found.ids == (raw,):
        assert len(raw) > LONGEST_ID
    valid_model_id(raw)


@pytest.mark.parametrize(
    "unit", ["a", "a-", "-", ".", "/", "[", "](", "a/b,", "<", "\\", "models--", " "]
)
def test_resolve_reference__hostile_length_is_quick(unit: str) -> None:
    for length in (4_000, 1_000_000):
        text = unit * (length // len(unit))
        resolve_reference(text)
        valid_model_id(text)


def test_placeholders__are_lower_case_and_rejected() -> None:
    for value in PLACEHOLDERS:
        assert value == value.lower()
        assert resolve_reference(value).ids == ()
        assert resolve_reference(value.upper()).ids == ()


def test_legacy_ids__resolve_once_to_an_owner() -> None:
    legacy = legacy_ids()
    assert legacy["gpt2"] == "openai-community/gpt2"
    assert legacy["bert-base-uncased"] == "google-bert/bert-base-uncased"
    assert not set(legacy) & set(legacy.values())
    for alias, model_id in legacy.items():
        assert resolve_reference(alias).ids == (alias,)
        assert resolve_reference(model_id).ids == (model_id,)
        assert model_id.count("/") == 1


@pytest.mark.real
def test_references__real_hub() -> None:
    path = Path(__file__).parents[2] / "shared" / "data" / "hub_2024-07.parquet"
    if not path.exists():
        pytest.skip("the real Hub metadata (../shared/data) is not beside the checkout")
    import duckdb

    query = "SELECT id FROM read_parquet(?)"
    ids = [row[0] for row in duckdb.execute(query, [str(path)]).fetchall()]
    assert [i for i in ids if valid_model_id(i)] == []
    odd = duckdb.execute(
        f"SELECT count(*) FROM ({query}) WHERE NOT regexp_full_match(id, ?) "
        "OR regexp_full_match(id, ?)",
        [str(path), PLAIN_ID_PATTERN, SPECIAL_PATTERN],
    ).fetchall()
    assert odd == [(0,)]
