"""Statements of descent -> claims between nodes: repair, resolve, and say how each was matched.

A parent as written is matched exactly, then through an alias, then by a unique match without
case; what is left is a ghost. Every repair and every such match is recorded as an alias with
its reason; what names no model (a path, a placeholder) is a rejected claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cladist.ingest.normalize import RAW_LIMIT, create_from_rows
from cladist.values.references import (
    LONGEST_ID,
    PLAIN_ID_PATTERN,
    SPECIAL_PATTERN,
    legacy_ids,
    resolve_reference,
)
from cladist.vocab import METHODS, RELATION_PRECEDENCE, RELATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

_TYPED: Final = tuple(r for r in RELATIONS if r != "unknown")
_TYPED_SQL: Final = ", ".join(f"'{r}'" for r in _TYPED)

_STATEMENTS: Final = rf"""
CREATE TABLE statements AS
WITH tagged AS (
    SELECT src, seq, line, observed_at, model_id AS child, unnest(list_filter(tags,
        lambda x: starts_with(x, 'base_model:'))) AS tag FROM readings WHERE tags IS NOT NULL
), written AS (
    SELECT src, seq, line, observed_at, child,
        regexp_replace(tag, '^base_model:((?:{"|".join(_TYPED)}):)?', '') AS parent,
        nullif(regexp_extract(tag, '^base_model:({"|".join(_TYPED)}):', 1), '') AS relation,
        'hub_tag' AS method, NULL::DOUBLE AS confidence FROM tagged
    UNION ALL
    SELECT src, seq, line, observed_at, model_id, unnest(base_model),
        lower(base_model_relation), 'card', NULL FROM readings WHERE base_model IS NOT NULL
    UNION ALL
    SELECT src, NULL, line, reading(observed_at), child, parent, lower(given(relation)),
        coalesce(given(method), 'annotation'), TRY_CAST(confidence AS DOUBLE) FROM raw_claims
)
SELECT row_number() OVER () AS statement, * FROM written
"""


def read_statements(con: duckdb.DuckDBPyConnection) -> None:
    """Create ``statements``: every statement of descent, as written; reject what is no word."""
    con.execute(_STATEMENTS)
    methods = ", ".join(f"'{m}'" for m in METHODS)
    for level, column, wrong in (
        ("value", "relation", f"relation NOT IN ({_TYPED_SQL}, 'unknown')"),
        ("claim", "method", f"method NOT IN ({methods})"),
        ("value", "confidence", "confidence NOT BETWEEN 0 AND 1"),
    ):
        con.execute(
            f"INSERT INTO rejects SELECT '{level}', src, line, left({column}::VARCHAR,"
            f" {RAW_LIMIT}), 'unknown_{column}' FROM statements WHERE {wrong}"
        )
    con.execute(f"DELETE FROM statements WHERE method NOT IN ({methods})")
    con.execute(f"UPDATE statements SET relation = NULL WHERE relation NOT IN ({_TYPED_SQL})")
    con.execute("UPDATE statements SET confidence = NULL WHERE confidence NOT BETWEEN 0 AND 1")


def resolve(con: duckdb.DuckDBPyConnection, aliases: Sequence[tuple[str, str, str]]) -> None:
    """Create ``claimed`` (statements with resolved ids), ``targets`` and ``alias_rows``.

    Parameters
    ----------
    aliases
        Rows alias, model_id, reason of the user's file; they go before the packaged ones.
    """
    _references(con)
    _alias_map(con, aliases)
    _targets(con)
    _claimed(con)


def _references(con: duckdb.DuckDBPyConnection) -> None:
    """Create ``refs`` (as written -> id, repair) and reject what names no model."""
    con.execute(
        "CREATE TABLE written AS SELECT DISTINCT unnest([child, parent]) AS raw FROM statements"
    )
    odd = [
        r[0]
        for r in con.execute(
            "SELECT raw FROM written WHERE raw IS NOT NULL AND (length(raw) > $3"
            " OR NOT regexp_full_match(raw, $1) OR regexp_full_match(raw, $2)) ORDER BY raw",
            [PLAIN_ID_PATTERN, SPECIAL_PATTERN, LONGEST_ID],
        ).fetchall()
    ]
    repaired, rejected = [], []
    for raw in odd:
        reference = resolve_reference(raw)
        repaired += [(raw, model_id, reference.repair) for model_id in reference.ids]
        if not reference.ids:
            rejected.append((raw, reference.reject))
    create_from_rows(con, "repaired", ("raw", "model_id", "repair"), repaired)
    create_from_rows(con, "unusable", ("raw", "reason"), rejected)
    con.execute(
        "CREATE TABLE refs AS SELECT * FROM repaired UNION ALL SELECT raw, raw, NULL FROM written"
        " WHERE raw IS NOT NULL AND raw NOT IN (SELECT raw FROM repaired)"
        " AND raw NOT IN (SELECT raw FROM unusable)"
    )
    # A record of that very name makes an odd string a model after all.
    con.execute(
        "INSERT INTO refs SELECT raw, raw, NULL FROM unusable"
        " WHERE raw IN (SELECT model_id FROM declared_ids)"
    )
    con.execute("DELETE FROM unusable WHERE raw IN (SELECT model_id FROM declared_ids)")
    for column in ("child", "parent"):
        con.execute(
            "INSERT INTO rejects SELECT 'claim', src, line,"
            f" left(concat_ws(' <- ', coalesce(child, '?'), coalesce(parent, '?')), {RAW_LIMIT}),"
            f" '{column}_' || coalesce(u.reason, 'empty') FROM statements s"
            f" LEFT JOIN unusable u ON s.{column} = u.raw"
            f" WHERE s.{column} IS NULL OR u.reason IS NOT NULL"
        )
        con.execute(
            f"DELETE FROM statements WHERE {column} IS NULL"
            f" OR {column} IN (SELECT raw FROM unusable)"
        )


def _alias_map(con: duckdb.DuckDBPyConnection, aliases: Sequence[tuple[str, str, str]]) -> None:
    """Create ``alias_map`` with chains followed to their end; a declared id is never an alias."""
    reasons = dict.fromkeys(legacy_ids(), "legacy") | {a: r for a, _, r in aliases}
    given = {a for a, _, _ in aliases}
    rows = [
        (alias, target, reasons[alias], "file" if alias in given else None)
        for alias, target in present_ids(aliases)
    ]
    create_from_rows(con, "all_aliases", ("alias", "model_id", "reason", "given_by"), rows)
    con.execute(
        "CREATE TABLE alias_map AS SELECT * FROM all_aliases"
        " ANTI JOIN declared_ids ON declared_ids.model_id = all_aliases.alias"
    )


def present_ids(aliases: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Return (old id, present id) of the user's and the packaged aliases, chains followed."""
    step = legacy_ids() | {a: m for a, m, _ in aliases}
    ends = ((alias, _end_of_chain(alias, step)) for alias in step)
    return [(alias, target) for alias, target in ends if target is not None]


