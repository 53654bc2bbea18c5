"""Gradients of a small network and of scalars: both tapes beside HIPS autograd, torch and closures.

    python benchmarks/autodiff_vs_peers.py

The network is mean((tanh(x W + b) v + c − y)²) with batch × features × hidden as printed; its gradient is with
respect to W, b, v and c. "by hand" is that gradient written out in numpy. The scalar program adds, multiplies and
takes tanh of numbers; times are an operation, the backward pass included. "closures" is the design of micrograd,
written fresh here: every value keeps a set of its children and a function that passes its gradient on, and the
backward pass finds their order by recursion. Before anything is timed, all gradients are compared.

The libraries take turns, so that a change in the machine's speed meets all; numbers are medians over the turns,
and so are the ratios. One thread each.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from mathforml.autodiff import Value, grad

# (batch, features, hidden): calls a turn
SIZES = {(32, 16, 16): 200, (256, 128, 128): 20}
OURS = "mathforml"


def network(sizes, seed=0):
    """The data and parameters of a network."""
    batch, features, hidden = sizes
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(batch, features)), rng.normal(size=(batch, 1))
    w, v = rng.normal(size=(features, hidden)) / math.sqrt(features), rng.normal(size=(hidden, 1))
    return x, y, [w, np.zeros(hidden), v, np.zeros(1)]


def by_hand(x, y, parameters):
    w, b, v, c = parameters
    hidden = np.tanh(x @ w + b)
    error = (hidden @ v + c - y) * (2 / len(x))
    inner = (error @ v.T) * (1 - hidden * hidden)
    return [x.T @ inner, inner.sum(axis=0), hidden.T @ error, error.sum(axis=0)]


def contestants(x, y, parameters):
    """Name: function without arguments that returns the gradient."""
    import autograd
    import autograd.numpy as anp
    import torch

    torch.set_num_threads(1)

    def loss_of(module, x, y):
        def loss(p):
            return module.mean((module.tanh(x @ p[0] + p[1]) @ p[2] + p[3] - y) ** 2)

        return loss

    plain = loss_of(np, x, y)
    ours, theirs = grad(plain), autograd.grad(loss_of(anp, x, y))
    leaves = [torch.tensor(p, requires_grad=True) for p in parameters]
    torch_loss = loss_of(torch, torch.tensor(x), torch.tensor(y))
    return {
        "forward only": lambda: plain(parameters),
        "by hand": lambda: by_hand(x, y, parameters),
        OURS: lambda: ours(parameters),
        "HIPS autograd": lambda: theirs(parameters),
        "torch": lambda: torch.autograd.grad(torch_loss(leaves), leaves),
    }


class Closures:
    """A scalar in micrograd's design."""

    def __init__(self, data, children=()):
        self.data, self.grad = data, 0.0
        self.children, self.pass_on = set(children), lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Closures) else Closures(other)
        out = Closures(self.data + other.data, (self, other))

        def pass_on():
            self.grad += out.grad
            other.grad += out.grad

        out.pass_on = pass_on
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Closures) else Closures(other)
        out = Closures(self.data * other.data, (self, other))

        def pass_on():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.pass_on = pass_on
        return out

    def tanh(self):
        y = math.tanh(self.data)
        out = Closures(y, (self,))

        def pass_on():
            self.grad += (1 - y * y) * out.grad

        out.pass_on = pass_on
        return out

    def backward(self):
        order, seen = [], set()

        def visit(value):
            if value not in seen:
                seen.add(value)
                for child in value.children:
                    visit(child)
                order.append(value)

        visit(self)
        self.grad = 1.0
        for value in reversed(order):
            value.pass_on()


def scalar_gradient(kind, rounds=20, width=10):
    """Run the scalar program and its backward pass; returns (gradient, number of operations)."""
    x = [kind(0.1 * i) for i in range(width)]
    w = [kind(0.05 * (i - 4)) for i in range(width)]
    total, operations = kind(0.0), 0
    for _ in range(rounds):
        for a, b in zip(x, w):
            total = (total + a * b) * 0.9
        total = total.tanh()
        operations += 3 * width + 1
    total.backward()
    return [value.grad for value in x + w], operations


def medians(functions, *, turns, calls):
    """Median seconds a call of each function; they take turns."""
    times = {name: [] for name in functions}
    for _ in range(turns):
        for name, function in functions.items():
            start = time.perf_counter()
            for _ in range(calls):
                function()
            times[name].append((time.perf_counter() - start) / calls)
    return {
        name: (statistics.median(t), statistics.median(a / b for a, b in zip(t, times[OURS])))
        for name, t in times.items()
    }


def show(title, unit, scale, rows):
    print(f"\n{title}\n{'':<16}{unit:>10}{'× ours':>10}")
    for name, (seconds, ratio) in rows.items():
        print(f"{name:<16}{seconds * scale:>10.2f}{ratio:>10.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=41)
    turns = parser.parse_args().turns
    sys.setrecursionlimit(100_000)
    for sizes, calls in SIZES.items():
        functions = contestants(*network(sizes))
        gradients = {name: f() for name, f in functions.items() if name != "forward only"}
        for name, gradient in gradients.items():
            for a, b in zip(gradient, gradients["by hand"]):
                gap = np.abs(np.asarray(a) - b).max() / np.abs(b).max()
                assert gap < 1e-12, f"{name} disagrees by {gap:.1e}"
        rows = medians(functions, turns=turns, calls=calls)
        show(f"Gradient of a network {' × '.join(map(str, sizes))}", "µs", 1e6, rows)
    (ours, operations), (theirs, _) = scalar_gradient(Value), scalar_gradient(Closures)
    assert np.allclose(ours, theirs, rtol=1e-13, atol=0)
    kinds = {OURS: lambda: scalar_gradient(Value), "closures": lambda: scalar_gradient(Closures)}
    show(
        f"Scalar tape, {operations} operations", "µs each", 1e6 / operations, medians(kinds, turns=turns, calls=10)
    )


if __name__ == "__main__":
    main()
