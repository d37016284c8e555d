"""Weighted means of several quantities: by hand, unknown values, and single draws."""

from __future__ import annotations

import numpy as np
import pytest

from cladist.statistics import means
from cladist.statistics.means import weighted_means


def told(values, weight=None, many=None, monkeypatch=None, replicates=4000):
    values = np.atleast_2d(np.asarray(values, dtype=float))
    weight = np.ones(values.shape[1]) if weight is None else np.asarray(weight, dtype=float)
    if many is not None:
        monkeypatch.setattr(means, "MANY", many)
    clan = np.arange(values.shape[1]) % 50
    return weighted_means(
        values, weight, {"clan": clan}, replicates=replicates, seed=1, names=("test",)
    )


def test_worked_by_hand():
    """(1 * 0.2 + 3 * 0.6) / 4 = 0.5; the second quantity is unknown for the heavy draw."""
    found = told([[0.2, 0.6], [0.2, np.nan]], [1, 3], replicates=50)
    assert found.mean.tolist() == pytest.approx([0.5, 0.2])
    assert found.n.tolist() == [2, 1]
    assert found.clusters.largest_share.tolist() == pytest.approx([0.75, 1.0])


def test_nothing_known_is_no_number():
    found = told([[np.nan, np.nan]], replicates=50)
    assert np.isnan(found.mean[0])
    assert np.isnan(found.low["pairs"][0])
    assert found.n[0] == 0


@pytest.mark.parametrize("skew", [0.3, 3.0])
def test_many_single_draws__the_limit_stands_for_the_bootstrap(monkeypatch, skew):
    """Above the border the bounds differ by less than a twentieth of the interval."""
    rng = np.random.default_rng(2)
    values = rng.beta(skew, 1, means.MANY + 1)
    weight = rng.integers(1, 4, len(values))
    drawn = told(values, weight, 10**9, monkeypatch)
    limit = told(values, weight, 10, monkeypatch)
    width = drawn.high["pairs"][0] - drawn.low["pairs"][0]
    for bound in ("low", "high"):
        apart = getattr(drawn, bound)["pairs"][0] - getattr(limit, bound)["pairs"][0]
        assert abs(apart) < width / 20
    assert drawn.low["clan"][0] == limit.low["clan"][0]
