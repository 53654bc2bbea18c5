"""Nonlinear equality and inequality constraints: the augmented Lagrangian."""

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_number
from mathforml.errors import ArgumentError, ConvergenceError, InfeasibleError, UnboundedError
from mathforml.lagrange.newton import SADDLE, curves_down, newton, tangent_curvature
from mathforml.lagrange.solution import Solution, check_constraints, check_start, no_constraint, value_and_jacobian

LARGEST_PENALTY = 1e9  # beyond, the Hessian's condition number leaves no digits


def augmented_function(f, *, equality=None, lam=(), inequality=None, nu=(), penalty):
    """Return the augmented Lagrangian as a function of x.

    It is f − λᵀh + ½μ‖h‖² + Σ (max(0, ν − μg)² − ν²) / 2μ with penalty μ. With λ = 0 and ν = 0 it is the plain
    quadratic penalty.

    Parameters
    ----------
    f, equality, inequality : callable
        As for `augmented_lagrangian`.
    lam, nu : array_like, shapes (m,) and (k,)
    penalty : float
        μ > 0.

    Returns
    -------
    callable
        (d,) → scalar. It raises ArgumentError if the multipliers do not fit the constraints.

    References
    ----------
    .. [1] Rockafellar 1974, Augmented Lagrange multiplier functions and duality in nonconvex programming,
       doi:10.1137/0312021

    Examples
    --------
    >>> penalised = augmented_function(lambda x: x @ x, equality=lambda x: x - 1, lam=[0.0], penalty=2.0)
    >>> float(penalised(np.array([3.0])))
    13.0
    """
    check_callable(f)
    equality, inequality = check_constraints(equality, inequality)
    lam = check_array(lam, "lam", shape=("m",))
    nu = check_array(nu, "nu", shape=("k",))
    penalty = check_number(penalty, "penalty", above=0)

    def augmented(x):
        h, g = equality(x), inequality(x)
        for name, multipliers, values in [("lam", lam, h), ("nu", nu, g)]:
            if values.shape != multipliers.shape:
                raise ArgumentError(f"{name} must have one entry for each of the {len(values)} constraints")
        pressure = np.maximum(0.0, nu - penalty * g)
        punished = 0.5 * penalty * np.sum(h * h) + (np.sum(pressure * pressure) - nu @ nu) / (2 * penalty)
        return f(x) - lam @ h + punished

    return augmented


