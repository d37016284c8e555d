"""The one registry of a snapshot's columns: name, type, unit, what null means, one sentence.

Readers, writers, documentation and tests all take their columns from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT: Final = "cladist-snapshot"
FORMAT_VERSION: Final = 2


@dataclass(frozen=True)
class Column:
    """One column of a snapshot table.

    ``type`` is one of ``text``, ``texts`` (list of text), ``node``, ``count``, ``real``,
    ``flag``, ``time`` (UTC). ``null`` says what a missing value means.
    """

    name: str
    type: str
    meaning: str
    null: str = "never null"
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its columns, and the total order in which rows are written."""

    name: str
    row: str
    order: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(c.name for c in self.columns)


_UNSTATED = "unknown: no source states it (never 'empty')"

MODELS = Table(
    "models",
    "one model, declared by a record or only referred to (a ghost)",
    ("node",),
    (
        Column("node", "node", "dense index, in byte order of model_id"),
        Column("model_id", "text", "id on the hub: organisation/name, or a bare name"),
        Column("author", "text", "account that owns the model", "bare id without an owner"),
        Column("created_at", "time", "creation; the floor day means 'on or before'", _UNSTATED),
        Column("created_at_is_floor", "flag", "creation was back-filled to 2022-03-02", _UNSTATED),
        Column("last_modified", "time", "last change of the repository", _UNSTATED),
        Column("downloads", "count", "downloads at observed_at", _UNSTATED, "per 30 days"),
        Column("downloads_all_time", "count", "downloads since creation", _UNSTATED),
        Column("likes", "count", "likes at observed_at", _UNSTATED),
        Column("pipeline_tag", "text", "task, as the Hub spells it", _UNSTATED),
        Column("library_name", "text", "library, as the Hub spells it", _UNSTATED),
        Column("license", "texts", "licence ids as the Hub spells them, sorted", _UNSTATED),
        Column("license_name", "text", "name given with the licence 'other'", _UNSTATED),
        Column("license_link", "text", "link given with the licence 'other'", _UNSTATED),
        Column("language", "texts", "BCP 47 codes, and 'multilingual', sorted", _UNSTATED),
        Column("datasets", "texts", "training data sets, sorted", _UNSTATED),
        Column("arxiv", "texts", "arXiv ids, sorted", _UNSTATED),
        Column("region", "texts", "regions of the Hub's storage, sorted", _UNSTATED),
        Column("tags", "texts", "tags as the Hub gave them, in its order", _UNSTATED),
        Column("parameters", "count", "number of parameters", _UNSTATED),
        Column("gated", "text", "'false', 'auto' or 'manual'", _UNSTATED),
        Column("is_ghost", "flag", "referred to, without a record of its own"),
        Column("revision", "text", "commit of the repository", _UNSTATED),
        Column("observed_at", "time", "when the newest source read this model", _UNSTATED),
        Column("has_card", "flag", "the repository holds a model card", _UNSTATED),
        Column(
            "card_length",
            "count",
            "length of the card, front matter included",
            "no card text in the snapshot",
            "characters",
        ),
        Column(
            "card_body_length",
            "count",
            "length of the card after its front matter",
            "no card text in the snapshot",
            "characters",
        ),
        Column(
            "card_is_generated",
            "flag",
            "the card says that a tool wrote it",
            "no card text in the snapshot",
        ),
        Column(
            "card_sections",
            "texts",
            "headings of the card, in order",
            "no card text in the snapshot",
        ),
    ),
)

CLAIMS = Table(
    "claims",
    "one statement, by one source and method, that a model descends from another",
    ("child", "parent", "relation", "method", "source", "parent_raw"),
    (
        Column("child", "node", "node of the child"),
        Column("parent", "node", "node of the parent"),
        Column("relation", "text", "finetune, adapter, quantized, merge, conversion or unknown"),
        Column("parent_raw", "text", "the parent as the source wrote it"),
        Column("match", "text", "how it was matched: exact, alias, case or ghost"),
        Column("method", "text", "how the claim was read: hub_tag, hub_page, card, ..."),
        Column("confidence", "real", "between 0 and 1; a convention per method unless stated"),
        Column("source", "text", "name of the source in the manifest"),
        Column("observed_at", "time", "when the source was read", _UNSTATED),
    ),
)

