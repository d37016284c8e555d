"""What is served, in numbers."""

from __future__ import annotations

from typing import Final

import numpy as np

from cladist.provenance import software
from cladist.web.families import month_span
from cladist.web.filters import BY
from cladist.web.index import Index
from cladist.web.jobs import entries
from cladist.web.payloads import HubPayload, LanguageCount

MOST_LANGUAGES: Final = 200


def hub_payload(index: Index, census_until: str | None) -> HubPayload:
    """Return counts of the snapshot, and what can be asked."""
    hub, told = index.hub, index.told
    ghosts = int(index.is_ghost.sum())
    counts = index.column("language.count")
    order = np.argsort(-counts, kind="stable")[:MOST_LANGUAGES]
    names = index.values["language"]
    return HubPayload(
        name=hub.name,
        digest=hub.digest,
        version=software(),
        models=index.n - ghosts,
        ghosts=ghosts,
        claims=len(index.column("claim.parent")),
        edges=index.lineage.n_edges,
        families=told["families"],
        in_families=told["in_families"],
        alone=told["alone"],
        largest_family=told["largest_family"],
        observed=list(dict.fromkeys(d for d in hub.manifest["observed"] if d)),
        census_until=census_until,
        coverage=hub.manifest.get("coverage"),
        simulated=hub.simulated,
        has_cards=told["has_cards"],
        months=month_span(index.month),
        by=list(BY),
        languages=[LanguageCount(names[int(i)], int(counts[i])) for i in order],
        analyses=entries(),
    )
