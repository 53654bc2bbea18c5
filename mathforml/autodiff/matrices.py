"""Jacobians and Hessians, pass by pass, and products that do without them."""

import numpy as np

from mathforml.autodiff.arguments import one_array
from mathforml.autodiff.forward import jvp
from mathforml.autodiff.reverse import grad, vjp
from mathforml.checks import check_callable
from mathforml.errors import ArgumentError


def _basis(shape):
    size = int(np.prod(shape))
    return np.eye(size).reshape(size, *shape)


def jacobian(f, *, mode=None):
    """Return the Jacobian of `f` as a function.

    Parameters
    ----------
    f : callable
        Takes one array of shape (…in) and returns one of shape (…out).
    mode : {"reverse", "forward"}, optional
        Default: the one that needs fewer passes, forward where there are fewer inputs than outputs.

    Returns
    -------
    callable
        `jacobian(f)(x)` is an array of shape (…out, …in).

    Raises
    ------
    ArgumentError
        If `f` is no function, x is not one array of floating-point numbers, or the mode is unknown.

    Examples
    --------
    >>> jacobian(lambda x: np.stack([x[0] * x[1], x[0]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 0.]])
    """
    check_callable(f)
    if mode not in (None, "reverse", "forward"):
        raise ArgumentError(f"unknown mode {mode!r}; valid: reverse, forward")

    def jacobian_of_f(x):
        x = one_array(x)
        value, pullback = vjp(f, x)
        if isinstance(value, list | tuple | dict):
            raise ArgumentError("the function must return one array for its Jacobian")
        shape = np.shape(value)
        if mode == "forward" or (mode is None and x.size < np.size(value)):
            columns = [jvp(f, (x,), (e,))[1] for e in _basis(x.shape)]
            matrix = np.stack(columns, axis=-1) if columns else np.zeros((*shape, 0))
        else:
            rows = [pullback(e)[0] for e in _basis(shape)]
            matrix = np.stack(rows) if rows else np.zeros((0, *x.shape))
        return np.reshape(matrix, (*shape, *x.shape))

    return jacobian_of_f


def hvp(f, x, v):
    """Return the Hessian of `f` at x times v, by forward mode over reverse mode: no Hessian is formed.

    Parameters
    ----------
    f : callable
        Returns one real number.
    x, v : arrays or nested containers of arrays
        The point and the direction.

    Returns
    -------
    array or container like `x`

    References
    ----------
    Pearlmutter 1994, Fast exact multiplication by the Hessian, https://doi.org/10.1162/neco.1994.6.1.147

    Examples
    --------
    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    return jvp(grad(f), (x,), (v,))[1]


def hessian(f):
    """Return the Hessian of `f` as a function.

    Parameters
    ----------
    f : callable
        Takes one array of shape (…in) and returns one real number.

    Returns
    -------
    callable
        `hessian(f)(x)` is an array of shape (…in, …in).

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f), mode="forward")
