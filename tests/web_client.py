"""A server of a small snapshot, asked without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from cladist.snapshot import Snapshot
from cladist.web.answers import State
from cladist.web.app import create_app
from cladist.web.building import build_index

Ask = Callable[..., Any]


def client_of(hub: Snapshot, directory: Path, **options: Any) -> TestClient:
    """Lay a snapshot out and return a client of its server."""
    state = State(hub, build_index(hub, directory))
    return TestClient(create_app(state, **options), base_url="http://127.0.0.1:8000")
