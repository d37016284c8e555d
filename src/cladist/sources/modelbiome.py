"""The table of the paper's authors (``modelbiome/ai_ecosystem``): CSV, lists as Python text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from cladist.sources.batching import clip, table
from cladist.sources.columns import Rows, connect, json_text, numbers_and_flags, texts
from cladist.sources.protocol import RAW_CLAIMS, RAW_REJECTS, Progress, RawBatch, no_progress
from cladist.sources.sheets import Sheet, read_sheets, require, sheet_columns, sheet_size

if TYPE_CHECKING:
    import duckdb

#: Column of ``RAW_MODELS`` -> column of theirs.
_COLUMNS: Final = {
    "model_id": "model_id",
    "author": "author",
    "created_at": "createdAt",
    "last_modified": "lastModified",
    "downloads": "downloads",
    "downloads_all_time": "downloadsAllTime",
    "likes": "likes",
    "pipeline_tag": "pipeline_tag",
    "library_name": "library_name",
    "gated": "gated",
    "revision": "sha",
    "tags": "tags",
    "license": "licenses",
    "language": "languages",
    "datasets": "datasets",
    "arxiv": "arxiv_papers",
    "region": "regions",
    "card": "modelCard",
}

#: Their column of parents -> relation.
PARENTS: Final = {
    "parent_model": None,
    "finetune_parent": "finetune",
    "quantized_parent": "quantized",
    "adapter_parent": "adapter",
    "merge_parent": "merge",
}

#: Their columns that stand in the hub's record, by the hub's name: what ``metadata`` is made of.
_RECORD: Final = {
    "id": "model_id",
    **{
        name: name
        for name in (
            "author", "createdAt", "downloads", "downloadsAllTime", "gated", "lastModified",
            "library_name", "likes", "pipeline_tag", "private", "sha", "trendingScore",
        )
    },
}  # fmt: skip


class ModelbiomeSource:
    """The authors' table, as CSV or Parquet.

    The parents in its columns become claims by the method ``hub_tag``, since they were read from
    the hub's tags; where the column ``tags`` still carries them the normaliser finds the same
    claim twice in one record and keeps one.

    Parameters
    ----------
    path
        CSV (plain or gzip) or Parquet file.
    observed_at
        When the authors read the hub.
    """

    kind = "modelbiome"

    def __init__(self, path: Path, *, observed_at: str | None = None) -> None:
        self.path = Path(path)
        self.observed_at = observed_at

    @classmethod
    def detect(cls, path: Path, head: bytes) -> float:
        """Say how sure it is that ``path`` is the authors' table."""
        if path.is_dir() or not _may_be_table(head):
            return 0.0
        names = set(sheet_columns(path, head))
        if "model_id" not in names or not names.intersection(PARENTS):
            return 0.0
        return 0.95 if len(names.intersection(PARENTS)) > 1 else 0.7

    def files(self) -> list[Path]:
        """Return the file that is read."""
        return [self.path]

    def batches(self, progress: Progress = no_progress) -> Iterator[RawBatch]:
        """Yield the rows in their order."""
        require(
            self.path,
            lambda names: "model_id" in names,
            "no column 'model_id'",
            "Let the kind be detected (leave --source out), or read it as 'tabular'.",
        )
        total = sheet_size(self.path)
        done = 0

        def advance(size: int) -> None:
            nonlocal done
            done += size
            progress(min(done, total), total)

        con = connect()
        for sheet in read_sheets(self.path, advance):
            yield self._batch(con, sheet)

    def _batch(self, con: duckdb.DuckDBPyConnection, sheet: Sheet) -> RawBatch:
        own = sheet.columns
        size = len(sheet.lines)
        raw = {name: own[theirs] for name, theirs in _COLUMNS.items() if theirs in own}
        if self.observed_at:
            raw["observed_at"] = pa.array([self.observed_at] * size, pa.string())
        rows = Rows(con, raw, sheet.lines)
        if "tags" in raw:  # parsed once, for the record as well
            raw["tags"] = rows.list_of_texts("tags")
        record = {name: own[theirs] for name, theirs in _RECORD.items() if theirs in own}
        if "tags" in raw:
            record["tags"] = raw["tags"]
        metadata = json_text(con, numbers_and_flags(record))
        models = rows.models(has_card=_has_card(con, raw, size), metadata=metadata)
        claims = _claims(rows, own)
        broken = [(line, None, level, clip(text), why) for line, level, text, why in sheet.problems]
        rejects = pa.concat_tables([table(RAW_REJECTS, broken), rows.rejects()])
        return RawBatch(models, claims, rejects)


def _may_be_table(head: bytes) -> bool:
    return bool(head) and (head.startswith(b"PAR1") or b"model_id" in head.split(b"\n", 1)[0])


def _has_card(con: duckdb.DuckDBPyConnection, raw: dict[str, pa.Array], size: int) -> pa.Array:
    if "card" not in raw:
        return pa.nulls(size, pa.bool_())
    text = texts(con, raw["card"])
    return pc.fill_null(pc.greater(pc.binary_length(text), 0), False)


def _claims(rows: Rows, own: dict[str, pa.Array]) -> pa.Table:
    """Return one claim for each parent in each column of parents."""
    parts = [RAW_CLAIMS.empty_table()]
    for name, relation in PARENTS.items():
        if name in own:
            parts.append(_claims_of(rows, own[name], relation))
    claims = pa.concat_tables(parts)
    return claims.sort_by([("line", "ascending")]) if claims.num_rows else claims


def _claims_of(rows: Rows, column: pa.Array, relation: str | None) -> pa.Table:
    held = Rows(rows.con, {"parents": column}, rows.lines, separator=",")
    lists = held.list_of_texts("parents")
    rows.problems += held.problems
    at = pc.list_parent_indices(lists)
    made = pa.table(
        {
            "line": rows.lines.take(at),
            "locator": pa.nulls(len(at), pa.string()),
            "child": rows.text("model_id").take(at),
            "parent": lists.flatten(),
            "relation": pa.array([relation] * len(at), pa.string()),
            "method": pa.array(["hub_tag"] * len(at), pa.string()),
            "confidence": pa.nulls(len(at), pa.string()),
            "observed_at": rows.text("observed_at").take(at),
        },
        schema=RAW_CLAIMS,
    )
    return made.filter(pc.fill_null(pc.not_equal(made["child"], ""), False))
