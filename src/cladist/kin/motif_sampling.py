"""Draws of motifs: every occurrence alike, or every parent, family or author alike.

After one pass over the edges a draw costs a bisection: the anchor (a model, an edge or a path of
two edges) by inverse of its cumulative weight, then the rest uniformly. All pair positions of a
motif are read off the same draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cladist.errors import InputError
from cladist.kin.motifs import MOTIFS, triangles
from cladist.lineage.pedigree import Index, Nodes, Pedigree, positions
from cladist.vocab import is_published

Floats = NDArray[np.float64]

#: What weighs the same: each occurrence (as published), or each label of the topmost model.
WEIGHTINGS: Final = ("pairs", "parents", "families", "authors")


@dataclass(frozen=True, eq=False)
class Anchors:
    """Anchors of one motif with a positive weight, in order of label.

    ``edge`` (anchors,): the anchoring edge, or the node for ``trio_1`` and ``quad_0``; ``top``:
    its topmost model. ``cumulative``: weights summed from the first anchor on, so that a draw is
    a bisection. ``starts``: where each label begins, and the end.
    """

    motif: str
    edge: Index
    top: Nodes
    cumulative: Floats
    starts: Index

    @property
    def labels(self) -> int:
        """Number of labels (parents, families ...) in which the motif occurs."""
        return len(self.starts) - 1

    def draw(self, size: int, rng: np.random.Generator) -> Index:
        """Draw anchors: a label uniformly, within it by weight; indices (size,)."""
        if not len(self.edge):
            return np.zeros(0, dtype=np.int64)
        label = rng.integers(0, self.labels, size=size)
        before = np.concatenate([[0.0], self.cumulative])
        low, high = before[self.starts[label]], before[self.starts[label + 1]]
        place = np.searchsorted(self.cumulative, low + rng.random(size) * (high - low), "right")
        # A sum that rounds up to the end of the label is its last anchor.
        drawn: Index = np.minimum(place, self.starts[label + 1] - 1).astype(np.int64)
        return drawn


class MotifSampler:
    """Draws occurrences of motifs in one graph, with replacement.

    Parameters
    ----------
    pedigree
        A DAG without self-loops; under ``laufer2025`` any graph.
    definition
        ``laufer2025`` draws by the published weights: ``quad_2`` may draw the same model as
        nephew and uncle, ``quad_3`` weighs an edge without the number of its grandparents.
    """

    def __init__(self, pedigree: Pedigree, *, definition: str = "standard") -> None:
        self.pedigree = pedigree
        self.published = is_published(definition)
        self._slot_of_edge = np.empty(pedigree.n_edges, dtype=np.int64)
        self._slot_of_edge[pedigree.child_edge] = np.arange(pedigree.n_edges)

    def anchors(self, motif: str, labels: NDArray[np.integer] | None = None) -> Anchors:
        """Prepare the draws of a motif.

        Parameters
        ----------
        motif
            A name of :data:`cladist.kin.motifs.MOTIFS`.
        labels
            Shape (n,): what weighs the same, by the topmost model (its own number for
            ``parents``, its family, its author); models with a negative label are left out.
            None: every occurrence weighs the same.

        Raises
        ------
        InputError
            If there is no such motif.
        """
        if motif not in MOTIFS:
            raise InputError.not_among("Motif", motif, MOTIFS)
        edge, top, weight = self._weights(motif)
        label = np.zeros(len(top), np.int64) if labels is None else np.asarray(labels)[top]
        kept = np.flatnonzero((weight > 0) & (label >= 0))
        kept = kept[np.argsort(label[kept], kind="stable")]
        ordered = label[kept]
        new = np.ones(len(kept), dtype=bool)
        new[1:] = ordered[1:] != ordered[:-1]
        return Anchors(
            motif,
            edge[kept],
            top[kept],
            np.cumsum(weight[kept], dtype=np.float64),
            np.append(np.flatnonzero(new), len(kept)).astype(np.int64),
        )

    def draw(self, anchors: Anchors, size: int, rng: np.random.Generator) -> Nodes:
        """Draw occurrences: int32, shape (size, slots of the motif); (0, slots) if there is none.

        The columns are the slots of :class:`cladist.kin.motifs.Motif`. Of ``random`` with labels
        the two models have different labels, where there are two.
        """
        slots = MOTIFS[anchors.motif].size
        if not len(anchors.edge) or (anchors.motif == "random" and len(anchors.edge) < 2):
            return np.zeros((0, slots), dtype=np.int32)
        if anchors.motif == "random":
            return self._draw_random(anchors, size, rng)
        place = anchors.draw(size, rng)
        edge, top = anchors.edge[place], anchors.top[place]
        return np.stack(_FILL[anchors.motif](self, edge, top, rng), axis=1).astype(np.int32)

    def star(self, tops: Nodes, rng: np.random.Generator) -> Nodes:
        """Draw two different children of each of the given parents: int32 (tops, 3).

        Every parent must have two children.
        """
        return np.stack(self._trio_1(np.zeros(0, np.int64), tops, rng), axis=1).astype(np.int32)

    def _weights(self, motif: str) -> tuple[Index, Nodes, Floats]:
        """Return anchor, topmost model and weight of every possible anchor of a motif."""
        graph = self.pedigree
        d = graph.n_children.astype(np.float64)
        if motif in ("random", "trio_1", "quad_0"):
            stars = {"random": np.ones_like(d), "trio_1": d * (d - 1) / 2}
            weight = stars.get(motif, d * (d - 1) * (d - 2) / 6)
            return np.arange(graph.n), np.arange(graph.n, dtype=np.int32), weight
        edges, u, v = np.arange(graph.n_edges), graph.edge_parent, graph.edge_child
        if motif == "quad_3" and not self.published:
            # One anchor per path t -> u -> v: the topmost model is a parent of the edge's parent.
            top = graph.parents[positions(graph.parent_indptr, u)]
            path = np.repeat(edges, graph.n_parents[u])
            return path, top, d[v[path]]
        return edges, u, self._edge_weights(motif, d[u], d[v])

    def _edge_weights(self, motif: str, above: Floats, below: Floats) -> Floats:
        """Return the weight of every edge (u, v), given the numbers of children of u and v."""
        if motif == "duo":
            return np.ones_like(below)
        if motif == "trio_2":
            return below
        if motif == "quad_1":
            return below * (below - 1) / 2
        if motif == "quad_2":
            same = 0 if self.published else triangles(self.pedigree)
            return below * (above - 1) - same
        return np.where(self.pedigree.n_parents[self.pedigree.edge_parent] > 0, below, 0.0)

    def _draw_random(self, anchors: Anchors, size: int, rng: np.random.Generator) -> Nodes:
        starts, single = anchors.starts, anchors.labels == 1
        if single:
            count = len(anchors.edge)
            first, second = _two_of(np.full(size, count), rng)
            return anchors.top[np.stack([first, second], axis=1)]
        pair = np.stack(_two_of(np.full(size, anchors.labels), rng), axis=1)
        within = rng.random((size, 2)) * (starts[pair + 1] - starts[pair])
        return anchors.top[starts[pair] + within.astype(np.int64)]

    def _child(self, node: NDArray[np.integer], index: Index) -> Nodes:
        child: Nodes = self.pedigree.children[self.pedigree.child_indptr[node] + index]
        return child

    def any_child(self, node: NDArray[np.integer], rng: np.random.Generator) -> Nodes:
        """Draw a child of each of the given models, which must have one."""
        return self._child(node, rng.integers(0, self.pedigree.n_children[node]))

    def _duo(self, edge: Index, top: Nodes, _: np.random.Generator) -> list[Nodes]:
        return [top, self.pedigree.edge_child[edge]]

    def _trio_1(self, _: Index, top: Nodes, rng: np.random.Generator) -> list[Nodes]:
        a, b = _two_of(self.pedigree.n_children[top], rng)
        return [top, self._child(top, a), self._child(top, b)]

    def _trio_2(self, edge: Index, top: Nodes, rng: np.random.Generator) -> list[Nodes]:
        v = self.pedigree.edge_child[edge]
        return [top, v, self.any_child(v, rng)]

    def _quad_0(self, _: Index, top: Nodes, rng: np.random.Generator) -> list[Nodes]:
        d = self.pedigree.n_children[top]
        a, b = _two_of(d, rng)
        c = rng.integers(0, d - 2)
        low, high = np.minimum(a, b), np.maximum(a, b)
        c += c >= low
        c += c >= high
        return [top, self._child(top, a), self._child(top, b), self._child(top, c)]

    def _quad_1(self, edge: Index, top: Nodes, rng: np.random.Generator) -> list[Nodes]:
        v = self.pedigree.edge_child[edge]
        a, b = _two_of(self.pedigree.n_children[v], rng)
        return [top, v, self._child(v, a), self._child(v, b)]

    def _quad_2(self, edge: Index, top: Nodes, rng: np.random.Generator) -> list[Nodes]:
        v = self.pedigree.edge_child[edge]
        x, w = self._aunt(edge, top, v, rng)
        while not self.published:
            same = np.flatnonzero(x == w)
            if not len(same):
                break
            x[same], w[same] = self._aunt(edge[same], top[same], v[same], rng)
        return [top, v, x, w]

    def _aunt(
        self, edge: Index, top: Nodes, v: Nodes, rng: np.random.Generator
    ) -> tuple[Nodes, Nodes]:
        """Draw another child of the top, and a child of v."""
        own = self._slot_of_edge[edge] - self.pedigree.child_indptr[top]
        other = rng.integers(0, self.pedigree.n_children[top] - 1)
        other += other >= own
        return self._child(top, other), self.any_child(v, rng)

    def _quad_3(self, edge: Index, top: Nodes, rng: np.random.Generator) -> list[Nodes]:
        graph = self.pedigree
        u, v = graph.edge_parent[edge], graph.edge_child[edge]
        if self.published:
            at = graph.parent_indptr[u] + rng.integers(0, graph.n_parents[u])
            top = graph.parents[at]
        return [top, u, v, self.any_child(v, rng)]


_FILL: Final = {
    "duo": MotifSampler._duo,
    "trio_1": MotifSampler._trio_1,
    "trio_2": MotifSampler._trio_2,
    "quad_0": MotifSampler._quad_0,
    "quad_1": MotifSampler._quad_1,
    "quad_2": MotifSampler._quad_2,
    "quad_3": MotifSampler._quad_3,
}


def _two_of(counts: Index, rng: np.random.Generator) -> tuple[Index, Index]:
    """Draw two different indices below each count, in either order."""
    first = rng.integers(0, counts)
    second = rng.integers(0, counts - 1)
    second += second >= first
    return first, second
