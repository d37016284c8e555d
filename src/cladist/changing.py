"""What changed from one snapshot to the next, behind ``cladist diff``.

Only what both snapshots can tell is called a change: null is unknown, so a licence that one of
them does not state was stated, or no longer is; it did not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cladist import engine
from cladist.errors import InputError

if TYPE_CHECKING:
    import duckdb

    from cladist.snapshot import Snapshot

#: The lists of a difference, in the order in which they are told.
LISTS: Final = ("born", "gone", "renamed", "relicensed", "reparented", "cards")

_FACTS: Final = "created_at::VARCHAR AS created_at, license, downloads, likes"
#: The same model in both: by its id; or gone and born, and shown to be one by the new aliases, by
#: the Hub's internal id, or by commit and time of creation.
_RENAMED: Final = """
CREATE TEMP TABLE renamed AS
WITH gone AS (SELECT * FROM old_models o WHERE NOT is_ghost AND NOT EXISTS
        (SELECT 1 FROM new_models n WHERE n.model_id = o.model_id AND NOT n.is_ghost)),
    born AS (SELECT * FROM new_models n WHERE NOT is_ghost AND NOT EXISTS
        (SELECT 1 FROM old_models o WHERE o.model_id = n.model_id AND NOT o.is_ghost)),
    gone_ids AS (SELECT model_id, json_extract_string(metadata, '$._id') AS hub_id
        FROM gone JOIN old_cards USING (node)),
    born_ids AS (SELECT model_id, json_extract_string(metadata, '$._id') AS hub_id
        FROM born JOIN new_cards USING (node)),
    found AS (
        SELECT g.model_id AS before, b.model_id AS after, 'alias' AS evidence, 1 AS rank
        FROM gone g JOIN new_aliases a ON a.alias = g.model_id
        JOIN born b ON b.model_id = a.model_id
        UNION ALL SELECT g.model_id, b.model_id, 'internal id', 2
        FROM gone_ids g JOIN born_ids b USING (hub_id) WHERE hub_id IS NOT NULL
        UNION ALL SELECT any_value(g.model_id), any_value(b.model_id), 'commit', 3
        FROM gone g JOIN born b ON g.revision = b.revision AND g.created_at = b.created_at
        WHERE g.revision IS NOT NULL GROUP BY g.revision, g.created_at HAVING count(*) = 1),
    best AS (SELECT *, row_number() OVER (PARTITION BY before ORDER BY rank, after) AS k FROM found)
SELECT before, after, evidence FROM best WHERE k = 1
    QUALIFY row_number() OVER (PARTITION BY after ORDER BY rank, before) = 1
"""
_SAME: Final = """
CREATE TEMP TABLE same AS
SELECT o.model_id AS before, n.model_id AS model, o.node AS old_node, n.node AS new_node
FROM old_models o LEFT JOIN renamed r ON r.before = o.model_id
JOIN new_models n ON n.model_id = coalesce(r.after, o.model_id)
WHERE NOT o.is_ghost AND NOT n.is_ghost
"""
_QUERIES: Final = {
    "born": f"""
SELECT model_id AS model, {_FACTS}, (SELECT list(p.model_id ORDER BY p.model_id) FROM new_edges e
    JOIN new_models p ON p.node = e.parent WHERE e.child = m.node) AS parents
FROM new_models m WHERE NOT is_ghost AND model_id NOT IN (SELECT model FROM same)
ORDER BY downloads DESC NULLS LAST, model""",
    "gone": f"""
SELECT model_id AS model, {_FACTS}, (SELECT count(*) FROM old_edges e WHERE e.parent = m.node)
    AS children
FROM old_models m WHERE NOT is_ghost AND model_id NOT IN (SELECT before FROM same)
ORDER BY downloads DESC NULLS LAST, model""",
    "renamed": """
SELECT before, after AS model, evidence, downloads FROM renamed
JOIN new_models ON model_id = after ORDER BY downloads DESC NULLS LAST, before""",
    "relicensed": """
SELECT model, CASE WHEN o.license IS NULL THEN 'stated' WHEN n.license IS NULL THEN 'withdrawn'
    ELSE 'changed' END AS change, o.license AS before, n.license AS after, n.downloads
FROM same JOIN old_models o ON o.node = old_node JOIN new_models n ON n.node = new_node
WHERE o.license IS DISTINCT FROM n.license
ORDER BY change, n.downloads DESC NULLS LAST, model""",
    "reparented": """
WITH aliased AS (SELECT alias, min(model_id) AS after FROM new_aliases
        WHERE alias NOT IN (SELECT model_id FROM new_models) GROUP BY alias),
    was AS (SELECT s.model, coalesce(r.after, a.after, p.model_id) AS parent FROM old_claims e
        JOIN same s ON s.old_node = e.child JOIN old_models p ON p.node = e.parent
        LEFT JOIN renamed r ON r.before = p.model_id LEFT JOIN aliased a ON a.alias = p.model_id
        WHERE e.child <> e.parent),
    is_now AS (SELECT s.model, p.model_id AS parent FROM new_claims e
        JOIN same s ON s.new_node = e.child JOIN new_models p ON p.node = e.parent
        WHERE e.child <> e.parent),
    lost AS (FROM was EXCEPT FROM is_now), gained AS (FROM is_now EXCEPT FROM was),
    l AS (SELECT model, list(parent ORDER BY parent) AS lost FROM lost GROUP BY model),
    g AS (SELECT model, list(parent ORDER BY parent) AS gained FROM gained GROUP BY model)
