"""What an estimator returns, and how the functions it gets are called."""

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_array
from mathforml.errors import ArgumentError


@dataclass(frozen=True, eq=False)
class GradientEstimate:
    """An estimated gradient and the samples it is the mean of.

    Attributes
    ----------
    per_sample : ndarray, shape (S, …)
        One gradient a sample, of at least 2.
    evaluations : int
        Number of points at which f (or its derivative) was evaluated: the cost.
    """

    per_sample: np.ndarray
    evaluations: int

    def __post_init__(self):
        per_sample = check_array(self.per_sample, "per_sample")
        if not per_sample.ndim or len(per_sample) < 2:
            raise ArgumentError("per_sample must hold the gradients of at least 2 samples: one has no spread")
        object.__setattr__(self, "per_sample", per_sample)

    @property
    def estimate(self):
        """The gradient, of the parameter's shape."""
        return self.per_sample.mean(axis=0)

    @property
    def variance(self):
        """Variance of one sample's gradient, by component."""
        return self.per_sample.var(axis=0, ddof=1)

    @property
    def standard_error(self):
        """Standard deviation of the estimate, by component."""
        return np.sqrt(self.variance / len(self.per_sample))


def values(f, x):
    """Return f at S points as an array (S,)."""
    with np.errstate(all="ignore"):  # what is not finite is told in words
        result = check_array(f(x.copy()), "f's value", finite=False)
    if result.shape != x.shape[:1]:
        raise ArgumentError(
            f"f must return one value a sample, shape ({len(x)}), not ({', '.join(map(str, result.shape))})"
        )
    if not np.isfinite(result).all():
        raise ArgumentError(f"f must be finite at the samples; it is {result[~np.isfinite(result)][0]} at one")
    return result


def slopes(f, x):
    """Return the derivative of f at each of S points, of the shape of x."""
    from mathforml.autodiff import grad

    values(f, x)
    with np.errstate(all="ignore"):
        result = grad(lambda x: np.sum(f(x)))(x)  # a sample's value depends on no other sample
    if not np.isfinite(result).all():
        raise ArgumentError("f must have a finite derivative at the samples")
    return result
