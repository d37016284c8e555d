"""Lineage: every structure pass against its literal definition, on examples and random DAGs."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from definitions import lineage as definitions
from hypothesis import given, settings
from hypothesis import strategies as st

from cladist.errors import InputError, ModelNotFoundError, SnapshotError
from cladist.lineage import descent
from cladist.lineage.cuts import UNKNOWN_TIME, cut_pairs
from cladist.lineage.lineage import STORED, Lineage
from cladist.lineage.shape_indices import clan_trees, family_shapes
from cladist.vocab import RELATION_CODE

FINETUNE, MERGE = RELATION_CODE["finetune"], RELATION_CODE["merge"]


def build(n, pairs, relation=None, **columns) -> Lineage:
    """Build a lineage from (child, parent) pairs."""
    codes = [FINETUNE] * len(pairs) if relation is None else relation
    return Lineage.from_edges(n, *definitions._ends(pairs), codes, **columns)


CHAIN = 5_000
EXAMPLES = {
    "empty": (0, []),
    "one node": (1, []),
    "no edges": (4, []),
    "pair": (2, [(0, 1)]),
    "forest": (8, [(1, 0), (2, 0), (3, 1), (5, 4), (6, 4)]),
    "star": (6, [(i, 3) for i in (0, 1, 2, 4, 5)]),
    "chain": (60, [(i, i + 1) for i in range(59)]),
    # the diamond whose descendants are 3, not 4:   0 -> 1, 2 -> 3
    "diamond": (4, [(1, 0), (2, 0), (3, 1), (3, 2)]),
    "merge of five": (7, [(5, i) for i in range(5)] + [(6, 5)]),
    # 0 -> 1 -> 2 and 0 -> 2: two ways of different length
    "shortcut": (3, [(1, 0), (2, 1), (2, 0)]),
    "ladder": (9, [(i, i - 1) for i in range(1, 9)] + [(i, i - 2) for i in range(2, 9)]),
    "two families joined by a merge": (7, [(1, 0), (2, 0), (4, 3), (5, 1), (5, 4), (6, 5)]),
}


@st.composite
def dags(draw, max_n=12):
    """Random DAGs whose topological order is no order of the numbers, with columns."""
    n = draw(st.integers(1, max_n))
    label = draw(st.permutations(range(n)))
    place = st.integers(0, n - 1)
    couples = draw(st.lists(st.tuples(place, place), max_size=2 * n))
    pairs = sorted({(label[max(c)], label[min(c)]) for c in couples if c[0] != c[1]})
    relation = draw(
        st.lists(st.sampled_from([FINETUNE, MERGE]), min_size=len(pairs), max_size=len(pairs))
    )
    downloads = draw(st.lists(st.sampled_from([-1, 0, 5]), min_size=n, max_size=n))
    ghosts = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return n, pairs, relation, downloads, ghosts


def assert_rows(table, row: int, expected: dict[str, float]) -> None:
    found = {name: getattr(table, name)[row] for name in expected}
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)


def check_everything(n, pairs, relation=None, downloads=None, ghosts=None) -> None:
    """Compare all passes over one lineage with their definitions."""
    relation = relation or [FINETUNE] * len(pairs)
    downloads, ghosts = downloads or [-1] * n, ghosts or [False] * n
    lineage = build(n, pairs, relation, downloads=downloads, is_ghost=ghosts)
    check_structure(lineage, n, pairs, downloads, ghosts)
    rest = [pair for pair, code in zip(pairs, relation, strict=True) if code != MERGE]
    check_structure(lineage.without_merges, n, rest, downloads, ghosts)
    assert lineage.families_of(merges=False) is lineage.without_merges.families
    assert lineage.families_of() is lineage.families


def check_structure(lineage, n, pairs, downloads, ghosts) -> None:
    graph = definitions.graph_of(n, *definitions._ends(pairs))

    def column(values):
        return [values[v] for v in range(n)]

    assert list(zip(lineage.edge_child.tolist(), lineage.edge_parent.tolist(), strict=True)) == (
        sorted(pairs)
    )
    for v in range(n):
        assert lineage.parents_of(v).tolist() == sorted(graph.predecessors(v))
        assert lineage.children_of(v).tolist() == sorted(graph.successors(v))
    assert (lineage.edge_child[lineage.child_edge] == lineage.children).all()
    assert lineage.generation.tolist() == column(definitions.generation(graph))
    assert lineage.generation_min.tolist() == column(definitions.generation(graph, shortest=True))
    assert lineage.descendants.tolist() == column(definitions.descendants(graph))
    credit = definitions.credit(graph)
    assert lineage.credit.tolist() == pytest.approx([float(x) for x in column(credit)], rel=1e-12)
    assert sum((credit[v] for v in definitions.roots(graph)), Fraction(0)) == n
    assert lineage.primary_parent.tolist() == column(definitions.primary_parent(graph, downloads))
    assert lineage.clan.tolist() == column(definitions.clan(graph, downloads))
    assert lineage.founder.tolist() == column(definitions.founder(graph, downloads, ghosts))
    check_tables(lineage, graph)


def check_tables(lineage, graph) -> None:
    families, shapes, trees = lineage.families, family_shapes(lineage), clan_trees(lineage)
    primary = [(c, p) for c, p in enumerate(lineage.primary_parent.tolist()) if p >= 0]
    forest = definitions.graph_of(lineage.n, *definitions._ends(primary))
    assert len(families) == len(set(lineage.founder.tolist()))
    for row, founder in enumerate(families.founder.tolist()):
        members = np.flatnonzero(lineage.founder == founder).tolist()
        assert (families.of_node[members] == row).all()
        assert (lineage.family_size[members] == len(members)).all()
        assert families.founder_is_ghost[row] == lineage.is_ghost[founder]
        expected = definitions.family_row(graph, members)
        kin = {"size", "edges", "founders", "depth", "reticulations"}
        assert_rows(families, row, {k: v for k, v in expected.items() if k in kin})
        below, size = lineage.descendants[founder], len(members)
        share = below / (size - 1) if size > 1 else np.nan
        assert_rows(families, row, {"founder_share": share})
        assert_rows(shapes, row, {k: v for k, v in expected.items() if k != "founders"})
        tree = int(np.flatnonzero(trees.founder == founder)[0])
        assert shapes.tree_size[row] == trees.size[tree]
        for name in ("virality", "wiener", "sackin", "colless"):
            assert_rows(shapes, row, {name: getattr(trees, name)[tree]})
    for row, founder in enumerate(trees.founder.tolist()):
        members = np.flatnonzero(lineage.clan == founder).tolist()
        assert_rows(trees, row, definitions.tree_row(forest.subgraph(members), founder))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_as_defined(name):
    check_everything(*EXAMPLES[name])


@settings(max_examples=120, deadline=None)
@given(dags())
def test_random_dags_as_defined(case):
    check_everything(*case)


@settings(max_examples=40, deadline=None)
@given(dags(max_n=30), st.sampled_from([1, 3, 64]))
def test_descendants_in_blocks_of_any_width(case, width):
    n, pairs, *_ = case
    lineage = build(n, pairs)
    expected = definitions.descendants(definitions.graph_of(n, *definitions._ends(pairs)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(descent, "_BLOCK_BITS", width)
        patch.setattr(descent, "_MIN_BITS", 1)
        assert lineage.descendants.tolist() == [expected[v] for v in range(n)]


@settings(max_examples=40, deadline=None)
@given(dags(), st.randoms(use_true_random=False))
def test_order_of_edges_does_not_matter(case, random):
    n, pairs, relation, downloads, ghosts = case
    rows = list(zip(pairs, relation, strict=True))
    random.shuffle(rows)
    columns = {"downloads": downloads, "is_ghost": ghosts}
    one = build(n, pairs, relation, **columns)
    other = build(n, [pair for pair, _ in rows], [code for _, code in rows], **columns)
    for name in ("edge_child", "edge_parent", "edge_relation", "children", "child_edge", *STORED):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.credit.tobytes() == other.credit.tobytes()


def test_long_chain_needs_no_recursion():
    lineage = build(CHAIN, [(i + 1, i) for i in range(CHAIN - 1)])
    assert lineage.generation.tolist() == list(range(CHAIN))
    assert lineage.generation_min[-1] == CHAIN - 1
    assert lineage.descendants[0] == CHAIN - 1
    assert lineage.clan.max() == 0
    trees = clan_trees(lineage)
    assert trees.virality[0] == pytest.approx((CHAIN + 1) / 3)
    assert trees.wiener[0] == CHAIN * (CHAIN**2 - 1) // 6


def test_ladder_of_merges_counts_each_descendant_once():
    n = 3_000
    pairs = [(i, i - 1) for i in range(1, n)] + [(i, i - 2) for i in range(2, n)]
    assert build(n, pairs).descendants.tolist() == list(range(n - 1, -1, -1))


def test_balance_by_hand():
    #        0            leaves 2 4 5 6: Sackin 1 + 2 + 3 + 3 = 9
    #      1   2          Colless: node 0 |3-1|, node 1 |2-1|, node 3 |1-1| = 3
    #     3 4
    #    5 6
    trees = clan_trees(build(7, [(1, 0), (2, 0), (3, 1), (4, 1), (5, 3), (6, 3)]))
    assert (trees.sackin[0], trees.colless[0], trees.leaves[0], trees.depth[0]) == (9, 3, 4, 3)


def test_star_has_virality_just_under_two_and_no_imbalance():
    trees = clan_trees(build(101, [(i, 0) for i in range(1, 101)]))
    assert trees.virality[0] == pytest.approx(2 - 2 / 101)
    assert trees.colless[0] == 0


def test_founder_ties_ghost_then_downloads_then_id():
    pairs = [(3, 0), (3, 1), (3, 2)]
    assert build(4, pairs).founder[3] == 0
    assert build(4, pairs, downloads=[1, 7, 7, 0]).founder[3] == 1
    assert build(4, pairs, downloads=[1, 7, 7, 0], is_ghost=[0, 1, 0, 0]).founder[3] == 2
    assert build(4, pairs, downloads=[np.nan, 0.0, -5, 0]).founder[3] == 1
    assert build(5, [*pairs, (4, 2)], is_ghost=[0, 0, 1, 0, 0]).founder[3] == 2


def test_primary_parent_ties_of_elevenths_are_exact():
    # 0 is worth 1 + eleven times 1/11, by eleven merges of eleven parents; 1 is worth 1 + 1, by
    # one child. Added up in floating point the first is less by 9e-16. The last node descends
    # from both: a tie, so the smaller node, or the one with more downloads.
    k = 11
    merges = [(m, p) for m in range(20, 20 + k) for p in (0, *range(2, 2 + k - 1))]
    pairs = [*merges, (40, 1), (41, 0), (41, 1)]
    lineage = build(42, pairs)
    assert lineage.credit[0] != lineage.credit[1]
    assert lineage.primary_parent[41] == 0
    downloads = [0] * 42
    downloads[1] = 9
    assert build(42, pairs, downloads=downloads).primary_parent[41] == 1


def test_without_merges_goes_by_the_relation():
    lineage = build(3, [(1, 0), (2, 0)], [MERGE, FINETUNE])
    assert lineage.families.size.tolist() == [3]
    assert lineage.families_of(merges=False).size.tolist() == [2, 1]
    assert lineage.relations_of(1) == ["merge"]


@pytest.mark.parametrize(
    ("n", "pairs", "words"),
    [
        (2, [(0, 0)], "cycle"),
        (2, [(0, 1), (1, 0)], "cycle"),
        (CHAIN, [((i + 1) % CHAIN, i) for i in range(CHAIN)], "cycle"),
        (4, [(1, 0), (2, 1), (1, 2), (3, 2)], r"cycle.*\[1, 2, 3\]"),
        (2, [(1, 0), (1, 0)], "more than once"),
        (2, [(2, 0)], "not a node"),
        (2, [(1, -1)], "not a node"),
    ],
)
def test_edges_that_are_no_lineage_are_refused(n, pairs, words):
    with pytest.raises(InputError, match=words):
        build(n, pairs)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"relation": [0, 0]}, "Relation codes have shape"),
        ({"relation": [77]}, "Relation code '77'"),
        ({"downloads": [1]}, "Downloads"),
        ({"is_ghost": [True]}, "Ghost"),
        ({"ids": ["a"]}, "1 ids for 2 nodes"),
        ({"ids": ["b", "a"]}, "byte order"),
        ({"ids": ["a", "a"]}, "byte order"),
    ],
)
def test_columns_that_do_not_fit_are_refused(columns, words):
    with pytest.raises(InputError, match=words) as caught:
        build(2, [(1, 0)], **columns)
    assert caught.value.remedy


IDS = ["a/ä", "a/漢", "b", "b/c"]


def test_ids_are_found_by_bisection():
    lineage = build(4, [(1, 0)], ids=IDS)
    assert [lineage.node_of(i) for i in IDS] == [0, 1, 2, 3]
    assert [lineage.model_id(i) for i in range(4)] == IDS
    for missing in ("", "b/", "zz", "a/\udcff"):
        with pytest.raises(ModelNotFoundError):
            lineage.node_of(missing)
    with pytest.raises(InputError):
        lineage.model_id(4)
    with pytest.raises(InputError):
        build(4, []).model_id(0)


@pytest.mark.parametrize("mmap", [True, False])
@pytest.mark.parametrize("derived", [True, False])
@pytest.mark.parametrize("name", EXAMPLES)
def test_saved_and_loaded_is_the_same(tmp_path, name, derived, mmap):
    n, pairs = EXAMPLES[name]
    lineage = build(n, pairs, downloads=np.arange(n), ids=[f"{i:05d}" for i in range(n)])
    lineage.save(tmp_path, derived=True)
    lineage.save(tmp_path, derived=derived)
    again = Lineage.load(tmp_path, mmap=mmap)
    assert ("descendants" in vars(again)) is derived
    for field in (*vars(lineage), *STORED):
        one, other = getattr(lineage, field), getattr(again, field)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
            assert not other.flags.writeable
    if n:
        assert again.model_id(n - 1) == f"{n - 1:05d}"


def test_saving_twice_gives_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        build(*EXAMPLES["ladder"]).save(tmp_path / folder)
    one = {p.name: p.read_bytes() for p in (tmp_path / "one").iterdir()}
    assert one == {p.name: p.read_bytes() for p in (tmp_path / "two").iterdir()}


def test_damaged_files_are_named(tmp_path):
    lineage = build(*EXAMPLES["diamond"])
    lineage.save(tmp_path)
    np.save(tmp_path / "generation.npy", np.zeros(3, np.int32))
    with pytest.raises(SnapshotError, match="do not fit"):
        Lineage.load(tmp_path)
    np.save(tmp_path / "generation.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(SnapshotError, match="generation"):
        Lineage.load(tmp_path)
    (tmp_path / "children.npy").write_bytes(b"no array")
    with pytest.raises(SnapshotError, match="children"):
        Lineage.load(tmp_path)
    (tmp_path / "children.npy").unlink()
    with pytest.raises(SnapshotError, match=r"children.*\n.*cladist build"):
        Lineage.load(tmp_path)
    np.save(tmp_path / "children.npy", np.zeros((2, 2), np.int32))
    with pytest.raises(SnapshotError, match="one column"):
        Lineage.load(tmp_path)


def test_all_arrays_are_read_only():
    lineage = build(*EXAMPLES["ladder"])
    family_shapes(lineage)
    shapes, trees = family_shapes(lineage), clan_trees(lineage)
    for table in (lineage, lineage.families, shapes, trees):
        for name, value in vars(table).items():
            if isinstance(value, np.ndarray):
                assert not value.flags.writeable, name


def test_point_look_up_imports_no_scipy(tmp_path):
    build(4, EXAMPLES["diamond"][1], ids=IDS).save(tmp_path)
    code = f"""
