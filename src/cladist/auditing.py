"""The licence audit of one model: every way from its ancestors, every term, every finding.

Walks the ways that :mod:`cladist.licensing` passes licences along; as for a trace only NumPy
arrays mapped from disk and DuckDB are used. It says "possible conflict", never more, and is no
legal advice.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cladist.licenses.catalog import OBLIGATIONS, Term, licenses
from cladist.licenses.resolve import Resolved, resolve
from cladist.licenses.rules import (
    KIND_OF_RELATION,
    KINDS,
    MERGE_RULES,
    NO_LICENSE,
    NOT_KNOWN,
    SEVERITIES,
    Judgement,
    judge,
    judge_merge,
)
from cladist.lineage import Lineage
from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cladist.snapshot import Snapshot

#: What every output says.
DISCLAIMER: Final = (
    "Not legal advice. Findings compare what people stated with clauses of licences; read the "
    "clause, and ask somebody who may advise you."
)
#: Tag of a tool -> the label that it writes on its own (evidence: docs/licences.md).
TOOL_DEFAULTS: Final = {"unsloth": "apache-2.0", "llama-factory": "other", "autotrain": "other"}

_VERDICTS: Final = {
    "ok": "nothing found", "obligation": "obligations to keep", "unknown": "unknown",
    "review": "to be reviewed", "conflict": "possible conflict",
}  # fmt: skip
_MOST_NAMED: Final = 5

_EXPLAINED: Final = {
    "same_license": "{ancestor} is under {license}, which asks that the whole derivative be under "
    "it; {child} is labelled {label}.",
    "no_sublicense": "{ancestor} is under {license}, which gives no right to license the whole "
    "anew; {child} is labelled {label}, which can cover only its author's own changes.",
    "use_restrictions": "{ancestor} is under {license}, whose use restrictions must be passed on "
    "as binding terms; {child} is labelled {label}, which has none of them.",
    "noncommercial": "{ancestor} is under {license}, which forbids commercial use; {child} is "
    "labelled {label}, which allows it.",
    "research_only": "{ancestor} is under {license}, for research only; {child} is labelled "
    "{label}, which allows more.",
    "no_derivatives": "{ancestor} is under {license}, which lets nobody share adapted versions; "
    "{child} is one, whatever its label.",
    "source": "{ancestor} is under {license}, which asks for the source; what that is for weights "
    "is unsettled.",
}  # fmt: skip
_SOLVED: Final = {
    "same_license": "Label it {license}, or ask the owner of {ancestor}.",
    "no_sublicense": "Label it {license} (or state your own terms for your changes beside it), and "
    "give the agreement along.",
    "use_restrictions": "Label it {license}, or write the restrictions into your own terms.",
    "noncommercial": "Label it with terms that forbid commercial use, or ask the owner.",
    "research_only": "Label it for research only, or ask the owner.",
    "no_derivatives": "Ask the owner for permission to share it.",
    "source": "Decide with counsel what source means here.",
}  # fmt: skip


@dataclass(frozen=True)
class _Model:
    """What an audit needs to know of one model."""

    node: int
    name: str
    is_ghost: bool
    found: Resolved
    stated: tuple[str, ...]
    tags: frozenset[str]
    created: str | None

    @property
    def label(self) -> str:
        """The label: a licence of the catalogue, ``unstated`` or ``unresolved``."""
        if self.found.id is not None:
            return self.found.id
        return NO_LICENSE if self.found.how == "unstated" else NOT_KNOWN

    @property
    def words(self) -> str:
        """The label as a reader knows it."""
        if self.found.id is not None:
            return self.found.id
        if self.found.how == "unstated":
            return "nothing (no record)" if self.is_ghost else "nothing"
        return ", ".join(self.stated) or "nothing"


@dataclass(frozen=True)
class _Way:
    """The shortest way of one kind from an ancestor down to the model: nodes and relations."""

    kind: str
    nodes: tuple[int, ...]
    relations: tuple[str, ...]


def audit(hub: Snapshot, model: str) -> dict[str, Any]:
    """Audit the licence of one model against all its ancestors' (DESIGN section 5).

    Parameters
    ----------
    hub
        The snapshot.
    model
        Model id, alias, or the address of its page.

    Returns
    -------
    dict
        ``model``; ``declared`` (``license`` as stated, ``resolved``, ``how``, ``tool_default``);
        ``obligations``: ``obligation``, ``sentence``, ``detail``, ``license``, ``ancestors``,
        ``clause``, ``url``, ``established``, ``met`` (True, False, or None: not checked);
        ``findings``: ``rule``, ``severity`` (``conflict``, ``review``, ``unknown``), ``license``,
        ``label``, ``ancestor``, ``parent`` and ``child`` (the edge on which the label first stands
        against the term), ``path``, ``relations``, ``clause``, ``url``, ``established``,
        ``explanation``, ``resolution``, the gravest first; ``edges``: each edge to an ancestor
        with its own ``verdict``; ``verdict``, ``verdict_words``, ``ancestors``, ``snapshot``,
        ``simulated``, ``disclaimer``.

    Raises
    ------
    ModelNotFoundError
        If the snapshot does not know the model.
    """
    node = hub.node(model)
    lineage = Lineage.load(hub.arrays)
    ways = _ways(lineage, node)
    models = _models(hub, {node, *(a for a, _ in ways)})
    mine = models[node]
    findings = [
        *_own(mine, ways),
        *_along(models, ways, mine),
        *_meeting(lineage, models, ways, mine),
    ]
    findings.sort(key=lambda f: (-SEVERITIES.index(f["severity"]), f["rule"], f["license"] or ""))
    obligations = _obligations(models, ways, mine)
    grave = max((f["severity"] for f in findings), key=SEVERITIES.index, default="ok")
    if grave == "ok" and obligations:
        grave = "obligation"
    return {
        "model": mine.name,
        "declared": {
            "license": list(mine.stated), "resolved": mine.found.id, "how": mine.found.how,
            "tool_default": _tool(mine),
        },
        "obligations": obligations,
        "findings": findings,
        "edges": _edges(lineage, models, ways, node),
        "ancestors": len({a for a, _ in ways}),
        "verdict": grave,
        "verdict_words": _VERDICTS[grave],
        "snapshot": hub.name,
        "simulated": hub.simulated,
        "disclaimer": DISCLAIMER,
    }  # fmt: skip


def _ways(lineage: Lineage, node: int) -> dict[tuple[int, str], _Way]:
    """Return the shortest way from every ancestor, of every kind that there is one of."""
    found: dict[tuple[int, str], _Way] = {}
    start = (node, 0)
    before: dict[tuple[int, int], tuple[tuple[int, int], str]] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        low, high = lineage.parent_indptr[here[0]], lineage.parent_indptr[here[0] + 1]
        for edge in range(int(low), int(high)):
            relation = RELATIONS[lineage.edge_relation[edge]]
            kind = max(here[1], KINDS.index(KIND_OF_RELATION[relation]))
            state = (int(lineage.edge_parent[edge]), kind)
            if state not in before:
                before[state] = (here, relation)
                queue.append(state)
    for state in before:
        nodes, relations = [state[0]], []
        at = state
        while at != start:
            at, relation = before[at]
            nodes.append(at[0])
            relations.append(relation)
        word = KINDS[state[1]]
        found[state[0], word] = _Way(word, tuple(nodes), tuple(relations))
    return found


def _models(hub: Snapshot, nodes: Iterable[int]) -> dict[int, _Model]:
    query = (
        "SELECT node, model_id, is_ghost, license, license_name, license_link,"
        " list_filter(tags, lambda t: t IN ('unsloth', 'llama-factory', 'autotrain')),"
        " created_at::DATE::VARCHAR FROM models"
        " SEMI JOIN (SELECT unnest($1::INTEGER[]) AS node) USING (node)"
    )
    rows = hub.lookup.execute(query, [sorted(nodes)]).fetchall()
    return {
        r[0]: _Model(r[0], r[1], bool(r[2]), resolve(r[3], r[4], r[5]), tuple(r[3] or ()),
                     frozenset(r[6] or ()), r[7])
        for r in rows
    }  # fmt: skip


def _tool(model: _Model) -> str | None:
    """Name the tool whose default the label probably is."""
    for tool, label in TOOL_DEFAULTS.items():
        if tool in model.tags and label in model.stated:
            return tool
    return None


def _own(mine: _Model, ways: Mapping[tuple[int, str], _Way]) -> list[dict[str, Any]]:
    """Return the finding about a label that is missing or no licence."""
    if mine.found.id is not None or not ways:
        return []
    says = "states no licence" if mine.label == NO_LICENSE else f"states {mine.words}"
    return [_finding(
        "license_missing", "unknown", None, mine, mine.name, None,
        f"{mine.name} {says}, so it cannot be told whether the terms of its ancestors are kept.",
        "State the licence, with license_name and license_link if it is no known one.", (), (),
    )]  # fmt: skip


def _along(
    models: Mapping[int, _Model], ways: Mapping[tuple[int, str], _Way], mine: _Model
) -> list[dict[str, Any]]:
    """Return one finding a licence and rule: that of the nearest ancestor, the gravest kind."""
    best: dict[tuple[str, str], tuple[tuple[int, int], dict[str, Any]]] = {}
    unknown: list[_Model] = []
    for (ancestor, kind), way in ways.items():
        origin = models[ancestor]
        if origin.found.id is None:
            unknown.append(origin)
            continue
        for judged in judge(origin.found.id, mine.label, kind):
            if judged.severity not in ("review", "conflict"):
                continue
            rank = (-SEVERITIES.index(judged.severity), len(way.nodes))
            key = (origin.found.id, judged.rule)
            if key not in best or rank < best[key][0]:
                best[key] = (rank, _judged(judged, origin, mine, way, models))
    found = [f for _, f in best.values()]
    if unknown:
        found.append(_not_known(list({m.node: m for m in unknown}.values()), mine))
    return found


def _not_known(origins: list[_Model], mine: _Model) -> dict[str, Any]:
    shown = ", ".join(m.name for m in origins[:_MOST_NAMED])
    more = f" and {len(origins) - _MOST_NAMED:,} more" if len(origins) > _MOST_NAMED else ""
    return _finding(
        "ancestor_unknown", "unknown", None, mine, origins[0].name, None,
        f"The licence of {len(origins):,} ancestors is not known: {shown}{more}.",
        "Look it up at the source: nothing is concluded from silence.", (), (),
    )  # fmt: skip


def _judged(
    judged: Judgement, origin: _Model, mine: _Model, way: _Way, models: Mapping[int, _Model]
) -> dict[str, Any]:
    parent, child = _first_edge(judged, origin, way, models)
    words = {"ancestor": origin.name, "license": origin.found.id, "label": mine.words,
             "child": mine.name}  # fmt: skip
    told = _EXPLAINED.get(judged.rule, "{ancestor} is under {license}: {sentence}.").format(
        sentence=OBLIGATIONS.get(judged.rule, judged.rule), **words
    )
    tool = _tool(mine)
    if tool and judged.severity == "conflict":
        told += f" The label is likely a default that {tool} writes."
    if judged.severity == "review" and not judged.term.sure:
        told += " The clause was not read, or leaves it open."
    told += _changed(str(origin.found.id), mine)
    names = tuple(models[n].name for n in way.nodes)
    return _finding(
        judged.rule, judged.severity, judged.term, mine, origin.name, origin.found.id, told,
        _SOLVED.get(judged.rule, "Read the clause.").format(**words), names, way.relations,
        parent=parent, child=child,
    )  # fmt: skip


def _changed(name: str, mine: _Model) -> str:
    """Say that the text of a licence changed after a model was made."""
    later = [day for day in licenses()[name].changed if mine.created and mine.created < str(day)]
    if not later:
        return ""
    return f" The text of {name} changed on {later[0]}, after {mine.name} was made: read both."


def _first_edge(
    judged: Judgement, origin: _Model, way: _Way, models: Mapping[int, _Model]
) -> tuple[str, str]:
    """Return the first edge on the way whose child's label already has this finding."""
    kind = 0
    for i, relation in enumerate(way.relations):
        kind = max(kind, KINDS.index(KIND_OF_RELATION[relation]))
        child = models[way.nodes[i + 1]]
        for other in judge(str(origin.found.id), child.label, KINDS[kind]):
            if other.rule == judged.rule and other.severity == judged.severity:
                return models[way.nodes[i]].name, child.name
    return models[way.nodes[-2]].name, models[way.nodes[-1]].name


