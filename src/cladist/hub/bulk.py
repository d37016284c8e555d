"""Dumps of the Hub's list in data sets on the Hub, and their old revisions as a time series."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cladist.errors import EnvironmentProblemError, InputError
from cladist.progress import Report

if TYPE_CHECKING:
    from cladist.hub.client import HubClient
    from cladist.hub.store import Store

_DATA: Final = (".parquet", ".csv", ".jsonl", ".json", ".jsonl.gz", ".csv.gz")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_STEPS: Final = {"daily": "%Y-%m-%d", "weekly": "%G-W%V", "monthly": "%Y-%m"}


@dataclass(frozen=True)
class Dump:
    """A data set with the Hub's list, and the file of models in it.

    ``{day}`` in the file's name: there is one file a day (2025-07-16), none is replaced.
    ``followed``: what changed since is asked of the API, unless that is not wanted.
    """

    dataset: str
    file: str | None = None
    followed: bool = False

    @property
    def dated(self) -> bool:
        """Whether there is a file a day."""
        return self.file is not None and "{day}" in self.file

    def days(self, names: Iterable[str]) -> dict[str, str]:
        """Return day -> name of its file, of all files of the data set."""
        form = re.compile(re.escape(str(self.file)).replace(r"\{day\}", r"(\d{4}-\d\d-\d\d)"))
        return {found[1]: name for name in names if (found := form.fullmatch(name))}


#: Word of ``--bulk`` -> the dump.
KNOWN: Final = {
    "hub-stats": Dump("cfahlgren1/hub-stats", "models.parquet", followed=True),
    "hub-weekly": Dump(
        "hfmlsoc/hub_weekly_snapshots", "models/{day}/models.parquet", followed=True
    ),
    "modelbiome": Dump("modelbiome/ai_ecosystem_withmodelcards", "ai_ecosystem_withmodelcards.csv"),
}


def dump_of(what: str) -> Dump:
    """Return the dump that ``--bulk`` names: a word, or ``DATASET[:FILE]``."""
    dataset, _, file = what.partition(":")
    known = KNOWN.get(dataset, Dump(dataset))
    # Of another file of a data set that we know nothing is known.
    return Dump(known.dataset, file) if file and file != known.file else known


def series_dump(what: str | None) -> Dump:
    """Return the dump of whose old readings a series is made: one that keeps them, or hub-stats."""
    dump = KNOWN["hub-stats"] if what is None else dump_of(what)
    return dump if dump.dated else KNOWN["hub-stats"]


@dataclass(frozen=True)
class Part:
    """A file of a dump, here: where, which revision, when it was committed."""

    path: Path
    name: str
    revision: str
    observed_at: datetime


@dataclass(frozen=True)
class Revisions:
    """Which old revisions of a dump: one a ``step``, between two days."""

    step: str
    since: date | None
    until: date | None

    @classmethod
    def read(cls, step: str | None, since: str | None, until: str | None) -> Revisions | None:
        """Read the options; None if no series is wanted.

        Raises
        ------
        InputError
            If a word or a day cannot be read.
        """
        if step is None:
            if since or until:
                raise InputError(
                    "since and until are for revisions.",
                    "Give revisions: daily, weekly or monthly.",
                )
            return None
        if step not in _STEPS:
            raise InputError.not_among("--revisions", step, _STEPS)
        return cls(step, _day("--since", since), _day("--until", until))

    def pick(self, commits: list[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
        """Return the last commit of every step, oldest first."""
        chosen: dict[str, tuple[str, datetime]] = {}
        for revision, when in sorted(commits, key=lambda c: (c[1], c[0])):
            after = self.since is None or when.date() >= self.since
            if after and (self.until is None or when.date() <= self.until):
                chosen[when.strftime(_STEPS[self.step])] = revision, when
        return list(chosen.values())


def _day(flag: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{flag} {text!r} is no day.", "Write it like 2025-01-31.") from None


def _api(client: HubClient) -> Any:
    from huggingface_hub import HfApi
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    return HfApi(endpoint=client.endpoint, token=client.token)


def download(client: HubClient, what: str, revision: str | None, report: Report) -> Part:
    """Download a dump into the cache of ``huggingface_hub``, or find it there.

    Raises
    ------
    InputError
        If there is no such data set, revision or file.
    EnvironmentProblemError
        If the Hub cannot be reached.
    """
    dump = dump_of(what)
    report(f"download {dump.dataset}", 0, 0)
    api = _api(client)
    day = revision if dump.dated and revision and _DAY.fullmatch(revision) else None
    with told(client, f"{dump.dataset}@{revision or 'main'}"):
        info = api.dataset_info(dump.dataset, revision=None if day else revision)
    names = [s.rfilename for s in info.siblings or ()]
    when = info.last_modified or datetime.now(UTC)
    if dump.dated:
        day, name = _of_day(dump, names, day)
        when = datetime.fromisoformat(day).replace(tzinfo=UTC)
    else:
        name = dump.file or _only(names, dump.dataset)
    with told(client, f"{dump.dataset}@{revision or 'main'}"):
        path = api.hf_hub_download(dump.dataset, name, repo_type="dataset", revision=info.sha)
    return Part(Path(path), f"{dump.dataset}/{name}", str(info.sha), when)


def _of_day(dump: Dump, names: list[str], day: str | None) -> tuple[str, str]:
    """Return a day and its file, the last day if none is asked for."""
    days = dump.days(names)
    chosen = day or max(days, default="")
    if chosen not in days:
        span = f"from {min(days)} to {max(days)}" if days else "nothing"
        raise InputError(
            f"{dump.dataset} holds no file of {chosen or 'models'}.",
            f"It holds {len(days):,} days, {span}; leave --revision away for the last.",
        )
    return chosen, days[chosen]


def _only(names: list[str], dataset: str) -> str:
    found = sorted(n for n in names if n.lower().endswith(_DATA))
    if len(found) != 1:
        raise InputError(
            f"The data set {dataset!r} holds {len(found)} files of data.",
            f"Name one: --bulk {dataset}:FILE"
            + (f", of {', '.join(found[:8])}." if found else "."),
        )
    return found[0]


@contextmanager
def told(client: HubClient, what: str) -> Iterator[None]:
    """Turn the errors of ``huggingface_hub`` into words."""
    import httpx2
    from huggingface_hub import errors

    from cladist.hub.answers import hide_secrets

    absent = (errors.RepositoryNotFoundError, errors.RevisionNotFoundError,
              errors.EntryNotFoundError)  # fmt: skip
    try:
        yield
    except errors.LocalEntryNotFoundError as problem:
        raise _away(client, what, problem) from None
    except absent:
        raise InputError(
            f"The Hub has no {what}, or does not show it to us.",
            f"Check --bulk ({', '.join(KNOWN)}, or a data set) and --revision; "
            "--api asks the list instead.",
        ) from None
    except (httpx2.HTTPError, errors.OfflineModeIsEnabled) as problem:
        raise _away(client, what, hide_secrets(str(problem))) from None


def _away(client: HubClient, what: str, problem: object) -> EnvironmentProblemError:
    lines = str(problem).strip().splitlines()
    return EnvironmentProblemError(
        f"{what} cannot be had from {client.endpoint}: {lines[0] if lines else 'no answer'}",
        "Check the network and HF_HUB_OFFLINE; --api asks the list instead.",
    )


def note_models(store: Store, part: Part) -> None:
    """Note ids, revisions, downloads and links of a dump, so that its cards can be fetched."""
    for block in _rows(part.path):
        with store.writing():
            for row in block:
                store.note(row)


def _rows(path: Path) -> Iterator[list[dict[str, Any]]]:
    """Yield what cards need of a dump, in blocks: JSON columns parsed."""
    import orjson
    import pyarrow.parquet as pq

    from cladist.sources.fields import FIELDS

    if path.suffix != ".parquet":
        raise InputError(
            f"Cards cannot be fetched for {path.name}.", "They need a dump in Parquet, or --api."
        )
    file = pq.ParquetFile(path)
    wanted = {"id": FIELDS["model_id"], "sha": ("sha",), "downloads": ("downloads",),
              "lastModified": FIELDS["last_modified"], "tags": ("tags",),
              "siblings": ("siblings",)}  # fmt: skip
    names = {k: next((n for n in v if n in file.schema_arrow.names), None)
             for k, v in wanted.items()}  # fmt: skip
    columns = [n for n in names.values() if n is not None]
    for batch in file.iter_batches(10_000, columns=columns):
        rows = []
        for row in batch.to_pylist():
            one = {k: row.get(n) for k, n in names.items() if n is not None}
            if isinstance(one.get("siblings"), str):
                try:
                    one["siblings"] = orjson.loads(one["siblings"])
                except orjson.JSONDecodeError:
                    one["siblings"] = None
            rows.append(one)
        yield rows


def fetch_series(
    client: HubClient, dump: Dump, revisions: Revisions | None, place: Path, report: Report
) -> list[Path]:
    """Fetch downloads and likes of old revisions, each into a file; finished ones are kept.

    Of each revision only the columns ``id``, ``downloads`` and ``likes`` are read, by range
    requests.
    """
    if revisions is None:
        return []
    folder = place / "series"
    folder.mkdir(exist_ok=True)
    with told(client, dump.dataset):
        chosen = revisions.pick(_readings(client, dump))
    if not chosen:
        raise InputError(
            f"{dump.dataset} has no revision in that time.", "Widen --since and --until."
        )
    parts = []
    for number, (path, when) in enumerate(chosen):
        report(f"downloads of {when.date()}", number, len(chosen))
        mark = blake2b(path.encode(), digest_size=6).hexdigest()
        part = folder / f"{when:%Y-%m-%dT%H%M%S}-{mark}.parquet"
        if not part.exists():
            with told(client, path):
                _read_revision(client, path, when, part)
        parts.append(part)
    return parts


def _readings(client: HubClient, dump: Dump) -> list[tuple[str, datetime]]:
    """Return the address of every old reading of the list, and when it was made."""
    api = _api(client)
    if dump.dated:
        info = api.dataset_info(dump.dataset)
        days = dump.days(s.rfilename for s in info.siblings or ())
        return [
            (f"datasets/{dump.dataset}@{info.sha}/{name}",
             datetime.fromisoformat(day).replace(tzinfo=UTC)) for day, name in days.items()
        ]  # fmt: skip
    return [
        (f"datasets/{dump.dataset}@{c.commit_id}/{dump.file}", c.created_at)
        for c in api.list_repo_commits(dump.dataset, repo_type="dataset")
    ]


def _read_revision(client: HubClient, path: str, when: datetime, part: Path) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from huggingface_hub import HfFileSystem

    from cladist.schema import DOWNLOADS, arrow_schema

    files = HfFileSystem(endpoint=client.endpoint, token=client.token)
    new = part.with_suffix(".new")
    moment = pa.scalar(when.astimezone(UTC), pa.timestamp("us", tz="UTC"))
    with files.open(path, block_size=1 << 20) as handle:
        file = pq.ParquetFile(handle)
        with pq.ParquetWriter(new, arrow_schema(DOWNLOADS)) as writer:
            for batch in file.iter_batches(100_000, columns=["id", "downloads", "likes"]):
                table = pa.table(
                    {
                        "model": batch["id"].cast(pa.string()),
                        "observed_at": pa.repeat(moment, batch.num_rows),
                        "downloads": batch["downloads"].cast(pa.int64()),
                        "likes": batch["likes"].cast(pa.int64()),
                    }
                )
                writer.write_table(table.filter(pc.is_valid(table["model"])))
    new.replace(part)
