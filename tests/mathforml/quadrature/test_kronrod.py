"""Kronrod rules: exactness beyond the Gauss rule inside; the pairs that QUADPACK calls the function at."""

import numpy as np
import pytest
import scipy.integrate

from mathforml.quadrature import gauss_kronrod_rule, gauss_legendre_rule


def quadpacks_rule(points):
    """Return QUADPACK's nodes, as it calls f on one interval, and weights, as its integrals of one-node bumps."""
    one_interval = {"quadrature": f"gk{points}", "limit": 1}
    nodes = []
    scipy.integrate.quad_vec(lambda x: nodes.append(x) or 0.0, -1, 1, **one_interval)
    nodes = np.unique(nodes)
    return nodes, scipy.integrate.quad_vec(lambda x: (nodes == x) * 1.0, -1, 1, **one_interval)[0]


@pytest.mark.parametrize(("n", "points"), [(7, 15), (10, 21)])
def test_pairs_are_quadpacks(n, points):
    nodes, weights = quadpacks_rule(points)
    ours = gauss_kronrod_rule(n)
    np.testing.assert_allclose(ours.nodes, nodes, atol=2e-15)
    np.testing.assert_allclose(ours.weights, weights, rtol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 5, 7, 15, 30, 60])
def test_exact_to_degree_3n_plus_1_around_the_gauss_rule(n):
    nodes, weights, gauss_weights = gauss_kronrod_rule(n)
    gauss = gauss_legendre_rule(n)
    assert (nodes[1::2] == gauss.nodes).all()
    assert (gauss_weights == gauss.weights).all()
    assert (weights > 0).all()
    table = np.polynomial.legendre.legvander(nodes, 3 * n + 1)
    np.testing.assert_allclose(weights @ table, np.append(2.0, np.zeros(3 * n + 1)), atol=1e-13)


def test_on_an_interval_both_rules_are_scaled():
    rule = gauss_kronrod_rule(4, 2, 6)
    assert rule.weights.sum() == pytest.approx(4, rel=1e-14)
    assert rule.gauss_weights @ rule.nodes[1::2] ** 2 == pytest.approx((6**3 - 2**3) / 3, rel=1e-14)
