"""The Hub's rate limits: read from every answer, kept before the server has to say 429.

The Hub counts requests in windows of five minutes, apart for ``api`` and ``resolvers`` (files),
and tells with every answer what is left (``RateLimit``, ``RateLimit-Policy``). One gate stands
before all requests of a client, so that what one thread learns holds for all of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cladist.hub.answers import NoAnswerError

#: What the Hub documents (requests in 300 s), for an estimate before the first answer:
#: bucket -> without a token, with one.
DOCUMENTED: Final = {"api": (500, 1000), "resolvers": (3000, 5000)}
WINDOW: Final = 300
_LONGEST_STEP: Final = 1.0
#: Seconds that requests wait for the first answer.
_SCOUTING: Final = 1.0


@dataclass
class Bucket:
    """What is known of one class of requests; ``left`` None: the server states no limit."""

    limit: int | None = None
    window: int = WINDOW
    left: int | None = None
    resets_at: float = 0.0
    blocked_until: float = 0.0
    requests: int = 0
    answers: int = 0
    under_way: int = 0

    @property
    def scouted(self) -> bool:
        """Whether an answer told the limit, or there is none to wait for."""
        return self.answers > 0 or self.under_way == 0

    waited: float = 0.0


class Gate:
    """Lets requests pass, or waits until the server's window allows them.

    Parameters
    ----------
    clock
        Monotonic seconds.
    patience
        Seconds that one request may take, with its waits and all its tries; then it is an error.
        None: any.
    on_wait
        Told the seconds of a wait before it begins.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        patience: float | None = None,
        on_wait: Callable[[float], None] | None = None,
    ) -> None:
        self.clock = clock
        self.patience = patience
        self.on_wait = on_wait
        self.buckets: dict[str, Bucket] = {}
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._told = threading.Condition(self._lock)

    def bucket(self, name: str) -> Bucket:
        """Return what is known of a class of requests."""
        return self.buckets.setdefault(name, Bucket())

    def stop(self) -> None:
        """End every wait: nothing more is to be sent."""
        self.stopped.set()

    def enter(self, name: str, until: float | None = None) -> None:
        """Wait until a request may be sent, and count it against what is left.

        ``until`` is the moment of the gate's clock at which whoever asks gives up.

        The first request goes alone, and the others wait a second at most for its answer: it
        tells the limit.

        Raises
        ------
        NoAnswerError
            If the wait is longer than the gate's patience or ends after ``until``, or
            :meth:`stop` was called.
        """
        told = False
        with self._lock:
            self._told.wait_for(lambda: self.bucket(name).scouted, timeout=_SCOUTING)
        while True:
            with self._lock:
                wait = self._wait(name)
                if wait <= 0:
                    bucket = self.bucket(name)
                    bucket.requests += 1
                    bucket.under_way += 1
                    if bucket.left is not None:
                        bucket.left -= 1
                    return
            late = until is not None and self.clock() + wait > until
            if late or (self.patience is not None and wait > self.patience):
                raise rate_limited(wait)
            if not told and self.on_wait is not None:
                self.on_wait(wait)
                told = True
            self._sleep(name, wait)

    def leave(self, name: str) -> None:
        """Note that a request that entered has its answer, or has failed."""
        with self._lock:
            self.bucket(name).under_way -= 1
            self._told.notify_all()

    def _wait(self, name: str) -> float:
        bucket, now = self.bucket(name), self.clock()
        if bucket.left is not None and now >= bucket.resets_at:
            # A new window: full, or unknown until the next answer. It is counted down from here
            # on: else all that waited would pass at once, however many they are.
            bucket.left = bucket.limit
            bucket.resets_at = now + bucket.window
        if now < bucket.blocked_until:
            return bucket.blocked_until - now
        if bucket.left is not None and bucket.left <= 0:
            return bucket.resets_at - now
        return 0.0

    def _sleep(self, name: str, wait: float) -> None:
        step = min(wait, _LONGEST_STEP)
        if self.stopped.wait(step):
            raise stopped()
        self.bucket(name).waited += step

    def learn(self, name: str, headers: Mapping[str, str]) -> None:
        """Read what an answer says of the limit; less is believed at once, more after a reset.

        ``name`` is the class that was asked; the answer may say that it counts as another.
        """
        from huggingface_hub.utils import parse_ratelimit_headers

        stated = parse_ratelimit_headers(headers)
        if stated is not None and stated.resource_type in DOCUMENTED:
            name = stated.resource_type
        with self._lock:
            bucket, now = self.bucket(name), self.clock()
            bucket.answers += 1
            if stated is None:
                return
            # The server rounds to seconds: one more, so as not to knock before it opens.
            resets_at = now + stated.reset_in_seconds + 1
            fresh = bucket.left is None or resets_at > bucket.resets_at + 2
            # Others under way are not counted by the server yet, or not all of them.
            others = max(0, bucket.under_way - 1)
            bucket.left = (
                max(0, stated.remaining - others)
                if fresh
                else min(bucket.left or 0, stated.remaining)
            )
            bucket.resets_at = resets_at if fresh else max(bucket.resets_at, resets_at)
            bucket.limit = stated.limit if stated.limit is not None else bucket.limit
            bucket.window = stated.window_seconds or bucket.window

    def block(self, name: str, seconds: float) -> None:
        """Hold all requests of a class back for some seconds: the server said 429."""
        with self._lock:
            bucket = self.bucket(name)
            bucket.blocked_until = max(bucket.blocked_until, self.clock() + seconds)

    def seconds_for(self, name: str, requests: int, *, authorized: bool, pace: float) -> float:
        """Estimate how long so many requests take: the limit's windows, or the pace.

        ``pace``: requests a second that the connection itself allows.
        """
        bucket = self.bucket(name)
        unstated = bucket.requests > 0 and bucket.limit is None
        free = requests / pace
        if unstated:
            return free
        limit = bucket.limit or DOCUMENTED[name][authorized]
        left = limit if bucket.left is None else max(bucket.left, 0)
        if requests <= left:
            return free
        return max(free, (requests - left) / limit * bucket.window)


def rate_limited(seconds: float | None) -> NoAnswerError:
    """Return the error of a limit that somebody does not want to wait for; None: nobody knows."""
    opens = "it does not say until when" if seconds is None else (
        f"it opens again in {round(seconds)} s"
    )  # fmt: skip
    return NoAnswerError(
        f"The Hub's rate limit is used up; {opens}.",
        "Wait, or log in (HF_TOKEN) for a higher limit.",
    )


def stopped() -> NoAnswerError:
    """Return the error of a request that is not sent any more, because another one failed."""
    return NoAnswerError("The Hub is not asked any more: a request failed.", "Run it again.")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read ``Retry-After``: seconds, or a date against the server's own ``Date``.

    The server's date is used, so that a wrong clock here does no harm.
    """
    from email.utils import parsedate_to_datetime

    value = (headers.get("retry-after") or "").strip()
    if value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(headers.get("date") or "")
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None
