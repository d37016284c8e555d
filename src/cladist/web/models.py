"""Everything about one model: facts, line, claims, traits on the way, licence, children."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cladist.auditing import audit_node
from cladist.licenses.forms import form_of
from cladist.licenses.resolve import Resolved
from cladist.lineage.traversal import path_to_founder
from cladist.traits.inheritance import Model
from cladist.vocab import METHODS, RELATIONS
from cladist.web.building import FAMILIES
from cladist.web.families import clan_ref, family_ref
from cladist.web.index import Index, count, date
from cladist.web.model_payloads import (
    AliasRef,
    Ancestor,
    CardFacts,
    ChildCounts,
    Claim,
    Cut,
    DownloadReading,
    ModelEdge,
    ModelFamily,
    ModelPayload,
    TraitChange,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ANCESTORS: Final = 500
#: Traits compared along edges, in the order in which they are shown.
TRAITS: Final = ("license", "license_name", "pipeline_tag", "library_name", "language", "datasets",
                 "arxiv", "region", "parameters", "gated", "tags", "card_length")  # fmt: skip
_METHODS: Final = tuple(METHODS)


def model(index: Index, row: int) -> ModelPayload:
    """Return everything about the model in a row."""
    node = int(index.node[row])
    lineage = index.lineage
    above = _ancestors(index, node)
    near = above[:MOST_ANCESTORS]
    line = path_to_founder(lineage, node)[::-1].tolist()
    rows = {n: int(index.row_of[n]) for n in (*(n for n, _ in near), *line, node)}
    told = audit_node(index.hub, lineage, node, lambda nodes: audited(index, nodes))
    family = family_ref(index, row)
    traits = _Traits(index)
    return ModelPayload(
        facts=index.model_facts(row),
        tags=index.list_of("tags", row) or [],
        datasets=index.list_of("datasets", row),
        arxiv=index.list_of("arxiv", row),
        gated=index.value("gated", row),
        revision=index.revision[node] or None,
        last_modified=date(index.last_modified[row]),
        observed_at=date(index.observed_at[row]),
        aliases=[AliasRef(*pair) for pair in index.aliases.get(node, ())],
        family=ModelFamily(family.model, family.size, family.mixed, family.founders),
        clan=clan_ref(index, row),
        line=[index.model_facts(rows[n]) for n in line],
        ancestors=[Ancestor(**index.facts(rows[n]), distance=d) for n, d in near],
        ancestors_total=len(above),
        edges=_edges(index, [node, *(n for n, _ in near)], traits, told["edges"]),
        cut=[Cut(index.model_id[p], kind) for p, kind in index.cuts.get(node, ())],
        children=_children(index, node),
        siblings=_siblings(index, node),
        changes=traits.changes(rows[line[0]], row) if len(line) > 1 else [],
        downloads=_downloads(index, row),
        audit=told,
        card=_card(index, row),
    )


def _ancestors(index: Index, node: int) -> list[tuple[int, int]]:
    """Return all ancestors with the fewest steps up to them, the nearest first, then by id.

    A walk over the few ancestors, where ``traversal`` would set a flag for each model of the hub.
    """
    lineage = index.lineage
    found, seen, front, steps = [], {node}, [node], 0
    while front:
        steps += 1
        above = {int(p) for n in front for p in lineage.parents_of(n)} - seen
        seen |= above
        front = sorted(above)
        found += [(n, steps) for n in front]
    return found


def audited(index: Index, nodes: list[int]) -> dict[int, Model]:
    """Return what an audit needs to know of models, as traits.inheritance.read_models does."""
    telling = index.telling
    found = {}
    for node in nodes:
        row = int(index.row_of[node])
        stated, name, _, means, how = index.licenses[index.license[row]]
        tags = [telling[code] for code in index.lists["tags"][row] if code in telling]
        library = index.value("library_name", row)
        found[node] = Model(
            node, index.model_id[node], bool(index.is_ghost[row]), Resolved(means, how),
            tuple(stated or ()), name, frozenset(tags), date(index.day[row]),
            tuple(index.list_of("datasets", row) or ()),
            form_of(index.model_id[node], library, tags),
        )  # fmt: skip
    return found


class _Traits:
    """The traits of models as lists of text; each model is read once."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.known: dict[int, dict[str, list[str] | None]] = {}

    def of(self, row: int) -> dict[str, list[str] | None]:
        """Return what a model states; None is not stated."""
        if row not in self.known:
            self.known[row] = self._read(row)
        return self.known[row]

    def _read(self, row: int) -> dict[str, list[str] | None]:
        index = self.index
        stated, name, *_ = index.licenses[index.license[row]]
        single = {k: index.value(k, row) for k in ("pipeline_tag", "library_name", "gated")}
        single["license_name"] = name
        numbers = {k: count(getattr(index, k)[row]) for k in ("parameters", "card_length")}
        lists = {k: index.list_of(k, row) for k in ("language", "datasets", "arxiv", "region")}
        # Tags repeat what has a column of its own; what is left over is compared.
        said = {single["pipeline_tag"], single["library_name"], *(lists["language"] or ())}
        tags = [t for t in index.list_of("tags", row) or () if ":" not in t and t not in said]
        return {
            "license": stated,
            **{k: None if v is None else [v] for k, v in single.items()},
            **{k: None if v is None else [str(v)] for k, v in numbers.items()},
            **lists,
            "tags": tags or None,
        }

    def changes(self, parent: int, child: int) -> list[TraitChange]:
        """Compare two models, trait by trait; of a ghost nothing is known."""
        silent = bool(self.index.is_ghost[parent] or self.index.is_ghost[child])
        a, b = self.of(parent), self.of(child)
        return [TraitChange(t, a[t], b[t], _kind(a[t], b[t], silent)) for t in TRAITS]


