"""Answers to questions of the API, ready to send, whatever process they are made in."""

from __future__ import annotations

import gzip
import hashlib
import logging
import re
import traceback
from dataclasses import dataclass
from typing import Final

from cladist.errors import CladistError, EnvironmentProblemError, ModelNotFoundError
from cladist.web.answers import Answer, State
from cladist.web.encoding import encode
from cladist.web.jobs import AnalysisFailedError, BusyError
from cladist.web.openapi import document
from cladist.web.parameters import read_all
from cladist.web.payloads import ErrorBody, ErrorPayload
from cladist.web.routes import ROUTES

API: Final = "/api/v1/"
#: A question: its path below :data:`API`, and its parameters as they stand in the address.
Question = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Kept:
    """An answer ready to send: ``body`` is compressed where that makes it smaller."""

    body: bytes
    packed: bool
    media_type: str
    status: int
    etag: str
    headers: tuple[tuple[str, str], ...]


class Questions:
    """Answers questions about one snapshot; safe to use from several threads."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.openapi = encode(document())

    def answer(self, path: str, items: list[tuple[str, str]]) -> Kept:
        """Answer a question; whatever goes wrong is an answer too."""
        try:
            return pack(self._ask(path, items))
        except Exception as problem:  # the one boundary: whatever happens has the same shape
            return pack(refusal(problem))

    def warm(self) -> None:
        """Ask one question of each kind, so that nobody waits for imports and first looks."""
        index = self.state.index
        asked = [("hub", []), ("search", [("q", "model")]), ("forest", []), ("growth", [])]
        if index.n:
            name = index.id_of(0)
            asked += [(f"{kind}/{name}", []) for kind in ("model", "children", "lanes", "family")]
            asked += [(f"nodes/{name}", [("scope", "clan")])]
        for question in asked:
            self.answer(*question)

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


def pack(answer: Answer) -> Kept:
    """Return an answer ready to send."""
    body = answer.body
    packed = len(body) > 1000 and _COMPRESSES.search(answer.media_type) is not None
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    if packed:
        body = gzip.compress(body, 1, mtime=0)  # higher levels cost more time than they save
    return Kept(body, packed, answer.media_type, answer.status, etag,
                 tuple(answer.headers.items()))  # fmt: skip


_COMPRESSES: Final = re.compile(r"json|text|javascript|xml|svg|arrow")
