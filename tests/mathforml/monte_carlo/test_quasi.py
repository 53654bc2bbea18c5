"""Quasi-Monte Carlo: slope below −0.9, unbiased over scramblings, balanced points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from mathforml.errors import ArgumentError
from mathforml.monte_carlo import quasi_monte_carlo, sobol

EXACT = (5 * np.expm1(0.2)) ** 5  # E exp(mean u), u uniform on [0, 1]^5


def integrand(u):
    return np.exp(u.mean(axis=1))


def test_slope_is_below_minus_nine_tenths_in_five_dimensions():
    sizes = 2 ** np.arange(6, 15)
    errors = [
        np.sqrt(np.mean((quasi_monte_carlo(integrand, 5, int(n), replicates=32).replicates - EXACT) ** 2))
        for n in sizes
    ]
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] < -0.9


@pytest.mark.parametrize("seed", range(4))
def test_estimate_is_within_four_standard_errors(seed):
    result = quasi_monte_carlo(integrand, 5, 64, replicates=64, seed=seed)
    assert abs(result.estimate - EXACT) < 4 * result.standard_error
    assert result.replicates.shape == (64,)


def test_gaussian_moments():
    d = 3
    result = quasi_monte_carlo(
        lambda x: np.column_stack([x[:, 0], x[:, 1] ** 2, np.exp(x.sum(axis=1) / 2)]),
        d,
        4096,
        distribution="gaussian",
        replicates=32,
    )
    exact = [0, 1, np.exp(d / 8)]
    assert (abs(result.estimate - exact) < 4 * result.standard_error).all()
    independent = np.sqrt([1, 2, np.exp(d / 2) - np.exp(d / 4)]) / np.sqrt(32 * 4096)
    assert (result.standard_error < 0.1 * independent).all()
    assert result.replicates.shape == (32, 3)


@given(st.integers(0, 8), st.integers(1, 6), st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_each_coordinate_has_one_point_a_cell(power, d, seed):
    points = sobol(2**power, d, seed=seed)
    assert points.shape == (2**power, d)
    assert ((points > 0) & (points < 1)).all()
    np.testing.assert_array_equal(np.sort((points * 2**power).astype(int), axis=0)[:, 0], np.arange(2**power))
    assert np.isfinite(sobol(2**power, d, distribution="gaussian", seed=seed)).all()


def test_more_even_than_random_points():
    random = np.random.default_rng(0).random((256, 3))
    assert qmc.discrepancy(sobol(256, 3)) < 0.1 * qmc.discrepancy(random)


def test_seed_decides():
    np.testing.assert_array_equal(sobol(16, 2, seed=3), sobol(16, 2, seed=3))
    assert (sobol(16, 2, seed=3) != sobol(16, 2, seed=4)).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: quasi_monte_carlo(integrand, 5, 1000),
            "samples must be a power of two, .* 512 or 1024, not 1000",
        ),
        (lambda: quasi_monte_carlo(integrand, 0, 64), "dimension must be"),
        (lambda: quasi_monte_carlo(integrand, 5, 64, replicates=1), "replicates must be"),
        (lambda: quasi_monte_carlo(integrand, 5, 64, distribution="beta"), "unknown distribution 'beta'; valid"),
        (lambda: quasi_monte_carlo(None, 5, 64), "f must be a function"),
        (lambda: quasi_monte_carlo(lambda u: u[:3, 0], 5, 64), "one value a point"),
        (lambda: sobol(2, 10**6), "dimension = 21201"),
        (lambda: sobol(2**31, 1), "samples = 2\\*\\*30"),
        (lambda: sobol(64.0, 1), "samples must be a whole number"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
