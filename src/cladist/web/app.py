"""The ASGI application: the API, the pages, and what keeps strangers out."""

from __future__ import annotations

import gzip
import hashlib
import logging
import re
import traceback
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

import anyio
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from cladist.errors import CladistError, EnvironmentProblemError, ModelNotFoundError
from cladist.web.answers import Answer, State
from cladist.web.encoding import encode
from cladist.web.jobs import AnalysisFailedError, BusyError
from cladist.web.openapi import document
from cladist.web.pages import POLICY, Pages
from cladist.web.parameters import read_all
from cladist.web.payloads import ErrorBody, ErrorPayload
from cladist.web.routes import ROUTES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

API: Final = "/api/v1/"
#: Questions that are worked on at the same time; others wait. More threads only take turns.
WORKERS: Final = 2
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


@dataclass(frozen=True)
class _Kept:
    """An answer ready to send: ``body`` is compressed where that makes it smaller."""

    body: bytes
    packed: bool
    media_type: str
    status: int
    etag: str
    headers: tuple[tuple[str, str], ...]


class _Memory:
    """The latest answers, up to a number of bytes."""

    def __init__(self, most: int = _KEPT_BYTES) -> None:
        self.most = most
        self.bytes = 0
        self.kept: OrderedDict[str, _Kept] = OrderedDict()
        self.lock = Lock()

    def get(self, key: str) -> _Kept | None:
        with self.lock:
            found = self.kept.get(key)
            if found is not None:
                self.kept.move_to_end(key)
            return found

    def put(self, key: str, answer: _Kept) -> None:
        with self.lock:
            old = self.kept.pop(key, None)
            self.bytes += len(answer.body) - (len(old.body) if old else 0)
            self.kept[key] = answer
            while self.bytes > self.most:
                _, dropped = self.kept.popitem(last=False)
                self.bytes -= len(dropped.body)


class Explorer:
    """Answers requests about one snapshot."""

    def __init__(self, state: State, pages: Pages) -> None:
        self.state = state
        self.pages = pages
        self.memory = _Memory()
        self.limiter = CapacityLimiter(WORKERS)
        self.openapi = encode(document())

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
            kept = await anyio.to_thread.run_sync(
                self._answer, path.removeprefix(API), request.query_params.multi_items(),
                limiter=self.limiter,
            )  # fmt: skip
            if kept.status == 200 and len(kept.body) < self.memory.most // 8:
                self.memory.put(key, kept)
        return _response(request, kept)

    def _answer(self, path: str, items: list[tuple[str, str]]) -> _Kept:
        try:
            return _pack(self._ask(path, items))
        except Exception as problem:  # the one boundary: whatever happens has the same shape
            return _pack(refusal(problem))

    def _ask(self, path: str, items: list[tuple[str, str]]) -> Answer:
        if path == "openapi.json":
            return Answer(self.openapi)
        name, slash, rest = path.partition("/")
        route = ROUTES.get(name)
        if route is None or route.takes_id != bool(slash and rest):
            raise NoPageError(f"There is nothing at {API}{path[:200]}.", f"See {API}openapi.json.")
        query = dict(items)
        if len(query) < len(items):
            raise CladistError("A parameter is given twice.", "Give each once.")
        values = query if route.parameters is None else read_all(route.parameters, query)
        return route.answer(self.state, rest, values)

    async def page(self, request: Request) -> Response:
        """Return a page or one of its files."""
        return _response(request, _pack(self.pages.answer(request.scope["path"])))


class NoPageError(CladistError):
    """Nothing is at this address."""


def refusal(problem: Exception) -> Answer:
    """Return an error in its one shape."""
    status, code = next(
        (found for kind, found in _STATUS if isinstance(problem, kind)), (500, "internal")
    )
    nearest: list[str] = []
    if isinstance(problem, CladistError):
        message, remedy = problem.message, problem.remedy
        if isinstance(problem, ModelNotFoundError):
            nearest = list(problem.nearest)
    else:
        logging.getLogger("cladist.web").error("%s", "".join(traceback.format_exception(problem)))
        message = "The server failed at this question."
        remedy = "This is a defect of cladist: please report what the terminal says."
    return Answer(encode(ErrorPayload(ErrorBody(status, code, message, remedy, nearest))),
                  status=status)  # fmt: skip


_STATUS: Final = (
    (NoPageError, (404, "no_such_address")),
    (ModelNotFoundError, (404, "not_found")),
    (BusyError, (503, "busy")),
    (AnalysisFailedError, (422, "analysis_failed")),
    (EnvironmentProblemError, (503, "environment")),
    (CladistError, (400, "bad_parameter")),
)


def _pack(answer: Answer) -> _Kept:
    body = answer.body
    packed = len(body) > 1000 and _COMPRESSES.search(answer.media_type) is not None
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    if packed:
        body = gzip.compress(body, 5 if len(body) < 1 << 18 else 2, mtime=0)
    return _Kept(body, packed, answer.media_type, answer.status, etag,
                 tuple(answer.headers.items()))  # fmt: skip


_COMPRESSES: Final = re.compile(r"json|text|javascript|xml|svg|arrow")


def _response(request: Request, kept: _Kept) -> Response:
    headers = {"cache-control": "no-cache", "vary": "accept-encoding", **dict(kept.headers)}
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


def create_app(state: State, *, hosts: Iterable[str] = (), static: Path | None = None) -> ASGIApp:
    """Return the application for one snapshot.

    Parameters
    ----------
    state
        The snapshot with its index.
    hosts
        Names beside this machine's own by which it may be called.
    static
        Directory of the built front end; that of the package if None.
    """
    return Guard(Explorer(state, Pages(static)), hosts)
