"""How rules are entered: four kinds of primitive, by what their derivative looks like.

A derivative is a linear map of the tangent t (forward mode) or, transposed, of the cotangent (reverse mode). Rules
are written in numpy on values that may themselves be traced, so that rules have derivatives too.
"""

import numpy as np

from mathforml.autodiff.tape import Primitive
from mathforml.autodiff.trace import COMPOSITES, CONSTANTS, PRIMITIVES

ALL = {}  # name: Primitive, every rule there is


def fit(g, shape):
    """Sum a cotangent over the axes along which an argument of this shape was broadcast."""
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    if extra > 0:
        g = np.sum(g, axis=tuple(range(extra)))
    ones = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    return np.sum(g, axis=ones, keepdims=True) if ones else g


def spread(t, shape):
    """Broadcast a tangent to the shape of the output."""
    return t if t.shape == shape else np.broadcast_to(t, shape)


def enter(primitive, key):
    """Put a primitive in the tables."""
    PRIMITIVES[key] = ALL[primitive.name] = primitive
    return primitive


def elementwise(function, *scalings, name=None):
    """Enter a function that acts on each element.

    Its Jacobian is diagonal, so one map `scaling(t, y, *values)` an argument is both its JVP and its VJP.
    """
    if len(scalings) == 1:
        (scale,) = scalings

        def pull(g, argnums, y, values, options):
            return (scale(g, y, *values),)

        def push(tangents, argnums, y, values, options):
            return scale(tangents[0], y, *values)

    else:

        def pull(g, argnums, y, values, options):
            return [fit(scalings[i](g, y, *values), values[i].shape) for i in argnums]

        def push(tangents, argnums, y, values, options):
            total = scalings[argnums[0]](tangents[0], y, *values)
            for i, t in zip(argnums[1:], tangents[1:]):
                total = total + scalings[i](t, y, *values)
            return spread(total, y.shape)

    return enter(Primitive(name or function.__name__, function, pull, push), function)


def linear(name, function, transpose, *, add_to=None):
    """Enter a function that is linear in its one array; `transpose(g, x, **options)` is its transpose."""

    def pull(g, argnums, y, values, options):
        return (transpose(g, *values, **options),)

    def push(tangents, argnums, y, values, options):
        return primitive(tangents[0], **options)

    primitive = Primitive(name, function, pull, push, add_to=add_to)
    return enter(primitive, name)


def multilinear(name, function, *transposes, key=None):
    """Enter a function that is linear in each of its arrays.

    `transposes[i](g, *values, **options)` is the transpose in the i-th; one for all is called with i before g.
    """

    def pull(g, argnums, y, values, options):
        if len(transposes) == 1:
            return [transposes[0](i, g, *values, **options) for i in argnums]
        return [transposes[i](g, *values, **options) for i in argnums]

    def push(tangents, argnums, y, values, options):
        total = None
        for i, t in zip(argnums, tangents):
            term = primitive(*values[:i], t, *values[i + 1 :], **options)
            total = term if total is None else total + term
        return total

    primitive = Primitive(name, function, pull, push)
    return enter(primitive, key or name)


def general(name, function, vjps, jvps):
    """Enter a function by one VJP and one JVP an argument, called as `rule(t, y, *values, **options)`."""

    def pull(g, argnums, y, values, options):
        return [vjps[i](g, y, *values, **options) for i in argnums]

    def push(tangents, argnums, y, values, options):
        total = jvps[argnums[0]](tangents[0], y, *values, **options)
        for i, t in zip(argnums[1:], tangents[1:]):
            total = total + jvps[i](t, y, *values, **options)
        return total

    return enter(Primitive(name, function, pull, push), name)


def composite(*functions):
    """Enter a function that stands in for numpy's and is written with primitives."""

    def enter(stand_in):
        for function in functions:
            COMPOSITES[function] = stand_in
        return stand_in

    return enter


def constant(*functions):
    """Enter functions that are called with plain values: their derivative is zero or makes no sense."""
    CONSTANTS.update(functions)