def augmented_lagrangian(f, x, *, equality=None, inequality=None, penalty=10.0, tol=1e-9, max_steps=50):
    """Minimise f(x) subject to h(x) = 0 and g(x) ≥ 0.

    Alternates between minimising the augmented Lagrangian over x (Newton's method) and updating the multipliers,
    λ ← λ − μh and ν ← max(0, ν − μg); the penalty μ grows only while the constraints do not improve fourfold.
    State f and the constraints in units in which their gradients are around 1.

    Parameters
    ----------
    f : callable
        Objective, twice differentiable by `mathforml.autodiff`: (d,) → scalar.
    x : array_like, shape (d,)
        Start; it need not satisfy the constraints.
    equality, inequality : callable, optional
        h: (d,) → (m,) and g: (d,) → (k,), twice differentiable.
    penalty : float
        First μ.
    tol : float
        Accepted violation of the constraints and, relative to 1 + max |∇f|, of stationarity.
    max_steps : int
        Updates of the multipliers.

    Returns
    -------
    Solution
        A local minimiser.

    Raises
    ------
    InfeasibleError
        If it ends where the constraints' violation has a local minimum above zero.
    UnboundedError
        If x runs away to infinity however large the penalty.
    ConvergenceError
        If it does not reach its tolerance within `max_steps`, or stops where the Lagrangian curves down along the
        constraints.

    References
    ----------
    .. [1] Nocedal, Wright 2006, Numerical Optimization, section 17.3, doi:10.1007/978-0-387-40065-5
    .. [2] Birgin, Martínez 2014, Practical Augmented Lagrangian Methods, doi:10.1137/1.9781611973365

    Examples
    --------
    >>> lowest = augmented_lagrangian(lambda x: (x[0] - 2) ** 2 + x[1] ** 2, [0, 0], inequality=lambda x: 1 - x)
    >>> lowest.x.round(8).tolist(), lowest.nu.round(8).tolist(), lowest.active.tolist()
    ([1.0, 0.0], [2.0, 0.0], [0])
    """
    from mathforml.autodiff import grad

    check_callable(f)
    start = x = check_array(x, "x", shape=("d",))
    equality, inequality = check_constraints(equality, inequality)
    penalty = check_number(penalty, "penalty", above=0, most=LARGEST_PENALTY)
    check_number(tol, "tol", above=0)
    check_count(max_steps, "max_steps")
    check_start(f, [equality, inequality], x)
    lam = np.zeros(len(value_and_jacobian(equality, x, "equality")[0]))
    nu = np.zeros(len(value_and_jacobian(inequality, x, "inequality")[0]))
    violation = np.inf
    for step in range(1, max_steps + 1):
        inner = augmented_function(f, equality=equality, lam=lam, inequality=inequality, nu=nu, penalty=penalty)
        try:
            x, *_ = newton(inner, no_constraint, x, tol / 10, 200)
        except UnboundedError:
            if penalty == LARGEST_PENALTY:
                raise
            x, penalty = start, min(100 * penalty, LARGEST_PENALTY)
            continue
        h, g = equality(x), inequality(x)
        before, violation = violation, np.abs(np.concatenate([h, np.minimum(g, nu / penalty)])).max(initial=0.0)
        lam, nu = lam - penalty * h, np.maximum(0.0, nu - penalty * g)
        missing = np.abs(grad(inner)(x)).max()
        if violation <= tol and missing <= tol * (1 + np.abs(grad(f)(x)).max()):
            active = np.flatnonzero(g <= 10 * tol)
            if is_saddle(f, equality, inequality, x, lam, nu, active):
                raise ConvergenceError(f"the augmented Lagrangian {SADDLE}")
            return Solution(x, lam, nu, active, float(f(x)), step)
        if violation > before / 4:
            if penalty == LARGEST_PENALTY:
                break
            penalty = min(10 * penalty, LARGEST_PENALTY)
    if is_infeasible(equality, inequality, x, np.sqrt(tol)):
        raise InfeasibleError(f"no x near {np.round(x, 4).tolist()} satisfies the constraints any better")
    raise ConvergenceError(f"the augmented Lagrangian did not reach its tolerance in {step} rounds")


def is_saddle(f, equality, inequality, x, lam, nu, active):
    """Tell whether the Lagrangian curves down along the active constraints."""
    from mathforml.autodiff import hessian

    _, h_jacobian = value_and_jacobian(equality, x, "equality")
    _, g_jacobian = value_and_jacobian(inequality, x, "inequality")
    curvature = hessian(lambda z: f(z) - lam @ equality(z) - nu @ inequality(z))(x)
    _, values, _ = tangent_curvature(curvature, np.vstack([h_jacobian, g_jacobian[active]]))
    return curves_down(values)


def is_infeasible(equality, inequality, x, tol):
    """Tell whether the squared violation of the constraints is stationary at x without being zero."""
    h, h_jacobian = value_and_jacobian(equality, x, "equality")
    g, g_jacobian = value_and_jacobian(inequality, x, "inequality")
    off = np.concatenate([h, np.minimum(g, 0)])
    slope = off @ np.vstack([h_jacobian, g_jacobian])
    steepness = np.linalg.norm(h_jacobian) + np.linalg.norm(g_jacobian)
    size = np.linalg.norm(off)
    return size > tol and np.linalg.norm(slope) <= 1e-3 * size * max(steepness, 1e-12)
