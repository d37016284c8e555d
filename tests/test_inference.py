"""Intervals, tests and seeds against enumeration, SciPy, and worked examples."""

from __future__ import annotations

import numpy as np
import pytest
from definitions import inference as definitions
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cladist.errors import InputError
from cladist.statistics.inference import (
    SMALLEST_P,
    benjamini_hochberg,
    cluster_bootstrap_ratio,
    cluster_summary,
    generator,
    pair_bootstrap_ratio,
    round_digits,
    seed_sequence,
    sign_flip_test,
    sign_test,
)

values = st.lists(st.integers(-6, 6), min_size=1, max_size=10)


def rng(*names):
    return generator(1, "test", *names)


# seeds -------------------------------------------------------------------------------------


def test_seed__depends_on_the_name_alone_and_is_framed():
    first = generator(7, "mutation", "license").random(3)
    assert (generator(7, "mutation", "license").random(3) == first).all()
    others = [("mutation", "language"), ("mutationlicense",), ("mutation", "license", ""), ()]
    for names in others:
        assert (generator(7, *names).random(3) != first).all()
    assert (generator(8, "mutation", "license").random(3) != first).all()
    with pytest.raises(InputError):
        seed_sequence(-1)


def test_seed__stream_is_fixed_for_ever():
    """A change here changes every published interval."""
    key = seed_sequence(1, "mutation", "license", "clan").spawn_key
    assert len(key) == 8
    assert key[0] == SPAWN_WORD


# b"".join of 8-byte little-endian length and UTF-8 text, then hashlib.sha256, first word:
# python -c "import hashlib as h; r=[b'mutation', b'license', b'clan'];
#   print(int.from_bytes(h.sha256(b''.join(len(x).to_bytes(8,'little')+x for x in r)).digest()[:4],
#   'little'))"
SPAWN_WORD = 4092763588


def test_round_digits():
    assert round_digits([1 / 3, -0.0, 12345.678901234567]).tolist() == [
        0.333333333333,
        0.0,
        12345.6789012,
    ]
    assert np.isnan(round_digits(np.nan))


# clusters ----------------------------------------------------------------------------------


def test_summary__worked_by_hand():
    """w = 6, 2, 2, 0: Kish 100/44, largest 0.6; without the first (1 + 1) / (2 + 2)."""
    found = cluster_summary([3, 1, 1, 0], [6, 2, 2, 0])
    assert found.clusters.tolist() == [3]
    assert found.clusters_effective[0] == pytest.approx(100 / 44)
    assert found.largest_share[0] == 0.6
    assert found.few.tolist() == [True]
    assert found.without_largest[0] == 0.5


def test_summary__few_by_number_or_by_share():
    assert not cluster_summary(np.ones(30), np.ones(30)).few[0]
    assert cluster_summary(np.ones(29), np.ones(29)).few[0]
    weights = np.append(np.ones(4000), 1200)  # 19 effective
    assert cluster_summary(weights, weights).few[0]


def test_summary__empty_and_single():
    none, one = cluster_summary([[0.0], [1.0]], [[0.0], [2.0]]).clusters.tolist()
    assert (none, one) == (0, 1)
    assert np.isnan(cluster_summary([], []).clusters_effective[0])
    assert np.isnan(cluster_summary([1], [2]).without_largest[0])


@given(st.lists(st.integers(1, 50), min_size=1, max_size=12))
def test_summary__kish(weights):
    found = cluster_summary(np.zeros(len(weights)), weights)
    assert found.clusters_effective[0] == pytest.approx(float(definitions.kish(weights)))
    assert 1 - 1e-9 <= found.clusters_effective[0] <= len(weights) + 1e-9


# bootstrap ---------------------------------------------------------------------------------


def test_bootstrap__draws_the_exact_distribution():
    """The low end of the replicates as by enumeration of all resamples."""
    num, den = [0, 1, 3, 2], [2, 1, 4, 6]
    exact = definitions.bootstrap_distribution(num, den)
    tail, low = 0.0, None
    for ratio, share in sorted(exact.items()):
        tail += float(share)
        if low is None and tail >= 0.025:
            low = float(ratio)
    found = cluster_bootstrap_ratio(
        num, den, replicates=20_000, rng=rng("exact"), interval="percentile"
    )
    assert found.low[0] == pytest.approx(low, abs=0.01)


