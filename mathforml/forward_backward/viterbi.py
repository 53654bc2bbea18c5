"""The best path: the forward pass with max in place of log-sum-exp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mathforml.forward_backward.chain import as_chain


@dataclass(frozen=True)
class BestPath:
    """A best path, as `viterbi` returns it.

    Attributes
    ----------
    path : ndarray of int, shape (T,) or (B, T), or list
    score : float or ndarray of shape (B,)
        Its score s(z); its probability is exp(score - log Z).
    """

    path: np.ndarray
    score: np.ndarray


def viterbi(unary, transitions, *, initial=None, final=None, lengths=None):
    """The path with the highest score, by dynamic programming.

    Parameters
    ----------
    unary, transitions, initial, final, lengths
        As for `log_partition`.

    Returns
    -------
    BestPath
        0 beyond the end of a padded sequence. Of paths with the same score, the one whose last state has the
        lowest number; then the last but one, and so on.

    Raises
    ------
    ArgumentError
        As `log_partition`.
    InfeasibleError
        If no path can take a sequence.

    References
    ----------
    .. [1] Viterbi 1967, Error bounds for convolutional codes and an asymptotically optimum decoding algorithm,
       doi:10.1109/TIT.1967.1054010

    Examples
    --------
    >>> best = viterbi([[1.0, 0.0], [0.0, 1.5], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]])
    >>> best.path, best.score
    (array([0, 0, 0]), np.float64(4.0))
    """
    chain = as_chain(unary, transitions, initial=initial, final=final, lengths=lengths)
    steps, batch, states = chain.scores.shape
    best = chain.scores[0].copy()  # score of the best way to each state
    came_from = np.zeros((steps, batch, states), dtype=np.int32)
    for t in range(1, steps):
        n = chain.active[t]
        ways = best[:n, None, :] + chain.edge(t - 1)[:n].swapaxes(-1, -2)  # (n, to, from)
        came_from[t, :n] = ways.argmax(axis=-1)
        best[:n] = np.take_along_axis(ways, came_from[t, :n, :, None], axis=-1)[..., 0] + chain.scores[t, :n]
    score = best.max(axis=-1)
    chain.check_possible(score)
    path = np.zeros((steps, batch), dtype=int)
    state = best.argmax(axis=-1)
    for t in range(steps - 1, -1, -1):
        rows = np.arange(chain.active[t])
        path[t, rows] = state[rows]
        state[rows] = came_from[t, rows, state[rows]]
    return BestPath(chain.give(path), chain.give_each(score))
