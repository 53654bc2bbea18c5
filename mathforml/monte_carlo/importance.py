"""Importance sampling: draw from q, weigh by p/q."""

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_seed
from mathforml.errors import ArgumentError
from mathforml.monte_carlo.pareto import LEAST_WEIGHTS, check_log_weights, pareto_k, smooth_weights
from mathforml.monte_carlo.plain import average, check_log_values, draw, evaluate, plain


@dataclass(frozen=True)
class ImportanceEstimate:
    """An importance-sampling estimate with what it takes to trust it.

    Attributes
    ----------
    estimate, standard_error : float, or ndarray of shape (m,)
        The error is worth nothing where `pareto_k` is above 0.7.
    samples : int
        S.
    effective_samples : float
        (Σ w)² / Σ w², between 1 and S.
    pareto_k : float
        Shape of the tail of the weights, see `pareto_k`; NaN with fewer than 25 samples.
    log_normaliser : float
        log of the mean weight: estimates log ∫ p where log_p lacks its constant.
    log_weights : ndarray, shape (S,)
        log p(x^(s)) − log q(x^(s)), smoothed if that was asked for.
    """

    estimate: float | np.ndarray
    standard_error: float | np.ndarray
    samples: int
    effective_samples: float
    pareto_k: float
    log_normaliser: float
    log_weights: np.ndarray


def importance_sampling(f, log_p, log_q, sampler, samples, *, self_normalised=True, smooth=False, seed=0):
    r"""Estimate E_p[f(x)] with draws of q, weights w = p/q.

    Self-normalised, Σ w f / Σ w: p may lack its constant; biased of order 1/S. Otherwise Σ w f / S: unbiased, and
    p and q must be normalised.

    Parameters
    ----------
    f : callable
        Takes (S,) or (S, d), returns (S,) or (S, m).
    log_p, log_q : callable
        Log densities of target and proposal, (S, ...) to (S,); log_p may be −∞. log_q must be normalised for the
        estimate without self-normalisation and for `log_normaliser`.
    sampler : callable
        `sampler(rng, S)` draws from q.
    samples : int
        S, at least 2.
    self_normalised : bool
        Divide by the sum of the weights instead of S.
    smooth : bool
        Smooth the largest weights (Pareto), at the price of a small bias.
    seed : int, None or Generator
        Of the draws.

    Returns
    -------
    ImportanceEstimate

    Raises
    ------
    ArgumentError
        If a function returns a wrong shape, NaN or +∞, if p is zero at every draw, or if weights overflow without
        self-normalisation.

    References
    ----------
    Owen 2013, Monte Carlo theory, methods and examples, chapter 9, https://artowen.su.domains/mc/;
    Vehtari et al. 2024, Pareto smoothed importance sampling, arXiv:1507.02646

    Examples
    --------
    >>> p, q = lambda x: -(x**2) / 2, lambda x: -(x**2) / 8 - np.log(2 * np.sqrt(2 * np.pi))
    >>> r = importance_sampling(np.square, p, q, lambda rng, size: 2 * rng.standard_normal(size), 10_000)
    >>> round(r.estimate, 1), round(r.log_normaliser, 1), round(r.effective_samples, -3)
    (1.0, 0.9, 7000.0)
    """
    for function, name in [(f, "f"), (log_p, "log_p"), (log_q, "log_q"), (sampler, "sampler")]:
        check_callable(function, name)
    samples = check_count(samples, "samples", least=2)
    x = draw(sampler, check_seed(seed), samples)
    log_target = check_log_values(log_p(x), "log_p(x)", samples)
    log_weights = check_log_weights(log_target - check_array(log_q(x), "log_q(x)", shape=(samples,)))
    k = np.nan
    if smooth:
        log_weights, k = smooth_weights(log_weights)
    elif samples >= LEAST_WEIGHTS:
        k = pareto_k(log_weights)

    values = evaluate(f, x)
    largest = log_weights.max()
    weights = np.exp(log_weights - largest)
    columns = weights if values.ndim == 1 else weights[:, None]
    if self_normalised:
        share = columns / weights.sum()
        mean = (share * values).sum(axis=0)
        error = np.sqrt((share**2 * (values - mean) ** 2).sum(axis=0))
    else:
        if largest > 700:
            raise ArgumentError(
                f"weights must be below 1e304 without self-normalisation, and the largest is exp({largest:.0f})"
            )
        result = average(columns * values * np.exp(largest))
        mean, error = result.estimate, result.standard_error
    return ImportanceEstimate(
        plain(mean),
        plain(error),
        samples,
        weight_ess(log_weights),
        k,
        float(largest + np.log(weights.mean())),
        log_weights,
    )


def weight_ess(log_weights):
    """Return the effective number of samples behind weights, (Σ w)² / Σ w².

    Parameters
    ----------
    log_weights : array_like, shape (S,)
        Up to a constant; −∞ is a weight of zero.

    Returns
    -------
    float
        Between 1 (one weight has it all) and S (all are equal).

    Raises
    ------
    ArgumentError
        If one is NaN or +∞, or all are zero.

    References
    ----------
    Owen 2013, Monte Carlo theory, methods and examples, chapter 9, https://artowen.su.domains/mc/

    Examples
    --------
    >>> round(weight_ess(np.log([1.0, 1.0, 2.0])), 3)
    2.667
    """
    log_weights = check_log_weights(log_weights)
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum())
