"""The posterior of the integral: conditioning of the joint Gaussian, scikit-learn, known rules, calibration."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern

from mathforml.bayesian_quadrature import (
    Brownian,
    Gaussian,
    Matern32,
    SquaredExponential,
    Uniform,
    bayesian_quadrature,
    kernel_mean,
    log_marginal_likelihood,
    predict,
    prior_variance,
)
from mathforml.errors import ArgumentError, SingularError
from mathforml.quadrature import gauss_hermite_rule, gauss_legendre_rule, gaussian_rule, trapezoid

KERNELS = [SquaredExponential(1.4, 0.6), Matern32(0.8, 0.9), Brownian(2.0, start=-1.0, offset=0.5)]


def f(x):
    return np.exp(-(x**2) - np.sin(3 * x) ** 2)


@pytest.mark.parametrize("kernel", KERNELS)
def test_it_is_the_integral_of_the_process_given_its_values(kernel):
    nodes, measure = np.array([-0.9, -0.3, 0.1, 0.8]), Uniform(-1, 1)
    posterior = bayesian_quadrature(nodes, f(nodes), kernel, measure, prior_mean=0.2)
    # Between two nodes the process is smooth, so that Gauss rules integrate mean and covariance exactly.
    ends = np.unique([-1, *nodes, 1])
    dense = [gauss_legendre_rule(12, *pair) for pair in pairwise(ends)]
    x, w = (np.concatenate(part) for part in zip(*dense))
    w = w / 2
    mean, std = predict(x, nodes, f(nodes), kernel, prior_mean=0.2)
    assert posterior.mean == pytest.approx(w @ mean, rel=1e-10)
    cross = kernel(x[:, None], nodes[:, None])
    gram = kernel(nodes[:, None], nodes[:, None]) + 1e-10 * kernel.variance * np.eye(4)
    assert std == pytest.approx(
        np.sqrt(np.maximum(kernel.diagonal(x[:, None]) - (cross * np.linalg.solve(gram, cross.T).T).sum(1), 0)),
        abs=1e-6,
    )
    exact = prior_variance(kernel, measure) - w @ cross @ np.linalg.solve(gram, cross.T @ w)
    assert posterior.variance == pytest.approx(exact, rel=1e-8)
    assert posterior.std == pytest.approx(np.sqrt(exact), rel=1e-8)


@pytest.mark.parametrize(("nu", "kind"), [(np.inf, SquaredExponential), (1.5, Matern32)])
def test_as_scikit_learns_process(nu, kind):
    nodes = np.array([-0.9, -0.3, 0.1, 0.8])
    shape = RBF(0.6) if np.isinf(nu) else Matern(0.6, nu=nu)
    theirs = GaussianProcessRegressor(ConstantKernel(1.4) * shape, alpha=1e-8 * 1.4, optimizer=None)
    theirs.fit(nodes[:, None], f(nodes))
    ours = kind(1.4, 0.6)
    x = np.linspace(-1, 1, 41)
    mean, std = theirs.predict(x[:, None], return_std=True)
    found = predict(x, nodes, f(nodes), ours, noise=1e-8)
    np.testing.assert_allclose(found[0], mean, atol=1e-9)
    np.testing.assert_allclose(found[1], std, atol=1e-6)
    assert log_marginal_likelihood(nodes, f(nodes), ours, noise=1e-8) == pytest.approx(
        theirs.log_marginal_likelihood_value_, rel=1e-10
    )
    # Off the nodes' kinks a fine midpoint grid is good to 1e-5.
    grid = (np.arange(4000) + 0.5) / 2000 - 1
    posterior = bayesian_quadrature(nodes, f(nodes), ours, Uniform(-1, 1), noise=1e-8)
    assert posterior.mean == pytest.approx(theirs.predict(grid[:, None]).mean(), abs=1e-6)


@pytest.mark.parametrize("n", [1, 2, 7, 30])
def test_brownian_motion_gives_the_trapezoid_rule_with_its_variance(n):
    nodes = np.linspace(2, 5, n + 1)
    kernel = Brownian(1.7, start=1.5)
    posterior = bayesian_quadrature(nodes, f(nodes), kernel, Uniform(2, 5), noise=0)
    assert posterior.mean * 3 == pytest.approx(trapezoid(f, 2, 5, n=n), rel=1e-10)
    # Each panel adds a Brownian bridge: variance h³/12 of its integral.
    assert posterior.variance * 9 == pytest.approx(1.7 * n * (3 / n) ** 3 / 12, rel=1e-7)


def test_a_flat_kernel_gives_gauss_hermite():
    # The longer the length scale, the nearer to the rule that is exact for polynomials (O'Hagan 1991).
    nodes, weights = gauss_hermite_rule(4, kind="probabilist")
    weights = weights / weights.sum()
    off = [
        np.abs(
            bayesian_quadrature(nodes, nodes, SquaredExponential(1, s), Gaussian(0, 1), noise=0).weights - weights
        ).max()
        for s in (4, 8, 16)
    ]
    assert off[2] < off[1] / 30 < off[0] / 900


@pytest.mark.parametrize(
    ("kernel", "measure", "nodes"),
    [
        (SquaredExponential(1.5, 0.4), Uniform(-1, 1), np.linspace(-0.9, 0.9, 5)),
        (Matern32(0.8, 0.5), Uniform(-1, 1), np.linspace(-0.9, 0.9, 5)),
        (Brownian(2.0, start=-1.0), Uniform(-1, 1), np.linspace(-0.9, 0.9, 5)),
        (SquaredExponential(1.5, 0.7), Gaussian(0.5, 1.3), np.linspace(-1.5, 2.5, 5)),
    ],
)
def test_it_is_calibrated_over_functions_of_the_prior(kernel, measure, nodes):
    rng, draws = np.random.default_rng(7), 4000
    if isinstance(measure, Uniform):
        x, w = gauss_legendre_rule(200, -1, 1)
        w = w / 2
    else:
        x, w = gaussian_rule(0.5, 1.3, n=100)
    points = np.append(nodes, x)[:, None]
    eigenvalues, vectors = np.linalg.eigh(kernel(points, points))
    functions = rng.normal(size=(draws, len(points))) * np.sqrt(np.maximum(eigenvalues, 0)) @ vectors.T
    integrals = functions[:, len(nodes) :] @ w
    posteriors = [bayesian_quadrature(nodes, values, kernel, measure) for values in functions[:, : len(nodes)]]
    z = (integrals - [p.mean for p in posteriors]) / posteriors[0].std
    assert abs(z.mean()) < 4 / np.sqrt(draws)
    assert abs((z**2).mean() - 1) < 4 * np.sqrt(2 / draws)
    for level, bound in ((0.5, 0.67449), (0.95, 1.95996)):
        assert abs((np.abs(z) < bound).mean() - level) < 4 * np.sqrt(level * (1 - level) / draws)


def test_variance_falls_with_every_node_and_never_below_zero():
    kernel, measure = SquaredExponential(1.0, 0.5), Uniform(0, 1)
    nodes = np.linspace(0, 1, 40)
    variances = [
        bayesian_quadrature(nodes[::step], nodes[::step], kernel, measure).variance for step in (39, 13, 3, 1)
    ]
    assert prior_variance(kernel, measure) > variances[0]
    assert (np.diff(variances) < 0).all()
    assert variances[-1] > 0


def test_in_two_dimensions():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    measure = Gaussian([0, 0], np.eye(2))
    posterior = bayesian_quadrature(
        x, np.cos(x[:, 0] + 0.5 * x[:, 1]), SquaredExponential(1.0, (1.5, 2.0)), measure
    )
    error = posterior.mean - np.exp(-0.5 * 1.25)
    assert abs(error) < 4 * posterior.std < 0.01


def test_one_value_by_hand():
    kernel, measure = SquaredExponential(), Gaussian(0, 1)
    posterior = bayesian_quadrature([0.0], [3.0], kernel, measure, prior_mean=1.0, noise=0)
    z = kernel_mean(kernel, measure, [0.0])[0]
    assert posterior.mean == pytest.approx(1 + z * 2)
    assert posterior.variance == pytest.approx(1 / np.sqrt(3) - z**2)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        (([0.0, 1.0], [1.0]), {}, ArgumentError, "values must have shape"),
        (([0.0, 1.0], [1.0, np.nan]), {}, ArgumentError, "values must be finite; entry 1 is nan"),
        (([], []), {}, ArgumentError, "n of at least 1"),
        (([0.0, 1.0], [1.0, 2.0]), {"noise": -1}, ArgumentError, "noise must be"),
        (([0.0, 1.0], [1.0, 2.0]), {"prior_mean": np.inf}, ArgumentError, "prior_mean"),
        (([0.5, 0.5], [1.0, 1.0]), {"noise": 0}, SingularError, "nodes lie too close.*raise noise"),
    ],
)
def test_bad_input_is_named(arguments, options, error, words):
    with pytest.raises(error, match=words):
        bayesian_quadrature(*arguments, SquaredExponential(), Uniform(0, 1), **options)


def test_predict_and_brownian_name_what_does_not_fit():
    with pytest.raises(ArgumentError, match="x must have the 1 columns"):
        predict([[0.0, 1.0]], [0.0], [1.0], SquaredExponential())
    with pytest.raises(ArgumentError, match="nodes must not lie left of start"):
        predict([0.5], [-1.0], [1.0], Brownian())
