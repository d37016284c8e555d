"""The ASGI application: the API, the pages, and what keeps strangers out."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

import anyio
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from cladist.web.answers import State
from cladist.web.asking import API, Kept, Question, Questions, pack
from cladist.web.encoding import encode
from cladist.web.pages import POLICY, Pages
from cladist.web.payloads import ErrorBody, ErrorPayload

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from cladist.web.workers import Workers

#: Questions that this process works on at the same time. More threads only take turns.
THREADS: Final = 2
LONGEST_QUERY: Final = 4096
LONGEST_PATH: Final = 2048
_KEPT_BYTES: Final = 64 << 20
_LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")

HEADERS: Final = {
    "content-security-policy": f"{POLICY}; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
}


class _Memory:
    """The latest answers, up to a number of bytes."""

    def __init__(self, most: int = _KEPT_BYTES) -> None:
        self.most = most
        self.bytes = 0
        self.kept: OrderedDict[str, Kept] = OrderedDict()
        self.lock = Lock()

    def get(self, key: str) -> Kept | None:
        with self.lock:
            found = self.kept.get(key)
            if found is not None:
                self.kept.move_to_end(key)
            return found

    def put(self, key: str, answer: Kept) -> None:
        with self.lock:
            old = self.kept.pop(key, None)
            self.bytes += len(answer.body) - (len(old.body) if old else 0)
            self.kept[key] = answer
            while self.bytes > self.most:
                _, dropped = self.kept.popitem(last=False)
                self.bytes -= len(dropped.body)


class Explorer:
    """Answers requests about one snapshot: in this process, or in others where there are any."""

    def __init__(self, state: State, pages: Pages, workers: Workers | None = None) -> None:
        self.pages = pages
        self.memory = _Memory()
        self.questions = Questions(state)
        self.workers = workers
        self.limiter = CapacityLimiter(max(THREADS, workers.number if workers else 0))
        self.asked: dict[str, asyncio.Future[Kept]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        request = Request(scope)
        answer = self.api if scope["path"].startswith(API) else self.page
        await (await answer(request))(scope, receive, send)

    async def api(self, request: Request) -> Response:
        """Answer a question of the API."""
        path = request.scope["path"]
        query = request.scope["query_string"].decode("latin-1")
        key = f"{path}?{query}"
        kept = self.memory.get(key)
        if kept is None:
            # Whoever asks what is being answered waits for that answer.
            answering = self.asked.get(key)
            if answering is None:
                question = (path.removeprefix(API), request.query_params.multi_items())
                answering = asyncio.ensure_future(self._find(key, question))
                self.asked[key] = answering
                answering.add_done_callback(lambda _: self.asked.pop(key, None))
            kept = await asyncio.shield(answering)
        return _response(request, kept)

    async def _find(self, key: str, question: Question) -> Kept:
        kept = await anyio.to_thread.run_sync(self._answer, *question, limiter=self.limiter)
        if kept.status == 200 and len(kept.body) < self.memory.most // 8:
            self.memory.put(key, kept)
        return kept

    def _answer(self, path: str, items: list[tuple[str, str]]) -> Kept:
        # Analyses are counted, and run one at a time, in this process.
        if self.workers is not None and not path.startswith("analysis/"):
            kept = self.workers.answer(path, items)
            if kept is not None:
                return kept
        return self.questions.answer(path, items)

    async def page(self, request: Request) -> Response:
        """Return a page or one of its files."""
        person = "text/html" in request.headers.get("accept", "")
        return _response(request, pack(self.pages.answer(request.scope["path"], person=person)))


def _response(request: Request, kept: Kept) -> Response:
    headers = {"cache-control": "no-cache", "vary": "accept, accept-encoding", **dict(kept.headers)}
    if kept.status == 200:
        headers["etag"] = kept.etag
        if kept.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    body = kept.body
    if kept.packed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
    elif kept.packed:
        body = gzip.decompress(body)
    return Response(body, kept.status, headers, kept.media_type)


class Guard:
    """Refuses what is not a plain request of this machine's own browser; adds the headers."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self.hosts = {h.lower() for h in (*_LOCAL, *hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(k.encode(), v.encode()) for k, v in HEADERS.items()]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        problem = self._problem(scope)
        if problem is None:
            await self.app(scope, receive, headed)
            return
        status, code, message, remedy = problem
        body = encode(ErrorPayload(ErrorBody(status, code, message, remedy, [])))
        extra = {"allow": "GET, HEAD"} if status == 405 else {}
        await Response(body, status, extra, "application/json")(scope, receive, headed)

    def _problem(self, scope: Scope) -> tuple[int, str, str, str] | None:
        host = next((v for k, v in scope["headers"] if k == b"host"), b"").decode("latin-1")
        name = re.sub(r":\d{1,5}$", "", host).lower()
        if name not in self.hosts:
            remedy = "Open it as http://127.0.0.1:PORT/, or start it with --allow-host NAME."
            return 421, "host_not_allowed", "This server does not answer to that name.", remedy
        if scope["method"] not in ("GET", "HEAD"):
            return (405, "method_not_allowed", "This server only reads.", "Use GET or HEAD.")
        if len(scope["query_string"]) > LONGEST_QUERY or len(scope["path"]) > LONGEST_PATH:
            return (414, "too_long", "The address is too long.", "Shorten it.")
        return None


def create_app(
    state: State, *, hosts: Iterable[str] = (), static: Path | None = None,
    workers: Workers | None = None,
) -> ASGIApp:  # fmt: skip
    """Return the application for one snapshot.

    Parameters
    ----------
    state
        The snapshot with its index.
    hosts
        Names beside this machine's own by which it may be called.
    static
        Directory of the built front end; that of the package if None.
    workers
        Processes that answer; this one alone if None.
    """
    return Guard(Explorer(state, Pages(static), workers), hosts)
