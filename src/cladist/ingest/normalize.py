"""Staged raw records -> declared models: the one place where text becomes dates, ids, languages.

Everything runs as DuckDB statements over the staged Parquet files; Python sees only the distinct
odd values (ids, languages). What cannot be read goes to the table ``rejects`` with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from cladist.engine import literal
from cladist.values.languages import normalize_stated
from cladist.values.languages_bulk import languages_of_tag_lists
from cladist.values.references import (
    LONGEST_ID,
    PLAIN_ID_PATTERN,
    resolve_own_id,
    valid_model_id,
)
from cladist.vocab import CREATED_AT_FLOOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from cladist.ingest.staging import Stage

#: Cut of raw text kept in ``rejects``.
RAW_LIMIT: Final = 500

#: The tag that every simulated record carries.
SIMULATED_TAG: Final = "cladist-simulated"

_TAG_BATCH: Final = 200_000
#: Column -> the macro that reads it.
_READ_BY: Final = {
    "created_at": "moment", "last_modified": "moment", "observed_at": "reading",
    "downloads": "whole", "downloads_all_time": "whole", "likes": "whole", "parameters": "whole",
}  # fmt: skip

_MACROS: Final = (
    # Text that says nothing is a missing value.
    "CREATE MACRO given(x) AS nullif(trim(x::VARCHAR), '')",
    "CREATE MACRO moment(x) AS CASE WHEN TRY_CAST(x AS TIMESTAMPTZ)"
    " BETWEEN TIMESTAMPTZ '1990-01-01 00:00:00+00' AND TIMESTAMPTZ '2100-01-01 00:00:00+00'"
    " THEN TRY_CAST(x AS TIMESTAMPTZ) END",
    # A source may know only the month or the year of its reading: its first day.
    "CREATE MACRO reading(x) AS coalesce(moment(x), moment(x || '-01'), moment(x || '-01-01'))",
    # Counts reach us as 12 or, from tables that had holes, as 12.0.
    "CREATE MACRO whole(x) AS CASE WHEN coalesce(TRY_CAST(x AS BIGINT),"
    " CASE WHEN TRY_CAST(x AS DOUBLE) = floor(TRY_CAST(x AS DOUBLE))"
    " THEN TRY_CAST(TRY_CAST(x AS DOUBLE) AS BIGINT) END) >= 0 THEN coalesce("
    "TRY_CAST(x AS BIGINT), TRY_CAST(TRY_CAST(x AS DOUBLE) AS BIGINT)) END",
    # A JSON value that is a text or a list of texts, as a list.
    "CREATE MACRO texts(j) AS CASE coalesce(json_type(j), 'NULL') WHEN 'ARRAY' THEN"
    " list_transform(list_filter(json_extract(j, '$[*]'), lambda x: json_type(x) NOT IN"
    " ('OBJECT', 'ARRAY', 'NULL')), lambda x: x ->> '$')"
    " WHEN 'OBJECT' THEN NULL WHEN 'NULL' THEN NULL ELSE [j ->> '$'] END",
    # The same, but whatever stands in the list is kept: a parent that cannot be read is rejected.
    "CREATE MACRO items(j) AS CASE coalesce(json_type(j), 'NULL') WHEN 'ARRAY' THEN j ->> '$[*]'"
    " WHEN 'NULL' THEN NULL ELSE [j ->> '$'] END",
    "CREATE MACRO text_of(j) AS CASE WHEN json_type(j) = 'VARCHAR' THEN given(j ->> '$') END",
    "CREATE MACRO tidy(l) AS nullif(list_sort(list_distinct(list_filter(list_transform(l,"
    " lambda x: trim(x::VARCHAR)), lambda y: y <> ''))), [])",
    "CREATE MACRO tagged(tags, prefix) AS list_transform(list_filter(tags,"
    " lambda x: starts_with(x::VARCHAR, prefix)), lambda x: substr(x::VARCHAR,"
    " length(prefix) + 1))",
)

_REJECTS: Final = (
    "CREATE TABLE rejects (level VARCHAR, src INTEGER, line BIGINT, raw VARCHAR, reason VARCHAR)"
)


def prepare(con: duckdb.DuckDBPyConnection, stages: Sequence[Stage]) -> None:
    """Create the views ``raw`` and ``raw_claims`` over the stages, and the table ``rejects``."""
    for statement in (*_MACROS, _REJECTS):
        con.execute(statement)
    for view, table in (("raw", "models"), ("raw_claims", "claims"), ("raw_rejects", "rejects")):
        parts = " UNION ALL ".join(
            f"SELECT {i}::INTEGER AS src, * FROM read_parquet({literal(str(s.file(table)))})"
            for i, s in enumerate(stages)
        )
        con.execute(f"CREATE VIEW {view} AS {parts}")
    con.execute(
        "INSERT INTO rejects SELECT level, src, line, CASE WHEN locator IS NULL THEN"
        f" left(raw, {RAW_LIMIT}) ELSE left(concat_ws(': ', locator, raw), {RAW_LIMIT}) END,"
        " reason FROM raw_rejects"
    )


def declare_models(con: duckdb.DuckDBPyConnection, renamed: Sequence[tuple[str, str]] = ()) -> None:
    """Create ``readings``, one row per source and model, and ``declared``, one row per model.

    ``renamed``: pairs (old id, present id); records of an old id become readings of the present
    one where that has a record too.
    """
    _identify(con, renamed)
    _reject(con)
    _read(con)
    _languages(con)
    _merge(con)


def _identify(con: duckdb.DuckDBPyConnection, renamed: Sequence[tuple[str, str]]) -> None:
    """Create ``odd_ids``: ids as written that need repair (a page's URL), or name no model.

    ``model_id`` is what the id means, null if nothing, with the ``reason``.
    """
    odd = con.execute(
        "SELECT DISTINCT trim(model_id) FROM raw WHERE (length(model_id) > $2"
        " OR NOT regexp_full_match(model_id, $1)) AND given(model_id) IS NOT NULL",
        [PLAIN_ID_PATTERN, LONGEST_ID],
    ).fetchall()
    rows: list[tuple[str | None, ...]] = []
    for (written,) in odd:
        reason = valid_model_id(written)
        meant = resolve_own_id(written) if reason is not None else None
        if meant is not None:
            rows.append((written, meant, "address"))
        elif reason is not None:
            rows.append((written, None, reason))
    create_from_rows(con, "old_ids", ("written", "model_id"), list(renamed))
    present = con.execute(
        "SELECT written, model_id FROM old_ids SEMI JOIN raw USING (model_id)"
        " WHERE written IN (SELECT model_id FROM raw)"
    ).fetchall()
    rows += [(old, new, "renamed") for old, new in present]
    create_from_rows(con, "odd_ids", ("written", "model_id", "reason"), rows)
    con.execute(
        "CREATE VIEW identified AS SELECT raw.*, CASE WHEN o.written IS NULL"
        " THEN given(raw.model_id) ELSE o.model_id END AS id, o.reason"
        " FROM raw LEFT JOIN odd_ids o ON trim(raw.model_id) = o.written"
    )


#: What makes a row of ``identified`` a reject: level, column shown, reason, condition.
_WRONG: Final = (
    ("record", "concat_ws(': ', locator, model_id)", "coalesce(reason, 'missing_id')",
     "id IS NULL"),
    *(
        ("value", column, f"'invalid_{column}'",
         f"given({column}) IS NOT NULL AND {macro}({column}) IS NULL")
        for column, macro in _READ_BY.items()
    ),
    *(
        ("value", f"concat('{field}: ', json_extract(card_data, '$.{field}'))",
         f"'card_{kind}_expected'",
         f"json_valid(card_data) AND coalesce(json_type(card_data, '$.{field}'), 'NULL') {wrong}")
        for field, kind, wrong in (
            *((f, "text", "NOT IN ('VARCHAR', 'NULL')") for f in
              ("pipeline_tag", "library_name", "base_model_relation")),
            *((f, "list", "= 'OBJECT'") for f in ("license", "language", "datasets")),
        )
    ),
)  # fmt: skip


def _reject(con: duckdb.DuckDBPyConnection) -> None:
    """Reject records without an id and values that cannot be read."""
    counts = ", ".join(f"count(*) FILTER (WHERE {wrong})" for *_, wrong in _WRONG)
    found = con.execute(f"SELECT {counts} FROM identified").fetchone() or ()
    for count, (level, shown, reason, wrong) in zip(found, _WRONG, strict=True):
        if count:
            con.execute(
                f"INSERT INTO rejects SELECT '{level}', src, line, left({shown}, {RAW_LIMIT}),"
                f" {reason} FROM identified WHERE {wrong}"
            )


_CARD_FIELDS: Final = (
    "license", "licence", "license_name", "license_link", "language", "languages",
    "datasets", "pipeline_tag", "library_name", "base_model", "base_model_relation",
)  # fmt: skip


def _card(name: str) -> str:
    return f"front[{_CARD_FIELDS.index(name) + 1}]"


_READ: Final = f"""
CREATE TABLE readings AS
WITH parsed AS (
    SELECT *, list_filter(tags, lambda x: contains(x, ':')) AS prefixed,
        CASE WHEN json_valid(card_data) THEN
        json_extract(card_data, [{", ".join(literal(f"$.{n}") for n in _CARD_FIELDS)}]) END AS front
    FROM identified ANTI JOIN superseded USING (src, seq) WHERE id IS NOT NULL
)
SELECT src, seq, line, id AS model_id,
    coalesce(given(author), CASE WHEN contains(id, '/') THEN split_part(id, '/', 1) END) AS author,
    {", ".join(f"{macro}({c}) AS {c}" for c, macro in _READ_BY.items())},
    coalesce(given(pipeline_tag), text_of({_card("pipeline_tag")})) AS pipeline_tag,
    coalesce(given(library_name), text_of({_card("library_name")})) AS library_name,
    list_transform(coalesce(tidy(tagged(prefixed, 'license:')), tidy(texts({_card("license")})),
        tidy(texts({_card("licence")})), tidy(license)), lambda x: lower(x)) AS license,
    text_of({_card("license_name")}) AS license_name,
    text_of({_card("license_link")}) AS license_link,
    coalesce(tidy(texts({_card("language")})), tidy(texts({_card("languages")})),
        tidy(language)) AS stated,
    coalesce(tidy(tagged(prefixed, 'dataset:')), tidy(texts({_card("datasets")})), tidy(datasets))
        AS datasets,
    coalesce(tidy(tagged(prefixed, 'arxiv:')), tidy(arxiv)) AS arxiv,
    coalesce(tidy(tagged(prefixed, 'region:')), tidy(region)) AS region,
    CASE WHEN len(tags) > 0 THEN tags END AS tags,
    CASE lower(gated) WHEN 'true' THEN 'manual' ELSE lower(given(gated)) END AS gated,
    given(revision) AS revision,
    coalesce(has_card, card IS NOT NULL OR len(json_keys(card_data)) > 0 OR NULL) AS has_card,
    card IS NOT NULL AS has_text, metadata IS NOT NULL AS has_metadata,
    items({_card("base_model")}) AS base_model,
    text_of({_card("base_model_relation")}) AS base_model_relation
FROM parsed
"""


def _read(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "CREATE TABLE declared_ids AS SELECT id AS model_id, count(*) AS records FROM identified"
        " WHERE id IS NOT NULL GROUP BY id"
    )
    # Newest lastModified wins, then the newest reading, then the first read.
    con.execute(
        "CREATE TABLE superseded AS SELECT src, seq FROM (SELECT src, seq, row_number() OVER"
        " (PARTITION BY src, id ORDER BY moment(last_modified) DESC NULLS LAST,"
        " reading(observed_at) DESC NULLS LAST, seq) AS k FROM identified"
        " WHERE id IN (SELECT model_id FROM declared_ids WHERE records > 1)) WHERE k > 1"
    )
    con.execute(_READ)


def _languages(con: duckdb.DuckDBPyConnection) -> None:
    """Create ``spoken``: the languages of each reading, from the card first, else from tags."""
    values = con.execute("SELECT DISTINCT unnest(stated) FROM readings").fetchall()
    known, unknown = [], []
    for (value,) in values:
        codes = normalize_stated(value)
        known += [(value, code) for code in codes]
        if not codes:
            unknown.append((value,))
    create_from_rows(con, "stated_language", ("value", "code"), known)
    create_from_rows(con, "no_language", ("value",), unknown)
    con.execute(
        "INSERT INTO rejects SELECT 'value', src, line, left(value, 500), 'unknown_language'"
        " FROM (SELECT src, line, unnest(stated) AS value FROM readings) JOIN no_language"
        " USING (value)"
    )
    con.execute(
        "CREATE TABLE spoken AS SELECT src, seq, list_sort(list(DISTINCT code)) AS language"
        " FROM (SELECT src, seq, unnest(stated) AS value FROM readings)"
        " JOIN stated_language USING (value) GROUP BY ALL"
    )
    _tagged_languages(con)


def _tagged_languages(con: duckdb.DuckDBPyConnection) -> None:
    """Add to ``spoken`` what the tags of readings say whose card states no language."""
    reader = con.sql(
        "SELECT src, seq, tags FROM readings WHERE stated IS NULL AND tags IS NOT NULL"
    ).to_arrow_reader(_TAG_BATCH)
    found = [
        pa.table({"src": batch["src"], "seq": batch["seq"], "language": spoken}).filter(
            pc.is_valid(spoken)
        )
        for batch in reader
        if (spoken := languages_of_tag_lists(batch["tags"])) is not None
    ]
    if found:
        con.register("tagged_languages", pa.concat_tables(found))
        con.execute("INSERT INTO spoken SELECT * FROM tagged_languages")
        con.unregister("tagged_languages")


#: Columns of ``models`` that a reading gives.
COALESCED: Final = (
    "author", "created_at", "last_modified", "downloads", "downloads_all_time", "likes",
    "pipeline_tag", "library_name", "license", "license_name", "license_link", "language",
    "datasets", "arxiv", "region", "tags", "parameters", "gated", "revision", "observed_at",
    "has_card",
)  # fmt: skip


def _merge(con: duckdb.DuckDBPyConnection) -> None:
    """Create ``declared``: readings of several sources coalesced, newest first, null never wins."""
    view = "SELECT r.*, spoken.language FROM readings r LEFT JOIN spoken USING (src, seq)"
    one = con.execute(
        "SELECT (SELECT count(*) FROM readings) = (SELECT count(*) FROM declared_ids)"
    ).fetchone()
    if one and one[0]:
        columns = ", ".join(COALESCED)
        con.execute(
            f"CREATE VIEW declared AS SELECT model_id, {columns},"
            " CASE WHEN has_text THEN {src: src, seq: seq} END AS card_at,"
            " CASE WHEN has_metadata THEN {src: src, seq: seq} END AS metadata_at"
            f" FROM ({view})"
        )
        return
    merged = ", ".join(
        f"arg_min({c}, place) FILTER (WHERE {c} IS NOT NULL) AS {c}" for c in COALESCED
    )
    con.execute(
        f"CREATE TABLE declared AS SELECT model_id, {merged},"
        " arg_min({src: src, seq: seq}, place) FILTER (WHERE has_text) AS card_at,"
        " arg_min({src: src, seq: seq}, place) FILTER (WHERE has_metadata) AS metadata_at"
        f" FROM (SELECT *, row_number() OVER (ORDER BY observed_at DESC NULLS LAST, src, seq)"
        f" AS place FROM ({view})) GROUP BY model_id"
    )


#: The literal definition of the same is ``cladist.values.card.is_generated``.
CARD_COLUMNS: Final = """
    length(card) AS card_length,
    contains(lower(card), 'automatically generated')
        OR contains(lower(card), 'generated automatically') AS card_is_generated
"""

CREATED_AT_IS_FLOOR: Final = f"CAST(created_at AS DATE) = DATE '{CREATED_AT_FLOOR}'"


def create_from_rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str | None, ...]],
) -> None:
    """Create a table of text columns from Python rows."""
    arrays: list[tuple[str | None, ...]] = list(zip(*rows, strict=True))
    arrays = arrays or [() for _ in columns]
    data = pa.table({c: pa.array(a, pa.string()) for c, a in zip(columns, arrays, strict=True)})
    con.register("given_rows", data)
    con.execute(f"CREATE TABLE {table} AS SELECT * FROM given_rows")
    con.unregister("given_rows")
