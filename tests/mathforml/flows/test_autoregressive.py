import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import jacobian
from mathforml.errors import ArgumentError
from mathforml.flows import MaskedAutoregressive, Permutation, autoregressive_flow


@settings(deadline=None, max_examples=20)
@given(order=st.permutations(range(5)), seed=st.integers(0, 1000))
def test_jacobians_are_triangular_in_the_order_of_drawing(shaken, order, seed):
    layer = MaskedAutoregressive(5, hidden=7, order=order)
    params, x = shaken(layer, seed), np.random.default_rng(seed).standard_normal((1, 5))
    eps, log_det = layer.inverse(params, x)
    for dense, log in (
        (jacobian(lambda y: layer.pull(params, y[None])[0][0])(x[0]), log_det),
        (jacobian(lambda e: layer.push(params, e[None])[0][0])(eps[0]), -log_det),
    ):
        dense = dense[np.ix_(order, order)]
        assert np.array_equal(np.triu(dense, 1), np.zeros((5, 5)))
        assert np.count_nonzero(np.tril(dense, -1)) == 10  # every earlier coordinate is used
        assert np.sum(np.log(np.diag(dense))) == pytest.approx(log[0], abs=1e-12)


def test_the_scales_alone_make_the_log_determinant(shaken):
    layer = MaskedAutoregressive(4)
    params, x = shaken(layer, 3), np.random.default_rng(3).standard_normal((10, 4))
    eps, log_det = layer.inverse(params, x)
    s, t = layer._scale_and_shift(params, x)
    assert np.allclose(x, eps * np.exp(s) + t, rtol=1e-12)
    assert np.array_equal(log_det, -s.sum(axis=1))


def test_sampling_is_sequential_coordinate_by_coordinate(shaken):
    layer = MaskedAutoregressive(4)
    params, eps = shaken(layer, 5), np.random.default_rng(5).standard_normal((6, 4))
    x = np.zeros((6, 4))
    for i in range(4):
        s, t = layer._scale_and_shift(params, x)
        x[:, i] = eps[:, i] * np.exp(s[:, i]) + t[:, i]
    assert np.allclose(layer.forward(params, eps)[0], x, rtol=1e-13)


def test_orders_alternate():
    orders = [layer.order.tolist() for layer in autoregressive_flow(3, 2).layers[:2]]
    assert orders == [[0, 1, 2], [2, 1, 0]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MaskedAutoregressive(1), "d must be a whole number of at least 2"),
        (lambda: MaskedAutoregressive(2, hidden=-1), "hidden must be a whole number"),
        (lambda: MaskedAutoregressive(3, order=[0, 1]), "order must hold each of 0 … 2 once"),
        (lambda: MaskedAutoregressive(3, order=[0, 1, 1]), "order must hold each of 0 … 2 once"),
        (lambda: MaskedAutoregressive(3, order=[0.0, 1.0, 2.0]), "order must hold each of 0 … 2 once"),
        (lambda: Permutation([1, 2]), "order must hold each of 0 … 1 once"),
        (lambda: Permutation("no"), "order must hold each"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
