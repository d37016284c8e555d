"""Figures of genetic similarity: the mean of every position, metric and graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cladist.analysis.similarity import genetic_similarity
from cladist.replication.measures import Measured, Measures

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

#: Name of the published run -> relations, text, metric (all metrics if None).
_RUNS: Final = {
    "published": ("finetune", None, None),
    "nomerges_graph": ("no-merges", "metadata", "levenshtein"),
    "all_relations_graph": ("all", "metadata", "tfidf"),
}
_TEXT: Final = {"metadata": "metadata", "card": "modelcard"}


def similarity(hub: Snapshot, seed: int) -> Measures:
    """Return the figures ``sim.TEXT.METRIC.RUN.MOTIF.POSITION`` and the pairs kept of cards.

    As published every draw is from all pairs; in the standard form every parent weighs the same.
    """
    measures: Measures = {}
    for run, (relations, text, metric) in _RUNS.items():
        found = [
            genetic_similarity(hub, text=text, metric=metric, relations=relations, seed=seed,
                               weighting=weighting, definition=form, replicates=100)
            for form, weighting in (("laufer2025", "pairs"), ("standard", "parents"))
        ]  # fmt: skip
        rows = [{(r["text"], r["metric"], r["motif"], r["position"]): r
                 for r in told.table.to_pylist()} for told in found]  # fmt: skip
        for key, row in rows[0].items():
            word, name = _TEXT[key[0]], "rando" if key[2] == "random" else key[2]
            ours = rows[1].get(key)
            measures[f"sim.{word}.{key[1]}.{run}.{name}.{key[3]}"] = Measured(
                row["mean"], ours["mean"] if ours else None, row["n"], _error(row)
            )
            if word == "modelcard":  # the last position of a motif overwrites the others
                measures[f"sim.modelcard.kept.{name}.{key[1]}"] = Measured(row["n"])
    return measures


def _error(row: dict[str, Any]) -> float | None:
    """Return half the interval of single pairs, as the paper draws them."""
    ends = row["low_pairs"], row["high_pairs"]
    return None if None in ends else (ends[1] - ends[0]) / 2
