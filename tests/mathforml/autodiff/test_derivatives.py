"""Gradients, products, Jacobians, Hessians: containers, nesting, networks against torch."""

from collections import namedtuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp

RNG = np.random.default_rng(0)


def network(parameters, x, y, tanh=np.tanh, mean=np.mean):
    hidden = tanh(x @ parameters["hidden"][0] + parameters["hidden"][1])
    return mean((hidden @ parameters["out"] - y) ** 2)


def make_network(batch, features, hidden):
    parameters = {
        "hidden": (RNG.normal(size=(features, hidden)), RNG.normal(size=hidden)),
        "out": RNG.normal(size=(hidden, 1)),
    }
    return parameters, RNG.normal(size=(batch, features)), RNG.normal(size=(batch, 1))


@pytest.mark.parametrize("sizes", [(32, 16, 16), (256, 128, 128)])
def test_gradient_of_a_network_agrees_with_torch(sizes):
    parameters, x, y = make_network(*sizes)
    value, gradient = value_and_grad(network)(parameters, x, y)
    (w, b), out = parameters["hidden"], parameters["out"]
    leaves = [torch.tensor(p, requires_grad=True) for p in (w, b, out)]
    theirs = {"hidden": leaves[:2], "out": leaves[2]}
    loss = network(theirs, torch.tensor(x), torch.tensor(y), torch.tanh, torch.mean)
    loss.backward()
    assert value == pytest.approx(loss.item(), rel=1e-12)
    assert gradient.keys() == parameters.keys()
    assert type(gradient["hidden"]) is tuple
    for mine, leaf in zip([*gradient["hidden"], gradient["out"]], leaves):
        expected = leaf.grad.numpy()
        assert np.abs(mine - expected).max() <= 1e-12 * np.abs(expected).max()


