"""Quadratic programs against quadprog, linprog, enumeration of active sets and the KKT conditions."""

import itertools

import numpy as np
import pytest
import quadprog
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from mathforml.errors import ArgumentError, ConvergenceError, InfeasibleError, SingularError, UnboundedError
from mathforml.lagrange import (
    affine,
    dual_function,
    duality_gap,
    equality_qp,
    kkt_residuals,
    quadratic,
    quadratic_program,
    sensitivity,
    solve_multipliers,
)


def random_program(seed, *, room=0.5):
    """A strictly convex program with a feasible point that has slack `room` in about half of the inequalities."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 9))
    m, k = int(rng.integers(0, (d + 1) // 2 + 1)) if d > 1 else 0, int(rng.integers(0, 15))
    root = rng.normal(size=(d, d))
    inside = rng.normal(size=d)
    A, G = rng.normal(size=(m, d)), rng.normal(size=(k, d))
    return {
        "H": root @ root.T + np.eye(d),
        "c": 3 * rng.normal(size=d),
        "A": A,
        "b": A @ inside,
        "G": G,
        "h": G @ inside - room * rng.random(k) - 0.01,
    }


def residuals(program, solution):
    return kkt_residuals(
        quadratic(program["H"], program["c"]),
        solution.x,
        equality=affine(program["A"], program["b"]),
        lam=solution.lam,
        inequality=affine(program["G"], program["h"]),
        nu=solution.nu,
    )


seeds = st.integers(0, 10**6)


@settings(deadline=None, max_examples=30)
@given(seeds)
def test_agrees_with_quadprog(seed):
    program = random_program(seed)
    solution = quadratic_program(**program)
    rows, sides = np.vstack([program["A"], program["G"]]), np.append(program["b"], program["h"])
    if not len(rows):  # quadprog wants a constraint
        rows, sides = np.zeros((1, len(program["c"]))), np.array([-1.0])
    m = len(program["A"])
    x, value, _, _, prices, _ = quadprog.solve_qp(program["H"], -program["c"], rows.T.copy(), sides, m)
    np.testing.assert_allclose(solution.x, x, atol=1e-8)
    np.testing.assert_allclose(solution.objective, value, atol=1e-8)
    np.testing.assert_allclose(np.abs(solution.lam), np.abs(prices[:m]), atol=1e-7)  # it hides the sign of λ
    if len(program["G"]):
        np.testing.assert_allclose(solution.nu, prices[m:], atol=1e-7)


@settings(deadline=None, max_examples=30)
@given(seeds)
def test_satisfies_the_kkt_conditions(seed):
    program = random_program(seed)
    solution = quadratic_program(**program)
    assert max(residuals(program, solution)) <= 1e-8
    assert (solution.nu >= 0).all()
    assert set(np.flatnonzero(solution.nu)) <= set(solution.active)


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_strong_duality(seed):
    program = random_program(seed)
    assert abs(duality_gap(solution=quadratic_program(**program), **program)) <= 1e-8


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_weak_duality_at_any_multipliers(seed):
    program = random_program(seed)
    rng = np.random.default_rng(seed + 1)
    lam, nu = rng.normal(size=len(program["b"])), rng.exponential(size=len(program["h"]))
    bound = dual_function(**program, lam=lam, nu=nu)
    assert bound <= quadratic_program(**program).objective + 1e-9
    # The dual function is the Lagrangian's least value: a random point lies above, the minimiser on it.
    x = np.linalg.solve(program["H"], program["A"].T @ lam + program["G"].T @ nu - program["c"])

    def lagrangian(x):
        off = -lam @ (program["A"] @ x - program["b"]) - nu @ (program["G"] @ x - program["h"])
        return 0.5 * x @ program["H"] @ x + program["c"] @ x + off

    assert lagrangian(x) == pytest.approx(bound, abs=1e-8)
    assert lagrangian(x + rng.normal(size=len(x))) >= bound


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_small_programs_against_every_active_set(seed):
    rng = np.random.default_rng(seed)
    d, k = 2, 5
    root = rng.normal(size=(d, d))
    H, c, G = root @ root.T + np.eye(d), 3 * rng.normal(size=d), rng.normal(size=(k, d))
    h = -rng.random(k)
    candidates = [np.linalg.solve(H, -c)]
    candidates += [equality_qp(H, c, G[[i]], h[[i]]).x for i in range(k)]
    candidates += [np.linalg.solve(G[list(p)], h[list(p)]) for p in itertools.combinations(range(k), d)]
    best = min(0.5 * x @ H @ x + c @ x for x in candidates if (G @ x >= h - 1e-9).all())
    assert quadratic_program(H, c, G=G, h=h).objective == pytest.approx(best, abs=1e-8)


@pytest.mark.parametrize("seed", range(40))
def test_degenerate_linear_programs_against_linprog(seed):
    """Small integers: many constraints meet in one point, some twice, some empty sets, some without a minimum."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 8))
    k = int(rng.integers(d, 25))
    G = rng.integers(-3, 4, size=(k, d)).astype(float)
    h = -(rng.integers(0, 3, size=k) * rng.integers(0, 2, size=k)).astype(float)
    if seed % 3 == 0:
        h += rng.integers(0, 2, size=k)
    c = rng.integers(-3, 4, size=d).astype(float)
    reference = linprog(c, A_ub=-G, b_ub=-h, bounds=(None, None))
    try:
        solution = quadratic_program(np.zeros((d, d)), c, G=G, h=h)
    except InfeasibleError:
        assert reference.status == 2
    except UnboundedError:
        assert reference.status == 3
    else:
        assert solution.objective == pytest.approx(reference.fun, abs=1e-9)
        np.testing.assert_allclose(G.T @ solution.nu, c, atol=1e-8)


