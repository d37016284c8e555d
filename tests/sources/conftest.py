"""What the tests of sources share: everything of a source gathered, and the real data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from gathering import Gathered, gather_all

from cladist.sources.protocol import Source


@pytest.fixture
def gather() -> Callable[[Source], Gathered]:
    return gather_all


@pytest.fixture(scope="session")
def maps() -> Path:
    return Path(__file__).parents[2] / "docs" / "column-maps"


@pytest.fixture(scope="session")
def real() -> Path:
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real Hub metadata is not at ../shared/data beside the checkout")
    return folder
