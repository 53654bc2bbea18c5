"""Quasi-Monte Carlo: points that fill the cube evenly, scrambled so that there is an error to report."""

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_callable, check_choice, check_count, check_seed
from mathforml.errors import ArgumentError
from mathforml.monte_carlo.plain import average, evaluate, plain


@dataclass(frozen=True)
class QuasiEstimate:
    """The mean over independent scramblings.

    Attributes
    ----------
    estimate, standard_error : float, or ndarray of shape (m,)
    samples : int
        Points a replicate.
    replicates : ndarray, shape (R,) or (R, m)
        The estimate of each scrambling; its spread gives the error.
    """

    estimate: float | np.ndarray
    standard_error: float | np.ndarray
    samples: int
    replicates: np.ndarray


def quasi_monte_carlo(f, dimension, samples, *, replicates=16, distribution="uniform", seed=0):
    r"""Estimate E[f(x)] over the unit cube, or N(0, I), with scrambled Sobol points.

    Each scrambling is unbiased. For smooth f the error falls about like 1/S, and up to S^(−3/2), against S^(−1/2)
    for independent draws.

    Parameters
    ----------
    f : callable
        Takes (S, d), returns (S,) or (S, m).
    dimension : int
        d.
    samples : int
        S, points a replicate: a power of two.
    replicates : int
        Independent scramblings, at least 2.
    distribution : {"uniform", "gaussian"}
        Of x: on [0, 1]^d, or N(0, I) by the inverse of its distribution function.
    seed : int, None or Generator
        Of the scramblings.

    Returns
    -------
    QuasiEstimate

    Raises
    ------
    ArgumentError
        If S is no power of two, another option cannot work, or f is no function or returns a wrong shape or NaN.

    References
    ----------
    Owen 1997, Scrambled net variance for integrals of smooth functions, https://doi.org/10.1214/aos/1031594731

    Examples
    --------
    >>> result = quasi_monte_carlo(lambda u: np.exp(u.mean(axis=1)), 5, 256)
    >>> round(result.estimate, 4), result.standard_error < 1e-4
    (1.6625, True)
    """
    check_callable(f)
    replicates = check_count(replicates, "replicates", least=2)
    rng = check_seed(seed)
    values = [
        evaluate(f, sobol(samples, dimension, distribution=distribution, seed=child)).mean(axis=0)
        for child in rng.spawn(replicates)
    ]
    result = average(values)
    return QuasiEstimate(plain(result.estimate), plain(result.standard_error), samples, np.array(values))


def sobol(samples, dimension, *, distribution="uniform", seed=0):
    """Return scrambled Sobol points.

    Parameters
    ----------
    samples, dimension, distribution, seed
        As for `quasi_monte_carlo`.

    Returns
    -------
    ndarray, shape (S, d)
        In the open cube, or with distribution N(0, I).

    Raises
    ------
    ArgumentError
        If S is no power of two, or another option cannot work.

    References
    ----------
    Joe, Kuo 2008, Constructing Sobol sequences with better two-dimensional projections,
    https://doi.org/10.1137/070709359

    Examples
    --------
    >>> points = sobol(8, 2)
    >>> sorted((8 * points[:, 0]).astype(int).tolist())
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    from scipy.stats import qmc

    samples = check_count(samples, "samples")
    dimension = check_count(dimension, "dimension")
    check_choice(distribution, "distribution", ["uniform", "gaussian"])
    if samples & (samples - 1):
        raise ArgumentError(
            f"samples must be a power of two, or Sobol points lose their balance: "
            f"{1 << samples.bit_length() - 1} or {1 << samples.bit_length()}, not {samples}"
        )
    if samples > 2**30 or dimension > qmc.Sobol.MAXDIM:
        raise ArgumentError(f"Sobol points go up to samples = 2**30 and dimension = {qmc.Sobol.MAXDIM}")
    engine = qmc.Sobol(dimension, scramble=True, rng=check_seed(seed))
    # the points are lower corners of cells 2^-30 wide; their centres are never 0 or 1
    points = engine.random(samples) + 2.0**-31
    if distribution == "gaussian":
        from scipy.special import ndtri

        return ndtri(points)
    return points
