"""``cladist fetch``: a hub brought home, by bulk files or page by page, and it can be resumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cladist.errors import InputError
from cladist.hub import bulk as bulk_files
from cladist.hub.cards import NO_CARDS, Policy, fetch_cards, overlapping
from cladist.hub.client import HubClient, ours_or
from cladist.hub.deep import claims_of, wants_reading
from cladist.hub.listing import MARGIN, Listing
from cladist.hub.naming import find_renamed_parents, want_listed
from cladist.hub.place import FILE, fetching, place_of, refuse_existing, remove_place
from cladist.hub.source import StoreSource
from cladist.hub.store import Store
from cladist.progress import Report, silent

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

Tell = Callable[[str], None]


def hush(words: str) -> None:
    """Say nothing."""


#: A dump is of some hours before it is committed, and its own reading took hours.
_BULK_MARGIN: Final = timedelta(days=2)


@dataclass(frozen=True)
class Plan:
    """What is to be fetched."""

    bulk: str | None
    revision: str | None = None
    increments: bool = True
    author: str | None = None
    filter: tuple[str, ...] = ()
    search: str | None = None
    limit: int | None = None
    cards: Policy = NO_CARDS
    deep: bool = False
    revisions: bulk_files.Revisions | None = None

    def identity(self) -> dict[str, Any]:
        """Return what an unfinished fetch must have been asked for to be gone on with."""
        return {
            "bulk": self.bulk, "revision": self.revision, "author": self.author,
            "filter": list(self.filter), "search": self.search, "limit": self.limit,
        }  # fmt: skip

    @property
    def notes(self) -> bool:
        """Whether the models of a dump are noted in the store, for what is asked about each."""
        return self.cards.kind != "none" or self.deep

    def scope(self) -> dict[str, Any]:
        """Return what part of the Hub this is, for an update to ask for no more; empty is all."""
        asked = {"author": self.author, "filter": list(self.filter), "search": self.search,
                 "limit": self.limit}  # fmt: skip
        return {k: v for k, v in asked.items() if v}

    def coverage(self, endpoint: str, observed_at: str) -> str:
        """Say in words what the snapshot covers."""
        parts = [f"author {self.author}"] if self.author else []
        parts += [f"tag {tag}" for tag in self.filter]
        parts += [f"names with {self.search!r}"] if self.search else []
        if self.limit:
            return f"the newest {self.limit:,} models of {endpoint}, {observed_at}: a sample"
        if parts:
            return f"models of {endpoint} with {', '.join(parts)}, {observed_at}: not a census"
        if self.bulk is None:
            return f"all public models by the API of {endpoint}, {observed_at}"
        of = f" at {self.revision}" if self.revision else ""
        asked = ", then the API," if self.increments else ""
        source = f"{self.bulk}{of}{asked} of {endpoint}, {observed_at}"
        if bulk_files.dump_of(self.bulk).followed:
            return f"all public models by {source}"
        return f"what was in {source}: read it as a sample, not a census"


def fetch(
    out: str | Path,
    *,
    api: bool = False,
    bulk: str | None = None,
    revision: str | None = None,
    increments: bool | None = None,
    author: str | None = None,
    filter: Sequence[str] = (),  # noqa: A002
    search: str | None = None,
    limit: int | None = None,
    cards: str = "none",
    deep: bool = False,
    revisions: str | None = None,
    since: str | None = None,
    until: str | None = None,
    estimate: bool = False,
    restart: bool = False,
    replace: bool = False,
    workers: int = 16,
    report: Report = silent,
    tell: Tell = hush,
    client: HubClient | None = None,
) -> dict[str, Any]:
    """Fetch a hub, or a part of it, and write its snapshot; what was begun is gone on with.

    Parameters
    ----------
    out
        The snapshot to be. Beside it, in ``out.fetch``, lies what is unfinished.
    api
        Ask the API's list alone, and no dump first.
    bulk
        ``hub-stats``, ``hub-weekly``, ``modelbiome``, or ``DATASET[:FILE]`` on the Hub: a dump to
        begin with. If None, ``hub-stats`` for the whole Hub, and the API alone for a part of it.
    revision
        Revision of the dump; of ``hub-weekly`` a day, the last one if None.
    increments
        Whether to ask the API for what changed since the dump; by default for
        ``hub-stats`` and ``hub-weekly``.
    author, filter, search, limit
        Only models of an author, with these tags, with a text in the name; the newest so many.
        A dump cannot give them.
    cards
        Which cards: ``none``, ``all``, ``top:N``, ``kin`` (with a parent or a child), ``@FILE``.
    deep
        Whether to read configuration files and heads of weights too.
    revisions, since, until
        ``daily``, ``weekly`` or ``monthly``: also the downloads and likes of old revisions of
        ``hub-stats`` (of the days of ``hub-weekly``, if it is the dump) from one ISO day to
        another, as the table ``downloads``.
    estimate
        Only say how long the cards take.
    restart
        Begin anew instead of going on.
    replace
        Whether a snapshot that is at ``out`` already is replaced when the new one is whole.
    workers
        Most requests at once.
    report, tell
        Told about progress, and words for a person.
    client
        The way to the Hub; by default one of the settings ``HF_*``.

    Returns
    -------
    dict
        ``counts`` of the snapshot, ``requests``, ``retries``, ``pages``, ``cards`` (by state),
        ``observed_at``, ``sending`` and ``seconds``; for an estimate ``seconds`` alone.

    Raises
    ------
    InputError
        If an option cannot be used, or a snapshot is at ``out`` already.
    EnvironmentProblemError
        If the Hub cannot be reached, the disk is full, or another fetch writes there.
    """
    filter = (filter,) if isinstance(filter, str) else filter  # noqa: A001
    bulk = _dump(bulk, api, partly=bool(author or filter or search or limit))
    plan = Plan(
        bulk, revision, _followed(bulk) if increments is None else increments,
        author, tuple(filter), search, limit, Policy.read(cards), deep,
        bulk_files.Revisions.read(revisions, since, until),
    )  # fmt: skip
    _check(plan, workers, estimate=estimate)
    target = Path(out)
    refuse_existing(target, replace=replace or estimate)
    began = time.monotonic()
    own = partial(HubClient, workers=workers)
    with ours_or(client, own) as asked, fetching(target, plan.identity(), restart=restart) as store:
        asked.gate.on_wait = lambda s: tell(f"Waiting {s:.0f} s for the Hub's rate limit.")
        if store.get("observed_at"):
            tell(f"Going on with the fetch of {store.get('observed_at')}.")
        parts = _models(asked, store, plan, report)
        if not parts and not store.count():
            raise _nothing(plan, asked.endpoint)
        if plan.bulk is None or plan.notes:
            find_renamed_parents(asked, store, tell)
        policy = plan.cards
        if policy.kind == "list":
            want_listed(asked, store, policy.ids, tell)
        seconds = estimate_cards(asked, store, policy, tell)
        if estimate:
            tell("The list of models is kept: without --estimate the fetch goes on from here.")
            return {"seconds": round(seconds), "models": store.count()}
        if policy.kind != "none":
            fetch_cards(asked, store, policy, report)
        if deep:
            _deep(asked, store, report)
        dump = bulk_files.series_dump(bulk)
        series = bulk_files.fetch_series(asked, dump, plan.revisions, place_of(target), report)
        told = summary(asked, store) | {"sending": round(time.monotonic() - began, 3)}
        hub = _build(store, target, plan, asked, parts, series, report)
    remove_place(target)
    return {"counts": hub.counts, **told, "seconds": round(time.monotonic() - began, 3)}


def _check(plan: Plan, workers: int, *, estimate: bool) -> None:
    """Refuse numbers that are out of range, and an estimate of nothing."""
    if plan.limit is not None and plan.limit < 1:
        raise InputError(f"The limit {plan.limit} is too few.", "Give 1 or more.")
    if not 1 <= workers <= 64:
        raise InputError(f"{workers} workers are out of range.", "Give 1 to 64.")
    if estimate and plan.cards.kind == "none":
        raise InputError(
            "An estimate says how long the cards take, and none are wanted.",
            "Say which: cards all, top:N, kin or @FILE.",
        )


def _dump(bulk: str | None, api: bool, *, partly: bool) -> str | None:
    """Return the dump to begin with; None is the API alone."""
    if bulk is None:
        return None if api or partly else "hub-stats"
    if api:
        raise InputError(
            "To ask the API alone and to begin with a dump contradict one another.",
            "Give one of api and bulk.",
        )
    if partly:
        raise InputError(
            f"The dump {bulk!r} holds all models: author, filter, search and limit need the API.",
            "Leave bulk away, or the others.",
        )
    return bulk


def _nothing(plan: Plan, endpoint: str) -> InputError:
    asked = {"author": plan.author, "search": plan.search, "filter": ", ".join(plan.filter)}
    given = {option: value for option, value in asked.items() if value}
    with_ = " with " + " and ".join(f"{o} {v!r}" for o, v in given.items()) if given else ""
    return InputError(
        f"The Hub at {endpoint} lists no model{with_}.",
        "Check the spelling: accounts and tags are matched whole." if given else
        "Check HF_ENDPOINT.",
    )  # fmt: skip


def _followed(bulk: str | None) -> bool:
    return bulk is not None and bulk_files.dump_of(bulk).followed


def _models(client: HubClient, store: Store, plan: Plan, report: Report) -> list[bulk_files.Part]:
    """Bring the records of all models into the store, or as parts of a dump."""
    parts = []
    listing = Listing(client, store, plan.identity(), report)
    if plan.bulk is not None:
        part = bulk_files.download(client, plan.bulk, plan.revision, report)
        parts.append(part)
        if store.get("dump") != part.revision:
            if plan.notes:
                bulk_files.note_models(store, part)
            store.set(dump=part.revision)
        if plan.increments:
            listing.changes(part.observed_at - _BULK_MARGIN)
        return parts
    if not store.get("listed"):
        listing.all(plan.limit)
    if plan.limit is None and not store.get("closed"):
        observed = datetime.fromisoformat(store.get("observed_at").replace("Z", "+00:00"))
        listing.changes(observed - MARGIN)
        store.set(closed=True)
    return parts


def estimate_cards(client: HubClient, store: Store, policy: Policy, tell: Tell) -> float:
    """Say how many cards there are to fetch, and how long that takes by the rate limit."""
    if policy.kind == "none":
        return 0.0
    cards = store.cards_missing(policy.kind, policy.top)
    seconds = client.gate.seconds_for(
        "resolvers", cards, authorized=client.authorized, pace=client.pace()
    )
    bucket = client.gate.bucket("resolvers")
    who = "with a token" if client.authorized else "without a token"
    from cladist.hub.rates import DOCUMENTED, WINDOW

    if policy.top is not None and (bare := store.bare(policy.top)):
        tell(f"Without a card: {bare:,} of the {policy.top:,} most downloaded models.")
    limit = bucket.limit or DOCUMENTED["resolvers"][client.authorized]
    tell(
        f"{cards:,} cards to fetch: about {duration(seconds)} at {limit:,} requests in "
        f"{WINDOW // 60} minutes ({who})."
    )
    return seconds


def duration(seconds: float) -> str:
    """Return a time in words: ``40 s``, ``12 min``, ``33 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _deep(client: HubClient, store: Store, report: Report) -> None:
    """Read the files of all models that have some and were not read at this revision."""
    import zlib

    import orjson

    query = (
        "SELECT m.id, m.sha, m.record FROM models m LEFT JOIN read_deep d USING (id) WHERE"
        " m.record IS NOT NULL AND (d.id IS NULL OR d.sha <> m.sha) AND m.id > ?"
        " ORDER BY m.id LIMIT 500"
    )
    last, done = "", 0
    while rows := store.con.execute(query, (last,)).fetchall():
        last = rows[-1][0]
        records = {r[0]: orjson.loads(zlib.decompress(r[2])) for r in rows}
        work = [(r[0], r[1], records[r[0]]) for r in rows if wants_reading(records[r[0]])]
        for block in overlapping(client, lambda w: claims_of(client, w[0], w[2]), work):
            with store.writing():
                for (model, sha, _), claims in block:
                    store.keep_claims(model, sha, claims)
            done += len(block)
            report("configuration files and headers", done, 0)


