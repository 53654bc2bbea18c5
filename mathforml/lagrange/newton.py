"""Nonlinear equality constraints: Newton's method on the Lagrangian."""

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_number
from mathforml.errors import ConvergenceError, UnboundedError
from mathforml.lagrange.equality import solve_kkt, solve_multipliers
from mathforml.lagrange.solution import Solution, check_constraints, check_start, value_and_jacobian

ROUNDING = 10 * np.finfo(float).eps
SADDLE = "stopped at a point that is stationary but no minimum"


def newton_lagrange(f, x, equality=None, *, tol=1e-10, max_steps=100):
    """Minimise f(x) subject to h(x) = 0.

    Each step solves the KKT system of the quadratic program with the Lagrangian's Hessian and the constraints'
    linearisation (sequential quadratic programming). The Hessian is made positive definite on the constraints'
    tangent space, and the step is shortened until f + ρ‖h‖₁ falls.

    Parameters
    ----------
    f : callable
        Objective, twice differentiable by `mathforml.autodiff`: (d,) → scalar.
    x : array_like, shape (d,)
        Start; it need not satisfy the constraints.
    equality : callable, optional
        h: (d,) → (m,), twice differentiable.
    tol : float
        Accepted max |h| and, relative to 1 + max |∇f|, max |∇f − Jᵀλ|.
    max_steps : int

    Returns
    -------
    Solution
        A local minimiser.

    Raises
    ------
    SingularError
        If the constraints' gradients are linearly dependent at an iterate.
    UnboundedError
        If the iterates run away to infinity.
    ConvergenceError
        If no local minimiser is found within `max_steps`.

    References
    ----------
    .. [1] Nocedal, Wright 2006, Numerical Optimization, chapter 18, doi:10.1007/978-0-387-40065-5

    Examples
    --------
    >>> lowest = newton_lagrange(lambda x: x[0] + x[1], [-1.0, -2.0], lambda x: np.stack([x @ x - 2]))
    >>> lowest.x.round(9).tolist(), lowest.lam.round(9).tolist()
    ([-1.0, -1.0], [-0.5])
    """
    check_callable(f)
    x = check_array(x, "x", shape=("d",))
    (equality,) = check_constraints(equality)[:1]
    check_number(tol, "tol", above=0)
    check_count(max_steps, "max_steps")
    check_start(f, [equality], x)
    x, lam, steps, reason = newton(f, equality, x, tol, max_steps)
    if reason:
        raise ConvergenceError(f"Newton's method on the Lagrangian {reason}")
    return Solution(x, lam, np.zeros(0), np.zeros(0, dtype=int), float(f(x)), steps)


def newton(f, equality, x, tol, max_steps):
    """Iterate from x; return x, λ, the number of steps and, if it failed, the reason."""
    from mathforml.autodiff import hessian, value_and_grad

    far = 1e8 * (1 + np.linalg.norm(x))
    penalty = 1.0
    for step in range(max_steps + 1):
        with np.errstate(all="ignore"):  # what is not finite is told in words
            value, gradient = value_and_grad(f)(x)
            h, jacobian = value_and_jacobian(equality, x, "equality")
        if not all(np.isfinite(a).all() for a in (value, gradient, h, jacobian)):
            return x, None, step, "came to a point without a derivative"
        lam = solve_multipliers(gradient, jacobian)
        with np.errstate(all="ignore"):
            lagrangian = hessian(lambda z, lam=lam: f(z) - lam @ equality(z))(x)
        if not np.isfinite(lagrangian).all():
            return x, lam, step, "came to a point without a second derivative"
        tangents, values, vectors = tangent_curvature(lagrangian, jacobian)
        missing = np.abs(gradient - lam @ jacobian).max()
        if missing <= tol * (1 + np.abs(gradient).max()) and np.abs(h).max(initial=0.0) <= tol:
            return x, lam, step, SADDLE if curves_down(values) else None
        if np.linalg.norm(x) > far:
            raise UnboundedError("the objective falls without end: the iterates run away to infinity")
        if step == max_steps:
            break
        # Replace what curves down by its mirror image: then the step goes down too.
        upward = np.maximum(np.abs(values), 1e-8 * (1 + np.abs(values).max(initial=0.0)))
        directions = tangents @ vectors
        convex = lagrangian + (directions * (upward - values)) @ directions.T
        direction, _ = solve_kkt(convex, gradient, jacobian, -h)
        slope = gradient @ direction
        off = np.abs(h).sum()
        if off > 0:  # the weight at which the direction lowers the merit (Nocedal and Wright, 18.36)
            penalty = max(penalty, (slope + max(0.0, direction @ convex @ direction) / 2) / (0.9 * off))
        x_next = line_search(f, equality, x, direction, slope - penalty * off, penalty, jacobian)
        if x_next is None:
            return x, lam, step, "got stuck: no shorter step lowers f + ρ‖h‖₁"
        x = x_next
    return x, lam, max_steps, f"did not reach its tolerance in {max_steps} steps"


def tangent_curvature(lagrangian, jacobian):
    """Return an orthonormal basis of the null space of J and the eigenpairs of the Hessian on it."""
    tangents = np.linalg.qr(jacobian.T, mode="complete")[0][:, len(jacobian) :]
    return tangents, *np.linalg.eigh(tangents.T @ lagrangian @ tangents)


def curves_down(values):
    """Tell whether one of the eigenvalues is negative beyond rounding."""
    return values.min(initial=0.0) < -1e-6 * (1 + np.abs(values).max(initial=0.0))


def line_search(f, equality, x, direction, slope, penalty, jacobian):
    """Halve the step until the merit f + ρ‖h‖₁ falls enough; None if it never does."""

    def merit(point):
        with np.errstate(all="ignore"):
            value = f(point) + penalty * np.abs(equality(point)).sum()
        return value if np.isfinite(value) else np.inf

    start = merit(x)
    length = 1.0
    for _ in range(50):
        limit = start + 1e-4 * length * slope + ROUNDING * (1 + abs(start))
        point = x + length * direction
        if merit(point) <= limit:
            return point
        if length == 1.0 and len(jacobian):  # the curve of the constraint alone may be what spoils a good step
            with np.errstate(all="ignore"):
                off = equality(point)
            point = point - np.linalg.lstsq(jacobian, off)[0] if np.isfinite(off).all() else x
            if merit(point) <= limit:
                return point
        length /= 2
    return None
