"""Completion over ids, old ids, authors and tags."""

from __future__ import annotations

import re
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator
from threading import local
from typing import Final
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from cladist.web.columns import Texts
from cladist.web.index import Index, count
from cladist.web.payloads import FoundAuthor, FoundModel, FoundTag, SearchPayload
from cladist.web.search_index import DATABASE

LONGEST: Final = 200
#: Rows of the trigram index that are compared with the question, step by step, in all 2,000.
_BATCHES: Final = (50, 450, 1500)
_MOST_LOOKED_AT: Final = 2000
_FEW_TRIGRAMS: Final = 4
_MOST_NAMES: Final = 8
_ADDRESS: Final = re.compile(r"^(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/", re.IGNORECASE)


def understood(q: str) -> str:
    """Return a question without the address of a page around it, without marks at its ends."""
    # No id holds a control character, and SQLite ends its questions at a zero.
    text = " ".join("".join(c if c.isprintable() else " " for c in q[: 4 * LONGEST]).split())
    address = _ADDRESS.match(text)
    if address:
        path = unquote(urlsplit("https://h/" + text[address.end() :]).path)
        parts = [p for p in path.split("/") if p]
        if parts and parts[0] in ("models", "datasets", "spaces") and len(parts) > 1:
            parts = parts[1:]
        for stop in ("tree", "blob", "resolve", "commit", "commits", "discussions"):
            if stop in parts[1:]:
                parts = parts[: parts.index(stop, 1)]
        text = "/".join(parts[:2])
    return text.strip("/ \"'`<>")[:LONGEST]


