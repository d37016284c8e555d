"""Faults on demand: which request goes wrong, and how."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

KINDS = (
    "429", "429_retry_after", "429_date", "500", "502", "slow", "reset", "truncate",
    "repeat_page", "repeat_body", "moved", "expired_cursor", "html",
)  # fmt: skip


@dataclass
class Fault:
    """One rule: requests whose path matches, from the ``after``-th on, every ``every``-th."""

    kind: str
    path: str = ""
    times: int = 1
    after: int = 0
    every: int = 1
    value: float = 1.0
    seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind} is none of {', '.join(KINDS)}")

    def strikes(self, path: str) -> bool:
        """Count a request, and say whether it goes wrong."""
        if not re.search(self.path, path):
            return False
        self.seen += 1
        hit = (
            self.times > 0 and self.seen > self.after and (self.seen - self.after) % self.every == 0
        )
        self.times -= hit
        return hit


@dataclass
class Conduct:
    """How the server behaves: faults, delay, rate limits, its clock, and what it was asked."""

    faults: list[Fault] = field(default_factory=list)
    latency: float = 0.0
    #: bucket -> (requests, seconds of the window); a bucket that is absent has no limit.
    limits: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: Seconds since the epoch at which the server's clock stands, or None for the true time.
    clock: float | None = None
    skew: float = 0.0
    #: Method and path of every request, in order.
    log: list[tuple[str, str]] = field(default_factory=list)
    authorized: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    windows: dict[str, tuple[float, int]] = field(default_factory=dict)

    def pick(self, path: str) -> Fault | None:
        """Return the fault that strikes this request, if any does."""
        with self.lock:
            return next((f for f in self.faults if f.strikes(path)), None)

    def spend(self, bucket: str, now: float) -> tuple[bool, dict[str, str]]:
        """Count a request against its window; return whether it may pass, and the headers."""
        if bucket not in self.limits:
            return True, {}
        quota, window = self.limits[bucket]
        with self.lock:
            start, used = self.windows.get(bucket, (now, 0))
            if now - start >= window:
                start, used = now, 0
            allowed = used < quota
            used += allowed
            self.windows[bucket] = (start, used)
        left = max(0, quota - used)
        reset = max(1, round(start + window - now))
        return allowed, {
            "RateLimit": f'"{bucket}";r={left};t={reset}',
            "RateLimit-Policy": f'"fixed window";"{bucket}";q={quota};w={window}',
        }

    def update(self, given: dict[str, Any]) -> None:
        """Take what a test or a person asks for."""
        if "faults" in given:
            self.faults = [Fault(**f) for f in given["faults"]]
        if "limits" in given:
            self.limits = {k: (int(v[0]), int(v[1])) for k, v in given["limits"].items()}
            self.windows.clear()
        for name in ("latency", "clock", "skew"):
            if name in given:
                setattr(self, name, given[name])
