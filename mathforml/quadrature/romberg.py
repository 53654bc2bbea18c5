"""Romberg: the trapezoid rule, extrapolated to h = 0."""

from __future__ import annotations

import numpy as np

from mathforml.checks import check_count, check_number
from mathforml.errors import ConvergenceError
from mathforml.quadrature.composite import trapezoid_rule
from mathforml.quadrature.result import Integral
from mathforml.quadrature.rule import Rule, check_interval, evaluate_real


def romberg_table(f, a, b, *, levels):
    """Return the triangle of extrapolated trapezoid sums, upper part zero.

    Row k starts with the trapezoid rule on 2^k panels. The error of a smooth function's trapezoid sum is a series
    in h² (Euler–Maclaurin), so each column removes one more of its terms; the second column is Simpson's rule.

    Returns
    -------
    ndarray, shape (levels + 1, levels + 1)

    Examples
    --------
    >>> romberg_table(lambda x: x**2, 0, 3, levels=1)
    array([[13.5  ,  0.   ],
           [10.125,  9.   ]])
    """
    levels = check_count(levels, "levels", least=0)
    table = np.zeros((levels + 1, levels + 1))
    for k, row in zip(range(levels + 1), _rows(f, a, b)):
        table[k, : k + 1] = row
    return table


def romberg(f, a, b, *, rtol=1e-10, atol=1e-12, max_levels=20):
    """Integrate a smooth `f` over [a, b] by Richardson extrapolation of the trapezoid rule.

    Parameters
    ----------
    f : callable
        Takes an array of nodes and returns one value a node; each node is visited once.
    a, b : float
        Finite ends; b < a turns the sign.
    rtol, atol : float
        Wanted bound of the error: the larger of `atol` and `rtol` times the integral.
    max_levels : int
        The finest trapezoid sum has 2^max_levels panels.

    Returns
    -------
    Integral
        The error is the difference of the last two diagonal entries of the triangle.

    Raises
    ------
    ArgumentError
        If an argument is not as above, or `f` is not finite at a node.
    ConvergenceError
        If the tolerance is not reached, as for a function that is not smooth.

    References
    ----------
    Romberg 1955, Vereinfachte numerische Integration; Davis, Rabinowitz 1984, Methods of Numerical Integration,
    2nd edition, doi:10.1016/C2013-0-10566-1

    Examples
    --------
    >>> result = romberg(np.exp, 0, 1)
    >>> round(result.value, 10), result.evaluations
    (1.7182818285, 33)
    """
    rtol, atol = check_number(rtol, "rtol", least=0), check_number(atol, "atol", least=0)
    max_levels = check_count(max_levels, "max_levels", least=3)
    best = None
    for k, row in zip(range(max_levels + 1), _rows(f, a, b)):
        # Not before nine nodes: of fewer, two sums agree by chance too easily.
        if k >= 3:
            error = max(abs(row[-1] - best[-1]), abs(row[-2] - best[-1]))
            if error <= max(atol, rtol * abs(row[-1])):
                return Integral(float(row[-1]), float(error), 2**k + 1, True)
        best = row
    raise ConvergenceError(
        f"the error {error:.2g} after {max_levels} levels is above the tolerance: f may not be smooth; "
        "adaptive() handles kinks and peaks, max_levels= goes on"
    )


def romberg_rule(levels, a=-1.0, b=1.0):
    """Return the 2^levels + 1 nodes and weights of the last entry of `romberg_table`.

    Examples
    --------
    >>> romberg_rule(1, 0, 6).weights
    array([1., 4., 1.])
    """
    levels = check_count(levels, "levels", least=0)
    nodes, _ = trapezoid_rule(2**levels, a, b)
    rows = np.zeros((levels + 1, len(nodes)))
    for k in range(levels + 1):
        rows[k, :: 2 ** (levels - k)] = trapezoid_rule(2**k, a, b).weights
    for j in range(1, levels + 1):
        rows = rows[1:] + (rows[1:] - rows[:-1]) / (4**j - 1)
    return Rule(nodes, rows[0])


def _rows(f, a, b):
    a, b = check_interval(a, b)
    panels = 1
    row = np.array([(b - a) / 2 * evaluate_real(f, np.array([a, b])).sum()])
    while True:
        yield row
        middles = a + (b - a) * (np.arange(panels) + 0.5) / panels
        panels *= 2
        trapezoid = row[0] / 2 + (b - a) / panels * evaluate_real(f, middles).sum()
        finer = [trapezoid]
        for j, coarse in enumerate(row, 1):
            finer.append(finer[-1] + (finer[-1] - coarse) / (4**j - 1))
        row = np.array(finer)