@pytest.mark.parametrize(("shared", "single"), [(40, 0), (40, 30), (40, 400), (3, 300)])
def test_bootstrap__spreads_as_theory_says_however_clusters_repeat(shared, single):
    """Clusters that many share are drawn at once, others one by one: no difference in spread."""
    draw = np.random.default_rng(3)
    num = np.append(np.tile([0.0, 1, 3, 2], shared), draw.integers(0, 5, single))
    den = np.append(np.tile([2.0, 1, 4, 6], shared), 5 + draw.random(single))
    found = cluster_bootstrap_ratio(
        num, den, replicates=4000, rng=rng("linear"), interval="percentile"
    )
    residual = num - found.estimate * den
    error = np.sqrt((residual**2).sum()) / den.sum()
    assert (found.high - found.low)[0] == pytest.approx(2 * 1.96 * error, rel=0.08)
    assert (found.high + found.low)[0] / 2 == pytest.approx(found.estimate[0], abs=error / 4)


def test_bootstrap__shape_order_padding_and_groups_leave_the_bytes_alone():
    draw = np.random.default_rng(0)
    den = draw.integers(0, 5, (3, 200)).astype(float)
    num = den * draw.random((3, 200))
    perm = draw.permutation(200)
    base = cluster_bootstrap_ratio(num, den, replicates=200, rng=rng("a"))
    moved = cluster_bootstrap_ratio(num[:, perm], den[:, perm], replicates=200, rng=rng("a"))
    padded = cluster_bootstrap_ratio(
        np.pad(num, ((0, 0), (0, 50))), np.pad(den, ((0, 0), (0, 50))), replicates=200, rng=rng("a")
    )
    for other in (moved, padded):
        for name in ("estimate", "low", "high", "n"):
            assert getattr(other, name).tobytes() == getattr(base, name).tobytes()
    assert (base.low < base.estimate).all()
    assert (base.estimate < base.high).all()


def test_bootstrap__undefined_cases():
    den = np.array([[0, 0, 0, 0], [5, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1]])
    found = cluster_bootstrap_ratio(den, den, replicates=2000, rng=rng("undefined"))
    assert np.isnan(found.estimate).tolist() == [True, False, False, False]
    assert np.isnan(found.low).tolist() == [True, True, False, False]
    assert found.undefined[0] == 2000
    assert found.undefined[2] == pytest.approx(2000 / 16, rel=0.4)  # both absent: (1/2)^4
    assert found.undefined[3] == 0
    assert found.high[2:].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("num", "den", "options"),
    [
        ([1], [1, 2], {}),
        ([1], [-1], {}),
        ([np.nan], [1], {}),
        ([1], [0], {}),
        ([1], [1], {"replicates": 0}),
        ([1], [1], {"level": 1.0}),
        ([1], [1], {"interval": "bca"}),
    ],
)
def test_bootstrap__input_that_cannot_be_used(num, den, options):
    with pytest.raises(InputError):
        cluster_bootstrap_ratio(num, den, **{"replicates": 9, "rng": rng(), **options})


def test_pair_bootstrap__groups_do_not_share_draws_and_match_theory():
    num = np.zeros((2, 1000))
    den = np.zeros((2, 1000))
    den[0, :600], den[1, 600:] = 1, 1
    num[0, :150], num[1, 600:800] = 1, 1
    found = pair_bootstrap_ratio(num, den, replicates=4000, rng=rng("pairs"))
    assert found.estimate.tolist() == [0.25, 0.5]
    widths = 2 * 1.96 * np.sqrt([0.25 * 0.75 / 600, 0.25 / 400])
    np.testing.assert_allclose(found.high - found.low, widths, rtol=0.08)
    assert found.undefined.tolist() == [0, 0]
    assert found.interval == "percentile"


