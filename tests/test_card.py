"""Front matter of model cards: real oddities, hostile input, and the bulk way."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladist.values import card, safeyaml
from cladist.values.card import front_matter, front_matter_json, is_generated, sections, split
from cladist.values.safeyaml import YamlError, parse_yaml

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
YAML_TEXT = st.text(alphabet="-:[]{}&*!|>'\"#%@,?ab01.~ \n\t\r\x00é\ud800", max_size=120)


@pytest.mark.parametrize(
    ("text", "status", "data"),
    [
        ("---\na: 1\n---\nbody", "ok", {"a": 1}),
        ("\ufeff---\r\na: b\r\n---\r\nbody", "ok", {"a": "b"}),
        ("\n \n---  \na: b\n---\t\nbody", "ok", {"a": "b"}),
        ("---\n---\nlanguage: ar\n---\nbody", "ok", {"language": "ar"}),
        ("---\na: b\n---", "ok", {"a": "b"}),
        ("---\n---\nbody", "empty", None),
        ("---\na: b\n ---\nbody", "unterminated", None),
        ("---\na: b\n", "unterminated", None),
        ("license: mit\n---\nbody", "no_opening_fence", None),
        ("# Title\n\n---\n", "none", None),
        ("", "none", None),
        (None, "no_card", None),
        ("---\n- a\n---\n", "not_mapping", None),
        ("---\ntags:x\n---\n", "not_mapping", None),
        ("---\n@#$@%@#\n---", "invalid", None),
        ("---\na: \x00\n---\n", "invalid", None),
        ("---\na: b\n...\n---\nc: d\n---\n", "ok", {"a": "b"}),
    ],
)
def test_front_matter__status(text: str | None, status: str, data: object) -> None:
    found = front_matter(text)
    assert (found.status, found.data) == (status, data)
    assert found.status in card.STATUSES


def test_split__body() -> None:
    assert split("---\na: b\n---\nbody\n---\nmore") == ("a: b\n", "body\n---\nmore", "ok")
    assert split("no fence") == (None, "no fence", "none")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(word, word) for word in ("no", "yes", "on", "off", "NO", "y", "n")],
        *[(word, None) for word in ("~", "null", "Null", "")],
        ("true", True),
        ("FALSE", False),
        ("12", 12),
        ("-3", -3),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        (".nan", ".nan"),
        ("-.inf", "-.inf"),
        ("1e999", "1e999"),
        ("9" * 19, "9" * 19),
        ("9" * 5000, "9" * 5000),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("!!python/object/apply:os.system [echo]", ["echo"]),
        ("!!binary aGk=", "aGk="),
    ],
)
def test_parse_yaml__core_schema(text: str, value: object) -> None:
    assert parse_yaml(f"a: {text}") == {"a": value}


def test_parse_yaml__keys_and_warnings() -> None:
    warnings: list[str] = []
    text = "1: a\nno: b\n~: c\nx: 1\nx: 2\n? [p, q]\n: d\n<<: {z: 1}"
    assert parse_yaml(text, warnings=warnings) == {
        "1": "a", "no": "b", "~": "c", "x": 2, "(list)": "d", "<<": {"z": 1},
    }  # fmt: skip
    assert len(warnings) == 2
    assert front_matter("---\nx: 1\nx: 2\n---\n").problem == (
        "key 'x' is given twice, the last one counts"
    )


def test_parse_yaml__aliases() -> None:
    assert parse_yaml("a: &x [1, {b: 2}]\nc: *x\n? &k d\n: 1\n*k : 2") == {
        "a": [1, {"b": 2}], "c": [1, {"b": 2}], "d": 2,
    }  # fmt: skip
    with pytest.raises(YamlError, match="invalid"):
        parse_yaml("a: *x")
    with pytest.raises(YamlError, match="invalid"):
        parse_yaml("&a [*a]")


def bomb(levels: int, width: int) -> str:
    lines = ["a0: &a0 [" + ",".join(["lol"] * width) + "]"]
    lines += [f"a{i}: &a{i} [" + ",".join([f"*a{i - 1}"] * width) + "]" for i in range(1, levels)]
    return "\n".join(lines)


HOSTILE = {
    "flow": "[" * 100_000,
    "flow mappings": "{a: " * 100_000,
    "braces": "{" * 100_000,
    "lists": "- " * 100_000,
    "keys": "? " * 100_000,
    "key lines": "?\n" * 100_000,
    "indentation": "\n".join(" " * i + "a:" for i in range(1500)),
    "laughs": bomb(12, 10),
    "chain": "\n".join(["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 5000)]),
    "big shared text": f"a: &a {'x' * 100_000}\nb: [" + ",".join(["*a"] * 1000) + "]",
    "many values": "[" + "1," * 300_000 + "]",
    "long": "x" * 3_000_000,
}


# the pure loader reads "many values" in linear time too, but needs seconds
@pytest.mark.parametrize(
    ("name", "python"),
    [(n, False) for n in HOSTILE] + [(n, True) for n in HOSTILE if n != "many values"],
)
def test_parse_yaml__hostile(name: str, python: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if python:
        import yaml

        monkeypatch.setattr(safeyaml, "_Loader", yaml.SafeLoader)
    with pytest.raises(YamlError) as error:
        parse_yaml(HOSTILE[name])
    assert error.value.status in {"too_deep", "too_large", "too_many_nodes"}


@pytest.mark.parametrize(
    "unit", ["\x00", "a", "-", "---\n", "#", "\n", "`", "<", "a\n---\n", " \n"]
)
def test_card__megabyte_of_one_thing_is_quick(unit: str) -> None:
    text = "---\n" + unit * (1_000_000 // len(unit))
    front_matter(text)
    sections(text)
    is_generated(text)


@given(st.one_of(ANY_TEXT, YAML_TEXT, YAML_TEXT.map(lambda t: f"---\n{t}\n---\n")))
def test_front_matter__never_raises_and_is_json(text: str) -> None:
    found = front_matter(text)
    assert found.status in card.STATUSES
    assert (found.data is not None) == (found.status == "ok")
    if found.data is not None:
        assert orjson.loads(orjson.dumps(found.data)) == found.data
    front, body, status = split(text)
    assert (front is None) == (status != "ok")
    assert text.endswith(body)
    sections(text)


# YAML 1.1 folds these as line breaks, JSON does not.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_parse_yaml__reads_what_json_says(value: object) -> None:
    try:
        found = parse_yaml(orjson.dumps(value).decode())
    except YamlError:  # control characters and the like: YAML allows fewer than JSON
        return
    assert found == value


def test_front_matter_json__same_for_any_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    cards = [f"---\nlanguage: no\nn: {i % 50}\n---\n" for i in range(120)]
    cards += [None, "x", "---\n[\n---\n", "---\na: \ud800\n---\n"]  # type: ignore[list-item]
    one = front_matter_json(cards, workers=1)
    monkeypatch.setattr(card, "_PARALLEL_FROM", 1)
    monkeypatch.setattr(card, "_CHUNK", 20)
    assert front_matter_json(cards, workers=2) == one
    assert one[0][1] == '{"language":"no","n":1}'
    assert one[1][-4:] == ["no_card", "none", "invalid", "ok"]
    monkeypatch.setattr(card.sys, "executable", "/nonexistent")
    assert front_matter_json(cards, workers=2) == one
    assert front_matter_json([]) == ([], [])


def test_is_generated() -> None:
    assert is_generated("This card was Automatically Generated by a tool")
    assert is_generated("has been generated automatically according to")
    assert not is_generated("generated text")


def test_sections__headings_outside_code() -> None:
    text = """---
# not: a heading
---
# One #
##Two is text
```python
# comment
```
 ### Three *x*
Setext
------
- item
---
~~~
# code
```
~~~
#
###### Six
    # code
"""
    assert sections(split(text)[1]) == ["One", "Three *x*", "Setext", "Six"]


@pytest.mark.real
def test_front_matter_json__real_cards() -> None:
    path = Path(__file__).parents[2] / "shared" / "data" / "models.parquet"
    if not path.exists():
        pytest.skip("the real Hub metadata (../shared/data) is not beside the checkout")
    import duckdb

    query = "SELECT card_text FROM read_parquet(?) WHERE card_text IS NOT NULL"
    cards = [row[0] for row in duckdb.execute(query, [str(path)]).fetchall()]
    data, statuses = front_matter_json(cards)
    assert statuses.count("ok") >= 38_500
    assert statuses.count("invalid") < 10
    assert not {"too_large", "too_deep", "too_many_nodes"} & set(statuses)
    assert sum(d is not None for d in data) == statuses.count("ok")
