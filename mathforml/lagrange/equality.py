"""Equality constraints: one linear system gives the minimiser and the multipliers."""

import numpy as np

from mathforml.checks import check_array
from mathforml.errors import ArgumentError, InfeasibleError, SingularError, UnboundedError
from mathforml.lagrange.program import balance, check_program
from mathforml.lagrange.solution import Solution

RANK = 1e-10  # a singular value or eigenvalue this small beside the largest counts as zero


def equality_qp(H, c, A, b):
    """Minimise ½ xᵀHx + cᵀx subject to A x = b by its KKT system.

    The conditions Hx + c = Aᵀλ and A x = b are linear in (x, λ) together.

    Parameters
    ----------
    H : array_like, shape (d, d)
        Symmetric; it only has to be positive definite on the null space of A.
    c : array_like, shape (d,)
    A : array_like, shape (m, d)
        Rows are linearly independent.
    b : array_like, shape (m,)

    Returns
    -------
    Solution
        λ is the derivative of the optimal value with respect to b.

    Raises
    ------
    InfeasibleError
        If no x satisfies A x = b.
    UnboundedError
        If the objective falls without end on the solutions of A x = b.
    SingularError
        If rows of A depend on each other (λ is not unique) or the minimiser is not unique.

    References
    ----------
    .. [1] Nocedal, Wright 2006, Numerical Optimization, section 16.1, doi:10.1007/978-0-387-40065-5

    Examples
    --------
    >>> nearest = equality_qp(np.eye(2), [0.0, 0.0], [[1.0, 1.0]], [2.0])
    >>> nearest.x.round(12).tolist(), nearest.lam.round(12).tolist()
    ([1.0, 1.0], [1.0])
    """
    units, (H, c, A, b, _, _) = balance(check_program(H, c, A, b))
    z, null = eliminate(A, b)
    eigenvalues, vectors = np.linalg.eigh(null.T @ H @ null)
    zero = RANK * np.abs(H).max(initial=0.0)
    slope = vectors.T @ (null.T @ (H @ z + c))
    size = (np.abs(H) @ np.abs(z) + np.abs(c)).max(initial=0.0)
    flat = np.abs(eigenvalues) <= zero
    if (eigenvalues < -zero).any() or (np.abs(slope[flat]) > RANK * size).any():
        raise UnboundedError("the objective falls without end along directions that keep A x = b")
    if flat.any():
        raise SingularError("the minimiser is not unique: H is singular on the null space of A")
    z, lam = solve_kkt(H, c, A, b)
    objective = 0.5 * z @ H @ z + c @ z
    return Solution(units * z, lam, np.zeros(0), np.zeros(0, dtype=int), float(objective), 1)


def solve_kkt(H, c, A, b):
    """Solve Hx − Aᵀλ = −c and A x = b for x (d,) and λ (m,)."""
    d, m = len(c), len(b)
    system = np.block([[H, -A.T], [A, np.zeros((m, m))]])
    both = np.linalg.solve(system, np.concatenate([-c, b]))
    return both[:d], both[d:]


def eliminate(A, b):
    """Write the solutions of A x = b as x + N y: return the shortest x (d,) and an orthonormal N (d, d − m)."""
    sizes = row_sizes(A)
    A, b = A / sizes[:, None], b / sizes
    left, sizes, right = np.linalg.svd(A, full_matrices=True)
    rank = int((sizes > RANK * sizes.max(initial=0.0)).sum())
    x = right[:rank].T @ ((left[:, :rank].T @ b) / sizes[:rank])
    if (np.abs(A @ x - b) > 1e-9 * (np.abs(A) @ np.abs(x) + np.abs(b).max(initial=0.0))).any():
        raise InfeasibleError("no x satisfies A x = b: its rows contradict each other")
    if rank < len(b):
        raise SingularError(
            f"the {len(b)} rows of A must be linearly independent, but their rank is {rank}: λ is not unique"
        )
    return x, right[rank:].T


def row_sizes(rows):
    """Return the lengths of rows (m, d), 1 for a row of zeros: in other units a constraint is still the same."""
    sizes = np.linalg.norm(rows, axis=1)
    return np.where(sizes > 0, sizes, 1.0)


def solve_multipliers(gradient, jacobian):
    """Solve the stationarity condition ∇f = Jᵀλ for the multipliers of h(x) = 0.

    Parameters
    ----------
    gradient : array_like, shape (d,)
        ∇f at the solution.
    jacobian : array_like, shape (m, d)
        J = ∂h/∂x there.

    Returns
    -------
    ndarray, shape (m,)
        λ; the least-squares one where no λ solves it exactly.

    Raises
    ------
    SingularError
        If the constraints' gradients, the rows of J, are linearly dependent: λ is not unique then, and may not
        exist (the constraint qualification fails).

    Examples
    --------
    >>> solve_multipliers([2.0, 4.0], [[1.0, 2.0]]).round(12).tolist()
    [2.0]
    """
    jacobian = check_array(jacobian, "jacobian", shape=("m", "d"))
    gradient = check_array(gradient, "gradient", shape=(jacobian.shape[1],))
    if len(jacobian) > jacobian.shape[1]:
        raise ArgumentError(f"jacobian must have at most as many rows as columns, not {jacobian.shape}")
    check_independent(jacobian)
    if len(jacobian) == jacobian.shape[1]:  # a square system: no detour over least squares
        return np.linalg.solve(jacobian.T, gradient)
    sizes = row_sizes(jacobian)
    return np.linalg.lstsq((jacobian / sizes[:, None]).T, gradient)[0] / sizes


def check_independent(jacobian):
    """Refuse constraint gradients that are linearly dependent."""
    m, d = jacobian.shape
    sizes = np.linalg.svd(jacobian / row_sizes(jacobian)[:, None], compute_uv=False)
    if m > d or (m and sizes[-1] <= 1e-12):
        raise SingularError(
            "the constraints' gradients are linearly dependent (the constraint qualification fails): "
            "state the constraints without redundancy"
        )
