"""Which models are compared: motifs, trios of every parent, and matched strangers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from cladist.errors import InputError
from cladist.kin.motif_sampling import WEIGHTINGS, MotifSampler
from cladist.lineage.pedigree import Pedigree, index_pairs, pair_columns
from cladist.statistics.inference import generator
from cladist.traits.edges import edges_of, fetch, lineage_of
from cladist.traits.stated import nodes_of
from cladist.vocab import CLUSTERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Ints = NDArray[np.int64]

#: Trios looked at of each parent, at least; more of parents with many children.
TRIOS: Final = 4
#: Most draws of a motif that can be asked for.
MOST_DRAWS: Final = 1_000_000
#: Draws of a stranger before a model counts as having no match.
_TRIES: Final = 8


def check_draws(draws: int) -> None:
    """Refuse a number of draws that is none.

    Raises
    ------
    InputError
        If it is no whole number from 1 to a million.
    """
    if not isinstance(draws, int) or isinstance(draws, bool) or not 1 <= draws <= MOST_DRAWS:
        raise InputError(
            f"{draws!r} draws cannot be made.", f"Give a whole number from 1 to {MOST_DRAWS:,}."
        )


@dataclass(frozen=True, eq=False)
class Kin:
    """The graph whose relatives are compared, and what labels its models; arrays (n,).

    ``declared``: nodes that have a record. ``clan`` and ``family`` are those of the whole
    lineage; ``author`` numbers authors, -1 unknown; ``stratum`` numbers combinations of task,
    library and year.
    """

    graph: Pedigree
    declared: Ints
    clan: Ints
    family: Ints
    author: Ints
    stratum: Ints
    definition: str

    @classmethod
    def of(cls, hub: Snapshot, relations: str, definition: str) -> Kin:
        """Read the edges and labels of a snapshot."""
        edges, n = edges_of(hub, relations, definition), nodes_of(hub)
        child, parent, key = pair_columns(n, edges.child, edges.parent)
        order = np.argsort(key, kind="stable")
        lineage = lineage_of(hub)
        models = hub.table("models")
        facts = fetch(
            models.select(
                "node", "author", "pipeline_tag", "library_name", "is_ghost",
                year=models.created_at.year(),
            )
        )  # fmt: skip
        return cls(
            Pedigree(**index_pairs(n, child[order], parent[order])),
            np.flatnonzero(~facts["is_ghost"].to_numpy()),
            np.asarray(lineage.clan, dtype=np.int64),
            np.asarray(lineage.founder, dtype=np.int64),
            _codes(facts["author"]),
            _strata([facts[c] for c in ("pipeline_tag", "library_name", "year")]),
            definition,
        )

    @cached_property
    def related(self) -> Ints:
        """Nodes with an edge, ascending."""
        found: Ints = np.union1d(self.graph.edge_child, self.graph.edge_parent).astype(np.int64)
        return found

    def among(self, kept: NDArray[np.bool_]) -> Pedigree:
        """Return the graph of the edges whose two ends are both kept."""
        graph = self.graph
        both = kept[graph.edge_child] & kept[graph.edge_parent]
        return Pedigree(**index_pairs(graph.n, graph.edge_child[both], graph.edge_parent[both]))

    def labels(self, name: str) -> Ints:
        """Return what a weighting or a clustering calls the same, by the topmost model.

        Raises
        ------
        InputError
            If there is no such word.
        """
        words = {
            "parents": np.arange(self.graph.n), "parent": np.arange(self.graph.n),
            "families": self.family, "family": self.family, "clan": self.clan,
            "authors": self.author, "author": self.author,
        }  # fmt: skip
        if name not in words:
            raise InputError.not_among("Label", name, [*WEIGHTINGS, *CLUSTERS])
        return words[name]

    def clusters(self, name: str, top: NDArray[np.integer], below: NDArray[np.integer]) -> Ints:
        """Return the independent lineage of each drawn subtree.

        Parameters
        ----------
        name
            ``clan`` and ``family``: of the models below the topmost one, the smallest label where
            a merge has joined several (so that the many parents of one merge are one lineage);
            ``parent`` and ``author``: of the topmost model, of which one of no known author is a
            cluster of its own.
        top
            Shape (draws,): the topmost model.
        below
            Shape (draws, models): the others; of random pairs the first alone.
        """
        label = self.labels(name)
        if name in ("clan", "family"):
            youngest: Ints = label[below].min(axis=1)
            return youngest
        own = label[top]
        return np.where(own < 0, -2 - top.astype(np.int64), own)


def _codes(column: pa.ChunkedArray) -> Ints:
    coded = column.combine_chunks()
    coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
    codes = coded.dictionary_encode().indices.fill_null(-1)
    return np.asarray(codes, dtype=np.int64)


def _strata(columns: list[pa.ChunkedArray]) -> Ints:
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes = _codes(column)
        key = key * (int(codes.max(initial=-1)) + 2) + codes + 1
    return np.unique(key, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Occurrences of one motif: ``nodes`` (draws, slots), ``weight`` (draws,)."""

    nodes: NDArray[np.int32]
    weight: NDArray[np.float64]


