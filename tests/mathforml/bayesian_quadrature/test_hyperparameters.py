"""Fitted kernels: a likelihood that cannot be improved, scikit-learn, recovery of what drew the function."""

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from mathforml.bayesian_quadrature import (
    Brownian,
    Matern32,
    SquaredExponential,
    fit_kernel,
    log_marginal_likelihood,
)
from mathforml.errors import ArgumentError

X = np.linspace(0, 3, 12)
Y = np.sin(3 * X) + 0.5 * X


@pytest.mark.parametrize("kernel", [SquaredExponential(), Matern32()])
def test_no_step_from_the_optimum_improves_the_likelihood(kernel):
    fitted = fit_kernel(X, Y, kernel, noise=1e-6)
    best = log_marginal_likelihood(X, Y, fitted, noise=1e-6)
    for factor in (0.9, 0.999, 1.001, 1.1):
        for change in ((factor, 1), (1, factor)):
            other = type(kernel)(fitted.variance * change[0], fitted.lengthscale * change[1])
            assert log_marginal_likelihood(X, Y, other, noise=1e-6) <= best + 1e-7


def test_as_scikit_learn():
    theirs = GaussianProcessRegressor(
        ConstantKernel(1.0) * Matern(1.0, nu=1.5), alpha=1e-12, n_restarts_optimizer=2
    )
    theirs.fit(X[:, None], Y)
    ours = fit_kernel(X, Y, Matern32(), noise=0)
    assert ours.variance == pytest.approx(theirs.kernel_.k1.constant_value, rel=1e-2)
    assert ours.lengthscale == pytest.approx(theirs.kernel_.k2.length_scale, rel=1e-2)


def test_brownian_variance_is_the_mean_square_increment():
    # Given a wide prior at the start: increments over steps h are independent with variance σ²h.
    fitted = fit_kernel(X, Y, Brownian(offset=1e9), noise=0)
    increments = np.diff(Y) ** 2 / np.diff(X)
    assert fitted.variance == pytest.approx(increments.sum() / len(X), rel=1e-6)


def test_it_finds_what_drew_the_function():
    rng, x = np.random.default_rng(3), np.linspace(0, 20, 150)[:, None]
    truth = Matern32(2.0, 0.7)
    logs = []
    for _ in range(10):
        values = np.linalg.cholesky(truth(x, x)) @ rng.normal(size=len(x))
        fitted = fit_kernel(x, values, Matern32())
        logs.append([np.log(fitted.variance / 2.0), np.log(fitted.lengthscale / 0.7)])
    mean, error = np.mean(logs, axis=0), np.std(logs, axis=0, ddof=1) / np.sqrt(10)
    assert (np.abs(mean) < 4 * error).all()
    assert (error < 0.2).all()


def test_a_dimension_without_influence_gets_a_long_scale():
    x = np.random.default_rng(1).uniform(size=(40, 2))
    fitted = fit_kernel(x, np.sin(5 * x[:, 0]), SquaredExponential(1.0, (1.0, 1.0)), noise=1e-6)
    assert fitted.lengthscale[1] > 5 * fitted.lengthscale[0]
    assert isinstance(fit_kernel(x, np.sin(5 * x[:, 0]), SquaredExponential(), noise=1e-6).lengthscale, float)


def test_bounds_hold():
    assert 1.0 <= fit_kernel(X, Y, Matern32(), bounds=(1.0, 1.1)).lengthscale <= 1.1 + 1e-12


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (([0.0], [1.0]), {}, "at least two numbers"),
        (([0.0, 1.0], [2.0, 2.0]), {"prior_mean": 2.0}, "not all of them equal to prior_mean"),
        (([0.0, 1.0], [1e-300, 2e-300]), {}, "rescale"),
        (([0.5, 0.5], [1.0, 2.0]), {}, "nodes must not all be the same point"),
        (([0.0, 1.0], [1.0, 2.0]), {"bounds": (2, 1)}, "bounds must be two numbers"),
        (([0.0, 1.0], [1.0, 2.0, 3.0]), {}, "values must have shape"),
    ],
)
def test_bad_input_is_named(arguments, options, words):
    with pytest.raises(ArgumentError, match=words):
        fit_kernel(*arguments, SquaredExponential(), **options)
