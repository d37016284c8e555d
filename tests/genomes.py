"""Stars of parents and children with known mutation, to try estimators of resemblance on.

A genome is a row of loci. A child takes each locus of its parent but mutates it with probability
``rate``: to a new value of its own, or with probability ``directed`` to the value that all
children of this parent mutate to. Similarity is the share of loci in which two genomes agree.

Expected values, m = rate, q = directed: s(p, a) = 1 - m; s(a, b) = (1 - m)^2 + (q m)^2. So
E[D] = (1 - m)^2 + (q m)^2 - (1 - m) = -m (1 - m) + (q m)^2: below 0 for q = 0 (neutral), 0 for
(q^2 + 1) m = 1, above it beyond.
"""

from __future__ import annotations

import numpy as np


def expected_difference(rate, directed):
    """E[D] of a trio."""
    return -rate * (1 - rate) + (directed * rate) ** 2


def clans(rng, *, clans, parents, children, loci, rate, directed, spread=0.05):
    """Return D per parent and the clan of each parent.

    ``rate`` varies by clan (standard deviation ``spread``, common to all parents of the clan), so
    that parents of one clan are not independent; E[D] is taken at the clan's own rate.
    """
    of_clan = rate + spread * rng.choice([-1.0, 1.0], clans)
    rates = np.repeat(of_clan, parents)
    shape = (len(rates), children, loci)
    mutated = rng.random(shape) < rates[:, None, None]
    common = rng.random(shape) < directed
    # 0: the parent's value; 1: the common target; other numbers: values of a child's own.
    own = 2 + np.arange(children)[None, :, None]
    genome = np.where(mutated, np.where(common, 1, own), 0)
    first, second = genome[:, 0], genome[:, 1]
    to_parent = (genome[:, :2] == 0).mean(axis=2)
    siblings = (first == second).mean(axis=1)
    difference = siblings - to_parent.mean(axis=1)
    return difference, np.repeat(np.arange(clans), parents)
