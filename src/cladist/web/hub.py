"""What is served, in numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
        family=None,
        simulated=hub.simulated,
        has_cards=told["has_cards"],
        months=month_span(index.month),
        by=list(BY),
        languages=_languages(index, index.column("language.count")),
        analyses=entries(),
    )


def family_hub_payload(index: Index, census_until: str | None, rows: slice) -> HubPayload:
    """Return the same where only one family is served: the counts are those of its rows."""
    n = rows.stop - rows.start
    ghosts = int(index.is_ghost[rows].sum())
    start = index.column("claim.start")
    nodes = index.node[rows]
    stated = [
        codes for row in range(rows.start, rows.stop) for codes in index.lists["language"][row]
    ]
    together = n > 1
    return replace(
        hub_payload(index, census_until),
        models=n - ghosts,
        ghosts=ghosts,
        claims=int((start[nodes + 1] - start[nodes]).sum()),
        edges=int((index.parent[rows] >= 0).sum()) + len(index.links_within(rows)[0]),
        families=int(together),
        in_families=n if together else 0,
        alone=0 if together else n,
        largest_family=n if together else 0,
        family=index.id_of(index.root(rows.start, "family")),
        months=month_span(index.month[rows]),
        languages=_languages(index, np.bincount(np.asarray(stated, dtype=np.int64),
                                                minlength=len(index.values["language"]))),
    )  # fmt: skip


def _languages(index: Index, counts: NDArray[np.int64]) -> list[LanguageCount]:
    """Return the languages that models state, the commonest first."""
    names = index.values["language"]
    order = np.argsort(-counts, kind="stable")[:MOST_LANGUAGES]
    return [LanguageCount(names[int(i)], int(counts[i])) for i in order if counts[i]]
