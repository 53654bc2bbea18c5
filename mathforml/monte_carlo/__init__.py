"""Monte Carlo: expectations as averages over random points, one idea a file."""

from mathforml.monte_carlo.control_variates import ControlledEstimate, antithetic, control_variates
from mathforml.monte_carlo.diagnostics import (
    autocorrelation,
    bulk_ess,
    mean_ess,
    rank_normalise,
    rhat,
    split_rhat,
    tail_ess,
)
from mathforml.monte_carlo.gaussian import Gaussian
from mathforml.monte_carlo.hmc import hmc, leapfrog
from mathforml.monte_carlo.importance import ImportanceEstimate, importance_sampling, weight_ess
from mathforml.monte_carlo.markov import Chains
from mathforml.monte_carlo.metropolis import metropolis_hastings, metropolis_matrix
from mathforml.monte_carlo.pareto import fit_generalised_pareto, pareto_k, smooth_weights
from mathforml.monte_carlo.plain import Estimate, average, estimate
from mathforml.monte_carlo.quasi import QuasiEstimate, quasi_monte_carlo, sobol
from mathforml.monte_carlo.rejection import Accepted, rejection_sampling

__all__ = [
    "Accepted",
    "Chains",
    "ControlledEstimate",
    "Estimate",
    "Gaussian",
    "ImportanceEstimate",
    "QuasiEstimate",
    "antithetic",
    "autocorrelation",
    "average",
    "bulk_ess",
    "control_variates",
    "estimate",
    "fit_generalised_pareto",
    "hmc",
    "importance_sampling",
    "leapfrog",
    "mean_ess",
    "metropolis_hastings",
    "metropolis_matrix",
    "pareto_k",
    "quasi_monte_carlo",
    "rank_normalise",
    "rejection_sampling",
    "rhat",
    "smooth_weights",
    "sobol",
    "split_rhat",
    "tail_ess",
    "weight_ess",
]