def summary(client: HubClient, store: Store) -> dict[str, Any]:
    """Return what a fetch cost and brought."""
    return {
        "requests": client.sent,
        "retries": client.retries,
        "pages": int(store.get("pages") or 0),
        "cards": store.card_states(),
        "observed_at": store.get("observed_at"),
        "waited": round(sum(b.waited for b in client.gate.buckets.values()), 1),
    }


def _build(
    store: Store,
    out: Path,
    plan: Plan,
    client: HubClient,
    parts: Sequence[bulk_files.Part],
    series: Sequence[Path],
    report: Report,
) -> Snapshot:
    from cladist.api import build_opened
    from cladist.sources.detect import open_source

    store.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    observed_at = store.get("observed_at") or (parts[0].observed_at.isoformat() if parts else None)
    opened: list[tuple[Any, str, str | None]] = [
        (open_source(p.path, None, observed_at=p.observed_at.isoformat()), p.name,
         p.observed_at.isoformat()) for p in parts
    ]  # fmt: skip
    if store.count():
        opened.append((StoreSource(place_of(out) / FILE), client.endpoint, None))
    return build_opened(
        opened, out, aliases=store.aliases(), downloads=series,
        coverage=plan.coverage(client.endpoint, str(observed_at)[:10]), scope=plan.scope(),
        report=report,
    )  # fmt: skip
