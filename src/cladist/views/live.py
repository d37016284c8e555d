"""Where and when a live answer was read: every view of one says it, since a hub changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cladist.views.terminal import clean


def read_live(found: Mapping[str, Any]) -> str:
    """Return the hub and the moment that an answer was read from; empty for a snapshot's."""
    live = found.get("live")
    return (
        "" if live is None else clean(f"read live from {live['endpoint']}, {live['observed_at']}")
    )
