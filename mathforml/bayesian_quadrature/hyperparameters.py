"""Kernels fitted to values: the largest marginal likelihood."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mathforml.bayesian_quadrature.kernels import Brownian, check_kernel
from mathforml.bayesian_quadrature.measures import as_points
from mathforml.bayesian_quadrature.process import NOISE, factor, solve
from mathforml.checks import check_array, check_number
from mathforml.errors import ArgumentError, ConvergenceError, SingularError


def fit_kernel(nodes, values, kernel, *, prior_mean=0.0, noise=NOISE, bounds=None):
    """Return the kernel with variance and length scales of the largest marginal likelihood.

    The best variance is known given the length scales, rᵀK⁻¹r / n for the kernel of variance one; scipy.optimize
    looks for those in log scale, from the kernel's own and from two other starts.

    Parameters
    ----------
    nodes, values, prior_mean, noise
        As for `bayesian_quadrature`. At least two nodes.
    kernel : SquaredExponential, Matern32 or Brownian
        Its kind is kept, and whether it has one length scale or one a dimension.
    bounds : pair of float, optional
        Of all length scales. Default: a fifth of the smallest distance of two nodes to ten times the largest.

    Returns
    -------
    SquaredExponential, Matern32 or Brownian

    Raises
    ------
    ArgumentError
        If shapes do not fit, or all values equal the prior mean and so have no scale.
    ConvergenceError
        If the search ends nowhere, from no start.

    Examples
    --------
    >>> fit_kernel([0.0, 1.0, 2.0], [1.0, 2.0, 1.0], Brownian(), noise=0)
    Brownian(variance=1.0, start=0.0, offset=1.0)
    """
    check_kernel(kernel)
    nodes = as_points(nodes, None, "nodes")
    values = check_array(values, "values", shape=(len(nodes),))
    residual = values - check_number(prior_mean, "prior_mean")
    if len(nodes) < 2 or not residual.any():
        raise ArgumentError("values must hold at least two numbers, not all of them equal to prior_mean")
    if not 1e-150 < np.abs(residual).max() < 1e150:
        raise ArgumentError("values must be of a size whose square is a number: rescale them")

    def profile(unit):
        """Return the best variance for a kernel of variance one, and −log p(values) with it, up to a constant."""
        lower = factor(unit, nodes, noise)
        variance = float(residual @ solve(lower, residual)) / len(residual)
        return variance, 0.5 * len(residual) * np.log(variance) + np.log(np.diag(lower)).sum()

    unit = replace(kernel, variance=1.0)
    if isinstance(kernel, Brownian):
        return replace(kernel, variance=profile(unit)[0])
    low, high = _lengthscale_bounds(nodes, bounds)

    def with_lengthscale(logs):
        many = np.ndim(kernel.lengthscale)
        return replace(unit, lengthscale=tuple(np.exp(logs)) if many else float(np.exp(logs[0])))

    def loss(logs):
        try:
            return profile(with_lengthscale(logs))[1]
        except SingularError:
            return np.inf

    from scipy.optimize import minimize

    size = max(1, np.size(kernel.lengthscale))
    own = np.clip(np.log(np.broadcast_to(kernel.lengthscale, size)), np.log(low), np.log(high))
    best = None
    for start in (own, *(np.full(size, (1 - s) * np.log(low) + s * np.log(high)) for s in (0.4, 0.7))):
        if not np.isfinite(loss(start)):
            continue
        options = {"xatol": 1e-6, "fatol": 1e-9, "maxiter": 500 * size}
        found = minimize(
            loss, start, method="Nelder-Mead", bounds=[(np.log(low), np.log(high))] * size, options=options
        )
        if found.success and (best is None or found.fun < best.fun):
            best = found
    if best is None:
        raise ConvergenceError("no length scale within bounds was found to be best; raise noise or narrow bounds")
    unit = with_lengthscale(best.x)
    return replace(unit, variance=profile(unit)[0])


def _lengthscale_bounds(nodes, bounds):
    if bounds is not None:
        low, high = check_array(bounds, "bounds", shape=(2,))
        if not 0 < low < high:
            raise ArgumentError(f"bounds must be two numbers 0 < low < high, not {low:g}, {high:g}")
        return low, high
    distances = np.linalg.norm(nodes[:, None] - nodes[None], axis=-1)
    apart = distances[distances > 0]
    if not apart.size:
        raise ArgumentError("nodes must not all be the same point")
    return apart.min() / 5, apart.max() * 10
