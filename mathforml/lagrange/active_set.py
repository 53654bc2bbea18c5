"""Convex quadratic programs with inequalities: an active-set method that cannot cycle."""

import numpy as np

from mathforml.checks import check_count
from mathforml.errors import ArgumentError, ConvergenceError, InfeasibleError, UnboundedError
from mathforml.lagrange.equality import RANK, eliminate, row_sizes, solve_multipliers
from mathforml.lagrange.program import balance, check_program
from mathforml.lagrange.solution import Solution

TIGHT = 1e-9
ROUNDING = 1e-14


def quadratic_program(H, c, *, A=None, b=None, G=None, h=None, max_steps=1000):
    """Minimise ½ xᵀHx + cᵀx subject to A x = b and G x ≥ h, with H positive semidefinite.

    Equalities are eliminated. From a feasible point the method goes down to the minimiser on the face of the
    constraints it holds tight, and then asks whether the gradient is a non-negative combination of the tight
    constraints' normals. If so, the weights are the multipliers ν. If not, what is missing (the residual of
    non-negative least squares) points away from the direction of steepest feasible descent, and the method goes on
    along that.

    Parameters
    ----------
    H : array_like, shape (d, d)
        Symmetric, without negative eigenvalue on the null space of A; zero makes it a linear program.
    c : array_like, shape (d,)
    A, b : array_like, shapes (m, d) and (m,), optional
        Rows of A are linearly independent.
    G, h : array_like, shapes (k, d) and (k,), optional
        Rows may be redundant.
    max_steps : int
        Faces to visit before giving up.

    Returns
    -------
    Solution
        One of the minimisers and, where they are not unique, one pair of multipliers.

    Raises
    ------
    ArgumentError
        If H is not symmetric or the problem not convex.
    InfeasibleError
        If no x satisfies the constraints.
    UnboundedError
        If the objective falls without end on the points that do.
    SingularError
        If rows of A depend on each other.
    ConvergenceError
        If it does not end within `max_steps` faces.

    Notes
    -----
    Each step along the residual lowers the objective, also where more constraints are tight than there are
    dimensions; so no face is visited twice, and degenerate problems need no special rule.

    References
    ----------
    .. [1] Lawson, Hanson 1995, Solving Least Squares Problems, chapter 23, doi:10.1137/1.9781611971217
    .. [2] Nocedal, Wright 2006, Numerical Optimization, section 16.5, doi:10.1007/978-0-387-40065-5

    Examples
    --------
    >>> solution = quadratic_program(np.eye(2), [-2.0, 1.0], G=np.eye(2), h=[0.0, 0.0])
    >>> solution.x.round(12).tolist(), solution.nu.round(12).tolist(), solution.active.tolist()
    ([2.0, 0.0], [0.0, 1.0], [1])
    """
    units, (H, c, A, b, G, h) = balance(check_program(H, c, A, b, G, h))
    check_count(max_steps, "max_steps")
    start, null = eliminate(A, b)
    # With x = units · (start + N y): minimise ½ yᵀMy + rᵀy subject to C y ≥ e, where the rows of C have length 1.
    M, r = null.T @ H @ null, null.T @ (H @ start + c)
    if len(M) and np.linalg.eigvalsh(M)[0] < -RANK * np.abs(H).max():
        raise ArgumentError(
            "H must have no negative eigenvalue (on the null space of A): the problem is not convex"
        )
    C, e = G @ null, h - G @ start
    constant = np.linalg.norm(C, axis=1) <= 1e-13 * np.linalg.norm(G, axis=1)
    C[constant] = 0.0
    e[constant & (np.abs(e) <= 1e-12 * (np.abs(h) + np.abs(G) @ np.abs(start)))] = 0.0
    sizes = row_sizes(C)
    C, e = C / sizes[:, None], e / sizes
    rounding = ROUNDING * (np.abs(h) + np.abs(G) @ np.abs(start)) / sizes

    y = feasible_point(C, e, rounding, given=len(A) > 0)
    y, nu, active, iterations = minimise(M, r, C, e, y, rounding, max_steps)
    z, nu = start + null @ y, nu / sizes
    lam = solve_multipliers(H @ z + c - G.T @ nu, A)
    return Solution(units * z, lam, nu, active, float(0.5 * z @ H @ z + c @ z), iterations)


def tightness(e, y, rounding):
    """Return the slacks C y − e that count as zero."""
    return TIGHT * (np.abs(e) + np.linalg.norm(y)) + rounding


