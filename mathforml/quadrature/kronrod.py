"""Gauss–Kronrod: n + 1 more nodes that make a better rule of a Gauss rule without wasting its values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mathforml.checks import check_count
from mathforml.quadrature.gauss import gauss_legendre_rule
from mathforml.quadrature.rule import on_interval


class KronrodRule(NamedTuple):
    """2n + 1 nodes with weights, and the weights of the Gauss rule that lives on every second of them.

    Attributes
    ----------
    nodes, weights : ndarray, shape (2n + 1,)
    gauss_weights : ndarray, shape (n,)
        For ``nodes[1::2]``.
    """

    nodes: np.ndarray
    weights: np.ndarray
    gauss_weights: np.ndarray


def gauss_kronrod_rule(n=7, a=-1.0, b=1.0):
    """Return the Kronrod rule with 2n + 1 nodes around the n-node Gauss–Legendre rule, exact to degree 3n + 1.

    The new nodes are the roots of Stieltjes' polynomial, the E of degree n + 1 with ∫ P_n E p dx = 0 for all p of
    degree up to n.

    Parameters
    ----------
    n : int
        Nodes of the Gauss rule; meant for up to a hundred.
    a, b : float
        Finite ends.

    Returns
    -------
    KronrodRule
        Nodes ascending.

    References
    ----------
    Laurie 1997, Calculation of Gauss–Kronrod quadrature rules, doi:10.1090/S0025-5718-97-00861-2

    Examples
    --------
    >>> gauss_kronrod_rule(1).weights * 9
    array([5., 8., 5.])
    """
    legendre = np.polynomial.legendre
    n = check_count(n, "n")
    gauss = gauss_legendre_rule(n)
    fine = gauss_legendre_rule(2 * n + 2)  # exact for the products below
    table = legendre.legvander(fine.nodes, n + 1)  # P_j at the nodes, shape (2n + 2, n + 2)
    products = (table[:, : n + 1] * (fine.weights * table[:, n])[:, None]).T @ table
    stieltjes = np.append(np.linalg.lstsq(products[:, :-1], -products[:, -1])[0], 1.0)
    stieltjes[n % 2 :: 2] = 0  # E has the parity of n + 1
    new = legendre.legroots(stieltjes).real
    new -= legendre.legval(new, stieltjes) / legendre.legval(new, legendre.legder(stieltjes))
    nodes = np.sort(np.append(gauss.nodes, (new - new[::-1]) / 2))
    # The weights that integrate P_0 … P_2n: 2, 0, 0, …
    conditions = legendre.legvander(nodes, 2 * n).T
    weights = np.linalg.solve(conditions, np.append(2.0, np.zeros(2 * n)))
    weights = (weights + weights[::-1]) / 2
    return KronrodRule(*on_interval(nodes, weights, a, b), on_interval(*gauss, a, b).weights)