def test_a_vertex_of_many_redundant_constraints():
    rng = np.random.default_rng(0)
    d, k = 4, 60
    vertex = np.array([1.0, 2.0, 3.0, 4.0])
    G = np.vstack([np.eye(d), np.abs(rng.normal(size=(k, d))), np.eye(d)])
    h = G @ vertex  # all tight at the vertex
    solution = quadratic_program(np.eye(d), np.zeros(d), G=G, h=h)
    np.testing.assert_allclose(solution.x, vertex, atol=1e-9)
    assert len(solution.active) == len(G)
    np.testing.assert_allclose(G.T @ solution.nu, vertex, atol=1e-9)


def test_a_single_feasible_point():
    G, h = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]), np.array([0.3, -0.3, 0.7, -0.7])
    solution = quadratic_program(np.eye(2), [5.0, -5.0], G=G, h=h)
    np.testing.assert_allclose(solution.x, [0.3, 0.7], atol=1e-12)


def test_equalities_that_leave_no_freedom():
    solution = quadratic_program(np.eye(2), [0.0, 0.0], A=np.eye(2), b=[1.0, 2.0], G=[[1.0, 1.0]], h=[3.0])
    np.testing.assert_allclose(solution.x, [1, 2])
    assert solution.active.tolist() == [0]


def test_a_semidefinite_program_of_support_vectors():
    """The soft-margin support vector machine's dual: H has rank 2 in 20 dimensions, bounds on both sides."""
    rng = np.random.default_rng(1)
    labels = np.repeat([1.0, -1.0], 10)
    points = rng.normal(size=(20, 2)) + labels[:, None]
    scaled = labels[:, None] * points
    H, C = scaled @ scaled.T, 2.0
    program = {
        "H": H,
        "c": -np.ones(20),
        "A": labels[None],
        "b": [0.0],
        "G": np.vstack([np.eye(20), -np.eye(20)]),
        "h": np.append(np.zeros(20), -C * np.ones(20)),
    }
    solution = quadratic_program(**program)
    assert max(residuals(program, solution)) <= 1e-8
    # Its primal, in (w, bias, slack): the same optimal value with the other sign.
    primal = quadratic_program(
        np.diag([1.0, 1.0] + 21 * [0.0]),
        np.append(np.zeros(3), C * np.ones(20)),
        G=np.block([[scaled, labels[:, None], np.eye(20)], [np.zeros((20, 3)), np.eye(20)]]),
        h=np.append(np.ones(20), np.zeros(20)),
    )
    assert primal.objective == pytest.approx(-solution.objective, abs=1e-8)


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_multipliers_are_the_derivative_of_the_optimal_value(seed):
    program = random_program(seed)
    solution = quadratic_program(**program)
    step = 1e-5
    for side, multipliers in [("b", solution.lam), ("h", solution.nu)]:
        for i, multiplier in enumerate(multipliers):
            if side == "h" and multiplier == 0 and i in solution.active:
                continue  # no derivative there
            values = []
            for sign in (1, -1):
                moved = program[side].copy()
                moved[i] += sign * step
                values.append(quadratic_program(**{**program, side: moved}).objective)
            assert (values[0] - values[1]) / (2 * step) == pytest.approx(multiplier, abs=2e-3, rel=2e-3)


