"""DuckDB and Ibis connections over the Parquet files of a snapshot.

Point look-ups ask DuckDB directly (:func:`lookup`), so that neither Ibis nor SciPy is imported
on that path; analyses get an Ibis backend (:func:`backend`), DuckDB by default or Spark.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladist.errors import EnvironmentProblemError, InputError

if TYPE_CHECKING:
    import duckdb
    import ibis
    import ibis.expr.types as ir
    import pyarrow as pa

_DEFAULT_MEMORY = "3GB"
_SPARK = re.compile(r"(local(\[.*\])?|yarn|(spark|k8s)://.+)\Z")  # how a Spark master is named


def memory_limit() -> str:
    """Return DuckDB's memory limit: ``CLADIST_MEMORY_LIMIT`` or 3 GB (the rest spills to disk)."""
    return os.environ.get("CLADIST_MEMORY_LIMIT", _DEFAULT_MEMORY)


def connect(spill: Path | None = None, *, database: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """Open a DuckDB connection with cladist's settings: UTC, bounded memory, no extensions.

    Parameters
    ----------
    spill
        Directory for what does not fit into memory; DuckDB's default if None.
    database
        Path of a database file, or in memory.

    Raises
    ------
    InputError
        If ``CLADIST_MEMORY_LIMIT`` is no size that DuckDB understands.
    """
    import duckdb

    config: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    if spill is not None:
        config["temp_directory"] = str(spill)
    con = duckdb.connect(database, config=config)
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    # Memory is given back beside the work, not in the middle of it.
    con.execute("SET allocator_background_threads = true")
    # Pages that the next step fills again are kept: clearing fresh ones was a tenth of a build.
    for threshold in ("allocator_flush_threshold", "allocator_bulk_deallocation_flush_threshold"):
        con.execute(f"SET {threshold} = '8GB'")
    try:
        con.execute("SET memory_limit = $1", [memory_limit()])
    except duckdb.Error as problem:
        raise InputError(
            f"CLADIST_MEMORY_LIMIT {memory_limit()!r} is no size: {problem}",
            "Write it like 2GB or 800MB.",
        ) from None
    return con


def quote(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote an SQL text literal (for the few statements that take no bound parameters)."""
    return "'" + text.replace("'", "''") + "'"


def lookup(tables: Mapping[str, Path]) -> duckdb.DuckDBPyConnection:
    """Open DuckDB with one view per Parquet file, for point look-ups."""
    con = connect()
    for name, path in tables.items():
        con.execute(
            f"CREATE VIEW {quote(name)} AS SELECT * FROM read_parquet({literal(str(path))})"
        )
    return con


def records(
    con: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()
) -> list[dict[str, Any]]:
    """Return the rows of a query, each as a dict by column name; ``values`` are bound."""
    result = con.execute(query, list(values))
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def stream(table: ir.Table, size: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table of a backend in batches of at most ``size``, in any order.

    One pass over the files, whatever the number of batches.
    """
    import ibis

    found = table.get_backend()
    if not isinstance(found, ibis.backends.duckdb.Backend):
        yield from table.to_pyarrow_batches(chunk_size=size)
        return
    # Ibis 12 asks DuckDB 2 for a method that is gone (fetch_record_batch).
    yield from found.con.sql(str(ibis.to_sql(table, dialect="duckdb"))).to_arrow_reader(size)


def confined(tables: Mapping[str, Path]) -> duckdb.DuckDBPyConnection:
    """Open DuckDB for statements of strangers: read the tables, and nothing else.

    The tables are views over their files; access to every other file, to the network, to
    extensions and to settings is switched off before the first statement runs.
    """
    con = lookup(tables)
    paths = ", ".join(literal(str(p)) for p in tables.values())
    con.execute(f"SET allowed_paths = [{paths}]")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def backend(tables: Mapping[str, Path], engine: str = "duckdb") -> ibis.BaseBackend:
    """Open an Ibis backend that holds every table of a snapshot under its name.

    Parameters
    ----------
    tables
        Name of a table -> its Parquet file.
    engine
        ``"duckdb"``, or a Spark master URL such as ``"local[2]"`` or ``"spark://host:7077"``.

    Raises
    ------
    InputError
        If the word is neither.
    EnvironmentProblemError
        If Spark is asked for and PySpark is not installed.
    """
    import ibis

    if engine == "duckdb":
        return ibis.duckdb.from_connection(lookup(tables))
    if not _SPARK.match(engine):
        raise InputError(
            f"Engine {engine!r} is not known.",
            "Give duckdb, or a Spark master such as local[2] or spark://host:7077.",
        )
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise EnvironmentProblemError(
            f"Engine {engine!r} needs PySpark, which is not installed.",
            "Install it with: pip install 'cladist[spark]' (and a Java runtime).",
        ) from None
    session = SparkSession.builder.master(engine).appName("cladist").getOrCreate()
    spark = ibis.pyspark.connect(session)
    for name, path in tables.items():
        spark.read_parquet(str(path), table_name=name)
    return spark
