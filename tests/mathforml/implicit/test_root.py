import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import grad
from mathforml.errors import ArgumentError, ConvergenceError, SingularError
from mathforml.implicit import differentiable_root, newton


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_random_systems_have_the_roots_scipy_finds(seed, d):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(d, d)) / np.sqrt(d) + 3 * np.eye(d)
    b = rng.normal(size=d)

    def f(x):
        return a @ x + 0.3 * np.sin(x) - b

    found = newton(f, np.zeros(d))
    reference = scipy.optimize.root(f, np.zeros(d), tol=1e-13)
    np.testing.assert_allclose(found.x, reference.x, rtol=1e-9, atol=1e-10)
    assert found.iterations <= 8


def test_convergence_is_quadratic():
    steps = newton(lambda x: x**3 - 2.0, 2.0).steps
    orders = np.log(steps[2:-1]) / np.log(steps[1:-2])
    assert (orders[-2:] > 1.6).all()


def test_steps_are_halved_where_whole_ones_diverge():
    assert newton(np.arctan, 3.0).x == pytest.approx(0, abs=1e-12)


def test_shapes_are_kept_and_a_root_is_left_alone():
    found = newton(lambda x: x**2 - 4.0, np.full((2, 2), 2.0))
    assert found.x.shape == (2, 2)
    assert found.iterations == 0


def test_gradient_of_a_root_of_a_system():
    def f(x, theta):
        return np.stack([x[0] ** 2 + x[1] ** 2 - theta["r"] ** 2, x[1] - theta["m"] * x[0]])

    first = differentiable_root(f, [1.0, 1.0])
    shares = grad(lambda theta: first(theta)[0])({"r": 2.0, "m": 0.5})
    assert shares["r"] == pytest.approx(1.25**-0.5, rel=1e-14)  # x = r / √(1 + m²)
    assert shares["m"] == pytest.approx(-2 * 0.5 * 1.25**-1.5, rel=1e-14)


@pytest.mark.parametrize(
    ("f", "x0", "error", "words"),
    [
        ("f", 1.0, ArgumentError, "f must be a function"),
        (lambda x: x, np.nan, ArgumentError, "x0 must be finite"),
        (lambda x: x, [], ArgumentError, "x0 must hold at least one number"),
        (lambda x: x[:1], [1.0, 2.0], ArgumentError, "f must return the shape of x"),
        (lambda x: x**2, 0.5, SingularError, "singular at the solution: the last step is 0.50 times"),
        (lambda x: np.stack([x[0] + x[1], 2 * (x[0] + x[1])]) - 1, [0.0, 0.0], SingularError, "singular values"),
        (lambda x: x**2 + 1, 1.3, ConvergenceError, "stuck"),
        (lambda x: np.log(x), -1.0, ConvergenceError, "not finite"),
        (lambda x: np.exp(-x), 0.0, ConvergenceError, "did not converge within 50 iterations"),
    ],
)
def test_failures_are_said(f, x0, error, words):
    with pytest.raises(error, match=words):
        newton(f, x0)


@pytest.mark.parametrize(("option", "value"), [("tol", 0), ("tol", "small"), ("max_iterations", 0)])
def test_options_are_checked(option, value):
    with pytest.raises(ArgumentError, match=f"{option} must be"):
        newton(np.sin, 1.0, **{option: value})
    with pytest.raises(ArgumentError, match=f"{option} must be"):
        differentiable_root(np.subtract, 1.0, **{option: value})
