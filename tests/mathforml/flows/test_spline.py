import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import value_and_grad
from mathforml.errors import ArgumentError
from mathforml.flows import ElementwiseSpline, SplineCoupling, rational_quadratic, spline_flow
from mathforml.flows.likelihood import to_vector

SEEDS = st.integers(0, 10**6)


def parts(seed, bins=5, bound=2.0):
    rng = np.random.default_rng(seed)
    widths, heights = rng.dirichlet(np.ones(bins), 2) * (1 - 0.01 * bins) + 0.01
    return 2 * bound * widths, 2 * bound * heights, rng.gamma(1.0, size=bins - 1) + 0.01


def torch_spline(x, raw, bins, bound):
    """Return the spline and its log slope by sorted search and gathering, written for torch."""
    raw_w, raw_h, raw_d = raw[..., :bins], raw[..., bins : 2 * bins], raw[..., 2 * bins :]
    edges = []
    for a in (raw_w, raw_h):
        share = 1e-3 + (1 - 1e-3 * bins) * torch.softmax(a, -1)
        edges.append(2 * bound * torch.nn.functional.pad(torch.cumsum(share, -1), (1, 0)) - bound)
    slopes = 1e-3 + torch.nn.functional.softplus(raw_d + np.log(np.exp(1 - 1e-3) - 1))
    slopes = torch.nn.functional.pad(slopes, (1, 1), value=1.0)
    k = (torch.searchsorted(edges[0].contiguous(), x[..., None], right=True) - 1).clamp(0, bins - 1)
    x0, x1, y0, y1, d0, d1 = (torch.gather(a, -1, k + i)[..., 0] for a in (*edges, slopes) for i in (0, 1))
    s, xi = (y1 - y0) / (x1 - x0), (x - x0) / (x1 - x0)
    below = s + (d1 + d0 - 2 * s) * xi * (1 - xi)
    y = y0 + (y1 - y0) * (s * xi**2 + d0 * xi * (1 - xi)) / below
    log_slope = 2 * torch.log(s) + torch.log(d1 * xi**2 + 2 * s * xi * (1 - xi) + d0 * (1 - xi) ** 2)
    log_slope = log_slope - 2 * torch.log(below)
    out = x.abs() >= bound
    return torch.where(out, x, y), torch.where(out, torch.zeros_like(x), log_slope)


