"""What a function may return at the nodes."""

import math

import numpy as np
import pytest

from mathforml.errors import ArgumentError
from mathforml.quadrature import gauss_legendre, gauss_legendre_rule, romberg, trapezoid


def test_values_may_be_complex_arrays_or_counts():
    rule = gauss_legendre_rule(12, 0, 1)
    assert rule.integrate(lambda x: np.exp(2j * np.pi * x)) == pytest.approx(0, abs=1e-14)
    both = rule.integrate(lambda x: np.stack([x, x**2], axis=1))
    np.testing.assert_allclose(both, [1 / 2, 1 / 3], rtol=1e-14)
    assert rule.integrate(lambda x: (x > -1).astype(int)) == pytest.approx(1, rel=1e-14)
    assert isinstance(rule.integrate(np.sin), float)


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: 1.0, r"one value a node, shape \(3\).*not \(\); a constant"),
        (lambda x: x[:-1], r"one value a node.*not \(2\)"),
        (lambda x: np.where(x == 0.5, np.nan, x), r"f\(0.5\) is nan"),
        (lambda x: 1 / x, r"f\(0.0\) is inf"),
        (lambda x: np.log(x - 0.2), r"f\(0.0\) is nan"),
        (lambda x: np.full(x.shape, "one"), "numbers"),
        (math.exp, "must take all nodes, one array"),
        (lambda x: 1.0 if x > 0 else 0.0, "must take all nodes, one array"),
        (lambda x: [1.0, [2.0], 3.0], "one value a node"),
        (None, "f must be a function"),
    ],
)
def test_bad_values_are_named(f, words):
    with pytest.raises(ArgumentError, match=words):
        trapezoid(f, 0, 1, n=2)


def test_the_first_bad_node_of_an_array_is_named():
    with pytest.raises(ArgumentError, match=r"f\(0.5\) is -inf"):
        trapezoid(lambda x: np.stack([x, np.log(np.abs(x - 0.5))], axis=1), 0, 1, n=2)


def test_errors_of_this_package_inside_f_come_through():
    inner = "f must be finite at every node; f\\(0.0\\) is -inf"
    with pytest.raises(ArgumentError, match="^" + inner):
        trapezoid(lambda x: x * trapezoid(np.log, 0, 1, n=2), 0, 1, n=2)


@pytest.mark.parametrize("f", [lambda x: np.exp(1j * x), lambda x: np.stack([x, x], axis=1)])
def test_integrators_with_error_bounds_want_real_values(f):
    with pytest.raises(ArgumentError, match="one real value a node here"):
        romberg(f, 0, 1)


@pytest.mark.parametrize("rule", [trapezoid, gauss_legendre])
def test_an_interval_whose_length_overflows_is_an_error(rule):
    with pytest.raises(ArgumentError, match="b − a overflows"):
        rule(np.exp, -1e308, 1e308, n=3)
