"""log Z, messages and posterior marginals: the forward–backward algorithm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_choice
from mathforml.forward_backward.chain import as_chain
from mathforml.forward_backward.scan import backward_pass, edge_weights, forward_pass

LEAST = 1e-280  # what is lost next to a sum above it does not count


@dataclass(frozen=True)
class LogMessages:
    """What both passes found, as `messages` returns it.

    Attributes
    ----------
    log_z : float or ndarray of shape (B,)
    alpha : ndarray of shape (T, K) or (B, T, K), or list
        log α_t(k): all ways to begin, up to and with step t.
    beta : the same
        log β_t(k): all ways to go on after step t.
    """

    log_z: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray


@dataclass(frozen=True)
class Posterior:
    """Posterior marginals, as `marginals` returns them.

    Attributes
    ----------
    log_z : float or ndarray of shape (B,)
    gamma : ndarray of shape (T, K) or (B, T, K), or list
        γ_t(k) = p(z_t = k).
    xi_sum : ndarray of shape (K, K) or (B, K, K), or None
        Σ_t ξ_t(j, k), the expected number of each transition.
    xi : ndarray of shape (T - 1, K, K) or (B, T - 1, K, K), or list, or None
        ξ_t(j, k) = p(z_t = j, z_{t+1} = k).
    """

    log_z: np.ndarray
    gamma: np.ndarray
    xi_sum: np.ndarray | None
    xi: np.ndarray | None


def log_partition(unary, transitions, *, initial=None, final=None, lengths=None):
    """log Z, the log of the sum of exp s(z) over all paths z.

    Parameters
    ----------
    unary : array_like of shape (T, K) or (B, T, K), or list of array_like of shape (T_b, K)
        Scores of the states at each step of one sequence, of a padded batch, or of a list of sequences.
        -inf forbids a state.
    transitions : array_like of shape (K, K), (T - 1, K, K) or (B, T - 1, K, K), or list of (T_b - 1, K, K)
        Scores of going from the state of the row to that of the column; -inf forbids it.
    initial, final : array_like of shape (K,) or (B, K), optional
        Scores of the first and of the last state; default 0.
    lengths : array_like of int, shape (B,), optional
        Lengths of the sequences in a padded batch. What lies beyond them is not looked at.

    Returns
    -------
    float or ndarray of shape (B,)
        -inf for a sequence that no path can take.

    Raises
    ------
    ArgumentError
        If shapes do not fit, a sequence is empty, or a score is NaN, +inf or beyond ±1e300.

    Notes
    -----
    Costs O(T K²) instead of the K^T of the definition. Scores may be far apart, see `scan`; rounding is relative
    to the largest: next to 1e16, a difference of one is lost.

    References
    ----------
    .. [1] Rabiner 1989, A tutorial on hidden Markov models and selected applications in speech recognition,
       doi:10.1109/5.18626
    .. [2] Lafferty, McCallum, Pereira 2001, Conditional random fields: probabilistic models for segmenting and
       labeling sequence data, https://repository.upenn.edu/handle/20.500.14332/6188

    Examples
    --------
    >>> bool(np.isclose(log_partition(np.zeros((5, 3)), np.zeros((3, 3))), 5 * np.log(3)))
    True
    """
    chain = as_chain(unary, transitions, initial=initial, final=final, lengths=lengths)
    edges = edge_weights(chain)
    return chain.give_each(log_z_of(chain, edges, forward_pass(chain, edges)))


def messages(unary, transitions, *, initial=None, final=None, lengths=None):
    """Forward and backward messages in log space.

    Parameters
    ----------
    unary, transitions, initial, final, lengths
        As for `log_partition`.

    Returns
    -------
    LogMessages
        With log α_1 = initial + unary_1 and log β_T = final; at every step log Z = log Σ_k α_t(k) β_t(k).
        0 beyond the end of a padded sequence.

    Raises
    ------
    ArgumentError
        As `log_partition`.

    Examples
    --------
    >>> messages(np.zeros((3, 2)), np.zeros((2, 2))).beta.round(3)
    array([[1.386, 1.386],
           [0.693, 0.693],
           [0.   , 0.   ]])
    """
    chain = as_chain(unary, transitions, initial=initial, final=final, lengths=lengths)
    edges = edge_weights(chain)
    forward = [*forward_pass(chain, edges)]
    alpha, beta = np.zeros(chain.shape), np.zeros(chain.shape)
    offset = np.zeros(chain.shape[1])  # log of all that a pass has divided by
    for passed in forward:
        run = passed.run
        scores = chain.unary[: run.rows, run.start : run.stop].swapaxes(0, 1)
        alpha[run.start : run.stop, : run.rows] = passed.log() + scores
        for i, t in enumerate(range(run.start, run.stop)):
            if t:
                offset[: run.rows] += edges.edge_top(t - 1)[: run.rows]
            alpha[t, : run.rows] += offset[: run.rows, None]
            offset[: run.rows] += passed.log_sums[i] + passed.top[i]
    alpha[0] += chain.initial
    offset[:] = 0
    for passed in backward_pass(chain, edges, forward):
        run, rows = passed.run, passed.run.going_on
        beta[run.start : run.stop, : run.rows] = passed.log()
        for i, t in reversed([*enumerate(range(run.start, run.stop))]):
            if rows:
                offset[:rows] += edges.edge_top(t)[:rows]
            beta[t, : run.rows] += offset[: run.rows, None]
            offset[: run.rows] += passed.log_sums[i] + passed.top[i]
            rows = run.rows
    beta[chain.last] = chain.final
    log_z = chain.give_each(log_z_of(chain, edges, forward))
    return LogMessages(log_z, chain.give(alpha), chain.give(beta))


def marginals(unary, transitions, *, initial=None, final=None, lengths=None, pairs="sum"):
    """Posterior marginals of the states and of neighbouring pairs of states.

    They are the gradient of log Z: γ_t(k) with respect to unary_t(k), Σ_t ξ_t(j, k) with respect to
    transitions(j, k).

    Parameters
    ----------
    unary, transitions, initial, final, lengths
        As for `log_partition`.
    pairs : {"sum", "all", "none"}
        Pair marginals summed over a sequence, those of every step too (T K² numbers), or none.

    Returns
    -------
    Posterior
        0 beyond the end of a padded sequence.

    Raises
    ------
    ArgumentError
        As `log_partition`, or if `pairs` is another word.
    InfeasibleError
        If no path can take a sequence.

    Examples
    --------
    >>> stay, seen = np.log([[0.9, 0.1], [0.1, 0.9]]), np.log([[0.9, 0.2], [0.5, 0.5], [0.9, 0.2]])
    >>> marginals(seen, stay).gamma.round(3)
    array([[0.914, 0.086],
           [0.904, 0.096],
           [0.914, 0.086]])
    """
    check_choice(pairs, "pairs", ["sum", "all", "none"])
    chain = as_chain(unary, transitions, initial=initial, final=final, lengths=lengths)
    edges = edge_weights(chain)
    steps, batch, states = chain.shape
    gamma = np.zeros(chain.shape)  # holds the forward messages first
    forward = [*forward_pass(chain, edges, room=(np.empty(chain.shape), gamma))]
    log_z = log_z_of(chain, edges, forward)
    chain.check_possible(log_z)
    xi_sum = None if pairs == "none" else np.zeros((batch, states, states))
    xi = np.zeros((steps - 1, batch, states, states)) if pairs == "all" else None
    for one, other in zip(reversed(forward), backward_pass(chain, edges, forward)):
        here, after = state_marginals(chain, one, other)
        if xi_sum is not None:
            pair_marginals(chain, edges, one, other, after, xi_sum, xi)
        one.values[:] = here
    return Posterior(
        chain.give_each(log_z),
        chain.give(gamma),
        None if xi_sum is None else chain.give_each(xi_sum),
        None if xi is None else chain.give(xi, lost=1),
    )


def log_z_of(chain, edges, forward):
    """log Z of each sequence in the chain's order, shape (B,): log of all that the pass divided by."""
    steps, batch, _ = chain.shape
    divisors = np.zeros((batch, steps, 2))
    for passed in forward:
        run = passed.run
        divisors[: run.rows, run.start : run.stop, 0] = (passed.log_sums + passed.top).T
    tops = np.broadcast_to(edges.top[: steps - 1], (steps - 1, batch)).T
    divisors[:, 1:, 1] = np.where(np.arange(1, steps) < chain.lengths[:, None], tops, 0.0)
    return divisors.reshape(batch, -1).sum(axis=-1)  # numpy sums a row pairwise, which keeps rounding small


