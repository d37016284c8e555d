"""The hub's list of models as Parquet, with columns named as the API's fields are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from cladist.errors import InputError
from cladist.sources import files
from cladist.sources.batching import table
from cladist.sources.columns import Rows, connect, flat, json_text, texts
from cladist.sources.fields import FIELDS, PARAMETER_TOTALS
from cladist.sources.literals import listed
from cladist.sources.parquet import MAGIC, column_names, open_parquet, read_rows
from cladist.sources.protocol import RAW_CLAIMS, Progress, RawBatch, no_progress
from cladist.values.parents import BASE_MODELS, hub_parents, stated_parents

if TYPE_CHECKING:
    import duckdb

#: Columns that only the hub's own list has; with an id they make a table ``hub_stats``.
_HALLMARKS: Final = frozenset(
    ("createdAt", "lastModified", "downloadsAllTime", "trendingScore", "cardData", "siblings",
     "baseModels", "safetensors", "gguf", "private", "gated", "disabled", "sha", "_id")
)  # fmt: skip
_COMMON: Final = frozenset(("tags", "likes", "downloads", "pipeline_tag", "library_name"))
_IDS: Final = ("id", "modelId")
_README: Final = '"README.md"'


class HubStatsSource:
    """A Parquet file, or a folder of its parts, of the hub's list call.

    Parameters
    ----------
    path
        Parquet file or folder.
    observed_at
        When the list was read from the hub.
    """

    kind = "hub_stats"

    def __init__(self, path: Path, *, observed_at: str | None = None) -> None:
        self.path = Path(path)
        self.observed_at = observed_at

    @classmethod
    def detect(cls, path: Path, head: bytes) -> float:
        """Say how sure it is that ``path`` holds the hub's list."""
        if path.is_dir():
            parts = _parts(path)
            return cls.detect(parts[0], MAGIC) if parts else 0.0
        if not head.startswith(MAGIC):
            return 0.0
        names = set(column_names(path))
        if not names.intersection(_IDS):
            return 0.0
        return 0.95 if names & _HALLMARKS else 0.8 if names & _COMMON else 0.0

    def files(self) -> list[Path]:
        """Return the Parquet files that are read."""
        return _parts(self.path) if self.path.is_dir() else [self.path]

    def batches(self, progress: Progress = no_progress) -> Iterator[RawBatch]:
        """Yield the rows in the order of the files."""
        parts = self.files()
        if not parts:
            raise InputError(f"{self.path} holds no Parquet file.", "Name the folder of the parts.")
        total = sum(_rows(part) for part in parts)
        done = 0
        con = connect()
        for part in parts:
            place = files.locator(part, self.path) if part != self.path else None
            _check_columns(part)
            first = 1
            for rows in read_rows(part):
                yield self._batch(con, rows, first, place)
                first += rows.num_rows
                done += rows.num_rows
                progress(done, total)

    def _batch(
        self, con: duckdb.DuckDBPyConnection, rows: pa.Table, first: int, place: str | None
    ) -> RawBatch:
        own = {name: flat(rows[name]) for name in rows.column_names}
        lines = pa.array(range(first, first + rows.num_rows), pa.int64())
        raw = raw_columns(con, own)
        if "observed_at" not in raw and self.observed_at:
            raw["observed_at"] = pa.array([self.observed_at] * rows.num_rows, pa.string())
        reader = Rows(con, raw, lines, locator=place)
        record = {k: v for k, v in own.items() if k not in FIELDS["card"]}
        models = reader.models(
            has_card=has_card(con, own, raw.get("card")), metadata=json_text(con, record)
        )
        claims = table_of_claims(con, own, reader)
        return RawBatch(models, claims, reader.rejects())


