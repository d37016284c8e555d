"""Which kind a path is: by content, not by name; and what is said when it is none."""

from __future__ import annotations

import gzip
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cladist.errors import InputError
from cladist.sources.detect import detect_kind, open_source

RECORD = json.dumps({"id": "o/a", "tags": []})


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path)


def test_content_decides__not_the_name(tmp_path):
    (tmp_path / "a.json").write_bytes(gzip.compress(RECORD.encode()))
    (tmp_path / "b.parquet").write_text("child,parent\na,b\n")
    parquet(tmp_path / "c.csv", id=["a"], tags=[["x"]])
    parquet(tmp_path / "d.json", child=["a"], parent=["b"])
    (tmp_path / "e.txt").write_text("model_id,finetune_parent,merge_parent\na,,\n")
    (tmp_path / "f").write_text("garbage, more\n" + RECORD + "\n")
    parquet(tmp_path / "g", model_id=["a"], parent_model=["b"], merge_parent=["c"])
    (tmp_path / "h.csv").write_text(json.dumps([]))
    kinds = {p.name: detect_kind(p) for p in tmp_path.iterdir()}
    assert kinds == {
        "a.json": "records", "b.parquet": "tabular", "c.csv": "hub_stats", "d.json": "tabular",
        "e.txt": "modelbiome", "f": "records", "g": "modelbiome", "h.csv": "records",
    }  # fmt: skip


def test_map_given__a_table_is_tabular(tmp_path):
    parquet(tmp_path / "c.parquet", id=["a"], tags=[["x"]])
    source = open_source(tmp_path / "c.parquet", columns={"model_id": "id"}, observed_at=None)
    assert source.kind == "tabular"


def test_refused__with_the_file_and_a_remedy(tmp_path):
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.bin").write_bytes(b"\0\1")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    os.mkfifo(tmp_path / "pipe")
    for name in ("absent.json", "empty.json", "folder", "other", "image.png", "pipe"):
        with pytest.raises(InputError, match=name.replace(".", r"\.")) as caught:
            open_source(tmp_path / name)
        assert caught.value.remedy
        assert caught.value.exit_code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_refused__without_permission(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(RECORD)
    path.chmod(0)
    with pytest.raises(InputError, match="permission denied"):
        open_source(path)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("hub_stats", "r.json"),
        ("repositories", "r.json"),
        ("tabular", "r.json"),
        ("records", "t.csv"),
        ("records", "p.parquet"),
        ("modelbiome", "d"),
        ("nonsense", "r.json"),
    ],
)
def test_forced_kind__that_cannot_be(tmp_path, kind, name):
    (tmp_path / "r.json").write_text(RECORD)
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    parquet(tmp_path / "p.parquet", id=["a"])
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "README.md").write_text("x")
    with pytest.raises(InputError) as caught:
        open_source(tmp_path / name, kind)
    assert caught.value.remedy


def test_forced_kind__that_can_be_and_options(tmp_path):
    (tmp_path / "r.json").write_text(RECORD)
    source = open_source(tmp_path / "r.json", "records", observed_at="2024-01-01")
    assert next(source.batches()).models["observed_at"].to_pylist() == ["2024-01-01"]
    with pytest.raises(InputError, match="columns"):
        open_source(tmp_path / "r.json", "records", columns={"model_id": "id"})


REAL = {
    "aliases.csv": "tabular",
    "cards": "repositories",
    "card_oddities.json": "records",
    "edge_statements.parquet": "tabular",
    "edges.parquet": "tabular",
    "hub_2024-07.parquet": "hub_stats",
    "models.parquet": "tabular",
    "mteb_model_meta.parquet": "tabular",
    "observations.parquet": "tabular",
    "trees": "tabular",
    "trees/DeepSeek-R1_finetunes_20250416_231338.csv": "tabular",
    "raw/api_model_bert-base-uncased_2025.json": "records",
    "raw/api_model_full": "records",
    "raw/api_model_full/5.zip": "records",
    "raw/api_model_full/q_sample": "records",
    "raw/api_models_list": "records",
    "raw/blaufer_graph_data_mini_v1.json": "records",
    "raw/gabtos_hf_models_open_source_raw.jsonl": "records",
    "raw/github_cards": "repositories",
    "raw/hakanotal_edges.csv": "tabular",
    "raw/infos_2022": "records",
    "raw/mma": "records",
    "raw/mma/DeepSeek-R1_finetunes_20250422_180448.json": "records",
    "raw/mma/stable-diffusion-2-1_finetunes_20250422_220003.csv": "tabular",
    "raw/model_atlas_manual_merges.csv": "tabular",
    "raw/model_atlas_parents_2025-01-09.csv": "tabular",
    "raw/namhyeokwoo_2026-08-22.json": "records",
    "raw/odd_cards": "repositories",
    "raw/radar": "records",
    "raw/reference/aikian_license_map.csv": "tabular",
    "raw/stalnaker_licensing_changes.json": "records",
}


@pytest.mark.real
@pytest.mark.parametrize(("name", "kind"), REAL.items())
def test_real_files(real, name, kind):
    assert detect_kind(real / name) == kind


@pytest.mark.real
def test_real_files__all_trees_are_tables(real):
    assert {detect_kind(path) for path in (real / "trees").iterdir()} == {"tabular"}
