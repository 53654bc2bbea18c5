"""Every quantity against the list of all K^T paths."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest

from mathforml import forward_backward as fb

T, K = 6, 3


class Listed(NamedTuple):
    """What a list of all paths gives."""

    paths: np.ndarray
    scores: np.ndarray

    @property
    def log_z(self):
        return np.logaddexp.reduce(self.scores)

    @property
    def probabilities(self):
        return np.exp(self.scores - self.log_z)

    def gamma(self):
        """Shape (T, K)."""
        return np.stack([np.bincount(column, self.probabilities, K) for column in self.paths.T])

    def xi(self):
        """Shape (T - 1, K, K)."""
        pairs = K * self.paths[:, :-1] + self.paths[:, 1:]
        flat = [np.bincount(column, self.probabilities, K * K) for column in pairs.T]
        return np.reshape(flat, (len(flat), K, K))

    def best(self):
        return self.paths[self.scores.argmax()], self.scores.max()


def every_path(unary, transitions, initial=0.0, final=0.0):
    """All paths of a sequence with their scores."""
    unary = np.asarray(unary)
    initial, final = (np.broadcast_to(end, K) for end in (initial, final))
    edges = np.broadcast_to(transitions, (len(unary) - 1, K, K))
    paths = np.array(list(itertools.product(range(K), repeat=len(unary))))
    scores = initial[paths[:, 0]] + final[paths[:, -1]] + unary[np.arange(len(unary)), paths].sum(axis=1)
    for t, edge in enumerate(edges):
        scores = scores + edge[paths[:, t], paths[:, t + 1]]
    return Listed(paths, scores)


def problem(seed=0, *, kind="fixed"):
    """Sequences of different lengths, transitions, initial and final scores."""
    rng = np.random.default_rng(seed)
    unary = [rng.normal(size=(length, K)) for length in (4, T, 1, T, 2)]
    shape = {"fixed": (K, K), "by step": (T - 1, K, K)}.get(kind)
    if kind == "by sequence":
        transitions = [rng.normal(size=(len(one) - 1, K, K)) for one in unary]
    else:
        transitions = rng.normal(size=shape)
    return unary, transitions, {"initial": rng.normal(size=K), "final": rng.normal(size=K)}


def edges_of(transitions, row, length):
    """The transitions that concern a sequence."""
    if isinstance(transitions, list):
        return transitions[row]
    return transitions if transitions.ndim == 2 else transitions[: length - 1]


@pytest.mark.parametrize("kind", ["fixed", "by step", "by sequence"])
def test_sums_and_marginals_are_those_of_all_paths(kind):
    unary, transitions, ends = problem(kind=kind)
    found = fb.marginals(unary, transitions, **ends, pairs="all")
    log_z = fb.log_partition(unary, transitions, **ends)
    for row, one in enumerate(unary):
        listed = every_path(one, edges_of(transitions, row, len(one)), **ends)
        assert abs(found.log_z[row] - listed.log_z) <= 1e-12
        assert log_z[row] == found.log_z[row]
        assert np.abs(found.gamma[row] - listed.gamma()).max() <= 1e-12
        assert found.xi[row].shape == (len(one) - 1, K, K)
        assert np.abs(found.xi[row] - listed.xi()).max(initial=0) <= 1e-12
        assert np.abs(found.xi_sum[row] - listed.xi().sum(axis=0)).max() <= 1e-12


@pytest.mark.parametrize("kind", ["fixed", "by step", "by sequence"])
def test_best_path_is_the_best_of_all_paths(kind):
    unary, transitions, ends = problem(1, kind=kind)
    found = fb.viterbi(unary, transitions, **ends)
    for row, one in enumerate(unary):
        path, score = every_path(one, edges_of(transitions, row, len(one)), **ends).best()
        assert found.path[row].tolist() == path.tolist()
        assert abs(found.score[row] - score) <= 1e-12


@pytest.mark.parametrize("lengths", [[2, 1, 1], [1, 2], [1, 1], [1]])
def test_sequences_of_one_step_beside_transitions_of_their_own(lengths):
    rng = np.random.default_rng(7)
    unary = [rng.normal(size=(length, K)) for length in lengths]
    transitions = [rng.normal(size=(length - 1, K, K)) for length in lengths]
    found, spread = fb.marginals(unary, transitions), fb.messages(unary, transitions)
    fb.viterbi(unary, transitions), fb.sample(unary, transitions, seed=0)
    for row, one in enumerate(unary):
        listed = every_path(one, transitions[row])
        assert abs(found.log_z[row] - listed.log_z) <= 1e-12
        assert np.abs(found.gamma[row] - listed.gamma()).max() <= 1e-12
        assert np.abs(found.xi_sum[row] - listed.xi().sum(axis=0)).max() <= 1e-12
        assert (
            np.abs(np.logaddexp.reduce(spread.alpha[row] + spread.beta[row], axis=1) - listed.log_z).max() <= 1e-12
        )


def test_huge_scores():
    unary, transitions = np.array([[1e300, -1e300], [1e300, 0.0]]), np.zeros((2, 2))
    assert fb.log_partition(unary, transitions) == 2e300
    assert fb.messages(unary, transitions).alpha.tolist() == [[1e300, -1e300], [2e300, 1e300]]
    assert fb.marginals(unary, transitions).gamma.tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert fb.viterbi(unary, transitions).score == 2e300


def test_messages_sum_over_what_comes_before_and_after():
    unary, transitions, ends = problem(2)
    found = fb.messages(unary, transitions, **ends)
    for one, alpha, beta, log_z in zip(unary, found.alpha, found.beta, found.log_z):
        for t, state in itertools.product(range(len(one)), range(K)):
            before = every_path(one[: t + 1], transitions, initial=ends["initial"])
            ways = before.scores[before.paths[:, -1] == state]
            assert abs(alpha[t, state] - np.logaddexp.reduce(ways)) <= 1e-12
            after = every_path(one[t:], transitions, final=ends["final"])
            ways = after.scores[after.paths[:, 0] == state] - one[t, state]
            assert abs(beta[t, state] - np.logaddexp.reduce(ways)) <= 1e-12
        assert np.abs(np.logaddexp.reduce(alpha + beta, axis=1) - log_z).max() <= 1e-12


def test_forbidden_steps_leave_the_other_paths():
    unary, transitions, ends = problem(3)
    transitions[0, 1] = transitions[2, 0] = ends["initial"][2] = unary[1][3, 0] = -np.inf
    found = fb.marginals(unary, transitions, **ends, pairs="all")
    best = fb.viterbi(unary, transitions, **ends)
    for row, one in enumerate(unary):
        listed = every_path(one, transitions, **ends)
        assert abs(found.log_z[row] - listed.log_z) <= 1e-12
        assert np.abs(found.gamma[row] - listed.gamma()).max() <= 1e-12
        assert np.abs(found.xi[row] - listed.xi()).max(initial=0) <= 1e-12
        assert best.path[row].tolist() == listed.best()[0].tolist()
        assert (found.xi[row][:, 0, 1] == 0).all()


@pytest.mark.parametrize("kind", ["fixed", "by step", "by sequence"])
def test_sampled_paths_have_their_probabilities(kind):
    size = 40_000
    unary, transitions, ends = problem(4, kind=kind)
    sampled = fb.sample(unary, transitions, **ends, size=size, seed=5)
    for row, one in enumerate(unary):
        listed = every_path(one, edges_of(transitions, row, len(one)), **ends)
        assert sampled[row].shape == (size, len(one))
        places = K ** np.arange(len(one))
        number = np.bincount(sampled[row] @ places, minlength=K ** len(one))[listed.paths @ places]
        p = listed.probabilities
        # chi-squared over the paths with enough expected draws: mean its degrees of freedom
        often = size * p > 5
        freedom = often.sum() - 1
        statistic = ((number - size * p)[often] ** 2 / (size * p)[often]).sum()
        assert abs(statistic - freedom) <= 4 * np.sqrt(2 * freedom) + 4
        marginal = np.stack([np.bincount(column, minlength=K) for column in sampled[row].T]) / size
        gamma = listed.gamma()
        assert (np.abs(marginal - gamma) <= 4 * np.sqrt(gamma * (1 - gamma) / size)).all()


def test_seed_decides_the_samples():
    unary, transitions, _ = problem(6)
    one, same, other = (fb.sample(unary[1], transitions, size=20, seed=seed) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()
    assert (fb.sample(unary[1], transitions, size=20, seed=np.random.default_rng(1)) == one).all()
