import numpy as np
import pytest
import torch

from mathforml.autodiff import grad
from mathforml.errors import ArgumentError
from mathforml.implicit import equilibrium_layer, predict, train_equilibrium


def _parameters(seed=0, d=4, m=2):
    rng = np.random.default_rng(seed)
    return {"A": 3 * rng.normal(size=(d, d)), "U": rng.normal(size=(d, m)), "b": rng.normal(size=d)}


def _torch_layer(p, inputs, n_layers):
    w = 0.9 * p["A"] / torch.sqrt(1 + torch.sum(p["A"] ** 2))
    z = torch.zeros(len(inputs), len(p["b"]), dtype=torch.float64)
    for _ in range(n_layers):
        z = torch.tanh(z @ w.T + inputs @ p["U"].T + p["b"])
    return z


@pytest.mark.parametrize("linear", ["dense", "neumann"])
@pytest.mark.parametrize("method", ["iterate", "anderson"])
def test_values_and_gradients_are_those_of_400_layers_in_torch(method, linear):
    p, inputs = _parameters(), np.random.default_rng(1).normal(size=(5, 2))
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in p.items()}
    z = _torch_layer(tensors, torch.tensor(inputs), 400)
    torch.sum(torch.sin(z)).backward()

    def f(p):
        return np.sum(np.sin(equilibrium_layer(p, inputs, method=method, linear=linear)))

    np.testing.assert_allclose(
        equilibrium_layer(p, inputs, method=method), z.detach().numpy(), rtol=1e-10, atol=1e-11
    )
    shares = grad(f)(p)
    for name in p:
        np.testing.assert_allclose(shares[name], tensors[name].grad.numpy(), rtol=1e-8, atol=1e-10)


def test_training_learns_a_disk_that_no_line_cuts_out():
    rng = np.random.default_rng(1)
    inputs = rng.uniform(-1, 1, size=(80, 2))
    labels = (np.hypot(*inputs.T) < 0.6).astype(float)
    parameters, losses = train_equilibrium(inputs, labels, n_steps=60, seed=0)
    assert losses[-1] < 0.3 * losses[0]
    assert np.mean((predict(parameters, inputs) > 0.5) == labels) >= 0.95
    assert max(labels.mean(), 1 - labels.mean()) < 0.8


def test_parameters_may_be_lists_and_scores_large():
    parameters = {"A": [[0.0]], "U": [[1.0]], "b": [0.0], "v": np.array([-1e4]), "c": 0.0}
    np.testing.assert_allclose(equilibrium_layer(parameters, [[0.5]]), np.tanh([[0.5]]))
    assert predict(parameters, [[0.5]]) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: equilibrium_layer(_parameters(), [1.0, 2.0]), "inputs must have shape"),
        (lambda: equilibrium_layer(_parameters(), [[1.0, 2.0, 3.0]]), r"U must have shape \(4, 3\)"),
        (lambda: equilibrium_layer(_parameters() | {"A": np.ones((2, 2))}, [[1.0, 2.0]]), "A must have shape"),
        (lambda: equilibrium_layer({"A": np.eye(2)}, [[1.0, 2.0]]), "a dictionary with A, U and b"),
        (lambda: equilibrium_layer(_parameters() | {"b": [0, np.nan, 0, 0]}, [[1.0, 2.0]]), "b must be finite"),
        (lambda: train_equilibrium([[1.0]], [2.0]), "labels must be 0 or 1"),
        (lambda: train_equilibrium([[1.0]], [1.0, 0.0]), "labels must have shape"),
        (lambda: train_equilibrium([[1.0]], [1.0], rate=-1), "rate must be"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()
