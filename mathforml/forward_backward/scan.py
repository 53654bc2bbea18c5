"""One pass along the chain: forward, or backward, which is forward with time and transitions reversed.

The message into step t sums over all ways to get there,

    m_t(k) = Σ_j a_{t-1}(j) exp transitions(j, k),      a_t(k) ∝ m_t(k) exp unary_t(k).

A whole batch takes a step as one matrix product of scaled numbers: a_t sums to one, and the largest exp of
each step is one. Scaling loses what lies some 300 orders of magnitude below the largest entry, and a later step
may need just that. So every block of steps is looked over: a message that is reachable and above `TINY`
is right, because what was lost on the way to it was at most 1e-308 / TINY, a 1e-28th of it. The sequences where
a message is smaller take the block again, and those messages are log-sum-exps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BLOCK = 64
TINY = 1e-140


@dataclass(frozen=True)
class Scaled:
    """exp of a chain's scores, the largest of each step being one.

    Attributes
    ----------
    unary : ndarray of shape (T, B, K)
    edges : ndarray of shape (1 or T - 1, 1 or B, K, K)
    top : ndarray of shape (T, B)
        log of what `unary` was divided by.
    edge_top : ndarray of shape (1 or T - 1, 1 or B)
    """

    unary: np.ndarray
    edges: np.ndarray
    top: np.ndarray
    edge_top: np.ndarray

    def edge(self, t):
        """Weights from step t to step t + 1, shape (1 or B, K, K)."""
        return self.edges[min(t, len(self.edges) - 1)]


def scale(chain):
    """The chain's scores as numbers of at most one."""
    top = finite(chain.scores.max(axis=-1))
    edge_top = finite(chain.edges.max(axis=(-2, -1)))
    unary = chain.scores - top[..., None]
    np.exp(unary, out=unary)
    return Scaled(unary, np.exp(chain.edges - edge_top[..., None, None]), top, edge_top)


@dataclass(frozen=True)
class Messages:
    """What a pass returns.

    Attributes
    ----------
    values : ndarray of shape (T, B, K)
        Messages m_t; not to be used in the blocks that `redone` has, nor are the sums.
    sums : ndarray of shape (T, B)
        Σ_k m_t(k) unary_t(k) with the scaled unary weights.
    log_sums : ndarray of shape (T, B)
        Their logarithms, in all blocks.
    redone : dict of {int: ndarray of shape (up to BLOCK, B, K)}
        log m_t of the blocks that scaled arithmetic could not do, by their first step.
    """

    values: np.ndarray
    sums: np.ndarray
    log_sums: np.ndarray
    redone: dict

    def exact(self, steps):
        """Whether the values of some steps, a slice of at most BLOCK, may be used."""
        return not any(start in self.redone for start in starts(steps))

    def log(self, steps):
        """log m_t of some steps, a slice of at most BLOCK, whichever way they were computed."""
        result = log(self.values[steps])
        for start in starts(steps):
            if start in self.redone:
                low, high = max(start, steps.start), min(start + BLOCK, steps.stop)
                result[low - steps.start : high - steps.start] = self.redone[start][low - start : high - start]
        return result


def blocks(steps):
    """The blocks in which steps are taken, as slices."""
    return [slice(start, min(start + BLOCK, steps)) for start in range(0, steps, BLOCK)]