def state_marginals(chain, forward, backward):
    """γ ∝ forward message × weight × backward message of a run.

    Returns
    -------
    gamma : ndarray of shape (steps, rows, K)
    after : ndarray of shape (steps, rows, K) or None
        weight × backward message / normaliser; None where scaled arithmetic is not enough.
    """
    if forward.logs is None and backward.logs is None:
        after = forward.weights * backward.values
        gamma = forward.values * after
        totals = np.matmul(gamma, np.ones(gamma.shape[-1]))[..., None]
        if totals.min() >= LEAST:
            gamma /= totals
            after /= totals
            return gamma, after
    return normalised(forward.log() + forward.log_weights(chain) + backward.log(), axes=-1), None


def pair_marginals(chain, edges, forward, backward, after, xi_sum, xi):
    """Add ξ ∝ a × edge × weight × backward message of the edges into a run's steps to `xi_sum` and `xi`."""
    run, first = forward.run, int(forward.run.start == 0)  # no edge leads into the first step of all
    exact = after is not None
    if exact:
        before = forward.values[:-1] * forward.weights[:-1] / np.exp(forward.log_sums[:-1, :, None])
        before = np.concatenate([np.exp(forward.before[None]), before]) if not first else before
    else:
        log_weights = forward.log_weights(chain)
        before = forward.log()[:-1] + log_weights[:-1] - forward.log_sums[:-1, :, None]
        before = np.concatenate([forward.before[None], before]) if not first else before
        after = log_weights + backward.log()
    after = after[first:]
    if exact and xi is None and len(edges.values) == 1:
        counts = np.matmul(before.transpose(1, 2, 0), after.transpose(1, 0, 2))
        xi_sum[: run.rows] += edges.edge(0)[: run.rows] * counts
        return
    for t, left, right in zip(range(run.start + first, run.stop), before[..., None], after[..., None, :]):
        if exact:
            pair = left * edges.edge(t - 1)[: run.rows] * right
        else:
            pair = normalised(left + chain.edge(t - 1)[: run.rows] + right, axes=(-2, -1))
        xi_sum[: run.rows] += pair
        if xi is not None:
            xi[t - 1, : run.rows] = pair


def normalised(scores, axes):
    """exp of scores, divided by its sum along the axes."""
    weights = np.exp(scores - scores.max(axis=axes, keepdims=True))
    return weights / weights.sum(axis=axes, keepdims=True)
