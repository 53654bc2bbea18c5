"""Roots of F(x, θ) = 0 by Newton's method, with derivatives in θ."""

import numpy as np

from mathforml.autodiff import jacobian
from mathforml.checks import check_callable
from mathforml.errors import ConvergenceError
from mathforml.implicit.linear import solve
from mathforml.implicit.rule import implicit_function
from mathforml.implicit.solution import Solution, arrived, check_options, check_order, evaluate, length


def newton(f, x0, *, tol=1e-10, max_iterations=50):
    """Find a root of f near x0 by Newton's method; a step is halved as long as it would not make ‖f‖ smaller.

    Parameters
    ----------
    f : callable
        Array → array of the same shape, in numpy: `mathforml.autodiff` takes its Jacobian.
    x0 : array_like
        Where to start.
    tol : float
        The last step is at most this times 1 + ‖x‖.
    max_iterations : int

    Returns
    -------
    Solution

    Raises
    ------
    ArgumentError
        If f is no function, or returns another shape than it gets.
    SingularError
        If the Jacobian is singular at an iterate, or at the root: convergence is then only linear.
    ConvergenceError
        If no root is found.

    References
    ----------
    Nocedal, Wright 2006, Numerical Optimization, chapter 11, https://doi.org/10.1007/978-0-387-40065-5

    Examples
    --------
    >>> newton(lambda x: x**2 - 2.0, 1.0).x.round(12)
    np.float64(1.414213562373)
    """
    check_callable(f)
    x, tol, limit = check_options(x0, tol, max_iterations)
    value, steps = evaluate(f, "f", x), []
    while not arrived(steps[-1] if steps else np.inf, x, tol):
        if not value.any():
            break
        if len(steps) == limit:
            raise ConvergenceError(
                f"Newton's method did not converge within {limit} iterations (‖f‖ = {length(value):.1e}); "
                f"start closer to the root or raise max_iterations"
            )
        matrix = np.reshape(jacobian(f)(x), (x.size, x.size))
        step = np.reshape(solve(matrix, -np.ravel(value), "the Jacobian of f"), x.shape)
        x, value, taken = _halved(f, x, value, step, tol)
        steps.append(length(taken))
    check_order(steps, "the Jacobian of f")
    return Solution(x[()], np.array(steps))


def _halved(f, x, value, step, tol):
    for _ in range(40):
        try:
            there = evaluate(f, "f", x + step)
        except ConvergenceError:
            there = np.full(x.shape, np.inf)
        if length(there) < length(value) or arrived(length(step), x, tol):
            return x + step, there, step
        step = step / 2
    raise ConvergenceError(
        f"Newton's method is stuck at ‖f‖ = {length(value):.1e}: no fraction of the step makes it "
        f"smaller; start elsewhere, or there is no root"
    )


def differentiable_root(f, x0, *, tol=1e-10, max_iterations=50):
    """Make the root of f(x, θ) = 0 a function of θ that can be differentiated.

    Parameters
    ----------
    f : callable
        f(x, θ) → array of the shape of x.
    x0 : array_like
        Where Newton's method starts, for every θ.
    tol, max_iterations
        As for `newton`.

    Returns
    -------
    callable
        θ → x*(θ), for `grad`, `jvp`, `jacobian`, …; θ may be nested containers of arrays.

    Raises
    ------
    ArgumentError, ConvergenceError, SingularError
        When called, as `newton`; SingularError when differentiated, if ∂f/∂x is singular.

    Examples
    --------
    >>> from mathforml.autodiff import grad
    >>> kepler = differentiable_root(lambda x, theta: x - theta * np.sin(x) - 1.0, 1.0)
    >>> x = kepler(0.5)
    >>> abs(grad(kepler)(0.5) - np.sin(x) / (1 - 0.5 * np.cos(x))) < 1e-15
    np.True_
    """
    check_callable(f)
    check_options(x0, tol, max_iterations)
    return implicit_function(
        lambda theta: newton(lambda x: f(x, theta), x0, tol=tol, max_iterations=max_iterations).x, f
    )
