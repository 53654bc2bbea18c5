"""What an iteration returns, and what it says when it fails."""

from dataclasses import dataclass

import numpy as np

from mathforml.autodiff.trace import Traced
from mathforml.checks import check_array, check_count, check_number
from mathforml.errors import ArgumentError, ConvergenceError, SingularError


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


def untraced(value, name):
    """Return an array of floats.

    Raises
    ------
    ArgumentError
        If it is traced: the function that returned it uses a variable of a derivative around it.
    """
    if type(value) is Traced:
        raise ArgumentError(
            f"{name} depends on a variable that is being differentiated and does not come in through θ; "
            f"make it part of θ (nested containers may hold several arrays)"
        )
    return np.asarray(value, dtype=float)


def evaluate(f, name, x):
    """Return f(x), which must be an array of the shape of x.

    Raises
    ------
    ArgumentError
        If it has another shape, or is traced.
    ConvergenceError
        If it is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # said below, as an error
        value = untraced(f(x), name)
    if value.shape != x.shape:
        raise ArgumentError(f"{name} must return the shape of x, {x.shape}, not {value.shape}")
    if not np.isfinite(value).all():
        raise ConvergenceError(f"{name} is not finite at an iterate; start closer to the solution")
    return value


def length(step):
    """Return ‖step‖, infinite where it is beyond the largest number."""
    with np.errstate(over="ignore"):
        return np.linalg.norm(step)


def check_order(steps, matrix):
    """Refuse an end of Newton's method that was reached with linear convergence only.

    At a regular solution the number of correct digits doubles; at one of order m each step is 1 − 1/m of the last.

    Raises
    ------
    SingularError
        If so.
    """
    if len(steps) >= 4 and min(steps[-1] / steps[-2], steps[-2] / steps[-3]) > 0.3:
        raise SingularError(
            f"{matrix} is singular at the solution: the last step is {steps[-1] / steps[-2]:.2f} times the one "
            f"before, where a regular solution would make it far smaller"
        )


def arrived(step, x, tol):
    """Whether a step of this length is negligible beside x."""
    size = length(x)
    return np.isfinite(size) and step <= tol * (1 + size)
