"""Midpoint, trapezoid, Simpson: their orders, scipy, what they are exact for."""

import numpy as np
import pytest
import scipy.integrate
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.errors import ArgumentError
from mathforml.quadrature import midpoint, midpoint_rule, simpson, simpson_rule, trapezoid, trapezoid_rule

EXACT = 0.4695559024132386  # ∫₀¹ exp(−x² − sin² 3x) dx; mpmath to 25 digits: 0.4695559024132385267959069


def f(x):
    return np.exp(-(x**2) - np.sin(3 * x) ** 2)


@pytest.mark.parametrize(("rule", "order"), [(midpoint, -2), (trapezoid, -2), (simpson, -4.01)])
def test_the_error_falls_with_the_known_power_of_n(rule, order):
    n = 2 ** np.arange(4, 9)
    errors = [abs(rule(f, 0, 1, n=k) - EXACT) for k in n]
    assert np.polyfit(np.log(n), np.log(errors), 1)[0] == pytest.approx(order, abs=0.05)


@given(n=st.integers(1, 40).map(lambda k: 2 * k), ends=st.tuples(st.floats(-3, 3), st.floats(-3, 3)))
@settings(deadline=None, max_examples=30)
def test_trapezoid_and_simpson_are_scipys(n, ends):
    x = np.linspace(*ends, n + 1)
    assert trapezoid(f, *ends, n=n) == pytest.approx(scipy.integrate.trapezoid(f(x), x), abs=1e-14)
    step = (ends[1] - ends[0]) / n
    assert simpson(f, *ends, n=n) == pytest.approx(scipy.integrate.simpson(f(x), dx=step), abs=1e-14)


@given(coefficients=st.lists(st.floats(-1, 1), min_size=4, max_size=4), n=st.integers(1, 9))
@settings(deadline=None, max_examples=30)
def test_simpson_is_exact_for_cubics_and_the_others_for_lines(coefficients, n):
    cubic = np.polynomial.Polynomial(coefficients)
    exact = cubic.integ()(2.0) - cubic.integ()(-1.0)
    assert simpson(cubic, -1, 2, n=2 * n) == pytest.approx(exact, abs=1e-13)
    line = np.polynomial.Polynomial(coefficients[:2])
    exact = line.integ()(2.0) - line.integ()(-1.0)
    assert midpoint(line, -1, 2, n=n) == pytest.approx(exact, abs=1e-13)
    assert trapezoid(line, -1, 2, n=n) == pytest.approx(exact, abs=1e-13)


@given(n=st.integers(1, 50))
@settings(deadline=None, max_examples=20)
def test_each_is_made_of_the_others(n):
    m, t, fine = midpoint(f, 0, 1, n=n), trapezoid(f, 0, 1, n=n), trapezoid(f, 0, 1, n=2 * n)
    assert (m + t) / 2 == pytest.approx(fine, rel=1e-14)
    assert (2 * m + t) / 3 == pytest.approx(simpson(f, 0, 1, n=2 * n), rel=1e-14)


def test_the_trapezoid_rule_is_exact_for_a_period_of_low_frequencies():
    assert trapezoid(lambda x: np.cos(x) ** 4, 0, 2 * np.pi, n=5) == pytest.approx(2 * np.pi * 3 / 8, rel=1e-14)


@pytest.mark.parametrize("rule", [midpoint_rule, trapezoid_rule, simpson_rule])
def test_weights_sum_to_the_length_and_b_below_a_turns_the_sign(rule):
    nodes, weights = rule(6, 2, 5)
    assert weights.sum() == pytest.approx(3, rel=1e-15)
    assert (nodes >= 2).all()
    assert (nodes <= 5).all()
    back = rule(6, 5, 2)
    np.testing.assert_allclose(back.nodes[::-1], nodes, rtol=1e-15)
    np.testing.assert_allclose(back.weights[::-1], -weights, rtol=1e-15)
    assert rule(6, 1, 1).integrate(f) == 0


@pytest.mark.parametrize("rule", [midpoint, trapezoid, simpson])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((f, 0, 1, 0), "n must be a whole number of at least"),
        ((f, 0, 1, 2.5), "n must be a whole number"),
        ((f, 0, np.inf, 2), "finite.*adaptive"),
        ((f, np.nan, 1, 2), "a must be a number"),
        ((f, 0, "one", 2), "b must be a number"),
        ((3.0, 0, 1, 2), "f must be a function"),
    ],
)
def test_bad_input_is_named(rule, arguments, words):
    *arguments, n = arguments
    with pytest.raises(ArgumentError, match=words):
        rule(*arguments, n=n)


def test_simpson_needs_pairs_of_panels():
    with pytest.raises(ArgumentError, match="n must be even"):
        simpson(f, 0, 1, n=3)
