"""Measures: what the integral is an expectation under."""

from __future__ import annotations

import numpy as np

from mathforml.checks import check_array, check_covariance
from mathforml.errors import ArgumentError


class Uniform:
    """The uniform distribution on a box.

    Parameters
    ----------
    lower, upper : float or array_like, shape (d,)
        Corners.

    Attributes
    ----------
    d : int
    volume : float
        ∫ f(x) dx over the box is `volume` times the expectation.

    Raises
    ------
    ArgumentError
        If the corners are not finite, of one length, and lower < upper.
    """

    def __init__(self, lower, upper):
        self.lower = np.atleast_1d(check_array(lower, "lower"))
        self.upper = np.atleast_1d(check_array(upper, "upper"))
        one_box = self.lower.ndim == 1 and self.lower.shape == self.upper.shape and self.lower.size
        if not one_box or not (self.lower < self.upper).all():
            raise ArgumentError("lower and upper must be corners of one box, lower < upper in every dimension")
        self.d = len(self.lower)
        self.volume = float(np.prod(self.upper - self.lower))

    def quantiles(self, u):
        """Map points of the unit cube, shape (n, d), to the box."""
        return self.lower + u * (self.upper - self.lower)


class Gaussian:
    """The normal distribution.

    Parameters
    ----------
    mean : float or array_like, shape (d,)
    cov : float or array_like, shape (d, d)
        Covariance; positive definite.

    Attributes
    ----------
    d : int

    Raises
    ------
    ArgumentError
        If the shapes do not fit or `cov` is not positive definite.
    """

    def __init__(self, mean, cov):
        self.mean = np.atleast_1d(check_array(mean, "mean"))
        if self.mean.ndim != 1 or not self.mean.size:
            raise ArgumentError(f"mean must be a number or a vector, not of shape {self.mean.shape}")
        self.d = len(self.mean)
        cov = check_array(cov, "cov")
        self.cov = check_covariance(cov.reshape(1, 1) if cov.ndim == 0 else cov, "cov", size=self.d)
        try:
            self.root = np.linalg.cholesky(self.cov)
        except np.linalg.LinAlgError:
            raise ArgumentError("cov must be positive definite") from None

    def quantiles(self, u):
        """Map points of the open unit cube, shape (n, d), to points with this distribution."""
        from scipy.special import ndtri

        return self.mean + ndtri(np.clip(u, 1e-9, 1 - 1e-9)) @ self.root.T


def check_measure(measure):
    """Refuse what is no measure of this package."""
    if not isinstance(measure, Uniform | Gaussian):
        raise ArgumentError(f"measure must be Uniform or Gaussian, not {measure!r:.60}")


def as_points(x, measure, name):
    """Return points as shape (n, d)."""
    x = check_array(x, name)
    if x.ndim == 1 and (measure is None or measure.d == 1):
        x = x[:, None]
    if x.ndim != 2 or not len(x) or (measure is not None and x.shape[1] != measure.d):
        wanted = "(n, d) or (n)" if measure is None else f"(n, {measure.d})" + " or (n)" * (measure.d == 1)
        raise ArgumentError(f"{name} must have shape {wanted}, n of at least 1, not {x.shape}")
    return x
