"""Traced arrays: what numpy is called with, so that it tells us what it does.

numpy hands each call on a `Traced` array to `__array_ufunc__` or `__array_function__`, which look the function up:
a primitive has a derivative rule, a composite is written with primitives, a constant has no derivative, and the
rest is refused in a sentence that says so.
"""

import inspect

import numpy as np

from mathforml.errors import ArgumentError

PRIMITIVES = {}  # numpy function or ufunc: Primitive
COMPOSITES = {}  # numpy function, or (ufunc, method): function that is written with primitives
CONSTANTS = set()  # numpy functions whose derivative is zero or makes no sense: they see values


def plain(x):
    """Return the value inside all wrappings."""
    while type(x) is Traced:
        x = x.value
    return x


def _without(number, x):
    # Values of one trace, in containers too: what functions with no derivative are called with.
    if type(x) is Traced and x.owner.number == number:
        return x.value
    if type(x) in (list, tuple):
        return type(x)(_without(number, item) for item in x)
    return x


def _innermost(x, number=-1):
    if type(x) is Traced:
        return max(number, x.owner.number)
    if type(x) in (list, tuple):
        for item in x:
            number = _innermost(item, number)
    return number


def call_constant(function, args, options):
    """Call a function that has no derivative, with values in place of traced arrays."""
    number = _innermost(list(options.values()), _innermost(list(args)))
    args = [_without(number, a) for a in args]
    return function(*args, **{name: _without(number, a) for name, a in options.items()})


def _binary(ufunc, *, swapped=False):
    if swapped:
        return lambda self, other: PRIMITIVES[ufunc](other, self)
    return lambda self, other: PRIMITIVES[ufunc](self, other)


def _without_slope(ufunc, *, swapped=False):
    if swapped:
        return lambda self, other: call_constant(ufunc, (other, self), {})
    return lambda self, other: call_constant(ufunc, (self, other), {})


def _in_place(symbol, ufunc):
    def method(self, other):
        if self.ndim == 0:  # numbers are replaced, not changed, in numpy as well
            return PRIMITIVES[ufunc](self, other)
        raise ArgumentError(f"a traced array cannot be changed in place; write x = x {symbol} … for x {symbol}= …")

    return method


def _method(function):
    def method(self, *args, **options):
        return function(self, *args, **options)

    method.__name__ = function.__name__
    method.__doc__ = f"As `numpy.{function.__name__}`."
    return method


