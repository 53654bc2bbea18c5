"""Every rule in the tables: forward against reverse mode, central differences, complex step, torch."""

import numpy as np
import pytest
import torch
from scipy import special

from mathforml.autodiff import check_grads, jvp, rules, rules_special, vjp
from mathforml.autodiff.tape import Tape
from mathforml.autodiff.trace import COMPOSITES, CONSTANTS, PRIMITIVES, Traced

rules_special.load()
RNG = np.random.default_rng(5)
X = RNG.uniform(0.2, 0.8, (2, 3))  # within the domain of every elementwise function but arccosh
Y = RNG.uniform(1.1, 1.9, (2, 3))
ROW = RNG.uniform(1.1, 1.9, 3)
SQUARE = RNG.normal(size=(3, 3)) + 3 * np.eye(3)
BATCH = RNG.normal(size=(2, 3, 3)) + 3 * np.eye(3)
EYE = np.eye(3)


def spd(x):
    return x @ np.swapaxes(x, -1, -2) + EYE


# name of the primitive: (function, *arguments); more than one where the branches of a rule ask for it
EXAMPLES = {
    **{
        f.__name__: [(f, X)]
        for f in (
            np.negative, np.positive, np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sqrt,
            np.cbrt, np.square, np.reciprocal, np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh,
            np.cosh, np.tanh, np.arcsinh, np.arctanh, np.deg2rad, np.radians, np.rad2deg, np.degrees,
            special.erf, special.erfc, special.erfinv, special.ndtr, special.log_ndtr, special.ndtri,
            special.expit, special.log_expit, special.logit, special.gammaln, special.gamma, special.psi,
        )
    },
    "arccosh": [(np.arccosh, Y)],
    "absolute": [(np.absolute, X - 0.5)],
    "fabs": [(np.fabs, X - 0.5)],
    **{
        f.__name__: [(f, X, Y), (f, X, ROW), (f, ROW, X), (f, 0.5, Y), (lambda x, f=f: f(x, 1.5), X)]
        for f in (
            np.add, np.subtract, np.multiply, np.divide, np.arctan2, np.hypot, np.remainder, np.power,
            np.float_power, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2,
            special.xlogy, special.xlog1py,
        )
    },
    "where": [
        (lambda x, y: np.where(X > 0.5, x, y), X, ROW),
        (lambda x: np.where([True, False, True], 0.0, x), 0.3),
        (lambda x: np.where([True, False, True], x, 2.0), X),
    ],
    "reshape": [(lambda x: np.reshape(x, (3, 2)), X)],
    "transpose": [(np.transpose, X), (lambda x: np.transpose(x, (2, 0, 1)), BATCH)],
    "broadcast_to": [
        (lambda x: np.broadcast_to(x, (4, 2, 3)), X),
        (lambda x: np.broadcast_to(x, (2, 3)), X[:, :1]),
    ],
    "getitem": [
        (lambda x: x[1], X),
        (lambda x: x[..., 1:] * x[..., :-1], X),
        (lambda x: x[[0, 1, 1]], X),
        (lambda x: x[x > 0.5], X),
        (lambda x: x[:, None, [2, 2]], X),
        (lambda x: x[None] * 2, np.array(0.5)),
    ],
    "polygamma": [(lambda x: rules.ALL["polygamma"](x, n=2), Y)],
    "scatter": [(np.diag, ROW), (lambda x: np.pad(x, 1), X)],
    "concatenate": [
        (lambda x, y: np.concatenate([x, Y, y]), X, Y),
        (lambda x, y: np.concatenate([x, y[:, :1]], axis=-1), X, Y),
    ],
    "sum": [
        (np.sum, X),
        (lambda x: np.sum(x, 0), X),
        (lambda x: np.sum(x, axis=(0, -1), keepdims=True), BATCH),
    ],
    "cumsum": [(np.cumsum, X), (lambda x: np.cumsum(x, axis=0), X)],
    **{
        name: [(f, X), (lambda x, f=f: f(x, 0), X), (lambda x, f=f: f(x, axis=(0, 2), keepdims=True), BATCH)]
        for name, f in (("max", np.max), ("min", np.min))
    },
    "logaddexp.reduce": [(np.logaddexp.reduce, X), (lambda x: np.logaddexp.reduce(x, axis=1, keepdims=True), X)],
    "prod": [(np.prod, X), (lambda x: np.prod(x, axis=0), X), (np.prod, np.array([0.0, 2.0, 3.0]))],
    "matmul": [
        (np.matmul, X, SQUARE),
        (np.matmul, ROW, SQUARE),
        (np.matmul, SQUARE, ROW),
        (np.matmul, ROW, ROW[::-1].copy()),
        (np.matmul, BATCH, SQUARE),
        (np.matmul, X, BATCH),
        (np.matmul, BATCH, ROW),
        (np.matmul, ROW, BATCH),
    ],
    "einsum": [
        (lambda a, b: np.einsum("ij,jk->ik", a, b), X, SQUARE),
        (lambda a, b, c: np.einsum("bij,j,bi->b", a, b, c), BATCH, ROW, X),
        (lambda a: np.einsum("ij->", a), X),
        (lambda a: np.einsum("ij->j", a), X),
        (lambda a: np.einsum("ii->i", a), SQUARE),
        (lambda a: np.einsum("bii", a), BATCH),
        (lambda a, b: np.einsum("...ij,...j->...i", a, b), BATCH, X),
        (lambda a, b: np.einsum("...ij,...jk", a, b), BATCH, SQUARE),
    ],
    "linalg.solve": [
        (np.linalg.solve, SQUARE, ROW),
        (np.linalg.solve, SQUARE, SQUARE.T.copy()),
        (np.linalg.solve, BATCH, SQUARE),
        (np.linalg.solve, SQUARE, BATCH),
    ],
    "linalg.inv": [(np.linalg.inv, SQUARE), (np.linalg.inv, BATCH)],
    "linalg.det": [(np.linalg.det, SQUARE), (np.linalg.det, BATCH)],
    "linalg.slogdet": [
        (lambda a: np.linalg.slogdet(a)[1], SQUARE),
        (lambda a: np.linalg.slogdet(a).logabsdet, BATCH),
    ],
    "linalg.cholesky": [
        (lambda a: np.linalg.cholesky(spd(a)), SQUARE),
        (lambda a: np.linalg.cholesky(spd(a)), BATCH),
    ],
    "linalg.eigvalsh": [(lambda a: np.linalg.eigvalsh(spd(a)), x) for x in (SQUARE, BATCH)],
    "linalg.eigh": [
        (lambda a: np.linalg.eigh(spd(a)).eigenvalues, BATCH),
        # Eigenvectors up to sign: their outer products.
        (lambda a: np.einsum("ik,jk->kij", *[np.linalg.eigh(spd(a))[1]] * 2), SQUARE),
    ],
}  # fmt: skip
CASES = [
    pytest.param(name, *case, id=f"{name}-{i}") for name, cases in EXAMPLES.items() for i, case in enumerate(cases)
]
CASES = [pytest.param(p.values[0], p.values[1], p.values[2:], id=p.id) for p in CASES]
KINKED = {
    "absolute", "fabs", "remainder", "maximum", "minimum", "fmax", "fmin", "where", "max", "min", "arctan2",
    "hypot",
}  # fmt: skip
# numpy or scipy have no complex version of these, or not to full accuracy
REAL_ONLY = {
    "cbrt", "exp2", "expm1", "log2", "log1p", "deg2rad", "radians", "rad2deg", "degrees", "logaddexp",
    "logaddexp2", "logaddexp.reduce", "erf", "erfc", "linalg.cholesky", "linalg.eigh", "linalg.slogdet",
    "linalg.eigvalsh",
    "erfinv", "ndtr", "ndtri", "log_ndtr", "expit", "log_expit", "logit", "gammaln", "gamma", "psi",
    "polygamma", "xlogy", "xlog1py", "getitem", "arccosh",
}  # fmt: skip


