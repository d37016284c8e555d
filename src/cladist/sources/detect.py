"""Which kind of source a path is, by its content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cladist.errors import InputError
from cladist.sources import files
from cladist.sources.protocol import Source, source_kind, source_kinds

_FORCE = "Name the kind with --source, one of: {}."


def open_source(path: str | Path, kind: str | None = None, **options: Any) -> Source:
    """Open a file or folder as the kind of source that its content shows.

    Parameters
    ----------
    path
        File or folder.
    kind
        Kind to read it as, without looking; by default the kind that is surest of it.
    **options
        Options of the kind, such as ``columns`` of ``tabular`` or ``observed_at`` of all;
        those that are None are left to the kind.

    Raises
    ------
    InputError
        If the path is not there or may not be read, is empty, is of no known kind, is clearly
        not of the kind that is named, or the kind does not have the option.
    """
    place = Path(path)
    start = _start(place)
    if kind is None:
        chosen = detect_kind(place, start, table=options.get("columns") is not None)
        made = source_kind(chosen)
    else:
        made = source_kind(kind)
        _check_forced(made, place, start)
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return made(place, **given)
    except TypeError:
        raise InputError(
            f"Sources of the kind {made.kind!r} do not have all of the options "
            f"{', '.join(sorted(given))}.",
            "Leave out those that belong to another kind.",
        ) from None


def detect_kind(path: Path, start: bytes | None = None, *, table: bool = False) -> str:
    """Return the kind of source that is surest of ``path``; ties go by name.

    ``table``: a column map is given, so that a table is one of ``tabular``.

    Raises
    ------
    InputError
        If no kind recognises it.
    """
    begin = _start(path) if start is None else start
    kinds = source_kinds()
    sure = {name: made.detect(path, begin) for name, made in kinds.items()}
    if table and sure.get("tabular", 0) > 0:
        return "tabular"
    best = max(sorted(sure), key=lambda name: sure[name])
    if sure[best] <= 0:
        what = "folder holds nothing that" if path.is_dir() else "file is of no kind that"
        raise InputError(f"{path}: the {what} cladist recognises.", _FORCE.format(", ".join(kinds)))
    return best


def _start(path: Path) -> bytes:
    """Return the first bytes of a file, nothing for a folder."""
    if path.is_dir():
        _check_folder(path)
        return b""
    begin = files.head(path)
    if not begin.strip():
        raise InputError(f"{path} is empty.", "Fetch or export it again.")
    return begin


def _check_folder(path: Path) -> None:
    try:
        empty = next(path.iterdir(), None) is None
    except OSError as error:
        raise InputError(
            f"{path} cannot be listed: {error.strerror}.", "Allow reading (chmod +rx)."
        ) from None
    if empty:
        raise InputError(f"{path} is an empty folder.", "Name the folder that holds the files.")


def _check_forced(made: type[Source], path: Path, start: bytes) -> None:
    """Refuse a kind that cannot be: Parquet as JSON, JSON as a table, a file as a folder."""
    if made.kind not in ("records", "hub_stats", "modelbiome", "repositories", "tabular"):
        return
    shape = _shape(path, start)
    fits = {
        "records": ("text", "zip", "folder"),
        "hub_stats": ("parquet", "folder"),
        "modelbiome": ("text", "parquet"),
        "repositories": ("folder",),
        "tabular": ("text", "parquet", "folder"),
    }[made.kind]
    looks = shape
    if shape in fits and made.kind in ("records", "tabular") and made.detect(path, start) <= 0:
        others = {name: other.detect(path, start) for name, other in source_kinds().items()}
        best = max(sorted(others), key=lambda name: others[name])
        looks = best if others[best] > 0 else shape
    if shape not in fits or looks != shape:
        words = {"text": "a text file", "zip": "a zip file", "folder": "a folder"}
        what = words.get(looks, f"{looks!r}")
        raise InputError(
            f"{path} cannot be read as {made.kind!r}: it looks like {what}.",
            "Leave out --source, so that its kind is detected.",
        )


def _shape(path: Path, start: bytes) -> str:
    if path.is_dir():
        return "folder"
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    return "text"