class Traced:
    """An array whose operations are followed."""

    __slots__ = ("mark", "owner", "value")
    __array_priority__ = 1000

    def __init__(self, value, owner, mark):
        self.value, self.owner, self.mark = value, owner, mark

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method == "__call__":
            primitive = PRIMITIVES.get(ufunc)
            if primitive is not None and not options:
                return primitive(*inputs)
            if "out" in options:
                raise ArgumentError(
                    f"{_name(ufunc)} of a traced array cannot write into an array that is there already "
                    f"(out=, +=, *=, …); use its result"
                )
            if ufunc in CONSTANTS:
                return call_constant(ufunc, inputs, options)
            if ufunc in COMPOSITES:
                return COMPOSITES[ufunc](*inputs, **options)
            if primitive is None and _load_special(ufunc):
                return self.__array_ufunc__(ufunc, method, *inputs, **options)
            if primitive is not None:
                raise _no_option(_name(ufunc), options)
        elif (ufunc, method) in COMPOSITES:
            return _call_composite(COMPOSITES[ufunc, method], f"{_name(ufunc)}.{method}", inputs, options)
        raise _unsupported(_name(ufunc) if method == "__call__" else f"{_name(ufunc)}.{method}")

    def __array_function__(self, function, types, args, options):
        composite = COMPOSITES.get(function)
        if composite is not None:
            return _call_composite(composite, _name(function), args, options)
        if function in CONSTANTS:
            return call_constant(function, args, options)
        raise _unsupported(_name(function))

    def __array__(self, dtype=None, copy=None):
        raise ArgumentError(
            "a traced array cannot become a plain one (np.array, np.asarray, writing it into an array); "
            "join traced values with np.stack or np.concatenate, or drop the derivative with stop_gradient"
        )

    def _no_number(self):
        raise ArgumentError(
            "a traced array cannot become a Python number (float, int, math functions); "
            "use numpy's functions, or drop the derivative with stop_gradient"
        )

    __float__ = __int__ = __index__ = __complex__ = item = tolist = _no_number

    def __getattr__(self, name):
        raise AttributeError(f"a traced array has no {name!r}; use one of numpy's functions, as np.sum(x)")

    def __setitem__(self, index, value):
        raise ArgumentError(
            "a traced array cannot be written into; build the new one with np.where, np.stack or np.concatenate"
        )

    def __getitem__(self, index):
        return COMPOSITES["getitem"](self, index)

    def __iter__(self):
        if self.ndim == 0:
            raise ArgumentError("a traced number cannot be iterated over")
        return (self[i] for i in range(len(self)))

    def __len__(self):
        return len(self.value)

    def __bool__(self):
        return bool(self.value)

    def __repr__(self):
        return f"Traced({plain(self)!r})"

    def __format__(self, spec):
        return format(plain(self), spec) if spec else repr(self)

    __hash__ = None
    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    T = property(lambda self: np.transpose(self))
    mT = property(lambda self: np.swapaxes(self, -1, -2))

    __add__, __radd__ = _binary(np.add), _binary(np.add, swapped=True)
    __sub__, __rsub__ = _binary(np.subtract), _binary(np.subtract, swapped=True)
    __mul__, __rmul__ = _binary(np.multiply), _binary(np.multiply, swapped=True)
    __truediv__, __rtruediv__ = _binary(np.divide), _binary(np.divide, swapped=True)
    __pow__, __rpow__ = _binary(np.power), _binary(np.power, swapped=True)
    __floordiv__, __rfloordiv__ = _without_slope(np.floor_divide), _without_slope(np.floor_divide, swapped=True)
    __mod__, __rmod__ = _binary(np.remainder), _binary(np.remainder, swapped=True)
    __matmul__, __rmatmul__ = _binary(np.matmul), _binary(np.matmul, swapped=True)
    __iadd__, __isub__ = _in_place("+", np.add), _in_place("-", np.subtract)
    __imul__, __itruediv__ = _in_place("*", np.multiply), _in_place("/", np.divide)
    __ipow__, __imatmul__ = _in_place("**", np.power), _in_place("@", np.matmul)
    __eq__, __ne__ = _without_slope(np.equal), _without_slope(np.not_equal)
    __lt__, __le__ = _without_slope(np.less), _without_slope(np.less_equal)
    __gt__, __ge__ = _without_slope(np.greater), _without_slope(np.greater_equal)

    def __neg__(self):
        return PRIMITIVES[np.negative](self)

    def __pos__(self):
        return self

    def __abs__(self):
        return PRIMITIVES[np.absolute](self)

    def reshape(self, *shape, order="C"):
        """As `numpy.reshape`."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order)

    def transpose(self, *axes):
        """As `numpy.transpose`."""
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)

    def astype(self, dtype):
        """Return the array itself where `dtype` is one of floating point, else the converted value."""
        kind = np.dtype(dtype).kind
        if kind == "c":
            raise ArgumentError("a traced array cannot become a complex one; derivatives here are real")
        return self if kind == "f" else plain(self).astype(dtype)

    def copy(self):
        """Return the array itself: it cannot be changed."""
        return self

    flatten = _method(np.ravel)
    sum, mean, prod, std, var = (_method(f) for f in (np.sum, np.mean, np.prod, np.std, np.var))
    max, min, cumsum, cumprod = (_method(f) for f in (np.max, np.min, np.cumsum, np.cumprod))
    argmax, argmin, argsort = (_method(f) for f in (np.argmax, np.argmin, np.argsort))
    all, any, round, clip = (_method(f) for f in (np.all, np.any, np.round, np.clip))
    ravel, squeeze, swapaxes = (_method(f) for f in (np.ravel, np.squeeze, np.swapaxes))
    repeat, take, dot = (_method(f) for f in (np.repeat, np.take, np.dot))
    diagonal, trace = (_method(f) for f in (np.diagonal, np.trace))


def _name(function):
    # As it is called: np.exp, np.linalg.solve; scipy's ufuncs do not know where they belong.
    name = function.__name__
    if isinstance(function, np.ufunc):
        return f"np.{name}" if getattr(np, name, None) is function else name
    return f"{function.__module__}.{name}".replace("numpy.", "np.", 1)


def _call_composite(composite, name, args, options):
    code = composite.__code__
    if options:
        known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        # Libraries pass on options that are not set.
        options = {
            key: v for key, v in options.items() if key in known or (v is not None and v is not np._NoValue)
        }
        unknown = [key for key in options if key not in known]
        if unknown:
            raise _no_option(name, unknown)
    if len(args) > code.co_argcount and not code.co_flags & inspect.CO_VARARGS:
        raise ArgumentError(f"{name} of a traced array takes at most {code.co_argcount} arguments by position")
    return composite(*args, **options)


def _no_option(name, options):
    return ArgumentError(f"{name} of a traced array takes no option {', '.join(sorted(options))}")


def _unsupported(name):
    return ArgumentError(
        f"{name} has no derivative rule; write it with other numpy functions or give it one with primitive"
    )


def _load_special(ufunc):
    # scipy.special's ufuncs get their rules on first use, so that scipy is not loaded for nothing.
    from mathforml.autodiff import rules_special

    return rules_special.load() and ufunc in PRIMITIVES
