"""One way to the Hub: settings, headers, retries, limits, and errors in clear words.

Built on ``huggingface_hub``: its session (proxies, certificates, offline mode), its token and
headers, its reading of rate limits and of error answers. Added is what a whole hub needs: one
gate for all threads, answers that are checked before they are believed, and a small cache.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from cladist.errors import EnvironmentProblemError
from cladist.hub.answers import (
    AbsentError,
    Answer,
    NoAnswerError,
    check_page,
    hide_secrets,
    refuse,
)
from cladist.hub.rates import Gate, rate_limited, retry_after, stopped
from cladist.hub.sessions import Sessions
from cladist.provenance import software

if TYPE_CHECKING:
    import httpx2

    from cladist.hub.cache import Cache

_RETRIED: Final = frozenset((408, 429, 500, 502, 503, 504))
#: Tries of one request, and the longest pause between two of them, in seconds.
TRIES: Final = 8
_LONGEST_PAUSE: Final = 30.0
#: Tries after which a host that takes no connection counts as away.
_CONNECTING: Final = 2
_TIMEOUT: Final = 30.0
_SHORTEST: Final = 0.1
#: Headers that tell how a body was sent, and do not hold for one that was read.
_OF_STREAM: Final = frozenset(("content-encoding", "content-length", "transfer-encoding"))


class HubClient:
    """Talks to one Hub; safe to use from many threads.

    Parameters
    ----------
    endpoint, token
        The Hub and the token; by default ``HF_ENDPOINT`` and ``HF_TOKEN`` or the login of
        ``hf auth login``, as ``huggingface_hub`` finds them.
    workers
        Most requests under way at once.
    cache
        Where answers are kept; nothing is kept if None.
    gate
        The gate before all requests; its patience is for a request with all its tries.
    remedy
        What to do where the Hub gives no sound answer.
    """

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        token: str | bool | None = None,
        workers: int = 16,
        cache: Cache | None = None,
        gate: Gate | None = None,
        remedy: str = "Try again later; a fetch goes on where it stopped.",
    ) -> None:
        from huggingface_hub import constants
        from huggingface_hub.utils import build_hf_headers, logging

        # What it would warn of (every retry, with its address) is told here, and once.
        logging.set_verbosity_error()
        self.endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
        self.offline = bool(constants.is_offline_mode())
        self._headers = build_hf_headers(
            token=token, library_name="cladist", library_version=software()
        )
        self.token = token
        self.authorized = "authorization" in self._headers
        # Who asks decides what is to be seen: answers are kept apart by a digest of 32 bits, from
        # which no token can be had back.
        who = self._headers.get("authorization", "").encode()
        self.identity = int.from_bytes(blake2b(who, digest_size=4).digest()) if who else 0
        self.workers = workers
        self.cache = cache
        self.gate = gate or Gate()
        self.remedy = remedy
        self.retries = 0
        self.sent = 0
        self.seconds = 0.0
        self.last_date: datetime | None = None
        self._kept_at: datetime | None = None
        self._sessions = Sessions(workers)

    def close(self) -> None:
        """Close the connections and the cache."""
        self._sessions.close()
        if self.cache is not None:
            self.cache.close()

    def pace(self) -> float:
        """Return how many requests a second the connection allows, by those sent so far."""
        if not self.sent or not self.seconds:
            return 50.0
        return self.workers / (self.seconds / self.sent)

    def observed(self) -> datetime:
        """Return when the oldest of the answers so far was read: by the server, or by the cache."""
        moments = [m for m in (self.last_date, self._kept_at) if m is not None]
        return min(moments, default=datetime.now(UTC))

    # -- addresses ---------------------------------------------------------------------------

    def model_url(self, model: str, expand: tuple[str, ...] = ()) -> str:
        """Return the address of a model's record."""
        return self._url(f"/api/models/{quote(model, safe='/')}", [("expand", e) for e in expand])

    def list_url(self, **query: Any) -> str:
        """Return the address of a list; values that are lists are repeated."""
        pairs = [
            (k, str(v))
            for k, values in query.items()
            if values is not None
            for v in (values if isinstance(values, list | tuple) else [values])
        ]
        return self._url("/api/models", pairs)

    def file_url(self, model: str, path: str, revision: str = "main") -> str:
        """Return the address of a file of a model."""
        where = f"/{quote(model, safe='/')}/resolve/{quote(revision, safe='')}/{quote(path)}"
        return self._url(where, [])

    def _url(self, path: str, query: list[tuple[str, str]]) -> str:
        return self.endpoint + path + ("?" + urlencode(query) if query else "")

    # -- requests ----------------------------------------------------------------------------

    def get(
        self,
        url: str,
        *,
        bucket: str = "api",
        headers: Mapping[str, str] | None = None,
        check: Callable[[bytes], None] | None = None,
        max_age: float | None = None,
    ) -> Answer:
        """Return an answer, from the cache while it is fresh, else from the Hub.

        Parameters
        ----------
        url
            Full address.
        bucket
            ``api`` or ``resolvers``: whose limit it counts against.
        headers
            Headers beside the common ones.
        check
            Raises ValueError if a body cannot be right; it is then asked for again.
        max_age
            Seconds for which a kept answer is good without asking; the cache's own if None.

        Raises
        ------
        AbsentError
            If the Hub says that there is no such thing, or not for us.
        ExpiredCursorError
            If it is a page whose cursor the server does not know any more.
        NoAnswerError
            If it gives no sound answer within the gate's patience, or after all tries.
        EnvironmentProblemError
            If the Hub cannot be reached, redirects to nowhere, or refuses the token.
        """
        kept = self.cache.find(url, self.identity) if self.cache is not None else None
        if kept is not None and (self.offline or kept.fresh(max_age)):
            read_at = datetime.fromtimestamp(time.time() - kept.age, UTC)
            self._kept_at = min(self._kept_at or read_at, read_at)
            if kept.state:
                raise AbsentError(kept.state)
            return Answer(kept.body, kept.url, kept.etag, kept.next_url, None, cached=True)
        if self.offline:
            raise _offline(url)
        extra = dict(headers or {})
        if kept is not None and kept.etag:
            extra["If-None-Match"] = kept.etag
        try:
            response = self._send(url, bucket, extra, check)
        except AbsentError as absent:
            if self.cache is not None and absent.state in ("missing", "disabled"):
                self.cache.keep_absent(url, self.identity, absent.state)
            raise
        if response.status_code == 304 and kept is not None and self.cache is not None:
            self.cache.renew(url, self.identity)
            return Answer(kept.body, kept.url, kept.etag, kept.next_url, self.last_date)
        answer = Answer(
            response.content,
            str(response.url),
            response.headers.get("etag"),
            response.links.get("next", {}).get("url"),
            self.last_date,
            not_modified=response.status_code == 304,
        )
        if self.cache is not None and "Range" not in extra:
            self.cache.keep(url, self.identity, answer)
        return answer

    def pages(self, url: str, **options: Any) -> Iterator[tuple[list[dict[str, Any]], str | None]]:
        """Yield the pages of a list with the address of the next one, None after the last."""
        next_url: str | None = url
        while next_url is not None:
            answer = self.get(next_url, check=check_page, **options)
            following = answer.next_url
            next_url = None if following is None else self.own(following)
            yield answer.json(), next_url

    def own(self, url: str) -> str:
        """Return an address from a ``Link`` header at our endpoint, as mirrors need it.

        Raises
        ------
        EnvironmentProblemError
            If it leads to another host: the token does not go there.
        """
        from huggingface_hub.utils import fix_hf_endpoint_in_url

        fixed = str(fix_hf_endpoint_in_url(url, self.endpoint))
        if not fixed.startswith(self.endpoint + "/"):
            raise EnvironmentProblemError(
                f"A list goes on at another host: {hide_secrets(url)}",
                f"Check HF_ENDPOINT, now {self.endpoint}.",
            )
        return fixed

    def _send(
        self,
        url: str,
        bucket: str,
        extra: Mapping[str, str],
        check: Callable[[bytes], None] | None,
    ) -> httpx2.Response:
        """Ask until there is a sound answer, a refusal, no more tries or no more time."""
        problem, patience = "", self.gate.patience
        until = None if patience is None else self.gate.clock() + patience
        for attempt in range(TRIES):
            if attempt:
                self.retries += 1
                if not self._pause(attempt, until):
                    break
            response = self._try(url, bucket, extra, attempt, until)
            if isinstance(response, str):
                problem = response
                continue
            self._clock(response)
            if response.status_code in _RETRIED:
                problem = f"HTTP {response.status_code}"
                if response.status_code == 429:
                    self._hold(bucket, response, until)
                continue
            refuse(response, self.authorized)
            try:
                if check is not None and response.status_code == 200:
                    check(response.content)
            except ValueError as failure:
                problem = f"the answer is broken ({failure})"
                continue
            return response
        within = "" if patience is None else f" within {patience:g} s"
        raise NoAnswerError(
            f"The Hub at {self.endpoint} gives no sound answer{within}: {hide_secrets(problem)}.",
            self.remedy,
        )

    def _try(
        self, url: str, bucket: str, extra: Mapping[str, str], attempt: int, until: float | None
    ) -> httpx2.Response | str:
        """Send a request once; return what came back, or in words why nothing did."""
        import httpx2
        from huggingface_hub.errors import OfflineModeIsEnabled

        with self._sessions.one() as session:
            self.gate.enter(bucket, until)
            try:
                self.sent += 1
                headers = {**self._headers, **extra}
                began = time.monotonic()
                response = self._ask(session, url, headers, until)
                self.seconds += time.monotonic() - began
                # A file is answered by a redirect that tells the limit, and behind it a cache does
                # not, or tells what it told somebody else.
                for answer in (*response.history, response):
                    if not _from_a_cache(answer):
                        self.gate.learn(bucket, answer.headers)
                return response
            except OfflineModeIsEnabled:
                raise _offline(url) from None
            except httpx2.TooManyRedirects:
                raise self._astray(url, "in a circle, or too often") from None
            except httpx2.UnsupportedProtocol:
                if url.startswith(("https://", "http://")):
                    raise self._astray(url, "to what is no address on the web") from None
                raise EnvironmentProblemError(
                    f"{self.endpoint!r} is no address of a Hub.",
                    "Set HF_ENDPOINT to one that begins with https:// or http://.",
                ) from None
            except (httpx2.TransportError, httpx2.DecodingError) as failure:
                if isinstance(failure, httpx2.TimeoutException):
                    return "it is slow, the request timed out"
                problem = (hide_secrets(str(failure)) or type(failure).__name__)[:200]
                if isinstance(failure, httpx2.ConnectError) and attempt >= _CONNECTING:
                    raise EnvironmentProblemError(
                        f"The Hub at {self.endpoint} cannot be reached: {problem}.",
                        "Check the network, a proxy, and HF_ENDPOINT; or ask a snapshot: "
                        "-s X.snapshot.",
                    ) from None
                return problem
            finally:
                self.gate.leave(bucket)

    def _ask(
        self, session: httpx2.Client, url: str, headers: Mapping[str, str], until: float | None
    ) -> httpx2.Response:
        """Send a request and read its answer whole, until a moment of the gate's clock."""
        import httpx2

        if until is None:
            return session.request("GET", url, headers=headers, timeout=_TIMEOUT)
        left = min(_TIMEOUT, max(until - self.gate.clock(), _SHORTEST))
        body = bytearray()
        with session.stream("GET", url, headers=headers, timeout=left) as response:
            # A timeout is for each piece: an answer that comes byte by byte would never end.
            for piece in response.iter_bytes():
                body += piece
                if self.gate.clock() > until:
                    raise httpx2.ReadTimeout("The answer comes too slowly.")
        kept = [(k, v) for k, v in response.headers.multi_items() if k.lower() not in _OF_STREAM]
        return httpx2.Response(
            response.status_code, headers=kept, content=bytes(body), request=response.request,
            history=response.history,
        )  # fmt: skip

    def _astray(self, url: str, where: str) -> EnvironmentProblemError:
        path = hide_secrets(url.removeprefix(self.endpoint).split("?", maxsplit=1)[0])[:200]
        return EnvironmentProblemError(
            f"The Hub at {self.endpoint} redirects {where}: {path}",
            "The fault is the server's, or a proxy's on the way; try again later, or ask a "
            "snapshot: -s X.snapshot.",
        )

    def _clock(self, response: httpx2.Response) -> None:
        """Remember the server's time: it, not ours, says when things were seen."""
        first = response.history[0] if response.history else response
        if not _from_a_cache(first):
            self.last_date = _moment(first.headers.get("date", "")) or self.last_date

    def _hold(self, bucket: str, response: httpx2.Response, until: float | None) -> None:
        """Hold every thread back for as long as a 429 asks."""
        known = self.gate.bucket(bucket)
        asked = retry_after(response.headers)
        if asked is None and known.left == 0:
            asked = known.resets_at - self.gate.clock()
        seconds = 5.0 if asked is None else asked
        if until is not None and self.gate.clock() + seconds > until:
            raise rate_limited(asked)
        self.gate.block(bucket, seconds)

    def _pause(self, attempt: int, until: float | None) -> bool:
        """Back off: half a second, doubled each time, with jitter so that threads spread.

        Return False at once if there is no time left for it.
        """
        longest = min(_LONGEST_PAUSE, 0.25 * 2**attempt)
        seconds = longest * (0.5 + random.random() / 2)  # noqa: S311
        if until is not None and self.gate.clock() + seconds > until:
            return False
        if self.gate.stopped.wait(seconds):
            raise stopped()
        return True


@contextmanager
def ours_or(client: HubClient | None, make: Callable[[], HubClient]) -> Iterator[HubClient]:
    """Lend the client that was given, or one of our own that is closed in the end."""
    if client is not None:
        yield client
        return
    own = make()
    try:
        yield own
    finally:
        own.close()


def _from_a_cache(response: httpx2.Response) -> bool:
    """Whether a cache on the way answers: its date and limits are of another time."""
    return "age" in response.headers


@lru_cache(maxsize=16)  # hundreds of answers come within a second, and a date is one
def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None


def _offline(url: str) -> EnvironmentProblemError:
    path = url.split("?", maxsplit=1)[0]
    model = path.partition("/api/models/")[2]
    what = model or ("this list of models" if path.endswith("/api/models") else path)
    return EnvironmentProblemError(
        f"Offline mode is on (HF_HUB_OFFLINE), and the cache does not hold {what}.",
        "Unset HF_HUB_OFFLINE, or ask a snapshot: -s X.snapshot.",
    )
