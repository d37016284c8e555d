"""The licence audit of one model: every way from its ancestors, every term, every finding.

As for a trace only NumPy arrays mapped from disk and DuckDB are used. It says "possible conflict",
never more, and is no legal advice.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from cladist.licenses.catalog import OBLIGATIONS, Term, find
from cladist.licenses.meeting import forbids_improving_others, judge_meeting
from cladist.licenses.rules import (
    KINDS,
    NO_LICENSE,
    SEVERITIES,
    Judgement,
    judge,
)
from cladist.licenses.words import (
    arguable,
    explain,
    explain_ban,
    explain_clash,
    explain_name,
    verdict_words,
)
from cladist.lineage.lineage import Lineage
from cladist.traits.inheritance import (
    SILENT_TOOL,
    Model,
    Way,
    Ways,
    ancestors_of,
    parents,
    read_models,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cladist.snapshot import Snapshot

#: What every output says.
DISCLAIMER: Final = (
    "Not legal advice. Findings compare what people stated with clauses of licences; read the "
    "clause, and ask somebody who may advise you."
)

_MOST_NAMED: Final = 5
_MOST_DATASETS: Final = 50
_SEPARATORS: Final = str.maketrans({"-": " ", "_": " "})


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
        ``obligations``, those concluded from the ancestors: ``obligation``, ``sentence``,
        ``detail``, ``license``, ``ancestors``, ``more_ancestors``, ``kind``, ``path`` and
        ``relations`` (of the way that departs most, then the shortest), ``clause``, ``url``,
        ``established``, ``met`` (True, False, or None: not checked), ``note``; ``findings``:
        ``rule``, ``severity`` (``conflict``, ``review``, ``unknown``, or ``obligation``: a name
        that does not keep it), ``license``, ``label``, ``ancestor``, ``parent`` and ``child`` (the
        edge on which the label first stands against the term), ``path``, ``relations``,
        ``clause``, ``url``, ``established``, ``explanation``, ``resolution``, the gravest first;
        ``inherited``: each licence of an ancestor (``license``, None where it is not known) and
        how many of ``ancestors`` are under it; ``edges``: each edge among the ancestors with
        ``relation``, ``kind``, both labels, its ``verdict`` (by itself and by the findings that
        stand on it) and the ``rules`` behind that; ``datasets``: data sets that the model or an
        ancestor names, whose licences no snapshot holds; ``verdict``, ``verdict_words``,
        ``ancestors``, ``snapshot``, ``simulated``, ``disclaimer``.

    Raises
    ------
    ModelNotFoundError
        If the snapshot does not know the model.
    """
    node = hub.node(model)
    return audit_node(hub, Lineage.load(hub.arrays), node, lambda nodes: read_models(hub, nodes))


def audit_node(
    hub: Snapshot, lineage: Lineage, node: int, read: Callable[[list[int]], dict[int, Model]]
) -> dict[str, Any]:
    """Audit one node as :func:`audit` does, where lineage and records are at hand already.

    Parameters
    ----------
    hub
        The snapshot; only its name is used.
    lineage
        Its lineage.
    node
        The model.
    read
        Gives what an audit needs to know of models, as
        :func:`~cladist.traits.inheritance.read_models` does.
    """
    models = read(ancestors_of(lineage, node))
    ways = Ways(lineage, models, node)
    walk = _Walk(lineage, ways, models, node)
    mine = walk.mine
    obligations = walk.obligations()
    findings = [*walk.own(), *walk.along(), *walk.meeting(), *walk.names(obligations)]
    findings.sort(key=_gravest_first)
    verdict = max((f["severity"] for f in findings), key=SEVERITIES.index, default="ok")
    if verdict == "ok" and obligations:
        verdict = "obligation"
    return {
        "model": mine.name,
        "declared": {
            "license": list(mine.stated), "resolved": mine.found.id, "how": mine.found.how,
            "tool_default": mine.tool,
        },
        "obligations": obligations,
        "findings": findings,
        "inherited": walk.inherited(),
        "edges": walk.edges(findings),
        "datasets": walk.datasets(),
        "ancestors": len(ways.ancestors),
        "verdict": verdict,
        "verdict_words": verdict_words(
            verdict, not_met=sum(o["met"] is False for o in obligations),
            ancestors=len(ways.ancestors),
        ),
        "snapshot": hub.name,
        "simulated": hub.simulated,
        "disclaimer": DISCLAIMER,
    }  # fmt: skip


