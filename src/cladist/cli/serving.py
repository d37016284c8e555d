"""``cladist serve``: the explorer in the browser."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cladist.cli.output import progress, say
from cladist.errors import EnvironmentProblemError, InputError

if TYPE_CHECKING:
    from cladist.web.answers import State

DEFAULT_PORT: Final = 8000
_PORTS_TRIED: Final = 50


def serve(
    snapshot: Annotated[str, typer.Argument(metavar="X.snapshot", help="A snapshot.")],
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, show_default=False,
                     help="Port; the first free one from 8000 on if not given, any if 0."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other machines see all but this one.")
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Answer to this name too; may be given again."),
    ] = None,
    census_until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="ISO date after which the data are a sample."),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")
    ] = True,
    index_only: Annotated[
        bool, typer.Option("--index-only", help="Lay the snapshot out, and stop.")
    ] = False,
    static: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a static site there instead, and stop."),
    ] = None,
    family: Annotated[
        str | None, typer.Option(metavar="MODEL", help="With --static: only this model's family.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, show_default=False,
                     help="Processes that answer; if not given, one on up to two processors, two"
                          " on more."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:  # fmt: skip
    """Explore a snapshot in the browser: forest, families, models, drifts. Read-only, local.

    The first time the snapshot is laid out, into X.explorer beside it; later starts are instant.
    """
    from cladist.snapshot import open_snapshot
    from cladist.web.building import build_index, index_directory

    hub = open_snapshot(snapshot)
    _check_date(census_until)
    with progress(quiet) as report:
        directory = build_index(hub, index_directory(hub), report)
    if index_only:
        say(f"Laid out in {directory}")
        return
    from cladist.web.answers import State

    if family is not None and static is None:
        raise InputError("--family goes with --static.", "Add --static DIR, or search for it.")
    if static is not None:
        _write_site(State(hub, directory, census_until), static, family, quiet=quiet)
        return
    from cladist.web.app import create_app
    from cladist.web.pages import STATIC
    from cladist.web.server import run
    from cladist.web.workers import Workers, usual_number

    listening = _listen(host, port)
    names = [host if ":" not in host else f"[{host}]", *(allow_host or [])]
    number = usual_number(_processors()) if workers is None else workers
    others = Workers(hub.path, directory, census_until, number) if number > 1 else None
    app = create_app(State(hub, directory, census_until), hosts=names, workers=others)
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else names[0]  # noqa: S104 - only compared
    address = f"http://{shown}:{listening.getsockname()[1]}/"
    if not Path(STATIC / "index.html").is_file():
        say("The pages are not built: run 'make ui' (needs Node). The API works without them.")
    say(f"{hub.name} is at {address}  (Ctrl-C ends it)")
    run(app, listening, open_at=address if browser else None)


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _write_site(state: State, static: Path, family: str | None, *, quiet: bool) -> None:
    from cladist.web.site import write_site

    with progress(quiet) as report:
        written = write_site(state, static, family=family, report=report)
    say(f"Wrote {written['models']:,} models, {written['files']:,} files, to {static}: "
        f"any file host serves it (try: python -m http.server -d {static})")  # fmt: skip


def _check_date(text: str | None) -> None:
    import datetime as dt

    if text is not None:
        try:
            dt.date.fromisoformat(text)
        except ValueError:
            raise InputError(
                f"--census-until {text!r} is no date.", "Write it like 2024-07-11."
            ) from None


def _listen(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens, on the first free port if none is asked for."""
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    tried = [port] if port is not None else range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED)
    problem: OSError | None = None
    for number in tried:
        listening = socket.socket(kind, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
            listening.listen(128)  # whoever reads the address below is not refused
        except OSError as failed:
            listening.close()
            problem = failed
        else:
            return listening
    raise EnvironmentProblemError(
        f"{host}:{port or DEFAULT_PORT} cannot be listened on: "
        f"{problem.strerror if problem else 'no port'}.",
        "Choose another --port or --host.",
    )
