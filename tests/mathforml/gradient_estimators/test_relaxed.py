"""Gumbel-softmax and straight-through: sample by sample against torch, on average against integration."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.special import expit

from mathforml.gradient_estimators import Categorical, exact_gradient, gumbel_softmax, straight_through

WEIGHTS = np.array([1.0, -0.5, 2.0])
P = Categorical([0.2, -0.4, 0.5])
JACOBIAN = np.diag(P.probabilities) - np.outer(P.probabilities, P.probabilities)


def f(x):
    return (x @ WEIGHTS) ** 2


def linear(x):
    return x @ WEIGHTS


@pytest.mark.parametrize("temperature", [0.3, 1.0, 5.0])
def test_samples_against_torch(temperature):
    noise = torch.tensor(np.random.default_rng(4).gumbel(size=(50, 3)))
    weights = torch.tensor(WEIGHTS)

    def gradients(forward):
        logits = torch.tensor(np.tile(P.logits, (50, 1)), requires_grad=True)
        soft = torch.softmax((logits + noise) / temperature, dim=1)
        ((forward(soft) @ weights) ** 2).sum().backward()
        return logits.grad.numpy()

    def hard(soft):
        one_hot = torch.nn.functional.one_hot(soft.argmax(dim=1), 3)
        return one_hot + soft - soft.detach()

    relaxed = gumbel_softmax(f, P, temperature=temperature, samples=50, seed=4)
    np.testing.assert_allclose(relaxed.per_sample, gradients(lambda soft: soft), rtol=1e-9, atol=1e-12)
    straight = straight_through(f, P, temperature=temperature, samples=50, seed=4)
    np.testing.assert_allclose(straight.per_sample, gradients(hard), rtol=1e-9, atol=1e-12)


def two_classes(temperature, power, slope=lambda y: 2 * (1 + y)):
    """Moment of the relaxed gradient with respect to the second of two logits, by integration.

    The difference of two Gumbel variables is logistic; by default f(y) = (1 + y)² of the second weight y.
    """
    logit = 0.7

    def integrand(u):  # over the relaxed sample's own logit, which is where the integrand is smooth
        y = expit(u)
        noise = temperature * u - logit
        density = temperature * expit(noise) * expit(-noise)
        return (slope(y) * y * (1 - y) / temperature) ** power * density

    return quad(integrand, -40, 40, limit=500)[0]


EXACT = 3 * expit(0.7) * expit(-0.7)  # f(1) − f(0) = 3


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
def test_mean_and_variance_against_integration(temperature):
    result = gumbel_softmax(
        lambda x: (1 + x[:, 1]) ** 2, Categorical([0.0, 0.7]), temperature=temperature, samples=400_000, seed=1
    )
    mean = two_classes(temperature, 1)
    assert abs(result.estimate[1] - mean) <= 4 * result.standard_error[1]
    assert result.variance[1] == pytest.approx(two_classes(temperature, 2) - mean**2, rel=0.05)


def test_bias_vanishes_and_variance_grows_as_the_temperature_falls():
    temperatures = [2.0, 1.0, 0.5, 0.25]
    bias = [abs(two_classes(t, 1) - EXACT) for t in temperatures]
    variance = [two_classes(t, 2) - two_classes(t, 1) ** 2 for t in temperatures]
    assert bias == sorted(bias, reverse=True)
    assert variance == sorted(variance)
    # In the end, with q the logistic density at the logit: the bias is q tanh(logit/2) times the temperature (and
    # of second order for a linear f), the variance 23 q / 15 over the temperature.
    q, t = expit(0.7) * expit(-0.7), 0.01
    assert (two_classes(t, 1) - EXACT) / t == pytest.approx(q * np.tanh(0.35), rel=0.1)
    assert two_classes(t, 2) * t == pytest.approx(q * 23 / 15, rel=0.1)
    second = np.pi**2 / 6 * q * (1 - 6 * q)  # ½ ∫ u² σ'(u) du times q''
    assert (two_classes(0.1, 1, lambda y: 3.0) - EXACT) / 0.1**2 == pytest.approx(3 * second, rel=0.1)


def test_straight_through_is_exact_for_linear_functions():
    result = straight_through(linear, P, samples=100, seed=0)
    np.testing.assert_allclose(result.estimate, exact_gradient(linear, P), atol=1e-14)
    assert (result.variance < 1e-28).all()


def test_straight_through_is_biased_for_others():
    """Its mean by enumeration: every one-hot x passes ∇f(x) back through the softmax's Jacobian."""
    x = np.eye(3)
    slopes = 2 * (x @ WEIGHTS)[:, None] * WEIGHTS
    mean = P.probabilities @ slopes @ JACOBIAN
    result = straight_through(f, P, samples=200_000, seed=0)
    assert (np.abs(result.estimate - mean) <= 4 * result.standard_error).all()
    exact = exact_gradient(f, P)
    assert np.abs(mean - exact).max() > 0.1
    assert (np.abs(result.estimate - exact) > 10 * result.standard_error).any()


def test_straight_through_with_a_temperature_is_biased_even_for_linear_functions():
    result = straight_through(linear, P, temperature=1.0, samples=200_000, seed=0)
    relaxed = gumbel_softmax(linear, P, temperature=1.0, samples=200_000, seed=0)
    np.testing.assert_allclose(result.per_sample, relaxed.per_sample, atol=1e-13)  # ∇f is the same everywhere
    assert (np.abs(result.estimate - exact_gradient(linear, P)) > 10 * result.standard_error).any()
