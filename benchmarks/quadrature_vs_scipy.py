"""Numerical integration side by side: mathforml, scipy and numpy, on one core, in one run of half a minute.

    OMP_NUM_THREADS=1 python benchmarks/quadrature_vs_scipy.py

One table: each row is a task and somebody else's function for it, with time, error and values of the integrand on
both sides. The last column is our time over theirs, below 1 where ours is faster. Sides take turns; times are
medians. Errors are against closed forms, for Legendre weights against 30 digits of mpmath.

Two things to know when reading it. QUADPACK (`quad`) is compiled code and calls a function of one float at a time;
ours is Python and numpy, 0.1 ms a round, but a round hands over all its nodes as one array, which pays where the
function does more than a few operations. And a tolerance is a wish: how often the reported error was too small
stands below the table.
"""

# ruff: noqa: B023 - sides are called within the turn of the loop that made them

from __future__ import annotations

import math
import statistics
import time
import warnings

import mpmath
import numpy as np
import scipy.integrate
import scipy.special

from mathforml import quadrature as q

REPEATS = 9
RTOL, ATOL = 1e-10, 1e-12

# name: for arrays, for floats, ends, exact
INTEGRANDS = {
    "exp x": (np.exp, math.exp, 0, 1, math.e - 1),
    "|x − 0.3|": (lambda x: np.abs(x - 0.3), lambda x: abs(x - 0.3), 0, 1, 0.29),
    "peak of width 0.001": (
        lambda x: 1 / (1e-6 + (x - 0.3) ** 2),
        lambda x: 1 / (1e-6 + (x - 0.3) ** 2),
        0,
        1,
        1e3 * (math.atan(700) + math.atan(300)),
    ),
    "cos 100x": (lambda x: np.cos(100 * x), lambda x: math.cos(100 * x), 0, 3, math.sin(300) / 100),
    "log x": (np.log, math.log, 0, 1, -1),
    "x^(−1/2)": (lambda x: x**-0.5, lambda x: x**-0.5, 0, 1, 2),
    "(1 − x²)^(−1/2)": (lambda x: 1 / np.sqrt(1 - x * x), lambda x: 1 / math.sqrt(1 - x * x), -1, 1, math.pi),
    "exp(−x²), the line": (
        lambda x: np.exp(-x * x), lambda x: math.exp(-x * x), -np.inf, np.inf, math.sqrt(math.pi)
    ),
    "1/(1 + x²), the line": (lambda x: 1 / (1 + x * x), lambda x: 1 / (1 + x * x), -np.inf, np.inf, math.pi),
    "20 logistic terms": (  # as a small likelihood
        lambda x: _logistic(x).mean(axis=1), lambda x: float(_logistic(np.array([x])).mean()), -8, 8, None
    ),
}  # fmt: skip
SHIFTS = np.random.default_rng(0).normal(size=20)


def _logistic(x):
    return np.exp(-(x[:, None] ** 2) / 2) / (1 + np.exp(SHIFTS - x[:, None]))


def seconds(*sides):
    """Median time of each side, the sides taking turns."""
    taken = [[] for _ in sides]
    for _ in range(REPEATS):
        for times, side in zip(taken, sides):
            calls, start = 0, time.perf_counter()
            while calls < 2 or time.perf_counter() - start < 0.002:
                side()
                calls += 1
            times.append((time.perf_counter() - start) / calls)
    return [statistics.median(times) for times in taken]


def row(task, ours, others, measure):
    """Print a row for each of the others; `measure` maps what a side returns to its error and values."""
    took, *theirs = seconds(ours, *others.values())
    error, values = measure(ours())
    for (name, other), t in zip(others.items(), theirs):
        their_error, their_values = measure(other())
        print(
            f"{task:<24}{took * 1e6:>9.0f}{error:>10.1e}{values:>8}   "
            f"{name:<22}{t * 1e6:>9.0f}{their_error:>10.1e}{their_values:>8}{took / t:>9.2f}"
        )


def adaptive():
    options = {"epsabs": ATOL, "epsrel": RTOL, "limit": 1000, "full_output": True}
    for task, (array, scalar, a, b, exact) in INTEGRANDS.items():
        if exact is None:
            exact = q.gauss_legendre(array, a, b, n=100)

        def measure(result):
            if isinstance(result, q.Integral):
                return abs(result.value - exact), result.evaluations
            info = result[2]
            return abs(result[0] - exact), info["neval"] if isinstance(info, dict) else info.neval

        others = {"quad": lambda: scipy.integrate.quad(scalar, a, b, **options)}
        if not task.startswith("(1 − x²)"):  # quad_vec reaches an end, where that is infinite
            others["quad_vec"] = lambda: scipy.integrate.quad_vec(scalar, a, b, **options)
        row(task, lambda: q.adaptive(array, a, b, rtol=RTOL, atol=ATOL), others, measure)


