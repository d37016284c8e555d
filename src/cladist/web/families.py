"""One family, one clan or one subtree: its numbers, its models one by one, its table."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.vocab import RELATIONS
from cladist.web.building import NO_DAY
from cladist.web.filters import Filter, accounts, colors
from cladist.web.index import Index
from cladist.web.model_payloads import (
    ClanRef,
    Facets,
    FamilyPayload,
    FamilyRef,
    MembersPayload,
    MoreClans,
    Relative,
)
from cladist.web.payloads import MonthSpan, NodeLinks, NodeRows, NodesPayload

#: A root with more than this share of its models as children is drawn as rings.
STAR: Final = 0.6
#: Up to this many leaves every model gets a row of its own.
TREE_LEAVES: Final = 120
TREE_SIZE: Final = 30
MOST_CLANS: Final = 50
_MOST_KEPT: Final = 500
#: Most models that are sent one by one.
MOST_NODES: Final = 200_000
SORTS: Final = ("downloads", "likes", "created_at", "model", "descendants", "children",
                "generation", "parameters", "relation", "license")  # fmt: skip


def family_ref(index: Index, row: int) -> FamilyRef:
    """Return the family of a row."""
    number = int(index.family[row])
    founder = int(index.family_founder[number])
    size = int(index.family_start[number + 1] - index.family_start[number])
    share = float(index.family_share[number])
    share = 1.0 if np.isnan(share) else share
    return FamilyRef(
        model=index.model_id[founder], size=size, founders=int(index.family_founders[number]),
        founder_share=round(share, 12),
        founder_is_ghost=bool(index.is_ghost[index.row_of[founder]]),
        mixed=share < 0.5,
    )  # fmt: skip


def family(index: Index, row: int, scope: str) -> FamilyPayload:
    """Return the numbers of a family, a clan, or a subtree; those of a family are kept."""
    if scope != "family":
        return _family(index, row, scope)
    kept: dict[int, FamilyPayload] = index.__dict__.setdefault("_families", {})
    number = int(index.family[row])
    found = kept.get(number)
    if found is None:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        found = kept[number] = _family(index, row, scope)
    return found


def _family(index: Index, row: int, scope: str) -> FamilyPayload:
    rows = index.scope(row, scope)
    root = index.root(row, scope)
    size = rows.stop - rows.start
    breeders = index.has_child[rows]
    below = slice(root + 1, root + int(index.size[root]))
    children = int((index.parent[below] == root).sum())
    links, _ = index.links_within(rows)
    clans, more = _clans(index, row)
    return FamilyPayload(
        model=index.id_of(root),
        node=int(index.node[root]),
        scope=scope,
        size=size,
        children=children,
        breeders=int(breeders.sum()),
        depth=int(index.depth[rows].max() - index.depth[root]),
        merges=len(links),
        family=family_ref(index, row),
        clan=clan_ref(index, root),
        clans=clans,
        clans_more=more,
        view=_view(size, children, size - int(breeders.sum())),
        months=month_span(index.month[rows]),
        facets=Facets(*(_facet(index, by, rows) for by in ("relation", "license", "pipeline_tag"))),
        root=index.model_facts(root),
    )


def clan_ref(index: Index, row: int) -> ClanRef:
    """Return the clan of a row."""
    founder = int(index.lineage.clan[index.node[row]])
    return ClanRef(index.model_id[founder], int(index.size[index.row_of[founder]]))


def _clans(index: Index, row: int) -> tuple[list[ClanRef], MoreClans]:
    rows = index.scope(row, "family")
    roots = np.flatnonzero(index.parent[rows] < 0) + rows.start
    roots = roots[np.lexsort((roots, -index.size[roots]))]
    first, rest = roots[:MOST_CLANS], roots[MOST_CLANS:]
    named = zip(index.ids(first), index.size[first].tolist(), strict=True)
    return [ClanRef(*c) for c in named], MoreClans(len(rest), int(index.size[rest].sum()))


def _view(size: int, children: int, leaves: int) -> str:
    if size <= TREE_SIZE:
        return "tree"
    if children > STAR * size:
        return "rings"
    return "tree" if leaves <= TREE_LEAVES else "lanes"


def month_span(month: NDArray[np.int16]) -> MonthSpan:
    """Return the first and last month of dates after 2 March 2022; 0 and -1 if there are none."""
    dated = month[month >= 0]
    return MonthSpan(int(dated.min()), int(dated.max())) if len(dated) else MonthSpan(0, -1)


def _facet(index: Index, by: str, rows: slice) -> list[Any]:
    shades = colors(index, by, rows)
    found = shades.values(shades.counts(np.ones(rows.stop - rows.start, dtype=bool)))
    return [v for v in found if v.count]


def nodes(index: Index, row: int, scope: str, *, by: str, kept: Filter) -> NodesPayload:
    """Return every model of a scope.

    Raises
    ------
    InputError
        If there are more than can be sent one by one.
    """
    rows = index.scope(row, scope)
    if rows.stop - rows.start > MOST_NODES:
        raise InputError(
            f"{rows.stop - rows.start:,} models are too many to send one by one.",
            "Ask for lanes, or for a clan or subtree of it.",
        )
    passes = kept.mask(index, rows)
    shades = colors(index, by, rows)
    child, parent = index.links_within(rows)
    day = index.day[rows].astype(float)
    day[index.day[rows] == NO_DAY] = np.nan
    downloads = index.downloads[rows].astype(float)
    downloads[downloads < 0] = np.nan
    above = index.parent[rows].astype(np.int64) - rows.start
    return NodesPayload(
        by=by,
        values=shades.values(shades.counts(passes)),
        filter=kept.words(),
        accounts=accounts(passes, int(passes.sum())),
        links=NodeLinks(child - rows.start, parent - rows.start),
        rows=NodeRows(
            node=index.node[rows],
            model=index.model_id.take(index.node[rows]),
            parent=np.maximum(above, -1).astype(np.int32),
            day=day,
            relation=index.relation[rows],
            value=shades.code.astype(np.uint8),
            passes=passes,
            downloads=downloads,
            descendants=index.size[rows] - 1,
            is_ghost=index.is_ghost[rows],
            stated=index.stated[rows],
        ),
        relations=list(RELATIONS),
    )


def nodes_arrow(payload: NodesPayload) -> bytes:
    """Return the rows as an Arrow IPC stream; the other fields stand in its metadata."""
    import pyarrow as pa

    from cladist.web.encoding import encode

    rows = payload.rows
    columns = {
        "node": pa.array(rows.node, pa.int32()),
        "model": rows.model,
        "parent": pa.array(rows.parent, pa.int32()),
        "day": pa.array(rows.day, pa.int32(), from_pandas=True),
        "relation": pa.array(rows.relation, pa.uint8()),
        "value": pa.array(rows.value, pa.uint8()),
        "passes": pa.array(rows.passes, pa.bool_()),
        "downloads": pa.array(rows.downloads, pa.float64(), from_pandas=True),
        "descendants": pa.array(rows.descendants, pa.int32()),
        "is_ghost": pa.array(rows.is_ghost, pa.bool_()),
        "stated": pa.array(rows.stated, pa.bool_()),
    }
    others = {k: getattr(payload, k) for k in ("by", "values", "filter", "accounts", "links",
                                               "relations")}  # fmt: skip
    table = pa.table(columns).replace_schema_metadata({"cladist": encode(others)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def members(
    index: Index, rows: NDArray[np.int64], *, sort: str, descending: bool, q: str, offset: int,
    limit: int,
) -> tuple[int, NDArray[np.int64]]:  # fmt: skip
    """Sort rows of a table and return how many there are, and one page.

    Unknown values come last, whatever the order; ties by id.

    Raises
    ------
    InputError
        If the table cannot be sorted by that.
    """
    if sort not in SORTS:
        raise InputError.not_among("sort", sort, SORTS)
    if q:
        rows = rows[matching(index, rows, q)]
    total, last = len(rows), offset + limit
    key, missing = _sort_key(index, rows, sort)
    key = np.where(missing, np.iinfo(np.int64).max, -key if descending else key)
    if last < total // 4:  # only the rows up to the end of the page are sorted
        near = np.flatnonzero(key <= np.partition(key, last - 1)[last - 1])
        rows, key = rows[near], key[near]
    order = np.lexsort((index.node[rows], key))
    return total, rows[order[offset:last]]


def matching(index: Index, rows: NDArray[np.int64], q: str) -> NDArray[np.bool_]:
    """Return which rows have a text in their id, whatever its case."""
    import pyarrow.compute as pc

    ids = index.model_id.take(index.node[rows])
    found: NDArray[np.bool_] = pc.match_substring(ids, q, ignore_case=True).to_numpy(
        zero_copy_only=False
    )
    return found


def _sort_key(
    index: Index, rows: NDArray[np.int64], sort: str
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    if sort == "model":
        key: NDArray[Any] = index.node[rows].astype(np.int64)  # nodes stand in the order of ids
    elif sort == "created_at":
        key = index.day[rows].astype(np.int64)
        return key, key == NO_DAY
    elif sort == "relation":
        key = index.relation[rows].astype(np.int64)
    elif sort == "license":
        key = index.license_family[rows].astype(np.int64)
    else:
        key = getattr(index, "n_children" if sort == "children" else sort)[rows].astype(np.int64)
        return key, key < 0
    return key, np.zeros(len(key), dtype=bool)


def page(
    index: Index, rows: NDArray[np.int64], kept: Filter, options: dict[str, Any]
) -> MembersPayload:
    """Return one page of a table of rows that a filter keeps."""
    if kept:
        rows = rows[kept.mask(index, rows)]
    total, some = members(index, rows, **options)
    return MembersPayload(total, options["offset"], index.relatives(some.tolist()))


def models_of(index: Index, author: str, tag: str) -> NDArray[np.int64]:
    """Return the rows of an author's models, of those with a tag, or of those that are both.

    Raises
    ------
    InputError
        If neither is given.
    """
    if not author and not tag:
        raise InputError("Neither author nor tag is given.", "Give one of them, or both.")
    rows = np.zeros(0, np.int64)
    if author:
        place = index.values["author"].find(author)
        rows = np.flatnonzero(index.author == place) if place >= 0 else rows
    if tag:
        place = index.values["tags"].find(tag)
        start, carried = index.tag_rows.start, np.zeros(0, np.int64)
        if place >= 0:
            carried = index.tag_rows.code[start[place] : start[place + 1]].astype(np.int64)
        rows = np.intersect1d(rows, carried, assume_unique=True) if author else np.unique(carried)
    return rows


def children(
    index: Index, row: int, kept: Filter, options: dict[str, Any], relations: str
) -> MembersPayload:
    """Return one page of the children of a model, each with its relation to this parent."""
    return _through(index, {int(index.node[row])}, None, kept, options, relations)


def siblings(
    index: Index, row: int, kept: Filter, options: dict[str, Any], relations: str
) -> MembersPayload:
    """Return one page of the models that share a parent, each with a parent that is shared."""
    node = int(index.node[row])
    parents = {int(p) for p in index.lineage.parents_of(node)}
    return _through(index, parents, node, kept, options, relations)


def _through(
    index: Index, parents: set[int], without: int | None, kept: Filter, options: dict[str, Any],
    relations: str,
) -> MembersPayload:  # fmt: skip
    """Return a page of the children of some parents, through their primary one if it is there."""
    from cladist.vocab import relation_set

    lineage = index.lineage
    edges = np.concatenate([
        np.zeros(0, np.int64),
        *(lineage.child_edge[lineage.child_indptr[p] : lineage.child_indptr[p + 1]]
          for p in sorted(parents)),
    ]).astype(np.int64)  # fmt: skip
    child = lineage.edge_child[edges]
    best = lineage.primary_parent[child] == lineage.edge_parent[edges]
    order = np.lexsort((edges, ~best, child))
    first = np.r_[True, child[order][1:] != child[order][:-1]] if len(order) else order
    edges = edges[order[first.astype(bool)]]
    if without is not None:
        edges = edges[lineage.edge_child[edges] != without]
    if relations:
        wanted = np.isin(RELATIONS, relation_set(relations))
        edges = edges[wanted[lineage.edge_relation[edges]]]
    rows = index.row_of[lineage.edge_child[edges]].astype(np.int64)
    if kept:
        passing = kept.mask(index, rows)
        edges, rows = edges[passing], rows[passing]
    total, some = members(index, rows, **options)
    edge_of = dict(zip(rows.tolist(), edges.tolist(), strict=True))
    listed = []
    for row in some.tolist():
        edge = edge_of[row]
        listed.append(Relative(
            **index.facts(row), relation=RELATIONS[lineage.edge_relation[edge]],
            stated=bool(index.edge_stated[edge]),
            parent=index.model_id[int(lineage.edge_parent[edge])],
        ))  # fmt: skip
    return MembersPayload(total, options["offset"], listed)