def inner(a, b):
    return np.sum(np.asarray(a) * np.asarray(b))


def test_no_rule_is_left_out():
    assert set(EXAMPLES) == set(rules.ALL)
    assert set(map(id, PRIMITIVES.values())) == set(map(id, rules.ALL.values()))


@pytest.mark.parametrize(("name", "f", "args"), CASES)
def test_example_exercises_its_rule(name, f, args):
    tape = Tape()
    f(*[tape.variable(np.asarray(x)) for x in args])
    assert name in {node[0].name for node in tape.nodes if node[0]}


@pytest.mark.parametrize(("name", "f", "args"), CASES)
def test_forward_is_the_transpose_of_reverse(name, f, args):
    rng = np.random.default_rng(0)
    v = tuple(rng.standard_normal(np.shape(x)) for x in args)
    value, pullback = vjp(f, *args)
    w = rng.standard_normal(np.shape(value))
    same, tangent = jvp(f, args, v)
    np.testing.assert_allclose(value, f(*args), rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(same, value)
    cotangents = pullback(w)
    assert [c.shape for c in cotangents] == [np.shape(x) for x in args]
    assert np.shape(tangent) == np.shape(value)
    left, right = inner(w, tangent), sum(inner(c, t) for c, t in zip(cotangents, v))
    assert abs(left - right) <= 1e-12 * max(1, abs(left))


@pytest.mark.parametrize(("name", "f", "args"), CASES)
def test_central_differences_to_second_order(name, f, args):
    check_grads(f, *args, order=2, rtol=1e-6)


@pytest.mark.parametrize(("name", "f", "args"), [c for c in CASES if c.values[0] not in KINKED | REAL_ONLY])
def test_complex_step(name, f, args):
    rng = np.random.default_rng(1)
    v = [rng.standard_normal(np.shape(x)) for x in args]
    step = np.imag(f(*[x + 1e-30j * t for x, t in zip(args, v)])) / 1e-30
    tangent = jvp(f, args, v)[1]
    # Relative to the largest entry: a sum of terms that cancel has no small relative error in any arithmetic.
    assert np.abs(tangent - step).max() <= 1e-14 * max(1, np.abs(step).max())


def t_where(x, y):
    return torch.where(torch.tensor(X > 0.5), x, y)


TORCH = {
    **{name: getattr(torch, name) for name in (
        "negative", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "square", "reciprocal", "sin",
        "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arctanh", "arccosh",
        "absolute",
        "deg2rad", "rad2deg", "add", "subtract", "multiply", "divide", "arctan2", "hypot", "maximum", "minimum",
        "logaddexp", "logaddexp2", "matmul", "remainder", "float_power",
    )},
    **{name: getattr(torch.special, name) for name in (
        "erf", "erfc", "erfinv", "expit", "gammaln", "logit", "log_ndtr", "ndtr", "ndtri", "xlogy", "xlog1py",
    )},
    "power": torch.pow,
    "where": t_where,
    "cumsum": lambda x: torch.cumsum(x.ravel(), 0),
    "max": torch.amax,
    "min": torch.amin,
    "logaddexp.reduce": lambda x: torch.logsumexp(x, 0),
    "prod": torch.prod,
    "einsum": lambda a, b: torch.einsum("ij,jk->ik", a, b),
    "linalg.solve": torch.linalg.solve,
    "linalg.inv": torch.linalg.inv,
    "linalg.det": torch.linalg.det,
    "linalg.slogdet": lambda a: torch.linalg.slogdet(a)[1],
    "linalg.cholesky": lambda a: torch.linalg.cholesky(a @ a.mT + torch.eye(3, dtype=a.dtype)),
    "linalg.eigvalsh": lambda a: torch.linalg.eigvalsh(a @ a.mT + torch.eye(3, dtype=a.dtype)),
    "linalg.eigh": lambda a: torch.linalg.eigvalsh(a @ a.mT + torch.eye(3, dtype=a.dtype)),
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH)
def test_torch(name):
    f, *args = EXAMPLES[name][0]
    leaves = [torch.tensor(x, requires_grad=True, dtype=torch.float64) for x in args]
    theirs = TORCH[name](*leaves)
    value, pullback = vjp(f, *args)
    w = np.random.default_rng(2).standard_normal(np.shape(value))
    np.testing.assert_allclose(value, theirs.detach().numpy(), rtol=1e-12, atol=1e-14)
    expected = torch.autograd.grad(theirs, leaves, torch.tensor(w))
    for mine, other in zip(pullback(w), expected):
        assert np.abs(mine - other.numpy()).max() <= 1e-12 * np.abs(other.numpy()).max()


# numpy function: (call on traced arrays, arguments)
STAND_INS = {
    np.where: (lambda x: np.where(x > 0.5, x, 0.0), X),
    np.clip: (lambda x: np.clip(x, 0.3, 0.6) + np.clip(x, None, 0.5) + np.clip(x, min=0.4), X),
    np.nan_to_num: (lambda x: np.nan_to_num(x * 1.0), X),
    "getitem": (lambda x: x[0, ::2], X),
    np.concatenate: (lambda x: np.concatenate([x, ROW[:2, None]], axis=None), X),
    np.stack: (lambda x, y: np.stack([x, y], axis=-1), X, Y),
    np.vstack: (lambda x, y: np.vstack([x, y]), X, ROW),
    np.hstack: (lambda x, y: np.hstack([x, y]), X, Y),
    np.column_stack: (lambda x, y: np.column_stack([x, y]), ROW, SQUARE),
    np.append: (lambda x, y: np.append(x, y), X, ROW),
    np.split: (lambda x: np.split(x, 3, axis=1)[1], X),
    np.array_split: (lambda x: np.array_split(x, 2, axis=1)[0], X),
    np.reshape: (lambda x: np.reshape(x, -1) + x.reshape(6) + x.reshape(3, 2).ravel(), X),
    np.ravel: (np.ravel, X),
    np.transpose: (lambda x: np.transpose(x) + x.T + x.transpose(1, 0), X),
    np.permute_dims: (lambda x: np.permute_dims(x, (1, 2, 0)), BATCH),
    np.swapaxes: (lambda x: np.swapaxes(x, 0, 2) @ x.mT[:, 0], BATCH),
    np.matrix_transpose: (np.matrix_transpose, BATCH),
    np.moveaxis: (lambda x: np.moveaxis(x, [0, 2], [-1, 0]), BATCH),
    np.expand_dims: (lambda x: np.expand_dims(x, (0, 2)), X),
    np.squeeze: (lambda x: np.squeeze(x[None], 0), X),
    np.atleast_1d: (np.atleast_1d, 0.5),
    np.atleast_2d: (np.atleast_2d, ROW),
    np.broadcast_to: (lambda x: np.broadcast_to(x, 3), 0.5),
    np.flip: (np.flip, X),
    np.fliplr: (np.fliplr, X),
    np.flipud: (np.flipud, X),
    np.roll: (lambda x: np.roll(x, 1, axis=1), X),
    np.repeat: (lambda x: np.repeat(x, 2, axis=1), X),
    np.tile: (lambda x: np.tile(x, (2, 2)), X),
    np.take: (lambda x: np.take(x, [0, 2, 2], axis=-1), X),
    np.take_along_axis: (lambda x: np.take_along_axis(x, np.array([[1], [2]]), axis=1), X),
    np.diagonal: (lambda x: np.diagonal(x, 1, 1, 2), BATCH),
    np.diag: (lambda x: np.diag(x[0], -1), X),
    np.trace: (lambda x: np.trace(x) + x.trace(), SQUARE),
    np.tril: (np.tril, SQUARE),
    np.triu: (lambda x: np.triu(x, 1), SQUARE),
    np.pad: (lambda x: np.pad(x, ((1, 0), (2, 1)), "edge"), X),
    np.sort: (lambda x: np.sort(x, axis=0) + np.sort(x, axis=None)[0], X),
    np.copy: (np.copy, X),
    np.full_like: (lambda x: np.full_like(x, 2.0) * np.full_like(x, x[0, 0]), X),
    np.sum: (lambda x: np.sum(x, axis=None) + x.sum(-1, keepdims=True), X),
    (np.add, "reduce"): (np.add.reduce, X),
    np.mean: (lambda x: np.mean(x, axis=(0, 1), keepdims=True) + x.mean(), X),
    np.average: (lambda x: np.average(x, axis=0, weights=Y) + np.average(x, axis=0), X),
    np.var: (lambda x: np.var(x, axis=1, ddof=1), X),
    np.std: (lambda x: np.std(x, keepdims=True), X),
    np.max: (lambda x: np.max(x, axis=1), X),
    np.min: (lambda x: x.min(axis=1, keepdims=True), X),
    np.amax: (np.amax, X),
    np.amin: (lambda x: np.amin(x, 0), X),
    (np.maximum, "reduce"): (np.maximum.reduce, X),
    (np.minimum, "reduce"): (np.minimum.reduce, X),
    np.ptp: (np.ptp, X),
    (np.logaddexp, "reduce"): (np.logaddexp.reduce, X),
    np.prod: (lambda x: np.prod(x, axis=1, keepdims=True), X),
    (np.multiply, "reduce"): (np.multiply.reduce, X),
    np.cumsum: (np.cumsum, X),
    (np.add, "accumulate"): (np.add.accumulate, X),
    np.cumprod: (lambda x: np.cumprod(x, axis=1), X),
    (np.multiply, "accumulate"): (np.multiply.accumulate, X),
    np.diff: (lambda x: np.diff(x, n=2, axis=1), X),
    np.median: (lambda x: np.median(x, axis=0) + np.median(x, axis=1)[0], X),
    np.trapezoid: (lambda x: np.trapezoid(x, [0.0, 1.0, 3.0]) + np.trapezoid(x, dx=0.5), X),
    np.polyval: (np.polyval, ROW, X),
    np.einsum: (lambda x: np.einsum("ij,kj", x, Y), X),
    np.dot: (lambda x: np.dot(x, ROW) + np.dot(x, 2.0)[:, 0] + x.dot(ROW), X),
    np.vdot: (lambda x: np.vdot(x, Y), X),
    np.inner: (lambda x: np.inner(x, Y), X),
    np.tensordot: (lambda x: np.tensordot(x, BATCH, axes=([1], [2])), X),
    np.outer: (np.outer, ROW, X),
    np.vecdot: (np.vecdot, X, ROW),
    np.kron: (np.kron, X, SQUARE),
    np.cross: (np.cross, X, ROW),
    **{
        (f, "outer"): (f.outer, X, ROW)
        for f in (
            np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.logaddexp, np.power,
        )
    },
    np.linalg.solve: (np.linalg.solve, SQUARE, ROW),
    np.linalg.inv: (np.linalg.inv, SQUARE),
    np.linalg.det: (np.linalg.det, SQUARE),
    np.linalg.slogdet: (lambda x: np.linalg.slogdet(x)[0] * x, SQUARE),
    np.linalg.cholesky: (lambda x: np.linalg.cholesky(spd(x)), SQUARE),
    np.linalg.eigh: (lambda x: np.linalg.eigh(spd(x))[0], SQUARE),
    np.linalg.eigvalsh: (lambda x: np.linalg.eigvalsh(spd(x)), SQUARE),
    np.linalg.norm: (
        lambda x: np.linalg.norm(x) * np.linalg.norm(x, axis=1) * np.linalg.norm(x[0], 1)
        + np.linalg.norm(x[0], np.inf), X,
    ),
    np.linalg.matrix_power: (lambda x: np.linalg.matrix_power(x, 3) + np.linalg.matrix_power(x, -2), SQUARE),
    np.linalg.multi_dot: (lambda x: np.linalg.multi_dot([x, SQUARE, ROW]), X),
}  # fmt: skip


def test_no_stand_in_is_left_out():
    assert set(STAND_INS) == set(COMPOSITES)


@pytest.mark.parametrize("function", STAND_INS, ids=str)
def test_stand_ins_compute_what_numpy_does(function):
    f, *args = STAND_INS[function]
    np.testing.assert_allclose(vjp(f, *args)[0], f(*args), rtol=1e-14)
    check_grads(f, *args, order=1)


@pytest.mark.parametrize("function", [np.sign, np.floor, np.ceil, np.rint, np.trunc, np.zeros_like, np.argsort])
def test_constants_have_no_derivative(function):
    assert function in CONSTANTS
    assert type(function(Tape().variable(X))) is not Traced
    np.testing.assert_array_equal(jvp(lambda x: 1.0 * function(x), (X,), (X,))[1], 0)


def test_ties_share_the_derivative():
    x = np.array([1.0, 3.0, 3.0])
    np.testing.assert_array_equal(vjp(np.max, x)[1](1.0)[0], [0, 0.5, 0.5])
    assert jvp(np.maximum, (2.0, 2.0), (1.0, 0.0))[1] == 0.5


def test_powers_at_zero():
    assert vjp(lambda x: x**2, 0.0)[1](1.0) == (0.0,)
    assert vjp(lambda x: x**0, 0.0)[1](1.0) == (0.0,)
    assert vjp(lambda x: x ** np.array([0.0, 1.0]), 0.0)[1](np.ones(2)) == (1.0,)
    assert vjp(np.power, 0.0, 2.0)[1](1.0) == (0.0, 0.0)


def test_log_sum_exp_of_impossible_events():
    x = np.array([[-np.inf, 0.0], [-np.inf, -np.inf]])
    for f in (lambda x: np.logaddexp.reduce(x, axis=1), lambda x: np.logaddexp(x[:, 0], x[:, 1])):
        np.testing.assert_array_equal(vjp(f, x)[1](np.ones(2))[0], [[0, 1], [0, 0]])
        np.testing.assert_array_equal(jvp(f, (x,), (np.ones((2, 2)),))[1], [1, 0])


def test_norm_at_zero_has_a_subgradient():
    np.testing.assert_array_equal(vjp(np.linalg.norm, np.zeros(3))[1](1.0)[0], 0)
