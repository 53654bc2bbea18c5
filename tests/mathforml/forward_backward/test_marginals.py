"""Marginals are the gradient of log Z; properties of a posterior; batches; bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml import autodiff
from mathforml import forward_backward as fb
from mathforml.errors import ArgumentError


def traced_log_z(unary, transitions, initial, final):
    """log Z by the plain recursion, which a tape can follow."""
    alpha = initial + unary[0]
    for t in range(1, len(unary)):
        joint = alpha[:, None] + transitions
        top = np.max(joint, axis=0)
        alpha = unary[t] + top + np.log(np.sum(np.exp(joint - top), axis=0))
    return np.logaddexp.reduce(alpha + final)


@st.composite
def chains(draw, batch=False):
    """Scores of a sequence, or of several."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    states, scale = draw(st.integers(1, 5)), draw(st.sampled_from([0.1, 1.0, 10.0]))
    lengths = draw(st.lists(st.integers(1, 9), min_size=1, max_size=6)) if batch else [draw(st.integers(1, 9))]
    unary = [scale * rng.normal(size=(length, states)) for length in lengths]
    rest = [scale * rng.normal(size=shape) for shape in ((states, states), states, states)]
    return (unary if batch else unary[0]), dict(zip(("transitions", "initial", "final"), rest))


@settings(deadline=None, max_examples=20)
@given(chains())
def test_marginals_are_the_gradient_of_log_z(chain):
    unary, scores = chain
    found = fb.marginals(unary, **scores)
    arguments = (unary, *scores.values())
    assert abs(traced_log_z(*arguments) - found.log_z) <= 1e-12 * max(1, abs(found.log_z))
    for number, mine in enumerate([found.gamma, found.xi_sum, found.gamma[0], found.gamma[-1]]):
        assert np.abs(autodiff.grad(traced_log_z, number)(*arguments) - mine).max() <= 1e-12


def test_pair_marginals_are_the_gradient_in_transitions_of_each_step():
    rng = np.random.default_rng(0)
    unary, transitions = rng.normal(size=(6, 3)), rng.normal(size=(5, 3, 3))

    def log_z(transitions):
        alpha = unary[0]
        for t in range(5):
            alpha = unary[t + 1] + np.log(np.sum(np.exp(alpha[:, None] + transitions[t]), axis=0))
        return np.log(np.sum(np.exp(alpha)))

    xi = fb.marginals(unary, transitions, pairs="all").xi
    assert np.abs(autodiff.grad(log_z)(transitions) - xi).max() <= 1e-12


@settings(deadline=None, max_examples=30)
@given(chains(batch=True))
def test_posteriors_hang_together(chain):
    unary, scores = chain
    found = fb.marginals(unary, **scores, pairs="all")
    best = fb.viterbi(unary, **scores)
    for row, (gamma, xi) in enumerate(zip(found.gamma, found.xi)):
        assert np.abs(gamma.sum(axis=1) - 1).max() <= 1e-14
        assert np.abs(xi.sum(axis=2) - gamma[:-1]).max(initial=0) <= 1e-12
        assert np.abs(xi.sum(axis=1) - gamma[1:]).max(initial=0) <= 1e-12
        assert np.abs(xi.sum(axis=0) - found.xi_sum[row]).max() <= 1e-12
        assert gamma.min() >= 0
        assert best.score[row] <= found.log_z[row] + 1e-12 * abs(found.log_z[row])


