"""Exports come back as they went out, hostile names and deep chains included."""

# ruff: noqa: S314 (the XML is our own)

import csv
import io
import json
import xml.etree.ElementTree as ET

import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from view_examples import HOSTILE

from cladist.errors import InputError
from cladist.views.export import (
    EXPORTS,
    ExportGraph,
    export,
    write_graphml,
    write_json,
    write_newick,
)

NAMES = [*HOSTILE, "(a,b)c:1;[x]", "O'Briens", "org/model#H1", "été 模型", "\x00\ufffe\x85"]


def graph(n=10, edges=((1, 0), (2, 0), (3, 1), (3, 2), (5, 4)), ids=None, **more):
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    ids = ids or [f"m{i}" for i in range(n)]
    return ExportGraph(ids, pairs[:, 0], pairs[:, 1], ["merge"] * len(pairs), **more)


def hostile(**more):
    attributes = pa.table(
        {
            "license": pa.array([["mit", 'a"b\\'], [], None, ["\x07"], [None]] + [None] * 5,
                                pa.list_(pa.string())),
            "downloads": pa.array([1, None, 3, 2**53, 0] + [None] * 5, pa.int64()),
            "score": pa.array([0.5, float("nan"), None, 1e-7, float("inf")] + [None] * 5),
            "is_ghost": pa.array([True, False] + [None] * 8),
            "created_at": pa.array([0, None] + [10**15] * 8, pa.timestamp("us", "UTC")),
            "task: \"x\" <y>": NAMES,
            "model_id": ["ignored"] * 10,
        }
    )  # fmt: skip
    return graph(ids=NAMES, attributes=attributes, metadata={"title": HOSTILE[0]}, **more)


def written(writer, *args, **options):
    out = io.BytesIO()
    writer(*args, out, **options)
    return out.getvalue()


# --- GraphML and JSON ---------------------------------------------------------------------------


def test_graphml_is_valid_xml_for_hostile_names():
    data = written(write_graphml, hostile())
    ET.fromstring(data)
    back = nx.read_graphml(io.BytesIO(data))
    assert back.is_directed()
    assert set(back.edges) == {("n0", "n1"), ("n0", "n2"), ("n1", "n3"), ("n2", "n3"), ("n4", "n5")}
    assert back.edges["n0", "n1"]["relation"] == "merge"
    nodes = back.nodes
    assert nodes["n0"]["model_id"] == HOSTILE[0]
    assert nodes["n1"]["model_id"] == r"\x1b[31mred\x07\x1b]0;t\x07"
    assert nodes["n2"]["model_id"] == HOSTILE[2].replace("\r", "\\r")
    assert nodes["n9"]["model_id"] == r"\x00\ufffe\x85"
    assert nodes["n3"]["downloads"] == 2**53
    assert nodes["n0"]["is_ghost"] is True
    assert nodes["n0"]["license"] == '["mit","a\\"b\\\\"]'
    assert nodes["n0"]["created_at"] == "1970-01-01T00:00:00Z"
    assert "downloads" not in nodes["n1"]
    assert "score" not in nodes["n1"]
    assert "score" not in nodes["n4"]
    assert back.graph["title"] == HOSTILE[0]


def test_node_link_json_loads_into_networkx_with_exact_names():
    data = json.loads(written(write_json, hostile()))
    back = nx.node_link_graph(data, edges="edges")
    assert list(back.nodes) == NAMES
    assert set(back.edges) == {(NAMES[p], NAMES[c]) for c, p in
                               ((1, 0), (2, 0), (3, 1), (3, 2), (5, 4))}  # fmt: skip
    assert back.nodes[NAMES[0]]["license"] == ["mit", 'a"b\\']
    assert back.nodes[NAMES[4]]["license"] == [None]
    assert back.nodes[NAMES[1]]["license"] == []
    assert back.nodes[NAMES[3]]["score"] == 1e-7
    assert back.nodes[NAMES[2]]['task: "x" <y>'] == NAMES[2]
    assert back.graph["title"] == HOSTILE[0]


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("form", ["graphml", "json", "newick"])
def test_no_nodes_or_no_edges(n, form):
    out = io.BytesIO()
    export(graph(n, ()), form, out)
    if form == "graphml":
        assert len(nx.read_graphml(io.BytesIO(out.getvalue()))) == n
    if form == "json":
        assert len(json.loads(out.getvalue())["nodes"]) == n


