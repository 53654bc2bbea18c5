"""What can go wrong is said in one sentence."""

import math

import numpy as np
import pytest
from scipy import special

from mathforml.autodiff import check_grads, cost, grad, hessian, jacobian, jvp, primitive, vjp
from mathforml.errors import ArgumentError, SingularError

X = np.ones(2)


def write_into(x):
    x[0] = 1.0


def add_to(x):
    x += 1.0
    return np.sum(x)


def add_to_constant(x):
    total = np.zeros(2)
    total += x
    return np.sum(total)


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: x, "must return one number to have a gradient, not array (2,)"),
        (lambda x: [np.sum(x)], "must return one number to have a gradient, not [number]"),
        (lambda x: None, "must return one number to have a gradient, not None"),
        (lambda x: "text", "must return one number"),
        (write_into, "cannot be written into"),
        (add_to, "cannot be changed in place; write x = x + … for x += …"),
        (add_to_constant, "np.add of a traced array cannot write into an array that is there already"),
        (lambda x: np.exp(x, out=np.ones(2)), "np.exp of a traced array cannot write into"),
        (lambda x: float(x[0]), "cannot become a Python number"),
        (lambda x: int(x[0]), "cannot become a Python number"),
        (lambda x: math.exp(x[0]), "cannot become a Python number"),
        (lambda x: x[0].item(), "cannot become a Python number"),
        (lambda x: np.array([x[0], x[1]]), "join traced values with np.stack"),
        (lambda x: np.asarray(x), "cannot become a plain one"),
        (lambda x: list(x[0]), "a traced number cannot be iterated over"),
        (lambda x: np.linalg.svd(np.outer(x, x))[1][0], "np.linalg.svd has no derivative rule"),
        (lambda x: np.fft.fft(x)[0], "np.fft.fft has no derivative rule"),
        (lambda x: np.sinc(x)[0], "np.sinc has no derivative rule"),
        (lambda x: np.spacing(x)[0], "np.spacing has no derivative rule"),
        (lambda x: np.arctan2.accumulate(x)[0], "np.arctan2.accumulate has no derivative rule"),
        (lambda x: np.sum(x, dtype=float), "np.sum of a traced array takes no option dtype"),
        (lambda x: np.sum(x, 0, float), "np.sum of a traced array takes at most 2 arguments by position"),
        (lambda x: np.exp(x, where=[True, False])[0], "np.exp of a traced array takes no option where"),
        (lambda x: np.reshape(x, (2, 1), order="A")[0, 0], "takes order 'C' or 'F', not 'A'"),
        (
            lambda x: np.sum(x * 1j),
            "np.multiply made complex numbers of a traced array; derivatives here are real",
        ),
        (lambda x: np.linalg.norm(np.outer(x, x), 2), "vectors with ord 1, 2 or inf"),
        (lambda x: np.einsum("i,i", x), "2 subscripts for 1 arrays"),
        (lambda x: np.einsum(x, [0]), "needs its subscripts as a string"),
        (lambda x: np.cross(x, x), "vectors of three"),
        (lambda x: np.average(np.outer(x, x), 0, weights=x)[0], "weights of the array's shape"),
        (lambda x: np.linalg.norm(np.outer(x, x), 2, axis=(0, 1)), "vectors with ord 1, 2 or inf"),
        (lambda x: np.linalg.eigh(np.outer(x, x), "U")[0][0], "np.linalg.eigh of a traced array takes at most 1"),
        (lambda x: np.pad(x, 1, "mean")[0], "np.pad of a traced array takes no mode 'mean'"),
        (lambda x: np.pad(x, 1, "linear_ramp")[0], "takes no mode 'linear_ramp'"),
        # Their values have derivatives, which must not be lost: better no answer than zero.
        (lambda x: np.unique(x)[0], "np.unique has no derivative rule"),
        (lambda x: np.bincount([0, 1], weights=x)[0], "np.bincount has no derivative rule"),
        (lambda x: np.histogram(x)[1][0], "np.histogram has no derivative rule"),
        (lambda x: special.expm1(x)[0], "expm1 has no derivative rule"),
        (lambda x: np.sum(x.astype(complex)), "cannot become a complex one"),
    ],
)
def test_programs_that_cannot_be_differentiated(f, words):
    with pytest.raises(ArgumentError) as error:
        grad(f)(X)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_writing_a_traced_number_into_an_array():
    def f(x):
        total = np.zeros(2)
        total[0] = x[0]  # numpy says why, and that this was the cause
        return np.sum(total)

    with pytest.raises(ValueError, match="sequence") as error:
        grad(f)(X)
    assert "cannot become a Python number" in str(error.value.__cause__)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.transpose(x, (0, 2)),
        lambda x: np.flip(x, 2),
        lambda x: np.moveaxis(x, 0, 2),
        lambda x: np.stack([x, x], axis=3),
        lambda x: np.take(x, [0], axis=2),
        lambda x: np.diff(x, axis=-3),
    ],
)
def test_axes_that_are_not_there_are_refused_as_by_numpy(f):
    x = np.ones((2, 2))
    for call in (f, lambda x: vjp(f, x)):
        with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
            call(x)


