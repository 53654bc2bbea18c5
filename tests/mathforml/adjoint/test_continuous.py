import numpy as np
import pytest
import scipy.linalg
from scipy.integrate import solve_ivp

from mathforml.adjoint import backsolve_adjoint, ode_adjoint, ode_solution
from mathforml.autodiff import grad
from mathforml.errors import ArgumentError, ConvergenceError
from mathforml.implicit import differentiable_root


def _decay(t, y, p):
    return -p * y


@pytest.mark.parametrize(("rtol", "bound"), [(1e-6, 5.8e-9), (1e-8, 2.7e-10), (1e-10, 4.0e-12)])
def test_decay_against_its_analytic_gradient(rtol, bound):
    # The reference gives the errors without a solver; DOP853 stays below each of them.
    found = ode_adjoint(_decay, lambda y: y, 1.0, 0.7, (0.0, 1.0), method="DOP853", rtol=rtol, atol=1e-3 * rtol)
    assert abs(found.gradient + np.exp(-0.7)) <= bound
    assert abs(found.gradient_y0 - np.exp(-0.7)) <= 2 * bound


def _predators(t, y, theta):
    return np.stack([y[0] * (theta[0] - theta[1] * y[1]), -y[1] * (theta[2] - theta[3] * y[0])])


THETA, Y0, SPAN = np.array([1.1, 0.4, 0.9, 0.2]), np.array([3.0, 1.5]), (0.0, 5.0)


def _loss(y):
    return np.sum((y - 2.0) ** 2)


def _running(t, y, theta):
    return np.sin(t) * np.sum(y * theta[:2])


def _sensitivities():
    # An oracle without adjoints: forward sensitivities S' = (∂f/∂y) S + ∂f/∂(θ, y0), by hand.
    def right_side(t, z):
        (a, b), s = z[:2], z[2:14].reshape(2, 6)
        p = THETA
        slope = np.array([[p[0] - p[1] * b, -p[1] * a], [p[3] * b, -p[2] + p[3] * a]])
        direct = np.zeros((2, 6))
        direct[0, :2], direct[1, 2:4] = (a, -a * b), (-b, a * b)
        integrand = np.sin(t) * (p[:2] @ s)
        integrand[:2] += np.sin(t) * z[:2]
        return np.concatenate([_predators(t, z[:2], p), (slope @ s + direct).ravel(), integrand])

    start = np.concatenate([Y0, np.hstack([np.zeros((2, 4)), np.eye(2)]).ravel(), np.zeros(6)])
    end = solve_ivp(right_side, SPAN, start, method="DOP853", rtol=1e-13, atol=1e-13).y[:, -1]
    return 2 * (end[:2] - 2) @ end[2:14].reshape(2, 6) + end[14:]


def test_predators_and_prey_against_forward_sensitivities():
    found = ode_adjoint(_predators, _loss, Y0, THETA, SPAN, running=_running, rtol=1e-12, atol=1e-13)
    expected = _sensitivities()
    np.testing.assert_allclose(found.gradient, expected[:4], rtol=1e-9)
    np.testing.assert_allclose(found.gradient_y0, expected[4:], rtol=1e-9)