def test_chunks_join_without_a_seam(monkeypatch):
    whole = {form: io.BytesIO() for form in ("graphml", "json")}
    for form, out in whole.items():
        export(hostile(), form, out)
    for size in (1, 3, 5, 10):
        monkeypatch.setattr("cladist.views.graph.CHUNK", size)
        monkeypatch.setattr("cladist.views.graphtext.CHUNK", size)
        for form, out in whole.items():
            again = io.BytesIO()
            export(hostile(), form, again)
            assert again.getvalue() == out.getvalue()


# --- CSV and Parquet ----------------------------------------------------------------------------


def test_csv_and_parquet_hold_both_tables(tmp_path):
    nodes_path, edges_path = export(hostile(), "csv", tmp_path / "csv")
    with nodes_path.open(newline="", encoding="utf-8") as file:
        nodes = list(csv.DictReader(file))
    assert [r["model_id"] for r in nodes] == NAMES
    assert nodes[0]["license"] == '["mit","a\\"b\\\\"]'
    assert [r["primary_parent"] for r in nodes[:4]] == ["", "0", "0", "1"]
    with edges_path.open(newline="", encoding="utf-8") as file:
        edges = list(csv.DictReader(file))
    assert [r["parent_id"] for r in edges] == [NAMES[p] for p in (0, 0, 1, 2, 4)]
    assert {r["relation"] for r in edges} == {"merge"}
    export(hostile(), "parquet", tmp_path)
    table = pq.read_table(tmp_path / "nodes.parquet")
    assert table.column("license").to_pylist()[:3] == [["mit", 'a"b\\'], [], None]
    assert table.schema.metadata[b"title"] == HOSTILE[0].encode()
    assert pq.read_table(tmp_path / "edges.parquet").num_rows == 5
    assert not list(tmp_path.glob("**/*.part*"))


def test_files_appear_whole_or_not_at_all(tmp_path):
    cycle = graph(2, ((0, 1), (1, 0)))
    with pytest.raises(InputError, match="cycle"):
        export(cycle, "newick", tmp_path / "t.nwk")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", EXPORTS)
def test_same_graph_same_bytes(form, tmp_path):
    first = [p.read_bytes() for p in export(hostile(), form, tmp_path / "a")]
    assert first == [p.read_bytes() for p in export(hostile(), form, tmp_path / "b")]


# --- extended Newick ----------------------------------------------------------------------------


def read_newick(line):  # noqa: C901
    """Return (edges as child -> parents, labels) of one line; a plain reader without recursion."""
    at, stack, labels, edges = 0, [[]], {}, set()
    fresh, hybrids = iter(range(10**9)), {}

    def node(label, tag):
        number = hybrids.setdefault(tag, next(fresh)) if tag else next(fresh)
        if label is not None:
            labels[number] = label
        return number

    def token(at):
        label, tag = None, ""
        if line[at] == "'":
            end = at + 1
            while line[end] != "'" or line[end + 1] == "'":
                end += 2 if line[end] == "'" else 1
            label, at = line[at + 1 : end].replace("''", "'"), end + 1
        if line[at] == "#":
            end = at
            while line[end] not in ",);":
                end += 1
            tag, at = line[at:end], end
        return label, tag, at

    while line[at] != ";":
        if line[at] == "(":
            stack.append([])
            at += 1
        elif line[at] == ",":
            at += 1
        else:
            kids = []
            if line[at] == ")":
                kids = stack.pop()
                at += 1
            label, tag, at = token(at)
            number = node(label, tag)
            edges |= {(kid, number) for kid in kids}
            stack[-1].append(number)
    assert at == len(line) - 1
    assert len(stack) == 1
    assert len(stack[0]) == 1
    return edges, labels


