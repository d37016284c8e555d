"""Lineage: who descends from whom, as immutable arrays in memory or mapped from disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cladist.errors import InputError, ModelNotFoundError, SnapshotError
from cladist.lineage import descent
from cladist.lineage.families import Families, find_families
from cladist.lineage.pedigree import Index, Nodes, Pedigree, frozen, index_pairs, pair_columns
from cladist.vocab import RELATION_CODE, RELATIONS

#: Derived arrays that are stored beside the edges, so that a look-up need not compute them.
STORED: Final = (
    "generation",
    "generation_min",
    "descendants",
    "primary_parent",
    "clan",
    "founder",
    "family_size",
)


@dataclass(frozen=True, eq=False)
class Lineage(Pedigree):
    """A DAG of models with the columns that break ties; build it with :meth:`from_edges`.

    Attributes
    ----------
    edge_relation
        uint8, shape (edges,): ``vocab.RELATION_CODE`` of each edge.
    downloads
        int64, shape (n,): downloads, -1 if unknown. Used only to break ties.
    is_ghost
        bool, shape (n,): the model is only referred to. Used only to break ties.
    id_bytes, id_indptr
        uint8 and int64: the model ids in UTF-8 one after the other, in byte order, and where
        each begins; empty if the lineage was built without ids.

    Nodes are numbered in byte order of the model id, so "ties by id" means the smallest node.
    The edges and their two indexes are described at :class:`cladist.lineage.pedigree.Pedigree`.
    """

    edge_relation: NDArray[np.uint8]
    downloads: Index
    is_ghost: NDArray[np.bool_]
    id_bytes: NDArray[np.uint8]
    id_indptr: Index

    @classmethod
    def from_edges(
        cls,
        n: int,
        child: ArrayLike,
        parent: ArrayLike,
        relation_code: ArrayLike,
        *,
        downloads: ArrayLike | None = None,
        is_ghost: ArrayLike | None = None,
        ids: Sequence[str] | None = None,
    ) -> Lineage:
        """Build a lineage from the edges left after cuts.

        Parameters
        ----------
        n
            Number of nodes.
        child, parent
            Shape (edges,): distinct pairs of nodes, in any order.
        relation_code
            Shape (edges,): ``vocab.RELATION_CODE`` of each edge.
        downloads
            Shape (n,): integers or floats; negative or NaN means unknown. Default: all unknown.
        is_ghost
            Shape (n,). Default: no ghosts.
        ids
            The model ids, distinct and in byte order of their UTF-8.

        Raises
        ------
        InputError
            If a number is no node, a pair is given twice (it is refused, not merged: which of
            two relations holds is settled before), the edges contain a self-loop or a cycle,
            a relation has no such code, a column has the wrong length, or ids are out of order.
        """
        children, parents, key = pair_columns(n, child, parent)
        relation = np.asarray(relation_code)
        _check_shape("Relation codes", relation, len(key))
        wrong = relation[~np.isin(relation, range(len(RELATIONS)))]
        if wrong.size:
            codes = map(str, range(len(RELATIONS)))
            raise InputError.not_among("Relation code", str(wrong[0]), codes)
        order = np.argsort(key, kind="stable")
        columns: dict[str, Any] = {
            "edge_relation": relation.astype(np.uint8)[order],
            "downloads": _downloads(n, downloads),
            "is_ghost": np.zeros(n, bool) if is_ghost is None else np.array(is_ghost, bool),
            **_id_columns(n, ids),
        }
        _check_shape("Ghost marks", columns["is_ghost"], n)
        lineage = cls(
            **index_pairs(n, children[order], parents[order]),
            **{name: frozen(column) for name, column in columns.items()},
        )
        _ = lineage.generation  # raises if there is a cycle
        return lineage

    @cached_property
    def generation(self) -> Nodes:
        """Longest known path from a node without parents; int32, shape (n,)."""
        return frozen(descent.generations(self))

    @cached_property
    def generation_min(self) -> Nodes:
        """Shortest known path from a node without parents; int32, shape (n,)."""
        return frozen(descent.generations_min(self))

    @cached_property
    def upward(self) -> descent.Upward:
        """All edges in the order in which sums run from the leaves up."""
        return descent.Upward.of(self, self.generation, np.arange(self.n_edges))

    @cached_property
    def descendants(self) -> Index:
        """Number of distinct descendants of each node, exact; int64, shape (n,)."""
        return frozen(descent.descendant_counts(self, self.generation))

    @cached_property
    def credit(self) -> NDArray[np.float64]:
        """Credit w(v) = 1 + sum over children c of w(c) / (number of parents of c)."""
        return frozen(descent.credit_of(self.upward, self.n_parents))

    @cached_property
    def primary_parent(self) -> Nodes:
        """Parent with the largest credit (ties: downloads, then id); -1 without parents."""
        return frozen(descent.primary_parents(self, self.credit, self.downloads))

    @cached_property
    def clan(self) -> Nodes:
        """Node at the end of the chain of primary parents; a founder's clan is itself."""
        return frozen(descent.follow(self.primary_parent)[0])

    @cached_property
    def families(self) -> Families:
        """Families over all edges; see :meth:`families_of` for those without merges."""
        return find_families(
            self,
            self.generation,
            self.descendants,
            is_ghost=self.is_ghost,
            downloads=self.downloads,
        )

    @cached_property
    def founder(self) -> Nodes:
        """Founder of the family of each node (merges included); int32, shape (n,)."""
        return frozen(self.families.founder_of_node)

    @cached_property
    def family_size(self) -> Index:
        """Number of members of the family of each node (merges included); int64, shape (n,)."""
        return frozen(self.families.size[self.families.of_node])

    @cached_property
    def without_merges(self) -> Lineage:
        """The same nodes with the edges of relation ``merge`` left out."""
        return self.select_edges(self.edge_relation != RELATION_CODE["merge"])

    def families_of(self, *, merges: bool = True) -> Families:
        """Families with all edges, or as in the paper's trees without those of merges.

        Without merges, founders, descendants and depth are those of the graph without them.
        """
        return self.families if merges else self.without_merges.families

    def select_edges(self, mask: NDArray[np.bool_]) -> Lineage:
        """Return a lineage of the same nodes with only the edges that the mask marks."""
        return Lineage(
            **index_pairs(self.n, self.edge_child[mask], self.edge_parent[mask]),
            edge_relation=frozen(self.edge_relation[mask]),
            downloads=self.downloads,
            is_ghost=self.is_ghost,
            id_bytes=self.id_bytes,
            id_indptr=self.id_indptr,
        )

    def relations_of(self, node: int) -> list[str]:
        """Relation to each parent of a node, in the order of :meth:`parents_of`."""
        start, stop = self.parent_indptr[node : node + 2]
        return [RELATIONS[code] for code in self.edge_relation[start:stop]]

    def model_id(self, node: int) -> str:
        """Id of a model.

        Raises
        ------
        InputError
            If the lineage holds no ids, or the number is no node.
        """
        if not 0 <= node < len(self.id_indptr) - 1:
            raise InputError(f"There is no id for node {node}.", "Build the lineage with ids.")
        return self._id(node).decode("utf-8", "surrogatepass")

    def node_of(self, model_id: str) -> int:
        """Node of a model id, by bisection in byte order: O(log n), no index is loaded.

        Raises
        ------
        ModelNotFoundError
            If no model has exactly this id; the neighbours in byte order are named.
        """
        wanted = model_id.encode("utf-8", "surrogatepass")
        low, high = 0, len(self.id_indptr) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._id(middle) < wanted else (low, middle)
        count = len(self.id_indptr) - 1
        if low < count and self._id(low) == wanted:
            return low
        near = [self.model_id(i) for i in range(max(0, low - 2), min(count, low + 2))]
        raise ModelNotFoundError.in_snapshot(model_id, near)

    def _id(self, node: int) -> bytes:
        return self.id_bytes[self.id_indptr[node] : self.id_indptr[node + 1]].tobytes()

    def save(self, directory: str | Path, *, derived: bool = True) -> None:
        """Write the arrays as plain ``.npy`` files; same lineage, same bytes.

        With ``derived`` the arrays named in ``STORED`` are computed and written as well
        (32 bytes per node), so that a loaded lineage answers without computing anything.

        Raises
        ------
        OSError
            If the directory cannot be written.
        """
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        names = [*_ARRAYS, *(STORED if derived else ())]
        for name in names:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)
        for name in set(STORED).difference(names):
            (folder / f"{name}.npy").unlink(missing_ok=True)

    @classmethod
    def load(cls, directory: str | Path, *, mmap: bool = True) -> Lineage:
        """Open what :meth:`save` wrote: mapped into memory, nothing is read before it is used.

        Only the shapes are checked. Needs NumPy alone.

        Raises
        ------
        SnapshotError
            If a file is missing, is no ``.npy`` file, or the arrays do not fit together.
        """
        folder = Path(directory)
        arrays = {name: _load(folder / f"{name}.npy", mmap=mmap) for name in _ARRAYS}
        stored = {
            name: _load(path, mmap=mmap)
            for name in STORED
            if (path := folder / f"{name}.npy").exists()
        }
        n, edges = len(arrays["is_ghost"]), len(arrays["edge_child"])
        per_edge = ("edge_parent", "edge_relation", "children", "child_edge")
        ids = len(arrays["id_indptr"])
        if not (
            all(len(arrays[name]) == edges for name in per_edge)
            and all(len(array) == n for array in (arrays["downloads"], *stored.values()))
            and len(arrays["parent_indptr"]) == len(arrays["child_indptr"]) == n + 1
            and arrays["parent_indptr"][-1] == arrays["child_indptr"][-1] == edges
            and ids in (1, n + 1)
            and arrays["id_indptr"][-1] == len(arrays["id_bytes"])
        ):
            raise SnapshotError(
                f"The lineage arrays in {str(folder)!r} do not fit together.",
                "Build the snapshot again: cladist build.",
            )
        lineage = cls(n=n, **arrays)
        # This is where cached_property looks first: what was stored is not computed again.
        vars(lineage).update(stored)
        return lineage


