"""Adaptive integration: divide the intervals that have most of the error until the rest is small enough."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_number
from mathforml.errors import ArgumentError, ConvergenceError
from mathforml.quadrature.kronrod import gauss_kronrod_rule
from mathforml.quadrature.result import Integral
from mathforml.quadrature.rule import check_interval, evaluate_real

NODES = 15
EPS = np.finfo(float).eps
ROUNDING = 50 * EPS  # of ∫|f|; what an estimate cannot promise to go below
FEW, PARTS = 16, 4  # up to 16 intervals cost no more time than one: then the worst are cut in four

# Columns of the table of intervals; the samples follow.
SIDE, LOW, HIGH, VALUE, ERROR, FLOOR, SAMPLES = range(7)


def adaptive(f, a, b, *, rtol=1e-10, atol=1e-12, points=(), panels=4, max_evaluations=100_000, strict=True):
    """Integrate `f` from a to b, either of which may be infinite, to a tolerance.

    Every interval carries a Gauss–Kronrod pair of 7 and 15 nodes, whose difference estimates its error; the worst
    ones are cut in two or four. All intervals of a round are one call of `f`. Infinite ranges are mapped to finite
    ones by x = c ± (1 − t) / t, and a cubic substitution weakens singularities at the ends and points.

    Parameters
    ----------
    f : callable
        Takes an array of nodes, shape (n,), and returns one real value a node. Ends and points are never nodes.
    a, b : float
        Ends; b < a turns the sign. At an end or a point f may be infinite like log x or x^(−1/2). Other
        powers, as far as x^(−0.9), have to be at zero, where floating point numbers are densest, or need a larger
        rtol.
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
    Piessens, de Doncker-Kapenga, Überhuber, Kahaner 1983, QUADPACK, doi:10.1007/978-3-642-61786-7;
    Shampine 2008, Vectorized adaptive quadrature in MATLAB, doi:10.1016/j.cam.2006.11.021

    Examples
    --------
    >>> result = adaptive(lambda x: np.exp(-(x**2)), -np.inf, np.inf)
    >>> result.value.__round__(10), result.converged
    (1.7724538509, True)
    """
    check_callable(f)
    a, b = _check_limit(a, "a"), _check_limit(b, "b")
    if math.isfinite(a) and math.isfinite(b):
        check_interval(a, b)
    rtol, atol = check_number(rtol, "rtol", least=0), check_number(atol, "atol", least=0)
    panels, most = check_count(panels, "panels"), check_count(max_evaluations, "max_evaluations", least=NODES)
    sign, a, b = (1, a, b) if a <= b else (-1, b, a)
    points = np.unique(check_array(points, "points", shape=("k",)))
    if len(points) and not a < points[0] <= points[-1] < b:
        raise ArgumentError(f"points must lie between a and b, not at {points[0]:g} … {points[-1]:g}")
    if a == b:
        return Integral(0.0, 0.0, 0, True)

    pieces = _Pieces(f, a, b, points)
    evaluations = NODES * panels * (len(points) + 1 + (math.isinf(a) and math.isinf(b)))
    if evaluations > most:
        raise ArgumentError(f"max_evaluations must be at least {evaluations}, for {NODES} nodes in each panel")
    rows = pieces.measure(*pieces.panels(panels))
    while True:
        value, error = rows[:, VALUE].sum(), rows[:, ERROR].sum()
        tolerance = max(atol, rtol * abs(value))
        if error <= tolerance:
            rows = _doubt_seams(rows)
            error = rows[:, ERROR].sum()
            if error <= tolerance:
                return Integral(sign * float(value), float(error), evaluations, True)
        divisible = pieces.divisible(rows)
        hopeless = rows[~divisible, ERROR].sum()
        stuck = hopeless > max(tolerance, error - hopeless)
        room = (most - evaluations) // NODES
        if stuck or room < 2:
            break
        order = np.argsort(np.where(divisible, -rows[:, ERROR], 0.0))
        behind = error - np.cumsum(rows[order, ERROR])
        count = min(1 + int(np.count_nonzero(behind > tolerance / 2)), int(np.count_nonzero(divisible)))
        parts = PARTS if count * PARTS <= min(room, FEW) else 2
        count = min(count, room // parts)
        worst, kept = rows[order[:count]], rows[order[count:]]
        ends = worst[:, LOW, None] + (worst[:, HIGH] - worst[:, LOW])[:, None] * np.arange(parts + 1) / parts
        side = np.repeat(worst[:, SIDE].astype(int), parts)
        rows = np.concatenate([kept, pieces.measure(side, ends[:, :-1].ravel(), ends[:, 1:].ravel())])
        evaluations += NODES * count * parts
    if strict:
        worst = rows[np.argmax(rows[:, ERROR])]
        at = pieces.to_x(int(worst[SIDE]), (worst[LOW] + worst[HIGH]) / 2)[0]
        reason = f"{evaluations} evaluations do not suffice"
        if stuck:
            reason = "rounding errors or a singularity leave nothing to halve"
        raise ConvergenceError(
            f"the error of {sign * value:.6g} is about {error:.2g}, above the tolerance {tolerance:.2g}: "
            f"{reason}. The worst interval is near {at:.6g}; if the integral exists, give points=, more "
            "max_evaluations= or a larger atol= or rtol="
        )
    return Integral(sign * float(value), float(error), evaluations, False)


class _Pieces:
    """The integrand from a to b, cut at the points, and each piece seen from its two ends.

    Of a piece from c to c + L, side 0 is t = c + L q(s), side 1 is t = c + L − L q(s), with q(s) = s² (3 − 2s).
    That has no slope at s = 0: what is infinite at an end like t^(−1/2), or has infinite slope there, is smooth in
    s. As s counts from the end, intervals can be halved towards it for ever. On a finite range x is t; otherwise
    x = center ± (1 − |t|) / |t|, which puts infinity at t = 0.
    """

    def __init__(self, f, a, b, points):
        self.f, self.infinite = f, not (math.isfinite(a) and math.isfinite(b))
        if self.infinite:
            finite = [end for end in (a, b) if math.isfinite(end)] or [*points[len(points) // 2 :], 0.0]
            self.center = finite[0]
            moved = points[points != self.center] - self.center
            sides = [-1.0] * (a == -np.inf) + [0.0] + [1.0] * (b == np.inf)
            cuts = np.unique(np.append(1 / (moved + np.sign(moved)), sides))
        else:
            cuts = np.concatenate([[a], points, [b]])
        length = np.diff(cuts)
        self.anchor = np.column_stack([cuts[:-1], cuts[1:]]).ravel()
        self.length = np.column_stack([length, -length]).ravel()  # to the other end

    def panels(self, count):
        """Return side, low and high of that many equal intervals in each piece."""
        number = np.arange(count)
        right = number >= count - count // 2
        number = np.where(right, count - 1 - number, number)
        pieces = len(self.length) // 2
        side = (2 * np.arange(pieces)[:, None] + right).ravel()
        return side, np.tile(number / count, pieces), np.tile((number + 1) / count, pieces)

    def to_x(self, side, s):
        """Return x and t."""
        t = self.anchor[side] + self.length[side] * (s * s * (3 - 2 * s))
        return (self.center + 1 / t - np.sign(t), t) if self.infinite else (t, t)

    def measure(self, side, low, high):
        """Return a row for each interval: side, low, high, value, error, floor, 15 samples from left to right."""
        rule, contrasts, _ = _tables()
        half = (high - low) / 2
        s = (low + half)[:, None] + (half * (1 - 2 * (side % 2)))[:, None] * rule.nodes
        x, t = self.to_x(side[:, None], s)
        plain = evaluate_real(self.f, x.ravel()).reshape(x.shape)
        jacobian = np.abs(6 * self.length[side, None]) * s * (1 - s)
        with np.errstate(over="ignore"):
            samples = plain / t / t * jacobian if self.infinite else plain * jacobian
        largest = np.maximum(np.abs(plain), np.abs(samples))
        if largest.max() > 1e290:
            where = x.flat[largest.argmax()]
            raise ConvergenceError(f"f grows too fast towards {where:.3g}: the integral seems not to exist")
        value, size = samples @ rule.weights, np.abs(samples) @ rule.weights
        # The two rules, or where a kink makes them agree by chance, the last coefficients in Legendre polynomials.
        difference = np.abs(samples @ contrasts).max(axis=1)
        # As in QUADPACK: 15 nodes are far better than the difference says where it is small beside ∫|f − mean|.
        spread = np.abs(samples - value[:, None] / 2) @ rule.weights
        ratio = 200 * np.divide(difference, spread, out=np.zeros_like(spread), where=spread > 0)
        error = spread * np.minimum(1, ratio**1.5)
        # Not only f is rounded but also x, which moves each value by a share of the change to the next, or of more
        # than that beside an end, where f may be steep.
        reach = np.abs(x) + (1.0 if self.infinite else np.abs(x - self.anchor[side, None]))
        moved = EPS * np.where(low == 0, 2, 0.5)[:, None] * reach[:, 1:] * np.diff(plain, axis=1)
        floor = ROUNDING * size * half + np.hypot.reduce(moved, axis=1)
        return np.column_stack([side, low, high, value * half, np.maximum(error * half, floor), floor, samples])

    def divisible(self, rows):
        """Tell which intervals are worth halving: above rounding errors, and nodes will differ from each other."""
        side, low, high = rows[:, SIDE].astype(int), rows[:, LOW], rows[:, HIGH]
        width = np.abs(self.length[side]) * 3 * (high + low) * (1 - (high + low) / 2) * (high - low)  # about, in t
        # Beside an end the first node is 2e−5 widths from it.
        coarsest = np.abs(self.anchor[side]) * np.where(low == 0, 2e-10, 1e-12)
        wide = (width > coarsest + (1e-150 if self.infinite else 1e-290)) & (high - low > 1e-12 * high)
        return wide & (rows[:, ERROR] > 2 * rows[:, FLOOR])


def _doubt_seams(rows):
    """Raise the errors of neighbours between whose outermost nodes something hides.

    A kink just beside the common end of two intervals lies beyond all nodes of both: each sees a smooth function
    and reports no error. But the polynomial through one's values then misses the first value of the other.
    """
    side = rows[:, SIDE]
    rows = rows[np.lexsort([np.where(side % 2, -rows[:, LOW], rows[:, LOW]), side])]  # from left to right
    width, values = rows[:, HIGH] - rows[:, LOW], rows[:, SAMPLES:]
    margin = 1 - _tables()[0].nodes[-1]  # from the last node to the end, of [−1, 1]
    left, right = width[:-1], width[1:]
    # First all looks to the right, then, mirrored, those to the left.
    samples = np.concatenate([values[:-1], values[1:, ::-1]])
    actual = np.concatenate([values[1:, 0], values[:-1, -1]])
    with np.errstate(over="ignore"):
        beyond = 1 + margin * np.concatenate([right / left, left / right])
    hidden = _surprise(samples, beyond, actual).reshape(2, -1).min(axis=0) * margin * (left + right) / 2
    piece = rows[:, SIDE] // 2
    hidden[piece[1:] != piece[:-1]] = 0  # at the points kinks are expected
    rows[1:, ERROR] += hidden
    rows[:-1, ERROR] += hidden
    return rows


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
    """Return the rule, what of the samples tells its error, products of distances of the nodes."""
    rule = gauss_kronrod_rule(7)
    difference = rule.weights.copy()
    difference[1::2] -= rule.gauss_weights
    tail = np.linalg.inv(np.polynomial.legendre.legvander(rule.nodes, NODES - 1))[-2:]
    contrasts = np.column_stack([difference, *(tail / 5)])
    sets = (rule.nodes, rule.nodes[1::2])
    return rule, contrasts, [(x[:, None] - x + np.eye(len(x))).prod(axis=1) for x in sets]
