"""Kernels: what is believed about the integrand before any value is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_array, check_number
from mathforml.errors import ArgumentError


@dataclass(frozen=True)
class SquaredExponential:
    """k(x, x′) = variance · exp(−½ Σ_j (x_j − x′_j)² / ℓ_j²): functions with all derivatives.

    Parameters
    ----------
    variance : float
    lengthscale : float or array_like, shape (d,)
        ℓ, one for all dimensions or one each.
    """

    variance: float = 1.0
    lengthscale: float | tuple = 1.0

    def __post_init__(self):
        _check_hyperparameters(self)

    def __call__(self, x, y):
        """Return the kernel matrix, shape (n, m), of points of shape (n, d) and (m, d)."""
        difference = (x[:, None, :] - y[None, :, :]) / np.asarray(self.lengthscale)
        return self.variance * np.exp(-0.5 * (difference**2).sum(axis=-1))

    def diagonal(self, x):
        """Return k(x_i, x_i), shape (n,)."""
        return np.full(len(x), self.variance)


@dataclass(frozen=True)
class Matern32:
    """k(x, x′) = variance · Π_j (1 + √3 r_j) exp(−√3 r_j), r_j = |x_j − x′_j| / ℓ_j: once differentiable.

    Parameters
    ----------
    variance : float
    lengthscale : float or array_like, shape (d,)
        ℓ, one for all dimensions or one each.
    """

    variance: float = 1.0
    lengthscale: float | tuple = 1.0

    def __post_init__(self):
        _check_hyperparameters(self)

    def __call__(self, x, y):
        """Return the kernel matrix, shape (n, m), of points of shape (n, d) and (m, d)."""
        r = math.sqrt(3) * np.abs(x[:, None, :] - y[None, :, :]) / np.asarray(self.lengthscale)
        return self.variance * np.prod(1 + r, axis=-1) * np.exp(-r.sum(axis=-1))

    def diagonal(self, x):
        """Return k(x_i, x_i), shape (n,)."""
        return np.full(len(x), self.variance)


@dataclass(frozen=True)
class Brownian:
    """k(x, x′) = variance · (offset + min(x, x′) − start) in one dimension: continuous functions, nowhere smooth.

    Its posterior mean joins the values by straight lines, so with nodes at both ends of an interval the posterior
    mean of the integral is the trapezoid rule (Diaconis 1988, Bayesian numerical analysis).

    Parameters
    ----------
    variance : float
        Of the increment over one unit of x.
    start : float
        Left end of the interval.
    offset : float
        Variance at the left end, in units of `variance`.
    """

    variance: float = 1.0
    start: float = 0.0
    offset: float = 1.0

    def __post_init__(self):
        check_number(self.variance, "variance", above=0)
        check_number(self.start, "start")
        check_number(self.offset, "offset", above=0)

    def __call__(self, x, y):
        """Return the kernel matrix, shape (n, m), of points of shape (n, 1) and (m, 1)."""
        least = np.minimum(x[:, None, 0], y[None, :, 0]) - self.start
        if least.min(initial=0) < 0:
            raise ArgumentError(f"nodes must not lie left of start = {self.start:g}, where Brownian motion begins")
        return self.variance * (self.offset + least)

    def diagonal(self, x):
        """Return k(x_i, x_i), shape (n,)."""
        return self.variance * (self.offset + x[:, 0] - self.start)


def check_kernel(kernel):
    if not isinstance(kernel, SquaredExponential | Matern32 | Brownian):
        raise ArgumentError(f"kernel must be SquaredExponential, Matern32 or Brownian, not {kernel!r:.60}")


def check_kernel_dimensions(kernel, d):
    wanted = 1 if isinstance(kernel, Brownian) else np.size(kernel.lengthscale)
    if wanted != d and (wanted != 1 or isinstance(kernel, Brownian)):
        raise ArgumentError(f"kernel is for {wanted} dimensions, nodes and measure have {d}")


def _check_hyperparameters(kernel):
    check_number(kernel.variance, "variance", above=0)
    lengthscale = check_array(kernel.lengthscale, "lengthscale")
    if lengthscale.ndim > 1 or not lengthscale.size or (lengthscale <= 0).any():
        raise ArgumentError(f"lengthscale must be a positive number or a vector of such, not {lengthscale}")
    # Numbers and tuples, so that kernels can be compared.
    object.__setattr__(kernel, "variance", float(kernel.variance))
    object.__setattr__(
        kernel, "lengthscale", tuple(lengthscale.tolist()) if lengthscale.ndim else float(lengthscale)
    )