def test_sensitivity_of_the_minimiser():
    program = random_program(3, room=0.0)
    solution = quadratic_program(**program)
    assert len(solution.active)
    slopes = sensitivity(solution=solution, **program)
    np.testing.assert_array_equal(slopes.value_b, solution.lam)
    step = 1e-6
    for side, derivative in [("b", slopes.x_b), ("h", slopes.x_h)]:
        for i in range(len(program[side])):
            moved = [program[side].copy() for _ in range(2)]
            moved[0][i] += step
            moved[1][i] -= step
            up, down = (quadratic_program(**{**program, side: sides}).x for sides in moved)
            np.testing.assert_allclose((up - down) / (2 * step), derivative[:, i], atol=1e-5)


def test_no_sensitivity_where_a_price_is_zero():
    program = {"H": np.eye(1), "c": [0.0], "G": [[1.0]], "h": [0.0]}  # active, and yet it costs nothing
    with pytest.raises(SingularError, match="active constraint has multiplier 0"):
        sensitivity(solution=quadratic_program(**program), **program)
    program = {"H": np.eye(1), "c": [1.0], "G": [[1.0], [2.0]], "h": [0.0, 0.0]}
    with pytest.raises(SingularError, match="no derivative"):
        sensitivity(solution=quadratic_program(**program), **program)
    program = {"H": np.zeros((2, 2)), "c": [1.0, 0.0], "G": [[1.0, 0.0]], "h": [0.0]}
    with pytest.raises(SingularError, match="KKT system is singular"):
        sensitivity(solution=quadratic_program(**program), **program)


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_equality_programs_solve_their_kkt_system(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 9))
    m = int(rng.integers(0, d + 1))
    root, A = rng.normal(size=(d, d)), rng.normal(size=(m, d))
    H, c, b = root @ root.T + np.eye(d), rng.normal(size=d), rng.normal(size=m)
    solution = equality_qp(H, c, A, b)
    scale = 1 + np.abs(solution.x).max() + np.abs(solution.lam).max(initial=0)
    assert np.abs(H @ solution.x + c - A.T @ solution.lam).max() <= 1e-10 * scale
    assert np.abs(A @ solution.x - b).max(initial=0) <= 1e-10 * scale
    other = quadratic_program(H, c, A=A, b=b)
    np.testing.assert_allclose(other.x, solution.x, atol=1e-8 * scale)
    np.testing.assert_allclose(other.lam, solution.lam, atol=1e-8 * scale)


def test_an_indefinite_objective_may_be_convex_on_the_constraint():
    solution = equality_qp(np.diag([1.0, -1.0]), [0.0, 0.0], [[0.0, 1.0]], [2.0])
    np.testing.assert_allclose(solution.x, [0, 2], atol=1e-12)
    np.testing.assert_allclose(solution.lam, [-2], atol=1e-12)
    inside = quadratic_program(np.diag([1.0, -1.0]), [0, 0], A=[[0, 1]], b=[2], G=[[1, 0]], h=[1])
    np.testing.assert_allclose(inside.x, [1, 2], atol=1e-12)


def test_the_least_value_of_the_lagrangian_can_be_minus_infinity():
    program = {"H": np.zeros((1, 1)), "c": [1.0], "G": [[1.0]], "h": [2.0]}
    assert dual_function(**program, nu=[0.5]) == -np.inf
    assert dual_function(**program, nu=[1.0]) == 2.0