@settings(deadline=None, max_examples=30)
@given(chains(), st.floats(-50, 50))
def test_a_shift_of_all_scores_of_a_step_shifts_log_z(chain, shift):
    unary, scores = chain
    before = fb.marginals(unary, **scores)
    unary = unary.copy()
    unary[len(unary) // 2] += shift
    after = fb.marginals(unary, **scores)
    assert abs(after.log_z - before.log_z - shift) <= 1e-12 * max(1, abs(before.log_z), abs(shift))
    assert np.abs(after.gamma - before.gamma).max() <= 1e-11


@settings(deadline=None, max_examples=30)
@given(chains())
def test_the_way_back_is_the_way(chain):
    unary, scores = chain
    turned = {"transitions": scores["transitions"].T, "initial": scores["final"], "final": scores["initial"]}
    there, back = fb.marginals(unary, **scores), fb.marginals(unary[::-1], **turned)
    assert abs(there.log_z - back.log_z) <= 1e-12 * max(1, abs(there.log_z))
    assert np.abs(there.gamma - back.gamma[::-1]).max() <= 1e-12


@settings(deadline=None, max_examples=20)
@given(chains(batch=True), st.integers(0, 3))
def test_a_batch_is_its_sequences_one_by_one(chain, beyond):
    unary, scores = chain
    lengths = [len(one) for one in unary]
    padded = np.full((len(unary), max(lengths) + beyond, unary[0].shape[1]), np.nan)
    for row, one in zip(padded, unary):
        row[: len(one)] = one
    functions = {
        fb.log_partition: lambda found: [found],
        fb.messages: lambda found: [found.log_z, found.alpha, found.beta],
        fb.marginals: lambda found: [found.log_z, found.gamma, found.xi_sum],
        fb.viterbi: lambda found: [found.score, found.path],
    }
    for function, parts in functions.items():
        listed, batch = (
            parts(function(unary, **scores)),
            parts(function(padded, **scores, lengths=lengths)),
        )
        for row, one in enumerate(unary):
            alone = parts(function(one, **scores))
            for of_list, of_batch, right in zip(listed, batch, alone):
                right = np.asarray(right)
                assert np.shape(of_list[row]) == right.shape
                assert np.allclose(of_list[row], right, rtol=1e-13, atol=1e-13)
                if right.ndim and len(right) == len(one) and right.shape != np.shape(of_batch[row]):
                    assert (of_batch[row][len(one) :] == 0).all()
                    assert np.allclose(of_batch[row][: len(one)], right, rtol=1e-13, atol=1e-13)
                else:
                    assert np.allclose(of_batch[row], right, rtol=1e-13, atol=1e-13)


def test_forms_of_the_answers():
    rng = np.random.default_rng(0)
    unary, transitions = rng.normal(size=(2, 5, 3)), np.zeros((3, 3))
    batch = fb.marginals(unary, transitions, pairs="all", lengths=[4, 5])
    assert (batch.gamma.shape, batch.xi_sum.shape, batch.xi.shape) == ((2, 5, 3), (2, 3, 3), (2, 4, 3, 3))
    assert (batch.gamma[0, 4:] == 0).all()
    assert (batch.xi[0, 3:] == 0).all()
    assert fb.sample(unary, transitions, lengths=[4, 5], size=7, seed=0).shape == (2, 7, 5)
    one = fb.marginals(unary[0], transitions, pairs="none")
    assert one.log_z.ndim == 0
    assert one.xi is None
    assert one.xi_sum is None
    assert fb.marginals(unary[0], transitions).xi is None
    ends = rng.normal(size=(2, 3))
    both = fb.log_partition(unary, transitions, initial=ends, final=ends[0])
    for row in range(2):
        assert np.isclose(both[row], fb.log_partition(unary[row], transitions, initial=ends[row], final=ends[0]))


def test_the_input_is_left_alone():
    rng = np.random.default_rng(0)
    unary, transitions = rng.normal(size=(2, 5, 3)), rng.normal(size=(3, 3))
    copies = unary.copy(), transitions.copy()
    fb.marginals(unary, transitions, initial=np.ones(3), final=np.ones(3), lengths=[3, 5])
    fb.viterbi(unary, transitions, initial=np.ones(3))
    assert (unary == copies[0]).all()
    assert (transitions == copies[1]).all()


UNARY, EDGES = np.zeros((4, 3)), np.zeros((3, 3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((UNARY, np.zeros((3, 2))), r"transitions must have shape \(3, 3\), \(3, 3, 3\) or .*, not \(3, 2\)"),
        ((UNARY, np.zeros((4, 3, 3))), r"transitions must have shape .*, not \(4, 3, 3\)"),
        ((np.zeros(3), EDGES), r"unary must have shape \(T, K\) or \(B, T, K\), or be a list .*, not \(3\)"),
        (("abc", EDGES), "unary must be an array of numbers"),
        ((np.zeros((0, 3)), EDGES), "unary must have at least one step$"),
        ((np.zeros((4, 0)), np.zeros((0, 0))), "at least one sequence and one state"),
        (([np.zeros((2, 3)), np.zeros((0, 3))], EDGES), "unary must have at least one step; sequence 1 has none"),
        (([np.zeros((2, 3)), np.zeros((2, 2))], EDGES), r"unary\[1\] must have 3 columns like unary\[0\], not 2"),
        (([np.zeros((2, 3)), np.zeros(3)], EDGES), r"unary\[1\] must have shape \(T, K\), not \(3\)"),
        (([UNARY], [EDGES[None], EDGES[None]]), "transitions must be 1 arrays like unary, not 2"),
        (([UNARY], []), r"transitions must have shape .*, not \(0\)"),
        (([UNARY], [EDGES[None]]), r"transitions\[0\] must have shape \(3, 3, 3\), not \(1, 3, 3\)"),
    ],
)
def test_wrong_shapes(arguments, message):
    for function in (fb.log_partition, fb.messages, fb.marginals, fb.viterbi, fb.sample):
        with pytest.raises(ArgumentError, match=message):
            function(*arguments)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1.7e308, -1.7e308])
