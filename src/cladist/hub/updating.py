"""``cladist update``: a new snapshot from an old one and what the Hub says has changed."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from cladist.changing import LISTS, changes
from cladist.errors import InputError
from cladist.hub.cards import Policy, fetch_cards
from cladist.hub.client import HubClient, ours_or
from cladist.hub.fetching import Tell, estimate_cards, hush, summary
from cladist.hub.listing import Listing
from cladist.hub.naming import find_renamed_parents, want_listed
from cladist.hub.place import FILE, fetching, place_of, refuse_existing, remove_place
from cladist.hub.source import StoreSource
from cladist.hub.store import Store
from cladist.progress import Report, silent
from cladist.snapshot import open_snapshot

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

_BLOCK: Final = 2000
#: A snapshot states days; what changed on the last of them is asked for again.
_MARGIN: Final = timedelta(days=1)
#: Column of ``models`` -> field of the record that is made where the source gave none.
_FIELDS: Final = {
    "author": "author", "created_at": "createdAt", "last_modified": "lastModified",
    "downloads": "downloads", "downloads_all_time": "downloadsAllTime", "likes": "likes",
    "pipeline_tag": "pipeline_tag", "library_name": "library_name", "revision": "sha",
    "gated": "gated", "parameters": "parameters", "tags": "tags", "license": "license",
    "language": "language", "datasets": "datasets", "arxiv": "arxiv", "region": "region",
}  # fmt: skip
_TIMES: Final = ("created_at", "last_modified")


def update(
    old: Snapshot,
    out: str | Path,
    *,
    cards: str = "none",
    full: bool = False,
    since: str | None = None,
    restart: bool = False,
    replace: bool = False,
    workers: int = 16,
    report: Report = silent,
    tell: Tell = hush,
    client: HubClient | None = None,
) -> dict[str, Any]:
    """Write a new snapshot from an old one and what changed on the Hub since; resumable.

    Of a snapshot of a part of the Hub (author, tags, search) that part is asked for, no more.

    Parameters
    ----------
    old
        The snapshot to begin with; it is only read.
    out
        The new snapshot.
    cards
        Which cards are to be fetched where they are missing or changed: a policy of ``fetch``.
        Those that the old snapshot holds are kept.
    full
        Whether to list all models again: finds those that are gone, and reads the downloads and
        likes of all; else only models that were changed or made since are read.
    since
        ISO day from which changes are asked for; by default the last day on which the old
        snapshot was observed.
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
        As of ``fetch``, and ``changes``: the counts of :func:`cladist.changing.changes`.

    Raises
    ------
    InputError
        If it is not known since when to ask, ``out`` is a snapshot already, or the old one holds
        the newest so many models only.
    EnvironmentProblemError
        If the Hub cannot be reached, the disk is full, or another fetch writes there.
    """
    target = Path(out)
    if target.resolve() == old.path.resolve():
        raise InputError("A snapshot never changes.", "Name another place with --out.")
    refuse_existing(target, replace=replace)
    scope = _scope(old)
    begin = None if full else _since(old, since)
    query = {"update": old.digest, "full": full, "since": since}
    policy, began = Policy.read(cards), time.monotonic()
    own = partial(HubClient, workers=workers)
    with ours_or(client, own) as asked, fetching(target, query, restart=restart) as store:
        asked.gate.on_wait = lambda s: tell(f"Waiting {s:.0f} s for the Hub's rate limit.")
        _seed(store, old, report)
        listing = Listing(asked, store, scope, report)
        if begin is not None:
            listing.changes(begin)
        else:
            _all_again(listing, store)
        find_renamed_parents(asked, store, tell)
        if policy.kind == "list":
            want_listed(asked, store, policy.ids, tell)
        estimate_cards(asked, store, policy, tell)
        if policy.kind != "none":
            fetch_cards(asked, store, policy, report)
        told = summary(asked, store)
        new = _build(store, target, old, asked, full, report, tell)
    remove_place(target)
    counts = changes(old, new, limit=0)["counts"]
    return {
        "counts": new.counts, "changes": {name: counts[name] for name in LISTS}, **told,
        "seconds": round(time.monotonic() - began, 3),
    }  # fmt: skip


def _scope(old: Snapshot) -> dict[str, Any]:
    """Return what part of the Hub the old snapshot was fetched as; empty is all."""
    scope: dict[str, Any] = old.manifest.get("scope", {})
    if "limit" in scope:
        raise InputError(
            f"{old.name!r} holds the newest {scope['limit']:,} models only: what was made or "
            "changed since is another sample.",
            f"Fetch it anew: cladist fetch --limit {scope['limit']}.",
        )
    return scope


def _since(old: Snapshot, since: str | None) -> datetime:
    day = since or old.manifest["observed"][1]
    if day is None:
        raise InputError(
            f"{old.name!r} does not say when the hub was read.", "Give --since DAY, or --full."
        )
    try:
        moment = datetime.fromisoformat(day)
    except ValueError:
        raise InputError(f"--since {day!r} is no day.", "Write it like 2025-01-31.") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC) - (_MARGIN if since is None else timedelta())


def _all_again(listing: Listing, store: Store) -> None:
    """List every model; those of the old snapshot that are not listed are gone."""
    if store.get("listed") is None:
        listing.all()
    if store.get("gone") is None:
        with store.writing():
            store.set(gone=store.remove_unlisted())


def _seed(store: Store, old: Snapshot, report: Report) -> None:
    """Put the records, cards, claims and renames of the old snapshot into the store."""
    if store.get("seeded"):
        return
    done = int(store.get("seeding") or -1)
    for block in _rows(old, done):
        with store.writing():
            for row in block:
                _seed_one(store, row)
            store.set(seeding=block[-1]["node"])
        report("old snapshot", block[-1]["node"], old.counts["models"])
    claims = old.lookup.execute(
        "SELECT c.model_id, k.parent_raw, nullif(k.relation, 'unknown'), k.method,"
        " k.confidence::VARCHAR, k.observed_at::VARCHAR FROM claims k"
        " JOIN models c ON c.node = k.child"
        " WHERE k.method NOT IN ('hub_tag', 'hub_page', 'card') ORDER BY ALL"
    ).fetchall()
    renamed = old.lookup.execute(
        "SELECT alias, model_id FROM aliases WHERE reason = 'renamed' ORDER BY ALL"
    ).fetchall()
    with store.writing():
        store.con.execute("DELETE FROM claims")
        store.con.executemany("INSERT INTO claims VALUES (?, ?, ?, ?, ?, ?)", claims)
        for alias, model in renamed:
            store.alias(alias, model)
        store.set(seeded=True)


def _rows(old: Snapshot, after: int) -> Iterator[list[dict[str, Any]]]:
    columns = ", ".join(f"{c}::VARCHAR AS {c}" if c in _TIMES else c for c in _FIELDS)
    result = old.lookup.execute(
        f"SELECT node, model_id, {columns}, strftime(observed_at, '%Y-%m-%dT%H:%M:%SZ')"
        " AS observed_at, has_card, card, metadata"
        " FROM models LEFT JOIN cards USING (node) WHERE NOT is_ghost AND node > $1 ORDER BY node",
        [after],
    )
    names = [column[0] for column in result.description or ()]
    while rows := result.fetchmany(_BLOCK):
        yield [dict(zip(names, row, strict=True)) for row in rows]


def _seed_one(store: Store, row: dict[str, Any]) -> None:
    """Add a model as the old snapshot has it, with its card."""
    if row["metadata"] is not None:
        record = orjson.loads(row["metadata"])
    else:
        fields = {name: row[column] for column, name in _FIELDS.items()}
        record = {"id": row["model_id"], **{k: v for k, v in fields.items() if v is not None}}
    record.pop("observed_at", None)
    sha = str(row["revision"] or "")
    store.seed(row["model_id"], record, sha=sha, has_card=row["has_card"],
               observed_at=row["observed_at"])  # fmt: skip
    if row["card"] is not None:
        body = zlib.compress(row["card"].encode(), 1)
        store.con.execute(
            "INSERT OR REPLACE INTO cards VALUES (?, ?, NULL, 'ok', ?)",
            (row["model_id"], sha, body),
        )


def _build(
    store: Store,
    out: Path,
    old: Snapshot,
    client: HubClient,
    full: bool,
    report: Report,
    tell: Tell,
) -> Snapshot:
    from cladist.api import build_opened

    store.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    place = place_of(out)
    day = str(store.get("observed_at"))[:10]
    kind = "listed again" if full else "with what changed since"
    build_opened(
        [(StoreSource(place / FILE), client.endpoint, None)], out, aliases=store.aliases(),
        downloads=_series(old, store, place, full, tell),
        coverage=f"{old.manifest['coverage']}; {kind}, {day}", scope=_scope(old), report=report,
    )  # fmt: skip
    return open_snapshot(out)


def _series(old: Snapshot, store: Store, place: Path, full: bool, tell: Tell) -> list[Path]:
    """Return the parts of the time series: the old one, the old reading, with ``full`` the new.

    A point in time holds the numbers of all models, or sums over models would jump: the reading
    of the old snapshot is one if a single moment gave all its numbers.
    """
    parts = [old.file("downloads")] if "downloads" in old.files else []
    moments = old.lookup.sql(_MOMENTS).fetchall()
    if len(moments) == 1 and moments[0][0] is not None:
        parts.append(_reading(old, place / "before.parquet"))
    elif full and moments:
        tell(
            f"The numbers of {old.name!r} are of {len(moments)} moments, none of which has all: "
            "they become no point in the time series of downloads."
        )
    return [*parts, _listed(store, place / "after.parquet")] if full else parts


_MOMENTS: Final = """
SELECT DISTINCT observed_at FROM models WHERE downloads IS NOT NULL AND NOT is_ghost
"""


def _reading(old: Snapshot, part: Path) -> Path:
    """Write the numbers of a snapshot as a part of the time series."""
    import pyarrow.parquet as pq

    from cladist.schema import DOWNLOADS, arrow_schema

    rows = old.lookup.sql(
        "SELECT model_id AS model, observed_at, downloads, likes FROM models"
        " WHERE downloads IS NOT NULL AND NOT is_ghost"
    ).to_arrow_table()
    pq.write_table(rows.cast(arrow_schema(DOWNLOADS)), part)
    return part


def _listed(store: Store, part: Path) -> Path:
    """Write the numbers of all models that were listed as a part of the time series."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from cladist.schema import DOWNLOADS, arrow_schema

    schema = arrow_schema(DOWNLOADS)
    moment = datetime.fromisoformat(store.get("observed_at").replace("Z", "+00:00"))
    with pq.ParquetWriter(part, schema) as writer:
        for block in store.blocks("SELECT id, downloads, record FROM models WHERE record IS NOT"
                                  " NULL ORDER BY id"):  # fmt: skip
            records = [orjson.loads(zlib.decompress(r[2])) for r in block]
            columns = [
                [r[0] for r in block], [moment] * len(block),
                [r.get("downloads") for r in records], [r.get("likes") for r in records],
            ]  # fmt: skip
            writer.write_table(pa.table(columns, schema=schema))
    return part