def random_pool(kin: Kin, weighting: str, size: int, seed: int) -> Ints:
    """Draw distinct declared models from which random pairs are taken; ascending, at most ``size``.

    By ``families`` and ``authors`` labels are drawn, every one alike, and one model of each: a
    draw of models would bring the large families in more often than their number deserves.
    """
    rng = generator(seed, "similarity", "pool", weighting)
    if weighting in ("pairs", "parents"):
        return _some(kin.declared, size, rng)
    shuffled = rng.permutation(kin.declared)
    label = kin.labels(weighting)[shuffled]
    shuffled, label = shuffled[label >= 0], label[label >= 0]
    return _some(shuffled[np.unique(label, return_index=True)[1]], size, rng)


def _some(nodes: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Return nodes, or as many of them drawn without replacement; ascending."""
    drawn = rng.choice(nodes, size, replace=False) if len(nodes) > size else nodes
    return np.sort(drawn)


def draw_motif(
    kin: Kin,
    sampler: MotifSampler,
    motif: str,
    weighting: str,
    size: int,
    seed: int,
    *,
    pool: Ints,
    census: bool = True,
) -> Drawn:
    """Draw a motif under a weighting; of ``duo`` every edge is taken, with its weight.

    As published, and without ``census``, every motif is drawn, edges too. Random pairs are drawn
    from ``pool``.
    """
    labels = None if weighting == "pairs" else kin.labels(weighting)
    graph = sampler.pedigree
    if motif == "random":
        own = np.full(graph.n, -1, dtype=np.int64)
        own[pool] = 0 if labels is None else labels[pool]
        labels = own
    if motif == "duo" and census and not sampler.published:
        nodes = np.stack([graph.edge_parent, graph.edge_child], axis=1)
        return Drawn(nodes, _edge_weight(graph.edge_parent, labels))
    rng = generator(seed, "similarity", motif, weighting)
    nodes = sampler.draw(sampler.anchors(motif, labels), size, rng)
    return Drawn(nodes, np.ones(len(nodes)))


def _edge_weight(parent: NDArray[np.int32], labels: Ints | None) -> NDArray[np.float64]:
    """Weigh edges so that every label weighs 1; 0 without a label."""
    if labels is None:
        return np.ones(len(parent))
    label = labels[parent]
    sizes = np.bincount(label[label >= 0])
    return np.where(label >= 0, 1 / np.maximum(sizes[np.maximum(label, 0)], 1), 0.0)


def trios(kin: Kin, sampler: MotifSampler, size: int, seed: int) -> NDArray[np.int32]:
    """Draw trios (parent, child, child) of every parent of two: at least 4 of each.

    Parents with many children get up to ``size`` times their share of all pairs of siblings.
    """
    anchors = sampler.anchors("trio_1", kin.labels("parents"))
    if not len(anchors.edge):
        return np.zeros((0, 3), dtype=np.int32)
    pairs = np.diff(np.concatenate([[0.0], anchors.cumulative]))
    times = np.maximum(TRIOS, np.ceil(size * pairs / pairs.sum())).astype(np.int64)
    tops = np.repeat(anchors.top, times)
    return sampler.star(tops, generator(seed, "similarity", "trios"))


def siblings_pairs(sampler: MotifSampler, parent: Ints) -> NDArray[np.float64]:
    """Return the number of pairs of children of each parent."""
    d = sampler.pedigree.n_children[parent].astype(np.float64)
    return d * (d - 1) / 2


def strangers(kin: Kin, models: NDArray[np.integer], pool: Ints, seed: int, name: str) -> Ints:
    """Draw for each model one of another family with the same task, library and year.

    Parameters
    ----------
    models
        The models to match, shape (draws,).
    pool
        Distinct nodes to draw from.
    seed, name
        Seed and name of the draw.

    Returns
    -------
    numpy.ndarray
        int64 (draws,): a node, -1 if eight draws within the stratum gave no other family.
    """
    rng = generator(seed, "similarity", "strangers", name)
    order = pool[np.argsort(kin.stratum[pool], kind="stable")]
    starts = np.searchsorted(kin.stratum[order], np.arange(int(kin.stratum.max(initial=0)) + 2))
    stratum = kin.stratum[models]
    low, size = starts[stratum], starts[stratum + 1] - starts[stratum]
    found = np.full(len(models), -1, dtype=np.int64)
    for _ in range(_TRIES):
        open_ = np.flatnonzero((found < 0) & (size > 0))
        drawn = order[low[open_] + (rng.random(len(open_)) * size[open_]).astype(np.int64)]
        other = kin.family[drawn] != kin.family[models[open_]]
        found[open_[other]] = drawn[other]
    return found