import sys
from cladist.lineage.lineage import Lineage
from cladist.lineage import traversal
lineage = Lineage.load({str(tmp_path)!r})
node = lineage.node_of("b/c")
traversal.ancestors(lineage, node), traversal.path_to_founder(lineage, node)
traversal.nearest_common_ancestors(lineage, 1, 2), traversal.siblings(lineage, 1)
lineage.founder[node], lineage.family_size[node], lineage.descendants[node]
heavy = {{"scipy", "pandas", "networkx", "ibis", "duckdb", "pyarrow"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)


DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason=f"no real Hub metadata at {DATA}")
def test_real_collection_has_the_shape_counted_independently():
    # The expected numbers are those of data/README.md, counted there without this package.
    duckdb = pytest.importorskip("duckdb")
    rows = duckdb.connect().execute(
        "select distinct child_canonical_id, parent_canonical_id from read_parquet(?)"
        " where child_canonical_id is not null and parent_canonical_id is not null",
        [str(DATA / "edges.parquet")],
    )
    pairs = rows.fetchall()
    ids = sorted({i for pair in pairs for i in pair}, key=str.encode)
    node = {model_id: i for i, model_id in enumerate(ids)}
    child, parent = np.array([(node[c], node[p]) for c, p in pairs]).T
    cuts = cut_pairs(
        len(ids),
        child,
        parent,
        created=np.full(len(ids), UNKNOWN_TIME),
        is_floor=np.zeros(len(ids), bool),
        confidence=np.ones(len(pairs)),
    )
    assert (cuts.kind == "self_loop").sum() == 727
    assert cuts.component.max() == 5
    lineage = Lineage.from_edges(
        len(ids), child[cuts.keep], parent[cuts.keep], [FINETUNE] * int(cuts.keep.sum()), ids=ids
    )
    assert (lineage.families.size > 1).sum() == 14_650
    assert lineage.families.size.max() == 61_895
    assert lineage.generation.max() == 51
    assert lineage.n_parents.max() == 65
    graph = definitions.graph_of(len(ids), child[cuts.keep], parent[cuts.keep])
    expected = definitions.descendants(graph)
    assert lineage.descendants.tolist() == [expected[v] for v in range(len(ids))]
