"""Gauss rules: exactness, the first degree at which it ends, scipy, numpy, closed forms."""

import math

import mpmath
import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.errors import ArgumentError
from mathforml.quadrature import (
    gauss_chebyshev_rule,
    gauss_hermite_rule,
    gauss_jacobi_rule,
    gauss_laguerre_rule,
    gauss_legendre,
    gauss_legendre_rule,
    gauss_rule,
)

SIZES = [1, 2, 3, 8, 31, 100]


def double_factorial(k):
    return math.prod(range(k, 0, -2))


def test_twenty_legendre_nodes_reach_rounding():
    # In exact arithmetic the rule's error is 7e-18; what is left is a unit or two in the last place, 5.6e-17 each.
    value = gauss_legendre(lambda x: np.exp(-(x**2) - np.sin(3 * x) ** 2), 0, 1, n=20)
    assert abs(value - 0.4695559024132386) < 1e-15


@given(data=st.data(), n=st.integers(1, 25))
@settings(deadline=None, max_examples=30)
def test_legendre_is_exact_for_random_polynomials_of_degree_2n_minus_1(data, n):
    coefficients = data.draw(st.lists(st.floats(-1, 1), min_size=2 * n, max_size=2 * n))
    f = np.polynomial.Polynomial(coefficients)
    primitive = f.integ()
    assert gauss_legendre(f, -1, 1, n=n) == pytest.approx(primitive(1.0) - primitive(-1.0), abs=2e-14)


@pytest.mark.parametrize("n", range(1, 31))
def test_hermite_is_exact_to_degree_2n_minus_1(n):
    for kind, scale in (("physicist", 0.5), ("probabilist", 1.0)):
        nodes, weights = gauss_hermite_rule(n, kind=kind)
        mass = math.sqrt(2 * math.pi * scale)
        for k in range(0, 2 * n, 2):
            exact = mass * scale ** (k // 2) * double_factorial(k - 1)
            assert weights @ nodes**k == pytest.approx(exact, rel=4e-15)
            size = weights @ np.abs(nodes) ** (k + 1)
            assert weights @ nodes ** (k + 1) == pytest.approx(0, abs=4e-15 * size)


@pytest.mark.parametrize("n", range(1, 11))
def test_hermites_relative_error_at_degree_2n_is_known(n):
    nodes, weights = gauss_hermite_rule(n, kind="probabilist")
    exact = math.sqrt(2 * math.pi) * double_factorial(2 * n - 1)
    error = (exact - weights @ nodes ** (2 * n)) / exact
    assert error == pytest.approx(math.factorial(n) / double_factorial(2 * n - 1), rel=1e-12)
    if n == 5:
        assert error == pytest.approx(0.126984, abs=5e-7)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (gauss_legendre_rule, scipy.special.roots_legendre),
        (gauss_legendre_rule, np.polynomial.legendre.leggauss),
        (gauss_chebyshev_rule, scipy.special.roots_chebyt),
        (lambda n: gauss_chebyshev_rule(n, kind=2), scipy.special.roots_chebyu),
        (gauss_hermite_rule, scipy.special.roots_hermite),
        (gauss_hermite_rule, np.polynomial.hermite.hermgauss),
        (lambda n: gauss_hermite_rule(n, kind="probabilist"), scipy.special.roots_hermitenorm),
        (lambda n: gauss_hermite_rule(n, kind="probabilist"), np.polynomial.hermite_e.hermegauss),
        (gauss_laguerre_rule, scipy.special.roots_laguerre),
        (lambda n: gauss_laguerre_rule(n, alpha=1.5), lambda n: scipy.special.roots_genlaguerre(n, 1.5)),
        (lambda n: gauss_laguerre_rule(n, alpha=-0.5), lambda n: scipy.special.roots_genlaguerre(n, -0.5)),
        (lambda n: gauss_jacobi_rule(n, 0.5, -0.3), lambda n: scipy.special.roots_jacobi(n, 0.5, -0.3)),
        (lambda n: gauss_jacobi_rule(n, 0, 0), scipy.special.roots_legendre),
        (lambda n: gauss_jacobi_rule(n, -0.5, -0.5), scipy.special.roots_chebyt),
        (lambda n: gauss_jacobi_rule(n, 2, 0), lambda n: scipy.special.roots_jacobi(n, 2, 0)),
    ],
)
def test_nodes_and_weights_are_scipys_and_numpys(ours, theirs, n):
    (x, w), (x0, w0) = ours(n), theirs(n)
    scale = max(1, abs(x).max())
    np.testing.assert_allclose(x, x0, rtol=1e-13, atol=4e-15 * scale)
    # Theirs are the less accurate ones: see the tests against closed forms and 40 digits.
    np.testing.assert_allclose(w, w0, rtol=1e-10, atol=1e-14 * w.max())
    assert w.sum() == pytest.approx(w0.sum(), rel=1e-13)