def _kind(a: list[str] | None, b: list[str] | None, silent: bool) -> str:
    if silent or (a is None and b is None):
        return "silent"
    if a is None or b is None:
        return "gained" if a is None else "lost"
    return "kept" if set(a) == set(b) else "changed"


def _edges(
    index: Index, children: list[int], traits: _Traits, judged: list[dict[str, Any]]
) -> list[ModelEdge]:
    """Return the edges among some models, with claims and changes."""
    lineage = index.lineage
    verdicts = {(e["parent"], e["child"]): e["verdict"] for e in judged}
    within = set(children)
    found = []
    for child in children:
        low, high = int(lineage.parent_indptr[child]), int(lineage.parent_indptr[child + 1])
        claims = _claims(index, child)
        name = index.model_id[child]
        for edge in range(low, high):
            parent = int(lineage.edge_parent[edge])
            if parent not in within:
                continue
            above = index.model_id[parent]
            found.append(ModelEdge(
                child=name, parent=above,
                relation=RELATIONS[lineage.edge_relation[edge]],
                relations=sorted(_named(index.edge_relations[edge], RELATIONS)),
                methods=sorted(_named(index.edge_methods[edge], _METHODS)),
                confidence=float(index.edge_confidence[edge]),
                claims=claims.get(parent, []),
                changes=traits.changes(int(index.row_of[parent]), int(index.row_of[child])),
                primary=int(lineage.primary_parent[child]) == parent,
                verdict=verdicts.get((above, name), "unknown"),
            ))  # fmt: skip
    return found


def _named(bits: Any, names: tuple[str, ...]) -> list[str]:
    return [name for i, name in enumerate(names) if int(bits) >> i & 1]


def _claims(index: Index, child: int) -> dict[int, list[Claim]]:
    """Return what sources say of the parents of a model, by parent."""
    low, high = (int(v) for v in index.column("claim.start")[child : child + 2])
    words = {k: index.texts(f"claim.{k}.values") for k in ("relation", "match", "method", "source")}
    raw = index.texts("claim.parent_raw")
    found: dict[int, list[Claim]] = {}
    for i in range(low, high):
        parent = int(index.column("claim.parent")[i])
        told = {k: words[k][int(index.column(f"claim.{k}")[i])] for k in words}
        method = METHODS.get(told["method"])
        found.setdefault(parent, []).append(Claim(
            parent=index.model_id[parent], parent_raw=raw[i], **told,
            method_words=method.meaning if method else told["method"],
            confidence=float(index.column("claim.confidence")[i]),
            observed_at=date(index.column("claim.day")[i]),
        ))  # fmt: skip
    return found


def _children(index: Index, node: int) -> ChildCounts:
    lineage = index.lineage
    low, high = lineage.child_indptr[node], lineage.child_indptr[node + 1]
    counts = np.bincount(lineage.edge_relation[lineage.child_edge[low:high]],
                         minlength=len(RELATIONS)).tolist()  # fmt: skip
    unstated = index.license_family[index.row_of[lineage.children[low:high]]]
    return ChildCounts(
        total=int(high - low),
        by_relation={r: n for r, n in zip(RELATIONS, counts, strict=True) if n},
        unstated_license=int((unstated == FAMILIES["unstated"]).sum()),
    )


def _siblings(index: Index, node: int) -> int:
    parents = index.lineage.parents_of(node)
    if len(parents) == 1:
        return int(index.lineage.n_children[parents[0]]) - 1
    kids: list[NDArray[np.int32]] = [index.lineage.children_of(int(p)) for p in parents]
    return len(np.unique(np.concatenate(kids))) - 1 if kids else 0


def _downloads(index: Index, row: int) -> list[DownloadReading]:
    """Return the dated readings of a model: the series where there is one, else the newest."""
    if index.told.get("has_series"):
        node = int(index.node[row])
        low, high = (int(v) for v in index.column("series.start")[node : node + 2])
        series = zip(index.column("series.day")[low:high],
                     index.column("series.downloads")[low:high].tolist(), strict=True)  # fmt: skip
        found = [DownloadReading(str(date(day)), n) for day, n in series if date(day) and n >= 0]
        if found:
            return found
    day, downloads = date(index.observed_at[row]), count(index.downloads[row])
    return [] if day is None or downloads is None else [DownloadReading(day, downloads)]


def _card(index: Index, row: int) -> CardFacts:
    length, generated = count(index.card_length[row]), int(index.card_is_generated[row])
    return CardFacts(length, None if generated == 2 else bool(generated), length is not None)
