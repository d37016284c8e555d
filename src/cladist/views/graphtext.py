"""GraphML and node-link JSON, written by whole columns in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final

from cladist.views.encode import join, json_column, json_text, write_rows, xml_column
from cladist.views.flat import json_bytes
from cladist.views.graph import CHUNK, OWN_COLUMNS, ExportGraph
from cladist.views.terminal import clean

if TYPE_CHECKING:
    import pyarrow as pa

_EDGE_ENDS: Final = ("child", "parent", "child_id", "parent_id")


def _column(table: pa.Table, name: str) -> pa.Array:
    """Return a column of a chunk as one array."""
    import pyarrow as pa

    column = table.column(name)
    if not column.num_chunks:
        return pa.array([], column.type)
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


# --- GraphML ----------------------------------------------------------------------------------


def write_graphml(graph: ExportGraph, file: BinaryIO) -> None:
    """Write GraphML; see the table in :mod:`cladist.views.export`."""
    from xml.sax.saxutils import quoteattr

    nodes = next(graph.nodes())
    edges = next(graph.edges())
    node_names = [n for n in nodes.column_names if n not in ("node", "primary_parent")]
    edge_names = [n for n in edges.column_names if n not in _EDGE_ENDS]
    file.write(
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    )
    keys = [(f"g{i}", "graph", k, "string") for i, k in enumerate(graph.metadata)]
    keys += [(f"v{i}", "node", n, _graphml_type(nodes, n)) for i, n in enumerate(node_names)]
    keys += [(f"e{i}", "edge", n, _graphml_type(edges, n)) for i, n in enumerate(edge_names)]
    for key, owner, name, kind in keys:
        said = quoteattr(clean(name))
        line = f'<key id="{key}" for="{owner}" attr.name={said} attr.type="{kind}"/>\n'
        file.write(line.encode())
    file.write(b'<graph id="lineage" edgedefault="directed">\n')
    for i, value in enumerate(graph.metadata.values()):
        file.write(f'<data key="g{i}">{_xml_one(value)}</data>\n'.encode())
    for chunk in graph.nodes():
        index = _column(chunk, "node").cast("string")
        opening = ['<node id="n', index, '">']
        _graphml_rows(chunk, opening, node_names, file, tag="node")
    for chunk in graph.edges():
        parent, child = (_column(chunk, c).cast("string") for c in ("parent", "child"))
        opening = ['<edge source="n', parent, '" target="n', child, '">']
        _graphml_rows(chunk, opening, edge_names, file, tag="edge")
    file.write(b"</graph>\n</graphml>\n")


def _graphml_rows(
    chunk: pa.Table, opening: list[Any], names: list[str], file: BinaryIO, *, tag: str
) -> None:
    import pyarrow.compute as pc

    parts, letter = list(opening), {"node": "v", "edge": "e"}[tag]
    for i, name in enumerate(names):
        data = join(f'<data key="{letter}{i}">', xml_column(_column(chunk, name)), "</data>")
        parts.append(pc.fill_null(data, ""))
    write_rows(join(*parts, f"</{tag}>\n"), file)


def _graphml_type(table: pa.Table, name: str) -> str:
    import pyarrow as pa

    kind = table.schema.field(name).type
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "long"
    return "double" if pa.types.is_floating(kind) else "string"


def _xml_one(text: str) -> str:
    import pyarrow as pa

    return str(xml_column(pa.array([text], pa.string()))[0].as_py())


# --- node-link JSON ---------------------------------------------------------------------------


def write_json(graph: ExportGraph, file: BinaryIO) -> None:
    """Write node-link JSON, one node or edge a line; unknown attributes are left out."""
    head = json_bytes({"directed": True, "multigraph": False, "graph": graph.metadata})
    file.write(head[:-1] + b',\n"nodes":[\n')
    last = (len(graph.ids) - 1) // CHUNK
    for i, chunk in enumerate(graph.nodes()):
        opening = ['{"id":', json_text(_column(chunk, "model_id"))]
        _json_rows(chunk, opening, OWN_COLUMNS, file, last=i >= last)
    file.write(b'\n],\n"edges":[\n')
    last = (len(graph.children) - 1) // CHUNK
    for i, chunk in enumerate(graph.edges()):
        ends = [json_text(_column(chunk, c)) for c in ("parent_id", "child_id")]
        opening = ['{"source":', ends[0], ',"target":', ends[1]]
        _json_rows(chunk, opening, _EDGE_ENDS, file, last=i >= last)
    file.write(b"\n]}\n")


def _json_rows(
    chunk: pa.Table, opening: list[Any], skip: tuple[str, ...], file: BinaryIO, *, last: bool
) -> None:
    import pyarrow.compute as pc

    parts = list(opening)
    for name in chunk.column_names:
        if name not in skip:
            key = "," + json_bytes(name).decode() + ":"
            parts.append(pc.fill_null(join(key, json_column(_column(chunk, name))), ""))
    write_rows(join(*parts, "},\n"), file, strip=2 if last else 0)
