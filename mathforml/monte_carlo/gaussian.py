"""The Gaussian with all that a sampler may ask of it: draws, log density and its gradient."""

from dataclasses import dataclass, field

import numpy as np

from mathforml.checks import check_array, check_covariance
from mathforml.errors import SingularError


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
        try:
            factor = np.linalg.cholesky(covariance)
            precision = np.linalg.inv(covariance)
        except np.linalg.LinAlgError:
            raise SingularError("covariance must have an inverse: all its eigenvalues above 0") from None
        names = ["mean", "covariance", "factor", "precision"]
        for name, value in zip(names, [mean, covariance, factor, precision]):
            object.__setattr__(self, name, value)

    def sample(self, rng, size):
        """Return draws μ + Lε with Σ = LLᵀ, shape (size, d)."""
        return self.mean + rng.standard_normal((size, len(self.mean))) @ self.factor.T

    def log_density(self, x):
        """Return log p(x) for x of shape (..., d), shape (...)."""
        z = x - self.mean
        constant = len(self.mean) / 2 * np.log(2 * np.pi) + np.log(np.diag(self.factor)).sum()
        return -0.5 * np.sum(z @ self.precision * z, axis=-1) - constant

    def score(self, x):
        """Return ∇ₓ log p(x) for x of shape (..., d), same shape."""
        return (self.mean - x) @ self.precision
