"""The documentation of the API as OpenAPI 3.1, made from the routes and the payloads."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from functools import lru_cache
from inspect import getdoc
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import numpy as np

from cladist.provenance import software
from cladist.web.model_payloads import RunningPayload
from cladist.web.payloads import ErrorPayload
from cladist.web.routes import ROUTES, Route

_PLAIN: Final = {str: "string", int: "integer", float: "number", bool: "boolean"}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    made = _Schemas()
    paths = {f"/api/v1/{r.path}": {"get": _operation(r, made)} for r in ROUTES.values()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cladist explorer",
            "version": software(),
            "summary": "Family trees of machine-learning models, over one snapshot; read-only.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": made.known},
    }


def _operation(route: Route, made: _Schemas) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    if route.takes_id:
        name = route.path[route.path.index("{") + 1 : -1]
        words = "name of the analysis" if name == "name" else \
            "id of a model, an old id of it; may hold one slash"  # fmt: skip
        parameters.append({"name": name, "in": "path", "required": True, "description": words,
                           "schema": {"type": "string"}})  # fmt: skip
    for p in route.parameters or ():
        schema = dict(p.schema) | ({} if p.default in (None, "") else {"default": p.default})
        parameters.append({"name": p.name, "in": "query", "required": p.required,
                           "description": p.help, "schema": schema})  # fmt: skip
    if route.parameters is None:
        parameters.append({
            "name": "options", "in": "query", "style": "form", "explode": True,
            "description": "options of the analysis, as /hub lists them",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        })  # fmt: skip
    good = {"description": route.sentence, "content": _content(route, made)}
    answers = {"200": good, "default": _refusal(made)}
    if route.name == "analysis":
        answers["202"] = {"description": "It is being computed: ask again.",
                          "content": _one("application/json", made.of(RunningPayload))}  # fmt: skip
    return {
        "operationId": route.name,
        "summary": route.sentence,
        "parameters": parameters,
        "responses": answers,
    }


def _content(route: Route, made: _Schemas) -> dict[str, Any]:
    if route.payload is None:
        return _one("application/octet-stream", {})
    content = _one("application/json", made.of(route.payload))
    if route.name == "nodes":
        content |= _one("application/vnd.apache.arrow.stream", {})
    return content


def _one(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {media_type: {"schema": schema}}


def _refusal(made: _Schemas) -> dict[str, Any]:
    return {"description": "What went wrong.",
            "content": _one("application/json", made.of(ErrorPayload))}  # fmt: skip


class _Schemas:
    """JSON schemas of the payloads, each written once."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}

    def of(self, kind: Any) -> dict[str, Any]:  # noqa: PLR0911 - one return a kind of type
        """Return the schema of a type."""
        if kind is Any:
            return {}
        if kind in _PLAIN:
            return {"type": _PLAIN[kind]}
        if is_dataclass(kind):
            return self._object(kind)
        origin, inside = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.of(inside[0]) | {"description": inside[1]}
        if origin in (Union, types.UnionType):
            return self._union([k for k in inside if get_origin(k) is not np.ndarray])
        if origin is list:
            return {"type": "array", "items": self.of(inside[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(inside[1])}
        raise TypeError(kind)

    def _union(self, kinds: list[Any]) -> dict[str, Any]:
        some = [self.of(k) for k in kinds if k is not type(None)]
        if len(some) == len(kinds):
            return some[0] if len(some) == 1 else {"anyOf": some}
        return {"anyOf": [*some, {"type": "null"}]}

    def _object(self, kind: Any) -> dict[str, Any]:
        name = kind.__name__
        if name not in self.known:
            self.known[name] = {}
            hints = get_type_hints(kind, include_extras=True)
            names = [(f.name, f.name.rstrip("_")) for f in fields(kind)]
            self.known[name] = {
                "type": "object",
                "description": getdoc(kind),
                "properties": {said: self.of(hints[own]) for own, said in names},
                "required": [said for _, said in names],
            }
        return {"$ref": f"#/components/schemas/{name}"}