def test_nan_plus_infinity_and_what_cannot_be_summed_are_refused(wrong):
    unary, edges, end = UNARY.copy(), EDGES.copy(), np.zeros(3)
    unary[2, 1] = edges[0, 1] = end[1] = wrong
    with pytest.raises(
        ArgumentError, match=r"unary must hold numbers up to ±1e300 or -inf; step 2 has (nan|inf|-?1.7e)"
    ):
        fb.log_partition(unary, EDGES)
    with pytest.raises(ArgumentError, match="step 2 of sequence 1 has"):
        fb.log_partition([UNARY[:1], unary], EDGES)
    with pytest.raises(ArgumentError, match="transitions must hold numbers up to ±1e300 or -inf"):
        fb.log_partition(UNARY, edges)
    for name in ("initial", "final"):
        with pytest.raises(ArgumentError, match=f"{name} must hold numbers up to ±1e300 or -inf"):
            fb.log_partition(UNARY, EDGES, **{name: end})
        with pytest.raises(ArgumentError, match=rf"{name} must have shape \(3\) or \(1, 3\), not \(2\)"):
            fb.log_partition(UNARY, EDGES, **{name: np.zeros(2)})


@pytest.mark.parametrize("lengths", [[1, 5], [1.5, 2], [-1, 2]])
def test_lengths_that_cannot_be(lengths):
    with pytest.raises(ArgumentError, match="lengths must be whole numbers from 1 to 4"):
        fb.log_partition(np.zeros((2, 4, 3)), EDGES, lengths=lengths)


def test_lengths_of_the_wrong_kind():
    with pytest.raises(ArgumentError, match="at least one step; sequence 1 has none"):
        fb.log_partition(np.zeros((2, 4, 3)), EDGES, lengths=[2, 0])
    with pytest.raises(ArgumentError, match=r"lengths must have shape \(2\)"):
        fb.log_partition(np.zeros((2, 4, 3)), EDGES, lengths=[2])
    with pytest.raises(ArgumentError, match="lengths goes with a padded array"):
        fb.log_partition(UNARY, EDGES, lengths=[2])
    with pytest.raises(ArgumentError, match="lengths goes with a padded array"):
        fb.log_partition([UNARY], EDGES, lengths=[2])


def test_options_that_cannot_be():
    with pytest.raises(ArgumentError, match="unknown pairs 'some'; valid: sum, all, none"):
        fb.marginals(UNARY, EDGES, pairs="some")
    with pytest.raises(ArgumentError, match="size must be a whole number of at least 1, not 0"):
        fb.sample(UNARY, EDGES, size=0)
    with pytest.raises(ArgumentError, match="seed must be"):
        fb.sample(UNARY, EDGES, seed="one")
