from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import i0e

from mathforml.autodiff import check_grads
from mathforml.errors import ArgumentError
from mathforml.flows import ring, two_moons

TARGETS = [two_moons(), two_moons(noise=0.5), ring(), ring(radius=1.0, noise=0.8)]


def test_ring_against_its_closed_form():
    target, x = ring(radius=1.5, noise=0.2), np.random.default_rng(0).standard_normal((50, 2)) * 1.5
    r = np.hypot(*x.T)
    wanted = -((r - 1.5) ** 2) / 0.08 + np.log(i0e(1.5 * r / 0.04)) - np.log(2 * np.pi * 0.04)
    assert target.log_density(x) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("noise", [0.05, 0.1, 0.5])
def test_moons_against_adaptive_quadrature(noise):
    target = two_moons(noise=noise)
    for x in target.sample(5, seed=2):
        total = 0.0
        for sign in (1, -1):
            centre = np.array([-0.5, -0.25]) * sign

            def integrand(phi, sign=sign, centre=centre, x=x):
                arc = centre + sign * np.array([np.cos(phi), np.sin(phi)])
                return np.exp(-np.sum((x - arc) ** 2) / (2 * noise**2))

            pieces = np.linspace(0, np.pi, 20)
            total += sum(quad(integrand, a, b, epsabs=1e-15)[0] for a, b in pairwise(pieces))
        wanted = np.log(total / (2 * np.pi) / (2 * np.pi * noise**2))
        assert target.log_density(x[None])[0] == pytest.approx(wanted, abs=1e-10)


@pytest.mark.parametrize("target", TARGETS)
def test_mass_is_one_and_entropy_is_what_samples_say(target):
    x, area = target.grid()
    assert np.exp(target.log_density(x)).sum() * area == pytest.approx(1.0, abs=1e-12)
    surprise = -target.log_density(target.sample(4000, seed=0))
    assert abs(surprise.mean() - target.entropy()) < 4 * surprise.std() / np.sqrt(4000)


def test_entropy_does_not_depend_on_the_grid():
    target = two_moons(noise=0.2)
    x, area = target.grid(step=0.03)
    log_p = target.log_density(x)
    assert -np.sum(np.exp(log_p) * log_p) * area == pytest.approx(target.entropy(), abs=1e-10)


def test_samples_follow_the_density_cell_by_cell():
    target = two_moons(noise=0.2)
    x = target.sample(20000, seed=4)
    counts, *edges = np.histogram2d(*x.T, bins=[[-3, -0.7, 0, 0.7, 3], [-2, -0.3, 0.3, 2]])
    grid, area = target.grid(step=0.02)
    mass, *_ = np.histogram2d(*grid.T, bins=edges, weights=np.exp(target.log_density(grid)) * area)
    assert np.abs(counts / 20000 - mass).max() < 4 * np.sqrt(0.25 / 20000) + 0.02


def test_seed():
    assert np.array_equal(ring().sample(5, seed=1), ring().sample(5, seed=1))
    assert not np.array_equal(ring().sample(5, seed=1), ring().sample(5, seed=2))


def test_log_density_has_a_gradient():
    check_grads(lambda x: np.sum(two_moons(noise=0.3).log_density(x)), np.array([[0.3, 0.2], [-1.0, 0.5]]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: two_moons(noise=0.0), "noise must be a number of at least 0.05"),
        (lambda: ring(radius=-1.0), "radius must be a number above 0"),
        (lambda: ring(radius=2.0, noise=0.01), "noise must be a number of at least 0.1"),
        (lambda: ring().sample(0), "S must be a whole number"),
        (lambda: ring().sample(3, seed=1.5), "seed must be"),
        (lambda: ring().log_density([1.0, 2.0]), r"x must have shape \(S, 2\)"),
        (lambda: ring().log_density([[np.inf, 2.0]]), "x must be finite"),
        (lambda: ring().grid(step=0.0), "step must be a number above 0"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
