"""Plain Monte Carlo: the mean of f over independent draws, and how far off it may be."""

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_seed
from mathforml.errors import ArgumentError


@dataclass(frozen=True)
class Estimate:
    """An average with its standard error.

    Attributes
    ----------
    estimate, standard_error : float, or ndarray of shape (m,)
        One number for each component of f.
    samples : int
        How many values of f went in, S.
    """

    estimate: float | np.ndarray
    standard_error: float | np.ndarray
    samples: int


def estimate(f, sampler, samples, *, seed=0):
    r"""Estimate E_p[f(x)] by the mean of f over independent draws of p.

    The estimate is unbiased and its standard error is σ_f / √S, whatever the dimension of x.

    Parameters
    ----------
    f : callable
        Takes all draws at once, shape (S,) or (S, d), and returns shape (S,) or (S, m).
    sampler : callable
        `sampler(rng, S)` returns S draws of p, shape (S,) or (S, d).
    samples : int
        S, at least 2.
    seed : int, None or Generator
        Of the draws.

    Returns
    -------
    Estimate

    Raises
    ------
    ArgumentError
        If f or the sampler is no function, or returns something of another length or that is not finite.

    References
    ----------
    Owen 2013, Monte Carlo theory, methods and examples, chapter 2, https://artowen.su.domains/mc/

    Examples
    --------
    >>> result = estimate(lambda x: x**2, lambda rng, size: rng.standard_normal(size), 10_000)
    >>> round(result.estimate, 2), round(result.standard_error, 3)
    (1.0, 0.014)
    """
    x = draw(check_callable(sampler, "sampler"), check_seed(seed), check_count(samples, "samples", least=2))
    return average(evaluate(check_callable(f), x))


def average(values):
    """Return the mean of independent values, with its standard error.

    Parameters
    ----------
    values : array_like, shape (S,) or (S, m)
        f(x^(s)) of independent draws x^(s), at least two.

    Returns
    -------
    Estimate

    Raises
    ------
    ArgumentError
        If there are fewer than two values, or one is not finite.

    Examples
    --------
    >>> average([1.0, 2.0, 3.0, 2.0])
    Estimate(estimate=2.0, standard_error=0.408248290463863, samples=4)
    """
    values = check_values(values, "values", least=2)
    return Estimate(plain(values.mean(axis=0)), plain(standard_error(values)), len(values))


def standard_error(values):
    return values.std(axis=0, ddof=1) / np.sqrt(len(values))


def plain(number):
    """Numbers of one entry leave as a float."""
    return float(number) if np.ndim(number) == 0 else number


def draw(sampler, rng, samples):
    """Call the sampler and check what it returns: `samples` points, or rows of them."""
    x = check_array(sampler(rng, samples), "sampler(rng, S)")
    if x.ndim not in (1, 2) or len(x) != samples:
        raise ArgumentError(
            f"sampler(rng, S) must return shape ({samples}) or ({samples}, d) for S = {samples}, "
            f"not ({', '.join(map(str, x.shape))})"
        )
    return x


def evaluate(f, x, name="f(x)"):
    """Call f on all points and check that it returns a finite value, or a row of them, for each."""
    values = check_values(f(x), name)
    if len(values) != len(x):
        raise ArgumentError(f"{name} must have one value a point: {len(x)} of them, not {len(values)}")
    return values


def check_log_values(values, name, size="S"):
    """Return logs of densities or weights, shape (S,): −∞ stands for zero; NaN and +∞ are refused."""
    values = check_array(values, name, shape=(size,), finite=False)
    wrong = np.isnan(values) | (values == np.inf)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ArgumentError(f"{name} must be finite or -inf; entry {at} is {values[at]}")
    return values


def check_values(values, name, *, least=1):
    values = check_array(values, name)
    if values.ndim not in (1, 2) or len(values) < least:
        raise ArgumentError(
            f"{name} must have shape (S) or (S, m) with S of at least {least}, "
            f"not ({', '.join(map(str, values.shape))})"
        )
    return values
