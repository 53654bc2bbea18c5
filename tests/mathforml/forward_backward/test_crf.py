"""Conditional random fields: scores, loss and its gradient."""

import itertools

import numpy as np
import pytest
import torch

from mathforml import forward_backward as fb
from mathforml.errors import ArgumentError, InfeasibleError

K = 3


def problem(seed=0):
    rng = np.random.default_rng(seed)
    unary = [rng.normal(size=(length, K)) for length in (4, 6, 1)]
    tags = [rng.integers(K, size=len(one)) for one in unary]
    return fb.CRF(rng.normal(size=(K, K)), rng.normal(size=K), rng.normal(size=K)), unary, tags


def test_probabilities_of_all_tags_sum_to_one():
    crf, unary, _ = problem()
    every = np.array(list(itertools.product(range(K), repeat=4)))
    scores = crf.score(np.repeat(unary[0][None], len(every), axis=0), every)
    assert abs(np.logaddexp.reduce(scores) - crf.log_partition(unary[0])) <= 1e-12
    best = crf.viterbi(unary[0])
    assert best.path.tolist() == every[scores.argmax()].tolist()
    assert abs(best.score - crf.score(unary[0], best.path)) <= 1e-12
    alpha = crf.messages(unary[0]).alpha
    assert abs(np.logaddexp.reduce(alpha[-1] + crf.final) - crf.log_partition(unary[0])) <= 1e-12


def loss_in_torch(transitions, initial, final, unary, tags):
    """The loss by the plain recursion."""
    loss = 0.0
    for one, path in zip(unary, tags):
        alpha = initial + one[0]
        score = initial[path[0]] + one[0, path[0]] + final[path[-1]]
        for t in range(1, len(one)):
            alpha = torch.logsumexp(alpha[:, None] + transitions, 0) + one[t]
            score = score + transitions[path[t - 1], path[t]] + one[t, path[t]]
        loss = loss + torch.logsumexp(alpha + final, 0) - score
    return loss


def test_loss_and_gradient_are_torch_s():
    crf, unary, tags = problem()
    parts = [torch.tensor(part, requires_grad=True) for part in (crf.transitions, crf.initial, crf.final)]
    tensors = [torch.tensor(one, requires_grad=True) for one in unary]
    loss = loss_in_torch(*parts, tensors, tags)
    loss.backward()
    mine = crf.loss(unary, tags)
    assert abs(mine.loss - loss.item()) <= 1e-12
    for gradient, part in zip((mine.transitions, mine.initial, mine.final), parts):
        assert np.abs(gradient - part.grad.numpy()).max() <= 1e-12
    for gradient, tensor in zip(mine.unary, tensors):
        assert np.abs(gradient - tensor.grad.numpy()).max() <= 1e-12


def test_forms_of_the_loss():
    crf, unary, tags = problem()
    listed = crf.loss(unary, tags)
    padded, padded_tags = np.full((3, 7, K), np.nan), np.full((3, 7), -1)
    for row, row_tags, one, path in zip(padded, padded_tags, unary, tags):
        row[: len(one)], row_tags[: len(one)] = one, path
    batch = crf.loss(padded, padded_tags, lengths=[4, 6, 1])
    assert batch.loss == listed.loss
    assert (batch.transitions == listed.transitions).all()
    assert (batch.unary[1, :6] == listed.unary[1]).all()
    assert (batch.unary[2, 1:] == 0).all()
    each = [crf.loss(one, path) for one, path in zip(unary, tags)]
    assert abs(sum(one.loss for one in each) - listed.loss) <= 1e-12
    assert np.abs(sum(one.initial for one in each) - listed.initial).max() <= 1e-12


def test_no_gradient_is_left_when_the_tags_are_certain():
    crf, unary, _ = problem()
    path = crf.sample(unary[0], seed=1)[0]
    certain = np.where(np.eye(K)[path] == 1, 500.0, -500.0)
    gradient = crf.loss(certain, path)
    assert gradient.loss <= 1e-12
    for part in (gradient.unary, gradient.transitions, gradient.initial, gradient.final):
        assert np.abs(part).max() <= 1e-12


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([0, 1, 3, 0], "tags must be whole numbers from 0 to 2"),
        ([0, 1, -1, 0], "tags must be whole numbers from 0 to 2"),
        ([0, 1, 0.5, 0], "tags must be whole numbers from 0 to 2"),
        ([0, 1], r"tags must have shape \(4\), not \(2\)"),
        (["O", "B", "I", "O"], "tags must be an array of numbers"),
    ],
)
def test_tags_that_do_not_fit(tags, message):
    crf, unary, _ = problem()
    for call in (crf.score, crf.loss):
        with pytest.raises(ArgumentError, match=message):
            call(unary[0], tags)


def test_tags_of_other_sequences():
    crf, unary, tags = problem()
    with pytest.raises(ArgumentError, match="tags must be those of 3 sequences, like unary"):
        crf.loss(unary, tags[:2])
    with pytest.raises(ArgumentError, match=r"tags\[1\] must have shape \(6\), not \(4\)"):
        crf.loss(unary, [tags[0], tags[0], tags[2]])


def test_forbidden_tags():
    crf, unary, _ = problem()
    strict = fb.CRF(np.where(np.eye(K), -np.inf, crf.transitions))
    assert strict.score(unary[0], [0, 0, 1, 2]) == -np.inf
    with pytest.raises(InfeasibleError, match=r"^the tags are forbidden"):
        strict.loss(unary[0], [0, 0, 1, 2])
    with pytest.raises(InfeasibleError, match=r"^the tags of sequence 1 are forbidden"):
        strict.loss([unary[0], unary[0]], [[0, 1, 0, 1], [0, 0, 1, 2]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 3)),), r"transitions must have shape \(K, K\), not \(2, 3\)"),
        ((np.full((2, 2), np.nan),), "transitions must hold numbers up to ±1e300"),
        ((np.zeros((2, 2)), [0.0]), r"initial must have shape \(2\), not \(1\)"),
        ((np.zeros((2, 2)), None, [0.0, np.inf]), "final must hold numbers up to ±1e300"),
    ],
)
def test_improper_fields(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        fb.CRF(*arguments)
