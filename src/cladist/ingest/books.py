"""The books of a build: what was read, what became of it, what the snapshot holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cladist.ingest import normalize
from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from cladist.ingest.staging import Stage

_COUNT_QUERIES: Final = {
    "models": "SELECT count(*) FROM nodes WHERE NOT is_ghost",
    "ghosts": "SELECT count(*) FROM nodes WHERE is_ghost",
    "claims": "SELECT count(*) FROM (SELECT DISTINCT child, parent, relation, parent_raw, method,"
    " source FROM claims)",
    "pairs": "SELECT count(*) FROM pairs",
    "edges": "SELECT count(*) FROM edges",
    "self_loops": "SELECT count(*) FROM anomalies WHERE kind = 'self_loop'",
    "self_loops_by_resolution": "SELECT count(*) FROM anomalies"
    " WHERE kind = 'self_loop_by_resolution'",
    "cut_pairs": "SELECT count(*) FROM anomalies WHERE kind IN ('younger_parent', 'feedback')",
    "cards": "SELECT count(*) FROM card_facts",
    "aliases": "SELECT count(*) FROM alias_rows",
    "ghosts_before_aliases": "SELECT count(*) FROM written ANTI JOIN declared_ids"
    " ON raw = model_id WHERE raw IS NOT NULL",
    "readings_merged": "SELECT (SELECT count(*) FROM readings)"
    " - (SELECT count(*) FROM declared_ids)",
    "aliased_records": "SELECT count(*) FROM all_aliases a SEMI JOIN declared_ids d"
    " ON d.model_id = a.alias WHERE a.model_id IN (SELECT model_id FROM declared_ids)",
    "rejects": "SELECT count(*) FROM rejects",
}

_GROUP_QUERIES: Final = {
    "edges_by_relation": "SELECT relation, count(*) FROM edges GROUP BY 1 ORDER BY 1",
    "claims_by_relation": "SELECT relation, count(*) FROM (SELECT DISTINCT child, parent, relation,"
    " parent_raw, method, source FROM claims) GROUP BY 1 ORDER BY 1",
    "claims_by_method": "SELECT method, count(*) FROM (SELECT DISTINCT child, parent, relation,"
    " parent_raw, method, source FROM claims) GROUP BY 1 ORDER BY 1",
    "rejects_by_reason": "SELECT reason, count(*) FROM rejects GROUP BY 1 ORDER BY 1",
}


def balance(con: duckdb.DuckDBPyConnection, stages: Sequence[Stage]) -> dict[str, Any]:
    """Return ``counts`` (DESIGN section 8), ``sources`` with a book each, ``observed``."""
    counts: dict[str, Any] = {}
    for name, query in _COUNT_QUERIES.items():
        row = con.execute(query).fetchone()
        counts[name] = int(row[0]) if row else 0
    for name, query in _GROUP_QUERIES.items():
        counts[name] = {str(k): int(v) for k, v in con.execute(query).fetchall()}
    for name in ("edges_by_relation", "claims_by_relation"):
        counts[name] = {r: counts[name].get(r, 0) for r in RELATIONS}
    per_source = _books(con, stages)
    for part in _BOOKS:
        counts[part] = sum(entry[part] for entry in per_source)
    # Repositories have no tags but those of their cards.
    simulated = con.execute(
        "SELECT (SELECT count(*) FROM declared WHERE list_contains(tags, $1)) + (SELECT count(*)"
        " FROM identified WHERE tags IS NULL AND contains(card_data, $1) AND json_valid(card_data)"
        " AND list_contains(texts(json_extract(card_data, '$.tags')), $1))",
        [normalize.SIMULATED_TAG],
    ).fetchone()
    counts["simulated"] = bool(simulated and simulated[0])
    observed = con.execute(
        "SELECT min(observed_at)::DATE::VARCHAR, max(observed_at)::DATE::VARCHAR FROM readings"
    ).fetchone()
    return {"counts": counts, "sources": per_source, "observed": list(observed or (None, None))}


_BOOKS: Final = ("records_read", "records_model", "records_edge", "duplicates", "records_rejected")


def _books(con: duckdb.DuckDBPyConnection, stages: Sequence[Stage]) -> list[dict[str, Any]]:
    def by_source(query: str) -> dict[int, int]:
        return {int(k): int(v) for k, v in con.execute(query).fetchall()}

    model = by_source("SELECT src, count(*) FROM readings GROUP BY 1")
    twice = by_source("SELECT src, count(*) FROM superseded GROUP BY 1")
    rejected = by_source("SELECT src, count(*) FROM rejects WHERE level = 'record' GROUP BY 1")
    return [
        {
            "name": s.name,
            "kind": s.kind,
            "digest": s.digest,
            "observed_at": s.observed_at,
            "records_read": s.records_read,
            "records_model": model.get(i, 0),
            "records_edge": s.records_edge,
            "duplicates": twice.get(i, 0),
            "records_rejected": rejected.get(i, 0),
        }
        for i, s in enumerate(stages)
    ]
