"""The multipliers of a recursion against reverse mode through the unrolled loop and finite differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import grad
from mathforml.errors import ArgumentError
from mathforml.lagrange import recursion_gradient


def step(x, theta):
    return np.tanh(theta @ x) + 0.1 * x


def loss(states):
    return np.sum(states[-1] ** 2) + 0.5 * np.sum(np.sin(states))


def unrolled(x, theta, n_steps, start=0, shift=None):
    """Loss of the plain loop, with a shift added to the state after step `start`."""
    total, sines = None, 0.0
    for t in range(1, n_steps + 1):
        x = step(x, theta)
        if t == start:
            x = x + shift
        sines = sines + np.sum(np.sin(x))
        total = np.sum(x**2)
    return total + 0.5 * sines


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 6))
def test_multipliers_equal_adjoints(seed, d, n_steps):
    rng = np.random.default_rng(seed)
    x0, theta = rng.normal(size=d), rng.normal(size=(d, d))
    result = recursion_gradient(step, x0, theta, loss, n_steps=n_steps)
    exact = grad(lambda theta: unrolled(x0, theta, n_steps))(theta)
    np.testing.assert_allclose(result.gradient, exact, rtol=1e-10, atol=1e-12)
    for t in range(1, n_steps + 1):  # λ_t is what the loss feels when the state after step t is pushed
        pushed = grad(lambda shift, t=t: unrolled(x0, theta, n_steps, t, shift))(np.zeros(d))
        np.testing.assert_allclose(result.multipliers[t - 1], pushed, rtol=1e-10, atol=1e-12)


def test_against_finite_differences():
    theta = 0.7
    result = recursion_gradient(lambda x, theta: theta * x * (1 - x), [0.3], theta, lambda x: x[-1, 0], n_steps=5)

    def value(theta):
        x = 0.3
        for _ in range(5):
            x = theta * x * (1 - x)
        return x

    assert result.gradient == pytest.approx((value(theta + 1e-6) - value(theta - 1e-6)) / 2e-6, abs=1e-9)
    assert result.states[-1, 0] == pytest.approx(value(theta))


@pytest.mark.parametrize("theta", [1e-3, 30.0, 1e3])
def test_recursions_that_explode_or_fade_have_multipliers(theta):
    result = recursion_gradient(lambda x, theta: theta * x, [1.0], theta, lambda x: x[-1, 0], n_steps=20)
    assert result.gradient == pytest.approx(20 * theta**19, rel=1e-12)
    np.testing.assert_allclose(result.multipliers[:, 0], theta ** np.arange(19.0, -1, -1), rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"step": 3}, "step must be a function"),
        ({"loss": 3}, "loss must be a function"),
        ({"x0": 1.0}, "x0 must have shape"),
        ({"theta": np.nan}, "theta must be finite"),
        ({"n_steps": 0}, "n_steps must be"),
        ({"step": lambda x, theta: np.append(x, 1.0)}, "step 1 does not"),
        ({"loss": lambda x: np.sum(x) * np.nan}, "derivative of the loss must be finite"),
        ({"step": lambda x, theta: x / 0.1**200 / 0.1**200}, "finite state"),
    ],
)
def test_bad_input(arguments, words):
    good = {"step": lambda x, theta: theta * x, "x0": [1.0], "theta": 2.0, "loss": np.sum, "n_steps": 2}
    with np.errstate(over="ignore"), pytest.raises(ArgumentError, match=words):
        recursion_gradient(**{**good, **arguments})
