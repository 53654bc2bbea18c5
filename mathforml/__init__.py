"""Integration, expectations and derivatives: the mathematics under learning from data, one module an idea.

The parts follow Deisenroth and Ong's tutorial "There and Back Again: A Tale of Slopes and Expectations"
(NeurIPS 2020, https://mml-book.github.io/slopes-expectations.html).

>>> from mathforml import quadrature
>>> quadrature.simpson(lambda x: x**3, 0, 1, n=2)
0.25
"""

_PARTS = [
    "adjoint",
    "autodiff",
    "bayesian_quadrature",
    "five_ways",
    "flows",
    "forward_backward",
    "gradient_estimators",
    "implicit",
    "lagrange",
    "monte_carlo",
    "quadrature",
    "time_series",
]

__all__ = list(_PARTS)


def __getattr__(name):
    # Each part loads on first use: scipy's pieces take longer than everything else together.
    from importlib import import_module

    if name not in _PARTS:
        raise AttributeError(f"module 'mathforml' has no attribute {name!r}")
    return import_module(f"mathforml.{name}")


def __dir__():
    return [*globals(), *__all__]