def _meeting(
    lineage: Lineage, models: Mapping[int, _Model], ways: Mapping[tuple[int, str], _Way],
    mine: _Model,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the findings about licences that met in a merge: the model or an ancestor."""
    members = sorted(models, key=lambda n: (int(lineage.generation[n]), n))
    brings: dict[int, dict[str, int]] = {}  # licence -> an ancestor that has it, the model included
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for node in members:
        parents = lineage.parents_of(node).tolist()
        if len(parents) > 1:
            for judged, first, second in _clashes([brings[p] for p in parents]):
                named = first if judged.rule == "merge_no_training" else f"{first} {second}"
                if (judged.rule, named) not in best:
                    origins = [_origin(brings, parents, n) for n in (first, second)]
                    best[judged.rule, named] = _clash(
                        judged, (first, second), [models[o] for o in origins], models[node],
                        mine, _way_from(ways, origins[0]), models,
                        models[next(p for p in parents if first in brings[p])].name,
                    )  # fmt: skip
        found: dict[str, int] = {}
        for parent in parents:
            found |= brings[parent]
        own = models[node].found.id
        brings[node] = found | ({own: node} if own else {})
    return list(best.values())


def _clashes(brought: list[dict[str, int]]) -> Iterator[tuple[Judgement, str, str]]:
    """Yield what licences that come by different parents have against one another."""
    names = sorted({name for some in brought for name in some})
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            if sum(first in some or second in some for some in brought) < 2:
                continue
            for judged in judge_merge(first, second):
                owner = first if licenses()[first].term(judged.term.obligation) == judged.term \
                    else second  # fmt: skip
                yield judged, owner, second if owner == first else first


def _origin(brings: Mapping[int, dict[str, int]], parents: list[int], name: str) -> int:
    return next(brings[p][name] for p in parents if name in brings[p])


def _way_from(ways: Mapping[tuple[int, str], _Way], node: int) -> _Way:
    found = [way for (ancestor, _), way in ways.items() if ancestor == node]
    return min(found, key=lambda way: len(way.nodes))


def _clash(
    judged: Judgement, names: tuple[str, str], origins: list[_Model], merge: _Model, mine: _Model,
    way: _Way, models: Mapping[int, _Model], parent: str,
) -> dict[str, Any]:  # fmt: skip
    told = (
        f"{origins[0].name} is under {names[0]}, {origins[1].name} under {names[1]}, and both came "
        f"together in {merge.name}: {MERGE_RULES[judged.rule]}."
    )
    path = tuple(models[n].name for n in way.nodes)
    return _finding(
        judged.rule, judged.severity, judged.term, mine, origins[0].name, names[0], told,
        "Leave one of the two out, or ask its owner.", path, way.relations, parent=parent,
        child=merge.name,
    )  # fmt: skip


def _finding(
    rule: str, severity: str, term: Term | None, mine: _Model, ancestor: str,
    license_id: str | None, explanation: str, resolution: str, path: tuple[str, ...],
    relations: tuple[str, ...], *, parent: str | None = None, child: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "rule": rule, "severity": severity, "license": license_id, "label": mine.label,
        "ancestor": ancestor, "parent": parent or (path[-2] if len(path) > 1 else ancestor),
        "child": child or mine.name, "path": list(path), "relations": list(relations),
        "clause": term.clause if term else None, "url": term.url if term else None,
        "established": term.established if term else None,
        "explanation": explanation, "resolution": resolution,
    }  # fmt: skip


def _obligations(
    models: Mapping[int, _Model], ways: Mapping[tuple[int, str], _Way], mine: _Model
) -> list[dict[str, Any]]:
    """Return the checklist: every term of every licence that reaches the model."""
    origins: dict[str, list[str]] = {}
    for ancestor in dict.fromkeys(a for a, _ in ways):
        found = models[ancestor].found.id
        if found:
            origins.setdefault(found, []).append(models[ancestor].name)
    order = list(OBLIGATIONS)
    rows = [
        {
            "obligation": term.obligation, "sentence": OBLIGATIONS[term.obligation],
            "detail": term.detail, "license": name, "ancestors": origins[name][:_MOST_NAMED],
            "more_ancestors": max(0, len(origins[name]) - _MOST_NAMED), "clause": term.clause,
            "url": term.url, "established": term.established, "met": _met(term, mine),
        }
        for name in sorted(origins)
        for term in licenses()[name].terms
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (order.index(r["obligation"]), r["license"]))


def _met(term: Term, mine: _Model) -> bool | None:
    """Whether the name keeps a prefix; None of other terms, and where only the case differs.

    Ids hold no spaces: ``Llama-3`` begins with "Llama 3".
    """
    if term.obligation != "name_prefix":
        return None
    name = mine.name.rpartition("/")[2].replace("-", " ").replace("_", " ")
    if name.startswith(term.detail.replace("-", " ")):
        return True
    return None if name.lower().startswith(term.detail.replace("-", " ").lower()) else False


def _edges(
    lineage: Lineage, models: Mapping[int, _Model], ways: Mapping[tuple[int, str], _Way], node: int
) -> list[dict[str, Any]]:
    """Return every edge among the ancestors: its own verdict, child's label against parent's."""
    rows = []
    for child in [node, *dict.fromkeys(a for a, _ in ways)]:
        low, high = lineage.parent_indptr[child], lineage.parent_indptr[child + 1]
        for edge in np.arange(low, high):
            parent = models[int(lineage.edge_parent[edge])]
            relation = RELATIONS[lineage.edge_relation[edge]]
            judged = (
                judge(parent.found.id, models[child].label, KIND_OF_RELATION[relation])
                if parent.found.id
                else ()
            )
            grave = max((j.severity for j in judged), key=SEVERITIES.index, default="ok")
            rows.append({
                "parent": parent.name, "child": models[child].name, "relation": relation,
                "parent_license": parent.words, "child_license": models[child].words,
                "verdict": grave if parent.found.id else "unknown",
            })  # fmt: skip
    return rows
