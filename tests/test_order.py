"""The linear ordering problem against every permutation and against the whole programme."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from definitions import order as definitions
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cladist.errors import InputError
from cladist.statistics.order import adjacent_support, linear_order, linear_order_batch
from cladist.statistics.order_search import insertion_search, kept


def small(k_max, high):
    return st.integers(1, k_max).flatmap(
        lambda k: hnp.arrays(np.int64, (k, k), elements=st.integers(0, high))
    )


def directed(seed, k=20):
    """Flows with a direction, noise and skewed margins, as licences and tasks have."""
    rng = np.random.default_rng(seed)
    taste, size = rng.standard_normal(k), rng.pareto(0.8, k) + 0.1
    rate = 5 * np.outer(size, size) * np.exp(0.8 * (taste[:, None] - taste[None, :]))
    return rng.poisson(np.minimum(rate, 1e5)).astype(float)


# A hand-worked cycle: 0 -> 1 (5), 1 -> 2 (3), 2 -> 0 (2). Reversing the weakest keeps 8 of 10.
CYCLE = np.array([[0, 5, 0], [0, 0, 3], [2, 0, 0]])


def test_cycle__worked_by_hand():
    found = linear_order(CYCLE)
    assert found.order.tolist() == [0, 1, 2]
    assert (found.objective, found.bound, found.gap) == (8, 8, 0)
    assert found.optimal
    assert found.unique is True
    assert (found.net_traffic, found.total_traffic, found.directedness) == (10, 10, 1)
    assert found.forward_share == 0.8
    assert (found.pairs_compatible, found.pairs_total) == (2, 3)


def test_even_cycle__tied_values_share_ranks_and_small_indices_lead():
    found = linear_order(np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]]))
    assert found.order.tolist() == [0, 1, 2]
    assert found.unique is False
    assert found.rank.tolist() == [1, 1, 1]


def test_fork__children_without_traffic_between_them_are_tied():
    found = linear_order(np.array([[0, 4, 4], [0, 0, 0], [0, 0, 0]]))
    assert found.rank.tolist() == [1, 2, 2]
    assert found.unique is False


def test_rank__ties_are_not_passed_along_a_chain():
    """1 -> 2 is kept and 0 is free of both: 0 ties with 1 but not with both at once."""
    flow = np.zeros((4, 4))
    flow[0, 3], flow[1, 2], flow[2, 3] = 1, 9, 9
    found = linear_order(flow)
    assert found.order.tolist() == [0, 1, 2, 3]
    assert found.rank.tolist() == [1, 1, 3, 4]


def test_components__by_total_flow_then_values_without_net_flow():
    flow = np.zeros((6, 6))
    flow[4, 1] = 5
    flow[3, 0] = 9
    flow[2, 5] = flow[5, 2] = 50  # balanced: traffic without direction
    found = linear_order(flow)
    assert found.order.tolist() == [3, 0, 4, 1, 2, 5]
    assert found.component.tolist() == [0, 0, 1, 1, 2, 3]
    assert found.unique is True
    assert found.net_traffic == 14
    assert found.total_traffic == 114


@pytest.mark.parametrize("k", [0, 1, 3])
def test_no_flow__index_order_and_undefined_shares(k):
    found = linear_order(np.zeros((k, k)))
    assert found.order.tolist() == list(range(k))
    assert np.isnan(found.directedness)
    assert np.isnan(found.forward_share)
    assert found.optimal
    assert found.unique
    assert found.gap == 0


def test_rounding_noise_is_not_direction():
    flow = np.array([[0, 0.1 + 0.2], [0.3, 0]])
    assert linear_order(flow).pairs_total == 0


@pytest.mark.parametrize("flow", [[[0, 1]], [[0, -1], [0, 0]], [[0, np.nan], [0, 0]], [1, 2]])
def test_flow_that_cannot_be_used(flow):
    with pytest.raises(InputError):
        linear_order(flow)


@settings(max_examples=150, deadline=None)
@given(flow=small(8, 4), weighted=st.booleans(), parts=st.sampled_from([1, 6]))
def test_small__equals_every_permutation(flow, weighted, parts):
    flow = flow / parts
    most, orders = definitions.best_orders(flow, weighted=weighted)
    found = linear_order(flow, weighted=weighted)
    assert found.optimal
    assert found.objective == pytest.approx(most)
    assert tuple(found.order.tolist()) in orders
    label = dict(zip(found.order.tolist(), found.component.tolist(), strict=True))

    def within(p):
        return tuple(tuple(v for v in p if label[v] == c) for c in set(label.values()))

    assert found.unique == (len({within(p) for p in orders}) == 1)
    assert found.rank.tolist() == literal_ranks(found.order.tolist(), label, orders)


def literal_ranks(order, label, orders) -> list[int]:
    """A value joins the rank before it if some optimal order turns it round with each there."""
    ranks, members = [], []
    for position, v in enumerate(order, start=1):
        tied = all(label[u] == label[v] for u in members) and all(
            any(p.index(v) < p.index(u) for p in orders) for u in members
        )
        members = [*members, v] if members and tied else [v]
        ranks.append(ranks[-1] if len(members) > 1 else position)
    return ranks


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.integers(9, 16), st.booleans())
def test_random__equals_full_formulation(seed, k, weighted):
    flow = np.random.default_rng(seed).integers(0, 7, (k, k))
    found = linear_order(flow, weighted=weighted)
    assert found.optimal
    expected = definitions.full_formulation(flow, weighted=weighted)
    assert found.objective == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("k", [20, 25])
def test_directed__equals_full_formulation(k):
    flow = directed(k, k)
    expected = definitions.full_formulation(flow)
    assert linear_order(flow).objective == pytest.approx(expected, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40))
def test_planted_order_is_found(seed, k):
    """Traffic only along a planted order, some between every two neighbours: unique, all kept."""
    rng = np.random.default_rng(seed)
    planted = rng.permutation(k)
    upper = np.triu(rng.integers(0, 3, (k, k)), 1) + np.eye(k, k=1, dtype=int)
    flow = np.zeros((k, k), dtype=int)
    flow[np.ix_(planted, planted)] = upper
    found = linear_order(flow)
    assert found.order.tolist() == planted.tolist()
    assert found.unique is True
    assert found.forward_share == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9), st.floats(0.01, 100))
def test_relabelled_and_scaled__same_optimum(seed, k, factor):
    rng = np.random.default_rng(seed)
    flow = rng.random((k, k))
    perm = rng.permutation(k)
    found, other = linear_order(flow), linear_order(flow[np.ix_(perm, perm)] * factor)
    assert other.objective == pytest.approx(found.objective * factor)
    if found.unique:
        assert perm[other.order].tolist() == found.order.tolist()


def test_fractional_relaxation__is_branched_on():
    """Random tournaments of 22 values leave the relaxation fractional; the optimum is proved."""
    flow = np.random.default_rng(4).integers(0, 6, (22, 22))
    found = linear_order(flow)
    assert found.optimal
    assert found.objective == pytest.approx(definitions.full_formulation(flow), abs=1e-6)


def test_large__bound_holds_and_gap_is_stated():
    flow = np.random.default_rng(0).integers(0, 9, (70, 70))
    found = linear_order(flow, time_limit=3.0)
    assert not found.optimal
    assert found.unique is None
    assert found.objective < found.bound <= found.net_traffic
    assert found.gap == pytest.approx((found.bound - found.objective) / found.bound)
    assert found.objective == definitions.kept(flow.tolist(), found.order.tolist())


def test_no_time__falls_back_to_the_local_search():
    found = linear_order(directed(1), time_limit=0.0)
    assert not found.optimal
    assert found.objective <= linear_order(directed(1)).objective <= found.bound


def test_insertion_search__never_loses():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        flow = rng.integers(0, 9, (12, 12)).astype(float)
        gain, start = flow - flow.T, rng.permutation(12)
        end = insertion_search(gain, start)
        assert kept(gain, end) >= kept(gain, start)
        for value in end:  # no single move is better
            rest = end[end != value]
            for q in range(12):
                assert kept(gain, np.insert(rest, q, value)) <= kept(gain, end) + 1e-9


def test_batch__same_objective_as_one_by_one():
    flows = np.stack([directed(s, 12) for s in range(10)] + [np.zeros((12, 12))])
    orders = linear_order_batch(flows)
    for flow, order in zip(flows, orders, strict=True):
        assert definitions.kept(flow, order.tolist()) == linear_order(flow).objective
    assert linear_order_batch(np.zeros((0, 3, 3))).shape == (0, 3)
    with pytest.raises(InputError):
        linear_order_batch(flows[0])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 8).flatmap(
        lambda k: hnp.arrays(np.int64, (3, k, k), elements=st.integers(0, 5))
    ),
    st.booleans(),
)
def test_batch__as_good_as_any_order(flows, weighted):
    orders = linear_order_batch(flows, weighted=weighted)
    assert (np.sort(orders, axis=1) == np.arange(flows.shape[1])).all()
    for flow, order in zip(flows, orders, strict=True):
        most, _ = definitions.best_orders(flow, weighted=weighted)
        assert definitions.kept(flow, order.tolist(), weighted=weighted) == most


def test_batch__cuts_of_one_flow_do_no_harm_to_the_next():
    """Cyclic groups too large for subsets share a programme by size."""
    rng = np.random.default_rng(2)
    flows = rng.integers(0, 20, (12, 14, 14)).astype(float)
    orders = linear_order_batch(flows)
    for flow, order in zip(flows, orders, strict=True):
        assert definitions.kept(flow, order.tolist()) == definitions.full_formulation(flow)


def test_support__counts_ties_one_half_and_is_null_across_components():
    flow = np.array([[0, 5, 0, 0], [0, 0, 0, 0], [0, 0, 0, 2], [0, 0, 0, 0]])
    against = flow.T.copy()
    silent = np.zeros((4, 4))
    flows = np.stack([flow, flow, against, silent])
    found = linear_order(flow)
    orders = linear_order_batch(flows)
    support = adjacent_support(found.order, orders, flows=flows, component=found.component)
    np.testing.assert_array_equal(support, [0.625, np.nan, 0.625, np.nan])
    assert np.isnan(adjacent_support([0, 1], np.zeros((0, 2), int))).all()
    np.testing.assert_array_equal(adjacent_support([0, 1], [[0, 1], [1, 0]]), [0.5, np.nan])


def test_support__traffic_through_a_third_value_is_direction():
    """0 -> 2 -> 1 tells 0 from 1 without traffic between them."""
    flow = np.zeros((1, 3, 3))
    flow[0, 0, 2] = flow[0, 2, 1] = 1
    orders = linear_order_batch(flow)
    np.testing.assert_array_equal(
        adjacent_support([0, 1, 2], orders, flows=flow), [1.0, 0.0, np.nan]
    )


def test_support__shapes_that_do_not_fit():
    with pytest.raises(InputError):
        adjacent_support([0, 1], [[0, 1, 2]])
    with pytest.raises(InputError):
        adjacent_support([0, 1], [[0, 1]], flows=np.zeros((2, 2, 2)))


def test_solver_prints_nothing():
    code = (
        "from cladist.statistics.order import linear_order; linear_order([[0,5,0],[0,0,3],[2,0,0]])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_speed__twenty_values_and_three_hundred_resamples():
    flow = directed(3)
    linear_order(flow)
    found = linear_order(flow)
    assert found.optimal
    flows = np.random.default_rng(0).poisson(flow, (300, 20, 20))
    linear_order_batch(flows)


def test_linear_order__another_user_of_the_solver_does_not_spoil_it():
    """HiGHS refuses one thread once its scheduler runs with more; the order stays proved."""
    code = """
import highspy, numpy as np
other = highspy.Highs()
other.setOptionValue("output_flag", False)
other.setOptionValue("threads", 2)
other.addVar(0, 1)
other.run()
from cladist.statistics.order import linear_order
flow = np.random.default_rng(1).pareto(1.2, (12, 12)) * (1 - np.eye(12))
found = linear_order(flow)
assert found.optimal, found
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
