"""Sources -> snapshot: stage, normalise, match, cut, derive the lineage, write, and rename.

The new snapshot is written beside the old one and put in its place in one step, so that a
build killed half way leaves the old snapshot whole; the next build resumes from its stages.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pyarrow as pa

from cladist import engine, matching, normalize, schema
from cladist.cuts import Cuts, cut_pairs
from cladist.errors import EnvironmentProblemError, InputError
from cladist.lineage import Lineage
from cladist.provenance import libraries, software
from cladist.snapshot import (
    ARRAYS,
    MANIFEST,
    Snapshot,
    file_digest,
    manifest_digest,
    open_snapshot,
)
from cladist.vocab import RELATION_CODE, RELATIONS

if TYPE_CHECKING:
    import duckdb

    from cladist.staging import Stage

#: ``report(step, done, total)``; total 0 means that the step cannot tell.
Report = Callable[[str, int, int], None]

_ROW_GROUP: Final = 50_000
_COPY: Final = f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {_ROW_GROUP})"
_UNKNOWN_TIME: Final = np.iinfo(np.int64).min


def silent(step: str, done: int, total: int) -> None:
    """Report progress to nobody."""


@contextmanager
def workplace(out: Path) -> Iterator[Path]:
    """Open the directory of the unfinished build beside ``out``, for this process alone.

    Raises
    ------
    InputError
        If ``out`` exists and is no snapshot: it would be replaced.
    EnvironmentProblemError
        If another build writes the same snapshot, or the directory cannot be written.
    """
    if out.exists() and not (out / MANIFEST).is_file():
        raise InputError(
            f"{str(out)!r} exists and is no snapshot, so it is not replaced.",
            "Name another place with --out, or remove it yourself.",
        )
    work = out.with_name(out.name + ".partial")
    try:
        work.mkdir(parents=True, exist_ok=True)
        lock = os.open(work / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as problem:
        raise EnvironmentProblemError(
            f"{str(work)!r} cannot be written: {problem.strerror}.",
            "Choose another place with --out, or make room.",
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise EnvironmentProblemError(
            f"Another build is writing {str(out)!r} right now.", "Wait for it, or use another --out."
        ) from None
    try:
        yield work
    finally:
        os.close(lock)


def assemble(
    stages: Sequence[Stage],
    out: Path,
    work: Path,
    *,
    aliases: Sequence[tuple[str, str, str]] = (),
    coverage: str | None = None,
    report: Report = silent,
) -> Snapshot:
    """Make a snapshot of staged sources and put it at ``out``.

    Parameters
    ----------
    stages
        The staged sources, in the order of the command line.
    out
        Where the snapshot goes; an older snapshot there is replaced when all is done.
    work
        The directory of :func:`workplace`.
    aliases
        Rows alias, model_id, reason.
    coverage
        What the sources cover, in words ("the whole Hub of 11 July 2024").
    report
        Told about progress.
    """
    new = work / "new"
    spill = work / "spill"
    for directory in (new, spill):
        shutil.rmtree(directory, ignore_errors=True)
    (new / ARRAYS).mkdir(parents=True)
    spill.mkdir()
    con = engine.connect(spill)
    try:
        counts = _tables(con, stages, new, aliases, report)
    finally:
        con.close()
    report("write the manifest", 0, 0)
    _write_manifest(new, stages, counts, coverage)
    _replace(out, new, work)
    shutil.rmtree(work, ignore_errors=True)
    return open_snapshot(out)


def _tables(
    con: duckdb.DuckDBPyConnection,
    stages: Sequence[Stage],
    new: Path,
    aliases: Sequence[tuple[str, str, str]],
    report: Report,
) -> dict[str, Any]:
    normalize.prepare(con, stages)
    create = normalize.create_from_rows
    create(con, "sources", ("src", "name"), [(str(i), s.name) for i, s in enumerate(stages)])
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("normalise records", lambda: normalize.declare_models(con)),
        ("read claims", lambda: matching.read_statements(con)),
        ("match ids", lambda: matching.resolve(con, aliases)),
        ("number models", lambda: _number(con)),
        ("write cards", lambda: _write_cards(con, new)),
        ("write models", lambda: _write_models(con, new)),
        ("write claims", lambda: _write_claims(con, new)),
        ("cut cycles, derive the lineage", lambda: _write_lineage(con, new)),
    )
    for i, (name, step) in enumerate(steps):
        report(name, i, len(steps))
        step()
    report(steps[-1][0], len(steps), len(steps))
    return _counts(con, stages)


def _number(con: duckdb.DuckDBPyConnection) -> None:
    """Create ``nodes``: every id, declared or referred to, in byte order."""
    con.execute(
        "CREATE TABLE nodes AS SELECT (row_number() OVER (ORDER BY model_id) - 1)::INTEGER AS node,"
        " model_id, is_ghost FROM (SELECT model_id, min(is_ghost) AS is_ghost FROM ("
        " SELECT model_id, false AS is_ghost FROM declared"
        " UNION ALL SELECT child_id, true FROM claimed"
        " UNION ALL SELECT parent_id, true FROM claimed) GROUP BY model_id)"
    )


def _copy(con: duckdb.DuckDBPyConnection, query: str, table: schema.Table, new: Path) -> None:
    """Write a query as a table of the format: its columns, its types, its total order."""
    columns = ", ".join(f"{c.name}::{schema.SQL_TYPES[c.type]} AS {c.name}" for c in table.columns)
    target = engine.literal(str(new / f"{table.name}.parquet"))
    con.execute(
        f"COPY (SELECT {columns} FROM ({query}) ORDER BY {', '.join(table.order)})"
        f" TO {target} {_COPY}"
    )


def _write_cards(con: duckdb.DuckDBPyConnection, new: Path) -> None:
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


def _write_models(con: duckdb.DuckDBPyConnection, new: Path) -> None:
    cards = engine.literal(str(new / "cards.parquet"))
    given = ", ".join(c for c in normalize.COALESCED if c not in ("author", "has_card"))
    con.execute(
        f"CREATE TABLE card_facts AS SELECT node, {normalize.CARD_COLUMNS}"
        f" FROM read_parquet({cards}) WHERE card IS NOT NULL"
    )
    con.execute(
        "CREATE VIEW models AS SELECT node, model_id, is_ghost, author,"
        f" {given}, {normalize.CREATED_AT_IS_FLOOR} AS created_at_is_floor,"
        " coalesce(has_card, CASE WHEN card_length IS NOT NULL THEN true END) AS has_card,"
        " card_length, card_is_generated, card_sections"
        " FROM declared JOIN nodes USING (model_id) LEFT JOIN card_facts USING (node)"
        " UNION ALL BY NAME SELECT node, model_id, is_ghost, CASE WHEN contains(model_id, '/')"
        " THEN split_part(model_id, '/', 1) END AS author FROM nodes WHERE is_ghost"
    )
    _copy(con, "SELECT * FROM models", schema.MODELS, new)


def _write_claims(con: duckdb.DuckDBPyConnection, new: Path) -> None:
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


def _write_lineage(con: duckdb.DuckDBPyConnection, new: Path) -> None:
    con.execute(_PAIRS)
    pairs = con.execute(
        "SELECT child, parent, confidence, relation FROM pairs ORDER BY child, parent"
    ).fetchnumpy()
    nodes = con.execute(
        "SELECT epoch_us(created_at) AS created, coalesce(created_at_is_floor, false) AS is_floor,"
        " is_ghost, coalesce(downloads, -1) AS downloads FROM models ORDER BY node"
    ).fetchnumpy()
    created = np.ma.filled(np.ma.asarray(nodes["created"]), _UNKNOWN_TIME).astype(np.int64)
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
    codes = np.array([RELATION_CODE[r] for r in pairs["relation"]], dtype=np.uint8)
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
    "ghosts_before_aliases": "SELECT count(*) FROM written ANTI JOIN declared"
    " ON raw = model_id WHERE raw IS NOT NULL",
    "readings_merged": "SELECT (SELECT count(*) FROM readings) - (SELECT count(*) FROM declared)",
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


def _counts(con: duckdb.DuckDBPyConnection, stages: Sequence[Stage]) -> dict[str, Any]:
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
    simulated = con.execute(
        "SELECT count(*) FROM declared WHERE list_contains(tags, $1)", [normalize.SIMULATED_TAG]
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


_LIBRARIES: Final = ("duckdb", "numpy", "pyarrow", "pyyaml", "scipy", "langcodes")


def _write_manifest(
    new: Path, stages: Sequence[Stage], counts: dict[str, Any], coverage: str | None
) -> None:
    files = sorted(p for p in new.rglob("*") if p.is_file())
    manifest = {
        "format": schema.FORMAT,
        "format_version": schema.FORMAT_VERSION,
        "cladist": software(),
        "libraries": libraries(*_LIBRARIES),
        "simulated": counts["counts"]["simulated"],
        "observed": counts["observed"],
        "coverage": coverage or "not stated: read it as a sample, not a census",
        "sources": counts["sources"],
        "counts": counts["counts"],
        "files": {
            p.relative_to(new).as_posix(): {"bytes": p.stat().st_size, "sha256": file_digest(p)}
            for p in files
        },
    }
    manifest["digest"] = manifest_digest(manifest)
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    manifest["built_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
    (new / MANIFEST).write_bytes(
        orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )


_RENAME_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100


def _replace(out: Path, new: Path, work: Path) -> None:
    """Put ``new`` at ``out`` in one step where the system can exchange two directories."""
    if not out.exists():
        new.rename(out)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    exchange = getattr(libc, "renameat2", None)
    if exchange is not None and exchange(
        _AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(out), _RENAME_EXCHANGE
    ) == 0:  # fmt: skip
        return
    old = work / "old"
    shutil.rmtree(old, ignore_errors=True)
    out.rename(old)
    new.rename(out)
