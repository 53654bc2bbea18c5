"""Expectations under a Gaussian."""

from __future__ import annotations

import numpy as np

from mathforml.checks import check_array, check_count, check_covariance, check_number
from mathforml.errors import ArgumentError
from mathforml.quadrature.gauss import gauss_hermite_rule
from mathforml.quadrature.rule import Rule
from mathforml.quadrature.sparse import sparse_grid
from mathforml.quadrature.tensor import tensor_rule


def gauss_hermite_expectation(f, mean, cov, *, n=None, level=None):
    """Return E[f(x)] for x ~ N(mean, cov) by Gauss–Hermite quadrature.

    Parameters
    ----------
    f : callable
        Takes all nodes, shape (N, d), or (N,) for a scalar mean; returns one value or one array of values a node.
    mean : float or array_like, shape (d,)
    cov : float or array_like, shape (d, d)
        The variance where the mean is a number. Zero eigenvalues are allowed.
    n : int, optional
        Nodes in each dimension, n^d in all: exact for polynomials of total degree 2n − 1. Default 20.
    level : int, optional
        Use the sparse grid of that level instead: exact to total degree 2·level + 1.

    Returns
    -------
    float, or ndarray of shape (...)
        The latter where `f` returns an array of shape (N, ...).

    Raises
    ------
    ArgumentError
        If shapes do not fit, `cov` is no covariance, both n and level are given, or `f` is not finite at a node.

    References
    ----------
    Arasaratnam, Haykin, Elliott 2007, Discrete-time nonlinear filtering algorithms using Gauss–Hermite quadrature,
    doi:10.1109/JPROC.2007.894705

    Examples
    --------
    >>> gauss_hermite_expectation(lambda x: x**2, 0.5, 1.0, n=3).__round__(12)
    1.25
    """
    return gaussian_rule(mean, cov, n=n, level=level).integrate(f)


def gaussian_rule(mean, cov, *, n=None, level=None):
    """Return the nodes and weights of `gauss_hermite_expectation`; the weights sum to one.

    Examples
    --------
    >>> gaussian_rule(1.0, 4.0, n=2)
    Rule(nodes=array([-1.,  3.]), weights=array([0.5, 0.5]))
    """
    if n is not None and level is not None:
        raise ArgumentError("give n for a product rule or level for a sparse grid, not both")
    mean = check_array(mean, "mean")
    if mean.ndim > 1 or not mean.size:
        raise ArgumentError(f"mean must be a number or a vector, not of shape {mean.shape}")
    if mean.ndim == 0:
        root = np.sqrt(check_number(cov, "cov", least=0))
    else:
        eigenvalues, vectors = np.linalg.eigh(check_covariance(cov, "cov", size=len(mean)))
        root = vectors * np.sqrt(np.maximum(eigenvalues, 0))
    d = mean.size
    if level is None:
        nodes, weights = gauss_hermite_rule(check_count(20 if n is None else n, "n"), kind="probabilist")
        standard = tensor_rule(*[Rule(nodes, weights / np.sqrt(2 * np.pi))] * d)
    else:
        standard = sparse_grid(d, level, kind="gauss_hermite")
    if mean.ndim == 0:
        return Rule(mean + root * standard.nodes[:, 0], standard.weights)
    return Rule(mean + standard.nodes @ root.T, standard.weights)
