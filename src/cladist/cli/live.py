"""The subcommands of the live Hub: fetch, update, diff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cladist.cli.output import PAGES, JsonOption, emit, emit_json, progress, say, width

OutSnapshot = Annotated[Path, typer.Option("--out", "-o", help="Where the snapshot goes.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Cards = Annotated[
    str,
    typer.Option(
        metavar="POLICY",
        help="none, all, top:N (most downloaded), kin (with a parent or a child), or @FILE.",
    ),
]
Workers = Annotated[int, typer.Option(help="Most requests at once, 1 to 64.")]
Restart = Annotated[
    bool, typer.Option("--restart", help="Begin anew instead of going on with what is unfinished.")
]
Replace = Annotated[
    bool, typer.Option("--replace", help="Replace the snapshot that is there already.")
]


def fetch(
    out: OutSnapshot,
    api: Annotated[
        bool, typer.Option("--api", help="Ask the API's list page by page; no dump first.")
    ] = False,
    bulk: Annotated[
        str | None,
        typer.Option(
            metavar="DUMP",
            help="Begin with a dump: hub-stats (the default), hub-weekly, modelbiome, or "
            "DATASET[:FILE].",
        ),
    ] = None,
    revision: Annotated[
        str | None, typer.Option(help="Revision of the dump; of hub-weekly a day.")
    ] = None,
    increments: Annotated[
        bool | None,
        typer.Option(
            "--increments/--no-increments",
            help="Ask the API for what changed since the dump; by default for hub-stats "
            "and hub-weekly.",
        ),
    ] = None,
    author: Annotated[str | None, typer.Option(help="Only models of this account.")] = None,
    filter: Annotated[  # noqa: A002
        list[str] | None, typer.Option(metavar="TAG", help="Only models with this tag; repeatable.")
    ] = None,
    search: Annotated[str | None, typer.Option(help="Only models with this in the name.")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the newest so many models.")] = None,
    cards: Cards = "none",
    deep: Annotated[
        bool, typer.Option("--deep", help="Read configuration files and heads of weights too.")
    ] = False,
    revisions: Annotated[
        str | None,
        typer.Option(
            help="Downloads over time from old revisions of hub-stats, or from the days of "
            "hub-weekly if it is the dump: daily, weekly, monthly."
        ),
    ] = None,
    since: Annotated[str | None, typer.Option(help="First day of --revisions.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day of --revisions.")] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Say how long the cards take, and stop.")
    ] = False,
    restart: Restart = False,
    replace: Replace = False,
    workers: Workers = 16,
    json: JsonOption = False,
    quiet: Quiet = False,
) -> None:
    """Bring a hub home: from a dump, then what changed; or from the API alone. Can be resumed.

    Interrupted, run the same command again: it goes on where it stopped.
    """  # fmt: skip
    from cladist.hub.fetching import fetch as run

    with progress(quiet) as report:
        told = run(
            out, api=api, bulk=bulk, revision=revision, increments=increments, author=author,
            filter=tuple(filter or ()), search=search, limit=limit, cards=cards, deep=deep,
            revisions=revisions, since=since, until=until, estimate=estimate, restart=restart,
            replace=replace, workers=workers, report=report, tell=_tell(quiet),
        )  # fmt: skip
    _show(told, out, json)


def _tell(quiet: bool) -> Any:
    from cladist.hub.fetching import hush

    return hush if quiet else say


def _show(told: dict[str, Any], out: Path, json: bool) -> None:
    if json:
        emit_json(told)
        return
    if "counts" not in told:
        return
    from cladist.snapshot import open_snapshot
    from cladist.views.counts import counts_text

    emit(counts_text(open_snapshot(out)))
    cards = ", ".join(f"{n:,} {state}" for state, n in told["cards"].items())
    say(
        f"{told['requests']:,} requests, {told['retries']:,} of them again, in "
        f"{told['seconds']:,.0f} s" + (f"; cards: {cards}" if cards else "")
    )
    say(f"Wrote {out}. Next: cladist report {out} --out report/")


def update(
    snapshot: Annotated[str, typer.Argument(metavar="X.snapshot", help="The older snapshot.")],
    out: OutSnapshot,
    cards: Cards = "none",
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="List all models again: finds those that are gone, and all downloads and likes.",
        ),
    ] = False,
    since: Annotated[
        str | None, typer.Option(help="Day from which changes are asked for; known if unset.")
    ] = None,
    restart: Restart = False,
    replace: Replace = False,
    workers: Workers = 16,
    json: JsonOption = False,
    quiet: Quiet = False,
) -> None:
    """Make a new snapshot from an old one and what changed on the Hub since. Can be resumed."""
    from cladist.hub.updating import update as run
    from cladist.snapshot import open_snapshot

    with progress(quiet) as report:
        told = run(open_snapshot(snapshot), out, cards=cards, full=full, since=since,
                   restart=restart, replace=replace, workers=workers, report=report,
                   tell=_tell(quiet))  # fmt: skip
    _show(told, out, json)
    if not json:
        from cladist.views.changing import TITLES

        say(", ".join(f"{n:,} {TITLES[name].lower()}" for name, n in told["changes"].items()))
        say(f"What changed, one by one: cladist diff {snapshot} {out}")


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD.snapshot", help="The older snapshot.")],
    new: Annotated[str, typer.Argument(metavar="NEW.snapshot", help="The newer one.")],
    limit: Annotated[
        int | None, typer.Option(help="Rows of each list; 10 in the terminal, 1000 in a page.")
    ] = None,
    json: JsonOption = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write an HTML page, text or JSON there.")
    ] = None,
) -> None:
    """Tell what changed between two snapshots: models, names, licences, parents, cards."""
    from cladist.changing import changes
    from cladist.errors import InputError
    from cladist.snapshot import open_snapshot
    from cladist.views.changing import changes_page, changes_text

    suffix = "" if out is None else out.suffix.lower()
    form = "json" if json else PAGES.get(suffix)
    if form is None or (json and suffix not in ("", ".json")):
        raise InputError(
            f"The name {str(out)!r} does not go with a difference.",
            "End it in .html, .txt or .json.",
        )
    shown = {"json": None, "html": 1000, "text": 10}[form] if limit is None else limit
    found = changes(open_snapshot(old), open_snapshot(new), limit=shown)
    if form == "json":
        emit_json(found, out)
    else:
        emit(changes_page(found) if form == "html" else changes_text(found, width=width()), out)
