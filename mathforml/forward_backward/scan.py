"""One pass along the chain: forward, or backward, which is forward with time and transitions reversed.

The message into step t sums over all ways to get there,

    m_t(k) = Σ_j a_{t-1}(j) exp transitions(j, k),      a_t(k) ∝ m_t(k) exp unary_t(k),

and m is one at the first step. A whole batch takes a step as one matrix product of scaled numbers: a_t sums to
one, and the largest exp of a step is one. Scaling loses what lies some 300 orders of magnitude below the largest
entry, and a later step may need just that. So every run of steps is looked over: a message that can be reached
and is above `TINY` is right, because what was lost on the way to it is at most 1e-308 / TINY, a 1e-28th of it.
Sequences where a message is smaller take the run again, and there those messages are log-sum-exps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mathforml.forward_backward.chain import Run

TINY = 1e-140


@dataclass(frozen=True)
class EdgeWeights:
    """exp of the transition scores, the largest of each matrix being one.

    Attributes
    ----------
    values : ndarray of shape (1 or T - 1, 1 or B, K, K)
    top : ndarray of shape (1 or T - 1, 1 or B)
        log of what they were divided by.
    """

    values: np.ndarray
    top: np.ndarray

    def edge(self, t):
        """Weights from step t to step t + 1, shape (1 or B, K, K)."""
        return self.values[min(t, len(self.values) - 1)]

    def edge_top(self, t):
        """log of what they were divided by, shape (1 or B,)."""
        return self.top[min(t, len(self.top) - 1)]


@dataclass(frozen=True)
class Passed:
    """What a pass found in one run.

    Attributes
    ----------
    run : Run
    weights : ndarray of shape (steps, rows, K)
        exp of the scores, the largest of each step and sequence being one.
    top : ndarray of shape (steps, rows)
        log of what they were divided by.
    ends : ndarray of shape (2, rows, K)
        log of the weights at the first and the last step.
    before : ndarray of shape (rows known before, K)
        log a of the step that the pass took before this run.
    values : ndarray of shape (steps, rows, K)
        The messages m, unless `logs` has them.
    log_sums : ndarray of shape (steps, rows)
        log Σ_k m(k) weight(k).
    logs : ndarray of shape (steps, rows, K) or None
        log m, where scaled arithmetic was not enough.
    """

    run: Run
    weights: np.ndarray
    top: np.ndarray
    ends: np.ndarray
    before: np.ndarray
    values: np.ndarray
    log_sums: np.ndarray
    logs: np.ndarray | None

    def log(self):
        """log m, whichever way it was computed."""
        return log(self.values) if self.logs is None else self.logs

    def log_weights(self, chain):
        """log of the weights, also where they are too small for a float."""
        return chain.scores(self.run) - self.top[..., None]


def edge_weights(chain):
    """The transition scores as numbers of at most one."""
    top = finite(chain.edges.max(axis=(-2, -1)))
    return EdgeWeights(np.exp(chain.edges - top[..., None, None]), top)


def forward_pass(chain, edges, room=None):
    """Messages from the start to every step; yields Passed, the first run first.

    `room`, two arrays of shape (T, B, K), is where weights and messages are put; default: new arrays for each run.
    """
    state = np.empty((0, chain.shape[2]))
    for run in chain.runs:
        if room is None:
            weights, values = np.empty((2, run.stop - run.start, run.rows, chain.shape[2]))
        else:
            weights, values = (array[run.start : run.stop, : run.rows] for array in room)
        chain.scores(run, out=weights)
        top = finite(weights.max(axis=-1))
        weights -= top[..., None]
        ends = weights[[0, -1]]
        np.exp(weights, out=weights)
        yield (found := take(chain, edges, run, weights, top, ends, state[: run.rows], values, backward=False))
        state = state_after(found, -1)


def backward_pass(chain, edges, forward):
    """Messages from the end to every step; yields Passed, the last run first."""
    state = np.empty((0, chain.shape[2]))
    for passed in forward[::-1]:
        values = np.empty(passed.weights.shape)
        found = take(
            chain, edges, passed.run, passed.weights, passed.top, passed.ends, state, values, backward=True
        )
        yield found
        state = state_after(found, 0)


def state_after(passed, step):
    """log a where a pass left a run."""
    messages = log(passed.values[step]) if passed.logs is None else passed.logs[step]
    return messages + passed.ends[step] - finite(passed.log_sums[step, :, None])


def take(chain, edges, run, weights, top, ends, state, values, *, backward):
    """Take a run of steps for all its sequences; `state` is log a at the step before, of those that had it."""
    times = range(run.start, run.stop)[:: -1 if backward else 1]
    sums = sweep(edges, run, times, weights, state, values, backward)
    logs, log_sums = None, log(sums)
    suspects = find_suspects(chain, run, times, values, sums, state, backward)
    if suspects.any():
        logs = log(values)
        again = redo(chain, edges, run, times, top, state, suspects, backward)
        for t, (messages, totals) in zip(times, again):
            logs[t - run.start, suspects] = messages
            log_sums[t - run.start, suspects] = totals
    return Passed(run, weights, top, ends, state, values, log_sums, logs)


def sweep(edges, run, times, weights, state, values, backward):
    """Take a run in scaled arithmetic: messages into `values`; returns the sums."""
    steps, rows, states = weights.shape
    sums = np.empty((steps, rows))
    a, ones = np.empty((rows, states)), np.ones(states)
    old, edge = len(state), None
    a[:old] = np.exp(state)
    values[times[0] - run.start, old:] = 1.0  # sequences that begin here
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0: found and done again
        for t in times:
            message, total = values[t - run.start], sums[t - run.start]
            if old:
                if edge is None or len(edges.values) > 1:
                    edge = into(edges, t, backward)
                advance(a[:old], edge, message[:old])
            np.multiply(message, weights[t - run.start], a)
            np.dot(a, ones, total)
            np.divide(a, total[:, None], a)
            old = rows
    return sums


def into(edges, t, backward):
    """The matrix that leads into step t, its rows being where the pass comes from."""
    return edges.edge(t).swapaxes(-1, -2) if backward else edges.edge(t - 1)


def advance(a, edge, out):
    """`out` = a @ edge, with one matrix for all rows or one each."""
    if len(edge) == 1:
        np.dot(a, edge[0], out)
    else:
        np.matmul(a[:, None], edge[: len(a)], out=out[:, None])


def find_suspects(chain, run, times, values, sums, state, backward):
    """Sequences with a sum, or a message that can be reached, below what scaled arithmetic keeps."""
    if values.min() >= TINY and sums.min() >= TINY:
        return np.zeros(run.rows, dtype=bool)
    low = ~(values >= TINY)  # NaN is low too
    low &= reachable(chain, run, times, state, backward)
    return low.any(axis=(0, 2)) | ~(sums >= TINY).all(axis=0)


def reachable(chain, run, times, state, backward):
    """Which messages are above zero, by what is allowed alone; shape (steps, rows, K)."""
    allowed = EdgeWeights((chain.edges > -np.inf).astype(float), None)
    open_states = chain.scores(run) > -np.inf
    reach = np.ones(open_states.shape, dtype=bool)
    came = (state > -np.inf).astype(float)
    for t in times:
        i, old = t - run.start, len(came)
        if old:
            ways = np.empty(came.shape)
            advance(came, into(allowed, t, backward), ways)
            reach[i, :old] = ways > 0
        came = (reach[i] & open_states[i]).astype(float)
    return reach


def redo(chain, edges, run, times, top, state, suspects, backward):
    """Take a run for the suspects, with log-sum-exp where scaled arithmetic falls short.

    Yields
    ------
    tuple
        For each step log m, shape (suspects, K), and its log sum, shape (suspects,).
    """
    which = np.flatnonzero(suspects)
    log_weights = (chain.scores(run) - top[..., None])[:, which]
    state = state[which[which < len(state)]]
    for t in times:
        messages = np.zeros(log_weights.shape[1:])
        if len(state):
            edge, log_edge = into(edges, t, backward), into(chain, t, backward)
            log_edge = log_edge - edges.edge_top(t if backward else t - 1)[:, None, None]
            mine = which[: len(state)] if len(edge) > 1 else np.zeros(len(state), dtype=int)
            found = np.empty(state.shape)
            advance(np.exp(state), edge if len(edge) == 1 else edge[mine], found)
            row, k = np.nonzero(found < TINY)
            messages[: len(state)] = log(found)
            messages[row, k] = log_sum_exp(state[row] + log_edge[mine[row], :, k], axis=-1)
        messages_and_weights = messages + log_weights[t - run.start]
        totals = log_sum_exp(messages_and_weights, axis=-1)
        state = messages_and_weights - finite(totals)[:, None]
        yield messages, totals


def log(values):
    """Logarithm, -inf of zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(values)


def finite(values):
    """The values, with 0 for -inf: what may be subtracted."""
    return np.where(np.isneginf(values), 0.0, values)


def log_sum_exp(scores, axis):
    """log Σ exp along an axis, for sums of any size."""
    top = finite(scores.max(axis=axis, keepdims=True))
    return log(np.exp(scores - top).sum(axis=axis)) + np.squeeze(top, axis=axis)
