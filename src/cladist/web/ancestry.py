"""The ancestry map of one model."""

from __future__ import annotations

from typing import Final

import numpy as np

from cladist.lineage.traversal import ancestor_levels, path_to_founder
from cladist.views.layout_ancestry import ancestry_rows, generations_across
from cladist.vocab import RELATIONS
from cladist.web.index import Index
from cladist.web.model_payloads import AncestryEdge, AncestryNode, AncestryPayload

#: Nearest ancestors that are drawn; the main line is drawn whole.
MOST: Final = 2000


def ancestry(index: Index, row: int) -> AncestryPayload:
    """Return all ancestors of a model in the plane."""
    lineage = index.lineage
    node = int(index.node[row])
    levels = ancestor_levels(lineage, node)
    order = np.lexsort((levels.nodes, levels.distance))[:MOST]
    line = path_to_founder(lineage, node)[::-1]
    nodes = np.unique(np.concatenate((levels.nodes[order], line)))
    edges = np.concatenate([
        np.arange(lineage.parent_indptr[n], lineage.parent_indptr[n + 1]) for n in nodes
    ])  # fmt: skip
    parent = lineage.edge_parent[edges]
    known = np.isin(parent, nodes)
    edges, parent = edges[known], np.searchsorted(nodes, parent[known])
    child = np.searchsorted(nodes, lineage.edge_child[edges])
    on_line = np.isin(nodes, line)
    generation = lineage.generation[nodes].astype(np.int64)
    across = generations_across(len(nodes), child, parent, generation)
    height = ancestry_rows(across, child, parent, on_line)
    main = on_line[child] & on_line[parent]
    main &= lineage.primary_parent[nodes[child]] == nodes[parent]
    rows = index.row_of[nodes]
    made = []
    for i, (name, r) in enumerate(zip(index.ids(rows), rows.tolist(), strict=True)):
        stated, _, family, *_ = index.licenses[index.license[r]]
        made.append(AncestryNode(
            name, int(across[i]), round(float(height[i]), 3), bool(on_line[i]), family, stated,
            bool(index.is_ghost[r]),
        ))  # fmt: skip
    joined = [
        AncestryEdge(int(p), int(c), RELATIONS[lineage.edge_relation[e]], bool(m),
                     bool(index.edge_stated[e]))
        for p, c, e, m in zip(parent, child, edges, main, strict=True)
    ]  # fmt: skip
    return AncestryPayload(made, joined, int(across.max(initial=0)))
