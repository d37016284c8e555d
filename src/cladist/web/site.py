"""A static site: the same pages, reading files written beforehand instead of asking a server."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cladist.errors import CladistError, EnvironmentProblemError, InputError
from cladist.progress import Report, silent
from cladist.web.encoding import encode
from cladist.web.filters import BY, Filter
from cladist.web.forest import forest as draw_forest
from cladist.web.hub import family_hub_payload
from cladist.web.pages import POLICY, STATIC
from cladist.web.parameters import read_all
from cladist.web.payloads import FoundAuthor, SearchPayload
from cladist.web.routes import ROUTES

if TYPE_CHECKING:
    from cladist.web.answers import State

#: A site holds several files for each model, so only so many models (ghosts do not count).
MOST_MODELS: Final = 20_000
_TABLE_ROWS: Final = 100_000


def write_site(
    state: State, out: Path, *, family: str | None = None, report: Report = silent
) -> dict[str, Any]:
    """Write a static site of one family, or of a whole small hub.

    Files stand where the API has its answers: ``api/v1/<path>.json``, or
    ``api/v1/<path>@<query>.json`` for a question with parameters other than the defaults, keys
    in order. Tables of relatives hold all rows, and ``search.json`` all models of the site; the
    pages sort and cut them themselves. Filters and analyses need the server.

    Parameters
    ----------
    state
        The snapshot with its index.
    out
        Directory; it must be empty or not exist.
    family
        A model: only its family is written. The whole hub if None.
    report
        Told about progress.

    Returns
    -------
    dict
        ``models`` (declared ones, without ghosts), ``files``.

    Raises
    ------
    InputError
        If there are too many models, or the directory holds something.
    EnvironmentProblemError
        If the pages are not built.
    """
    if not (STATIC / "index.html").is_file():
        raise EnvironmentProblemError("The pages are not built.", "Run: make ui (needs Node).")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{str(out)!r} is not an empty directory.", "Choose another.")
    rows = range(state.index.n)
    if family is not None:
        part = state.index.scope(state.row(family), "family")
        rows = range(part.start, part.stop)
    declared = len(rows) - int(state.index.is_ghost[rows.start : rows.stop].sum())
    if declared > MOST_MODELS:
        raise InputError(
            f"{declared:,} models are too many for a static site.",
            f"Name a smaller --family; {MOST_MODELS:,} models at most.",
        )
    shutil.copytree(STATIC, out, dirs_exist_ok=True)
    page = (out / "index.html").read_text(encoding="utf-8")
    page = re.sub(r"\s*<base [^>]*>", "", page)
    page = page.replace('content="server"', 'content="static"')
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    page = page.replace("<head>", f"<head>{policy}", 1)
    (out / "index.html").write_text(page, encoding="utf-8")
    files = 0
    for done, (path, body) in enumerate(_answers(state, rows)):
        place = out / "api" / "v1" / f"{path}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
        files += 1
        if done % 200 == 0:
            report("write the site", done, 8 * len(rows))
    return {"models": declared, "files": files}


def _answers(state: State, rows: range) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a site: their paths below api/v1/ without suffix, and contents."""
    index = state.index
    whole = len(rows) == index.n
    part = slice(rows.start, rows.stop)
    yield (
        "hub",
        (
            _ask(state, "hub")
            if whole
            else encode(family_hub_payload(index, state.census_until, part))
        ),
    )
    yield "search", encode(_everybody(state, rows))
    if whole:
        for by in BY:
            kept = encode(draw_forest(index, "family", by, Filter()))
            yield "forest" + ("" if by == "pipeline_tag" else f"@by={by}"), kept
        yield "growth", _ask(state, "growth")
    for row in rows:
        name = index.id_of(row)
        path = _path(name)
        if path is None:
            continue
        for kind in ("model", "ancestry", "card"):
            try:
                yield f"{kind}/{path}", _ask(state, kind, name)
            except CladistError:  # a model without a card text has no such file
                continue
        for kind in ("children", "siblings"):
            yield f"{kind}/{path}", _whole(state, kind, name)
        for scope in ("family", "clan", "subtree"):
            query = "" if scope == "family" else f"@scope={scope}"
            yield f"family/{path}{query}", _ask(state, "family", name, scope=scope)
    yield from _pictures(state, rows)


def _pictures(state: State, rows: range) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures of each family and of each clan, once."""
    index = state.index
    drawn: set[int] = set()
    for row in rows:
        for scopes in (("family", "clan"), ("clan",)):
            root = index.root(row, scopes[0])
            if root not in drawn and int(index.size[root]) > 1:
                drawn.add(root)
                yield from _drawings(state, index.id_of(root), scopes)


def _drawings(state: State, founder: str, scopes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures of a family or clan, in every colour, and its members."""
    path = _path(founder)
    if path is None:
        return
    for scope in scopes:
        own = {} if scope == "family" else {"scope": scope}
        for by in BY:
            query = own | ({} if by == "relation" else {"by": by})
            said = "&".join(f"{k}={v}" for k, v in sorted(query.items()))
            suffix = f"@{said}" if said else ""
            yield f"lanes/{path}{suffix}", _ask(state, "lanes", founder, **query)
            yield f"nodes/{path}{suffix}", _ask(state, "nodes", founder, format="json", **query)
        suffix = "" if scope == "family" else f"@scope={scope}"
        yield f"members/{path}{suffix}", _whole(state, "members", founder, **own)


def _path(name: str) -> str | None:
    """Return an id as a path of files; None if it could lead elsewhere or is too long."""
    parts = name.split("/")
    if len(parts) > 2 or any(p in ("", ".", "..") for p in parts):
        return None
    # A file server decodes an address before it looks for the file, so names stay as they are.
    if not name.isprintable() or "\\" in name or any(len(p.encode()) > 200 for p in parts):
        return None
    return name


def _ask(state: State, kind: str, model: str = "", **query: str) -> bytes:
    route = ROUTES[kind]
    return route.answer(state, model, read_all(route.parameters or (), query)).body


def _whole(state: State, kind: str, model: str, **query: str) -> bytes:
    """Return a table with all its rows."""
    route = ROUTES[kind]
    values = read_all(route.parameters or (), query)
    return route.answer(state, model, values | {"limit": _TABLE_ROWS}).body


def _everybody(state: State, rows: range) -> SearchPayload:
    """Return all models of the site as one answer of the search, and its authors."""
    search, index = state.search, state.index
    ranks = {int(n): r for r, n in enumerate(search.node.tolist())}
    order = sorted(ranks[int(index.node[row])] for row in rows)
    models = [search.found(rank, "text", None) for rank in order]
    counts: dict[str, int] = {}
    for model in models:
        if model.author:
            counts[model.author] = counts.get(model.author, 0) + 1
    authors = [FoundAuthor(*pair) for pair in sorted(counts.items(), key=lambda c: (-c[1], c[0]))]
    return SearchPayload("", models, authors, [], [])