def torch_forward(layer, p, eps):
    stay, move = np.flatnonzero(layer.mask), np.flatnonzero(~layer.mask)
    raw = torch.tanh(eps[:, stay] @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
    y, log_slope = torch_spline(eps[:, move], raw.reshape(len(eps), len(move), -1), layer.bins, layer.bound)
    x = torch.empty_like(eps)
    x[:, stay], x[:, move] = eps[:, stay], y
    return x, log_slope.sum(1)


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_monotone_smooth_and_inverted(seed):
    shape = parts(seed)
    x = np.linspace(-3, 3, 2001)
    y, log_slope = rational_quadratic(x, *shape)
    assert (np.diff(y) > 0).all()
    back, log_slope_back = rational_quadratic(y, *shape, inverse=True)
    assert np.abs(back - x).max() < 1e-10
    assert np.abs(log_slope + log_slope_back).max() < 1e-10
    tails = np.abs(x) >= 2
    assert np.array_equal(y[tails], x[tails])
    assert not log_slope[tails].any()


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_knots_are_met_with_their_slopes_from_both_sides(seed):
    widths, heights, slopes = parts(seed)
    knots, values = np.cumsum(widths) - 2, np.cumsum(heights) - 2
    wanted = np.append(slopes, 1.0)
    for side in (-1e-9, 1e-9):
        y, log_slope = rational_quadratic(knots + side, widths, heights, slopes)
        assert np.abs(y - values).max() < 1e-7
        assert np.exp(log_slope) == pytest.approx(wanted, rel=1e-4)


@settings(deadline=None, max_examples=15)
@given(seed=SEEDS)
def test_slope_by_complex_step(seed):
    from mathforml.flows.spline import spline

    shape = parts(seed)
    x = np.random.default_rng(seed).uniform(-3, 3, 200)
    y, log_slope = rational_quadratic(x, *shape)
    derivative = np.imag(spline(x + 1e-30j, *shape, 2.0)[0]) / 1e-30
    assert np.log(derivative) == pytest.approx(log_slope, abs=1e-10)
    derivative = np.imag(spline(y + 1e-30j, *shape, 2.0, inverse=True)[0]) / 1e-30
    assert np.log(derivative) == pytest.approx(-log_slope, abs=1e-10)


def test_one_bend_by_hand():
    # One knot at (0, 0.5): on [0, 1] s = 1/2, both slopes 1, and ξ = 1/2 gives 1/2 + 1/2 · (3/8)/(3/4).
    y, log_slope = rational_quadratic([0.5], [1.0, 1.0], [1.5, 0.5], [1.0])
    assert y[0] == pytest.approx(0.75, rel=1e-15)
    assert np.exp(log_slope[0]) == pytest.approx(0.25 * 0.75 / 0.75**2, rel=1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_coupling_against_torch(shaken, seed):
    layer = SplineCoupling([False, True, False], bins=6, bound=2.0)
    params, eps = shaken(layer, seed), np.random.default_rng(seed).standard_normal((20, 3)) * 1.5
    theirs = {k: torch.tensor(v) for k, v in params.items()}
    x, log_det = layer.forward(params, eps)
    wanted, wanted_log_det = torch_forward(layer, theirs, torch.tensor(eps))
    assert np.abs(x - wanted.numpy()).max() < 1e-12
    assert np.abs(log_det - wanted_log_det.numpy()).max() < 1e-11
    for s in range(5):
        dense = torch.autograd.functional.jacobian(
            lambda e: torch_forward(layer, theirs, e[None])[0][0], torch.tensor(eps[s])
        )
        assert torch.linalg.slogdet(dense)[1].item() == pytest.approx(log_det[s], abs=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_pathwise_gradient_of_a_flow_against_torch(shaken, seed):
    flow = spline_flow(2, 3, bins=4, bound=2.0, hidden=5)
    params, eps = shaken(flow, seed), np.random.default_rng(seed).standard_normal((25, 2))

    def ours(params):
        x, log_det = flow.forward(params, eps)
        return np.mean(np.sum(np.cos(x), axis=1) - log_det)

    value, gradient = value_and_grad(ours)(params)
    theirs = [{k: torch.tensor(v, requires_grad=True) for k, v in part.items()} for part in params]
    x, total = torch.tensor(eps), 0.0
    for layer, p in zip(flow.layers[:-1], theirs):
        x, log_det = torch_forward(layer, p, x)
        total = total + log_det
    x = x * theirs[-1]["log_scale"].exp() + theirs[-1]["shift"]
    loss = (torch.cos(x).sum(1) - total - theirs[-1]["log_scale"].sum()).mean()
    loss.backward()
    wanted = to_vector([{k: v.grad.numpy() for k, v in part.items()} for part in theirs])
    assert value == pytest.approx(loss.item(), rel=1e-12)
    assert np.abs(to_vector(gradient) - wanted).max() < 1e-11 * np.abs(wanted).max()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.0], [1.0, -1.0], [0.5, 0.5], [1.0]), "widths must be positive; entry 1 is -1"),
        (([0.0], [1.0, 1.0], [2.0, 0.0], [1.0]), "heights must be positive; entry 1 is 0"),
        (([0.0], [1.0, 1.0], [1.0, 1.0], [-2.0]), "slopes must be positive; entry 0 is -2"),
        (([0.0], [1.0, 1.0], [1.0, 2.0], [1.0]), "heights must sum to the sum of widths, 2, not 3"),
        (([0.0], [1.0, 1.0], [1.0, 1.0, 1.0], [1.0]), r"heights must have shape \(2\)"),
        (([0.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]), r"slopes must have shape \(1\)"),
        (([0.0], [2.0], [2.0], []), "number of bins must be a whole number of at least 2"),
        (([np.nan], [1.0, 1.0], [1.0, 1.0], [1.0]), "x must be finite"),
    ],
)
def test_bad_shapes(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        rational_quadratic(*arguments)


@pytest.mark.parametrize(
    "make", [lambda **o: ElementwiseSpline(2, **o), lambda **o: SplineCoupling([True, False], **o)]
)
def test_bad_options(make):
    for option, message in [
        ({"bins": 1}, "bins must be a whole number of at least 2"),
        ({"bins": 501}, "bins must be at most 500"),
        ({"bins": 2.5}, "bins must be a whole number"),
        ({"bound": 0.0}, "bound must be a number above 0"),
        ({"bound": np.nan}, "bound must be a number above 0"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            make(**option)
    with pytest.raises(ArgumentError, match="keep at least one"):
        SplineCoupling([False, False])
