"""Sources -> snapshot: stage, normalise, match, cut, derive the lineage, write, and rename.

The new snapshot is written beside the old one and put in its place in one step, so that a
build killed half way leaves the old snapshot whole; the next build resumes from its stages.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from cladist import engine, schema
from cladist.errors import InputError
from cladist.ingest import books, matching, normalize, writing
from cladist.ingest.workplace import remove
from cladist.progress import Report, silent
from cladist.provenance import libraries, software
from cladist.snapshot import (
    ARRAYS,
    MANIFEST,
    Snapshot,
    file_digest,
    manifest_digest,
    open_snapshot,
)

if TYPE_CHECKING:
    import duckdb

    from cladist.ingest.staging import Stage


def assemble(
    stages: Sequence[Stage],
    out: Path,
    work: Path,
    *,
    aliases: Sequence[tuple[str, str, str]] = (),
    merge_aliased: bool = False,
    downloads: Sequence[Path] = (),
    coverage: str | None = None,
    scope: Mapping[str, Any] | None = None,
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
        The directory of :func:`~cladist.ingest.workplace.workplace`.
    aliases
        Rows alias, model_id, reason.
    merge_aliased
        Whether records of an old id become readings of the present one where both have records.
    downloads
        Parts of a time series of downloads, in the schema of the table ``downloads``.
    coverage
        What the sources cover, in words ("the whole Hub of 11 July 2024").
    scope
        What part of the Hub was asked for, for an update to ask for no more; None if not a part.
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
        counts = _tables(con, stages, new, aliases, merge_aliased, report)
        writing.write_downloads(con, downloads, new)
    finally:
        con.close()
    report("write the manifest", 0, 0)
    _write_manifest(new, counts, coverage, scope)
    _replace(out, new, work)
    remove(work)
    return open_snapshot(out)


def _tables(
    con: duckdb.DuckDBPyConnection,
    stages: Sequence[Stage],
    new: Path,
    aliases: Sequence[tuple[str, str, str]],
    merge_aliased: bool,
    report: Report,
) -> dict[str, Any]:
    normalize.prepare(con, stages)
    create = normalize.create_from_rows
    create(con, "sources", ("src", "name"), [(str(i), s.name) for i, s in enumerate(stages)])
    renamed = matching.present_ids(aliases) if merge_aliased else []
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("normalise records", lambda: normalize.declare_models(con, renamed)),
        ("read claims", lambda: matching.read_statements(con)),
        ("match ids", lambda: matching.resolve(con, aliases)),
        ("number models", lambda: writing.number_models(con)),
        ("write cards", lambda: writing.write_cards(con, new)),
        ("write models", lambda: writing.write_models(con, new)),
        ("write claims", lambda: writing.write_claims(con, new)),
        ("cut cycles, derive the lineage", lambda: writing.write_lineage(con, new)),
    )
    for i, (name, step) in enumerate(steps):
        report(name, i, len(steps))
        step()
    report(steps[-1][0], len(steps), len(steps))
    return books.balance(con, stages)


_LIBRARIES: Final = ("duckdb", "numpy", "pyarrow", "pyyaml", "scipy", "langcodes")


def _write_manifest(
    new: Path, counts: dict[str, Any], coverage: str | None, scope: Mapping[str, Any] | None
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
        **({"scope": dict(scope)} if scope else {}),
        "sources": counts["sources"],
        "counts": counts["counts"],
        "files": {
            p.relative_to(new).as_posix(): {"bytes": p.stat().st_size, "sha256": file_digest(p)}
            for p in files
        },
    }
    manifest["digest"] = manifest_digest(manifest)
    epoch = _epoch()
    manifest["built_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
    (new / MANIFEST).write_bytes(
        orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )


def _epoch() -> int:
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return int(time.time())
    if not given.isdigit():
        raise InputError(
            f"SOURCE_DATE_EPOCH {given!r} is no number of seconds.", "Unset it, or correct it."
        )
    return int(given)


_RENAME_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100


def _replace(out: Path, new: Path, work: Path) -> None:
    """Put ``new`` at ``out`` in one step where the system can exchange two directories."""
    if not out.exists():
        new.rename(out)
        return
    linux = sys.platform == "linux"
    exchange = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if linux else None
    if exchange is not None and exchange(
        _AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(out), _RENAME_EXCHANGE
    ) == 0:  # fmt: skip
        return
    old = work / "old"
    shutil.rmtree(old, ignore_errors=True)
    out.rename(old)
    new.rename(out)
