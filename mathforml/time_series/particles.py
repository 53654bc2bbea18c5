"""Particle filter and smoother: the distribution of the state as a cloud of weighted points."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mathforml.checks import check_count, check_number, check_seed
from mathforml.errors import ArgumentError, SingularError
from mathforml.time_series.model import StateSpaceModel, check_model, check_observations
from mathforml.time_series.rules import call_finite
from mathforml.time_series.square_roots import is_singular, square_root


@dataclass(frozen=True, eq=False)
class Particles:
    """Weighted points at each step.

    Attributes
    ----------
    points : ndarray, shape (T, n, d) or (B, T, n, d)
    weights : ndarray, shape (T, n) or (B, T, n)
        Sum to one over n.
    log_densities : ndarray, shape (T,) or (B, T)
        Estimates of log p(y_t | y_1, …, y_{t−1}).
    effective_size : ndarray, shape (T,) or (B, T)
        1 / Σ w², between 1 and n, before resampling.
    model : LinearGaussian or Nonlinear
    """

    points: np.ndarray
    weights: np.ndarray
    log_densities: np.ndarray
    effective_size: np.ndarray
    model: StateSpaceModel = field(repr=False)

    @property
    def log_likelihood(self):
        """Estimate of log p(y_1, …, y_T), a number or shape (B,); its exponential is unbiased."""
        return self.log_densities.sum(axis=-1)

    @property
    def mean(self):
        """Estimate of E[x_t | y_1, …, y_t], shape (T, d) or (B, T, d)."""
        return np.einsum("...n,...nd->...d", self.weights, self.points)

    @property
    def cov(self):
        """Estimate of the covariance of x_t given y_1, …, y_t, shape (T, d, d) or (B, T, d, d)."""
        centred = self.points - self.mean[..., None, :]
        return np.einsum("...n,...nd,...ne->...de", self.weights, centred, centred)


def particle_filter(model, observations, *, n=1000, threshold=0.5, missing=False, seed=0):
    """Bootstrap particle filter: move by the model, weigh by the observation, resample when weights get uneven.

    Parameters
    ----------
    model : LinearGaussian or Nonlinear
        R must not be singular.
    observations : array_like, shape (T, p) or (B, T, p)
        One series, or B of them, each with particles of its own.
    n : int
        Number of particles. All T n d numbers are kept.
    threshold : float
        Resample, systematically, where the effective size falls below this part of n: 1 always, 0 never.
    missing : bool
        Take NaN for not observed; by default it is refused.
    seed : int, None or numpy Generator

    Returns
    -------
    Particles

    Raises
    ------
    ArgumentError
        If an argument is not of this kind, the model's functions return what is not finite, or no point of the
        cloud gives an observation a density above 0.
    SingularError
        If R is singular: no point of the cloud would have the observation's exact value.

    References
    ----------
    .. [1] Gordon, Salmond, Smith 1993, Novel approach to nonlinear/non-Gaussian Bayesian state estimation,
       doi:10.1049/ip-f-2.1993.0015
    .. [2] Douc, Cappé, Moulines 2005, Comparison of resampling schemes for particle filtering, arXiv:cs/0507025

    Examples
    --------
    >>> from mathforml.time_series import LinearGaussian
    >>> walk = LinearGaussian(A=[[1]], C=[[1]], Q=[[1]], R=[[1]], mean=[0], cov=[[1]])
    >>> cloud = particle_filter(walk, [[1.0], [2.0], [2.0]], n=4000, seed=0)
    >>> bool(abs(cloud.mean[-1, 0] - 1.769) < 0.05)
    True
    """
    y, batched = check_observations(check_model(model), observations, missing=missing)
    n, rng = check_count(n, "n", least=2), check_seed(seed)
    threshold = check_number(threshold, "threshold", least=0, most=1)
    count, length, p = y.shape
    # What is not observed counts as hit, with noise N(0, 1) of its own: one whitener for each pattern of the seen.
    seen = ~np.isnan(y)
    patterns, pattern = np.unique(seen.reshape(-1, p), axis=0, return_inverse=True)
    pattern = pattern.reshape(count, length)
    inverse, volume = whitener(np.where(patterns[:, :, None] & patterns[:, None], model.R, np.eye(p)), "R")
    constant = -volume - 0.5 * patterns.sum(axis=-1) * np.log(2 * np.pi)
    points = np.empty((count, length, n, model.state_size))
    weights, log_densities = np.empty((count, length, n)), np.empty((count, length))
    x = model.mean + rng.standard_normal((count, n, model.state_size)) @ model.roots["cov"].T
    log_weight = np.full((count, n), -np.log(n))
    for t in range(length):
        if t:
            x = call_finite("transition", t, model.transition_at(t)[0], x)
            x = x + rng.standard_normal(x.shape) @ model.roots["Q"].T
        expected = call_finite("observation", t, model.observation_at(t)[0], x)
        now = pattern[:, t]
        error = np.where(seen[:, t, None], y[:, t, None] - expected, 0.0)
        with np.errstate(over="ignore"):  # the sentence below says more
            log_density = -0.5 * ((error @ inverse[now].swapaxes(-1, -2)) ** 2).sum(axis=-1)
        log_weight = log_weight + constant[now, None] + log_density
        top = log_weight.max(axis=-1, keepdims=True)
        if np.isneginf(top).any():
            raise ArgumentError(f"observations must be within reach: at step {t} all particles weigh nothing")
        weight = np.exp(log_weight - top)
        total = weight.sum(axis=-1, keepdims=True)
        weight /= total
        # Weights that come in sum to one, so this is their average of p(y_t | x_t).
        log_total = top + np.log(total)
        log_densities[:, t], log_weight = log_total[:, 0], log_weight - log_total
        points[:, t], weights[:, t] = x, weight
        uneven = np.flatnonzero(1 / (weight**2).sum(axis=-1) < threshold * n)
        if len(uneven):
            x = x.copy()
            x[uneven] = x[uneven[:, None], systematic(weight[uneven], rng)]
            log_weight[uneven] = -np.log(n)
    parts = points, weights, log_densities, 1 / (weights**2).sum(axis=-1)
    return Particles(*(parts if batched else (part[0] for part in parts)), model)


def systematic(weights, rng):
    """Return the indices that systematic resampling keeps: a comb of n teeth with one random offset.

    Parameters
    ----------
    weights : ndarray, shape (B, n)
        Sum to one over n.
    rng : numpy Generator

    Returns
    -------
    ndarray of int, shape (B, n)
        Index i appears ⌊n w_i⌋ or ⌈n w_i⌉ times, on average n w_i.

    Examples
    --------
    >>> systematic(np.array([[0.5, 0.0, 0.25, 0.25]]), np.random.default_rng(0))
    array([[0, 0, 2, 3]])
    """
    count, n = weights.shape
    # Teeth below the upper end of each weight: rounding must not leave the last one out.
    ends = np.cumsum(weights, axis=-1) * n
    below = np.clip(np.ceil(ends - rng.random((count, 1))), 0, n).astype(int)
    below[:, -1] = n
    copies = np.diff(below, axis=-1, prepend=0)
    return np.repeat(np.tile(np.arange(n), count), copies.ravel()).reshape(count, n)


def particle_smoother(cloud, *, draws=100, seed=0):
    """Draw whole paths from the smoothing distribution by backward simulation.

    Each path starts at a particle of the last step and goes back by the odds of having come from there.

    Parameters
    ----------
    cloud : Particles
        What `particle_filter` returned; Q must not be singular.
    draws : int
        Number of paths M; work and memory of a step grow with B M n.
    seed : int, None or numpy Generator

    Returns
    -------
    ndarray, shape (T, M, d) or (B, T, M, d)
        Paths, all equally likely.

    Raises
    ------
    ArgumentError
        If an argument is not of this kind, or the transition returns what is not finite.
    SingularError
        If Q is singular: a path could not change from one particle's future to another's.

    References
    ----------
    .. [1] Godsill, Doucet, West 2004, Monte Carlo smoothing for nonlinear time series,
       doi:10.1198/016214504000000151

    Examples
    --------
    >>> from mathforml.time_series import LinearGaussian
    >>> walk = LinearGaussian(A=[[1]], C=[[1]], Q=[[1]], R=[[1]], mean=[0], cov=[[1]])
    >>> cloud = particle_filter(walk, [[1.0], [2.0], [2.0]], n=1000, seed=0)
    >>> particle_smoother(cloud, draws=200, seed=1).shape
    (3, 200, 1)
    """
    if not isinstance(cloud, Particles):
        raise ArgumentError(f"cloud must be Particles, as particle_filter returns them, not {cloud!r:.60}")
    draws, rng = check_count(draws, "draws"), check_seed(seed)
    inverse, _ = whitener(cloud.model.Q, "Q")
    batched = cloud.points.ndim == 4
    points, weights = (cloud.points, cloud.weights) if batched else (cloud.points[None], cloud.weights[None])
    count, length, n, d = points.shape
    paths = np.empty((count, length, draws, d))
    rows = np.arange(count)[:, None]
    odds = np.broadcast_to(weights[:, -1, None], (count, draws, n))
    paths[:, -1] = points[rows, -1, choose(odds, rng)]
    for t in reversed(range(length - 1)):
        moved = call_finite("transition", t + 1, cloud.model.transition_at(t + 1)[0], points[:, t]) @ inverse.T
        arrived = paths[:, t + 1] @ inverse.T
        with np.errstate(divide="ignore"):  # a weight of zero stays zero
            log_odds = np.repeat(np.log(weights[:, t, None]), draws, axis=1)
        for i in range(d):
            log_odds -= 0.5 * (arrived[:, :, None, i] - moved[:, None, :, i]) ** 2
        odds = np.exp(log_odds - log_odds.max(axis=-1, keepdims=True))
        paths[:, t] = points[rows, t, choose(odds, rng)]
    return paths if batched else paths[0]


def choose(odds, rng):
    """Return an index for each row of odds, shape (..., n), which need not sum to one."""
    ends = np.cumsum(odds, axis=-1)
    mark = rng.random(odds.shape[:-1]) * ends[..., -1]
    return (ends <= mark[..., None]).sum(axis=-1)


def whitener(cov, name):
    """Return the inverse of the square root of a covariance, and the log of the root's determinant.

    Raises
    ------
    SingularError
        If it is singular.
    """
    root = square_root(cov)
    if is_singular(root).any():
        raise SingularError(f"{name} must not be singular for particles: its eigenvalues must be above 0")
    return np.linalg.inv(root), np.linalg.slogdet(root)[1]
