"""Hidden Markov models: the chain whose scores are log-probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mathforml.checks import check_array, check_count, check_distribution, check_seed
from mathforml.errors import ArgumentError
from mathforml.forward_backward.chain import check_lengths
from mathforml.forward_backward.emissions import Emissions, log_probabilities
from mathforml.forward_backward.marginals import log_partition, marginals, messages
from mathforml.forward_backward.sampling import sample
from mathforml.forward_backward.viterbi import viterbi


class Sequence(NamedTuple):
    """States, shape (T,), and observations, shape (T,) or (T, d), as `HMM.generate` draws them."""

    states: np.ndarray
    observations: np.ndarray


@dataclass(frozen=True, eq=False)
class HMM:
    """A hidden Markov model.

    Observations are one sequence, (T,) for categorical emissions and (T, d) otherwise; a padded batch, (B, T) or
    (B, T, d), with `lengths`; or a list of sequences. Answers come in the same form.

    Parameters
    ----------
    initial : array_like of shape (K,)
        π, probabilities of the first state.
    transitions : array_like of shape (K, K)
        A, probabilities of going from the state of the row to that of the column.
    emissions : Emissions
        `Categorical`, `Gaussian` or `Given`, with K states.

    Raises
    ------
    ArgumentError
        If a row is no distribution or numbers of states differ.

    References
    ----------
    .. [1] Rabiner 1989, A tutorial on hidden Markov models and selected applications in speech recognition,
       doi:10.1109/5.18626

    Examples
    --------
    >>> from mathforml.forward_backward import Categorical
    >>> umbrella = Categorical([[0.9, 0.1], [0.2, 0.8]])  # sun and rain
    >>> weather = HMM([0.5, 0.5], [[0.7, 0.3], [0.3, 0.7]], umbrella)
    >>> weather.marginals([1, 1, 0, 1]).gamma.argmax(axis=1)
    array([1, 1, 0, 1])
    """

    initial: np.ndarray
    transitions: np.ndarray
    emissions: Emissions

    def __post_init__(self):
        if not isinstance(self.emissions, Emissions):
            raise ArgumentError(
                f"emissions must be Categorical(…), Gaussian(…) or Given(K), not {type(self.emissions).__name__}"
            )
        k = self.emissions.states
        object.__setattr__(self, "initial", check_distribution(self.initial, "initial", shape=(k,)))
        object.__setattr__(self, "transitions", check_distribution(self.transitions, "transitions", shape=(k, k)))

    def log_likelihood(self, observations, *, lengths=None):
        """log p(observations), a sequence each; as `log_partition`, -inf for those that cannot be."""
        return log_partition(**self._chain(observations, lengths))

    def messages(self, observations, *, lengths=None):
        """log p(y_1 … y_t, z_t) and log p(y_{t+1} … y_T | z_t); as the function `messages`."""
        return messages(**self._chain(observations, lengths))

    def marginals(self, observations, *, lengths=None, pairs="sum"):
        """p(z_t | observations) and p(z_t, z_{t+1} | observations); as the function `marginals`."""
        return marginals(**self._chain(observations, lengths), pairs=pairs)

    def viterbi(self, observations, *, lengths=None):
        """The most probable states and log p of them and the observations; as the function `viterbi`."""
        return viterbi(**self._chain(observations, lengths))

    def sample(self, observations, *, lengths=None, size=1, seed=0):
        """States drawn given the observations; as the function `sample`."""
        return sample(**self._chain(observations, lengths), size=size, seed=seed)

    def generate(self, steps, *, seed=0):
        """States and observations drawn from the model.

        Parameters
        ----------
        steps : int
        seed : int, None or numpy Generator

        Returns
        -------
        Sequence
        """
        steps, rng = check_count(steps, "steps"), check_seed(seed)
        start, rows = self.initial.cumsum(), self.transitions.cumsum(axis=1)
        states = np.empty(steps, dtype=int)
        last = self.emissions.states - 1
        for t, level in enumerate(rng.random(steps)):
            cumulative = rows[states[t - 1]] if t else start
            states[t] = min(np.searchsorted(cumulative, level, side="right"), last)
        return Sequence(states, self.emissions.draw(states, rng))

    def _chain(self, observations, lengths):
        """The arguments that the functions of a chain take."""
        form, flat, lengths = flatten(observations, lengths, self.emissions.dimensions)
        scores = np.split(self.emissions.log_likelihoods(flat), lengths.cumsum()[:-1])
        chain = {
            "transitions": log_probabilities(self.transitions),
            "initial": log_probabilities(self.initial),
        }
        if form == "one":
            return chain | {"unary": scores[0]}
        if form == "list":
            return chain | {"unary": scores}
        padded = np.zeros((*np.shape(observations)[:2], self.emissions.states))
        for row, score in zip(padded, scores):
            row[: len(score)] = score
        return chain | {"unary": padded, "lengths": lengths}


def flatten(observations, lengths, dimensions):
    """Sequences, of `dimensions` axes each, one below the other.

    Returns
    -------
    form : {"one", "padded", "list"}
    flat : ndarray of shape (N, …)
    lengths : ndarray of int, shape (B,)
    """
    ragged = (
        isinstance(observations, list | tuple) and len(observations) and np.ndim(observations[0]) == dimensions
    )
    if ragged:
        form, sequences = "list", [check_array(one, "observations", finite=False) for one in observations]
        if lengths is not None:
            raise ArgumentError("lengths goes with a padded array; a list of sequences has its own")
        shapes = {one.shape[1:] for one in sequences}
        if len(shapes) > 1:
            raise ArgumentError(f"observations must all have the same number of columns, not {sorted(shapes)}")
    else:
        array = check_array(observations, "observations", finite=False)
        if array.ndim == dimensions:
            form, sequences = "one", [array]
            if lengths is not None:
                raise ArgumentError("lengths goes with a padded array; one sequence has its own")
        elif array.ndim == dimensions + 1 and len(array):
            form = "padded"
            sequences = [row[:n] for row, n in zip(array, check_lengths(lengths, *array.shape[:2]))]
        else:
            wanted = "(T) or (B, T)" if dimensions == 1 else "(T, d) or (B, T, d)"
            shape = ", ".join(map(str, array.shape))
            raise ArgumentError(f"observations must have shape {wanted}, or be a list of sequences, not ({shape})")
    lengths = np.array([len(one) for one in sequences])
    if lengths.min() < 1:
        which = "" if form == "one" else f"; sequence {lengths.argmin()} has none"
        raise ArgumentError(f"observations must have at least one step{which}")
    return form, np.concatenate(sequences), lengths
