"""Rules of the user's own, and what follows from them: checkpoints, constants."""

from functools import partial, wraps

import numpy as np

from mathforml.autodiff import forward, reverse
from mathforml.autodiff.tape import Primitive
from mathforml.autodiff.trace import Traced, plain
from mathforml.autodiff.tree import describe, flatten, flatten_like, rebuild
from mathforml.checks import check_callable
from mathforml.errors import ArgumentError


def primitive(f=None, *, vjp=None, jvp=None):
    """Give a function a derivative rule of its own; its inside is then never traced.

    One of the two rules is enough: the other is its transpose, for which it must be written in numpy.

    Parameters
    ----------
    f : callable
        `f(*args, **options)`, with arrays or nested containers of arrays; returns such as well. Without it:
        a decorator, `@primitive(vjp=rule)`.
    vjp : callable
        `vjp(cotangent, output, *args, **options)` returns a tuple: the cotangent of each argument, None for zero.
    jvp : callable
        `jvp(tangents, output, *args, **options)` returns the output's tangent; `tangents` has one an argument.

    Returns
    -------
    callable
        To be called as `f`. Derivatives are with respect to positional arguments.

    Raises
    ------
    ArgumentError
        If a function is not one or no rule is given; later, if a rule returns the wrong structure or shape, or
        `f` uses a traced value that is not among its positional arguments.

    Examples
    --------
    >>> root = primitive(np.sqrt, vjp=lambda g, y, x: (g / (2 * y),))
    >>> reverse.grad(root)(4.0)
    np.float64(0.25)
    """
    if f is None:
        return partial(primitive, vjp=vjp, jvp=jvp)
    check_callable(f)
    if vjp is None and jvp is None:
        raise ArgumentError("primitive needs a derivative rule: vjp, jvp or both")
    for rule, name in ((vjp, "vjp"), (jvp, "jvp")):
        if rule is not None:
            check_callable(rule, name)

    def pull(cotangent, argnums, output, args, options):
        shares = vjp(cotangent, output, *args, **options)
        if not isinstance(shares, tuple | list) or len(shares) != len(args):
            raise ArgumentError(
                f"vjp of {_name(f)} must return one cotangent for each of the {len(args)} arguments, "
                f"not {describe(shares)}"
            )
        name = f"a cotangent from vjp of {_name(f)}"
        leaves = []
        for arg, share in zip(args, shares):
            n = len(flatten(arg))
            leaves += [None] * n if share is None else flatten_like(arg, share, name)
        return [leaves[i] for i in argnums]

    def push(tangents, argnums, output, args, options):
        every = [np.zeros(np.shape(x)) for x in flatten(args)]
        for i, t in zip(argnums, tangents):
            every[i] = t
        return jvp(rebuild(args, every), output, *args, **options)

    return _bind(f, pull if vjp else None, push if jvp else None)


def checkpoint(f):
    """Return a function with the value and derivatives of `f` that stores only its arguments.

    Reverse mode stores what every operation of `f` has computed; here it runs `f` once more instead, when the
    backward pass gets there. A chain of T steps in √T checkpoints of √T steps stores O(√T) arrays instead of T.

    Parameters
    ----------
    f : callable
        Its traced values must come in as positional arguments.

    References
    ----------
    Griewank 1992, Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
    differentiation, https://doi.org/10.1080/10556789208805505

    Examples
    --------
    >>> reverse.grad(checkpoint(lambda x: np.sin(np.sin(x))))(0.0)
    np.float64(1.0)
    """
    check_callable(f)

    def of(argnums, args, options):
        leaves = flatten(args)

        def run(*chosen):
            every = list(leaves)
            for i, x in zip(argnums, chosen):
                every[i] = x
            return f(*rebuild(args, every), **options)

        return run, [leaves[i] for i in argnums]

    def pull(cotangent, argnums, output, args, options):
        run, chosen = of(argnums, args, options)
        return reverse.vjp(run, *chosen)[1](cotangent)

    def push(tangents, argnums, output, args, options):
        run, chosen = of(argnums, args, options)
        return forward.jvp(run, chosen, tangents)[1]

    return _bind(f, pull, push)


