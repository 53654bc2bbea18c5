"""The Gaussian against scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from mathforml.errors import ArgumentError, SingularError
from mathforml.monte_carlo import Gaussian


def random_gaussian(d, seed):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((d, d)) + np.eye(d)
    return Gaussian(rng.standard_normal(d), root @ root.T + 0.1 * np.eye(d))


@given(st.integers(1, 5), st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_density_and_score(d, seed):
    p = random_gaussian(d, seed)
    x = np.random.default_rng(seed + 1).standard_normal((7, d))
    oracle = multivariate_normal(p.mean, p.covariance)
    np.testing.assert_allclose(p.log_density(x), oracle.logpdf(x).reshape(7), rtol=1e-9, atol=1e-9)
    step = 1e-5
    for i, e in enumerate(np.eye(d)):
        slope = (p.log_density(x + step * e) - p.log_density(x - step * e)) / (2 * step)
        np.testing.assert_allclose(p.score(x)[:, i], slope, rtol=1e-5, atol=1e-5)


def test_draws_have_the_moments():
    p = random_gaussian(3, 0)
    x = p.sample(np.random.default_rng(0), 100_000)
    error = np.sqrt(np.diag(p.covariance) / len(x))
    assert (abs(x.mean(axis=0) - p.mean) < 4 * error).all()
    np.testing.assert_allclose(np.cov(x.T), p.covariance, atol=0.05 * p.covariance.max())


def test_singular_covariance():
    with pytest.raises(SingularError, match="covariance must have an inverse"):
        Gaussian([0, 0], [[1, 1], [1, 1]])


@pytest.mark.parametrize(
    ("mean", "covariance", "message"),
    [
        (0.0, [[1.0]], "mean must have shape"),
        ([0.0], np.eye(2), "covariance must have shape"),
        ([0.0, 0.0], [[1, 2], [0, 1]], "symmetric"),
        ([0.0, 0.0], [[1, 2], [2, 1]], "negative eigenvalue"),
        ([np.nan], [[1.0]], "mean must be finite"),
    ],
)
def test_bad_input(mean, covariance, message):
    with pytest.raises(ArgumentError, match=message):
        Gaussian(mean, covariance)
