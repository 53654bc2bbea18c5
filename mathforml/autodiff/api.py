"""What users call: gradients, products with Jacobians, Jacobians and Hessians."""

from functools import wraps

import numpy as np

from mathforml.autodiff.trace import Tangents, Tape, Traced, plain
from mathforml.autodiff.tree import describe, flatten, flatten_like, rebuild
from mathforml.checks import check_callable
from mathforml.errors import ArgumentError


def _leaf(x, name):
    if type(x) is Traced:
        return x
    try:
        array = np.asanyarray(x)
    except ValueError:
        array = np.empty(0, object)
    kind = array.dtype.kind
    if kind == "f":
        return array
    if kind in "iub":
        raise ArgumentError(f"{name} must hold floating-point numbers, not {array.dtype}: write 1.0 for 1")
    if kind == "c":
        raise ArgumentError(f"{name} must hold real numbers, not {array.dtype}")
    raise ArgumentError(f"{name} must hold arrays of numbers, not {x!r:.60} ({type(x).__name__})")


def _check_argnum(argnum, args):
    argnums = argnum if isinstance(argnum, tuple) else (argnum,)
    for i in argnums:
        if not isinstance(i, int) or isinstance(i, bool) or not -len(args) <= i < len(args):
            raise ArgumentError(f"argnum must be the position of one of the {len(args)} arguments, not {i!r}")
    return argnums


def _record(f, args, argnums, options):
    # Run f with some of its arguments on a fresh tape.
    tape, args, inputs = Tape(), list(args), []
    for i in argnums:
        leaves = [_leaf(x, f"argument {i % len(args)}") for x in flatten(args[i])]
        variables = [tape.variable(x) for x in leaves]
        inputs.append((args[i], leaves))
        args[i] = rebuild(args[i], variables)
    return tape, inputs, f(*args, **options)


def _cotangents(tape, inputs, seeds):
    # What reached the inputs, in containers like them; they are the first nodes of the tape.
    found, at, trees = tape.pull(seeds), 0, []
    for tree, leaves in inputs:
        pairs = zip(leaves, found[at : at + len(leaves)])
        shares = [np.zeros(x.shape, x.dtype)[()] if c is None else _own(c) for x, c in pairs]
        at += len(leaves)
        trees.append(rebuild(tree, shares))
    return trees


def _own(x):
    # What is handed out shares no memory with anything: rules pass on views, and one array to two arguments.
    return x if type(x) is Traced else x.copy()[()]


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
        With the arguments of `f`; returns (float, gradient). The gradient has the shape and containers of the
        argument; for several positions it is a tuple.

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
        leaves = _shaped(value, cotangent, "the cotangent")
        seeds = [(y.mark, g) for y, g, own in zip(outputs, leaves, mine) if own]
        return tuple(_cotangents(tape, inputs, seeds))

    return value, pullback


def jvp(f, primals, tangents):
    """Run `f` and return its value and the derivative in the direction of `tangents`, by forward mode.

    Parameters
    ----------
    f : callable
        Returns an array or nested containers of arrays.
    primals : tuple
        The arguments: arrays or nested containers of arrays.
    tangents : tuple
        Of the same structure and shapes.

    Returns
    -------
    value, tangent
        Of `f`; the tangent is J ẋ.

    Raises
    ------
    ArgumentError
        If `f` is no function, a primal does not hold floating-point numbers, or primals and tangents do not match.

    Examples
    --------
    >>> jvp(np.sin, (0.0,), (2.0,))
    (np.float64(0.0), np.float64(2.0))
    """
    check_callable(f)
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise ArgumentError("primals and tangents must be tuples with one entry an argument")
    primals, tangents = tuple(primals), tuple(tangents)
    leaves = [_leaf(x, f"argument {i}") for i, tree in enumerate(primals) for x in flatten(tree)]
    trace = Tangents()
    directions = _shaped(rebuild(primals, leaves), tangents, "tangents")
    output = f(*rebuild(primals, [Traced(x, trace, t) for x, t in zip(leaves, directions)]))
    outputs = flatten(output)
    mine = [type(y) is Traced and y.owner is trace for y in outputs]
    value = rebuild(output, [y.value[()] if own else y for y, own in zip(outputs, mine)])
    tangent = rebuild(
        output, [_own(y.mark) if own else np.zeros(np.shape(y))[()] for y, own in zip(outputs, mine)]
    )
    return value, tangent


def _shaped(tree, other, name):
    # The leaves of `other` as arrays of the shapes of the leaves of `tree`.
    leaves = []
    for x, t in zip(flatten(tree), flatten_like(tree, other, name)):
        if type(t) is not Traced:
            try:
                t = np.asanyarray(t, float) if np.asanyarray(t).dtype.kind != "f" else np.asanyarray(t)
            except (TypeError, ValueError):
                raise ArgumentError(f"{name} must hold numbers, not {t!r:.60}") from None
        if t.shape != np.shape(x):
            raise ArgumentError(f"{name} must have shape {np.shape(x)}, not {t.shape}")
        leaves.append(t)
    return leaves


def _one_array(x, name="x"):
    if isinstance(x, list | tuple | dict) and type(x) is not Traced:
        raise ArgumentError(f"{name} must be one array; containers have no Jacobian matrix, flatten them first")
    return _leaf(x, name)


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
        x = _one_array(x)
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


def stop_gradient(x):
    """Return x as a constant: no derivative flows through it, in no mode and no order.

    Parameters
    ----------
    x : array or nested containers of arrays

    Examples
    --------
    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    np.float64(3.0)
    """
    return rebuild(x, [plain(leaf) for leaf in flatten(x)])
