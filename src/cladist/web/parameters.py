"""Query parameters: what each may be, how it is read, and what the documentation says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cladist.errors import InputError
from cladist.web.families import SORTS
from cladist.web.filters import BY
from cladist.web.forest import UNITS
from cladist.web.index import SCOPES

#: Longest text of a parameter that has no bound of its own.
LONGEST: Final = 400


@dataclass(frozen=True)
class Parameter:
    """One query parameter: name, sentence, JSON schema, default (None: none), reader."""

    name: str
    help: str
    schema: Mapping[str, Any]
    default: Any = None
    required: bool = False

    def read(self, text: str | None) -> Any:
        """Return the value of a text.

        Raises
        ------
        InputError
            If it is missing though required, too long, or none of what it may be.
        """
        if text is None or text == "":
            if self.required:
                raise InputError(
                    f"The parameter {self.name} is missing.", f"Give {self.name}: {self.help}."
                )
            return self.default
        if len(text) > self.schema.get("maxLength", LONGEST):
            raise InputError(f"The parameter {self.name} is too long.", "Shorten it.")
        if "enum" in self.schema and text not in self.schema["enum"]:
            raise InputError.not_among(self.name, text[:80], self.schema["enum"])
        if self.schema.get("type") == "integer":
            return self._integer(text)
        return text

    def _integer(self, text: str) -> int:
        low, high = self.schema["minimum"], self.schema["maximum"]
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise InputError(
                f"{self.name}={text[:40]!r} is no number from {low} to {high}.",
                f"Give a whole number from {low} to {high}: {self.help}.",
            )
        return int(text)


def _choice(name: str, help: str, choices: Sequence[str], default: str | None) -> Parameter:  # noqa: A002
    return Parameter(name, help, {"type": "string", "enum": list(choices)}, default)


def _number(name: str, help: str, low: int, high: int, default: int | None) -> Parameter:  # noqa: A002
    return Parameter(name, help, {"type": "integer", "minimum": low, "maximum": high}, default)


def _text(name: str, help: str, longest: int = LONGEST, *, required: bool = False) -> Parameter:  # noqa: A002
    return Parameter(name, help, {"type": "string", "maxLength": longest}, "", required)


FILTERS: Final = (
    _text("relations", "relations of the edge to the primary parent, joined by commas"),
    _text("license", "licence families or ids, joined by commas; 'unstated' is a value"),
    _text("pipeline_tag", "tasks, joined by commas; 'unstated' is a value"),
    _text("language", "BCP 47 codes, joined by commas; 'unstated' is a value"),
    _text("from", "first month, YYYY-MM", 7),
    _text("to", "last month, YYYY-MM", 7),
    _text("downloads", "range of downloads, 1000- or 0-10", 40),
    _text("stated", "1: only models whose relation is stated", 1),
)
UNIT: Final = _choice("unit", "whether a mark is a family or a clan", UNITS, "family")
SCOPE: Final = _choice("scope", "what of the model's relatives is shown", SCOPES, "family")
COLOR: Final = _choice("by", "what colours stand for", BY, "relation")
FOREST_COLOR: Final = _choice("by", "what colours stand for", BY, "pipeline_tag")
DETAIL: Final = _number("s", "least size of a lane; by the shape of the family if not given",
                        2, 10_000_000, None)  # fmt: skip
EXPAND: Final = _text("expand", "nodes of lanes to show in more detail, joined by commas", 1000)
QUESTION: Final = _text("q", "part of an id, author or tag; or the address of a Hub page", 1000)
PART: Final = _text("q", "only models with this in their id", 200)
LIMIT: Final = _number("limit", "how many models at most", 1, 50, 12)
ROWS: Final = _number("limit", "rows of a page", 1, 500, 50)
OFFSET: Final = _number("offset", "number of the first row, from 0", 0, 100_000_000, 0)
SORT: Final = _choice("sort", "column by which rows are sorted", SORTS, "downloads")
ORDER: Final = _choice("order", "direction; unknown values stand last in both", ("asc", "desc"),
                       None)  # fmt: skip
FORM: Final = _choice("format", "arrow (an IPC stream) or json", ("arrow", "json"), "arrow")
AUTHOR: Final = _text("author", "only models of this account", 200)
TAG: Final = _text("tag", "only models that carry this tag", 200)
FIRST: Final = _text("a", "id of the first model", 500, required=True)
SECOND: Final = _text("b", "id of the second model", 500, required=True)


def read_all(parameters: Sequence[Parameter], query: Mapping[str, str]) -> dict[str, Any]:
    """Read every parameter of a question.

    Raises
    ------
    InputError
        If one is not known or cannot be read.
    """
    known = {p.name for p in parameters}
    for name in query:
        if name not in known:
            raise InputError.not_among("Parameter", name[:80], known or {"none at all"})
    return {p.name: p.read(query.get(p.name)) for p in parameters}
