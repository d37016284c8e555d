"""Texts of many models, read once, and how alike any two of them are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import pyarrow as pa

from cladist.engine import stream
from cladist.errors import InputError
from cladist.texts import vectors
from cladist.texts.texts import (
    LENGTH,
    LONGEST,
    TEXTS,
    card_bodies,
    published_metadata,
    standard_metadata,
)
from cladist.vocab import is_published

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray
    from scipy import sparse

    from cladist.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Metric -> what it measures.
METRICS: Final = {
    "levenshtein": "1 - edit distance / length of the longer text",
    "bow": "cosine of the counts of the 512 commonest words and pairs of words",
    "tfidf": "the same, weighted by inverse document frequency",
    "bow_full": "cosine of the counts of all words and pairs of words (hashed)",
    "tfidf_full": "the same, weighted by inverse document frequency",
}
PUBLISHED_METRICS: Final = ("levenshtein", "bow", "tfidf")

_CARDS: Final = 20_000  # cards read at once
_RECORDS: Final = 50_000  # whole records read at once, for which Python makes strings
_TAGS: Final = 200_000  # the same of tags, joined by the engine
_PAIRS: Final = 100_000  # pairs of texts held at once
_MANY: Final = 0.1  # share of the nodes above which all rows are passed through


@dataclass(frozen=True, eq=False)
class Corpus:
    """Texts of the nodes that have one.

    ``nodes`` (rows,) ascending; ``texts`` aligned with them; ``row`` (n,) is the row of each
    node, -1 without a text. Vocabulary and document frequencies are fitted on all texts, or on
    those of the rows ``fit``, or (as published) on the whole hub: then ``fitted`` holds its words
    and ``place`` (rows,) where in them these texts stand.
    """

    nodes: Ints
    texts: pa.ChunkedArray
    row: Ints
    definition: str
    fit: Ints | None = None
    fitted: vectors.Tokens | None = None
    place: Ints | None = None

    def has(self, nodes: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Whether each node has a text."""
        known: NDArray[np.bool_] = self.row[nodes] >= 0
        return known

    def similarity(self, metric: str, a: NDArray[np.integer], b: NDArray[np.integer]) -> Floats:
        """Return the similarity of pairs of nodes; float64 (pairs,), in [0, 1].

        NaN where either node has no text, or (standard) a cosine is undefined because a text
        has no term of the vocabulary; as published such a cosine is 0.

        Raises
        ------
        InputError
            If there is no such metric.
        """
        if metric not in METRICS:
            raise InputError.not_among("Metric", metric, METRICS)
        first, second = (np.where(x >= 0, self.row[x], -1) for x in (np.asarray(a), np.asarray(b)))
        out = np.full(len(first), np.nan)
        known = np.flatnonzero((first >= 0) & (second >= 0))
        if not len(known):
            return out
        first, second = first[known], second[known]
        if metric == "levenshtein":
            out[known] = levenshtein(self.texts, first, second)
        else:
            undefined = 0.0 if is_published(self.definition) else np.nan
            matrix, weight = self._vectors(metric)
            out[known] = vectors.pair_cosine(
                matrix, first, second, weight=weight, undefined=undefined
            )
        return out

    def _vectors(self, metric: str) -> tuple[sparse.csr_array, Floats | None]:
        """Return counts, and the weights of their columns."""
        matrix = self._hashed if metric.endswith("_full") else self._counts
        if not metric.startswith("tfidf"):
            return matrix, None
        return matrix, self._hashed_idf if metric.endswith("_full") else self._idf

    @cached_property
    def _tokens(self) -> vectors.Tokens:
        if self.fitted is not None and self.place is not None:
            return self.fitted.select(self.place)
        return vectors.tokenize(self.texts)

    @cached_property
    def _source(self) -> vectors.Tokens:
        if self.fitted is not None:
            return self.fitted
        return self._tokens if self.fit is None else self._tokens.select(self.fit)

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The 512 commonest words and pairs of words of the texts fitted on."""
        return vectors.commonest_terms(self._source)

    @cached_property
    def _counts(self) -> sparse.csr_array:
        return vectors.term_counts(self._tokens, self.terms)

    @cached_property
    def _idf(self) -> Floats:
        frequency = vectors.document_frequency(self._source, self.terms)
        return vectors.inverse_document_frequency(frequency, self._source.rows)

    @cached_property
    def _hashed_idf(self) -> Floats:
        counts = self._hashed if self.fit is None else self._hashed[self.fit]
        frequency = np.bincount(counts.indices, minlength=vectors.HASHED)
        return vectors.inverse_document_frequency(frequency, counts.shape[0])

    @cached_property
    def _hashed(self) -> sparse.csr_array:
        return vectors.hashed_counts(self._tokens)


#: Two arrays of nodes, pair by pair.
Pair = tuple["NDArray[np.integer]", "NDArray[np.integer]"]


class Comparable(Protocol):
    """Something that tells how alike two models are, by one of its metrics."""

    def similarity(self, metric: str, a: NDArray[np.integer], b: NDArray[np.integer]) -> Floats:
        """Return the similarity of pairs of nodes, NaN where it is unknown."""
        ...


def measure(
    corpus: Comparable, metrics: Sequence[str], pairs: Sequence[Pair]
) -> dict[str, list[Floats]]:
    """Return the similarities of many lists of pairs: metric -> one array a list.

    All lists are measured together: a pair that occurs in several, or either way round, is
    measured once, and only one matrix of vectors is held at a time. A negative node has no text.
    """
    if not pairs:
        return {metric: [] for metric in metrics}
    first, second = (np.concatenate([pair[i] for pair in pairs]).astype(np.int64) for i in (0, 1))
    low, high = np.minimum(first, second) + 1, np.maximum(first, second) + 1
    width = int(high.max(initial=0)) + 1
    key, place = np.unique(low * width + high, return_inverse=True)
    low, high = key // width - 1, key % width - 1
    ends = np.cumsum([len(a) for a, _ in pairs])[:-1]
    return {m: np.split(corpus.similarity(m, low, high)[place], ends) for m in metrics}


def levenshtein(texts: pa.ChunkedArray, a: Ints, b: Ints) -> Floats:
    """Return 1 - distance / length of the longer text, of pairs of rows; float64 (pairs,).

    Unit costs, in characters (Levenshtein 1966). Two empty texts are alike (1). Rows must not
    be null.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    out = np.empty(len(a))
    for start in range(0, len(a), _PAIRS):
        part = slice(start, start + _PAIRS)
        left, right = (texts.take(pa.array(rows[part])).to_pylist() for rows in (a, b))
        out[part] = process.cpdist(
            left, right, scorer=Levenshtein.normalized_similarity, workers=-1, dtype=np.float64
        )
    return out


