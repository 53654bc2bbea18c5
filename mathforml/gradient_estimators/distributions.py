"""The distributions whose parameters are learnt: how to sample, and the derivative of log p."""

from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np

from mathforml.checks import check_array
from mathforml.errors import ArgumentError

LARGEST_GRID = 2**18  # points to enumerate
LARGEST_RATE = 2.0**53  # beyond, a float does not tell neighbouring counts apart


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Independent normal variables.

    Parameters
    ----------
    mean : float or array_like, shape (d,)
    std : float or array_like, shape (d,)
        Above 0, and wide enough that rounding lets its samples differ: at least 1e-12 |mean| and 1e-100.

    Examples
    --------
    >>> Gaussian(0.0, 2.0).score(np.array([4.0]), "mean").tolist()
    [1.0]
    """

    mean: np.ndarray
    std: np.ndarray
    parameters: ClassVar = ("mean", "std")

    def __post_init__(self):
        mean = _vector(self.mean, "mean")
        std = np.broadcast_to(check_array(self.std, "std"), mean.shape) if np.ndim(self.std) == 0 else self.std
        std = check_array(std, "std", shape=mean.shape)
        if (std <= 0).any():
            raise ArgumentError(f"std must be above 0, not {std.min():g}")
        if (std < np.maximum(1e-12 * np.abs(mean), 1e-100)).any():
            raise ArgumentError("std must be at least 1e-12 |mean| and 1e-100: samples cannot be told apart else")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "std", std)

    @property
    def shape(self):
        """Shape of one sample: () or (d,)."""
        return self.mean.shape

    def sample(self, samples, rng):
        """Return samples (S, …)."""
        return self.mean + self.std * rng.standard_normal((samples, *self.shape))

    def score(self, x, wrt):
        """Return the derivative of log p at each sample with respect to a parameter."""
        noise = (x - self.mean) / self.std
        return noise / self.std if wrt == "mean" else (noise**2 - 1) / self.std

    def grid(self):
        """Return points (n, …) and weights (n,) that integrate: Gauss and Hermite's, 64 a dimension."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(64)
        noise, weights = _product(nodes, weights / weights.sum(), self.shape)
        return self.mean + self.std * noise, weights


@dataclass(frozen=True, eq=False)
class Bernoulli:
    """Independent coins: x = 1 with probability 1 / (1 + exp(−logits)), else 0.

    Parameters
    ----------
    logits : float or array_like, shape (d,)

    Examples
    --------
    >>> Bernoulli(0.0).score(np.array([1.0, 0.0]), "logits").tolist()
    [0.5, -0.5]
    """

    logits: np.ndarray
    parameters: ClassVar = ("logits",)

    def __post_init__(self):
        object.__setattr__(self, "logits", _vector(self.logits, "logits"))

    @property
    def shape(self):
        """Shape of one sample: () or (d,)."""
        return self.logits.shape

    @property
    def probabilities(self):
        """Probability of a one."""
        from scipy.special import expit

        return expit(self.logits)

    def sample(self, samples, rng):
        """Return samples (S, …) of 0.0 and 1.0."""
        return (rng.random((samples, *self.shape)) < self.probabilities).astype(float)

    def score(self, x, wrt):
        """Return the derivative of log p at each sample with respect to a parameter."""
        return x - self.probabilities

    def grid(self):
        """Return all points (2^d, …) and their probabilities."""
        points, _ = _product(np.array([0.0, 1.0]), np.ones(2), self.shape)
        p = np.where(points == 1, self.probabilities, 1 - self.probabilities)
        return points, p.reshape(len(points), -1).prod(axis=1)


@dataclass(frozen=True, eq=False)
class Categorical:
    """One of K classes with probabilities softmax(logits); a sample is its one-hot vector.

    Parameters
    ----------
    logits : array_like, shape (K,)

    Examples
    --------
    >>> Categorical([0.0, 0.0]).score(np.array([[1.0, 0.0]]), "logits").tolist()
    [[0.5, -0.5]]
    """

    logits: np.ndarray
    parameters: ClassVar = ("logits",)

    def __post_init__(self):
        logits = check_array(self.logits, "logits", shape=("K",))
        if len(logits) < 2:
            raise ArgumentError("logits must have at least 2 classes")
        object.__setattr__(self, "logits", logits)

    @property
    def shape(self):
        """Shape of one sample: (K,)."""
        return self.logits.shape

    @property
    def probabilities(self):
        """Probability of each class."""
        from scipy.special import softmax

        return softmax(self.logits)

    def sample(self, samples, rng):
        """Return one-hot samples (S, K)."""
        return np.eye(len(self.logits))[rng.choice(len(self.logits), size=samples, p=self.probabilities)]

    def score(self, x, wrt):
        """Return the derivative of log p at each sample with respect to a parameter."""
        return x - self.probabilities

    def grid(self):
        """Return all K one-hot vectors and their probabilities."""
        return np.eye(len(self.logits)), self.probabilities


@dataclass(frozen=True, eq=False)
class Poisson:
    """Independent counts.

    Parameters
    ----------
    rate : float or array_like, shape (d,)
        Above 0, at most 2⁵³.

    Examples
    --------
    >>> Poisson(2.0).score(np.array([3.0]), "rate").tolist()
    [0.5]
    """

    rate: np.ndarray
    parameters: ClassVar = ("rate",)

    def __post_init__(self):
        rate = _vector(self.rate, "rate")
        if (rate <= 0).any():
            raise ArgumentError(f"rate must be above 0, not {rate.min():g}")
        if (rate > LARGEST_RATE).any():
            raise ArgumentError(f"rate must be at most 2⁵³, not {rate.max():g}: counts are not exact beyond")
        object.__setattr__(self, "rate", rate)

    @property
    def shape(self):
        """Shape of one sample: () or (d,)."""
        return self.rate.shape

    def sample(self, samples, rng):
        """Return samples (S, …) of whole numbers, as floats."""
        return rng.poisson(self.rate, (samples, *self.shape)).astype(float)

    def score(self, x, wrt):
        """Return the derivative of log p at each sample with respect to a parameter."""
        return x / self.rate - 1

    def grid(self):
        """Return the counts (n, …) up to a tail below 1e-16, also of p(x − 1), and their probabilities."""
        from scipy.stats import poisson

        last = int(poisson.isf(1e-16, self.rate.max())) + 1
        points, _ = _product(np.arange(last + 1.0), np.ones(last + 1), self.shape)
        return points, poisson.pmf(points, self.rate).reshape(len(points), -1).prod(axis=1)


def _vector(value, name):
    array = check_array(value, name)
    if array.ndim > 1 or array.size == 0:
        raise ArgumentError(f"{name} must be a number or have shape (d), not {array.shape}")
    return array


def _product(nodes, weights, shape):
    """Return the product rule: points (nᵈ, …) and weights (nᵈ,)."""
    d = int(np.prod(shape))
    if len(nodes) ** d > LARGEST_GRID:
        raise ArgumentError(f"{len(nodes)} points in each of {d} dimensions are too many to enumerate")
    points = np.stack(np.meshgrid(*[nodes] * d, indexing="ij"), axis=-1).reshape(-1, *shape)
    return points, reduce(np.multiply.outer, [weights] * d).ravel()
