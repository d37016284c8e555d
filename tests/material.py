"""What tests share beside fixtures: types, and the real data beside the checkout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cladist.snapshot import Snapshot

REAL = Path(__file__).resolve().parents[2] / "shared" / "data"

Records = Sequence[dict[str, Any]]
BuildRecords = Callable[..., Snapshot]


def real(name: str) -> Path:
    """Return a file of the real metadata, or skip where there is none."""
    path = REAL / name
    if not path.exists():
        pytest.skip(f"the real Hub metadata is not beside this checkout ({name})")
    return path
