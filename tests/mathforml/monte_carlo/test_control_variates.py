"""Control variates and antithetic pairs: variances in closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.errors import ArgumentError, SingularError
from mathforml.monte_carlo import antithetic, control_variates, estimate


def uniform(rng, size):
    return rng.random(size)


@pytest.mark.parametrize("rho", [0.0, 0.3, -0.6, 0.9, 0.99])
def test_variance_is_what_correlation_leaves(rho):
    rng = np.random.default_rng(0)
    g = rng.standard_normal(100_000)
    f = 3 * (rho * g + np.sqrt(1 - rho**2) * rng.standard_normal(100_000)) + 1
    result = control_variates(f, g, 0.0)
    assert result.variance == pytest.approx(9 * (1 - rho**2), rel=0.05)
    assert result.plain_variance == pytest.approx(9, rel=0.05)
    assert result.coefficients == pytest.approx([3 * rho], abs=0.05)
    assert abs(result.estimate - 1) < 4 * result.standard_error


def test_exponential_with_one_and_two_controls():
    # f = exp u: Var = (e² − 1)/2 − (e − 1)², Cov(f, u) = 1 − (e − 1)/2
    u = np.random.default_rng(1).random(100_000)
    variance = (np.e**2 - 1) / 2 - (np.e - 1) ** 2
    left = variance - 12 * (1 - (np.e - 1) / 2) ** 2
    one = control_variates(np.exp(u), u, 0.5)
    two = control_variates(np.exp(u), np.column_stack([u, u**2]), [1 / 2, 1 / 3])
    assert one.variance == pytest.approx(left, rel=0.05)
    assert two.variance < 0.02 * one.variance
    for result in (one, two):
        assert abs(result.estimate - (np.e - 1)) < 4 * result.standard_error


def test_standard_error_is_the_spread_of_estimates():
    rng = np.random.default_rng(2)
    scores = []
    for _ in range(400):
        u = rng.random(200)
        result = control_variates(np.exp(u), u, 0.5)
        scores.append((result.estimate - (np.e - 1)) / result.standard_error)
    assert np.std(scores) == pytest.approx(1, abs=0.15)


@given(st.integers(0, 1000), st.integers(1, 3), st.floats(1e-6, 1e6))
@settings(deadline=None, max_examples=30)
def test_linear_functions_are_exact_on_any_scale(seed, count, scale):
    rng = np.random.default_rng(seed)
    controls = scale * rng.standard_normal((20, count))
    means, beta = scale * rng.standard_normal(count), rng.standard_normal(count) / scale
    result = control_variates(controls @ beta + 5, controls, means)
    assert result.estimate == pytest.approx(means @ beta + 5, rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(result.coefficients, beta, rtol=1e-7)
    assert result.variance < 1e-20


@pytest.mark.parametrize(
    ("controls", "message"),
    [(np.ones(10), "one of them is constant"), (np.arange(20.0).reshape(10, 2), "linearly independent")],
)
def test_useless_controls(controls, message):
    with pytest.raises(SingularError, match=message):
        control_variates(np.arange(10.0), controls, np.ones(np.atleast_2d(controls.T).shape[0]))


def test_antithetic_variance_in_closed_form():
    # for exp u: Cov(e^u, e^(1−u)) = e − (e − 1)², variance of a pair's mean is (Var + Cov)/2
    result = antithetic(np.exp, uniform, 200_000, center=0.5)
    variance = (np.e**2 - 1) / 2 - (np.e - 1) ** 2
    pair = (variance + np.e - (np.e - 1) ** 2) / 2
    assert result.standard_error**2 * 100_000 == pytest.approx(pair, rel=0.05)
    assert abs(result.estimate - (np.e - 1)) < 4 * result.standard_error
    assert result.samples == 200_000


def test_antithetic_removes_odd_parts_and_doubles_even_ones():
    def normal(rng, size):
        return rng.standard_normal((size, 2))

    odd = antithetic(lambda x: x[:, 0] ** 3 + x[:, 1] + 7, normal, 100)
    assert odd.estimate == pytest.approx(7, abs=1e-12)
    assert odd.standard_error < 1e-12

    even = antithetic(lambda x: x[:, 0] ** 2, normal, 100_000)
    independent = estimate(lambda x: x[:, 0] ** 2, normal, 100_000)
    assert even.standard_error**2 == pytest.approx(2 * independent.standard_error**2, rel=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: control_variates([1, 2, 3], [1, 2], 0), "controls must have shape"),
        (lambda: control_variates([1, 2, 3], [1, 2, 4], [0, 0]), "means must have shape"),
        (lambda: control_variates([1, 2], [1, 2], 0), "values must hold at least 3"),
        (lambda: control_variates([1, 2, np.nan], [1, 2, 4], 0), "values must be finite"),
        (lambda: control_variates([1, 2, 3], [[[1]]], 0), "controls must have shape"),
        (lambda: antithetic(np.exp, uniform, 11), "samples must be even"),
        (lambda: antithetic(np.exp, uniform, 2), "samples must be a whole number of at least 4"),
        (lambda: antithetic(1, uniform, 10), "f must be a function"),
        (lambda: antithetic(np.exp, 1, 10), "sampler must be a function"),
        (lambda: antithetic(np.exp, uniform, 10, center=[0.5, 0.5]), "center must have shape"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