def _end_of_chain(alias: str, step: Mapping[str, str]) -> str | None:
    seen = {alias}
    target = step[alias]
    while target in step:
        if target in seen:
            return None
        seen.add(target)
        target = step[target]
    return target if target != alias else None


_TARGETS: Final = """
CREATE TABLE targets AS
WITH folded AS (
    SELECT lower(name) AS low, min(target) AS target FROM (
        SELECT model_id AS name, model_id AS target FROM declared_ids
        WHERE lower(model_id) IN (SELECT lower(model_id) FROM refs)
        UNION SELECT alias, model_id FROM alias_map)
    GROUP BY low HAVING count(DISTINCT target) = 1
), referred AS (SELECT DISTINCT model_id FROM refs)
SELECT r.model_id AS named,
    CASE WHEN d.model_id IS NOT NULL THEN r.model_id
        WHEN a.model_id IS NOT NULL THEN coalesce(ad.model_id, af.target, a.model_id)
        ELSE coalesce(f.target, r.model_id) END AS model_id,
    CASE WHEN d.model_id IS NOT NULL THEN NULL
        WHEN a.model_id IS NOT NULL THEN a.reason
        WHEN f.target IS NOT NULL THEN 'case' END AS reason
FROM referred r
LEFT JOIN declared_ids d ON d.model_id = r.model_id
LEFT JOIN alias_map a ON a.alias = r.model_id
LEFT JOIN declared_ids ad ON ad.model_id = a.model_id
LEFT JOIN folded af ON af.low = lower(a.model_id)
LEFT JOIN folded f ON f.low = lower(r.model_id)
"""


