r"""Texts as vectors of words and pairs of words: counts, TF-IDF, hashed vocabulary, cosine.

Tokens and weights are those of scikit-learn's ``CountVectorizer(ngram_range=(1, 2))`` and
``TfidfVectorizer`` (lower case, ``(?u)\b\w\w+\b``, smooth idf, l2), which the paper uses; the
work is done by Arrow kernels and NumPy on codes of words. Terms are words and pairs of
neighbouring words.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from cladist.texts.spill import Spill

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Number of features as published.
FEATURES: Final = 512
#: Columns of the hashed vocabulary.
HASHED: Final = 1 << 18

_TOKEN = re.compile(r"(?u)\b\w\w+\b")
_BLOCK: Final = 25_000  # texts cut into words at once
_TOKENS: Final = 1 << 22  # tokens looked at at once
_PAIRS: Final = 50_000
_MARKED: Final = 1 << 16  # texts marked at once: 32 MiB


def _lowered() -> NDArray[np.uint8]:
    """Map each byte to the lower case of a character of words, or a space."""
    kept = [chr(i).lower() if re.match(r"[a-zA-Z0-9_]", chr(i)) else " " for i in range(128)]
    return np.array([ord(c) for c in kept] + [ord(" ")] * 128, dtype=np.uint8)


_LOWERED: Final = _lowered()


@dataclass(frozen=True, eq=False)
class Tokens:
    """Words of many texts as codes, text after text.

    ``code`` int32 (tokens,) indexes ``words``; ``row`` int32 (tokens,) is the text of each,
    ascending within a block; ``rows`` is the number of texts. A text that is null has no token.
    Texts that came part by part have both columns on disk.
    """

    code: NDArray[np.int32] | Spill
    row: NDArray[np.int32] | Spill
    words: pa.StringArray
    rows: int

    @cached_property
    def counts(self) -> Ints:
        """How often each word occurs; shape (words,)."""
        found = np.zeros(len(self.words), dtype=np.int64)
        for start in range(0, len(self.code), _TOKENS):  # NumPy counts on a copy of 8 bytes each
            part = self.code[start : start + _TOKENS]
            found += np.bincount(part, minlength=len(self.words))
        return found

    def select(self, rows: Ints) -> Tokens:
        """Return the tokens of some texts, numbered anew in the order given."""
        number = np.full(self.rows, -1, dtype=np.int32)
        number[rows] = np.arange(len(rows), dtype=np.int32)
        codes, places = [], []
        for start in range(0, len(self.code), _TOKENS):
            part = slice(start, start + _TOKENS)
            row = number[self.row[part]]
            kept = row >= 0
            codes.append(self.code[part][kept])
            places.append(row[kept])
        return Tokens(_joined(codes), _joined(places), self.words, len(rows))


def tokenize(texts: pa.Array | pa.ChunkedArray | Iterable[pa.ChunkedArray]) -> Tokens:
    """Cut texts into words: runs of two and more word characters, in lower case.

    ASCII texts go through Arrow's kernels; for the others Python's own lower case and regular
    expression decide, so that every text gives the tokens that scikit-learn would. Of texts that
    come part by part only one part is held at a time.
    """
    whole = isinstance(texts, pa.Array | pa.ChunkedArray)
    parts = [texts] if whole else texts
    code, row = Spill(), Spill()
    found: list[tuple[int, pa.StringArray]] = []  # where codes of a block begin, and its words
    start = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow's kernels run side by side
        for part in parts:
            blocks = _blocks(part)
            for block, cut in zip(blocks, pool.map(_tokens_of_block, blocks), strict=True):
                for coded, place in cut:
                    found.append((len(code), coded.dictionary))
                    code.append(np.asarray(coded.indices, dtype=np.int32))
                    row.append(place + np.int32(start))
                start += len(block)
    words = _one_numbering(code, found)
    if whole:
        return Tokens(code[:], row[:], words, start)
    return Tokens(code, row, words, start)


def _one_numbering(code: Spill, blocks: Sequence[tuple[int, pa.StringArray]]) -> pa.StringArray:
    """Replace each block's own numbers of words by those among all words, which are returned."""
    if not blocks:
        return pa.array([], pa.string())
    coded = pa.concat_arrays([words for _, words in blocks]).dictionary_encode()
    number = np.asarray(coded.indices, dtype=np.int32)
    ends = [start for start, _ in blocks[1:]] + [len(code)]
    first = 0
    for (start, words), end in zip(blocks, ends, strict=True):
        code.write(start, number[first + code[start:end]])
        first += len(words)
    return coded.dictionary


