"""Every finding of a whole hub, counted: rule, licence of the ancestor, label, models."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cladist.licenses.catalog import find
from cladist.licenses.meeting import forbids_improving_others, judge_meeting
from cladist.licenses.rules import KINDS, SEVERITIES, judge
from cladist.licensing import KNOWN, NAMES, HubAudit, has, is_older, merges_of

#: Columns of the table of findings.
SCHEMA: Final = pa.schema([
    ("rule", pa.string()), ("severity", pa.string()), ("source", pa.string()),
    ("label", pa.string()), ("models", pa.int64()), ("downloads", pa.int64()),
    ("most_downloaded", pa.int64()),
])  # fmt: skip

Ints = NDArray[np.int64]


def count_findings(found: HubAudit, lineage: Any, downloads: Ints) -> pa.Table:
    """Count the findings of severity ``review`` and ``conflict`` of a hub.

    Parameters
    ----------
    found
        The audit of the hub.
    lineage
        Its DAG.
    downloads
        Shape (n,), 0 where not known.

    Returns
    -------
    pyarrow.Table
        ``rule``, ``severity``, ``source`` (the ancestor's licence; two joined by "+" where they
        meet in a merge), ``label`` (of the models; null of merges), ``models``, their
        ``downloads``, and ``most_downloaded`` (the node of the most downloaded of them), the
        gravest and most frequent first. A model counts once for a rule and licence, by the gravest
        way; a merge counts, its descendants do not.
    """
    rows = [*_along(found, downloads), *_meeting(found, lineage, downloads)]
    rows.sort(key=lambda r: (-SEVERITIES.index(r["severity"]), -r["models"], r["rule"],
                             r["source"], r["label"] or ""))  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _along(found: HubAudit, downloads: Ints) -> list[dict[str, Any]]:
    rows = []
    reached = np.flatnonzero(found.sets.any(axis=(0, 2)))
    part, labels = found.sets[:, reached], found.labels
    for i in range(KNOWN):
        here = has(part, i)
        pattern = sum(here[k].astype(np.int64) << k for k in range(len(KINDS)))
        at = np.flatnonzero(pattern)
        if not len(at):
            continue
        nodes = reached[at]
        older = is_older(np.full(len(nodes), i), labels.day[nodes]).astype(np.int64)
        key = (labels.code[nodes].astype(np.int64) * 8 + pattern[at]) * 2 + older
        rows += _of_licence(NAMES[i], nodes, key, downloads)
    return rows


def _of_licence(name: str, nodes: Ints, key: Ints, downloads: Ints) -> list[dict[str, Any]]:
    """Count one licence's findings; ``key``: label, pattern of ways, and whether older."""
    counted: dict[tuple[str, str, str], list[Ints]] = {}
    for value in np.unique(key).tolist():
        old, pattern, label = value & 1, (value >> 1) & 7, NAMES[value >> 4]
        grave: dict[str, str] = {}
        for k, kind in enumerate(KINDS):
            if pattern >> k & 1:
                for judged in judge(name, label, kind, older=bool(old)):
                    known = grave.get(judged.rule, "ok")
                    grave[judged.rule] = max(known, judged.severity, key=SEVERITIES.index)
        for rule, severe in grave.items():
            if severe in ("review", "conflict"):
                counted.setdefault((rule, severe, label), []).append(nodes[key == value])
    return [
        _row(rule, severe, find(name).text, label, np.concatenate(parts), downloads)
        for (rule, severe, label), parts in counted.items()
    ]


def _meeting(found: HubAudit, lineage: Any, downloads: Ints) -> list[dict[str, Any]]:
    rows = []
    for first, second, merges in merges_of(lineage, found.sets, found.labels.gives):
        if second is None:
            if forbids_improving_others(NAMES[first]) is not None:
                rows.append(_row("merge_no_training", "review", find(NAMES[first]).text, None,
                                 merges, downloads))  # fmt: skip
            continue
        for clash in judge_meeting(NAMES[first], NAMES[second]):
            source = f"{find(clash.first).text} + {find(clash.second).text}"
            rows.append(_row(clash.rule, clash.severity, source, None, merges, downloads))
    return rows


def _row(
    rule: str, severe: str, source: str, label: str | None, nodes: Ints, downloads: Ints
) -> dict[str, Any]:
    mine = downloads[nodes]
    return {
        "rule": rule, "severity": severe, "source": source, "label": label, "models": len(nodes),
        "downloads": int(mine.sum()), "most_downloaded": int(nodes[np.argmax(mine)]),
    }  # fmt: skip
