"""Bayesian quadrature: a Gaussian process for the integrand makes the integral a Gaussian variable.

Values f(x_i) of a Gaussian process with kernel k are jointly Gaussian with the integral ∫ f(x) p(x) dx. Beside
kernel matrices that takes the kernel mean z(x) = ∫ k(x, x′) p(x′) dx′ and its own mean, the prior variance of the
integral; both are in closed form for the pairs of kernel and measure here.

>>> posterior = bayesian_quadrature([0.0, 0.5, 1.0], [0.0, 0.25, 1.0], Brownian(), Uniform(0, 1), noise=0)
>>> posterior.weights.round(9)  # the trapezoid rule
array([0.25, 0.5 , 0.25])
"""

from mathforml.bayesian_quadrature.active import choose_nodes, integrate
from mathforml.bayesian_quadrature.embeddings import kernel_mean, prior_variance
from mathforml.bayesian_quadrature.hyperparameters import fit_kernel
from mathforml.bayesian_quadrature.kernels import Brownian, Matern32, SquaredExponential
from mathforml.bayesian_quadrature.measures import Gaussian, Uniform
from mathforml.bayesian_quadrature.posterior import IntegralPosterior, bayesian_quadrature
from mathforml.bayesian_quadrature.process import log_marginal_likelihood, predict

__all__ = [
    "Brownian",
    "Gaussian",
    "IntegralPosterior",
    "Matern32",
    "SquaredExponential",
    "Uniform",
    "bayesian_quadrature",
    "choose_nodes",
    "fit_kernel",
    "integrate",
    "kernel_mean",
    "log_marginal_likelihood",
    "predict",
    "prior_variance",
]
