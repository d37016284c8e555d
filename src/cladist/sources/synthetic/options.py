"""The options of a simulation as a file: what the truth says of itself, or one's own TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final

import orjson

from cladist.errors import InputError
from cladist.sources.synthetic.dirt import Dirt

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
    dirt |= found.get("dirt") or {}
    return found | ({"dirt": dirt} if dirt else {})


def _plain(value: Any) -> Any:
    """Return a number of NumPy's as one of Python's."""
    if isinstance(value, bool) or value is None or not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)
