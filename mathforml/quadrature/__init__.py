"""Numerical integration: nodes, weights, and where to put them.

Every rule comes twice: `simpson_rule(n, a, b)` returns nodes and weights, `simpson(f, a, b, n=n)` the integral.
In the composite rules and Clenshaw–Curtis n counts panels, in the Gauss rules nodes. `adaptive` and `romberg`
choose n themselves. Functions take all nodes at once.

>>> gauss_legendre(lambda x: x**4, 0, 1, n=3).__round__(12)
0.2
"""

from mathforml.quadrature.adaptive import adaptive
from mathforml.quadrature.clenshaw_curtis import clenshaw_curtis, clenshaw_curtis_rule
from mathforml.quadrature.composite import (
    midpoint,
    midpoint_rule,
    simpson,
    simpson_rule,
    trapezoid,
    trapezoid_rule,
)
from mathforml.quadrature.expectation import gauss_hermite_expectation, gaussian_rule
from mathforml.quadrature.gauss import (
    gauss_chebyshev_rule,
    gauss_hermite_rule,
    gauss_jacobi_rule,
    gauss_laguerre_rule,
    gauss_legendre,
    gauss_legendre_rule,
    gauss_rule,
)
from mathforml.quadrature.kronrod import KronrodRule, gauss_kronrod_rule
from mathforml.quadrature.result import Integral
from mathforml.quadrature.romberg import romberg, romberg_rule, romberg_table
from mathforml.quadrature.rule import Rule
from mathforml.quadrature.sparse import sparse_grid
from mathforml.quadrature.tensor import tensor_rule

__all__ = [
    "Integral",
    "KronrodRule",
    "Rule",
    "adaptive",
    "clenshaw_curtis",
    "clenshaw_curtis_rule",
    "gauss_chebyshev_rule",
    "gauss_hermite_expectation",
    "gauss_hermite_rule",
    "gauss_jacobi_rule",
    "gauss_kronrod_rule",
    "gauss_laguerre_rule",
    "gauss_legendre",
    "gauss_legendre_rule",
    "gauss_rule",
    "gaussian_rule",
    "midpoint",
    "midpoint_rule",
    "romberg",
    "romberg_rule",
    "romberg_table",
    "simpson",
    "simpson_rule",
    "sparse_grid",
    "tensor_rule",
    "trapezoid",
    "trapezoid_rule",
]