def edges_by_name(data):
    edges, names = set(), []
    for line in data.decode().splitlines():
        found, labels = read_newick(line)
        names += labels.values()
        edges |= {(labels[c], labels[p]) for c, p in found if p in labels}
    return edges, names


def test_reticulation_stands_once_with_its_subtree():
    assert written(write_newick, graph(6)).decode() == (
        "(('m3'#H1)'m1',(#H1)'m2')'m0';\n('m5')'m4';\n"
    )


def test_several_founders_hang_under_a_root_without_name():
    both = graph(3, ((2, 0), (2, 1)))
    assert written(write_newick, both) == b"(('m2'#H1)'m0',(#H1)'m1');\n"


def test_models_alone_are_written_on_demand():
    assert written(write_newick, graph(2, ())) == b""
    assert written(write_newick, graph(2, ()), alone=True) == b"'m0';\n'm1';\n"


def test_hostile_labels_stay_on_their_line():
    data = written(write_newick, hostile(), alone=True)
    assert data.count(b"\n") == 6
    _, names = edges_by_name(data)
    assert len(names) == 10
    assert {"(a,b)c:1;[x]", "O'Briens", "org/model#H1"} <= set(names)
    assert HOSTILE[2].replace("\n", "\\n").replace("\r", "\\r") in names


def test_chain_of_a_hundred_thousand():
    n = 100_000
    chain = graph(n, np.column_stack([np.arange(1, n), np.arange(n - 1)]))
    data = written(write_newick, chain).decode()
    assert data.startswith("(" * (n - 1) + f"'m{n - 1}')'m{n - 2}'")
    assert len(read_newick(data.strip())[0]) == n - 1


@st.composite
def dags(draw):
    n = draw(st.integers(1, 12))
    pairs = [(c, p) for c in range(n) for p in range(c)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    order = draw(st.permutations(range(n)))
    names = draw(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])),
                          min_size=n, max_size=n, unique=True))  # fmt: skip
    return graph(n, [(order[c], order[p]) for c, p in edges], names)


@settings(max_examples=200, deadline=None)
@given(dags())
def test_newick_round_trip(made):
    edges, names = edges_by_name(written(write_newick, made, alone=True))
    ids = made.ids.to_pylist()
    assert sorted(names) == sorted(ids)
    assert edges == {(ids[c], ids[p]) for c, p in zip(made.children, made.parents, strict=True)}


@settings(max_examples=50, deadline=None)
@given(dags())
def test_json_and_graphml_round_trip(made):
    ids = made.ids.to_pylist()
    want = {(ids[p], ids[c]) for c, p in zip(made.children, made.parents, strict=True)}
    back = nx.node_link_graph(json.loads(written(write_json, made)), edges="edges")
    assert set(back.edges) == want
    xml = nx.read_graphml(io.BytesIO(written(write_graphml, made)))
    assert xml.number_of_edges() == len(want)


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ids": ["a", "a", "b"]}, "repeated"),
        ({"ids": [*"abc"], "edges": ((1, 9),)}, "does not exist"),
        ({"ids": [*"abc"], "attributes": pa.table({"x": [1]})}, "attributes has 1 rows"),
        ({"ids": [*"abc"], "attributes": pa.table({"id": [1, 2, 3]})}, "Rename"),
    ],
)
def test_misaligned_graphs_are_refused(change, said):
    with pytest.raises(InputError, match=said):
        graph(3, change.pop("edges", ((1, 0),)), **change)


def test_wrong_primary_parent_cycle_and_format_are_refused(tmp_path):
    with pytest.raises(InputError, match="none of the node's parents"):
        written(write_newick, graph(3, ((1, 0),), primary_parent=np.array([-1, 2, -1])))
    with pytest.raises(InputError, match="cycle"):
        written(write_newick, graph(1, ((0, 0),)))
    with pytest.raises(InputError, match="Export format"):
        export(graph(), "gexf", tmp_path)
    with pytest.raises(InputError, match="directory"):
        export(graph(), "csv", io.BytesIO())
