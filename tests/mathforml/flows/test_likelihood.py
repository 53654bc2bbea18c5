import numpy as np
import pytest

from mathforml.autodiff import grad
from mathforml.errors import ArgumentError, ConvergenceError
from mathforml.flows import (
    Affine,
    Flow,
    Permutation,
    Planar,
    coupling_flow,
    fit,
    planar_flow,
    ring,
    spline_flow,
    two_moons,
)
from mathforml.flows.likelihood import to_params, to_vector


def test_affine_flow_finds_mean_and_deviation():
    data = np.random.default_rng(0).standard_normal((200, 2)) * [3.0, 0.2] + [5.0, -1.0]
    found = fit(Flow([Affine(2)]), data)
    assert found.converged
    assert found.params[0]["shift"] == pytest.approx(data.mean(axis=0), abs=1e-4)
    assert np.exp(found.params[0]["log_scale"]) == pytest.approx(data.std(axis=0), rel=1e-4)


def test_history_never_rises_and_ends_at_the_likelihood():
    flow, data = planar_flow(2, 2), two_moons().sample(300, seed=0)
    found = fit(flow, data, steps=25, seed=1)
    assert (np.diff(found.history) <= 1e-12).all()
    assert len(found.history) == 26
    assert not found.converged
    assert found.history[0] == pytest.approx(-flow.log_density(flow.initial(1), data).mean(), rel=1e-12)
    assert found.history[-1] == pytest.approx(-flow.log_density(found.params, data).mean(), rel=1e-12)


def test_continues_where_it_stopped():
    flow, data = planar_flow(2, 2), ring().sample(200, seed=0)
    first = fit(flow, data, steps=10)
    assert fit(flow, data, params=first.params, steps=10).history[0] == pytest.approx(first.history[-1], rel=1e-12)
    assert np.array_equal(fit(flow, data, steps=10).history, first.history)


@pytest.mark.parametrize(
    ("flow", "target", "steps", "margin"),
    [
        (planar_flow(2, 7), two_moons(noise=0.3), 120, 0.12),
        (coupling_flow(2, 4), two_moons(noise=0.3), 80, 0.1),
        (spline_flow(2, 2, bins=5), ring(noise=0.4), 50, 0.1),
    ],
)
def test_held_out_likelihood_comes_close_to_the_entropy(flow, target, steps, margin):
    found = fit(flow, target.sample(800, seed=0), steps=steps)
    held_out = target.sample(2000, seed=1)
    # Paired with the true log density, so that the noise of the held-out sample cancels: an estimate of KL(p ‖ q).
    gap = target.log_density(held_out) - flow.log_density(found.params, held_out)
    error = gap.std() / np.sqrt(len(gap))
    assert -4 * error < gap.mean() < margin
    assert -flow.log_density(flow.initial(0), held_out).mean() > target.entropy() + 3 * margin


def test_gradient_vanishes_where_it_converged():
    flow, data = Flow([Planar(1), Affine(1)]), np.random.default_rng(3).gamma(2.0, size=(100, 1))
    found = fit(flow, data, steps=500, tolerance=1e-6)
    assert found.converged
    assert np.abs(to_vector(grad(lambda p: -np.mean(flow.log_density(p, data)))(found.params))).max() < 2e-6


def test_stopped_by_rounding_is_not_converged():
    found = fit(Flow([Affine(1)]), [[1.0], [3.0], [4.7]], tolerance=1e-300)
    assert not found.converged
    assert found.params[0]["shift"] == pytest.approx(2.9, rel=1e-6)


def test_nothing_to_fit():
    found = fit(Flow([Permutation([1, 0])]), [[1.0, 2.0]])
    assert found.converged
    assert found.params == [{}]


def test_vector_and_back():
    params = planar_flow(2, 2).initial(0)
    again = to_params(params, to_vector(params))
    assert all(np.array_equal(a[k], b[k]) for a, b in zip(params, again) for k in a)
    assert to_params([{}], np.zeros(0)) == [{}]


def test_leaving_the_numbers():
    with pytest.raises(ConvergenceError, match="negative log-likelihood became inf"):
        fit(Flow([Affine(1)]), [[1e200]], steps=50)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((Planar(2), [[0.0, 0.0]]), {}, "flow must be a Flow"),
        ((planar_flow(2, 1), [[0.0, 0.0, 0.0]]), {}, r"data must have shape \(S, 2\), not \(1, 3\)"),
        ((planar_flow(2, 1), [[0.0, np.nan]]), {}, r"data must be finite; entry \(0, 1\) is nan"),
        ((planar_flow(2, 1), np.zeros((0, 2))), {}, "data must hold at least one point"),
        ((planar_flow(2, 1), [[0.0, 0.0]]), {"steps": 0}, "steps must be a whole number of at least 1"),
        ((planar_flow(2, 1), [[0.0, 0.0]]), {"tolerance": 0}, "tolerance must be a number above 0"),
        ((planar_flow(2, 1), [[0.0, 0.0]]), {"params": []}, "params must be a list with 2 entries"),
        ((planar_flow(2, 1), [[0.0, 0.0]]), {"seed": -1}, "seed must be"),
    ],
)
def test_bad_input(arguments, options, message):
    with pytest.raises(ArgumentError, match=message):
        fit(*arguments, **options)
