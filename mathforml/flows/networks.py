"""The small networks that tell a layer how to move one coordinate given others."""

import numpy as np


def initial_network(rng, inputs, hidden, outputs):
    """Return the weights of a network with one hidden layer that starts out close to zero."""
    return {
        "W1": rng.standard_normal((inputs, hidden)) / np.sqrt(inputs),
        "b1": rng.standard_normal(hidden),
        "W2": 0.01 * rng.standard_normal((hidden, outputs)),
        "b2": np.zeros(outputs),
    }


def network(params, x, first=1.0, last=1.0):
    """Return tanh(x W₁ + b₁) W₂ + b₂, shape (S, outputs), with the weights times the masks `first` and `last`."""
    return np.tanh(x @ (first * params["W1"]) + params["b1"]) @ (last * params["W2"]) + params["b2"]


def log_scale(raw, most=3.0):
    """Bound a log scale, smoothly, to ±most: no step of an optimiser can make its exponential overflow."""
    return most * np.tanh(raw / most)
