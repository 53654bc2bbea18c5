import numpy as np
import pytest
import torch

from mathforml.autodiff import value_and_grad
from mathforml.errors import ArgumentError
from mathforml.flows import AffineCoupling, Flow, alternating_mask, coupling_flow
from mathforml.flows.likelihood import to_vector


def torch_log_density(flow, params, x):
    """Return the log density of couplings and a last affine layer, written for torch."""
    *couplings, affine = params
    total = -affine["log_scale"].sum()
    x = (x - affine["shift"]) / affine["log_scale"].exp()
    for layer, p in reversed(list(zip(flow.layers, couplings))):
        stay, move = np.flatnonzero(layer.mask), np.flatnonzero(~layer.mask)
        hidden = torch.tanh(x[:, stay] @ p["W1"][stay] + p["b1"])
        raw = hidden @ p["W2"] + p["b2"]
        s, t = 3 * torch.tanh(raw[:, move] / 3), raw[:, layer.d + move]
        x = x.clone()
        x[:, move] = (x[:, move] - t) * torch.exp(-s)
        total = total - s.sum(dim=1)
    return torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(dim=1) + total


@pytest.mark.parametrize("seed", range(3))
def test_density_and_gradient_against_torch(shaken, seed):
    flow = coupling_flow(3, 4, hidden=6)
    params, x = shaken(flow, seed), np.random.default_rng(seed).standard_normal((30, 3))
    value, gradient = value_and_grad(lambda p: -np.mean(flow.log_density(p, x)))(params)

    theirs = [{k: torch.tensor(v, requires_grad=True) for k, v in part.items()} for part in params]
    loss = -torch_log_density(flow, theirs, torch.tensor(x)).mean()
    loss.backward()
    wanted = to_vector([{k: v.grad.numpy() for k, v in part.items()} for part in theirs])
    assert value == pytest.approx(loss.item(), rel=1e-12)
    assert np.abs(to_vector(gradient) - wanted).max() < 1e-11 * np.abs(wanted).max()


def test_what_stays_stays_and_decides(shaken):
    layer = AffineCoupling([True, False, True])
    params, eps = shaken(layer, 0), np.random.default_rng(0).standard_normal((20, 3))
    x, log_det = layer.forward(params, eps)
    assert np.array_equal(x[:, [0, 2]], eps[:, [0, 2]])
    other = eps + [0.0, 1.0, 0.0]
    assert np.array_equal(layer.forward(params, other)[1], log_det)


def test_masks():
    assert alternating_mask(4, False).tolist() == [False, True, False, True]
    masks = [layer.mask[0] for layer in coupling_flow(2, 3).layers[:3]]
    assert [bool(m) for m in masks] == [True, False, True]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AffineCoupling([1, 0]), "mask must be a list of True and False"),
        (lambda: AffineCoupling([[True, False]]), "mask must be a list of True and False"),
        (lambda: AffineCoupling(None), "mask must be a list of True and False"),
        (lambda: AffineCoupling([True, True]), "keep at least one coordinate and move at least one"),
        (lambda: AffineCoupling([False, False]), "keep at least one coordinate and move at least one"),
        (lambda: AffineCoupling([]), "mask must be a list of True and False"),
        (lambda: AffineCoupling([True, False], hidden=0), "hidden must be a whole number of at least 1"),
        (lambda: alternating_mask(1), "d must be a whole number of at least 2"),
        (lambda: coupling_flow(2, 0), "L must be a whole number of at least 1"),
        (lambda: Flow([AffineCoupling([True, False]), AffineCoupling([True, False, True])]), "dimension 2, not 3"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