def test_expanded_is_wider_under_few_clusters_and_the_same_under_many():
    def width(k, interval):
        den = np.ones(k)
        num = np.arange(k) / k
        found = cluster_bootstrap_ratio(
            num, den, replicates=3000, rng=rng("width"), interval=interval
        )
        return float(found.high[0] - found.low[0])

    # 1.29 for a normal distribution of replicates; less here, where values have short tails
    assert 1.1 < width(8, "expanded") / width(8, "percentile") < 1.29
    assert width(5000, "expanded") == pytest.approx(width(5000, "percentile"), rel=0.02)


@given(st.integers(2, 60), st.integers(1, 5), st.floats(0.8, 0.99))
@settings(max_examples=30, deadline=None)
def test_limits__of_equal_clusters_that_all_agree_the_exact_binomial_interval(number, size, level):
    """None of n: Clopper and Pearson; worked by hand for 40: 1 - 0.025 ** (1 / 40) = 0.0881."""
    below = np.full(number, float(size))
    for share, limits in ((0.0, (0.0, 1.0)), (1.0, (0.0, 1.0)), (-1.0, (-1.0, 1.0))):
        found = cluster_bootstrap_ratio(
            share * below, below, replicates=20, rng=rng("limits"), level=level, limits=limits
        )
        events = number if share == 1 else 0
        exact = stats.binomtest(events, number).proportion_ci(level, "exact")
        width = limits[1] - limits[0]
        ends = [limits[0] + width * end for end in (exact.low, exact.high)]
        np.testing.assert_allclose([found.low[0], found.high[0]], ends, rtol=1e-9, atol=1e-12)
        plain = cluster_bootstrap_ratio(share * below, below, replicates=20, rng=rng("limits"))
        assert plain.low[0] == plain.high[0] == share


def test_limits__what_seldom_happens_is_not_excluded_where_it_never_did():
    """40 clusters, a chance of 0.02 each: in 45 % of hubs nothing happens at all."""
    draws, below = rng("seldom").random((300, 40)) < 0.02, np.full(40, 3.0)
    held = []
    for events in draws:
        above = 3.0 * events
        told = cluster_bootstrap_ratio(
            above, below, replicates=200, rng=rng("held"), limits=(0.0, 1.0)
        )
        held.append(told.low[0] <= 0.02 <= told.high[0])
        if above.any():  # nothing else has changed
            plain = cluster_bootstrap_ratio(above, below, replicates=200, rng=rng("held"))
            assert (plain.low[0], plain.high[0]) == (told.low[0], told.high[0])
    assert 0.4 < np.mean(~draws.any(axis=1)) < 0.5
    assert np.mean(held) > 0.9


@pytest.mark.parametrize("interval", ["expanded", "percentile"])
def test_coverage__sixty_clusters(interval):
    """400 simulated hubs with clusters of skewed size and their own rate, mean 1/3."""
    covered = 0
    for s in range(400):
        draw = np.random.default_rng(s)
        den = np.ceil(draw.lognormal(1, 1, 60))
        num = draw.binomial(den.astype(int), draw.beta(1, 2, 60))
        found = cluster_bootstrap_ratio(
            num, den, replicates=499, rng=generator(s, "coverage"), interval=interval
        )
        covered += found.low[0] <= 1 / 3 <= found.high[0]
    assert 0.91 <= covered / 400 <= 0.98


def test_speed__a_hundred_thousand_clusters():
    draw = np.random.default_rng(0)
    den = draw.poisson(0.3, (5, 100_000))
    num = draw.binomial(den, 0.3)
    cluster_bootstrap_ratio(num, den, replicates=2000, rng=rng("speed"))


# signs -------------------------------------------------------------------------------------


@given(values)
def test_sign_flip__equals_enumeration(x):
    found = sign_flip_test(x, rng=rng())
    n = sum(v != 0 for v in x)
    assert found.n == n
    assert found.exact
    if n:
        assert found.p == float(definitions.sign_flip(x))
        assert found.p >= found.p_min
    else:
        assert np.isnan(found.p)


