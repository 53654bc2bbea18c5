"""What a solver returns, and the four conditions by which anyone can check it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mathforml.checks import check_array, check_callable
from mathforml.errors import ArgumentError


@dataclass(frozen=True, eq=False)
class Solution:
    """A minimiser with the prices of its constraints.

    Attributes
    ----------
    x : ndarray, shape (d,)
    lam : ndarray, shape (m,)
        Multipliers λ of the equalities.
    nu : ndarray, shape (k,)
        Multipliers ν ≥ 0 of the inequalities.
    active : ndarray of int
        Inequalities that hold with equality at x.
    objective : float
    iterations : int
    """

    x: np.ndarray
    lam: np.ndarray
    nu: np.ndarray
    active: np.ndarray
    objective: float
    iterations: int


class KKTResiduals(NamedTuple):
    """How far a point is from satisfying the Karush–Kuhn–Tucker conditions; all are zero at a solution."""

    stationarity: float  # max |∇f − λᵀ∇h − νᵀ∇g|
    primal: float  # max of |h| and of the violation of g ≥ 0
    dual: float  # max violation of ν ≥ 0
    complementarity: float  # max |ν g|


def kkt_residuals(f, x, *, equality=None, lam=(), inequality=None, nu=()):
    """Measure the four Karush–Kuhn–Tucker conditions at (x, λ, ν).

    Parameters
    ----------
    f : callable
        Objective, differentiable by `mathforml.autodiff`: (d,) → scalar.
    x : array_like, shape (d,)
    equality, inequality : callable, optional
        h with h(x) = 0: (d,) → (m,), and g with g(x) ≥ 0: (d,) → (k,).
    lam, nu : array_like, shapes (m,) and (k,)
        Multipliers, in the convention L = f − λᵀh − νᵀg.

    Returns
    -------
    KKTResiduals

    Raises
    ------
    ArgumentError
        If a function cannot be called or is not finite at x, or the multipliers do not fit the constraints.

    References
    ----------
    .. [1] Kuhn, Tucker 1951, Nonlinear programming, https://projecteuclid.org/euclid.bsmsp/1200500249
    .. [2] Nocedal, Wright 2006, Numerical Optimization, chapter 12, doi:10.1007/978-0-387-40065-5

    Examples
    --------
    >>> kkt_residuals(lambda x: x @ x, [1.0], inequality=lambda x: x - 1, nu=[2.0])
    KKTResiduals(stationarity=0.0, primal=0.0, dual=0.0, complementarity=0.0)
    """
    from mathforml.autodiff import grad

    check_callable(f)
    x = check_array(x, "x", shape=("d",))
    equality, inequality = check_constraints(equality, inequality)
    check_start(f, [equality, inequality], x)
    hx, h_jacobian = value_and_jacobian(equality, x, "equality")
    gx, g_jacobian = value_and_jacobian(inequality, x, "inequality")
    lam = check_array(lam, "lam", shape=hx.shape)
    nu = check_array(nu, "nu", shape=gx.shape)
    slope = grad(f)(x) - lam @ h_jacobian - nu @ g_jacobian
    return KKTResiduals(
        _largest(slope),
        max(_largest(hx), _largest(np.minimum(gx, 0))),
        _largest(np.minimum(nu, 0)),
        _largest(nu * gx),
    )


def check_solution(solution, program):
    """Refuse what is no solution of a quadratic program of this size."""
    d, m, k = len(program.c), len(program.b), len(program.h)
    fits = isinstance(solution, Solution)
    if not fits or (len(solution.x), len(solution.lam), len(solution.nu)) != (d, m, k):
        raise ArgumentError(f"solution must be a Solution with {d} entries of x, {m} of lam and {k} of nu")


def _largest(values):
    return float(np.abs(values).max(initial=0.0))


def no_constraint(x):
    """Return the values of no constraints."""
    return np.zeros(0)


def check_constraints(equality, inequality=None):
    """Return both as functions; one that is not there has no values."""
    return [
        no_constraint if function is None else check_callable(function, name)
        for function, name in [(equality, "equality"), (inequality, "inequality")]
    ]


def check_start(f, constraints, x):
    """Refuse a point at which the objective is no finite number or a constraint not finite."""
    if not len(x):
        raise ArgumentError("x must have at least one entry")
    with np.errstate(all="ignore"):
        value = check_array(f(x), "f(x)", finite=False)
        others = [check_array(g(x), "the value of a constraint", finite=False) for g in constraints]
    if value.ndim:
        raise ArgumentError(f"f(x) must be a number, not an array of shape {value.shape}")
    if not all(np.isfinite(value).all() for value in [value, *others]):
        raise ArgumentError("x must be a point at which f and the constraints are finite")


def value_and_jacobian(constraint, x, name):
    """Return the values (m,) of a constraint and their Jacobian (m, d)."""
    from mathforml.autodiff import jacobian

    if constraint is no_constraint:
        return np.zeros(0), np.zeros((0, len(x)))
    value = np.asarray(constraint(x), dtype=float)
    if value.ndim != 1:
        raise ArgumentError(f"{name}(x) must have shape (m), not ({', '.join(map(str, value.shape))})")
    return value, jacobian(constraint)(x)
