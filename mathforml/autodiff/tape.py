"""Who follows traced arrays: a tape writes operations down, tangents travel along.

A `Traced` array has a value and an owner: a `Tape` (reverse mode) or `Tangents` (forward mode). A primitive asks
the innermost owner among its arguments to apply it. That owner takes its own wrapping off and applies the
primitive to what is inside, which may be traced as well, by an owner further out. So derivatives nest, and as
every owner has a number of its own, one never takes another's perturbation for its own.

References
----------
Siskind, Pearlmutter 2008, Nesting forward-mode AD in a functional framework, https://doi.org/10.1007/s10990-008-9037-1
"""

import itertools

import numpy as np

from mathforml.autodiff.trace import Traced
from mathforml.errors import ArgumentError

_numbers = itertools.count()


class Primitive:
    """A function of arrays together with its derivatives.

    Parameters
    ----------
    function : callable
        `function(*values, **options)` returns one array; derivatives are with respect to the positional values.
    pull : callable
        `pull(cotangent, argnums, output, values, options)` returns the cotangents of these arguments (VJP).
    push : callable
        `push(tangents, argnums, output, values, options)` returns the output's tangent (JVP).
    add_to : callable, optional
        `add_to(sofar, cotangent, **options)` adds the cotangent of the only argument to an array, in place.
    """

    __slots__ = ("add_to", "function", "name", "pull", "push")

    def __init__(self, name, function, pull, push, *, add_to=None):
        self.name, self.function, self.pull, self.push, self.add_to = name, function, pull, push, add_to

    def __call__(self, *args, **options):
        inner = None
        for a in args:
            if type(a) is Traced and (inner is None or a.owner.number > inner.number):
                inner = a.owner
        if inner is None:
            return self.function(*args, **options)
        return inner.apply(self, args, options)

    def __repr__(self):
        return f"<primitive {self.name}>"


class Tape:
    """Reverse mode: the list of all operations in the order in which they happened."""

    __slots__ = ("__weakref__", "nodes", "number")
    meter = None  # what cost() counts with

    def __init__(self):
        self.number = next(_numbers)
        self.nodes = []
        if Tape.meter is not None:
            Tape.meter.tapes.add(self)

    def variable(self, value):
        """Return `value` as a traced array that has no parents."""
        self.nodes.append((None, (), (), value, (), None))
        return Traced(value, self, len(self.nodes) - 1)

    def apply(self, primitive, args, options):
        """Apply a primitive to values, some of this owner, and follow it."""
        values, argnums, parents = _unwrap(self, args)
        output = primitive(*values, **options)
        _refuse_complex(output, primitive)
        self.nodes.append((primitive, argnums, parents, output, values, options))
        return Traced(output, self, len(self.nodes) - 1)

    def pull(self, seeds):
        """Carry cotangents from outputs back to everything before.

        Parameters
        ----------
        seeds : list of (int, array)
            Position of a node and the cotangent of its output.

        Returns
        -------
        list of (array or None), one a node
            Those of variables; what was passed on is gone.
        """
        if Tape.meter is not None:
            Tape.meter.look()
        nodes, cotangents, fresh = self.nodes, [None] * len(self.nodes), set()
        for at, seed in seeds:
            cotangents[at] = seed if cotangents[at] is None else cotangents[at] + seed
        for at in range(max((at for at, _ in seeds), default=-1), -1, -1):
            cotangent = cotangents[at]
            primitive, argnums, parents, output, values, options = nodes[at]
            if cotangent is None or primitive is None:
                continue
            cotangents[at] = None
            if primitive.add_to is not None and type(cotangent) is not Traced and values[0].ndim:
                # A piece of an array: added in place, or T pieces of T numbers would cost T².
                (parent,) = parents
                if parent not in fresh:
                    fresh.add(parent)
                    sofar = cotangents[parent]
                    new = np.zeros(values[0].shape, cotangent.dtype)
                    cotangents[parent] = new if sofar is None else sofar + new
                if type(cotangents[parent]) is not Traced:
                    primitive.add_to(cotangents[parent], cotangent, **options)
                    continue
            for parent, share in zip(parents, primitive.pull(cotangent, argnums, output, values, options)):
                if share is not None:
                    sofar = cotangents[parent]
                    cotangents[parent] = share if sofar is None else sofar + share
        return cotangents


class Tangents:
    """Forward mode: the mark of a traced array is its tangent."""

    __slots__ = ("number",)

    def __init__(self):
        self.number = next(_numbers)

    def apply(self, primitive, args, options):
        """Apply a primitive to values, some of this owner, and follow it."""
        values, argnums, tangents = _unwrap(self, args)
        output = primitive(*values, **options)
        _refuse_complex(output, primitive)
        return Traced(output, self, primitive.push(tangents, argnums, output, values, options))


def _unwrap(owner, args):
    values, argnums, marks = list(args), [], []
    for i, a in enumerate(args):
        if type(a) is Traced:
            if a.owner is owner:
                values[i] = a.value
                argnums.append(i)
                marks.append(a.mark)
        elif type(a) is list or type(a) is tuple:
            values[i] = np.asarray(a)  # rules compute with it
    return values, argnums, marks


def _refuse_complex(output, primitive):
    if output.dtype.kind == "c":
        raise ArgumentError(
            f"np.{primitive.name} made complex numbers of a traced array; derivatives here are real"
        )
