"""Romberg: each column of the triangle is a known rule; smooth functions to rounding; no false success."""

import numpy as np
import pytest

from mathforml.errors import ArgumentError, ConvergenceError
from mathforml.quadrature import romberg, romberg_rule, romberg_table, simpson, trapezoid


def f(x):
    return np.exp(-(x**2) - np.sin(3 * x) ** 2)


def test_columns_of_the_triangle_are_trapezoid_simpson_and_boole():
    table = romberg_table(f, 0, 1, levels=4)
    np.testing.assert_allclose(table[:, 0], [trapezoid(f, 0, 1, n=2**k) for k in range(5)], rtol=1e-14)
    np.testing.assert_allclose(table[1:, 1], [simpson(f, 0, 1, n=2**k) for k in range(1, 5)], rtol=1e-14)
    x = np.linspace(0, 1, 5)
    assert table[2, 2] == pytest.approx(np.array([7, 32, 12, 32, 7]) @ f(x) / 90, rel=1e-14)


def test_the_rule_gives_the_last_entry():
    assert romberg_rule(4, 0, 1).integrate(f) == pytest.approx(romberg_table(f, 0, 1, levels=4)[-1, -1], rel=1e-14)


@pytest.mark.parametrize("degree", range(8))
def test_level_three_is_exact_to_degree_seven(degree):
    assert romberg_rule(3, 0, 1).integrate(lambda x: x**degree) == pytest.approx(1 / (degree + 1), rel=1e-14)


def test_each_node_is_visited_once_and_the_error_bounds_the_truth():
    seen = []
    result = romberg(lambda x: (seen.extend(x), f(x))[1], 0, 1)
    assert len(seen) == len(set(seen)) == result.evaluations
    assert abs(result.value - 0.4695559024132386) <= result.error + 1e-15
    assert result.converged


def test_a_sine_that_vanishes_at_the_first_nodes_is_not_taken_for_zero():
    assert romberg(lambda x: np.sin(4 * np.pi * x) ** 2, 0, 1).value == pytest.approx(0.5, rel=1e-10)


def test_a_jump_is_an_error():
    with pytest.raises(ConvergenceError, match=r"may not be smooth; adaptive\(\)"):
        romberg(lambda x: (x > 1 / 3) * 1.0, 0, 1, max_levels=12)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"max_levels": 2}, "max_levels"), ({"rtol": -1}, "rtol"), ({"atol": np.nan}, "atol")],
)
def test_bad_options_are_named(options, words):
    with pytest.raises(ArgumentError, match=words):
        romberg(f, 0, 1, **options)
