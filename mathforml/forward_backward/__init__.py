"""The forward–backward algorithm: sums over all paths through a chain of states.

`log_partition`, `messages`, `marginals`, `viterbi` and `sample` work on the scores of a chain; `HMM` and `CRF` are
two ways to come by scores; `baum_welch` fits the first.
"""

from mathforml.forward_backward.baum_welch import Fit, baum_welch
from mathforml.forward_backward.crf import CRF, Gradient
from mathforml.forward_backward.emissions import Categorical, Emissions, Gaussian, Given
from mathforml.forward_backward.hmm import HMM, Sequence
from mathforml.forward_backward.marginals import LogMessages, Posterior, log_partition, marginals, messages
from mathforml.forward_backward.sampling import sample
from mathforml.forward_backward.viterbi import BestPath, viterbi

__all__ = [
    "CRF",
    "HMM",
    "BestPath",
    "Categorical",
    "Emissions",
    "Fit",
    "Gaussian",
    "Given",
    "Gradient",
    "LogMessages",
    "Posterior",
    "Sequence",
    "baum_welch",
    "log_partition",
    "marginals",
    "messages",
    "sample",
    "viterbi",
]
