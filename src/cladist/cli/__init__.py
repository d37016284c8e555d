"""The command line: one error boundary around all subcommands."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from cladist.errors import CladistError

INTERNAL_ERROR = 70
INTERRUPTED = 130


#: Commands that go on where they stopped.
_RESUMED = frozenset(("build", "fetch", "update"))


class _Interrupted(BaseException):
    """Ctrl-C; not a KeyboardInterrupt, which the argument parser would turn into exit 1."""


class _Interrupts:
    """Raises at Ctrl-C, and remembers it: a library may make an error of its own of what it met."""

    came = False

    def __call__(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.came = True
        raise _Interrupted


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Exit codes: 0 fine, 1 findings, 2 usage or bad input, 3 environment (network, disk, token),
    70 internal error, 130 interrupted. A closed pipe is quiet.
    """
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command line and return the exit code."""
    interrupts = _Interrupts()
    previous = signal.signal(signal.SIGINT, interrupts)
    try:
        return _run(arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Exception, _Interrupted) as problem:
        if interrupts.came:
            return _interrupted(arguments)
        told = _known(problem)
        if told is None and os.environ.get("CLADIST_DEBUG"):
            raise
        return _fail(*(told or _defect(problem)))
    finally:
        signal.signal(signal.SIGINT, previous)


def _known(problem: BaseException) -> tuple[str, str, int] | None:
    """Tell what went wrong, what to do, and the exit code; None if it is a defect of ours."""
    if isinstance(problem, CladistError):
        return problem.message, problem.remedy, problem.exit_code
    if isinstance(problem, MemoryError):
        return "Memory ran out.", "Set CLADIST_MEMORY_LIMIT lower, or use more memory.", 3
    if isinstance(problem, OSError):
        return (f"{problem.filename or 'The system'}: {problem.strerror or problem}",
                "Check that the disk has room and that you may write there.", 3)  # fmt: skip
    return _database(problem) or _encoding(problem)


def _defect(problem: BaseException) -> tuple[str, str, int]:
    return (
        f"Internal error: {type(problem).__name__}: {problem}",
        "This is a defect of cladist. Run again with CLADIST_DEBUG=1 and report what it says.",
        INTERNAL_ERROR,
    )


def _interrupted(arguments: list[str]) -> int:
    resumed = bool(_RESUMED & set(arguments[:1]))
    remedy = "Run the same command again: it goes on where it stopped." if resumed else ""
    return _fail("Interrupted.", remedy, INTERRUPTED)


def _encoding(problem: BaseException) -> tuple[str, str, int] | None:
    """Tell of a name on the command line that is not UTF-8; None if it is something else."""
    if not isinstance(problem, UnicodeEncodeError):
        return None
    if not any("\udc80" <= c <= "\udcff" for c in problem.object):
        return None
    name = problem.object.encode("utf-8", "surrogateescape")
    return f"The name {name!r} is not valid UTF-8.", "Choose another name.", 2


def _database(problem: BaseException) -> tuple[str, str, int] | None:
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
