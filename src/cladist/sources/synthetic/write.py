"""Simulated hubs written to files, each in the form of one real source."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np
import orjson
import pyarrow.parquet as pq

from cladist.sources.synthetic.hub import SyntheticHub
from cladist.sources.synthetic.published import language_names
from cladist.sources.synthetic.rows import SCHEMA, SCHEMA_WITH_CARDS, row_blocks

#: Key and value in the metadata of a Parquet file.
FILE_MARK: Final = {b"cladist.simulated": b"1"}
#: Columns of few values; a dictionary of the others (ids, texts) would cost and save nothing.
_FEW: Final = ["author", "private", "gated", "pipeline_tag", "library_name", "tags.list.element"]

_LIST_COLUMNS: Final = (
    ("regions", "region:"), ("licenses", "license:"), ("arxiv_papers", "arxiv:"),
    ("datasets", "dataset:"),
)  # fmt: skip
_PARENT_COLUMNS: Final = ("finetune", "quantized", "adapter", "merge")
_MODELBIOME: Final = (
    "model_id", "likes", "trendingScore", "private", "downloads", "tags", "pipeline_tag",
    "library_name", "createdAt", "regions", "licenses", "arxiv_papers", "datasets",
    "parent_model", "finetune_parent", "quantized_parent", "adapter_parent", "merge_parent",
    "languages", "modelCard",
)  # fmt: skip


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write; gzip, without name and time in it, if it ends in ``.gz``."""
    with path.open("wb") as plain:
        if path.suffix != ".gz":
            yield plain
            return
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=plain, mtime=0) as packed:
            yield cast(BinaryIO, packed)


def write_records(hub: SyntheticHub, path: Path) -> None:
    """Write JSON Lines in the form of the Hub's list call; gzip if ``path`` ends in ``.gz``."""
    with _open(Path(path)) as out:
        for block in row_blocks(hub):
            out.writelines(orjson.dumps(_record(r)) + b"\n" for r in block.to_pylist())


def _record(row: dict[str, Any]) -> dict[str, Any]:
    record = {"_id": _object_id(row), "modelId": row["id"], **row, "trendingScore": 0}
    record["gated"] = False if row["gated"] == "false" else row["gated"]
    if row["cardData"] is None:
        del record["cardData"]
    else:
        record["cardData"] = orjson.loads(row["cardData"])
    return {k: v for k, v in record.items() if v is not None}


def _object_id(row: dict[str, Any]) -> str:
    """Return an id as the Hub's database gives: the second of creation, then what is random.

    The second is that of the row, so that a wrong date is not given away.
    """
    random = blake2b(row["id"].encode(), digest_size=8).hexdigest()
    try:
        second = int(np.datetime64(str(row["createdAt"])[:19], "s").astype(np.int64))
    except ValueError:
        second = 0
    return f"{max(second, 0) % 2**32:08x}{random}"


def write_hub_stats(hub: SyntheticHub, path: Path, *, card_text: bool | None = None) -> None:
    """Write Parquet with the columns of the Hub's list call.

    ``card_text`` adds the column ``card``, which no real dump has; None: if the hub has cards.
    """
    card_text = hub.cards is not None if card_text is None else card_text
    schema = (SCHEMA_WITH_CARDS if card_text else SCHEMA).with_metadata(FILE_MARK)
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=_FEW) as writer:
        for block in row_blocks(hub, card_text=card_text):
            writer.write_table(block.replace_schema_metadata(FILE_MARK))


def write_modelbiome(hub: SyntheticHub, path: Path) -> None:
    """Write the CSV of the paper's authors: lists as Python literals, languages by name."""
    with _open(Path(path)) as out, io.TextIOWrapper(out, "utf-8", newline="") as text:
        writer = csv.DictWriter(text, _MODELBIOME)
        writer.writeheader()
        for block in row_blocks(hub, card_text=True):
            writer.writerows(_expanded(r) for r in block.to_pylist())


def _expanded(row: dict[str, Any]) -> dict[str, Any]:
    tags: list[str] = row["tags"]
    named = language_names()
    bare = [t.removeprefix("base_model:") for t in tags if t.startswith("base_model:")]
    parents = {r: [b.removeprefix(f"{r}:") for b in bare if b.startswith(f"{r}:")]
               for r in _PARENT_COLUMNS}  # fmt: skip
    lists = {
        column: [t.removeprefix(prefix) for t in tags if t.startswith(prefix)]
        for column, prefix in _LIST_COLUMNS
    }
    return {
        "model_id": row["id"],
        "trendingScore": 0,
        **{k: row[k] for k in ("likes", "private", "downloads", "pipeline_tag", "library_name",
                               "createdAt")},
        "tags": tags,
        **lists,
        "parent_model": [b for b in bare if ":" not in b],
        **{f"{relation}_parent": ids for relation, ids in parents.items()},
        "languages": [named[t] for t in tags if t in named],
        "modelCard": row["card"],
    }  # fmt: skip


def write_aliases(hub: SyntheticHub, path: Path) -> None:
    """Write the bare legacy ids of the hub as ``build --aliases`` reads them."""
    with Path(path).open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(("alias", "model_id", "reason"))
        writer.writerows((a, m, "legacy") for a, m in sorted(hub.truth.aliases.items()))
