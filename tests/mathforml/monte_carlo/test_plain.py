"""Plain Monte Carlo: unbiased within its error, its error right, its slope −1/2."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chi2, sem

from mathforml.errors import ArgumentError
from mathforml.monte_carlo import average, estimate

EXACT = (5 * np.expm1(0.2)) ** 5  # E exp(mean u), u uniform on [0, 1]^5


def cube(rng, size):
    return rng.random((size, 5))


def integrand(u):
    return np.exp(u.mean(axis=1))


def normal(rng, size):
    return rng.standard_normal(size)


def test_slope_is_minus_one_half_in_five_dimensions():
    sizes = 2 ** np.arange(6, 15)
    rng = np.random.default_rng(0)
    errors = [
        np.sqrt(np.mean([(estimate(integrand, cube, n, seed=rng).estimate - EXACT) ** 2 for _ in range(32)]))
        for n in sizes
    ]
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_estimate_is_within_four_standard_errors(seed):
    result = estimate(integrand, cube, 10_000, seed=seed)
    assert abs(result.estimate - EXACT) < 4 * result.standard_error


def test_standard_error_is_the_spread_of_estimates():
    rng = np.random.default_rng(0)
    scores = [
        (result.estimate - 1) / result.standard_error
        for result in (estimate(np.square, normal, 2000, seed=rng) for _ in range(400))
    ]
    low, high = chi2.ppf([1e-4, 1 - 1e-4], 400)
    assert low < np.sum(np.square(scores)) < high


@given(arrays(float, st.tuples(st.integers(2, 20), st.integers(1, 3)), elements=st.floats(-1e3, 1e3)))
@settings(deadline=None, max_examples=30)
def test_average_is_that_of_numpy_and_scipy(values):
    result = average(values)
    np.testing.assert_allclose(result.estimate, values.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(result.standard_error, sem(values), rtol=1e-9, atol=1e-12)
    assert result.samples == len(values)


def test_components_and_scalars():
    both = estimate(lambda x: np.column_stack([x, x**2]), normal, 100)
    assert both.estimate.shape == both.standard_error.shape == (2,)
    assert isinstance(estimate(np.square, normal, 100).estimate, float)
    assert both.estimate[1] == estimate(np.square, normal, 100).estimate  # one seed, one set of draws


def test_seed_decides():
    assert estimate(np.square, normal, 10, seed=1) == estimate(np.square, normal, 10, seed=1)
    assert estimate(np.square, normal, 10, seed=1) != estimate(np.square, normal, 10, seed=2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: estimate(3.0, normal, 10), "f must be a function"),
        (lambda: estimate(np.square, None, 10), "sampler must be a function"),
        (lambda: estimate(np.square, normal, 1), "samples must be a whole number of at least 2"),
        (lambda: estimate(np.square, normal, 10.0), "samples must be a whole number"),
        (lambda: estimate(np.square, normal, 10, seed=-1), "seed must be"),
        (lambda: estimate(lambda x: x[1:], normal, 10), "f\\(x\\) must have one value a point: 10 of them, not 9"),
        (lambda: estimate(lambda x: 1.0, normal, 10), "f\\(x\\) must have shape"),
        (lambda: estimate(lambda x: x * np.nan, normal, 10), "f\\(x\\) must be finite"),
        (lambda: estimate(np.square, lambda rng, n: rng.random(n + 1), 10), "must return shape \\(10\\)"),
        (lambda: average([1.0]), "values must have shape"),
        (lambda: average(["a", "b"]), "values must be an array of numbers"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
