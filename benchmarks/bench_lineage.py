"""Time the structure of a lineage of the paper's size, and NetworkX at a smaller one.

Run: ``python benchmarks/bench_lineage.py``, about half a minute; ``--fast`` leaves NetworkX out.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable

import numpy as np

from cladist.lineage import descent, traversal
from cladist.lineage.cuts import UNKNOWN_TIME, cut_pairs
from cladist.lineage.lineage import Lineage
from cladist.lineage.shape_indices import clan_trees, family_shapes
from cladist.vocab import RELATION_CODE


def synthetic(n: int, edges: int, merge_edges: int, seed: int = 1) -> tuple[np.ndarray, ...]:
    """Simulate a hub by copying: a new child joins an earlier child's parent, or a random model.

    Copying an earlier child's parent is preferential attachment, so stars grow. Merges take two
    to four parents out of the most used models. Numbers are shuffled, as ids are.
    """
    rng = np.random.default_rng(seed)
    merges = merge_edges // 5 * 2
    single = edges - merge_edges
    order = np.sort(rng.choice(np.arange(1, n), size=single + merges, replace=False))
    is_merge = np.zeros(len(order), dtype=bool)
    is_merge[rng.choice(np.arange(2000, len(order)), size=merges, replace=False)] = True
    plain = order[~is_merge]
    # A tenth picks any earlier model, the rest copies the parent of an earlier child.
    fresh = rng.random(single) < 0.1
    fresh[0] = True
    source = (rng.random(single) * np.arange(single)).astype(np.int64)
    source[fresh] = -1
    parent = (rng.random(single) * plain).astype(np.int64)
    # A third of the copies take the earlier child itself as the parent: that makes depth.
    deeper = ~fresh & (rng.random(single) < 0.15)
    parent[deeper] = plain[source[deeper]]
    pointer = np.where(fresh | deeper, -1, source).astype(np.int32)
    parent = parent[descent.follow(pointer)[0]]
    kids, olds = [plain], [parent]
    merge_nodes = order[is_merge]
    pool = np.unique(rng.choice(parent, size=20_000 * n // 1_860_000 + 50))
    pool = np.concatenate((pool, merge_nodes[::5]))
    pool.sort()
    below = np.searchsorted(pool, merge_nodes)
    fits = below > 5
    for k in range(4):
        use = fits & ((k < 2) | (rng.random(len(merge_nodes)) < 0.25))
        kids.append(merge_nodes[use])
        olds.append(pool[(rng.random(int(use.sum())) ** 0.7 * below[use]).astype(np.int64)])
    child, old = np.concatenate(kids), np.concatenate(olds)
    shuffle = rng.permutation(n)
    relation = np.zeros(len(child), dtype=np.uint8)
    relation[len(plain) :] = RELATION_CODE["merge"]
    child, old = shuffle[child], shuffle[old]
    _, first = np.unique(child * n + old, return_index=True)
    return child[first], old[first], relation[first]


def timed(name: str, work: Callable[[], object], table: dict[str, float]) -> object:
    """Run once, note the seconds."""
    start = time.perf_counter()
    result = work()
    table[name] = time.perf_counter() - start
    return result


def structure(n: int, columns: tuple[np.ndarray, ...], table: dict[str, float]) -> Lineage:
    """Time every pass over the structure."""
    child, parent, relation = columns
    rng = np.random.default_rng(2)
    created = rng.integers(1, 10**15, n)
    timed(
        "cuts (no cycles)",
        lambda: cut_pairs(
            n,
            child,
            parent,
            created=created,
            is_floor=np.zeros(n, bool),
            confidence=np.ones(len(child)),
        ),
        table,
    )
    downloads = rng.integers(0, 1000, n)
    lineage = timed(
        "from_edges, generation",
        lambda: Lineage.from_edges(n, child, parent, relation, downloads=downloads),
        table,
    )
    assert isinstance(lineage, Lineage)  # noqa: S101 - for the type checker
    for name in (
        "generation_min",
        "upward",
        "descendants",
        "credit",
        "primary_parent",
        "clan",
        "families",
        "without_merges",
    ):
        timed(name, lambda name=name: getattr(lineage, name), table)  # type: ignore[misc]
    timed("families without merges", lambda: lineage.families_of(merges=False), table)
    timed("clan_trees", lambda: clan_trees(lineage), table)
    timed("family_shapes", lambda: family_shapes(lineage), table)
    with tempfile.TemporaryDirectory() as folder:
        timed("save", lambda: lineage.save(folder), table)
        opened = timed("load", lambda: Lineage.load(folder), table)
        hub = int(lineage.n_children.argmax())
        timed("descendants_of(hub)", lambda: traversal.descendants_of(opened, hub), table)  # type: ignore[arg-type]
        deep = int(lineage.generation.argmax())
        timed("ancestors(deepest)", lambda: traversal.ancestors(opened, deep), table)  # type: ignore[arg-type]
    return lineage


def hostile(table: dict[str, float]) -> None:
    """Time what was built to be slow."""
    n = 100_000
    rng = np.random.default_rng(3)
    ring = np.arange(n)
    kids, olds = (
        np.r_[ring, rng.integers(0, n, 4 * n)],
        np.r_[(ring + 1) % n, rng.integers(0, n, 4 * n)],
    )
    _, first = np.unique(kids * n + olds, return_index=True)
    kids, olds = kids[first], olds[first]
    mark = {"is_floor": np.zeros(n, bool), "confidence": rng.random(len(kids))}
    dates = rng.integers(1, 10**15, n)
    timed(
        "cuts: one component, dated", lambda: cut_pairs(n, kids, olds, created=dates, **mark), table
    )
    unknown = np.full(n, UNKNOWN_TIME)
    timed(
        "cuts: one component, undated",
        lambda: cut_pairs(n, kids, olds, created=unknown, **mark),
        table,
    )
    chain = timed(
        "chain of 100,000: from_edges",
        lambda: Lineage.from_edges(n, ring[1:], ring[:-1], np.zeros(n - 1, np.uint8)),
        table,
    )
    timed("chain of 100,000: shapes", lambda: family_shapes(chain), table)  # type: ignore[arg-type]
    kids = np.r_[ring[2:], ring[2:]]
    olds = np.r_[ring[:-2], ring[1:-1]]
    ladder = timed(
        "ladder of 100,000 merges: from_edges",
        lambda: Lineage.from_edges(n, kids, olds, np.zeros(len(kids), np.uint8)),
        table,
    )
    timed("ladder of 100,000 merges: shapes", lambda: family_shapes(ladder), table)  # type: ignore[arg-type]


def conventional(n: int, columns: tuple[np.ndarray, ...], table: dict[str, float]) -> None:
    """Do the same with NetworkX: a set of descendants per node, and so on."""
    import networkx as nx

    child, parent, _ = columns

    def build() -> nx.DiGraph:
        graph = nx.DiGraph()
        graph.add_nodes_from(range(n))
        graph.add_edges_from(zip(parent.tolist(), child.tolist(), strict=True))
        return graph

    graph = timed("from_edges, generation", build, table)
    start = time.perf_counter()
    for level, nodes in enumerate(nx.topological_generations(graph)):
        for node in nodes:
            graph.nodes[node]["generation"] = level
    table["from_edges, generation"] += time.perf_counter() - start
    timed("descendants", lambda: {v: len(nx.descendants(graph, v)) for v in graph}, table)
    timed("families", lambda: list(nx.weakly_connected_components(graph)), table)


def show(title: str, table: dict[str, float]) -> None:
    """Print seconds, one line per pass."""
    print(f"\n{title}")
    for name, seconds in table.items():
        print(f"  {name:38s} {seconds:9.4f} s")
    print(f"  {'sum':38s} {sum(table.values()):9.4f} s")


def main() -> None:
    """Run all benchmarks."""
    options = argparse.ArgumentParser()
    options.add_argument("--fast", action="store_true", help="leave NetworkX out")
    fast = options.parse_args().fast
    n = 1_860_000
    columns = synthetic(n, 574_000, 40_000)
    table: dict[str, float] = {}
    lineage = structure(n, columns, table)
    several = lineage.n_parents > 1
    families = lineage.families
    giant = int(families.size.argmax())
    inside = families.of_node == giant
    print(
        f"{lineage.n:,} nodes, {lineage.n_edges:,} edges, {int(several.sum()):,} nodes with "
        f"several parents, largest family {int(families.size[giant]):,} with "
        f"{int(((lineage.n_children > 0) & inside).sum()):,} breeders, "
        f"most children {int(lineage.n_children.max()):,}, depth {int(lineage.generation.max())}"
    )
    show("paper's size", table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  peak memory of the process {peak:.2f} GiB")
    table = {}
    hostile(table)
    show("hostile input", table)
    if not fast:
        n = 100_000
        columns = synthetic(n, 31_000, 2_200)
        ours: dict[str, float] = {}
        theirs: dict[str, float] = {}
        structure(n, columns, ours)
        conventional(n, columns, theirs)
        print("\n100,000 nodes, NetworkX against cladist")
        for name, seconds in theirs.items():
            ratio = seconds / ours[name]
            print(f"  {name:38s} {seconds:9.3f} s {ours[name]:9.4f} s {ratio:9.0f} x")


if __name__ == "__main__":
    main()
