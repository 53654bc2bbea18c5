"""Rules of sums, products and extremes along axes."""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from mathforml.autodiff.rules import composite, general, linear
from mathforml.autodiff.rules_elementwise import finite
from mathforml.errors import ArgumentError


def _axes(axis, x):
    return tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)


def _merge(x, axis):
    # Several axes as one, the last: for functions that go along one.
    axes = _axes(axis, x)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    shape = (*(x.shape[i] for i in rest), math.prod(x.shape[i] for i in axes))
    return np.reshape(np.transpose(x, rest + axes), shape)


def keep(y, x, axis, keepdims):
    """Give a reduced array its axes back, each of size 1."""
    if keepdims or (axis is None and y.ndim == x.ndim):
        return y
    axes = _axes(axis, x)
    return np.reshape(y, tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


sum_p = linear(
    "sum",
    lambda x, *, axis, keepdims: np.sum(x, axis=axis, keepdims=keepdims),
    lambda g, x, *, axis, keepdims: np.broadcast_to(keep(g, x, axis, keepdims), x.shape),
)


cumsum_p = linear(
    "cumsum",
    lambda x, *, axis: np.cumsum(x, axis=axis),
    lambda g, x, *, axis: np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis),
)


def _extreme(name, function):
    # Equal extremes share the derivative.
    def share(y, x, axis, keepdims):
        best = np.equal(x, keep(y, x, axis, keepdims))
        return best / np.sum(best, axis=axis, keepdims=True)

    def vjp(g, y, x, *, axis, keepdims):
        return keep(g, x, axis, keepdims) * share(y, x, axis, keepdims)

    def jvp(t, y, x, *, axis, keepdims):
        return np.sum(t * share(y, x, axis, keepdims), axis=axis, keepdims=keepdims)

    return general(name, lambda x, *, axis, keepdims: function(x, axis=axis, keepdims=keepdims), [vjp], [jvp])


max_p, min_p = _extreme("max", np.max), _extreme("min", np.min)


def _logsumexp_weights(y, x, axis, keepdims):
    return np.exp(x - finite(keep(y, x, axis, keepdims)))


logsumexp_p = general(
    "logaddexp.reduce",
    lambda x, *, axis, keepdims: np.logaddexp.reduce(x, axis=axis, keepdims=keepdims),
    [lambda g, y, x, *, axis, keepdims: keep(g, x, axis, keepdims) * _logsumexp_weights(y, x, axis, keepdims)],
    [
        lambda t, y, x, *, axis, keepdims: np.sum(
            t * _logsumexp_weights(y, x, axis, keepdims), axis=axis, keepdims=keepdims
        )
    ],
)


def _others(x, axis):
    # The product of all other elements along the axis, from both sides, so that zeros do no harm.
    x = np.moveaxis(x, axis, 0)
    ones = np.ones((1, *x.shape[1:]))
    before = np.cumprod(np.concatenate([ones, x])[:-1], axis=0)
    after = np.flip(np.cumprod(np.concatenate([ones, np.flip(x, 0)])[:-1], axis=0), 0)
    return np.moveaxis(before * after, 0, axis)


prod_p = general(
    "prod",
    lambda x, *, axis: np.prod(x, axis=axis),
    [lambda g, y, x, *, axis: np.expand_dims(g, axis) * _others(x, axis)],
    [lambda t, y, x, *, axis: np.sum(t * _others(x, axis), axis=axis)],
)


@composite(np.sum)
def _sum(a, axis=None, *, keepdims=False):
    return sum_p(a, axis=axis, keepdims=keepdims)


composite((np.add, "reduce"))(lambda a, axis=0, *, keepdims=False: _sum(a, axis, keepdims=keepdims))


@composite(np.mean)
def _mean(a, axis=None, *, keepdims=False):
    return _sum(a, axis, keepdims=keepdims) / _count(a, axis)


def _count(a, axis):
    return math.prod(a.shape[i] for i in _axes(axis, a))


