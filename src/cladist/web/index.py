"""The index in use: columns mapped from disk, and the facts of single models."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.lineage.lineage import Lineage
from cladist.traits.inheritance import TELLING
from cladist.vocab import RELATION_CODE, RELATIONS
from cladist.web.building import NO_DAY, READY
from cladist.web.columns import Lists, Texts, load
from cladist.web.model_payloads import ModelFacts, Relative

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

SCOPES: Final = ("family", "clan", "subtree")
_FIRST_DAY: Final = dt.date(2022, 3, 2).toordinal()
_ROOT: Final = RELATION_CODE["unknown"]


class Index:
    """Columns in the order of rows; an attribute per file, mapped when it is first used.

    ``hub`` is the snapshot; ``told`` the counts that were written with the index.
    """

    def __init__(self, hub: Snapshot, directory: Path) -> None:
        self.hub = hub
        self.directory = directory
        self.told: dict[str, Any] = orjson.loads((directory / READY).read_bytes())
        self.lineage = Lineage.load(hub.arrays)
        self.n = self.lineage.n
        self._local = local()
        for name in _COLUMNS:
            setattr(self, name, load(directory, name))

    # One attribute for each file, so that a column that does not exist is found by mypy.
    node: NDArray[np.int32]
    row_of: NDArray[np.int32]
    parent: NDArray[np.int32]
    size: NDArray[np.int32]
    depth: NDArray[np.int32]
    family: NDArray[np.int32]
    family_start: NDArray[np.int64]
    family_founder: NDArray[np.int32]
    family_founders: NDArray[np.int64]
    family_share: NDArray[np.float64]
    day: NDArray[np.int32]
    month: NDArray[np.int16]
    floor_flag: NDArray[np.uint8]
    generation: NDArray[np.int32]
    descendants: NDArray[np.int64]
    n_children: NDArray[np.int64]
    has_child: NDArray[np.bool_]
    pipeline_tag: NDArray[np.int32]
    task: NDArray[np.uint8]
    library_name: NDArray[np.int32]
    author: NDArray[np.int32]
    gated: NDArray[np.int32]
    downloads: NDArray[np.int64]
    likes: NDArray[np.int64]
    parameters: NDArray[np.int64]
    card_length: NDArray[np.int64]
    last_modified: NDArray[np.int32]
    observed_at: NDArray[np.int32]
    is_ghost: NDArray[np.bool_]
    card_is_generated: NDArray[np.uint8]
    license: NDArray[np.int32]
    license_family: NDArray[np.uint8]
    relation: NDArray[np.uint8]
    stated: NDArray[np.bool_]
    link_child: NDArray[np.int32]
    link_parent: NDArray[np.int32]
    back_parent: NDArray[np.int32]
    back_child: NDArray[np.int32]
    edge_methods: NDArray[np.int64]
    edge_relations: NDArray[np.int64]
    edge_confidence: NDArray[np.float64]
    edge_stated: NDArray[np.bool_]

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot with a DuckDB connection of this thread's own."""
        found: Snapshot | None = getattr(self._local, "hub", None)
        if found is None:
            found = type(self.hub)(self.hub.path, self.hub.manifest, self.hub.engine)
            vars(found)["lookup"] = self.hub.lookup.cursor()
            self._local.hub = found
        return found

    @cached_property
    def model_id(self) -> Texts:
        """Ids by node."""
        return Texts.load(self.directory, "model_id")

    @cached_property
    def revision(self) -> Texts:
        """Commits by node; empty if unknown."""
        return Texts.load(self.directory, "revision")

    @cached_property
    def licenses(self) -> list[tuple[list[str] | None, str | None, str, str | None, str]]:
        """What models state together: licences, name, family, id that it means, how."""
        rows = orjson.loads((self.directory / "licenses.json").read_bytes())
        return [tuple(row) for row in rows]

    @cached_property
    def aliases(self) -> dict[int, list[list[str]]]:
        """Old and variant ids by node: alias and reason."""
        return dict(orjson.loads((self.directory / "aliases.json").read_bytes()))

    @cached_property
    def cuts(self) -> dict[int, list[tuple[int, str]]]:
        """Pairs that the lineage leaves out, by child: parent and kind."""
        found: dict[int, list[tuple[int, str]]] = {}
        for child, parent, kind in orjson.loads((self.directory / "cuts.json").read_bytes()):
            found.setdefault(child, []).append((parent, kind))
        return found

    @cached_property
    def values(self) -> dict[str, Texts]:
        """The values of each coded column, sorted by bytes."""
        return {name: Texts.load(self.directory, f"{name}.values") for name in _CODED}

    @cached_property
    def telling(self) -> dict[int, str]:
        """The tags by which an audit tells models apart, by their codes."""
        tags = self.values["tags"]
        return {code: tag for tag in TELLING if (code := tags.find(tag)) >= 0}

    @cached_property
    def lists(self) -> dict[str, Lists]:
        """The columns of lists, by row."""
        return {name: Lists.load(self.directory, name) for name in _LISTS}

    @cached_property
    def language_rows(self) -> Lists:
        """Rows that state each language."""
        return Lists.load(self.directory, "language.rows")

    @cached_property
    def tag_rows(self) -> Lists:
        """Rows that carry each tag."""
        return Lists.load(self.directory, "tags.rows")

    def column(self, name: str) -> NDArray[Any]:
        """Map a further column."""
        found: NDArray[Any] | None = self.__dict__.get(f"_{name}")
        if found is None:
            found = load(self.directory, name)
            self.__dict__[f"_{name}"] = found
        return found

    def texts(self, name: str) -> Texts:
        """Open a further column of texts."""
        found: Texts | None = self.__dict__.get(f"_text_{name}")
        if found is None:
            found = Texts.load(self.directory, name)
            self.__dict__[f"_text_{name}"] = found
        return found

    def scope(self, row: int, scope: str) -> slice:
        """Return the rows of a model's family or clan, or of its subtree."""
        if scope == "family":
            number = int(self.family[row])
            return slice(int(self.family_start[number]), int(self.family_start[number + 1]))
        if scope == "clan":
            row = int(self.row_of[self.lineage.clan[self.node[row]]])
        elif scope != "subtree":
            raise InputError.not_among("Scope", scope, SCOPES)
        return slice(row, row + int(self.size[row]))

    def root(self, row: int, scope: str) -> int:
        """Return the row of the founder of the scope, or of the model itself."""
        if scope == "family":
            return int(self.row_of[self.family_founder[self.family[row]]])
        return int(self.scope(row, scope).start)

    def id_of(self, row: int) -> str:
        """Return the id of the model in a row."""
        found: str = self.model_id[int(self.node[row])]
        return found

    def ids(self, rows: NDArray[Any]) -> list[str]:
        """Return the ids of rows."""
        found: list[str] = self.model_id.take(self.node[rows]).to_pylist()
        return found

    def value(self, name: str, row: int) -> str | None:
        """Return what a coded column says in a row."""
        code = int(getattr(self, name)[row])
        return None if code < 0 else self.values[name][code]

    def list_of(self, name: str, row: int) -> list[str] | None:
        """Return what a column of lists says in a row, None if nothing."""
        return [self.values[name][code] for code in self.lists[name][row]] or None

    def facts(self, row: int) -> dict[str, Any]:
        """Return the fields of ModelFacts for a row."""
        node = int(self.node[row])
        stated, name, family, _, _ = self.licenses[self.license[row]]
        floor = int(self.floor_flag[row])
        return {
            "node": node,
            "model": self.model_id[node],
            "author": self.value("author", row),
            "created_at": date(self.day[row]),
            "created_at_is_floor": None if floor == 2 else bool(floor),
            "downloads": count(self.downloads[row]),
            "likes": count(self.likes[row]),
            "pipeline_tag": self.value("pipeline_tag", row),
            "library_name": self.value("library_name", row),
            "license": stated,
            "license_name": name,
            "license_family": family,
            "language": self.list_of("language", row),
            "parameters": count(self.parameters[row]),
            "is_ghost": bool(self.is_ghost[row]),
            "generation": int(self.generation[row]),
            "children": int(self.n_children[row]),
            "descendants": int(self.descendants[row]),
        }

    def model_facts(self, row: int) -> ModelFacts:
        """Return the facts of a row."""
        return ModelFacts(**self.facts(row))

    def relatives(self, rows: Iterable[int]) -> list[Relative]:
        """Return rows of a table, each with the relation to its primary parent."""
        found = []
        for row in rows:
            parent = int(self.parent[row])
            found.append(Relative(
                **self.facts(row), relation=RELATIONS[self.relation[row]],
                stated=bool(self.stated[row]), parent=self.id_of(parent) if parent >= 0 else None,
            ))  # fmt: skip
        return found

    def links_within(self, rows: slice) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return second-parent links with both ends in a scope, as rows: children, parents."""
        low, high = np.searchsorted(self.link_child, (rows.start, rows.stop))
        child, parent = self.link_child[low:high], self.link_parent[low:high]
        inside = (parent >= rows.start) & (parent < rows.stop)
        return child[inside], parent[inside]


_COLUMNS: Final = tuple(
    name
    for name, kind in Index.__annotations__.items()
    if isinstance(kind, str) and kind.startswith("NDArray")
)
_LISTS: Final = ("language", "datasets", "arxiv", "region", "tags")
_CODED: Final = ("pipeline_tag", "library_name", "author", "gated", *_LISTS)


def date(day: Any) -> str | None:
    """Return a day as ISO date, None if it is unknown or no date can say it."""
    if day == NO_DAY:
        return None
    ordinal = int(day) + _FIRST_DAY
    return dt.date.fromordinal(ordinal).isoformat() if 0 < ordinal <= _LAST_DAY else None


_LAST_DAY: Final = dt.date.max.toordinal()


def count(value: Any) -> int | None:
    """Return a count, None if it is unknown."""
    return None if value < 0 else int(value)
