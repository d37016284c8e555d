"""Writing the folder: run the analyses, write tables, figures and the page, rename into place."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from cladist import provenance
from cladist.errors import CladistError, EnvironmentProblemError, InputError
from cladist.report import blocks, books, drawing, front, plan
from cladist.report.words import coverage_in_words, dates_read
from cladist.views import page, plots, replication_html
from cladist.views.tables import marked
from cladist.views.terminal import clean

if TYPE_CHECKING:
    from cladist.result import Result
    from cladist.snapshot import Snapshot

FORMAT: Final = "cladist-report"
#: Rows of a main table that ``summary.json`` holds; the Parquet file holds all.
SUMMARY_ROWS: Final = 100
_PARTS: Final = frozenset({"index.html", "replication.html", "summary.json", "tables", "figures"})
_SUFFIX: Final = {"tables": ".parquet", "figures": ".svg"}

Report = Callable[[str, int, int], None]
Done = list[tuple[plan.Run, "Result"]]


def _silent(step: str, done: int, total: int) -> None:
    """Report progress to nobody."""


def write_report(
    hub: Snapshot,
    out: str | Path,
    *,
    seed: int = 0,
    replicate: bool = False,
    report: Report = _silent,
) -> dict[str, Any]:
    """Write the whole anatomy of a hub: one page, its tables, its figures, its numbers.

    The folder holds ``index.html`` (opens without a network), ``tables/*.parquet`` (every table
    of every result), ``figures/*.svg`` (every chart) and ``summary.json``. It is written beside
    ``out`` and renamed; the same snapshot and seed give the same bytes.

    Parameters
    ----------
    hub
        The snapshot.
    out
        The folder. An older report in it is replaced.
    seed
        Seed of all random draws.
    replicate
        Write ``replication.html`` as well: every published figure beside ours.
    report
        Told about progress: step, done, total.

    Returns
    -------
    dict
        ``out``, ``page``, ``tables`` and ``figures`` (how many), ``headline`` (name -> number),
        ``failed`` (analysis -> why it could not run), ``simulated``.

    Raises
    ------
    InputError
        If ``out`` is a file, or a folder that holds anything but a report.
    EnvironmentProblemError
        If it cannot be written.
    """
    folder = Path(out)
    check_target(folder)
    done, failed = _analyse(hub, seed, report)
    replicated = _replicated(hub, seed, report) if replicate else []
    # The figures of the folder are drawn beside those of the page: drawing takes most of the time.
    with _beside(folder) as work, ThreadPoolExecutor(1) as pool:
        report("draw figures", 0, 0)
        drawn = pool.submit(_write_figures, done + replicated, work / "figures")
        tables = _write_tables(done + replicated, work / "tables")
        results = {run.name: result for run, result in done}
        numbers = front.headlines(hub, results)
        context = _context(hub, seed, done, failed, numbers, bool(replicated))
        summary = _summary(hub, seed, done + replicated, failed, numbers)
        for _, result in replicated:
            text = replication_html.replication_page(result)
            (work / "replication.html").write_text(text, encoding="utf-8", newline="\n")
        (work / "summary.json").write_bytes(summary)
        (work / "index.html").write_text(page.render(context), encoding="utf-8", newline="\n")
        figures = drawn.result()
        _put(work, folder)
    return {
        "out": str(out),
        "page": str(folder / "index.html"),
        "tables": tables,
        "figures": figures,
        "headline": {h.name: h.number for h in numbers},
        "failed": dict(failed),
        "simulated": hub.simulated,
    }


def _analyse(hub: Snapshot, seed: int, report: Report) -> tuple[Done, dict[str, str]]:
    """Run every analysis; one that refuses this snapshot is named with its reason."""
    done: Done = []
    failed: dict[str, str] = {}
    runs = plan.runs()
    for number, run in enumerate(runs):
        report(run.name, number, len(runs))
        try:
            done.append((run, run.analysis.run(hub, **run.options(seed))))
        except CladistError as problem:
            failed[run.name] = problem.message
    report("analyses", len(runs), len(runs))
    return done, failed


def _replicated(hub: Snapshot, seed: int, report: Report) -> Done:
    from cladist.replication import replicate

    return [(plan.REPLICATION, replicate(hub, seed=seed, report=report))]


# --- the folder ---------------------------------------------------------------------------------


def check_target(folder: Path) -> None:
    """Make sure that nothing but an older report would be replaced.

    Raises
    ------
    InputError
        If the path is a file, or the folder holds something that no report holds.
    """
    remedy = "Choose another --out, or empty the folder yourself."
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{str(folder)!r} is a file, not a folder.", "Choose another --out.")
    held = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    if not held:
        return
    if not _is_report(folder):
        raise InputError(f"{str(folder)!r} is not empty and is no report of cladist.", remedy)
    strange = [n for n in held if n not in _PARTS]
    for part, suffix in _SUFFIX.items():
        if (folder / part).is_dir():
            inside = sorted((folder / part).iterdir())
            strange += [f"{part}/{p.name}" for p in inside if p.suffix != suffix]
    if strange:
        raise InputError(
            f"{str(folder)!r} holds an older report, but also {clean(strange[0])!r}, which "
            "replacing it would delete.",
            remedy,
        )


def _is_report(folder: Path) -> bool:
    try:
        summary = orjson.loads((folder / "summary.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return False
    return isinstance(summary, dict) and summary.get("format") == FORMAT


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside the target, removed again whatever happens."""
    target = folder.resolve()
    work = target.parent / f".{target.name}.{os.getpid()}.partial"
    try:
        work.mkdir(parents=True)
        for part in _SUFFIX:
            (work / part).mkdir()
        yield work
    except OSError as problem:
        raise EnvironmentProblemError(
            f"The report cannot be written to {str(folder)!r}: {problem.strerror}.",
            "Choose another --out, or make room.",
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put(work: Path, folder: Path) -> None:
    """Put the finished folder in its place; an older report goes only after that."""
    target = folder.resolve()
    check_target(folder)
    old = work.with_suffix(".old")
    if target.is_dir():
        target.rename(old)
    work.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _slug(text: str) -> str:
    """Return a name that is safe as a file name; ours already are."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower())


def _write_tables(done: Done, folder: Path) -> int:
    import pyarrow.parquet as pq

    names = set()
    for run, result in done:
        for name in result.tables:
            stem = _slug(f"{run.name}-{name}")
            pq.write_table(marked(result, name), folder / f"{stem}.parquet", compression="zstd")
            names.add(stem)
    return len(names)


def _write_figures(done: Done, folder: Path) -> int:
    drawn = 0
    for run, result in done:
        for chart in drawing.page_charts(result):
            shown, chart = drawing.drawable(result, chart)  # noqa: PLW2901 (the same chart, in words)
            if drawing.is_empty(shown, chart):
                continue
            text = plots.svg(shown, plots.citable(shown, chart), embed_title=True)
            name = _slug(f"{run.name}-{chart.name}")
            (folder / f"{name}.svg").write_text(text, encoding="utf-8", newline="\n")
            drawn += 1
    return drawn


# --- what the page and the summary hold ---------------------------------------------------------


def _context(
    hub: Snapshot,
    seed: int,
    done: Done,
    failed: dict[str, str],
    headline: list[front.Headline],
    replicated: bool,
) -> page.Context:
    results = {run.name: result for run, result in done}
    made = hub.provenance(seed=seed)
    return page.Context(
        name=hub.name,
        simulated=hub.simulated,
        dates=dates_read(made.observed),
        coverage=coverage_in_words(made.coverage),
        version=made.cladist,
        digest=hub.digest,
        seed=seed,
        headlines=headline,
        cards=front.cards(results),
        missing=front.missing(hub, results),
        sections=blocks.sections(done, failed),
        accounts=books.accounts(hub),
        sources=books.sources(hub),
        counts=books.counts(hub),
        balance=hub.counts,
        versions=books.versions(),
        replicated=replicated,
    )


def _summary(
    hub: Snapshot, seed: int, done: Done, failed: dict[str, str], headline: list[front.Headline]
) -> bytes:
    held = {
        "format": FORMAT,
        "format_version": 1,
        "cladist": provenance.software(),
        "snapshot": hub.name,
        "snapshot_digest": hub.digest,
        "simulated": hub.simulated,
        "observed": hub.manifest["observed"],
        "coverage": hub.manifest["coverage"],
        "seed": seed,
        "counts": hub.counts,
        "headline": [asdict(h) for h in headline],
        "results": {run.name: _brief(run, result) for run, result in done},
        "failed": failed,
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(held, option=options)


def _brief(run: plan.Run, result: Result) -> dict[str, Any]:
    """Return a result without its long tables: their rows and files stand instead."""
    main = {"table": result.table.slice(0, SUMMARY_ROWS)}
    whole = replace(result, tables=main).to_dict()
    del whole["tables"]
    return {
        **whole,
        "table_rows": result.table.num_rows,
        "table_rows_here": main["table"].num_rows,
        "files": {
            name: {"file": f"tables/{_slug(f'{run.name}-{name}')}.parquet", "rows": t.num_rows}
            for name, t in result.tables.items()
        },
    }
