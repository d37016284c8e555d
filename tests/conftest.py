"""Snapshots that many tests share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from material import BuildRecords, Records

import cladist
from cladist.snapshot import Snapshot

# The same examples on every machine, busy ones included; HYPOTHESIS_PROFILE=search looks for new.
settings.register_profile(
    "fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


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
