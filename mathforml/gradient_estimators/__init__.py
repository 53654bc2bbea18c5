"""Gradients of expectations: estimate d/dθ E_p[f(x)] with x ~ p(x; θ) from samples.

Everywhere f takes S samples at once, (S, …) → (S,), and every estimator returns a `GradientEstimate` that holds
the gradient of each sample, so that its variance is there to look at. Review: Mohamed, Rosca, Figurnov, Mnih 2020,
Monte Carlo gradient estimation in machine learning, arXiv:1906.10652.
"""

from mathforml.gradient_estimators.control import control_variate, taylor_control
from mathforml.gradient_estimators.distributions import Bernoulli, Categorical, Gaussian, Poisson
from mathforml.gradient_estimators.exact import exact_gradient, rao_blackwell
from mathforml.gradient_estimators.measure_valued import measure_valued
from mathforml.gradient_estimators.pathwise import pathwise
from mathforml.gradient_estimators.reference import quadratic_variances
from mathforml.gradient_estimators.relaxed import gumbel_softmax, straight_through
from mathforml.gradient_estimators.result import GradientEstimate
from mathforml.gradient_estimators.score import score_function

__all__ = [
    "Bernoulli",
    "Categorical",
    "Gaussian",
    "GradientEstimate",
    "Poisson",
    "control_variate",
    "exact_gradient",
    "gumbel_softmax",
    "measure_valued",
    "pathwise",
    "quadratic_variances",
    "rao_blackwell",
    "score_function",
    "straight_through",
    "taylor_control",
]
