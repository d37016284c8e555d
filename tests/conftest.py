"""Snapshots that many tests share, and the real data beside the checkout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

import cladist
from cladist.snapshot import Snapshot

REAL = Path(__file__).resolve().parents[2] / "shared" / "data"

Records = Sequence[dict[str, Any]]
BuildRecords = Callable[..., Snapshot]


@pytest.fixture
def build_records(tmp_path: Path) -> BuildRecords:
    """Build a snapshot of records given in Python."""
    made = iter(range(1000))

    def build(records: Records, **options: Any) -> Snapshot:
        number = next(made)
        source = tmp_path / f"records{number}.jsonl"
        source.write_bytes(b"\n".join(orjson.dumps(r) for r in records) + b"\n")
        return cladist.build(source, tmp_path / f"{number}.snapshot", source="records", **options)

    return build


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A simulated hub of 3,000 models."""
    out = tmp_path_factory.mktemp("simulated") / "hub.snapshot"
    cladist.simulate(3000, out, seed=7)
    return cladist.open(out)


def real(name: str) -> Path:
    """Return a file of the real metadata, or skip where there is none."""
    path = REAL / name
    if not path.exists():
        pytest.skip(f"the real Hub metadata is not beside this checkout ({name})")
    return path
