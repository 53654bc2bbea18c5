"""Adaptive integration: halve the intervals that have most of the error until the rest is small enough."""

from __future__ import annotations

import heapq
import itertools
import math
from functools import lru_cache
from typing import NamedTuple

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
        Intervals to start from, between any two points. No rule sees a peak that lies between its nodes, nor a
        jump nearer to an end than 0.4 % of a panel: more panels find more.
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
        for interval in _gauss_kronrod(g, lows, highs):
            heapq.heappush(heap if _divisible(interval, least) else hopeless, interval)
        evaluations += NODES * len(lows)
        intervals = heap + hopeless
        value, error = _total(intervals)
        tolerance = max(atol, rtol * abs(value))
        if error <= tolerance:
            intervals = _doubt_seams(intervals, cuts)
            error = _total(intervals)[1]
            if error <= tolerance:
                return Integral(sign * value, error, evaluations, True)
            heap = [interval for interval in intervals if _divisible(interval, least)]
            hopeless = [interval for interval in intervals if not _divisible(interval, least)]
            heapq.heapify(heap)
        left = (most - evaluations) // (2 * NODES)
        stuck = _total(hopeless)[1] > tolerance
        if stuck or left < 1:
            break
        worst = []
        remaining = error
        while heap and remaining > tolerance / 2 and len(worst) < left:
            worst.append(heapq.heappop(heap))
            remaining -= worst[-1].error
        bounds = np.array([(interval.low, interval.high) for interval in worst])
        middles = bounds.mean(axis=1)
        lows, highs = np.append(bounds[:, 0], middles), np.append(middles, bounds[:, 1])
    if strict:
        worst = min(heap + hopeless)
        where = to_x((worst.low + worst.high) / 2)
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


class _Interval(NamedTuple):
    """Ordered by error, the largest first."""

    minus_error: float
    low: float
    high: float
    value: float
    samples: list

    @property
    def error(self):
        return -self.minus_error


def _gauss_kronrod(g, lows, highs):
    """Yield an _Interval for each pair of ends."""
    (nodes, weights, gauss_weights), tail, _ = _tables()
    half = (highs - lows) / 2
    x = (lows + half)[:, None] + half[:, None] * nodes
    values = g(x.ravel()).reshape(x.shape)
    if np.abs(values).max() > 1e290:
        raise ConvergenceError(
            "f grows too fast towards a singularity or infinity: the integral seems not to exist"
        )
    kronrod = values @ weights
    # A kink can make the two rules agree by chance; the last coefficients of f in Legendre polynomials then tell.
    difference = np.maximum(
        np.abs(kronrod - values[:, 1::2] @ gauss_weights), np.abs(values @ tail).max(axis=1) / 5
    )
    # As in QUADPACK: the 15 nodes are far better than the difference says once that is small beside ∫|f − mean|.
    spread = np.abs(values - kronrod[:, None] / 2) @ weights
    ratio = 200 * np.divide(difference, spread, out=np.zeros_like(spread), where=spread > 0)
    error = spread * np.minimum(1, ratio**1.5)
    error = np.maximum(error, ROUNDING * (np.abs(values) @ weights))
    lists = [part.tolist() for part in (-error * half, lows, highs, kronrod * half, values)]
    return map(_Interval, *lists)


def _total(intervals):
    """Return the sums of values and errors."""
    return math.fsum(i.value for i in intervals), math.fsum(i.error for i in intervals)


def _divisible(interval, least):
    _, low, high, value, _ = interval
    return high - low > max(least, 1e-12 * max(abs(low), abs(high))) and interval.error > 2 * ROUNDING * abs(value)


def _doubt_seams(intervals, cuts):
    """Raise the errors of neighbours between whose outermost nodes something hides.

    A kink just beside the common end of two intervals lies beyond all nodes of both: each sees a smooth function
    and reports no error. But the polynomial through one's values then misses the first value of the other.
    """
    intervals = sorted(intervals, key=lambda interval: interval.low)
    low = np.array([interval.low for interval in intervals])
    width = np.array([interval.high for interval in intervals]) - low
    values = np.array([interval.samples for interval in intervals])
    margin = 1 - _tables()[0].nodes[-1]  # from the last node to the end, of [−1, 1]
    left, right = width[:-1], width[1:]
    # First all looks to the right, then, mirrored, those to the left.
    samples = np.concatenate([values[:-1], values[1:, ::-1]])
    actual = np.concatenate([values[1:, 0], values[:-1, -1]])
    beyond = 1 + margin * np.concatenate([right / left, left / right])
    hidden = _surprise(samples, beyond, actual).reshape(2, -1).min(axis=0) * margin * (left + right) / 2
    hidden[np.isin(low[1:], cuts)] = 0  # at the points kinks are expected
    extra = (np.append(0, hidden) + np.append(hidden, 0)).tolist()
    return [interval._replace(minus_error=interval.minus_error - e) for interval, e in zip(intervals, extra)]


def _surprise(values, x, actual):
    """Return how far a value beyond the end is from the extrapolated one, less what all 15 nodes changed on 7."""
    near = np.minimum(x, 1.5)  # a far smaller interval cannot tell; its neighbour can
    nodes, (apart, gauss_apart) = _tables()[0].nodes, _tables()[2]
    fine = _extrapolate(values, near, nodes, apart)
    coarse = _extrapolate(values[:, 1::2], near, nodes[1::2], gauss_apart)
    return np.where(x > near, np.inf, np.maximum(np.abs(fine - actual) - np.abs(fine - coarse), 0))


def _extrapolate(values, x, nodes, apart):
    """Return the values, beyond the nodes, of the polynomials through the samples: Lagrange's formula."""
    beyond = x[:, None] - nodes
    return beyond.prod(axis=1) * (values / beyond / apart).sum(axis=1)


def _check_limit(value, name):
    return float(value) if np.ndim(value) == 0 and value in (np.inf, -np.inf) else check_number(value, name)


@lru_cache(maxsize=1)
def _tables():
    """Return the rule, how samples give the last two Legendre coefficients, products of distances of the nodes."""
    rule = gauss_kronrod_rule(7)
    tail = np.linalg.inv(np.polynomial.legendre.legvander(rule.nodes, NODES - 1))[-2:].T
    sets = (rule.nodes, rule.nodes[1::2])
    return rule, tail, [(x[:, None] - x + np.eye(len(x))).prod(axis=1) for x in sets]
