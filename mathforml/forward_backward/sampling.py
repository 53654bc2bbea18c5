"""Paths drawn from the posterior: filter forward, sample backward."""

from __future__ import annotations

import numpy as np

from mathforml.checks import check_count, check_seed
from mathforml.forward_backward.chain import as_chain
from mathforml.forward_backward.marginals import log_z_of
from mathforml.forward_backward.scan import edge_weights, forward_pass


def sample(unary, transitions, *, initial=None, final=None, lengths=None, size=1, seed=0):
    """Draw paths with the probability exp s(z) / Z, independently.

    The last state comes from its marginal; each earlier one from the forward message times the edge into the state
    that was drawn after it.

    Parameters
    ----------
    unary, transitions, initial, final, lengths
        As for `log_partition`.
    size : int
        Paths a sequence, S.
    seed : int, None or numpy Generator

    Returns
    -------
    ndarray of int, shape (S, T) or (B, S, T), or list of shape (S, T_b)
        0 beyond the end of a padded sequence.

    Raises
    ------
    ArgumentError
        As `log_partition`, or if `size` is no positive whole number.
    InfeasibleError
        If no path can take a sequence.

    References
    ----------
    .. [1] Scott 2002, Bayesian methods for hidden Markov models: recursive computing in the 21st century,
       doi:10.1198/016214502753479464

    Examples
    --------
    >>> rise = [[0.0, 0.0], [-np.inf, 0.0]]  # no way back from state 1
    >>> sample(np.zeros((3, 2)), rise, size=4, seed=0)
    array([[1, 1, 1],
           [1, 1, 1],
           [0, 0, 0],
           [0, 0, 0]])
    """
    size, rng = check_count(size, "size"), check_seed(seed)
    chain = as_chain(unary, transitions, initial=initial, final=final, lengths=lengths)
    edges = edge_weights(chain)
    forward = [*forward_pass(chain, edges)]
    chain.check_possible(log_z_of(chain, edges, forward))
    paths = np.zeros((*chain.shape[:2], size), dtype=int)
    for passed in reversed(forward):
        run, following = passed.run, passed.run.going_on  # sequences that have a state at the step after
        filtered = passed.log() + passed.log_weights(chain)
        for t in range(run.start, run.stop)[::-1]:
            scores = np.repeat(filtered[t - run.start, :, None], size, axis=1)
            if following:
                edge, rows = chain.edge(t), np.arange(following)[:, None]
                scores[:following] += edge[rows if len(edge) > 1 else 0, :, paths[t + 1, :following]]
            paths[t, : run.rows] = draw(scores, rng)
            following = run.rows
    given = chain.give(paths)  # time before samples
    return [one.T for one in given] if isinstance(given, list) else given.swapaxes(-1, -2)


def draw(scores, rng):
    """An index along the last axis with probability ∝ exp score."""
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    cumulative = weights.cumsum(axis=-1)
    level = rng.random(cumulative.shape[:-1]) * cumulative[..., -1]
    return (cumulative <= level[..., None]).sum(axis=-1)
