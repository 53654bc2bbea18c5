"""Products of rules."""

import numpy as np
import pytest

from mathforml.errors import ArgumentError
from mathforml.quadrature import clenshaw_curtis_rule, gauss_legendre_rule, simpson_rule, tensor_rule


def test_product_of_different_rules_is_the_product_of_their_integrals():
    rules = [gauss_legendre_rule(3, 0, 1), simpson_rule(4, -1, 2), clenshaw_curtis_rule(6)]
    grid = tensor_rule(*rules)
    assert grid.nodes.shape == (3 * 5 * 7, 3)
    factors = [lambda x: x**4, np.exp, lambda x: np.cos(x) + x]
    value = grid.integrate(lambda x: np.prod([g(x[:, j]) for j, g in enumerate(factors)], axis=0))
    assert value == pytest.approx(np.prod([r.integrate(g) for r, g in zip(rules, factors)]), rel=1e-14)


def test_the_last_dimension_runs_fastest():
    nodes, weights = tensor_rule(([0.0, 1.0], [1.0, 2.0]), ([5.0, 6.0, 7.0], [1.0, 10.0, 100.0]))
    np.testing.assert_array_equal(nodes[:4], [[0, 5], [0, 6], [0, 7], [1, 5]])
    np.testing.assert_array_equal(weights, [1, 10, 100, 2, 20, 200])


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "takes rules"),
        ([3], "takes rules"),
        ([([1.0], [1.0, 2.0])], "takes rules"),
        ([gauss_legendre_rule(20)] * 10, "sparse_grid needs far fewer"),
    ],
)
def test_bad_input_is_named(rules, words):
    with pytest.raises(ArgumentError, match=words):
        tensor_rule(*rules)
