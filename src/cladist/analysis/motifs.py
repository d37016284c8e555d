"""How many kin there are: motifs of the paper, kin classes, and who carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.kin.kin_classes import KIN_CLASSES, kin_class_counts
from cladist.kin.kin_draws import Kin
from cladist.kin.motif_sampling import MotifSampler
from cladist.kin.motifs import MOTIFS, motif_counts
from cladist.lineage.lineage import Lineage
from cladist.result import Chart, Result
from cladist.statistics.inference import round_digits
from cladist.traits.edges import fetch, lineage_of
from cladist.vocab import RELATION_CODE, RELATIONS, is_published, relation_set

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

_DEFINITION: Final = (
    "Occurrences of each motif as a subgraph of the lineage: choices of distinct models joined by "
    "its edges, exact. largest_share is the share of the topmost model with most of them, "
    "parents_effective the number of equally weighted topmost models worth as much (Kish): a "
    "statement about pairs that are drawn from all occurrences is one about these. The table kin "
    "counts every pair of models once, in the first class that fits."
)
_PUBLISHED: Final = (
    "As published: the totals of the weights by which the paper's samplers draw, on the published "
    "edges. quad_2 keeps cases in which nephew and uncle are one model; quad_3 leaves the number "
    "of great-grandparents out. Kin classes are of the standard lineage."
)


def motif_census(hub: Snapshot, *, relations: str = "all", definition: str = "standard") -> Result:
    """Count every motif and every kin class (DESIGN section 5; paper section 3).

    Parameters
    ----------
    hub
        The snapshot.
    relations
        Which edges count.
    definition
        ``standard``, or ``laufer2025``: the published edges and the totals of their weights.

    Returns
    -------
    Result
        Rows ``motif``, ``count``, ``shape``, ``parents`` (topmost models with any),
        ``parents_effective``, ``largest_share`` and ``largest`` (its id). Table ``kin``:
        ``kin``, ``pairs``, ``share`` of all pairs, ``share_within`` of pairs in one family; the
        rows ``full_sibling`` and
        ``half_sibling`` are parts of ``sibling``. ``n`` is the number of edges.

    Raises
    ------
    InputError
        If a relation or the definition is not known.
    """
    kin = Kin.of(hub, relations, definition)
    counts = motif_counts(kin.graph, definition=definition)
    if is_published(definition):
        counts["random"] = len(kin.declared) * (len(kin.declared) - 1) // 2
    sampler = MotifSampler(kin.graph, definition=definition)
    rows = [_row(sampler, motif, counts[motif]) for motif in MOTIFS]
    _name(hub, rows)
    pairs = kin_class_counts(_lineage(hub, relations))
    total = sum(pairs[c] for c in KIN_CLASSES)
    table = pa.Table.from_pylist(rows, schema=_ROWS)
    names = [*KIN_CLASSES[:2], "full_sibling", "half_sibling", *KIN_CLASSES[2:]]
    within = total - pairs["unrelated"]
    classes = pa.table(
        {
            "kin": pa.array(names, pa.string()),
            "pairs": pa.array([pairs[c] for c in names], pa.int64()),
            "share": _shares([pairs[c] for c in names], total),
            "share_within": _shares(
                [None if c == "unrelated" else pairs[c] for c in names], within
            ),
        }
    )
    return Result(
        analysis="motifs",
        form=definition,
        definition=_PUBLISHED if is_published(definition) else _DEFINITION,
        parameters={"relations": relations},
        n=kin.graph.n_edges,
        tables={"table": table, "kin": classes},
        provenance=hub.provenance(
            analysis="motifs", definition=definition, relations=relations
        ),
        notes=_notes(kin.graph.n_edges, within, definition),
        finding=_finding(rows),
        charts=(
            Chart("motifs", "intervals", "Occurrences of each motif", x="count", y="motif",
                  x_scale="log", x_title="occurrences",
                  subtitle="Subgraphs of the lineage, counted exactly; logarithmic scale."),
        ),
        shown={"table": ("motif", "shape", "count", "parents_effective", "largest_share",
                         "largest"),
               "kin": ("kin", "pairs", "share_within")},
    )  # fmt: skip


def _notes(edges: int, related: int, definition: str) -> tuple[str, ...]:
    if edges:
        return ()
    if related and is_published(definition):
        return (
            "There is no published edge (every parent is a ghost, or known by another id), so "
            "there is no motif. The table kin is of the standard edges.",
        )
    return ("There is no edge, so there are no relatives.",)


def _shares(counts: list[int | None], total: int) -> pa.Array:
    known = [None if c is None or not total else float(round_digits(c / total)) for c in counts]
    return pa.array(known, pa.float64())


def _lineage(hub: Snapshot, relations: str) -> Lineage:
    lineage, wanted = lineage_of(hub), relation_set(relations)
    if wanted == RELATIONS:
        return lineage
    codes = [RELATION_CODE[r] for r in wanted]
    return lineage.select_edges(np.isin(lineage.edge_relation, codes))


def _row(sampler: MotifSampler, motif: str, count: int) -> dict[str, Any]:
    row: dict[str, Any] = {"motif": motif, "count": count, "shape": MOTIFS[motif].shape,
                           "parents": None, "parents_effective": None, "largest_share": None,
                           "largest": None}  # fmt: skip
    if motif == "random":
        return row
    anchors = sampler.anchors(motif, np.arange(sampler.pedigree.n))
    row["parents"] = anchors.labels
    if not anchors.labels:
        return row
    ends = np.concatenate([[0.0], anchors.cumulative])[anchors.starts]
    weight = np.diff(ends)
    largest = int(weight.argmax())
    row["parents_effective"] = float(round_digits(weight.sum() ** 2 / (weight**2).sum()))
    row["largest_share"] = float(round_digits(weight[largest] / weight.sum()))
    row["largest"] = int(anchors.top[anchors.starts[largest]])
    return row


def _name(hub: Snapshot, rows: list[dict[str, Any]]) -> None:
    """Put ids for the nodes in ``largest``."""
    nodes = sorted({r["largest"] for r in rows if r["largest"] is not None})
    models = hub.table("models")
    found = fetch(models.filter(models.node.isin(nodes)).select("node", "model_id"))
    names = dict(zip(found["node"].to_pylist(), found["model_id"].to_pylist(), strict=True))
    for row in rows:
        row["largest"] = names.get(row["largest"])


def _finding(rows: list[dict[str, Any]]) -> str:
    trio = next(r for r in rows if r["motif"] == "trio_1")
    if not trio["count"] or trio["largest_share"] < 0.2:
        return ""
    return f"one parent carries {100 * trio['largest_share']:.0f} % of all pairs of siblings"


_ROWS: Final = pa.schema(
    [
        ("motif", pa.string()), ("count", pa.int64()), ("shape", pa.string()),
        ("parents", pa.int64()), ("parents_effective", pa.float64()),
        ("largest_share", pa.float64()), ("largest", pa.string()),
    ]
)  # fmt: skip
