"""Cards of many models: by a policy, overlapping, each written as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar, cast

from cladist.errors import InputError
from cladist.hub.answers import AbsentError
from cladist.hub.store import CardWanted
from cladist.progress import Report

if TYPE_CHECKING:
    from cladist.hub.answers import Answer
    from cladist.hub.client import HubClient
    from cladist.hub.store import Store

T = TypeVar("T")
U = TypeVar("U")
_QUEUED: Final = 4
#: Tries of a card that does not come as its ETag says.
_TRIES: Final = 3


@dataclass(frozen=True)
class Policy:
    """Which cards: ``none``, ``all``, ``kin`` or ``list``; ``top`` keeps to the most downloaded."""

    kind: str
    top: int | None = None
    ids: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Policy:
        """Read ``none``, ``all``, ``top:N``, ``kin``, or ``@FILE`` with an id a line.

        Raises
        ------
        InputError
            If it is none of these, or the file cannot be read.
        """
        if text in ("none", "all", "kin"):
            return cls(text)
        kind, _, value = text.partition(":")
        if kind == "top" and value.isdigit() and int(value) > 0:
            return cls("all", top=int(value))
        if text.startswith("@"):
            try:
                lines = Path(text[1:]).read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as problem:
                raise InputError(
                    f"The list of cards {text[1:]!r} cannot be read: {problem}.",
                    "Give a file of UTF-8 text with one model id a line.",
                ) from None
            return cls("list", ids=tuple(i.strip() for i in lines if i.strip()))
        raise InputError(
            f"{text!r} is no policy for cards.",
            "Write none, all, top:1000 (most downloaded), kin (with a parent or a child), "
            "or @FILE (one id a line).",
        )


NO_CARDS: Final = Policy("none")


def fetch_cards(client: HubClient, store: Store, policy: Policy, report: Report) -> int:
    """Fetch the cards that are missing or changed, most downloaded first; return how many."""
    total = store.cards_missing(policy.kind, policy.top)
    if not total:
        return 0
    done = 0
    wanted = store.cards_wanted(policy.kind, policy.top)
    for block in overlapping(client, lambda w: _fetch(client, w), wanted):
        with store.writing():
            for want, (state, etag, body) in block:
                store.keep_card(want, state, etag, body)
        done += len(block)
        report("cards", done, total)
    return done


def _fetch(client: HubClient, wanted: CardWanted) -> tuple[str, str | None, bytes | None]:
    """Return state, ETag and body of one card."""
    headers = {} if wanted.etag is None else {"If-None-Match": wanted.etag}
    for revision in dict.fromkeys([wanted.sha or "main", "main"]):
        url = client.file_url(wanted.id, "README.md", revision)
        try:
            answer = _whole(client, url, headers)
        except AbsentError as absent:
            if absent.state == "no_revision":
                continue
            return absent.state, None, None
        if answer is None:
            return "damaged", None, None
        if answer.not_modified:
            return "same", None, None
        return "ok", answer.etag, answer.body
    return "missing", None, None


def _whole(client: HubClient, url: str, headers: dict[str, str]) -> Answer | None:
    """Return a card that is what its ETag names; None if it comes damaged again and again."""
    for attempt in range(_TRIES):
        client.retries += attempt > 0
        answer = client.get(url, bucket="resolvers", headers=headers)
        if answer.not_modified or not answer.damaged:
            return answer
    return None


def overlapping(
    client: HubClient, work: Callable[[T], U], items: Iterable[T]
) -> Iterator[list[tuple[T, U]]]:
    """Run requests at once and yield what is done, in blocks; few are queued at a time.

    When it fails or is left, nothing more is sent.
    """
    # Waiting on futures looks at each of them every time; a queue holds only what is done.
    done: SimpleQueue[tuple[T, U | None, BaseException | None]] = SimpleQueue()

    def run(item: T) -> None:
        try:
            done.put((item, work(item), None))
        except BaseException as problem:
            done.put((item, None, problem))

    source = iter(items)
    with ThreadPoolExecutor(client.workers) as pool:
        under_way = 0
        try:
            for item in islice(source, client.workers * _QUEUED):
                pool.submit(run, item)
                under_way += 1
            while under_way:
                found = [done.get()]
                while not done.empty():
                    found.append(done.get())
                for problem in (p for _, _, p in found if p is not None):
                    raise problem
                under_way -= len(found)
                for item in islice(source, len(found)):
                    pool.submit(run, item)
                    under_way += 1
                yield [(item, cast(U, result)) for item, result, _ in found]
        except BaseException:
            client.gate.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
