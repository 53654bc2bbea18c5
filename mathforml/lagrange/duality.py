"""The dual of a quadratic program: a lower bound that is reached."""

import numpy as np

from mathforml.checks import check_array
from mathforml.errors import ArgumentError
from mathforml.lagrange.program import balance, check_program
from mathforml.lagrange.solution import check_solution


def dual_function(H, c, *, A=None, b=None, G=None, h=None, lam=(), nu=()):
    """Return the least value of the Lagrangian over all x, a lower bound of the program's optimal value.

    Parameters
    ----------
    H, c, A, b, G, h
        The program, as for `quadratic_program`.
    lam, nu : array_like, shapes (m,) and (k,)
        Multipliers; ν ≥ 0.

    Returns
    -------
    float
        λᵀb + νᵀh − ½ sᵀH⁻¹s with s = Aᵀλ + Gᵀν − c, or −inf where L has no least value.

    Raises
    ------
    ArgumentError
        If a multiplier ν is negative, the shapes do not fit, or H has a negative eigenvalue.

    References
    ----------
    .. [1] Boyd, Vandenberghe 2004, Convex Optimization, chapter 5, https://web.stanford.edu/~boyd/cvxbook/

    Examples
    --------
    >>> dual_function([[1.0]], [0.0], G=[[1.0]], h=[1.0], nu=[0.5])  # min ½ x² with x ≥ 1 is 0.5
    0.375
    """
    _, (H, c, A, b, G, h) = balance(check_program(H, c, A, b, G, h))
    lam = check_array(lam, "lam", shape=b.shape)
    nu = check_array(nu, "nu", shape=h.shape)
    if (nu < 0).any():
        raise ArgumentError(f"nu must not be negative; entry {int(np.argmin(nu))} is {nu.min():g}")
    values, vectors = np.linalg.eigh(H)
    zero = 1e-10 * np.abs(H).max(initial=0.0)
    if (values < -zero).any():
        raise ArgumentError("H must have no negative eigenvalue: otherwise the Lagrangian has no least value")
    slope = vectors.T @ (A.T @ lam + G.T @ nu - c)
    flat = values <= zero
    scale = np.abs(A).T @ np.abs(lam) + np.abs(G).T @ nu + np.abs(c)
    if (np.abs(slope[flat]) > 1e-10 * scale.max(initial=0.0)).any():
        return -np.inf
    return float(lam @ b + nu @ h - 0.5 * np.sum(slope[~flat] ** 2 / values[~flat]))


def duality_gap(H, c, solution, *, A=None, b=None, G=None, h=None):
    """Return the objective of a solution minus the dual function at its multipliers: zero if both are optimal.

    Parameters
    ----------
    H, c, A, b, G, h
        The program, as for `quadratic_program`.
    solution : Solution

    Returns
    -------
    float

    Raises
    ------
    ArgumentError
        If the solution does not belong to a program of this size.

    Examples
    --------
    >>> from mathforml.lagrange import quadratic_program
    >>> program = {"H": np.eye(1), "c": [0.0], "G": [[1.0]], "h": [1.0]}
    >>> round(duality_gap(solution=quadratic_program(**program), **program), 12)
    0.0
    """
    check_solution(solution, check_program(H, c, A, b, G, h))
    bound = dual_function(H, c, A=A, b=b, G=G, h=h, lam=solution.lam, nu=solution.nu)
    return solution.objective - bound
