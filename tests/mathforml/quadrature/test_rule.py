"""What a function may return at the nodes."""

import numpy as np
import pytest

from mathforml.errors import ArgumentError
from mathforml.quadrature import gauss_legendre_rule, trapezoid


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
        (None, "f must be a function"),
    ],
)
def test_bad_values_are_named(f, words):
    with pytest.raises(ArgumentError, match=words):
        trapezoid(f, 0, 1, n=2)


def test_the_first_bad_node_of_an_array_is_named():
    with pytest.raises(ArgumentError, match=r"f\(0.5\) is -inf"):
        trapezoid(lambda x: np.stack([x, np.log(np.abs(x - 0.5))], axis=1), 0, 1, n=2)
