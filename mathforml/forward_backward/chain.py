"""The chain on which hidden Markov models and conditional random fields both stand.

A path z = (z_1, …, z_T) through K states has the score

    s(z) = initial(z_1) + Σ_t unary_t(z_t) + Σ_t transitions(z_{t-1}, z_t) + final(z_T)

and the probability exp s(z) / Z. Everything else in this package is a sum or a maximum over paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mathforml.checks import check_array
from mathforml.errors import ArgumentError, InfeasibleError

LONGEST_RUN = 64
LARGEST = 1e300  # sums of many scores stay numbers


@dataclass(frozen=True)
class Run:
    """Steps `start` to `stop` - 1, which the first `rows` sequences all have; `going_on` of them have the next."""

    start: int
    stop: int
    rows: int
    going_on: int


@dataclass(frozen=True)
class Chain:
    """Checked sequences, longest first, so that those which reach a step are the first ones.

    Attributes
    ----------
    unary : ndarray of shape (B, T, K)
    edges : ndarray of shape (1 or T - 1, 1 or B, K, K)
        Transition scores; one entry along an axis serves all.
    initial, final : ndarray of shape (B, K)
    lengths, order : ndarray of int, shape (B,)
        Lengths, longest first, and where each sequence stood in the input.
    form : {"one", "padded", "list"}
        How the sequences came in, and how answers go out.
    """

    unary: np.ndarray
    edges: np.ndarray
    initial: np.ndarray
    final: np.ndarray
    lengths: np.ndarray
    order: np.ndarray
    form: str

    @property
    def shape(self):
        """T, B, K: the order of axes inside the passes."""
        batch, steps, states = self.unary.shape
        return steps, batch, states

    @cached_property
    def runs(self):
        """The steps cut into runs that one set of sequences has, none very long; list of Run."""
        stops = np.unique(self.lengths)
        starts = np.concatenate([np.arange(a, b, LONGEST_RUN) for a, b in zip([0, *stops[:-1]], stops)])
        rows = (self.lengths > starts[:, None]).sum(axis=1)
        going_on = [*rows[1:], 0]
        return [Run(*map(int, run)) for run in zip(starts, [*starts[1:], self.lengths[0]], rows, going_on)]

    @property
    def last(self):
        """Index of every sequence's last step in an array (T, B, …)."""
        return self.lengths - 1, np.arange(len(self.lengths))

    def scores(self, run, out=None):
        """Unary scores of a run, shape (steps, rows, K), with the initial and the final ones where they belong."""
        scores = np.empty((run.stop - run.start, run.rows, self.shape[2])) if out is None else out
        scores[:] = self.unary[: run.rows, run.start : run.stop].swapaxes(0, 1)
        if run.start == 0:
            scores[0] += self.initial
        scores[-1, run.going_on :] += self.final[run.going_on : run.rows]
        return scores

    def edge(self, t):
        """Transition scores from step t to step t + 1, shape (1 or B, K, K)."""
        return self.edges[min(t, len(self.edges) - 1)]

    def give(self, array, *, lost=0):
        """Steps of shape (T', B, …) in the input's order and form; T' = T - `lost`, of each length too."""
        array = np.swapaxes(array, 0, 1)
        if self.form == "one":
            return array[0]
        if self.form == "list":
            back = np.argsort(self.order)
            return [array[row, : self.lengths[row] - lost] for row in back]
        return self.give_each(array)

    def give_each(self, array):
        """One entry a sequence, shape (B, …), in the input's order; of a single sequence the entry itself."""
        if self.form == "one":
            return array[0]
        if (self.order[1:] > self.order[:-1]).all():
            return array
        return array[np.argsort(self.order)]

    def check_possible(self, log_z):
        """Refuse sequences that no path can take.

        Raises
        ------
        InfeasibleError
            If a log Z (shape (B,), as in the chain) is -inf.
        """
        impossible = self.order[np.isneginf(log_z)]
        if len(impossible):
            which = "the sequence" if self.form == "one" else f"sequence {impossible.min()}"
            raise InfeasibleError(f"{which} is impossible: every path has the score -inf")


def as_chain(unary, transitions, *, initial=None, final=None, lengths=None):
    """Check the scores of one or many sequences and lay them out.

    Parameters
    ----------
    unary : array_like of shape (T, K) or (B, T, K), or list of array_like of shape (T_b, K)
        Scores of the states at each step; -inf forbids.
    transitions : array_like of shape (K, K), (T - 1, K, K) or (B, T - 1, K, K), or list for a list
        Scores of going from the state of the row to that of the column.
    initial, final : array_like of shape (K,) or (B, K), optional
        Scores of the first and of the last state.
    lengths : array_like of int, shape (B,), optional
        Of the sequences in a padded array (B, T, K); what lies beyond is not looked at.

    Returns
    -------
    Chain

    Raises
    ------
    ArgumentError
        If shapes do not fit, a sequence is empty, or a score is NaN, +inf or beyond ±1e300.
    """
    form, unary, lengths = pad(unary, lengths)
    batch, steps, states = unary.shape
    order = np.argsort(-lengths, kind="stable")
    lengths = lengths[order]
    if (order != np.arange(batch)).any():
        unary = unary[order]
    if not are_scores(unary):
        right = (np.abs(unary) <= LARGEST) | np.isneginf(unary)
        wrong = ~right.all(axis=-1) & (np.arange(steps) < lengths[:, None])
        for row, t in np.argwhere(wrong):
            which = "" if form == "one" else f" of sequence {order[row]}"
            value = unary[row, t, right[row, t].argmin()]
            raise ArgumentError(f"unary must hold numbers up to ±1e300 or -inf; step {t}{which} has {value:g}")
    edges = lay_out_edges(transitions, form, batch, steps, states, lengths, order)
    initial = per_sequence(initial, "initial", batch, states)[order]
    final = per_sequence(final, "final", batch, states)[order]
    return Chain(unary, edges, initial, final, lengths, order, form)