def _targets(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(_TARGETS)
    con.execute(
        "CREATE TABLE alias_rows AS"
        " SELECT raw AS alias, t.model_id, repair AS reason FROM refs JOIN targets t"
        " ON refs.model_id = t.named WHERE repair IS NOT NULL AND raw <> t.model_id"
        " UNION SELECT named, model_id, reason FROM targets WHERE reason IS NOT NULL"
        " AND named <> model_id"
        " UNION SELECT written, model_id, reason FROM odd_ids WHERE model_id IS NOT NULL"
        " UNION SELECT alias, model_id, reason FROM alias_map WHERE given_by = 'file'"
        " OR model_id IN (SELECT model_id FROM declared_ids)"
    )


_CONFIDENCE: Final = (
    "CASE method "
    + " ".join(f"WHEN '{m.name}' THEN {m.confidence}" for m in METHODS.values())
    + " END"
)

_CLAIMED: Final = f"""
CREATE TABLE claimed AS
WITH resolved AS (
    SELECT s.src, s.seq, s.line, s.observed_at, s.child AS child_raw, s.parent AS parent_raw,
        tc.model_id AS child_id, tp.model_id AS parent_id,
        coalesce(s.relation, 'unknown') AS relation, s.method,
        coalesce(s.confidence, {_CONFIDENCE}) AS confidence,
        CASE WHEN d.model_id IS NULL THEN 'ghost'
            WHEN tp.reason = 'case' THEN 'case'
            WHEN rp.repair IS NOT NULL OR tp.reason IS NOT NULL THEN 'alias'
            ELSE 'exact' END AS match
    FROM statements s
    JOIN refs rc ON rc.raw = s.child JOIN targets tc ON tc.named = rc.model_id
    JOIN refs rp ON rp.raw = s.parent JOIN targets tp ON tp.named = rp.model_id
    LEFT JOIN declared_ids d ON d.model_id = tp.model_id
), typed AS (
    -- Within one record a bare tag repeated by a typed tag is one claim.
    SELECT DISTINCT src, seq, child_id, parent_id FROM resolved
    WHERE method = 'hub_tag' AND relation <> 'unknown'
)
SELECT src, child_raw, child_id, parent_id, relation, parent_raw, min(match) AS match, method,
    max(confidence) AS confidence, max(observed_at) AS observed_at
FROM resolved r
WHERE NOT (method = 'hub_tag' AND relation = 'unknown' AND EXISTS (
    SELECT 1 FROM typed t WHERE t.src = r.src AND t.seq IS NOT DISTINCT FROM r.seq
        AND t.child_id = r.child_id AND t.parent_id = r.parent_id))
GROUP BY src, child_raw, child_id, parent_id, relation, parent_raw, method
"""


def _claimed(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(_CLAIMED)


#: Smaller is better: typed before bare, then confidence, evidence and the paper's precedence.
BEST_RELATION: Final = (
    "CASE relation WHEN 'unknown' THEN 1 ELSE 0 END, confidence DESC, CASE method "
    + " ".join(f"WHEN '{m.name}' THEN {m.rank}" for m in METHODS.values())
    + " END, CASE relation "
    + " ".join(f"WHEN '{r}' THEN {-i}" for i, r in enumerate(RELATION_PRECEDENCE))
    + " END"
)
