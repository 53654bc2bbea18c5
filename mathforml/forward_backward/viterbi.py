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
    came_from = np.zeros(chain.shape, dtype=np.int32)
    best = np.zeros(chain.shape[1:])  # score of the best way to each state
    for run in chain.runs:
        for t, scores in zip(range(run.start, run.stop), chain.scores(run)):
            if t:
                ways = best[: run.rows, None, :] + chain.edge(t - 1)[: run.rows].swapaxes(
                    -1, -2
                )  # (rows, to, from)
                origin = ways.argmax(axis=-1)
                came_from[t, : run.rows] = origin
                best[: run.rows] = np.take_along_axis(ways, origin[..., None], axis=-1)[..., 0]
            best[: run.rows] += scores
    score = best.max(axis=-1)
    chain.check_possible(score)
    path = np.zeros(chain.shape[:2], dtype=int)
    state = best.argmax(axis=-1)
    for run in reversed(chain.runs):
        rows = np.arange(run.rows)
        for t in range(run.start, run.stop)[::-1]:
            path[t, rows] = state[rows]
            state[rows] = came_from[t, rows, state[rows]]
    return BestPath(chain.give(path), chain.give_each(score))
