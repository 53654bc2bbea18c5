"""Kalman filter and Rauch–Tung–Striebel smoother, many series at once.

Covariances do not depend on what is observed: they are computed once for all series, and only until they stand
still. What is left for the data is a linear recursion of means.
"""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple

import numpy as np

from mathforml.time_series.gaussian import (
    Filtered,
    Smoothed,
    check_regular,
    first_series,
    gaussian_filter,
    gaussian_smoother,
    log_density_of,
    reverse,
)
from mathforml.time_series.model import LinearGaussian, check_model, check_observations
from mathforml.time_series.rules import Linearisation
from mathforml.time_series.square_roots import condition, square, triangle

# A covariance stands still when no entry moves by more than this, in units of its two standard deviations.
STILL = 1e-14


def kalman_filter(model, observations, *, missing=False):
    """Filter a linear Gaussian model: exact means, covariances and likelihood.

    Parameters
    ----------
    model : LinearGaussian
    observations : array_like, shape (T, p) or (B, T, p)
        One series, or B of them.
    missing : bool
        Take NaN for not observed; by default it is refused.

    Returns
    -------
    Filtered
        All series share covariances, unless values are missing: then they get the axis B.

    Raises
    ------
    ArgumentError
        If an argument is not of this kind.
    SingularError
        If an observation has no density: R and C P Cᵀ vanish in one direction.

    Notes
    -----
    Covariances are kept as square roots, updated by one QR decomposition a step. Once they move by less than 1e-14
    of their standard deviations, they are taken to be steady.

    References
    ----------
    .. [1] Kalman 1960, A new approach to linear filtering and prediction problems, doi:10.1115/1.3662552
    .. [2] Morf, Kailath 1975, Square-root algorithms for least-squares estimation, doi:10.1109/TAC.1975.1100994

    Examples
    --------
    >>> walk = LinearGaussian(A=[[1]], C=[[1]], Q=[[1]], R=[[1]], mean=[0], cov=[[1]])
    >>> filtered = kalman_filter(walk, [[1.0], [2.0], [2.0]])
    >>> filtered.mean[:, 0].round(3)
    array([0.5  , 1.4  , 1.769])
    """
    y, batched = check_observations(check_model(model, LinearGaussian), observations, missing=missing)
    if np.isnan(y).any():
        return gaussian_filter(model, observations, rule=Linearisation(), missing=True)
    filtered = filter_means(model, y, share(model, y.shape[1]))
    return filtered if batched else first_series(filtered)


def kalman_smoother(model, observations, *, missing=False):
    """Smooth a linear Gaussian model.

    Parameters
    ----------
    model, observations, missing
        As for `kalman_filter`.

    Returns
    -------
    Smoothed
        All series share covariances, unless values are missing: then they get the axis B.

    Raises
    ------
    ArgumentError, SingularError
        As for `kalman_filter`.

    Notes
    -----
    The gains undo the transition. Where A shrinks a direction to which Q adds nothing, what is known of its past
    loses as many digits as A takes away.

    References
    ----------
    .. [1] Rauch, Tung, Striebel 1965, Maximum likelihood estimates of linear dynamic systems, doi:10.2514/3.3166

    Examples
    --------
    >>> walk = LinearGaussian(A=[[1]], C=[[1]], Q=[[1]], R=[[1]], mean=[0], cov=[[1]])
    >>> kalman_smoother(walk, [[1.0], [2.0], [2.0]]).mean[:, 0].round(3)
    array([0.846, 1.538, 1.769])
    """
    y, batched = check_observations(check_model(model, LinearGaussian), observations, missing=missing)
    if np.isnan(y).any():
        return gaussian_smoother(model, observations, rule=Linearisation(), missing=True)
    shared = share(model, y.shape[1])
    smoothed = smooth_means(shared, filter_means(model, y, shared))
    return smoothed if batched else first_series(smoothed)


class Shared(NamedTuple):
    """Square roots that all series share, for the first n <= T steps; those after are as the last."""

    predicted: np.ndarray
    factor: np.ndarray
    innovation: np.ndarray
    # Covariance of state and observation is `seen` times the transpose of `innovation`.
    seen: np.ndarray
    # Of the state before, given this one; the last is that of a step from a steady state into a steady state.
    cross: np.ndarray
    rest: np.ndarray


def share(model, length):
    """Run the filter's covariances until they stand still."""
    steps, factor, before = [], model.roots["cov"], None
    cross = rest = np.zeros_like(factor)
    for t in range(length):
        if t:
            factor, cross, rest = condition(model.A @ factor, model.roots["Q"], factor)
        predicted = factor
        innovation, seen, factor = condition(model.C @ predicted, model.roots["R"], predicted)
        steps.append((predicted, factor, innovation, seen, cross, rest))
        cov = square(factor)
        if before is not None and still(cov, before):
            break
        before = cov
    shared = Shared(*map(np.stack, zip(*steps)))
    check_regular(shared.innovation, np.arange(len(steps)))
    return shared


