"""What made an artefact: software, snapshot, parameters, seed. No wall-clock, no machine paths."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def software() -> str:
    """Return the version of cladist that is installed."""
    try:
        return version("cladist")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0+unknown"


def libraries(*names: str) -> dict[str, str]:
    """Return the installed versions of the named distributions, those absent left out."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from, enough to make it again and to cite it.

    ``observed`` is the first and last date at which sources read the hub (ISO days, or None);
    ``coverage`` says in words whether the snapshot is a census or a sample.
    """

    cladist: str
    snapshot: str
    snapshot_digest: str
    simulated: bool
    observed: tuple[str | None, str | None]
    coverage: str
    seed: int | None = None
    parameters: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        return asdict(self)
