"""The authors' table: lists as Python text, parents by relation, rows that are broken."""

from __future__ import annotations

import csv
import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladist.errors import InputError
from cladist.sources.literals import listed, parse_list, parse_lists
from cladist.sources.modelbiome import ModelbiomeSource

HEADER = [
    "model_id",
    "likes",
    "trendingScore",
    "private",
    "downloads",
    "tags",
    "pipeline_tag",
    "library_name",
    "createdAt",
    "regions",
    "licenses",
    "arxiv_papers",
    "datasets",
    "parent_model",
    "finetune_parent",
    "quantized_parent",
    "adapter_parent",
    "merge_parent",
    "languages",
    "modelCard",
]


def row(**fields):
    return [fields.get(name, "") for name in HEADER]


def write(folder, *rows, tail="", pack=False):
    path = folder / ("eco.csv.gz" if pack else "eco.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *rows])
        file.write(tail)
    if pack:
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


@pytest.mark.parametrize("pack", [False, True])
def test_rows__as_the_authors_wrote_them(gather, tmp_path, pack):
    path = write(
        tmp_path,
        row(
            model_id="o/a", likes="3", downloads="5.0", private="False", trendingScore="0.5",
            tags="['x', 'license:mit']", createdAt="2024-01-01", regions="['us']",
            licenses="['mit']", languages="['English', \"N'Ko\"]", parent_model="['o/p', 'o/q']",
            finetune_parent="['o/p']", merge_parent="[]", modelCard="---\na: 1\n---\nbody",
        ),
        row(model_id="o/b", parent_model="NaN", adapter_parent="o/p", quantized_parent="nan"),
        pack=pack,
    )  # fmt: skip
    found = gather(ModelbiomeSource(path))
    first, second = found.models
    assert (first["tags"], first["license"]) == (["x", "license:mit"], ["mit"])
    assert first["language"] == ["English", "N'Ko"]
    assert (first["has_card"], first["card"]) == (True, "---\na: 1\n---\nbody")
    assert json.loads(first["metadata"]) | {"pipeline_tag": None} == {
        "createdAt": "2024-01-01", "downloads": 5, "id": "o/a", "likes": 3, "library_name": None,
        "pipeline_tag": None, "private": False, "trendingScore": "0.5",
        "tags": ["x", "license:mit"],
    }  # fmt: skip
    assert (second["has_card"], second["tags"], second["line"]) == (False, None, 6)
    assert found.edges == [
        ("o/a", "o/p", None, "hub_tag"),
        ("o/a", "o/q", None, "hub_tag"),
        ("o/a", "o/p", "finetune", "hub_tag"),
        ("o/b", "o/p", "adapter", "hub_tag"),
    ]
    assert not found.rejects


def test_broken_rows__are_rejected_with_their_line(gather, tmp_path):
    path = write(
        tmp_path,
        row(model_id="a"),
        row(model_id="b")[:-3],
        [*row(model_id="c"), "more"],
        row(likes="1"),
        row(model_id="d", tags="['open", licenses="[1, 'mit']"),
        row(model_id="e", modelCard="x" * 200_000),
        tail='f,"never closed\nand so on',
    )
    found = gather(ModelbiomeSource(path))
    assert [m["model_id"] for m in found.models] == ["a", "d", "e"]
    assert sorted((r["line"], r["level"], r["reason"]) for r in found.rejects) == [
        (3, "record", "wrong_number_of_fields"),
        (4, "record", "wrong_number_of_fields"),
        (5, "record", "missing_id"),
        (6, "value", "not_a_list"),
        (6, "value", "not_text"),
        (8, "record", "broken_row"),
    ]


def test_bytes__that_are_no_utf8_or_nul(gather, tmp_path):
    path = write(tmp_path, row(model_id="a", pipeline_tag="XX", library_name="n\0l"))
    path.write_bytes(path.read_bytes().replace(b"XX", b"\xff\xfe"))
    found = gather(ModelbiomeSource(path))
    assert found.models[0]["library_name"] == "n\0l"
    assert found.reasons == {("value", "invalid_utf8"): 1}


def test_truncated_gzip__keeps_what_was_before(gather, tmp_path):
    path = write(tmp_path, *[row(model_id=f"m{i}") for i in range(5000)], pack=True)
    path.write_bytes(path.read_bytes()[:-9])
    found = gather(ModelbiomeSource(path))
    assert found.reasons[("record", "truncated")] == 1
    assert len(found.models) > 1000


def test_parquet__with_real_lists(gather, tmp_path):
    columns = {"model_id": ["a"], "tags": [["x"]], "parent_model": [["p"]], "likes": [1]}
    pq.write_table(pa.table(columns), tmp_path / "eco.parquet")
    found = gather(ModelbiomeSource(tmp_path / "eco.parquet"))
    assert found.edges == [("a", "p", None, "hub_tag")]
    assert found.models[0]["metadata"] == '{"id":"a","likes":1,"tags":["x"]}'


def test_no_model_id__names_the_columns(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="a, b"):
        list(ModelbiomeSource(tmp_path / "x.csv").batches())


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "__import__('os').system('true')", "['a' * 10**9]", "[x for x in 'a']", "{"],
)
def test_literals__nothing_is_evaluated(text):
    assert parse_list(text) is None


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=5))
def test_literals__read_what_python_writes(words):
    lists, problems = parse_lists(pa.array([repr(words), json.dumps(words), None, repr(["a"])]))
    assert lists.to_pylist() == [words, words, None, ["a"]]
    assert not problems


def test_listed__joined_or_literal():
    assert listed("a, b,,c ") == ["a", "b", "c"]
    assert listed("['a', 'b']") == ["a", "b"]
    assert listed("") == []
