r"""A lineage for other programs: GraphML, node-link JSON, extended Newick, CSV and Parquet.

Edges point from parent to child in every format. The writers work on whole columns in chunks, so
that millions of models need seconds and little memory.

========  =======================================================================================
GraphML   ``read_graphml`` of NetworkX, Gephi, igraph; nodes are ``n0``, ``n1`` ..., the id is the
          attribute ``model_id``; what XML cannot hold is escaped visibly (``\x07``)
JSON      node-link data; ``networkx.node_link_graph(json.load(f), edges="edges")``
Newick    one line a family, see :mod:`cladist.views.newick`
CSV       ``nodes.csv`` and ``edges.csv``: text quoted, null empty, lists as JSON, times ISO 8601.
          Values are written as they are: import into spreadsheets as text, not as formulas
Parquet   ``nodes.parquet`` and ``edges.parquet``, types kept
========  =======================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from cladist.errors import InputError
from cladist.places import whole
from cladist.views.flat import flat, with_mark
from cladist.views.graph import ExportGraph
from cladist.views.graphtext import write_graphml, write_json
from cladist.views.newick import write_newick

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "EXPORTS",
    "ExportGraph",
    "export",
    "write_csv",
    "write_graphml",
    "write_json",
    "write_newick",
    "write_parquet",
]


# --- CSV and Parquet --------------------------------------------------------------------------


def write_csv(chunks: Iterator[pa.Table], file: BinaryIO) -> None:
    """Write chunks of one table as CSV with a header."""
    import pyarrow.csv as pacsv

    writer = None
    for chunk in chunks:
        plain = flat(chunk)
        if writer is None:
            writer = pacsv.CSVWriter(file, plain.schema)
        writer.write_table(plain)
    if writer is not None:
        writer.close()


def write_parquet(
    chunks: Iterator[pa.Table], file: BinaryIO, metadata: dict[str, str] | None = None
) -> None:
    """Write chunks of one table as Parquet, the metadata in its schema."""
    import pyarrow.parquet as pq

    writer = None
    for chunk in chunks:
        named = chunk.replace_schema_metadata(metadata or None)
        if writer is None:
            writer = pq.ParquetWriter(file, named.schema, compression="zstd")
        writer.write_table(named)
    if writer is not None:
        writer.close()


# --- one entrance -----------------------------------------------------------------------------


_FILES: Final[dict[str, Callable[[ExportGraph, BinaryIO], None]]] = {
    "graphml": write_graphml,
    "json": write_json,
    "newick": write_newick,
}
EXPORTS: Final = (*_FILES, "csv", "parquet")


def export(graph: ExportGraph, fmt: str, out: str | Path | BinaryIO) -> list[Path]:
    """Write a lineage in one of the formats, and return the files written.

    Parameters
    ----------
    graph
        What to write.
    fmt
        ``graphml``, ``json``, ``newick``, ``csv`` or ``parquet``.
    out
        A file, or an open binary one; a directory for ``csv`` and ``parquet``. Files appear
        when they are complete; those of the same name are replaced.

    Raises
    ------
    InputError
        If the format is unknown, needs a directory, or (Newick) the lineage has a cycle.
    """
    if fmt not in EXPORTS:
        raise InputError.not_among("Export format", fmt, EXPORTS)
    if fmt in _FILES:
        if not isinstance(out, str | Path):
            _FILES[fmt](graph, out)
            return []
        return [_replace(Path(out), lambda file: _FILES[fmt](graph, file))]
    if not isinstance(out, str | Path):
        raise InputError(f"{fmt} makes two files.", "Give a directory with --out.")
    return _folder(graph, fmt, Path(out))


def _folder(graph: ExportGraph, fmt: str, out: Path) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, chunks in (("nodes", graph.nodes), ("edges", graph.edges)):

        def write(file: BinaryIO, chunks: Callable[[], Iterator[pa.Table]] = chunks) -> None:
            if fmt == "csv":
                simulated = graph.metadata.get("simulated") == "true"
                write_csv(map(with_mark, chunks()) if simulated else chunks(), file)
            else:
                write_parquet(chunks(), file, graph.metadata)

        written.append(_replace(out / f"{name}.{fmt}", write))
    return written


def _replace(path: Path, write: Callable[[BinaryIO], None]) -> Path:
    """Write a file that is seen only when it is whole."""
    with whole(path) as part, part.open("wb") as file:
        write(file)
    return path
