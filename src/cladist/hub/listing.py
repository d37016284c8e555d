"""The Hub's list of models, page by page into a store, the cursor written with every page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cladist.errors import EnvironmentProblemError
from cladist.hub.answers import ExpiredCursorError, check_page
from cladist.hub.records import OF_LIST, PAGE, Record, moment
from cladist.progress import Report

if TYPE_CHECKING:
    from cladist.hub.answers import Answer
    from cladist.hub.client import HubClient
    from cladist.hub.store import Store

#: How much earlier than we began a change is still looked for: clocks differ, lists lag.
MARGIN: Final = timedelta(minutes=15)
_MOST_RESTARTS: Final = 5
_MOST_CLOSINGS: Final = 5
_MOST_REPEATS: Final = 3


class Listing:
    """One pass over the Hub's list.

    Parameters
    ----------
    client, store
        Whom to ask, and where to write.
    query
        ``author``, ``filter``, ``search``: what of the Hub; None is all.
    report
        Told about progress.
    """

    def __init__(
        self, client: HubClient, store: Store, query: dict[str, Any], report: Report
    ) -> None:
        self.client = client
        self.store = store
        self.query = query
        self.report = report

    def all(self, limit: int | None = None) -> None:
        """List every model by its creation, which never changes, so that none changes place.

        ``limit``: stop after about so many, the newest.
        """
        self._pass("created", "createdAt", None, limit)
        self.store.set(listed=True)

    def changes(self, since: datetime) -> None:
        """List what changed since a time, newest first, and again what changed meanwhile.

        A model that changes while the list is read moves to its top, out of reach of the cursor;
        so the top is read again until it holds nothing new.
        """
        round_ = int(self.store.get("round") or 0)
        while round_ < _MOST_CLOSINGS:
            began = self._moment()
            newer = self._pass(f"changes {round_}", "lastModified", since, None)
            round_ += 1
            self.store.set(round=round_)
            if not newer:
                break
            since = (began or since) - MARGIN
        self.store.set(round=0)

    def _moment(self) -> datetime | None:
        return self.client.last_date

    def _pass(self, name: str, sort: str, since: datetime | None, limit: int | None) -> int:
        first = self.client.list_url(
            author=self.query.get("author"), filter=self.query.get("filter"),
            search=self.query.get("search"), sort=sort,
            limit=PAGE if limit is None else min(PAGE, limit), expand=OF_LIST,
        )  # fmt: skip
        state = self.store.get(name) or {"cursor": first.removeprefix(self.client.endpoint),
                                         "seen": 0, "newer": 0, "restarts": 0}  # fmt: skip
        while state["cursor"] is not None and not (limit and state["seen"] >= limit):
            url = self.client.endpoint + state["cursor"]
            try:
                answer, records = self._page(url)
            except ExpiredCursorError:
                state["restarts"] += 1
                if state["restarts"] > _MOST_RESTARTS:
                    raise EnvironmentProblemError(
                        "The Hub forgets where its list was left, again and again.",
                        "Run it again when the Hub is less busy: what was fetched is kept.",
                    ) from None
                state |= {"cursor": first.removeprefix(self.client.endpoint), "seen": 0}
                self.store.set(**{name: state})
                continue
            state = self._keep(name, state, answer, records, since)
            self.report("models", self.store.get("pages") * PAGE, 0)
        return int(state["newer"])

    def _page(self, url: str) -> tuple[Answer, list[Record]]:
        """Return a page; one that only repeats the page before is asked for again."""
        last = self.store.get("last_page")
        for _ in range(_MOST_REPEATS):
            answer = self.client.get(url, check=check_page)
            records: list[Record] = answer.json()
            ids = [r.get("id") for r in records]
            if not ids or last is None or last["ids"] != [ids[0], ids[-1]] or last["url"] == url:
                break
        return answer, records

    def _keep(
        self,
        name: str,
        state: dict[str, Any],
        answer: Answer,
        records: list[Record],
        since: datetime | None,
    ) -> dict[str, Any]:
        """Write a page and the place behind it, both or neither."""
        following = None if answer.next_url is None else self.client.own(answer.next_url)
        if following == self.client.endpoint + state["cursor"]:
            raise EnvironmentProblemError(
                "The Hub's list leads from a page to itself.", "Run it again later."
            )
        # A page reaches beyond the time that is asked for: what lies behind it is not kept.
        kept = records if since is None else [r for r in records if not _before(r, since)]
        done = len(kept) < len(records)
        ids = [r.get("id") for r in records]
        observed_at = self.store.get("observed_at") or self._observed()
        with self.store.writing():
            newer = self.store.add(kept, observed_at, changed_only=since is not None)
            state = state | {
                "cursor": None if done or following is None
                else following.removeprefix(self.client.endpoint),
                "seen": state["seen"] + len(records), "newer": state["newer"] + newer,
            }  # fmt: skip
            self.store.set(
                **{name: state}, observed_at=observed_at,
                pages=int(self.store.get("pages") or 0) + 1,
                last_page={"url": answer.url, "ids": [ids[0], ids[-1]]} if ids else None,
            )  # fmt: skip
        return state

    def _observed(self) -> str:
        """Return the time of the whole fetch, by the server: one, so that numbers compare."""
        return (self.client.last_date or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _before(record: Record, since: datetime) -> bool:
    modified = moment(record.get("lastModified"))
    return modified is not None and modified < since
