"""Matrix products of linear layers by oneDNN, on the CPU.

PyTorch computes `linear` in float32 with MKL, which takes its AVX2 path on processors that are
not Intel's; oneDNN, which PyTorch also carries, uses what the processor has. On an AMD EPYC with
AVX-512 that is about twice as fast (`benchmarks/linear_layers.py`). Same precision, another order
of summation.
"""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch.overrides import TorchFunctionMode

ROWS = 32


def onednn_linear(device):
    """A context in which `torch.nn.functional.linear` is oneDNN's, for float32 on a CPU.

    Parameters
    ----------
    device : torch.device
        Where the model is; on any other than a CPU the context does nothing.
    """
    if device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return nullcontext()
    return _Mode()


class _Mode(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function is torch.nn.functional.linear and args[0].dtype == torch.float32 and not kwargs:
            inputs, weight, bias = (*args, None)[:3]
            return _Linear.apply(inputs, weight, bias)
        return function(*args, **(kwargs or {}))


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, inputs, weight, bias):
        rows = _rows(inputs)
        ctx.save_for_backward(rows, weight)
        return _product(rows, weight, bias)[: inputs.shape[:-1].numel()].unflatten(0, inputs.shape[:-1])

    @staticmethod
    def backward(ctx, gradient):
        rows, weight = ctx.saved_tensors
        padded = _rows(gradient)
        by_inputs = by_weight = by_bias = None
        if ctx.needs_input_grad[0]:
            by_inputs = _product(padded, weight.t())[: gradient.shape[:-1].numel()]
            by_inputs = by_inputs.unflatten(0, gradient.shape[:-1])
        if ctx.needs_input_grad[1]:
            by_weight = _product(padded.t(), rows.t())
        if ctx.needs_input_grad[2]:
            by_bias = padded.sum(0)
        return by_inputs, by_weight, by_bias


def _rows(tensor):
    """Flatten to a matrix whose number of rows is a multiple of `ROWS`, with zeros at the end.

    oneDNN compiles a kernel for each shape it meets; batches of all sizes would keep it compiling.
    """
    flat = tensor.flatten(0, -2)
    return torch.nn.functional.pad(flat, (0, 0, 0, -len(flat) % ROWS))


def _product(inputs, weight, bias=None):
    """`inputs @ weight.T + bias`."""
    return torch.ops.mkldnn._linear_pointwise(inputs, weight, bias, "none", [], "")
