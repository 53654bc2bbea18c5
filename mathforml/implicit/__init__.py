"""Derivatives of solutions: roots, fixed points and minimisers as functions of what they depend on."""

from mathforml.implicit.argmin import differentiable_argmin, minimise
from mathforml.implicit.equilibrium import equilibrium_layer, predict, train_equilibrium
from mathforml.implicit.fixed_point import anderson, differentiable_fixed_point, iterate
from mathforml.implicit.linear import conjugate_gradient, neumann
from mathforml.implicit.ridge import RidgeProblem, ridge_problem
from mathforml.implicit.root import differentiable_root, newton
from mathforml.implicit.rule import implicit_function
from mathforml.implicit.solution import Solution
from mathforml.implicit.unrolled import unrolled_descent

__all__ = [
    "RidgeProblem",
    "Solution",
    "anderson",
    "conjugate_gradient",
    "differentiable_argmin",
    "differentiable_fixed_point",
    "differentiable_root",
    "equilibrium_layer",
    "implicit_function",
    "iterate",
    "minimise",
    "neumann",
    "newton",
    "predict",
    "ridge_problem",
    "train_equilibrium",
    "unrolled_descent",
]
