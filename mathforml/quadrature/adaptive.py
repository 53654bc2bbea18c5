"""Adaptive integration: halve the intervals that have most of the error until the rest is small enough."""

from __future__ import annotations

import heapq
import itertools
import math
from functools import lru_cache

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_number
from mathforml.errors import ArgumentError, ConvergenceError
from mathforml.quadrature.kronrod import gauss_kronrod_rule
from mathforml.quadrature.result import Integral
from mathforml.quadrature.rule import evaluate

NODES = 15
ROUNDING = 50 * np.finfo(float).eps  # of ∫|f|; what an estimate cannot promise to go below


def adaptive(f, a, b, *, rtol=1e-10, atol=1e-12, points=(), panels=4, max_evaluations=100_000, strict=True):
    """Integrate `f` from a to b, either of which may be infinite, to a tolerance.

    Every interval carries a Gauss–Kronrod pair of 7 and 15 nodes, whose difference estimates its error; a heap
    gives the worst ones, which are halved. All intervals of a round are one call of `f`. Infinite ranges are
    mapped to finite ones by x = c ± (1 − t) / t.

    Parameters
    ----------
    f : callable
        Takes an array of nodes, shape (n,), and returns one real value a node. Ends and points are never nodes.
    a, b : float
        Ends; b < a turns the sign. A singularity at an end or a point is resolved best if it lies at zero, where
        floating point numbers are densest.
    rtol, atol : float
        Wanted bound of the error: the larger of `atol` and `rtol` times the integral.
    points : array_like, shape (k,)
        Where `f` has a kink, a jump, a singularity or a narrow peak, inside (a, b).
    panels : int
        Intervals to start from, between any two points. No rule sees a peak that lies between its nodes: more
        panels find narrower ones.
    max_evaluations : int
        Most nodes to spend.
    strict : bool
        Whether to raise if the tolerance is not reached; otherwise the result says so.

    Returns
    -------
    Integral
        With value, error, evaluations, converged.

    Raises
    ------
    ArgumentError
        If an argument is not as above, or `f` is NaN, infinite or not real at a node.
    ConvergenceError
        If the tolerance is not reached: too few evaluations, rounding errors, an integral that does not exist.

    References
    ----------
    Piessens, de Doncker-Kapenga, Überhuber, Kahaner 1983, QUADPACK, doi:10.1007/978-3-642-61786-7

    Examples
    --------
    >>> result = adaptive(lambda x: np.exp(-(x**2)), -np.inf, np.inf)
    >>> result.value.__round__(10), result.converged
    (1.7724538509, True)
    """
    check_callable(f)
    a, b = _check_limit(a, "a"), _check_limit(b, "b")
    rtol, atol = check_number(rtol, "rtol", least=0), check_number(atol, "atol", least=0)
    panels, most = check_count(panels, "panels"), check_count(max_evaluations, "max_evaluations", least=NODES)
    sign, a, b = (1, a, b) if a <= b else (-1, b, a)
    points = np.unique(check_array(points, "points", shape=("k",)))
    if len(points) and not a < points[0] <= points[-1] < b:
        raise ArgumentError(f"points must lie between a and b, not at {points[0]:g} … {points[-1]:g}")
    if a == b:
        return Integral(0.0, 0.0, 0, True)

    g, cuts, to_x, least = _finite(f, a, b, points)
    ends = np.concatenate([np.linspace(*pair, panels + 1)[:-1] for pair in itertools.pairwise(cuts)] + [cuts[-1:]])
    lows, highs = ends[:-1], ends[1:]
    heap, hopeless, evaluations = [], [], 0
    while True:
        for interval in zip(*_gauss_kronrod(g, lows, highs), lows.tolist(), highs.tolist()):
            heapq.heappush(heap if _divisible(*interval, least) else hopeless, interval)
        evaluations += NODES * len(lows)
        value = math.fsum(interval[1] for interval in heap + hopeless)
        error = math.fsum(-interval[0] for interval in heap + hopeless)
        tolerance = max(atol, rtol * abs(value))
        if error <= tolerance:
            return Integral(sign * value, error, evaluations, True)
        left = (most - evaluations) // (2 * NODES)
        stuck = math.fsum(-interval[0] for interval in hopeless) > tolerance
        if stuck or left < 1:
            break
        worst = []
        remaining = error
        while heap and remaining > tolerance / 2 and len(worst) < left:
            worst.append(heapq.heappop(heap))
            remaining += worst[-1][0]
        bounds = np.array([interval[-2:] for interval in worst])
        middles = bounds.mean(axis=1)
        lows, highs = np.append(bounds[:, 0], middles), np.append(middles, bounds[:, 1])
    if strict:
        where = to_x(np.mean(min(heap + hopeless)[-2:]))
        reason = (
            "rounding errors or a singularity leave nothing to halve"
            if stuck
            else f"{evaluations} evaluations do not suffice"
        )
        raise ConvergenceError(
            f"the error of {sign * value:.6g} is about {error:.2g}, above the tolerance {tolerance:.2g}: "
            f"{reason}. The worst interval is near {where:.6g}; if the integral exists, give points=, more "
            "max_evaluations= or a larger atol= or rtol="
        )
    return Integral(sign * value, error, evaluations, False)


