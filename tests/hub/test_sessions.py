"""Threads share few sessions, and what a cache holds outlives it though it is written late."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

import httpx2
import huggingface_hub
import pytest
from hub_cases import Served
from huggingface_hub.utils import get_session
from huggingface_hub.utils._http import default_client_factory

from cladist.hub import cache as cache_module
from cladist.hub.cache import Cache
from cladist.hub.records import told_children
from cladist.hub.sessions import SHARING, Sessions


def test_sessions__no_more_than_are_needed_and_closed_in_the_end() -> None:
    sessions = Sessions(2 * SHARING)
    for _ in range(3):
        with sessions.one() as session:
            assert session is get_session()
    with ExitStack() as stack:
        lent = [stack.enter_context(sessions.one()) for _ in range(2 * SHARING)]
        waiting = threading.Thread(target=lambda: sessions.one().__enter__())
        waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive(), "one more than allowed must wait"
    waiting.join(5)
    assert lent[:SHARING] == [get_session()] * SHARING
    (own,) = set(lent[SHARING:])
    assert own is not get_session()
    sessions.close()
    assert own.is_closed
    assert not get_session().is_closed


def test_sessions__are_made_as_the_user_wants_them() -> None:
    made: list[httpx2.Client] = []

    def factory() -> httpx2.Client:
        made.append(httpx2.Client(headers={"X-Proxy": "ours"}))
        return made[-1]

    huggingface_hub.set_client_factory(factory)
    try:
        sessions = Sessions(2 * SHARING)
        with ExitStack() as stack:
            lent = [stack.enter_context(sessions.one()) for _ in range(2 * SHARING)]
        assert {s.headers["X-Proxy"] for s in lent} == {"ours"}
        assert len(made) == 2
        sessions.close()
    finally:
        huggingface_hub.set_client_factory(default_client_factory)


def test_cache__is_written_by_the_hundred_and_at_the_end(
    small: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "AT_ONCE", 3)
    place = tmp_path / "c.sqlite"
    client = small.client(cache=Cache(place))
    urls = [client.model_url(f"acme/q{n}") for n in range(5)]
    bodies = [client.get(url).body for url in urls]
    assert [client.get(url).cached for url in urls] == [True] * 5
    early = Cache(place)
    assert [early.find(url, 0) is not None for url in urls] == [True] * 3 + [False] * 2
    early.close()
    client.close()
    late = Cache(place)
    kept = [late.find(url, 0) for url in urls]
    late.close()
    assert [k and k.body for k in kept] == bodies


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ({"adapter": 716, "merge": 19, "quantized": 190, "finetune": 328}, 1253),
        (7, 7),
        (None, 0),
        ({}, 0),
        ({"adapter": "many", "merge": -1, "finetune": 2}, 2),
        ("7", 0),
    ],
)
def test_children_told__by_relation_as_the_hub_does(told: object, number: int) -> None:
    assert told_children({"id": "a/b", "childrenModelCount": told}) == number