@composite(np.average)
def _average(a, axis=None, weights=None):
    if weights is None:
        return np.mean(a, axis)
    if np.ndim(weights) != np.ndim(a):
        raise ArgumentError("np.average of traced arrays needs weights of the array's shape")
    return np.sum(a * weights, axis) / np.sum(weights, axis)


@composite(np.var)
def _var(a, axis=None, *, ddof=0, keepdims=False):
    centred = a - np.mean(a, axis, keepdims=True)
    total = np.sum(centred * centred, axis, keepdims=keepdims)
    return total / (_count(a, axis) - ddof)


@composite(np.std)
def _std(a, axis=None, *, ddof=0, keepdims=False):
    return np.sqrt(_var(a, axis, ddof=ddof, keepdims=keepdims))


def _extremes(functions, primitive, ufunc):
    def whole(a, axis=None, *, keepdims=False):
        return primitive(a, axis=axis, keepdims=keepdims)

    def first(a, axis=0, *, keepdims=False):
        return primitive(a, axis=axis, keepdims=keepdims)

    composite(*functions)(whole)
    composite((ufunc, "reduce"))(first)


_extremes((np.max, np.amax), max_p, np.maximum)
_extremes((np.min, np.amin), min_p, np.minimum)


@composite(np.ptp)
def _ptp(a, axis=None, *, keepdims=False):
    return np.max(a, axis, keepdims=keepdims) - np.min(a, axis, keepdims=keepdims)


@composite((np.logaddexp, "reduce"))
def _logsumexp(a, axis=0, *, keepdims=False):
    if isinstance(axis, int):
        return logsumexp_p(a, axis=axis, keepdims=keepdims)
    y = logsumexp_p(_merge(a, axis), axis=-1, keepdims=False)
    return keep(y, a, axis, False) if keepdims else y


@composite(np.prod)
def _prod(a, axis=None, *, keepdims=False):
    y = prod_p(a, axis=axis) if isinstance(axis, int) else prod_p(_merge(a, axis), axis=-1)
    return keep(y, a, axis, False) if keepdims else y


composite((np.multiply, "reduce"))(lambda a, axis=0, *, keepdims=False: _prod(a, axis, keepdims=keepdims))


@composite(np.cumsum)
def _cumsum(a, axis=None):
    return cumsum_p(np.ravel(a) if axis is None else a, axis=0 if axis is None else axis)


composite((np.add, "accumulate"))(lambda array, axis=0: _cumsum(array, axis))


@composite(np.cumprod)
def _cumprod(a, axis=None):
    a, axis = (np.ravel(a), 0) if axis is None else (a, axis)
    if a.size == 0:
        return a
    a = np.moveaxis(a, axis, 0)
    products = [a[0]]
    for row in a[1:]:
        products.append(products[-1] * row)
    return np.moveaxis(np.stack(products), 0, axis)


composite((np.multiply, "accumulate"))(lambda array, axis=0: _cumprod(array, axis))


@composite(np.diff)
def _diff(a, n=1, axis=-1):
    (axis,) = _axes(axis, a)
    lead = (slice(None),) * axis
    for _ in range(n):
        a = a[(*lead, slice(1, None))] - a[(*lead, slice(None, -1))]
    return a


@composite(np.median)
def _median(a, axis=None, *, keepdims=False):
    ordered = np.sort(_merge(a, axis), -1)
    n = ordered.shape[-1]
    middle = (ordered[..., (n - 1) // 2] + ordered[..., n // 2]) * 0.5
    return keep(middle, a, axis, False) if keepdims else middle


@composite(np.trapezoid)
def _trapezoid(y, x=None, dx=1.0, axis=-1):
    y = np.moveaxis(y, axis, -1)
    widths = dx if x is None else np.diff(x if np.ndim(x) == 1 else np.moveaxis(x, axis, -1))
    return np.sum(0.5 * widths * (y[..., 1:] + y[..., :-1]), axis=-1)


@composite(np.polyval)
def _polyval(p, x):
    total = np.zeros(np.shape(x))
    for coefficient in p:  # Horner
        total = total * x + coefficient
    return total