@pytest.mark.parametrize("rows", [1, 2])
def test_multipliers_from_stationarity(rows):
    rng = np.random.default_rng(0)
    J, lam = rng.normal(size=(rows, 2)), rng.normal(size=rows)
    np.testing.assert_allclose(solve_multipliers(J.T @ lam, J), lam, atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(seeds)
def test_units_do_not_matter(seed):
    """Ten orders of magnitude between variables and between rows: the same minimiser, in the new units."""
    program = random_program(seed)
    plain = quadratic_program(**program)
    rng = np.random.default_rng(seed)
    units, of_A, of_G = (10.0 ** rng.uniform(-5, 5, size=n) for n in (len(plain.x), len(plain.lam), len(plain.nu)))
    scaled = {
        "H": program["H"] * np.outer(units, units),
        "c": program["c"] * units,
        "A": program["A"] * units * of_A[:, None],
        "b": program["b"] * of_A,
        "G": program["G"] * units * of_G[:, None],
        "h": program["h"] * of_G,
    }
    solution = quadratic_program(**scaled)
    np.testing.assert_allclose(solution.x * units, plain.x, atol=1e-8)
    np.testing.assert_allclose(solution.lam * of_A, plain.lam, atol=1e-6)
    np.testing.assert_allclose(solution.nu * of_G, plain.nu, atol=1e-6)
    assert abs(duality_gap(solution=solution, **scaled)) <= 1e-7
    if (plain.nu[plain.active] > 1e-6).all():
        there, here = (sensitivity(solution=s, **p) for s, p in [(solution, scaled), (plain, program)])
        np.testing.assert_allclose(units[:, None] * there.x_b * of_A, here.x_b, atol=1e-6)
        np.testing.assert_allclose(units[:, None] * there.x_h * of_G, here.x_h, atol=1e-6)


def test_tiny_and_huge_numbers():
    both = quadratic_program(np.diag([1e8, 1e-4]), [1.0, -1.0], G=np.eye(2), h=[0.0, 0.0])
    np.testing.assert_allclose(both.x, [0, 1e4], rtol=1e-12, atol=1e-12)
    alone = equality_qp(np.diag([1e6, 1e-6]), [0.0, -1.0], np.zeros((0, 2)), [])
    np.testing.assert_allclose(alone.x, [0, 1e6], rtol=1e-12, atol=1e-12)
    rows = equality_qp(np.eye(2), [0.0, 0.0], [[1e-8, 0.0], [0.0, 1e8]], [1e-8, 1e8])
    np.testing.assert_allclose(rows.lam, [1e8, 1e-8], rtol=1e-12)
    np.testing.assert_allclose(solve_multipliers([1.0, 2.0], np.diag([1e-7, 1e7])), [1e7, 2e-7], rtol=1e-12)
    # Bounds that stand for infinity, and a feasible set that is far smaller than the way to the free minimiser.
    bounds = np.vstack([np.eye(2), -np.eye(2)])
    loose = quadratic_program(np.eye(2), [0.0, 0.0], G=bounds, h=[1.0, -1e15, -1e15, -1e15])
    np.testing.assert_allclose(loose.x, [1, 0], atol=1e-12)
    assert loose.active.tolist() == [0]
    small = quadratic_program(np.eye(2), [-1e9, 1e9], G=bounds, h=[-1e-3, -2e-3, -3e-3, -4e-3])
    np.testing.assert_allclose(small.x, [3e-3, -2e-3], rtol=1e-12)
    assert small.active.tolist() == [1, 2]


def test_a_flat_objective_has_no_unique_minimiser():
    """The gradient on the constraint is zero up to rounding: that is not a fall without end."""
    with pytest.raises(SingularError, match="not unique"):
        equality_qp([[1, -1], [-1, 1]], [0, 0], [[1, -1]], [1 / 3])


def test_contradictory_rows_are_named():
    with pytest.raises(InfeasibleError, match="rows 1, 2 of G x ≥ h contradict"):
        quadratic_program(np.eye(2), [0, 0], G=[[1, 0], [0, 1], [0, -1]], h=[0, 1, 0])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: equality_qp(np.eye(2), [0, 0], [[1, 1], [2, 2]], [1, 3]), InfeasibleError, "contradict"),
        (lambda: equality_qp(np.eye(2), [0, 0], [[1, 1], [2, 2]], [1, 2]), SingularError, "rank is 1"),
        (lambda: equality_qp(np.zeros((2, 2)), [1, 0], [[0, 1]], [1]), UnboundedError, "falls without end"),
        (lambda: equality_qp(np.diag([1.0, -1.0]), [0, 0], [[1, 0]], [1]), UnboundedError, "falls without end"),
        (lambda: equality_qp(np.diag([1.0, 0.0]), [1, 0], [[1, 0]], [1]), SingularError, "not unique"),
        (lambda: quadratic_program(np.eye(1), [0], G=[[0]], h=[1]), InfeasibleError, "contradict"),
        (lambda: quadratic_program(np.eye(1), [0], G=[[1], [-1]], h=[1, 0]), InfeasibleError, "rows 0, 1"),
        (
            lambda: quadratic_program(np.eye(2), [0, 0], A=[[1, 1]], b=[0], G=[[1, 1]], h=[1]),
            InfeasibleError,
            "row 0 of G x ≥ h contradicts A x = b",
        ),
        (
            lambda: quadratic_program(np.eye(1), [1], G=[[1], [-1]], h=[1e6, 1e-2 - 1e6]),
            InfeasibleError,
            "rows 0, 1 of G x ≥ h contradict each other",
        ),
        (lambda: quadratic_program(np.zeros((1, 1)), [1], G=[[-1]], h=[0]), UnboundedError, "no constraint stops"),
        (lambda: quadratic_program(np.zeros((1, 1)), [1]), UnboundedError, "no constraint stops"),
        (lambda: quadratic_program(-np.eye(1), [1], G=[[1]], h=[0]), ArgumentError, "negative eigenvalue"),
        (lambda: quadratic_program([[1, 2], [0, 1]], [1, 1]), ArgumentError, "H must be symmetric"),
        (lambda: quadratic_program(np.eye(3), [1, 1]), ArgumentError, "H must have shape"),
        (lambda: quadratic_program(np.eye(1), [np.nan]), ArgumentError, "c must be finite"),
        (lambda: quadratic_program(np.eye(1), [1], A=[[1]]), ArgumentError, "must come together"),
        (lambda: quadratic_program(np.eye(1), [1], h=[1]), ArgumentError, "h came without G"),
        (lambda: quadratic_program(np.eye(1), [1], G=[[1, 2]], h=[1]), ArgumentError, "G must have shape"),
        (lambda: quadratic_program(np.eye(1), [1], G=[[1]], h=[1, 2]), ArgumentError, "h must have shape"),
        (
            lambda: quadratic_program(np.eye(2), [1, 1], G=np.eye(2), h=[0, 0], max_steps=0),
            ArgumentError,
            "max_steps",
        ),
        (
            lambda: quadratic_program(**random_program(1), max_steps=1),
            ConvergenceError,
            "within 1 faces",
        ),
        (
            lambda: dual_function(np.eye(1), [0], G=[[1]], h=[1], nu=[-1]),
            ArgumentError,
            "nu must not be negative",
        ),
        (lambda: dual_function(-np.eye(1), [0]), ArgumentError, "no negative eigenvalue"),
        (lambda: solve_multipliers([1, 1], [[1, 2], [2, 4]]), SingularError, "linearly dependent"),
        (lambda: solve_multipliers([1, 1], [[0, 0]]), SingularError, "linearly dependent"),
        (lambda: solve_multipliers([1], [[1], [2]]), ArgumentError, "as many rows as columns"),
        (lambda: affine([[1, 2]], [1, 2]), ArgumentError, "b must have shape"),
        (lambda: sensitivity(np.eye(1), [0], 3), ArgumentError, "solution must be a Solution"),
        (
            lambda: sensitivity(np.eye(1), [0], quadratic_program(np.eye(1), [0]), G=[[1]], h=[1]),
            ArgumentError,
            "1 entries of x, 0 of lam and 1 of nu",
        ),
        (lambda: duality_gap(np.eye(1), [0], 3), ArgumentError, "solution must be a Solution"),
        (lambda: kkt_residuals(lambda x: np.sum(x) * np.nan, [1]), ArgumentError, "are finite"),
        (
            lambda: kkt_residuals(np.sum, [1], inequality=lambda x: x * np.nan, nu=[1]),
            ArgumentError,
            "are finite",
        ),
        (lambda: kkt_residuals(3, [1]), ArgumentError, "f must be a function"),
        (lambda: kkt_residuals(np.sum, [1], equality=lambda x: x, lam=[1, 2]), ArgumentError, "lam must have"),
        (lambda: kkt_residuals(np.sum, [1], inequality=np.sum, nu=[1]), ArgumentError, r"inequality\(x\) must"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()
