"""Running the application until it is interrupted."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from starlette.types import ASGIApp


def run(app: ASGIApp, listening: socket.socket, *, open_at: str | None = None) -> None:
    """Serve on a socket until the process is told to stop.

    Parameters
    ----------
    app
        The application.
    listening
        A bound socket.
    open_at
        Address that is opened in the browser once the server answers; none if None.
    """
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, ws="none",
        lifespan="off", proxy_headers=False, timeout_keep_alive=30, limit_concurrency=500,
        timeout_graceful_shutdown=2,
    ))  # fmt: skip
    if open_at is not None:
        threading.Thread(target=_open, args=(server, open_at), daemon=True).start()
    server.run(sockets=[listening])


def _open(server: object, address: str) -> None:
    import webbrowser

    while not getattr(server, "started", False):
        time.sleep(0.02)
    webbrowser.open(address)
