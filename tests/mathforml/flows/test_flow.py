import numpy as np
import pytest
from scipy import stats

from mathforml.errors import ArgumentError
from mathforml.flows import (
    Affine,
    Flow,
    Permutation,
    Planar,
    SplineCoupling,
    autoregressive_flow,
    coupling_flow,
    log_normal,
    planar_flow,
    spline_flow,
)

FLOWS = {
    "planar": (planar_flow(2, 3), 1e-6),
    "coupling": (coupling_flow(2, 3, hidden=5), 1e-6),
    "autoregressive": (autoregressive_flow(2, 2, hidden=5), 1e-6),
    "spline": (spline_flow(2, 2, bins=4, bound=3.0, hidden=5), 1e-3),  # its density has kinks at the knots
}


@pytest.mark.parametrize("name", FLOWS)
def test_density_integrates_to_one(shaken, name):
    flow, tolerance = FLOWS[name]
    params = shaken(flow, 2, scale=0.3)
    points, _ = flow.sample(params, 4000, seed=0)
    reach = 1.6 * np.abs(points).max()
    axis, step = np.linspace(-reach, reach, 401, retstep=True)
    x = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    mass = np.exp(flow.log_density(params, x)).sum() * step**2
    assert mass == pytest.approx(1.0, abs=tolerance)


@pytest.mark.parametrize("name", FLOWS)
def test_samples_come_with_their_density_and_follow_it(shaken, name):
    flow, _ = FLOWS[name]
    params = shaken(flow, 3, scale=0.3)
    x, log_density = flow.sample(params, 5000, seed=1)
    assert np.abs(log_density - flow.log_density(params, x)).max() < 1e-9
    assert np.array_equal(flow.sample(params, 5000, seed=1)[0], x)
    assert not np.array_equal(flow.sample(params, 5000, seed=2)[0], x)
    # The noise behind the samples is Gaussian, and E_p[q/p] = 1 for any density q that p covers.
    eps, _ = flow.inverse(params, x)
    assert stats.kstest(eps[:, 0], "norm").pvalue > 1e-4
    other = stats.multivariate_normal(x.mean(axis=0), np.cov(x.T) / 4)
    ratio = np.exp(other.logpdf(x) - log_density)
    assert abs(ratio.mean() - 1) < 4 * ratio.std() / np.sqrt(5000)


def test_affine_flow_is_a_gaussian():
    flow, params = Flow([Affine(2)]), [{"log_scale": np.log([2.0, 0.5]), "shift": np.array([1.0, -1.0])}]
    x = np.random.default_rng(0).standard_normal((10, 2))
    wanted = stats.multivariate_normal([1.0, -1.0], np.diag([4.0, 0.25])).logpdf(x)
    assert flow.log_density(params, x) == pytest.approx(wanted, rel=1e-13)


def test_determinants_add_up(shaken):
    parts = [Planar(2), Permutation([1, 0]), SplineCoupling([True, False])]
    flow = Flow(parts)
    params, x = shaken(flow, 0), np.random.default_rng(0).standard_normal((5, 2))
    whole, total = flow.forward(params, x)
    sum_of_parts = 0.0
    for layer, p in zip(parts, params):
        x, log_det = layer.forward(p, x)
        sum_of_parts = sum_of_parts + log_det
    assert np.array_equal(whole, x)
    assert np.array_equal(total, sum_of_parts)


def test_so_far_out_that_the_density_is_zero(shaken):
    flow = coupling_flow(2, 2)
    assert flow.log_density(shaken(flow, 0), np.full((1, 2), 1e200)) == -np.inf


@pytest.mark.parametrize(
    ("eps", "message"),
    [
        ([0.0, 1.0], r"eps must have shape \(S, d\), not \(2\)"),
        ([[np.nan]], r"eps must be finite; entry \(0, 0\) is nan"),
        ("noise", "eps must be an array of numbers"),
    ],
)
def test_bad_noise(eps, message):
    with pytest.raises(ArgumentError, match=message):
        log_normal(eps)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Flow([]), "layers must hold at least one layer"),
        (lambda: Flow([Planar(2), "coupling"]), r"layers\[1\] must be a Layer, not 'coupling'"),
        (lambda: Flow(Planar), r"layers\[0\] must be a Layer"),
        (lambda: Flow([Planar(2), Planar(3)]), r"layers\[1\] must have dimension 2, not 3"),
        (lambda: planar_flow(0, 2), "d must be a whole number of at least 1"),
        (lambda: planar_flow(2, 2.0), "L must be a whole number of at least 1"),
        (lambda: spline_flow(2, 1, bins=1), "bins must be a whole number of at least 2"),
        (lambda: autoregressive_flow(1, 1), "d must be a whole number of at least 2"),
    ],
)
def test_bad_flows(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p[:1], r"params must be a list with 3 entries"),
        (lambda p: [p[0], {}, p[2]], r"params\[1\] must be a dict with the keys \['b', 'u', 'w'\]"),
        (lambda p: [p[0], p[1] | {"u": np.ones(3)}, p[2]], r"params\[1\]\['u'\] must have shape \(2\), not \(3\)"),
        (lambda p: [p[0], p[1] | {"b": np.nan}, p[2]], r"params\[1\]\['b'\] must be finite; it is nan"),
        (lambda p: [p[0] | {"w": np.zeros(2)}, p[1], p[2]], "w must have a squared length above 0"),
    ],
)
def test_bad_parameters(change, message):
    flow = planar_flow(2, 2)
    with pytest.raises(ArgumentError, match=message):
        flow.log_density(change(flow.initial(0)), [[0.0, 0.0]])


@pytest.mark.parametrize(
    ("S", "seed", "message"), [(0, 0, "S must be"), (2.5, 0, "S must be"), (3, "x", "seed must be")]
)
def test_bad_samples(S, seed, message):
    flow = planar_flow(2, 1)
    with pytest.raises(ArgumentError, match=message):
        flow.sample(flow.initial(0), S, seed)
