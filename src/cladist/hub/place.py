"""Where an unfinished fetch lies: one folder beside the snapshot to be, for one process alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import orjson

from cladist.errors import InputError
from cladist.hub.store import Store
from cladist.ingest.workplace import clear, remove, workplace
from cladist.snapshot import MANIFEST

FILE: Final = "fetch.sqlite"
SUFFIX: Final = ".fetch"


def refuse_existing(out: Path, *, replace: bool) -> None:
    """Raise InputError if there is a snapshot at ``out`` already, unless it is to be replaced."""
    if not replace and (out / MANIFEST).is_file():
        raise InputError(
            f"There is a snapshot at {str(out)!r} already: what it holds, cards too, would be "
            "lost.",
            "Name another place with --out, or give --replace (from Python: replace=True). A newer "
            "one from it: cladist update.",
        )


def place_of(out: Path) -> Path:
    """Return the folder of the unfinished fetch of a snapshot."""
    return out.with_name(out.name + SUFFIX)


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

    Where nothing was fetched nothing is left behind, and the next fetch may ask otherwise.

    Raises
    ------
    InputError
        If ``out`` is something else than a snapshot, or an unfinished fetch asked otherwise.
    EnvironmentProblemError
        If another fetch writes there, or nothing can be written.
    """
    with workplace(out, suffix=SUFFIX, kind="fetch") as place:
        if restart:
            clear(place)
        store = Store(place / FILE)
        try:
            _same_query(store, query, out)
            yield store
        finally:
            nothing = False
            with suppress(sqlite3.Error):
                nothing = store.empty()
            store.close()
            if nothing:
                remove(place)


def _same_query(store: Store, query: dict[str, Any], out: Path) -> None:
    known = store.get("query")
    if known is None or store.empty():
        store.set(query=query)
    elif known != orjson.loads(orjson.dumps(query)):
        differing = sorted(k for k in {*known, *query} if known.get(k) != query.get(k))
        raise InputError(
            f"An unfinished fetch into {str(out)!r} asked otherwise: {', '.join(differing)}.",
            "Give the same options to go on with it, or --restart to begin anew.",
        )


def remove_place(out: Path) -> None:
    """Remove the folder of a fetch that is finished."""
    remove(place_of(out))
