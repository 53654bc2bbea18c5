"""Metropolis–Hastings: detailed balance counted and in matrices, moments, adaptation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from mathforml.errors import ArgumentError
from mathforml.monte_carlo import Gaussian, bulk_ess, metropolis_hastings, metropolis_matrix, rhat

CORRELATED = Gaussian([1.0, -2.0], [[1.0, 0.8], [0.8, 2.0]])


def distributions(size):
    return st.lists(st.floats(0.05, 1), min_size=size, max_size=size).map(lambda p: np.array(p) / np.sum(p))


@given(st.data(), st.integers(2, 6))
@settings(deadline=None, max_examples=30)
def test_matrix_is_in_detailed_balance(data, states):
    p = data.draw(distributions(states))
    proposal = np.array([data.draw(distributions(states)) for _ in range(states)])
    matrix = metropolis_matrix(p, proposal)
    flow = p[:, None] * matrix
    np.testing.assert_allclose(flow, flow.T, atol=1e-14)
    np.testing.assert_allclose(p @ matrix, p, atol=1e-14)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-14)
    assert (matrix >= -1e-15).all()
    np.testing.assert_allclose(np.linalg.matrix_power(matrix, 10_000)[0], p, atol=1e-8)


def test_random_walk_is_in_detailed_balance_as_counted():
    # a staircase density on [0, 3): from exact draws, one step; visits i → j and j → i must be equally many
    weights = np.array([0.5, 0.2, 0.3])

    def log_p(x):
        inside = (x[:, 0] >= 0) & (x[:, 0] < 3)
        cells = np.clip(x[:, 0], 0, 2.999).astype(int)
        return np.where(inside, np.log(weights[cells]), -np.inf)

    rng = np.random.default_rng(0)
    before = rng.choice(3, size=400_000, p=weights)
    start = (before + rng.random(len(before)))[:, None]
    chains = metropolis_hastings(log_p, start, 1, warmup=0, scale=0.8, seed=1)
    after = chains.draws[:, 0, 0].astype(int)
    flow = np.zeros((3, 3))
    np.add.at(flow, (before, after), 1)
    i, j = np.triu_indices(3, 1)
    assert (flow[i, j] > 1000).all()
    assert (abs(flow[i, j] - flow[j, i]) < 4 * np.sqrt(flow[i, j] + flow[j, i])).all()
    left = ((np.bincount(after) - len(after) * weights) ** 2 / (len(after) * weights)).sum()
    assert left < chi2.ppf(1 - 1e-4, 2)


def test_moments_of_a_correlated_gaussian():
    chains = metropolis_hastings(CORRELATED.log_density, np.zeros((8, 2)), 10_000, warmup=1000, seed=2)
    mean = chains.average()
    assert (abs(mean.estimate - CORRELATED.mean) < 4 * mean.standard_error).all()
    product = chains.average(lambda x: (x - CORRELATED.mean).prod(axis=-1))
    assert abs(product.estimate - 0.8) < 4 * product.standard_error
    square = chains.average(lambda x: (x - CORRELATED.mean) ** 2)
    assert (abs(square.estimate - [1, 2]) < 4 * square.standard_error).all()
    assert (rhat(chains.draws) < 1.02).all()
    assert (bulk_ess(chains.draws) > 1000).all()


@pytest.mark.parametrize(("d", "target"), [(1, 0.44), (3, 0.234)])
def test_warmup_finds_the_target_acceptance(d, target):
    p = Gaussian(np.zeros(d), 1e-4 * np.eye(d))  # the first scale is off by a hundred
    chains = metropolis_hastings(p.log_density, np.zeros((4, d)), 4000, warmup=3000)
    assert chains.acceptance == pytest.approx(np.full(4, target), abs=0.06)
    chains = metropolis_hastings(p.log_density, np.zeros((4, d)), 4000, warmup=3000, target_acceptance=0.6)
    assert chains.acceptance == pytest.approx(np.full(4, 0.6), abs=0.06)


def test_acceptance_of_a_given_scale_in_closed_form():
    # one dimension, stationary: mean acceptance of a walk of scale s on N(0, 1) is (2/π) arctan(2/s)
    start = np.random.default_rng(0).standard_normal((2000, 1))
    for s in (0.5, 2.4, 8.0):
        chains = metropolis_hastings(lambda x: -(x[:, 0] ** 2) / 2, start, 200, warmup=0, scale=s)
        assert chains.acceptance.mean() == pytest.approx(2 / np.pi * np.arctan(2 / s), abs=0.01)
        assert (chains.step == s).all()


def test_support_is_never_left_and_thinning_keeps_every_kth():
    def log_p(x):
        return np.where((x[:, 0] > 0) & (x[:, 0] < 1), 0.0, -np.inf)

    def walk(samples, thin):
        return metropolis_hastings(log_p, [[0.5]], samples, warmup=10, scale=0.5, thin=thin, seed=4)

    draws = walk(100, 1).draws
    assert ((draws > 0) & (draws < 1)).all()
    np.testing.assert_array_equal(walk(20, 5).draws, draws[:, 4::5])
    assert walk(20, 5).acceptance == walk(100, 1).acceptance


def test_average_of_the_wrong_shape():
    chains = metropolis_hastings(lambda x: -(x[:, 0] ** 2), [[0.5]], 10, scale=1)
    with pytest.raises(ArgumentError, match="one value, or one row, a draw"):
        chains.average(lambda x: x[0])
    with pytest.raises(ArgumentError, match="must be a function"):
        chains.average(3)
    assert isinstance(chains.average(lambda x: x[..., 0]).estimate, float)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"log_p": 0}, "log_p must be a function"),
        ({"start": [0.0]}, "start must have shape \\(chains, d\\)"),
        ({"start": np.zeros((0, 1))}, "at least one chain"),
        ({"start": [[0.0], [np.nan]]}, "start must be finite"),
        ({"log_p": lambda x: np.full(2, -np.inf)}, "positive density in every chain; log_p is -inf in chain 0"),
        ({"log_p": lambda x: np.full(2, np.inf)}, "log_p\\(x\\) must be finite or -inf; entry 0 is inf"),
        ({"log_p": lambda x: np.zeros(3)}, "log_p\\(x\\) must have shape \\(2\\)"),
        (
            {"log_p": lambda x: np.where(x[:, 0] == 0, 0, np.nan)},
            "log_p\\(x\\) must be finite or -inf; entry 0 is nan",
        ),
        ({"samples": 0}, "samples must be"),
        ({"warmup": -1}, "warmup must be"),
        ({"warmup": 0}, "scale must be given where warmup is 0"),
        ({"scale": 0}, "scale must be a number above 0"),
        ({"target_acceptance": 1}, "target_acceptance must be"),
        ({"thin": 0}, "thin must be"),
        ({"seed": "x"}, "seed must be"),
    ],
)
def test_bad_input(change, message):
    arguments = {"log_p": lambda x: -(x[:, 0] ** 2), "start": np.zeros((2, 1)), "samples": 5} | change
    with pytest.raises(ArgumentError, match=message):
        metropolis_hastings(**arguments)


@pytest.mark.parametrize(
    ("p", "proposal", "message"),
    [
        ([0.5, 0.6], np.eye(2), "p must sum to one"),
        ([0.0, 1.0], np.eye(2), "p must be above 0"),
        ([0.5, 0.5], [[0.5, 0.4], [0.5, 0.5]], "proposal must sum to one"),
        ([0.5, 0.5], np.eye(3), "proposal must have shape"),
    ],
)
def test_bad_matrix(p, proposal, message):
    with pytest.raises(ArgumentError, match=message):
        metropolis_matrix(p, proposal)
