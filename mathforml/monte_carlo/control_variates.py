"""Less variance for the same draws: control variates and antithetic pairs."""

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_seed
from mathforml.errors import ArgumentError, SingularError
from mathforml.monte_carlo.plain import average, draw, evaluate


@dataclass(frozen=True)
class ControlledEstimate:
    """An estimate after subtracting what the controls explain.

    Attributes
    ----------
    estimate, standard_error : float
    samples : int
        S.
    coefficients : ndarray, shape (c,)
        Of the controls, by least squares.
    variance : float
        Per sample, of what the controls leave.
    plain_variance : float
        Per sample, of f itself; with one control, `variance` is (1 − ρ²) of it.
    """

    estimate: float
    standard_error: float
    samples: int
    coefficients: np.ndarray
    variance: float
    plain_variance: float


def control_variates(values, controls, means):
    r"""Estimate E[f] from f − βᵀ(g − E[g]) with controls g whose mean is known, β by regression.

    Parameters
    ----------
    values : array_like, shape (S,)
        f(x^(s)).
    controls : array_like, shape (S,) or (S, c)
        g(x^(s)) at the same points.
    means : float or array_like, shape (c,)
        E[g], exactly.

    Returns
    -------
    ControlledEstimate
        Biased of order 1/S, because β is estimated from the same draws.

    Raises
    ------
    ArgumentError
        If the shapes do not fit, a value is not finite, or S is below c + 2.
    SingularError
        If the controls are linearly dependent, or one is constant.

    References
    ----------
    Owen 2013, Monte Carlo theory, methods and examples, chapter 8, https://artowen.su.domains/mc/

    Examples
    --------
    >>> u = np.random.default_rng(0).random(1000)
    >>> result = control_variates(np.exp(u), u, 0.5)
    >>> round(result.estimate, 2), round(result.variance / result.plain_variance, 2)
    (1.72, 0.02)
    """
    values = check_array(values, "values", shape=("S",))
    controls = check_array(controls, "controls")
    controls = controls[:, None] if controls.ndim == 1 else controls
    controls = check_array(controls, "controls", shape=(len(values), "c"))
    count = controls.shape[1]
    means = np.atleast_1d(check_array(means, "means"))
    means = check_array(means, "means", shape=(count,))
    freedom = len(values) - count - 1
    if freedom < 1:
        raise ArgumentError(
            f"values must hold at least {count + 2} numbers for {count} controls, not {len(values)}"
        )
    # each column on its own scale, so that only true dependence counts as such
    spread = controls.std(axis=0)
    if (spread <= 1e-13 * np.abs(controls).max(axis=0, initial=0.0)).any():
        raise SingularError("controls must vary: one of them is constant")
    design = np.column_stack([np.ones(len(values)), (controls - means) / spread])
    solution, _, rank, _ = np.linalg.lstsq(design, values, rcond=1e-10)
    if rank <= count:
        raise SingularError("controls must be linearly independent; leave out those that others determine")
    variance = float(((values - design @ solution) ** 2).sum() / freedom)
    return ControlledEstimate(
        float(solution[0]),
        float(np.sqrt(variance / len(values))),
        len(values),
        solution[1:] / spread,
        variance,
        float(values.var(ddof=1)),
    )


def antithetic(f, sampler, samples, *, center=0.0, seed=0):
    r"""Estimate E[f(x)] from pairs x and 2c − x, for a distribution that is symmetric about c.

    The odd part of f cancels in each pair, so the variance falls where f is near linear; for an f that is itself
    symmetric about c it doubles.

    Parameters
    ----------
    f : callable
        Takes (S,) or (S, d), returns (S,) or (S, m).
    sampler : callable
        `sampler(rng, n)` draws from a distribution symmetric about `center`.
    samples : int
        S, the evaluations of f: an even number of at least 4.
    center : float or array_like, shape (d,)
        c: 0 for base noise N(0, I), 0.5 for uniforms.
    seed : int, None or Generator
        Of the draws.

    Returns
    -------
    Estimate
        Its standard error is that of the mean of S/2 pairs.

    Raises
    ------
    ArgumentError
        If S is odd, or f or the sampler is no function or returns a wrong shape or NaN.

    References
    ----------
    Hammersley, Morton 1956, A new Monte Carlo technique: antithetic variates,
    https://doi.org/10.1017/S0305004100031455

    Examples
    --------
    >>> result = antithetic(np.exp, lambda rng, n: rng.random(n), 1000, center=0.5)
    >>> round(result.estimate, 2), round(result.standard_error, 4)
    (1.72, 0.0028)
    """
    check_callable(f)
    check_callable(sampler, "sampler")
    samples = check_count(samples, "samples", least=4)
    if samples % 2:
        raise ArgumentError(f"samples must be even, for pairs, not {samples}")
    x = draw(sampler, check_seed(seed), samples // 2)
    center = check_array(center, "center")
    if center.ndim > 0:
        center = check_array(center, "center", shape=x.shape[1:])
    values = evaluate(f, np.concatenate([x, 2 * center - x]))
    pairs = average((values[: samples // 2] + values[samples // 2 :]) / 2)
    return type(pairs)(pairs.estimate, pairs.standard_error, samples)
