"""The scalar tape against torch, the array tape and deep graphs."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import Value, grad
from mathforml.errors import ArgumentError

NUMBERS = st.floats(0.2, 2.0)


def program(a, b, c, exp, log, tanh):
    y = tanh(a * b - c / a) + exp(-b) * log(a + 1.5) - (2 - c) ** 3 / (b**2)
    return y * y + 3 * y - 1 / c + a**b


@given(NUMBERS, NUMBERS, NUMBERS)
@settings(deadline=None, max_examples=30)
def test_agrees_with_torch_and_the_array_tape(a, b, c):
    values = [Value(x) for x in (a, b, c)]
    y = program(*values, Value.exp, Value.log, Value.tanh)
    y.backward()
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (a, b, c)]
    expected = program(*leaves, torch.exp, torch.log, torch.tanh)
    expected.backward()
    assert y.data == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
    scale = max(abs(x.grad.item()) for x in leaves)
    for mine, theirs in zip(values, leaves):
        assert abs(mine.grad - theirs.grad.item()) <= 1e-12 * scale
    arrays = grad(lambda a, b, c: program(a, b, c, np.exp, np.log, np.tanh), (0, 1, 2))(a, b, c)
    for mine, theirs in zip(values, arrays):
        assert abs(mine.grad - theirs) <= 1e-12 * scale


def test_a_value_used_twice_collects_both_shares():
    x = Value(3.0)
    y = x * x + x
    y.backward()
    assert x.grad == 7.0


def test_backward_starts_afresh():
    x = Value(3.0)
    y = x * 2.0
    y.backward()
    y.backward()
    assert (x.grad, y.grad) == (2.0, 1.0)


def test_deep_graphs_meet_no_recursion_limit():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.0 + 0.0
    y.backward()
    assert x.grad == 1.0


@pytest.mark.parametrize(("x", "slope"), [(2.0, 1.0), (-2.0, 0.0), (0.0, 0.0)])
def test_relu(x, slope):
    v = Value(x)
    v.relu().backward()
    assert v.grad == slope


def test_powers():
    x = Value(0.0)
    (x**0 + x**2).backward()
    assert x.grad == 0.0
    x = Value(2.0)
    (3.0 / x).backward()
    assert x.grad == -0.75


@pytest.mark.parametrize(("x", "power"), [(-2.0, 0.5), (0.0, -1)])
def test_powers_that_are_no_real_numbers(x, power):
    with pytest.raises(ValueError, match="domain"):
        Value(x) ** power


def test_fits_on_a_page():
    from mathforml.autodiff import scalar

    with open(scalar.__file__, encoding="utf-8") as file:
        assert len(file.readlines()) <= 95
    assert not hasattr(Value(1.0), "__dict__")


@pytest.mark.parametrize("data", ["a", None, math.nan, [1.0], np.ones(2)])
def test_data_must_be_a_number(data):
    with pytest.raises(ArgumentError, match="data must be a number"):
        Value(data)


def test_representation():
    assert repr(Value(2)) == "Value(2, grad=0)"
