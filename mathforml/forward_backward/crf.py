"""Linear-chain conditional random fields: the chain whose scores a model computes from its input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_array
from mathforml.errors import ArgumentError, InfeasibleError
from mathforml.forward_backward.chain import as_chain, pad
from mathforml.forward_backward.marginals import log_partition, marginals, messages
from mathforml.forward_backward.sampling import sample
from mathforml.forward_backward.viterbi import viterbi


@dataclass(frozen=True)
class Gradient:
    """A loss and its gradient, as `CRF.loss` returns them; expected counts minus observed ones.

    Attributes
    ----------
    loss : float
        Σ log Z - s(tags), over all sequences.
    unary : ndarray of shape (T, K) or (B, T, K), or list
    transitions : ndarray of shape (K, K)
    initial, final : ndarray of shape (K,)
    """

    loss: float
    unary: np.ndarray
    transitions: np.ndarray
    initial: np.ndarray
    final: np.ndarray


@dataclass(frozen=True, eq=False)
class CRF:
    """A linear-chain conditional random field over K tags.

    Unary scores are one sequence (T, K), a padded batch (B, T, K) with `lengths`, or a list of (T_b, K).

    Parameters
    ----------
    transitions : array_like of shape (K, K)
        Scores of going from the tag of the row to that of the column; -inf forbids.
    initial, final : array_like of shape (K,), optional
        Scores of the first and of the last tag; default 0.

    Raises
    ------
    ArgumentError
        If shapes do not fit or a score is NaN, +inf or beyond ±1e300.

    References
    ----------
    .. [1] Lafferty, McCallum, Pereira 2001, Conditional random fields: probabilistic models for segmenting and
       labeling sequence data, https://repository.upenn.edu/handle/20.500.14332/6188

    Examples
    --------
    >>> crf = CRF([[1.0, 0.0], [0.0, 1.0]])
    >>> crf.loss([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [0, 0, 0]).unary.round(3)
    array([[-0.322,  0.322],
           [-0.533,  0.533],
           [-0.322,  0.322]])
    """

    transitions: np.ndarray
    initial: np.ndarray | None = None
    final: np.ndarray | None = None

    def __post_init__(self):
        transitions = check_array(self.transitions, "transitions", finite=False)
        if transitions.ndim != 2 or transitions.shape[0] != transitions.shape[1]:
            shape = ", ".join(map(str, transitions.shape))
            raise ArgumentError(f"transitions must have shape (K, K), not ({shape})")
        zeros = np.zeros(len(transitions))
        ends = [zeros if end is None else end for end in (self.initial, self.final)]
        ends = [
            check_array(end, name, shape=zeros.shape, finite=False)
            for end, name in zip(ends, ("initial", "final"))
        ]
        as_chain(zeros[None], transitions, initial=ends[0], final=ends[1])  # refuses what is no score
        object.__setattr__(self, "transitions", transitions)
        object.__setattr__(self, "initial", ends[0])
        object.__setattr__(self, "final", ends[1])

    def log_partition(self, unary, *, lengths=None):
        """log Z; as the function `log_partition`."""
        return log_partition(unary, lengths=lengths, **self._scores)

    def messages(self, unary, *, lengths=None):
        """Forward and backward messages; as the function `messages`."""
        return messages(unary, lengths=lengths, **self._scores)

    def marginals(self, unary, *, lengths=None, pairs="sum"):
        """Posterior marginals; as the function `marginals`."""
        return marginals(unary, lengths=lengths, pairs=pairs, **self._scores)

    def viterbi(self, unary, *, lengths=None):
        """The best tags and their score; as the function `viterbi`."""
        return viterbi(unary, lengths=lengths, **self._scores)

    def sample(self, unary, *, lengths=None, size=1, seed=0):
        """Tags drawn from the posterior; as the function `sample`."""
        return sample(unary, lengths=lengths, size=size, seed=seed, **self._scores)

    def score(self, unary, tags, *, lengths=None):
        """s(tags) of each sequence.

        Parameters
        ----------
        unary, lengths
            As for `log_partition`.
        tags : array_like of int, shape (T,) or (B, T), or list of shape (T_b,)

        Returns
        -------
        float or ndarray of shape (B,)
            -inf for tags that are forbidden.

        Raises
        ------
        ArgumentError
            If tags are not whole numbers from 0 to K - 1, as many as a sequence has steps.
        """
        form, sequences, tags = pair_up(unary, tags, lengths)
        as_chain(unary, lengths=lengths, **self._scores)  # checks the scores
        scores = np.array([self._score(*pair) for pair in zip(sequences, tags)])
        return scores[0] if form == "one" else scores

    def loss(self, unary, tags, *, lengths=None):
        """The negative log-likelihood -Σ log p(tags) and its gradient.

        The derivative of log Z is what the model expects to see, that of s(tags) is what was seen.

        Parameters
        ----------
        unary, tags, lengths
            As for `score`.

        Returns
        -------
        Gradient

        Raises
        ------
        ArgumentError
            As `score`.
        InfeasibleError
            If tags have the score -inf.
        """
        scores = np.atleast_1d(self.score(unary, tags, lengths=lengths))
        form, _, tags = pair_up(unary, tags, lengths)
        if np.isneginf(scores).any():
            which = "" if form == "one" else f" of sequence {np.isneginf(scores).argmax()}"
            raise InfeasibleError(f"the tags{which} are forbidden: their score is -inf")
        found = self.marginals(unary, lengths=lengths)
        gamma = found.gamma
        transitions = found.xi_sum.reshape(-1, *self.transitions.shape).sum(axis=0)
        initial, final = np.zeros((2, len(transitions)))
        for mine, path in zip([gamma] if form == "one" else gamma, tags):
            mine[np.arange(len(path)), path] -= 1  # expected minus observed
            np.subtract.at(transitions, (path[:-1], path[1:]), 1)
            initial += mine[0]
            final += mine[len(path) - 1]
        return Gradient(float(np.sum(found.log_z) - scores.sum()), gamma, transitions, initial, final)

    @property
    def _scores(self):
        return {"transitions": self.transitions, "initial": self.initial, "final": self.final}

    def _score(self, unary, tags):
        """s(tags) of one sequence."""
        return (
            self.initial[tags[0]]
            + unary[np.arange(len(tags)), tags].sum()
            + self.transitions[tags[:-1], tags[1:]].sum()
            + self.final[tags[-1]]
        )


def pair_up(unary, tags, lengths):
    """The form of the input, and of each sequence its scores and its tags."""
    form, padded, lengths = pad(unary, lengths)
    tags = [tags] if form == "one" else tags
    if not isinstance(tags, list | tuple | np.ndarray) or len(tags) != len(padded):
        raise ArgumentError(f"tags must be those of {len(padded)} sequences, like unary")
    steps, states = padded.shape[1:]
    paths = []
    for i, (path, length) in enumerate(zip(tags, lengths)):
        name = "tags" if form == "one" else f"tags[{i}]"
        values = check_array(path, name, shape=(steps if form == "padded" else int(length),), finite=False)
        values = values[:length]
        if not ((values == np.round(values)) & (values >= 0) & (values < states)).all():
            raise ArgumentError(f"{name} must be whole numbers from 0 to {states - 1}")
        paths.append(values.astype(int))
    return form, [row[:length] for row, length in zip(padded, lengths)], paths
