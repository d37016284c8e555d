"""The directory on disk: immutable Parquet tables, lineage arrays and a manifest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from cladist import engine, schema
from cladist.errors import ModelNotFoundError, SnapshotError
from cladist.provenance import Provenance, software
from cladist.values.references import resolve_own_id

if TYPE_CHECKING:
    import duckdb
    import ibis

MANIFEST: Final = "manifest.json"
ARRAYS: Final = "arrays"


def refuse_snapshot(out: Path) -> None:
    """Raise InputError if ``out`` is a snapshot or lies in one: a snapshot never changes."""
    for place in (out, out.parent):
        if (place / MANIFEST).is_file() and (place / "models.parquet").is_file():
            raise SnapshotError(
                f"{str(out)!r} is, or lies in, a snapshot, and a snapshot never changes.",
                "Choose another --out.",
            )


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def manifest_digest(manifest: dict[str, Any]) -> str:
    """Return the digest of a manifest: everything but ``built_at`` and the digest itself."""
    body = {k: v for k, v in manifest.items() if k not in ("built_at", "digest")}
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True)
class Snapshot:
    """One snapshot, open for reading.

    Attributes
    ----------
    path
        The directory.
    manifest
        Counts, sources and digests, as in ``manifest.json``.
    engine
        ``"duckdb"`` or a Spark master URL: where relational analyses run.
    """

    path: Path
    manifest: dict[str, Any]
    engine: str = "duckdb"

    @property
    def name(self) -> str:
        """Name of the directory, without the suffix ``.snapshot``."""
        return self.path.name.removesuffix(".snapshot")

    @property
    def counts(self) -> dict[str, Any]:
        """The counts of the build (DESIGN section 8)."""
        counts: dict[str, Any] = self.manifest["counts"]
        return counts

    @property
    def digest(self) -> str:
        """Digest over the content of every table."""
        return str(self.manifest["digest"])

    @property
    def simulated(self) -> bool:
        """Whether a simulator made any of its records."""
        return bool(self.manifest["simulated"])

    def file(self, table: str) -> Path:
        """Return the Parquet file of a table."""
        return self.path / f"{table}.parquet"

    @property
    def files(self) -> dict[str, Path]:
        """The Parquet file of every table that the snapshot has, by name."""
        extra = [name for name in schema.OPTIONAL if self.file(name).is_file()]
        return {name: self.file(name) for name in [*schema.TABLES, *extra]}

    @property
    def arrays(self) -> Path:
        """The directory of the lineage arrays."""
        return self.path / ARRAYS

    @cached_property
    def lookup(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection with a view per table, for point look-ups."""
        return engine.lookup(self.files)

    @cached_property
    def backend(self) -> ibis.BaseBackend:
        """The Ibis backend with every table, for analyses."""
        return engine.backend(self.files, self.engine)

    def table(self, name: str) -> ibis.Table:
        """Return a table as an Ibis expression."""
        if name not in self._tables:
            self._tables[name] = self.backend.table(name)
        return self._tables[name]

    @cached_property
    def _tables(self) -> dict[str, ibis.Table]:
        """The tables asked for so far: an engine asked for one reads its columns anew."""
        return {}

    def node(self, model_id: str) -> int:
        """Return the node of a model, by its id, an alias, or the address of its page.

        Raises
        ------
        ModelNotFoundError
            If neither an id nor an alias fits; the message names the nearest ids.
        """
        wanted = model_id.strip().removeprefix("https://huggingface.co/").strip("/")
        meant = resolve_own_id(model_id)
        for name in dict.fromkeys([wanted, *([meant] if meant else [])]):
            for query in _NODE_QUERIES:
                rows = self.lookup.execute(query, [name]).fetchall()
                if len(rows) == 1:
                    return int(rows[0][0])
        name = wanted.rpartition("/")[2].lower()
        # Edit distances to a text of a megabyte would take hours, and no id is that long.
        known = 0 < len(name) <= _LONGEST_NAME
        near = self.lookup.execute(_NEAR_QUERY, [name]).fetchall() if known else []
        shown = model_id if len(model_id) <= _LONGEST_NAME else model_id[:_LONGEST_NAME] + "..."
        raise ModelNotFoundError.in_snapshot(shown, [r[0] for r in near])

    def provenance(self, **parameters: Any) -> Provenance:
        """Return the provenance of something computed from this snapshot."""
        seed = parameters.pop("seed", None)
        return Provenance(
            cladist=software(),
            snapshot=self.name,
            snapshot_digest=self.digest,
            simulated=self.simulated,
            observed=tuple(self.manifest["observed"]),
            coverage=self.manifest["coverage"],
            seed=seed,
            parameters=parameters,
        )


_LONGEST_NAME: Final = 256
_NODE_QUERIES: Final = (
    "SELECT node FROM models WHERE model_id = $1",
    "SELECT m.node FROM aliases a JOIN models m ON m.model_id = a.model_id WHERE a.alias = $1"
    " GROUP BY m.node",
    "SELECT node FROM models WHERE lower(model_id) = lower($1)",
)
_NEAR_QUERY: Final = """
SELECT model_id FROM models
WHERE contains(lower(model_id), $1)
    OR (abs(length(split_part(model_id, '/', -1)) - length($1)) <= 2
        AND levenshtein(lower(split_part(model_id, '/', -1)), $1) <= 2)
ORDER BY is_ghost, downloads DESC NULLS LAST, node LIMIT 5
"""