def read_corpus(
    hub: Snapshot,
    text: str,
    nodes: Ints,
    *,
    definition: str = "standard",
    limit: int = LENGTH,
    fit: Ints | None = None,
) -> Corpus:
    """Read the texts of nodes.

    Parameters
    ----------
    hub
        The snapshot.
    text
        ``metadata`` or ``card``.
    nodes
        Distinct nodes, ascending.
    definition
        ``laufer2025``: the whole record; the first 512 characters of cards that have at least
        512 and are not generated; fitted on all texts of the hub.
    limit
        Characters of each text that are kept (the whole record as published).
    fit
        Nodes on whose texts vocabulary and document frequencies are fitted, where they are among
        ``nodes``; all if None. As published the whole hub decides.

    Raises
    ------
    InputError
        If there is no such kind of text.
    """
    if text not in TEXTS:
        raise InputError.not_among("Text", text, TEXTS)
    n = hub.counts["models"] + hub.counts["ghosts"]
    if is_published(definition):
        return _published_corpus(hub, text, nodes, n, definition, limit)
    corpus = _corpus(hub, text, nodes, n, definition, limit)
    if fit is None:
        return corpus
    rows = corpus.row[fit]
    return replace(corpus, fit=np.unique(rows[rows >= 0]))


def _published_corpus(
    hub: Snapshot, text: str, nodes: Ints, n: int, definition: str, limit: int
) -> Corpus:
    """Fit on every text of the hub, part by part, and keep only those of the nodes asked for."""
    asked = np.zeros(n, dtype=bool)
    asked[nodes] = True
    found, place = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    kept: list[pa.Array] = []

    def parts() -> Iterator[pa.ChunkedArray]:
        before = 0
        for node, some in _batches(hub, text, None, n, definition, limit):
            wanted = np.flatnonzero(asked[node])
            found.append(node[wanted])
            place.append(before + wanted)
            kept.append(some.take(pa.array(wanted)))
            before += len(node)
            yield pa.chunked_array([some])

    fitted = vectors.tokenize(parts())
    node, texts, order = _in_order(found, kept)
    at = np.concatenate(place)[order]
    return Corpus(node, texts, _row_of(node, n), definition, fitted=fitted, place=at)


