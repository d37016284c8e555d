"""The map from a table's columns to ours: read from TOML, from options, or from the names."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cladist.errors import InputError
from cladist.sources.fields import CHILDREN, FIELDS, LISTS
from cladist.vocab import METHODS, RELATIONS

#: Columns of a model that a map may name.
MODEL_COLUMNS: Final = (*(n for n in FIELDS if n != "observed_at"), "revision", "metadata")
#: Columns of an edge that a map may name.
EDGE_COLUMNS: Final = ("child", "parent", "relation", "method", "confidence")
_BOTH: Final = ("observed_at",)
_ALL: Final = tuple(dict.fromkeys((*MODEL_COLUMNS, *EDGE_COLUMNS, *_BOTH)))
_CONSTANTS: Final = ("relation", "method", "confidence", "observed_at")
_TABLES: Final = ("columns", "children", "values", "constants", "list_separator")

EXAMPLE: Final = """\
[columns]
child = "target"
parent = "source"
relation = "edge"
[values.relation]
merged = "merge"
[constants]
method = "annotation"
"""


@dataclass(frozen=True)
class ColumnMap:
    """Which column of a table is which of ours.

    Parameters
    ----------
    columns
        Our name -> theirs, of models (``model_id``, ``created_at``, ..., ``card``, ``metadata``)
        and of edges (``child``, ``parent``, ``relation``, ``method``, ``confidence``), and
        ``observed_at`` of both.
    children
        Their column with a list of children of the model -> relation.
    values
        ``relation`` and ``method``: their word -> ours.
    constants
        ``relation``, ``method``, ``confidence``, ``observed_at`` for all rows.
    separator
        What joins the words of a list that is no list literal.
    """

    columns: Mapping[str, str]
    children: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    separator: str = ","

    @property
    def has_models(self) -> bool:
        """Say whether a row is a model."""
        return "model_id" in self.columns or "metadata" in self.columns

    @property
    def has_edges(self) -> bool:
        """Say whether a row states a parent."""
        return "parent" in self.columns and ("child" in self.columns or self.has_models)

    def missing(self, names: Collection[str]) -> list[str]:
        """Return the columns without which a table cannot be read, as far as it lacks them."""
        needed = [self.columns[k] for k in ("child", "parent") if k in self.columns]
        ids = [self.columns[k] for k in ("model_id", "metadata") if k in self.columns]
        lacking = [c for c in needed if c not in names]
        return lacking + (ids if ids and not any(c in names for c in ids) else [])


def read_map(path: Path) -> ColumnMap:
    """Read a column map from a TOML file.

    Raises
    ------
    InputError
        If it cannot be read, is no TOML, or names what no map has.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(
            f"The column map {path} cannot be read: {error.strerror}.", "Check its path."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"The column map {path} is no TOML: {error}.", f"It should look like\n{EXAMPLE}"
        ) from None
    return make_map(data, str(path))


def make_map(data: Mapping[str, Any], where: str = "The column map") -> ColumnMap:
    """Check the tables of a column map.

    Raises
    ------
    InputError
        If a table, a column, a relation or a method in it is not known.
    """
    for name in data:
        if name not in _TABLES:
            raise InputError.not_among(f"{where}: table", name, _TABLES)
    columns = _texts(data, "columns", where)
    children = _texts(data, "children", where)
    values = {k: _texts(data.get("values", {}), k, where) for k in data.get("values", {})}
    constants = _texts(data, "constants", where)
    _among(f"{where}: column", columns, _ALL)
    _among(f"{where}: relation of children", children.values(), RELATIONS)
    _among(f"{where}: values of", values, ("relation", "method"))
    _among(f"{where}: relation", values.get("relation", {}).values(), RELATIONS)
    _among(f"{where}: method", values.get("method", {}).values(), METHODS)
    _among(f"{where}: constant", constants, _CONSTANTS)
    _among(f"{where}: relation", [constants.get("relation", "unknown")], RELATIONS)
    _among(f"{where}: method", [constants.get("method", "annotation")], METHODS)
    separator = data.get("list_separator", ",")
    if not isinstance(separator, str) or not separator:
        raise InputError(f"{where}: list_separator {separator!r} is no text.", 'Write ",".')
    made = ColumnMap(columns, children, values, constants, separator)
    if not (made.has_models or made.has_edges):
        raise InputError(
            f"{where} names neither model_id, nor child and parent.",
            f"It should look like\n{EXAMPLE}",
        )
    return made


def _texts(data: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    found = data.get(name, {})
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise InputError(
            f"{where}: [{name}] must hold texts only.", f"It should look like\n{EXAMPLE}"
        )
    return {str(k): v for k, v in found.items()}


def _among(what: str, words: Collection[str], choices: Collection[str]) -> None:
    for word in words:
        if word not in choices:
            raise InputError.not_among(what, word, choices)


def natural_map(names: Collection[str]) -> ColumnMap | None:
    """Return the map of a table whose columns have our names or the hub's; None if it has none.

    ``child`` and ``parent`` make a table of edges, ``model_id`` (or ``modelId``) one of models.
    """
    if "child" in names and "parent" in names and "model_id" not in names:
        found = {name: name for name in (*EDGE_COLUMNS, *_BOTH) if name in names}
        return ColumnMap(found, constants={} if "method" in found else {"method": "annotation"})
    columns = {}
    for name, theirs in FIELDS.items():
        own = name if name in names else next((t for t in theirs if t in names), None)
        if own is not None:
            columns[name] = own
    if "model_id" not in columns:
        return None
    columns |= {name: name for name in ("revision", "metadata") if name in names}
    children = {name: relation for name, relation in CHILDREN.items() if name in names}
    return ColumnMap(columns, children)


__all__ = ["EXAMPLE", "LISTS", "ColumnMap", "make_map", "natural_map", "read_map"]
