"""Linear layers by oneDNN against PyTorch's own, forward and backward, in one run.

    OMP_NUM_THREADS=1 python benchmarks/linear_layers.py

The shapes are those of the encoder `minilm` for a batch of 256 subwords. Both sides take turns;
printed are median ratios, lowest to highest.
"""

import statistics
import time

import torch

from crossner.tagging.onednn import onednn_linear

ROWS, REPEATS, STEPS = 256, 9, 30


def seconds(layer, inputs, context):
    """Time of some forward and backward passes."""
    begin = time.perf_counter()
    for _ in range(STEPS):
        with context():
            outputs = layer(inputs)
        outputs.sum().backward()
    return time.perf_counter() - begin


def main():
    sides = (lambda: onednn_linear(torch.device("meta")), lambda: onednn_linear(torch.device("cpu")))
    for width, height in ((384, 384), (384, 1536), (1536, 384)):
        layer, inputs = torch.nn.Linear(width, height), torch.randn(ROWS, width, requires_grad=True)
        for side in sides:
            seconds(layer, inputs, side)  # warm up
        ratios = sorted(
            seconds(layer, inputs, sides[0]) / seconds(layer, inputs, sides[1]) for _ in range(REPEATS)
        )
        print(
            f"{width:4} → {height:4}: oneDNN {statistics.median(ratios):.2f}× as fast "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


if __name__ == "__main__":
    main()