def _tokens_of_block(block: pa.StringArray) -> list[tuple[pa.DictionaryArray, NDArray[np.int32]]]:
    """Return words and the text of each, ASCII texts first."""
    plain = pc.fill_null(pc.string_is_ascii(block), False)
    found = []
    for kernel, mask in ((_ascii, plain), (_unicode, pc.invert(plain))):
        place = np.flatnonzero(np.asarray(mask)).astype(np.int32)
        if len(place):
            words, at = kernel(block.take(pa.array(place)))
            found.append((words.dictionary_encode(), place[at]))
    return found


def _blocks(texts: pa.Array | pa.ChunkedArray) -> list[pa.StringArray]:
    whole = texts if isinstance(texts, pa.ChunkedArray) else pa.chunked_array([texts])
    found = []
    for start in range(0, len(whole), _BLOCK):
        part = whole.slice(start, _BLOCK).combine_chunks()
        found.append(part.chunk(0) if isinstance(part, pa.ChunkedArray) else part)
    return found


def _ascii(texts: pa.StringArray) -> tuple[pa.StringArray, Ints]:
    """Words of ASCII texts, and the text of each."""
    lists = pc.split_pattern(_spaced(texts), " ")
    words = lists.flatten()
    at = np.repeat(np.arange(len(texts)), np.asarray(pc.list_value_length(lists)))
    long = pc.greater(pc.binary_length(words), 1)
    return words.filter(long), at[np.asarray(long)]


def _spaced(texts: pa.StringArray) -> pa.StringArray:
    """Lower ASCII texts, with a space for every character that is not of a word.

    On the bytes at once: a regular expression takes ten times as long to find the breaks.
    """
    valid, offsets, data = texts.buffers()
    raw = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, np.uint8)
    plain = pa.py_buffer(_LOWERED[raw])
    return pa.StringArray.from_buffers(
        len(texts), offsets, plain, valid, texts.null_count, texts.offset
    )


def _unicode(texts: pa.StringArray) -> tuple[pa.StringArray, Ints]:
    found = [_TOKEN.findall(t.lower()) if t is not None else [] for t in texts.to_pylist()]
    at = np.repeat(np.arange(len(found)), [len(f) for f in found])
    return pa.array([w for f in found for w in f], pa.string()), at


def commonest_terms(tokens: Tokens, max_features: int = FEATURES) -> tuple[str, ...]:
    """Return the terms that occur most often over all texts, each occurrence counting, sorted.

    Ties at the border go to the term that sorts first.

    Notes
    -----
    A pair occurs at most as often as either of its words, so only words that reach the count of
    the ``max_features``-th word can form one: all candidates fit into a small table.
    """
    counts = tokens.counts
    floor = 1
    if len(counts) > max_features:
        floor = max(1, int(np.partition(counts, -max_features)[-max_features]))
    common = np.flatnonzero(counts >= floor)
    place = np.full(len(counts), -1, dtype=np.int32)
    place[common] = np.arange(len(common))
    pair, times = _pair_counts(tokens, place, max(len(common), 1))
    names = tokens.words.take(pa.array(common)).to_pylist()
    first, second = np.divmod(pair, max(len(common), 1))
    named = [f"{names[i]} {names[j]}" for i, j in zip(first.tolist(), second.tolist(), strict=True)]
    often = [*counts[common].tolist(), *times.tolist()]
    ranked = sorted(zip([-t for t in often], [*names, *named], strict=True))
    return tuple(sorted(term for _, term in ranked[:max_features]))


