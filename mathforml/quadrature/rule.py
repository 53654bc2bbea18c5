"""A quadrature rule is nodes and weights; everything else is how to choose them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from mathforml.checks import check_callable, check_number
from mathforml.errors import ArgumentError, MathForMLError


class Rule(NamedTuple):
    """Nodes x_i and weights w_i of ∫ f(x) ω(x) dx ≈ Σ w_i f(x_i).

    Attributes
    ----------
    nodes : ndarray, shape (n,) or (n, d)
    weights : ndarray, shape (n,)

    Examples
    --------
    >>> Rule(np.array([0.0, 0.5, 1.0]), np.array([1, 4, 1]) / 6).integrate(lambda x: x**3)
    0.25
    """

    nodes: np.ndarray
    weights: np.ndarray

    def integrate(self, f):
        """Return Σ w_i f(x_i).

        Parameters
        ----------
        f : callable
            Takes all nodes at once and returns one value (or one array of values) a node.

        Returns
        -------
        float or complex, or ndarray of shape (...)
            The latter where `f` returns an array of shape (n, ...).

        Raises
        ------
        ArgumentError
            If `f` is no function, returns another shape, or is NaN or infinite at a node.
        """
        total = np.tensordot(self.weights, evaluate(f, self.nodes), axes=1)
        return total if total.ndim else total.item()


def evaluate(f, nodes):
    """Return the values of `f` at all nodes, or say at which one they are no numbers."""
    check_callable(f)
    try:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # the next lines say it better
            values = np.asarray(f(nodes))
    except MathForMLError:
        raise
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"f must take all nodes, one array, and return one value a node; {error}") from error
    if values.dtype.kind not in "fciub":
        raise ArgumentError(f"f must return numbers, not {values.dtype}")
    if values.shape[:1] != nodes.shape[:1]:
        raise ArgumentError(
            f"f must return one value a node, shape ({len(nodes)}) or ({len(nodes)}, …), not "
            f"({', '.join(map(str, values.shape))}); a constant is written 1 + 0 * x"
        )
    finite = np.isfinite(values)
    if not finite.all():
        at = int(np.argwhere(~finite)[0][0])
        value = values[at][~finite[at]].ravel()[0] if values.ndim > 1 else values[at]
        raise ArgumentError(f"f must be finite at every node; f({nodes[at]}) is {value}")
    return values


def evaluate_real(f, nodes):
    """Return the values of `f` at all nodes if they are real numbers, one a node."""
    values = evaluate(f, nodes)
    if values.ndim != 1 or values.dtype.kind == "c":
        raise ArgumentError("f must return one real value a node here; Rule.integrate takes arrays and complex")
    return values


def on_interval(nodes, weights, a, b):
    """Carry a rule from [−1, 1] to [a, b]."""
    a, b = check_interval(a, b)
    if (a, b) == (-1, 1):
        return Rule(nodes, weights)
    return Rule((a + b) / 2 + (b - a) / 2 * nodes, (b - a) / 2 * weights)


def check_interval(a, b):
    """Return the ends as floats if both are finite; b may lie below a, which turns the sign."""
    try:
        a, b = check_number(a, "a"), check_number(b, "b")
    except ArgumentError as error:
        if np.ndim(a) == np.ndim(b) == 0 and (a in (np.inf, -np.inf) or b in (np.inf, -np.inf)):
            raise ArgumentError(
                f"a and b must be finite, not {a} and {b}; adaptive() integrates to infinity"
            ) from None
        raise error
    if not math.isfinite(abs(a) + abs(b)):
        raise ArgumentError(f"a and b must not be so large that b − a overflows, not {a:g} and {b:g}")
    return a, b