def open_snapshot(path: str | Path, *, engine: str = "duckdb") -> Snapshot:
    """Open a snapshot directory.

    Parameters
    ----------
    path
        The directory.
    engine
        Where relational analyses run: ``"duckdb"``, or a Spark master URL (needs the extra
        ``spark`` and a Java runtime).

    Raises
    ------
    SnapshotError
        If the directory is missing, is not a snapshot, is incomplete, or was written in a
        format that this version does not read.
    """
    directory = Path(path)
    manifest_file = directory / MANIFEST
    if not directory.is_dir():
        raise SnapshotError(
            f"There is no snapshot at {str(path)!r}.", "Make one with: cladist build SOURCE --out X"
        )
    try:
        manifest = orjson.loads(manifest_file.read_bytes())
    except FileNotFoundError:
        raise SnapshotError(
            f"{str(path)!r} is a directory without {MANIFEST}, so no snapshot.",
            "If it holds model metadata, build one from it: cladist build SOURCE --out X",
        ) from None
    except (OSError, orjson.JSONDecodeError) as problem:
        raise SnapshotError(
            f"{MANIFEST} of {str(path)!r} cannot be read: {problem}", "Build the snapshot again."
        ) from None
    _check_manifest(directory, manifest)
    return Snapshot(directory, manifest, engine)


def _check_manifest(directory: Path, manifest: Any) -> None:
    if not isinstance(manifest, dict) or manifest.get("format") != schema.FORMAT:
        raise SnapshotError(
            f"{str(directory)!r} holds a manifest that is not cladist's.",
            "Build a snapshot with: cladist build SOURCE --out X",
        )
    if manifest.get("format_version") != schema.FORMAT_VERSION:
        raise SnapshotError(
            f"{str(directory)!r} has format version {manifest.get('format_version')!r}; "
            f"this version reads {schema.FORMAT_VERSION}.",
            "Build it again from its sources with this version.",
        )
    missing = [n for n in schema.TABLES if not (directory / f"{n}.parquet").is_file()]
    if missing:
        raise SnapshotError(
            f"{str(directory)!r} lacks {', '.join(f'{m}.parquet' for m in missing)}.",
            "Build the snapshot again.",
        )


def validate(snapshot: Snapshot) -> list[str]:
    """Check a snapshot against its manifest and the registry of columns; return the problems.

    Checked: digest of the manifest, digest of every file, columns and types, dense node
    numbers in byte order, claims and edges within range, and that the books balance.
    """
    import pyarrow.parquet as pq

    problems = []
    if manifest_digest(snapshot.manifest) != snapshot.digest:
        problems.append(f"{MANIFEST}: its digest does not fit its content")
    for name, entry in snapshot.manifest["files"].items():
        path = snapshot.path / name
        if not path.is_file():
            problems.append(f"{name}: missing")
        elif file_digest(path) != entry["sha256"]:
            problems.append(f"{name}: content differs from the manifest's digest")
    if problems:
        return problems
    for name, path in snapshot.files.items():
        table = schema.TABLES.get(name) or schema.OPTIONAL[name]
        found, wanted = pq.read_schema(path), schema.arrow_schema(table)
        # A writer may mark a column without nulls as required, so only names and types count.
        if (found.names, found.types) != (wanted.names, wanted.types):
            problems.append(f"{name}.parquet: columns are not those of the format")
    return problems or _check_content(snapshot)


def _check_content(snapshot: Snapshot) -> list[str]:
    problems = []
    for words, query in _CONTENT_CHECKS.items():
        row = snapshot.lookup.execute(query).fetchone()
        if row is None or row[0]:
            problems.append(words)
    for entry in [*snapshot.manifest["sources"], snapshot.counts]:
        parts = ("records_model", "records_edge", "duplicates", "records_rejected")
        if entry["records_read"] != sum(entry[p] for p in parts):
            problems.append(f"the books of {entry.get('name', 'all sources')} do not balance")
    return problems


_CONTENT_CHECKS: Final = {
    "models.parquet: nodes are not dense": (
        "SELECT count(*) <> coalesce(max(node) + 1, 0) OR count(DISTINCT node) <> count(*)"
        " FROM models"
    ),
    "models.parquet: nodes are not in byte order of their ids": (
        "SELECT bool_or(model_id <= before) FROM (SELECT model_id, lag(model_id) OVER"
        " (ORDER BY node) AS before FROM models)"
    ),
    "claims.parquet: a node is out of range": (
        "SELECT bool_or(greatest(child, parent) >= (SELECT count(*) FROM models)) FROM claims"
    ),
    "edges.parquet: an edge has no claim": (
        "SELECT count(*) > 0 FROM edges ANTI JOIN claims USING (child, parent)"
    ),
}
