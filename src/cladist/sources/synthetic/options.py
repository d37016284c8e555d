"""The options of a simulation: as a file (a truth's own, one's own TOML), and what they may be."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final

import orjson

from cladist.errors import InputError
from cladist.sources.synthetic import published
from cladist.sources.synthetic.dirt import Dirt
from cladist.sources.synthetic.kernels import CODED, RATES, values_of
from cladist.vocab import RELATIONS

#: Option -> what it has to be.
OPTIONS: Final[dict[str, type]] = {
    "models": Integral, "seed": Integral, "cards": bool, "neutral": bool, "giants": bool,
    "silence": Real, "ageing": Real, "loyalty": Real, "habit": Real, "relations": Mapping,
    "mutation": Mapping, "transitions": Mapping, "dirt": Mapping,
}  # fmt: skip
#: Options that may be left open (null, None).
_OPEN: Final = ("silence", "relations", "mutation", "transitions", "dirt")
#: What the truth's file says beside them, and no option sets.
_SAID: Final = ("simulated", "conventions")
_WORDS: Final = {Integral: "a whole number", bool: "true or false", Real: "a number",
                 Mapping: "a table"}  # fmt: skip
EXAMPLE: Final = """models = 50000
seed = 1
[dirt]
ghosts = 0.05
[mutation.license]
finetune = 0.2"""


def read_options(path: Path) -> dict[str, Any]:
    """Read the options of a simulation from JSON (``options.json`` of a truth) or TOML.

    Returns
    -------
    dict
        Arguments of :func:`cladist.simulate`; kinds of dirt are gathered under ``dirt``.

    Raises
    ------
    InputError
        If the file cannot be read, or has an option that is not known or of the wrong type.
    """
    try:
        text = Path(path).read_bytes()
        given = orjson.loads(text) if text.lstrip()[:1] == b"{" else tomllib.loads(text.decode())
    except OSError as error:
        raise InputError(f"The options {path} cannot be read: {error.strerror}.",
                         "Check the path.") from None  # fmt: skip
    except (orjson.JSONDecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError,
            RecursionError) as error:  # fmt: skip
        raise InputError(f"The options {path} are neither JSON nor TOML: {error}.",
                         f"They should look like\n{EXAMPLE}") from None  # fmt: skip
    return checked(given, str(path))


def checked(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Check the names and types of options; gather kinds of dirt.

    Raises
    ------
    InputError
        If a name is not known or a value is of the wrong type.
    """
    kinds = [f.name for f in fields(Dirt)]
    found: dict[str, Any] = {}
    dirt: dict[str, Any] = {}
    for name, value in given.items():
        if name in _SAID:
            continue
        if name in kinds:
            dirt[name] = value
        elif name not in OPTIONS:
            raise InputError.not_among(f"{where}: option", name, [*OPTIONS, *kinds])
        elif not (value is None and name in _OPEN) and (
            not isinstance(value, OPTIONS[name])
            or (isinstance(value, bool) and OPTIONS[name] is not bool)
        ):
            raise InputError(f"{where}: {name} = {value!r} is not {_WORDS[OPTIONS[name]]}.",
                             "Correct it.")  # fmt: skip
        else:
            found[name] = _plain(value)
    return found | {"dirt": dirt | (found.get("dirt") or {})}


def _plain(value: Any) -> Any:
    """Return a number of NumPy's as one of Python's."""
    if isinstance(value, bool) or value is None or not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def check_process(
    models: int,
    seed: int,
    edges: Mapping[str, float],
    mutation: Mapping[str, Mapping[str, Mapping[str, float]]],
    shares: Mapping[str, float],
) -> None:
    """Refuse numbers, names and rates that no simulation can use.

    Parameters
    ----------
    models, seed
        Neither may be negative.
    edges
        Edges per model by relation.
    mutation
        Trait -> relation -> parent's value -> rate.
    shares
        Everything else that is a share, by name.

    Raises
    ------
    InputError
        If one is out of range or not known.
    """
    if models < 0 or seed < 0:
        raise InputError(
            f"models = {models}, seed = {seed}: neither may be negative.", "Give 0 or more."
        )
    for name, value in shares.items():
        _check_share(name, value)
    if shares["ageing"] == 1:
        raise InputError("ageing = 1 leaves no edge to copy.", "Give a number below 1.")
    for relation, value in edges.items():
        _check_among("Relation", relation, published.RELATION_RAMP)
        _check_share(f"edges per model by {relation}", value)
    for trait, table in mutation.items():
        _check_among("Trait", trait, RATES)
        for relation, rates in table.items():
            _check_among("Relation", relation, RELATIONS)
            for source, rate in rates.items():
                _check_among(f"Value of {trait}", source, values_of(trait))
                _check_share(f"mutation of {trait} by {relation} from {source}", rate)


def checked_transitions(given: Any, *, neutral: bool) -> dict[str, dict[str, dict[str, Any]]]:
    """Check the names and shares of one's own matrices.

    Raises
    ------
    InputError
        If one is not known or no share, or if mutation is to have no direction.
    """
    if neutral and given:
        raise InputError("Neutral mutation has no transitions of one's own.",
                         "Leave out neutral, or transitions.")  # fmt: skip
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for trait, table in table_of("transitions", given).items():
        _check_among("Trait with a matrix", trait, CODED)
        values = values_of(trait)
        for relation, rows in table_of(f"transitions of {trait}", table).items():
            _check_among("Relation", relation, ("*", *RELATIONS))
            for source, row in table_of(f"transitions of {trait} by {relation}", rows).items():
                _check_among(f"Value of {trait}", source, values)
                for target, share in table_of(f"transitions of {trait} from {source}", row).items():
                    _check_among(f"Value of {trait}", target, values[1:])
                    _check_share(f"transition of {trait} from {source} to {target}", share)
                found.setdefault(trait, {}).setdefault(relation, {})[source] = dict(row)
    return found


def _check_among(what: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise InputError.not_among(what, value, known)


def table_of(what: str, given: Any) -> Mapping[str, Any]:
    """Return a table that was given.

    Raises
    ------
    InputError
        If it is none.
    """
    if not isinstance(given, Mapping):
        raise InputError(f"{what} = {given!r} is no table.", "Give names and their numbers.")
    return given


def _check_share(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= 1:
        raise InputError(f"{name} = {value!r} is no share.", "Give a number from 0 to 1.")
