"""The hub's list as Parquet: columns of every type, damage, and the real census."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cladist.errors import InputError
from cladist.sources.hub_stats import HubStatsSource


def write(folder, columns, name="models.parquet"):
    pq.write_table(pa.table(columns), folder / name)
    return folder / name


def test_columns__as_the_hub_gives_them(gather, tmp_path):
    path = write(
        tmp_path,
        {
            "id": ["o/a", "o/b"],
            "createdAt": pa.array([datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), None]),
            "likes": [3, None],
            "downloads": [5.0, float("nan")],
            "gated": [False, None],
            "tags": pa.array([["x", "license:mit"], None]),
            "cardData": [{"license": "mit", "base_model": ["o/p"]}, None],
            "safetensors": [{"total": 7, "parameters": None}, None],
            "siblings": [[{"rfilename": "README.md"}], [{"rfilename": "a"}]],
            "baseModels": [{"relation": "merge", "models": [{"id": "o/p"}, {"id": "o/q"}]}, None],
            "base_model": ["o/p", "o/r"],
            "readme": ["# hi", None],
        },
    )
    found = gather(HubStatsSource(path, observed_at="2024-07-11"))
    first, second = found.models
    assert first["created_at"] == "2024-01-02T03:04:05.000000Z"
    assert (first["likes"], first["downloads"], first["gated"]) == ("3", "5", "false")
    assert (first["parameters"], first["has_card"], first["card"]) == ("7", True, "# hi")
    assert json.loads(first["card_data"]) == {"base_model": ["o/p"], "license": "mit"}
    record = json.loads(first["metadata"])
    assert list(record) == sorted(record)
    assert "readme" not in record
    assert json.loads(second["metadata"])["downloads"] is None
    assert record["tags"] == ["x", "license:mit"]
    assert (second["likes"], second["downloads"], second["tags"]) == (None, None, None)
    assert second["has_card"] is False
    assert second["observed_at"] == "2024-07-11"
    assert found.edges == [
        ("o/a", "o/p", "merge", "hub_page"),
        ("o/a", "o/q", "merge", "hub_page"),
        ("o/b", "o/r", None, "card"),
    ]
    assert not found.rejects


def test_columns__of_wrong_types(gather, tmp_path):
    path = write(
        tmp_path,
        {
            "id": [1, 2, 3, 4],
            "downloads": ["5", "many", None, "-1"],
            "likes": [[1], None, [2], []],
            "tags": ['["a", "b"]', "['c']", "no list", '[1, "d"]'],
            "cardData": ['{"license":"mit"}', "license: mit", "a: [", None],
            "gguf": ['{"total": 9}', None, "x", None],
            "siblings": ['[{"rfilename":"README.md"}]', None, "[]", None],
        },
    )
    found = gather(HubStatsSource(path))
    assert [m["model_id"] for m in found.models] == ["1", "2", "3", "4"]
    assert [m["downloads"] for m in found.models] == ["5", "many", None, "-1"]
    assert [m["likes"] for m in found.models] == ["[1]", None, "[2]", "[]"]
    assert [m["tags"] for m in found.models] == [["a", "b"], ["c"], None, ["d"]]
    assert [m["parameters"] for m in found.models] == ["9", None, None, None]
    assert [m["has_card"] for m in found.models] == [True, None, False, None]
    assert found.models[1]["card_data"] == '{"license":"mit"}'
    assert found.reasons == {
        ("value", "not_a_list"): 1,
        ("value", "not_text"): 1,
        ("value", "card_data_not_readable"): 1,
    }


def test_ids__missing_ones_are_rejected(gather, tmp_path):
    path = write(tmp_path, {"id": ["a", None, "", "b"], "likes": [1, 2, 3, 4]})
    found = gather(HubStatsSource(path))
    assert [(m["line"], m["model_id"]) for m in found.models] == [(1, "a"), (4, "b")]
    assert [(r["line"], r["reason"]) for r in found.rejects] == [
        (2, "missing_id"),
        (3, "missing_id"),
    ]


def test_empty_table_and_parts(gather, tmp_path):
    write(tmp_path, {"id": pa.array([], pa.string()), "tags": pa.array([], pa.null())}, "0.parquet")
    write(tmp_path, {"id": ["b"], "tags": [["x", None]]}, "1.parquet")
    found = gather(HubStatsSource(tmp_path))
    assert [(m["locator"], m["tags"]) for m in found.models] == [("1.parquet", ["x"])]
    assert found.reasons == {("value", "not_text"): 1}


def test_no_id__names_the_columns(tmp_path):
    path = write(tmp_path, {"name": ["a"], "likes": [1]})
    with pytest.raises(InputError, match="name, likes"):
        list(HubStatsSource(path).batches())


@pytest.mark.parametrize("cut", [100, -1, -9])
def test_truncated__names_the_file(tmp_path, cut):
    path = write(tmp_path, {"id": ["a"] * 1000, "likes": list(range(1000))})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match=r"models\.parquet") as caught:
        list(HubStatsSource(path).batches())
    assert "download" in caught.value.remedy


def test_damaged_inside__names_the_file(tmp_path):
    path = write(tmp_path, {"id": [f"model {i}" for i in range(5000)]})
    data = bytearray(path.read_bytes())
    data[4:400] = b"\xff" * 396
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"models\.parquet"):
        list(HubStatsSource(path).batches())


@pytest.mark.real
def test_real_census(real):
    batches = list(HubStatsSource(real / "hub_2024-07.parquet").batches())
    assert sum(b.models.num_rows for b in batches) == 719_490
    assert sum(b.rejects.num_rows for b in batches) == 0
    assert batches[-1].models["line"][-1].as_py() == 719_490
