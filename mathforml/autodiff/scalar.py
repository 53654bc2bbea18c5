"""Reverse mode for single numbers, on one page: every value knows its parents and its slope along each of them."""

import math

from mathforml.checks import check_number


class Value:
    """A number that keeps its parents and, for each, the slope ∂data/∂parent: all that the chain rule needs.

    After `y.backward()` every x that y was computed from holds ∂y/∂x in `x.grad` (reverse mode: Griewank, Walther
    2008, Evaluating derivatives, https://doi.org/10.1137/1.9780898717761).

    >>> a, b = Value(2.0), Value(-3.0)
    >>> y = (a * b + a**2).tanh()
    >>> y.backward()
    >>> round(a.grad, 6), round(b.grad, 6)
    (0.070651, 0.141302)
    """

    __slots__ = ("data", "grad", "parents", "slopes")

    def __init__(self, data, parents=(), slopes=()):
        known = parents or (type(data) is float and math.isfinite(data))
        self.data = data if known else check_number(data, "data")
        self.grad = 0.0
        self.parents, self.slopes = parents, slopes

    def __add__(self, other):
        if type(other) is Value:
            return Value(self.data + other.data, (self, other), (1.0, 1.0))
        return Value(self.data + other, (self,), (1.0,))

    def __mul__(self, other):
        if type(other) is Value:
            return Value(self.data * other.data, (self, other), (other.data, self.data))
        return Value(self.data * other, (self,), (other,))

    def __pow__(self, other):
        if type(other) is Value:
            return (self.log() * other).exp()
        slope = other * math.pow(self.data, other - 1) if other else 0.0  # math.pow: −1 has no real root
        return Value(math.pow(self.data, other), (self,), (slope,))

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return self**-1 * other

    def __neg__(self):
        return Value(-self.data, (self,), (-1.0,))

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        y = math.exp(self.data)
        return Value(y, (self,), (y,))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    def backward(self):
        """Set `grad` of everything this value depends on; what stood there before is forgotten."""
        order, seen, stack = [], set(), [self]
        while stack:  # depth first without recursion: a value comes after all its parents
            value = stack.pop()
            if value is None:
                order.append(stack.pop())
            elif value not in seen:
                seen.add(value)
                value.grad = 0.0
                stack += (value, None, *value.parents)
        self.grad = 1.0
        for value in reversed(order):
            grad = value.grad
            for parent, slope in zip(value.parents, value.slopes):
                parent.grad += slope * grad

    def __repr__(self):
        return f"Value({self.data:g}, grad={self.grad:g})"