def _pair_counts(tokens: Tokens, place: NDArray[np.int32], m: int) -> tuple[Ints, Ints]:
    """Count neighbours among the numbered words: keys first * m + second, and counts."""
    tables = []
    for part in _slices(tokens):
        _, first, second = _neighbours(tokens, part, place)
        tables.append(np.unique(first.astype(np.int64) * m + second, return_counts=True))
    if not tables:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    key, group = np.unique(np.concatenate([k for k, _ in tables]), return_inverse=True)
    times = np.bincount(group, np.concatenate([t for _, t in tables]), len(key))
    return key, times.astype(np.int64)


def _slices(tokens: Tokens) -> Iterator[slice]:
    """Cut the tokens into parts that end where a text ends."""
    start, total = 0, len(tokens.code)
    while start < total:
        stop = min(start + _TOKENS, total)
        while stop < total and len(set(tokens.row[stop - 1 : stop + 1].tolist())) == 1:
            stop += 1
        yield slice(start, stop)
        start = stop


def _neighbours(
    tokens: Tokens, part: slice, place: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return row, first and second word of neighbours that both have a place."""
    row, at = tokens.row[part], place[tokens.code[part]]
    both = np.flatnonzero((row[1:] == row[:-1]) & (at[:-1] >= 0) & (at[1:] >= 0))
    return row[both], at[both], at[both + 1]


def term_counts(tokens: Tokens, terms: Sequence[str]) -> sparse.csr_array:
    """Count given terms in each text: float64, shape (texts, terms).

    ``terms`` are words, or pairs of words joined by one space.
    """
    found: tuple[list[NDArray[np.int32]], list[NDArray[np.int32]]] = ([], [])
    for cells in _term_cells(tokens, terms):
        for kept, part in zip(found, cells, strict=True):
            kept.append(part)
    joined = []
    for kept in found:
        joined.append(_joined(kept))
        kept.clear()  # the parts go before the matrix is made
    return _matrix(joined[0], joined[1], tokens.rows, len(terms))


def document_frequency(tokens: Tokens, terms: Sequence[str]) -> Ints:
    """Count the texts in which each term occurs; int64 (terms,), in bounded memory."""
    found = np.zeros(len(terms), dtype=np.int64)
    for rows, columns in _term_cells(tokens, terms):
        # Marks in a small table, so that nothing is sorted to find terms that occur twice.
        for first in range(int(rows.min()), int(rows.max()) + 1, _MARKED) if len(rows) else ():
            part = (rows >= first) & (rows < first + _MARKED)
            seen = np.zeros((_MARKED, len(terms)), dtype=np.bool_)
            seen[rows[part] - first, columns[part]] = True
            found += np.count_nonzero(seen, axis=0)
    return found


def _term_cells(
    tokens: Tokens, terms: Sequence[str]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Yield row and column of each occurrence of a term; the parts share no text."""
    pieces = [term.split(" ") for term in terms]
    words = sorted({word for piece in pieces for word in piece})
    code = pc.index_in(pa.array(words, pa.string()), tokens.words).fill_null(-1).to_pylist()
    number = {word: i for i, word in enumerate(words)}
    place = np.full(len(tokens.words) + 1, -1, dtype=np.int32)
    place[code] = np.arange(len(words))
    place[-1] = -1
    of_word = np.full(len(words) + 1, -1, dtype=np.int32)
    of_pair = np.full((len(words), len(words)), -1, dtype=np.int32)
    for column, piece in enumerate(pieces):
        if len(piece) == 1:
            of_word[number[piece[0]]] = column
        else:
            of_pair[number[piece[0]], number[piece[1]]] = column
    for part in _slices(tokens):
        single = of_word[place[tokens.code[part]]]
        row, first, second = _neighbours(tokens, part, place)
        columns = np.concatenate([single, of_pair[first, second]])
        rows = np.concatenate([tokens.row[part], row])
        kept = columns >= 0
        yield rows[kept], columns[kept]


def hashed_counts(tokens: Tokens) -> sparse.csr_array:
    """Count all terms in 2^18 hashed columns: float64, shape (texts, 2^18).

    A word's hash is BLAKE2b of its UTF-8, a pair's is mixed of its two words'; no seed, the same
    on every machine. Terms that share a column are added.
    """
    words = _hashes(tokens.words)
    rows, columns = [], []
    for part in _slices(tokens):
        single, row = words[tokens.code[part]], tokens.row[part]
        follows = row[1:] == row[:-1]
        with np.errstate(over="ignore"):
            pair = _mix(single[:-1] * np.uint64(0x9E3779B97F4A7C15) + single[1:])[follows]
        for hashes, at in ((single, row), (pair, row[:-1][follows])):
            columns.append((hashes & np.uint64(HASHED - 1)).astype(np.int32))
            rows.append(at)
    return _matrix(_joined(rows), _joined(columns), tokens.rows, HASHED)


def _joined(parts: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)


def _hashes(words: pa.StringArray) -> NDArray[np.uint64]:
    raw = b"".join(
        hashlib.blake2b(w.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for w in words.to_pylist()
    )
    return np.frombuffer(raw, dtype="<u8").astype(np.uint64)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finish a hash (splitmix64), so that its low bits depend on all of it."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _matrix(
    rows: NDArray[np.int32], columns: NDArray[np.int32], n: int, width: int
) -> sparse.csr_array:
    # Counts are small whole numbers: single precision holds them exactly, in half the memory.
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.coo_array((ones, (rows, columns)), shape=(n, max(width, 1))).tocsr()


def inverse_document_frequency(frequency: Ints, texts: int) -> Floats:
    """Return idf = ln((1 + n) / (1 + df)) + 1 of each column, for n texts (smooth)."""
    idf: Floats = np.log((1 + texts) / (1 + np.asarray(frequency))) + 1
    return idf


def pair_cosine(
    matrix: sparse.csr_array,
    a: Ints,
    b: Ints,
    *,
    weight: Floats | None = None,
    undefined: float = np.nan,
) -> Floats:
    """Return the cosine of rows a and b of a matrix of counts; float64 (pairs,).

    Parameters
    ----------
    matrix
        Counts, shape (texts, columns).
    a, b
        Rows, pair by pair.
    weight
        Weight of each column (idf), by which counts are multiplied; 1 if None.
    undefined
        What stands where either row is all zeros: NaN, or 0 as scikit-learn has it.

    Notes
    -----
    In blocks, in double precision, without a weighted copy of the matrix.
    """
    square = np.ones(matrix.shape[1]) if weight is None else weight**2
    length = _lengths(matrix, square)
    out = np.empty(len(a))
    for start in range(0, len(a), _PAIRS):
        part = slice(start, start + _PAIRS)
        left, right = (matrix[rows[part]].astype(np.float64) for rows in (a, b))
        left.data *= square[left.indices]
        out[part] = np.asarray(left.multiply(right).sum(axis=1)).ravel()
    scale = length[a] * length[b]
    known = scale > 0
    out = np.divide(out, scale, out=np.full(len(a), undefined), where=known)
    out[known] = np.minimum(out[known], 1.0)
    return np.asarray(out, dtype=np.float64)


def _lengths(matrix: sparse.csr_array, square: Floats) -> Floats:
    """Return the Euclidean length of each weighted row."""
    out = np.zeros(matrix.shape[0])
    for start in range(0, len(out), _BLOCK):
        part = matrix[start : start + _BLOCK]
        values = part.data.astype(np.float64) ** 2 * square[part.indices]
        row = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
        out[start : start + _BLOCK] = np.sqrt(np.bincount(row, values, part.shape[0]))
    return out