def _gravest_first(finding: Mapping[str, Any]) -> tuple[int, str, str, str]:
    return (-SEVERITIES.index(finding["severity"]), finding["rule"], finding["license"] or "",
            finding["ancestor"])  # fmt: skip


class _Walk:
    """One model, its ancestors, and the ways between them."""

    def __init__(self, lineage: Lineage, ways: Ways, models: dict[int, Model], node: int) -> None:
        self.lineage, self.ways, self.models = lineage, ways, models
        self.mine = models[node]

    def own(self) -> list[dict[str, Any]]:
        """Return the finding about a label that is missing or no licence."""
        mine = self.mine
        if mine.found.id is not None or not self.ways:
            return []
        says = "states no licence" if mine.label == NO_LICENSE else f"states {mine.words}"
        tool = ", as mergekit writes cards" if says == "states no licence" and \
            SILENT_TOOL in mine.tags else ""  # fmt: skip
        return [self._finding(
            "license_missing", "unknown", None, mine.name, None,
            f"{mine.name} {says}{tool}, so it cannot be told whether the terms of its ancestors "
            "are kept.",
            "State the licence, with license_name and license_link if it is no known one.",
        )]  # fmt: skip

    def along(self) -> list[dict[str, Any]]:
        """Return one finding a licence and rule: that of the nearest ancestor, the gravest kind."""
        best: dict[tuple[str, str], tuple[tuple[int, int], Judgement, Way]] = {}
        for way in self.ways:
            given = self.models[way.ancestor].gives
            if given is None:
                continue
            for judged in self._judge(given, self.mine, way.kind):
                if judged.severity not in ("review", "conflict"):
                    continue
                rank = (-SEVERITIES.index(judged.severity), way.steps)
                key = (given, judged.rule)
                if key not in best or rank < best[key][0]:
                    best[key] = (rank, judged, way)
        found = [self._judged(judged, way) for _, judged, way in best.values()]
        silent = [m for n in self.ways.ancestors if (m := self.models[n]).gives is None]
        return [*found, self._not_known(silent)] if silent else found

    def _judge(self, given: str, child: Model, kind: str) -> tuple[Judgement, ...]:
        changed = find(given).changed
        older = bool(changed) and (child.created is None or child.created < str(max(changed)))
        return judge(given, child.label, kind, older=older)

    def _judged(self, judged: Judgement, way: Way) -> dict[str, Any]:
        origin = self.models[way.ancestor]
        given = str(origin.gives)
        nodes, relations = self.ways.follow(way)
        parent, child = self._first_edge(judged, given, nodes, relations)
        told, do = explain(
            judged, given, ancestor=origin.name, child=self.mine.name, label=self.mine.words
        )
        for model in dict.fromkeys((self.mine, child)):
            if model.tool and judged.severity == "conflict":
                told += f" The label of {model.name} is likely a default that {model.tool} writes."
        return self._finding(
            judged.rule, judged.severity, judged.term, origin.name, find(given).text, told, do,
            nodes, relations, parent=parent.name, child=child.name,
        )  # fmt: skip

    def _first_edge(
        self, judged: Judgement, given: str, nodes: tuple[int, ...], relations: tuple[str, ...]
    ) -> tuple[Model, Model]:
        """Return the first edge on a way whose child's label already has this finding."""
        kind = 0
        for i, relation in enumerate(relations):
            child = self.models[nodes[i + 1]]
            kind = max(kind, KINDS.index(child.kind(relation)))
            for other in self._judge(given, child, KINDS[kind]):
                if other.rule == judged.rule and other.severity == judged.severity:
                    return self.models[nodes[i]], child
        return self.models[nodes[-2]], self.models[nodes[-1]]

    def _not_known(self, silent: list[Model]) -> dict[str, Any]:
        shown = ", ".join(f"{m.name} ({_why_silent(m)})" for m in silent[:_MOST_NAMED])
        more = f" and {len(silent) - _MOST_NAMED:,} more" if len(silent) > _MOST_NAMED else ""
        one = len(silent) == 1
        return self._finding(
            "ancestor_unknown", "unknown", None, silent[0].name, None,
            f"The licence of {len(silent):,} ancestor{'' if one else 's'} is not known: "
            f"{shown}{more}.",
            "Look it up at the source: nothing is concluded from silence.",
        )  # fmt: skip

    def meeting(self) -> list[dict[str, Any]]:
        """Return the findings about licences that met in a merge: the model or an ancestor."""
        members = sorted(self.models, key=lambda n: (int(self.lineage.generation[n]), n))
        brings: dict[int, dict[str, int]] = {}  # licence -> an ancestor with it, itself included
        best: dict[tuple[str, ...], dict[str, Any]] = {}
        for node in members:
            above = [p for p, _ in parents(self.lineage, node)]
            brought = [brings[p] for p in above]
            if len(above) > 1:
                self._meet(self.models[node], above, brought, best)
            found: dict[str, int] = {}
            for part in brought:
                found |= part
            own = self.models[node].gives
            brings[node] = found | ({own: node} if own else {})
        return list(best.values())

    def _meet(
        self, merge: Model, above: list[int], brought: list[dict[str, int]],
        best: dict[tuple[str, ...], dict[str, Any]],
    ) -> None:  # fmt: skip
        origin = {name: node for part in reversed(brought) for name, node in part.items()}
        by = {name: next(p for p, part in zip(above, brought, strict=True) if name in part)
              for name in origin}  # fmt: skip
        for first, second in _apart(brought):
            for clash in judge_meeting(first, second):
                key = (clash.rule, first, second)
                if key in best:
                    continue
                one, other = (self.models[origin[n]] for n in (clash.first, clash.second))
                told, do = explain_clash(clash, one.name, other.name, merge.name)
                best[key] = self._of_merge(
                    clash.rule, clash.severity, clash.term, one, clash.first, told, do,
                    self.models[by[clash.first]], merge,
                )  # fmt: skip
        for name in sorted(origin):
            term = forbids_improving_others(name)
            lacks = [p for p, part in zip(above, brought, strict=True) if name not in part]
            if term is None or not lacks or ("merge_no_training", name) in best:
                continue
            one = self.models[origin[name]]
            told, do = explain_ban(find(name).text, one.name, self.models[lacks[0]].name,
                                   merge.name)  # fmt: skip
            best["merge_no_training", name] = self._of_merge(
                "merge_no_training", "review", term, one, name, told, do,
                self.models[by[name]], merge,
            )  # fmt: skip

    def _of_merge(
        self, rule: str, severity: str, term: Term, origin: Model, license_id: str, told: str,
        do: str, parent: Model, merge: Model,
    ) -> dict[str, Any]:  # fmt: skip
        nodes, relations = self.ways.follow(self.ways.nearest[origin.node])
        return self._finding(
            rule, severity, term, origin.name, find(license_id).text, told, do, nodes, relations,
            parent=parent.name, child=merge.name,
        )  # fmt: skip

    def obligations(self) -> list[dict[str, Any]]:
        """Return the checklist: every term of every licence that reaches the model."""
        origins: dict[str, dict[int, None]] = {}
        furthest: dict[str, Way] = {}  # of several ways the one that departs most, then the nearest
        for way in self.ways:
            given = self.models[way.ancestor].gives
            if given is None:
                continue
            name = find(given).text
            origins.setdefault(name, {})[way.ancestor] = None
            if name not in furthest or _departs(way) > _departs(furthest[name]):
                furthest[name] = way
        rows = []
        for name in sorted(origins):
            nodes = list(origins[name])
            way = furthest[name]
            path, relations = self.ways.follow(way)
            shared = {
                "license": name,
                "ancestors": [self.models[n].name for n in nodes[:_MOST_NAMED]],
                "more_ancestors": max(0, len(nodes) - _MOST_NAMED), "kind": way.kind,
                "path": [self.models[n].name for n in path], "relations": list(relations),
            }  # fmt: skip
            rows += [self._obligation(term, shared, way.kind) for term in find(name).terms]
        order = list(OBLIGATIONS)
        return sorted(rows, key=lambda r: (order.index(r["obligation"]), r["license"]))

    def _obligation(self, term: Term, shared: dict[str, Any], kind: str) -> dict[str, Any]:
        note = arguable(term.obligation, kind)
        met = None
        if term.obligation == "name_prefix" and kind != "copy":
            met, note = _name_keeps(term, self.mine.name)
        return {
            "obligation": term.obligation, "sentence": OBLIGATIONS[term.obligation],
            "detail": term.detail, **shared, "clause": term.clause, "url": term.url,
            "established": term.established, "met": met, "note": note,
        }  # fmt: skip

    def names(self, obligations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the findings about names that do not begin as a clause that was read asks."""
        found = []
        for o in obligations:
            if o["obligation"] != "name_prefix" or o["kind"] == "copy" or o["met"]:
                continue
            term = find(o["license"]).by_obligation["name_prefix"]
            if term.sure:
                told, do = explain_name(
                    o["license"], o["path"][0], self.mine.name, term.detail, o["note"]
                )
                found.append({
                    **self._finding("name_prefix", "obligation", term, o["path"][0], o["license"],
                                    told, do),
                    "met": o["met"], "parent": o["path"][-2], "path": o["path"],
                    "relations": o["relations"],
                })  # fmt: skip
        return found

    def edges(self, findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return every edge among the ancestors with its verdict: its own, and of its findings."""
        standing: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for finding in findings:
            if finding["path"]:
                standing.setdefault((finding["parent"], finding["child"]), []).append(finding)
        rows = []
        for node in (self.mine.node, *self.ways.ancestors):
            child = self.models[node]
            for above, relation in parents(self.lineage, node):
                parent = self.models[above]
                kind = child.kind(relation)
                told = [("unknown", "ancestor_unknown")] if parent.gives is None else [
                    (j.severity, j.rule) for j in self._judge(parent.gives, child, kind)
                ]  # fmt: skip
                told += [(f["severity"], f["rule"])
                         for f in standing.get((parent.name, child.name), [])]  # fmt: skip
                verdict = max((s for s, _ in told), key=SEVERITIES.index, default="ok")
                rows.append({
                    "parent": parent.name, "child": child.name, "relation": relation, "kind": kind,
                    "parent_license": parent.words, "child_license": child.words,
                    "verdict": verdict,
                    "rules": sorted({rule for s, rule in told if s == verdict}),
                })  # fmt: skip
        return rows

    def inherited(self) -> list[dict[str, Any]]:
        """Return the licences of the ancestors, the most frequent first."""
        given = Counter(self.models[n].found.id for n in self.ways.ancestors)
        return [{"license": name, "ancestors": n} for name, n in
                sorted(given.items(), key=lambda item: (-item[1], item[0] or ""))]  # fmt: skip

    def datasets(self) -> list[dict[str, str]]:
        """Return data sets that the model or an ancestor names, each where it stands nearest."""
        found: dict[str, str] = {}
        for node in (self.mine.node, *self.ways.ancestors):
            for name in self.models[node].datasets:
                found.setdefault(name, self.models[node].name)
        return [{"dataset": d, "model": m} for d, m in list(found.items())[:_MOST_DATASETS]]

    def _finding(
        self, rule: str, severity: str, term: Term | None, ancestor: str, license_id: str | None,
        explanation: str, resolution: str, nodes: tuple[int, ...] = (),
        relations: tuple[str, ...] = (), *, parent: str | None = None, child: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        path = [self.models[n].name for n in nodes]
        return {
            "rule": rule, "severity": severity, "license": license_id, "label": self.mine.label,
            "ancestor": ancestor, "parent": parent or (path[-2] if len(path) > 1 else ancestor),
            "child": child or self.mine.name, "path": path, "relations": list(relations),
            "clause": term.clause if term else None, "url": term.url if term else None,
            "established": term.established if term else None,
            "explanation": explanation, "resolution": resolution,
        }  # fmt: skip


def _departs(way: Way) -> int:
    return KINDS.index(way.kind)


def _why_silent(model: Model) -> str:
    return "no record" if model.is_ghost else model.words


def _apart(brought: list[dict[str, int]]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of licences that come by different parents."""
    names = sorted({name for part in brought for name in part})
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            if sum(first in part or second in part for part in brought) > 1:
                yield first, second


def _name_keeps(term: Term, model: str) -> tuple[bool | None, str]:
    """Return whether a name begins as asked, and if that cannot be told why.

    Ids hold no spaces: ``Llama-3`` begins with "Llama 3".
    """
    name = model.rpartition("/")[2].translate(_SEPARATORS)
    asked = term.detail.translate(_SEPARATORS)
    if name.startswith(asked):
        return True, ""
    bare, wanted = name.replace(" ", "").lower(), asked.replace(" ", "").lower()
    if bare.startswith(wanted):
        return None, "the name begins with it but for case or spacing"
    if wanted in bare:
        return None, "the name holds it, but does not begin with it"
    return False, ""
