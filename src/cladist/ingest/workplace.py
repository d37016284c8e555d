"""The folder of unfinished work beside a snapshot to be: for one process alone, on any system."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cladist.errors import EnvironmentProblemError, InputError
from cladist.snapshot import MANIFEST

#: The file that is locked; its being there says that the folder is ours.
LOCK: Final = "lock"


@contextmanager
def workplace(out: Path, *, suffix: str = ".partial", kind: str = "build") -> Iterator[Path]:
    """Open the folder of the unfinished work beside ``out``, for this process alone.

    The system frees the lock when the process ends, however it ends (``kill -9``), so that what
    it leaves behind is gone on with.

    Parameters
    ----------
    out
        The snapshot to be.
    suffix
        What the folder's name has beyond that of ``out``.
    kind
        What is done there, in the words of errors: ``build``, ``fetch``.

    Raises
    ------
    InputError
        If ``out`` exists and is no snapshot: it would be replaced.
    EnvironmentProblemError
        If another process works there, or nothing can be written.
    """
    if out.exists() and not (out / MANIFEST).is_file():
        raise InputError(
            f"{str(out)!r} exists and is no snapshot, so it is not replaced.",
            "Name another place with --out, or remove it yourself.",
        )
    folder = out.with_name(out.name + suffix)
    lock = folder / LOCK
    strange = folder.is_dir() and any(folder.iterdir()) and not lock.is_file()
    if folder.is_symlink() or lock.is_symlink() or strange:
        raise InputError(
            f"{str(folder)!r} is in the way and is not of an unfinished {kind}.",
            "Move it away, or use another --out.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise _unwritable(folder, problem) from None
    with _locked(lock, out, kind):
        yield folder


def clear(folder: Path) -> None:
    """Remove what lies in a work folder, but not its lock."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def remove(folder: Path) -> None:
    """Remove a work folder whose work is done, its lock last: without it the rest is a stranger's.

    Where files that are open cannot be removed (Windows) the lock stays, and is used again.
    """
    with suppress(OSError):
        clear(folder)
        (folder / LOCK).unlink()
        folder.rmdir()


@contextmanager
def _locked(lock: Path, out: Path, kind: str) -> Iterator[None]:
    from filelock import FileLock, Timeout

    # Not per thread: a generator may be closed by another thread than began it.
    held = FileLock(lock, timeout=0, mode=0o644, thread_local=False)
    try:
        held.acquire()
    except Timeout:
        raise EnvironmentProblemError(
            f"Another {kind} is writing {str(out)!r} right now.",
            "Wait for it, or use another --out.",
        ) from None
    except (OSError, NotImplementedError) as problem:
        raise _unwritable(lock.parent, problem) from None
    try:
        yield
    finally:
        held.release()


def _unwritable(folder: Path, problem: Exception) -> EnvironmentProblemError:
    why = getattr(problem, "strerror", None) or problem
    return EnvironmentProblemError(
        f"{str(folder)!r} cannot be written: {why}.",
        "Choose another place with --out, or make room.",
    )
