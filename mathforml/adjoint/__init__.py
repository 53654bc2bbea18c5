"""Gradients of evolutions: adjoints that run backward through a recursion or a differential equation."""

from mathforml.adjoint.backsolve import backsolve, backsolve_adjoint
from mathforml.adjoint.checkpointing import Ledger, bisection, segments, store_all
from mathforml.adjoint.continuous import OdeGradient, Trajectory, ode_adjoint, ode_solution
from mathforml.adjoint.discrete import AdjointGradient, discrete_adjoint
from mathforml.adjoint.steps import rk4_step

__all__ = [
    "AdjointGradient",
    "Ledger",
    "OdeGradient",
    "Trajectory",
    "backsolve",
    "backsolve_adjoint",
    "bisection",
    "discrete_adjoint",
    "ode_adjoint",
    "ode_solution",
    "rk4_step",
    "segments",
    "store_all",
]
