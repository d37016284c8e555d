"""What a fetch has so far, in one SQLite file: safe against kill -9, power and a full disk.

A page and the cursor behind it are written in one transaction, a card in another, so that a
fetch that is resumed asks for nothing twice and loses nothing. The store lies beside the
snapshot that it becomes (``X.snapshot.fetch/``) and is removed when that is whole.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from cladist.errors import EnvironmentProblemError
from cladist.hub.records import Record, moment, parents_of
from cladist.sources.fields import has_card

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS models (
    id TEXT PRIMARY KEY, hub_id TEXT, last_modified TEXT NOT NULL, sha TEXT NOT NULL,
    downloads INTEGER NOT NULL, has_card INTEGER, observed_at TEXT, record BLOB) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_hub_id ON models (hub_id);
CREATE INDEX IF NOT EXISTS by_downloads ON models (downloads DESC, id);
CREATE TABLE IF NOT EXISTS links (child TEXT, parent TEXT, PRIMARY KEY (child, parent))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_parent ON links (parent);
CREATE TABLE IF NOT EXISTS listed (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS wanted (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS strays (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cards (
    id TEXT PRIMARY KEY, sha TEXT NOT NULL, etag TEXT, state TEXT NOT NULL, body BLOB);
CREATE TABLE IF NOT EXISTS aliases (alias TEXT PRIMARY KEY, model_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (
    child TEXT, parent TEXT, relation TEXT, method TEXT, confidence TEXT, observed_at TEXT);
CREATE TABLE IF NOT EXISTS read_deep (id TEXT PRIMARY KEY, sha TEXT NOT NULL) WITHOUT ROWID;
"""
_UPSERT: Final = """
INSERT INTO models VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
    hub_id = excluded.hub_id, last_modified = excluded.last_modified, sha = excluded.sha,
    downloads = excluded.downloads, has_card = excluded.has_card,
    observed_at = excluded.observed_at, record = excluded.record
WHERE coalesce(excluded.observed_at, '') > coalesce(models.observed_at, '')
   OR (coalesce(excluded.observed_at, '') = coalesce(models.observed_at, '')
       AND excluded.last_modified >= models.last_modified)
"""


@dataclass(frozen=True)
class CardWanted:
    """A model whose card is to be fetched; ``etag`` of the one that is there, if one is."""

    id: str
    sha: str
    downloads: int
    etag: str | None


