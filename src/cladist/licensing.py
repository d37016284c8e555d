"""Licences flow down every edge: which ones reach each model, and what its label makes of them.

For the whole hub at once, on arrays: every model holds a set of the licences of its ancestors, one
for each kind of way (copy, adapter, derivative), passed on generation by generation. Rules come
from :mod:`cladist.licenses.rules`; :mod:`cladist.auditing` walks the same ways for one model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from cladist.licenses import forms
from cladist.licenses.catalog import find, licenses, replaced, replaced_models
from cladist.licenses.meeting import forbids_improving_others, judge_meeting
from cladist.licenses.resolve import Resolved, resolve
from cladist.licenses.rules import (
    KIND_OF_RELATION,
    KINDS,
    NO_LICENSE,
    NOT_KNOWN,
    SEVERITIES,
    judge,
    severity,
)
from cladist.traits.edges import fetch, lineage_of
from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cladist.lineage.lineage import Lineage
    from cladist.snapshot import Snapshot

Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Codes = NDArray[np.int16]
Days = NDArray[np.int64]

#: What can be passed on, in the order of its bits (licences of the catalogue, and those that took
#: the place of another), then the two labels that are no licence.
NAMES: Final = (
    *sorted(set(licenses()) - {"other", "unknown"}), *sorted(replaced()), NO_LICENSE, NOT_KNOWN,
)  # fmt: skip
KNOWN: Final = len(NAMES) - 2
_WIDTH: Final = -(-KNOWN // 8)
_CODE: Final = {name: i for i, name in enumerate(NAMES)}
#: Kind of each relation; of "unknown" the form of the child.
_BY_FORM: Final = 255
_KIND_OF_EDGE: Final = np.array(
    [KINDS.index(KIND_OF_RELATION[r]) if r in KIND_OF_RELATION else _BY_FORM for r in RELATIONS],
    dtype=np.uint8,
)
_UNKNOWN: Final = SEVERITIES.index("unknown")
_REVIEW: Final = SEVERITIES.index("review")
#: Day of a model whose date is not known: older than any text.
UNDATED: Final = -(1 << 40)


@dataclass(frozen=True, eq=False)
class Labels:
    """What every model's label means.

    ``code`` (n,) indexes ``NAMES``; ``gives`` (n,) is what its descendants get, the same but for
    models whose licence took the place of another; ``day`` (n,) the day it was made, since 1970;
    ``form`` (n,) what its record says of its form, an index of ``KINDS``; ``statements`` holds
    each distinct statement with what it was resolved to.
    """

    code: Codes
    gives: Codes
    day: Days
    form: Bytes
    statements: tuple[tuple[tuple[str, ...], str | None, str | None, Resolved], ...]


@dataclass(frozen=True, eq=False)
class HubAudit:
    """A whole hub: labels, the sets that reach each model, and its verdict (n,)."""

    labels: Labels
    sets: Bytes
    verdict: Bytes


def label_name(found: Resolved) -> str:
    """Return the name of a label: an id, ``unstated`` or ``unresolved``."""
    if found.id is not None:
        return found.id
    return NO_LICENSE if found.how == "unstated" else NOT_KNOWN


def read_labels(hub: Snapshot) -> Labels:
    """Resolve every model's licence, each distinct statement once; ghosts state nothing."""
    import ibis

    models = hub.table("models")
    keys = ["license", "license_name", "license_link"]
    stated = models.select("node", *keys)
    kinds = fetch(stated.select(keys).distinct())
    found = []
    for row in kinds.to_pylist():
        given = tuple(row["license"] or ()), row["license_name"], row["license_link"]
        found.append((*given, resolve(*given)))
    codes = np.array([_CODE[label_name(f[3])] for f in found], dtype=np.int16)
    numbered = ibis.memtable(kinds.append_column("kind", [np.arange(len(found))]))
    same = [stated[k].identical_to(numbered[k]) for k in keys]
    rows = stated.join(numbered, same).select("node", "kind").to_pyarrow()
    n = hub.counts["models"] + hub.counts["ghosts"]
    code = np.full(n, _CODE[NO_LICENSE], np.int16)
    code[rows["node"].to_numpy()] = codes[rows["kind"].to_numpy()]
    return Labels(code, _given(models, code), _days(models, n), _forms(models, n), tuple(found))


def _given(models: Any, code: Codes) -> Codes:
    """Return what descendants get: another name where a model's licence replaced an older one."""
    given = code.copy()
    where = replaced_models()
    rows = models.filter(models.model_id.isin(list(where))).select("node", "model_id").to_pyarrow()
    for node, name in zip(rows["node"].to_pylist(), rows["model_id"].to_pylist(), strict=True):
        new = where[name]
        if code[node] == _CODE[replaced()[new].text]:
            given[node] = _CODE[new]
    return given


