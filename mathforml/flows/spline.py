"""Rational-quadratic splines: monotone, smooth, inverted in closed form."""

import numpy as np

from mathforml.autodiff import stop_gradient
from mathforml.checks import check_array, check_count, check_number, check_seed
from mathforml.errors import ArgumentError
from mathforml.flows.coupling import check_mask
from mathforml.flows.layer import Layer
from mathforml.flows.networks import initial_network, network

LEAST = 1e-3  # of a width or height as a share of the whole, and of a slope


def rational_quadratic(x, widths, heights, slopes, *, inverse=False):
    """Evaluate a monotone rational-quadratic spline, the identity outside [−B, B].

    Parameters
    ----------
    x : array, shape (S,)
    widths, heights : array, shape (K,)
        Of the K bins, positive, each summing to 2B.
    slopes : array, shape (K − 1,)
        Derivatives at the inner knots, positive; at both ends the derivative is 1, that of the tails.
    inverse : bool
        Evaluate the inverse function instead.

    Returns
    -------
    y : ndarray, shape (S,)
    log_slope : ndarray, shape (S,)
        Log of the derivative dy/dx of the function evaluated.

    Raises
    ------
    ArgumentError
        If a width, height or slope is not positive, or widths and heights do not cover the same interval.

    References
    ----------
    .. [1] Durkan, Bekasov, Murray, Papamakarios 2019, Neural spline flows, arXiv:1906.04032
    .. [2] Gregory, Delbourgo 1982, Piecewise rational quadratic interpolation to monotonic data,
       doi:10.1093/imanum/2.2.123

    Examples
    --------
    >>> y, log_slope = rational_quadratic([-2.0, 0.0, 2.0], [0.5, 1.5], [1.5, 0.5], [1.0])
    >>> y.round(4)
    array([-2.    ,  0.7059,  2.    ])
    """
    x = check_array(x, "x", shape=("S",))
    widths = check_array(widths, "widths", shape=("K",))
    heights = check_array(heights, "heights", shape=(len(widths),))
    check_count(len(widths), "the number of bins", least=2)
    slopes = check_array(slopes, "slopes", shape=(len(widths) - 1,))
    for value, name in (widths, "widths"), (heights, "heights"), (slopes, "slopes"):
        if value.min() <= 0:
            at = int(value.argmin())
            raise ArgumentError(f"{name} must be positive; entry {at} is {value[at]:g}")
    if not np.isclose(widths.sum(), heights.sum(), rtol=1e-9, atol=0):
        raise ArgumentError(f"heights must sum to the sum of widths, {widths.sum():g}, not {heights.sum():g}")
    return spline(x, widths, heights, slopes, widths.sum() / 2, inverse)


def spline(x, widths, heights, slopes, bound, inverse=False):
    """Evaluate the spline of `rational_quadratic`, or one for each entry of x (widths: x's shape and K more)."""
    bins = widths.shape[-1]
    before = np.triu(np.ones((bins, bins)), 1)  # times this: the sums of all earlier bins
    left, bottom = widths @ before - bound, heights @ before - bound
    one = np.ones(np.shape(slopes)[:-1] + (1,))
    start, end = np.concatenate([one, slopes], axis=-1), np.concatenate([slopes, one], axis=-1)

    inside = np.abs(stop_gradient(x)) < bound
    point = np.where(inside, x, 0.0)
    passed = stop_gradient(point)[..., None] >= stop_gradient(bottom if inverse else left)[..., 1:]
    passed = passed.astype(float)
    chosen = np.concatenate([np.ones_like(passed[..., :1]), passed], axis=-1)
    chosen = chosen - np.concatenate([passed, np.zeros_like(passed[..., :1])], axis=-1)
    w, h, x0, y0, d0, d1 = (np.sum(chosen * a, axis=-1) for a in (widths, heights, left, bottom, start, end))

    s = h / w
    bend = d0 + d1 - 2 * s
    if inverse:
        rise = point - y0
        a, b, c = h * (s - d0) + rise * bend, h * d0 - rise * bend, -s * rise
        xi = -2 * c / (b + np.sqrt(b * b - 4 * a * c))  # the root's form without cancellation
        y = x0 + w * xi
    else:
        xi = (point - x0) / w
        y = y0 + h * (s * xi**2 + d0 * xi * (1 - xi)) / (s + bend * xi * (1 - xi))
    slope = s**2 * (d1 * xi**2 + 2 * s * xi * (1 - xi) + d0 * (1 - xi) ** 2) / (s + bend * xi * (1 - xi)) ** 2
    log_slope = np.log(np.where(inside, slope, 1.0))
    return np.where(inside, y, x), -log_slope if inverse else log_slope


