"""The built front end: its files, and its one page under every address of a view."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from cladist.web.answers import Answer

STATIC: Final = Path(__file__).parent / "static"
#: What a page may load and run: its own files, and nothing written into it.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'self'; form-action 'none'"
)
#: Addresses that the front end itself reads.
_VIEWS: Final = re.compile(
    r"/(?:$|(?:forest|compare|report|search|about)$|(?:f|m|evolution)(?:/|$))"
)
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
                 ".html": "text/html", ".woff2": "font/woff2", ".json": "application/json",
                 ".webmanifest": "application/manifest+json"}  # fmt: skip
_TEXTS: Final = (".js", ".css", ".svg", ".html", ".json")

NOT_BUILT: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>cladist: pages not built</title></head>
<body><h1>The pages of the explorer are not built</h1>
<p>This copy of cladist was installed from its source tree without its front end. Build it once,
with Node 20 or newer, and load this page again:</p>
<pre>make ui</pre>
<p>The API works without it: <a href="/api/v1/hub">/api/v1/hub</a>,
<a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p></body></html>
"""


class Pages:
    """The files of one directory; they are read once."""

    def __init__(self, static: Path | None = None) -> None:
        self.folder = (static or STATIC).resolve()
        self.files: dict[str, bytes] = {}
        if (self.folder / "index.html").is_file():
            for path in sorted(self.folder.rglob("*")):
                if path.is_file() and not path.is_symlink():
                    self.files["/" + path.relative_to(self.folder).as_posix()] = path.read_bytes()

    @property
    def built(self) -> bool:
        """Whether the front end is there."""
        return "/index.html" in self.files

    def answer(self, path: str, *, person: bool = False) -> Answer:
        """Return a file, or the page for the address of a view.

        A wrong address is an error as the API has it; a person (who takes HTML) gets the page,
        which says so too.
        """
        if path in self.files and path != "/index.html":
            return self._file(path)
        if path == "/index.html" or _VIEWS.match(path):
            return self._page()
        if person and self.built:
            return replace(self._page(), status=404)
        from cladist.web.asking import NoPageError, refusal

        return refusal(NoPageError(f"There is nothing at {path[:200]}.", "Start at /forest."))

    def _file(self, path: str) -> Answer:
        suffix = Path(path).suffix
        kind = _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
        kept = "public, max-age=31536000, immutable" if path.startswith("/assets/") else "no-cache"
        charset = "; charset=utf-8" if suffix in _TEXTS else ""
        return Answer(self.files[path], kind + charset, headers={"cache-control": kept})

    def _page(self) -> Answer:
        if not self.built:
            return Answer(NOT_BUILT.encode(), "text/html; charset=utf-8", status=503)
        # Its addresses are relative; under /f/author/name they must still lead to the root.
        page = self.files["/index.html"]
        if b"<base" not in page:
            page = page.replace(b"<head>", b'<head><base href="/">', 1)
        return Answer(page, "text/html; charset=utf-8")
