"""What every model states for a trait: each distinct set of values once, and a number a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc
from scipy import sparse

from cladist.traits.held import held
from cladist.values.languages import published_language_tags
from cladist.vocab import NOT_STATED, TRAITS, is_published

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Ints = NDArray[np.int64]

_MOST_OFFSETS: Final = 1 << 30  # bytes of text that offsets of 32 bits reach with ease
#: Lists kept as they were written, where a value may stand twice and a list may be empty.
_IN_ORDER: Final = frozenset({"tags", "card_sections"})


def values(models: ir.Table, trait: str) -> ir.ArrayValue:
    """Return what models state for a trait as an array, null where nothing is stated."""
    import ibis

    column = models[trait]
    if trait in _IN_ORDER:
        return ibis.ifelse(column.length() > 0, column.unique(), ibis.null("array<string>"))
    if TRAITS[trait]:
        return column
    text = column.cast("string")
    return ibis.ifelse(text.isnull(), ibis.null("array<string>"), ibis.array([text]))


#: Trait -> what its tags begin with; the paper reads traits from tags alone.
_TAG_PREFIX: Final = {"license": "license:", "datasets": "dataset:", "arxiv": "arxiv:",
                      "region": "region:"}  # fmt: skip


def published_values(models: ir.Table, trait: str) -> ir.ArrayValue:
    """Return what the paper reads for a trait: from the tags alone, null where it finds nothing.

    Source: ``get_expanded_dataset.ipynb``, cells 1 to 4, of the paper's repository.
    """
    import ibis

    tags = models.tags
    if trait in _TAG_PREFIX:
        prefix = _TAG_PREFIX[trait]
        found = tags.filter(lambda t: t.startswith(prefix)).map(lambda t: t.substr(len(prefix)))
    elif trait == "language":
        codes = published_language_tags()
        found = tags.filter(lambda t: t.isin(codes))
    else:
        return values(models, trait)
    return ibis.ifelse(found.length() > 0, found.unique(), ibis.null("array<string>"))


@dataclass(frozen=True, eq=False)
class Stated:
    """The sets of values that models state, numbered; sets and values in ascending order.

    ``values``: every value; ``members``, indices of ``values``, those of set s from ``starts[s]``
    to ``starts[s + 1]``, ascending; ``of`` (models,): the set of each node, -1 where it states
    nothing.
    """

    values: tuple[str, ...]
    starts: Ints
    members: Ints
    of: NDArray[np.int32]

    @property
    def sizes(self) -> Ints:
        """Number of values of each set; shape (sets,)."""
        return np.diff(self.starts)

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Whether a node states anything; shape (models,)."""
        return self.of >= 0

    def lengths(self) -> Ints:
        """Return the number of values of each node, 0 where it states nothing."""
        return np.append(self.sizes, 0)[self.of]  # -1, nothing stated, is the last

    @property
    def membership(self) -> sparse.csr_array:
        """0/1 matrix (sets + 1, values); the last row, of a silent node, is empty."""
        ends = np.append(self.starts, self.starts[-1])
        shape = (len(ends) - 1, max(len(self.values), 1))
        return sparse.csr_array((np.ones(len(self.members)), self.members, ends), shape=shape)

    def counts(self, among: NDArray[np.bool_] | None = None) -> Ints:
        """Count the nodes that state each value, of all or of those ``among``; shape (values,)."""
        of = self.of if among is None else self.of[among]
        by_set = np.bincount(of[of >= 0], minlength=len(self.sizes))
        weight = np.repeat(by_set, self.sizes)
        return np.bincount(self.members, weight, len(self.values)).astype(np.int64)

    @classmethod
    def of_lists(cls, nodes: Ints, lists: pa.Array, size: int) -> Stated:
        """Give a number to each of the lists of ``size`` nodes, null where nothing is stated."""
        known = np.asarray(lists.is_valid())
        flat = pc.list_flatten(lists).dictionary_encode()
        rank = pc.sort_indices(flat.dictionary)
        place = np.empty(len(rank), dtype=np.int64)
        place[np.asarray(rank)] = np.arange(len(rank))
        code = place[np.asarray(flat.indices)]
        lengths = np.asarray(lists.value_lengths().fill_null(0), dtype=np.int64)[known]
        row, member = _sorted_rows(lengths, code, len(rank))
        starts, members, number = _numbered(np.bincount(row, minlength=len(lengths)), member)
        of = np.full(size, -1, dtype=np.int32)
        of[nodes[known]] = number
        return cls(tuple(flat.dictionary.take(rank).to_pylist()), starts, members, of)


