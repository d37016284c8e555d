"""Analyses run one at a time in the background; what they find is kept on disk."""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import orjson

from cladist.analyses import ANALYSES, Analysis, analysis
from cladist.errors import CladistError, InputError
from cladist.provenance import software
from cladist.snapshot import open_snapshot
from cladist.vocab import CLUSTERS, TRAITS, WITHIN
from cladist.web.model_payloads import RunningPayload
from cladist.web.payloads import AnalysisEntry, AnalysisOption

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

#: Analyses that may wait; further questions are told to come back.
MOST_WAITING: Final = 16
#: Failures kept until whoever asked comes back for them.
_KEPT_FAILURES: Final = 64
#: Bounds of numbers, so that one question cannot take hours.
_LARGEST: Final = {"replicates": 10_000, "draws": 100_000, "characters": 20_000, "top": 10_000}
_CHOICES: Final[dict[str, list[str]]] = {
    "trait": list(TRAITS),
    "cluster": list(CLUSTERS),
    "within": list(WITHIN),
    "text": ["metadata", "card", "traits"],
}


@lru_cache(maxsize=1)
def entries() -> list[AnalysisEntry]:
    """Return every analysis with its options."""
    return [
        AnalysisEntry(a.name, a.sentence, list(a.forms), _options(a)) for a in ANALYSES.values()
    ]


def _options(of: Analysis) -> list[AnalysisOption]:
    """Read the options of an analysis from its source: importing all of them takes seconds."""
    place = find_spec(f"cladist.analysis.{of.module}")
    body = ast.parse(Path(str(place.origin if place else "")).read_text(encoding="utf-8")).body
    function = next(
        node for node in body if isinstance(node, ast.FunctionDef) and node.name == of.function
    )
    named = {
        node.target.id: node.value
        for node in body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }

    imported = {
        name.name: str(node.module)
        for node in body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }

    def default(given: ast.expr | None) -> Any:
        if isinstance(given, ast.Name) and given.id in imported:
            return getattr(import_module(imported[given.id]), given.id)
        value = named[given.id] if isinstance(given, ast.Name) else given
        return None if value is None else ast.literal_eval(value)

    defaults = {
        a.arg: d for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    }

    help_of = _help(ast.get_docstring(function) or "")
    return [
        AnalysisOption(name, default(d), _choices(of, name), help_of.get(name, name))
        for name, d in defaults.items()
    ]  # fmt: skip


def _choices(of: Analysis, name: str) -> list[str] | None:
    if name == "definition":
        return list(of.forms)
    if name == "trait" and of.name == "numeric-drift":
        from cladist.traits.quantities import QUANTITIES

        return list(QUANTITIES["standard"])
    if name == "by":
        from cladist.traits.edges import BY

        return list(BY)
    if name == "weighting":
        from cladist.kin.motif_sampling import WEIGHTINGS

        return list(WEIGHTINGS)
    return _CHOICES.get(name)


def _help(doc: str) -> dict[str, str]:
    """Read the first sentence on each parameter from a docstring."""
    part = re.search(r"^Parameters\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", doc, re.MULTILINE | re.DOTALL)
    found: dict[str, str] = {}
    for names, text in re.findall(
        r"^(\w[\w, ]*)\n((?:    .*\n?|\n)+)", part[1] if part else "", re.MULTILINE
    ):
        for name in names.split(","):
            found[name.strip()] = " ".join(text.split()).replace("``", "")
    return found


