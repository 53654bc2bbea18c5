"""log Z, messages and posterior marginals: the forward–backward algorithm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_choice
from mathforml.forward_backward.chain import as_chain
from mathforml.forward_backward.scan import blocks, finite, scale, scan

LEAST = 1e-280  # a normaliser above it has lost nothing that counts


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
        If shapes do not fit, a sequence is empty, or a score is NaN or +inf.

    Notes
    -----
    Costs O(T K²) instead of the K^T of the definition. Scores may be as far apart as floats are: see `scan`.

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
    scaled = scale(chain)
    return chain.give_each(log_z_of(chain, scaled, scan(chain, scaled)))


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
    scaled = scale(chain)
    forward, backward = scan(chain, scaled), scan(chain, scaled, backward=True)
    alpha, beta = log_values(chain, forward), log_values(chain, backward)
    steps, rows = chain.last
    alpha += chain.scores
    alpha[steps, rows] += chain.closing - finite(chain.scores[steps, rows])
    alpha += passed(chain, scaled, forward)[..., None]
    beta += passed(chain, scaled, backward, backward=True)[..., None]
    beta[steps, rows] = chain.final
    log_z = chain.give_each(log_z_of(chain, scaled, forward))
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
    >>> stay, rain = np.log([[0.9, 0.1], [0.1, 0.9]]), np.log([[0.9, 0.2], [0.5, 0.5], [0.9, 0.2]])
    >>> marginals(rain, stay).gamma.round(3)
    array([[0.938, 0.062],
           [0.947, 0.053],
           [0.938, 0.062]])
    """
    check_choice(pairs, "pairs", ["sum", "all", "none"])
    chain = as_chain(unary, transitions, initial=initial, final=final, lengths=lengths)
    scaled = scale(chain)
    forward = scan(chain, scaled)
    log_z = log_z_of(chain, scaled, forward)
    chain.check_possible(log_z)
    backward = scan(chain, scaled, backward=True)
    gamma = chain.give(state_marginals(chain, scaled, forward, backward))
    total, xi = pair_marginals(chain, scaled, forward, backward, pairs) if pairs != "none" else (None, None)
    return Posterior(
        chain.give_each(log_z),
        gamma,
        None if total is None else chain.give_each(total),
        None if xi is None else chain.give(xi, lost=1),
    )


def log_z_of(chain, scaled, forward):
    """log Z of each sequence in the chain's order, shape (B,): all that the pass divided by."""
    parts = np.where(chain.valid, forward.log_sums + scaled.top, 0.0).T
    return parts.copy().sum(axis=-1) + edge_parts(chain, scaled).T.copy().sum(axis=-1)


def edge_parts(chain, scaled):
    """What the edges into each step but the first were divided by, in logs, shape (T - 1, B)."""
    shape = len(chain.scores) - 1, len(chain.lengths)
    return np.where(chain.valid[1:], np.broadcast_to(scaled.edge_top[: shape[0]], shape), 0.0)


def passed(chain, scaled, result, *, backward=False):
    """log of what a pass divided by before each step, shape (T, B)."""
    steps = np.where(chain.valid, result.log_sums + scaled.top, 0.0)
    total = np.zeros_like(steps)
    if backward:
        total[:-1] = (steps[1:] + edge_parts(chain, scaled))[::-1].cumsum(axis=0)[::-1]
    else:
        total[1:] = (steps[:-1] + edge_parts(chain, scaled)).cumsum(axis=0)
    return total


def log_values(chain, result):
    """log m_t of all steps, shape (T, B, K)."""
    return np.concatenate([result.log(block) for block in blocks(len(chain.scores))])


def state_marginals(chain, scaled, forward, backward):
    """γ ∝ forward message × unary × backward message, shape (T, B, K)."""
    gamma = np.empty_like(chain.scores)
    for block in blocks(len(gamma)):
        out = gamma[block]
        if forward.exact(block) and backward.exact(block):
            np.multiply(forward.values[block], scaled.unary[block], out=out)
            out *= backward.values[block]
            totals = out.sum(axis=-1, keepdims=True)
            if totals.min() >= LEAST:
                out /= totals
                continue
        out[:] = normalised(forward.log(block) + log_unary(chain, scaled, block) + backward.log(block), (-1,))
    return gamma


def pair_marginals(chain, scaled, forward, backward, pairs):
    """ξ ∝ before × edge × after: the sums, shape (B, K, K), and all of them, (T - 1, B, K, K), or None."""
    steps, batch, states = chain.scores.shape
    total = np.zeros((batch, states, states))
    xi = np.zeros((steps - 1, batch, states, states)) if pairs == "all" else None
    for block in blocks(steps - 1):
        linear = scaled_sides(chain, scaled, forward, backward, block)
        if linear is not None and xi is None and len(scaled.edges) == 1:
            before, after = linear
            total += scaled.edge(0) * np.matmul(before.transpose(1, 2, 0), after.transpose(1, 0, 2))
            continue
        before, after = linear or log_sides(chain, scaled, forward, backward, block)
        for i, t in enumerate(range(block.start, block.stop)):
            n = chain.active[t + 1]
            left, right = before[i, :n, :, None], after[i, :n, None, :]
            if linear is not None:
                pair = left * scaled.edge(t)[:n] * right
            else:
                pair = normalised(left + chain.edge(t)[:n] + right, (-2, -1))
            total[:n] += pair
            if xi is not None:
                xi[t, :n] = pair
    return total, xi


def scaled_sides(chain, scaled, forward, backward, block):
    """Weights before and after each edge, normalised; None where scaled arithmetic may have lost some."""
    following = slice(block.start + 1, block.stop + 1)
    if not (forward.exact(block) and backward.exact(following)):
        return None
    before = forward.values[block] * scaled.unary[block]
    after = backward.values[following] * scaled.unary[following]
    before[~chain.valid[following]] = 0.0
    totals = (before * backward.values[block]).sum(axis=-1) * backward.sums[following]
    totals[~chain.valid[following]] = 1.0
    if not totals.min() >= LEAST:
        return None
    return before / totals[..., None], after


def log_sides(chain, scaled, forward, backward, block):
    """log of the weights before and after each edge, not normalised."""
    following = slice(block.start + 1, block.stop + 1)
    return (
        forward.log(block) + log_unary(chain, scaled, block),
        backward.log(following) + log_unary(chain, scaled, following),
    )


def log_unary(chain, scaled, steps):
    """log of the scaled unary weights."""
    return chain.scores[steps] - scaled.top[steps, :, None]


def normalised(scores, axes):
    """exp of scores, divided by its sum along the axes."""
    weights = np.exp(scores - scores.max(axis=axes, keepdims=True))
    return weights / weights.sum(axis=axes, keepdims=True)
