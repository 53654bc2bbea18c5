"""Where to look next: the node that takes most variance from the integral."""

from __future__ import annotations

import math

import numpy as np

from mathforml.bayesian_quadrature.embeddings import kernel_mean
from mathforml.bayesian_quadrature.hyperparameters import fit_kernel
from mathforml.bayesian_quadrature.measures import as_points, check_measure
from mathforml.bayesian_quadrature.posterior import bayesian_quadrature
from mathforml.bayesian_quadrature.process import NOISE
from mathforml.checks import check_callable, check_count, check_number, check_seed
from mathforml.errors import ArgumentError, SingularError
from mathforml.quadrature.rule import evaluate_real


def choose_nodes(n, kernel, measure, *, nodes=None, candidates=None, noise=NOISE, seed=0):
    """Return n nodes, each the one that most reduces the variance of the integral given those before it.

    The variance does not depend on the values of f: nodes can be chosen before any is known, as long as the kernel
    stays the same.

    Parameters
    ----------
    n : int
    kernel, measure, noise
        As for `bayesian_quadrature`.
    nodes : array_like, shape (m, d), or (m,) where d = 1, optional
        Nodes that are there already.
    candidates : array_like, shape (N, d), or (N,) where d = 1, optional
        To choose from. Default: 1025 quantiles of the measure where d = 1, otherwise at least
        1024 d scrambled Sobol points.
    seed : int, None or Generator
        Of the Sobol points.

    Returns
    -------
    ndarray, shape (n, d)
        In the order of choice.

    Raises
    ------
    ArgumentError
        If an argument is not as above, or there are fewer candidates than n.

    References
    ----------
    Huszár, Duvenaud 2012, Optimally-weighted herding is Bayesian quadrature, arXiv:1204.1664

    Examples
    --------
    >>> from mathforml.bayesian_quadrature import SquaredExponential, Uniform
    >>> choose_nodes(3, SquaredExponential(), Uniform(-1, 1)).ravel().round(1)
    array([ 0. , -1. ,  0.9])
    """
    n, noise = check_count(n, "n"), check_number(noise, "noise", least=0)
    check_measure(measure)
    points = (
        _candidates(measure, check_seed(seed))
        if candidates is None
        else as_points(candidates, measure, "candidates")
    )
    if len(points) < n:
        raise ArgumentError(f"candidates must hold at least n = {n} points, not {len(points)}")
    known = np.zeros((0, measure.d)) if nodes is None else as_points(nodes, measure, "nodes")
    points = np.concatenate([known, points])
    # A pivoted Cholesky factor of the kernel matrix, one column a node: `gain` is the covariance of the integral
    # with f at each point, `variance` that of f itself, both given the nodes so far.
    gain = kernel_mean(kernel, measure, points)
    variance = kernel.diagonal(points) + noise * kernel.variance
    columns = np.zeros((len(points), len(known) + n))
    least = 1e-12 * variance.max()
    chosen = []
    for j in range(len(known) + n):
        if j < len(known):
            pivot = j
        else:
            score = np.divide(gain**2, variance, out=np.zeros_like(gain), where=variance > least)
            score[: len(known)] = -1
            score[chosen] = -1
            pivot = int(np.argmax(score))
            chosen.append(pivot)
        if variance[pivot] <= least:
            raise SingularError("the kernel matrix is singular: nodes lie too close for this kernel; raise noise")
        column = kernel(points, points[pivot : pivot + 1])[:, 0] - columns @ columns[pivot]
        column[pivot] = variance[pivot]
        column /= math.sqrt(variance[pivot])
        gain = gain - column * (gain[pivot] / column[pivot])
        variance = variance - column**2
        columns[:, j] = column
    return points[chosen]


def integrate(f, kernel, measure, *, n, start=None, prior_mean=0.0, noise=NOISE, refit=True, seed=0):
    """Choose nodes, evaluate, fit, again: active Bayesian quadrature with n evaluations of `f`.

    Parameters
    ----------
    f : callable
        Takes nodes, shape (m, d), or (m,) where d = 1, and returns one value a node.
    kernel, measure, prior_mean, noise, seed
        As for `bayesian_quadrature` and `choose_nodes`.
    n : int
        Evaluations.
    start : int, optional
        Nodes chosen for the kernel as given, before the first fit. Default: half of n, at least 2.
    refit : bool
        Whether the kernel is fitted to the values before each further node.

    Returns
    -------
    IntegralPosterior
        With the kernel as last fitted.

    Raises
    ------
    ArgumentError
        If an argument is not as above or `f` is not finite at a node.

    Examples
    --------
    >>> from mathforml.bayesian_quadrature import SquaredExponential, Uniform
    >>> posterior = integrate(np.exp, SquaredExponential(), Uniform(0, 1), n=6)
    >>> abs(posterior.mean - (np.e - 1)) < 4 * posterior.std < 0.001
    True
    """
    check_callable(f)
    n = check_count(n, "n", least=2)
    start = max(2, n // 2) if start is None else check_count(start, "start", least=2)
    rng = check_seed(seed)

    def values_at(x):
        return evaluate_real(f, x[:, 0] if measure.d == 1 else x)

    nodes = choose_nodes(min(start, n), kernel, measure, noise=noise, seed=rng)
    values = values_at(nodes)
    while True:
        if refit:
            kernel = fit_kernel(nodes, values, kernel, prior_mean=prior_mean, noise=noise)
        if len(nodes) == n:
            break
        new = choose_nodes(1, kernel, measure, nodes=nodes, noise=noise, seed=rng)
        nodes, values = np.concatenate([nodes, new]), np.append(values, values_at(new))
    return bayesian_quadrature(nodes, values, kernel, measure, prior_mean=prior_mean, noise=noise)


def _candidates(measure, rng):
    if measure.d == 1:
        return measure.quantiles(np.linspace(0, 1, 1025)[:, None])
    from scipy.stats import qmc

    return measure.quantiles(qmc.Sobol(measure.d, rng=rng).random(1 << (10 + (measure.d - 1).bit_length())))
