"""The endpoints: lists, single models, files, commits of data sets, as the Hub answers them."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import time
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubserver.data import BRIEF, EXPAND_LIST, EXPAND_ONE, FULL, HubData, Record, Repo, sort
from hubserver.faults import Conduct, Fault

_SORTS = {"trendingScore", "downloads", "likes", "createdAt", "lastModified"}
_MOST = 1000
#: Fields of one model that come only with ``expand``.
_ASKED_FOR = ("baseModels", "childrenModelCount")


class Hub:
    """The data, the conduct, and the handlers."""

    def __init__(self, data: HubData, conduct: Conduct | None = None) -> None:
        self.data = data
        self.conduct = conduct or Conduct()
        self.last_page: Response | None = None

    def app(self) -> Starlette:
        """Return the ASGI application."""
        get = ["GET", "HEAD"]
        model = "{model:path}"
        return Starlette(
            routes=[
                Route("/__conduct", self.control, methods=["POST", "GET"]),
                Route("/api/models", self.guard("api", self.models), methods=get),
                Route("/api/resolve-cache/models/{org}/{name}/{rev}/{path:path}",
                      self.guard("cache", self.cached_file), methods=get),
                Route(f"/api/models/{model}", self.guard("api", self.model), methods=get),
                Route("/api/datasets/{repo:path}/commits/{rev}",
                      self.guard("api", self.commits), methods=get),
                Route("/api/datasets/{repo:path}/tree/{rev}",
                      self.guard("api", self.tree), methods=get),
                Route("/api/datasets/{repo:path}/tree/{rev}/{path:path}",
                      self.guard("api", self.tree), methods=get),
                Route("/api/datasets/{repo:path}/revision/{rev}",
                      self.guard("api", self.dataset), methods=get),
                Route("/api/datasets/{repo:path}", self.guard("api", self.dataset), methods=get),
                Route("/datasets/{repo:path}/resolve/{rev}/{path:path}",
                      self.guard("resolvers", self.dataset_file), methods=get),
                Route(f"/{model}/resolve/{{rev}}/{{path:path}}",
                      self.guard("resolvers", self.file), methods=get),
            ]
        )  # fmt: skip

    # -- what surrounds every request --------------------------------------------------------

    def now(self) -> float:
        """Tell the time by the server's clock."""
        clock = self.conduct.clock
        return (time.time() if clock is None else clock) + self.conduct.skew

    def guard(self, bucket: str, handler: Any) -> Any:
        """Wrap a handler in delay, faults, rate limit, authorisation and common headers."""

        async def guarded(request: Request) -> Response:
            path = request.url.path + ("?" + request.url.query if request.url.query else "")
            self.conduct.log.append((request.method, path))
            if self.conduct.latency:
                await asyncio.sleep(self.conduct.latency)
            allowed, headers = self.conduct.spend(bucket, time.time())
            headers["Date"] = formatdate(self.now(), usegmt=True)
            if bucket == "cache":  # as it was given to somebody else a day ago
                headers = {"Date": formatdate(self.now() - 86_400, usegmt=True), "Age": "86400",
                           "RateLimit": '"resolvers";r=0;t=300'}  # fmt: skip
            headers["X-Request-Id"] = "Root=1-test"
            if not allowed:
                return _error(429, "We had to rate limit you.", headers=headers)
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            self.conduct.authorized += bool(token)
            if token and self.data.tokens and token not in self.data.tokens:
                return _error(401, "Invalid credentials in Authorization header", headers=headers)
            fault = self.conduct.pick(path)
            response = await self._answer(request, handler, fault)
            response.headers.update(headers)
            return response

        return guarded

    async def _answer(self, request: Request, handler: Any, fault: Fault | None) -> Response:
        if fault is None:
            return self._conditional(request, handler(request))
        if fault.kind in ("500", "502", "html") or fault.kind.startswith("429"):
            return self._failure(fault)
        if fault.kind == "slow":
            await asyncio.sleep(fault.value)
        if fault.kind == "repeat_page" and self.last_page is not None:
            return _copy(self.last_page)
        if fault.kind == "moved":
            self._move()
        if fault.kind == "expired_cursor" and "cursor" in request.query_params:
            return _error(400, "Invalid cursor")
        before = self.last_page
        response = self._conditional(request, handler(request))
        if fault.kind == "repeat_body" and before is not None:
            response.body = before.body
            response.headers["content-length"] = str(len(before.body))
        if fault.kind == "truncate":
            return Response(response.body[: len(response.body) // 2], 200,
                            media_type="application/json")  # fmt: skip
        return _Reset(response) if fault.kind == "reset" else response

    def _move(self) -> None:
        """Change the oldest model and add a new one: places in every order change."""
        date = datetime.fromtimestamp(self.now() + 1, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        oldest = self.data.records[self.data.ordered("createdAt")[-1]]
        self.data.add({**oldest, "lastModified": date, "likes": 4242, "sha": "f" * 40})
        new = {"id": f"moved/new-{len(self.data.records)}", "createdAt": date, "lastModified": date}
        self.data.add(new)

    def _failure(self, fault: Fault) -> Response:
        """Return an answer that says that the server is at fault, or that we ask too much."""
        if fault.kind == "html":
            return Response("<html>Bad gateway</html>", 502, media_type="text/html")
        if fault.kind in ("500", "502"):
            return _error(int(fault.kind), "Internal Error - We're working hard to fix this")
        headers = {}
        if fault.kind == "429_retry_after":
            headers["Retry-After"] = str(int(fault.value))
        if fault.kind == "429_date":
            headers["Retry-After"] = formatdate(self.now() + fault.value, usegmt=True)
        return _error(429, "We had to rate limit you.", headers=headers)

    def _conditional(self, request: Request, response: Response) -> Response:
        """Answer 304 if the client has it already."""
        if response.status_code == 200 and "etag" not in response.headers:
            digest = hashlib.sha256(response.body).hexdigest()
            response.headers["ETag"] = f'W/"{digest}"'
        known = request.headers.get("if-none-match")
        if response.status_code == 200 and known and known == response.headers["etag"]:
            return Response(status_code=304, headers={"ETag": known})
        return response

    async def control(self, request: Request) -> Response:
        """Change the conduct, or tell what was asked."""
        if request.method == "POST":
            self.conduct.update(orjson.loads(await request.body()))
        return _json({"requests": len(self.conduct.log), "authorized": self.conduct.authorized})

    # -- models ------------------------------------------------------------------------------

    def models(self, request: Request) -> Response:
        """Answer ``GET /api/models``."""
        query = request.query_params
        expand = query.getlist("expand")
        refused = _check_expand(expand, EXPAND_LIST)
        key = query.get("sort", "trendingScore")
        if refused or key not in _SORTS:
            return refused or _error(400, f"Invalid sort {key}")
        ids = self._selected(request, key)
        try:
            ids = self._behind(ids, key, query.get("cursor"))
        except (ValueError, KeyError, TypeError, binascii.Error):
            return _error(400, "Invalid cursor")
        limit = min(int(query.get("limit", _MOST)), _MOST)
        page, rest = ids[:limit], ids[limit:]
        names = (*FULL, *(["cardData"] if query.get("cardData") else [])) if query.get("full") \
            else BRIEF  # fmt: skip
        keep = ("_id", "id", *expand) if expand else names
        records = [{k: r[k] for k in keep if k in r} for r in map(self.data.records.get, page) if r]
        response = _json(records)
        if rest and page:
            response.headers["Link"] = (
                f'<{_next(request, self._cursor(page[-1], key))}>; rel="next"'
            )
        self.last_page = response
        return response

    def _selected(self, request: Request, key: str) -> list[str]:
        query = request.query_params
        tags = [t for value in query.getlist("filter") for t in value.split(",")]
        author, search = query.get("author"), (query.get("search") or "").lower()
        seen = self._visible(request)
        if not tags and not author and not search and not self.data.private:
            return self.data.ordered(key)
        found = set(self.data.tagged(tags[0])) if tags else set(self.data.records)
        for tag in tags[1:]:
            found &= set(self.data.tagged(tag))
        records = (self.data.records[m] for m in found)
        return sort((r for r in records if seen(r["id"]) and (not author or r["author"] == author)
                     and search in r["id"].lower()), key)  # fmt: skip

    def _visible(self, request: Request) -> Any:
        known = bool(request.headers.get("authorization"))
        return lambda model: known or model not in self.data.private

    def _cursor(self, model: str, key: str) -> str:
        """Return the Hub's cursor: the query for what comes behind, in base64."""
        record = self.data.records[model]
        value = record.get(key)
        behind = {"$or": [{key: value, "_id": {"$gt": record["_id"]}}, {key: {"$lt": value}}]}
        return base64.b64encode(orjson.dumps(behind)).decode()

    def _behind(self, ids: list[str], key: str, cursor: str | None) -> list[str]:
        if not cursor:
            return ids
        first, second = orjson.loads(base64.b64decode(cursor))["$or"]
        value, place = first[key], first["_id"]["$gt"]
        limit = second[key]["$lt"]
        kept = []
        for model in ids:
            record = self.data.records[model]
            own = record.get(key)
            if (own == value and record["_id"] > place) or (own is not None and own < limit):
                kept.append(model)
        return kept

    def model(self, request: Request) -> Response:
        """Answer ``GET /api/models/{id}`` with or without ``/revision/{rev}``."""
        model, _, revision = request.path_params["model"].partition("/revision/")
        model = self.data.proper(model)
        refused = self._refused(request, model, f"/api/models/{{}}{_tail(request)}")
        if refused is not None:
            return refused
        record = self.data.one(model)
        if revision and revision not in ("main", record["sha"]):
            return _error(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        expand = request.query_params.getlist("expand")
        bad = _check_expand(expand, EXPAND_ONE)
        if bad:
            return bad
        names = ("_id", "id", *expand) if expand else [k for k in record if k not in _ASKED_FOR]
        return _json({k: record[k] for k in names if record.get(k) is not None})

    def _refused(self, request: Request, model: str, where: str) -> Response | None:
        """Return the redirect or the refusal for a model that is not there as asked."""
        if model in self.data.renamed and model not in self.data.records:
            headers = {"Location": where.format(self.data.renamed[model])}
            return Response(status_code=307, headers=headers)
        if model in self.data.disabled:
            return _error(403, "Access to this resource is disabled.", None)
        if model not in self.data.records or not self._visible(request)(model):
            if request.headers.get("authorization"):
                return _error(404, "Repository not found", "RepoNotFound")
            return _error(401, "Invalid username or password.", None)
        return None

    def file(self, request: Request) -> Response:
        """Answer ``GET /{id}/resolve/{rev}/{path}``.

        A small file of a public model is redirected to where a cache in between may keep it; what
        is gated or empty, or of a model without an owner, is given at once.
        """
        model, path = self.data.proper(request.path_params["model"]), request.path_params["path"]
        revision = request.path_params["rev"]
        refused = self._refused(request, model, f"/{{}}/resolve/{revision}/{path}")
        if refused is not None:
            return refused
        record = self.data.records[model]
        if record["gated"] and not request.headers.get("authorization"):
            words = f"Access to model {model} is restricted. Please log in."
            return _error(401, words, "GatedRepo")
        if revision not in ("main", record["sha"]):
            return _error(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        commit = {"X-Repo-Commit": record["sha"]}
        if path == "README.md" and model in self.data.cards:
            content = self.data.cards[model].encode()
        elif (model, path) in self.data.files:
            content = self.data.files[model, path]
        else:
            return _error(404, "Entry not found", "EntryNotFound", commit)
        etag = _etag(content)
        known = request.headers.get("if-none-match")
        if known == etag:
            return Response(status_code=304, headers={"ETag": etag, **commit})
        if record["gated"] or model in self.data.private or "/" not in model or not content \
                or "range" in request.headers:  # fmt: skip
            return _content(request, content, commit)
        query = urlencode({str(request.url.path): "", "etag": etag})
        where = f"/api/resolve-cache/models/{model}/{record['sha']}/{path}?{query}"
        return Response(f"Temporary Redirect. Redirecting to {where}", 307,
                        headers={"Location": where, **commit})  # fmt: skip

    def cached_file(self, request: Request) -> Response:
        """Answer ``GET /api/resolve-cache/models/{id}/{sha}/{path}``."""
        at = request.path_params
        model, path = f"{at['org']}/{at['name']}", at["path"]
        held = self.data.cards.get(model, "").encode() if path == "README.md" else None
        content = held if held is not None else self.data.files.get((model, path))
        if content is None:
            return _error(404, "Entry not found", "EntryNotFound")
        return _content(request, content, {"X-Repo-Commit": at["rev"]})

    # -- data sets ---------------------------------------------------------------------------

    def _repo(self, request: Request) -> Repo | Response:
        name = request.path_params["repo"]
        return self.data.datasets.get(name) or _error(404, "Repository not found", "RepoNotFound")

    def _commit(self, request: Request) -> Any:
        repo = self._repo(request)
        if isinstance(repo, Response):
            return repo
        revision = request.path_params.get("rev", "main")
        for commit in repo.commits:
            if revision in ("main", commit[0]):
                return commit
        return _error(404, f"Invalid rev id: {revision}", "RevisionNotFound")

    def dataset(self, request: Request) -> Response:
        """Answer ``GET /api/datasets/{id}``."""
        commit = self._commit(request)
        if isinstance(commit, Response):
            return commit
        sha, date, files = commit
        return _json({"_id": "0" * 24, "id": request.path_params["repo"], "sha": sha,
                      "lastModified": date, "private": False, "gated": False, "disabled": False,
                      "tags": [], "downloads": 0, "likes": 0, "createdAt": date,
                      "siblings": [{"rfilename": n} for n in files]})  # fmt: skip

    def commits(self, request: Request) -> Response:
        """Answer ``GET /api/datasets/{id}/commits/{rev}``, fifty a page."""
        repo = self._repo(request)
        if isinstance(repo, Response):
            return repo
        page = int(request.query_params.get("p", 0))
        shown = repo.commits[page * 50 : page * 50 + 50]
        response = _json(
            [{"id": sha, "title": "Upload models.parquet", "message": "", "date": date,
              "authors": [{"user": "somebody"}]} for sha, date, _ in shown]
        )  # fmt: skip
        if repo.commits[page * 50 + 50 :]:
            where = request.url.replace(query=urlencode({"p": page + 1}))
            response.headers["Link"] = f'<{where}>; rel="next"'
        return response

    def tree(self, request: Request) -> Response:
        """Answer ``GET /api/datasets/{id}/tree/{rev}[/{folder}]``: what lies in a folder."""
        commit = self._commit(request)
        if isinstance(commit, Response):
            return commit
        folder = request.path_params.get("path", "").strip("/")
        lead = f"{folder}/" if folder else ""
        inside: dict[str, Record] = {}
        for name, path in commit[2].items():
            if not name.startswith(lead):
                continue
            here, slash, _ = name.removeprefix(lead).partition("/")
            kind = "directory" if slash else "file"
            size = 0 if slash else path.stat().st_size
            inside[here] = {"type": kind, "path": lead + here, "size": size, "oid": commit[0]}
        if folder and not inside:
            return _error(404, f"{folder} does not exist", "EntryNotFound")
        return _json(list(inside.values()))

    def dataset_file(self, request: Request) -> Response:
        """Answer ``GET /datasets/{id}/resolve/{rev}/{path}``."""
        commit = self._commit(request)
        if isinstance(commit, Response):
            return commit
        path = commit[2].get(request.path_params["path"])
        headers = {"X-Repo-Commit": commit[0]}
        if path is None:
            return _error(404, "Entry not found", "EntryNotFound", headers)
        return _content(request, path.read_bytes(), headers)


class _Reset(Response):
    """Half of a body, then the connection is gone."""

    def __init__(self, whole: Response) -> None:
        kept = {k: v for k, v in whole.headers.items() if k != "content-length"}
        super().__init__(whole.body, whole.status_code, headers=kept)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": self.status_code,
                    "headers": self.raw_headers})  # fmt: skip
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        raise ConnectionResetError("on demand")


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json; charset=utf-8")


def _copy(response: Response) -> Response:
    kept = {k: v for k, v in response.headers.items() if k in ("link", "content-type")}
    return Response(response.body, 200, headers=kept)


def _error(
    status: int, message: str, code: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    given = {"X-Error-Message": message, **(headers or {})}
    if code:
        given["X-Error-Code"] = code
    return Response(orjson.dumps({"error": message}), status, headers=given,
                    media_type="application/json; charset=utf-8")  # fmt: skip


def _check_expand(names: list[str], allowed: frozenset[str]) -> Response | None:
    if len(set(names)) < len(names):
        return _error(400, "Array elements must be unique")
    wrong = [n for n in names if n not in allowed]
    return _error(400, f"Invalid value for expand: {', '.join(wrong)}") if wrong else None


def _next(request: Request, cursor: str) -> str:
    query = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    return str(request.url.replace(query=urlencode([*query, ("cursor", cursor)])))


def _tail(request: Request) -> str:
    return "?" + request.url.query if request.url.query else ""


def _etag(content: bytes) -> str:
    """Return the tag of a file as the Hub gives it: the name of its blob in git."""
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
    return f'"{blob.hexdigest()}"'


def _content(request: Request, content: bytes, headers: dict[str, str]) -> Response:
    """Return a file with its ETag, whole or the range that was asked for."""
    given = {
        "ETag": _etag(content),
        "Accept-Ranges": "bytes",
        **headers,
    }
    wanted = request.headers.get("range", "")
    if not wanted.startswith("bytes="):
        return Response(content, headers=given, media_type="application/octet-stream")
    start, _, end = wanted.removeprefix("bytes=").partition("-")
    size = len(content)
    first = int(start) if start else max(0, size - int(end))
    last = min(int(end) if start and end else size - 1, size - 1)
    if first >= size:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    given["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Response(content[first : last + 1], 206, headers=given,
                    media_type="application/octet-stream")  # fmt: skip


__all__ = ["Conduct", "Fault", "Hub", "HubData", "Record"]
