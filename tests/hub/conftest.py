"""A small hub served on 127.0.0.1, and a command line that asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hub_cases import CLOCK, Done, Served, family
from hubserver.app import Conduct, Hub
from hubserver.data import HubData
from hubserver.serving import running


@pytest.fixture
def serve() -> Iterator[Callable[[HubData], Served]]:
    """Serve hubs until the test ends."""
    contexts = []

    def start(data: HubData) -> Served:
        hub = Hub(data, Conduct(clock=CLOCK))
        context = running(hub)
        endpoint = context.__enter__()
        contexts.append(context)
        return Served(hub, endpoint)

    yield start
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.fixture
def small(serve: Callable[[HubData], Served]) -> Served:
    """Serve :func:`family`."""
    return serve(family())


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Run the command line against a hub, with the settings of a machine that knows no other."""
    from huggingface_hub import constants

    from cladist.cli import run

    def call(served: Served | str, *arguments: str, **env: str) -> Done:
        endpoint = served if isinstance(served, str) else served.endpoint
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(constants, "ENDPOINT", endpoint)
            patch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
            patch.setattr(constants, "HF_ASSETS_CACHE", str(tmp_path / "assets"))
            patch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
            patch.setattr(constants, "HF_HUB_OFFLINE", env.pop("HF_HUB_OFFLINE", "") == "1")
            for name, value in env.items():
                patch.setenv(name, value)
            capfd.readouterr()
            code = run(list(arguments))
            told = capfd.readouterr()
        return Done(code, told.out, told.err)

    return call
