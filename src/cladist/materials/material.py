"""What a bill of materials is made of: the model, its ancestors, its quantized copies, edges."""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from cladist.licenses.catalog import licenses
from cladist.licenses.resolve import Resolved, resolve
from cladist.lineage.lineage import Lineage
from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cladist.snapshot import Snapshot

#: An address that a document may hold: what strangers wrote beside it stands in no link.
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]{1,500}")
_COLUMNS: Final = (
    "node", "model_id", "author", "revision", "is_ghost", "license", "license_name",
    "license_link", "pipeline_tag", "library_name", "datasets", "language", "created_at::VARCHAR",
    "parameters",
)  # fmt: skip
#: Quantized copies, and data sets of a model, that are listed.
MOST_VARIANTS: Final = 50
MOST_DATASETS: Final = 100
#: Characters of a stated licence, or of a data set's name, that a document holds.
LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class Model:
    """One model: its row, and what its licence means."""

    node: int
    id: str
    author: str | None
    revision: str | None
    is_ghost: bool
    stated: tuple[str, ...]
    license_name: str | None
    license_link: str | None
    found: Resolved
    pipeline_tag: str | None
    library_name: str | None
    datasets: tuple[str, ...]
    language: tuple[str, ...]
    created_at: str | None
    parameters: int | None

    @property
    def page(self) -> str:
        """The address of its page."""
        return f"https://huggingface.co/{quote(self.id, safe='/')}"

    @property
    def spdx(self) -> str:
        """The SPDX id of its licence, empty if there is none."""
        return licenses()[self.found.id].spdx if self.found.id else ""

    @property
    def license_words(self) -> str:
        """Its licence in words: the id of the catalogue, or as stated, cut; empty if nothing."""
        return self.found.id or (self.license_name or ", ".join(self.stated))[:LONGEST_NAME]

    @property
    def license_url(self) -> str:
        """Where the licence's text is, empty if not known."""
        if self.license_link and _ADDRESS.fullmatch(self.license_link):
            return self.license_link
        return licenses()[self.found.id].url if self.found.id else ""


@dataclass(frozen=True)
class Edge:
    """One edge: ``child`` descends from ``parent`` by ``relation``."""

    child: int
    parent: int
    relation: str


@dataclass(frozen=True)
class Material:
    """Everything that a document holds.

    ``models`` has the model itself first, then its ancestors, the nearest first; ``edges`` joins
    them; ``variants`` are its quantized and converted children, of which ``more_variants`` are
    left out.
    """

    models: tuple[Model, ...]
    edges: tuple[Edge, ...]
    variants: tuple[Model, ...]
    more_variants: int
    snapshot: str
    digest: str
    simulated: bool
    made: dt.datetime


def material(hub: Snapshot, model: str) -> Material:
    """Gather a model, its ancestors and its quantized copies.

    Raises
    ------
    ModelNotFoundError
        If the snapshot does not know the model.
    """
    node = hub.node(model)
    lineage = Lineage.load(hub.arrays)
    order, edges = _upward(lineage, node)
    copies = _copies(lineage, node)
    found = _read(hub, {*order, *copies[:MOST_VARIANTS]})
    made = dt.datetime.fromisoformat(str(hub.manifest["built_at"]).replace("Z", "+00:00"))
    return Material(
        models=tuple(found[n] for n in order),
        edges=tuple(edges),
        variants=tuple(found[n] for n in copies[:MOST_VARIANTS]),
        more_variants=max(0, len(copies) - MOST_VARIANTS),
        snapshot=hub.name,
        digest=hub.digest,
        simulated=hub.simulated,
        made=made,
    )


def _upward(lineage: Lineage, node: int) -> tuple[list[int], list[Edge]]:
    seen = {node: None}
    edges = []
    queue = deque([node])
    while queue:
        child = queue.popleft()
        low, high = lineage.parent_indptr[child], lineage.parent_indptr[child + 1]
        for at in range(int(low), int(high)):
            parent = int(lineage.edge_parent[at])
            edges.append(Edge(child, parent, RELATIONS[lineage.edge_relation[at]]))
            if parent not in seen:
                seen[parent] = None
                queue.append(parent)
    return list(seen), edges


def _copies(lineage: Lineage, node: int) -> list[int]:
    low, high = lineage.child_indptr[node], lineage.child_indptr[node + 1]
    edges = lineage.child_edge[int(low) : int(high)]
    return [
        int(lineage.edge_child[e]) for e in edges
        if RELATIONS[lineage.edge_relation[e]] in ("quantized", "conversion")
    ]  # fmt: skip


def _read(hub: Snapshot, nodes: Iterable[int]) -> dict[int, Model]:
    query = (
        f"SELECT {', '.join(_COLUMNS)} FROM models"
        " SEMI JOIN (SELECT unnest($1::INTEGER[]) AS node) USING (node)"
    )
    rows = hub.lookup.execute(query, [sorted(nodes)]).fetchall()
    return {r[0]: _model(r) for r in rows}


def _model(row: Any) -> Model:
    (node, name, author, revision, ghost, stated, lname, link, task, library, data, tongue, made,
     parameters) = row  # fmt: skip
    return Model(
        node, name, author, revision, bool(ghost), tuple(stated or ()), lname, link,
        resolve(stated, lname, link), task, library, tuple(d[:LONGEST_NAME] for d in data or ()),
        tuple(tongue or ()), made, parameters,
    )  # fmt: skip
