"""The Gaussian process of the integrand, given its values."""

from __future__ import annotations

import math

import numpy as np

from mathforml.bayesian_quadrature.kernels import check_kernel, check_kernel_dimensions
from mathforml.bayesian_quadrature.measures import as_points
from mathforml.checks import check_array, check_number
from mathforml.errors import ArgumentError, SingularError

NOISE = 1e-10  # default variance of the noise on the values, as a fraction of the kernel's


def predict(x, nodes, values, kernel, *, prior_mean=0.0, noise=NOISE):
    """Return mean and standard deviation of f at further points.

    Parameters
    ----------
    x : array_like, shape (m, d), or (m,) where d = 1
    nodes, values, kernel, prior_mean, noise
        As for `bayesian_quadrature`.

    Returns
    -------
    mean, std : ndarray, shape (m,)

    References
    ----------
    Rasmussen, Williams 2006, Gaussian Processes for Machine Learning, section 2.2, http://gaussianprocess.org/gpml

    Examples
    --------
    >>> from mathforml.bayesian_quadrature import Brownian
    >>> predict([0.5, 1.0], [0.0, 1.0], [0.0, 2.0], Brownian(), noise=0)
    (array([1., 2.]), array([0.5, 0. ]))
    """
    nodes = as_points(nodes, None, "nodes")
    values = check_array(values, "values", shape=(len(nodes),))
    x = as_points(x, None, "x")
    if x.shape[1] != nodes.shape[1]:
        raise ArgumentError(f"x must have the {nodes.shape[1]} columns of nodes, not {x.shape[1]}")
    lower = factor(kernel, nodes, noise)
    cross = kernel(nodes, x)
    prior_mean = check_number(prior_mean, "prior_mean")
    weights = solve(lower, cross)
    variance = kernel.diagonal(x) - (cross * weights).sum(axis=0)
    return prior_mean + (values - prior_mean) @ weights, np.sqrt(np.maximum(variance, 0))


def log_marginal_likelihood(nodes, values, kernel, *, prior_mean=0.0, noise=NOISE):
    """Return log p(values | nodes, kernel) = −½ rᵀK⁻¹r − ½ log|K| − n/2 log 2π, r = values − prior_mean.

    Parameters
    ----------
    nodes, values, kernel, prior_mean, noise
        As for `bayesian_quadrature`.

    Returns
    -------
    float

    References
    ----------
    Rasmussen, Williams 2006, Gaussian Processes for Machine Learning, section 5.4, http://gaussianprocess.org/gpml

    Examples
    --------
    >>> from mathforml.bayesian_quadrature import SquaredExponential
    >>> round(log_marginal_likelihood([0.0], [0.0], SquaredExponential(), noise=0), 6)  # log N(0; 0, 1)
    -0.918939
    """
    nodes = as_points(nodes, None, "nodes")
    values = check_array(values, "values", shape=(len(nodes),))
    lower = factor(kernel, nodes, noise)
    residual = values - check_number(prior_mean, "prior_mean")
    return float(
        -0.5 * residual @ solve(lower, residual)
        - np.log(np.diag(lower)).sum()
        - 0.5 * len(nodes) * math.log(2 * math.pi)
    )


def factor(kernel, nodes, noise):
    """Return the lower Cholesky factor of the kernel matrix."""
    check_kernel(kernel)
    check_kernel_dimensions(kernel, nodes.shape[1])
    matrix = kernel(nodes, nodes)
    matrix[np.diag_indices(len(nodes))] += check_number(noise, "noise", least=0) * kernel.variance
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise SingularError(
            "the kernel matrix is singular to working precision: nodes lie too close for this kernel; raise noise"
        ) from None


def solve(lower, right):
    from scipy.linalg import cho_solve

    return cho_solve((lower, True), right)
