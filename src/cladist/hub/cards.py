"""Cards of many models: by a policy, overlapping, each written as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cladist.errors import InputError
from cladist.hub.client import AbsentError
from cladist.hub.store import CardWanted
from cladist.progress import Report

if TYPE_CHECKING:
    from cladist.hub.client import HubClient
    from cladist.hub.store import Store

T = TypeVar("T")
U = TypeVar("U")
_QUEUED: Final = 4


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
            f"--cards {text!r} is no policy.",
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
            answer = client.get(url, bucket="resolvers", headers=headers)
        except AbsentError as absent:
            if absent.state == "no_revision":
                continue
            return absent.state, None, None
        if answer.not_modified:
            return "same", None, None
        return "ok", answer.etag, answer.body
    return "missing", None, None


def overlapping(
    client: HubClient, work: Callable[[T], U], items: Iterable[T]
) -> Iterator[list[tuple[T, U]]]:
    """Run requests at once and yield what is done, in blocks; few are queued at a time.

    When it fails or is left, nothing more is sent.
    """
    source = iter(items)
    running: dict[Future[U], T] = {}
    ended = False
    with ThreadPoolExecutor(client.workers) as pool:
        try:
            while running or not ended:
                while not ended and len(running) < client.workers * _QUEUED:
                    item: Any = next(source, None)
                    if item is None:
                        ended = True
                        break
                    running[pool.submit(work, item)] = item
                if running:
                    done = wait(running, return_when=FIRST_COMPLETED).done
                    yield [(running.pop(task), task.result()) for task in done]
        except BaseException:
            client.gate.stop()
            for task in running:
                task.cancel()
            raise