@settings(max_examples=20)
@given(st.lists(st.floats(-5, 5, allow_nan=False, width=32), min_size=1, max_size=9))
def test_sign_flip__fractions(x):
    kept = [v for v in x if abs(v) > 1e-3]
    if kept:
        assert sign_flip_test(kept, rng=rng()).p == float(definitions.sign_flip(kept))


def test_sign_flip__one_sided_data_reach_the_least_p():
    found = sign_flip_test(np.arange(1, 21), rng=rng())
    assert (found.p, found.p_min, found.positive) == (2 / 2**20, 2 / 2**20, 20)


@pytest.mark.parametrize("repeat", [1, 6])
def test_sign_flip__monte_carlo_agrees_with_the_exact_share(repeat):
    """24 values, by coins (all sizes differ) or by binomials (sizes repeat)."""
    x = np.repeat(np.linspace(1, 3, 24 // repeat), repeat) * np.resize([1, 1, -1, 1], 24)
    found = sign_flip_test(x, rng=rng("flips"), replicates=19_999)
    assert not found.exact
    sums = np.zeros(1)
    for v in x:
        sums = np.concatenate([sums + v, sums - v])
    exact = np.mean(np.abs(sums) >= abs(x.sum()) - 1e-9)
    assert found.p == pytest.approx(exact, abs=0.012)
    again = sign_flip_test(x[::-1], rng=rng("flips"), replicates=19_999)
    assert again.p == found.p


def test_sign_flip__p_is_never_zero_and_is_uniform_under_the_null():
    assert sign_flip_test(np.ones(60), rng=rng(), replicates=99).p == 1 / 100
    draw = np.random.default_rng(5)
    p = [sign_flip_test(draw.standard_normal(12), rng=rng()).p for _ in range(400)]
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.09


@given(st.integers(0, 300), st.integers(0, 300))
def test_sign_test__equals_scipy(plus, minus):
    found = sign_test([1] * plus + [-2] * minus + [0] * 3)
    if plus + minus == 0:
        assert np.isnan(found.p)
    else:
        assert found.p == pytest.approx(stats.binomtest(plus, plus + minus).pvalue, rel=1e-9)
    assert (found.n, found.positive) == (plus + minus, plus)


@given(values.filter(any))
def test_sign_test__equals_enumeration(x):
    assert sign_test(x).p == pytest.approx(float(definitions.sign_test(x)))


@pytest.mark.parametrize("votes", [1_000, 1_024, 5_000])
def test_sign_test__is_never_0(votes):
    """2 / 2^1000 = 1.9e-301; of 1,024 and more a double holds no such number."""
    found = sign_test([1.0] * votes)
    assert found.p == pytest.approx(found.p_min, rel=1e-9)
    assert found.p == pytest.approx(max(2.0 ** (1 - votes), SMALLEST_P), rel=1e-9)
    assert found.p > 0
    assert benjamini_hochberg([found.p, 1.0])[0] > 0


def test_signs__input_that_cannot_be_used():
    with pytest.raises(InputError):
        sign_test([np.nan])
    with pytest.raises(InputError):
        sign_flip_test([1], rng=rng(), replicates=0)


# false discovery rate ----------------------------------------------------------------------


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_bh__equals_scipy_and_is_monotone(p):
    q = benjamini_hochberg(p)
    np.testing.assert_allclose(q, stats.false_discovery_control(p), rtol=1e-12)
    assert (q >= np.array(p) * (1 - 1e-12)).all()
    assert (np.diff(q[np.argsort(p)]) >= 0).all()


@given(st.lists(st.integers(0, 20), min_size=1, max_size=7))
def test_bh__equals_the_step_up_procedure(twentieths):
    p = [v / 20 for v in twentieths]
    np.testing.assert_allclose(benjamini_hochberg(p), definitions.benjamini_hochberg(p), rtol=1e-9)


def test_bh__untested_hypotheses_stay_out_of_the_family():
    """0.01 x 2 / 1 = 0.02 of two tests, not 0.03 of three."""
    np.testing.assert_allclose(benjamini_hochberg([0.01, np.nan, 0.4]), [0.02, np.nan, 0.4])
    assert benjamini_hochberg([]).size == 0
    with pytest.raises(InputError):
        benjamini_hochberg([1.5])
