import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import grad, hessian
from mathforml.errors import ArgumentError, ConvergenceError, SingularError
from mathforml.implicit import conjugate_gradient, differentiable_argmin, minimise, neumann


def _convex(seed, d=5):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(d, d))
    a = a @ a.T / d + np.eye(d)

    def loss(x, theta):
        return 0.5 * x @ (a @ x) + np.sum(np.logaddexp(0, theta * x)) - np.sum(x)

    return loss


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from(["dense", "cg"]))
def test_minima_are_scipys(seed, linear):
    loss = _convex(seed)
    found = minimise(lambda x: loss(x, 1.5), np.zeros(5), linear=linear).x
    reference = scipy.optimize.minimize(loss, np.zeros(5), args=(1.5,), method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(found, reference.x, atol=1e-6)
    assert loss(found, 1.5) <= reference.fun + 1e-14


def test_rosenbrock():
    def rosenbrock(x):
        return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2

    np.testing.assert_allclose(minimise(rosenbrock, [-1.2, 1.0]).x, 1, atol=1e-12)


def test_steps_go_downhill_from_a_place_with_negative_curvature():
    assert minimise(lambda x: x**4 / 4 - x**2 / 2, 0.1).x == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("linear", ["dense", "cg"])
def test_gradient_of_a_minimiser_is_that_of_finite_differences(linear):
    loss = _convex(7)
    minimiser = differentiable_argmin(loss, np.zeros(5), linear=linear)
    theta = np.linspace(0.5, 1.5, 5)

    def outer(theta):
        return np.sum(minimiser(theta) ** 3)

    step = 1e-5
    differences = [(outer(theta + step * e) - outer(theta - step * e)) / (2 * step) for e in np.eye(5)]
    np.testing.assert_allclose(grad(outer)(theta), differences, rtol=1e-6, atol=1e-9)


def test_second_derivatives_of_a_minimiser():
    shrunk = differentiable_argmin(lambda x, theta: (x - 3.0) ** 2 + theta * x**2, 0.0)
    assert hessian(shrunk)(np.float64(1.0)) == pytest.approx(6 / 8, rel=1e-13)  # of 3 / (1 + θ)


@pytest.mark.parametrize(
    ("loss", "x0", "error", "words"),
    [
        (1.0, 0.0, ArgumentError, "loss must be a function"),
        (lambda x: x, [1.0, 2.0], ArgumentError, "loss must return one number"),
        (lambda x: -np.sum(x**2), [0.0, 0.0], SingularError, "no strict minimum: the least eigenvalue"),
        (lambda x: x[0] ** 2, [1.0, 1.0], SingularError, "no strict minimum"),
        (lambda x: (x - 1.0) ** 4, 3.0, SingularError, "Hessian is singular"),
        (lambda x: np.exp(-x), 0.0, ConvergenceError, "no minimum within 100 iterations"),
        (lambda x: -x, 0.0, ConvergenceError, "no minimum within 100 iterations"),
        (lambda x: np.abs(x - 1.0), 0.0, SingularError, "no strict minimum"),
        (lambda x: np.log(x), -1.0, ConvergenceError, "loss is not finite at x0"),
    ],
)
def test_failures_are_said(loss, x0, error, words):
    with pytest.raises(error, match=words):
        minimise(loss, x0)


def test_a_saddle_is_no_minimum_even_if_no_step_leads_off_it():
    def loss(x):
        return x[0] ** 2 - x[1] ** 2 + x[1] ** 4

    for linear in ("dense", "cg"):
        with pytest.raises(SingularError, match="no strict minimum"):
            minimise(loss, [1.0, 0.0], linear=linear)


def test_products_must_keep_the_shape():
    for solve in (conjugate_gradient, neumann):
        with pytest.raises(ArgumentError, match=r"product must return the shape of b, \(3,\), not \(\)"):
            solve(np.sum, np.ones(3))


@pytest.mark.parametrize("factor", [1.0, 2.0, 1e200])
def test_a_neumann_series_that_grows_is_no_solution(factor):
    with pytest.raises(ConvergenceError, match="no contraction at its fixed point"):
        neumann(lambda v: factor * v, np.ones(3))


def test_conjugate_gradients_against_numpy_and_their_failures():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(8, 8))
    a, b = a @ a.T + np.eye(8), rng.normal(size=8)
    np.testing.assert_allclose(conjugate_gradient(lambda v: a @ v, b), np.linalg.solve(a, b), rtol=1e-9)
    assert not conjugate_gradient(lambda v: a @ v, np.zeros(8)).any()
    with pytest.raises(SingularError, match="not positive definite"):
        conjugate_gradient(lambda v: -v, b)
    with pytest.raises(ConvergenceError, match="after 2 iterations"):
        conjugate_gradient(lambda v: a @ v, b, max_iterations=2)
    with pytest.raises(ArgumentError, match="product must be a function"):
        conjugate_gradient(a, b)
    with pytest.raises(SingularError, match="not positive definite"):
        minimise(lambda x: x**4 / 4 - x**2 / 2, 0.1, linear="cg")


def test_neumann_series_against_numpy():
    rng = np.random.default_rng(1)
    m, b = rng.normal(size=(5, 5)), rng.normal(size=5)
    m *= 0.9 / np.abs(np.linalg.eigvals(m)).max()
    np.testing.assert_allclose(neumann(lambda v: m @ v, b), np.linalg.solve(np.eye(5) - m, b), rtol=1e-10)
