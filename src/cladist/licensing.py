"""Licences flow down every edge: which ones reach each model, and what its label makes of them.

For the whole hub at once, on arrays: every model holds a set of the licences of its ancestors, one
for each kind of way (copy, adapter, derivative), passed on generation by generation. Rules come
from :mod:`cladist.licenses.rules`; :mod:`cladist.auditing` walks the same ways for one model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cladist.edges import fetch, lineage_of
from cladist.licenses.catalog import licenses
from cladist.licenses.resolve import Resolved, resolve
from cladist.licenses.rules import (
    KIND_OF_RELATION,
    KINDS,
    NO_LICENSE,
    NOT_KNOWN,
    SEVERITIES,
    judge,
    judge_merge,
    severity,
)
from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cladist.lineage import Lineage
    from cladist.snapshot import Snapshot

Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Codes = NDArray[np.int16]

#: Licences of the catalogue in the order of their bits, then the two labels that are none.
NAMES: Final = (*sorted(set(licenses()) - {"other", "unknown"}), NO_LICENSE, NOT_KNOWN)
KNOWN: Final = len(NAMES) - 2
_WIDTH: Final = -(-KNOWN // 8)
_KIND_OF_EDGE: Final = np.array(
    [KINDS.index(KIND_OF_RELATION[r]) for r in RELATIONS], dtype=np.uint8
)


@dataclass(frozen=True, eq=False)
class Labels:
    """What every model's label means: ``code`` (n,) indexes ``NAMES``; ``how`` by code of text.

    ``statements`` holds each distinct statement with what it was resolved to.
    """

    code: Codes
    statements: tuple[tuple[tuple[str, ...], str | None, str | None, Resolved], ...]


def label_name(found: Resolved) -> str:
    """Return the name of a label: an id, ``unstated`` or ``unresolved``."""
    if found.id is not None:
        return found.id
    return NO_LICENSE if found.how == "unstated" else NOT_KNOWN


def read_labels(hub: Snapshot) -> Labels:
    """Resolve every model's licence, each distinct statement once; ghosts state nothing."""
    import ibis

    models = hub.table("models")
    stated = models.select("node", "license", "license_name", "license_link")
    keys = ["license", "license_name", "license_link"]
    kinds = fetch(stated.select(keys).distinct())
    found = []
    for row in kinds.to_pylist():
        given = tuple(row["license"] or ()), row["license_name"], row["license_link"]
        found.append((*given, resolve(*given)))
    place = {name: i for i, name in enumerate(NAMES)}
    codes = np.array([place[label_name(f[3])] for f in found], dtype=np.int16)
    numbered = ibis.memtable(kinds.append_column("kind", [np.arange(len(found))]))
    same = [stated[k].identical_to(numbered[k]) for k in keys]
    rows = stated.join(numbered, same).select("node", "kind").to_pyarrow()
    code = np.full(hub.counts["models"] + hub.counts["ghosts"], place[NO_LICENSE], np.int16)
    code[rows["node"].to_numpy()] = codes[rows["kind"].to_numpy()]
    return Labels(code, tuple(found))


def inherited(lineage: Lineage, code: Codes) -> Bytes:
    """Return the licences that reach each model, as sets of bits.

    Parameters
    ----------
    lineage
        The DAG.
    code
        Shape (n,): the label of each model, an index of ``NAMES``.

    Returns
    -------
    numpy.ndarray
        uint8 (kinds, n, bytes): bit i of the set of kind k says that an ancestor has licence i
        and that the way from it to the model is of that kind, the furthest of its edges. A model's
        own licence is not in its sets. Labels that are no licence pass nothing on and stop nothing.
    """
    own = _own_bits(code)
    sets = np.zeros((len(KINDS), lineage.n, _WIDTH), dtype=np.uint8)
    kind = _KIND_OF_EDGE[lineage.edge_relation]
    for child, parent, edge in _generations(lineage):
        _pass_on(sets, own, child, parent, kind[edge])
    return sets


def _own_bits(code: Codes) -> Bytes:
    own = np.zeros((len(code), _WIDTH), dtype=np.uint8)
    known = np.flatnonzero(code < KNOWN)
    own[known, code[known] >> 3] = np.uint8(1) << (code[known] & 7).astype(np.uint8)
    return own


def _generations(
    lineage: Lineage,
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]]:
    """Yield child, parent and number of the edges, generation by generation, sorted by child."""
    generation = lineage.generation[lineage.edge_child]
    order = np.argsort(generation, kind="stable")
    ends = np.searchsorted(generation[order], np.arange(int(generation.max(initial=0)) + 2))
    for start, stop in pairwise(ends.tolist()):
        part = order[start:stop]
        if len(part):
            yield lineage.edge_child[part], lineage.edge_parent[part], part


