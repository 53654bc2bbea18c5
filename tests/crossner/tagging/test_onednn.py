"""oneDNN's linear layers against PyTorch's own, values and gradients."""

import pytest
import torch
from torch.nn.functional import linear

from crossner.tagging.onednn import ROWS, onednn_linear

CPU = torch.device("cpu")


@pytest.mark.parametrize("shape", [(1,), (3, 5), (ROWS,), (ROWS + 1, 2)])
@pytest.mark.parametrize("with_bias", [True, False])
def test_values_and_gradients_are_those_of_pytorch(shape, with_bias):
    torch.manual_seed(1)
    inputs = torch.randn(*shape, 7, requires_grad=True)
    weight = torch.randn(4, 7, requires_grad=True)
    bias = torch.randn(4, requires_grad=True) if with_bias else None
    gradient = torch.randn(*shape, 4)
    sources = [inputs, weight, *([bias] if with_bias else [])]

    expected = linear(inputs, weight, bias)
    with onednn_linear(CPU):
        found = linear(inputs, weight, bias)
    torch.testing.assert_close(found, expected)
    for ours, theirs in zip(
        torch.autograd.grad(found, sources, gradient),
        torch.autograd.grad(expected, sources, gradient),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_frozen_inputs_and_weights_get_no_gradient():
    inputs, weight = torch.randn(3, 7), torch.randn(4, 7, requires_grad=True)
    with onednn_linear(CPU):
        linear(inputs, weight).sum().backward()
    torch.testing.assert_close(weight.grad, inputs.sum(0).expand(4, 7))
    assert inputs.grad is None


def test_other_precisions_and_other_devices_are_left_alone():
    inputs, weight = torch.randn(3, 7, dtype=torch.float64), torch.randn(4, 7, dtype=torch.float64)
    with onednn_linear(CPU):
        assert torch.equal(linear(inputs, weight), inputs @ weight.T)
    with onednn_linear(torch.device("meta")) as mode:
        assert mode is None


def test_outside_the_block_linear_is_pytorchs():
    weight = torch.randn(4, 7, requires_grad=True)
    with onednn_linear(CPU):
        assert "_Linear" in type(linear(torch.randn(3, 7), weight).grad_fn).__name__
    assert "_Linear" not in type(linear(torch.randn(3, 7), weight).grad_fn).__name__
