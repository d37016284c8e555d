"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

#: ``report(step, done, total)``; a total of 0 means that the step cannot tell.
Report = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """Report progress to nobody."""
