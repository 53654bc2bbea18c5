"""The implicit function theorem as a derivative rule: whatever finds x*(θ), one linear solve differentiates it."""

import numpy as np

from mathforml.autodiff import jacobian, jvp, primitive, vjp
from mathforml.autodiff.trace import Traced
from mathforml.autodiff.tree import flatten, rebuild
from mathforml.checks import check_array, check_callable, check_choice
from mathforml.errors import ArgumentError
from mathforml.implicit.linear import conjugate_gradient, neumann, solve
from mathforml.implicit.solution import untraced


def implicit_function(solver, condition, *, linear="dense"):
    """Make the solution x*(θ) of F(x, θ) = 0 a function that can be differentiated.

    The solver may be any program: no derivative goes through it. Where ∂F/∂x is regular, the theorem gives

        ẋ = −(∂F/∂x)⁻¹ (∂F/∂θ) θ̇,        θ̄ = −(∂F/∂θ)ᵀ (∂F/∂x)⁻ᵀ x̄,

    one linear solve in forward and in reverse mode, however many iterations the solver took.

    Parameters
    ----------
    solver : callable
        θ → x*, one array; gets plain arrays.
    condition : callable
        F(x, θ) → array of the shape of x that is zero at x*; written in numpy for `mathforml.autodiff`.
    linear : {"dense", "cg", "neumann"}
        How to solve with ∂F/∂x: by its matrix; by conjugate gradients, if it is symmetric positive definite; by
        the Neumann series, if F = x − T(x, θ) with a contraction T. The latter two only need products with it.

    Returns
    -------
    callable
        θ → x*(θ), for `grad`, `jvp` and the rest, to any order. θ may be an array or nested containers of arrays.

    Raises
    ------
    ArgumentError
        When called, if solver or condition return what they should not.
    SingularError
        When differentiated, if ∂F/∂x is singular: the theorem does not hold there.

    References
    ----------
    Krantz, Parks 2013, The Implicit Function Theorem, https://doi.org/10.1007/978-1-4614-5981-1;
    Blondel et al. 2022, Efficient and modular implicit differentiation, arXiv:2105.15183

    Examples
    --------
    >>> from mathforml.autodiff import grad
    >>> square_root = implicit_function(np.sqrt, lambda x, theta: x**2 - theta)
    >>> square_root(4.0), grad(square_root)(4.0)  # 1 / (2 √θ)
    (np.float64(2.0), np.float64(0.25))
    """
    check_callable(solver, "solver")
    check_callable(condition, "condition")
    check_choice(linear, "linear", ["dense", "cg", "neumann"])

    def find(theta):
        x = check_array(untraced(solver(theta), "the solver's result"), "the solver's result")
        shape = np.shape(condition(x, theta))
        if shape != x.shape:
            raise ArgumentError(f"condition must return the shape of x, {x.shape}, not {shape}")
        return x[()]

    def push(tangents, x, theta):
        along = jvp(lambda theta: condition(x, theta), (theta,), tangents)[1]
        return -_solve(linear, condition, x, theta, along, transposed=False)

    def pull(cotangent, x, theta):
        multiplier = _solve(linear, condition, x, theta, cotangent, transposed=True)
        return vjp(lambda theta: condition(x, theta), theta)[1](-multiplier)

    solution = primitive(find, vjp=pull, jvp=push)
    return lambda theta: solution(_floats(theta))


def _solve(linear, condition, x, theta, b, *, transposed):
    """Solve (∂F/∂x) v = b, or its transpose."""
    if linear == "dense":
        matrix = np.reshape(jacobian(lambda x: condition(x, theta))(x), (np.size(b), np.size(b)))
        matrix = matrix.T if transposed else matrix
        return np.reshape(solve(matrix, np.ravel(b), "the Jacobian ∂F/∂x at the solution"), np.shape(b))

    # v solves an equation too, so its own derivatives, which second ones of x* need, follow by the same rule.
    def product(v, x, theta):
        if transposed:
            return vjp(lambda x: condition(x, theta), x)[1](v)[0]
        return jvp(lambda x: condition(x, theta), (x,), (v,))[1]

    def solver(arguments):
        b, x, theta = arguments
        if linear == "cg":
            return conjugate_gradient(lambda v: product(v, x, theta), b)
        return neumann(lambda v: v - product(v, x, theta), b)

    equation = implicit_function(solver, lambda v, a: product(v, a[1], a[2]) - a[0], linear=linear)
    return equation((b, x, theta))


def _floats(theta):
    leaves = [x if type(x) is Traced else check_array(x, "theta") for x in flatten(theta)]
    return rebuild(theta, leaves)
