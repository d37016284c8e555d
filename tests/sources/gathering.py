"""Everything of a source, gathered and checked against the protocol."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cladist.sources.batching import REASONS
from cladist.sources.protocol import RAW_CLAIMS, RAW_MODELS, RAW_REJECTS, Source


@dataclass
class Gathered:
    models: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    rejects: list[dict[str, Any]]
    edge_records: int

    @property
    def reasons(self) -> dict[tuple[str, str], int]:
        return dict(Counter((r["level"], r["reason"]) for r in self.rejects))

    @property
    def records(self) -> int:
        rejected = sum(r["level"] == "record" for r in self.rejects)
        return len(self.models) + self.edge_records + rejected

    @property
    def edges(self) -> list[tuple[str, str, str | None, str]]:
        return [(c["child"], c["parent"], c["relation"], c["method"]) for c in self.claims]


def gather_all(source: Source) -> Gathered:
    batches = list(source.batches())
    for batch in batches:
        assert batch.models.schema == RAW_MODELS
        assert batch.claims.schema == RAW_CLAIMS
        assert batch.rejects.schema == RAW_REJECTS
        batch.models.validate(full=True)
        batch.claims.validate(full=True)
        batch.rejects.validate(full=True)

    def rows(tables: list[pa.Table]) -> list[dict[str, Any]]:
        return [row for table in tables for row in table.to_pylist()]

    found = Gathered(
        rows([b.models for b in batches]),
        rows([b.claims for b in batches]),
        rows([b.rejects for b in batches]),
        sum(b.edge_records for b in batches),
    )
    for reject in found.rejects:
        assert reject["reason"] in REASONS
        assert reject["level"] in ("record", "claim", "value")
        assert len(reject["raw"]) <= 500
    assert all(model["model_id"] for model in found.models)
    return found
