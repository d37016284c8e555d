"""Matched records -> the Parquet tables and lineage arrays of a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist import engine, schema
from cladist.ingest import matching, normalize
from cladist.lineage.cuts import UNKNOWN_TIME, Cuts, cut_pairs
from cladist.lineage.lineage import Lineage
from cladist.snapshot import ARRAYS
from cladist.vocab import RELATION_CODE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

_ROW_GROUP: Final = 50_000
_COPY: Final = (
    f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {_ROW_GROUP})"
)


def number_models(con: duckdb.DuckDBPyConnection) -> None:
    """Create ``nodes``: every id, declared or referred to, in byte order."""
    con.execute(
        "CREATE TABLE nodes AS SELECT (row_number() OVER (ORDER BY model_id) - 1)::INTEGER AS node,"
        " model_id, is_ghost FROM (SELECT model_id, false AS is_ghost FROM declared_ids"
        " UNION ALL SELECT model_id, true FROM (SELECT child_id AS model_id FROM claimed"
        " UNION SELECT parent_id FROM claimed) ANTI JOIN declared_ids USING (model_id))"
    )


def _copy(con: duckdb.DuckDBPyConnection, query: str, table: schema.Table, new: Path) -> None:
    """Write a query as a table of the format: its columns, its types, its total order."""
    columns = ", ".join(f"{c.name}::{schema.SQL_TYPES[c.type]} AS {c.name}" for c in table.columns)
    target = engine.literal(str(new / f"{table.name}.parquet"))
    con.execute(
        f"COPY (SELECT {columns} FROM ({query}) ORDER BY {', '.join(table.order)})"
        f" TO {target} {_COPY}"
    )


def write_cards(con: duckdb.DuckDBPyConnection, new: Path) -> None:
    """Write the texts: each from the newest reading that gives it."""
    con.execute(
        "CREATE TABLE places AS SELECT node, card_at, metadata_at FROM declared"
        " JOIN nodes USING (model_id) WHERE card_at IS NOT NULL OR metadata_at IS NOT NULL"
    )
    apart = con.execute("SELECT count(*) FROM places WHERE card_at <> metadata_at").fetchone()
    if apart and apart[0]:
        query = (
            "SELECT node, any_value(card) AS card, any_value(metadata) AS metadata FROM ("
            " SELECT node, card, NULL AS metadata FROM raw JOIN places"
            " ON raw.src = card_at.src AND raw.seq = card_at.seq"
            " UNION ALL SELECT node, NULL, metadata FROM raw JOIN places"
            " ON raw.src = metadata_at.src AND raw.seq = metadata_at.seq) GROUP BY node"
        )
    else:
        query = (
            "SELECT node, card, metadata FROM raw JOIN (SELECT node,"
            " coalesce(card_at, metadata_at) AS at FROM places) p"
            " ON raw.src = p.at.src AND raw.seq = p.at.seq"
        )
    _copy(con, query, schema.CARDS, new)


def write_models(con: duckdb.DuckDBPyConnection, new: Path) -> None:
    """Write the models, declared and ghosts; leaves ``card_facts`` and the view ``models``."""
    cards = engine.literal(str(new / "cards.parquet"))
    given = ", ".join(c for c in normalize.COALESCED if c not in ("author", "has_card"))
    con.execute(
        "CREATE TABLE card_facts AS SELECT * FROM ("
        f" SELECT node, {normalize.CARD_COLUMNS} FROM read_parquet({cards}) WHERE card IS NOT NULL"
        ") JOIN (SELECT node, body_length AS card_body_length,"
        " sections AS card_sections FROM raw JOIN places"
        " ON raw.src = card_at.src AND raw.seq = card_at.seq) USING (node)"
    )
    con.execute(
        "CREATE VIEW models AS SELECT node, model_id, is_ghost, author,"
        f" {given}, {normalize.CREATED_AT_IS_FLOOR} AS created_at_is_floor,"
        " coalesce(has_card, CASE WHEN card_length IS NOT NULL THEN true END) AS has_card,"
        " card_length, card_body_length, card_is_generated, card_sections"
        " FROM declared JOIN nodes USING (model_id) LEFT JOIN card_facts USING (node)"
        " UNION ALL BY NAME SELECT node, model_id, is_ghost, CASE WHEN contains(model_id, '/')"
        " THEN split_part(model_id, '/', 1) END AS author FROM nodes WHERE is_ghost"
    )
    _copy(con, "SELECT * FROM models", schema.MODELS, new)


def write_downloads(con: duckdb.DuckDBPyConnection, parts: Sequence[Path], new: Path) -> None:
    """Write the time series of downloads, if there are parts of one: once a model and date.

    A day is one point in time: of its readings the last one is kept, or sums would hold both.
    """
    if not parts:
        return
    files = ", ".join(engine.literal(str(part)) for part in parts)
    _copy(
        con,
        "SELECT model, observed_at, max(downloads) AS downloads, max(likes) AS likes"
        f" FROM read_parquet([{files}]) GROUP BY model, observed_at QUALIFY observed_at ="
        " max(observed_at) OVER (PARTITION BY date_trunc('day', observed_at))",
        schema.DOWNLOADS,
        new,
    )


def write_claims(con: duckdb.DuckDBPyConnection, new: Path) -> None:
    """Write claims, aliases and rejects; leaves the table ``claims``."""
    con.execute(
        "CREATE TABLE claims AS SELECT c.node AS child, p.node AS parent, k.child_raw,"
        " k.relation, k.parent_raw, k.match, k.method, k.confidence, s.name AS source,"
        " k.observed_at FROM claimed k JOIN nodes c ON c.model_id = k.child_id"
        " JOIN nodes p ON p.model_id = k.parent_id JOIN sources s ON s.src::INTEGER = k.src"
    )
    _copy(
        con,
        "SELECT child, parent, relation, parent_raw, min(match) AS match, method,"
        " max(confidence) AS confidence, source, max(observed_at) AS observed_at FROM claims"
        " GROUP BY child, parent, relation, parent_raw, method, source",
        schema.CLAIMS,
        new,
    )
    _copy(con, "SELECT *, NULL AS observed_at FROM alias_rows", schema.ALIASES, new)
    _copy(
        con,
        "SELECT level, name AS source, line, raw, reason FROM rejects"
        " JOIN sources ON sources.src::INTEGER = rejects.src",
        schema.REJECTS,
        new,
    )


_PAIRS: Final = f"""
CREATE TABLE pairs AS
SELECT child, parent, first(relation ORDER BY {matching.BEST_RELATION}) AS relation,
    list_sort(list(DISTINCT relation)) AS relations, max(confidence) AS confidence,
    list_sort(list(DISTINCT method)) AS methods, count(*) AS claims,
    bool_or(child_raw = parent_raw) AS written_alike
