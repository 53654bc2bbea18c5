"""Metropolis–Hastings: a random walk that refuses some steps, so that it visits p in proportion."""

import numpy as np

from mathforml.checks import check_array, check_count, check_distribution, check_number, check_seed
from mathforml.errors import ArgumentError
from mathforml.monte_carlo.markov import Chains, check_start
from mathforml.monte_carlo.plain import check_log_values


def metropolis_hastings(log_p, start, samples, *, warmup=1000, scale=None, target_acceptance=None, thin=1, seed=0):
    r"""Sample p with a Gaussian random walk, all chains at once.

    From x propose x' = x + s ε and go there with probability min(1, p(x')/p(x)), else stay.

    Parameters
    ----------
    log_p : callable
        Log density up to a constant, (C, d) to (C,), each row by itself; −∞ outside the support.
    start : array_like, shape (C, d)
        First state of each chain, log density finite.
    samples : int
        S, states to keep of each chain.
    warmup : int
        Steps before, not kept.
    scale : float, optional
        s. Default: adapted in warm-up, for each chain, until `target_acceptance` is met, then held.
    target_acceptance : float, optional
        Default 0.44 in one dimension, 0.234 in more, which is near the best for Gaussians [1]_.
    thin : int
        Steps from one kept state to the next.
    seed : int, None or Generator
        Of proposals and decisions.

    Returns
    -------
    Chains

    Raises
    ------
    ArgumentError
        If log_p is no function, returns a wrong shape, NaN or +∞, or a start has no density; if neither a scale
        nor a warm-up is given.

    References
    ----------
    .. [1] Roberts, Gelman, Gilks 1997, Weak convergence and optimal scaling of random walk Metropolis algorithms,
       https://doi.org/10.1214/aoap/1034625254

    Examples
    --------
    >>> chains = metropolis_hastings(lambda x: -(x**2).sum(axis=1) / 2, np.zeros((4, 1)), 2000)
    >>> chains.draws.shape, bool(abs(chains.draws.var() - 1) < 0.1)
    ((4, 2000, 1), True)
    """
    x, log_density = check_start(log_p, start)
    chains, dimension = x.shape
    samples = check_count(samples, "samples")
    warmup = check_count(warmup, "warmup", least=0)
    thin = check_count(thin, "thin")
    target = 0.44 if dimension == 1 else 0.234
    if target_acceptance is not None:
        target = check_number(target_acceptance, "target_acceptance", above=0, below=1)
    if scale is None and warmup == 0:
        raise ArgumentError("scale must be given where warmup is 0, for warm-up is when it is found")
    adapt = scale is None
    first = 2.38 / np.sqrt(dimension) if adapt else check_number(scale, "scale", above=0)
    scales = np.full(chains, first)
    rng = check_seed(seed)

    draws = np.empty((chains, samples, dimension))
    accepted = np.zeros(chains)
    steps = samples * thin
    for t in range(-warmup, steps):
        proposal = x + scales[:, None] * rng.standard_normal(x.shape)
        log_proposal = check_log_values(log_p(proposal), "log_p(x)", chains)
        log_ratio = log_proposal - log_density
        move = -rng.standard_exponential(chains) < log_ratio
        x = np.where(move[:, None], proposal, x)
        log_density = np.where(move, log_proposal, log_density)
        probability = np.exp(np.minimum(log_ratio, 0))
        if t < 0 and adapt:  # Robbins–Monro: ever smaller corrections towards the target
            scales = scales * np.exp((probability - target) / (t + warmup + 1) ** 0.6)
        elif t >= 0:
            accepted += probability
            if (t + 1) % thin == 0:
                draws[:, t // thin] = x
    return Chains(draws, accepted / steps, scales, np.zeros(chains, dtype=int))


def metropolis_matrix(p, proposal):
    """Return the transition matrix that Metropolis–Hastings makes of a proposal on finitely many states.

    Parameters
    ----------
    p : array_like, shape (K,)
        Target probabilities, above 0.
    proposal : array_like, shape (K, K)
        Row i: probabilities of proposing j from i.

    Returns
    -------
    ndarray, shape (K, K)
        P with p_i P_ij = p_j P_ji (detailed balance), hence p P = p.

    Raises
    ------
    ArgumentError
        If p or a row of the proposal is no distribution, or p has a zero.

    References
    ----------
    Hastings 1970, Monte Carlo sampling methods using Markov chains and their applications,
    https://doi.org/10.1093/biomet/57.1.97

    Examples
    --------
    >>> metropolis_matrix([0.25, 0.75], [[0.0, 1.0], [1.0, 0.0]]).round(3).tolist()
    [[0.0, 1.0], [0.333, 0.667]]
    """
    p = check_distribution(check_array(p, "p", shape=("K",)), "p")
    proposal = check_distribution(proposal, "proposal", shape=(len(p), len(p)))
    if (p == 0).any():
        raise ArgumentError(f"p must be above 0 in every state; entry {int(np.argmin(p))} is 0")
    flow = p[:, None] * proposal
    matrix = np.minimum(flow, flow.T) / p[:, None]  # q_ij min(1, p_j q_ji / p_i q_ij)
    np.fill_diagonal(matrix, 0)
    np.fill_diagonal(matrix, 1 - matrix.sum(axis=1))
    return matrix
