"""Every error that cladist raises on purpose; each says what was wrong and what to do.

The command line turns a :class:`CladistError` into one message on standard error and the
exit code that the class carries. Anything else that escapes is a defect (exit code 70).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class CladistError(Exception):
    """Base of all errors raised on purpose: a message, and the remedy."""

    exit_code = 2

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class InputError(CladistError):
    """A file, an option or a value that cannot be used as it is."""

    @classmethod
    def not_among(cls, what: str, value: object, choices: Iterable[str]) -> InputError:
        """Name a value that is none of the choices, and the nearest choice."""
        known = sorted(choices)
        near = get_close_matches(str(value), known, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        return cls(f"{what} {value!r} is not known.", f"{hint}Choose from: {', '.join(known)}.")


class SnapshotError(InputError):
    """A directory that is not a snapshot that this version can read."""


class ModelNotFoundError(InputError):
    """A model id that the snapshot does not hold; ``nearest`` are ids that resemble it."""

    nearest: Sequence[str] = ()

    @classmethod
    def in_snapshot(cls, model_id: str, near: Iterable[str]) -> ModelNotFoundError:
        """Name the id that is missing and the ids that resemble it."""
        shown = list(near)[:5]
        remedy = f"Nearest ids: {', '.join(shown)}." if shown else "No id in it resembles this one."
        found = cls(f"Model {model_id!r} is not in the snapshot.", remedy)
        found.nearest = shown
        return found


class EnvironmentProblemError(CladistError):
    """The disk, the network or a missing package stands in the way, not the input."""

    exit_code = 3
