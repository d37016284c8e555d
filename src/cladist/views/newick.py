r"""Families as extended Newick (Cardona, Rosselló and Valiente 2008), one line each.

A model with several parents is a reticulation ``#H<n>``, numbered within its line: its subtree
stands once, under its primary parent, as ``(...)'label'#H1``; every other parent has the bare
``#H1``. A family with several founders hangs under a root without a name. Labels are always
quoted, a quote in one is doubled, control characters are visible escapes (a line feed is ``\n``),
so that a line is a family whatever its models are called. Relations and attributes have no place
in Newick and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from cladist.errors import InputError
from cladist.views.encode import newick_labels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cladist.views.graph import ExportGraph

_BATCH: Final = 50_000


@dataclass
class _Network:
    """Edges by parent: the children of ``v`` are ``kids[start[v]:start[v + 1]]``."""

    start: list[int]
    kids: list[int]
    primary: list[bool]
    several: NDArray[np.bool_]
    founder: NDArray[np.bool_]
    nodes: NDArray[np.int64]
    bounds: NDArray[np.int64]


def write_newick(graph: ExportGraph, file: BinaryIO, *, alone: bool = False) -> None:
    """Write one extended Newick tree a line, families in the order of their first node.

    Parameters
    ----------
    graph
        The lineage; an edge given twice counts once.
    file
        Where to write, in UTF-8.
    alone
        Write models without relatives too, as trees of one leaf.

    Raises
    ------
    InputError
        If the edges hold a cycle, or a primary parent is none of the node's parents.

    Notes
    -----
    Linear in nodes and edges, without recursion: depth is no limit.
    """
    network = _network(graph)
    for first, last in _batches(network.bounds):
        nodes = network.nodes[network.bounds[first] : network.bounds[last]]
        if not alone and len(nodes) == last - first:
            continue
        labels = dict(
            zip(nodes.tolist(), newick_labels(graph.ids.take(nodes)).to_pylist(), strict=True)
        )
        for family in range(first, last):
            members = network.nodes[network.bounds[family] : network.bounds[family + 1]]
            if alone or len(members) > 1:
                file.write(_line(network, members, labels).encode())


def _network(graph: ExportGraph) -> _Network:
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(graph.ids)
    pairs = np.unique(graph.parents * max(n, 1) + graph.children)
    parent, child = pairs // max(n, 1), pairs % max(n, 1)
    links = coo_array((np.ones(len(pairs), dtype=np.int8), (parent, child)), shape=(n, n)).tocsr()
    strong = connected_components(links, directed=True, connection="strong")[0] if n else 0
    if strong < n or bool((parent == child).any()):
        raise InputError("The lineage has a cycle.", "Export the lineage after cuts.")
    count = np.bincount(child, minlength=n)
    primary = graph.primary[child] == parent
    if int(primary.sum()) != int((graph.primary >= 0).sum()) or bool(
        ((graph.primary < 0) & (count > 0)).any()
    ):
        raise InputError("A primary parent is none of the node's parents.", "Recompute it.")
    family = connected_components(links, directed=False)[1] if n else np.zeros(0, dtype=np.int32)
    nodes = np.argsort(family, kind="stable").astype(np.int64)
    bounds = np.concatenate([[0], np.cumsum(np.bincount(family))]).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(np.bincount(parent, minlength=n))])
    return _Network(
        start.tolist(), child.tolist(), primary.tolist(), count > 1, count == 0, nodes, bounds
    )


def _batches(bounds: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield runs of families that together have about as many nodes as a batch."""
    first, families = 0, len(bounds) - 1
    while first < families:
        last = int(bounds.searchsorted(bounds[first] + _BATCH))
        last = min(max(last, first + 1), families)
        yield first, last
        first = last


def _line(network: _Network, members: NDArray[np.int64], labels: dict[int, str]) -> str:
    roots = members[network.founder[members]].tolist()
    tags: dict[int, str] = {}
    for number, node in enumerate(members[network.several[members]].tolist(), start=1):
        tags[node] = f"#H{number}"
    out: list[str] = []
    if len(roots) > 1:
        out.append("(")
    for i, root in enumerate(roots):
        if i:
            out.append(",")
        _subtree(network, root, labels, tags, out)
    out.append(");\n" if len(roots) > 1 else ";\n")
    return "".join(out)


def _subtree(
    network: _Network, root: int, labels: dict[int, str], tags: dict[int, str], out: list[Any]
) -> None:
    """Append the tokens of a primary subtree, children before their parent's label."""
    start, kids, primary = network.start, network.kids, network.primary
    stack, cursor = [root], [start[root]]
    if start[root] < start[root + 1]:
        out.append("(")
    while stack:
        node, at = stack[-1], cursor[-1]
        if at == start[node + 1]:
            if at > start[node]:
                out.append(")")
            out.append(labels[node] + tags.get(node, ""))
            stack.pop()
            cursor.pop()
            continue
        if at > start[node]:
            out.append(",")
        cursor[-1] = at + 1
        kid = kids[at]
        if not primary[at]:
            out.append(tags[kid])
        else:
            stack.append(kid)
            cursor.append(start[kid])
            if start[kid] < start[kid + 1]:
                out.append("(")
