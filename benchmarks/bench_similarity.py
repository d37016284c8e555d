"""Compare similarity with the conventional way, in one run: vectors, draws, Levenshtein.

Conventional: scikit-learn's vectorisers over every text with dense rows of 512 numbers, and motif
samplers that add up all weights of a NetworkX graph for every draw, as in the notebooks of such
studies. Simulated data; prints Markdown tables. About three minutes.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

import cladist
from cladist.kin.motif_sampling import MotifSampler
from cladist.kin.motifs import MOTIFS, motif_counts
from cladist.statistics.inference import generator
from cladist.texts.corpus import levenshtein, read_corpus
from cladist.texts.vectors import (
    commonest_terms,
    document_frequency,
    inverse_document_frequency,
    pair_cosine,
    term_counts,
    tokenize,
)
from cladist.traits.edges import lineage_of


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and what the work returned."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def row(what: str, usual: float, ours: float) -> None:
    """Print one row."""
    print(f"| {what} | {usual:.2f} s | {ours:.2f} s | {usual / ours:.1f} |", flush=True)


def ours_tfidf(texts: Any, a: Any, b: Any) -> Any:
    """Vectorise and take the cosine of pairs."""
    tokens = tokenize(texts)
    terms = commonest_terms(tokens)
    idf = inverse_document_frequency(document_frequency(tokens, terms), tokens.rows)
    return pair_cosine(term_counts(tokens, terms), a, b, weight=idf, undefined=0.0)


def usual_tfidf(texts: list[str], a: Any, b: Any, *, dense: bool) -> Any:
    """Do the same with scikit-learn; ``dense`` as an array with a cosine a pair."""
    found = TfidfVectorizer(max_features=512, ngram_range=(1, 2)).fit_transform(texts)
    if not dense:
        return np.asarray(found[a].multiply(found[b]).sum(axis=1)).ravel()
    rows = found.toarray()
    return [cosine_similarity(rows[i : i + 1], rows[j : j + 1])[0, 0]
            for i, j in zip(a, b, strict=True)]  # fmt: skip


def usual_trio_2(graph: nx.DiGraph, draws: int) -> list[tuple[int, int, int]]:
    """Draw grandparent, parent and child: all weights added up for every draw."""
    rng = random.Random(0)  # noqa: S311
    edges = list(graph.edges)
    found = []
    for _ in range(draws):
        weights = [graph.out_degree(v) for _, v in edges]
        at, total = rng.random() * sum(weights), 0.0
        for (u, v), weight in zip(edges, weights, strict=True):
            total += weight
            if total > at:
                found.append((u, v, rng.choice(list(graph.successors(v)))))
                break
    return found


def main() -> None:
    """Simulate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=100_000)
    models = parser.parse_args().models
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hub.snapshot"
        cladist.simulate(models, path, seed=1)
        hub = cladist.open(path)
        lineage = lineage_of(hub)
        everyone = np.arange(lineage.n)
        print(f"{models:,} simulated models, {lineage.n_edges:,} edges\n")
        print("| what | conventional | cladist | ratio |\n|---|---|---|---|")
        rng = np.random.default_rng(0)
        for text, definition in (("metadata", "laufer2025"), ("card", "standard")):
            corpus = read_corpus(hub, text, everyone, definition=definition)
            words = corpus.texts.to_pylist()
            a, b = rng.integers(0, len(words), (2, 5000))
            usual, theirs = timed(lambda w=words, i=a, j=b: usual_tfidf(w, i, j, dense=False))
            ours, mine = timed(lambda t=corpus.texts, i=a, j=b: ours_tfidf(t, i, j))
            if np.abs(np.asarray(theirs) - mine).max() > 1e-9:
                print("(the two vocabularies differ by ties at the border)")
            row(f"TF-IDF of {len(words):,} {text} texts, 5,000 cosines (sparse)", usual, ours)
            usual, _ = timed(lambda w=words, i=a, j=b: usual_tfidf(w, i, j, dense=True))
            drawn = np.unique(np.concatenate([a, b]))
            some = corpus.texts.take(drawn)
            i, j = np.searchsorted(drawn, a), np.searchsorted(drawn, b)
            ours, _ = timed(lambda t=some, x=i, y=j: ours_tfidf(t, x, y))
            row(f"the same: theirs all texts, dense, pair by pair; ours the {len(drawn):,} drawn",
                usual, ours)  # fmt: skip
        graph = nx.DiGraph(zip(lineage.edge_parent.tolist(), lineage.edge_child.tolist(),
                               strict=True))  # fmt: skip
        usual, _ = timed(lambda: usual_trio_2(graph, 50))
        ours, _ = timed(
            lambda: (s := MotifSampler(lineage)).draw(s.anchors("trio_2"), 50, generator(0, "x"))
        )
        row("50 draws of trio_2, preparation included", usual, ours)
        ours, _ = timed(lambda: motif_counts(lineage))
        print(f"\nall motif counts: {ours:.3f} s")
        sampler = MotifSampler(lineage)
        ours, _ = timed(lambda: [sampler.draw(sampler.anchors(m), 100_000, generator(0, m))
                                 for m in MOTIFS])  # fmt: skip
        print(f"100,000 draws of each motif: {ours:.2f} s")
        a, b = rng.integers(0, len(corpus.nodes), (2, 200_000))
        ours, _ = timed(lambda: levenshtein(corpus.texts, a, b))
        print(f"Levenshtein of 200,000 card pairs of 512 characters: {ours:.2f} s")


if __name__ == "__main__":
    main()
