"""The API's payloads: both sides of the contract say the same, field by field."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from itertools import combinations
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from cladist.web import model_payloads, payloads
from cladist.web.openapi import document
from cladist.web.routes import ROUTES

UI = Path(__file__).parents[2] / "ui" / "src"
API_TS = (UI / "api.ts").read_text(encoding="utf-8")

#: Names of types that stand for one another, and those that have no twin on the Python side.
RENAMED = {"AnalysisPayload.result": "ResultBody"}
NOT_A_PAYLOAD = {"Filter", "AuditPayload"}


class TypeScript:
    """Reads the interfaces of api.ts: every type becomes a plain value to compare."""

    def __init__(self, text: str) -> None:
        plain = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
        self.words = re.findall(r"\w+|[{}\[\]<>();:?|,&=]|\"[^\"]*\"|\S", plain)
        self.at = 0
        self.interfaces: dict[str, Any] = {}
        self.types: dict[str, Any] = {}
        while self.at < len(self.words):
            self.statement()

    def take(self, word: str | None = None) -> str:
        found = self.words[self.at]
        assert word in (None, found), (word, self.words[self.at - 5 : self.at + 5])
        self.at += 1
        return found

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def statement(self) -> None:
        word = self.take()
        if word == "interface":
            name, base = self.take(), None
            if self.peek() == "extends":
                self.take()
                base = self.take()
            own = self.members()
            self.interfaces[name] = {**(self.interfaces[base] if base else {}), **own}
        elif word == "type":
            name = self.take()
            self.take("=")
            self.types[name] = self.union()

    def members(self) -> dict[str, Any]:
        self.take("{")
        found: dict[str, Any] = {}
        while self.peek() != "}":
            if self.peek() == "[":  # an index signature
                while self.take() != "]":
                    pass
                name = "*"
            else:
                name = self.take()
            if self.peek() == "?":
                self.take()
            self.take(":")
            found[name] = self.union()
            if self.peek() in (";", ","):
                self.take()
        self.take("}")
        return found

    def union(self) -> Any:
        found = [self.one()]
        while self.peek() in ("|", "&"):
            joined = self.take()
            other = self.one()
            found = [{**self.named(found[0]), **self.named(other)}] if joined == "&" else \
                [*found, other]  # fmt: skip
        kinds = ["string" if isinstance(k, str) and k.startswith('"') else k for k in found]
        null = "null" in kinds
        rest = [k for i, k in enumerate(kinds) if k != "null" and k not in kinds[:i]]
        assert len(rest) == 1, kinds
        return ("maybe", rest[0]) if null else rest[0]

    def named(self, kind: Any) -> Any:
        return self.interfaces[kind] if isinstance(kind, str) else kind

    def one(self) -> Any:
        if self.peek() == "{":
            found: Any = self.members()
        elif self.peek() == "(":
            self.take()
            found = self.union()
            self.take(")")
        elif self.peek() == "[":
            self.take()
            found = self.union()
            while self.peek() == ",":
                self.take()
                self.union()
            self.take("]")
            found = ("list", found)
        else:
            found = self.take()
            if found == "Record":
                self.take("<")
                self.union()
                self.take(",")
                found = ("record", self.union())
                self.take(">")
        while self.peek() == "[" and self.words[self.at + 1] == "]":
            self.at += 2
            found = ("list", found)
        return found


TS = TypeScript(API_TS)
_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean"}


def python_type(kind: Any) -> Any:
    """A type of a payload in the words of :class:`TypeScript`."""
    origin, inside = get_origin(kind), get_args(kind)
    if kind is Any:
        return "unknown"
    if kind in _PLAIN:
        return _PLAIN[kind]
    if is_dataclass(kind):
        return python_fields(kind)
    if origin is Annotated:
        return python_type(inside[0])
    if origin in (Union, UnionType):
        some = [k for k in inside if get_origin(k) is not np.ndarray]
        rest = [python_type(k) for k in some if k is not NoneType]
        return ("maybe", rest[0]) if NoneType in some else rest[0]
    if origin is list:
        return ("list", python_type(inside[0]))
    assert origin is dict, kind
    return ("record", python_type(inside[1]))


def python_fields(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {f.name.rstrip("_"): python_type(hints[f.name]) for f in fields(kind)}


def spelled_out(kind: Any) -> Any:
    """A type of api.ts with the interfaces that it names written out."""
    if isinstance(kind, dict):
        return {k: spelled_out(v) for k, v in kind.items()}
    if isinstance(kind, tuple):
        return (kind[0], spelled_out(kind[1]))
    if kind in ("AuditPayload", "unknown"):
        return "unknown"
    if kind in TS.types:
        return spelled_out(TS.types[kind])
    return spelled_out(TS.interfaces[kind]) if kind in TS.interfaces else kind


def classes() -> dict[str, Any]:
    both = {**vars(payloads), **vars(model_payloads)}
    return {n: k for n, k in both.items() if is_dataclass(k)}


@pytest.mark.parametrize("name", sorted(set(TS.interfaces) - NOT_A_PAYLOAD))
def test_contract__both_sides_name_the_same_fields(name: str) -> None:
    assert python_fields(classes()[name]) == spelled_out(name)


def test_contract__every_payload_is_an_interface_or_a_part_of_one() -> None:
    told = {str(spelled_out(name)) for name in TS.interfaces}
    text = "\n".join(told)
    for name, kind in classes().items():
        assert name in TS.interfaces or str(python_fields(kind)) in text, name


def test_reader_of_interfaces__reads_nothing_into_them() -> None:
    small = TypeScript('interface A { a: string | null; b: ("x" | "y")[]; c: { d: number }[] }')
    assert small.interfaces["A"] == {
        "a": ("maybe", "string"), "b": ("list", "string"), "c": ("list", {"d": "number"}),
    }  # fmt: skip


def test_payloads__have_help_on_every_field() -> None:
    for name, kind in classes().items():
        assert kind.__doc__, name
        for field, hint in get_type_hints(kind, include_extras=True).items():
            assert get_origin(hint) is Annotated, (name, field)
            assert len(get_args(hint)[1]) > 1, (name, field)


def test_openapi__documents_every_route() -> None:
    made = document()
    assert made["openapi"].startswith("3.1")
    assert set(made["paths"]) == {f"/api/v1/{r.path}" for r in ROUTES.values()}
    schemas = made["components"]["schemas"]
    for text in re.findall(r"#/components/schemas/(\w+)", str(made)):
        assert text in schemas
    for route in ROUTES.values():
        for p in route.parameters or ():
            assert p.help


def test_routes__are_those_that_the_interfaces_are_documented_with() -> None:
    told = set(re.findall(r"/api/v1/(\w+)", API_TS))
    assert set(ROUTES) - {"export"} == told


def _oklab(colour: str) -> np.ndarray[Any, Any]:
    """Return a colour in OKLab (Ottosson 2020)."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    cones = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                      [0.2119034982, 0.6806995451, 0.1073969566],
                      [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
    to_lab = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                       [1.9779984951, -2.4285922050, 0.4505937099],
                       [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
    return to_lab @ np.cbrt(cones @ linear)


def test_colours__of_one_legend_are_told_apart() -> None:
    text = (UI / "palette.ts").read_text(encoding="utf-8")
    series = re.findall(r'\["(#\w{6})", "(#\w{6})"\]',
                        text[text.index("const SERIES"): text.index("const PALETTES")])  # fmt: skip
    assert len(series) == 8
    assert _oklab("#FFFFFF") == pytest.approx([1, 0, 0], abs=1e-3)
    for theme in (0, 1):
        six = [_oklab(pair[theme]) for pair in series[:6]]  # as many as a legend names
        assert min(np.linalg.norm(a - b) for a, b in combinations(six, 2)) > 0.1