def _finite(f, a, b, points):
    """Return the integrand on a finite range, ends and points there, the way back, the least width to halve."""

    def real(x):
        values = evaluate(f, x)
        if values.shape != x.shape or values.dtype.kind == "c":
            raise ArgumentError(
                "f must return one real value a node here; Rule.integrate takes arrays and complex"
            )
        return values

    if math.isfinite(a) and math.isfinite(b):
        return real, np.concatenate([[a], points, [b]]), float, 1e-290
    center = a if math.isfinite(a) else b if math.isfinite(b) else points[len(points) // 2] if len(points) else 0.0

    def to_x(t):  # infinity is at t = 0, where floating point is finest
        return center + 1 / t - np.sign(t)

    def g(t):
        with np.errstate(over="ignore"):
            return real(to_x(t)) / t**2

    moved = points[points != center] - center
    sides = [-1.0] * (a == -np.inf) + [0.0] + [1.0] * (b == np.inf)
    return g, np.sort(np.append(1 / (moved + np.sign(moved)), sides)), to_x, 1e-150  # 1 / t² must not overflow


def _gauss_kronrod(g, lows, highs):
    """Return minus the estimated error and the value for each interval, as lists."""
    nodes, weights, gauss_weights = _pair()
    half = (highs - lows) / 2
    x = (lows + half)[:, None] + half[:, None] * nodes
    values = g(x.ravel()).reshape(x.shape)
    if np.abs(values).max() > 1e290:
        raise ConvergenceError(
            "f grows too fast towards a singularity or infinity: the integral seems not to exist"
        )
    kronrod = values @ weights
    difference = np.abs(kronrod - values[:, 1::2] @ gauss_weights)
    # As in QUADPACK: the 15 nodes are far better than the difference says once that is small beside ∫|f − mean|.
    spread = np.abs(values - kronrod[:, None] / 2) @ weights
    ratio = 200 * np.divide(difference, spread, out=np.ones_like(spread), where=spread > 0)
    error = np.where(spread > 0, spread * np.minimum(1, ratio**1.5), difference)
    error = np.maximum(error, ROUNDING * (np.abs(values) @ weights))
    return (-error * half).tolist(), (kronrod * half).tolist()


def _divisible(minus_error, value, low, high, least):
    return high - low > max(least, 1e-12 * max(abs(low), abs(high))) and -minus_error > 2 * ROUNDING * abs(value)


def _check_limit(value, name):
    return float(value) if np.ndim(value) == 0 and value in (np.inf, -np.inf) else check_number(value, name)


@lru_cache(maxsize=1)
def _pair():
    return gauss_kronrod_rule(7)