def starts(steps):
    """First steps of the blocks that a slice of at most BLOCK steps touches."""
    return {steps.start // BLOCK * BLOCK, (steps.stop - 1) // BLOCK * BLOCK}


def scan(chain, scaled, *, backward=False):
    """Pass messages along all sequences at once.

    Parameters
    ----------
    chain : Chain
    scaled : Scaled
        `scale(chain)`.
    backward : bool
        Whether to start at the end.

    Returns
    -------
    Messages
    """
    steps, batch, states = chain.scores.shape
    direction = -1 if backward else 1
    values = np.ones((steps, batch, states))  # a sequence's first message is one
    sums = np.ones((steps, batch))
    log_sums = np.zeros((steps, batch))
    redone = {}
    state = np.zeros((batch, states))  # log a_t where the last block ended
    known = 0  # sequences that have a state; the others have not begun
    for block in blocks(steps)[::direction]:
        times = range(block.start, block.stop)[::direction]
        sweep(chain, scaled, times, np.exp(state), known, values, sums, backward)
        suspects = find_suspects(chain, block, times, state, known, values, sums, backward)
        log_sums[block] = log(sums[block])
        if suspects.any():
            redone[block.start] = log(values[block])
            careful = redo(chain, scaled, times, state, known, suspects, backward)
            for t, (rows, messages, totals) in zip(times, careful):
                redone[block.start][t - block.start, rows] = messages
                log_sums[t, rows] = totals
        t, known = times[-1], chain.active[times[-1]]
        messages = redone[block.start][t - block.start] if block.start in redone else log(values[t])
        state[:known] = (
            messages[:known] + chain.scores[t, :known] - scaled.top[t, :known, None]
        ) - finite(log_sums[t, :known, None])
    return Messages(values, sums, log_sums, redone)


def sweep(chain, scaled, times, a, known, values, sums, backward):
    """Take some steps in scaled arithmetic, into `values` and `sums`."""
    unary, active = scaled.unary, chain.active
    ones = np.ones(unary.shape[-1])
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0: found and redone afterwards
        for t in times:
            n = active[t]
            if known:
                old = min(known, n)
                advance(a[:old], edge_into(scaled, t, backward), values[t, :old])
            current, total = a[:n], sums[t, :n]
            np.multiply(values[t, :n], unary[t, :n], current)
            np.dot(current, ones, total)
            np.divide(current, total[:, None], current)
            known = n


def edge_into(chain, t, backward):
    """What leads into step t, rows being where the pass comes from."""
    return chain.edge(t).swapaxes(-1, -2) if backward else chain.edge(t - 1)


def advance(a, edges, out):
    """`out` = a @ edges, with one matrix for all rows or one each."""
    if len(edges) == 1:
        np.dot(a, edges[0], out)
    else:
        np.matmul(a[:, None], edges[: len(a)], out=out[:, None])


def find_suspects(chain, block, times, state, known, values, sums, backward):
    """Sequences with a sum, or a message that can be reached, below what scaled arithmetic keeps."""
    if values[block].min() >= TINY and sums[block].min() >= TINY:
        return np.zeros(len(chain.lengths), dtype=bool)
    low = ~(values[block] >= TINY)  # NaN is low too
    low &= reachable(chain, times, state, known, backward)[:: -1 if backward else 1]
    return low.any(axis=(0, 2)) | ~(sums[block] >= TINY).all(axis=0)


def reachable(chain, times, state, known, backward):
    """Which messages are above zero, by what is allowed alone; shape (len(times), B, K)."""
    reach = np.ones((len(times), *state.shape), dtype=bool)
    allowed = (chain.edges > -np.inf).astype(float)
    open_states = (state > -np.inf).astype(float)
    for i, t in enumerate(times):
        n, old = chain.active[t], min(known, chain.active[t])
        if old:
            edge = allowed[min(t if backward else t - 1, len(allowed) - 1)]
            ways = np.empty((old, state.shape[1]))
            advance(open_states[:old], edge.swapaxes(-1, -2) if backward else edge, ways)
            reach[i, :old] = ways > 0
        open_states[:n] = reach[i, :n] & (chain.scores[t, :n] > -np.inf)
        known = n
    return reach


def redo(chain, scaled, times, state, known, suspects, backward):
    """Take some steps of the suspect sequences with log-sum-exp where scaled arithmetic falls short.

    Yields
    ------
    tuple
        For each step, the sequences that reach it, their log m_t, shape (rows, K), and log sums, shape (rows,).
    """
    state = state.copy()
    for t in times:
        rows = np.flatnonzero(suspects[: chain.active[t]])
        old = rows[rows < known]
        messages = np.zeros((len(rows), state.shape[1]))
        if len(old):
            log_edges, edges = edge_into(chain, t, backward), edge_into(scaled, t, backward)
            top = scaled.edge_top[min(t if backward else t - 1, len(scaled.edge_top) - 1)]
            pick = old if len(edges) > 1 else np.zeros(len(old), dtype=int)
            into = np.empty((len(old), state.shape[1]))
            advance(np.exp(state[old]), edges if len(edges) == 1 else edges[old], into)
            row, k = np.nonzero(into < TINY)
            into = log(into)
            into[row, k] = log_sum_exp(
                state[old[row]] + log_edges[pick[row], :, k] - top[pick[row], None], axis=-1
            )
            messages[: len(old)] = into
        weighed = messages + chain.scores[t, rows] - scaled.top[t, rows, None]
        totals = log_sum_exp(weighed, axis=-1)
        state[rows] = weighed - finite(totals)[:, None]
        known = chain.active[t]
        yield rows, messages, totals


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
