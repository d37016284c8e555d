"""Words, vectors and similarities written out with dictionaries, one text at a time."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter


def terms(text):
    """Words of two and more characters, and pairs of neighbours."""
    words = re.findall(r"(?u)\b\w\w+\b", text.lower())
    return words + [f"{a} {b}" for a, b in itertools.pairwise(words)]


def cosine(a, b):
    """Cosine of two mappings, None if either is empty."""
    if not a or not b:
        return None
    dot = sum(a[t] * b.get(t, 0) for t in a)
    return dot / math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))


def tfidf(counts, documents):
    """Counts weighted by ln((1 + n) / (1 + df)) + 1."""
    frequency = Counter(t for d in documents for t in d)
    n = len(documents)
    return {t: c * (math.log((1 + n) / (1 + frequency[t])) + 1) for t, c in counts.items()}


def levenshtein(a, b):
    """Edit distance by the table of Wagner and Fischer."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]
