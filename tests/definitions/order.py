"""What the best order of values is, literally and slowly. Written from DESIGN section 5.

These are the oracles of ``order`` and ``order_search`` and are kept for ever: every permutation,
and the whole 0-1 programme with each 3-cycle forbidden at once.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations, permutations

import numpy as np
from scipy import optimize, sparse


def kept(flow, order, *, weighted=True) -> float:
    """Net traffic (or number of pairs with net traffic) that points forward."""
    total = 0.0
    for a, b in combinations(order, 2):
        net = flow[a][b] - flow[b][a]
        if net > 0:
            total += net if weighted else 1
    return total


@cache
def every_order(k: int) -> np.ndarray:
    """Every permutation of 0 .. k - 1; shape (k!, k)."""
    return np.array(list(permutations(range(k)))).reshape(-1, k)


def best_orders(flow, *, weighted=True) -> tuple[float, list[tuple[int, ...]]]:
    """The most that an order keeps, and every order that keeps it: all are tried (n <= 8)."""
    net = np.asarray(flow, dtype=float) - np.asarray(flow, dtype=float).T
    worth = np.where(net > 0, net if weighted else 1.0, 0.0)
    orders = every_order(len(net))
    value = sum((worth[orders[:, a], orders[:, b]] for a, b in combinations(range(len(net)), 2)),
                np.zeros(len(orders)))  # fmt: skip
    most = value.max()
    return most, [tuple(p) for p in orders[value >= most - 1e-9].tolist()]


def full_formulation(flow, *, weighted=True) -> float:
    """The optimum of the programme of methods.md 5.1: x_uv + x_vw + x_wu <= 2 for all triples."""
    k = len(flow)
    pairs = list(permutations(range(k), 2))
    number = {pair: i for i, pair in enumerate(pairs)}
    cost = np.zeros(len(pairs))
    for (a, b), i in number.items():
        net = flow[a][b] - flow[b][a]
        cost[i] = -(max(net, 0) if weighted else float(net > 0))
    rows, low, high = [], [], []
    for a, b in combinations(range(k), 2):
        rows.append([number[a, b], number[b, a]])
        low.append(1)
        high.append(1)
    for a, b, c in combinations(range(k), 3):
        for u, v, w in ((a, b, c), (a, c, b)):
            rows.append([number[u, v], number[v, w], number[w, u]])
            low.append(-np.inf)
            high.append(2)
    at = [(r, i) for r, row in enumerate(rows) for i in row]
    matrix = sparse.csr_array(
        (np.ones(len(at)), tuple(np.array(at).T)), shape=(len(rows), len(pairs))
    )
    solved = optimize.milp(
        cost,
        integrality=np.ones(len(pairs)),
        bounds=optimize.Bounds(0, 1),
        constraints=optimize.LinearConstraint(matrix, low, high),
        options={"mip_rel_gap": 0.0},
    )
    assert solved.status == 0
    return -solved.fun
