"""Do the derivatives of a function agree: forward mode, reverse mode and central differences?"""

import numpy as np

from mathforml.autodiff.forward import jvp
from mathforml.autodiff.reverse import vjp
from mathforml.autodiff.tree import flatten, flatten_like, rebuild
from mathforml.checks import check_callable, check_count, check_number, check_seed
from mathforml.errors import ArgumentError


def check_grads(f, *args, order=2, rtol=1e-6, seed=0):
    """Compare forward mode, reverse mode and central differences in a random direction.

    Parameters
    ----------
    f : callable
        Returns an array or nested containers of arrays; smooth near the arguments.
    args : arrays or nested containers of arrays
    order : int
        Derivatives up to this one: at 2 the function's derivative is checked as well.
    rtol : float
        Largest difference, relative to the size of the derivative (or 1 where that is less).
    seed : int, None or random generator
        Of the directions.

    Raises
    ------
    ArgumentError
        If two of the three differ, with the numbers; or if an argument is not what is needed.

    Examples
    --------
    >>> check_grads(lambda x: np.sum(np.sin(x) * x), np.array([0.5, 2.0]))
    """
    check_callable(f)
    order, rtol, rng = check_count(order, "order"), check_number(rtol, "rtol", above=0), check_seed(seed)
    _check(f, args, order, 1, rtol, rng)


def _check(f, args, order, now, rtol, rng):
    points = [np.asanyarray(x) for x in flatten(args)]
    value, pullback = vjp(f, *args)
    v = [rng.standard_normal(x.shape) for x in points]
    w = rebuild(value, [rng.standard_normal(np.shape(y)) for y in flatten(value)])

    def along(h):
        moved = f(*rebuild(args, [x + h * t for x, t in zip(points, v)]))
        return _inner(flatten_like(value, moved, "the value"), flatten(w))

    # The step that balances rounding ε/h against truncation h², at the scale of the arguments.
    h = np.cbrt(np.finfo(float).eps) * max([1.0, *(np.abs(x).max(initial=0.0) for x in points)])
    difference = (along(h) - along(-h)) / (2 * h)
    _, tangent = jvp(f, args, rebuild(args, v))
    forward = _inner(flatten(tangent), flatten(w))
    reverse = _inner(flatten(pullback(w)), v)
    names = {"central differences": difference, "forward mode": forward, "reverse mode": reverse}
    for a, b in (("forward mode", "central differences"), ("reverse mode", "central differences")):
        gap = abs(names[a] - names[b])
        if not gap <= rtol * max(1.0, abs(difference)):
            others = ", ".join(f"{name} {number:.10g}" for name, number in names.items())
            raise ArgumentError(f"derivatives of order {now} differ: {a} is off by {gap:.3g} ({others})")
    if now < order:
        _check(lambda *args: vjp(f, *args)[1](w), args, order, now + 1, rtol, rng)


def _inner(a, b):
    return float(sum(np.sum(x * y) for x, y in zip(a, b)))
