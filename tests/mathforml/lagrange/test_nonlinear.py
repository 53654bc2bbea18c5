"""Nonlinear programs against scipy's SLSQP and trust-constr, known optima and the KKT conditions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import NonlinearConstraint, minimize

from mathforml.autodiff import grad, hessian, jacobian
from mathforml.errors import ArgumentError, ConvergenceError, InfeasibleError, SingularError, UnboundedError
from mathforml.lagrange import (
    augmented_function,
    augmented_lagrangian,
    kkt_residuals,
    newton_lagrange,
    quadratic_program,
)

seeds = st.integers(0, 10**6)


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def circle(x):
    return np.array([1.0]) * (x @ x) - 1.0


def bowl(seed):
    """A strictly convex objective that is not quadratic, affine equalities and the inside of a ball."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(2, 6))
    slope, A, centre = rng.normal(size=d), rng.normal(size=(d // 2, d)), rng.normal(size=d)
    b = A @ (centre / 2)

    def f(x):
        return np.sum(np.exp(x - centre)) + 0.5 * (x @ x) + slope @ x

    def equality(x):
        return A @ x - b

    def inequality(x):
        off = x - centre / 2
        return np.array([1.0]) * (0.2 - off @ off)

    return f, equality, inequality, d


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_newton_agrees_with_slsqp(seed):
    f, equality, _, d = bowl(seed)
    solution = newton_lagrange(f, np.zeros(d), equality)
    constraints = {"type": "eq", "fun": equality, "jac": jacobian(equality)}
    reference = minimize(
        f, np.zeros(d), jac=grad(f), method="SLSQP", constraints=constraints, options={"ftol": 1e-12}
    )
    np.testing.assert_allclose(solution.x, reference.x, atol=1e-4)
    assert solution.objective == pytest.approx(reference.fun, abs=1e-7)
    assert max(kkt_residuals(f, solution.x, equality=equality, lam=solution.lam)) <= 1e-8


@settings(deadline=None, max_examples=5)
@given(seeds)
def test_augmented_lagrangian_agrees_with_slsqp(seed):
    f, equality, inequality, d = bowl(seed)
    solution = augmented_lagrangian(f, np.zeros(d), equality=equality, inequality=inequality)
    constraints = [
        {"type": kind, "fun": function, "jac": jacobian(function)}
        for kind, function in [("eq", equality), ("ineq", inequality)]
    ]
    reference = minimize(
        f, np.zeros(d), jac=grad(f), method="SLSQP", constraints=constraints, options={"ftol": 1e-12}
    )
    np.testing.assert_allclose(solution.x, reference.x, atol=1e-4)
    assert solution.objective == pytest.approx(reference.fun, abs=1e-7)
    prices = {"lam": solution.lam, "nu": solution.nu}
    assert max(kkt_residuals(f, solution.x, equality=equality, inequality=inequality, **prices)) <= 1e-8
    assert (solution.nu >= 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_augmented_lagrangian_agrees_with_trust_constr(seed):
    f, _, inequality, d = bowl(seed)
    solution = augmented_lagrangian(f, np.zeros(d), inequality=inequality)
    reference = minimize(
        f,
        np.zeros(d),
        method="trust-constr",
        jac=grad(f),
        hess=hessian(f),
        constraints=NonlinearConstraint(
            inequality, 0, np.inf, jac=jacobian(inequality), hess=lambda x, v: -2 * v[0] * np.eye(d)
        ),
        options={"gtol": 1e-9, "xtol": 1e-12, "barrier_tol": 1e-9},
    )
    np.testing.assert_allclose(solution.x, reference.x, atol=1e-4)
    # Its constraint multipliers belong to L = f + νg.
    np.testing.assert_allclose(solution.nu, -reference.v[0], atol=1e-3)


def test_hock_schittkowski_71():
    """min x₁x₄(x₁ + x₂ + x₃) + x₃; product at least 25, squares add up to 40, between 1 and 5
    (https://doi.org/10.1007/978-3-642-48320-2, problem 71: value 17.0140173)."""

    def equality(x):
        return np.array([1.0]) * (x @ x) - 40.0

    def inequality(x):
        return np.concatenate([np.array([1.0]) * (x[0] * x[1] * x[2] * x[3]) - 25.0, x - 1.0, 5.0 - x])

    def f(x):
        return x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2]

    solution = augmented_lagrangian(f, [1.0, 5.0, 5.0, 1.0], equality=equality, inequality=inequality)
    np.testing.assert_allclose(solution.x, [1.0, 4.7429994, 3.8211503, 1.3794082], atol=1e-6)
    assert solution.objective == pytest.approx(17.0140173, abs=1e-6)
    assert solution.active.tolist() == [0, 1]
    prices = {"lam": solution.lam, "nu": solution.nu}
    assert max(kkt_residuals(f, solution.x, equality=equality, inequality=inequality, **prices)) <= 1e-7


@pytest.mark.parametrize("start", [[-1.2, 1.0], [0.5, 0.5], [3.0, -2.0]])
@pytest.mark.parametrize("method", [newton_lagrange, lambda f, x, h: augmented_lagrangian(f, x, equality=h)])
def test_rosenbrock_on_the_circle(method, start):
    """Three local minimisers, one in each of these directions; along the angle each is a minimum."""
    solution = method(rosenbrock, start, circle)
    assert max(kkt_residuals(rosenbrock, solution.x, equality=circle, lam=solution.lam)) <= 1e-6
    angle = np.arctan2(solution.x[1], solution.x[0]) + np.array([-1e-3, 0.0, 1e-3])
    beside = [rosenbrock(np.array([np.cos(a), np.sin(a)])) for a in angle]
    assert beside[1] < min(beside[0], beside[2])
    if start == [0.5, 0.5]:
        np.testing.assert_allclose(solution.x, [0.7864151541, 0.6176983125], atol=1e-7)


def test_rosenbrock_without_constraints():
    np.testing.assert_allclose(newton_lagrange(rosenbrock, [-1.2, 1.0]).x, [1, 1], atol=1e-7)


def test_newton_converges_quadratically():
    errors = []
    exact = newton_lagrange(rosenbrock, [0.8, 0.6], circle).x
    for steps in range(1, 4):
        with pytest.raises(ConvergenceError, match=f"in {steps} steps"):
            newton_lagrange(rosenbrock, [0.8, 0.6], circle, tol=1e-15, max_steps=steps)
    from mathforml.lagrange.newton import newton

    for steps in range(1, 4):
        errors.append(np.linalg.norm(newton(rosenbrock, circle, np.array([0.8, 0.6]), 1e-15, steps)[0] - exact))
    assert errors[1] < 10 * errors[0] ** 2
    assert errors[2] < max(10 * errors[1] ** 2, 1e-12)


def test_multiplier_is_the_slope_of_the_optimal_value():
    step = 1e-4
    at = {
        radius: newton_lagrange(rosenbrock, [0.8, 0.6], lambda x, r=radius: np.array([1.0]) * (x @ x) - r)
        for radius in (1 - step, 1.0, 1 + step)
    }
    slope = (at[1 + step].objective - at[1 - step].objective) / (2 * step)
    assert slope == pytest.approx(at[1.0].lam[0], abs=1e-6)


def test_a_minimiser_far_from_the_start_is_not_infinity():
    assert newton_lagrange(lambda x: (x[0] - 1e10) ** 2, [0.0]).x[0] == pytest.approx(1e10)


def test_constraints_in_very_different_units_are_not_dependent():
    solution = newton_lagrange(
        lambda x: x @ x, np.zeros(3), lambda x: np.stack([1e-9 * (x[0] - 1.0), 1e6 * (x[1] - 2.0)]), tol=1e-14
    )
    np.testing.assert_allclose(solution.x, [1, 2, 0], atol=1e-7)
    np.testing.assert_allclose(solution.lam, [2e9, 4e-6], rtol=1e-6)


def test_both_methods_solve_a_quadratic_program():
    H, c = np.diag([1.0, 2.0, 3.0]), np.array([1.0, -1.0, 2.0])
    A, G = np.ones((1, 3)), np.eye(3)
    exact = quadratic_program(H, c, A=A, b=[1.0], G=G, h=np.zeros(3))
    solution = augmented_lagrangian(
        lambda x: 0.5 * (x @ (H @ x)) + c @ x,
        np.zeros(3),
        equality=lambda x: A @ x - 1.0,
        inequality=lambda x: G @ x,
    )
    np.testing.assert_allclose(solution.x, exact.x, atol=1e-8)
    np.testing.assert_allclose(solution.nu, exact.nu, atol=1e-7)
    np.testing.assert_allclose(solution.lam, exact.lam, atol=1e-7)
    assert solution.active.tolist() == exact.active.tolist()


def test_penalty_keeps_an_objective_bounded_on_the_constraint_alone():
    solution = augmented_lagrangian(
        lambda x: -(x[0] ** 4), [2.0], equality=lambda x: x**2 - 1.0, penalty=1.0
    )  # −x⁴ beats a quadratic penalty on x² once μ < 2
    assert abs(solution.x[0]) == pytest.approx(1.0, abs=1e-8)
    assert solution.lam[0] == pytest.approx(-2.0, abs=1e-6)


def test_a_constraint_qualification_that_fails_shows_in_the_multiplier():
    """min x with x² = 0: every tolerance is met, by multipliers that grow as 1 / (2√tol)."""
    prices = [
        abs(newton_lagrange(lambda x: x[0], [1.0], lambda x: x**2, tol=tol).lam[0]) for tol in (1e-4, 1e-6, 1e-8)
    ]
    for tol, price in zip((1e-4, 1e-6, 1e-8), prices):
        assert 0.5 / np.sqrt(tol) <= price <= 1 / np.sqrt(tol)  # the last halving overshoots by at most two


def test_the_penalty_function_at_zero_multipliers_is_the_penalty_method():
    f = augmented_function(rosenbrock, equality=circle, lam=[0.0], penalty=6.0)
    x = np.array([0.5, 2.0])
    assert f(x) == pytest.approx(rosenbrock(x) + 3 * circle(x)[0] ** 2)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: newton_lagrange(3, [1.0]), ArgumentError, "f must be a function"),
        (lambda: newton_lagrange(np.sum, [1.0], 3), ArgumentError, "equality must be a function"),
        (lambda: newton_lagrange(np.sum, [np.nan]), ArgumentError, "x must be finite"),
        (lambda: newton_lagrange(np.sum, [1.0], np.sum), ArgumentError, "must have shape"),
        (lambda: newton_lagrange(np.sum, [1.0], tol=0), ArgumentError, "tol must be"),
        (lambda: newton_lagrange(np.sum, [1.0], max_steps=0), ArgumentError, "max_steps must be"),
        (
            lambda: newton_lagrange(lambda x: np.sum(np.log(x)), [-1.0]),
            ArgumentError,
            "x must be a point at which",
        ),
        (lambda: newton_lagrange(lambda x: x, [1.0]), ArgumentError, "must be a number, not an array"),
        (
            lambda: augmented_lagrangian(rosenbrock, [0, 0], inequality=lambda x: np.sqrt(x - 1)),
            ArgumentError,
            "constraints are finite",
        ),
        (
            lambda: newton_lagrange(lambda x: np.sum(np.abs(x) ** 1.5 + x), [0.0]),
            ConvergenceError,
            "second derivative",
        ),
        (lambda: newton_lagrange(np.sum, [1.0]), UnboundedError, "falls without end"),
        (lambda: newton_lagrange(lambda x: -(x @ x), [1.0, 1.0]), UnboundedError, "falls without end"),
        (lambda: newton_lagrange(lambda x: x[0], [0.0], lambda x: x**2), SingularError, "qualification"),
        (
            lambda: newton_lagrange(lambda x: x @ x, [1.0, 2.0], lambda x: np.concatenate([x, x]) - 1),
            ArgumentError,
            "as many rows",
        ),
        (
            lambda: newton_lagrange(lambda x: x @ x, np.ones(4), lambda x: np.concatenate([x[:1], x[:1]])),
            SingularError,
            "linearly dependent",
        ),
        (lambda: newton_lagrange(lambda x: x[0] + x[1], [1, 1], circle, max_steps=1), ConvergenceError, "1 steps"),
        (
            lambda: newton_lagrange(lambda x: x[0], [1.0, 0.0], circle),
            ConvergenceError,
            "stationary but no minimum",
        ),
        (
            lambda: augmented_lagrangian(lambda x: (x[0] ** 2 - 1) ** 2 + x[1] ** 2, [0.0, 0.0]),
            ConvergenceError,
            "stationary but no minimum",
        ),
        (
            lambda: augmented_lagrangian(lambda x: -(x @ x), [0.0, 0.0], inequality=lambda x: x + 1),
            ConvergenceError,
            "stationary but no minimum",
        ),
        (lambda: newton_lagrange(lambda x: -np.sum(np.sqrt(x - 2)), [3.0, 3.0]), ConvergenceError, "Newton"),
        (
            lambda: augmented_lagrangian(lambda x: x @ x, [1.0], inequality=lambda x: -1 - x**2),
            InfeasibleError,
            "satisfies the constraints",
        ),
        (
            lambda: augmented_lagrangian(lambda x: x[0], [3.0], equality=lambda x: np.concatenate([x - 1, x + 1])),
            InfeasibleError,
            r"near \[-?0.0\]",
        ),
        (
            lambda: augmented_lagrangian(lambda x: -x[0], [1.0], inequality=lambda x: x),
            UnboundedError,
            "falls without end",
        ),
        (
            lambda: augmented_lagrangian(rosenbrock, [0, 0], equality=circle, max_steps=1),
            ConvergenceError,
            "in 1 rounds",
        ),
        (lambda: augmented_lagrangian(rosenbrock, [0, 0], penalty=-1), ArgumentError, "penalty must be"),
        (lambda: newton_lagrange(np.sum, []), ArgumentError, "at least one entry"),
        (lambda: augmented_lagrangian(np.sum, []), ArgumentError, "at least one entry"),
        (lambda: newton_lagrange(lambda x: "low", [1.0]), ArgumentError, r"f\(x\) must be an array of numbers"),
        (
            lambda: newton_lagrange(np.sum, [1.0], lambda x: "none"),
            ArgumentError,
            "value of a constraint must be an array",
        ),
        (
            lambda: augmented_function(np.sum, equality=circle, penalty=1)(np.ones(2)),
            ArgumentError,
            "lam must have one entry for each of the 1 constraints",
        ),
        (
            lambda: augmented_function(np.sum, nu=[1.0], penalty=1)(np.ones(2)),
            ArgumentError,
            "nu must have one entry for each of the 0 constraints",
        ),
        (lambda: augmented_function(rosenbrock, penalty=0), ArgumentError, "penalty must be"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()
