"""Baum–Welch: expectation maximisation for hidden Markov models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_count, check_number
from mathforml.errors import ArgumentError
from mathforml.forward_backward.emissions import proportions
from mathforml.forward_backward.hmm import HMM, flatten


@dataclass(frozen=True)
class Fit:
    """What `baum_welch` returns.

    Attributes
    ----------
    hmm : HMM
    log_likelihoods : ndarray of shape (iterations + 1,)
        Of all sequences together, at the start and after each iteration; it never falls.
    converged : bool
        Whether the last iteration gained less than the tolerance.
    """

    hmm: HMM
    log_likelihoods: np.ndarray
    converged: bool


def baum_welch(hmm, observations, *, lengths=None, iterations=100, tolerance=1e-6):
    """Fit a hidden Markov model to sequences, starting from `hmm`.

    Each iteration counts what is expected to have happened, γ for first states and emissions and Σ ξ for
    transitions, and takes the proportions as the new model. A state that is never expected keeps what it has.

    Parameters
    ----------
    hmm : HMM
        Where to start. Symmetric starts stay symmetric. With `Given` emissions only π and A are learned.
    observations : array_like or list of array_like
        One sequence, a padded batch with `lengths`, or a list, as `HMM` has it.
    lengths : array_like of int, optional
    iterations : int
        At most so many.
    tolerance : float
        Gain of log-likelihood below which to stop; 0 goes on while there is any.

    Returns
    -------
    Fit

    Raises
    ------
    ArgumentError
        If arguments do not fit.
    InfeasibleError
        If a sequence has probability 0 under the start.
    SingularError
        If the covariance of a Gaussian state collapses.

    References
    ----------
    .. [1] Baum, Petrie, Soules, Weiss 1970, A maximization technique occurring in the statistical analysis of
       probabilistic functions of Markov chains, doi:10.1214/aoms/1177697196

    Examples
    --------
    >>> from mathforml.forward_backward import Categorical
    >>> start = HMM([0.6, 0.4], [[0.6, 0.4], [0.4, 0.6]], Categorical([[0.7, 0.3], [0.4, 0.6]]))
    >>> baum_welch(start, [0, 0, 0, 1, 1, 1, 0, 0]).log_likelihoods[[0, 1]].round(3)
    array([-5.279, -5.079])
    """
    if not isinstance(hmm, HMM):
        raise ArgumentError(f"hmm must be an HMM to start from, not {type(hmm).__name__}")
    iterations = check_count(iterations, "iterations")
    tolerance = check_number(tolerance, "tolerance", least=0)
    _, flat, sizes = flatten(observations, lengths, hmm.emissions.dimensions)
    sequences = np.split(flat, sizes.cumsum()[:-1])
    posterior = hmm.marginals(sequences)
    log_likelihoods = [posterior.log_z.sum()]
    for _ in range(iterations):
        hmm = maximise(hmm, flat, posterior)
        posterior = hmm.marginals(sequences)
        log_likelihoods.append(posterior.log_z.sum())
        if log_likelihoods[-1] - log_likelihoods[-2] <= tolerance:
            return Fit(hmm, np.array(log_likelihoods), True)
    return Fit(hmm, np.array(log_likelihoods), False)


def maximise(hmm, flat, posterior):
    """The model that makes the expected counts most probable."""
    first = np.sum([gamma[0] for gamma in posterior.gamma], axis=0)
    return HMM(
        proportions(first, hmm.initial),
        proportions(posterior.xi_sum.sum(axis=0), hmm.transitions),
        hmm.emissions.fit(flat, np.concatenate(posterior.gamma)),
    )