def read_options(name: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Read the options of an analysis from a question.

    Raises
    ------
    InputError
        If there is no such analysis or option, or a value cannot be read.
    """
    chosen = analysis(name)
    known = chosen.options()
    found: dict[str, Any] = {}
    for key, text in query.items():
        if key == "definition":
            found[key] = text
        elif key not in known:
            raise InputError.not_among("Option", key, [*known, "definition"])
        elif text != "":
            found[key] = _value(key, text, known[key])
    if found.get("definition", "standard") not in chosen.forms:
        raise InputError.not_among("Definition", found["definition"], chosen.forms)
    return found


def _value(key: str, text: str, option: inspect.Parameter) -> Any:
    kind = str(option.annotation)
    if "bool" in kind:
        if text.lower() not in ("0", "1", "true", "false"):
            raise InputError(f"{key}={text[:40]!r} is neither true nor false.", "Write true.")
        return text.lower() in ("1", "true")
    if "int" in kind:
        if not re.fullmatch(r"\d{1,9}", text):
            raise InputError(f"{key}={text[:40]!r} is no number.", "Give a whole number.")
        most = _LARGEST.get(key)
        if most is not None and int(text) > most:
            raise InputError(f"{key}={text} is too large.", f"Give {most} at most.")
        return int(text)
    return text


@dataclass
class _Job:
    """One analysis under way."""

    started: float
    step: str = "waiting for other analyses"
    future: Future[bytes] = field(default_factory=Future)


def _failed(job: _Job) -> bool:
    return job.future.cancelled() or job.future.exception() is not None


class Jobs:
    """Runs analyses of one snapshot and keeps their results."""

    def __init__(self, hub: Snapshot, directory: Path) -> None:
        self.hub = hub
        self.directory = directory / "analysis"
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="cladist-analysis")
        self.lock = Lock()
        self.running: dict[str, _Job] = {}

    def ask(self, name: str, options: dict[str, Any]) -> bytes | RunningPayload:
        """Return the result as JSON, or how far it is.

        Raises
        ------
        CladistError
            What the analysis raised; asking again runs it again.
        BusyError
            If too many are waiting.
        """
        key = self._key(name, options)
        kept = self.directory / f"{key}.json"
        if kept.is_file():
            return kept.read_bytes()
        with self.lock:
            job = self.running.get(key)
            if job is None:
                self._drop_finished()
                if sum(not j.future.done() for j in self.running.values()) >= MOST_WAITING:
                    raise BusyError(
                        "Too many analyses are waiting.", "Ask again when some are done."
                    )
                job = self.running[key] = _Job(time.monotonic())
                job.future = self.pool.submit(self._run, job, name, options, kept)
        if job.future.done():
            with self.lock:
                self.running.pop(key, None)
            return job.future.result()
        return RunningPayload("running", round(time.monotonic() - job.started, 1), job.step)

    def close(self) -> None:
        """Forget what waits; what runs is left to end with the process."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _drop_finished(self) -> None:
        """Drop jobs whose result is on disk, and the oldest failures nobody came back for."""
        done = [(key, job) for key, job in self.running.items() if job.future.done()]
        failed = [key for key, job in done if _failed(job)]
        for key in [k for k, job in done if not _failed(job)] + failed[:-_KEPT_FAILURES]:
            del self.running[key]

    def _key(self, name: str, options: dict[str, Any]) -> str:
        said = orjson.dumps([self.hub.digest, software(), name, options],
                            option=orjson.OPT_SORT_KEYS)  # fmt: skip
        return f"{name}-{hashlib.sha256(said).hexdigest()[:24]}"

    def _run(self, job: _Job, name: str, options: dict[str, Any], kept: Path) -> bytes:
        from cladist.web.encoding import encode

        job.step = f"computing {name}"
        began = time.monotonic()
        try:
            hub = open_snapshot(self.hub.path)
            result = analysis(name).run(hub, **options)
        except CladistError:
            raise
        except Exception as problem:
            raise AnalysisFailedError(
                f"The analysis {name} could not be made: {type(problem).__name__}.",
                f"Run it for the reason: cladist analyze {name} X.snapshot",
            ) from problem
        job.step = "writing the result"
        found = encode({
            "state": "done", "seconds": round(time.monotonic() - began, 2),
            "result": result.to_dict(), "charts": [asdict(c) for c in result.charts],
        })  # fmt: skip
        self.directory.mkdir(parents=True, exist_ok=True)
        work = kept.with_suffix(f".{id(job)}.part")
        work.write_bytes(found)
        work.replace(kept)
        return found


class BusyError(CladistError):
    """The server has too much to do."""


class AnalysisFailedError(CladistError):
    """An analysis ended with a defect."""
