"""The simulated hub, served: to a client in this process, and to a browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Tab, chromium, served
from starlette.testclient import TestClient
from web_client import Ask, client_of

from cladist.snapshot import Snapshot


@pytest.fixture(scope="session")
def client(simulated: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client of the simulated hub of 3,000 models."""
    return client_of(simulated, tmp_path_factory.mktemp("layout") / "index")


@pytest.fixture
def ask(client: TestClient) -> Ask:
    """Ask the simulated hub; the answer must be good."""

    def asked(path: str, **query: Any) -> Any:
        answer = client.get("/api/v1/" + path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return asked


@pytest.fixture
def wait(client: TestClient) -> Callable[[str], Any]:
    """Ask for an analysis until it is done."""

    def waited(path: str) -> Any:
        for _ in range(600):
            answer = client.get("/api/v1/" + path)
            if answer.status_code != 202:
                assert answer.status_code == 200, answer.text
                return answer.json()
            assert answer.json()["state"] == "running"
            time.sleep(0.1)
        raise AssertionError(path)

    return waited


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, once."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def site(
    browser: Any, simulated: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The simulated hub at an address of this machine."""
    with served(simulated, tmp_path_factory.mktemp("site") / "index") as address:
        yield address


@pytest.fixture
def tab(browser: Any, site: str) -> Iterator[Tab]:
    """A fresh tab; whatever a test does on it, nothing may go wrong."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    opened = Tab(context.new_page(), site)
    opened.watch()
    yield opened
    context.close()
    opened.clean()
