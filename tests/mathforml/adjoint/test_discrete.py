import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.adjoint import Ledger, bisection, discrete_adjoint, rk4_step, segments, store_all
from mathforml.autodiff import grad
from mathforml.errors import ArgumentError, ConvergenceError


def _cell(x, theta, u):
    return np.tanh(theta["W"] @ x + theta["V"] @ u + theta["b"])


def _running(x, theta, u):
    return 0.1 * np.sum(x**2) * np.sum(theta["b"] * u[0])


def _network(seed, n_steps, d=3, m=2):
    rng = np.random.default_rng(seed)
    theta = {"W": rng.normal(size=(d, d)), "V": rng.normal(size=(d, m)), "b": rng.normal(size=d)}
    return theta, rng.normal(size=d), rng.normal(size=(n_steps, m))


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 12), st.sampled_from(["all", "segments", "bisection"]))
def test_a_recurrent_network_has_the_gradient_of_reverse_mode(seed, n_steps, schedule):
    theta, x0, inputs = _network(seed, n_steps)

    def whole(theta, x0):
        x, total = x0, 0.0
        for u in inputs:
            total = total + _running(x, theta, u)
            x = _cell(x, theta, u)
        return total + np.sum(np.sin(x))

    found = discrete_adjoint(
        _cell, lambda x: np.sum(np.sin(x)), x0, theta, inputs=inputs, running=_running, schedule=schedule
    )
    shares, share_x0 = grad(whole, (0, 1))(theta, x0)
    assert found.value == pytest.approx(whole(theta, x0), rel=1e-13)
    np.testing.assert_allclose(found.gradient_x0, share_x0, rtol=1e-12, atol=1e-12)
    for name in theta:
        np.testing.assert_allclose(found.gradient[name], shares[name], rtol=1e-12, atol=1e-12)


def test_the_same_in_torch():
    theta, x0, inputs = _network(5, 20)
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in theta.items()}
    x = torch.tensor(x0)
    for u in torch.tensor(inputs):
        x = torch.tanh(tensors["W"] @ x + tensors["V"] @ u + tensors["b"])
    torch.sum(x**2).backward()
    found = discrete_adjoint(_cell, lambda x: np.sum(x**2), x0, theta, inputs=inputs)
    for name in theta:
        np.testing.assert_allclose(found.gradient[name], tensors[name].grad.numpy(), rtol=1e-12, atol=1e-14)


def test_complex_step():
    def step(x, theta):
        return x + 0.1 * theta * np.sin(x)

    def last(theta):
        x = 0.7
        for _ in range(30):
            x = step(x, theta)
        return x

    found = discrete_adjoint(step, lambda x: x, 0.7, 1.3, n_steps=30)
    assert found.gradient == pytest.approx(last(1.3 + 1e-30j).imag / 1e-30, rel=1e-14)
    assert isinstance(found.gradient, float)


def test_adjoints_are_the_slopes_of_every_state():
    def step(x, theta):
        return theta * x * (1 - x)

    found = discrete_adjoint(step, lambda x: x**2, 0.3, 2.9, n_steps=8)
    for t in range(9):
        x = 0.3
        for _ in range(t):
            x = step(x, 2.9)
        left = 8 - t
        rest = discrete_adjoint(step, lambda x: x**2, x, 2.9, n_steps=left)
        assert found.adjoints[t] == pytest.approx(rest.gradient_x0, rel=1e-13)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 400), st.sampled_from([store_all, segments, bisection]), st.integers(0, 5))
def test_schedules_give_all_states_backward_and_count_what_they_hold(n_steps, schedule, start):
    ledger, computed = Ledger(), 0

    def advance(x, a, b):
        nonlocal computed
        computed += b - a
        assert x == a < b
        return b

    held = list(schedule(advance, start, n_steps, ledger, start))
    assert held == [(t, t) for t in range(start + n_steps, start - 1, -1)]
    assert ledger.held == 0
    most = {
        store_all: n_steps + 1,
        segments: 2 * np.sqrt(n_steps) + 3,
        bisection: np.log2(n_steps + 1) + 2,
    }[schedule]
    assert ledger.peak <= most
    assert (
        computed
        <= {
            store_all: n_steps,
            segments: 2 * n_steps,
            bisection: n_steps * (np.log2(n_steps + 1) / 2 + 1),
        }[schedule]
    )


