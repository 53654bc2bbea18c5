"""Where scaled arithmetic falls short: against log-sum-exp at every step."""

import numpy as np
import pytest

from mathforml import forward_backward as fb
from mathforml.errors import InfeasibleError
from mathforml.forward_backward.chain import LONGEST_RUN, as_chain
from mathforml.forward_backward.scan import backward_pass, edge_weights, forward_pass


def log_sum_exp(scores, axis):
    """-inf where all are."""
    with np.errstate(invalid="ignore"):
        return np.logaddexp.reduce(scores, axis=axis)


def by_logs(unary, transitions, initial, final):
    """α, β and log Z of one sequence by the plain recursions."""
    alpha, beta = np.empty_like(unary), np.empty_like(unary)
    alpha[0], beta[-1] = initial + unary[0], final
    for t in range(1, len(unary)):
        alpha[t] = log_sum_exp(alpha[t - 1][:, None] + transitions, 0) + unary[t]
    for t in range(len(unary) - 1)[::-1]:
        beta[t] = log_sum_exp(transitions + unary[t + 1] + beta[t + 1], 1)
    return alpha, beta, log_sum_exp(alpha[-1] + final, 0)


def redone(unary, transitions, **options):
    """How many runs of the two passes needed logarithms, and of how many."""
    chain = as_chain(unary, transitions, **options)
    edges = edge_weights(chain)
    forward = [*forward_pass(chain, edges)]
    found = [*forward, *backward_pass(chain, edges, forward)]
    return sum(passed.logs is not None for passed in found), len(found)


def assert_as_by_logs(unary, transitions, initial, final, tolerance=1e-11):
    """Everything is as the plain recursions have it, relative to the size of the scores."""
    found = fb.messages(unary, transitions, initial=initial, final=final)
    posterior = fb.marginals(unary, transitions, initial=initial, final=final, pairs="all")
    for row, one in enumerate(unary):
        alpha, beta, log_z = by_logs(one, transitions, initial, final)
        scale = max(1.0, np.abs(alpha[np.isfinite(alpha)]).max(), np.abs(beta[np.isfinite(beta)]).max())
        for mine, right in ((found.alpha[row], alpha), (found.beta[row], beta), (posterior.log_z[row], log_z)):
            assert (np.isneginf(mine) == np.isneginf(right)).all()
            finite = np.isfinite(right)
            assert np.abs(mine[finite] - right[finite]).max(initial=0) <= tolerance * scale
        gamma = np.exp(alpha + beta - log_z)
        xi = alpha[:-1, :, None] + transitions + (one + beta)[1:, None, :]
        xi = np.exp(xi - log_z)
        assert np.abs(posterior.gamma[row] - gamma).max() <= tolerance * scale
        assert np.abs(posterior.xi[row] - xi).max(initial=0) <= tolerance * scale
        total = fb.marginals(one, transitions, initial=initial, final=final).xi_sum
        assert np.abs(total - xi.sum(axis=0)).max() <= tolerance * scale * max(1, len(one))


@pytest.mark.parametrize("spread", [1, 30, 300, 3000, 30_000])
def test_scores_far_apart(spread):
    rng = np.random.default_rng(0)
    unary = [spread * rng.normal(size=(length, 4)) for length in (2 * LONGEST_RUN + 3, 5, LONGEST_RUN, 1, 90)]
    transitions, initial, final = (spread * rng.normal(size=shape) for shape in ((4, 4), 4, 4))
    assert_as_by_logs(unary, transitions, initial, final)


def test_near_scores_need_no_logarithms():
    rng = np.random.default_rng(0)
    assert redone(rng.normal(size=(3, 200, 5)), rng.normal(size=(5, 5)))[0] == 0


def test_one_odd_sequence_takes_the_slow_way_alone():
    rng = np.random.default_rng(1)
    unary = rng.normal(size=(5, 3 * LONGEST_RUN, 3))
    transitions = np.where(np.eye(3), 0.0, -np.inf)  # states that never meet
    transitions[0, 1] = 0.0
    unary[2, 70, 0] = -700.0
    assert_as_by_logs(unary, transitions, np.zeros(3), np.zeros(3))
    done, of = redone(unary, transitions)
    assert 0 < done < of
    others = [0, 1, 3, 4]
    assert redone(unary[others], transitions)[0] == 0
    alone = fb.marginals(unary[others], transitions)
    assert (fb.log_partition(unary, transitions)[others] == alone.log_z).all()


def test_what_scaling_loses_and_a_later_step_needs():
    # State 0 falls e^-1000 a step behind; only from it the last step is allowed.
    unary = np.zeros((10, 2))
    unary[:-1, 0] = -1000.0
    transitions = np.array([[0.0, -np.inf], [-np.inf, 0.0]])
    final = np.array([0.0, -np.inf])
    assert fb.log_partition(unary, transitions, final=final) == -9000.0
    assert fb.marginals(unary, transitions, final=final).gamma.tolist() == [[1.0, 0.0]] * 10
    assert (fb.sample(unary, transitions, final=final, size=5, seed=0) == 0).all()
    assert fb.viterbi(unary, transitions, final=final).score == -9000.0


