"""Where an unfinished fetch lies: one folder beside the snapshot to be, for one process alone."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from cladist.errors import EnvironmentProblemError, InputError
from cladist.hub.store import Store

FILE: Final = "fetch.sqlite"


def place_of(out: Path) -> Path:
    """Return the folder of the unfinished fetch of a snapshot."""
    return out.with_name(out.name + ".fetch")


@contextmanager
def fetching(out: Path, query: dict[str, Any], *, restart: bool = False) -> Iterator[Store]:
    """Open the store of a fetch into ``out``, new or unfinished, for this process alone.

    Parameters
    ----------
    out
        The snapshot to be.
    query
        What is fetched; an unfinished fetch of something else is refused.
    restart
        Whether to begin anew.

    Raises
    ------
    InputError
        If ``out`` is something else than a snapshot, or an unfinished fetch asked otherwise.
    EnvironmentProblemError
        If another fetch writes there, or nothing can be written.
    """
    from cladist.snapshot import MANIFEST

    if out.exists() and not (out / MANIFEST).is_file():
        raise InputError(
            f"{str(out)!r} exists and is no snapshot, so it is not replaced.",
            "Name another place with --out, or remove it yourself.",
        )
    place = place_of(out)
    strange = place.is_dir() and any(place.iterdir()) and not (place / "lock").is_file()
    if place.is_symlink() or strange:
        raise InputError(f"{str(place)!r} is in the way and is of no fetch.", "Move it away.")
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as problem:
        raise EnvironmentProblemError(
            f"{str(place)!r} cannot be written: {problem.strerror}.", "Choose another --out."
        ) from None
    try:
        _take(lock, out)
        if restart:
            _clear(place)
        store = Store(place / FILE)
        try:
            _same_query(store, query, out)
            yield store
        finally:
            store.close()
    finally:
        os.close(lock)


def _take(lock: int, out: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise EnvironmentProblemError(
            f"Another fetch is writing {str(out)!r} right now.",
            "Wait for it, or use another --out.",
        ) from None


def _clear(place: Path) -> None:
    for path in place.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def _same_query(store: Store, query: dict[str, Any], out: Path) -> None:
    known = store.get("query")
    if known is None:
        store.set(query=query)
    elif known != orjson.loads(orjson.dumps(query)):
        differing = sorted(k for k in {*known, *query} if known.get(k) != query.get(k))
        raise InputError(
            f"An unfinished fetch into {str(out)!r} asked otherwise: {', '.join(differing)}.",
            "Give the same options to go on with it, or --restart to begin anew.",
        )


def remove_place(out: Path) -> None:
    """Remove the folder of a fetch that is finished."""
    shutil.rmtree(place_of(out), ignore_errors=True)
