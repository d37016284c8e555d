"""The trio statistic D: worked by hand, and what it says when the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from genomes import clans, expected_difference
from hypothesis import given
from hypothesis import strategies as st

from cladist.errors import InputError
from cladist.statistics.contrast import by_parent, contrast, trio_difference
from cladist.statistics.inference import cluster_bootstrap_ratio, generator

SIMULATIONS = 2000
SPREAD = 0.05
#: Rate at which E[D] = 0 if every mutation hits the common target and clans differ by -+ SPREAD:
#: the root of 2 (m^2 + SPREAD^2) - m.
TUNED = (1 + np.sqrt(1 - 16 * SPREAD**2)) / 4


def test_difference__worked_by_hand():
    """Siblings 0.9, parent to each 0.5 and 0.7: D = 0.9 - 0.6."""
    assert trio_difference([0.9], [0.5], [0.7])[0] == pytest.approx(0.3)
    assert np.isnan(trio_difference([0.9], [np.nan], [0.7])[0])


def test_by_parent__each_parent_once_whatever_its_trios():
    found = by_parent([4, 2, 4, 4], [0.1, -1.0, 0.3, np.nan])
    assert found.parent.tolist() == [2, 4]
    assert found.mean.tolist() == pytest.approx([-1.0, 0.2])
    assert found.trios.tolist() == [1, 2]


def test_contrast__worked_by_hand():
    """Clan sums 0.3 and -0.1, weights 3: mean 0.2 / 3; signs ++ and -- are as extreme or more."""
    found = contrast([0.1, 0.2, -0.1], [1, 1, 1], [7, 7, 9], seed=0, names=("test",))
    assert found.by_cluster.estimate[0] == pytest.approx(0.2 / 3)
    assert found.share_positive == pytest.approx(2 / 3)
    assert found.p == 1.0  # |0.2| is reached by all four sign assignments
    assert found.p_greater == 0.5
    assert found.parents == 3
    assert found.by_cluster.clusters.clusters[0] == 2


def test_contrast__without_parents_says_nothing():
    found = contrast([], [], [], seed=0, names=("test",))
    assert np.isnan(found.by_cluster.estimate[0])
    assert np.isnan(found.share_positive)
    assert np.isnan(found.p)
    assert found.parents == 0


@pytest.mark.parametrize(
    ("mean", "weight", "cluster"),
    [([0.1], [1, 1], [1]), ([np.nan], [1], [1]), ([0.1], [-1], [1])],
)
def test_contrast__input_that_cannot_be_used(mean, weight, cluster):
    with pytest.raises(InputError):
        contrast(mean, weight, cluster, seed=0, names=("test",))


@given(st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 3)), min_size=1, max_size=30))
def test_contrast__order_and_labels_leave_the_bytes_alone(rows):
    mean, cluster = (np.array(x) for x in zip(*rows, strict=True))
    weight = np.ones(len(mean))

    def run(order, labels):
        return contrast(mean[order], weight, labels[order], seed=3, names=("x",), replicates=200)

    here = run(np.arange(len(mean)), cluster)
    there = run(np.arange(len(mean))[::-1], 100 - cluster)
    assert np.array_equal(here.p, there.p, equal_nan=True)
    assert here.by_cluster.low.tobytes() == there.by_cluster.low.tobytes()
    assert here.by_pair.high.tobytes() == there.by_pair.high.tobytes()


def rejections(name, rate, directed, *, number_of_clans=40):
    """Share of simulations in which siblings are found closer at 5 %, and the mean of D."""
    rejected, means = 0, []
    for s in range(SIMULATIONS):
        rng = generator(s, "simulation", name)
        mean, clan = clans(
            rng, clans=number_of_clans, parents=3, children=2, loci=30, rate=rate, directed=directed
        )
        found = contrast(
            mean, np.ones(len(mean)), clan, seed=s, names=(name,), replicates=1, flips=399
        )
        rejected += found.p_greater <= 0.05
        means.append(found.by_cluster.estimate[0])
    return rejected / SIMULATIONS, float(np.mean(means))


def test_neutral_mutation__siblings_are_never_found_closer():
    share, mean = rejections("neutral", 0.3, 0.0)
    assert mean == pytest.approx(expected_difference(0.3, 0.0), abs=0.01)
    assert mean < 0
    assert share <= 0.05


def test_no_difference__is_rejected_as_often_as_the_level_says():
    share, mean = rejections("tuned", TUNED, 1.0)
    either = [expected_difference(TUNED + s, 1.0) for s in (-SPREAD, SPREAD)]
    assert sum(either) == pytest.approx(0, abs=1e-12)
    assert mean == pytest.approx(0, abs=0.002)
    assert 0.03 <= share <= 0.07


def test_directed_mutation__is_found():
    share, mean = rejections("directed", 0.6, 1.0)
    assert mean == pytest.approx(expected_difference(0.6, 1.0), abs=0.02)
    assert share > 0.9


def test_coverage__fifty_effective_clusters():
    """Nominal 95 % intervals of D hold the truth in 93 to 97 % of 2,000 simulations."""
    truth = np.mean([expected_difference(r, 0.0) for r in (0.25, 0.35)])
    held = 0
    for s in range(SIMULATIONS):
        mean, clan = clans(
            generator(s, "coverage"), clans=50, parents=3, children=2, loci=30, rate=0.3,
            directed=0.0,
        )  # fmt: skip
        above = np.bincount(clan, mean)
        below = np.bincount(clan).astype(float)
        found = cluster_bootstrap_ratio(
            above, below, replicates=499, rng=generator(s, "coverage", "bootstrap")
        )
        held += found.low[0] <= truth <= found.high[0]
    assert 0.93 <= held / SIMULATIONS <= 0.97
