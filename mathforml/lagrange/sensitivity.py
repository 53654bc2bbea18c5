"""How the solution of a quadratic program moves when its right-hand sides do."""

from typing import NamedTuple

import numpy as np

from mathforml.errors import SingularError
from mathforml.lagrange.equality import RANK, row_sizes
from mathforml.lagrange.program import balance, check_program
from mathforml.lagrange.solution import check_solution


class Sensitivity(NamedTuple):
    """Derivatives of the optimal value and of the minimiser with respect to b and h."""

    value_b: np.ndarray  # (m,): this is λ
    value_h: np.ndarray  # (k,): this is ν
    x_b: np.ndarray  # (d, m)
    x_h: np.ndarray  # (d, k)


def sensitivity(H, c, solution, *, A=None, b=None, G=None, h=None):
    """Differentiate a solution with respect to the right-hand sides of A x = b and G x ≥ h.

    The value's derivatives are the multipliers themselves. The minimiser's follow from the implicit function
    theorem at the KKT system of the constraints that hold with equality.

    Parameters
    ----------
    H, c, A, b, G, h
        The program, as for `quadratic_program`.
    solution : Solution
        Its solution.

    Returns
    -------
    Sensitivity

    Raises
    ------
    ArgumentError
        If the solution does not belong to a program of this size.
    SingularError
        If there is no derivative: an active constraint has ν = 0, the active constraints' gradients are linearly
        dependent, or the minimiser is not unique.

    References
    ----------
    .. [1] Fiacco 1976, Sensitivity analysis for nonlinear programming using penalty methods,
       doi:10.1007/BF01580677

    Examples
    --------
    >>> from mathforml.lagrange import quadratic_program
    >>> program = {"H": np.eye(1), "c": [0.0], "G": [[1.0]], "h": [3.0]}
    >>> sensitivity(solution=quadratic_program(**program), **program).value_h.round(12).tolist()
    [3.0]
    """
    units, program = balance(check_program(H, c, A, b, G, h))
    check_solution(solution, program)
    H, _, A, _, G, h = program
    active, forces = solution.active, solution.nu * row_sizes(G)
    if (forces[active] <= 1e-9 * forces.max(initial=0.0)).any():
        raise SingularError("the solution has no derivative: an active constraint has multiplier 0")
    J = np.vstack([A, G[active]])
    lengths = row_sizes(J)
    J = J / lengths[:, None]
    d, m, tight = len(H), len(A), len(J)
    system = np.block([[H, -J.T], [J, np.zeros((tight, tight))]])
    sizes = np.linalg.svd(system, compute_uv=False)
    if sizes[-1] <= RANK * sizes[0]:
        raise SingularError("the solution has no derivative: its KKT system is singular")
    moves = np.linalg.solve(system, np.vstack([np.zeros((d, tight)), np.eye(tight)]))[:d]
    moves = units[:, None] * moves / lengths
    x_h = np.zeros((d, len(h)))
    x_h[:, active] = moves[:, m:]
    return Sensitivity(solution.lam, solution.nu, moves[:, :m], x_h)