def spline_parameters(raw, bins, bound):
    """Turn 3K − 1 free numbers (last axis) into widths, heights and slopes; zeros give the identity."""

    def shares(a):
        a = np.exp(a - np.max(stop_gradient(a), axis=-1, keepdims=True))
        return 2 * bound * (LEAST + (1 - LEAST * bins) * a / np.sum(a, axis=-1, keepdims=True))

    slopes = LEAST + np.logaddexp(0.0, raw[..., 2 * bins :] + np.log(np.expm1(1 - LEAST)))
    return shares(raw[..., :bins]), shares(raw[..., bins : 2 * bins]), slopes


class ElementwiseSpline(Layer):
    """x_i = spline_i(ε_i): each coordinate bent by its own rational-quadratic spline on [−bound, bound].

    Parameters
    ----------
    d : int
        Dimension of the points.
    bins : int
        Number of bins K, at least 2 and at most 500.
    bound : float
        Half the length B of the interval; the tails are the identity.

    References
    ----------
    .. [1] Durkan, Bekasov, Murray, Papamakarios 2019, Neural spline flows, arXiv:1906.04032

    Examples
    --------
    >>> layer = ElementwiseSpline(1)
    >>> layer.forward({"raw": np.zeros((1, 23))}, [[0.5], [9.0]])[0].round(12).ravel()
    array([0.5, 9. ])
    """

    def __init__(self, d, *, bins=8, bound=4.0):
        super().__init__(d)
        self.bins, self.bound = check_bins(bins), check_number(bound, "bound", above=0)

    def initial(self, seed=0):
        return {"raw": 0.01 * check_seed(seed).standard_normal((self.d, 3 * self.bins - 1))}

    def push(self, params, eps):
        return self._bend(params, eps, False)

    def pull(self, params, x):
        return self._bend(params, x, True)

    def _bend(self, params, points, inverse):
        parts = spline_parameters(params["raw"], self.bins, self.bound)
        y, log_slope = spline(points, *parts, self.bound, inverse)
        return y, np.sum(log_slope, axis=1)


class SplineCoupling(Layer):
    """Coordinates with a True mask stay, and say by which rational-quadratic splines the others are bent.

    Parameters
    ----------
    mask : array of bool, shape (d,)
        True for the coordinates that stay.
    bins : int
        Number of bins K, at least 2 and at most 500.
    bound : float
        Half the length B of the interval; the tails are the identity.
    hidden : int
        Hidden units of the network that gives the splines.

    Raises
    ------
    ArgumentError
        If `mask` is not boolean, or leaves every coordinate or none.

    References
    ----------
    .. [1] Durkan, Bekasov, Murray, Papamakarios 2019, Neural spline flows, arXiv:1906.04032

    Examples
    --------
    >>> layer = SplineCoupling([True, False])
    >>> x, log_det = layer.forward(layer.initial(0), [[1.0, 2.0]])
    >>> layer.inverse(layer.initial(0), x)[0].round(12)
    array([[1., 2.]])
    """

    def __init__(self, mask, *, bins=8, bound=4.0, hidden=16):
        mask = check_mask(mask)
        super().__init__(len(mask))
        self.bins, self.bound = check_bins(bins), check_number(bound, "bound", above=0)
        self.mask, self.hidden = mask, check_count(hidden, "hidden")
        self._stay, self._move = np.flatnonzero(mask), np.flatnonzero(~mask)
        self._back = np.argsort(np.concatenate([self._stay, self._move]))

    def initial(self, seed=0):
        outputs = len(self._move) * (3 * self.bins - 1)
        return initial_network(check_seed(seed), len(self._stay), self.hidden, outputs)

    def push(self, params, eps):
        return self._bend(params, eps, False)

    def pull(self, params, x):
        return self._bend(params, x, True)

    def _bend(self, params, points, inverse):
        stay, move = points[:, self._stay], points[:, self._move]
        raw = np.reshape(network(params, stay), (len(points), len(self._move), 3 * self.bins - 1))
        moved, log_slope = spline(move, *spline_parameters(raw, self.bins, self.bound), self.bound, inverse)
        return np.concatenate([stay, moved], axis=1)[:, self._back], np.sum(log_slope, axis=1)


def check_bins(bins):
    """Return `bins` if it is a whole number of 2 to 500."""
    bins = check_count(bins, "bins", least=2)
    if bins > 500:
        raise ArgumentError(f"bins must be at most 500, so that each can have its least width, not {bins}")
    return bins
