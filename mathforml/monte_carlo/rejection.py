"""Rejection sampling: draw under the curve M·q, keep what lies under p."""

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_number, check_seed
from mathforml.errors import ArgumentError, ConvergenceError
from mathforml.monte_carlo.plain import check_log_values, draw


@dataclass(frozen=True)
class Accepted:
    """Exact draws, and what they cost.

    Attributes
    ----------
    draws : ndarray, shape (S,) or (S, d)
    acceptance : float
        Share of proposals that were kept, 1/M in expectation where p and q are normalised.
    proposals : int
        How many were made.
    """

    draws: np.ndarray
    acceptance: float
    proposals: int


def rejection_sampling(log_p, log_q, sampler, samples, *, log_bound, most_proposals=10_000_000, seed=0):
    r"""Draw from p by keeping a draw x of q with probability p(x) / (M q(x)).

    Parameters
    ----------
    log_p, log_q : callable
        Log densities up to a constant, (n, ...) to (n,).
    sampler : callable
        `sampler(rng, n)` draws from q.
    samples : int
        S, how many draws of p to return.
    log_bound : float
        log M, at least log p(x) − log q(x) everywhere. It is checked at every proposal.
    most_proposals : int
        Give up beyond.
    seed : int, None or Generator
        Of proposals and decisions.

    Returns
    -------
    Accepted

    Raises
    ------
    ArgumentError
        If p exceeds M·q at a proposal, or a function returns a wrong shape, NaN or +∞.
    ConvergenceError
        If `most_proposals` do not yield S draws.

    References
    ----------
    Owen 2013, Monte Carlo theory, methods and examples, chapter 4, https://artowen.su.domains/mc/

    Examples
    --------
    >>> uniform = lambda rng, n: rng.random(n)
    >>> result = rejection_sampling(np.log, np.zeros_like, uniform, 10_000, log_bound=0)  # p(x) = 2x
    >>> round(float(result.draws.mean()), 2), round(result.acceptance, 2)
    (0.66, 0.5)
    """
    for function, name in [(log_p, "log_p"), (log_q, "log_q"), (sampler, "sampler")]:
        check_callable(function, name)
    samples = check_count(samples, "samples")
    most = check_count(most_proposals, "most_proposals")
    log_bound = check_number(log_bound, "log_bound")
    rng = check_seed(seed)
    kept, proposals, accepted = [], 0, 0
    while accepted < samples:
        if proposals >= most:
            raise ConvergenceError(
                f"rejection sampling kept {accepted} of {proposals} proposals, {samples} were wanted: "
                "lower log_bound, or propose from a density closer to p"
            )
        # as many as the rate so far asks for, to keep batches few
        rate = max(accepted, 1) / max(proposals, 1)
        batch = int(min(max((samples - accepted) / rate * 1.1, 100), 1_000_000, most - proposals))
        x = draw(sampler, rng, batch)
        log_ratio = check_log_values(log_p(x), "log_p(x)", batch)
        log_ratio = log_ratio - check_array(log_q(x), "log_q(x)", shape=(batch,))
        worst = int(np.argmax(log_ratio))
        if log_ratio[worst] > log_bound + 1e-12 * max(1, abs(log_bound)):
            raise ArgumentError(
                f"log_bound must be at least log p(x) - log q(x) everywhere, and that is {log_ratio[worst]:.6g} "
                f"at x = {np.array2string(x[worst], precision=4, threshold=6)}, above {log_bound:.6g}"
            )
        x = x[-rng.standard_exponential(batch) < log_ratio - log_bound]
        kept.append(x)
        accepted += len(x)
        proposals += batch
    return Accepted(np.concatenate(kept)[:samples], accepted / proposals, proposals)
