"""Records of the hub's API: their ages, their containers, and everything that can be wrong."""

from __future__ import annotations

import gzip
import json
import tempfile
import zipfile
from pathlib import Path

import pytest
from gathering import gather_all
from hypothesis import given, settings
from hypothesis import strategies as st

from cladist.errors import InputError
from cladist.sources.fields import FIELDS, canonical_json
from cladist.sources.protocol import RAW_MODELS
from cladist.sources.records import RecordsSource

A = {"id": "o/a", "likes": 3, "downloads": 5, "tags": ["t", "license:mit"], "gated": False}
B = {"modelId": "o/b", "sha": "f00", "siblings": [{"rfilename": "README.md"}]}


def write(folder: Path, content: bytes | str, name: str = "r.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines(*values: object) -> str:
    return "".join((v if isinstance(v, str) else json.dumps(v)) + "\n" for v in values)


CONTAINERS = {
    "lines": lines(A, B),
    "lines without an end": lines(A, B).rstrip("\n"),
    "lines with blanks and a mark": "\ufeff" + lines(A, "", "  ", B),
    "windows lines": lines(A, B).replace("\n", "\r\n"),
    "array": json.dumps([A, B]),
    "pretty array": json.dumps([A, B], indent=2),
    "envelope": json.dumps({"date": "2026", "models": [A, B], "n": {"a": [1, "]"]}}),
    "pretty envelope": json.dumps({"date": "2026", "models": [A, B], "n": 2}, indent=1),
    "concatenated": json.dumps(A) + json.dumps(B),
    "concatenated, pretty": json.dumps(A, indent=1) + "\n" + json.dumps(B, indent=1),
    "pages": json.dumps([A]) + "\n" + json.dumps([B]),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("text", CONTAINERS.values(), ids=CONTAINERS)
def test_containers__hold_the_same_records(gather, tmp_path, text, packed):
    data = gzip.compress(text.encode()) if packed else text.encode()
    found = gather(RecordsSource(write(tmp_path, data)))
    assert [m["model_id"] for m in found.models] == ["o/a", "o/b"]
    assert not found.rejects
    first, second = found.models
    assert (first["likes"], first["gated"], first["tags"]) == ("3", "false", ["t", "license:mit"])
    assert first["metadata"] == canonical_json(A)
    assert (second["revision"], second["has_card"]) == ("f00", True)


def test_folder_and_zip__name_the_file_inside(gather, tmp_path):
    folder = tmp_path / "d"
    (folder / "sub").mkdir(parents=True)
    write(folder / "sub", json.dumps(A), "a.json")
    write(folder, "x", "notes.txt")
    with zipfile.ZipFile(folder / "z.zip", "w") as archive:
        archive.writestr("../evil.json", json.dumps(B))
        archive.writestr("readme.txt", "no")
    found = gather(RecordsSource(folder))
    assert [m["locator"] for m in found.models] == ["sub/a.json", "z.zip/../evil.json"]
    assert found.reasons == {("value", "file_not_read"): 1}


def test_fields__every_age_of_the_api(gather, tmp_path):
    old = {
        "model_id": "o/x", "created_at": "2025-01-01 00:00:00+00:00", "last_modified": "l",
        "downloads_30d": 7, "downloads_all_time": 9, "library": "peft", "languages": ["en"],
        "license": "mit", "datasets": ["d"], "regions": ["us"], "arxiv": ["1"], "readme": "# hi",
        "card_data": "license: mit\nlanguage:\n- no\n", "gguf": {"total": 12},
        "siblings": ["RepoSibling(rfilename='README.md', size=None)"],
    }  # fmt: skip
    (row,) = gather(RecordsSource(write(tmp_path, json.dumps(old)))).models
    expected = {
        "created_at": "2025-01-01 00:00:00+00:00", "last_modified": "l", "downloads": "7",
        "downloads_all_time": "9", "library_name": "peft", "language": ["en"], "license": ["mit"],
        "datasets": ["d"], "region": ["us"], "arxiv": ["1"], "card": "# hi", "has_card": True,
        "parameters": "12", "card_data": '{"language":["no"],"license":"mit"}',
    }  # fmt: skip
    assert expected == {k: row[k] for k in expected}
    assert "readme" not in json.loads(row["metadata"])
    assert set(FIELDS) <= set(RAW_MODELS.names)


def test_claims__outside_tags_and_front_matter(gather, tmp_path):
    records = [
        {"id": "c", "baseModels": {"relation": "adapter", "models": [{"id": "p"}, {"id": "q"}]}},
        {"id": "d", "base_model": "p, q"},
        {"id": "e", "base_model": ["p", "q"]},
        {"id": "f", "base_model": "p", "cardData": {"base_model": "p"}},
        {
            "id": "g",
            "merges": ["https://huggingface.co/o/h"],
            "metadata": '{"id": "g", "sha": "1"}',
        },
    ]
    found = gather(RecordsSource(write(tmp_path, lines(*records))))
    assert found.edges == [
        ("c", "p", "adapter", "hub_page"), ("c", "q", "adapter", "hub_page"),
        ("d", "p, q", None, "card"), ("e", "p", None, "card"), ("e", "q", None, "card"),
        ("o/h", "g", "merge", "hub_page"),
    ]  # fmt: skip
    assert found.models[-1]["metadata"] == '{"id":"g","sha":"1"}'


def test_graph__links_are_edge_records(gather, tmp_path):
    graph = {
        "nodes": [A],
        "edges": [
            {"source": "o/p", "target": "o/a", "type": "merge"},
            {"source": "o/p"},
            7,
            {"source": "o/p", "target": "o/c", "type": "odd"},
        ],
    }
    found = gather(RecordsSource(write(tmp_path, json.dumps(graph))))
    assert found.edges == [
        ("o/a", "o/p", "merge", "annotation"),
        ("o/c", "o/p", None, "annotation"),
    ]
    assert (len(found.models), found.edge_records, found.records) == (1, 2, 5)


BAD_LINES = {
    "broken": ('{"id": "x"', "broken_json"),
    "no json": ("hello, world", "broken_json"),
    "nul": ('{"id": "x\0"}', "broken_json"),
    "number": ("42", "not_an_object"),
    "list": ("[1]", "not_an_object"),
    "null": ("null", "not_an_object"),
    "no id": ("{}", "missing_id"),
    "empty id": ('{"id": ""}', "missing_id"),
    "id is an object": ('{"id": {"a": 1}}', "missing_id"),
    "id is true": ('{"id": true}', "missing_id"),
    "surrogate": ('{"id": "\\ud800"}', "invalid_utf8"),
    "deep": ("[" * 100_000, "nested_too_deeply"),
    "deep object": ('{"id":' * 100_000, "nested_too_deeply"),
    "huge": ('{"id": "' + "x" * 300_000 + '"}', "line_too_long"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD_LINES.values(), ids=BAD_LINES)
def test_lines__a_bad_line_is_one_reject(gather, tmp_path, bad, reason):
    path = write(tmp_path, lines(A, bad, B))
    found = gather(RecordsSource(path, value_limit=200_000 if "x" * 9 in bad else 1 << 20))
    assert [m["model_id"] for m in found.models] == ["o/a", "o/b"]
    assert [(r["line"], r["level"], r["reason"]) for r in found.rejects] == [(2, "record", reason)]
    assert [m["line"] for m in found.models] == [1, 3]


BAD_ITEMS = {
    "broken": ('{"id": nonsense}', "broken_json"),
    "deep": ('{"id": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested_too_deeply"),
    "number": ("42", "not_an_object"),
    "surrogate": ('{"id": "\\ud800"}', "invalid_utf8"),
    "no id": ("{}", "missing_id"),
    "huge": ('{"id": "' + 'x\\"' * 400_000 + '"}', "line_too_long"),
    "huge number": ('{"id": "x", "likes": ' + "9" * 5000 + "}", "broken_json"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD_ITEMS.values(), ids=BAD_ITEMS)
def test_array__a_bad_item_is_one_reject(gather, tmp_path, bad, reason):
    padding = json.dumps({"id": "o/pad", "x": "y" * 1_500_000})  # so that blocks end inside
    text = f"[{json.dumps(A)}, {bad}, {padding},\n {json.dumps(B)}]"
    limit = 100_000 if reason == "line_too_long" else 1 << 24
    found = gather(RecordsSource(write(tmp_path, text), value_limit=limit))
    kept = [m["model_id"] for m in found.models]
    rejected = [(r["line"], r["reason"]) for r in found.rejects if r["level"] == "record"]
    assert kept[0] == "o/a"
    assert kept[-1] == "o/b"
    assert rejected[0] == (2, reason)
    assert found.records == 4


@pytest.mark.parametrize("cut", [30, 120, 150, 200, -1])
def test_array__truncated_keeps_what_was_before(gather, tmp_path, cut):
    text = json.dumps([A, A, A])
    found = gather(RecordsSource(write(tmp_path, text[:cut])))
    assert [r["reason"] for r in found.rejects] == ["truncated"]
    whole = json.dumps(A)
    assert len(found.models) == text[:cut].count(whole)


def test_envelope__truncated(gather, tmp_path):
    text = json.dumps({"models": [A, A], "rest": "x" * 50})
    found = gather(RecordsSource(write(tmp_path, text[:-20])))
    assert (len(found.models), [r["reason"] for r in found.rejects]) == (2, ["truncated"])


@pytest.mark.parametrize("cut", [12, 60, -9, -1])
@pytest.mark.parametrize("text", [lines(*[A, B] * 500), json.dumps([A, B] * 500)])
def test_gzip__truncated_keeps_what_was_before(gather, tmp_path, text, cut):
    found = gather(RecordsSource(write(tmp_path, gzip.compress(text.encode())[:cut])))
    truncated = [r for r in found.rejects if r["reason"] == "truncated"]
    assert len(truncated) == 1
    if cut == -1:
        assert len(found.models) >= 999


def test_gzip__damaged_inside(gather, tmp_path):
    data = bytearray(gzip.compress(lines(*[A] * 5000).encode()))
    data[len(data) // 2] ^= 0xFF
    found = gather(RecordsSource(write(tmp_path, bytes(data))))
    assert found.reasons[("record", "truncated")] == 1


def test_values__of_wrong_types_are_passed_as_text_or_rejected(gather, tmp_path):
    record = {
        "id": 42, "downloads": "many", "likes": {"a": 1}, "tags": "not a list", "gated": "auto",
        "createdAt": 5, "language": [False, "en"], "license": {"a": 1}, "cardData": 3, "card": [],
        "pipeline_tag": float(10**6), "library_name": 10**30, "siblings": 3, "baseModels": [1],
    }  # fmt: skip
    found = gather(RecordsSource(write(tmp_path, lines(record))))
    (row,) = found.models
    assert (row["model_id"], row["downloads"], row["likes"]) == ("42", "many", '{"a":1}')
    assert (row["tags"], row["language"], row["license"]) == (["not a list"], ["en"], None)
    assert row["pipeline_tag"] == "1000000"
    assert found.reasons == {
        ("value", "not_text"): 2,
        ("value", "not_a_list"): 1,
        ("value", "card_data_not_readable"): 1,
    }


def test_ids__are_passed_on_as_they_are(gather, tmp_path):
    ids = ["../../etc/passwd", "a\u0000b", "<script>alert(1)</script>", "a\x1b[31mb", "  x ", "ü/é"]
    found = gather(RecordsSource(write(tmp_path, lines(*[{"id": i} for i in ids]))))
    assert [m["model_id"] for m in found.models] == ids


def test_nan__reads_as_null(gather, tmp_path):
    found = gather(RecordsSource(write(tmp_path, '{"id": "a", "likes": NaN}\n{"id": "b"}\n')))
    assert [(m["model_id"], m["likes"]) for m in found.models] == [("a", None), ("b", None)]


def test_utf8__an_invalid_line_is_rejected(gather, tmp_path):
    data = lines(A).encode() + b'{"id": "\xff\xfe"}\n' + lines(B).encode()
    found = gather(RecordsSource(write(tmp_path, data)))
    assert (len(found.models), found.reasons) == (2, {("record", "invalid_utf8"): 1})
    array = b"[" + lines(A).encode() + b',{"id": "\xff\xfe"},' + lines(B).encode() + b"]"
    found = gather(RecordsSource(write(tmp_path, array)))
    assert (len(found.models), found.reasons) == (2, {("record", "invalid_utf8"): 1})


def test_metadata__too_large_or_too_deep(gather, tmp_path):
    deep: object = 1
    for _ in range(600):
        deep = [deep]
    records = [{"id": "big", "x": "y" * 1_100_000}, {"id": "deep", "config": deep}]
    found = gather(RecordsSource(write(tmp_path, lines(*records))))
    assert found.models[0]["metadata"] is None
    assert found.reasons == {("value", "metadata_too_large"): 1}
    assert [m["model_id"] for m in found.models] == ["big", "deep"]


def test_zip__damaged(tmp_path):
    with pytest.raises(InputError, match="no zip file"):
        list(RecordsSource(write(tmp_path, b"PK\x03\x04 rubbish", "x.zip")).batches())


GARBAGE = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda t: t.encode("utf-8", "surrogatepass")),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([n for names in FIELDS.values() for n in names])
                | st.sampled_from(["siblings", "baseModels", "base_model", "nodes", "edges"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    ).map(lambda v: json.dumps(v).encode("utf-8", "surrogatepass")),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(GARBAGE.map(lambda b: b.replace(b"\n", b" ")), max_size=12))
def test_books__lines_read_are_models_plus_edges_plus_rejects(garbage):
    with tempfile.TemporaryDirectory() as folder:
        body = b"\n".join([json.dumps(A).encode(), *garbage, json.dumps(B).encode()])
        found = gather_all(RecordsSource(write(Path(folder), body)))
    taken_apart = sum(b'"nodes"' in g for g in garbage)
    expected = 2 + sum(bool(g.strip(b" \t\r\x0b\x0c")) for g in garbage)
    if not taken_apart:
        assert found.records == expected
    ids = [m["model_id"] for m in found.models]
    assert ids[0] == "o/a"
    assert ids[-1] == "o/b"


@settings(deadline=None, max_examples=150)
@given(st.lists(GARBAGE, max_size=8), st.integers(0, 400))
def test_arrays_of_garbage__never_raise(garbage, cut):
    with tempfile.TemporaryDirectory() as folder:
        body = b"[" + b",".join([json.dumps(A).encode(), *garbage]) + b"]"
        found = gather_all(RecordsSource(write(Path(folder), body[: 60 + cut])))
    assert found.records >= 0


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "models", "claims"),
    [
        ("api_models_list", 2000, 0),
        ("api_model_full", 484, 0),
        ("infos_2022", 30, 0),
        ("radar", 28, 23),
        ("gabtos_hf_models_open_source_raw.jsonl", 68, 0),
        ("namhyeokwoo_2026-08-22.json", 529, 0),
        ("blaufer_graph_data_mini_v1.json", 50, 4012),
    ],
)
def test_real_records(gather, real, name, models, claims):
    found = gather(RecordsSource(real / "raw" / name))
    assert (len(found.models), len(found.claims), found.rejects) == (models, claims, [])
