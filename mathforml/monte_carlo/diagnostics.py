"""Have the chains converged, and how many independent draws are they worth?"""

import numpy as np

from mathforml.checks import check_array
from mathforml.errors import ArgumentError
from mathforml.monte_carlo.plain import plain


def autocorrelation(x):
    """Return the autocorrelation of a series at all lags, by fast Fourier transform.

    Parameters
    ----------
    x : array_like, shape (..., S)
        Series along the last axis.

    Returns
    -------
    ndarray, shape (..., S)
        Lag 0 is 1. Sums of products over S, the biased form that is a proper autocorrelation.

    Raises
    ------
    ArgumentError
        If a series is constant, not finite, or has fewer than two entries.

    Examples
    --------
    >>> autocorrelation([1.0, -1.0, 1.0, -1.0]).round(2).tolist()
    [1.0, -0.75, 0.5, -0.25]
    """
    x = check_array(x, "x")
    if x.ndim == 0 or x.shape[-1] < 2:
        raise ArgumentError(f"x must have at least two entries along its last axis, not shape {x.shape}")
    if (np.ptp(x, axis=-1) == 0).any():
        raise ArgumentError("x must vary: a constant series has no autocorrelation")
    covariance = autocovariance(x)
    return covariance / covariance[..., :1]


def autocovariance(x):
    size = x.shape[-1]
    z = x - x.mean(axis=-1, keepdims=True)
    # zeros up to twice the length, or the end would be correlated with the beginning
    transform = np.fft.rfft(z, n=1 << (2 * size - 1).bit_length(), axis=-1)
    return np.fft.irfft(np.abs(transform) ** 2, axis=-1)[..., :size] / size


def split_rhat(draws):
    r"""Return split R̂: how much wider all chains together are than each half chain by itself.

    Parameters
    ----------
    draws : array_like, shape (C, S) or (C, S, d)
        Chains, draws, and components if there are any; S of at least 4.

    Returns
    -------
    float, or ndarray of shape (d,)
        Near 1 when the halves agree; ∞ when no half moves and they differ.

    Raises
    ------
    ArgumentError
        If the shape does not fit, a draw is not finite, or all draws of a component are equal.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021, Rank-normalization, folding, and localization,
    arXiv:1903.08008

    Examples
    --------
    >>> chains = np.random.default_rng(0).standard_normal((4, 1000))
    >>> round(split_rhat(chains), 2), round(split_rhat(chains + np.arange(4)[:, None]), 1)
    (1.0, 1.6)
    """
    return by_component(lambda chains: rhat_of(split(chains)), draws)


def rhat(draws):
    """Return rank-normalised R̂, the larger of that of the draws and that of their distances from the median.

    It sees what `split_rhat` cannot: chains that differ in spread, and draws without a variance. Above 1.01 is a
    reason to run longer.

    Parameters
    ----------
    draws : array_like, shape (C, S) or (C, S, d)
        As for `split_rhat`.

    Returns
    -------
    float, or ndarray of shape (d,)

    Raises
    ------
    ArgumentError
        As for `split_rhat`.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021, section 3.2, arXiv:1903.08008

    Examples
    --------
    >>> chains = np.random.default_rng(0).standard_normal((4, 1000)) * [[1], [1], [1], [3]]
    >>> round(split_rhat(chains), 2), round(rhat(chains), 2)
    (1.0, 1.15)
    """

    def largest(chains):
        halves = split(chains)
        folded = np.abs(halves - np.median(halves))
        pieces = [halves] if np.ptp(folded) == 0 else [halves, folded]
        return max(rhat_of(rank_normalise(piece)) for piece in pieces)

    return by_component(largest, draws)


def mean_ess(draws):
    r"""Return the effective sample size for the mean: Var(x) / (ess) is the variance of the mean over all draws.

    ESS = CS / τ with τ = 1 + 2 Σ ρ_t, summed over Geyer's initial monotone sequence [2]_ and half of the even lag
    that follows [3]_, with ρ_t from all split chains together, so that chains which disagree count for little.

    Parameters
    ----------
    draws : array_like, shape (C, S) or (C, S, d)
        As for `split_rhat`.

    Returns
    -------
    float, or ndarray of shape (d,)
        More than CS where draws alternate; at most CS log₁₀(CS).

    Raises
    ------
    ArgumentError
        As for `split_rhat`.

    References
    ----------
    .. [1] Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021, section 3.1, arXiv:1903.08008
    .. [2] Geyer 1992, Practical Markov chain Monte Carlo, https://doi.org/10.1214/ss/1177011137
    .. [3] Stan reference manual, Effective sample size, https://mc-stan.org/docs/reference-manual/analysis.html

    Examples
    --------
    >>> draws = np.random.default_rng(0).standard_normal((4, 1000))
    >>> round(mean_ess(draws), -3), round(mean_ess(np.repeat(draws, 2, axis=1)), -3)
    (4000.0, 4000.0)
    """
    return by_component(lambda chains: ess_of(split(chains)), draws)


