"""Pareto-smoothed importance sampling: a fit to the largest weights tells whether to trust them."""

import numpy as np

from mathforml.checks import check_array
from mathforml.errors import ArgumentError
from mathforml.monte_carlo.plain import check_log_values

LEAST_WEIGHTS = 25  # five in the tail, a fifth of all


def fit_generalised_pareto(exceedances):
    r"""Fit shape k and scale σ of a generalised Pareto distribution, density (1 + kx/σ)^(−1/k−1) / σ, x > 0.

    With θ = −k/σ, the best k for a given θ is known, so the likelihood there depends on θ alone. The estimate is
    the mean of θ under that profile likelihood and a weak prior, on a grid of the prior's quantiles: no iteration.

    Parameters
    ----------
    exceedances : array_like, shape (n,)
        Positive, at least five.

    Returns
    -------
    k, sigma : float
        Moments of order 1/k and above do not exist.

    Raises
    ------
    ArgumentError
        If there are fewer than five exceedances or one is not positive.

    References
    ----------
    Zhang, Stephens 2009, A new and efficient estimation method for the generalized Pareto distribution,
    https://doi.org/10.1198/tech.2009.08017 (their k is −k here)

    Examples
    --------
    >>> k, sigma = fit_generalised_pareto(np.random.default_rng(0).pareto(2.0, size=100_000))
    >>> round(k, 1), round(sigma, 1)
    (0.5, 0.5)
    """
    x = np.sort(check_array(exceedances, "exceedances", shape=("n",)))
    n = len(x)
    if n < 5 or x[0] <= 0:
        raise ArgumentError(
            "exceedances must be at least five positive numbers, not "
            + (f"{n} of them" if n < 5 else f"one that is {x[0]:g}")
        )
    m = 30 + int(np.sqrt(n))
    quartile = x[int(n / 4 + 0.5) - 1]
    # scaled by the largest, so that powers of it do not overflow
    x, scale, quartile = x / x[-1], x[-1], max(quartile / x[-1], 1e-300)

    def profile(theta):
        k = np.log1p(-theta * x).mean()
        return k, -k / theta if theta != 0 else x.mean()

    grid = 1 + (1 - np.sqrt(m / (np.arange(m) + 0.5))) / (3 * quartile)
    log_likelihood = np.array([-n * (np.log(sigma) + k + 1) for k, sigma in map(profile, grid)])
    weight = np.exp(log_likelihood - log_likelihood.max())
    k, sigma = profile(weight @ grid / weight.sum())
    return float(k), float(sigma * scale)


def pareto_k(log_weights):
    """Return the shape of the tail of importance weights: the diagnostic k̂.

    Below 0.5 the weights have a variance and the central limit theorem holds. Estimates from smoothed weights are
    dependable up to 0.7, with fewer than 2200 weights up to 1 − 1 / log₁₀ S; above, S has to grow beyond reach.

    Parameters
    ----------
    log_weights : array_like, shape (S,)
        log of p(x)/q(x) up to a constant, at least 25; −∞ is a weight of zero.

    Returns
    -------
    float
        −∞ where the tail is a single value, as when all weights are equal; ∞ where it is fewer than five weights,
        too few to judge.

    Raises
    ------
    ArgumentError
        If there are fewer than 25 weights, one is NaN or +∞, or all are zero.

    References
    ----------
    Vehtari, Simpson, Gelman, Yao, Gabry 2024, Pareto smoothed importance sampling, arXiv:1507.02646

    Examples
    --------
    >>> uniform = np.random.default_rng(2).random(100_000)
    >>> round(pareto_k(-0.2 * np.log(uniform)), 1), round(pareto_k(-0.9 * np.log(uniform)), 1)
    (0.2, 0.9)
    """
    return smooth_weights(log_weights)[1]


def smooth_weights(log_weights):
    """Replace the largest weights by the quantiles of the generalised Pareto distribution fitted to them.

    The order stays, and none exceeds the largest weight there was.

    Parameters
    ----------
    log_weights : array_like, shape (S,)
        As for `pareto_k`.

    Returns
    -------
    log_weights : ndarray, shape (S,)
        Smoothed, on the same scale; as they came where k̂ is infinite.
    k : float
        As from `pareto_k`.

    Raises
    ------
    ArgumentError
        As for `pareto_k`.

    References
    ----------
    Vehtari, Simpson, Gelman, Yao, Gabry 2024, Pareto smoothed importance sampling, arXiv:1507.02646

    Examples
    --------
    >>> log_weights = -0.9 * np.log(np.random.default_rng(1).random(1000))
    >>> smooth, k = smooth_weights(log_weights)
    >>> bool(smooth.max() <= log_weights.max())
    True
    """
    log_weights = check_log_weights(log_weights)
    size = len(log_weights)
    if size < LEAST_WEIGHTS:
        raise ArgumentError(f"log_weights must hold at least {LEAST_WEIGHTS} weights for a tail, not {size}")
    tail = int(np.ceil(min(size / 5, 3 * np.sqrt(size))))
    order = np.argsort(log_weights, kind="stable")
    largest, cutoff = log_weights[order[-1]], log_weights[order[-tail - 1]]
    above = order[-tail:][log_weights[order[-tail:]] > cutoff]
    if len(above) < 5:
        return log_weights, -np.inf if len(above) == 0 else np.inf

    base = np.exp(cutoff - largest)
    # a weight that underflows beside the largest is still above the cutoff
    exceedances = np.maximum(np.exp(log_weights[above] - largest) - base, 1e-300)
    n = len(above)
    k, sigma = fit_generalised_pareto(exceedances)
    k = (n * k + 10 * 0.5) / (n + 10)  # a weak prior at 0.5 steadies small tails
    quantile = (np.arange(n) + 0.5) / n
    z = -np.log1p(-quantile)
    with np.errstate(over="ignore"):
        exceedances = sigma * (np.expm1(k * z) / k if k != 0 else z)
    smooth = log_weights.copy()
    smooth[above] = np.minimum(np.log(exceedances + base), 0.0) + largest
    return smooth, float(k)


def check_log_weights(log_weights):
    log_weights = check_log_values(log_weights, "log_weights")
    if len(log_weights) == 0:
        raise ArgumentError("log_weights must hold at least one weight")
    if log_weights.max() == -np.inf:
        raise ArgumentError("log_weights must have a weight above zero: the proposal misses the target")
    return log_weights
