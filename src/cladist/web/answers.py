"""What a question is answered from, and what an answer is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cladist.errors import ModelNotFoundError
from cladist.web.index import Index
from cladist.web.jobs import Jobs
from cladist.web.search import Search

if TYPE_CHECKING:
    from pathlib import Path

    from cladist.snapshot import Snapshot

LONGEST_ID = 500


@dataclass(frozen=True)
class Answer:
    """The bytes of an answer and what they are."""

    body: bytes
    media_type: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class State:
    """One snapshot with its index, search and analyses."""

    def __init__(self, hub: Snapshot, directory: Path, census_until: str | None = None) -> None:
        self.hub = hub
        self.index = Index(hub, directory)
        self.search = Search(self.index)
        self.jobs = Jobs(hub, directory)
        self.census_until = census_until

    def row(self, model_id: str) -> int:
        """Return the row of a model, by its id, an old id, or the address of its page.

        Raises
        ------
        ModelNotFoundError
            If there is none; the message names ids that resemble it.
        """
        node = self.search.node_of(model_id) if len(model_id) <= LONGEST_ID else None
        if node is None:
            shown = model_id if len(model_id) <= 100 else model_id[:100] + "..."
            raise ModelNotFoundError.in_snapshot(shown, self.search.nearest(model_id))
        return int(self.index.row_of[node])

    def card(self, row: int) -> str:
        """Return the text of a card.

        Raises
        ------
        ModelNotFoundError
            If the snapshot holds no text of it.
        """
        node = int(self.index.node[row])
        query = "SELECT card FROM cards WHERE node = $1"
        found = self.index.snapshot.lookup.execute(query, [node]).fetchall()
        if not found or found[0][0] is None:
            name = self.index.model_id[node]
            raise ModelNotFoundError(
                f"The snapshot holds no card text of {name!r}.",
                f"Read it on the Hub: https://huggingface.co/{name}",
            )
        return str(found[0][0])
