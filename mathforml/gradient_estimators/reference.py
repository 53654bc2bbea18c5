"""A problem on which all variances are known."""

import numpy as np

from mathforml.checks import check_number


def quadratic_variances(offset, std):
    """Return the variance of one sample's d/dμ for f(x) = (x − c)² and x ~ N(μ, σ²), by estimator.

    With a = μ − c and ε = (x − μ)/σ, f = a² + 2aσε + σ²ε², the gradient is 2a, and every estimator is a polynomial
    of ε (or of the Weibull variable), whose moments are known.

    Parameters
    ----------
    offset : float
        a = μ − c.
    std : float
        σ.

    Returns
    -------
    dict of str to float
        "score", "score, mean baseline" (subtracts E[f] = a² + σ²), "score, optimal baseline" (subtracts a² + 3σ²),
        "pathwise", "measure-valued" (x⁺ and x⁻ share W) and "measure-valued, independent".

    References
    ----------
    .. [1] Mohamed et al. 2020, arXiv:1906.10652, section 3

    Examples
    --------
    >>> {name: round(variance, 4) for name, variance in quadratic_variances(0.5, 1.5).items()}["measure-valued"]
    0.2732
    """
    a2 = check_number(offset, "offset") ** 2
    s2 = check_number(std, "std", above=0) ** 2
    weibull = 2 - np.pi / 2  # Var W; Var W² is 4
    return {
        "score": (a2**2 + 18 * a2 * s2 + 15 * s2**2) / s2 - 4 * a2,
        "score, mean baseline": 8 * a2 + 10 * s2,
        "score, optimal baseline": 8 * a2 + 6 * s2,
        "pathwise": 4 * s2,
        "measure-valued": 16 * a2 * weibull / (2 * np.pi),
        "measure-valued, independent": 4 * (a2 * weibull + s2) / np.pi,
    }
