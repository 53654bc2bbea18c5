"""What goes in and out: leaves that are arrays, of the shapes that fit."""

import numpy as np

from mathforml.autodiff.trace import Traced
from mathforml.autodiff.tree import flatten, flatten_like
from mathforml.errors import ArgumentError


def leaf(x, name):
    """Return one leaf of an argument as an array.

    Raises
    ------
    ArgumentError
        If it does not hold floating-point numbers.
    """
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


def one_array(x, name="x"):
    """Return an argument that must be a single array."""
    if isinstance(x, list | tuple | dict) and type(x) is not Traced:
        raise ArgumentError(f"{name} must be one array; containers have no Jacobian matrix, flatten them first")
    return leaf(x, name)


def shaped(tree, other, name):
    """Return the leaves of `other` as arrays, which must have the structure and shapes of `tree`.

    Raises
    ------
    ArgumentError
        If they have not.
    """
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


def fresh(x, dtype):
    """Copy what is handed out: rules pass on views, and one array to two arguments, and compute in float64."""
    return x if type(x) is Traced else x.astype(dtype)[()]
