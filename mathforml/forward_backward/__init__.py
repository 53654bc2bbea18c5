"""The forward–backward algorithm: sums over all paths through a chain of states."""

from mathforml.forward_backward.marginals import LogMessages, Posterior, log_partition, marginals, messages
from mathforml.forward_backward.sampling import sample
from mathforml.forward_backward.viterbi import BestPath, viterbi

__all__ = [
    "BestPath",
    "LogMessages",
    "Posterior",
    "log_partition",
    "marginals",
    "messages",
    "sample",
    "viterbi",
]
