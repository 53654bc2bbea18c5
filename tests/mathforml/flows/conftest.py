"""One layer and one composition of every kind, and what the tests of them share."""

import numpy as np
import pytest

from mathforml import flows
from mathforml.flows.likelihood import to_params, to_vector

D = 3
LAYERS = {
    "planar": flows.Planar(D),
    "affine": flows.Affine(D),
    "permutation": flows.Permutation([2, 0, 1]),
    "coupling": flows.AffineCoupling([True, False, True], hidden=5),
    "autoregressive": flows.MaskedAutoregressive(D, hidden=5),
    "autoregressive, other order": flows.MaskedAutoregressive(D, hidden=5, order=[2, 0, 1]),
    "spline": flows.ElementwiseSpline(D, bins=5, bound=2.0),
    "spline coupling": flows.SplineCoupling([False, True, False], bins=5, bound=2.0, hidden=5),
    "planar flow": flows.planar_flow(D, 4),
    "coupling flow": flows.coupling_flow(D, 3, hidden=5),
    "autoregressive flow": flows.autoregressive_flow(D, 3, hidden=5),
    "spline flow": flows.spline_flow(D, 3, bins=5, bound=2.0, hidden=5),
    "mixed flow": flows.Flow(
        [flows.Planar(D), flows.Permutation([1, 2, 0]), flows.AffineCoupling([True, False, False], hidden=5)]
    ),
    "flow of flows": flows.Flow([flows.coupling_flow(D, 2, hidden=5), flows.ElementwiseSpline(D, bins=4)]),
}


@pytest.fixture(scope="session", params=LAYERS, ids=lambda name: name.replace(" ", "-"))
def layer(request):
    return LAYERS[request.param]


# numpy's logaddexp, behind a spline coupling's slopes, takes no complex numbers; test_spline has torch instead.
ANALYTIC = [name for name in LAYERS if name not in ("spline coupling", "spline flow")]


@pytest.fixture(scope="session", params=ANALYTIC, ids=lambda name: name.replace(" ", "-"))
def analytic_layer(request):
    return LAYERS[request.param]


@pytest.fixture(scope="session")
def shaken():
    """Return a function that gives parameters of a layer with noise of a scale added."""

    def shake(layer, seed, scale=0.25):
        params = layer.initial(seed)
        vector = to_vector(params)
        return to_params(params, vector + scale * np.random.default_rng(seed).standard_normal(len(vector)))

    return shake
