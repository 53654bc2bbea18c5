import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import check_grads, grad, hessian, hvp, jacobian, jvp, vjp
from mathforml.errors import ArgumentError, ConvergenceError, SingularError
from mathforml.implicit import (
    differentiable_argmin,
    differentiable_fixed_point,
    differentiable_root,
    implicit_function,
)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.01, 100))
def test_square_root_has_its_derivatives_of_every_order(theta):
    root = implicit_function(np.sqrt, lambda x, theta: x**2 - theta)
    derivatives = [0.5 * theta**-0.5, -0.25 * theta**-1.5, 0.375 * theta**-2.5]
    f = root
    for expected in derivatives:
        f = grad(f)
        assert f(theta) == pytest.approx(expected, rel=1e-12)


def test_forward_and_reverse_mode_give_one_jacobian_and_it_is_the_complex_step():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(3, 3)) + 4 * np.eye(3)

    def solver(theta):
        return np.linalg.solve(matrix * np.exp(theta["scale"]), theta["b"])

    solution = implicit_function(solver, lambda x, theta: (matrix * np.exp(theta["scale"])) @ x - theta["b"])
    theta = {"scale": 0.3, "b": rng.normal(size=3)}
    direction = {"scale": -0.7, "b": rng.normal(size=3)}
    _, forward = jvp(solution, (theta,), (direction,))
    step = 1e-30j
    complex_step = solver({name: theta[name] + step * direction[name] for name in theta}).imag / 1e-30
    np.testing.assert_allclose(forward, complex_step, rtol=1e-14)
    cotangent = rng.normal(size=3)
    _, pull = vjp(solution, theta)
    (shares,) = pull(cotangent)
    reverse = sum(np.sum(shares[name] * direction[name]) for name in theta)
    assert reverse == pytest.approx(cotangent @ complex_step, rel=1e-13)


@pytest.mark.parametrize("linear", ["cg", "neumann"])
def test_products_alone_give_what_the_matrix_gives_to_second_order(linear):
    rng = np.random.default_rng(1)
    a = rng.normal(size=(4, 4))
    a = 0.5 * (a @ a.T) / np.linalg.norm(a @ a.T, 2)  # symmetric, and I − a is a contraction's complement

    def condition(x, theta):
        return x - a @ np.tanh(x) - theta

    def solver(theta):
        from scipy.optimize import root

        return root(condition, theta, args=(theta,), tol=1e-13).x

    if linear == "cg":  # its Jacobian must be symmetric

        def condition(x, theta):
            return x + 0.1 * x**3 + a @ x - theta

    def loss(linear):
        solution = implicit_function(solver, condition, linear=linear)
        return lambda theta: np.sum(np.sin(solution(theta)))

    theta = rng.normal(size=4)
    np.testing.assert_allclose(grad(loss(linear))(theta), grad(loss("dense"))(theta), rtol=1e-11)
    np.testing.assert_allclose(hessian(loss(linear))(theta), hessian(loss("dense"))(theta), rtol=1e-9, atol=1e-11)
    v = rng.normal(size=4)
    np.testing.assert_allclose(
        hvp(loss(linear), theta, v), hessian(loss("dense"))(theta) @ v, rtol=1e-9, atol=1e-11
    )


def test_gradients_are_those_of_finite_differences():
    solution = differentiable_root(
        lambda x, theta: np.stack([x[0] + np.exp(x[1]) - theta[0], x[1] + np.sin(x[0]) * theta[1]]), [0.0, 0.0]
    )
    check_grads(lambda theta: np.sum(solution(theta) ** 2), np.array([1.5, 0.4]))


def test_the_theorem_says_nothing_where_the_jacobian_is_singular():
    fold = implicit_function(np.sqrt, lambda x, theta: x**2 - theta)
    assert fold(0.0) == 0
    with pytest.raises(SingularError, match="Jacobian ∂F/∂x at the solution is singular"):
        grad(fold)(0.0)
    with pytest.raises(SingularError, match="singular"):
        jvp(fold, (0.0,), (1.0,))


def test_the_slope_grows_like_the_inverse_root_at_a_fold():
    fold = differentiable_root(lambda x, theta: x**2 - theta, 1.0)
    theta = 10.0 ** -np.arange(1, 9)
    slopes = [grad(fold)(t) for t in theta]
    np.testing.assert_allclose(slopes, 0.5 * theta**-0.5, rtol=1e-9)


@pytest.mark.parametrize(
    ("make", "call", "error", "words"),
    [
        (lambda: implicit_function(3, np.subtract), None, ArgumentError, "solver must be a function"),
        (lambda: implicit_function(np.sqrt, None), None, ArgumentError, "condition must be a function"),
        (
            lambda: implicit_function(np.sqrt, np.subtract, linear="lu"),
            None,
            ArgumentError,
            "unknown linear 'lu'; valid: dense, cg, neumann",
        ),
        (
            lambda: implicit_function(np.sqrt, lambda x, theta: np.stack([x, theta])),
            2.0,
            ArgumentError,
            "condition must return the shape of x",
        ),
        (lambda: implicit_function(np.sqrt, np.subtract), np.nan, ArgumentError, "theta must be finite"),
        (
            lambda: implicit_function(np.sqrt, np.subtract),
            "two",
            ArgumentError,
            "theta must be an array of numbers",
        ),
        (
            lambda: implicit_function(lambda theta: np.inf, np.subtract),
            2.0,
            ArgumentError,
            "the solver's result must be finite",
        ),
    ],
)
def test_bad_input_is_named(make, call, error, words):
    with pytest.raises(error, match=words):
        make()(call)


def test_the_neumann_series_refuses_what_is_no_contraction():
    solution = implicit_function(lambda theta: theta / 3, lambda x, theta: x - (theta - 2 * x), linear="neumann")
    with pytest.raises(ConvergenceError, match="no contraction at its fixed point"):
        grad(solution)(1.0)
    assert grad(implicit_function(lambda theta: theta / 3, lambda x, theta: 3 * x - theta))(1.0) == pytest.approx(
        1 / 3
    )


def test_jacobian_of_a_solution():
    a = np.array([[3.0, 1.0], [0.5, 2.0]])
    solution = implicit_function(lambda b: np.linalg.solve(a, b), lambda x, b: a @ x - b)
    np.testing.assert_allclose(jacobian(solution)(np.array([1.0, 2.0])), np.linalg.inv(a), rtol=1e-14)


@pytest.mark.parametrize(
    "make",
    [
        lambda c: implicit_function(lambda theta: theta * c, lambda x, theta: x - theta * c),
        lambda c: differentiable_root(lambda x, theta: x - theta * c, 0.5),
        lambda c: differentiable_fixed_point(lambda x, theta: 0.5 * x + theta * c, 0.5),
        lambda c: differentiable_argmin(lambda x, theta: (x - theta * c) ** 2, 0.5),
    ],
)
def test_variables_of_outer_derivatives_must_come_in_through_theta(make):
    # A closure over one would lose its share of the derivative.
    with pytest.raises(ArgumentError, match="does not come in through θ; make it part of θ"):
        grad(lambda c: make(c)(2.0))(3.0)


def test_outer_derivatives_through_theta():
    root = differentiable_root(lambda x, theta: x - theta["a"] * theta["c"], 0.5)
    assert grad(lambda c: root({"a": 2.0, "c": c}) ** 2)(3.0) == pytest.approx(24, rel=1e-13)


def test_a_solution_without_entries():
    nothing = implicit_function(lambda theta: np.zeros(0), lambda x, theta: x * theta)
    assert grad(lambda theta: np.sum(nothing(theta)))(1.0) == 0
