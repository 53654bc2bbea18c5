"""What Markov chains return, and the checks at their door."""

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_array, check_callable
from mathforml.errors import ArgumentError
from mathforml.monte_carlo.diagnostics import mean_ess
from mathforml.monte_carlo.plain import Estimate, check_log_values, plain


@dataclass(frozen=True)
class Chains:
    """Draws of several chains after warm-up.

    Attributes
    ----------
    draws : ndarray, shape (C, S, d)
    acceptance : ndarray, shape (C,)
        Mean acceptance probability of each chain.
    step : ndarray, shape (C,)
        Proposal scale or leapfrog step size, as warm-up left it.
    divergences : ndarray of int, shape (C,)
        How many transitions left the energy surface (always 0 for a random walk).
    """

    draws: np.ndarray
    acceptance: np.ndarray
    step: np.ndarray
    divergences: np.ndarray

    def average(self, f=lambda x: x):
        """Return the mean of f over all draws, its standard error from the effective sample size.

        Parameters
        ----------
        f : callable
            Takes (C, S, d), returns (C, S) or (C, S, m). Default: x itself.

        Returns
        -------
        Estimate
        """
        values = check_array(check_callable(f)(self.draws), "f(x)")
        if values.ndim not in (2, 3) or values.shape[:2] != self.draws.shape[:2]:
            raise ArgumentError(
                f"f(x) must have one value, or one row, a draw: first axes {self.draws.shape[:2]}, "
                f"not shape {values.shape}"
            )
        error = values.std(axis=(0, 1), ddof=1) / np.sqrt(mean_ess(values))
        return Estimate(plain(values.mean(axis=(0, 1))), plain(error), values.shape[0] * values.shape[1])


def check_start(log_p, start):
    """Return the start of each chain, shape (C, d), and log p there."""
    check_callable(log_p, "log_p")
    x = check_array(start, "start", shape=("chains", "d"))
    if 0 in x.shape:
        raise ArgumentError(f"start must have at least one chain and one dimension, not shape {x.shape}")
    log_density = check_log_values(log_p(x), "log_p(x)", len(x))
    if (log_density == -np.inf).any():
        at = int(np.argmin(log_density))
        raise ArgumentError(f"start must have positive density in every chain; log_p is -inf in chain {at}")
    return x, log_density
