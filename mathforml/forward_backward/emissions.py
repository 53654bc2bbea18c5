"""Emissions: what a hidden state says about its observation, and how that is learned from weighted observations.

An emission model has `log_likelihoods(observations)`, shape (N, K), and `fit(observations, weights)`, which
returns the model that maximises Σ_n Σ_k weights[n, k] log p(observation n | k). Observations lie one below the
other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mathforml.checks import check_array, check_count, check_covariance, check_distribution
from mathforml.errors import ArgumentError, SingularError


class Emissions(ABC):
    """What `HMM` asks of an emission model.

    Attributes
    ----------
    states : int
        Number of states, K.
    dimensions : int
        Number of axes of one sequence.
    """

    @abstractmethod
    def log_likelihoods(self, observations):
        """log p(observation n | state k), shape (N, K)."""

    @abstractmethod
    def fit(self, observations, weights):
        """The model that fits observations best, of which state k has weights[n, k] of the n-th."""

    @abstractmethod
    def draw(self, states, rng):
        """One observation for each of the states, shape (N, …)."""


@dataclass(frozen=True, eq=False)
class Categorical(Emissions):
    """Each state has a distribution over M symbols, which are the numbers from 0.

    Parameters
    ----------
    probabilities : array_like of shape (K, M)

    Raises
    ------
    ArgumentError
        If a row is no distribution.

    Examples
    --------
    >>> Categorical([[0.5, 0.5], [0.1, 0.9]]).log_likelihoods([1, 1]).round(3)
    array([[-0.693, -0.105],
           [-0.693, -0.105]])
    """

    probabilities: np.ndarray
    dimensions: ClassVar = 1

    def __post_init__(self):
        checked = check_distribution(self.probabilities, "probabilities", shape=("K", "M"))
        object.__setattr__(self, "probabilities", checked)

    @property
    def states(self):
        return len(self.probabilities)

    def log_likelihoods(self, observations):
        return log_probabilities(self.probabilities).T[self._symbols(observations)]

    def fit(self, observations, weights):
        symbols, many = self._symbols(observations), self.probabilities.shape[1]
        counts = np.stack([np.bincount(symbols, weights=column, minlength=many) for column in weights.T])
        return Categorical(proportions(counts, self.probabilities))

    def draw(self, states, rng):
        cumulative = self.probabilities.cumsum(axis=1)
        cumulative[:, -1] = 1.0
        return (cumulative[states] <= rng.random(len(states))[:, None]).sum(axis=1)

    def _symbols(self, observations):
        many = self.probabilities.shape[1]
        values = check_array(observations, "observations", shape=("T",))
        wrong = (values != np.round(values)) | (values < 0) | (values >= many)
        if wrong.any():
            raise ArgumentError(
                f"observations must be whole numbers from 0 to {many - 1}, not {values[wrong][0]:g}"
            )
        return values.astype(int)


@dataclass(frozen=True, eq=False)
class Gaussian(Emissions):
    """Each state has a Gaussian, N(means[k], covariances[k]).

    Parameters
    ----------
    means : array_like of shape (K, d)
    covariances : array_like of shape (K, d, d)

    Raises
    ------
    ArgumentError
        If shapes do not fit or a covariance is not symmetric.
    SingularError
        If a covariance is singular.

    Examples
    --------
    >>> Gaussian([[0.0], [3.0]], [[[1.0]], [[1.0]]]).log_likelihoods([[0.0]]).round(3)
    array([[-0.919, -5.419]])
    """

    means: np.ndarray
    covariances: np.ndarray
    dimensions: ClassVar = 2

    def __post_init__(self):
        means = check_array(self.means, "means", shape=("K", "d"))
        states, d = means.shape
        covariances = check_array(self.covariances, "covariances", shape=(states, d, d))
        covariances = np.array([check_covariance(c, f"covariances[{k}]") for k, c in enumerate(covariances)])
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "covariances", covariances)
        for k, covariance in enumerate(covariances):
            if np.linalg.matrix_rank(covariance, hermitian=True) < d:
                raise SingularError(
                    f"covariances[{k}] is singular, as of fewer than {d + 1} different observations, "
                    "or of some that lie in a subspace"
                )

    @property
    def states(self):
        return len(self.means)

    def log_likelihoods(self, observations):
        points = self._points(observations)
        factors = np.linalg.cholesky(self.covariances)
        whitened = np.linalg.solve(factors, (points[None] - self.means[:, None]).swapaxes(-1, -2))
        log_det = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        with np.errstate(over="ignore"):  # so far away that the logarithm of the density is -inf
            squares = (whitened**2).sum(axis=1)
        return (-0.5 * squares - log_det[:, None]).T - points.shape[1] / 2 * np.log(2 * np.pi)

    def fit(self, observations, weights):
        points = self._points(observations)
        totals = weights.sum(axis=0)
        seen = totals > 0
        shares = weights / np.where(seen, totals, 1.0)
        means = np.where(seen[:, None], shares.T @ points, self.means)
        apart = points[None] - means[:, None]
        covariances = (apart * shares.T[..., None]).swapaxes(-1, -2) @ apart
        return Gaussian(means, np.where(seen[:, None, None], covariances, self.covariances))

    def draw(self, states, rng):
        noise = rng.standard_normal((len(states), self.means.shape[1]))
        return self.means[states] + (np.linalg.cholesky(self.covariances)[states] @ noise[..., None])[..., 0]

    def _points(self, observations):
        return check_array(observations, "observations", shape=("T", self.means.shape[1]))


@dataclass(frozen=True, eq=False)
class Given(Emissions):
    """Observations are the log-likelihoods themselves, shape (T, K), of a model that lives elsewhere.

    Parameters
    ----------
    states : int
        K.

    Examples
    --------
    >>> Given(2).log_likelihoods([[-1.0, -2.0]])
    array([[-1., -2.]])
    """

    states: int
    dimensions: ClassVar = 2

    def __post_init__(self):
        check_count(self.states, "states")

    def log_likelihoods(self, observations):
        values = check_array(observations, "observations", shape=("T", self.states), finite=False)
        if not (values < np.inf).all():
            raise ArgumentError(
                "observations must be log-likelihoods, numbers or -inf; there is nan or inf in them"
            )
        return values

    def fit(self, observations, weights):
        return self

    def draw(self, states, rng):
        raise ArgumentError("emissions that are given cannot be drawn: there is no model of them")


def log_probabilities(probabilities):
    """Their logarithms, -inf for 0."""
    with np.errstate(divide="ignore"):
        return np.log(probabilities)


def proportions(counts, otherwise):
    """Counts divided by their sum along the last axis; rows without counts from `otherwise`."""
    totals = counts.sum(axis=-1, keepdims=True)
    return np.where(totals > 0, counts / np.where(totals > 0, totals, 1.0), otherwise)