FROM claims GROUP BY child, parent
"""


_CODE: Final = (
    "CASE relation "
    + " ".join(f"WHEN '{r}' THEN {code}" for r, code in RELATION_CODE.items())
    + " END::UTINYINT"
)


def write_lineage(con: duckdb.DuckDBPyConnection, new: Path) -> None:
    """Cut cycles, derive the lineage, write it; leaves the tables ``edges``, ``anomalies``."""
    con.execute(_PAIRS)
    pairs = con.execute(
        f"SELECT child, parent, confidence, {_CODE} AS relation FROM pairs ORDER BY child, parent"
    ).fetchnumpy()
    nodes = con.execute(
        "SELECT epoch_us(created_at) AS created, coalesce(created_at_is_floor, false) AS is_floor,"
        " is_ghost, coalesce(downloads, -1) AS downloads FROM models ORDER BY node"
    ).fetchnumpy()
    created = np.ma.filled(np.ma.asarray(nodes["created"]), UNKNOWN_TIME).astype(np.int64)
    n = len(created)
    child = _plain(pairs["child"], np.int32)
    parent = _plain(pairs["parent"], np.int32)
    cuts = cut_pairs(
        n,
        child,
        parent,
        created=created,
        is_floor=_plain(nodes["is_floor"], np.bool_),
        confidence=_plain(pairs["confidence"], np.float64),
    )
    codes = _plain(pairs["relation"], np.uint8)
    lineage = Lineage.from_edges(
        n,
        child[cuts.keep],
        parent[cuts.keep],
        codes[cuts.keep],
        downloads=_plain(nodes["downloads"], np.int64),
        is_ghost=_plain(nodes["is_ghost"], np.bool_),
    )
    lineage.save(new / ARRAYS)
    _write_derived(con, new, lineage, cuts, pa.table({"child": child, "parent": parent,
                                                      "keep": cuts.keep}))  # fmt: skip


def _plain(values: Any, dtype: Any) -> np.ndarray:
    return np.ascontiguousarray(np.asarray(values), dtype=dtype)


def _write_derived(
    con: duckdb.DuckDBPyConnection, new: Path, lineage: Lineage, cuts: Cuts, kept: pa.Table
) -> None:
    con.register("kept", kept)
    con.execute("CREATE TABLE edges AS SELECT pairs.* FROM pairs JOIN kept USING (child, parent)"
                " WHERE keep")  # fmt: skip
    _copy(con, "SELECT * FROM edges", schema.EDGES, new)
    con.register("derived", _lineage_table(lineage))
    _copy(con, "SELECT * FROM derived", schema.LINEAGE, new)
    con.register("cut", pa.table({
        "kind": pa.array(cuts.kind.tolist(), pa.string()), "child": cuts.child,
        "parent": cuts.parent, "component": cuts.component, "gap_days": cuts.gap_days,
    }))  # fmt: skip
    con.execute(
        "CREATE TABLE anomalies AS SELECT CASE WHEN kind = 'self_loop' AND NOT written_alike"
        " THEN 'self_loop_by_resolution' ELSE kind END AS kind, child, parent,"
        " nullif(component, -1) AS component,"
        " CASE WHEN NOT isnan(gap_days) THEN gap_days END AS gap_days"
        " FROM cut JOIN pairs USING (child, parent)"
    )
    _copy(con, "SELECT * FROM anomalies", schema.ANOMALIES, new)


def _lineage_table(lineage: Lineage) -> pa.Table:
    primary = np.asarray(lineage.primary_parent)
    return pa.table(
        {
            "node": np.arange(lineage.n, dtype=np.int32),
            "family": np.asarray(lineage.founder),
            "family_no_merges": np.asarray(lineage.without_merges.founder),
            "clan": np.asarray(lineage.clan),
            "primary_parent": pa.array(primary, mask=primary < 0),
            "generation": np.asarray(lineage.generation),
            "generation_min": np.asarray(lineage.generation_min),
            "parents": np.asarray(lineage.n_parents),
            "children": np.asarray(lineage.n_children),
            "descendants": np.asarray(lineage.descendants),
        }
    )
