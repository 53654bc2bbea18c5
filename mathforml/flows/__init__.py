"""Normalizing flows: an invertible map x = g(ε) turns Gaussian noise into a density to evaluate and to draw from.

Rezende and Mohamed 2015, arXiv:1505.05770; Papamakarios and others 2021, arXiv:1912.02762.

>>> from mathforml.flows import fit, planar_flow, two_moons
>>> flow = planar_flow(2, 3)
>>> found = fit(flow, two_moons().sample(200, seed=1), steps=5)
>>> points, log_density = flow.sample(found.params, 10, seed=2)
>>> points.shape, log_density.shape
((10, 2), (10,))
"""

from mathforml.flows.autoregressive import MaskedAutoregressive
from mathforml.flows.coupling import AffineCoupling, alternating_mask
from mathforml.flows.elementary import Affine, Permutation
from mathforml.flows.flow import Flow, autoregressive_flow, coupling_flow, log_normal, planar_flow, spline_flow
from mathforml.flows.layer import Layer
from mathforml.flows.likelihood import Fit, fit
from mathforml.flows.planar import Planar, planar_inverse, planar_map
from mathforml.flows.spline import ElementwiseSpline, SplineCoupling, rational_quadratic
from mathforml.flows.targets import ring, two_moons

__all__ = [
    "Affine",
    "AffineCoupling",
    "ElementwiseSpline",
    "Fit",
    "Flow",
    "Layer",
    "MaskedAutoregressive",
    "Permutation",
    "Planar",
    "SplineCoupling",
    "alternating_mask",
    "autoregressive_flow",
    "coupling_flow",
    "fit",
    "log_normal",
    "planar_flow",
    "planar_inverse",
    "planar_map",
    "rational_quadratic",
    "ring",
    "spline_flow",
    "two_moons",
]
