"""What the Hub answers: bodies that are checked before they are believed, and refusals in words."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import orjson

from cladist.errors import EnvironmentProblemError

if TYPE_CHECKING:
    from datetime import datetime

    import httpx2

_TOKEN: Final = re.compile(r"hf_[A-Za-z0-9]{6,}|(?i:bearer)\s+\S+")


_BLOB: Final = re.compile(r'(?:W/)?"?([0-9a-f]{40})"?')


class ExpiredCursorError(Exception):
    """The server does not know a page's cursor any more."""


class AbsentError(Exception):
    """What was asked for is not to be had; ``state`` says why.

    States: ``missing`` (deleted, private, or never there: the Hub does not say which),
    ``disabled``, ``gated``, ``no_file``, ``no_revision``.
    """

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class NoAnswerError(EnvironmentProblemError):
    """The Hub gave no sound answer in the time that somebody waits; what was seen still holds."""


@dataclass(frozen=True)
class Answer:
    """A body that was read whole, with what its headers say."""

    body: bytes
    url: str
    etag: str | None
    next_url: str | None
    date: datetime | None
    cached: bool = False
    not_modified: bool = False

    @property
    def damaged(self) -> bool:
        """Whether the body is not the file that its ETag names.

        The Hub tags a file with the name of its blob in git, the SHA-1 of its length and content,
        in the header and in the address that it redirects to. Other tags prove nothing.
        """
        redirected = parse_qs(urlsplit(self.url).query).get("etag", [])
        for tag in (*redirected, self.etag or ""):
            if named := _BLOB.fullmatch(tag):
                blob = b"blob %d\0" % len(self.body) + self.body
                return hashlib.sha1(blob, usedforsecurity=False).hexdigest() != named[1]
        return False

    def json(self) -> Any:
        """Return the parsed body."""
        return orjson.loads(self.body)


def check_page(body: bytes) -> None:
    """Raise ValueError unless a body is a list of records."""
    value = orjson.loads(body)
    if not isinstance(value, list) or not all(isinstance(r, dict) for r in value):
        raise ValueError("no list of records")


def check_record(body: bytes) -> None:
    """Raise ValueError unless a body is one record with an id."""
    value = orjson.loads(body)
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise ValueError("no record")


def hide_secrets(text: str) -> str:
    """Return a text without what looks like a token."""
    return _TOKEN.sub("<token>", text)


def refuse(response: httpx2.Response, authorized: bool) -> None:
    """Raise for an answer that is none: absent things, tokens that are not accepted."""
    if response.status_code < 400:
        return
    message = response.headers.get("X-Error-Message", "")
    if response.status_code == 400 and "cursor=" in str(response.url):
        raise ExpiredCursorError
    if response.status_code == 401 and message.startswith("Invalid credentials"):
        raise EnvironmentProblemError(
            "The Hub does not accept the token.", "Check HF_TOKEN, or log in: hf auth login."
        )
    state = _state(response)
    if state is not None:
        raise AbsentError(state)
    shown = hide_secrets(message)[:300]
    raise EnvironmentProblemError(
        f"The Hub refuses a request: HTTP {response.status_code}, {shown!r}.",
        "Check HF_ENDPOINT" + (" and the rights of the token." if authorized else "."),
    )


def _state(response: httpx2.Response) -> str | None:
    """Return the state that an error answer means, None if it means none."""
    from huggingface_hub import errors
    from huggingface_hub.utils import hf_raise_for_status

    # Subclasses before their base: the library tells a gated repository as one not found.
    states = {
        errors.GatedRepoError: "gated",
        errors.DisabledRepoError: "disabled",
        errors.RevisionNotFoundError: "no_revision",
        errors.RemoteEntryNotFoundError: "no_file",
        errors.RepositoryNotFoundError: "missing",
    }
    try:
        hf_raise_for_status(response)
    except errors.HfHubHTTPError as problem:
        for kind, state in states.items():
            if isinstance(problem, kind):
                return state
    # Without a token the Hub answers 401 for what is private and for what is not there alike.
    return {401: "missing", 403: "gated", 404: "missing", 416: "no_file"}.get(response.status_code)
