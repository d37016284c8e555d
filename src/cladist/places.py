"""Where files are written: whole or not at all, and over nothing of anybody's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cladist.errors import InputError


def place_of(given: Any, what: str) -> Path:
    """Return a path that was given as text or path.

    Raises
    ------
    InputError
        If it is neither, or empty, or stands for standard output.
    """
    if not isinstance(given, str | os.PathLike) or not str(given).strip():
        raise InputError(f"{what} = {given!r} is no path.", "Name a file or folder.")
    if str(given) == "-":
        raise InputError(f"{what} - would be standard output, which simulate does not write to.",
                         "Name a file; ./- is one.")  # fmt: skip
    return Path(given)


def check_free(place: Path, *, replace: bool, folder: bool = False) -> None:
    """Refuse a place where something is that would be lost.

    Parameters
    ----------
    place
        File or folder to be.
    replace
        Whether a file may be replaced; a folder never is.
    folder
        Whether a folder is to be, which may be there as long as it is empty.

    Raises
    ------
    InputError
        If something is in the way.
    """
    if place.is_dir():
        if not folder or any(place.iterdir()):
            raise InputError(f"{str(place)!r} is a folder{' that is not empty' * folder}.",
                             "Name another place with --out, or remove it yourself.")  # fmt: skip
    elif not replace and (place.exists() or place.is_symlink()):
        raise InputError(f"{str(place)!r} is there already.",
                         "Name another place, or allow --replace.")  # fmt: skip


@contextmanager
def whole(place: Path) -> Iterator[Path]:
    """Give a place beside it to write to; it becomes ``place`` only if all went well.

    The name ends as that of ``place`` does, since writers look at the ending.
    """
    work = place.with_name(f".partial-{os.getpid()}-{place.name}")
    try:
        yield work
        if work.is_dir() and place.is_dir():  # an empty one
            place.rmdir()
        work.replace(place)
    finally:
        if work.is_dir():
            shutil.rmtree(work, ignore_errors=True)
        else:
            work.unlink(missing_ok=True)