def test_a_rare_way_is_lost_next_to_a_rarer_one():
    # Both ways into the state lie below the smallest float, e^-800 and e^-790; their sum must be right.
    transitions = np.array([[0.0, 0.0, -800.0], [0.0, 0.0, -790.0], [-np.inf, -np.inf, 0.0]])
    assert_as_by_logs([np.zeros((4, 3))], transitions, np.array([0.0, 0.0, -np.inf]), np.zeros(3))
    final = np.array([-np.inf, -np.inf, 0.0])
    assert_as_by_logs([np.zeros((4, 3))], transitions, np.array([0.0, 0.0, -np.inf]), final)


def left_to_right(states):
    """A model that may stay or go one on, and starts in the first state."""
    transitions = np.full((states, states), -np.inf)
    transitions[np.arange(states), np.arange(states)] = np.log(0.9)
    transitions[np.arange(states - 1), np.arange(1, states)] = np.log(0.1)
    initial = np.full(states, -np.inf)
    initial[0] = 0.0
    return transitions, initial


def test_left_to_right():
    states = 6
    transitions, initial = left_to_right(states)
    rng = np.random.default_rng(2)
    unary = [-20.0 * rng.normal(size=(length, states)) ** 2 for length in (150, 6, 40)]
    final = np.where(np.arange(states) == states - 1, 0.0, -np.inf)
    assert_as_by_logs(unary, transitions, initial, final)
    path = fb.sample(unary, transitions, initial=initial, final=final, size=50, seed=0)
    assert all((np.diff(one, axis=1) >= 0).all() and (one[:, -1] == states - 1).all() for one in path)


def test_states_that_nothing_leads_to_need_no_logarithms():
    transitions = np.zeros((3, 3))
    transitions[:, 2] = -np.inf
    unary, initial = np.random.default_rng(3).normal(size=(2, 100, 3)), np.array([0.0, 0.0, -np.inf])
    assert redone(unary, transitions, initial=initial)[0] == 0
    assert_as_by_logs(unary, transitions, initial, np.zeros(3))


def test_transitions_of_one_sequence_may_be_far_apart():
    rng = np.random.default_rng(4)
    unary = [rng.normal(size=(length, 3)) for length in (7, 12)]
    transitions = [rng.normal(size=(length - 1, 3, 3)) * scale for length, scale in ((7, 2000), (12, 1))]
    both = fb.marginals(unary, transitions, pairs="all")
    for row in range(2):
        one = fb.marginals(unary[row], transitions[row], pairs="all")
        assert both.log_z[row] == one.log_z
        assert np.abs(both.xi[row] - one.xi).max() <= 1e-12
        z = fb.messages(unary[row], transitions[row])
        through = np.logaddexp.reduce(z.alpha + z.beta, axis=1)
        assert np.abs(through - one.log_z).max() <= 1e-11 * max(1, abs(one.log_z))


def test_a_hundred_thousand_steps():
    rng = np.random.default_rng(5)
    steps = 100_000
    transitions = np.log([[0.9, 0.1], [0.2, 0.8]])
    unary = np.log(rng.uniform(0.01, 1, size=(steps, 2)))
    found = fb.marginals(unary, transitions, initial=np.log([0.5, 0.5]))
    product, logs = np.array([0.5, 0.5]), []
    matrix, weights = np.exp(transitions), np.exp(unary)
    for t in range(steps):  # probabilities, normalised at each step
        product = (product @ matrix if t else product) * weights[t]
        logs.append(np.log(product.sum()))
        product /= product.sum()
    assert abs(found.log_z / np.sum(logs) - 1) <= 1e-14
    assert np.abs(found.gamma.sum(axis=1) - 1).max() <= 1e-14
    assert abs(found.xi_sum.sum() - (steps - 1)) <= 1e-7


def test_a_constant_at_every_step_adds_up():
    unary, transitions = np.full((100_000, 1), -1000.0), np.zeros((1, 1))
    assert fb.log_partition(unary, transitions) == -1e8


@pytest.mark.parametrize("where", ["initial", "unary", "transitions", "final"])
def test_an_impossible_sequence(where):
    scores = {"initial": np.zeros(2), "final": np.zeros(2), "transitions": np.zeros((2, 2))}
    scores["unary"] = [np.zeros((3, 2)), np.zeros((100, 2)), np.zeros((1, 2))]
    if where == "unary":
        scores["unary"][1][70] = -np.inf
        possible = [True, False, True]
    else:
        scores[where] = np.full_like(scores[where], -np.inf)
        possible = [False, False, where == "transitions"]
    log_z = fb.log_partition(**scores)
    assert (log_z > -np.inf).tolist() == possible
    assert np.isneginf(fb.messages(**scores).log_z).tolist() == [not one for one in possible]
    first = possible.index(False)
    for function in (fb.marginals, fb.viterbi, fb.sample):
        with pytest.raises(
            InfeasibleError, match=f"^sequence {first} is impossible: every path has the score -inf$"
        ):
            function(**scores)
    with pytest.raises(InfeasibleError, match=r"^the sequence is impossible"):
        fb.marginals(**scores | {"unary": scores["unary"][first]})
