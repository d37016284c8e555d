"""A hub with a known history: as files of every kind, as a snapshot, as the demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from cladist.api import build_from
from cladist.errors import InputError
from cladist.places import check_free, place_of, whole
from cladist.progress import Report, silent
from cladist.snapshot import open_snapshot
from cladist.sources.synthetic import (
    TRUTH_FILES,
    Dirt,
    SyntheticHub,
    SyntheticSource,
    check_folders,
    read_options,
    simulate_hub,
    write_hub_stats,
    write_modelbiome,
    write_records,
    write_repositories,
    write_truth,
)
from cladist.sources.synthetic.options import checked

__all__ = ["demo", "dirt_rates", "read_options", "simulate"]

_WRITERS: Final[dict[str, Callable[[SyntheticHub, Path], None]]] = {
    "records": write_records,
    "hub_stats": write_hub_stats,
    "modelbiome": write_modelbiome,
    "repositories": write_repositories,
}


def simulate(
    models: int,
    out: str | Path,
    *,
    seed: int = 0,
    format: str = "snapshot",  # noqa: A002
    cards: bool = True,
    dirt: Mapping[str, float] | None = None,
    truth: str | Path | None = None,
    replace: bool = False,
    report: Report = silent,
    **options: Any,
) -> dict[str, Any]:
    """Simulate a hub and write it; every record carries the tag ``cladist-simulated``.

    Parameters
    ----------
    models
        Number of models with a record of their own.
    out
        Snapshot, file or folder, by ``format``.
    seed
        Seed: the same seed gives the same bytes.
    format
        ``snapshot``, or ``records``, ``hub_stats``, ``modelbiome``, ``repositories`` to feed the
        readers as real sources would.
    cards
        Whether models have cards.
    dirt
        Rates of what is wrong in the records, by kind, in place of the defaults; ``{}`` and None
        for the defaults. See :class:`~cladist.sources.synthetic.Dirt`.
    truth
        Folder for the true lineage, traits, matrices and options; None: nowhere. No reader
        looks at it. Written last.
    replace
        Whether files of the same name are replaced; else that is an error. Folders that are not
        empty never are, but for a snapshot, which is.
    report
        Told about progress.
    **options
        ``relations``, ``mutation``, ``transitions``, ``neutral``, ``silence``, ``ageing``,
        ``loyalty``, ``habit``, ``giants``: as for :func:`~cladist.sources.synthetic.simulate_hub`.

    Returns
    -------
    dict
        ``models``, ``seed``, ``format``, ``simulated``, and for a snapshot its counts.

    Raises
    ------
    InputError
        If the format, a name or a number cannot be used, or something is in the way.
    """
    if format not in ("snapshot", *_WRITERS):
        raise InputError.not_among("--format", format, ["snapshot", *_WRITERS])
    options = checked(
        {"models": models, "seed": seed, "cards": cards, "dirt": dirt, **options}, "simulate"
    )
    place, beside = _places(out, truth, format, replace=replace)
    if format == "repositories":
        check_folders(models, cards=cards)
    report("simulate", 0, 0)
    hub = simulate_hub(**options | {"dirt": Dirt.of(options["dirt"])})
    told: dict[str, Any] = {"models": models, "seed": seed, "format": format, "simulated": True}
    report(f"write {format}", 0, 0)
    if format == "snapshot":
        told["counts"] = _build(hub, place, report)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        with whole(place) as work:
            _WRITERS[format](hub, work)
    if beside is not None:
        report("write the truth", 0, 0)
        write_truth(hub, beside)
    return told


def _places(
    out: str | Path, truth: str | Path | None, kind: str, *, replace: bool
) -> tuple[Path, Path | None]:
    """Check where the hub and its truth go, before anything is simulated."""
    place = place_of(out, "--out")
    if kind != "snapshot":
        check_free(place, replace=replace, folder=kind == "repositories")
    if truth is None:
        return place, None
    beside = place_of(truth, "--truth")
    if beside.resolve().is_relative_to(place.resolve()):
        raise InputError(
            f"The truth would lie in the hub itself, at {str(beside)!r}.",
            "Name a folder elsewhere with --truth: readers must not find it.",
        )
    if beside.exists() and not beside.is_dir():
        raise InputError(f"{str(beside)!r} is a file.", "Name a folder with --truth.")
    for name in TRUTH_FILES:
        check_free(beside / name, replace=replace)
    return place, beside


def _build(hub: SyntheticHub, out: Path, report: Report) -> Mapping[str, Any]:
    cards = hub.cards is not None
    name = f"simulated hub of {hub.models} models, seed {hub.seed}{'' if cards else ', no cards'}"
    made = build_from(
        SyntheticSource(hub=hub, card_text=cards),
        out,
        name=name,
        coverage="a simulated hub, complete by construction",
        aliases=[(a, m, "renamed" if "/" in a else "legacy")
                 for a, m in sorted(hub.truth.aliases.items())],
        report=report,
    )  # fmt: skip
    return made.counts


def dirt_rates(words: Sequence[str]) -> dict[str, float]:
    """Read ``NAME=RATE`` words; ``none`` sets every rate to 0.

    Raises
    ------
    InputError
        If a word is neither.
    """
    rates: dict[str, float] = {}
    for word in words:
        name, _, number = word.partition("=")
        if word == "none":
            rates |= asdict(Dirt.none())
            continue
        try:
            rates[name] = float(number)
        except ValueError as error:
            raise InputError(
                f"--dirt {word!r} is neither NAME=RATE nor 'none'.",
                "Write it as --dirt ghosts=0.05.",
            ) from error
    return rates


def demo(out: str | Path, *, models: int = 20_000, seed: int = 0, report: Report = silent) -> Path:
    """Simulate a hub, build its snapshot and write its report; return the page to open.

    Parameters
    ----------
    out
        Folder for ``demo.snapshot`` and ``report/``.
    models, seed
        As for :func:`simulate`.
    report
        Told about progress.
    """
    from cladist.report import write_report

    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    snapshot = folder / "demo.snapshot"
    simulate(models, snapshot, seed=seed, report=report)
    write_report(open_snapshot(snapshot), folder / "report", seed=seed, report=report)
    return (folder / "report" / "index.html").resolve()