def test_predators_and_prey_against_finite_differences():
    def value(theta, y0):
        def right_side(t, z):
            return [*_predators(t, z[:2], theta), _running(t, z[:2], theta)]

        end = solve_ivp(right_side, SPAN, [*y0, 0.0], method="DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
        return _loss(end[:2]) + end[2]

    found = ode_adjoint(_predators, _loss, Y0, THETA, SPAN, running=_running, rtol=1e-11, atol=1e-12)
    assert found.value == pytest.approx(value(THETA, Y0), rel=1e-9)
    h = 1e-5
    for i, e in enumerate(h * np.eye(4)):
        difference = (value(THETA + e, Y0) - value(THETA - e, Y0)) / (2 * h)
        assert found.gradient[i] == pytest.approx(difference, rel=1e-6)
    for i, e in enumerate(h * np.eye(2)):
        difference = (value(THETA, Y0 + e) - value(THETA, Y0 - e)) / (2 * h)
        assert found.gradient_y0[i] == pytest.approx(difference, rel=1e-6)


@pytest.mark.parametrize("method", ["DOP853", "RK45", "Radau", "BDF", "LSODA"])
def test_a_linear_system_is_the_matrix_exponential_with_every_solver(method):
    a, y0, c = np.array([[-0.5, 1.0], [-2.0, -0.3]]), np.array([1.0, -1.0]), np.array([0.3, 0.8])
    found = ode_adjoint(
        lambda t, y, a: a @ y, lambda y: c @ y, y0, a, (0.0, 1.5), method=method, rtol=1e-7, atol=1e-9
    )
    propagator = scipy.linalg.expm(1.5 * a)
    expected = [
        [c @ scipy.linalg.expm_frechet(1.5 * a, 1.5 * np.outer(i, j), compute_expm=False) @ y0 for j in np.eye(2)]
        for i in np.eye(2)
    ]
    tolerance = 1e-5 if method == "BDF" else 2e-6
    np.testing.assert_allclose(found.gradient, expected, atol=tolerance)
    np.testing.assert_allclose(found.gradient_y0, c @ propagator, atol=tolerance)
    np.testing.assert_allclose(found.backward.at(0.6), c @ scipy.linalg.expm(0.9 * a), atol=tolerance)


def test_a_running_loss_alone_and_a_parameter_that_is_only_in_the_loss():
    theta = {"rate": 2.0, "weight": 3.0}
    found = ode_adjoint(
        lambda t, y, theta: -theta["rate"] * y,
        None,
        1.0,
        theta,
        (0.0, 1.0),
        running=lambda t, y, p: p["weight"] * y,
    )
    share = (1 - np.exp(-2.0)) / 2
    assert found.value == pytest.approx(3 * share, abs=1e-8)
    assert found.gradient["weight"] == pytest.approx(share, abs=1e-8)
    assert found.gradient["rate"] == pytest.approx(3 * (np.exp(-2.0) / 2 - share / 2), abs=1e-8)


def test_states_may_have_any_shape_and_time_may_run_backward():
    y0 = np.arange(4.0).reshape(2, 2)
    found = ode_adjoint(_decay, lambda y: np.sum(y**2), y0, 0.5, (1.0, 0.0))
    np.testing.assert_allclose(found.gradient_y0, 2 * np.exp(1.0) * y0, rtol=1e-7)
    assert found.gradient == pytest.approx(2 * np.exp(1.0) * np.sum(y0**2), rel=1e-7)
    assert found.forward.y.shape[1:] == (2, 2)


@pytest.mark.parametrize("differentiate", [ode_adjoint, backsolve_adjoint])
def test_slopes_may_be_lists_as_for_scipy(differentiate):
    found = differentiate(lambda t, y, p: [y[1], -p * y[0]], lambda y: y[0], [1.0, 0.0], 4.0, (0.0, 1.0))
    assert found.gradient == pytest.approx(-np.sin(2.0) / 4, rel=1e-7)  # of cos √p


def test_after_a_long_time_the_adjoint_is_the_implicit_function_theorem():
    def f(t, y, theta):
        return np.tanh(theta @ y + 0.5) - y

    theta = np.array([[0.3, -0.4], [0.5, 0.1]])
    long = ode_adjoint(f, np.sum, np.zeros(2), theta, (0.0, 60.0))
    steady = differentiable_root(lambda y, theta: f(0.0, y, theta), np.zeros(2))
    np.testing.assert_allclose(long.gradient, grad(lambda theta: np.sum(steady(theta)))(theta), atol=1e-7)
    np.testing.assert_allclose(long.gradient_y0, 0, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        ((1, np.sum, 1.0, 1.0, (0, 1)), {}, ArgumentError, "f must be a function"),
        ((_decay, 1, 1.0, 1.0, (0, 1)), {}, ArgumentError, "loss must be a function"),
        ((_decay, None, 1.0, 1.0, (0, 1)), {}, ArgumentError, "there must be a loss"),
        ((_decay, np.sum, np.inf, 1.0, (0, 1)), {}, ArgumentError, "y0 must be finite"),
        ((_decay, np.sum, 1.0, "a", (0, 1)), {}, ArgumentError, "theta must be an array of numbers"),
        ((_decay, np.sum, 1.0, 1.0, (0, 1, 2)), {}, ArgumentError, "t_span must have shape"),
        ((_decay, np.sum, 1.0, 1.0, (1, 1)), {}, ArgumentError, "t_span must be two different times"),
        ((_decay, np.sum, 1.0, 1.0, (0, 1)), {"method": "Euler"}, ArgumentError, "unknown method 'Euler'; valid"),
        ((_decay, np.sum, 1.0, 1.0, (0, 1)), {"rtol": 1e-16}, ArgumentError, "rtol must be a number of at least"),
        ((_decay, np.sum, 1.0, 1.0, (0, 1)), {"atol": 0}, ArgumentError, "atol must be a number above 0"),
        ((_decay, np.sum, 1.0, np.ones(2), (0, 1)), {}, ArgumentError, "f must return the shape of y0"),
        ((_decay, lambda y: y, np.ones(2), 1.0, (0, 1)), {}, ArgumentError, "must return one number"),
        ((lambda t, y, p: p * y**2, np.sum, 1.0, 1.0, (0, 2)), {}, ConvergenceError, "stopped at t = 1"),
        ((lambda t, y, p: np.sqrt(y), np.sum, -1.0, 1.0, (0, 2)), {}, ConvergenceError, "not finite at the start"),
        (
            (_decay, None, np.ones(2), 1.0, (0, 1)),
            {"running": _decay},
            ArgumentError,
            "running must return one number",
        ),
    ],
)
def test_bad_input_is_named(arguments, options, error, words):
    with pytest.raises(error, match=words):
        ode_adjoint(*arguments, **options)


def test_solutions_are_scipys():
    found = ode_solution(_predators, Y0, THETA, SPAN, method="RK45", rtol=1e-6, atol=1e-8)
    reference = solve_ivp(lambda t, y: _predators(t, y, THETA), SPAN, Y0, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(found.t, reference.t)
    np.testing.assert_allclose(found.y, reference.y.T, rtol=1e-14)
    assert found.evaluations == reference.nfev
