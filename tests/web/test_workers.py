"""Answers of other processes are those of this one, and their deaths are survived."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from web_client import client_of

from cladist.snapshot import Snapshot
from cladist.web.answers import State
from cladist.web.app import Explorer
from cladist.web.asking import Kept, Questions
from cladist.web.building import build_index
from cladist.web.pages import Pages
from cladist.web.workers import Workers, usual_number


def test_workers__one_where_the_browser_needs_the_other_processor() -> None:
    assert [usual_number(n) for n in (1, 2, 3, 64)] == [1, 1, 2, 2]


def test_workers__answer_alike_and_may_die(
    simulated: Snapshot, tmp_path: Path, client: TestClient
) -> None:
    layout = build_index(simulated, tmp_path / "index")
    workers = Workers(simulated.path, layout, "2024-07-11", 1)
    try:
        end = time.monotonic() + 60
        while (kept := workers.answer("hub", [])) is None:
            assert time.monotonic() < end
            time.sleep(0.05)
        here = Questions(State(simulated, layout, "2024-07-11"))
        assert kept == here.answer("hub", [])
        founder = client.get("/api/v1/forest").json()["marks"]["model"][0]
        bad = ("search", [("q", "a"), ("limit", "x")])
        for question in (("forest", [("by", "license")]), (f"model/{founder}", []), bad):
            assert workers.answer(*question) == here.answer(*question)
        served = client_of(simulated, tmp_path / "index", workers=workers)
        assert served.get(f"/api/v1/model/{founder}").status_code == 200
        (process,) = workers._processes
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert workers.answer("hub", []) is None
        assert served.get("/api/v1/growth").status_code == 200
    finally:
        workers.close()


def test_a_question_under_way_is_not_worked_on_again(simulated: Snapshot, tmp_path: Path) -> None:
    layout = build_index(simulated, tmp_path / "index")
    explorer = Explorer(State(simulated, layout), Pages())
    asked: list[str] = []
    answer = explorer.questions.answer

    def slowly(path: str, items: list[tuple[str, str]]) -> Kept:
        asked.append(path)
        time.sleep(0.05)
        return answer(path, items)

    explorer.questions.answer = slowly  # type: ignore[method-assign]
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path": "/api/v1/growth", "query_string": b"",
                 "headers": []}  # fmt: skip
        await explorer(scope, None, send)  # type: ignore[arg-type]

    async def many() -> None:
        await asyncio.gather(*(ask() for _ in range(8)))

    # In a thread of its own: a browser that other tests drive keeps a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, many()).result()
    assert asked == ["growth"]
    assert [m["status"] for m in sent if m["type"] == "http.response.start"] == [200] * 8