def composite():
    for n in (256, 65536):
        x = np.linspace(0, 1, n + 1)
        y = np.exp(-(x**2) - np.sin(3 * x) ** 2)
        row(
            f"Simpson, n = {n}",
            lambda: q.simpson_rule(n, 0, 1).integrate(lambda _: y),
            {"scipy simpson": lambda: scipy.integrate.simpson(y, x=x)},
            lambda value: (abs(value - 0.4695559024132386), n + 1),
        )


def nodes():
    """Error: the largest relative one of a Legendre weight, or of the Hermite moments."""
    for n in (5, 20, 100, 400):
        exact = legendre_weights(n)
        row(
            f"Legendre, n = {n}",
            lambda: q.gauss_legendre_rule(n),
            {
                "scipy roots_legendre": lambda: scipy.special.roots_legendre(n),
                "numpy leggauss": lambda: np.polynomial.legendre.leggauss(n),
            },
            lambda rule: (max(abs(float((w - mpmath.mpf(float(v))) / w)) for w, v in zip(exact, rule[1])), n),
        )
    for n in (5, 20, 100):
        degrees = range(0, min(2 * n, 60), 2)
        moments = [math.sqrt(2 * math.pi) * math.prod(range(k - 1, 0, -2)) for k in degrees]
        row(
            f"Hermite, n = {n}",
            lambda: q.gauss_hermite_rule(n, kind="probabilist"),
            {
                "scipy roots_hermitenorm": lambda: scipy.special.roots_hermitenorm(n),
                "numpy hermegauss": lambda: np.polynomial.hermite_e.hermegauss(n),
            },
            lambda rule: (max(abs(rule[1] @ rule[0] ** k / m - 1) for k, m in zip(degrees, moments)), n),
        )


def legendre_weights(n):
    """Weights to 30 digits, in the order of ascending nodes."""
    with mpmath.workdps(40):
        weights = []
        for k in range(1, n + 1):
            x = -mpmath.cos(mpmath.pi * (k - mpmath.mpf("0.25")) / (n + mpmath.mpf("0.5")))
            for _ in range(5):
                p, before = _legendre(n, x)
                x -= p * (x * x - 1) / (n * (x * p - before))
            _, before = _legendre(n, x)
            weights.append(2 * (1 - x * x) / (n * before) ** 2)
        return weights


def _legendre(n, x):
    before, p = mpmath.mpf(1), x
    for k in range(2, n + 1):
        before, p = p, ((2 * k - 1) * x * p - (k - 1) * before) / k
    return p, before


def dimensions():
    """Integrate exp(mean x) over the unit cube; error relative, times include making the grid."""
    for d in (3, 5, 10):
        exact = (d * math.expm1(1 / d)) ** d
        count = [0]

        def f(x):
            count[0] += len(x)
            return np.exp(x.mean(axis=1))

        def measure(side):
            return lambda: (count.__setitem__(0, 0), side(), count[0])[1:]

        others = {
            "cubature 1e-7": measure(
                lambda: float(
                    scipy.integrate.cubature(f, np.zeros(d), np.ones(d), rule="genz-malik", rtol=1e-7).estimate
                )
            )
        } | (
            {
                "product of 4 nodes": measure(
                    lambda: q.tensor_rule(*[q.gauss_legendre_rule(4, 0, 1)] * d).integrate(f)
                )
            }
            if d < 10
            else {}
        )
        row(
            f"sparse grid, d = {d}",
            measure(lambda: q.sparse_grid(d, 3, kind="gauss_legendre", lower=0, upper=1).integrate(f)),
            others,
            lambda result: (abs(result[0] / exact - 1), result[1]),
        )


def honesty(draws=1000):
    for rtol in (1e-4, 1e-7, 1e-10):
        missed = np.zeros(2)
        for c in np.random.default_rng(1).uniform(-1, 1, draws):
            ours = q.adaptive(lambda x: np.abs(x - c), -1, 1, rtol=rtol, atol=0)
            theirs = scipy.integrate.quad(lambda x: abs(x - c), -1, 1, epsrel=rtol, epsabs=0)[:2]
            found = [(ours.value, ours.error), theirs]
            missed += [abs(value - 1 - c**2) > error + 1e-15 for value, error in found]
        print(f"rtol {rtol:g}: adaptive {missed[0] / draws:.1%}, quad {missed[1] / draws:.1%}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(f"Adaptive rules at rtol {RTOL:g}, atol {ATOL:g}; times in µs")
    side = f"{'µs':>9}{'error':>10}{'values':>8}"
    print(f"{'task':<24}{side}   {'other':<22}{side}{'ratio':>9}")
    adaptive()
    composite()
    nodes()
    dimensions()
    print("\n|x − c| on [−1, 1] at 1000 random places c: how often the reported error was below the true one")
    honesty()
