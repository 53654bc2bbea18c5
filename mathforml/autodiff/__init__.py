"""Derivatives of programs: a tape for scalars that fits on a page, and a tape for all of numpy."""

from mathforml.autodiff import rules_elementwise, rules_linalg, rules_reduce, rules_shape  # noqa: F401 (enter rules)
from mathforml.autodiff.check import check_grads
from mathforml.autodiff.cost import Cost, cost
from mathforml.autodiff.custom import checkpoint, primitive, stop_gradient
from mathforml.autodiff.forward import jvp
from mathforml.autodiff.matrices import hessian, hvp, jacobian
from mathforml.autodiff.reverse import grad, value_and_grad, vjp
from mathforml.autodiff.scalar import Value

__all__ = [
    "Cost",
    "Value",
    "check_grads",
    "checkpoint",
    "cost",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "primitive",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
