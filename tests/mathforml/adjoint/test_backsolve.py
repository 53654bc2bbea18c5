import numpy as np
import pytest

from mathforml.adjoint import backsolve, backsolve_adjoint, ode_adjoint, ode_solution
from mathforml.errors import ArgumentError


def _decay(t, y, k):
    return -k * y


def test_a_fast_decay_comes_back_as_21082():
    # RK45 at rtol 1e-6, atol 1e-8: y(1) is 2.6e-9 of absolute error, which the way back multiplies by e³⁰.
    options = {"method": "RK45", "rtol": 1e-6, "atol": 1e-8}
    forward = ode_solution(_decay, 1.0, 30.0, (0.0, 1.0), **options)
    back = backsolve(_decay, forward.y[-1], 30.0, (0.0, 1.0), **options)
    assert back.y[-1] == pytest.approx(21082, abs=1)
    assert back.y[-1] == pytest.approx(forward.y[-1] * np.exp(30), rel=0.35)


def test_the_gradient_of_what_comes_back_is_wrong_and_recovered_says_so():
    options = {"running": lambda t, y, k: y**2, "method": "RK45", "rtol": 1e-6, "atol": 1e-8}
    exact = -(1 - np.exp(-60.0)) / 1800 + np.exp(-60.0) / 30  # of (1 − e^−2k) / 2k at k = 30
    wrong = backsolve_adjoint(_decay, None, 1.0, 30.0, (0.0, 1.0), **options)
    right = ode_adjoint(_decay, None, 1.0, 30.0, (0.0, 1.0), **options)
    assert right.gradient == pytest.approx(exact, rel=1e-3)
    assert abs(wrong.gradient / exact) > 1e6
    assert wrong.recovered > 1e4
    assert right.recovered is None


def test_both_ways_agree_where_the_way_back_is_stable():
    def f(t, y, theta):
        return np.stack([theta[0] * y[1], -theta[1] * y[0]])  # a rotation: no direction shrinks

    arguments = (f, lambda y: np.sum(y**3), [1.0, 0.5], np.array([1.2, 0.8]), (0.0, 4.0))
    options = {"running": lambda t, y, theta: y[0] * theta[0], "rtol": 1e-10, "atol": 1e-11}
    a, b = ode_adjoint(*arguments, **options), backsolve_adjoint(*arguments, **options)
    np.testing.assert_allclose(a.gradient, b.gradient, atol=1e-8)
    np.testing.assert_allclose(a.gradient_y0, b.gradient_y0, atol=1e-8)
    np.testing.assert_allclose(b.recovered, [1.0, 0.5], atol=1e-9)
    assert a.value == b.value


def test_bad_input_is_named():
    with pytest.raises(ArgumentError, match="f must be a function"):
        backsolve(None, 1.0, 1.0, (0.0, 1.0))
    with pytest.raises(ArgumentError, match="t_span must have shape"):
        backsolve(_decay, 1.0, 1.0, 1.0)
    with pytest.raises(ArgumentError, match="there must be a loss"):
        backsolve_adjoint(_decay, None, 1.0, 1.0, (0.0, 1.0))
