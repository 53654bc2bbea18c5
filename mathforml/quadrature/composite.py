"""Composite rules: a polynomial of low degree on each of n panels of width h = (b − a) / n."""

from __future__ import annotations

import numpy as np

from mathforml.checks import check_count
from mathforml.errors import ArgumentError
from mathforml.quadrature.rule import Rule, check_interval


def midpoint_rule(n, a=-1.0, b=1.0):
    """Return the n nodes and weights of the composite midpoint rule on n panels.

    Examples
    --------
    >>> midpoint_rule(2, 0, 1).nodes
    array([0.25, 0.75])
    """
    n, (a, b) = check_count(n, "n"), check_interval(a, b)
    return Rule(a + (b - a) * (np.arange(n) + 0.5) / n, np.full(n, (b - a) / n))


def trapezoid_rule(n, a=-1.0, b=1.0):
    """Return the n + 1 nodes and weights of the composite trapezoid rule on n panels.

    Examples
    --------
    >>> trapezoid_rule(2, 0, 1).weights
    array([0.25, 0.5 , 0.25])
    """
    n, (a, b) = check_count(n, "n"), check_interval(a, b)
    weights = np.full(n + 1, (b - a) / n)
    weights[[0, -1]] /= 2
    return Rule(np.linspace(a, b, n + 1), weights)


def simpson_rule(n, a=-1.0, b=1.0):
    """Return the n + 1 nodes and weights of the composite Simpson rule on n panels, n even.

    Examples
    --------
    >>> simpson_rule(2, 0, 6).weights
    array([1., 4., 1.])
    """
    n, (a, b) = check_count(n, "n", least=2), check_interval(a, b)
    if n % 2:
        raise ArgumentError(f"n must be even (a parabola spans two panels), not {n}")
    weights = np.full(n + 1, 2.0)
    weights[1::2] = 4
    weights[[0, -1]] = 1
    return Rule(np.linspace(a, b, n + 1), weights * ((b - a) / n / 3))


def midpoint(f, a, b, *, n):
    """Integrate `f` over [a, b] with the composite midpoint rule: error O(h²) for smooth f.

    Parameters
    ----------
    f : callable
        Takes an array of nodes, shape (n,), and returns one value a node.
    a, b : float
        Finite ends; b < a turns the sign.
    n : int
        Panels; the midpoint of each is a node.

    Returns
    -------
    float

    Raises
    ------
    ArgumentError
        If an end is not finite, n is no count, or `f` is not finite at a node.

    References
    ----------
    Davis, Rabinowitz 1984, Methods of Numerical Integration, 2nd edition, doi:10.1016/C2013-0-10566-1

    Examples
    --------
    >>> midpoint(lambda x: x**2, 0, 1, n=2)
    0.3125
    """
    return midpoint_rule(n, a, b).integrate(f)


def trapezoid(f, a, b, *, n):
    """Integrate `f` over [a, b] with the composite trapezoid rule: error O(h²) for smooth f.

    For a smooth periodic function over its period the error falls faster than any power of h.

    Parameters
    ----------
    f, a, b
        As for `midpoint`.
    n : int
        Panels; their n + 1 ends are the nodes.

    Returns
    -------
    float

    Raises
    ------
    ArgumentError
        As for `midpoint`.

    References
    ----------
    Trefethen, Weideman 2014, The exponentially convergent trapezoidal rule, doi:10.1137/130932132

    Examples
    --------
    >>> trapezoid(lambda x: x**2, 0, 1, n=2)
    0.375
    """
    return trapezoid_rule(n, a, b).integrate(f)


def simpson(f, a, b, *, n):
    """Integrate `f` over [a, b] with the composite Simpson rule: error O(h⁴), exact for cubics.

    Parameters
    ----------
    f, a, b
        As for `midpoint`.
    n : int
        Panels, even; their n + 1 ends are the nodes, and each pair of panels carries one parabola.

    Returns
    -------
    float

    Raises
    ------
    ArgumentError
        As for `midpoint`, and if n is odd.

    References
    ----------
    Davis, Rabinowitz 1984, Methods of Numerical Integration, 2nd edition, doi:10.1016/C2013-0-10566-1

    Examples
    --------
    >>> simpson(lambda x: x**3, 0, 1, n=2)
    0.25
    """
    return simpson_rule(n, a, b).integrate(f)