def still(cov, before):
    """Whether no entry moved, each in units of its own two standard deviations."""
    deviations = np.sqrt(np.diagonal(cov))
    return (np.abs(cov - before) <= STILL * np.multiply.outer(deviations, deviations)).all()


def filter_means(model, y, shared):
    """Filter the means of all series; axes are (T, B, ...) inside."""
    y = y.swapaxes(0, 1) - by_step(model.observation_offset)
    offset = np.tile(by_step(model.transition_offset), (1 if model.transition_offset.ndim == 2 else len(y), 1, 1))
    offset[0] = model.mean
    # m_t = A m_{t−1} + b + K (y_t − C (A m_{t−1} + b)); the gain K is `seen` times the inverse of `innovation`.
    whiten = np.linalg.inv(shared.innovation)
    gain = shared.seen @ whiten
    keep = np.eye(model.state_size) - gain @ model.C
    inputs = by_time(gain, y) + by_time(keep, offset)
    n = len(keep)
    mean = varying(keep @ model.A, inputs[:n], np.zeros_like(inputs[0]))
    mean = np.concatenate([mean, steady(keep[-1] @ model.A, inputs[n:], mean[-1])])
    predicted = np.repeat(offset, y.shape[1], axis=1)
    predicted[1:] += mean[:-1] @ model.A.T
    white = by_time(whiten, y - predicted @ model.C.T)
    volume = log_density_of(np.zeros(y.shape[-1]), shared.innovation, y.shape[-1])
    return Filtered(
        mean.swapaxes(0, 1),
        to_length(square(shared.factor), len(y)),
        predicted.swapaxes(0, 1),
        to_length(square(shared.predicted), len(y)),
        (to_length(volume, len(y))[:, None] - 0.5 * (white**2).sum(axis=-1)).T,
    )


def smooth_means(shared, filtered):
    """Smooth covariances, once for all, and the means of all series."""
    mean, predicted = filtered.mean.swapaxes(0, 1), filtered.predicted_mean.swapaxes(0, 1)
    length, n = len(mean), len(shared.factor)
    # Gain t leads from step t + 1 back to step t; from t = n − 2 on it stays.
    gains, rests = reverse(shared.cross[1:], shared.rest[1:], shared.predicted[1:])
    cov = np.empty((length, *shared.factor.shape[1:]))
    factor, t = shared.factor[-1], length - 1
    cov[t] = square(factor)
    while t > 0:
        t -= 1
        factor = triangle(rests[min(t, n - 2)], gains[min(t, n - 2)] @ factor)
        cov[t] = square(factor)
        if t > n - 2 and still(cov[t], cov[t + 1]):
            cov[n - 2 : t] = cov[t]
            t = n - 2
    if length > 1:
        inputs = mean[:-1] - by_time(gains, predicted[1:])
        late = steady(gains[-1], inputs[n - 2 :][::-1], mean[-1])[::-1]
        early = varying(gains[: n - 2][::-1], inputs[: n - 2][::-1], late[0])[::-1]
        mean = np.concatenate([early, late, mean[-1:]])
    lag_one = cov[1:] @ to_length(gains, length - 1).swapaxes(-1, -2)
    return Smoothed(mean.swapaxes(0, 1), cov, lag_one, filtered)


def varying(F, inputs, start):
    """Return all x_t = F_t x_{t−1} + u_t; `inputs` has shape (T, B, d), `F` (T, d, d), `start` (B, d)."""
    out = np.empty_like(inputs)
    for t in range(len(inputs)):
        start = out[t] = start @ F[t].T + inputs[t]
    return out


def steady(F, inputs, start):
    """Return all x_t = F x_{t−1} + u_t in about 3 √T array operations instead of T.

    Time is cut into blocks. All start at zero and run side by side; then each gets what its true start adds.
    """
    length, count, d = inputs.shape
    width = isqrt(length) if length else 1
    blocks, rest = divmod(length, width)
    x = inputs[: length - rest].reshape(blocks, width, count, d).copy()
    for j in range(1, width):
        x[:, j] += x[:, j - 1] @ F.T
    whole = np.linalg.matrix_power(F, width).T
    starts = np.empty((blocks, count, d))
    for block in range(blocks):
        starts[block] = start
        start = start @ whole + x[block, -1]
    for j in range(width):
        starts = starts @ F.T
        x[:, j] += starts
    tail = varying(np.broadcast_to(F, (rest, d, d)), inputs[length - rest :], start)
    return np.concatenate([x.reshape(length - rest, count, d), tail])


def by_step(offset):
    """Return an offset, shape (n,) or (T, n), with axes of time and series before it."""
    return offset[:, None] if offset.ndim == 2 else offset[None, None]


def by_time(matrices, x):
    """Return M_t x_t for x of shape (T, B, n); the last matrix serves for all later times too."""
    n = len(matrices)
    return np.concatenate([x[:n] @ matrices[: len(x)].swapaxes(-1, -2), x[n:] @ matrices[-1].T])


def to_length(values, length):
    """Return `values` with its last entry repeated to the length."""
    return values[np.minimum(np.arange(length), len(values) - 1)]
