"""What an integrator that chooses its own nodes gives back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Integral:
    """An integral with what is known about it.

    Attributes
    ----------
    value : float
        The integral.
    error : float
        Estimated bound of its error.
    evaluations : int
        Nodes at which the integrand was evaluated.
    converged : bool
        Whether the error is within the tolerance that was asked for.
    """

    value: float
    error: float
    evaluations: int
    converged: bool
