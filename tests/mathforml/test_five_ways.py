"""One derivative by every road, against enumeration and torch."""

import numpy as np
import pytest
import torch

from mathforml import five_ways
from mathforml.errors import ArgumentError

EXACT = ["forward_mode", "reverse_mode", "expected_count", "implicit", "adjoint", "lagrange"]


def by_torch(theta):
    variable = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    unary = torch.tensor(five_ways.UNARY)
    alpha = unary[0]
    for row in unary[1:]:
        alpha = row + torch.logsumexp(alpha[:, None] + variable * torch.eye(3, dtype=torch.float64), dim=0)
    torch.logsumexp(alpha, 0).backward()
    return float(variable.grad)


@pytest.mark.parametrize("theta", [-3.0, 0.0, 0.5, 2.0])
def test_enumeration_against_torch(theta):
    assert five_ways.exact(theta) == pytest.approx(by_torch(theta), rel=1e-13)
    total, _ = five_ways.scores(theta)
    assert five_ways.log_partition(theta) == pytest.approx(float(np.logaddexp.reduce(total)), rel=1e-14)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("theta", [-3.0, 0.0, 0.5, 2.0])
def test_exact_roads(name, theta):
    gradient = getattr(five_ways, name)(theta)
    assert isinstance(gradient, float)
    assert gradient == pytest.approx(five_ways.exact(theta), abs=1e-12)


@pytest.mark.parametrize("theta", [-3.0, 0.5])
def test_finite_difference(theta):
    assert five_ways.finite_difference(theta) == pytest.approx(five_ways.exact(theta), abs=1e-8)
    # Off by h² / 6 times the third derivative, so halving h quarters the error.
    coarse, fine = (abs(five_ways.finite_difference(theta, h=h) - five_ways.exact(theta)) for h in (0.02, 0.01))
    assert coarse / fine == pytest.approx(4, rel=0.01)


@pytest.mark.parametrize("name", ["score", "pathwise"])
def test_estimates(name):
    estimate = getattr(five_ways, name)
    results = [estimate(0.5, samples=2_000, seed=seed) for seed in range(20)]
    z = [(r.estimate - five_ways.exact(0.5)) / r.standard_error for r in results]
    assert abs(np.mean(z)) < 4 / np.sqrt(len(z))
    assert 0.5 < np.std(z) < 1.6
    # Both draw z from p exactly, so their variance is that of the count under p.
    total, counts = five_ways.scores(0.5)
    p = np.exp(total - total.max()) / np.exp(total - total.max()).sum()
    variance = p @ counts**2 - (p @ counts) ** 2
    assert np.mean([2_000 * r.standard_error**2 for r in results]) == pytest.approx(variance, rel=0.05)


def test_table():
    rows = five_ways.table(0.5, samples=1_000)
    assert [row.part for row in rows] == [7, 7, 7, 8, 9, 10, 11, 12, 12]
    for row in rows:
        assert row.gradient == pytest.approx(five_ways.exact(0.5), abs=5 * row.standard_error + 1e-8)
        assert row.standard_error > 0 if row.part == 12 else row.standard_error == 0


@pytest.mark.parametrize("theta", ["half", np.nan, [0.5, 0.6]])
def test_theta_is_a_number(theta):
    with pytest.raises(ArgumentError, match="theta must be a number"):
        five_ways.exact(theta)
