"""The command line: one error boundary around all subcommands."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from cladist.errors import CladistError

INTERNAL_ERROR = 70
INTERRUPTED = 130


class _Interrupted(BaseException):
    """Ctrl-C; not a KeyboardInterrupt, which the argument parser would turn into exit 1."""


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise _Interrupted


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Exit codes: 0 fine, 1 findings, 2 usage or bad input, 3 environment (network, disk, token),
    70 internal error, 130 interrupted. A closed pipe is quiet.
    """
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:  # noqa: PLR0911 - one return a kind of failure
    """Run the command line and return the exit code."""
    previous = signal.signal(signal.SIGINT, _interrupt)
    try:
        return _run(arguments)
    except CladistError as problem:
        return _fail(problem.message, problem.remedy, problem.exit_code)
    except _Interrupted:
        return _fail("Interrupted.", "", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return _fail("Memory ran out.", "Set CLADIST_MEMORY_LIMIT lower, or use more memory.", 3)
    except OSError as problem:
        return _fail(f"{problem.filename or 'The system'}: {problem.strerror or problem}",
                     "Check that the disk has room and that you may write there.", 3)  # fmt: skip
    except Exception as problem:
        told = _database(problem) or _encoding(problem)
        if told is not None:
            return _fail(*told)
        if os.environ.get("CLADIST_DEBUG"):
            raise
        return _fail(
            f"Internal error: {type(problem).__name__}: {problem}",
            "This is a defect of cladist. Run again with CLADIST_DEBUG=1 and report what it says.",
            INTERNAL_ERROR,
        )
    finally:
        signal.signal(signal.SIGINT, previous)


def _encoding(problem: Exception) -> tuple[str, str, int] | None:
    """Tell of a name on the command line that is not UTF-8; None if it is something else."""
    if not isinstance(problem, UnicodeEncodeError):
        return None
    if not any("\udc80" <= c <= "\udcff" for c in problem.object):
        return None
    name = problem.object.encode("utf-8", "surrogateescape")
    return f"The name {name!r} is not valid UTF-8.", "Choose another name.", 2


def _database(problem: Exception) -> tuple[str, str, int] | None:
    """Tell what a failure of DuckDB means for the user; None if it is none of theirs."""
    kind = type(problem)
    if "duckdb" not in kind.__module__:
        return None
    if kind.__name__ == "OutOfMemoryException":
        return ("DuckDB's memory ran out.", "Raise CLADIST_MEMORY_LIMIT (now "
                f"{os.environ.get('CLADIST_MEMORY_LIMIT', 'the default')}).", 3)  # fmt: skip
    if kind.__name__ in ("IOException", "InvalidInputException", "CatalogException",
                         "BinderException", "SerializationException"):  # fmt: skip
        first = str(problem).splitlines()[0]
        if "No space left" in str(problem):
            return (f"The disk is full: {first}", "Make room, and run the same command again.", 3)
        return (
            f"A file cannot be read: {first}",
            "If it belongs to a snapshot, run: cladist validate X, and build it again.",
            2,
        )
    return None


def _run(arguments: list[str]) -> int:
    from cladist.cli.app import app

    try:
        app(args=arguments, prog_name="cladist")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def _fail(message: str, remedy: str, code: int) -> int:
    from cladist.views.terminal import clean

    print(f"cladist: {clean(message)}", file=sys.stderr)
    for line in remedy.splitlines():
        print(f"  {clean(line)}", file=sys.stderr)
    return code