def _pass_on(
    sets: Bytes, own: Bytes, child: NDArray[np.int32], parent: NDArray[np.int32], kind: Bytes
) -> None:
    """Give the children of one generation what their parents have, edges sorted by child."""
    starts = np.flatnonzero(np.append(True, child[1:] != child[:-1]))
    for k in range(len(KINDS)):
        given = np.where((kind < k)[:, None], sets[k][parent], np.uint8(0))
        here = np.flatnonzero(kind == k)
        up_to = np.bitwise_or.reduce(sets[: k + 1, parent[here]], axis=0)
        given[here] = up_to | own[parent[here]]
        sets[k][child[starts]] = np.bitwise_or.reduceat(given, starts, axis=0)


def has(sets: Bytes, licence: int) -> Flags:
    """Return which models a licence reaches; bool, the leading shape of ``sets``."""
    found: Flags = (sets[..., licence >> 3] >> np.uint8(licence & 7)) & 1 == 1
    return found


@lru_cache(maxsize=1)
def _table() -> tuple[Bytes, tuple[tuple[int, int, int], ...]]:
    """Compile the rules: gravest severity (licence, label, kind), and pairs that clash."""
    grave = np.zeros((KNOWN, len(NAMES), len(KINDS)), dtype=np.uint8)
    for i, ancestor in enumerate(NAMES[:KNOWN]):
        for j, label in enumerate(NAMES):
            for k, kind in enumerate(KINDS):
                grave[i, j, k] = SEVERITIES.index(severity(judge(ancestor, label, kind)))
    pairs = []
    for i in range(KNOWN):
        for j in range(i + 1, KNOWN):
            found = judge_merge(NAMES[i], NAMES[j])
            if found:
                pairs.append((i, j, SEVERITIES.index(severity(found))))
    return grave, tuple(pairs)


def verdicts(sets: Bytes, code: Codes) -> Bytes:
    """Return the gravest severity of each model, an index of ``SEVERITIES``; uint8 (n,).

    By its label against every licence that reaches it; a label that is missing adds nothing by
    itself. What licences have against one another is told by :func:`clashes`.
    """
    grave, _ = _table()
    found = np.zeros(len(code), dtype=np.uint8)
    for k in range(len(KINDS)):
        reached = np.flatnonzero(sets[k].any(axis=1))
        part, label = sets[k][reached], code[reached]
        for i in range(KNOWN):
            at = np.flatnonzero(has(part, i))
            if len(at):
                found[reached[at]] = np.maximum(found[reached[at]], grave[i, label[at], k])
    return found


def clashes(lineage: Lineage, sets: Bytes, code: Codes) -> Bytes:
    """Return the gravest clash of licences that met in a merge, in each model or an ancestor.

    Two licences meet in a model if they come by different parents. uint8 (n,), an index of
    ``SEVERITIES``.
    """
    own = _own_bits(code)
    found = np.zeros(lineage.n, dtype=np.uint8)
    merged = np.flatnonzero(lineage.n_parents[lineage.edge_child] > 1)
    child = lineage.edge_child[merged]
    if len(merged):
        parent = lineage.edge_parent[merged]
        given = np.bitwise_or.reduce(sets[:, parent], axis=0) | own[parent]
        starts = np.flatnonzero(np.append(True, child[1:] != child[:-1]))
        found[child[starts]] = _clashing(given, starts)
    return _down(lineage, found)


def _clashing(given: Bytes, starts: NDArray[np.int64]) -> Bytes:
    """Return the gravest clash of each merge; ``given``: what each of its edges brings."""
    table = _table()[1]
    found = np.zeros(len(starts), dtype=np.uint8)
    columns = {i: has(given, i) for i in {i for pair in table for i in pair[:2]}}
    present = {i for i, column in columns.items() if column.any()}
    for i, j, severe in table:
        if i in present and j in present:
            both = np.logical_or.reduceat(columns[i], starts)
            both &= np.logical_or.reduceat(columns[j], starts)
            # By different parents: some parent has one of them that is not the only one to.
            apart = np.add.reduceat((columns[i] | columns[j]).astype(np.int64), starts) > 1
            at = np.flatnonzero(both & apart)
            found[at] = np.maximum(found[at], severe)
    return found


def _down(lineage: Lineage, severe: Bytes) -> Bytes:
    """Give every model the largest value among itself and its ancestors."""
    for child, parent, _ in _generations(lineage):
        starts = np.flatnonzero(np.append(True, child[1:] != child[:-1]))
        most = np.maximum.reduceat(severe[parent], starts)
        severe[child[starts]] = np.maximum(severe[child[starts]], most)
    return severe


def audit_hub(hub: Snapshot) -> tuple[Labels, Bytes, Bytes]:
    """Return the labels, the inherited sets and the verdicts of a whole hub."""
    labels = read_labels(hub)
    lineage = lineage_of(hub)
    sets = inherited(lineage, labels.code)
    found = np.maximum(verdicts(sets, labels.code), clashes(lineage, sets, labels.code))
    return labels, sets, found
