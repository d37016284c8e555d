"""What exports write: a lineage as plain arrays, with the attributes of its nodes and edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cladist.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

CHUNK: Final = 65_536
OWN_COLUMNS: Final = ("node", "model_id", "primary_parent")


@dataclass(frozen=True)
class ExportGraph:
    """What is exported: models, edges between them by index, and the attributes of both.

    Parameters
    ----------
    ids
        Model ids, distinct, in node order; a sequence or an Arrow array.
    children, parents
        Node indices of each edge.
    relations
        Relation of each edge.
    attributes
        Columns aligned with the nodes; ``node``, ``model_id`` and ``primary_parent`` in it are
        left out, since the graph has its own.
    primary_parent
        For each node the parent whose subtree it belongs to, -1 for none. If not given, the
        parent of smallest index.
    edge_attributes
        Columns aligned with the edges.
    metadata
        Words about the whole: title, snapshot, digest, whether it is simulated.
    """

    ids: Any
    children: NDArray[np.integer[Any]]
    parents: NDArray[np.integer[Any]]
    relations: Any
    attributes: pa.Table | None = None
    primary_parent: NDArray[np.integer[Any]] | None = None
    edge_attributes: pa.Table | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        import numpy as np

        def keep(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        keep("ids", _text(self.ids))
        keep("relations", _text(self.relations))
        keep("children", np.asarray(self.children, dtype=np.int64))
        keep("parents", np.asarray(self.parents, dtype=np.int64))
        keep("attributes", _without(self.attributes, OWN_COLUMNS))
        keep("edge_attributes", _without(self.edge_attributes, ("child", "parent", "relation")))
        if self.primary_parent is None:
            keep("primary_parent", _first_parents(len(self.ids), self.children, self.parents))
        keep("primary_parent", np.asarray(self.primary_parent, dtype=np.int64))
        self._check()

    def _check(self) -> None:
        import pyarrow.compute as pc

        nodes, edges = len(self.ids), len(self.children)
        aligned = {
            "parents": (len(self.parents), edges),
            "relations": (len(self.relations), edges),
            "primary_parent": (len(self.primary), nodes),
            "attributes": (_rows(self.attributes, nodes), nodes),
            "edge_attributes": (_rows(self.edge_attributes, edges), edges),
        }
        for name, (have, want) in aligned.items():
            if have != want:
                raise InputError(f"{name} has {have:,} rows, not {want:,}.", "Align it.")
        for name, ends in (("children", self.children), ("parents", self.parents)):
            if edges and (ends.min() < 0 or ends.max() >= nodes):
                raise InputError(f"{name} names a node that does not exist.", f"Nodes: 0-{nodes}.")
        if self.ids.null_count or pc.count_distinct(self.ids).as_py() != nodes:
            raise InputError("Model ids are missing or repeated.", "Give each node its own id.")
        if self.attributes is not None and "id" in self.attributes.column_names:
            raise InputError("An attribute is called 'id'.", "Rename it: 'id' is the model's.")

    @property
    def primary(self) -> NDArray[np.int64]:
        """Primary parent of each node, -1 for none."""
        import numpy as np

        return np.asarray(self.primary_parent, dtype=np.int64)

    def nodes(self) -> Iterator[pa.Table]:
        """Yield the nodes with their attributes, chunk by chunk."""
        import numpy as np
        import pyarrow as pa

        for start in range(0, max(len(self.ids), 1), CHUNK):
            ids = self.ids.slice(start, CHUNK)
            index = pa.array(np.arange(start, start + len(ids), dtype=np.int64))
            primary = self.primary[start : start + CHUNK]
            table = pa.table(
                [index, ids, pa.array(primary, mask=primary < 0)],
                names=["node", "model_id", "primary_parent"],
            )
            yield _beside(table, self.attributes, start)

    def edges(self) -> Iterator[pa.Table]:
        """Yield the edges with ids, relation and attributes, chunk by chunk."""
        import pyarrow as pa

        for start in range(0, max(len(self.children), 1), CHUNK):
            child = pa.array(self.children[start : start + CHUNK])
            parent = pa.array(self.parents[start : start + CHUNK])
            columns = {
                "child": child,
                "parent": parent,
                "child_id": self.ids.take(child),
                "parent_id": self.ids.take(parent),
                "relation": self.relations.slice(start, CHUNK),
            }
            yield _beside(pa.table(columns), self.edge_attributes, start)


def _text(values: Any) -> pa.Array:
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return values.cast(pa.string())
    return pa.array([str(v) for v in values], pa.string())


def _without(table: pa.Table | None, names: tuple[str, ...]) -> pa.Table | None:
    if table is None:
        return None
    return table.drop_columns([n for n in table.column_names if n in names])


def _rows(table: pa.Table | None, otherwise: int) -> int:
    return otherwise if table is None else int(table.num_rows)


def _first_parents(
    nodes: int, children: NDArray[np.integer[Any]], parents: NDArray[np.integer[Any]]
) -> NDArray[np.int64]:
    import numpy as np

    first = np.full(nodes, nodes, dtype=np.int64)
    np.minimum.at(first, children, parents)
    first[first == nodes] = -1
    return first


def _beside(table: pa.Table, more: pa.Table | None, start: int) -> pa.Table:
    if more is not None:
        for name in more.column_names:
            table = table.append_column(name, more.column(name).slice(start, CHUNK))
    return table.combine_chunks()
