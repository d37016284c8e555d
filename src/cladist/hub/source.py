"""Sources between the Hub and a snapshot: what a walk saw, and what a fetch stored."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import orjson

from cladist.sources.batching import BatchBuilder, table
from cladist.sources.fields import RecordReader
from cladist.sources.protocol import RAW_CLAIMS, Progress, RawBatch, no_progress
from cladist.sources.records import RecordsSource
from cladist.sources.repositories import CARD_LIMIT

#: (child, parent, relation, method) of a claim read from files.
Claim = tuple[str, str, str | None, str]
_KIND: Final = "hub"


class SeenSource(RecordsSource):
    """Records in JSON Lines, and claims read from configuration files beside them."""

    kind = _KIND

    def __init__(
        self, path: Path, *, claims: Sequence[Claim] = (), observed_at: str | None = None
    ) -> None:
        super().__init__(path, observed_at=observed_at)
        self.claims = claims

    @classmethod
    def detect(cls, path: Path, head: bytes) -> float:  # noqa: ARG003 - the protocol's names
        """Say 0: it is opened by a fetch or a walk only."""
        return 0.0

    def batches(self, progress: Progress = no_progress) -> Iterator[RawBatch]:
        """Yield the records, then the claims."""
        yield from super().batches(progress)
        if self.claims:
            rows = [
                (None, None, child, parent, relation, method, None, self.observed_at)
                for child, parent, relation, method in self.claims
            ]
            yield RawBatch(claims=table(RAW_CLAIMS, rows))


class StoreSource:
    """The records, cards and claims that a fetch has stored, in the order of the ids."""

    kind = _KIND

    def __init__(self, path: Path, *, observed_at: str | None = None) -> None:
        self.path = Path(path)
        self.observed_at = observed_at

    @classmethod
    def detect(cls, path: Path, head: bytes) -> float:  # noqa: ARG003 - the protocol's names
        """Say 0: it is opened by a fetch only."""
        return 0.0

    def files(self) -> list[Path]:
        """Return the file."""
        return [self.path]

    def digest(self) -> str:
        """Return a digest of what is stored, whatever the file looks like inside."""
        total = hashlib.sha256()
        with closing(sqlite3.connect(self.path)) as con:
            for query in (_ROWS, _CLAIMS, _STRAYS):
                for row in con.execute(query):
                    for value in row:
                        raw = value if isinstance(value, bytes) else str(value).encode()
                        total.update(len(raw).to_bytes(8, "little") + raw)
        return total.hexdigest()

    def batches(self, progress: Progress = no_progress) -> Iterator[RawBatch]:
        """Yield the models with their cards, then the claims that stand in no record."""
        out = BatchBuilder()
        reader = RecordReader(out, self.observed_at)
        with closing(sqlite3.connect(self.path)) as con:
            (total,) = con.execute("SELECT count(*) FROM models").fetchone()
            for line, row in enumerate(con.execute(_ROWS), 1):
                self._read(reader, out, line, row)
                if out.full:
                    progress(line, total)
                    yield out.flush()
            progress(total, total)
            for (stray,) in con.execute(_STRAYS):
                out.reject(None, stray, "value", stray, "card_unknown_model")
            for child, parent, relation, method, confidence, observed_at in con.execute(_CLAIMS):
                out.claims.append(
                    (None, None, child, parent, relation, method, confidence,
                     observed_at or self.observed_at)
                )  # fmt: skip
        if not out.empty:
            yield out.flush()

    def _read(
        self, reader: RecordReader, out: BatchBuilder, line: int, row: tuple[Any, ...]
    ) -> None:
        model, packed, observed_at, listed, state, body = row
        record = {"id": model} if packed is None else orjson.loads(zlib.decompress(packed))
        if observed_at:
            record["observed_at"] = observed_at
        if state == "ok":
            data = zlib.decompress(body)
            if len(data) > CARD_LIMIT:
                head = data[:500].decode("utf-8", "replace")
                out.reject(line, model, "value", head, "card_too_large")
            else:
                record["card"] = self._text(out, line, model, data)
        elif state is not None and not (state == "no_file" and listed is None):
            out.reject(line, model, "value", model, f"card_{state}")
        reader.read(record, line, None)

    @staticmethod
    def _text(out: BatchBuilder, line: int, model: str, data: bytes) -> str:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            bad = data[error.start : error.start + 40]
            out.reject(line, model, "value", repr(bad), "invalid_utf8")
            return data.decode("utf-8-sig", "replace")


_ROWS: Final = """
SELECT m.id, m.record, m.observed_at, m.has_card, c.state, c.body
FROM models m LEFT JOIN cards c USING (id)
WHERE m.record IS NOT NULL OR c.id IS NOT NULL ORDER BY m.id
"""
_STRAYS: Final = "SELECT id FROM strays ORDER BY id"
_CLAIMS: Final = """
SELECT child, parent, relation, method, confidence, observed_at FROM claims
ORDER BY 1, 2, 3, 4, 5
"""
