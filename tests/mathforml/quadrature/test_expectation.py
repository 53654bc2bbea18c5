"""Gaussian expectations: moments in closed form, in any number of dimensions."""

import math

import numpy as np
import pytest

from mathforml.errors import ArgumentError
from mathforml.quadrature import gauss_hermite_expectation, gaussian_rule

RNG = np.random.default_rng(4)


def covariance(d):
    root = RNG.normal(size=(d, d))
    return root @ root.T / d


def test_mean_and_variance_of_a_square():
    # x ~ N(.5, 1): E[x²] = 1.25, Var[x²] = 3
    mean = gauss_hermite_expectation(lambda x: x**2, 0.5, 1.0, n=3)
    assert mean == pytest.approx(1.25, rel=1e-14)
    assert gauss_hermite_expectation(lambda x: (x**2 - mean) ** 2, 0.5, 1.0, n=3) == pytest.approx(3, rel=1e-14)


@pytest.mark.parametrize("options", [{"n": 3}, {"level": 2}])
@pytest.mark.parametrize("d", [1, 2, 4])
def test_mean_covariance_and_fourth_moments(d, options):
    mean, cov = RNG.normal(size=d), covariance(d)
    nodes, weights = gaussian_rule(mean, cov, **options)
    assert weights.sum() == pytest.approx(1, rel=1e-13)
    np.testing.assert_allclose(weights @ nodes, mean, atol=1e-13)
    np.testing.assert_allclose((weights[:, None] * (nodes - mean)).T @ (nodes - mean), cov, atol=1e-12)
    a = RNG.normal(size=d)
    fourth = weights @ ((nodes - mean) @ a) ** 4
    assert fourth == pytest.approx(3 * (a @ cov @ a) ** 2, rel=1e-11)  # Isserlis


def test_moment_generating_function():
    mean, cov, a = RNG.normal(size=3), covariance(3), np.array([0.5, -0.3, 0.8])
    exact = math.exp(a @ mean + a @ cov @ a / 2)
    assert gauss_hermite_expectation(lambda x: np.exp(x @ a), mean, cov) == pytest.approx(exact, rel=1e-12)
    assert gauss_hermite_expectation(lambda x: np.exp(x @ a), mean, cov, level=8) == pytest.approx(exact, rel=1e-6)


def test_a_singular_covariance_and_vector_values():
    value = gauss_hermite_expectation(lambda x: x**2, [1.0, 2.0], [[1.0, 1.0], [1.0, 1.0]], n=4)
    np.testing.assert_allclose(value, [2.0, 5.0], rtol=1e-13)
    assert gauss_hermite_expectation(np.cos, 0.3, 0.0) == pytest.approx(math.cos(0.3), rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((np.cos, [], np.zeros((0, 0))), {}, "mean must be a number or a vector"),
        ((np.cos, 0.0, -1.0), {}, "cov must be"),
        ((np.cos, [0.0, 0.0], [[1.0]]), {}, "cov must have shape"),
        ((np.cos, [0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]]), {}, "negative eigenvalue"),
        ((np.cos, [[0.0]], 1.0), {}, "mean must be a number or a vector"),
        ((np.cos, np.nan, 1.0), {}, "mean must be finite"),
        ((np.cos, 0.0, 1.0), {"n": 3, "level": 3}, "not both"),
        ((np.cos, np.zeros(30), np.eye(30)), {}, "sparse_grid"),
        ((np.log, 0.0, 1.0), {}, "f must be finite at every node"),
    ],
)
def test_bad_input_is_named(arguments, options, words):
    with pytest.raises(ArgumentError, match=words):
        gauss_hermite_expectation(*arguments, **options)
