"""A small cache of the Hub's answers: each with its ETag and its age. No token comes near it."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cladist.hub.answers import Answer

#: Seconds for which an answer is good without asking again.
FRESH: Final = 600.0
#: Bytes of bodies, packed; beyond them the oldest go.
LARGEST: Final = 200 << 20
#: Answers that are written to the file at once: one by one, threads would wait for the file.
AT_ONCE: Final = 256

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS answers (
    url TEXT NOT NULL, identity INTEGER NOT NULL, stored REAL NOT NULL, final_url TEXT NOT NULL,
    etag TEXT, next_url TEXT, state TEXT, body BLOB NOT NULL, PRIMARY KEY (url, identity))
"""


@dataclass(frozen=True)
class Kept:
    """One answer in the cache; ``state`` is set where the Hub said that there is none."""

    body: bytes
    url: str
    etag: str | None
    next_url: str | None
    state: str | None
    age: float

    def fresh(self, max_age: float | None) -> bool:
        """Whether it is good without asking again; an age from the future is not."""
        return 0 <= self.age <= (FRESH if max_age is None else max_age)


class Cache:
    """Answers by address, in one SQLite file; broken or unwritable, it is as if empty.

    Parameters
    ----------
    path
        The file; by default ``cladist/hub.sqlite`` among the assets of ``HF_HOME``.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = default_place() if path is None else path
        self._lock = threading.Lock()
        self._con = self._open()
        # (url, identity) -> the other columns, from final_url to stored, not written yet.
        self._unwritten: dict[tuple[str, int], tuple[Any, ...]] = {}

    def _open(self) -> sqlite3.Connection | None:
        for _ in range(2):
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                con = sqlite3.connect(
                    self.path, timeout=5, check_same_thread=False, isolation_level=None
                )
                con.execute("PRAGMA journal_mode = WAL")
                con.execute("PRAGMA synchronous = OFF")
                con.execute(_TABLE)
            except sqlite3.DatabaseError:
                with contextlib.suppress(OSError):
                    self.path.unlink()
            except OSError:
                return None
            else:
                return con
        return None

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection | None]:
        with self._lock, contextlib.suppress(sqlite3.Error):
            yield self._con

    def find(self, url: str, identity: int) -> Kept | None:
        """Return the answer kept for an address and who asked (0: nobody, without a token)."""
        row: Any = None
        with self._using() as con:
            row = self._unwritten.get((url, identity))
            if row is None and con is not None:
                row = con.execute(
                    "SELECT final_url, etag, next_url, state, body, stored FROM answers"
                    " WHERE url = ? AND identity = ?", (url, identity),
                ).fetchone()  # fmt: skip
        if row is None:
            return None
        final_url, etag, next_url, state, packed, stored = row
        try:
            body = zlib.decompress(packed)
        except zlib.error:
            return None
        return Kept(body, final_url, etag, next_url, state, time.time() - stored)

    def keep(self, url: str, identity: int, answer: Answer) -> None:
        """Keep an answer."""
        self._put(url, identity, answer.url, answer.etag, answer.next_url, None, answer.body)

    def keep_absent(self, url: str, identity: int, state: str) -> None:
        """Keep that there is nothing to be had at an address."""
        self._put(url, identity, url, None, None, state, b"")

    def _put(self, url: str, identity: int, *values: Any) -> None:
        *rest, body = values
        packed = zlib.compress(body, 1)
        with self._using():
            self._unwritten[url, identity] = (*rest, packed, time.time())
            if len(self._unwritten) >= AT_ONCE:
                self._write()

    def _write(self) -> None:
        """Write what waits, in one transaction; the lock is held. What cannot be is forgotten."""
        rows = [(*key, *values) for key, values in self._unwritten.items()]
        self._unwritten.clear()
        if self._con is None or not rows:
            return
        with self._con:
            self._con.execute("BEGIN")
            self._con.executemany(
                "INSERT OR REPLACE INTO answers (url, identity, final_url, etag, next_url,"
                " state, body, stored) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def renew(self, url: str, identity: int) -> None:
        """Note that the Hub confirmed an answer just now."""
        with self._using() as con:
            self._write()
            if con is not None:
                con.execute(
                    "UPDATE answers SET stored = ? WHERE url = ? AND identity = ?",
                    (time.time(), url, identity),
                )

    def expire(self) -> None:
        """Make every answer old, so that the Hub is asked whether it changed."""
        with self._using() as con:
            self._write()
            if con is not None:
                con.execute("UPDATE answers SET stored = 0")

    def close(self) -> None:
        """Drop the oldest answers beyond the limit, and close the file."""
        with self._using() as con:
            self._write()
            if con is not None:
                con.execute(
                    "DELETE FROM answers WHERE (url, identity) IN (SELECT url, identity FROM"
                    " (SELECT url, identity, sum(length(body)) OVER (ORDER BY stored DESC, url)"
                    " AS total FROM answers) WHERE total > ?)", (LARGEST,),
                )  # fmt: skip
                con.close()
        self._con = None


def default_place() -> Path:
    """Return where the cache lies: among the assets that ``huggingface_hub`` keeps."""
    from huggingface_hub import constants

    return Path(constants.HF_ASSETS_CACHE) / "cladist" / "hub.sqlite"
