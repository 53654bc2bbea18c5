"""The integral, given values of the integrand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mathforml.bayesian_quadrature.embeddings import kernel_mean, prior_variance
from mathforml.bayesian_quadrature.kernels import Brownian, Matern32, SquaredExponential
from mathforml.bayesian_quadrature.measures import as_points
from mathforml.bayesian_quadrature.process import NOISE, factor, solve
from mathforml.checks import check_array, check_number


@dataclass(frozen=True)
class IntegralPosterior:
    """The normal distribution of the integral, given the values.

    Attributes
    ----------
    mean, variance : float
    nodes : ndarray, shape (n, d)
    values, weights : ndarray, shape (n,)
        The mean is prior_mean + weights @ (values − prior_mean): Bayesian quadrature is a quadrature rule.
    kernel : SquaredExponential, Matern32 or Brownian
    """

    mean: float
    variance: float
    nodes: np.ndarray
    values: np.ndarray
    weights: np.ndarray
    kernel: SquaredExponential | Matern32 | Brownian

    @property
    def std(self):
        """Standard deviation."""
        return math.sqrt(self.variance)


def bayesian_quadrature(nodes, values, kernel, measure, *, prior_mean=0.0, noise=NOISE):
    """Return the distribution of ∫ f(x) p(x) dx given values of f, under a Gaussian process prior.

    Parameters
    ----------
    nodes : array_like, shape (n, d), or (n,) where d = 1
    values : array_like, shape (n,)
        f at the nodes.
    kernel : SquaredExponential, Matern32 or Brownian
    measure : Uniform or Gaussian
        p; the integral is an expectation under it.
    prior_mean : float
        Mean of the process.
    noise : float
        Variance of independent noise on the values, as a fraction of the kernel's variance; the default keeps the
        kernel matrix of smooth kernels solvable.

    Returns
    -------
    IntegralPosterior

    Raises
    ------
    ArgumentError
        If shapes do not fit or something is not finite.
    SingularError
        If the kernel matrix is not positive definite to working precision.

    References
    ----------
    O'Hagan 1991, Bayes–Hermite quadrature, doi:10.1016/0378-3758(91)90002-V; Rasmussen, Ghahramani 2003, Bayesian
    Monte Carlo; Hennig, Osborne, Kersting 2022, Probabilistic Numerics, chapter 10, doi:10.1017/9781316681411

    Examples
    --------
    >>> from mathforml.bayesian_quadrature import Gaussian, SquaredExponential
    >>> x = np.linspace(-3, 3, 9)
    >>> posterior = bayesian_quadrature(x, np.cos(x), SquaredExponential(), Gaussian(0, 1))
    >>> abs(posterior.mean - np.exp(-0.5)) < 2 * posterior.std < 0.01
    True
    """
    nodes = as_points(nodes, measure, "nodes")
    values = check_array(values, "values", shape=(len(nodes),))
    prior_mean = check_number(prior_mean, "prior_mean")
    z = kernel_mean(kernel, measure, nodes)
    prior = prior_variance(kernel, measure)
    weights = solve(factor(kernel, nodes, noise), z)
    # Rounding leaves nothing to say below ε of the prior variance.
    variance = max(prior - weights @ z, np.finfo(float).eps * prior)
    mean = prior_mean + float(weights @ (values - prior_mean))
    return IntegralPosterior(mean, float(variance), nodes, values, weights, kernel)
