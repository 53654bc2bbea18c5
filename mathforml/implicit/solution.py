"""What an iteration returns, and what it says when it fails."""

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_array, check_count, check_number
from mathforml.errors import ArgumentError, ConvergenceError


@dataclass(frozen=True)
class Solution:
    """Where an iteration arrived, and how.

    Attributes
    ----------
    x : ndarray
        The solution.
    steps : ndarray, shape (iterations,)
        Length of each step: its decrease tells the order of convergence.
    """

    x: np.ndarray
    steps: np.ndarray

    @property
    def iterations(self):
        """How many steps were taken."""
        return len(self.steps)


def check_options(x0, tol, max_iterations):
    """Return the start as a float array with the checked options of an iteration."""
    start = check_array(x0, "x0")
    if start.size == 0:
        raise ArgumentError("x0 must hold at least one number")
    return start, check_number(tol, "tol", above=0), check_count(max_iterations, "max_iterations")


def evaluate(f, name, x, like="x"):
    """Return f(x), which must be an array of the shape of x.

    Raises
    ------
    ArgumentError
        If it has another shape.
    ConvergenceError
        If it is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # said below, as an error
        value = np.asarray(f(x), dtype=float)
    if value.shape != x.shape:
        raise ArgumentError(f"{name} must return the shape of {like}, {x.shape}, not {value.shape}")
    if not np.isfinite(value).all():
        raise ConvergenceError(f"{name} is not finite at an iterate; start closer to the solution")
    return value


def arrived(step, x, tol):
    """Whether a step of this length is negligible beside x."""
    return step <= tol * (1 + np.linalg.norm(x))
