"""Fixed points x = T(x, θ), by iteration or with Anderson's acceleration, with derivatives in θ."""

import numpy as np

from mathforml.checks import check_callable, check_choice, check_count
from mathforml.errors import ConvergenceError
from mathforml.implicit.rule import implicit_function
from mathforml.implicit.solution import Solution, arrived, check_options, evaluate, length


def iterate(t, x0, *, tol=1e-12, max_iterations=1000):
    """Find a fixed point of a contraction: x ← T(x) until it no longer moves.

    Parameters
    ----------
    t : callable
        T: array → array of the same shape.
    x0 : array_like
    tol : float
        The last step is at most this times 1 + ‖x‖.
    max_iterations : int

    Returns
    -------
    Solution

    Raises
    ------
    ArgumentError
        If T is no function, or returns another shape than it gets.
    ConvergenceError
        If the iteration does not settle; the message says by what factor its steps changed last.

    References
    ----------
    Banach 1922, Sur les opérations dans les ensembles abstraits, https://doi.org/10.4064/fm-3-1-133-181

    Examples
    --------
    >>> iterate(np.cos, 1.0).x.round(10)
    np.float64(0.7390851332)
    """
    check_callable(t, "t")
    x, tol, limit = check_options(x0, tol, max_iterations)
    steps = []
    for _ in range(limit):
        try:
            image = evaluate(t, "t", x)
        except ConvergenceError:
            raise _no_contraction(steps) from None
        steps.append(length(image - x))
        if not np.isfinite(steps[-1]):
            raise _no_contraction(steps)
        x = image
        if arrived(steps[-1], x, tol):
            return Solution(x[()], np.array(steps))
    raise _no_contraction(steps)


def _no_contraction(steps):
    known = [step for step in steps if np.isfinite(step)]
    factor = f"; its steps changed by a factor of {known[-1] / known[-2]:.3g} last" if len(known) > 1 else ""
    return ConvergenceError(
        f"the iteration x ← t(x) did not settle within {len(steps)} steps{factor}: t is no contraction near its "
        f"iterates; try anderson, newton or a damped map"
    )


def anderson(t, x0, *, memory=5, tol=1e-12, max_iterations=200):
    """Find a fixed point with Anderson's acceleration, which also works for many maps that are no contraction.

    The next iterate is the combination of the last images whose residuals T(x) − x cancel best.

    Parameters
    ----------
    t : callable
        T: array → array of the same shape.
    x0 : array_like
    memory : int
        How many earlier iterates are combined; 1 is the secant method in one dimension.
    tol, max_iterations
        As for `iterate`; the residual T(x) − x counts as the step.

    Returns
    -------
    Solution

    Raises
    ------
    ArgumentError, ConvergenceError
        As `iterate`.

    References
    ----------
    Walker, Ni 2011, Anderson acceleration for fixed-point iterations, https://doi.org/10.1137/10078356X

    Examples
    --------
    >>> anderson(lambda x: 1.0 - 2.0 * x, 0.0).x.round(12)  # plain iteration doubles its error each time
    np.float64(0.333333333333)
    """
    check_callable(t, "t")
    x, tol, limit = check_options(x0, tol, max_iterations)
    memory = check_count(memory, "memory")
    images, residuals, steps = [], [], []
    for _ in range(limit):
        image = evaluate(t, "t", x)
        residual = image - x
        steps.append(length(residual))
        if not np.isfinite(steps[-1]):
            break
        if arrived(steps[-1], x, tol):
            return Solution(image[()], np.array(steps))
        images, residuals = [*images, image][-memory - 1 :], [*residuals, residual][-memory - 1 :]
        x = image
        if len(residuals) > 1:
            d_residuals = np.diff([r.ravel() for r in residuals], axis=0).T  # (n, memory)
            d_images = np.diff([g.ravel() for g in images], axis=0).T
            weights = np.linalg.lstsq(d_residuals, residual.ravel())[0]
            x = image - np.reshape(d_images @ weights, image.shape)
    raise ConvergenceError(
        f"Anderson's acceleration did not settle within {len(steps)} steps (‖t(x) − x‖ = {steps[-1]:.1e}); "
        f"change memory, start elsewhere or use newton"
    )


def differentiable_fixed_point(t, x0, *, method="iterate", linear="dense", tol=1e-12, max_iterations=1000):
    """Make the fixed point of T(x, θ) a function of θ that can be differentiated.

    Parameters
    ----------
    t : callable
        T(x, θ) → array of the shape of x.
    x0 : array_like
        Where the iteration starts, for every θ.
    method : {"iterate", "anderson"}
    linear : {"dense", "neumann"}
        How the derivative's linear system (I − ∂T/∂x) v = b is solved: by its matrix, or by the Neumann series,
        which only needs products: an iteration of the derivative like the one that found the point.
    tol, max_iterations
        As for `iterate`.

    Returns
    -------
    callable
        θ → x*(θ), for `grad`, `jvp`, `jacobian`, …; θ may be nested containers of arrays.

    Raises
    ------
    ArgumentError, ConvergenceError
        When called, as `iterate`; SingularError when differentiated, if 1 is an eigenvalue of ∂T/∂x.

    References
    ----------
    Christianson 1994, Reverse accumulation and attractive fixed points, https://doi.org/10.1080/10556789408805572

    Examples
    --------
    >>> from mathforml.autodiff import grad
    >>> half_geometric_series = differentiable_fixed_point(lambda x, theta: 0.5 * x + theta, 0.0)
    >>> grad(half_geometric_series)(3.0)
    np.float64(2.0)
    """
    check_callable(t, "t")
    check_choice(method, "method", ["iterate", "anderson"])
    check_choice(linear, "linear", ["dense", "neumann"])
    check_options(x0, tol, max_iterations)
    find = iterate if method == "iterate" else anderson
    return implicit_function(
        lambda theta: find(lambda x: t(x, theta), x0, tol=tol, max_iterations=max_iterations).x,
        lambda x, theta: x - t(x, theta),
        linear=linear,
    )
