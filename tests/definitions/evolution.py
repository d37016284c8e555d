"""Mutation, silence, transitions, drift and retention, edge by edge in plain Python (DESIGN 5).

An edge is ``(child values, parent values, group)``; values are a set of text, or None where that
side states nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

Values = frozenset[str] | None
Edge = tuple[Values, Values, str]


def jaccard_distance(child: frozenset[str], parent: frozenset[str]) -> Fraction:
    """One minus the size of the intersection over the size of the union."""
    return 1 - Fraction(len(child & parent), len(child | parent))


def mutation(edges: Sequence[Edge], group: str) -> dict[str, object]:
    """Rate, gain, loss, substitution, n and silence of one group (``all`` for every edge)."""
    chosen = [(c, p) for c, p, g in edges if group in ("all", g)]
    both = [(c, p) for c, p in chosen if c is not None and p is not None]
    n = len(both)
    share = {
        "gain": sum(1 for c, p in both if c - p and not p - c),
        "loss": sum(1 for c, p in both if p - c and not c - p),
        "substitution": sum(1 for c, p in both if p - c and c - p),
    }
    return {
        "n": n,
        "rate": float(sum(jaccard_distance(c, p) for c, p in both) / n) if n else None,
        **{k: v / n if n else None for k, v in share.items()},
        "silent_parent": sum(1 for c, p in chosen if p is None and c is not None),
        "silent_child": sum(1 for c, p in chosen if c is None and p is not None),
        "silent_both": sum(1 for c, p in chosen if c is None and p is None),
    }


def transitions(edges: Sequence[Edge]) -> dict[tuple[str, str], Fraction]:
    """Credit of each pair lost x gained: every changed edge shares one among its pairs."""
    credit: dict[tuple[str, str], Fraction] = {}
    for child, parent, _ in edges:
        if child is None or parent is None:
            continue
        lost, gained = parent - child, child - parent
        for a in lost:
            for b in gained:
                credit[a, b] = credit.get((a, b), Fraction(0)) + Fraction(
                    1, len(lost) * len(gained)
                )
    return credit


def retention(edges: Sequence[Edge]) -> dict[tuple[str, int], tuple[int, int]]:
    """(value, number of the parent's values) -> (kept, dropped)."""
    kept: Counter[tuple[str, int]] = Counter()
    dropped: Counter[tuple[str, int]] = Counter()
    for child, parent, _ in edges:
        if child is None or parent is None:
            continue
        for value in parent:
            (kept if value in child else dropped)[value, len(parent)] += 1
    return {k: (kept[k], dropped[k]) for k in {*kept, *dropped}}


def silence(edges: Sequence[Edge], group: str) -> dict[str, object]:
    """What one group leaves unsaid: counts, shares, and the rate with silence as one more value."""
    chosen = [(c, p) for c, p, g in edges if group in ("all", g)]
    both = sum(1 for c, p in chosen if c is not None and p is not None)
    dropped = sum(1 for c, p in chosen if c is None and p is not None)
    taken_up = sum(1 for c, p in chosen if c is not None and p is None)
    neither = sum(1 for c, p in chosen if c is None and p is None)
    distances = []
    for child, parent in chosen:
        if child is not None and parent is not None:
            distances.append(jaccard_distance(child, parent))
        elif child is not None or parent is not None:
            distances.append(Fraction(1))

    def share(part: int, whole: int) -> float | None:
        return part / whole if whole else None

    return {
        "edges": len(chosen), "both": both, "dropped": dropped, "taken_up": taken_up,
        "neither": neither,
        "silent_share": share(len(chosen) - both, len(chosen)),
        "dropped_share": share(dropped, both + dropped),
        "taken_up_share": share(taken_up, taken_up + neither),
        "rate_with_silence": float(sum(distances) / len(distances)) if distances else None,
    }  # fmt: skip


def fates(edges: Sequence[Edge]) -> dict[str, dict[str, float]]:
    """Value -> edges whose parent states it, and the shares that keep, replace, or say nothing."""
    found = {}
    for value in {v for _, parent, _ in edges for v in parent or ()}:
        children = [c for c, parent, _ in edges if value in (parent or ())]
        kept = sum(1 for c in children if c is not None and value in c)
        silent = sum(1 for c in children if c is None)
        n = len(children)
        found[value] = {"edges": n, "kept": kept / n, "silent": silent / n,
                        "replaced": (n - kept - silent) / n}  # fmt: skip
    return found


def moves(edges: Sequence[Edge], way: str) -> dict[str, tuple[int, int]]:
    """Value -> edges on which it is lost (or gained), and those where nothing comes (or goes)."""
    found: dict[str, tuple[int, int]] = {}
    for child, parent, _ in edges:
        if child is None or parent is None:
            continue
        here, there = (parent, child) if way == "loss" else (child, parent)
        for value in here - there:
            edges_, pure = found.get(value, (0, 0))
            found[value] = edges_ + 1, pure + (not there - here)
    return found


def transition_shares(edges: Sequence[Edge]) -> dict[tuple[str, str], Fraction]:
    """(source, target) -> the part of all credit out of the source that goes to the target."""
    credit = transitions(edges)
    return {
        (a, b): n / sum((m for (s, _), m in credit.items() if s == a), Fraction(0))
        for (a, b), n in credit.items()
    }


def drift(edges: Sequence[Edge]) -> dict[frozenset[str], tuple[Fraction, Fraction]]:
    """Unordered pair -> (flow from the smaller value to the larger less that back, both)."""
    credit = transitions(edges)
    found = {}
    for pair in {frozenset(p) for p in credit}:
        a, b = sorted(pair)
        there, back = (credit.get(p, Fraction(0)) for p in ((a, b), (b, a)))
        found[pair] = there - back, there + back
    return found


def value_edges(edges: Sequence[Edge]) -> dict[str, int]:
    """Value -> edges that have it at either end, both ends stated."""
    found: Counter[str] = Counter()
    for child, parent, _ in edges:
        if child is not None and parent is not None:
            found.update(child | parent)
    return dict(found)


def published_transitions(edges: Sequence[Edge]) -> dict[tuple[str, str], tuple[int, int]]:
    """(source, target) -> (added, removed), as the paper counts (``ordering_helpers.py``)."""
    added: Counter[tuple[str, str]] = Counter()
    removed: Counter[tuple[str, str]] = Counter()
    for child, parent, _ in edges:
        if child is None or parent is None:
            continue
        for a in child - parent:
            for p in parent:
                added[p, a] += 1
        for r in parent - child:
            for c in child:
                removed[r, c] += 1
    return {k: (added[k], removed[k]) for k in {*added, *removed}}


#: Of several relations of one pair the later one here overwrites the earlier (paper, 1.3).
PUBLISHED_ORDER = ("finetune", "quantized", "adapter", "merge")


def published_edges(records: Sequence[dict[str, object]]) -> dict[tuple[str, str], str]:
    """(child, parent) -> relation of the paper's graph, from raw records with tags."""
    ids = {r["id"] for r in records}
    edges: dict[tuple[str, str], str] = {}
    for record in records:
        for tag in record["tags"]:  # type: ignore[attr-defined]
            if not tag.startswith("base_model:"):
                continue
            *kind, parent = tag.removeprefix("base_model:").split(":")
            if parent not in ids:
                continue
            pair = (str(record["id"]), parent)
            relation = kind[0] if kind else "unknown"
            rank = {"unknown": -1} | {r: i for i, r in enumerate(PUBLISHED_ORDER)}
            edges[pair] = max(edges.get(pair, "unknown"), relation, key=rank.__getitem__)
    return edges


def published_values(tags: Sequence[str], trait: str, codes: frozenset[str]) -> Values:
    """What the paper reads for licence or language from tags; None if nothing."""
    if trait == "license":
        found = {t.removeprefix("license:") for t in tags if t.startswith("license:")}
    else:
        found = {t for t in tags if len(t) == 2 and t in codes}
    return frozenset(found) or None
