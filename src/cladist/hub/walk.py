"""The family of a model, walked live: ancestors up to the founders, descendants level by level.

Requests overlap. A walk spends at most a part of what the rate limit leaves, and says what it
did not get to see, so that no number of it is taken for more than it is.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from cladist.errors import EnvironmentProblemError, ModelNotFoundError
from cladist.hub.answers import AbsentError, NoAnswerError, check_page, check_record
from cladist.hub.rates import stopped
from cladist.hub.records import OF_CHILDREN, OF_ONE, PAGE, SORTS, Record, child_filter, parents_of
from cladist.progress import Report, silent

if TYPE_CHECKING:
    from cladist.hub.client import HubClient

#: Share of what the rate limit leaves that the descendants of one walk may use.
SHARE: Final = 0.25
#: Ids that are named where one is not there.
_NEAR: Final = 3


@dataclass
class Walk:
    """What was seen.

    ``states`` says of ids that gave no record why (``missing``, ``disabled``); ``aliases`` maps
    old ids to those that the Hub redirected to; ``unseen`` are models whose children were not
    asked for, or not to the end, though the walk was to go there; ``asked`` are those whose
    children were asked for to the end; ``claimed`` are the parents
    that files of a model name beside its record, which the walk follows too.

    The first request without an answer ends a walk: ``problem`` is its error, which is raised
    unless the walk is ``partial``, and then holds what was seen until then.
    """

    client: HubClient
    report: Report = silent
    partial: bool = False
    records: dict[str, Record] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    unseen: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    claimed: dict[str, list[str]] = field(default_factory=dict)
    problem: NoAnswerError | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    # -- single models -----------------------------------------------------------------------

    def look_up(self, model: str) -> str | None:
        """Fetch a model's record unless it is known; return its present id, None if absent."""
        with self._lock:
            known = self.aliases.get(model, model)
            if known in self.records and "childrenModelCount" in self.records[known]:
                return known
            if model in self.states:
                return None
        try:
            answer = self.client.get(self.client.model_url(model, OF_ONE), check=check_record)
        except AbsentError as absent:
            with self._lock:
                self.states[model] = absent.state
            return None
        record = answer.json()
        # Only models that were asked for by themselves have it: it says that the record is whole.
        record.setdefault("childrenModelCount", None)
        found = str(record["id"])
        with self._lock:
            self.records[found] = record
            if found != model:
                self.aliases[model] = found
            if record.get("disabled"):
                self.states[found] = "disabled"
        return found

    def start(self, models: Iterable[str]) -> list[str]:
        """Fetch the models that the walk is about.

        Raises
        ------
        ModelNotFoundError
            If the Hub has no such model, or not for us.
        """
        found = []
        for model in models:
            present = self.look_up(model)
            if present is None:
                raise self._absent(model)
            found.append(present)
        return found

    def _absent(self, model: str) -> ModelNotFoundError:
        if self.states[model] == "disabled":
            return ModelNotFoundError(
                f"Model {model!r} is disabled on the Hub.",
                "Ask a snapshot of before: -s X.snapshot.",
            )
        near = self._near(model)
        names = " or ".join(filter(None, (", ".join(near[:-1]), *near[-1:])))
        meant = f"Did you mean {names}?" if near else (
            "Check the spelling: org/name, as in the address of its page."
        )  # fmt: skip
        private = "" if self.client.authorized else (
            "For a private model set HF_TOKEN, or log in: hf auth login."
        )  # fmt: skip
        found = ModelNotFoundError(
            f"The Hub has no model {model!r}, or does not show it to us.",
            f"{meant}\n{private}".strip(),
        )
        found.nearest = near
        return found

    def _near(self, model: str) -> list[str]:
        """Return the most downloaded models with the name of one that is absent."""
        url = self.client.list_url(
            search=model.rpartition("/")[2], sort=SORTS["downloads"], limit=_NEAR
        )
        try:
            page = self.client.get(url, check=check_page).json()
        except (EnvironmentProblemError, AbsentError):
            return []
        return [r["id"] for r in page if isinstance(r.get("id"), str)][:_NEAR]

    # -- upwards -----------------------------------------------------------------------------

    def ancestors(self, models: Iterable[str], depth: int | None = None) -> None:
        """Fetch the ancestors of models, a generation at a time, all of it at once."""
        level, seen = list(models), set(models)
        above = 0
        with ThreadPoolExecutor(self.client.workers) as pool:
            while (
                level and (depth is None or above < depth) and not self.client.gate.stopped.is_set()
            ):
                wanted = dict.fromkeys(p for m in level for p in self.parents(m))
                found = list(pool.map(self._parent, wanted))
                level = [m for m in dict.fromkeys(found) if m is not None and m not in seen]
                seen.update(level)
                above += 1
                self.report(f"ancestors, {above} generations up", len(self.records), 0)
        self._raise()

    def _parent(self, model: str) -> str | None:
        """Look up a parent; None too where the walk has ended before there was an answer."""
        if self.client.gate.stopped.is_set():
            return None
        try:
            return self.look_up(model)
        except NoAnswerError as problem:
            self.end(problem)
            return None

    def end(self, problem: NoAnswerError) -> None:
        """Send nothing more; the first problem is the one that counts."""
        with self._lock:
            self.problem = self.problem or problem
        self.client.gate.stop()

    def _raise(self) -> None:
        if self.problem is not None and not self.partial:
            raise self.problem

    def parents(self, model: str) -> list[str]:
        """Return the ids of the parents that a model's record and files name, each once."""
        named = [*parents_of(self.records[model]), *self.claimed.get(model, ())]
        return [p for p in dict.fromkeys(named) if p != model]

    def unasked(self, models: Iterable[str]) -> set[str]:
        """Return the ancestors of models that are named, and that the Hub was not asked for."""
        stack, seen, found = list(models), set(models), set()
        # The Hub finds a model whatever the case of its id.
        proper = {m.lower(): m for m in self.records}
        while stack:
            for name in self.parents(stack.pop()):
                parent = self.aliases.get(name) or proper.get(name.lower(), name)
                if parent in seen:
                    continue
                seen.add(parent)
                if parent in self.records:
                    stack.append(parent)
                elif name not in self.states:
                    found.add(parent)
        return found

    # -- downwards ---------------------------------------------------------------------------

    def descendants(
        self,
        models: Iterable[str],
        *,
        depth: int | None = None,
        relation: str | None = None,
        sort: str = "downloads",
        budget: int | None = None,
        most: int | None = None,
    ) -> None:
        """Fetch descendants, nearest and most downloaded first.

        Parameters
        ----------
        models
            Models whose records are known.
        depth
            Generations down; all if None.
        relation
            Only children by this relation.
        sort
            Key of :data:`~cladist.hub.records.SORTS`: the order in which the Hub lists.
        budget
            Most requests; by default a share of what the rate limit leaves, and without a limit
            as many as it takes.
        most
            Children of the first models after which no further page is asked for.
        """
        queue = [(0, 0, m) for m in models]
        asked = {m for _, _, m in queue}
        spent = under_way = 0
        done: SimpleQueue[tuple[int, str, list[Record] | BaseException]] = SimpleQueue()

        def run(generation: int, model: str) -> None:
            enough = most if generation == 0 else None
            done.put((generation, model, self._answer(model, relation, sort, enough)))

        with ThreadPoolExecutor(self.client.workers) as pool:
            try:
                while queue or under_way:
                    allowed = self._allowed(budget)
                    while queue and under_way < 2 * self.client.workers and spent < allowed:
                        generation, _, model = heapq.heappop(queue)
                        pool.submit(run, generation, model)
                        under_way += 1
                        spent += 1
                    if not under_way:
                        break
                    generation, parent, found = done.get()
                    under_way -= 1
                    if isinstance(found, NoAnswerError):
                        self.unseen.add(parent)
                        continue
                    if isinstance(found, BaseException):
                        raise found
                    self.asked.add(parent)
                    for child in self._add(found):
                        if child not in asked and (depth is None or generation + 1 < depth):
                            asked.add(child)
                            size = int(self.records[child].get("downloads") or 0)
                            heapq.heappush(queue, (generation + 1, -size, child))
                    self.report("descendants", len(self.records), 0)
            except BaseException:
                self.client.gate.stop()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        self.unseen.update(model for _, _, model in queue)
        self._raise()

    def _allowed(self, budget: int | None) -> float:
        """Return how many requests for children may be sent in all; none where a walk ended."""
        if self.client.gate.stopped.is_set():
            return 0.0
        if budget is not None:
            return float(budget)
        left = self.client.gate.bucket("api").left
        if left is None:
            return float("inf")
        # What is spent counts against the share of what there was, not of what is left of it.
        return max(4.0, SHARE * (left + self.client.sent))

    def _answer(
        self, model: str, relation: str | None, sort: str, most: int | None
    ) -> list[Record] | BaseException:
        """Return the children of a model, or why there are none; no answer ends the walk."""
        try:
            if self.client.gate.stopped.is_set():
                return stopped()
            return self._children(model, relation, sort, most)
        except NoAnswerError as problem:
            self.end(problem)
            return problem
        except BaseException as problem:
            return problem

    def _children(
        self, model: str, relation: str | None, sort: str, most: int | None
    ) -> list[Record]:
        """Return the children of a model under its present and its old ids."""
        found: list[Record] = []
        with self._lock:
            olds = [old for old, new in self.aliases.items() if new == model]
        for name in [model, *olds]:
            limit = PAGE if most is None else max(1, min(PAGE, most))
            # What the Hub lists unasked is all that a tree shows, and quick to ask for.
            url = self.client.list_url(
                filter=child_filter(name, relation), sort=SORTS[sort], limit=limit,
                expand=OF_CHILDREN if sort == "modified" else None,
            )  # fmt: skip
            for page, next_url in self.client.pages(url):
                found += page
                if most is not None and len(found) >= most and next_url is not None:
                    with self._lock:
                        self.unseen.add(model)
                    break
        return found

    def _add(self, records: list[Record]) -> list[str]:
        """Add the records of a page; a whole record that is known stays."""
        added = []
        with self._lock:
            for record in records:
                model = record.get("id")
                if isinstance(model, str) and model:
                    self.records.setdefault(model, record)
                    added.append(model)
        return added


def overlapped(client: HubClient, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """Run some requests at once and return their results in order."""
    with ThreadPoolExecutor(client.workers) as pool:
        try:
            return list(pool.map(work, items))
        except BaseException:
            client.gate.stop()
            raise