@pytest.mark.parametrize("schedule", ["segments", "bisection"])
def test_memory_is_saved_and_the_gradient_bit_for_bit_the_same(schedule):
    def step(x, theta):
        return np.tanh(theta @ x)

    theta = np.random.default_rng(0).normal(size=(3, 3))
    arguments = (step, np.sum, np.ones(3), theta)
    kept = discrete_adjoint(*arguments, n_steps=256)
    found = discrete_adjoint(*arguments, n_steps=256, schedule=schedule)
    np.testing.assert_array_equal(found.gradient, kept.gradient)
    assert kept.peak == 257
    assert kept.evaluations == 256
    assert found.peak == {"segments": 31, "bisection": 10}[schedule]
    assert found.adjoints is None


def test_runge_kutta_steps_are_of_fourth_order_and_so_is_their_gradient():
    errors, slopes, sizes = [], [], [8, 16, 32, 64]
    for n in sizes:
        step = rk4_step(lambda y, theta: theta * y, 1 / n)
        found = discrete_adjoint(step, lambda y: y, 1.0, -1.5, n_steps=n)
        errors.append(abs(found.value - np.exp(-1.5)))
        slopes.append(abs(found.gradient - np.exp(-1.5)))
    for error in (errors, slopes):
        assert np.polyfit(np.log(sizes), np.log(error), 1)[0] == pytest.approx(-4, abs=0.1)


def test_no_step_at_all():
    found = discrete_adjoint(np.multiply, lambda x: x**2, 3.0, 2.0, n_steps=0)
    assert (found.value, found.gradient, found.gradient_x0) == (9, 0, 6)


def _multiply(x, theta):
    return x * theta


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        ((1, np.sum, 1.0, 1.0), {"n_steps": 1}, ArgumentError, "step must be a function"),
        ((_multiply, 1, 1.0, 1.0), {"n_steps": 1}, ArgumentError, "loss must be a function"),
        ((_multiply, np.sum, np.nan, 1.0), {"n_steps": 1}, ArgumentError, "x0 must be finite"),
        ((_multiply, np.sum, 1.0, {"a": np.inf}), {"n_steps": 1}, ArgumentError, "theta must be finite"),
        ((_multiply, np.sum, 1.0, 1.0), {}, ArgumentError, "needs n_steps, or inputs"),
        ((_multiply, np.sum, 1.0, 1.0), {"n_steps": 2, "inputs": [1, 2]}, ArgumentError, "not both"),
        ((_multiply, np.sum, 1.0, 1.0), {"n_steps": -1}, ArgumentError, "n_steps must be a whole number"),
        ((_multiply, np.sum, 1.0, 1.0), {"inputs": 3}, ArgumentError, "inputs must be a sequence"),
        ((_multiply, np.sum, 1.0, 1.0), {"n_steps": 1, "running": 3}, ArgumentError, "running must be a function"),
        (
            (_multiply, np.sum, 1.0, 1.0),
            {"n_steps": 1, "schedule": "sqrt"},
            ArgumentError,
            "unknown schedule 'sqrt'; valid: all, segments, bisection",
        ),
        ((_multiply, np.sum, 1.0, np.ones(2)), {"n_steps": 1}, ArgumentError, "keep the shape of the state"),
        ((_multiply, lambda x: x, np.ones(2), 1.0), {"n_steps": 1}, ArgumentError, "must return one number"),
        ((_multiply, np.sum, 1e300, 1e10), {"n_steps": 3}, ConvergenceError, "after step 0 is not finite"),
    ],
)
def test_bad_input_is_named(arguments, options, error, words):
    with pytest.raises(error, match=words):
        discrete_adjoint(*arguments, **options)