SELECT model, coalesce(lost, []) AS lost, coalesce(gained, []) AS gained, downloads
FROM l FULL JOIN g USING (model) JOIN new_models ON model_id = model
ORDER BY downloads DESC NULLS LAST, model""",
    "cards": """
WITH texts AS (SELECT model, n.downloads, o.card AS was, c.card AS is_now
    FROM same JOIN new_models n ON n.node = new_node
    JOIN old_models b ON b.node = old_node
    LEFT JOIN old_cards o ON o.node = old_node LEFT JOIN new_cards c ON c.node = new_node
    WHERE (o.card IS NOT NULL OR b.has_card = false) AND (c.card IS NOT NULL OR n.has_card = false))
SELECT model, CASE WHEN was IS NULL THEN 'first text' WHEN is_now IS NULL THEN 'no text any more'
    ELSE 'changed' END AS change, length(was) AS before, length(is_now) AS after, downloads
FROM texts WHERE was IS DISTINCT FROM is_now
ORDER BY change, downloads DESC NULLS LAST, model""",
}
_FLOW: Final = """
SELECT before, after, count(*) AS models FROM found WHERE change = 'changed'
GROUP BY before, after ORDER BY models DESC, before, after
"""


def changes(old: Snapshot, new: Snapshot, *, limit: int | None = None) -> dict[str, Any]:
    """Tell what changed from one snapshot to a later one of the same hub.

    Parameters
    ----------
    old, new
        The snapshots; both are only read.
    limit
        Most rows of each list, most downloaded first; all if None. Counts are always whole.

    Returns
    -------
    dict
        ``old``, ``new`` (``name``, ``digest``, ``observed``, ``coverage``, ``models``),
        ``counts`` (of each list, and ``same``: models in both), and the lists: ``born`` (with
        ``parents``), ``gone`` (with the number of ``children`` that they had), ``renamed``
        (``before``, ``model``, ``evidence``), ``relicensed`` (``change``: ``changed``,
        ``stated``, ``withdrawn``), ``reparented`` (``lost``, ``gained``; a parent that was only
        renamed is neither, nor is one whose claim was cut from a cycle), ``cards``
        (``change``; lengths ``before`` and ``after``; a card that one side does not hold, though
        the model may have one, is unknown and no change);
        ``license_flow`` (licences changed: from, to, how many); ``notes``; ``simulated``.

    Raises
    ------
    InputError
        If ``limit`` is negative.
    """
    if limit is not None and limit < 0:
        raise InputError(f"--limit {limit} is negative.", "Give 0 or more.")
    con = engine.connect()
    try:
        for side, hub in (("old", old), ("new", new)):
            for table in ("models", "edges", "claims", "cards", "aliases"):
                path = engine.literal(str(hub.file(table)))
                con.execute(f"CREATE VIEW {side}_{table} AS SELECT * FROM read_parquet({path})")
        con.execute(_RENAMED)
        con.execute(_SAME)
        found: dict[str, Any] = {}
        counts = {"same": _scalar(con, "SELECT count(*) FROM same")}
        for name, query in _QUERIES.items():
            con.execute(f"CREATE OR REPLACE TEMP TABLE found AS {query}")
            counts[name] = _scalar(con, "SELECT count(*) FROM found")
            found[name] = _rows(con, "SELECT * FROM found", limit)
            if name == "relicensed":
                found["license_flow"] = _rows(con, _FLOW, limit)
    finally:
        con.close()
    return {
        "old": _side(old), "new": _side(new), "counts": counts, **found,
        "notes": _notes(old, new, counts), "simulated": old.simulated or new.simulated,
    }  # fmt: skip


def _side(hub: Snapshot) -> dict[str, Any]:
    return {"name": hub.name, "digest": hub.digest, "observed": hub.manifest["observed"],
            "coverage": hub.manifest["coverage"], "models": hub.counts["models"]}  # fmt: skip


def _notes(old: Snapshot, new: Snapshot, counts: dict[str, int]) -> list[str]:
    notes = []
    if old.digest == new.digest:
        notes.append("Both are the same snapshot.")
    before, after = old.manifest["observed"][1], new.manifest["observed"][1]
    if before and after and before > after:
        notes.append("The first snapshot was observed after the second: they may be swapped.")
    total = counts["same"] + counts["gone"]
    if total and counts["gone"] > 0.2 * total:
        notes.append(
            f"{100 * counts['gone'] / total:.0f} % of the models are gone: the second snapshot may "
            "cover less of the hub, and then they are not."
        )
    return notes


def _scalar(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0


def _rows(con: duckdb.DuckDBPyConnection, query: str, limit: int | None) -> list[dict[str, Any]]:
    return engine.records(con, f"{query} LIMIT {2**62 if limit is None else limit}")
