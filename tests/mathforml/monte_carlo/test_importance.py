"""Importance sampling: closed forms for Gaussian targets and proposals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from mathforml.errors import ArgumentError
from mathforml.monte_carlo import Gaussian, importance_sampling, smooth_weights, weight_ess


def log_p(x):
    return norm.logpdf(x)


def wide(tau):
    return lambda x: norm.logpdf(x, scale=tau), lambda rng, size: tau * rng.standard_normal(size)


@pytest.mark.parametrize("tau", [0.9, 1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("self_normalised", [False, True])
def test_variance_of_the_mean_in_closed_form(tau, self_normalised):
    # p²/q is τ s N(0, s²) with s² = 1/(2 − 1/τ²), so Var_q(w x) = τ s³ and E_q[w²] = τ s
    s = (2 - tau**-2) ** -0.5
    result = importance_sampling(lambda x: x, log_p, *wide(tau), 400_000, self_normalised=self_normalised, seed=1)
    assert result.samples * result.standard_error**2 == pytest.approx(tau * s**3, rel=0.05)
    assert abs(result.estimate) < 4 * result.standard_error
    assert result.effective_samples / result.samples == pytest.approx(1 / (tau * s), rel=0.05)


@pytest.mark.parametrize("self_normalised", [False, True])
def test_standard_error_is_the_spread_of_estimates(self_normalised):
    rng = np.random.default_rng(0)
    results = [
        importance_sampling(np.square, log_p, *wide(1.5), 1000, self_normalised=self_normalised, seed=rng)
        for _ in range(300)
    ]
    scores = np.array([(r.estimate - 1) / r.standard_error for r in results])
    assert abs(scores.mean()) < 4 / np.sqrt(300) + 0.05
    assert scores.std() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("d", [1, 4, 9])
def test_effective_samples_fall_with_dimension_as_in_closed_form(d):
    p, q = Gaussian(np.zeros(d), np.eye(d)), Gaussian(np.full(d, 0.3), np.eye(d))
    result = importance_sampling(lambda x: x, p.log_density, q.log_density, q.sample, 200_000)
    assert result.effective_samples / result.samples == pytest.approx(np.exp(-0.09 * d), rel=0.05)
    assert (abs(result.estimate) < 4 * result.standard_error).all()


def test_collapse_shows_in_pareto_k():
    def k(d):
        p, q = Gaussian(np.zeros(d), np.eye(d)), Gaussian(np.zeros(d), 2 * np.eye(d))
        return importance_sampling(lambda x: x, p.log_density, q.log_density, q.sample, 10_000).pareto_k

    assert k(1) < 0.5  # weights are bounded
    assert k(50) > 0.7


def test_narrow_proposal_has_the_shape_of_its_tail():
    # w = p/q grows like u^(−k) with k = 1 − τ², here 0.75
    log_q, sampler = wide(0.5)
    found = [importance_sampling(np.square, log_p, log_q, sampler, 10_000, seed=s).pareto_k for s in range(10)]
    assert np.mean(found) == pytest.approx(0.75, abs=0.1)


def test_normaliser_of_an_unnormalised_target():
    result = importance_sampling(np.square, lambda x: log_p(x) + 7, *wide(1.5), 100_000)
    relative = np.sqrt(1 / result.effective_samples - 1 / result.samples)
    assert abs(result.log_normaliser - 7) < 4 * relative
    assert abs(result.estimate - 1) < 4 * result.standard_error


@given(st.integers(0, 500), st.floats(-600, 600))
@settings(deadline=None, max_examples=20)
def test_self_normalised_forgets_constants(seed, constant):
    arguments = (*wide(1.5), 100)
    one = importance_sampling(np.square, log_p, *arguments, seed=seed)
    two = importance_sampling(np.square, lambda x: log_p(x) + constant, *arguments, seed=seed)
    assert two.estimate == pytest.approx(one.estimate, rel=1e-9)
    assert two.log_normaliser - one.log_normaliser == pytest.approx(constant, abs=1e-9)


def test_normalised_estimate_is_unbiased():
    rng = np.random.default_rng(3)
    values = [
        importance_sampling(np.square, log_p, *wide(2.0), 10, self_normalised=False, seed=rng).estimate
        for _ in range(2000)
    ]
    assert abs(np.mean(values) - 1) < 4 * np.std(values) / np.sqrt(2000)


def test_smoothing_is_that_of_smooth_weights():
    raw = importance_sampling(np.square, log_p, *wide(0.6), 1000)
    smooth = importance_sampling(np.square, log_p, *wide(0.6), 1000, smooth=True)
    expected, k = smooth_weights(raw.log_weights)
    np.testing.assert_array_equal(smooth.log_weights, expected)
    assert smooth.pareto_k == raw.pareto_k == k


def test_target_with_bounded_support_and_few_samples():
    def half(x):
        return np.where(x > 0, 0.0, -np.inf) + log_p(x)

    result = importance_sampling(lambda x: x, half, *wide(1.0), 50_000)
    assert abs(result.estimate - np.sqrt(2 / np.pi)) < 4 * result.standard_error
    assert np.isnan(importance_sampling(lambda x: x, log_p, *wide(1.0), 10).pareto_k)


def test_a_single_draw_within_the_target_is_no_evidence():
    # its weight is all there is: no spread, hence a standard error of 0, and k̂ must say so
    result = importance_sampling(lambda x: x, lambda x: np.where(x == x.max(), 0.0, -np.inf), *wide(1.0), 100)
    assert (result.standard_error, result.effective_samples) == (0, 1)
    assert result.pareto_k == np.inf


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=20))
@settings(deadline=None, max_examples=30)
def test_weight_ess_is_between_one_and_all(log_weights):
    ess = weight_ess(log_weights)
    assert 1 - 1e-9 <= ess <= len(log_weights) + 1e-9
    assert weight_ess([3.0] * len(log_weights)) == pytest.approx(len(log_weights))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"f": 1}, "f must be a function"),
        ({"log_p": None}, "log_p must be a function"),
        ({"sampler": "q"}, "sampler must be a function"),
        ({"samples": 1}, "samples must be a whole number of at least 2"),
        ({"log_p": lambda x: np.zeros((len(x), 2))}, "log_p\\(x\\) must have shape"),
        ({"log_q": lambda x: np.full(len(x), -np.inf)}, "log_q\\(x\\) must be finite"),
        ({"log_p": lambda x: np.full(len(x), np.nan)}, "log_p\\(x\\) must be finite or -inf; entry 0 is nan"),
        ({"log_p": lambda x: np.full(len(x), np.inf)}, "log_p\\(x\\) must be finite or -inf; entry 0 is inf"),
        ({"f": lambda x: np.full(len(x), np.nan)}, "f\\(x\\) must be finite"),
        ({"log_p": lambda x: np.full(len(x), -np.inf)}, "proposal misses the target"),
        ({"log_p": lambda x: np.full(len(x), 1e3), "self_normalised": False}, "without self-normalisation"),
        ({"smooth": True, "samples": 10}, "at least 25 weights"),
        ({"f": lambda x: x[:-1]}, "one value a point"),
    ],
)
def test_bad_input(change, message):
    log_q, sampler = wide(2.0)
    arguments = {"f": np.square, "log_p": log_p, "log_q": log_q, "sampler": sampler, "samples": 50} | change
    with pytest.raises(ArgumentError, match=message):
        importance_sampling(**arguments)


def test_weight_ess_refuses_weights_of_zero():
    with pytest.raises(ArgumentError, match="misses the target"):
        weight_ess([-np.inf])
