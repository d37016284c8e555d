"""The public twins of the commands: each function here is the whole work of one subcommand."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladist import engine
from cladist.errors import InputError
from cladist.ingest.assembly import assemble
from cladist.ingest.staging import stage
from cladist.ingest.workplace import workplace
from cladist.progress import Report, silent
from cladist.snapshot import Snapshot
from cladist.sources.detect import open_source

if TYPE_CHECKING:
    import pyarrow as pa

    from cladist.sources.protocol import Source


def build(
    sources: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    source: str | Mapping[str, str] | None = None,
    columns: str | Path | Mapping[str, str | Path] | None = None,
    observed_at: str | Mapping[str, str] | None = None,
    aliases: str | Path | None = None,
    merge_aliased: bool = False,
    coverage: str | None = None,
    report: Report = silent,
) -> Snapshot:
    """Read model metadata and write a snapshot.

    Parameters
    ----------
    sources
        One or several files or folders; where two state the same field, the newest reading
        wins, then the order given here.
    out
        Where the snapshot goes; an older snapshot there is replaced when the new one is whole.
    source, columns, observed_at
        Kind of the source (detected from the content if None), file with its column map
        (tabular sources), and the ISO date of its reading for records that state none. One
        value holds for all sources; a mapping from a source, as given or by its file name, to a
        value holds for those, and its key ``""`` for all others.
    aliases
        CSV file ``alias,model_id[,reason]``.
    merge_aliased
        Ids match exactly first, so an old id that has a record of its own keeps its children,
        and counts in ``aliased_records``. If true, such records become readings of the present
        id where that has a record too: right where sources of several years are joined.
    coverage
        What the sources cover, in words: it is quoted in every result.
    report
        Told about progress: step, done, total.

    Raises
    ------
    InputError
        If a source, a map, an alias file or a date cannot be used.
    EnvironmentProblemError
        If the snapshot cannot be written or another build is writing it.
    """
    paths = [sources] if isinstance(sources, str | Path) else list(sources)
    if not paths:
        raise InputError("No source is given.", "Name at least one file or folder.")
    options = {"source": source, "columns": columns, "observed_at": observed_at}
    _check_keys(options, paths)
    rows = read_aliases(Path(aliases)) if aliases is not None else []
    opened = [_open(path, options) for path in paths]
    named = [
        (reader, given, name, date)
        for name, (reader, given, date) in zip(_names(paths), opened, strict=True)
    ]
    return _assembled(
        named, out, aliases=rows, merge_aliased=merge_aliased, coverage=coverage, report=report
    )


def _assembled(
    opened: Sequence[tuple[Source, dict[str, Any], str, str | None]],
    out: str | Path,
    *,
    report: Report,
    **options: Any,
) -> Snapshot:
    """Stage sources, each with its options, name and date, and make a snapshot of them."""
    with workplace(Path(out)) as work:
        stages = []
        for reader, given, name, date in opened:
            stages.append(
                stage(
                    reader,
                    name=name,
                    work=work,
                    options=given,
                    observed_at=date,
                    progress=lambda done, total, name=name: report(f"read {name}", done, total),  # type: ignore[misc]
                )
            )
        return assemble(stages, Path(out), work, report=report, **options)


def build_from(
    reader: Source,
    out: str | Path,
    *,
    name: str,
    coverage: str,
    aliases: Sequence[tuple[str, str, str]] = (),
    report: Report = silent,
) -> Snapshot:
    """Write a snapshot of one source that is open already, such as the simulator."""
    opened = [(reader, {"name": name}, name, None)]
    return _assembled(opened, out, aliases=aliases, coverage=coverage, report=report)


def build_opened(
    sources: Sequence[tuple[Source, str, str | None]],
    out: str | Path,
    *,
    aliases: Sequence[tuple[str, str, str]] = (),
    downloads: Sequence[Path] = (),
    coverage: str | None = None,
    scope: Mapping[str, Any] | None = None,
    report: Report = silent,
) -> Snapshot:
    """Write a snapshot of sources that are open already, each with its name and date of reading."""
    opened = [(reader, {"name": name}, name, date) for reader, name, date in sources]
    return _assembled(opened, out, aliases=aliases, downloads=downloads, coverage=coverage,
                      scope=scope, report=report)  # fmt: skip


def _open(
    path: str | Path, options: Mapping[str, Any]
) -> tuple[Source, dict[str, Any], str | None]:
    kind, columns, date = (_for(options[k], path) for k in ("source", "columns", "observed_at"))
    if kind == "synthetic":
        raise InputError(
            "The kind 'synthetic' reads no file.", "Use: cladist simulate --out X.snapshot"
        )
    if date is not None:
        _check_date(date)
    given: dict[str, Any] = {}
    if columns is not None:
        given["columns"] = Path(columns)
    reader = open_source(Path(path), kind, **given)
    if columns is not None:
        given["columns"] = Path(columns).read_text(encoding="utf-8")
    return reader, given, date


def _for(value: Any, path: str | Path) -> Any:
    if not isinstance(value, Mapping):
        return value
    return value.get(str(path), value.get(Path(path).name, value.get("")))


def _check_keys(options: Mapping[str, Any], paths: Sequence[str | Path]) -> None:
    known = {str(p) for p in paths} | {Path(p).name for p in paths}
    for option, value in options.items():
        for key in value if isinstance(value, Mapping) else ():
            if str(key) not in known | {""}:
                flag = "--" + option.replace("_", "-")
                raise InputError.not_among(f"{flag}: source", str(key), known)


def _check_date(date: str) -> None:
    from datetime import datetime

    parts = date.count("-")
    try:
        datetime.fromisoformat(date + "-01" * (2 - parts) if parts < 2 else date)
    except ValueError:
        raise InputError(
            f"Date {date!r} is not one.", "Write it like 2024-07-11 or 2024-07-11T08:00:00Z."
        ) from None


def _names(paths: Sequence[str | Path]) -> list[str]:
    """Name sources by their file names; a name that occurs again gets a number."""
    names: list[str] = []
    for path in paths:
        base = os.fsencode(Path(path).resolve().name).decode("utf-8", "replace")
        count = sum(1 for n in names if n == base or n.startswith(base + "#"))
        names.append(base if not count else f"{base}#{count + 1}")
    return names


def read_aliases(path: Path) -> list[tuple[str, str, str]]:
    """Read a CSV file of aliases: columns ``alias``, ``model_id`` and, if given, ``reason``.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a row lacks a value; the message names
        the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            fields = set(reader.fieldnames or ())
            if not {"alias", "model_id"} <= fields:
                raise InputError(
                    f"{str(path)!r} lacks the columns alias and model_id; it has "
                    f"{', '.join(sorted(fields)) or 'none'}.",
                    "Its first line must be: alias,model_id,reason",
                )
            rows = []
            for row in reader:
                alias, model_id = (row["alias"] or "").strip(), (row["model_id"] or "").strip()
                if not alias or not model_id:
                    raise InputError(
                        f"{str(path)!r}, line {reader.line_num}: alias or model_id is empty.",
                        "Fill it in or remove the line.",
                    )
                rows.append((alias, model_id, (row.get("reason") or "renamed").strip()))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InputError(
            f"The alias file {str(path)!r} cannot be read: {problem}.",
            "Give a CSV file in UTF-8 with the columns alias,model_id,reason.",
        ) from None
    return rows


def query(hub: Snapshot, sql: str, *, limit: int | None = None) -> pa.Table:
    """Run one SELECT over the tables of a snapshot, read-only and confined to them.

    Parameters
    ----------
    hub
        The snapshot.
    sql
        One SELECT in DuckDB's dialect; no other file and no network can be reached from it.
    limit
        Most rows that are returned; all if None.

    Raises
    ------
    InputError
        If the text is not exactly one SELECT, or DuckDB refuses it.
    """
    import duckdb

    con = engine.confined(hub.files)
    try:
        statements = con.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise InputError(
                "Only a single SELECT is run here.", "Write one SELECT ... over the tables."
            )
        found = con.sql(sql)
        return (found if limit is None else found.limit(limit)).to_arrow_table()
    except duckdb.Error as problem:
        # The place in the query and what was meant follow on lines of their own.
        first, *more = [line for line in str(problem).splitlines() if line.strip()]
        tables = f"Tables: {', '.join(hub.files)}; their columns: cladist info X --columns."
        raise InputError(f"DuckDB refuses the query: {first}", "\n".join([*more, tables])) from None
    finally:
        con.close()
