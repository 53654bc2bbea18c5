"""Kernel means in closed form: how the integral covaries with the values."""

from __future__ import annotations

import math

import numpy as np

from mathforml.bayesian_quadrature.kernels import (
    Brownian,
    Matern32,
    SquaredExponential,
    check_kernel,
    check_kernel_dimensions,
)
from mathforml.bayesian_quadrature.measures import Gaussian, Uniform, as_points, check_measure
from mathforml.errors import ArgumentError


def kernel_mean(kernel, measure, x):
    """Return z(x) = ∫ k(x, x′) p(x′) dx′ in closed form.

    Parameters
    ----------
    kernel : SquaredExponential, Matern32 or Brownian
    measure : Uniform or Gaussian
        Gaussian only with the squared exponential.
    x : array_like, shape (n, d), or (n,) where d = 1

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ArgumentError
        If the pair has no closed form here, or shapes do not fit.

    References
    ----------
    Briol, Oates, Girolami, Osborne, Sejdinovic 2019, Probabilistic integration, table 1, arXiv:1512.00933

    Examples
    --------
    >>> kernel_mean(Brownian(offset=1.0), Uniform(0, 1), [0.0, 1.0])
    array([1. , 1.5])
    """
    first, _ = _closed_forms(kernel, measure)
    return first(kernel, measure, as_points(x, measure, "x"))


def prior_variance(kernel, measure):
    """Return ∬ k(x, x′) p(x) p(x′) dx dx′, the variance of the integral before any value is known.

    Parameters
    ----------
    kernel, measure
        As for `kernel_mean`.

    Returns
    -------
    float

    Examples
    --------
    >>> round(prior_variance(SquaredExponential(), Gaussian(0, 1)), 9)  # 1/√3
    0.577350269
    """
    _, second = _closed_forms(kernel, measure)
    return float(second(kernel, measure))


# Closed forms: kernel mean at points x of shape (n, d), and its own mean; products where the measure's components
# are independent.


def _squared_exponential_uniform_mean(kernel, measure, x):
    from scipy.special import erf

    scale = math.sqrt(2) * np.asarray(kernel.lengthscale)
    steps = erf((measure.upper - x) / scale) - erf((measure.lower - x) / scale)
    return kernel.variance * np.prod(
        math.sqrt(math.pi) / 2 * scale * steps / (measure.upper - measure.lower), axis=1
    )


def _squared_exponential_uniform_variance(kernel, measure):
    from scipy.special import erf

    r = (measure.upper - measure.lower) / (math.sqrt(2) * np.asarray(kernel.lengthscale))
    return kernel.variance * np.prod((np.expm1(-(r**2)) + math.sqrt(math.pi) * r * erf(r)) / r**2)


def _squared_exponential_gaussian_mean(kernel, measure, x):
    total = measure.cov + np.diag(np.broadcast_to(kernel.lengthscale, measure.d) ** 2)
    difference = x - measure.mean
    exponent = (difference * np.linalg.solve(total, difference.T).T).sum(axis=1)
    return kernel.variance * np.exp(_log_shrinkage(kernel, total) - 0.5 * exponent)


def _squared_exponential_gaussian_variance(kernel, measure):
    total = 2 * measure.cov + np.diag(np.broadcast_to(kernel.lengthscale, measure.d) ** 2)
    return kernel.variance * np.exp(_log_shrinkage(kernel, total))


def _log_shrinkage(kernel, total):
    """Return log √(Π ℓ_j² / |total|); the determinants themselves overflow in many dimensions."""
    return np.log(np.broadcast_to(kernel.lengthscale, len(total))).sum() - np.linalg.slogdet(total)[1] / 2


def _matern_uniform_mean(kernel, measure, x):
    from scipy.special import gammainc

    rate = math.sqrt(3) / np.asarray(kernel.lengthscale)

    def from_zero(r):  # ∫_0^r (1 + cs) exp(−cs) ds, odd in r
        t = rate * np.abs(r)
        return np.sign(r) * (gammainc(1, t) + gammainc(2, t)) / rate

    steps = from_zero(measure.upper - x) - from_zero(measure.lower - x)
    return kernel.variance * np.prod(steps / (measure.upper - measure.lower), axis=1)


def _matern_uniform_variance(kernel, measure):
    from scipy.special import gammainc

    # 2 (2t − 3 + (3 + t) exp(−t)) / t² without its cancellation at small t
    t = math.sqrt(3) / np.asarray(kernel.lengthscale) * (measure.upper - measure.lower)
    first, second, third = (gammainc(k, t) for k in (1, 2, 3))
    return kernel.variance * np.prod(2 * (first + second) / t - (2 * second / t + 4 * third / t) / t)


def _brownian_uniform_mean(kernel, measure, x):
    _check_start(kernel, measure)
    low, high, x = measure.lower[0] - kernel.start, measure.upper[0] - kernel.start, x[:, 0] - kernel.start
    inside = np.clip(x, low, high)
    average = ((inside**2 - low**2) / 2 + inside * (high - inside)) / (high - low)
    return kernel.variance * (kernel.offset + average + np.minimum(x - low, 0))


def _brownian_uniform_variance(kernel, measure):
    _check_start(kernel, measure)
    low, high = measure.lower[0] - kernel.start, measure.upper[0] - kernel.start
    return kernel.variance * (kernel.offset + low + (high - low) / 3)


_CLOSED_FORMS = {
    (SquaredExponential, Uniform): (_squared_exponential_uniform_mean, _squared_exponential_uniform_variance),
    (SquaredExponential, Gaussian): (_squared_exponential_gaussian_mean, _squared_exponential_gaussian_variance),
    (Matern32, Uniform): (_matern_uniform_mean, _matern_uniform_variance),
    (Brownian, Uniform): (_brownian_uniform_mean, _brownian_uniform_variance),
}


def _closed_forms(kernel, measure):
    check_kernel(kernel)
    check_measure(measure)
    pair = (type(kernel), type(measure))
    if pair not in _CLOSED_FORMS:
        valid = ", ".join(f"{k.__name__} with {m.__name__}" for k, m in _CLOSED_FORMS)
        raise ArgumentError(
            f"no closed form for {type(kernel).__name__} with {type(measure).__name__}; valid: {valid}"
        )
    check_kernel_dimensions(kernel, measure.d)
    return _CLOSED_FORMS[pair]


def _check_start(kernel, measure):
    if measure.lower[0] < kernel.start:
        raise ArgumentError(
            f"measure must not reach left of start = {kernel.start:g}, where Brownian motion begins"
        )