def bulk_ess(draws):
    """Return the effective sample size in the bulk: that of the rank-normalised draws.

    Parameters
    ----------
    draws : array_like, shape (C, S) or (C, S, d)
        As for `split_rhat`.

    Returns
    -------
    float, or ndarray of shape (d,)
        At least 100 a chain is what the reference asks for. Defined also where the draws have no variance.

    Raises
    ------
    ArgumentError
        As for `split_rhat`.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021, section 4.1, arXiv:1903.08008

    Examples
    --------
    >>> round(bulk_ess(np.random.default_rng(0).standard_cauchy((4, 1000))), -3)
    4000.0
    """
    return by_component(lambda chains: ess_of(rank_normalise(split(chains))), draws)


def tail_ess(draws):
    """Return the effective sample size in the tails: the smaller of those for the 5 % and the 95 % quantile.

    Parameters
    ----------
    draws : array_like, shape (C, S) or (C, S, d)
        As for `split_rhat`.

    Returns
    -------
    float, or ndarray of shape (d,)
        Of the shares of draws up to the quantiles, as the reference has it.

    Raises
    ------
    ArgumentError
        As for `split_rhat`.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021, section 4.3, arXiv:1903.08008

    Examples
    --------
    >>> round(tail_ess(np.random.default_rng(0).standard_cauchy((4, 1000))), -3)
    4000.0
    """

    def least(chains):
        shares = [(chains <= q).astype(float) for q in np.quantile(chains, [0.05, 0.95])]
        return min(ess_of(split(share)) for share in shares)

    return by_component(least, draws)


def rank_normalise(x):
    """Replace numbers by the normal quantiles of their ranks among all, ties by their mean rank.

    Parameters
    ----------
    x : array_like
        Any shape, finite.

    Returns
    -------
    ndarray, same shape

    Examples
    --------
    >>> rank_normalise([1e9, 3.0, 4.0]).round(2).tolist()
    [0.87, -0.87, 0.0]
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    x = check_array(x, "x")
    return ndtri((rankdata(x, axis=None).reshape(x.shape) - 3 / 8) / (x.size + 1 / 4))


def by_component(statistic, draws):
    draws = check_array(draws, "draws")
    if draws.ndim not in (2, 3) or draws.shape[0] < 1 or draws.shape[1] < 4:
        raise ArgumentError(
            f"draws must have shape (chains, S) or (chains, S, d) with S of at least 4, not {draws.shape}"
        )
    columns = draws[..., None] if draws.ndim == 2 else draws
    still = np.ptp(split(columns), axis=(0, 1)) == 0
    if still.any():
        at = int(np.argmax(still))
        raise ArgumentError(f"draws must vary, and component {at} is {columns[0, 0, at]:g} throughout")
    values = np.array([statistic(columns[..., i]) for i in range(columns.shape[-1])])
    return plain(values[0] if draws.ndim == 2 else values)


def split(chains):
    """Halves of the chains as chains of their own, shape (2C, S // 2, ...): a trend shows as a difference."""
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, -half:]])


def variances(halves):
    """The mean variance within, and the variance of all that also counts the spread of the means."""
    size = halves.shape[1]
    within = halves.var(axis=1, ddof=1).mean()
    between = halves.mean(axis=1).var(ddof=1)
    return within, within * (size - 1) / size + between


def rhat_of(halves):
    if (np.ptp(halves, axis=1) == 0).all():  # their variance may be a rounding error above 0
        return np.inf
    within, total = variances(halves)
    return np.sqrt(total / within)


def ess_of(halves):
    count, size = halves.shape
    if np.ptp(halves) == 0:  # the share of draws up to their largest is known: it is one
        return float(count * size)
    within, total = variances(halves)
    rho = 1 - (within - autocovariance(halves).mean(axis=0)) / total
    rho[0] = 1
    pairs = rho[: size // 2 * 2].reshape(-1, 2).sum(axis=1)  # of an even and the next lag: positive and falling
    end = int(np.argmax(pairs < 0)) if (pairs < 0).any() else len(pairs)
    time = 2 * np.minimum.accumulate(pairs[:end]).sum() - 1
    if end < len(pairs):
        time += max(rho[2 * end], 0)
    return count * size / max(time, 1 / np.log10(count * size))
