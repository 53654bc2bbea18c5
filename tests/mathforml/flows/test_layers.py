"""What holds for every layer and every composition of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import jacobian, value_and_grad
from mathforml.errors import ArgumentError
from mathforml.flows import Affine, Flow, log_normal
from mathforml.flows.likelihood import to_params, to_vector

SEEDS = st.integers(0, 10**6)
FEW = settings(deadline=None, max_examples=10)


def noise(seed, S=8, d=3):
    return np.random.default_rng(seed).standard_normal((S, d)) * 1.5


@FEW
@given(seed=SEEDS)
def test_round_trip_and_opposite_log_determinants(layer, shaken, seed):
    params, eps = shaken(layer, seed), noise(seed, 50)
    x, log_det = layer.forward(params, eps)
    back, log_det_back = layer.inverse(params, x)
    assert x.shape == eps.shape
    assert log_det.shape == (50,)
    assert np.abs(back - eps).max() < 1e-10
    assert np.abs(log_det + log_det_back).max() < 1e-10
    again, _ = layer.forward(params, layer.inverse(params, eps)[0])
    assert np.abs(again - eps).max() < 1e-10


@FEW
@given(seed=SEEDS)
def test_log_determinants_are_those_of_dense_jacobians(layer, shaken, seed):
    params, eps = shaken(layer, seed), noise(seed, 3)
    x, log_det = layer.forward(params, eps)
    _, log_det_back = layer.inverse(params, x)
    for s in range(len(eps)):
        dense = jacobian(lambda e: layer.push(params, e[None])[0][0])(eps[s])
        dense_back = jacobian(lambda y: layer.pull(params, y[None])[0][0])(x[s])
        assert np.linalg.slogdet(dense)[1] == pytest.approx(log_det[s], abs=1e-10)
        assert np.linalg.slogdet(dense_back)[1] == pytest.approx(log_det_back[s], abs=1e-10)
        assert np.abs(dense @ dense_back - np.eye(3)).max() < 1e-9


@FEW
@given(seed=SEEDS)
def test_log_determinants_by_complex_step(analytic_layer, shaken, seed):
    params, eps = shaken(analytic_layer, seed), noise(seed)
    steps = [eps + 1e-30j * np.eye(3)[k] for k in range(3)]
    dense = np.stack([np.imag(analytic_layer.push(params, step)[0]) / 1e-30 for step in steps], axis=-1)
    assert np.abs(np.linalg.slogdet(dense)[1] - analytic_layer.forward(params, eps)[1]).max() < 1e-10


@FEW
@given(seed=SEEDS)
def test_gradient_of_the_likelihood_by_central_differences(layer, shaken, seed):
    flow = Flow([layer, Affine(3)])
    params, x = shaken(flow, seed, scale=0.2), noise(seed, 20) * 0.5

    def loss(params):
        return -np.mean(flow.log_density(params, x))

    value, gradient = value_and_grad(loss)(params)
    vector = to_vector(params)
    direction = np.random.default_rng(seed).standard_normal(len(vector))
    direction /= np.linalg.norm(direction)
    h = 1e-5
    ends = [loss(to_params(params, vector + sign * h * direction)) for sign in (1, -1)]
    assert value == pytest.approx(loss(params), rel=1e-12)
    assert to_vector(gradient) @ direction == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-5, abs=1e-6)


def test_initial_parameters_are_near_the_identity_and_follow_the_seed(layer):
    eps = noise(0)
    x, log_det = layer.forward(layer.initial(1), eps)
    same, _ = layer.forward(layer.initial(1), eps)
    assert np.array_equal(x, same)
    assert np.abs(np.sort(x, axis=1) - np.sort(eps, axis=1)).max() < 1.5
    assert np.abs(log_det).max() < 1.5


def test_gradient_through_the_inverse_equals_that_through_the_map(layer, shaken):
    # d/dθ log p(g(ε)) with x held fixed, once by pull and once by the change of variables at ε(x, θ).
    params, eps = shaken(layer, 4), noise(4, 1)
    x, _ = layer.forward(params, eps)
    gradient = jacobian(lambda y: log_normal(layer.pull(params, y)[0]) + layer.pull(params, y)[1])(x)[0, 0]
    forward = jacobian(lambda e: log_normal(e) - layer.push(params, e)[1])(eps)[0, 0]
    dense = jacobian(lambda e: layer.push(params, e[None])[0][0])(eps[0])
    assert gradient == pytest.approx(np.linalg.solve(dense.T, forward), rel=1e-8, abs=1e-9)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.ones((4, 2)), r"must have shape \(S, 3\), not \(4, 2\)"),
        (np.ones(3), r"must have shape \(S, 3\), not \(3\)"),
        ([[1.0, np.nan, 2.0]], r"must be finite; entry \(0, 1\) is nan"),
        ("points", "must be an array of numbers"),
    ],
)
def test_bad_points(layer, points, message):
    with pytest.raises(ArgumentError, match="eps " + message):
        layer.forward(layer.initial(0), points)
    with pytest.raises(ArgumentError, match="x " + message):
        layer.inverse(layer.initial(0), points)


def test_bad_parameters(layer):
    for wrong in (None, 3.0, [], {"other": 1.0}):
        if wrong in ([], None) and layer.initial(0) == {}:
            continue
        with pytest.raises(ArgumentError, match=r"params.* must be a (dict|list)"):
            layer.forward(wrong, noise(0))
