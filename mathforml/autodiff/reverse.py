"""Reverse mode: one pass back gives the derivatives with respect to all inputs."""

from functools import wraps

import numpy as np

from mathforml.autodiff.arguments import fresh, leaf, shaped
from mathforml.autodiff.tape import Tape
from mathforml.autodiff.trace import Traced
from mathforml.autodiff.tree import describe, flatten, rebuild
from mathforml.checks import check_callable
from mathforml.errors import ArgumentError


def value_and_grad(f, argnum=0):
    """Return a function that computes the value of `f` and its gradient in one go.

    Parameters
    ----------
    f : callable
        Returns one real number; written with numpy's functions.
    argnum : int or tuple of int
        Position of the argument to differentiate with respect to: an array, or nested lists, tuples and
        dictionaries of arrays.

    Returns
    -------
    callable
        With the arguments of `f`; returns (float, gradient). The gradient has the shape, dtype and containers of
        the argument; for several positions it is a tuple.

    Raises
    ------
    ArgumentError
        If `f` is no function, the argument does not hold floating-point numbers, or the value is not one number.

    Examples
    --------
    >>> value_and_grad(lambda w: np.sum(w**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    check_callable(f)

    @wraps(f, updated=())
    def value_and_gradient(*args, **options):
        argnums = _check_argnum(argnum, args)
        tape, inputs, output = _record(f, args, argnums, options)
        if not isinstance(output, Traced | np.ndarray | np.number | int | float) or np.shape(output) != ():
            raise ArgumentError(
                f"the function must return one number to have a gradient, not {describe(output)}; see vjp"
            )
        if type(output) is Traced and output.owner is tape:
            value, seeds = output.value[()], [(output.mark, output.dtype.type(1))]
        else:
            value, seeds = output, []
        gradients = _cotangents(tape, inputs, seeds)
        return value, tuple(gradients) if isinstance(argnum, tuple) else gradients[0]

    return value_and_gradient


def grad(f, argnum=0):
    """Return the gradient of `f` as a function, by reverse mode.

    Parameters
    ----------
    f, argnum
        As for `value_and_grad`.

    Returns
    -------
    callable
        With the arguments of `f`; returns the gradient, which can be differentiated again.

    References
    ----------
    Linnainmaa 1976, Taylor expansion of the accumulated rounding error, https://doi.org/10.1007/BF01931367

    Examples
    --------
    >>> grad(lambda x, y: np.sin(x) * y)(0.0, 3.0)
    np.float64(3.0)
    >>> grad(grad(lambda x: x**3))(2.0)
    np.float64(12.0)
    """
    both = value_and_grad(f, argnum)

    @wraps(f, updated=())
    def gradient(*args, **options):
        return both(*args, **options)[1]

    return gradient


def vjp(f, *primals):
    """Run `f` and return its value with the map from cotangents of the value to cotangents of the arguments.

    Parameters
    ----------
    f : callable
        Returns an array or nested containers of arrays.
    primals : arrays or nested containers of arrays

    Returns
    -------
    value
        Of `f`.
    pullback : callable
        `pullback(cotangent)` returns a tuple, one entry an argument: vᵀ J. May be called any number of times.

    Raises
    ------
    ArgumentError
        If `f` is no function, a primal does not hold floating-point numbers, or a cotangent has another shape than
        the value.

    Examples
    --------
    >>> value, pullback = vjp(lambda x: x**2, np.array([1.0, 2.0, 3.0]))
    >>> pullback(np.array([1.0, 0.0, 1.0]))
    (array([2., 0., 6.]),)
    """
    check_callable(f)
    tape, inputs, output = _record(f, primals, range(len(primals)), {})
    outputs = flatten(output)
    mine = [type(y) is Traced and y.owner is tape for y in outputs]
    value = rebuild(output, [y.value[()] if own else y for y, own in zip(outputs, mine)])

    def pullback(cotangent):
        """Return the cotangents of the arguments."""
        leaves = shaped(value, cotangent, "the cotangent")
        seeds = [(y.mark, g) for y, g, own in zip(outputs, leaves, mine) if own]
        return tuple(_cotangents(tape, inputs, seeds))

    return value, pullback


def _check_argnum(argnum, args):
    argnums = argnum if isinstance(argnum, tuple) else (argnum,)
    for i in argnums:
        if not isinstance(i, int) or isinstance(i, bool) or not -len(args) <= i < len(args):
            raise ArgumentError(f"argnum must be the position of one of the {len(args)} arguments, not {i!r}")
    if len({i % len(args) for i in argnums}) < len(argnums):
        raise ArgumentError(f"argnum must name each argument once, not {argnum!r}")
    return argnums


def _record(f, args, argnums, options):
    # Run f with some of its arguments on a fresh tape.
    tape, args, inputs = Tape(), list(args), []
    for i in argnums:
        leaves = [leaf(x, f"argument {i % len(args)}") for x in flatten(args[i])]
        variables = [tape.variable(x) for x in leaves]
        inputs.append((args[i], leaves))
        args[i] = rebuild(args[i], variables)
    return tape, inputs, f(*args, **options)


def _cotangents(tape, inputs, seeds):
    # What reached the inputs, in containers like them; they are the first nodes of the tape.
    found, at, trees = tape.pull(seeds), 0, []
    for tree, leaves in inputs:
        pairs = zip(leaves, found[at : at + len(leaves)])
        shares = [np.zeros(x.shape, x.dtype)[()] if c is None else fresh(c, x.dtype) for x, c in pairs]
        at += len(leaves)
        trees.append(rebuild(tree, shares))
    return trees
