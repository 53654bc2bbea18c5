"""Quadratic programs: min ½ xᵀHx + cᵀx subject to A x = b and G x ≥ h."""

from typing import NamedTuple

import numpy as np

from mathforml.checks import check_array
from mathforml.errors import ArgumentError


class Program(NamedTuple):
    """The checked arrays of a quadratic program; absent constraints have no rows."""

    H: np.ndarray  # (d, d)
    c: np.ndarray  # (d,)
    A: np.ndarray  # (m, d)
    b: np.ndarray  # (m,)
    G: np.ndarray  # (k, d)
    h: np.ndarray  # (k,)


def check_program(H, c, A=None, b=None, G=None, h=None):
    """Return the arrays of a quadratic program, with shapes that fit."""
    c = check_array(c, "c", shape=("d",))
    d = len(c)
    H = check_array(H, "H", shape=(d, d))
    if np.abs(H - H.T).max(initial=0.0) > 1e-10 * np.abs(H).max(initial=0.0):
        raise ArgumentError("H must be symmetric")
    A, b = _check_rows(A, b, "A", "b", d)
    G, h = _check_rows(G, h, "G", "h", d)
    return Program((H + H.T) / 2, c, A, b, G, h)


def balance(program):
    """Return units u (d,) and the program in z = x / u, in which the diagonal of H is one.

    After that, what is tiny beside the largest entry is rounding, and not a variable in another unit.
    """
    H, c, A, b, G, h = program
    diagonal = np.abs(np.diag(H))
    counts = diagonal > 1e-30 * diagonal.max(initial=0.0)  # less may be rounding of the other entries
    units = np.where(counts, diagonal, 1.0) ** -0.5
    return units, Program(H * np.outer(units, units), c * units, A * units, b, G * units, h)


def _check_rows(rows, sides, rows_name, sides_name, d):
    if (rows is None) != (sides is None):
        given, missing = (rows_name, sides_name) if sides is None else (sides_name, rows_name)
        raise ArgumentError(f"{rows_name} and {sides_name} must come together; {given} came without {missing}")
    if rows is None:
        return np.zeros((0, d)), np.zeros(0)
    rows = check_array(rows, rows_name, shape=("rows", d))
    return rows, check_array(sides, sides_name, shape=(len(rows),))


def quadratic(H, c):
    """Return the function x ↦ ½ xᵀHx + cᵀx, which `mathforml.autodiff` can differentiate.

    Parameters
    ----------
    H : array_like, shape (d, d)
        Symmetric.
    c : array_like, shape (d,)

    Examples
    --------
    >>> float(quadratic([[2.0]], [1.0])(np.array([3.0])))
    12.0
    """
    H, c, *_ = check_program(H, c)
    return lambda x: 0.5 * (x @ (H @ x)) + c @ x


def affine(A, b):
    """Return the function x ↦ A x − b, whose zeros (or non-negative values) are the constraint.

    Parameters
    ----------
    A : array_like, shape (m, d)
    b : array_like, shape (m,)

    Examples
    --------
    >>> affine([[1.0, 1.0]], [1.0])(np.array([2.0, 3.0])).tolist()
    [4.0]
    """
    A = check_array(A, "A", shape=("m", "d"))
    b = check_array(b, "b", shape=(len(A),))
    return lambda x: A @ x - b
