"""Measure bespoke cards: what they hold, and how alike strangers and relatives are.

Usage: python benchmarks/card_texts.py HUB.parquet [--cards N]

HUB.parquet has the columns id, tags and card (as `cladist simulate --format hub_stats` writes it).
Bespoke: 512 characters or more, and not generated. Likeness: Jaccard of the sets of three words
in a row, bodies without front matter; relatives by parents, one pair of each.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq

from cladist.values.card import is_generated, split

MARKS: Final = {"code": "```", "address": "https?://", "picture": r"!\[|<img",
                "table": r"\|\s*:?-", "beyond ASCII": r"[^\x00-\x7f]"}  # fmt: skip
WORD: Final = re.compile(r"\b\w\w+\b")
PAIRS: Final = 4_000


class Hub:
    """Bodies of bespoke cards by id, and the first parent that each model names."""

    def __init__(self, path: Path) -> None:
        self.parent: dict[str, str] = {}
        self.body: dict[str, str] = {}
        table = pq.read_table(path, columns=["id", "tags", "card"])
        for name, tags, card in zip(*(c.to_pylist() for c in table.columns), strict=True):
            bases = [t[11:] for t in tags if t.startswith("base_model:") and t.count(":") == 1]
            if bases:
                self.parent[name] = bases[0]
            if card and len(card) >= 512 and not is_generated(card):
                self.body[name] = split(card)[1]

    def top(self, name: str) -> str:
        """Return the first model above; of a cycle any."""
        seen: set[str] = set()
        while name in self.parent and name not in seen:
            seen.add(name)
            name = self.parent[name]
        return name

    def trigrams(self, name: str) -> set[tuple[str, ...]]:
        """Return the triples of words of a body."""
        words = re.findall(r"\w+", self.body[name].lower())
        return set(zip(words, words[1:], words[2:], strict=False))

    def likeness(self, pairs: Iterable[tuple[str, str]]) -> float:
        """Return the mean Jaccard similarity of pairs."""
        found = [(self.trigrams(one), self.trigrams(two)) for one, two in pairs]
        return float(np.mean([len(a & b) / max(len(a | b), 1) for a, b in found]))

    def sections(self) -> list[tuple[str, str]]:
        """Return the sections of 100 characters and more, each with the clan of its card."""
        return [(text, self.top(name)) for name, body in self.body.items()
                for text in re.split(r"(?m)^#+ [^\n]*\n", body)[1:]
                if len(text) >= 100]  # fmt: skip


def contents(hub: Hub, names: list[str]) -> None:
    """Print what cards hold, and how many of their sections unrelated ones share."""
    for label, mark in MARKS.items():
        print(f"{label} {np.mean([bool(re.search(mark, hub.body[n])) for n in names]):.1%}")
    words = {word for n in names for word in WORD.findall(hub.body[n].lower())}
    print(f"words {len(words):,}")
    clans = defaultdict(set)
    sections = hub.sections()
    for text, clan in sections:
        clans[text].add(clan)
    shared = np.mean([len(clans[text]) > 1 for text, _ in sections])
    print(f"sections {len(sections):,}, distinct {len(clans):,}, in two clans {shared:.2%}")


def relatives(hub: Hub, names: list[str], random: np.random.Generator) -> None:
    """Print how alike strangers, children and siblings are."""
    drawn = [(names[a], names[b]) for a, b in random.integers(0, len(names), (PAIRS, 2)).tolist()]
    print(f"strangers {hub.likeness((a, b) for a, b in drawn if hub.top(a) != hub.top(b)):.3f}")
    children = defaultdict(list)
    for name in hub.body:
        if hub.parent.get(name) in hub.body:
            children[hub.parent[name]].append(name)
    mixed = {p: random.permutation(c).tolist() for p, c in children.items()}
    print(f"parent and child {hub.likeness((c[0], p) for p, c in mixed.items()):.3f}")
    print(f"siblings {hub.likeness((c[0], c[1]) for c in mixed.values() if len(c) > 1):.3f}")


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hub", type=Path)
    parser.add_argument("--cards", type=int, default=3_000)
    given = parser.parse_args()
    hub = Hub(given.hub)
    random = np.random.default_rng(5)
    names = random.permutation(sorted(hub.body))[: given.cards].tolist()
    print(f"bespoke cards {len(hub.body):,}, looked at {len(names):,}")
    contents(hub, names)
    relatives(hub, names, random)


if __name__ == "__main__":
    main()
