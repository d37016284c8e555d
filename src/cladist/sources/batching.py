"""Rows gathered into raw batches, and the words that say why something was rejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from cladist.sources.protocol import RAW_CLAIMS, RAW_MODELS, RAW_REJECTS, RawBatch

#: A batch is handed over when it holds this many rows, or about this many characters of text.
BATCH_ROWS: Final = 16_384
BATCH_CHARACTERS: Final = 48_000_000

RAW_LENGTH: Final = 500

#: Why a source rejects a record, a claim or a value.
REASONS: Final = {
    "broken_json": "the text is no JSON",
    "line_too_long": "the line, or the JSON value, is longer than the limit",
    "truncated": "the file ends, or is damaged, before its time: the rest is lost",
    "invalid_utf8": "bytes, or lone surrogates, that are no UTF-8 text",
    "nested_too_deeply": "lists and objects are nested too deeply",
    "not_an_object": "the record is no JSON object",
    "missing_id": "the record has no id",
    "metadata_too_large": "the record is larger than 1 MB; its fields are kept, its text is not",
    "metadata_not_json": "the column of metadata holds no JSON object",
    "card_data_not_readable": "the front matter given with the record cannot be read",
    "card_too_large": "the card is larger than the limit",
    "card_no_file": "the repository has no README.md, though it was expected",
    "card_gated": "the card is behind an agreement that this token has not signed",
    "card_missing": "the repository was gone, or private, when its card was fetched",
    "card_unknown_model": "a card was asked for by an id that names no model that was fetched",
    "card_damaged": "the card came otherwise than its ETag says, again and again",
    "card_disabled": "the repository was disabled when its card was fetched",
    "not_a_list": "a list was expected",
    "not_text": "a list of texts holds something else",
    "wrong_number_of_fields": "the row has more or fewer fields than the header",
    "broken_row": "the row breaks the rules of CSV quoting",
    "missing_child": "the edge has no child",
    "missing_parent": "the edge has no parent",
    "unknown_relation": "the word for the relation is in no column map",
    "unknown_method": "the word for the method is in no column map",
    "broken_config": "the configuration file cannot be read",
    "columns_missing": "the file lacks the columns that the map names",
    "file_not_read": "a file of another kind lies in the folder",
}


def clip(text: str) -> str:
    """Return the first 500 characters of a text, as valid UTF-8."""
    return text[:RAW_LENGTH].encode("utf-8", "replace").decode("utf-8")


def is_utf8(text: str) -> bool:
    """Say whether a text holds no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class BatchBuilder:
    """Rows of the three raw tables on their way into batches."""

    def __init__(self) -> None:
        self.models: list[tuple[Any, ...]] = []
        self.claims: list[tuple[Any, ...]] = []
        self.rejects: list[tuple[Any, ...]] = []
        self.edge_records = 0
        self.characters = 0

    def reject(
        self, line: int | None, locator: str | None, level: str, raw: str, reason: str
    ) -> None:
        """Note something that could not be read."""
        self.rejects.append((line, locator, level, clip(raw), reason))

    @property
    def full(self) -> bool:
        """Say whether it is time to hand over a batch."""
        rows = len(self.models) + len(self.rejects) + len(self.claims)
        return rows >= BATCH_ROWS or self.characters >= BATCH_CHARACTERS

    @property
    def empty(self) -> bool:
        """Say whether nothing was gathered since the last batch."""
        return not (self.models or self.claims or self.rejects or self.edge_records)

    def flush(self) -> RawBatch:
        """Return what was gathered and begin anew."""
        batch = RawBatch(
            table(RAW_MODELS, self.models),
            table(RAW_CLAIMS, self.claims),
            table(RAW_REJECTS, self.rejects),
            self.edge_records,
        )
        self.models, self.claims, self.rejects = [], [], []
        self.edge_records = self.characters = 0
        return batch


def table(schema: pa.Schema, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Turn rows in the order of a schema into an Arrow table."""
    if not rows:
        return schema.empty_table()
    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, type=f.type) for f, column in zip(schema, columns, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