class Search:
    """Searches one index; safe to use from several threads."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.node = index.column("search.node")
        self.ids, self.id_rank = self._sorted("search.id")
        self.names, self.name_rank = self._sorted("search.name")
        self.aliases, self.alias_rank = self._sorted("search.alias")
        self._local = local()
        self.authors = _Names(index, "author")
        self.tags = _Names(index, "tags")

    def _sorted(self, name: str) -> tuple[Texts, NDArray[np.int32]]:
        return self.index.texts(name), self.index.column(f"{name}.rank")

    def find(self, q: str, limit: int) -> SearchPayload:
        """Answer a question."""
        text = understood(q)
        if not text:
            return SearchPayload(text, [], [], [], [])
        low = text.lower()
        found: dict[int, tuple[str, str | None]] = {}
        for rank, how, alias in self._ranks(low, limit):
            found.setdefault(rank, (how, alias))
            if len(found) >= limit:
                break
        authors = self.authors.starting(low, min(limit, _MOST_NAMES))
        tags = self.tags.starting(low, min(limit, _MOST_NAMES))
        return SearchPayload(
            q=text,
            models=[self.found(rank, *how) for rank, how in found.items()],
            authors=[FoundAuthor(*n) for n in authors],
            tags=[FoundTag(*n) for n in tags],
            nearest=[] if found or authors or tags else self.nearest(text),
        )

    def node_of(self, model_id: str) -> int | None:
        """Return the node of a model by its id, an old id, or its page's address; None if none.

        An id that fits but for its case counts if there is only one.
        """
        for text in dict.fromkeys((model_id.strip("/"), understood(model_id))):
            node = self.index.model_id.find(text)
            if node >= 0:
                return node
            low = text.lower()
            for texts, rank in ((self.aliases, self.alias_rank), (self.ids, self.id_rank)):
                found = set(_exact(texts, rank, low))
                if len(found) == 1:
                    return int(self.node[found.pop()])
        return None

    def nearest(self, model_id: str, limit: int = 5) -> list[str]:
        """Return ids that resemble one that is not there, the most alike first."""
        from rapidfuzz import fuzz, process

        low = understood(model_id).lower()
        if len(low) < 3:
            return []
        trigrams = dict.fromkeys(low[i : i + 3] for i in range(len(low) - 2))
        asked = " OR ".join('"' + t.replace('"', '""') + '"' for t in list(trigrams)[:60])
        rows = self._rows(asked, 0, _MOST_LOOKED_AT)
        names = [self.index.model_id[int(self.node[row - 1])] for row in rows]
        alike = process.extract(low, names, scorer=fuzz.ratio, processor=str.lower, limit=limit,
                                score_cutoff=50)  # fmt: skip
        return [name for name, _, _ in alike]

    def _ranks(self, low: str, limit: int) -> Iterator[tuple[int, str, str | None]]:
        """Yield ranks of models, the best fits first; one may come again."""
        exact = _exact(self.ids, self.id_rank, low)
        yield from ((r, "id", None) for r in exact)
        for place in _places(self.aliases, low):
            yield int(self.alias_rank[place]), "alias", self.aliases[place]
        yield from ((r, "prefix", None) for r in _exact(self.names, self.name_rank, low)[:limit])
        ranks = np.concatenate((
            _beginning(self.ids, self.id_rank, low, limit),
            _beginning(self.names, self.name_rank, low, limit),
        ))  # fmt: skip
        yield from ((int(r), "prefix", None) for r in np.unique(ranks)[:limit])
        # A whole id with its owner is not a part of others that anybody looks for.
        if len(low) >= 3 and not (exact and "/" in low):
            yield from ((r, "text", None) for r in self._texts(low))
            aliases = _beginning_places(self.aliases, low, limit)
            for place in aliases:
                yield int(self.alias_rank[place]), "alias", self.aliases[place]

    def _texts(self, low: str) -> Iterator[int]:
        """Yield ranks of ids that hold every word of a question, the most popular first."""
        words = [w for w in low.split() if len(w) >= 3]
        if not words:
            return
        # Every third trigram covers a word; what is found is compared with the whole of it.
        trigrams = dict.fromkeys(
            w[i : i + 3] for w in words for i in (*range(0, len(w) - 2, 3), len(w) - 3)
        )
        every = ['"' + t.replace('"', '""') + '"' for t in trigrams]
        # A few of them find few enough rows in most cases, and faster.
        step = max(1, -(-len(every) // _FEW_TRIGRAMS))
        start = 0
        for most in _BATCHES:
            rows = self._rows(" AND ".join(every if start else every[::step]), start, most)
            for row in rows:
                name = self.index.model_id[int(self.node[row - 1])].lower()
                if all(w in name for w in low.split()):
                    yield row - 1
            if len(rows) < most:
                return
            start = rows[-1]

    def _rows(self, asked: str, start: int, most: int) -> list[int]:
        """Return the first rows after one that fit a question of trigrams.

        As one text: a thread gives way at every row that SQLite hands over.
        """
        query = (
            "SELECT group_concat(rowid) FROM (SELECT rowid FROM ids WHERE ids MATCH ?"
            " AND rowid > ? ORDER BY rowid LIMIT ?)"
        )
        (found,) = self._database().execute(query, (asked, start, most)).fetchone()
        return [int(row) for row in found.split(",")] if found else []

    def _database(self) -> sqlite3.Connection:
        con: sqlite3.Connection | None = getattr(self._local, "con", None)
        if con is None:
            path = (self.index.directory / DATABASE).resolve().as_uri()
            con = sqlite3.connect(f"{path}?mode=ro&immutable=1", uri=True)
            self._local.con = con
        return con

    def found(self, rank: int, matched: str, alias: str | None) -> FoundModel:
        """Return the model of a rank as an answer."""
        index = self.index
        node = int(self.node[rank])
        row = int(index.row_of[node])
        return FoundModel(
            model=index.model_id[node], author=index.value("author", row),
            downloads=count(index.downloads[row]), descendants=int(index.descendants[row]),
            family_size=int(index.lineage.family_size[node]), is_ghost=bool(index.is_ghost[row]),
            matched=matched, alias=alias,
        )  # fmt: skip


class _Names:
    """Names with counts, found by how they begin, whatever their case."""

    def __init__(self, index: Index, column: str) -> None:
        self.names = index.values[column]
        self.lowered = index.texts(f"search.{column}")
        self.place = index.column(f"search.{column}.place")
        self.counts = index.column(f"search.{column}.count")

    def starting(self, low: str, limit: int) -> list[tuple[str, int]]:
        """Return the names that begin so, those with the largest counts first."""
        first, last = _range(self.lowered, low)
        counts = self.counts[first:last]
        some = (
            np.argpartition(-counts, limit)[:limit]
            if len(counts) > limit
            else np.arange(len(counts))
        )
        some = some[np.lexsort((some, -counts[some]))]
        exact = [i for i in range(first, min(last, first + 1)) if self.lowered[i] == low]
        places = dict.fromkeys([*exact, *(int(i) + first for i in some)])
        return [(self.names[int(self.place[i])], int(self.counts[i])) for i in places][:limit]


def _range(texts: Texts, beginning: str) -> tuple[int, int]:
    """Return where the texts that begin so start and stop."""
    key = beginning.encode("utf-8", "surrogatepass")
    first = bisect_left(range(len(texts)), key, key=texts.raw)
    return first, bisect_left(range(len(texts)), key + b"\xff", key=texts.raw)


def _places(texts: Texts, text: str) -> range:
    """Return the places of texts that are the same."""
    key = text.encode("utf-8", "surrogatepass")
    first = bisect_left(range(len(texts)), key, key=texts.raw)
    return range(first, bisect_left(range(len(texts)), key + b"\0", key=texts.raw))


def _exact(texts: Texts, rank: NDArray[np.int32], text: str) -> list[int]:
    places = _places(texts, text)
    found: list[int] = np.sort(rank[places.start : places.stop]).tolist()
    return found


def _beginning(texts: Texts, rank: NDArray[np.int32], text: str, limit: int) -> NDArray[np.int32]:
    """Return the best ranks of texts that begin so."""
    first, last = _range(texts, text)
    some = rank[first:last]
    return np.partition(some, limit)[:limit] if len(some) > limit else some


def _beginning_places(texts: Texts, text: str, limit: int) -> list[int]:
    first, last = _range(texts, text)
    return list(range(first, min(last, first + limit)))
