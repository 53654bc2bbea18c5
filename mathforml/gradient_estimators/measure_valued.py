"""The measure-valued estimator: the derivative of a density is a difference of two densities."""

import numpy as np

from mathforml.checks import check_callable, check_count, check_seed
from mathforml.errors import ArgumentError
from mathforml.gradient_estimators.distributions import Bernoulli, Gaussian, Poisson
from mathforml.gradient_estimators.result import GradientEstimate, values
from mathforml.gradient_estimators.score import check_parameter


def measure_valued(f, p, *, samples=1000, wrt=None, coupled=True, seed=0):
    """Estimate d/dθ E_p[f(x)] as c (E[f(x⁺)] − E[f(x⁻)]), coordinate by coordinate.

    The derivative of the density is c (p⁺ − p⁻):

    - Gaussian mean: x± = μ ± σW with W Weibull, density w exp(−w²/2), and c = 1 / (σ√(2π))
    - Gaussian standard deviation: x⁺ = μ + σM with M double-sided Maxwell, x⁻ = μ + σε, and c = 1/σ
    - Poisson rate: x⁺ = x + 1, x⁻ = x, and c = 1
    - Bernoulli logit: x⁺ = 1, x⁻ = 0, and c = P(x = 1) P(x = 0), which sums the coordinate out (Rao–Blackwell)

    Parameters
    ----------
    f : callable
        (S, …) → (S,); it need not be differentiable.
    p : Gaussian, Bernoulli or Poisson
    samples : int
        S, at least 2.
    wrt : str, optional
        The parameter θ; default: the first of p.
    coupled : bool
        Whether x⁺ and x⁻ share their randomness: the same W, the same x, ε = M U with U uniform, and the same
        other coordinates. Else they are independent.
    seed : int, None or Generator

    Returns
    -------
    GradientEstimate
        It evaluates f at 2 d S points.

    Raises
    ------
    ArgumentError
        If p has no decomposition here, or f does not give one finite value a sample.

    References
    ----------
    .. [1] Pflug 1989, Sampling derivatives of probabilities, doi:10.1007/BF02243227
    .. [2] Mohamed et al. 2020, arXiv:1906.10652, section 6

    Examples
    --------
    >>> measure_valued(lambda x: x**2, Poisson(1.0), samples=50_000, seed=0).estimate.round(1)  # 2 · rate + 1
    np.float64(3.0)
    """
    check_callable(f)
    wrt = check_parameter(p, wrt)
    if not isinstance(p, Gaussian | Bernoulli | Poisson):
        raise ArgumentError(f"p must be a Gaussian, Bernoulli or Poisson, not a {type(p).__name__}")
    check_count(samples, "samples", least=2)
    rng = check_seed(seed)
    constant, plus, minus = decompose(p, wrt, samples, coupled, rng)
    above = p.sample(samples, rng)  # the other coordinates
    below = above if coupled else p.sample(samples, rng)
    flat = (samples, -1)
    gradients = np.empty((samples, max(1, plus[0].size)))
    for i in range(gradients.shape[1]):
        ends = []
        for x, end in [(above, plus), (below, minus)]:
            moved = x.reshape(flat).copy()
            moved[:, i] = end.reshape(flat)[:, i]
            ends.append(values(f, moved.reshape(x.shape)))
        gradients[:, i] = constant.reshape(-1)[i] * (ends[0] - ends[1])
    return GradientEstimate(gradients.reshape(plus.shape), 2 * gradients.size)


def decompose(p, wrt, samples, coupled, rng):
    """Return c and samples (S, …) of each coordinate under p⁺ and p⁻."""
    shape = (samples, *p.shape)
    if isinstance(p, Bernoulli):
        return p.probabilities * (1 - p.probabilities), np.ones(shape), np.zeros(shape)
    if isinstance(p, Poisson):
        x = p.sample(samples, rng)
        return np.ones(p.shape), x + 1, x if coupled else p.sample(samples, rng)
    if wrt == "mean":
        plus = rng.rayleigh(size=shape)  # Rayleigh is Weibull with shape 2 and scale √2
        minus = plus if coupled else rng.rayleigh(size=shape)
        return 1 / (p.std * np.sqrt(2 * np.pi)), p.mean + p.std * plus, p.mean - p.std * minus
    maxwell = np.sqrt(rng.chisquare(3, size=shape)) * rng.choice([-1.0, 1.0], size=shape)
    normal = maxwell * rng.random(shape) if coupled else rng.standard_normal(shape)
    return 1 / p.std, p.mean + p.std * maxwell, p.mean + p.std * normal
