"""Live look-ups: what a walk saw becomes a small snapshot, and is asked as every snapshot is.

So the live answer and the answer from a snapshot come from the same functions and are shown by
the same views; live ones say besides when and where they were read, and what was not seen.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

from cladist.errors import EnvironmentProblemError, InputError
from cladist.hub.answers import AbsentError, NoAnswerError
from cladist.hub.cache import Cache
from cladist.hub.client import HubClient, ours_or
from cladist.hub.rates import Gate
from cladist.hub.records import SORTS, told_children
from cladist.hub.walk import Walk, overlapped
from cladist.progress import Report, silent
from cladist.values.references import resolve_own_id, resolve_reference
from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from cladist.hub.source import Claim
    from cladist.snapshot import Snapshot

#: Seconds that a live look-up waits for one answer, whatever keeps it (a rate limit, a slow or a
#: broken server, tries anew), before it gives up.
PATIENCE: Final = 20.0
#: Most requests of a look-up at once: a family of 1,000 models is 1,001 requests.
WALKERS: Final = 64
#: Words for what the Hub says of a model.
STATES: Final = {
    "missing": "not on the Hub: deleted, private, or never there",
    "disabled": "disabled on the Hub",
    "gated": "gated: its files need an agreement",
}


@dataclass(frozen=True)
class Live:
    """A small snapshot of what was seen live, and the walk behind it."""

    hub: Snapshot
    walk: Walk
    observed_at: str
    models: Sequence[str]
    depth: int | None
    down: int | None
    relation: str | None
    seconds: float

    def facts(self) -> dict[str, Any]:
        """Return what every live answer says of itself."""
        client, unasked = self.walk.client, self.walk.unasked(self.models)
        return {
            "endpoint": client.endpoint,
            "observed_at": self.observed_at,
            "requests": client.sent,
            "walk_seconds": round(self.seconds, 3),
            "complete": not self.walk.unseen and not unasked,
            "children_not_asked_for": len(self.walk.unseen),
            "ancestors_not_read": len(unasked),
            "gave_up": self.walk.problem and self.walk.problem.message,
            "depth": self.depth,
            "down": self.down,
            "relation": self.relation,
        }

    def annotate(self, found: dict[str, Any]) -> dict[str, Any]:
        """Add to a trace what only the live Hub tells: states, renames, what was not seen.

        What hangs on ancestors that were not asked for (generation, clan, the family's founder) is
        None. ``n_children_told`` is how many children the Hub counts.
        """
        walk = self.walk
        olds: dict[str, list[str]] = {}
        for old, new in walk.aliases.items():
            if _reason(old, new) == "renamed":
                olds.setdefault(new, []).append(old)

        def with_state(model: dict[str, Any]) -> dict[str, Any]:
            name = model["model"]
            record = walk.records.get(name, {})
            unasked = "not_read" if model["is_ghost"] else None
            state = walk.states.get(name) or ("gated" if record.get("gated") else unasked)
            return model | {"state": state, "renamed_from": sorted(olds.get(name, []))}

        model = found["model"]
        told = told_children(walk.records.get(model, {}), self.relation)
        # Where all children were asked for, those that are left are what there is: the Hub also
        # counts what is cut (a model that names itself) and what it does not show to us.
        seen_all = model in walk.asked and model not in walk.unseen
        unknown = {}
        if walk.unasked([model]):
            unknown = {"generation": None, "clan": None}
        if walk.unasked(walk.records):  # other parents of merges below may be of older families
            unknown["family"] = found["family"] | {"founder": None}
        return with_state(found) | {
            **{k: [with_state(m) for m in found[k]] for k in ("ancestors", "parents", "children")},
            "n_children": found["n_children"] if seen_all else max(found["n_children"], told),
            "n_children_told": told,
            **unknown,
            "live": self.facts(),
        }


@contextmanager
def look_live(
    models: str | Sequence[str],
    *,
    depth: int | None = None,
    descendants: bool = False,
    down: int | None = None,
    relation: str | None = None,
    sort: str = "downloads",
    cards: bool = False,
    deep: bool = False,
    fresh: bool = False,
    whole: bool = False,
    partial: bool = False,
    report: Report = silent,
    tell: Callable[[str], None] = lambda _: None,
    meanwhile: Callable[[], None] = lambda: None,
    client: HubClient | None = None,
) -> Iterator[Live]:
    """Walk the families of some models on the live Hub and open what was seen as a snapshot.

    The ``hub`` of what is yielded is a snapshot for the functions of this package (``trace``,
    ``audit``, ``compare``, ``bom``). It is gone when the block ends.

    Parameters
    ----------
    models
        A model id or the address of a model's page, or several of them.
    depth
        Generations of ancestors; all if None.
    descendants
        Whether to walk downwards too, and ``down`` how many generations: all if None.
    relation, sort
        Children by this relation only; the order in which the Hub lists them.
    cards
        Whether to read the cards of the models themselves.
    deep
        Whether to read the configuration files and the headers of weights of the models.
    fresh
        Whether to ask the Hub again for what the cache holds.
    whole
        Whether to wait for the rate limit instead of leaving descendants out.
    partial
        Whether what was seen will do where the Hub then gives no answer; else it is an error.
    report
        Told about progress.
    tell
        Told in words when the rate limit is waited for.
    meanwhile
        Run beside the first requests, before the libraries that the snapshot needs are loaded.
    client
        The way to the Hub; by default one of the settings ``HF_*``, with a cache.

    Raises
    ------
    ModelNotFoundError
        If the Hub has no such model, or not for us.
    EnvironmentProblemError
        If the Hub cannot be reached or gives no answer, or its rate limit is used up.
    InputError
        If an option or a model id cannot be used.
    """
    _check(relation, sort)
    names = [_named(m) for m in ([models] if isinstance(models, str) else models)]
    with ours_or(client, lambda: _client(whole, tell)) as asked:
        if fresh and asked.offline:
            raise EnvironmentProblemError(
                "--fresh asks the Hub again, and offline mode is on (HF_HUB_OFFLINE).",
                "Unset HF_HUB_OFFLINE, or leave --fresh away.",
            )
        if fresh and asked.cache is not None:
            asked.cache.expire()
        warming = threading.Thread(target=_warm, args=(meanwhile,), daemon=True)
        warming.start()
        walk, began = Walk(asked, report, partial), time.monotonic()
        present = walk.start(names)
        # At once: a generation upwards waits for the answers of the one below it, and meanwhile
        # there is time to go down.
        with ThreadPoolExecutor(1) as beside:
            upwards = beside.submit(walk.ancestors, present, depth)
            if descendants:
                walk.descendants(present, depth=down, relation=relation, sort=sort,
                                 budget=2**62 if whole else None)  # fmt: skip
            upwards.result()
        extra = _cards(asked, walk, present) if cards else {}
        claims = _deep(walk, present, depth, report) if deep else []
        seconds = time.monotonic() - began
        warming.join()
        with tempfile.TemporaryDirectory(prefix="cladist-live-") as place:
            hub, read_at = _open(walk, Path(place), extra, claims)
            yield Live(hub, walk, read_at, present, depth, down, relation, seconds)


def _client(whole: bool, tell: Callable[[str], None]) -> HubClient:
    gate = Gate(patience=None if whole else PATIENCE, on_wait=_once_a_wait(tell))
    remedy = "Try again later, or ask a snapshot: -s X.snapshot."
    return HubClient(workers=WALKERS, cache=Cache(), gate=gate, remedy=remedy)


def _once_a_wait(tell: Callable[[str], None]) -> Callable[[float], None]:
    """Tell of a wait once, however many threads wait."""
    lock, until = threading.Lock(), 0.0

    def wait(seconds: float) -> None:
        nonlocal until
        with lock:
            now = time.monotonic()
            if now < until or seconds < 1:
                return
            until = now + seconds
        tell(f"The Hub's rate limit is used up: waiting {seconds:.0f} s for it to open again.")

    return wait


def _check(relation: str | None, sort: str) -> None:
    if relation is not None and relation not in RELATIONS:
        raise InputError.not_among("--relation", relation, RELATIONS)
    if sort not in SORTS:
        raise InputError.not_among("--sort", sort, SORTS)


def _named(model: str) -> str:
    name = resolve_own_id(model)
    if name is None:
        raise InputError(
            f"{model[:200]!r} is no model id.", "Write org/name, or the address of a model's page."
        )
    return name


def _warm(first: Callable[[], None]) -> None:
    """Load what the build needs while the network is slow."""
    first()
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    import cladist.api
    import cladist.hub.source
    import cladist.tracing  # noqa: F401


def _cards(client: HubClient, walk: Walk, models: Sequence[str]) -> dict[str, str]:
    """Read the cards of some models; those that are not to be had are left out."""

    def read(model: str) -> str | None:
        revision = str(walk.records[model].get("sha") or "main")
        try:
            answer = client.get(client.file_url(model, "README.md", revision), bucket="resolvers")
        except AbsentError:
            return None
        return answer.body.decode("utf-8", "replace")

    found = zip(models, overlapped(client, read, models), strict=True)
    return {model: card for model, card in found if card is not None}


def _deep(walk: Walk, models: Sequence[str], depth: int | None, report: Report) -> list[Claim]:
    """Read the files of the models and their ancestors, and of the parents that these name."""
    from cladist.hub.deep import claims_of

    claims: list[Claim] = []
    read: set[str] = set()
    while not walk.client.gate.stopped.is_set():
        wanted = [m for m, r in walk.records.items()
                  if m not in read and (m in models or "siblings" in r)]  # fmt: skip
        if not wanted:
            break
        read.update(wanted)
        report("configuration files and headers", 0, len(wanted))
        try:
            found = overlapped(
                walk.client, lambda m: claims_of(walk.client, m, walk.records[m]), wanted
            )
        except NoAnswerError as problem:
            if not walk.partial:
                raise
            walk.end(problem)
            break
        claims += [claim for one in found for claim in one]
        for child, parent, _, _ in claims:
            walk.claimed.setdefault(child, []).extend(resolve_reference(parent).ids)
        walk.ancestors(models, depth)  # who is known is not asked for again
    return claims


def _open(
    walk: Walk,
    place: Path,
    cards: dict[str, str],
    claims: list[Claim],
) -> tuple[Snapshot, str]:
    """Build a snapshot of what was seen; return it, and when it was read."""
    from cladist.api import build_from
    from cladist.hub.source import SeenSource

    observed_at = walk.client.observed().strftime("%Y-%m-%dT%H:%M:%SZ")
    host = urlsplit(walk.client.endpoint).netloc or "hub"
    lines = place / "records.jsonl"
    with lines.open("wb") as out:
        for model in sorted(walk.records):
            record = {k: v for k, v in walk.records[model].items() if k != "childrenModelCount"}
            if model in cards:
                record["card"] = cards[model]
            out.write(orjson.dumps(record) + b"\n")
    hub = build_from(
        SeenSource(lines, claims=claims, observed_at=observed_at),
        place / f"{host.replace(':', '_')}.snapshot",
        name=walk.client.endpoint,
        coverage=f"a walk of the live Hub at {walk.client.endpoint}, {observed_at}: one family in "
        "part, not a census",
        aliases=[(old, new, _reason(old, new)) for old, new in sorted(walk.aliases.items())],
    )
    return hub, observed_at


def _reason(old: str, new: str) -> str:
    """Say why one id stands for another: the Hub finds a model whatever the case of its id."""
    return "case" if old.lower() == new.lower() else "renamed"
