"""State-space models: how the state moves and what is seen of it, with Gaussian noise."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from functools import cached_property

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_covariance, check_seed
from mathforml.errors import ArgumentError
from mathforml.time_series.square_roots import square_root


class StateSpaceModel(ABC):
    """What both kinds of model share.

    The state starts at x_1 ~ N(mean, cov) and moves by x_t = f(x_{t−1}) + N(0, Q); seen is y_t = g(x_t) + N(0, R).
    """

    @property
    def state_size(self):
        """Dimension d of the state."""
        return len(self.mean)

    @property
    def observation_size(self):
        """Dimension p of an observation."""
        return len(self.R)

    @cached_property
    def roots(self):
        """Square roots of the covariances by name: cov, Q, R."""
        return {name: square_root(getattr(self, name)) for name in ("cov", "Q", "R")}

    @abstractmethod
    def transition_at(self, t):
        """Return f: (..., d) to (..., d) into step `t`, counted from 0, and its Jacobian or None."""

    @abstractmethod
    def observation_at(self, t):
        """Return g: (..., d) to (..., p) of step `t`, counted from 0, and its Jacobian or None."""

    def simulate(self, length, *, series=None, seed=0):
        """Draw states and observations.

        Parameters
        ----------
        length : int
            Number of steps T.
        series : int, optional
            Number of independent series B; default: one, without the leading axis.
        seed : int, None or numpy Generator

        Returns
        -------
        states : ndarray, shape (T, d) or (B, T, d)
        observations : ndarray, shape (T, p) or (B, T, p)

        Raises
        ------
        ArgumentError
            If an argument is not of this kind, or an offset has another length than the series.
        """
        length = check_count(length, "length")
        count = 1 if series is None else check_count(series, "series")
        check_length(self, length)
        rng = check_seed(seed)
        d, p = self.state_size, self.observation_size
        states, observations = np.empty((count, length, d)), np.empty((count, length, p))
        state = self.mean + rng.standard_normal((count, d)) @ self.roots["cov"].T
        for t in range(length):
            if t:
                state = self.transition_at(t)[0](state) + rng.standard_normal((count, d)) @ self.roots["Q"].T
            states[:, t] = state
            noise = rng.standard_normal((count, p)) @ self.roots["R"].T
            observations[:, t] = self.observation_at(t)[0](state) + noise
        return (states, observations) if series is not None else (states[0], observations[0])

    def _check_noise(self):
        set_field(self, "mean", check_array(self.mean, "mean", shape=("d",)))
        for name, size in [("cov", self.state_size), ("Q", self.state_size), ("R", None)]:
            set_field(self, name, check_covariance(getattr(self, name), name, size=size))


@dataclass(frozen=True, eq=False)
class LinearGaussian(StateSpaceModel):
    """x_1 ~ N(mean, cov), x_t = A x_{t−1} + b + N(0, Q), y_t = C x_t + c + N(0, R).

    Parameters
    ----------
    A : array_like, shape (d, d)
        Transition.
    C : array_like, shape (p, d)
        Observation matrix.
    Q : array_like, shape (d, d)
        Covariance of the transition's noise; may be singular.
    R : array_like, shape (p, p)
        Covariance of the observation's noise; may be singular as long as C P Cᵀ + R is not.
    mean : array_like, shape (d,)
        Of the first state.
    cov : array_like, shape (d, d)
        Of the first state.
    transition_offset : array_like, shape (d,) or (T, d)
        b, or one for each step (that of the first is not used): a known input u_t enters as B u_t.
    observation_offset : array_like, shape (p,) or (T, p)
        c, or one for each step.

    Raises
    ------
    ArgumentError
        If shapes disagree, a covariance is not symmetric or has a negative eigenvalue, or an entry is not finite.

    References
    ----------
    .. [1] Kalman 1960, A new approach to linear filtering and prediction problems, doi:10.1115/1.3662552

    Examples
    --------
    >>> walk = LinearGaussian(A=[[1]], C=[[1]], Q=[[0.1]], R=[[1]], mean=[0], cov=[[1]])
    >>> states, observations = walk.simulate(100, series=3, seed=0)
    >>> observations.shape
    (3, 100, 1)
    """

    A: np.ndarray
    C: np.ndarray
    Q: np.ndarray
    R: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    _: KW_ONLY
    transition_offset: np.ndarray = 0.0
    observation_offset: np.ndarray = 0.0

    def __post_init__(self):
        self._check_noise()
        d, p = self.state_size, self.observation_size
        set_field(self, "A", check_array(self.A, "A", shape=(d, d)))
        set_field(self, "C", check_array(self.C, "C", shape=(p, d)))
        for name, size in [("transition_offset", d), ("observation_offset", p)]:
            offset = check_array(getattr(self, name), name)
            if offset.ndim == 0 and offset == 0:
                offset = np.zeros(size)
            if offset.ndim != 2:
                offset = check_array(offset, name, shape=(size,))
            set_field(self, name, check_array(offset, name, shape=(*offset.shape[:-1], size)))

    def transition_at(self, t):
        """Return x to A x + b_t and its Jacobian."""
        return affine(self.A, self.transition_offset, t)

    def observation_at(self, t):
        """Return x to C x + c_t and its Jacobian."""
        return affine(self.C, self.observation_offset, t)


@dataclass(frozen=True, eq=False)
class Nonlinear(StateSpaceModel):
    """x_1 ~ N(mean, cov), x_t = f(x_{t−1}) + N(0, Q), y_t = g(x_t) + N(0, R).

    Parameters
    ----------
    transition : callable
        f, from (..., d) to (..., d): the last axis holds the state, those before it any number of states. Index
        with ``x[..., 0]``, and use plain numpy so that it can be differentiated.
    observation : callable
        g, from (..., d) to (..., p).
    Q, R, mean, cov : array_like, shapes (d, d), (p, p), (d,), (d, d)
        As for `LinearGaussian`.
    transition_jacobian, observation_jacobian : callable, optional
        From (..., d) to (..., d, d) and (..., p, d). Default: `mathforml.autodiff` finds the derivatives.

    Raises
    ------
    ArgumentError
        If a function cannot be called or does not keep the leading axes, or an array is not as it must be.

    Examples
    --------
    >>> model = Nonlinear(np.sin, lambda x: x**2, Q=[[0.1]], R=[[0.1]], mean=[1], cov=[[1]])
    >>> model.state_size, model.observation_size
    (1, 1)
    """

    transition: Callable
    observation: Callable
    Q: np.ndarray
    R: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    _: KW_ONLY
    transition_jacobian: Callable | None = None
    observation_jacobian: Callable | None = None

    def __post_init__(self):
        self._check_noise()
        d, p = self.state_size, self.observation_size
        for name, shape in [
            ("transition", (d,)),
            ("observation", (p,)),
            ("transition_jacobian", (d, d)),
            ("observation_jacobian", (p, d)),
        ]:
            f = getattr(self, name)
            if f is None and name.endswith("jacobian"):
                continue
            check_map(check_callable(f, name), self.mean, shape, name)

    def transition_at(self, t):
        """Return f and its Jacobian or None."""
        return self.transition, self.transition_jacobian

    def observation_at(self, t):
        """Return g and its Jacobian or None."""
        return self.observation, self.observation_jacobian


def set_field(instance, name, value):
    """Set a field of a frozen dataclass while it is being made."""
    object.__setattr__(instance, name, value)


def affine(matrix, offset, t):
    """Return the function x to matrix x + offset, and its Jacobian."""
    offset = offset[t] if offset.ndim == 2 else offset
    return lambda x: x @ matrix.T + offset, lambda x: np.broadcast_to(matrix, (*x.shape[:-1], *matrix.shape))


def check_map(f, mean, shape, name):
    """Refuse a function that does not map (n, d) to (n, *shape); shape None is (p,) for any p."""
    # More points than either dimension: a function that takes the first axis for the state's is found out.
    points = np.tile(mean, (len(mean) + 7 if shape is None else sum(shape) + len(mean) + 1, 1))
    wanted = f"({', '.join(map(str, (len(points), *(shape or 'p'))))})"
    hint = "the last axis holds the state, so index with x[..., 0]"
    try:
        with np.errstate(all="ignore"):  # whether values are finite is seen where they are used
            got = np.shape(f(points))
    except (IndexError, TypeError, ValueError) as error:
        raise ArgumentError(
            f"{name} must map {points.shape} to {wanted}, but raised {type(error).__name__}: {error}; {hint}"
        ) from error
    fits = got == (len(points), *shape) if shape is not None else len(got) == 2 and got[0] == len(points)
    if not fits:
        raise ArgumentError(f"{name} must map {points.shape} to {wanted}, not to {got}; {hint}")


def check_model(model, kind=StateSpaceModel):
    """Refuse what is no model of this kind."""
    if not isinstance(model, kind):
        wanted = "LinearGaussian" if kind is LinearGaussian else "LinearGaussian or Nonlinear"
        raise ArgumentError(f"model must be {wanted}, not {model!r:.60} ({type(model).__name__})")
    return model


def check_length(model, length):
    """Refuse offsets by step that are not as long as the series."""
    for name in ("transition_offset", "observation_offset"):
        offset = getattr(model, name, np.zeros(0))
        if offset.ndim == 2 and len(offset) != length:
            raise ArgumentError(f"{name} has {len(offset)} steps, but the series has {length}")


def check_observations(model, observations, *, missing=False):
    """Return observations as (B, T, p), and whether they came with that leading axis.

    Raises
    ------
    ArgumentError
        If they have another shape, are infinite, or are NaN while `missing` is false.
    """
    p = model.observation_size
    y = check_array(observations, "observations", finite=False)
    if y.ndim not in (2, 3) or y.shape[-1] != p or y.shape[-2] == 0:
        raise ArgumentError(
            f"observations must have shape (T, {p}) or (B, T, {p}), T at least 1, "
            f"not ({', '.join(map(str, y.shape))})"
        )
    wrong = np.isinf(y) if missing else ~np.isfinite(y)
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        hint = "; missing=True takes NaN for not observed" if np.isnan(y[at]) else ""
        raise ArgumentError(f"observations must be finite; entry {at} is {y[at]}{hint}")
    check_length(model, y.shape[-2])
    return (y, True) if y.ndim == 3 else (y[None], False)