CARDS = Table(
    "cards",
    "the text of one model: its card, and its record as the hub gave it",
    ("node",),
    (
        Column("node", "node", "node of the model"),
        Column("card", "text", "README.md, front matter included", "no card text was given"),
        Column(
            "metadata",
            "text",
            "canonical JSON (sorted keys) of the record",
            "the source gave no record",
        ),
    ),
)

ALIASES = Table(
    "aliases",
    "one old or variant id, and the id that it stands for",
    ("alias", "model_id", "reason"),
    (
        Column("alias", "text", "the id as written"),
        Column("model_id", "text", "the id that it stands for"),
        Column("reason", "text", "renamed, legacy, case, or the repair that was made"),
        Column("observed_at", "time", "when the alias was read", _UNSTATED),
    ),
)

REJECTS = Table(
    "rejects",
    "one thing that could not be read, and why",
    ("source", "line", "level", "reason", "raw"),
    (
        Column("level", "text", "record, claim or value"),
        Column("source", "text", "name of the source in the manifest"),
        Column("line", "count", "line or row in the source, from 1", "the source has no lines"),
        Column("raw", "text", "what was read, cut at 500 characters", "nothing was there"),
        Column("reason", "text", "why it could not be used"),
    ),
)

EDGES = Table(
    "edges",
    "one (child, parent) pair of claims left after self-loops and cycles are cut",
    ("child", "parent"),
    (
        Column("child", "node", "node of the child"),
        Column("parent", "node", "node of the parent"),
        Column("relation", "text", "the best-supported relation of the pair"),
        Column("relations", "texts", "every relation that a claim states, sorted"),
        Column("confidence", "real", "highest confidence among its claims"),
        Column("methods", "texts", "every method by which it is claimed, sorted"),
        Column("claims", "count", "number of claims for the pair"),
    ),
)

LINEAGE = Table(
    "lineage",
    "where one model stands in the forest, all relations counted",
    ("node",),
    (
        Column("node", "node", "node of the model"),
        Column("family", "node", "founder of its weakly connected component"),
        Column("family_no_merges", "node", "the same, with merge edges left out"),
        Column("clan", "node", "founder reached by following primary parents"),
        Column("primary_parent", "node", "the parent with the largest credit", "no known parent"),
        Column(
            "generation", "count", "longest known path from a model without parents", unit="edges"
        ),
        Column("generation_min", "count", "shortest known path from one", unit="edges"),
        Column("parents", "count", "number of known parents"),
        Column("children", "count", "number of known children"),
        Column("descendants", "count", "number of distinct known descendants"),
    ),
)

ANOMALIES = Table(
    "anomalies",
    "one pair of claims that the lineage leaves out, and why",
    ("kind", "child", "parent"),
    (
        Column("kind", "text", "self_loop, self_loop_by_resolution, younger_parent or feedback"),
        Column("child", "node", "node of the child"),
        Column("parent", "node", "node of the parent"),
        Column(
            "component",
            "count",
            "number of the cycle component that it was cut from",
            "a self-loop",
        ),
        Column("gap_days", "real", "days by which the parent is younger", "not cut by dates"),
    ),
)

DOWNLOADS = Table(
    "downloads",
    "one model at one date, where a time series was fetched",
    ("model", "observed_at"),
    (
        Column("model", "text", "id of the model at that date"),
        Column("observed_at", "time", "when the downloads were read"),
        Column("downloads", "count", "downloads at observed_at", _UNSTATED, "per 30 days"),
        Column("likes", "count", "likes at observed_at", _UNSTATED),
    ),
)

#: Tables that a snapshot has only if its sources gave rise to them.
OPTIONAL: Final = {DOWNLOADS.name: DOWNLOADS}

TABLES: Final = {
    t.name: t for t in (MODELS, CLAIMS, CARDS, ALIASES, REJECTS, EDGES, LINEAGE, ANOMALIES)
}


@lru_cache(maxsize=1)
def _arrow_types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    return {
        "text": pa.string(),
        "texts": pa.list_(pa.field("element", pa.string())),
        "node": pa.int32(),
        "count": pa.int64(),
        "real": pa.float64(),
        "flag": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
    }


#: The same types as DuckDB spells them.
SQL_TYPES: Final = {
    "text": "VARCHAR",
    "texts": "VARCHAR[]",
    "node": "INTEGER",
    "count": "BIGINT",
    "real": "DOUBLE",
    "flag": "BOOLEAN",
    "time": "TIMESTAMPTZ",
}


def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table."""
    import pyarrow as pa

    types = _arrow_types()
    return pa.schema([pa.field(c.name, types[c.type]) for c in table.columns])
