"""Filter and smoother that keep a Gaussian of the state: one algorithm, whose rule makes it EKF, UKF or ADF."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mathforml.errors import SingularError
from mathforml.time_series.model import check_model, check_observations
from mathforml.time_series.rules import call_finite, check_rule
from mathforml.time_series.square_roots import condition, is_singular, regression, square, triangle


@dataclass(frozen=True, eq=False)
class Filtered:
    """What a filter knows at each step.

    Attributes
    ----------
    mean : ndarray, shape (T, d) or (B, T, d)
        m_t = E[x_t | y_1, …, y_t].
    cov : ndarray, shape (T, d, d) or (B, T, d, d)
        P_t. Without the axis B where all series share it.
    predicted_mean, predicted_cov : ndarray
        The same given y_1, …, y_{t−1} only.
    log_densities : ndarray, shape (T,) or (B, T)
        log p(y_t | y_1, …, y_{t−1}).
    """

    mean: np.ndarray
    cov: np.ndarray
    predicted_mean: np.ndarray
    predicted_cov: np.ndarray
    log_densities: np.ndarray

    @property
    def log_likelihood(self):
        """log p(y_1, …, y_T), a number or shape (B,)."""
        return self.log_densities.sum(axis=-1)


@dataclass(frozen=True, eq=False)
class Smoothed:
    """What is known of each state given the whole series.

    Attributes
    ----------
    mean : ndarray, shape (T, d) or (B, T, d)
        E[x_t | y_1, …, y_T].
    cov : ndarray, shape (T, d, d) or (B, T, d, d)
        Without the axis B where all series share it.
    lag_one_cov : ndarray, shape (T − 1, d, d) or (B, T − 1, d, d)
        Cov(x_{t+1}, x_t | y_1, …, y_T).
    filtered : Filtered
        What the smoother started from.
    """

    mean: np.ndarray
    cov: np.ndarray
    lag_one_cov: np.ndarray
    filtered: Filtered = field(repr=False)


def gaussian_filter(model, observations, *, rule, missing=False):
    """Filter by a Gaussian at each step, sent through the model's functions by a rule.

    With `Linearisation` it is the extended Kalman filter, with `Unscented` the unscented one, and with
    `MomentMatching` the assumed density filter. On a linear model all are the Kalman filter.

    Parameters
    ----------
    model : Nonlinear or LinearGaussian
    observations : array_like, shape (T, p) or (B, T, p)
        One series, or B of them, each with covariances of its own.
    rule : Linearisation, Unscented or MomentMatching
    missing : bool
        Take NaN for not observed; by default it is refused.

    Returns
    -------
    Filtered

    Raises
    ------
    ArgumentError
        If an argument is not of this kind, or the model's functions return what is not finite.
    SingularError
        If an observation has no density: R and the predicted covariance vanish in one direction.

    References
    ----------
    .. [1] Särkkä, Svensson 2023, Bayesian Filtering and Smoothing, doi:10.1017/9781108917407, chapters 7 to 10

    Examples
    --------
    >>> from mathforml.time_series import Nonlinear, Unscented
    >>> model = Nonlinear(np.sin, lambda x: x**2, Q=[[0.1]], R=[[0.1]], mean=[1], cov=[[0.1]])
    >>> _, y = model.simulate(50, seed=0)
    >>> gaussian_filter(model, y, rule=Unscented()).mean.shape
    (50, 1)
    """
    y, batched = check_observations(check_model(model), observations, missing=missing)
    filtered = summary(forward(model, y, check_rule(rule)))
    return filtered if batched else first_series(filtered)


def gaussian_smoother(model, observations, *, rule, missing=False):
    """Smooth by a Gaussian at each step: Rauch–Tung–Striebel with the gains of the rule.

    Parameters
    ----------
    model, observations, rule, missing
        As for `gaussian_filter`.

    Returns
    -------
    Smoothed

    Raises
    ------
    ArgumentError, SingularError
        As for `gaussian_filter`.

    References
    ----------
    .. [1] Särkkä 2008, Unscented Rauch–Tung–Striebel smoother, doi:10.1109/TAC.2008.919531

    Examples
    --------
    >>> from mathforml.time_series import Linearisation, Nonlinear
    >>> model = Nonlinear(np.sin, lambda x: x**2, Q=[[0.1]], R=[[0.1]], mean=[1], cov=[[0.1]])
    >>> _, y = model.simulate(50, seed=0)
    >>> smoothed = gaussian_smoother(model, y, rule=Linearisation())
    >>> bool((smoothed.cov <= smoothed.filtered.cov + 1e-12).all())
    True
    """
    y, batched = check_observations(check_model(model), observations, missing=missing)
    steps = forward(model, y, check_rule(rule))
    smoothed = backward(steps, summary(steps))
    return smoothed if batched else first_series(smoothed)


class Step(NamedTuple):
    """One step of the filter, for B series: means and square roots of covariances."""

    predicted_mean: np.ndarray
    predicted_factor: np.ndarray
    mean: np.ndarray
    factor: np.ndarray
    log_density: np.ndarray
    # Of the state before, given this one: see `condition`.
    cross: np.ndarray
    rest: np.ndarray


def forward(model, y, rule):
    """Filter: at each step send through the transition, through the observation, and condition on what is seen."""
    mean = np.tile(model.mean, (len(y), 1))
    factor = np.tile(model.roots["cov"], (len(y), 1, 1))
    cross = rest = np.zeros_like(factor)
    steps = []
    for t in range(y.shape[1]):
        if t:
            mean, slope, excess = call_finite("transition", t, rule.spread, *model.transition_at(t), mean, factor)
            factor, cross, rest = condition(slope, beside(excess, model.roots["Q"]), factor)
        predicted = mean, factor
        mean, factor, log_density = update(model, y[:, t], rule, *predicted, t)
        steps.append(Step(*predicted, mean, factor, log_density, cross, rest))
    return steps


def update(model, y, rule, mean, factor, t):
    """Condition the state on one observation; NaN is not observed."""
    expected, slope, excess = call_finite("observation", t, rule.spread, *model.observation_at(t), mean, factor)
    noise = beside(excess, model.roots["R"])
    seen = ~np.isnan(y)
    if not seen.all():
        # What is not observed becomes 0 + N(0, 1), observed to be 0: no news, and no density but the constant.
        slope, noise = slope * seen[..., None], noise * seen[..., None]
        noise = np.concatenate([noise, np.eye(y.shape[-1]) * ~seen[:, None]], axis=-1)
        y, expected = np.where(seen, y, 0.0), np.where(seen, expected, 0.0)
    innovation, cross, factor = condition(slope, noise, factor)
    check_regular(innovation, t)
    white = np.linalg.solve(innovation, (y - expected)[..., None])
    mean = mean + (cross @ white)[..., 0]
    return mean, factor, log_density_of(white[..., 0], innovation, seen.sum(axis=-1))


def log_density_of(white, factor, size):
    """Return the log density of Y ζ at ζ = `white`."""
    volume = np.log(np.abs(np.diagonal(factor, axis1=-2, axis2=-1))).sum(axis=-1)
    return -0.5 * (white**2).sum(axis=-1) - volume - 0.5 * size * np.log(2 * np.pi)


def backward(steps, filtered):
    """Smooth from the last step to the first."""
    _, predicted, *_, cross, rest = map(np.stack, zip(*steps))
    gains, rests = reverse(cross[1:], rest[1:], predicted[1:])
    mean, factor = steps[-1].mean, steps[-1].factor
    means, factors = [mean], [factor]
    for t in reversed(range(len(steps) - 1)):
        error = mean - steps[t + 1].predicted_mean
        mean = steps[t].mean + (gains[t] @ error[..., None])[..., 0]
        factor = triangle(rests[t], gains[t] @ factor)
        means.append(mean)
        factors.append(factor)
    cov = square(np.stack(factors[::-1], axis=1))
    lag_one = cov[:, 1:] @ np.moveaxis(gains, 0, 1).swapaxes(-1, -2)
    return Smoothed(np.stack(means[::-1], axis=1), cov, lag_one, filtered)


def reverse(cross, rest, predicted):
    """Return the gains from the next state to this one, and square roots of what then stays open."""
    gains = regression(cross, predicted)
    # The second block is zero unless the predicted covariance is singular.
    return gains, np.concatenate([rest, cross - gains @ predicted], axis=-1)


def beside(excess, root):
    """Return the square root [excess, root], (B, n, k + n)."""
    return np.concatenate([excess, np.broadcast_to(root, (len(excess), *root.shape))], axis=-1)


def check_regular(factor, t):
    """Refuse an observation that is certain, in part, before it is seen; `t` is its step, or one for each."""
    singular = is_singular(factor)
    if singular.any():
        step = np.broadcast_to(t, singular.shape)[singular].min()
        raise SingularError(
            f"the covariance of the observation at step {step}, counted from 0, is singular: "
            "R must be positive where the prediction has no variance"
        )


def summary(steps):
    """Return the steps as arrays with axes (B, T, ...)."""
    predicted_mean, predicted, mean, factor, log_density, _, _ = (np.stack(part, axis=1) for part in zip(*steps))
    return Filtered(mean, square(factor), predicted_mean, square(predicted), log_density)


def first_series(result):
    """Return the result of a single series, without the axis of series."""
    axes = {"mean": 2, "predicted_mean": 2, "log_densities": 1}
    parts = vars(result).copy()
    for name, part in parts.items():
        if isinstance(part, Filtered):
            parts[name] = first_series(part)
        elif part.ndim > axes.get(name, 3):  # covariances that all series share have no such axis
            parts[name] = part[0]
    return type(result)(**parts)
