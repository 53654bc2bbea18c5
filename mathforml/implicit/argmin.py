"""Minimisers: the root of the gradient, found with Newton's method and differentiated with the Hessian."""

import numpy as np

from mathforml.autodiff import grad, hessian, hvp
from mathforml.checks import check_callable, check_choice
from mathforml.errors import ArgumentError, ConvergenceError, SingularError
from mathforml.implicit.linear import conjugate_gradient
from mathforml.implicit.rule import implicit_function
from mathforml.implicit.solution import Solution, arrived, check_options, check_order, evaluate, untraced


def minimise(loss, x0, *, linear="dense", tol=1e-10, max_iterations=100):
    """Find a strict local minimum by Newton's method with steps that are halved until the loss falls.

    Parameters
    ----------
    loss : callable
        Array → number, in numpy: `mathforml.autodiff` takes its derivatives.
    x0 : array_like
        Where to start.
    linear : {"dense", "cg"}
        How to solve with the Hessian: by its eigenvectors (a negative eigenvalue counts with its absolute value,
        so that every step goes downhill), or by conjugate gradients, from Hessian-vector products alone, which
        needs a loss that is convex where the steps lead.
    tol : float
        The last step is at most this times 1 + ‖x‖.
    max_iterations : int

    Returns
    -------
    Solution

    Raises
    ------
    ArgumentError
        If the loss is no function, or does not return one number.
    SingularError
        If the Hessian is not positive definite at the point that is found, or with "cg" at an iterate.
    ConvergenceError
        If none is found, or the loss is not finite at x0.

    References
    ----------
    Nocedal, Wright 2006, Numerical Optimization, chapter 3, https://doi.org/10.1007/978-0-387-40065-5

    Examples
    --------
    >>> minimise(lambda x: np.sum((x - 1.0) ** 4 + (x - 1.0) ** 2), [0.0, 3.0]).x.round(10)
    array([1., 1.])
    """
    check_callable(loss, "loss")
    check_choice(linear, "linear", ["dense", "cg"])
    x, tol, limit = check_options(x0, tol, max_iterations)
    if not np.isfinite(_number(loss, x)):
        raise ConvergenceError("loss is not finite at x0; start where it is")
    slope_of, steps = grad(loss), []
    for _ in range(limit):
        slope = evaluate(slope_of, "the gradient of loss", x)
        if not slope.any():
            break
        direction = -_divide(loss, x, slope, linear)
        x, length = _downhill(loss, x, slope, direction, tol)
        steps.append(length)
        if arrived(length, x, tol):
            break
    else:
        raise ConvergenceError(
            f"no minimum within {limit} iterations (gradient {np.linalg.norm(slope):.1e}); "
            f"start closer, raise max_iterations, or the loss has none"
        )
    check_order(steps, "the Hessian")
    _check_minimum(loss, x, linear)
    return Solution(x[()], np.array(steps))


def _number(loss, x):
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        value = untraced(loss(x), "loss")
    if value.shape != ():
        raise ArgumentError(f"loss must return one number, not an array of shape {value.shape}")
    return value


def _divide(loss, x, slope, linear):
    if linear == "cg":
        return conjugate_gradient(lambda v: hvp(loss, x, v), slope)
    values, vectors = np.linalg.eigh(np.reshape(hessian(loss)(x), (x.size, x.size)))
    floor = np.finfo(float).eps * (np.abs(values).max() or 1.0)
    scaled = (vectors.T @ slope.ravel()) / np.maximum(np.abs(values), floor)
    return np.reshape(vectors @ scaled, x.shape)


def _downhill(loss, x, slope, direction, tol):
    here, fall = _number(loss, x), np.sum(slope * direction)
    fraction = 1.0
    for _ in range(60):
        step = fraction * direction
        length = np.linalg.norm(step)
        there = _number(loss, x + step)
        if there <= here + 1e-4 * fraction * fall or arrived(length, x, max(tol, 1e-8)):
            # So close to the minimum, rounding hides the fall; Newton's step is right without it.
            return x + step, length
        fraction /= 2
    raise ConvergenceError(f"no fraction of Newton's step lowers the loss {here:.6g}; is it smooth?")


def _check_minimum(loss, x, linear):
    if linear == "cg":  # steps may have kept out of a direction in which the loss falls; a random one does not
        _divide(loss, x, np.random.default_rng(0).standard_normal(x.shape), linear)
        return
    values = np.linalg.eigvalsh(np.reshape(hessian(loss)(x), (x.size, x.size)))
    if values[0] <= x.size * np.finfo(float).eps * np.abs(values).max():
        raise SingularError(
            f"the stationary point is no strict minimum: the least eigenvalue of the Hessian is {values[0]:.1e}"
        )


def differentiable_argmin(loss, x0, *, linear="dense", tol=1e-10, max_iterations=100):
    """Make the minimiser of ℓ(x, θ) over x a function of θ that can be differentiated.

    The condition is stationarity, ∇ₓℓ(x, θ) = 0, and the matrix of its linear system is the Hessian.

    Parameters
    ----------
    loss : callable
        ℓ(x, θ) → number.
    x0 : array_like
        Where the search starts, for every θ.
    linear : {"dense", "cg"}
        Form the Hessian, or only multiply with it.
    tol, max_iterations
        As for `minimise`.

    Returns
    -------
    callable
        θ → x*(θ), for `grad`, `jvp`, `jacobian`, …; θ may be nested containers of arrays.

    Raises
    ------
    ArgumentError, ConvergenceError, SingularError
        When called, as `minimise`; SingularError when differentiated, if the Hessian is singular.

    References
    ----------
    Bengio 2000, Gradient-based optimization of hyperparameters, https://doi.org/10.1162/089976600300015187

    Examples
    --------
    >>> from mathforml.autodiff import grad
    >>> shrunk = differentiable_argmin(lambda x, theta: (x - 3.0) ** 2 + theta * x**2, 0.0)
    >>> grad(shrunk)(1.0)  # x* = 3 / (1 + θ)
    np.float64(-0.75)
    """
    check_callable(loss, "loss")
    check_choice(linear, "linear", ["dense", "cg"])
    check_options(x0, tol, max_iterations)
    options = {"linear": linear, "tol": tol, "max_iterations": max_iterations}
    return implicit_function(
        lambda theta: minimise(lambda x: loss(x, theta), x0, **options).x, grad(loss), linear=linear
    )