def pad(sequences, lengths, name="unary"):
    """Sequences as one array (B, T, K), with their form and lengths."""
    if isinstance(sequences, list | tuple) and len(sequences) and np.ndim(sequences[0]) == 2:
        if lengths is not None:
            raise ArgumentError("lengths goes with a padded array (B, T, K); a list has its own")
        arrays = [
            check_array(sequence, f"{name}[{i}]", shape=("T", "K"), finite=False)
            for i, sequence in enumerate(sequences)
        ]
        states = arrays[0].shape[1]
        for i, array in enumerate(arrays):
            if array.shape[1] != states:
                raise ArgumentError(f"{name}[{i}] must have {states} columns like {name}[0], not {array.shape[1]}")
        lengths = np.array([len(array) for array in arrays])
        padded = np.zeros((len(arrays), lengths.max(), states))
        for row, array in zip(padded, arrays):
            row[: len(array)] = array
        form = "list"
    else:
        padded = check_array(sequences, name, finite=False)
        form = {2: "one", 3: "padded"}.get(padded.ndim)
        if form is None:
            shape = ", ".join(map(str, padded.shape))
            raise ArgumentError(
                f"{name} must have shape (T, K) or (B, T, K), or be a list of arrays (T, K), not ({shape})"
            )
        if form == "one":
            if lengths is not None:
                raise ArgumentError("lengths goes with a padded array (B, T, K); one sequence has its own")
            padded = padded[None]
        lengths = check_lengths(lengths, *padded.shape[:2])
    batch, _, states = padded.shape
    if not batch or not states:
        raise ArgumentError(f"{name} must hold at least one sequence and one state")
    if lengths.min() < 1:
        which = "" if form == "one" else f"; sequence {lengths.argmin()} has none"
        raise ArgumentError(f"{name} must have at least one step{which}")
    return form, padded, lengths


def check_lengths(lengths, batch, steps):
    """Lengths of the sequences in a padded array, whole numbers up to `steps`."""
    if lengths is None:
        return np.full(batch, steps)
    values = check_array(lengths, "lengths", shape=(batch,))
    if (values != np.round(values)).any() or (values > steps).any() or (values < 0).any():
        raise ArgumentError(f"lengths must be whole numbers from 1 to {steps}, not {list(lengths)!r:.60}")
    return values.astype(int)


def lay_out_edges(transitions, form, batch, steps, states, lengths, order):
    """Transition scores as (1 or T - 1, 1 or B, K, K)."""
    if form == "list" and isinstance(transitions, list | tuple) and [*map(np.ndim, transitions[:1])] == [3]:
        if len(transitions) != batch:
            raise ArgumentError(f"transitions must be {batch} arrays like unary, not {len(transitions)}")
        edges = np.zeros((batch, steps - 1, states, states))
        for row, length in zip(order, lengths):
            shape = (int(length) - 1, states, states)
            edges[row, : length - 1] = check_array(
                transitions[row], f"transitions[{row}]", shape=shape, finite=False
            )
    else:
        edges = check_array(transitions, "transitions", finite=False)
    k, e = states, edges.shape
    if e == (k, k):
        edges = edges[None, None]
    elif e == (steps - 1, k, k):
        edges = edges[:, None]
    elif e == (batch, steps - 1, k, k):
        edges = edges.swapaxes(0, 1)[:, order]
        beyond = np.arange(1, steps)[:, None] >= lengths
        if beyond.any():
            edges[beyond] = 0.0
    else:
        raise ArgumentError(
            f"transitions must have shape ({k}, {k}), ({steps - 1}, {k}, {k}) or "
            f"({batch}, {steps - 1}, {k}, {k}), not ({', '.join(map(str, e))})"
        )
    return check_scores(edges, "transitions")


def per_sequence(scores, name, batch, states):
    """Scores of an end of the chain, shape (B, K)."""
    if scores is None:
        return np.zeros((batch, states))
    array = check_array(scores, name, finite=False)
    if array.shape not in {(states,), (batch, states)}:
        raise ArgumentError(
            f"{name} must have shape ({states}) or ({batch}, {states}), not ({', '.join(map(str, array.shape))})"
        )
    return np.broadcast_to(check_scores(array, name), (batch, states))


def are_scores(array):
    """Whether all entries can be scores; False, too, where a padding cannot."""
    return (array <= LARGEST).all() and ((array >= -LARGEST) | (array == -np.inf)).all()


def check_scores(array, name):
    """Refuse NaN, +inf, and numbers so large that sums of them leave the floats."""
    if not are_scores(array):
        raise ArgumentError(f"{name} must hold numbers up to ±1e300 or -inf, not nan, inf or larger ones")
    return array