def _corpus(hub: Snapshot, text: str, nodes: Ints, n: int, definition: str, limit: int) -> Corpus:
    found, kept = [np.zeros(0, np.int64)], []
    for node, some in _batches(hub, text, nodes, n, definition, limit):
        found.append(node)
        kept.append(some)
    node, texts, _ = _in_order(found, kept)
    return Corpus(node, texts, _row_of(node, n), definition)


def _in_order(
    nodes: Sequence[Ints], texts: Sequence[pa.Array]
) -> tuple[Ints, pa.ChunkedArray, Ints]:
    """Join batches by ascending node; the order is returned as well."""
    node, held = np.concatenate(nodes), pa.chunked_array(texts, pa.string())
    order = np.argsort(node, kind="stable")
    if (np.diff(node) < 0).any():
        held = held.take(pa.array(order))
    return node[order], held, order


def _row_of(node: Ints, n: int) -> Ints:
    row = np.full(n, -1, dtype=np.int64)
    row[node] = np.arange(len(node))
    return row


def _batches(
    hub: Snapshot, text: str, nodes: Ints | None, n: int, definition: str, limit: int
) -> Iterator[tuple[Ints, pa.Array]]:
    """Yield nodes, and the text to compare of each, in any order; all texts if nodes is None."""
    published = is_published(definition)
    rows = _rows(hub, text, limit, published=published)
    size = _CARDS if text == "card" else _RECORDS if published else _TAGS
    few = None if nodes is None or len(nodes) > _MANY * n else nodes
    read = _passed(rows, nodes, n, size) if few is None else _looked_up(rows, few, size)
    for batch in read:
        texts = batch["text"]
        if text == "card" and not published:
            texts = pa.array(card_bodies(texts.to_pylist(), limit=limit), pa.string())
        elif text == "metadata" and published:
            texts = pa.array(published_metadata(texts.to_pylist()), pa.string())
        valid = texts.is_valid()
        node = batch["node"].filter(valid).to_numpy().astype(np.int64)
        yield node, _one_array(texts.filter(valid))


def _one_array(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _passed(rows: ir.Table, nodes: Ints | None, n: int, size: int) -> Iterator[pa.Table]:
    """Read all rows in one pass and keep those of the nodes."""
    wanted = np.full(n, nodes is None)
    if nodes is not None:
        wanted[nodes] = True
    for batch in stream(rows, size):
        kept = wanted[batch["node"].to_numpy()]
        yield pa.Table.from_batches([batch if kept.all() else batch.filter(pa.array(kept))])


def _looked_up(rows: ir.Table, nodes: Ints, size: int) -> Iterator[pa.Table]:
    """Read the rows of few nodes, ascending, from the stretches of the files that hold them."""
    import ibis

    for start in range(0, len(nodes), size):
        part = nodes[start : start + size]
        table = ibis.memtable(pa.table({"wanted": pa.array(part, pa.int32())}))
        some = rows.filter(rows.node.between(int(part[0]), int(part[-1])))
        yield some.semi_join(table, some.node == table.wanted).to_pyarrow()


def _rows(hub: Snapshot, text: str, limit: int, *, published: bool) -> ir.Table:
    models, cards = hub.table("models"), hub.table("cards")
    if text == "metadata" and not published:
        made = standard_metadata(models).substr(0, limit)
        return models.filter(~models.is_ghost).select("node", text=made)
    if text == "metadata":
        return cards.filter(cards.metadata.notnull()).select("node", text=cards.metadata)
    own = models.filter((models.card_length >= LENGTH) & ~models.card_is_generated).select("node")
    kept = cards.semi_join(own, "node")
    return kept.select("node", text=kept.card.substr(0, limit if published else LONGEST))