def _sorted_rows(lengths: Ints, code: Ints, values_: int) -> tuple[Ints, Ints]:
    """Return row and code of each member of each list, ascending, each once."""
    row = np.repeat(np.arange(len(lengths)), lengths)
    key = row * max(values_, 1) + code
    if not (np.diff(key) > 0).all():
        key = np.unique(key)
    return key // max(values_, 1), key % max(values_, 1)


def _numbered(lengths: Ints, members: Ints) -> tuple[Ints, Ints, NDArray[np.int32]]:
    """Sort the distinct lists: where each starts, members, and the place of every list given.

    Codes as big-endian bytes, one list's after the other: equal bytes are equal lists, and bytes
    sort as the lists do.
    """
    ends = np.concatenate([[0], np.cumsum(lengths * 4)]).astype(np.int64)
    spelt: Any = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(lengths),
        [None, pa.py_buffer(ends), pa.py_buffer(members.astype(">u4").tobytes())],
    )  # fmt: skip
    coded = spelt.dictionary_encode()
    order = np.asarray(pc.sort_indices(coded.dictionary), dtype=np.int64)
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order))
    known = coded.dictionary.take(pa.array(order))
    _, offsets, data = known.buffers()
    at = np.frombuffer(offsets, dtype=np.int64, count=len(known) + 1, offset=known.offset * 8)
    spelt_out: Any = [] if data is None else np.frombuffer(data, dtype=">u4")
    found = np.asarray(spelt_out[at[0] // 4 : at[-1] // 4], dtype=np.int64)
    return (at - at[0]) // 4, found, number[np.asarray(coded.indices)]


def stated(
    hub: Snapshot, trait: str, *, definition: str = "standard", unstated: bool = False
) -> Stated:
    """Return what the models of a snapshot state for a trait, read once.

    Parameters
    ----------
    hub
        The snapshot.
    trait
        A column of :data:`cladist.vocab.TRAITS`.
    definition
        ``laufer2025`` reads the tags alone (:func:`published_values`).
    unstated
        A model that states nothing has the one value ``(not stated)``.
    """
    published = is_published(definition)

    def read() -> Stated:
        import ibis

        models = hub.table("models")
        found = (published_values if published else values)(models, trait)
        if unstated:
            found = ibis.coalesce(found, ibis.array([NOT_STATED]))
        rows = models.select("node", found=found).to_pyarrow()
        column = rows["found"]
        if column.nbytes > _MOST_OFFSETS:
            column = column.cast(pa.large_list(pa.large_string()))
        nodes = np.asarray(rows["node"], dtype=np.int64)
        return Stated.of_lists(nodes, column.combine_chunks(), nodes_of(hub))

    return held(hub, ("stated", trait, published, unstated), read)


def nodes_of(hub: Snapshot) -> int:
    """Return the number of nodes of a snapshot: models and ghosts."""
    return int(hub.counts["models"] + hub.counts["ghosts"])


def published_appearances(hub: Snapshot, trait: str) -> dict[str, int]:
    """Count, per value, the declared models that state it, as the paper reads them."""
    found = stated(hub, trait, definition="laufer2025")
    counts = found.counts(declared(hub))
    return {found.values[i]: int(counts[i]) for i in np.flatnonzero(counts)}


def declared(hub: Snapshot) -> NDArray[np.bool_]:
    """Return which nodes have a record of their own; shape (models,)."""

    def read() -> NDArray[np.bool_]:
        rows = hub.table("models").select("node", "is_ghost").to_pyarrow()
        found = np.zeros(nodes_of(hub), dtype=np.bool_)
        found[np.asarray(rows["node"], dtype=np.int64)] = ~np.asarray(rows["is_ghost"])
        return found

    return held(hub, ("declared",), read)
