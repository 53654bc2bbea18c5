import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import grad, jacobian
from mathforml.errors import ArgumentError, ConvergenceError, SingularError
from mathforml.implicit import anderson, differentiable_fixed_point, iterate


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_both_iterations_find_scipys_fixed_point(seed, d):
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(d, d))
    w *= 0.8 / np.linalg.norm(w, 2)
    b = rng.normal(size=d)

    def t(x):
        return np.tanh(w @ x + b)

    reference = scipy.optimize.root(lambda x: x - t(x), np.zeros(d), tol=1e-13).x
    for find in (iterate, anderson):
        np.testing.assert_allclose(find(t, np.zeros(d)).x, reference, atol=1e-10)


def test_a_contraction_converges_at_its_rate():
    steps = iterate(lambda x: 0.7 * x + 1.0, 0.0).steps
    np.testing.assert_allclose(steps[1:] / steps[:-1], 0.7, rtol=1e-3)


def test_anderson_solves_a_linear_map_in_as_many_steps_as_dimensions():
    rng = np.random.default_rng(3)
    m, b = rng.normal(size=(4, 4)), rng.normal(size=4)  # no contraction
    assert np.abs(np.linalg.eigvals(m)).max() > 1
    found = anderson(lambda x: m @ x + b, np.zeros(4), memory=4)
    np.testing.assert_allclose(found.x, np.linalg.solve(np.eye(4) - m, b), rtol=1e-10)
    assert found.iterations <= 7


@pytest.mark.parametrize("linear", ["dense", "neumann"])
@pytest.mark.parametrize("method", ["iterate", "anderson"])
def test_gradients_are_the_theorems(method, linear):
    rng = np.random.default_rng(4)
    w = rng.normal(size=(3, 3))
    w *= 0.6 / np.linalg.norm(w, 2)
    solution = differentiable_fixed_point(
        lambda x, b: np.tanh(w @ x + b), np.zeros(3), method=method, linear=linear
    )
    b = rng.normal(size=3)
    x = solution(b)
    slope = np.diag(1 - x**2)
    np.testing.assert_allclose(jacobian(solution)(b), np.linalg.solve(np.eye(3) - slope @ w, slope), rtol=1e-10)
    step = 1e-5 * np.eye(3)
    differences = [(np.sum(solution(b + e)) - np.sum(solution(b - e))) / 2e-5 for e in step]
    np.testing.assert_allclose(grad(lambda b: np.sum(solution(b)))(b), differences, rtol=1e-6)


@pytest.mark.parametrize(
    ("t", "x0", "error", "words"),
    [
        (None, 1.0, ArgumentError, "t must be a function"),
        (lambda x: np.stack([x, x]), 1.0, ArgumentError, "t must return the shape of x"),
        (lambda x: 2 * x + 1, 1.0, ConvergenceError, "changed by a factor of 2 last: t is no contraction"),
        (lambda x: 1 - x, 0.0, ConvergenceError, "factor of 1 last: t is no contraction"),
        (lambda x: x**2, 3.0, ConvergenceError, "no contraction"),
        (lambda x: np.exp(x), 3.0, ConvergenceError, "no contraction"),
    ],
)
def test_no_contraction_is_said(t, x0, error, words):
    with pytest.raises(error, match=words):
        iterate(t, x0)


def test_anderson_fails_aloud():
    with pytest.raises(ConvergenceError, match=r"did not settle within \d+ steps"):
        anderson(lambda x: x + 1.0, 0.0)
    with pytest.raises(ArgumentError, match="memory must be a whole number"):
        anderson(np.cos, 0.0, memory=0)


def test_choices_and_singular_maps():
    with pytest.raises(ArgumentError, match="unknown method 'picard'; valid: iterate, anderson"):
        differentiable_fixed_point(np.add, 0.0, method="picard")
    with pytest.raises(ArgumentError, match="unknown linear 'cg'; valid: dense, neumann"):
        differentiable_fixed_point(np.add, 0.0, linear="cg")
    still = differentiable_fixed_point(lambda x, theta: x + 0.0 * theta, 1.0)  # every point is fixed
    assert still(2.0) == 1
    with pytest.raises(SingularError, match="singular"):
        grad(still)(2.0)
