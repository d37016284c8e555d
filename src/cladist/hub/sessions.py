"""The sessions of one client: a few, so that many threads do not wait for one pool of connections.

A session of ``huggingface_hub`` guards its pool with one lock and looks through all connections
under it at every request; at 32 requests at once, a third of the time of a walk is spent there.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from queue import LifoQueue
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import httpx2

#: Most requests that share a session.
SHARING: Final = 16


class Sessions:
    """Sessions for at most ``workers`` requests at once; no more are opened than are needed.

    The first is that of ``huggingface_hub``, the others are made as it makes its own, so that a
    factory set with ``huggingface_hub.set_client_factory`` holds for all.
    """

    def __init__(self, workers: int) -> None:
        # The slot that was freed last goes first: a quiet client stays with the first session.
        self._slots: LifoQueue[int] = LifoQueue()
        for slot in reversed(range(workers)):
            self._slots.put(slot)
        self._own: dict[int, httpx2.Client] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._own)

    @contextmanager
    def one(self) -> Iterator[httpx2.Client]:
        """Wait for a turn, and lend a session for one request."""
        slot = self._slots.get()
        try:
            yield self._session(slot // SHARING)
        finally:
            self._slots.put(slot)

    def _session(self, group: int) -> httpx2.Client:
        import httpx2

        # The module itself: a name of the package is looked up anew at every request.
        from huggingface_hub.utils import _http

        if group == 0:
            shared: httpx2.Client = _http.get_session()
            return shared
        with self._lock:
            if group not in self._own:
                # The library has no public way to ask for a session of one's own.
                make: Any = getattr(_http, "_GLOBAL_CLIENT_FACTORY", httpx2.Client)
                self._own[group] = make()
            return self._own[group]

    def close(self) -> None:
        """Close the sessions that are our own; they are made anew when they are needed again."""
        with self._lock:
            _close(self._own)


def _close(sessions: dict[int, httpx2.Client]) -> None:
    while sessions:
        sessions.popitem()[1].close()