def test_hessian_agrees_with_torch():
    a = RNG.normal(size=(4, 4))

    def f(x, m=np):
        return m.sum(m.tanh(a_of[m] @ x) ** 2) * x[0] + m.exp(x[1] * x[2])

    a_of = {np: a, torch: torch.tensor(a)}
    x = RNG.normal(size=4)
    expected = torch.autograd.functional.hessian(lambda t: f(t, torch), torch.tensor(x)).numpy()
    scale = np.abs(expected).max()
    ways = {
        "forward over reverse": hessian(f)(x),
        "reverse over reverse": jacobian(grad(f), mode="reverse")(x),
        "reverse over forward": np.stack(
            [grad(lambda x, e=e: jvp(f, (x,), (e,))[1])(x) for e in np.eye(4)], axis=0
        ),
        "forward over forward": np.array(
            [[jvp(lambda x, e=e: jvp(f, (x,), (e,))[1], (x,), (d,))[1] for d in np.eye(4)] for e in np.eye(4)]
        ),
        "products": np.stack([hvp(f, x, e) for e in np.eye(4)]),
    }
    for way, matrix in ways.items():
        assert np.abs(matrix - expected).max() <= 1e-12 * scale, way


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 5))
@settings(deadline=None, max_examples=30)
def test_jacobian_by_rows_and_by_columns(seed, n, m):
    rng = np.random.default_rng(seed)
    a, x = rng.normal(size=(m, n)), rng.normal(size=n)

    def f(x):
        return np.sin(a @ x) + np.sum(x) ** 2

    rows, columns, either = (jacobian(f, mode=mode)(x) for mode in ("reverse", "forward", None))
    np.testing.assert_allclose(rows, columns, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(either, rows, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(rows, np.cos(a @ x)[:, None] * a + 2 * np.sum(x), rtol=1e-12, atol=1e-13)


def test_jacobian_of_arrays():
    x = RNG.normal(size=(2, 3))
    j = jacobian(lambda x: x @ x.T)(x)
    expected = np.einsum("ik,jl->ijkl", np.eye(2), x) + np.einsum("jk,il->ijkl", np.eye(2), x)
    np.testing.assert_allclose(j, expected, rtol=1e-13)
    assert jacobian(lambda x: 2 * x)(1.0) == 2.0
    assert jacobian(lambda x: np.ones(3))(x).shape == (3, 2, 3)
    assert jacobian(lambda x: x[:0])(np.ones(2)).shape == (0, 2)


# Perturbation confusion: the two-line programs that a tape or dual number without levels gets wrong.


def derivative(f):
    return lambda x: jvp(f, (x,), (1.0,))[1]


@pytest.mark.parametrize("outer", [grad, derivative])
@pytest.mark.parametrize("inner", [grad, derivative])
def test_no_perturbation_confusion(outer, inner):
    # d/dx x · (d/dy (x + y)) = 1; a confused one says 2.
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0
    # d/dx x · (d/dy x y) at x = 3 is 2x = 6.
    assert outer(lambda x: x * inner(lambda y: x * y)(2.0))(3.0) == 6.0
    # y at the value x: d/dx (∂/∂y x y² at y = x) = d/dx 2x² = 4x.
    assert outer(lambda x: inner(lambda y: x * y * y)(x))(3.0) == 12.0
    # the outer variable is stopped inside only as a value
    assert outer(lambda x: inner(lambda y: y * stop_gradient(x))(1.0) + 0.0 * x)(2.0) == 0.0


@pytest.mark.parametrize("ways", [(grad, derivative, grad), (derivative, grad, derivative), (grad,) * 3])
def test_third_derivatives(ways):
    f = np.sin
    for way in ways:
        f = way(f)
    assert f(0.3) == pytest.approx(-np.cos(0.3), rel=1e-15)


def test_two_pullbacks_may_take_turns():
    y1, pull1 = vjp(lambda x: x * x, 3.0)
    _, pull2 = vjp(lambda x: x * y1, 2.0)
    assert (pull1(1.0), pull2(1.0), pull1(2.0)) == ((6.0,), (9.0,), (12.0,))


def test_differentiate_through_a_pullback():
    # The derivative of vᵀJ with respect to v is J.
    x = RNG.normal(size=3)
    _, pullback = vjp(lambda x: np.sin(x) * x[0], x)
    expected = np.diag(np.cos(x) * x[0])
    expected[:, 0] += np.sin(x)
    np.testing.assert_allclose(jacobian(lambda v: pullback(v)[0])(np.ones(3)), expected.T, rtol=1e-13)


Pair = namedtuple("Pair", "a b")


def test_gradients_mirror_containers():
    tree = {"list": [1.0, np.ones(2)], "pair": Pair(2.0, None), "empty": ()}

    def f(t):
        return np.sum(t["list"][1]) * t["list"][0] * t["pair"].a

    gradient = grad(f)(tree)
    assert gradient["list"][0] == 4.0
    np.testing.assert_array_equal(gradient["list"][1], [2.0, 2.0])
    assert gradient["pair"] == Pair(2.0, None)
    assert gradient["empty"] == ()
    value, tangent = jvp(lambda t: {"x": t["list"][1] * t["pair"].a}, (tree,), (tree,))
    np.testing.assert_array_equal(value["x"], [2.0, 2.0])
    np.testing.assert_array_equal(tangent["x"], [4.0, 4.0])


def test_several_arguments_and_options():
    def f(x, y, *, power):
        return np.sum(x * y**power)

    assert grad(f, argnum=1)(2.0, 3.0, power=2) == 12.0
    assert grad(f, argnum=(0, -1))(2.0, 3.0, power=2) == (9.0, 12.0)


def test_what_does_not_depend_has_gradient_zero():
    np.testing.assert_array_equal(grad(lambda x: 3.0)(np.ones(2)), [0.0, 0.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.floor(x)))(np.ones(2)), [0.0, 0.0])
    assert grad(lambda x: stop_gradient({"x": x})["x"] * 2)(1.0) == 0.0
    assert jvp(lambda x: (x, 3.0), (1.0,), (1.0,)) == ((1.0, 3.0), (1.0, 0.0))


def test_stop_gradient_stops_every_order():
    assert grad(grad(lambda x: x**2 * stop_gradient(x**2)))(3.0) == 18.0


def test_gradients_may_be_written_into():
    x = np.ones(3)
    a, b = grad(lambda x, y: np.sum(x + y), (0, 1))(x, x)
    a *= 2
    np.testing.assert_array_equal(b, 1)
    cotangent = np.ones(3)
    (share,) = vjp(lambda x: x, x)[1](cotangent)
    share *= 2
    np.testing.assert_array_equal(cotangent, 1)


def test_single_precision_stays():
    x = np.ones((3, 3), np.float32)
    assert grad(lambda x: np.mean(np.tanh(x @ x) * 2.0))(x).dtype == np.float32


def test_programs_with_branches_and_loops():
    def f(x):
        total = 0.0
        for i, row in enumerate(x):
            if np.sum(row) > 0:
                total += row[i] ** 2
        return total

    np.testing.assert_array_equal(grad(f)(np.array([[1.0, 2.0], [-3.0, -1.0]])), [[2.0, 0.0], [0.0, 0.0]])
    assert len(x := np.ones((2, 3))) == grad(lambda t: len(t) * t[0, 0])(x)[0, 0]


def test_pieces_of_an_array_add_up():
    # Cotangents of pieces are added in place: also when the array is used whole, before and after.
    x = RNG.normal(size=5)

    def f(x):
        y = np.sin(x)
        whole = np.sum(y * y)
        pieces = y[0] * y[1] + np.sum(y[1:4]) * y[-1] + np.sum(y[[1, 1, 2]])
        return whole + pieces + np.sum(np.exp(y))

    expected = torch.tensor(x, requires_grad=True)
    y = torch.sin(expected)
    loss = (y * y).sum() + y[0] * y[1] + y[1:4].sum() * y[-1] + y[[1, 1, 2]].sum() + y.exp().sum()
    loss.backward()
    np.testing.assert_allclose(grad(f)(x), expected.grad.numpy(), rtol=1e-12)


def test_methods_of_arrays():
    x = RNG.normal(size=(2, 3))

    def f(x):
        a = x.sum(axis=0).reshape(3, 1).squeeze() + x.mean(0) + x.max(0) + x.min(0) + x.prod(0) + x.var(0)
        b = (
            x.T.ravel().cumsum()
            + x.copy().flatten()
            + x.transpose().reshape((6,))
            + x.clip(-1, 1).astype(float).dot(a)[0]
        )
        return (a @ a + b @ b) * x.std() * x.swapaxes(0, 1).take(0) + abs(-(+x))[x.argmax() // 3, 0]

    assert vjp(f, x)[0] == pytest.approx(f(x), rel=1e-14)
    numeric = (f(x + 1e-6) - f(x - 1e-6)) / 2e-6
    assert np.sum(grad(f)(x)) == pytest.approx(numeric, rel=1e-6)


def test_shapes_are_known_while_tracing():
    seen = []

    def f(x):
        seen.append(
            (x.shape, x.ndim, x.size, x.dtype, np.shape(x), repr(x[0, 0]), bool(x[0, 0]), bool(np.any(x > 0)))
        )
        return np.sum(x)

    grad(f)(np.ones((2, 3)))
    assert seen == [((2, 3), 2, 6, np.dtype(float), (2, 3), "Traced(np.float64(1.0))", True, True)]


@pytest.mark.parametrize("h", [1e-30, 1e-200])
def test_complex_step_is_an_oracle(h):
    def f(x):
        return np.sum(np.exp(np.sin(x)) / (x**3 + 2)) * np.prod(x)

    x = RNG.uniform(0.5, 1.5, size=4)
    gradient = grad(f)(x)
    step = np.array([np.imag(f(x + 1j * h * e)) / h for e in np.eye(4)])
    assert np.abs(gradient - step).max() <= 1e-14 * np.abs(step).max()
