"""A browser and a served snapshot, for tests that really click."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cladist.snapshot import Snapshot
from cladist.web.answers import State
from cladist.web.app import create_app
from cladist.web.building import build_index
from cladist.web.pages import STATIC

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"


def need(found: bool, missing: str) -> None:
    """Skip the test where something is missing, but fail it in continuous integration."""
    if found:
        return
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def chromium() -> str:
    """Return the path of Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    need(bool(path), "Chromium is not installed (apt-get install chromium)")
    need((STATIC / "index.html").is_file(), "the pages are not built (make ui)")
    return path


@contextmanager
def served(hub: Snapshot, layout: Path) -> Iterator[str]:
    """Serve a snapshot on a free port of this machine; yields its address without a slash."""
    import uvicorn

    state = State(hub, build_index(hub, layout))
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(state), log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@dataclass
class Tab:
    """A page of the browser, and what went wrong on it."""

    page: Any
    home: str
    dialogs: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note dialogs, requests to elsewhere, errors of scripts and of the console."""

        def dialog(found: Any) -> None:
            self.dialogs.append(found.message)
            found.dismiss()

        def request(found: Any) -> None:
            if not found.url.startswith((self.home, "data:", "blob:", "about:")):
                self.elsewhere.append(found.url)

        def console(found: Any) -> None:
            # What is not there is answered with 404, and the browser says so.
            if (
                found.type == "error"
                and "the server responded with a status of 4" not in found.text
            ):
                self.errors.append(found.text)

        self.page.on("dialog", dialog)
        self.page.on("request", request)
        self.page.on("console", console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, address: str) -> None:
        """Load an address and wait until the page stands."""
        self.page.goto(self.home + address)
        self.ready()

    def follow(self, address: str) -> None:
        """Go to an address as a click on a link does."""
        self.page.evaluate(
            "to => { history.pushState(null, '', to); dispatchEvent(new Event('popstate')); }",
            address,
        )

    def ready(self) -> None:
        """Wait until a heading stands and nothing is busy."""
        self.page.wait_for_selector("main h1")
        self.until("() => !document.querySelector('main [aria-busy=true]')")

    def until(self, function: str, arg: Any = None, seconds: float = 60) -> None:
        """Wait until a function of the page is true; the page's policy forbids Playwright's own."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(function, arg):
            assert time.monotonic() < end, f"still false after {seconds} s: {function} of {arg!r}"
            self.page.wait_for_timeout(10)

    def clean(self) -> None:
        """Assert that nothing went wrong."""
        assert (self.dialogs, self.elsewhere, self.errors) == ([], [], [])
