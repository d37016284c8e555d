"""Licences along lineages: which labels stand against what their ancestors ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.license_findings import count_findings
from cladist.licenses.catalog import license_color
from cladist.licenses.rules import KINDS, SEVERITIES, judge, severity
from cladist.licensing import KNOWN, NAMES, HubAudit, Labels, audit_hub, edge_kinds, has, is_older
from cladist.result import Chart, Result
from cladist.statistics.inference import cluster_bootstrap_ratio, generator
from cladist.traits.edges import fetch, lineage_of, model_ids
from cladist.vocab import RELATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Ints = NDArray[np.int64]

_DEFINITION: Final = (
    "Each model's label (its stated licence, resolved) against the terms of the licences of all "
    "its ancestors. conflict: a clause that was read stands against the label (a possible "
    "conflict); review: the clause was not read, leaves it open, or the label is missing or no "
    "known licence; unknown: an ancestor's licence, or the model's own, is not known, and nothing "
    "graver was found; obligation: terms to keep, none broken by the label. The tables of edges "
    "look at single edges, the parent's label against the child's: shares are of edges whose two "
    "labels are known, intervals by clan. Not legal advice."
)
_CONFLICT: Final = SEVERITIES.index("conflict")
_REVIEW: Final = SEVERITIES.index("review")
_PALETTE: Final = "license"


def license_audit(
    hub: Snapshot, *, top: int | None = 50, replicates: int = 1000, seed: int = 0
) -> Result:
    """Audit the licence of every model (DESIGN section 5, "Licence audit").

    Parameters
    ----------
    hub
        The snapshot.
    top
        Pairs of licences, and models, that the tables list; all if None.
    replicates
        Resamples of clans.
    seed
        Seed of the resamples.

    Returns
    -------
    Result
        Rows ``relation``, ``edges`` (both labels known), ``conflicts``, ``share`` with ``low`` and
        ``high``, ``share_of_downloads`` (each edge weighs as the child's downloads; null without
        any), ``reviews``, ``unknown`` (edges with a label that is none), and what the share rests
        on. Table ``findings``: ``rule``, ``severity``, ``source`` (licence of the ancestor),
        ``label``, ``models``, ``downloads``, ``example`` (the most downloaded), over all
        ancestors; ``pairs``: ``source``, ``target``, ``relation``, ``edges``, ``share`` (of the
        edges of that relation from that licence to a known one), ``verdict``, ``rules``,
        ``downloads`` (of the children); ``verdicts``: ``verdict``, ``models`` with an ancestor,
        ``share``, ``downloads``; ``years`` (of the child): ``year``, ``edges``, ``conflicts``,
        ``share`` of edges, ``models``, ``model_conflicts``; ``families``: ``founder``, ``models``
        with an ancestor, ``conflict``, ``share``, ``downloads`` of those with a conflict, the
        families with most of them; ``affected``: the most downloaded models with a possible
        conflict, with the licences that reach them; ``flows``: label families from parent to
        child; ``drift``: pairs of label families, with the edges that change from the one to the
        other and back, and their ``net`` flow as a share of both; ``statements``: how labels were
        resolved. ``n`` is the number of models with an ancestor.
    """
    return of_audit(hub, audit_hub(hub), top=top, replicates=replicates, seed=seed)


def of_audit(
    hub: Snapshot, whole: HubAudit, *, top: int | None, replicates: int, seed: int
) -> Result:
    """Return the tables of :func:`license_audit` for a hub that is audited already."""
    labels, found = whole.labels, whole.verdict
    lineage = lineage_of(hub)
    facts = fetch(hub.table("models").select("node", "downloads", "created_at",
                                             "created_at_is_floor", "is_ghost"))  # fmt: skip
    downloads = np.asarray(facts["downloads"].fill_null(0).to_numpy(), dtype=np.int64)
    children = np.flatnonzero(np.asarray(lineage.n_parents) > 0)
    edges = _Edges(lineage, labels, downloads)
    table = _by_relation(edges, replicates, seed)
    n = len(children)
    return Result(
        analysis="license",
        form="standard",
        definition=_DEFINITION,
        parameters={"top": top, "replicates": replicates, "seed": seed},
        n=n,
        tables={
            "table": table,
            "findings": _findings(hub, whole, lineage, downloads, top),
            "pairs": edges.pairs(top),
            "verdicts": _verdicts(found, children, downloads),
            "years": _years(edges, facts, found, children),
            "families": _families(hub, found, children, downloads, top),
            "affected": _affected(hub, whole, children, downloads, top),
            "flows": edges.flows(),
            "drift": _drift(edges.flows()),
            "statements": _statements(labels),
        },
        provenance=hub.provenance(analysis="license", top=top, seed=seed),
        notes=_notes(n, table),
        charts=(
            Chart("conflicts", "intervals", "Possible conflicts of licences", x="share",
                  y="relation", low="low", high="high", color="relation", palette="relation",
                  percent=True, x_title="of edges with two known licences",
                  subtitle="The child's label against its parent's terms; line: 95 % by clan."),
            Chart("verdicts", "bars", "Models by verdict", table="verdicts", x="models",
                  y="words", x_title="models with an ancestor",
                  subtitle="Label against all ancestors. No legal advice."),
            Chart("years", "columns", "Possible conflicts by year of creation", table="years",
                  x="year", y="share", percent=True, x_title="",
                  y_title="of edges with two known licences",
                  subtitle="By the year of the child."),
            Chart("flows", "matrix", "Families of licences from parent to child", table="flows",
                  x="child", y="parent", value="edges", x_title="child", y_title="parent",
                  subtitle="Edges by the family of both labels."),
        ) if n else (),
        shown={"table": ("relation", "edges", "conflicts", "share", "low", "high",
                         "share_of_downloads", "reviews", "unknown"),
               "verdicts": ("verdict", "models", "share", "downloads"),
               "pairs": ("source", "target", "relation", "edges", "share", "verdict", "rules")},
    )  # fmt: skip


class _Edges:
    """Every edge with both labels, and the verdict of the child's against the parent's."""

    def __init__(self, lineage: Any, labels: Labels, downloads: Ints) -> None:
        self.child = np.asarray(lineage.edge_child, dtype=np.int64)
        self.relation = np.asarray(lineage.edge_relation, dtype=np.int64)
        self.clan = np.asarray(lineage.clan, dtype=np.int64)[self.child]
        self.source = labels.gives[lineage.edge_parent].astype(np.int64)
        self.target = labels.code[self.child].astype(np.int64)
        self.downloads = downloads[self.child]
        older = is_older(self.source, labels.day[self.child]).astype(np.int64)
        kinds = edge_kinds(lineage, labels.form).astype(np.int64)
        size, k, m = len(NAMES), len(RELATIONS), 2 * len(KINDS)
        key = ((self.source * size + self.target) * k + self.relation) * m + kinds * 2 + older
        self.keys, self.place = np.unique(key, return_inverse=True)
        self.split = [(v // m // k // size, v // m // k % size, v // m % k)
                      for v in self.keys.tolist()]  # fmt: skip
        how = [(KINDS[v % m // 2], bool(v % 2)) for v in self.keys.tolist()]
        self.judged = [
            judge(NAMES[a], NAMES[b], kind, older=older) if a < KNOWN else ()
            for (a, b, _), (kind, older) in zip(self.split, how, strict=True)
        ]
        grave = [SEVERITIES.index(severity(j)) for j in self.judged]
        self.verdict = np.array(grave, dtype=np.int64)[self.place] if len(key) else key
        self.known = (self.source < KNOWN) & (self.target < KNOWN)
        self.conflict = self.known & (self.verdict == _CONFLICT)

    def pairs(self, top: int | None) -> pa.Table:
        """Return pairs of known licences by number of edges, those that stand against first."""
        edges = np.bincount(self.place, minlength=len(self.keys))
        downloads = np.bincount(self.place, self.downloads, minlength=len(self.keys))
        known = self.known.astype(np.int64)
        group = self.source * len(RELATIONS) + self.relation
        of_source = np.bincount(group, known, minlength=len(NAMES) * len(RELATIONS))
        rows: dict[tuple[int, int, int, str], dict[str, Any]] = {}
        for i, (a, b, r) in enumerate(self.split):
            grave = severity(self.judged[i])
            if b >= KNOWN or a >= KNOWN or grave not in ("conflict", "review"):
                continue
            row = rows.setdefault((a, b, r, grave), {
                "source": NAMES[a], "target": NAMES[b], "relation": RELATIONS[r], "edges": 0,
                "verdict": grave, "rules": set(), "downloads": 0,
            })  # fmt: skip
            row["edges"] += int(edges[i])
            row["downloads"] += int(downloads[i])
            row["rules"] |= {j.rule for j in self.judged[i] if j.severity == grave}
        for (a, _, r, _), row in rows.items():
            row["share"] = round(float(row["edges"] / of_source[a * len(RELATIONS) + r]), 12)
            row["rules"] = sorted(row["rules"])
        return self._sorted(list(rows.values()), top)

    @staticmethod
    def _sorted(rows: list[dict[str, Any]], top: int | None) -> pa.Table:
        rows.sort(key=lambda x: (-SEVERITIES.index(x["verdict"]), -x["edges"], x["source"],
                                 x["target"], x["relation"]))  # fmt: skip
        return pa.Table.from_pylist(rows[:top], schema=pa.schema([
            ("source", pa.string()), ("target", pa.string()), ("relation", pa.string()),
            ("edges", pa.int64()), ("share", pa.float64()), ("verdict", pa.string()),
            ("rules", pa.list_(pa.string())), ("downloads", pa.int64()),
        ]))  # fmt: skip

    def flows(self) -> pa.Table:
        """Count edges by the families of both labels."""
        words = [license_color(n) if i < KNOWN else "unstated" for i, n in enumerate(NAMES)]
        kinds = sorted(set(words))
        of = np.array([kinds.index(w) for w in words], dtype=np.int64)
        pair = of[self.source] * len(kinds) + of[self.target]
        found, counts = np.unique(pair, return_counts=True)
        return pa.table({
            "parent": pa.array([kinds[v // len(kinds)] for v in found], pa.string()),
            "child": pa.array([kinds[v % len(kinds)] for v in found], pa.string()),
            "edges": pa.array(counts.astype(np.int64)),
        })  # fmt: skip


def _by_relation(edges: _Edges, replicates: int, seed: int) -> pa.Table:
    groups = ["all", *(r for i, r in enumerate(RELATIONS) if (edges.relation == i).any())]
    _, place = np.unique(edges.clan, return_inverse=True)
    size = int(place.max()) + 1 if len(place) else 0
    above, below = np.zeros((2, len(groups), size))
    rows: list[dict[str, Any]] = []
    for g, group in enumerate(groups):
        member = edges.relation == RELATIONS.index(group) if g else edges.relation >= 0
        known = member & edges.known
        conflict = member & edges.conflict
        above[g] = np.bincount(place[conflict], minlength=size)
        below[g] = np.bincount(place[known], minlength=size)
        weight = int(edges.downloads[known].sum())
        rows.append({
            "relation": group, "edges": int(known.sum()), "conflicts": int(conflict.sum()),
            "reviews": int((known & (edges.verdict == _REVIEW)).sum()),
            "unknown": int((member & ~edges.known).sum()),
            "share_of_downloads": round(int(edges.downloads[conflict].sum()) / weight, 12)
            if weight else None,
        })  # fmt: skip
    found = cluster_bootstrap_ratio(
        above, below, replicates=replicates, limits=(0.0, 1.0),
        rng=generator(seed, "license", "relation"),
    )  # fmt: skip
    summary = found.clusters
    real = {"share": found.estimate, "low": found.low, "high": found.high,
            "clusters_effective": summary.clusters_effective,
            "largest_share": summary.largest_share}  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=pa.schema([
        ("relation", pa.string()), ("edges", pa.int64()), ("conflicts", pa.int64()),
        ("reviews", pa.int64()), ("unknown", pa.int64()), ("share_of_downloads", pa.float64()),
    ]))  # fmt: skip
    for name, values in real.items():
        table = table.append_column(name, pa.array(values, pa.float64(), from_pandas=True))
    return table.append_column("few_lineages", pa.array(summary.few))


def _verdicts(found: NDArray[np.uint8], children: Ints, downloads: Ints) -> pa.Table:
    mine = found[children]
    rows = []
    for i, name in reversed(list(enumerate(SEVERITIES))):
        at = mine == i
        rows.append((name, _WORDS[name], int(at.sum()), int(downloads[children][at].sum())))
    total = max(len(children), 1)
    return pa.table({
        "verdict": pa.array([r[0] for r in rows], pa.string()),
        "words": pa.array([r[1] for r in rows], pa.string()),
        "models": pa.array([r[2] for r in rows], pa.int64()),
        "share": pa.array([round(r[2] / total, 12) for r in rows], pa.float64()),
        "downloads": pa.array([r[3] for r in rows], pa.int64()),
    })  # fmt: skip


_WORDS: Final = {
    "conflict": "possible conflict", "review": "to be reviewed", "unknown": "not known",
    "obligation": "obligations to keep", "ok": "nothing found",
}  # fmt: skip


def _years(
    edges: _Edges, facts: pa.Table, found: NDArray[np.uint8], children: Ints
) -> pa.Table:  # fmt: skip
    import pyarrow.compute as pc

    year = pc.fill_null(pc.year(facts["created_at"]), 0).to_numpy()
    floor = np.asarray(pc.fill_null(facts["created_at_is_floor"], False).to_numpy(False), bool)
    year = np.where(floor, 0, year)
    of_edge, of_model = year[edges.child], year[children]
    rows: list[dict[str, Any]] = []
    for y in np.unique(of_model[of_model > 0]).tolist():
        known = int((edges.known & (of_edge == y)).sum())
        conflicts = int((edges.conflict & (of_edge == y)).sum())
        rows.append({
            "year": str(y), "edges": known, "conflicts": conflicts,
            "share": round(conflicts / known, 12) if known else None,
            "models": int((of_model == y).sum()),
            "model_conflicts": int(((found[children] == _CONFLICT) & (of_model == y)).sum()),
        })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema([
        ("year", pa.string()), ("edges", pa.int64()), ("conflicts", pa.int64()),
        ("share", pa.float64()), ("models", pa.int64()), ("model_conflicts", pa.int64()),
    ]))  # fmt: skip


def _drift(flows: pa.Table) -> pa.Table:
    """Return the net flow between families of licences, those with most changed edges first."""
    count = {(r["parent"], r["child"]): r["edges"] for r in flows.to_pylist()}
    rows: list[dict[str, Any]] = []
    for a, b in sorted({tuple(sorted(k)) for k in count if k[0] != k[1] and "unstated" not in k}):
        there, back = count.get((a, b), 0), count.get((b, a), 0)
        source, target = (a, b) if there >= back else (b, a)
        rows.append({
            "source": source, "target": target, "forward": max(there, back),
            "backward": min(there, back), "net": abs(there - back),
            "net_share": round(abs(there - back) / (there + back), 12),
        })  # fmt: skip
    rows.sort(key=lambda r: (-r["net"], -r["forward"], r["source"], r["target"]))
    return pa.Table.from_pylist(rows, schema=pa.schema([
        ("source", pa.string()), ("target", pa.string()), ("forward", pa.int64()),
        ("backward", pa.int64()), ("net", pa.int64()), ("net_share", pa.float64()),
    ]))  # fmt: skip


def _findings(
    hub: Snapshot, whole: HubAudit, lineage: Any, downloads: Ints, top: int | None
) -> pa.Table:  # fmt: skip
    table = count_findings(whole, lineage, downloads).slice(0, top)
    place = table.schema.get_field_index("most_downloaded")
    names = model_ids(hub, table["most_downloaded"].to_numpy())
    return table.set_column(place, "example", pa.array(names, pa.string()))


def _families(
    hub: Snapshot, found: NDArray[np.uint8], children: Ints, downloads: Ints, top: int | None
) -> pa.Table:
    """Count possible conflicts in the families with most of them."""
    founder, place = np.unique(np.asarray(lineage_of(hub).founder)[children], return_inverse=True)
    models = np.bincount(place, minlength=len(founder))
    hit = found[children] == _CONFLICT
    conflict = np.bincount(place, hit, minlength=len(founder))
    weight = np.bincount(place[hit], downloads[children][hit], minlength=len(founder))
    order = np.lexsort((founder, -models, -conflict))
    order = order[conflict[order] > 0][:top]
    return pa.table({
        "founder": pa.array(model_ids(hub, founder[order]), pa.string()),
        "models": pa.array(models[order].astype(np.int64)),
        "conflict": pa.array(conflict[order].astype(np.int64)),
        "share": pa.array(np.round(conflict[order] / np.maximum(models[order], 1), 12)),
        "downloads": pa.array(weight[order].astype(np.int64)),
    })  # fmt: skip


def _affected(
    hub: Snapshot, whole: HubAudit, children: Ints, downloads: Ints, top: int | None
) -> pa.Table:
    """List the most downloaded models with a possible conflict."""
    labels, found = whole.labels, whole.verdict
    hit = children[found[children] == _CONFLICT]
    hit = hit[np.lexsort((hit, -downloads[hit]))][:top]
    sets = np.bitwise_or.reduce(whole.sets[:, hit], axis=0)
    reach = np.array([has(sets, i) for i in range(KNOWN)]).reshape(KNOWN, len(hit))
    return pa.table({
        "model_id": pa.array(model_ids(hub, hit), pa.string()),
        "label": pa.array([NAMES[c] for c in labels.code[hit]], pa.string()),
        "inherited": pa.array([[NAMES[i] for i in np.flatnonzero(column)] for column in reach.T],
                              pa.list_(pa.string())),
        "downloads": pa.array(downloads[hit]),
    })  # fmt: skip


def _statements(labels: Labels) -> pa.Table:
    """List the distinct statements that are no plain id of the catalogue, and what they mean."""
    rows = [
        {"license": list(stated), "license_name": name, "license_link": link,
         "resolved": found.id, "how": found.how}
        for stated, name, link, found in labels.statements
        if found.how not in ("exact", "unstated")
    ]  # fmt: skip
    rows.sort(key=lambda r: (r["how"], r["license"], r["license_name"] or "",
                             r["license_link"] or ""))  # fmt: skip
    text = pa.string()
    return pa.Table.from_pylist(rows, schema=pa.schema([
        ("license", pa.list_(text)), ("license_name", text), ("license_link", text),
        ("resolved", text), ("how", text),
    ]))  # fmt: skip


def _notes(n: int, table: pa.Table) -> tuple[str, ...]:
    if not n:
        return ("No model has a known parent, so no licence comes down to any.",)
    whole = table.to_pylist()[0]
    notes = ["Not legal advice: a possible conflict is a clause and a label that need reading."]
    if whole["edges"] and whole["few_lineages"]:
        notes.append(
            "Few independent lineages (under 30 effective clans, or one holds over 20 % of the "
            "edges) behind the share of possible conflicts."
        )
    if whole["unknown"] > whole["edges"]:
        notes.append(
            f"{whole['unknown']:,} edges have a label that is missing or no known licence; only "
            f"{whole['edges']:,} can be judged."
        )
    return tuple(notes)
