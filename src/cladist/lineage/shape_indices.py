"""The shape of families and of the trees in them, for all families at once.

Size, depth, width and degrees are those of the family as it is, merges included. The indices of
tree balance are defined on trees only, so they are taken on *clans*: the trees in which each
model has one parent, its primary one. The row of a family shows the clan of its founder; its
``tree_size`` beside ``size`` says how much of the family that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cladist.lineage.descent import Reals, Upward, follow
from cladist.lineage.lineage import Lineage
from cladist.lineage.pedigree import Index, Nodes, frozen


@dataclass(frozen=True, eq=False)
class ClanTrees:
    """Balance of the tree of each clan, single models included, in ascending order of founder.

    Attributes
    ----------
    founder
        int32, shape (clans,): the root.
    size, leaves
        int64: nodes, and nodes without children in the tree.
    depth
        int32: the longest path from the root, in edges.
    wiener
        int64: sum over unordered pairs of nodes of the length of the path between them,
        W = sum over edges of s (size - s), s nodes below the edge (Wiener 1947). Exact while
        it is below 2**63, that is for any tree of up to 3.8 million nodes.
    virality
        float64: structural virality, the mean length of those paths, 2 W / (size (size - 1))
        (Goel et al. 2016). NaN for a single model. 1 for a pair, just under 2 for a star,
        (size + 1) / 3 for a chain.
    sackin
        int64: sum of the depths of the leaves (Sackin 1972). Models with children count by
        their leaves only.
    colless
        int64: sum over nodes with children of the difference between the most and the fewest
        leaves below one of its children. For binary trees this is the index of Colless
        (1982); for other trees it is our generalisation, since none is established. A node
        with one child adds 0, and so does any star.
    """

    founder: Nodes
    size: Index
    leaves: Index
    depth: Nodes
    wiener: Index
    virality: Reals
    sackin: Index
    colless: Index


@dataclass(frozen=True, eq=False)
class FamilyShapes:
    """Shape of each family; rows as in ``lineage.families``, single models included.

    Attributes
    ----------
    founder, size, depth, edges
        As in :class:`cladist.lineage.families.Families`.
    width
        int64: the largest number of members in one generation.
    mean_out_degree
        float64: edges / members with children; NaN if there is none.
    max_out_degree
        int64: most children of one member; 0 if there is none.
    leaf_share
        float64, 0 to 1: members without children / size.
    reticulations
        int64: members with two parents or more.
    tree_size, virality, wiener, sackin, colless
        The clan of the founder, see :class:`ClanTrees`.
    """

    founder: Nodes
    size: Index
    depth: Nodes
    edges: Index
    width: Index
    mean_out_degree: Reals
    max_out_degree: Index
    leaf_share: Reals
    reticulations: Index
    tree_size: Index
    virality: Reals
    wiener: Index
    sackin: Index
    colless: Index


def clan_trees(lineage: Lineage) -> ClanTrees:
    """Measure the tree of primary parents of every clan; see :class:`ClanTrees`.

    O(nodes + edges). For the paper's trees pass ``lineage.without_merges``.

    References
    ----------
    H. Wiener (1947), J. Am. Chem. Soc. 69; M. J. Sackin (1972), Syst. Zool. 21; D. H. Colless
    (1982), Syst. Zool. 31; S. Goel, A. Anderson, J. Hofman, D. J. Watts (2016), The structural
    virality of online diffusion, Management Science 62.
    """
    clan, steps = lineage.clan, follow(lineage.primary_parent)[1]
    size, tips, imbalance, upward = _subtrees(lineage)
    founder = np.flatnonzero(lineage.primary_parent < 0).astype(np.int32)
    row_of = np.zeros(lineage.n, dtype=np.int64)
    row_of[founder] = np.arange(len(founder))
    rows = row_of[clan]

    def total(nodes: NDArray[Any], values: NDArray[Any]) -> Index:
        result = np.zeros(len(founder), dtype=np.int64)
        # Of one type, or NumPy adds ten times slower.
        np.add.at(result, rows[nodes], values.astype(np.int64))
        return result

    below = size[upward.child]
    wiener = total(upward.child, below * (size[clan[upward.child]] - below))
    depth = np.zeros(len(founder), dtype=np.int32)
    np.maximum.at(depth, rows, steps)
    members = size[founder].astype(np.float64)
    forks, leaves = np.flatnonzero(imbalance), np.flatnonzero(tips)
    columns: dict[str, NDArray[Any]] = {
        "founder": founder,
        "size": size[founder],
        "leaves": total(leaves, tips[leaves]),
        "depth": depth,
        "wiener": wiener,
        "virality": _divide(2 * wiener.astype(np.float64), members * (members - 1)),
        "sackin": total(leaves, steps[leaves]),
        "colless": total(forks, imbalance[forks]),
    }
    return ClanTrees(**{name: frozen(column) for name, column in columns.items()})


def _subtrees(lineage: Lineage) -> tuple[Index, NDArray[np.bool_], Index, Upward]:
    """For each node of the primary trees: nodes below and itself, is it a leaf, imbalance.

    With them the edges of these trees, in the order of sums.
    """
    primary = lineage.edge_parent == lineage.primary_parent[lineage.edge_child]
    upward = Upward.of(lineage, lineage.generation, primary)
    size = np.ones(lineage.n, dtype=np.int64)
    upward.add(size)
    is_leaf = np.ones(lineage.n, dtype=bool)
    is_leaf[upward.parent] = False
    leaves = is_leaf.astype(np.int64)
    upward.add(leaves)
    most, fewest = np.zeros(lineage.n, dtype=np.int64), leaves.copy()
    np.maximum.at(most, upward.parent, leaves[upward.child])
    np.minimum.at(fewest, upward.parent, leaves[upward.child])
    # A leaf has no children to differ: most stays 0 there.
    return size, is_leaf, np.where(is_leaf, 0, most - fewest), upward


def family_shapes(lineage: Lineage) -> FamilyShapes:
    """Measure the shape of every family; see :class:`FamilyShapes`.

    O(nodes + edges), and a sort of the members of families. For families as in the paper's
    trees pass ``lineage.without_merges``.
    """
    families, trees = lineage.families, clan_trees(lineage)
    rows, n = families.of_node, len(families)
    breeders = np.flatnonzero(lineage.n_children)
    breeding = np.bincount(rows[breeders], minlength=n)
    max_out_degree = np.zeros(n, dtype=np.int64)
    np.maximum.at(max_out_degree, rows[breeders], lineage.n_children[breeders])
    # A founder is the root of its own clan, and both tables are in order of their founders.
    tree = np.searchsorted(trees.founder, families.founder)
    columns: dict[str, NDArray[Any]] = {
        "founder": families.founder,
        "size": families.size,
        "depth": families.depth,
        "edges": families.edges,
        "width": _widths(lineage),
        "mean_out_degree": _divide(families.edges, breeding),
        "max_out_degree": max_out_degree,
        "leaf_share": 1 - breeding / families.size,
        "reticulations": families.reticulations,
        "tree_size": trees.size[tree],
        "virality": trees.virality[tree],
        "wiener": trees.wiener[tree],
        "sackin": trees.sackin[tree],
        "colless": trees.colless[tree],
    }
    return FamilyShapes(**{name: frozen(column) for name, column in columns.items()})


def _widths(lineage: Lineage) -> Index:
    """Largest number of members of each family in one generation."""
    families = lineage.families
    width = np.ones(len(families), dtype=np.int64)
    # Single models have width 1; to leave them out spares most of the sort.
    members = np.flatnonzero(families.size[families.of_node] > 1)
    row = families.of_node[members].astype(np.int64)
    levels = int(families.depth.max(initial=0)) + 1
    cells, count = np.unique(row * levels + lineage.generation[members], return_counts=True)
    np.maximum.at(width, cells // levels, count)
    return width


def _divide(part: NDArray[Any], whole: NDArray[Any]) -> Reals:
    """Divide; NaN where the whole is 0, since nothing is defined there."""
    result = np.full(len(part), np.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result
