"""The ways along which licences come down to one model, and what stands at each of its ancestors.

For the look-up of one model: only NumPy arrays mapped from disk and DuckDB are used.
:mod:`cladist.licensing` passes licences along the same ways for a whole hub at once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from cladist.licenses.catalog import passed_on
from cladist.licenses.forms import ADAPTER_TAGS, COPY_TAGS, form_of
from cladist.licenses.resolve import Resolved, resolve
from cladist.licenses.rules import KIND_OF_RELATION, KINDS, NO_LICENSE, NOT_KNOWN
from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cladist.lineage.lineage import Lineage
    from cladist.snapshot import Snapshot

#: Tag of a tool -> the label that it writes on its own (evidence: docs/licences.md).
TOOL_DEFAULTS: Final = {"unsloth": "apache-2.0", "llama-factory": "other", "autotrain": "other"}
#: Tag of a tool that writes cards without a licence.
SILENT_TOOL: Final = "mergekit"
#: Tags that an audit looks at.
TELLING: Final = (*TOOL_DEFAULTS, SILENT_TOOL, *ADAPTER_TAGS, *COPY_TAGS)
#: Characters of a label that are shown.
_SHOWN: Final = 80


@dataclass(frozen=True)
class Model:
    """What an audit needs to know of one model."""

    node: int
    name: str
    is_ghost: bool
    found: Resolved
    stated: tuple[str, ...]
    license_name: str | None
    tags: frozenset[str]
    created: str | None
    datasets: tuple[str, ...]
    form: str

    def kind(self, relation: str) -> str:
        """Return the kind of way of an edge to this model: by its relation, else by its form."""
        return KIND_OF_RELATION.get(relation, self.form)

    @property
    def label(self) -> str:
        """The label: a licence of the catalogue, ``unstated`` or ``unresolved``."""
        if self.found.id is not None:
            return self.found.id
        return NO_LICENSE if self.found.how == "unstated" else NOT_KNOWN

    @property
    def gives(self) -> str | None:
        """What its descendants get: its licence, None if that is not known."""
        return None if self.found.id is None else passed_on(self.name, self.found.id)

    @property
    def words(self) -> str:
        """The label as a reader knows it, cut where it is long."""
        if self.found.id is not None:
            return self.found.id
        if self.found.how == "unstated":
            return "nothing (no record)" if self.is_ghost else "nothing"
        told = ", ".join(self.stated) or "nothing"
        if self.license_name:
            told += f" ({self.license_name})"
        return told if len(told) <= _SHOWN else told[: _SHOWN - 1] + "…"

    @property
    def tool(self) -> str | None:
        """The tool whose default the label probably is, None if none."""
        for tool, label in TOOL_DEFAULTS.items():
            if tool in self.tags and label in self.stated:
                return tool
        return None


State = tuple[int, int]


@dataclass(frozen=True)
class Way:
    """The shortest way of one kind from an ancestor down to the model.

    ``steps``: how many edges; :meth:`Ways.follow` tells them.
    """

    ancestor: int
    kind: str
    steps: int


class Ways:
    """The shortest way from every ancestor, of every kind that there is one of, nearest first."""

    def __init__(self, lineage: Lineage, models: Mapping[int, Model], node: int) -> None:
        self.start: State = (node, 0)
        self._before: dict[State, tuple[State, str]] = {}
        self._steps: dict[State, int] = {self.start: 0}
        queue = deque([self.start])
        while queue:
            here = queue.popleft()
            for parent, relation in parents(lineage, here[0]):
                kind = max(here[1], KINDS.index(models[here[0]].kind(relation)))
                state = (parent, kind)
                if state not in self._before:
                    self._before[state] = (here, relation)
                    self._steps[state] = self._steps[here] + 1
                    queue.append(state)

    def __iter__(self) -> Iterator[Way]:
        return (Way(n, KINDS[k], self._steps[n, k]) for n, k in self._before)

    def __bool__(self) -> bool:
        return bool(self._before)

    @cached_property
    def ancestors(self) -> tuple[int, ...]:
        """Every ancestor once, the nearest first."""
        return tuple(dict.fromkeys(n for n, _ in self._before))

    @cached_property
    def nearest(self) -> dict[int, Way]:
        """The shortest way from each ancestor, of any kind."""
        found: dict[int, Way] = {}
        for way in self:
            found.setdefault(way.ancestor, way)
        return found

    def follow(self, way: Way) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Return the nodes of a way, the ancestor first, and the relations between them."""
        state: State = (way.ancestor, KINDS.index(way.kind))
        nodes, relations = [state[0]], []
        while state != self.start:
            state, relation = self._before[state]
            nodes.append(state[0])
            relations.append(relation)
        return tuple(nodes), tuple(relations)


def ancestors_of(lineage: Lineage, node: int) -> list[int]:
    """Return a model and all its ancestors."""
    seen = {node: None}
    queue = deque([node])
    while queue:
        for parent, _ in parents(lineage, queue.popleft()):
            if parent not in seen:
                seen[parent] = None
                queue.append(parent)
    return list(seen)


def parents(lineage: Lineage, node: int) -> Iterator[tuple[int, str]]:
    """Yield the parents of a model with the relation to each."""
    low, high = lineage.parent_indptr[node], lineage.parent_indptr[node + 1]
    for edge in range(int(low), int(high)):
        yield int(lineage.edge_parent[edge]), RELATIONS[lineage.edge_relation[edge]]


def read_models(hub: Snapshot, nodes: Iterable[int]) -> dict[int, Model]:
    """Read what an audit needs of the models at these nodes."""
    query = (
        "SELECT node, model_id, is_ghost, license, license_name, license_link,"
        " list_filter(tags, lambda t: list_contains($2::VARCHAR[], t)),"
        " created_at::DATE::VARCHAR, datasets, library_name FROM models"
        " SEMI JOIN (SELECT unnest($1::INTEGER[]) AS node) USING (node)"
    )
    rows = hub.lookup.execute(query, [sorted(nodes), list(TELLING)]).fetchall()
    return {
        r[0]: Model(r[0], r[1], bool(r[2]), resolve(r[3], r[4], r[5]), tuple(r[3] or ()), r[4],
                    frozenset(r[6] or ()), r[7], tuple(r[8] or ()),
                    form_of(r[1], r[9], r[6] or ()))
        for r in rows
    }  # fmt: skip
