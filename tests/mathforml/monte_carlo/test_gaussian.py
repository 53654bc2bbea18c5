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


@pytest.mark.parametrize("seed", range(20))
def test_singular_covariance(seed):
    # rounding may leave the eigenvalue of 0 a little above it
    d = 2 + seed % 5
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((d, d - 1)) * 10.0 ** rng.integers(-6, 6, (d, 1))
    with pytest.raises(SingularError, match="covariance must have an inverse"):
        Gaussian(np.zeros(d), root @ root.T)
    with pytest.raises(SingularError, match="covariance must have an inverse"):
        Gaussian([0, 0], [[1, 0], [0, 0]])


def test_units_do_not_make_it_singular():
    p = Gaussian([0, 0], np.diag([1e-20, 1e20]))
    assert p.log_density(np.zeros(2)) == pytest.approx(-np.log(2 * np.pi))


@pytest.mark.parametrize("x", [0.0, [0.0], np.zeros((4, 3)), np.zeros((2, 1))])
@pytest.mark.parametrize("name", ["log_density", "score"])
def test_points_of_another_dimension(x, name):
    with pytest.raises(ArgumentError, match=r"x must have shape \(\.\.\., 2\), not"):
        getattr(Gaussian([0, 0], np.eye(2)), name)(x)


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
