"""Forward mode: one pass gives the derivative in one direction."""

import numpy as np

from mathforml.autodiff.arguments import fresh, leaf, shaped
from mathforml.autodiff.tape import Tangents
from mathforml.autodiff.trace import Traced
from mathforml.autodiff.tree import flatten, rebuild
from mathforml.checks import check_callable
from mathforml.errors import ArgumentError


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
    leaves = [leaf(x, f"argument {i}") for i, tree in enumerate(primals) for x in flatten(tree)]
    trace = Tangents()
    directions = shaped(rebuild(primals, leaves), tangents, "tangents")
    output = f(*rebuild(primals, [Traced(x, trace, t) for x, t in zip(leaves, directions)]))
    outputs = flatten(output)
    mine = [type(y) is Traced and y.owner is trace for y in outputs]
    value = rebuild(output, [y.value[()] if own else y for y, own in zip(outputs, mine)])
    tangent = rebuild(
        output, [fresh(y.mark, y.dtype) if own else np.zeros(np.shape(y))[()] for y, own in zip(outputs, mine)]
    )
    return value, tangent
