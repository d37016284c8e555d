"""Snapshots that many tests share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from material import BuildRecords, Records

import cladist
from cladist.snapshot import Snapshot


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