def raw_columns(con: duckdb.DuckDBPyConnection, own: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Return the columns under their raw names; several names of one field are coalesced."""
    raw: dict[str, pa.Array] = {}
    for name, names in FIELDS.items():
        found = [own[n] for n in names if n in own]
        if len(found) == 1:
            raw[name] = found[0]
        elif found:
            raw[name] = pc.coalesce(*(texts(con, column) for column in found))
    totals = (_total(con, own, holder, total) for holder, total in PARAMETER_TOTALS)
    counted = [column for column in totals if column is not None]
    if counted:
        stated = [texts(con, raw["parameters"])] if "parameters" in raw else []
        raw["parameters"] = pc.coalesce(*counted, *stated)
    return raw


def _total(
    con: duckdb.DuckDBPyConnection, own: Mapping[str, pa.Array], holder: str, total: str
) -> pa.Array | None:
    """Return a number inside a column that is a struct or JSON text."""
    column = own.get(holder)
    if column is None or pa.types.is_null(column.type):
        return None
    if pa.types.is_struct(column.type):
        if column.type.get_field_index(total) < 0:
            return None
        return texts(con, pc.struct_field(column, total))
    found = pc.extract_regex(texts(con, column), rf'"{total}"\s*:\s*(?P<n>[0-9]+)')
    return pc.struct_field(found, "n")


def has_card(
    con: duckdb.DuckDBPyConnection, own: Mapping[str, pa.Array], card: pa.Array | None
) -> pa.Array:
    """Look for README.md among the files, or for text in the card; null if neither is known."""
    size = len(next(iter(own.values())))
    listed_files = own.get("siblings")
    known = pa.nulls(size, pa.bool_())
    if listed_files is not None and not pa.types.is_null(listed_files.type):
        known = pc.match_substring(texts(con, listed_files), _README)
    if card is None:
        return known
    text = pc.fill_null(pc.greater(pc.binary_length(texts(con, card)), 0), False)
    return pc.if_else(text, True, known)


def table_of_claims(
    con: duckdb.DuckDBPyConnection, own: Mapping[str, pa.Array], reader: Rows
) -> pa.Table:
    """Return the claims in ``baseModels`` and in a column ``base_model`` of its own."""
    name = next((n for n in BASE_MODELS if n in own), None)
    found: list[tuple[object, ...]] = []
    ids, observed = reader.text("model_id"), reader.text("observed_at")

    def add(row: int, parent: str, relation: str | None, method: str) -> None:
        child = ids[row].as_py()
        if child:
            line, seen = reader.lines[row].as_py(), observed[row].as_py()
            found.append((line, reader.locator, child, parent, relation, method, None, seen))

    if name is not None:
        for row, text in _present(texts(con, own[name])):
            for parent, relation in hub_parents(_loads(text)):
                add(row, parent, relation, "hub_page")
    if "base_model" in own:
        stated = _without_card_data(con, own)
        for row, text in _present(texts(con, own["base_model"])):
            for parent in stated_parents(listed(text) if text.startswith("[") else text):
                if row not in stated:
                    add(row, parent, None, "card")
    return table(RAW_CLAIMS, sorted(found, key=lambda c: c[0]))


def _without_card_data(con: duckdb.DuckDBPyConnection, own: Mapping[str, pa.Array]) -> set[int]:
    """Return the rows whose front matter states ``base_model``, so that it is not read twice."""
    column = next((own[n] for n in FIELDS["card_data"] if n in own), None)
    if column is None:
        return set()
    text = texts(con, column)
    stated = pc.match_substring_regex(text, r'"base_model":\s*(?:"[^"]|\[")')
    return set(pc.indices_nonzero(pc.fill_null(stated, False)).to_pylist())


def _present(text: pa.Array) -> list[tuple[int, str]]:
    rows = pc.indices_nonzero(pc.fill_null(pc.not_equal(text, ""), False))
    return list(zip(rows.to_pylist(), text.take(rows).to_pylist(), strict=True))


def _loads(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _parts(folder: Path) -> list[Path]:
    return [p for p in files.files_below(folder) if p.suffix == ".parquet"]


def _rows(path: Path) -> int:
    with open_parquet(path) as parquet:
        return int(parquet.metadata.num_rows)


def _check_columns(path: Path) -> None:
    names = column_names(path)
    if not set(names).intersection(FIELDS["model_id"]):
        raise InputError(
            f"{path} has no column 'id'; its columns are: {', '.join(names)}.",
            "Rename the column of ids, or read it with --source tabular and --columns MAP.toml.",
        )
