"""Linear systems, by a matrix or by products with it alone."""

import numpy as np

from mathforml.autodiff.trace import plain
from mathforml.checks import check_array, check_callable, check_count, check_number
from mathforml.errors import ArgumentError, ConvergenceError, SingularError


def solve(matrix, b, name="the matrix"):
    """Solve `matrix` v = b.

    Raises
    ------
    SingularError
        If the matrix is singular to working precision.
    """
    values = np.linalg.svd(plain(matrix), compute_uv=False)
    if values.size and values[-1] <= values[0] * len(values) * np.finfo(float).eps:
        raise SingularError(
            f"{name} is singular (its singular values reach from {values[0]:.1e} down to {values[-1]:.1e}): "
            f"the solution is not unique, or does not depend smoothly on the parameters"
        )
    return np.linalg.solve(matrix, b)


def _times(product, v):
    image = np.asarray(product(v), dtype=float)
    if image.shape != v.shape:
        raise ArgumentError(f"product must return the shape of b, {v.shape}, not {image.shape}")
    return image


def conjugate_gradient(product, b, *, tol=1e-13, max_iterations=None):
    """Solve A v = b for a symmetric positive definite A that is known by its products.

    Parameters
    ----------
    product : callable
        v → A v, on arrays of the shape of b. Of a Hessian: ``lambda v: autodiff.hvp(loss, x, v)``.
    b : array_like
    tol : float
        The residual may be this much of b.
    max_iterations : int, optional
        Default: ten times the size of b.

    Returns
    -------
    ndarray, shape of b

    Raises
    ------
    ArgumentError
        If a product has another shape than b.
    SingularError
        If vᵀ A v ≤ 0 for a direction that comes up: A is not positive definite.
    ConvergenceError
        If the residual does not get that small.

    References
    ----------
    Hestenes, Stiefel 1952, Methods of conjugate gradients for solving linear systems,
    https://doi.org/10.6028/jres.049.044

    Examples
    --------
    >>> conjugate_gradient(lambda v: np.array([4.0, 2.0]) * v, [8.0, 2.0]).round(12)
    array([2., 1.])
    """
    check_callable(product, "product")
    b = check_array(b, "b")
    tol = check_number(tol, "tol", above=0)
    limit = 10 * max(b.size, 10) if max_iterations is None else check_count(max_iterations, "max_iterations")
    v, residual = np.zeros_like(b), b
    direction, power = b, np.sum(b * b)
    goal = tol**2 * power
    for _ in range(limit):
        if power <= goal:
            return v
        image = _times(product, direction)
        curvature = np.sum(direction * image)
        if not curvature > 0:
            raise SingularError(
                f"the matrix is not positive definite: a direction v has vᵀAv = {curvature:.1e}; "
                f"for a Hessian: this is no strict minimum"
            )
        length = power / curvature
        v, residual = v + length * direction, residual - length * image
        before, power = power, np.sum(residual * residual)
        direction = residual + power / before * direction
    if power <= goal:
        return v
    left = np.sqrt(power / np.sum(b * b))
    raise ConvergenceError(
        f"conjugate gradients left {left:.1e} of the right side after {limit} iterations "
        f"(tol {tol:g}); raise max_iterations or tol"
    )


def neumann(product, b, *, tol=1e-13, max_iterations=1000):
    """Solve (I − M) v = b by the Neumann series v = b + M b + M² b + …, from products with M.

    Parameters
    ----------
    product : callable
        v → M v, on arrays of the shape of b.
    b : array_like
    tol : float
        The series ends with a term that is this much of the sum.
    max_iterations : int
        Largest number of terms.

    Returns
    -------
    ndarray, shape of b

    Raises
    ------
    ArgumentError
        If a product has another shape than b.
    ConvergenceError
        If the terms do not get that small: M is no contraction.

    Examples
    --------
    >>> neumann(lambda v: 0.5 * v, [1.0]).round(12)
    array([2.])
    """
    check_callable(product, "product")
    term = total = check_array(b, "b")
    tol, limit = check_number(tol, "tol", above=0), check_count(max_iterations, "max_iterations")
    for _ in range(limit):
        with np.errstate(over="ignore", invalid="ignore"):  # said below, as an error
            term = _times(product, term)
            total = total + term
            size, whole = np.linalg.norm(term), np.linalg.norm(total)
        if not np.isfinite(whole):
            break
        if size <= tol * whole:
            return total
    raise ConvergenceError(
        f"the Neumann series did not converge within {limit} terms (the last has norm {size:.1e}): "
        f'the map is no contraction at its fixed point; solve with linear="dense"'
    )
