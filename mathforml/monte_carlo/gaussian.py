"""The Gaussian with all that a sampler may ask of it: draws, log density and its gradient."""

from dataclasses import dataclass, field

import numpy as np

from mathforml.checks import check_array, check_count, check_covariance, check_seed
from mathforml.errors import ArgumentError, SingularError


@dataclass(frozen=True)
class Gaussian:
    """N(μ, Σ) in d dimensions.

    Parameters
    ----------
    mean : array_like, shape (d,)
        μ.
    covariance : array_like, shape (d, d)
        Σ.

    Raises
    ------
    ArgumentError
        If the shapes do not fit or Σ is no covariance.
    SingularError
        If Σ has no inverse, hence no density.

    Examples
    --------
    >>> p = Gaussian([0.0, 1.0], [[1.0, 0.5], [0.5, 1.0]])
    >>> p.sample(np.random.default_rng(0), 3).shape
    (3, 2)
    >>> round(float(p.log_density(np.zeros((1, 2)))[0]), 4)
    -2.3607
    """

    mean: np.ndarray
    covariance: np.ndarray
    factor: np.ndarray = field(init=False, repr=False)
    precision: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        mean = check_array(self.mean, "mean", shape=("d",))
        covariance = check_covariance(self.covariance, "covariance", size=len(mean))
        deviations = np.sqrt(np.diag(covariance))
        correlation = covariance / np.maximum(np.outer(deviations, deviations), 1e-300)
        # rounding may leave an eigenvalue of 0 a little above it, whatever the units
        if np.linalg.eigvalsh(correlation).min(initial=1.0) <= 2e-15 * len(mean):
            raise SingularError("covariance must have an inverse: all its eigenvalues above 0")
        factor, precision = np.linalg.cholesky(covariance), np.linalg.inv(covariance)
        names = ["mean", "covariance", "factor", "precision"]
        for name, value in zip(names, [mean, covariance, factor, precision]):
            object.__setattr__(self, name, value)

    def sample(self, rng, size):
        """Return draws μ + Lε with Σ = LLᵀ, shape (size, d)."""
        shape = check_count(size, "size"), len(self.mean)
        return self.mean + check_seed(rng).standard_normal(shape) @ self.factor.T

    def log_density(self, x):
        """Return log p(x) for x of shape (..., d), shape (...)."""
        self.check_points(x)
        z = x - self.mean
        constant = len(self.mean) / 2 * np.log(2 * np.pi) + np.log(np.diag(self.factor)).sum()
        return -0.5 * np.sum(z @ self.precision * z, axis=-1) - constant

    def score(self, x):
        """Return ∇ₓ log p(x) for x of shape (..., d), same shape."""
        self.check_points(x)
        return (self.mean - x) @ self.precision

    def check_points(self, x):
        """Refuse points that are not of shape (..., d)."""
        if np.shape(x)[-1:] != self.mean.shape:
            raise ArgumentError(f"x must have shape (..., {len(self.mean)}), not {np.shape(x)}")