def feasible_point(C, e, rounding, *, given=False):
    """Return the shortest y with C y ≥ e (Lawson and Hanson's least-distance programming)."""
    from scipy.optimize import nnls

    k, d = C.shape
    if not k or (e <= 0).all():
        return np.zeros(d)
    columns = np.vstack([C.T, e / e.max()])
    weights, _ = nnls(columns / row_sizes(columns.T), np.append(np.zeros(d), 1.0), maxiter=30 * (k + d))
    held = np.flatnonzero(weights > 1e-12 * weights.max())
    y = np.linalg.lstsq(C[held], e[held])[0]  # the rows held are tight at the shortest y
    if (C @ y >= e - tightness(e, y, rounding)).all():
        return y
    # Else weights ≥ 0 with weightsᵀC = 0 and weightsᵀe > 0: the rows add up to 0 ≥ 1.
    if len(held) == 1:
        reason = f"row {held[0]} of G x ≥ h contradicts {'A x = b' if given else 'itself'}"
    else:
        rows = ", ".join(map(str, held))
        reason = f"rows {rows} of G x ≥ h contradict each other{', given A x = b' if given else ''}"
    raise InfeasibleError(f"no x satisfies the constraints: {reason}")


def minimise(M, r, C, e, y, rounding, max_steps):
    """Go from the feasible y to the minimiser of ½ yᵀMy + rᵀy on C y ≥ e; return it, ν, tight rows and steps."""
    held = []  # rows kept tight; always linearly independent
    for step in range(1, max_steps + 1):
        y, held = descend_face(M, r, C, e, y, held)
        gradient = M @ y + r
        rounding = np.maximum(rounding, ROUNDING * np.linalg.norm(y))
        tight = np.flatnonzero(C @ y - e <= tightness(e, y, rounding))
        weights = cone_weights(C[tight], gradient)
        missing = gradient - C[tight].T @ weights
        size = np.linalg.norm(M) * np.linalg.norm(y) + np.linalg.norm(r)
        held = list(tight[weights > 0])
        if np.linalg.norm(missing) <= 1e-10 * size:
            return *polish(M, r, C, e, y, held), tight, step
        y, held = move(M, gradient, C, e, y, -missing, held, skip=tight)
    raise ConvergenceError(f"the active-set method did not end within {max_steps} faces")


def cone_weights(normals, gradient):
    """Return the w ≥ 0 for which normalsᵀw is nearest to the gradient."""
    from scipy.optimize import nnls

    if not len(normals):
        return np.zeros(0)
    weights, _ = nnls(normals.T, gradient, maxiter=30 * max(normals.shape))
    return weights


def descend_face(M, r, C, e, y, held):
    """Go to the minimiser with the rows `held` tight, adding each row that gets in the way."""
    while True:
        gradient = M @ y + r
        null = np.linalg.qr(C[held].T, mode="complete")[0][:, len(held) :]
        values, vectors = np.linalg.eigh(null.T @ M @ null)
        vectors = null @ vectors
        slopes = vectors.T @ gradient
        flat = values <= RANK * np.abs(M).max(initial=0.0)
        size = np.linalg.norm(M) * np.linalg.norm(y) + np.linalg.norm(r)
        fall = flat & (np.abs(slopes) > 1e-10 * size)
        if fall.any():
            direction = -vectors[:, fall] @ slopes[fall]
        else:
            direction = -vectors[:, ~flat] @ (slopes[~flat] / values[~flat])
        if np.linalg.norm(direction) <= 1e-14 * np.linalg.norm(y):
            return y, held
        y, after = move(M, gradient, C, e, y, direction, held, skip=held)
        if len(after) == len(held):
            return y, held
        held = after


def move(M, gradient, C, e, y, direction, held, *, skip):
    """Go along a direction to its lowest point, or to the first row (of those not to skip) that is in the way."""
    curvature = direction @ M @ direction
    length = np.linalg.norm(direction)
    straight = curvature <= RANK * np.abs(M).max(initial=0.0) * length**2
    full = np.inf if straight else -(gradient @ direction) / curvature
    speed = C @ direction
    closing = speed < -1e-12 * length
    closing[skip] = False
    if closing.any():
        rows = np.flatnonzero(closing)
        reach = np.maximum(C[rows] @ y - e[rows], 0) / -speed[rows]
        first = reach <= reach.min() * (1 + 1e-12)
        row = rows[first][np.argmin(speed[rows][first])]  # the steepest of those hit first: best conditioned
        if reach.min() < full:
            return y + reach.min() * direction, [*held, row]
    if full == np.inf:
        raise UnboundedError("the objective falls without end along a direction that no constraint stops")
    return y + full * direction, held


def polish(M, r, C, e, y, held):
    """Solve the KKT system of the rows held, and refine it once: return y and ν."""
    C_held, prices = C[held], np.zeros(len(held))
    system = np.block([[M, -C_held.T], [C_held, np.zeros((len(held), len(held)))]])
    for _ in range(2):
        off = np.concatenate([C_held.T @ prices - (M @ y + r), e[held] - C_held @ y])
        change = np.linalg.lstsq(system, off)[0]
        y, prices = y + change[: len(y)], prices + change[len(y) :]
    nu = np.zeros(len(e))
    nu[held] = np.maximum(prices, 0)
    return y, nu
