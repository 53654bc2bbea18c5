"""The score-function estimator: it asks nothing of f but its values."""

import numpy as np

from mathforml.checks import check_callable, check_choice, check_count, check_number, check_seed
from mathforml.errors import ArgumentError
from mathforml.gradient_estimators.result import GradientEstimate, values

BASELINES = ["mean", "optimal"]


def score_function(f, p, *, samples=1000, wrt=None, baseline=None, seed=0):
    """Estimate d/dθ E_p[f(x)] as the mean of (f(x) − baseline) · d log p(x; θ)/dθ (REINFORCE).

    Parameters
    ----------
    f : callable
        (S, …) → (S,); it need not be differentiable.
    p : Gaussian, Bernoulli, Categorical or Poisson
    samples : int
        S, at least 2.
    wrt : str, optional
        The parameter θ; default: the first of p.
    baseline : {"mean", "optimal"}, float or None
        What is subtracted from f: a number; the mean of f at the other samples; or, for each component of the
        gradient, the number that gives the least variance, estimated from the other samples. None adds bias.
    seed : int, None or Generator

    Returns
    -------
    GradientEstimate

    Raises
    ------
    ArgumentError
        If f does not give one finite value a sample, or an option is not what it must be.

    References
    ----------
    .. [1] Williams 1992, Simple statistical gradient-following algorithms for connectionist reinforcement
       learning, doi:10.1007/BF00992696
    .. [2] Mohamed et al. 2020, arXiv:1906.10652, section 4

    Examples
    --------
    >>> from mathforml.gradient_estimators import Gaussian
    >>> result = score_function(lambda x: x**2, Gaussian(1.0, 1.0), samples=100_000, baseline="mean", seed=0)
    >>> abs(float(result.estimate) - 2.0) < 4 * float(result.standard_error)
    True
    """
    x, wrt = draw(f, p, samples, wrt, seed)
    score, fx = p.score(x, wrt), values(f, x)
    if baseline is None:
        baseline = 0.0
    elif isinstance(baseline, str):
        check_choice(baseline, "baseline", BASELINES)
        baseline = best_baseline(fx, score) if baseline == "optimal" else (fx.sum() - fx) / (samples - 1)
    else:
        baseline = check_number(baseline, "baseline")
    return GradientEstimate((_by_sample(fx, score) - _by_sample(baseline, score)) * score, samples)


def best_baseline(fx, score):
    """Return b = E[f s²] / E[s²], with which (f − b) s varies least, for each sample from all others, (S, …)."""
    weights = score * score
    weighted = _by_sample(fx, score) * weights
    total, others = weighted.sum(axis=0) - weighted, weights.sum(axis=0) - weights
    return np.divide(total, others, out=np.zeros_like(total), where=others > 0)


def draw(f, p, samples, wrt, seed):
    """Check what all estimators take; return samples and the parameter's name."""
    check_callable(f)
    wrt = check_parameter(p, wrt)
    check_count(samples, "samples", least=2)
    return p.sample(samples, check_seed(seed)), wrt


def check_parameter(p, wrt):
    """Return the name of the parameter of p to differentiate with respect to."""
    from mathforml.gradient_estimators.distributions import Bernoulli, Categorical, Gaussian, Poisson

    if not isinstance(p, Gaussian | Bernoulli | Categorical | Poisson):
        raise ArgumentError(f"p must be a Gaussian, Bernoulli, Categorical or Poisson, not {p!r:.60}")
    return check_choice(p.parameters[0] if wrt is None else wrt, "wrt", p.parameters)


def _by_sample(values, like):
    """Return values (S,) with axes added so that they multiply arrays (S, …); numbers and (S, …) as they are."""
    values = np.asarray(values)
    return values.reshape(len(values), *[1] * (like.ndim - 1)) if values.ndim == 1 else values
