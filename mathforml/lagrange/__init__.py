"""The method of Lagrange: constraints, their prices, and what a derivative has to do with them.

One convention throughout. Minimise f(x) subject to h(x) = 0 and g(x) ≥ 0; the Lagrangian is

    L(x, λ, ν) = f(x) − λᵀh(x) − νᵀg(x),   ν ≥ 0.

With it every multiplier *is* the derivative of the optimal value with respect to the right-hand side of its
constraint, and the multipliers of a recursion are its adjoints. (Books that write g(x) ≤ 0 or L = f + λᵀh have the
other sign.) quadprog and scipy's SLSQP also write g(x) ≥ 0.
"""

from mathforml.lagrange.active_set import quadratic_program
from mathforml.lagrange.augmented import augmented_function, augmented_lagrangian
from mathforml.lagrange.duality import dual_function, duality_gap
from mathforml.lagrange.equality import equality_qp, solve_multipliers
from mathforml.lagrange.newton import newton_lagrange
from mathforml.lagrange.program import affine, quadratic
from mathforml.lagrange.recursion import RecursionGradient, recursion_gradient
from mathforml.lagrange.sensitivity import Sensitivity, sensitivity
from mathforml.lagrange.solution import KKTResiduals, Solution, kkt_residuals

__all__ = [
    "KKTResiduals",
    "RecursionGradient",
    "Sensitivity",
    "Solution",
    "affine",
    "augmented_function",
    "augmented_lagrangian",
    "dual_function",
    "duality_gap",
    "equality_qp",
    "kkt_residuals",
    "newton_lagrange",
    "quadratic",
    "quadratic_program",
    "recursion_gradient",
    "sensitivity",
    "solve_multipliers",
]
