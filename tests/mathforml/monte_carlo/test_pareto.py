"""Pareto k: known shapes, scipy's maximum likelihood, known collapse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import genpareto

from mathforml.errors import ArgumentError
from mathforml.monte_carlo import fit_generalised_pareto, pareto_k, smooth_weights


@pytest.mark.parametrize("k", [-0.3, 0.0, 0.2, 0.5, 0.7, 1.0, 1.5])
def test_known_shape_and_scale(k):
    fits = np.array(
        [fit_generalised_pareto(genpareto.rvs(k, scale=3, size=1000, random_state=seed)) for seed in range(50)]
    )
    assert fits[:, 0].mean() == pytest.approx(k, abs=4 * (1 + abs(k)) / np.sqrt(50_000))
    assert fits[:, 1].mean() == pytest.approx(3, rel=0.04)


@pytest.mark.parametrize("k", [0.1, 0.5, 1.0])
def test_close_to_maximum_likelihood(k):
    x = genpareto.rvs(k, size=2000, random_state=1)
    shape, _, scale = genpareto.fit(x, floc=0)
    fit = fit_generalised_pareto(x)
    assert fit == pytest.approx((shape, scale), abs=0.02)


@given(st.integers(0, 1000), st.floats(1e-200, 1e200))
@settings(deadline=None, max_examples=30)
def test_scale_carries_over(seed, scale):
    x = np.random.default_rng(seed).pareto(2, size=100)
    k, sigma = fit_generalised_pareto(x)
    scaled = fit_generalised_pareto(x * scale)
    assert scaled[0] == pytest.approx(k, rel=1e-9)
    assert scaled[1] == pytest.approx(sigma * scale, rel=1e-9)


def test_equal_exceedances_hit_the_zero_of_the_grid():
    k, sigma = fit_generalised_pareto(np.full(100, 2.0))
    assert k < 0
    assert np.isfinite(sigma)


@pytest.mark.parametrize("k", [0.1, 0.4, 0.7, 1.0, 2.0])
def test_weights_with_a_pareto_tail(k):
    found = [pareto_k(-k * np.log(np.random.default_rng(seed).random(10_000))) for seed in range(20)]
    prior = (300 * k + 5) / 310
    assert np.mean(found) == pytest.approx(prior, abs=4 * (1 + k) / np.sqrt(300 * 20))


def test_bounded_weights_are_safe_and_wide_ones_are_not():
    x = np.random.default_rng(0).standard_normal((4000, 50))
    assert pareto_k(-0.1 * np.abs(x[:, 0])) < 0.5
    narrow = (-0.5 * (x**2 * (1 - 1.5**2))).sum(axis=1)  # target N(0, 1), proposal N(0, 1.5²), up to a sign
    assert pareto_k(narrow) > 0.7


def test_collapse_beyond_the_range_of_floats():
    assert pareto_k(1000 * np.random.default_rng(0).standard_normal(1000)) > 5


def test_equal_weights_and_too_thin_tails():
    assert pareto_k(np.zeros(100)) == -np.inf
    few = np.full(100, -np.inf)
    few[:3] = [0.0, 1.0, 2.0]
    assert pareto_k(few) == np.inf
    smooth, _ = smooth_weights(few)
    np.testing.assert_array_equal(smooth, few)


def test_against_values_of_arviz():
    # arviz 0.22: psislw
    smooth, k = smooth_weights(-0.8 * np.log(0.618034 * np.arange(1, 1001) % 1))
    shares = np.sort(np.exp(smooth) / np.exp(smooth).sum())[[-1, -50, -100]]
    assert k == pytest.approx(0.7209965265061492, rel=1e-9)
    assert shares == pytest.approx([0.0813616586527215, 0.0028036299387753636, 0.0016186638366933288], rel=1e-9)


@given(st.integers(0, 1000), st.floats(0.05, 3), st.floats(-500, 500))
@settings(deadline=None, max_examples=30)
def test_smoothing_keeps_order_bounds_and_the_body(seed, k, shift):
    log_weights = -k * np.log(np.random.default_rng(seed).random(400))
    smooth, found = smooth_weights(log_weights)
    order = np.argsort(log_weights)
    body = order[: -int(np.ceil(3 * np.sqrt(400)))]
    np.testing.assert_array_equal(smooth[body], log_weights[body])
    assert (np.diff(smooth[order]) >= -1e-9).all()
    assert smooth.max() <= log_weights.max()
    assert pareto_k(log_weights + shift) == pytest.approx(found, abs=1e-6)


def test_smoothing_lowers_the_variance_of_heavy_weights():
    def estimates(smooth):
        values = []
        for seed in range(200):
            log_weights = -0.7 * np.log(np.random.default_rng(seed).random(1000))
            log_weights = smooth_weights(log_weights)[0] if smooth else log_weights
            values.append(np.exp(log_weights).mean())
        return np.array(values)

    exact = 1 / 0.3  # E u^(−0.7)
    raw, smoothed = estimates(False), estimates(True)
    assert smoothed.std() < 0.8 * raw.std()
    assert np.mean((smoothed - exact) ** 2) < np.mean((raw - exact) ** 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_generalised_pareto([1.0, 2.0]), "at least five positive numbers, not 2"),
        (lambda: fit_generalised_pareto([1.0, 2.0, 3.0, 4.0, 0.0]), "one that is 0"),
        (lambda: fit_generalised_pareto([1.0, 2.0, 3.0, 4.0, np.inf]), "exceedances must be finite"),
        (lambda: fit_generalised_pareto("abcde"), "exceedances must be an array of numbers"),
        (lambda: pareto_k(np.zeros(24)), "at least 25 weights"),
        (lambda: pareto_k(np.zeros((5, 5))), "log_weights must have shape"),
        (lambda: pareto_k([np.nan] * 30), "log_weights must be finite or -inf; entry 0 is nan"),
        (lambda: pareto_k([0.0] * 29 + [np.inf]), "entry 29 is inf"),
        (lambda: pareto_k([-np.inf] * 30), "proposal misses the target"),
        (lambda: smooth_weights([]), "at least one weight"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