def test_pieces_that_are_not_equal_are_refused_as_by_numpy():
    with pytest.raises(ValueError, match="equal division"):
        vjp(lambda x: np.split(x, 2), np.ones(3))


def test_eigenvectors_of_equal_eigenvalues():
    a = 0.1 * np.ones((3, 3)) + np.eye(3)  # two are equal, up to rounding
    for call in (lambda f: grad(f)(a), lambda f: jvp(f, (a,), (a,))):
        with pytest.raises(SingularError, match=r"eigenvectors have no derivative; np[.]linalg[.]eigvalsh"):
            call(lambda a: np.linalg.eigh(a)[1][0, 0])


def test_unknown_attributes():
    with pytest.raises(AttributeError, match="has no 'partition'; use one of numpy's functions"):
        grad(lambda x: x.partition(1))(X)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (3, "argument 0 must hold floating-point numbers, not int64: write 1.0 for 1"),
        (np.arange(3), "floating-point numbers, not int64"),
        ([1.0, True], "floating-point numbers, not bool"),
        ({"w": 1j}, "must hold real numbers, not complex128"),
        ("text", "must hold arrays of numbers, not 'text' (str)"),
        ([object()], "must hold arrays of numbers"),
    ],
)
@pytest.mark.parametrize(
    "call",
    [lambda x: grad(lambda x: 1.0)(x), lambda x: vjp(lambda x: x, x), lambda x: jvp(lambda x: x, (x,), (x,))],
    ids=["grad", "vjp", "jvp"],
)
def test_arguments_must_be_floating_point(x, words, call):
    with pytest.raises(ArgumentError) as error:
        call(x)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "call",
    [
        grad,
        jacobian,
        hessian,
        cost,
        primitive,
        check_grads,
        lambda f: vjp(f, 1.0),
        lambda f: jvp(f, (1.0,), (1.0,)),
    ],
)
def test_functions_must_be_functions(call):
    with pytest.raises(ArgumentError, match=r"f must be a function, not 3\.0"):
        call(3.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: grad(np.sin, argnum=1)(1.0), "argnum must be the position of one of the 1 arguments, not 1"),
        (lambda: grad(np.sin, argnum="x")(1.0), "argnum must be the position"),
        (lambda: grad(np.add, argnum=(0, -2))(1.0, 2.0), "argnum must name each argument once"),
        (lambda: jvp(np.sin, 1.0, (1.0,)), "primals and tangents must be tuples"),
        (
            lambda: jvp(np.sin, (1.0,), (1.0, 2.0)),
            "tangents must have the structure (number,), not (number, number)",
        ),
        (lambda: jvp(np.sin, (X,), (np.ones(3),)), "tangents must have shape (2,), not (3,)"),
        (lambda: jvp(np.sin, (X,), (["a", "b"],)), "tangents must hold numbers"),
        (
            lambda: jvp(lambda t: 1.0, ({"a": X},), ({"b": X},)),
            "tangents must have the structure {a: array (2,)}, not {b: array (2,)}",
        ),
        (lambda: jvp(lambda t: 1.0, ([X],), ((X, X),)), "tangents must have the structure [array (2,)]"),
        (lambda: vjp(np.sin, X)[1](np.ones(3)), "the cotangent must have shape (2,), not (3,)"),
        (lambda: vjp(lambda x: [x, x], X)[1](X), "the cotangent must have the structure [array (2,), array (2,)]"),
        (lambda: jacobian(np.sin, mode="sideways"), "unknown mode 'sideways'; valid: reverse, forward"),
        (lambda: jacobian(lambda x: x[0])([1.0, 2.0]), "x must be one array"),
        (lambda: jacobian(lambda x: [x])(X), "the function must return one array"),
        (lambda: hessian(lambda x: x)(X), "must return one number to have a gradient"),
    ],
)
def test_calls_that_do_not_fit(call, words):
    with pytest.raises(ArgumentError) as error:
        call()
    assert words in str(error.value)