def stop_gradient(x):
    """Return x as a constant: no derivative flows through it, in no mode and no order.

    Parameters
    ----------
    x : array or nested containers of arrays

    Examples
    --------
    >>> reverse.grad(lambda x: x * stop_gradient(x))(3.0)
    np.float64(3.0)
    """
    return rebuild(x, [plain(leaf) for leaf in flatten(x)])


def _name(f):
    return getattr(f, "__name__", type(f).__name__)


def _bind(f, pull, push):
    # Containers are an affair of this function: the primitive inside takes leaves and returns one array.

    @wraps(f, updated=())
    def bound(*args, **options):
        leaves = flatten(args)
        if not any(type(x) is Traced for x in leaves):
            return _untraced(f(*args, **options), _name(f))
        form = Form()

        def function(*leaves):
            return form.pack(_untraced(f(*rebuild(args, leaves), **options), _name(f)))

        def pull_leaves(g, argnums, y, values, _):
            if pull is None:
                return _transpose(lambda *ts: push_leaves(ts, argnums, y, values, _), values, argnums, g)
            shares = pull(form.unpack(g), argnums, form.unpack(y), rebuild(args, values), options)
            return [_fits(c, values[i], f"a cotangent from vjp of {_name(f)}") for i, c in zip(argnums, shares)]

        def push_leaves(ts, argnums, y, values, _):
            if push is None:
                return _transpose_back(lambda g: pull_leaves(g, argnums, y, values, _), y, ts)
            t = push(ts, argnums, form.unpack(y), rebuild(args, values), options)
            return _fits(form.join(t), y, f"the tangent from jvp of {_name(f)}")

        return form.unpack(Primitive(_name(f), function, pull_leaves, push_leaves)(*leaves))

    return bound


def _untraced(tree, name):
    if any(type(x) is Traced for x in flatten(tree)):
        raise ArgumentError(
            f"{name} uses a traced value that is not among its positional arguments; pass it as one"
        )
    return tree


def _fits(array, like, name):
    if array is None:
        return None
    array = array if type(array) is Traced else np.asanyarray(array)
    if array.shape != np.shape(like):
        raise ArgumentError(f"{name} must have shape {np.shape(like)}, not {array.shape}")
    return array


def _transpose(push, values, argnums, cotangent):
    _, pullback = reverse.vjp(push, *[np.zeros(np.shape(values[i])) for i in argnums])
    return pullback(cotangent)


def _transpose_back(pull, output, tangents):
    def shares(g):
        return [np.zeros(t.shape) if share is None else share for share, t in zip(pull(g), tangents)]

    _, pullback = reverse.vjp(shares, np.zeros(output.shape))
    return pullback(list(tangents))[0]


class Form:
    """The containers and shapes of a result, which travels as one array; a single array travels as it is."""

    def __init__(self):
        self.tree, self.shapes = None, ()

    def pack(self, tree):
        """Return the result as one array and remember its form."""
        leaves = flatten(tree)
        self.tree, self.shapes = rebuild(tree, [0.0] * len(leaves)), [np.shape(x) for x in leaves]
        return self.join(tree)

    def join(self, tree):
        """Return containers of that form as one array."""
        if type(self.tree) is float:
            array = tree if type(tree) is Traced else np.asanyarray(tree)
            return array.astype(float) if array.dtype.kind in "iub" else array
        leaves = flatten_like(self.tree, tree, "the result")
        return np.concatenate([np.ravel(x) for x in leaves]) if leaves else np.zeros(0)

    def unpack(self, packed):
        """Return one array as containers."""
        if type(self.tree) is float:
            return packed
        leaves, start = [], 0
        for shape in self.shapes:
            stop = start + int(np.prod(shape))
            leaves.append(np.reshape(packed[start:stop], shape))
            start = stop
        return rebuild(self.tree, leaves)
