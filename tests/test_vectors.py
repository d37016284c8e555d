"""Vectors of words against scikit-learn, and against dictionaries written out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from definitions import texts as definitions
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from cladist.texts import vectors
from cladist.texts.corpus import levenshtein
from cladist.texts.spill import Spill

TEXTS = [
    "The cat sat on the mat", "the_cat sat; the MAT!", "a b c", "", "naïve café, İstanbul ß ẞ",
    "機械 学習 モデル", "x1 y2_z3 4 55", "cat cat cat", "ÀÉ àé", "q\u0301a test", "Ⅷ ½ ² ab",
    "don't re-enter it", "tab\tand\nnewline  two", "Ⓐⓑ ａｂ", "ﬁne ﬂow",
]  # fmt: skip

alphabet = st.sampled_from("ab1_ .-\nÄßİ猫²")
texts = st.lists(st.text(alphabet | st.characters(codec="utf-8"), max_size=12), max_size=8)


def cosines(given_texts, *, idf):
    """Terms, and the cosine of every pair of texts."""
    tokens = vectors.tokenize(pa.array(given_texts, pa.string()))
    found = vectors.commonest_terms(tokens)
    return found, pairwise(tokens, found, len(given_texts), idf=idf)


def pairwise(tokens, terms, n, *, idf):
    weight = None
    if idf:
        weight = vectors.inverse_document_frequency(vectors.document_frequency(tokens, terms), n)
    a, b = np.repeat(np.arange(n), n), np.tile(np.arange(n), n)
    counts = vectors.term_counts(tokens, terms)
    return vectors.pair_cosine(counts, a, b, weight=weight, undefined=0.0).reshape(n, n)


@settings(max_examples=200)
@given(texts)
def test_counts__equal_scikit_learn(given_texts):
    counter = CountVectorizer(ngram_range=(1, 2))
    tokens = vectors.tokenize(pa.array(given_texts, pa.string()))
    terms = vectors.commonest_terms(tokens, 10_000)
    try:
        expected = counter.fit_transform(given_texts).toarray()
    except ValueError:  # no term in any text
        assert terms == ()
        return
    assert list(terms) == counter.get_feature_names_out().tolist()
    assert (vectors.term_counts(tokens, terms).toarray() == expected).all()
    assert (vectors.document_frequency(tokens, terms) == (expected > 0).sum(axis=0)).all()


@pytest.mark.parametrize("idf", [True, False])
def test_cosine__equals_scikit_learn(idf):
    terms, found = cosines(TEXTS, idf=idf)
    theirs = (TfidfVectorizer if idf else CountVectorizer)(ngram_range=(1, 2))
    expected = cosine_similarity(theirs.fit_transform(TEXTS))
    assert list(terms) == theirs.get_feature_names_out().tolist()
    assert np.abs(found - expected).max() < 1e-12


def test_tfidf__equals_scikit_learn_with_512_features():
    """2,000 texts of Zipf words; the border of the 512 falls between different counts."""
    rng = np.random.default_rng(3)
    texts = [" ".join(f"w{int(z) % 700}" for z in rng.zipf(1.3, 30)) for _ in range(2000)]
    theirs = TfidfVectorizer(max_features=512, ngram_range=(1, 2))
    expected = theirs.fit_transform(texts)
    names = theirs.get_feature_names_out().tolist()
    tokens = vectors.tokenize(pa.array(texts))
    ours = vectors.commonest_terms(tokens)
    total = Counter(t for text in texts for t in definitions.terms(text))
    # Where counts tie at the border the choice is free; all above it are the same.
    floor = min(total[t] for t in ours)
    assert {t for t in ours if total[t] > floor} == {t for t in names if total[t] > floor}
    idf = vectors.inverse_document_frequency(vectors.document_frequency(tokens, names), 2000)
    assert np.abs(idf - theirs.idf_).max() < 1e-12
    a, b = np.repeat(np.arange(300), 300), np.tile(np.arange(300), 300)
    counts = vectors.term_counts(tokens, names)
    found = vectors.pair_cosine(counts, a, b, weight=idf, undefined=0.0).reshape(300, 300)
    assert np.abs(found - cosine_similarity(expected[:300])).max() < 1e-12


def test_commonest_terms__ties_go_to_the_term_that_sorts_first():
    tokens = vectors.tokenize(pa.array(["bb aa", "cc aa bb"]))
    assert vectors.commonest_terms(tokens, 3) == ("aa", "aa bb", "bb")


def test_terms_of_other_texts_are_counted():
    tokens = vectors.tokenize(pa.array(["one two one", None, "three"]))
    counts = vectors.term_counts(tokens, ["one", "one two", "two three", "zero"]).toarray()
    assert counts.tolist() == [[2, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_blocks_do_not_show(monkeypatch):
    whole = cosines(TEXTS * 3, idf=True)[1]
    monkeypatch.setattr(vectors, "_BLOCK", 4)
    monkeypatch.setattr(vectors, "_TOKENS", 3)
    monkeypatch.setattr(vectors, "_PAIRS", 2)
    assert np.abs(cosines(TEXTS * 3, idf=True)[1] - whole).max() < 1e-15


@given(texts)
def test_hashed__is_the_cosine_of_all_terms_but_for_collisions(given_texts):
    tokens = vectors.tokenize(pa.array(given_texts, pa.string()))
    matrix = vectors.hashed_counts(tokens)
    documents = [Counter(definitions.terms(t)) for t in given_texts]
    assert matrix.sum(axis=1).tolist() == [sum(d.values()) for d in documents]
    if len({t for d in documents for t in d}) == len(np.unique(matrix.indices)):  # no collision
        rows = np.arange(len(given_texts))
        a, b = np.repeat(rows, len(rows)), np.tile(rows, len(rows))
        found = vectors.pair_cosine(matrix, a, b)
        for i, j, value in zip(a, b, found, strict=True):
            expected = definitions.cosine(documents[i], documents[j])
            assert value == pytest.approx(expected) if expected is not None else np.isnan(value)


def test_hashed__never_moves():
    """The column of a word is part of published numbers: BLAKE2b, 8 bytes, little-endian.

    python -c "import hashlib; d = hashlib.blake2b(b'llama', digest_size=8).digest();
    print(int.from_bytes(d, 'little') % 2**18)"
    """
    assert vectors.hashed_counts(vectors.tokenize(pa.array(["llama"]))).indices.tolist() == [136007]


def test_cosine__worked_by_hand():
    """(cat, sat) and (cat, mat): words share one of two, pairs none: 1 / 3."""
    tokens = vectors.tokenize(pa.array(["cat sat", "cat mat", ""]))
    matrix = vectors.term_counts(tokens, ["cat", "cat mat", "cat sat", "mat", "sat"])
    ends = np.array([0, 0, 2]), np.array([1, 0, 0])
    assert vectors.pair_cosine(matrix, *ends)[:2].tolist() == pytest.approx([1 / 3, 1.0])
    assert np.isnan(vectors.pair_cosine(matrix, *ends)[2])
    assert vectors.pair_cosine(matrix, *ends, undefined=0.0)[2] == 0.0


@given(st.text(alphabet, max_size=9), st.text(alphabet, max_size=9))
def test_levenshtein__equals_the_table(a, b):
    found = levenshtein(pa.chunked_array([[a, b]], pa.string()), np.array([0]), np.array([1]))[0]
    longest = max(len(a), len(b))
    assert found == pytest.approx(1 - definitions.levenshtein(a, b) / longest if longest else 1.0)


def test_levenshtein__worked_by_hand():
    """kitten -> sitting: 3 edits of 7; nothing to nothing is alike, to something is not."""
    words = pa.chunked_array([["kitten", "sitting", "", ""]])
    found = levenshtein(words, np.array([0, 2, 0]), np.array([1, 3, 2]))
    assert found.tolist() == pytest.approx([4 / 7, 1.0, 0.0])


def test_nothing_to_cut():
    for empty in (pa.array([], pa.string()), pa.array([None, None], pa.string())):
        tokens = vectors.tokenize(empty)
        assert tokens.rows == len(empty)
        assert vectors.commonest_terms(tokens) == ()
        assert vectors.term_counts(tokens, ()).shape == (len(empty), 1)
        assert vectors.hashed_counts(tokens).nnz == 0


def test_tokenize__part_by_part_is_the_same_on_disk() -> None:
    texts = pa.chunked_array(
        [pa.array(["One two\ttwo-ONE_x!", "", None, "\u00c9t\u00e9 one", "a \x00bc"])]
    )
    whole = vectors.tokenize(texts)
    parts = vectors.tokenize(iter([texts.slice(0, 2), texts.slice(2, 2), texts.slice(4)]))

    def spelt(tokens: vectors.Tokens) -> list[tuple[int, str]]:
        words = tokens.words.take(pa.array(tokens.code[:])).to_pylist()
        return sorted(zip(tokens.row[:].tolist(), words, strict=True))

    assert isinstance(parts.code, Spill)
    assert spelt(parts) == spelt(whole)
    assert [word for row, word in spelt(whole) if row == 0] == ["one", "one_x", "two", "two"]
    assert [word for row, word in spelt(whole) if row == 4] == ["bc"]
    chosen = parts.select(np.array([3, 0]))
    assert sorted({row for row, _ in spelt(chosen)}) == [0, 1]
    assert vectors.commonest_terms(parts) == vectors.commonest_terms(whole)


def test_spill__reads_back_what_was_written() -> None:
    column = Spill()
    column.append(np.arange(5, dtype=np.int32))
    column.append(np.arange(3, dtype=np.int32))
    column.write(1, np.array([9, 9], dtype=np.int32))
    assert column[:].tolist() == [0, 9, 9, 3, 4, 0, 1, 2]
    assert column[6:99].tolist() == [1, 2]
    assert column[3:3].tolist() == []
    assert len(column) == 8