def _days(models: Any, n: int) -> Days:
    import pyarrow as pa

    rows = fetch(models.filter(models.created_at.notnull()).select("node", "created_at"))
    day = np.full(n, UNDATED, dtype=np.int64)
    told = rows["created_at"].cast(pa.date32()).cast(pa.int32())
    day[rows["node"].to_numpy()] = told.to_numpy()
    return day


def _forms(models: Any, n: int) -> Bytes:
    """Say what :func:`cladist.licenses.forms.form_of` says, for all models at once."""
    import ibis

    name = models.model_id.lower()

    def is_one(libraries: tuple[str, ...], tags: tuple[str, ...], pattern: str) -> Any:
        told = [models.tags.contains(tag).fill_null(False) for tag in tags]
        told += [models.library_name.isin(libraries).fill_null(False), name.re_search(pattern)]
        return ibis.or_(*told)

    adapter = is_one(forms.ADAPTER_LIBRARIES, forms.ADAPTER_TAGS, forms.ADAPTER_NAME)
    copy = is_one(forms.COPY_LIBRARIES, forms.COPY_TAGS, forms.COPY_NAME)
    kind = ibis.cases((adapter, KINDS.index("adapter")), (copy, KINDS.index("copy")),
                      else_=KINDS.index("derivative"))  # fmt: skip
    rows = models.select("node", form=kind.cast("int8")).to_pyarrow()
    form = np.zeros(n, dtype=np.uint8)
    form[rows["node"].to_numpy()] = rows["form"].to_numpy()
    return form


def edge_kinds(lineage: Lineage, form: Bytes) -> Bytes:
    """Return the kind of way of each edge, an index of ``KINDS``: relation, else child's form."""
    kind = _KIND_OF_EDGE[lineage.edge_relation]
    return np.where(kind == _BY_FORM, form[lineage.edge_child], kind)


def inherited(lineage: Lineage, labels: Labels) -> Bytes:
    """Return the licences that reach each model, as sets of bits.

    Parameters
    ----------
    lineage
        The DAG.
    labels
        What each model passes on, and its form.

    Returns
    -------
    numpy.ndarray
        uint8 (kinds, n, bytes): bit i of the set of kind k says that an ancestor has licence i
        and that the way from it to the model is of that kind, the furthest of its edges. A model's
        own licence is not in its sets. Labels that are no licence pass nothing on and stop nothing.
    """
    own = _own_bits(labels.gives)
    sets = np.zeros((len(KINDS), lineage.n, _WIDTH), dtype=np.uint8)
    kind = edge_kinds(lineage, labels.form)
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


def is_older(gives: Codes | NDArray[np.int64], day: Days) -> Flags:
    """Return where a model of that day is older than the last change of that licence's text."""
    last = np.full(len(NAMES), UNDATED - 1, dtype=np.int64)
    last[_changed()] = [_last_day(i) for i in _changed()]
    found: Flags = day < last[gives]
    return found


def _last_day(licence: int) -> int:
    return int(np.datetime64(max(find(NAMES[licence]).changed), "D").astype(np.int64))


@lru_cache(maxsize=1)
def _changed() -> list[int]:
    return [i for i, name in enumerate(NAMES[:KNOWN]) if find(name).changed]


@lru_cache(maxsize=1)
def _table() -> Bytes:
    """Compile the rules: the gravest severity of (licence, label, kind, older)."""
    grave = np.zeros((KNOWN, len(NAMES), len(KINDS), 2), dtype=np.uint8)
    labels = [j for j, name in enumerate(NAMES) if name not in replaced()]
    for i, ancestor in enumerate(NAMES[:KNOWN]):
        for j in labels:
            for k, kind in enumerate(KINDS):
                for old in range(2 if i in _changed() else 1):
                    told = judge(ancestor, NAMES[j], kind, older=bool(old))
                    grave[i, j, k, old] = SEVERITIES.index(severity(told))
    return grave


@lru_cache(maxsize=1)
def _clash_table() -> tuple[tuple[tuple[int, int, int], ...], tuple[int, ...]]:
    """Compile the rules of merges: pairs that clash, and licences that forbid to improve others."""
    pairs = []
    for i in range(KNOWN):
        for j in range(i + 1, KNOWN):
            found = judge_meeting(NAMES[i], NAMES[j])
            if found:
                pairs.append((i, j, max(SEVERITIES.index(c.severity) for c in found)))
    forbids = tuple(i for i in range(KNOWN) if forbids_improving_others(NAMES[i]) is not None)
    return tuple(pairs), forbids