@pytest.mark.parametrize("n", [1, 2, 3, 20, 33, 400])
def test_golub_welsch_gives_chebyshevs_closed_forms(n):
    for kind, first in ((1, 0.5), (2, 0.25)):
        nodes, weights = gauss_chebyshev_rule(n, kind=kind)
        beta = np.full(n, 0.25)
        beta[0] = math.pi if kind == 1 else math.pi / 2
        beta[1:2] = first
        found = gauss_rule(np.zeros(n), beta)
        np.testing.assert_allclose(found.nodes, nodes, atol=3e-16)
        np.testing.assert_allclose(found.weights, weights, rtol=1e-11)


def test_twenty_legendre_nodes_against_forty_digits():
    with mpmath.workdps(40):
        for x, w in zip(*gauss_legendre_rule(20)):
            root = mpmath.findroot(lambda y: mpmath.legendre(20, y), x)
            slope = mpmath.diff(lambda y: mpmath.legendre(20, y), root)
            assert abs(root - mpmath.mpf(x)) < 2.3e-16
            assert abs(2 / ((1 - root**2) * slope**2) / mpmath.mpf(w) - 1) < 2e-14


@pytest.mark.parametrize("alpha", [0.0, 1.5, -0.5])
def test_laguerre_is_exact_to_degree_2n_minus_1(alpha):
    for n in (1, 2, 5, 12):
        rule = gauss_laguerre_rule(n, alpha=alpha)
        for k in range(2 * n):
            assert rule.integrate(lambda x, k=k: x**k) == pytest.approx(math.gamma(k + 1 + alpha), rel=1e-13)


@pytest.mark.parametrize("rule", [gauss_hermite_rule, gauss_laguerre_rule])
@pytest.mark.parametrize("n", [400, 1000])
def test_far_tails_do_not_overflow(rule, n):
    nodes, weights = rule(n)
    assert np.isfinite(nodes).all()
    assert (np.diff(nodes) > 0).all()
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1 if rule is gauss_laguerre_rule else math.sqrt(math.pi), rel=1e-12)
    flat = rule(n, weighted=False).weights
    assert np.isfinite(flat).all()
    assert (flat > 0).all()  # although most of the weights are below the least double


def test_the_erratum_physicists_hermite_needs_exp_of_x_squared():
    # ∫ exp(−x²/2) dx = √(2π), as a plain integral with the physicists' nodes.
    def f(x):
        return np.exp(-(x**2) / 2)

    nodes, weights = gauss_hermite_rule(40)
    right = weights @ (np.exp(nodes**2) * f(nodes))
    wrong = weights @ (np.exp(nodes**2 / 2) * f(nodes))
    assert right == pytest.approx(math.sqrt(2 * math.pi), rel=1e-8)
    assert wrong == pytest.approx(math.sqrt(math.pi), rel=1e-12)  # off by √2
    assert gauss_hermite_rule(40, weighted=False).integrate(f) == pytest.approx(right, rel=1e-13)
    # With the probabilists' nodes it is exp(x²/2) that is right, and here exact.
    flat = gauss_hermite_rule(40, kind="probabilist", weighted=False)
    assert flat.integrate(f) == pytest.approx(math.sqrt(2 * math.pi), rel=1e-13)


def test_flat_laguerre_integrates_a_plain_function():
    flat = gauss_laguerre_rule(40, alpha=0.5, weighted=False)
    assert flat.integrate(lambda x: np.sqrt(x) * np.exp(-1.2 * x)) == pytest.approx(
        math.gamma(1.5) / 1.2**1.5, rel=1e-9
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gauss_rule([0, 0], [1]), "beta must have shape"),
        (lambda: gauss_rule([], []), "at least one"),
        (lambda: gauss_rule([0, 0], [1, 0]), "beta must be positive; entry 1"),
        (lambda: gauss_legendre_rule(0), "n must be a whole number"),
        (lambda: gauss_jacobi_rule(3, -1, 0), "alpha must be a number above -1"),
        (lambda: gauss_laguerre_rule(3, alpha=-2), "alpha must be a number above -1"),
        (lambda: gauss_laguerre_rule(3, alpha=171), "alpha must be a number above -1 and of at most 170"),
        (lambda: gauss_jacobi_rule(3, 2000, 0), "alpha and beta must be smaller"),
        (lambda: gauss_hermite_rule(3, kind="chemist"), "unknown kind 'chemist'; valid: physicist, probabilist"),
        (lambda: gauss_chebyshev_rule(3, kind=3), "unknown kind '3'; valid: 1, 2"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()
