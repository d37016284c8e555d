"""Sources between the Hub and a snapshot: what a walk saw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from cladist.sources.batching import table
from cladist.sources.protocol import RAW_CLAIMS, Progress, RawBatch, no_progress
from cladist.sources.records import RecordsSource

#: (child, parent, relation, method) of a claim read from files.
Claim = tuple[str, str, str | None, str]
_KIND: Final = "hub"


class SeenSource(RecordsSource):
    """Records in JSON Lines, and claims read from configuration files beside them."""

    kind = _KIND

    def __init__(
        self, path: Path, *, claims: Sequence[Claim] = (), observed_at: str | None = None
    ) -> None:
        super().__init__(path, observed_at=observed_at)
        self.claims = claims

    @classmethod
    def detect(cls, path: Path, head: bytes) -> float:  # noqa: ARG003 - the protocol's names
        """Say 0: it is opened by a fetch or a walk only."""
        return 0.0

    def batches(self, progress: Progress = no_progress) -> Iterator[RawBatch]:
        """Yield the records, then the claims."""
        yield from super().batches(progress)
        if self.claims:
            rows = [
                (None, None, child, parent, relation, method, None, self.observed_at)
                for child, parent, relation, method in self.claims
            ]
            yield RawBatch(claims=table(RAW_CLAIMS, rows))
