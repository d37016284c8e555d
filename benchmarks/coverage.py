"""Measure how often nominal 95 % intervals hold the truth, by number of independent lineages.

Simulates clans of equal or of skewed size (log-normal, as families of a hub are), each with a
mutation rate of its own, and counts how often the interval holds the rate of the population.
Prints the Markdown table of docs/similarity.md. About two minutes.
"""

from __future__ import annotations

import argparse

import numpy as np

from cladist.statistics.inference import cluster_bootstrap_ratio, generator, pair_bootstrap_ratio

CLUSTERS = (5, 7, 10, 20, 30, 50, 100, 200)
TRUTH = 1 / 3


def clans(rng: np.random.Generator, number: int, *, skewed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return changed edges and edges of each clan; rates are Beta(1, 2), mean 1/3."""
    edges = np.ceil(rng.lognormal(1, 1, number)) if skewed else np.full(number, 4.0)
    return rng.binomial(edges.astype(int), rng.beta(1, 2, number)).astype(float), edges


def coverage(number: int, simulations: int, *, skewed: bool) -> tuple[float, list[float]]:
    """Return the mean of the effective clusters, and coverage of the three intervals."""
    held, effective = np.zeros(3), 0.0
    for s in range(simulations):
        above, below = clans(generator(s, "coverage", str(number)), number, skewed=skewed)
        effective += below.sum() ** 2 / (below**2).sum() / simulations
        pairs = np.concatenate([[1.0] * int(a) + [0.0] * int(b - a)
                                for a, b in zip(above, below, strict=True)])  # fmt: skip
        draws = [generator(s, "coverage", str(number), k) for k in ("expanded", "plain", "pair")]
        found = (
            cluster_bootstrap_ratio(above, below, replicates=999, rng=draws[0]),
            cluster_bootstrap_ratio(
                above, below, replicates=999, rng=draws[1], interval="percentile"
            ),
            pair_bootstrap_ratio(pairs, np.ones(len(pairs)), replicates=999, rng=draws[2]),
        )
        held += [f.low[0] <= TRUTH <= f.high[0] for f in found]
    return effective, (held / simulations).tolist()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=2000)
    simulations = parser.parse_args().simulations
    print("| clans | sizes | effective clans | interval used | plain percentile | pairs |")
    print("|---:|---|---:|---:|---:|---:|")
    for skewed in (False, True):
        for number in CLUSTERS:
            effective, held = coverage(number, simulations, skewed=skewed)
            shares = " | ".join(f"{100 * h:.1f} %" for h in held)
            print(f"| {number} | {'skewed' if skewed else 'equal'} | {effective:.1f} | {shares} |",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
