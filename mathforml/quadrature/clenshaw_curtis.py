"""Clenshaw–Curtis: interpolate at Chebyshev points, integrate the interpolant."""

from __future__ import annotations

import numpy as np

from mathforml.checks import check_count
from mathforml.quadrature.rule import on_interval


def clenshaw_curtis_rule(n, a=-1.0, b=1.0):
    """Return the n + 1 nodes and weights of the Clenshaw–Curtis rule of degree n.

    The nodes for n are among those for 2n, bit for bit on [−1, 1]. n = 2^l are the nested rules of sparse grids.

    Parameters
    ----------
    n : int
        Degree of the interpolant: n + 1 nodes cos(πj/n).
    a, b : float
        Finite ends.

    Returns
    -------
    Rule
        Nodes ascending.

    References
    ----------
    Clenshaw, Curtis 1960, doi:10.1007/BF01386223; weights by one FFT: Waldvogel 2006,
    doi:10.1007/s10543-006-0045-4

    Examples
    --------
    >>> clenshaw_curtis_rule(2, 0, 6).weights
    array([1., 4., 1.])
    """
    n = check_count(n, "n")
    nodes = np.sin(np.pi * (np.arange(-n, n + 1, 2) / (2 * n)))  # the sine is odd in floating point, too
    moments = np.zeros(n + 1)  # of the Chebyshev polynomials
    moments[::2] = 2 / (1 - np.arange(0, n + 1, 2.0) ** 2)
    weights = 2 * np.fft.irfft(moments, 2 * n)[: n + 1]
    weights[[0, -1]] /= 2
    return on_interval(nodes, weights, a, b)


def clenshaw_curtis(f, a, b, *, n):
    """Integrate `f` over [a, b] with the Clenshaw–Curtis rule: error falls like ρ⁻ⁿ for analytic f.

    Parameters
    ----------
    f : callable
        Takes an array of nodes and returns one value a node.
    a, b : float
        Finite ends; b < a turns the sign.
    n : int
        Degree of the interpolant: n + 1 nodes.

    Returns
    -------
    float

    Raises
    ------
    ArgumentError
        If an end is not finite, n is no count, or `f` is not finite at a node.

    References
    ----------
    Trefethen 2008, Is Gauss quadrature better than Clenshaw–Curtis?, doi:10.1137/060659831

    Examples
    --------
    >>> round(clenshaw_curtis(np.exp, 0, 1, n=8), 12)
    1.718281828459
    """
    return clenshaw_curtis_rule(n, a, b).integrate(f)
