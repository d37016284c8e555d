"""The server in a thread of the test's process, or by hand in the foreground."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from hubserver.app import Hub


def _config(hub: Hub, **options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        hub.app(), log_level="critical", access_log=False, date_header=False,
        server_header=False, **options,
    )  # fmt: skip


@contextmanager
def running(hub: Hub) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 while the block runs; gives the endpoint."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(_config(hub))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
        listener.close()


def serve(hub: Hub, port: int) -> None:
    """Serve in the foreground until interrupted."""
    uvicorn.Server(_config(hub, host="127.0.0.1", port=port)).run()
