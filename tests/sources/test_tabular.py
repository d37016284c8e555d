"""Tables with a column map: edges, models, both; maps that are wrong; the real tables."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cladist.errors import InputError
from cladist.sources.column_map import make_map, natural_map, read_map
from cladist.sources.tabular import TabularSource

EDGES = "source,target,edge\np,c,merged\nq,c,finetuned\n,c,merged\np,,merged\nr,c,odd\n"
EDGE_MAP = {
    "columns": {"child": "target", "parent": "source", "relation": "edge"},
    "values": {"relation": {"merged": "merge", "finetuned": "finetune"}},
    "constants": {"method": "hub_tag", "observed_at": "2025-06-11"},
}


def write(folder, text, name="t.csv"):
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder / name


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_edges__each_row_is_an_edge_record(gather, tmp_path, mark):
    found = gather(TabularSource(write(tmp_path, EDGES.replace(",", mark)), **EDGE_MAP))
    assert found.edges == [
        ("c", "p", "merge", "hub_tag"),
        ("c", "q", "finetune", "hub_tag"),
        ("c", "r", None, "hub_tag"),
    ]
    assert {c["observed_at"] for c in found.claims} == {"2025-06-11"}
    assert (found.edge_records, found.records) == (3, 5)
    assert [(r["line"], r["level"], r["reason"]) for r in found.rejects] == [
        (4, "record", "missing_parent"),
        (5, "record", "missing_child"),
        (6, "value", "unknown_relation"),
    ]


def test_models_with_parents_and_children(gather, tmp_path):
    text = (
        "name,adapted_from,languages,kids\n"
        'a,p,"en, de","https://huggingface.co/o/x, o/y"\n'
        "b,,\"['fr']\",\"['o/z']\"\n"
        ",p,,\n"
    )
    columns = {"model_id": "name", "parent": "adapted_from", "language": "languages"}
    source = TabularSource(write(tmp_path, text), columns=columns, children={"kids": "quantized"})
    found = gather(source)
    assert [(m["model_id"], m["language"]) for m in found.models] == [
        ("a", ["en", "de"]),
        ("b", ["fr"]),
    ]
    assert sorted(found.edges) == [
        ("a", "p", None, "annotation"),
        ("o/x", "a", "quantized", "hub_page"),
        ("o/y", "a", "quantized", "hub_page"),
        ("o/z", "b", "quantized", "hub_page"),
    ]
    assert (found.edge_records, found.reasons) == (0, {("record", "missing_id"): 1})


def test_card__what_a_crawl_writes_for_none_is_no_card(gather, tmp_path, maps):
    text = "model_id,card,metadata\na/b,N/A,{}\na/c,# N/A,{}\n"
    found = gather(TabularSource(write(tmp_path, text), columns=maps / "family-crawl.toml"))
    assert [m["card"] for m in found.models] == [None, "# N/A"]


def test_metadata__is_read_as_a_record(gather, tmp_path, maps):
    text = (
        "model_id,card,metadata,children\n"
        'o/a,# hi,"{""id"": ""o/A"", ""tags"": [""t""], ""likes"": 2}",o/k\n'
        "o/b,,N/A,\n"
    )
    found = gather(TabularSource(write(tmp_path, text), columns=maps / "family-crawl.toml"))
    first, second = found.models
    assert (first["model_id"], first["tags"], first["likes"]) == ("o/A", ["t"], "2")
    assert (first["card"], first["metadata"]) == ("# hi", '{"id":"o/A","likes":2,"tags":["t"]}')
    assert (second["model_id"], second["metadata"]) == ("o/b", None)
    assert found.edges == [("o/k", "o/A", "finetune", "hub_page")]
    assert found.reasons == {("value", "metadata_not_json"): 1}


def test_own_names__need_no_map(gather, tmp_path):
    text = "child,parent,relation,confidence\nc,p,merge,0.5\n"
    found = gather(TabularSource(write(tmp_path, text)))
    assert found.edges == [("c", "p", "merge", "annotation")]
    assert found.claims[0]["confidence"] == "0.5"
    assert natural_map(["source", "target", "edge"]) is None


def test_no_map__shows_the_columns_and_an_example(tmp_path):
    with pytest.raises(InputError, match="source, target, edge") as caught:
        list(TabularSource(write(tmp_path, EDGES)).batches())
    assert "[columns]" in caught.value.remedy


def test_lacking_column__is_named(tmp_path):
    source = TabularSource(write(tmp_path, EDGES), columns={"child": "target", "parent": "origin"})
    with pytest.raises(InputError, match="lacks the column origin"):
        list(source.batches())


def test_folder__files_that_do_not_fit_are_rejected(gather, tmp_path):
    write(tmp_path, "child,parent\nc,p\n", "a.csv")
    write(tmp_path, "x,y\n1,2\n", "b.csv")
    pq.write_table(pa.table({"child": ["d"], "parent": ["p"]}), tmp_path / "c.parquet")
    found = gather(TabularSource(tmp_path))
    assert found.edge_records == 2
    assert [(r["locator"], r["reason"]) for r in found.rejects] == [("b.csv", "columns_missing")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"columms": {}}, "columms"),
        ({"columns": {"model": "x"}}, "'model'"),
        ({"columns": {"model_id": 3}}, "texts only"),
        ({"columns": {"likes": "x"}}, "names neither"),
        ({"columns": {"model_id": "x"}, "children": {"k": "kid"}}, "'kid'"),
        ({"columns": {"model_id": "x"}, "constants": {"method": "rumour"}}, "'rumour'"),
        ({"columns": {"model_id": "x"}, "values": {"relation": {"a": "b"}}}, "'b'"),
        ({"columns": {"model_id": "x"}, "list_separator": 3}, "list_separator"),
    ],
)
def test_map__what_is_wrong_is_named(data, message):
    with pytest.raises(InputError, match=message):
        make_map(data)


def test_map__a_file_that_is_not_there_or_no_toml(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_map(tmp_path / "none.toml")
    with pytest.raises(InputError, match="no TOML"):
        read_map(write(tmp_path, "[columns", "m.toml"))


def test_maps_of_the_documentation__can_be_read(maps):
    assert len([read_map(path) for path in maps.glob("*.toml")]) >= 9


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "mapping", "models", "claims", "edges"),
    [
        ("edge_statements.parquet", "edge-statements", 0, 295_055, 295_055),
        ("edges.parquet", "edges", 0, 190_261, 190_261),
        ("models.parquet", "models", 784_107, 0, 0),
        ("mteb_model_meta.parquet", "mteb-models", 969, 388, 0),
        ("observations.parquet", "observations", 920_735, 0, 0),
        ("raw/hakanotal_edges.csv", "network-edges", 0, 30_383, 30_383),
        ("raw/model_atlas_parents_2025-01-09.csv", "atlas-parents", 0, 21_891, 21_891),
        ("raw/model_atlas_manual_merges.csv", "atlas-merges", 0, 607, 607),
        ("trees", "family-crawl", 2931, 6710, 0),
    ],
)
def test_real_tables(real, maps, name, mapping, models, claims, edges):
    batches = list(TabularSource(real / name, columns=maps / f"{mapping}.toml").batches())
    assert sum(b.models.num_rows for b in batches) == models
    assert sum(b.claims.num_rows for b in batches) == claims
    assert sum(b.edge_records for b in batches) == edges