class Store:
    """Records, cards, links and the place of a fetch; used by one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._told():
            self.con = sqlite3.connect(path, isolation_level=None)
            self.con.execute("PRAGMA journal_mode = WAL")
            self.con.execute("PRAGMA synchronous = NORMAL")
            self.con.execute("PRAGMA cache_size = -32000")
            self.con.executescript(_TABLES)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite says of the disk into words."""
        try:
            yield
        except sqlite3.DatabaseError as problem:
            words = str(problem)
            if "full" in words or "disk I/O" in words or "readonly" in words:
                raise EnvironmentProblemError(
                    f"{str(self.path.parent)!r} cannot be written: {words}.",
                    "What was fetched so far is kept: make room, and run the same command again.",
                ) from None
            raise EnvironmentProblemError(
                f"{str(self.path)!r} is damaged: {words}.",
                "Run the command again with --restart, to begin anew.",
            ) from None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all that happens in the block, or nothing of it."""
        with self._told():
            self.con.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self.con.in_transaction:
                    self.con.execute("ROLLBACK")
                raise
            self.con.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self.con.close()

    # -- the place of the fetch --------------------------------------------------------------

    def get(self, key: str) -> Any:
        """Return a value that was set, None if it was not."""
        row = self.con.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def set(self, **values: Any) -> None:
        """Set values; within :meth:`writing`, together with what else is written."""
        rows = [(k, orjson.dumps(v).decode()) for k, v in values.items()]
        with self._told():
            self.con.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    # -- models ------------------------------------------------------------------------------

    def add(
        self, records: Iterable[Record], observed_at: str | None, *, changed_only: bool = False
    ) -> int:
        """Add records; of one id the latest reading wins, then the latest change.

        ``changed_only``: a record that was changed no later than the one that is here is left
        out, so that an increment gives no model new numbers beside old ones of its like. Returns
        how many are new, or changed later than what was known.

        A record with the Hub's internal id of another model is that model renamed: the old id
        becomes an alias. A record without an id is kept under a name that no model can have, so
        that the snapshot counts it among its rejects.
        """
        newer = 0
        for number, record in enumerate(records):
            model = record.get("id")
            if not isinstance(model, str) or not model:
                text = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)[:200]
                model = f"\x00{number}:{text!r}"
            newer += self._add(model, record, observed_at, changed_only)
        return newer

    def _add(self, model: str, record: Record, observed_at: str | None, changed_only: bool) -> bool:
        hub_id = record.get("_id") if isinstance(record.get("_id"), str) else None
        modified = str(record.get("lastModified") or "")
        query = "SELECT last_modified, record IS NOT NULL FROM models WHERE id = ?"
        known = self.con.execute(query, (model,)).fetchone()
        newer = known is None or _later(modified, known[0])
        self.con.execute("INSERT OR IGNORE INTO listed VALUES (?)", (model,))
        if changed_only and not newer and known[1]:
            return False
        packed = zlib.compress(orjson.dumps(record, option=orjson.OPT_SORT_KEYS), 1)
        changed = self.con.execute(
            _UPSERT,
            (model, hub_id, modified, str(record.get("sha") or ""),
             _number(record.get("downloads")), has_card(record), observed_at, packed),
        ).rowcount  # fmt: skip
        if changed:
            if hub_id is not None:
                self._renamed(model, hub_id)
            self.con.execute("DELETE FROM links WHERE child = ?", (model,))
            links = [(model, parent) for parent in parents_of(record)]
            self.con.executemany("INSERT OR IGNORE INTO links VALUES (?, ?)", links)
        return newer

    def _renamed(self, model: str, hub_id: str) -> None:
        query = "SELECT id FROM models WHERE hub_id = ? AND id <> ?"
        for (old,) in self.con.execute(query, (hub_id, model)).fetchall():
            # Its card goes with it: it is looked for again only if the commit is another.
            self.con.execute("UPDATE OR IGNORE cards SET id = ? WHERE id = ?", (model, old))
            self.remove(old)
            self.alias(old, model)

    def note(self, row: Record) -> None:
        """Note a model of a dump, whose record the dump holds: what fetching its card needs."""
        model = row.get("id")
        if not isinstance(model, str) or not model:
            return
        self.con.execute(
            "INSERT OR IGNORE INTO models VALUES (?, NULL, ?, ?, ?, ?, NULL, NULL)",
            (model, str(row.get("lastModified") or ""), str(row.get("sha") or ""),
             _number(row.get("downloads")), has_card(row)),
        )  # fmt: skip
        links = [(model, parent) for parent in parents_of(row)]
        self.con.executemany("INSERT OR IGNORE INTO links VALUES (?, ?)", links)

    def seed(
        self,
        model: str,
        record: Record,
        *,
        sha: str,
        has_card: bool | None,
        observed_at: str | None,
    ) -> None:
        """Put a model of an older snapshot in, as it was observed then."""
        hub_id = record.get("_id") if isinstance(record.get("_id"), str) else None
        packed = zlib.compress(orjson.dumps(record, option=orjson.OPT_SORT_KEYS), 1)
        self.con.execute(
            "INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (model, hub_id, str(record.get("lastModified") or ""), sha,
             _number(record.get("downloads")), has_card, observed_at, packed),
        )  # fmt: skip
        links = [(model, parent) for parent in parents_of(record)]
        self.con.executemany("INSERT OR IGNORE INTO links VALUES (?, ?)", links)

    def remove_unlisted(self) -> int:
        """Forget the models that no page has named since the store was begun; return how many."""
        query = "SELECT id FROM models WHERE id NOT IN (SELECT id FROM listed) ORDER BY id"
        gone = [row[0] for row in self.con.execute(query).fetchall()]
        for model in gone:
            self.remove(model)
        return len(gone)

    def blocks(self, query: str, size: int = 5000) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query, some at a time."""
        cursor = self.con.execute(query)
        while rows := cursor.fetchmany(size):
            yield rows

    def keep_claims(
        self, model: str, sha: str, claims: Iterable[tuple[str, str, str | None, str]]
    ) -> None:
        """Write what the files of a model say at a revision, in place of what they said before."""
        methods = ("adapter_config", "mergekit_config", "gguf", "safetensors")
        self.con.execute(
            "DELETE FROM claims WHERE child = ? AND method IN (?, ?, ?, ?)", (model, *methods)
        )
        rows = [(*claim, None, self.get("observed_at")) for claim in claims]
        self.con.executemany("INSERT INTO claims VALUES (?, ?, ?, ?, ?, ?)", rows)
        self.con.execute("INSERT OR REPLACE INTO read_deep VALUES (?, ?)", (model, sha))

    def remove(self, model: str) -> None:
        """Forget a model, with its card and its links to parents."""
        for query in (
            "DELETE FROM models WHERE id = ?", "DELETE FROM cards WHERE id = ?",
            "DELETE FROM links WHERE child = ?",
        ):  # fmt: skip
            self.con.execute(query, (model,))

    def alias(self, old: str, new: str) -> None:
        """Note that an id stands for another; chains are drawn together."""
        self.con.execute("DELETE FROM aliases WHERE alias = ?", (new,))
        self.con.execute("UPDATE aliases SET model_id = ? WHERE model_id = ?", (new, old))
        self.con.execute("INSERT OR REPLACE INTO aliases VALUES (?, ?)", (old, new))

    def aliases(self) -> list[tuple[str, str, str]]:
        """Return alias, model id and reason, as a build takes them."""
        rows = self.con.execute("SELECT alias, model_id FROM aliases ORDER BY alias")
        return [(old, new, "renamed") for old, new in rows]

    def count(self, table: str = "models") -> int:
        """Return the number of rows of a table."""
        return int(self.con.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def empty(self) -> bool:
        """Whether nothing was fetched yet that would have to be fetched again.

        A dump lies in the cache of ``huggingface_hub``, and what an update begins with in the old
        snapshot.
        """
        series = self.path.parent / "series"
        if series.is_dir() and any(series.iterdir()):
            return False
        return self.count() == 0 or (self.get("seeding") is not None and not self.get("pages"))

    # -- cards -------------------------------------------------------------------------------

    def want(self, ids: Iterable[str], strays: Iterable[str] = ()) -> None:
        """Name the models whose cards are wanted, for the policy ``list``; ``strays`` are none."""
        with self.writing():
            for table, names in (("wanted", ids), ("strays", strays)):
                self.con.execute(f"DELETE FROM {table}")
                rows = ((name,) for name in names)
                self.con.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?)", rows)

    def absent_parents(self) -> list[str]:
        """Return the parents that are no models of the store, those with most children first."""
        rows = self.con.execute(
            "SELECT parent FROM links WHERE parent NOT IN (SELECT id FROM models) AND parent NOT"
            " IN (SELECT alias FROM aliases) GROUP BY parent ORDER BY count(*) DESC, parent"
        ).fetchall()
        found = self.present(row[0] for row in rows)
        return [row[0] for row in rows if row[0] not in found]

    def present(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the models that ids name: by themselves, by an alias, or in another case."""
        with self.writing():
            self.con.execute("CREATE TEMP TABLE IF NOT EXISTS asked (id TEXT PRIMARY KEY)")
            self.con.execute("DELETE FROM asked")
            self.con.executemany("INSERT OR IGNORE INTO asked VALUES (?)", ((i,) for i in ids))
        found: dict[str, str] = {}
        for query in _PRESENT:
            found = dict(self.con.execute(query).fetchall()) | found
        return found

    def cards_wanted(self, policy: str, top: int | None = None) -> Iterator[CardWanted]:
        """Yield the cards that are missing or changed, most downloaded first, a block at a time.

        Policies: ``all``, ``kin`` (models with a parent or a child), ``list`` (:meth:`want`).
        ``top`` keeps to the models most downloaded, whether their cards are there or not.
        """
        last = (2**62, "")
        floor = self._floor(top)
        while True:
            rows = self.con.execute(
                f"SELECT * FROM ({_WANTED[policy]}) WHERE (downloads < ? OR (downloads = ? AND"
                " id > ?)) AND (downloads > ? OR (downloads = ? AND id <= ?))"
                " ORDER BY downloads DESC, id LIMIT 2000",
                (last[0], last[0], last[1], floor[0], floor[0], floor[1]),
            ).fetchall()
            for row in rows:
                yield CardWanted(*row)
            if not rows:
                return
            last = (rows[-1][2], rows[-1][0])

    def cards_missing(self, policy: str, top: int | None = None) -> int:
        """Count the cards that :meth:`cards_wanted` would yield."""
        floor = self._floor(top)
        query = (
            f"SELECT count(*) FROM ({_WANTED[policy]}) WHERE downloads > ? OR (downloads = ? AND"
            " id <= ?)"
        )
        return int(self.con.execute(query, (floor[0], floor[0], floor[1])).fetchone()[0])

    def _floor(self, top: int | None) -> tuple[int, str]:
        """Return downloads and id of the last model among the ``top``."""
        if top is None:
            return (-1, "")
        row = self.con.execute(
            "SELECT downloads, id FROM models ORDER BY downloads DESC, id LIMIT 1 OFFSET ?",
            (max(top - 1, 0),),
        ).fetchone()
        return (-1, "") if row is None else (int(row[0]), str(row[1]))

    def keep_card(
        self, wanted: CardWanted, state: str, etag: str | None = None, body: bytes | None = None
    ) -> None:
        """Write a card, or why there is none; ``same``: the one that is there is still right."""
        if state == "same":
            self.con.execute("UPDATE cards SET sha = ? WHERE id = ?", (wanted.sha, wanted.id))
            return
        packed = None if body is None else zlib.compress(body, 1)
        self.con.execute(
            "INSERT OR REPLACE INTO cards VALUES (?, ?, ?, ?, ?)",
            (wanted.id, wanted.sha, etag, state, packed),
        )

    def bare(self, top: int) -> int:
        """Count those of the most downloaded models whose repositories hold no README.md."""
        floor = self._floor(top)
        query = (
            "SELECT count(*) FROM models WHERE has_card = 0 AND (downloads > ? OR (downloads = ?"
            " AND id <= ?))"
        )
        return int(self.con.execute(query, (floor[0], floor[0], floor[1])).fetchone()[0])

    def card_states(self) -> dict[str, int]:
        """Count the cards by state: ``ok``, or why there is none."""
        rows = self.con.execute("SELECT state, count(*) FROM cards GROUP BY 1 ORDER BY 1")
        return {str(state): int(n) for state, n in rows}


_MISSING: Final = """
SELECT m.id, m.sha, m.downloads, CASE c.state WHEN 'ok' THEN c.etag END AS etag
FROM models m LEFT JOIN cards c USING (id)
WHERE m.has_card IS NOT 0 AND (c.id IS NULL OR c.sha <> m.sha)
"""
_WANTED: Final = {
    "all": _MISSING,
    "kin": _MISSING + " AND (EXISTS (SELECT 1 FROM links WHERE child = m.id)"
    " OR EXISTS (SELECT 1 FROM links WHERE parent = m.id))",
    "list": _MISSING + " AND m.id IN (SELECT id FROM wanted)",
}


_PRESENT: Final = (
    "SELECT a.id, m.id FROM asked a JOIN models m USING (id)",
    "SELECT a.id, m.id FROM asked a JOIN aliases l ON l.alias = a.id"
    " JOIN models m ON m.id = l.model_id",
    "SELECT a.id, min(m.id) FROM models m JOIN asked a ON lower(a.id) = lower(m.id) GROUP BY a.id",
)


def _later(modified: str, known: str) -> bool:
    """Whether one time is after another, however the two are written."""
    times = moment(modified), moment(known)
    if times[0] is None or times[1] is None:
        return modified > known
    return times[0] > times[1]


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**62 else 0
