"""The last part of the page: what was cut, what could not be read, and where all comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from cladist.provenance import libraries
from cladist.report.blocks import captioned
from cladist.report.words import RELATION_WORDS, day, worded

if TYPE_CHECKING:
    import pyarrow as pa

    from cladist.snapshot import Snapshot

_EXAMPLES: Final = 20
_LIBRARIES: Final = ("duckdb", "ibis-framework", "numpy", "pyarrow", "scipy", "highspy",
                     "vl-convert-python")  # fmt: skip


@dataclass(frozen=True)
class Account:
    """One table of what went wrong: counts by kind, the first rows, and how to read all."""

    name: str
    title: str
    words: str
    rows: int
    counts: Markup
    examples: Markup
    shown: int
    sql: str


#: Table, title, words, columns counted by, SELECT of the examples: a few of each kind.
_ACCOUNTS: Final = (
    (
        "anomalies",
        "Anomalies: pairs left out of the lineage",
        "Self-loops and pairs cut to break a cycle. The claims stay in the snapshot.",
        "kind",
        "SELECT a.kind, c.model_id AS child, p.model_id AS parent, a.component, a.gap_days "
        "FROM anomalies a JOIN models c ON c.node = a.child JOIN models p ON p.node = a.parent "
        "QUALIFY row_number() OVER (PARTITION BY a.kind ORDER BY a.child, a.parent) <= 4 "
        "ORDER BY a.kind, a.child, a.parent",
    ),
    (
        "rejects",
        "Rejects: what could not be read",
        "A rejected claim or value does not reject its record. Shown as read, control "
        "characters made visible; line is where it was met first.",
        "level, reason",
        "WITH once AS (SELECT level, reason, raw, source, line, "
        "count(*) OVER same AS times, row_number() OVER (same ORDER BY source, line) AS place "
        "FROM rejects WINDOW same AS (PARTITION BY level, reason, raw)) "
        "SELECT level, reason, raw, times, source, line FROM once WHERE place = 1 "
        "QUALIFY row_number() OVER (PARTITION BY level, reason ORDER BY times DESC, raw) <= 4 "
        "ORDER BY level, reason, times DESC, raw",
    ),
    (
        "aliases",
        "Aliases: ids that stand for another id",
        "Old ids and variants, each resolved for the reason given.",
        "reason",
        "SELECT alias, model_id, reason FROM aliases "
        "QUALIFY row_number() OVER (PARTITION BY reason ORDER BY alias, model_id) <= 4 "
        "ORDER BY reason, alias, model_id",
    ),
)


def accounts(hub: Snapshot) -> list[Account]:
    """Return anomalies, rejects and aliases: counts by kind and the first rows."""
    return [_account(hub, entry) for entry in _ACCOUNTS]


def _account(hub: Snapshot, entry: tuple[str, str, str, str, str]) -> Account:
    table, title, words, by, query = entry  # fmt: skip
    counts = _fetch(hub, f"SELECT {by}, count(*) AS count FROM {table} GROUP BY ALL "
                         f"ORDER BY count DESC, {by}")  # fmt: skip
    examples = _fetch(hub, f"{query} LIMIT {_EXAMPLES}")
    rows = sum(counts.column("count").to_pylist())
    return Account(
        name=table,
        title=title,
        words=words,
        rows=rows,
        counts=captioned(counts, f"{table.capitalize()} by {by.replace(', ', ' and ')}"),
        examples=captioned(examples, f"Examples of {table}"),
        shown=examples.num_rows,
        sql=f'cladist sql X.snapshot "SELECT * FROM {table}"',
    )


def _fetch(hub: Snapshot, query: str) -> pa.Table:
    """Return rows in words, spaces at the ends of a text made visible."""
    import pyarrow as pa

    table: pa.Table = worded(hub.lookup.sql(query).to_arrow_table(), "kind")
    for place, column in enumerate(table.schema):
        if pa.types.is_string(column.type):
            seen = [_seen(v) for v in table.column(place).to_pylist()]
            table = table.set_column(place, column.name, pa.array(seen, pa.string()))
    return table


def _seen(text: str | None) -> str | None:
    if text is None or text == text.strip(" "):
        return text
    body = text.strip(" ")
    before = len(text) - len(text.lstrip(" "))
    return "␣" * before + body + "␣" * (len(text) - len(body) - before)


def sources(hub: Snapshot) -> Markup:
    """Return the sources with their books, one a row."""
    import pyarrow as pa

    rows = [
        {
            "source": str(entry["name"]),
            "kind": str(entry["kind"]),
            "read": day(entry["observed_at"]) or "not stated",
            "SHA-256": str(entry["digest"] or "")[:12],
            "records read": entry["records_read"],
            "= models": entry["records_model"],
            "+ edges": entry["records_edge"],
            "+ duplicates": entry["duplicates"],
            "+ rejected": entry["records_rejected"],
        }
        for entry in hub.manifest["sources"]
    ]
    return captioned(pa.Table.from_pylist(rows), "Sources and their books") if rows else Markup()


def counts(hub: Snapshot) -> list[Markup]:
    """Return claims by method and by relation, and pairs by relation, a table each."""
    import pyarrow as pa

    groups: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("claims, by method", "claims_by_method", {}),
        ("claims, by relation", "claims_by_relation", RELATION_WORDS),
        ("pairs after cuts, by relation", "edges_by_relation", RELATION_WORDS),
    )
    tables = []
    for words, name, names in groups:
        held = sorted(hub.counts.get(name, {}).items(), key=lambda item: (-item[1], item[0]))
        rows: list[dict[str, Any]] = [{words: names.get(k, k), "count": v} for k, v in held if v]
        if rows:
            tables.append(captioned(pa.Table.from_pylist(rows), words.capitalize()))
    return tables


def versions() -> dict[str, str]:
    """Return the libraries on which the numbers depend."""
    return libraries(*_LIBRARIES)