_ARRAYS: Final = tuple(field.name for field in fields(Lineage) if field.name != "n")


def _load(path: Path, *, mmap: bool) -> NDArray[Any]:
    """Open one array read-only, refusing pickles."""
    try:
        array = np.load(path, mmap_mode="r" if mmap else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SnapshotError(
            f"{str(path)!r} is not an array of a lineage: {error}.",
            "Build the snapshot again: cladist build.",
        ) from error
    if not isinstance(array, np.ndarray) or array.ndim != 1:
        raise SnapshotError(f"{str(path)!r} is not one column.", "Build the snapshot again.")
    # A plain array over the same mapped pages: what is indexed out of it is plain as well.
    return frozen(np.asarray(array))


def _check_shape(name: str, array: NDArray[Any], length: int) -> None:
    """Refuse a column of the wrong length."""
    if array.shape != (length,):
        raise InputError(
            f"{name} have shape {array.shape}, not ({length},).",
            "Give one per edge (relations) or one per node (all others).",
        )


def _downloads(n: int, downloads: ArrayLike | None) -> Index:
    """Return downloads as int64, -1 where unknown."""
    if downloads is None:
        return np.full(n, -1, dtype=np.int64)
    given = np.asarray(downloads)
    _check_shape("Downloads", given, n)
    return np.where(given >= 0, given, -1).astype(np.int64)


def _id_columns(n: int, ids: Sequence[str] | None) -> dict[str, NDArray[Any]]:
    """Pack ids into one array of bytes; refuse ids that are not distinct and in byte order."""
    coded = [i.encode("utf-8", "surrogatepass") for i in (ids if ids is not None else ())]
    if ids is not None and len(coded) != n:
        raise InputError(f"There are {len(coded)} ids for {n} nodes.", "Give one id per node.")
    for before, after in pairwise(coded):
        if before >= after:
            raise InputError(
                f"Id {after.decode('utf-8', 'replace')!r} follows "
                f"{before.decode('utf-8', 'replace')!r}.",
                "Number the nodes in byte order of distinct ids.",
            )
    starts = np.zeros(len(coded) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, coded), dtype=np.int64, count=len(coded)), out=starts[1:])
    return {"id_bytes": np.frombuffer(b"".join(coded), dtype=np.uint8), "id_indptr": starts}
