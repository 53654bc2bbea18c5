import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from mathforml.autodiff import check_grads, grad, hessian
from mathforml.errors import ArgumentError, ConvergenceError
from mathforml.flows import Planar, log_normal, planar_inverse, planar_map
from mathforml.flows.planar import allowed_u, solve_shifted_tanh

VECTORS = st.lists(st.floats(-20, 20), min_size=3, max_size=3).map(np.array)


@settings(deadline=None, max_examples=30)
@given(u=VECTORS, w=VECTORS.filter(lambda w: np.abs(w).max() > 1e-2), b=st.floats(-5, 5))
def test_every_parameter_is_invertible(u, w, b):
    assert w @ allowed_u(u, w) > -1
    eps = np.random.default_rng(0).standard_normal((40, 3))
    layer, params = Planar(3), {"u": u, "w": w, "b": b}
    x, log_det = layer.forward(params, eps)
    assert np.isfinite(log_det).all()
    assert np.abs(layer.inverse(params, x)[0] - eps).max() < 1e-9 * (1 + np.abs(x).max())


def test_the_device_keeps_zero_and_the_direction_across():
    w = np.array([0.3, -2.0, 1.0])
    assert np.abs(allowed_u(np.zeros(3), w)).max() < 1e-15
    u = np.array([1.0, 5.0, -2.0])
    moved = allowed_u(u, w) - u
    assert np.abs(np.cross(moved, w)).max() < 1e-12
    assert w @ u < -1  # and so it had to move


@settings(deadline=None, max_examples=30)
@given(slope=st.floats(-0.999, 1000), target=st.floats(-1000, 1000))
def test_scalar_equation_against_a_bracketing_solver(slope, target):
    found = solve_shifted_tanh(slope, np.array([target]))[0]
    reach = abs(slope) + 1
    oracle = brentq(lambda z: z + slope * np.tanh(z) - target, target - reach, target + reach, xtol=1e-14)
    assert found == pytest.approx(oracle, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("slope", [-1.0, -1 + 1e-9, 0.0, 1e8])
def test_scalar_equation_at_its_hardest(slope):
    z = np.concatenate([[0.0], 10.0 ** np.arange(-9, 3), -(10.0 ** np.arange(-9, 3))])
    target = z + slope * np.tanh(z)
    found = solve_shifted_tanh(slope, target)
    assert np.abs(found + slope * np.tanh(found) - target).max() < 1e-15 * (1 + abs(slope) + 1000)


def test_steps_run_out():
    with pytest.raises(ConvergenceError, match="did not settle in 200"):
        solve_shifted_tanh(50.0, np.array([np.nan]))


def test_derivatives_of_the_root_to_second_order():
    target = np.array([-2.0, -0.3, 0.1, 1.5, 4.0])
    for slope in (-0.9, 0.4, 30.0):
        check_grads(solve_shifted_tanh, slope, target, order=2)


def test_second_derivatives_of_the_density():
    layer, x = Planar(2), np.array([0.3, -0.4])
    params = {"u": np.array([1.0, 0.5]), "w": np.array([1.0, 0.3]), "b": 0.2}

    def log_density(y):
        eps, log_det = layer.pull(params, y[None])
        return (log_normal(eps) + log_det)[0]

    h = 1e-4
    slope = grad(log_density)
    wanted = np.stack([(slope(x + h * e) - slope(x - h * e)) / (2 * h) for e in np.eye(2)])
    assert hessian(log_density)(x) == pytest.approx(wanted, abs=1e-6)


def test_closed_form():
    x, log_det = planar_map([[0.25, -3.0]], [2.0, 1.0], [1.0, 0.0], 0.5)
    assert x[0] == pytest.approx([0.25 + 2 * np.tanh(0.75), -3 + np.tanh(0.75)], rel=1e-15)
    assert log_det[0] == pytest.approx(np.log(1 + 2 / np.cosh(0.75) ** 2), rel=1e-14)
    back, log_det_back = planar_inverse(x, [2.0, 1.0], [1.0, 0.0], 0.5)
    assert back[0] == pytest.approx([0.25, -3.0], abs=1e-14)
    assert log_det_back == pytest.approx(-log_det, abs=1e-14)


def test_on_the_border_and_beyond():
    u, w = np.array([-1.0, 0.0]), np.array([1.0, 0.0])
    back, log_det = planar_inverse([[0.0, 2.0], [0.5, 1.0]], u, w, 0.0)
    assert back[0] == pytest.approx([0.0, 2.0], abs=1e-7)
    assert log_det[0] == np.inf
    assert planar_map(back, u, w, 0.0)[0] == pytest.approx(np.array([[0.0, 2.0], [0.5, 1.0]]))
    # Beyond it the map folds: three points have the same image, and the determinant is negative between them.
    x, _ = planar_map([[0.0, 0.0], [1.9150080481545385, 0.0], [-1.9150080481545385, 0.0]], 2 * u, w, 0.0)
    assert np.abs(x).max() < 1e-12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0, 2.0]], [-2.0, 0.0], [1.0, 0.0], 0.0), "w·u must be at least -1 .* not -2"),
        (([[1.0, 2.0]], [1.0], [1.0, 0.0], 0.0), r"u must have shape \(2\)"),
        (([[1.0, 2.0]], [1.0, 0.0], [1.0, np.inf], 0.0), "w must be finite"),
        (([[1.0, 2.0]], [1.0, 0.0], [1.0, 0.0], "b"), "b must be a number"),
        (([1.0, 2.0], [1.0, 0.0], [1.0, 0.0], 0.0), "x must have shape"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        planar_inverse(*arguments)


@pytest.mark.parametrize(("length", "square"), [(0.0, "0"), (1e-170, "0"), (1e170, "inf")])
def test_no_direction(length, square):
    with pytest.raises(
        ArgumentError, match=f"w must have a squared length above 0 and below infinity, not {square}"
    ):
        Planar(2).forward({"u": np.ones(2), "w": np.array([length, 0.0]), "b": 0.0}, [[1.0, 2.0]])
