"""Rules of functions that act on each element. In a scaling t is the tangent, y the output."""

import numpy as np

from mathforml.autodiff.rules import composite, constant, elementwise, fit, general, spread
from mathforml.autodiff.trace import plain

LOG2, LOG10 = np.log(2.0), np.log(10.0)

elementwise(np.negative, lambda t, y, x: -t)
elementwise(np.positive, lambda t, y, x: t)
elementwise(np.exp, lambda t, y, x: t * y)
elementwise(np.exp2, lambda t, y, x: t * y * LOG2)
elementwise(np.expm1, lambda t, y, x: t * (y + 1))
elementwise(np.log, lambda t, y, x: t / x)
elementwise(np.log2, lambda t, y, x: t / (x * LOG2))
elementwise(np.log10, lambda t, y, x: t / (x * LOG10))
elementwise(np.log1p, lambda t, y, x: t / (1 + x))
elementwise(np.sqrt, lambda t, y, x: t / (2 * y))
elementwise(np.cbrt, lambda t, y, x: t / (3 * y * y))
elementwise(np.square, lambda t, y, x: t * (2 * x))
elementwise(np.reciprocal, lambda t, y, x: -t * y * y)
elementwise(np.sin, lambda t, y, x: t * np.cos(x))
elementwise(np.cos, lambda t, y, x: -t * np.sin(x))
elementwise(np.tan, lambda t, y, x: t * (1 + y * y))
elementwise(np.arcsin, lambda t, y, x: t / np.sqrt(1 - x * x))
elementwise(np.arccos, lambda t, y, x: -t / np.sqrt(1 - x * x))
elementwise(np.arctan, lambda t, y, x: t / (1 + x * x))
elementwise(np.sinh, lambda t, y, x: t * np.cosh(x))
elementwise(np.cosh, lambda t, y, x: t * np.sinh(x))
elementwise(np.tanh, lambda t, y, x: t * (1 - y * y))
elementwise(np.arcsinh, lambda t, y, x: t / np.sqrt(x * x + 1))
elementwise(np.arccosh, lambda t, y, x: t / np.sqrt(x * x - 1))
elementwise(np.arctanh, lambda t, y, x: t / (1 - x * x))
elementwise(np.absolute, lambda t, y, x: t * np.sign(x))
elementwise(np.fabs, lambda t, y, x: t * np.sign(x))
elementwise(np.deg2rad, lambda t, y, x: t * (np.pi / 180))
elementwise(np.radians, lambda t, y, x: t * (np.pi / 180))
elementwise(np.rad2deg, lambda t, y, x: t * (180 / np.pi))
elementwise(np.degrees, lambda t, y, x: t * (180 / np.pi))

elementwise(np.add, lambda t, y, a, b: t, lambda t, y, a, b: t)
elementwise(np.subtract, lambda t, y, a, b: t, lambda t, y, a, b: -t)
elementwise(np.multiply, lambda t, y, a, b: t * b, lambda t, y, a, b: t * a)
elementwise(np.divide, lambda t, y, a, b: t / b, lambda t, y, a, b: -t * y / b)
elementwise(np.arctan2, lambda t, y, a, b: t * b / (a * a + b * b), lambda t, y, a, b: -t * a / (a * a + b * b))
elementwise(np.hypot, lambda t, y, a, b: t * a / y, lambda t, y, a, b: t * b / y)
elementwise(np.remainder, lambda t, y, a, b: t, lambda t, y, a, b: -t * np.floor_divide(a, b))


def _power_base(t, y, a, b):
    if type(b) is int or type(b) is float:
        return t * (b * a ** (b - 1)) if b != 0 else t * 0.0
    return t * (b * a ** np.where(np.equal(b, 0), 1.0, b - 1.0))


def _power_exponent(t, y, a, b):
    # Where the base is 0 the power is 0 for all exponents near b > 0: no slope.
    return t * y * np.log(np.where(np.equal(a, 0), 1.0, a))


elementwise(np.power, _power_base, _power_exponent)
elementwise(np.float_power, _power_base, _power_exponent)


def _share(y, a, b):
    # 1 where a is chosen, 0 where b is, 1/2 where they are equal.
    return np.where(np.equal(a, b), 0.5, np.where(np.equal(a, y), 1.0, 0.0))


for _choose in (np.maximum, np.minimum, np.fmax, np.fmin):
    elementwise(_choose, lambda t, y, a, b: t * _share(y, a, b), lambda t, y, a, b: t * _share(y, b, a))


def finite(y):
    """Replace −∞ and +∞ by 0, so that differences with them are no NaN."""
    return np.where(np.isinf(y), 0.0, y)


elementwise(
    np.logaddexp,
    lambda t, y, a, b: t * np.exp(a - finite(y)),
    lambda t, y, a, b: t * np.exp(b - finite(y)),
)
elementwise(
    np.logaddexp2,
    lambda t, y, a, b: t * np.exp2(a - finite(y)),
    lambda t, y, a, b: t * np.exp2(b - finite(y)),
)


def _select(a, b, *, condition):
    return np.where(condition, a, b)


select = general(
    "where",
    _select,
    (
        lambda g, y, a, b, *, condition: fit(np.where(condition, g, 0.0), a.shape),
        lambda g, y, a, b, *, condition: fit(np.where(condition, 0.0, g), b.shape),
    ),
    (
        lambda t, y, a, b, *, condition: spread(np.where(condition, t, 0.0), y.shape),
        lambda t, y, a, b, *, condition: spread(np.where(condition, 0.0, t), y.shape),
    ),
)


@composite(np.where)
def _where(condition, x=None, y=None):
    if x is None and y is None:
        return np.nonzero(condition)
    return select(x, y, condition=plain(condition))


@composite(np.clip)
def _clip(a, a_min=None, a_max=None, *, min=None, max=None):
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    if low is not None:
        a = np.where(np.less(a, low), low, a)
    return a if high is None else np.where(np.greater(a, high), high, a)


@composite(np.nan_to_num)
def _nan_to_num(x, *, nan=0.0):
    return np.where(np.isfinite(x), x, np.nan_to_num(plain(x), nan=nan))


constant(
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
    np.isnan, np.isinf, np.isfinite, np.signbit, np.isclose, np.allclose, np.array_equal,
    np.sign, np.heaviside, np.floor, np.ceil, np.rint, np.trunc, np.floor_divide, np.round,
)  # fmt: skip
