"""Clenshaw–Curtis: exact to degree n, nested, positive; the sum that defines it."""

import numpy as np
import pytest

from mathforml.quadrature import clenshaw_curtis, clenshaw_curtis_rule


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 16, 33, 100])
def test_exact_for_all_polynomials_of_degree_n(n):
    nodes, weights = clenshaw_curtis_rule(n)
    assert (weights > 0).all()
    table = np.polynomial.legendre.legvander(nodes, n)
    np.testing.assert_allclose(weights @ table, np.append(2.0, np.zeros(n)), atol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 5, 12, 32])
def test_weights_are_those_of_the_cosine_sum(n):
    j = np.arange(n + 1)
    explicit = np.zeros(n + 1)
    for k in range(0, n + 1, 2):
        explicit += (0.5 if k in (0, n) else 1) * np.cos(np.pi * j * k / n) * 2 / (1 - k**2) * 2 / n
    explicit[[0, -1]] /= 2
    np.testing.assert_allclose(clenshaw_curtis_rule(n).weights, explicit, rtol=1e-13)


@pytest.mark.parametrize("n", [1, 3, 8, 64])
def test_nodes_are_nested_bit_for_bit_and_mirror_images(n):
    coarse, fine = clenshaw_curtis_rule(n).nodes, clenshaw_curtis_rule(2 * n).nodes
    assert (fine[::2] == coarse).all()
    assert (fine == -fine[::-1]).all()


def test_converges_geometrically_for_an_analytic_function():
    n = np.arange(4, 29, 4)
    errors = [abs(clenshaw_curtis(lambda x: 1 / (1 + x**2), -1, 1, n=k) - np.pi / 2) for k in n]
    # The poles ±i lie on the ellipse with ρ = 1 + √2; nothing slower than ρ⁻ⁿ.
    slope = np.polyfit(n, np.log(errors), 1)[0]
    assert slope < -np.log(1 + np.sqrt(2))
