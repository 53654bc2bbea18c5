"""Corners of numpy where a program is traced: values as without tracing, derivatives as central differences."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.autodiff import check_grads, grad, hessian, jvp, vjp
from mathforml.autodiff.tree import flatten

RNG = np.random.default_rng(11)
A, B = RNG.uniform(0.3, 1.5, (2, 2, 3))
R = RNG.uniform(0.3, 1.5, 3)
S = RNG.normal(size=(3, 3))
CUBE = RNG.normal(size=(3, 3, 3))  # equal sizes: a wrong order of axes is no error there
EMPTY = np.zeros((0, 3))
FORMULAS = [
    "ij,jk", "ij", "ji", "ii", "ii->i", "ij->", "i,i,ij->j", "bij,bjk", "bii->b", "...ij,...jk", "i...->...",
    "...i,...i", "ii,ii->i", "ij,ij", "a...,a...", "ij,kl->ik", "ijk,jil->kl", "Ij,jK", "iii",
]  # fmt: skip

CORNERS = {
    # operands that are lists
    "list @": (lambda x: [[1.0, 2.0]] @ x, A),
    "@ list": (lambda x: x @ [1.0, 2.0, 3.0], A),
    "dot of a list": (lambda x: np.dot([1.0, 2.0, 3.0], x), R),
    "power of a list": (lambda x: x ** [0, 1, 2], A),
    "arctan2 of a list": (lambda x: np.arctan2(x, [1.0, 2.0, 3.0]), A),
    # axes
    "negative axes": (lambda x: np.transpose(x, (-2, 0, -1)), CUBE),
    "a cycle of axes": (lambda x: np.transpose(x, (1, 2, 0)) * x, CUBE),
    "one axis": (lambda x: x.transpose(0), R),
    "Fortran's order": (lambda x: x.reshape(3, -1, order="F") @ x.ravel("F").reshape(2, 3, order="F"), A),
    "merged columns": (lambda x: np.reshape(x, -1, order="F")[:5], A),
    "all reductions": (
        lambda x: [
            f(x, axis=axis, keepdims=keep)
            for f in (np.sum, np.mean, np.max, np.min, np.prod, np.var, np.median, np.ptp, np.logaddexp.reduce)
            for axis in (None, 0, -1, (0, 1), (-1, 0), (1,), ())
            for keep in (False, True)
        ],
        A,
    ),
    "reductions over two of three": (
        lambda x: [f(x, axis=(2, 0)) for f in (np.prod, np.median, np.logaddexp.reduce)],
        CUBE,
    ),
    "take along the flat array": (lambda x: np.take_along_axis(x, np.argsort(x, axis=None), axis=None), A),
    "trapezoid along axis 0": (lambda y: np.trapezoid(y, A, axis=0), B),
    "tensordot with numpy's integers": (lambda x: np.tensordot(x, B, axes=(np.int64(1), np.int64(1))), A),
    "vectors along a tuple": (lambda x: np.linalg.norm(x, 1, axis=(1,)) + np.linalg.norm(x, 2, axis=(-1,)), A),
    "split at falling places": (lambda x: np.split(x, [2, 1, -1, 9]), R),
    # indices
    "repeated": (lambda x: x[[0, 1, 1], [2, 0, 0]] ** 2, A),
    "repeated rows": (lambda x: x[:, np.array([[0, 2], [2, 2]])] ** 2, A),
    "apart": (lambda x: x[[0, 1, 1], :, [0, 0, 0]] ** 2, CUBE),
    "a mask and None": (lambda x: x[None, x > 0.7] ** 2, R),
    "numpy's numbers": (lambda x: x[np.int32(1), np.array(2)] * x[np.uint8(0), -1] * x[True, 0, 0], A),
    "of nothing": (lambda x: x[1:1], A),
    "a number's": (lambda x: x[()] * x[...] * x[None], np.array(0.7)),
    # Python's own
    "//": (lambda x: x // 0.4 + 3.0 // x + x, A),
    "sum and unpacking": (lambda x: sum(row @ row for row in x) * x[0, 0], A),
    "max": (lambda x: max(x) ** 2, R),
    "copy": (lambda x: copy.copy(x) * 2, R),
    "astype": (lambda x: x * x.astype(int), A + 1.0),
    # nothing
    "sums of nothing": (lambda x: [np.sum(x, 0), np.mean(x, 1), np.prod(x), np.var(x, 1), np.cumprod(x)], EMPTY),
    "products with nothing": (lambda x: [x @ S, x.T @ x, np.einsum("ij->j", x), np.prod(x, 0)], EMPTY),
    "shapes of nothing": (lambda x: [np.flip(x), np.tile(x, 2), np.sort(x), np.concatenate([x, A])], EMPTY),
    **{
        f"einsum {formula}": (
            lambda *x, formula=formula: np.einsum(formula, *x),
            *[CUBE[tuple([slice(None)] * max(len(s.replace("...", "")), 2 * ("..." in s)) + [0] * 3)[:3]]
              for s in formula.split("->")[0].split(",")],
        )
        for formula in FORMULAS
    },
}  # fmt: skip


@pytest.mark.parametrize(("f", "args"), [(f, args) for f, *args in CORNERS.values()], ids=CORNERS)
def test_corner(f, args):
    plain, traced = f(*args), vjp(f, *args)[0]
    for a, b in zip(flatten(plain), flatten(traced), strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(b, a, rtol=1e-13, atol=1e-14)
    check_grads(f, *args, order=2, rtol=1e-5)


@given(st.permutations(range(3)), st.lists(st.integers(-2, 2), min_size=3, max_size=3))
@settings(deadline=None, max_examples=30)
def test_axes_in_any_order_and_sign(order, signs):
    axes = tuple(axis - 3 * (sign < 0) for axis, sign in zip(order, signs))
    w = RNG.normal(size=(3, 3, 3))
    _, pullback = vjp(lambda x: np.transpose(x, axes), CUBE)
    leaf = torch.tensor(CUBE, requires_grad=True)
    torch.sum(leaf.permute(axes) * torch.tensor(w)).backward()
    np.testing.assert_array_equal(pullback(w)[0], leaf.grad.numpy())


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.max(x), lambda x: np.prod(x), lambda x: np.sum(np.maximum(x, 0.5)), np.linalg.norm, np.var,
        lambda x: np.sum(np.linalg.cholesky(np.diag(x))), lambda x: np.einsum("i->", x), lambda x: np.sum(S @ x),
        lambda x: x[0] ** 2, lambda x: 1.0,
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_have_the_dtype_of_the_argument(f, dtype):
    assert grad(f)(R.astype(dtype)).dtype == dtype
    value, tangent = jvp(f, (R.astype(dtype),), (R,))
    assert np.asarray(tangent).dtype == np.asarray(value).dtype


def test_eigenvalues_that_are_equal_have_sums_with_derivatives():
    # Σ λ² = ‖A‖², whose gradient is 2 A, also where eigenvalues meet.
    for a in (np.eye(3), np.stack([np.eye(3), np.diag([1.0, 1.0, 2.0])])):
        np.testing.assert_allclose(grad(lambda a: np.sum(np.linalg.eigvalsh(a) ** 2))(a), 2 * a, atol=1e-14)


def test_powers_at_zero_to_second_order():
    assert grad(grad(lambda x: x**2))(0.0) == 2.0
    assert grad(grad(lambda x: x**1.0))(0.0) == 0.0
    np.testing.assert_array_equal(
        hessian(lambda x: np.sum(x ** np.array([0.0, 1.0, 2.0])))(np.zeros(3)), np.diag([0, 0, 2])
    )


def test_a_branch_with_nan_is_kept_out_by_where_inside():
    def f(x):
        known = x > 0
        return np.sum(np.where(known, np.log(np.where(known, x, 1.0)), 0.0))

    np.testing.assert_array_equal(grad(f)(np.array([-1.0, 0.0, 2.0])), [0, 0, 0.5])


def test_values_can_be_printed():
    seen = []
    grad(lambda x: (seen.append(f"{x:.2f} {x}"), x)[1])(0.5)
    assert seen == ["0.50 Traced(array(0.5))"]


def test_subclasses_of_lists_are_containers():
    class Layers(list):
        pass

    assert grad(lambda w: w[0] * w[1])(Layers([2.0, 3.0])) == [3.0, 2.0]