def verdicts(sets: Bytes, labels: Labels) -> Bytes:
    """Return the gravest severity of each model, an index of ``SEVERITIES``; uint8 (n,).

    By its label against every licence that reaches it; what is not known, and what licences have
    against one another, are told by :func:`unknowns` and :func:`clashes`.
    """
    grave = _table()
    found = np.zeros(len(labels.code), dtype=np.uint8)
    for k in range(len(KINDS)):
        reached = np.flatnonzero(sets[k].any(axis=1))
        part, label, day = sets[k][reached], labels.code[reached], labels.day[reached]
        for i in range(KNOWN):
            at = np.flatnonzero(has(part, i))
            if len(at):
                old = (day[at] < _last_day(i)).astype(np.int64) if i in _changed() else 0
                told = grave[i, label[at], k, old]
                found[reached[at]] = np.maximum(found[reached[at]], told)
    return found


def unknowns(lineage: Lineage, labels: Labels) -> Flags:
    """Return which models have an ancestor whose licence is not known, or none of their own.

    Bool (n,); False of models without ancestors.
    """
    silent = (labels.gives >= KNOWN).astype(np.uint8)
    above = np.zeros(lineage.n, dtype=np.uint8)
    for child, parent, _ in _generations(lineage):
        starts = np.flatnonzero(np.append(True, child[1:] != child[:-1]))
        given = np.maximum(above[parent], silent[parent])
        above[child[starts]] = np.maximum.reduceat(given, starts)
    found: Flags = (above == 1) | ((silent == 1) & (np.asarray(lineage.n_parents) > 0))
    return found


def clashes(lineage: Lineage, sets: Bytes, gives: Codes) -> Bytes:
    """Return the gravest clash of licences that met in a merge, in each model or an ancestor.

    Two licences meet in a model if they come by different parents. uint8 (n,), an index of
    ``SEVERITIES``.
    """
    found = np.zeros(lineage.n, dtype=np.uint8)
    severe = {pair[:2]: pair[2] for pair in _clash_table()[0]}
    for first, second, merges in merges_of(lineage, sets, gives):
        grave = _REVIEW if second is None else severe[first, second]
        found[merges] = np.maximum(found[merges], grave)
    return _down(lineage, found)


def merges_of(
    lineage: Lineage, sets: Bytes, gives: Codes
) -> Iterator[tuple[int, int | None, NDArray[np.int64]]]:
    """Yield what clashes in which merges: two licences, or one that forbids to improve others."""
    edges = np.flatnonzero(lineage.n_parents[lineage.edge_child] > 1)
    if not len(edges):
        return
    child, parent = lineage.edge_child[edges], lineage.edge_parent[edges]
    given = np.bitwise_or.reduce(sets[:, parent], axis=0) | _own_bits(gives)[parent]
    starts = np.flatnonzero(np.append(True, child[1:] != child[:-1]))
    merge = child[starts].astype(np.int64)
    parents = np.diff(np.append(starts, len(given)))
    pairs, forbids = _clash_table()
    columns = {i: has(given, i) for i in {*forbids, *(i for p in pairs for i in p[:2])}}
    columns = {i: column for i, column in columns.items() if column.any()}
    many = {i: np.add.reduceat(column.astype(np.int64), starts) for i, column in columns.items()}
    for i, j, _ in pairs:
        if i in columns and j in columns:
            both = (many[i] > 0) & (many[j] > 0)
            # By different parents: not all that either of them has come by one and the same.
            both &= np.add.reduceat((columns[i] | columns[j]).astype(np.int64), starts) > 1
            if both.any():
                yield i, j, merge[both]
    for i in forbids:
        if i in columns:
            apart = (many[i] > 0) & (many[i] < parents)
            if apart.any():
                yield i, None, merge[apart]


def _down(lineage: Lineage, severe: Bytes) -> Bytes:
    """Give every model the largest value among itself and its ancestors."""
    for child, parent, _ in _generations(lineage):
        starts = np.flatnonzero(np.append(True, child[1:] != child[:-1]))
        most = np.maximum.reduceat(severe[parent], starts)
        severe[child[starts]] = np.maximum(severe[child[starts]], most)
    return severe


def audit_hub(hub: Snapshot) -> HubAudit:
    """Audit a whole hub: the verdict of each model is that of :func:`cladist.auditing.audit`."""
    labels = read_labels(hub)
    lineage = lineage_of(hub)
    sets = inherited(lineage, labels)
    found = np.maximum(verdicts(sets, labels), clashes(lineage, sets, labels.gives))
    unknown = unknowns(lineage, labels)
    found[unknown] = np.maximum(found[unknown], _UNKNOWN)
    return HubAudit(labels, sets, found)
