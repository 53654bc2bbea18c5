"""Numerical integration side by side: mathforml, scipy and numpy, on one core, in one run.

    OMP_NUM_THREADS=1 python benchmarks/quadrature_vs_scipy.py

Errors are against closed forms, for Legendre weights against 30 digits of mpmath. Sides take turns; printed are
medians. The last column is our time over theirs, below 1 where ours is faster.

Two things to know when reading the table. QUADPACK is compiled code that calls a function once a node; ours and
`quad_vec` are Python that calls it with arrays, which pays where a value is dear or can be had for many nodes
at once. `quad` gets a function of floats, its best case, and once the numpy function that ours gets. And a
tolerance is a wish: what it cost and what came of it stand beside each other, and how often the reported error
was too small in a table of its own.
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

REPEATS = 15
RTOL, ATOL = 1e-10, 1e-12

# name: ours (arrays), theirs (floats), ends, exact
INTEGRANDS = {
    "exp x on [0, 1]": (np.exp, math.exp, 0, 1, math.e - 1),
    "|x − 0.3|": (lambda x: np.abs(x - 0.3), lambda x: abs(x - 0.3), 0, 1, 0.29),
    "peak of width 0.001": (
        lambda x: 1 / (1e-6 + (x - 0.3) ** 2),
        lambda x: 1 / (1e-6 + (x - 0.3) ** 2),
        0,
        1,
        1e3 * (math.atan(700) + math.atan(300)),
    ),
    "cos 100x on [0, 3]": (lambda x: np.cos(100 * x), lambda x: math.cos(100 * x), 0, 3, math.sin(300) / 100),
    "log x": (np.log, math.log, 0, 1, -1),
    "x^(−1/2)": (lambda x: x**-0.5, lambda x: x**-0.5, 0, 1, 2),
    "exp(−x²) on the line": (
        lambda x: np.exp(-x * x), lambda x: math.exp(-x * x), -np.inf, np.inf, math.sqrt(math.pi)
    ),
    "1/(1 + x²) on the line": (lambda x: 1 / (1 + x * x), lambda x: 1 / (1 + x * x), -np.inf, np.inf, math.pi),
}  # fmt: skip


def seconds(*sides):
    """Median time of each side, the sides taking turns."""
    for side in sides:
        side()
    taken = [[] for _ in sides]
    for _ in range(REPEATS):
        for times, side in zip(taken, sides):
            calls, start = 0, time.perf_counter()
            while calls < 3 or time.perf_counter() - start < 0.002:
                side()
                calls += 1
            times.append((time.perf_counter() - start) / calls)
    return [statistics.median(times) for times in taken]


def line(task, side, took, error, evaluations="", ours=None):
    ratio = "" if ours is None else f"{ours / took:.2f}"
    print(f"{task:<30} {side:<28} {took * 1e6:>10.0f} {error:>9.1e} {evaluations:>8} {ratio:>7}")


def heading(text):
    print(f"\n{text}")
    print(f"{'task':<30} {'side':<28} {'µs':>10} {'error':>9} {'values':>8} {'ratio':>7}")


def adaptive():
    heading(f"Adaptive, rtol {RTOL:g}, atol {ATOL:g}; error absolute")
    options = {"epsabs": ATOL, "epsrel": RTOL, "limit": 1000}
    for task, (array, scalar, a, b, exact) in INTEGRANDS.items():
        sides = {
            "mathforml adaptive": lambda: q.adaptive(array, a, b, rtol=RTOL, atol=ATOL),
            "quad, float function": lambda: scipy.integrate.quad(scalar, a, b, full_output=1, **options),
            "quad, numpy function": lambda: scipy.integrate.quad(array, a, b, full_output=1, **options),
            "quad_vec": lambda: scipy.integrate.quad_vec(array, a, b, full_output=True, **options),
        }
        took = seconds(*sides.values())
        for (side, call), t in zip(sides.items(), took):
            result = call()
            value = result.value if side.startswith("mathforml") else result[0]
            count = result.evaluations if side.startswith("mathforml") else _evaluations(result[2])
            line(task, side, t, abs(value - exact), count, None if side.startswith("mathforml") else took[0])


def _evaluations(info):
    return info["neval"] if isinstance(info, dict) else info.neval


def honesty(draws=1000):
    print("\nReported error below the true one, |x − c| on [−1, 1], 1000 places c")
    print(f"{'rtol':<10} {'mathforml':>12} {'quad':>8} {'quad_vec':>10}")
    for rtol in (1e-4, 1e-7, 1e-10):
        missed = np.zeros(3)
        for c in np.random.default_rng(1).uniform(-1, 1, draws):
            ours = q.adaptive(lambda x: np.abs(x - c), -1, 1, rtol=rtol, atol=0)
            theirs = scipy.integrate.quad(lambda x: abs(x - c), -1, 1, epsrel=rtol, epsabs=0)
            vector = scipy.integrate.quad_vec(lambda x: abs(x - c), -1, 1, epsrel=rtol, epsabs=0)
            found = [(ours.value, ours.error), theirs[:2], vector[:2]]
            missed += [abs(value - 1 - c**2) > error + 1e-15 for value, error in found]
        print(f"{rtol:<10g} {missed[0] / draws:>12.1%} {missed[1] / draws:>8.1%} {missed[2] / draws:>10.1%}")


def composite():
    heading("Simpson's rule from given values; error absolute, of ∫₀¹ exp(−x² − sin² 3x) dx")
    for n in (256, 65536):
        x = np.linspace(0, 1, n + 1)
        y = np.exp(-(x**2) - np.sin(3 * x) ** 2)
        sides = [lambda: q.simpson_rule(n, 0, 1).integrate(lambda _: y), lambda: scipy.integrate.simpson(y, x=x)]
        took = seconds(*sides)
        for side, call, t in zip(("mathforml simpson", "scipy simpson"), sides, took):
            error = abs(call() - 0.4695559024132386)
            line(f"n = {n}", side, t, error, n + 1, None if side.startswith("mathforml") else took[0])


def legendre_weights(n):
    """Nodes and weights to 30 digits, ascending."""
    with mpmath.workdps(40):
        nodes = []
        for k in range(1, n + 1):
            x = -mpmath.cos(mpmath.pi * (k - mpmath.mpf("0.25")) / (n + mpmath.mpf("0.5")))
            for _ in range(6):
                p, before = _legendre(n, x)
                x -= p * (x * x - 1) / (n * (x * p - before))
            _, before = _legendre(n, x)
            nodes.append((x, 2 * (1 - x * x) / (n * before) ** 2))
        return nodes


def _legendre(n, x):
    before, p = mpmath.mpf(1), x
    for k in range(2, n + 1):
        before, p = p, ((2 * k - 1) * x * p - (k - 1) * before) / k
    return p, before


def nodes():
    heading("Gauss nodes and weights; error: largest relative one of a Legendre weight, or of the Hermite moments")
    for n in (5, 20, 100, 400):
        exact = legendre_weights(n)
        sides = {
            "mathforml": lambda: q.gauss_legendre_rule(n),
            "scipy roots_legendre": lambda: scipy.special.roots_legendre(n),
            "numpy leggauss": lambda: np.polynomial.legendre.leggauss(n),
        }
        took = seconds(*sides.values())
        for (side, call), t in zip(sides.items(), took):
            error = max(abs(float((w - mpmath.mpf(float(v))) / w)) for (_, w), v in zip(exact, call()[1]))
            line(f"Legendre n = {n}", side, t, error, "", None if side == "mathforml" else took[0])
    for n in (5, 20, 100):
        sides = {
            "mathforml": lambda: q.gauss_hermite_rule(n, kind="probabilist"),
            "scipy roots_hermitenorm": lambda: scipy.special.roots_hermitenorm(n),
            "numpy hermegauss": lambda: np.polynomial.hermite_e.hermegauss(n),
        }
        took = seconds(*sides.values())
        for (side, call), t in zip(sides.items(), took):
            x, w = call()
            degrees = range(0, min(2 * n, 60), 2)
            moments = [math.sqrt(2 * math.pi) * math.prod(range(k - 1, 0, -2)) for k in degrees]
            error = max(abs(w @ x**k / m - 1) for k, m in zip(degrees, moments))
            line(f"Hermite n = {n}", side, t, error, "", None if side == "mathforml" else took[0])


def dimensions():
    heading("Several dimensions, exp(mean x) on the unit cube; error relative; times include making the grid")
    for d in (3, 5, 10):
        exact = (d * math.expm1(1 / d)) ** d
        count = [0]

        def f(x):
            count[0] += len(x)
            return np.exp(x.mean(axis=1))

        sides = {
            "sparse, Clenshaw–Curtis": lambda: q.sparse_grid(d, 3, lower=0, upper=1).integrate(f),
            "sparse, Gauss": lambda: q.sparse_grid(d, 3, kind="gauss_legendre", lower=0, upper=1).integrate(f),
            "product, Gauss 4": lambda: q.tensor_rule(*[q.gauss_legendre_rule(4, 0, 1)] * d).integrate(f),
            "cubature, genz-malik 1e-7": lambda: _cubature(f, d, "genz-malik"),
            "cubature, gk15 1e-7": lambda: _cubature(f, d, "gk15"),
        }
        if d > 3:
            del sides["cubature, gk15 1e-7"]  # 15^d nodes
        if d > 5:
            del sides["product, Gauss 4"]
        took = seconds(*sides.values())
        for (side, call), t in zip(sides.items(), took):
            count[0] = 0
            error = abs(call() / exact - 1)
            line(f"d = {d}", side, t, error, count[0], took[0] if side.startswith("cubature") else None)


def _cubature(f, d, rule):
    return float(scipy.integrate.cubature(f, np.zeros(d), np.ones(d), rule=rule, rtol=1e-7).estimate)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    adaptive()
    honesty()
    composite()
    nodes()
    dimensions()
