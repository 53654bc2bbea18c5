"""Rules of products and of linear algebra.

References
----------
Giles 2008, Collected matrix derivative results for forward and reverse mode algorithmic differentiation,
https://doi.org/10.1007/978-3-540-68942-3_4
Murray 2016, Differentiation of the Cholesky decomposition, arXiv:1602.07527
"""

import string

import numpy as np

from mathforml.autodiff.rules import composite, fit, general, multilinear
from mathforml.autodiff.trace import Traced, plain
from mathforml.errors import ArgumentError, SingularError


def _t(x):
    return x.T if x.ndim == 2 else np.swapaxes(x, -1, -2)


def _matmul_left(g, a, b):
    if a.ndim == 2 and b.ndim == 2:
        return g @ b.T
    if b.ndim == 1:
        return fit(g[..., None] * b, a.shape)
    if a.ndim == 1:
        return fit((b @ g[..., None])[..., 0], a.shape)
    return fit(g @ _t(b), a.shape)


def _matmul_right(g, a, b):
    if a.ndim == 2 and b.ndim == 2:
        return a.T @ g
    if a.ndim == 1:
        return g * a if b.ndim == 1 else fit(a[:, None] * g[..., None, :], b.shape)
    if b.ndim == 1:
        return fit((_t(a) @ g[..., None])[..., 0], b.shape)
    return fit(_t(a) @ g, b.shape)


matmul_p = multilinear("matmul", np.matmul, _matmul_left, _matmul_right, key=np.matmul)


def _einsum(*operands, subscripts):
    return np.einsum(subscripts, *operands, optimize=len(operands) > 2)


def _einsum_transpose(i, g, *operands, subscripts):
    inputs, output = subscripts.split("->")
    inputs = inputs.split(",")
    mine, x = inputs[i], operands[i]
    others = [inputs[j] for j in range(len(inputs)) if j != i]
    arrays = [operands[j] for j in range(len(inputs)) if j != i]
    known = set(output).union(*others)
    for letter, n in zip(mine, x.shape):
        if letter not in known:  # summed over in this operand alone: its cotangent is the same along it
            others.append(letter)
            arrays.append(np.ones(n))
    full = np.einsum(",".join([output, *others]) + "->" + mine, g, *arrays)
    return fit(full, x.shape)


einsum_p = multilinear("einsum", _einsum, _einsum_transpose)


@composite(np.einsum)
def _einsum_call(subscripts, *operands, optimize=False):
    if not isinstance(subscripts, str):
        raise ArgumentError("np.einsum of traced arrays needs its subscripts as a string")
    operands = [x if type(x) is Traced else np.asarray(x) for x in operands]
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = inputs.split(",")
    if len(inputs) != len(operands):
        raise ArgumentError(f"np.einsum has {len(inputs)} subscripts for {len(operands)} arrays")
    free = [c for c in string.ascii_letters if c not in subscripts]
    width = max((x.ndim - len(s) + 3 for s, x in zip(inputs, operands) if "..." in s), default=0)
    rest = "".join(free[:width])
    for i, (s, x) in enumerate(zip(inputs, operands)):
        if "..." in s:
            inputs[i] = s.replace("...", rest[width - (x.ndim - len(s) + 3) :])
    if not arrow:
        letters = "".join(inputs)
        output = rest + "".join(sorted(c for c in set(letters) if letters.count(c) == 1 and c not in rest))
    output = output.replace("...", rest)
    for i, s in enumerate(inputs):
        for c in sorted(set(s)):
            while s.count(c) > 1:  # a letter twice in one operand: its diagonal
                a, b = s.index(c), s.rindex(c)
                operands[i] = np.diagonal(operands[i], 0, a, b)
                s = s[:a] + s[a + 1 : b] + s[b + 1 :] + c
        inputs[i] = s
    return einsum_p(*operands, subscripts=",".join(inputs) + "->" + output)


@composite(np.dot)
def _dot(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.matmul(a, b) if np.ndim(b) <= 2 else np.tensordot(a, b, axes=(-1, -2))


@composite(np.vdot)
def _vdot(a, b):
    return np.ravel(a) @ np.ravel(b)


@composite(np.inner)
def _inner(a, b):
    return np.multiply(a, b) if np.ndim(a) == 0 or np.ndim(b) == 0 else np.tensordot(a, b, axes=(-1, -1))


@composite(np.tensordot)
def _tensordot(a, b, axes=2):
    if isinstance(axes, int | np.integer):
        axes = (range(np.ndim(a) - axes, np.ndim(a)), range(axes))
    left, right = (np.ravel(x).tolist() for x in axes)
    a_letters, b_letters = list(string.ascii_lowercase[: np.ndim(a)]), list(string.ascii_uppercase[: np.ndim(b)])
    for i, j in zip(left, right):
        b_letters[j] = a_letters[i]
    shared = set(a_letters) & set(b_letters)
    output = [c for c in a_letters + b_letters if c not in shared]
    return np.einsum(f"{''.join(a_letters)},{''.join(b_letters)}->{''.join(output)}", a, b)


@composite(np.outer, (np.multiply, "outer"))
def _outer(a, b):
    return np.ravel(a)[:, None] * np.ravel(b)


def _outer_of(ufunc):
    def outer(a, b):
        return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)

    composite((ufunc, "outer"))(outer)


for _ufunc in (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.logaddexp, np.power):
    _outer_of(_ufunc)


@composite(np.vecdot)
def _vecdot(a, b, axis=-1):
    return np.sum(a * b, axis=axis)


@composite(np.kron)
def _kron(a, b):
    n = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (a, b))
    left = np.reshape(a, [size for k in a.shape for size in (k, 1)])
    right = np.reshape(b, [size for k in b.shape for size in (1, k)])
    return np.reshape(left * right, [i * j for i, j in zip(a.shape, b.shape)])


@composite(np.cross)
def _cross(a, b):
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        raise ArgumentError("np.cross of traced arrays needs vectors of three")
    a, b = (x if type(x) is Traced else np.asarray(x) for x in (a, b))
    after, before = [1, 2, 0], [2, 0, 1]
    return a[..., after] * b[..., before] - a[..., before] * b[..., after]


solve_p = general(
    "linalg.solve",
    np.linalg.solve,
    (
        lambda g, y, a, b: fit(-np.linalg.solve(_t(a), g) @ _t(y), a.shape),
        lambda g, y, a, b: fit(np.linalg.solve(_t(a), g), b.shape),
    ),
    (
        lambda t, y, a, b: -np.linalg.solve(a, t @ y),
        lambda t, y, a, b: np.linalg.solve(a, np.broadcast_to(t, y.shape)),
    ),
)


@composite(np.linalg.solve)
def _solve(a, b):
    a, b = (x if type(x) is Traced else np.asarray(x) for x in (a, b))
    if b.ndim == 1:
        return solve_p(a, b[:, None])[..., 0]
    return solve_p(a, b)


inv_p = general(
    "linalg.inv",
    np.linalg.inv,
    [lambda g, y, a: -_t(y) @ g @ _t(y)],
    [lambda t, y, a: -y @ t @ y],
)
composite(np.linalg.inv)(lambda a: inv_p(a))


def _trace_of_product(a, b):
    return np.sum(a * _t(b), axis=(-1, -2))


det_p = general(
    "linalg.det",
    np.linalg.det,
    [lambda g, y, a: (g * y)[..., None, None] * _t(np.linalg.inv(a))],
    [lambda t, y, a: y * _trace_of_product(np.linalg.inv(a), t)],
)
composite(np.linalg.det)(lambda a: det_p(a))

logdet_p = general(
    "linalg.slogdet",
    lambda a: np.linalg.slogdet(a)[1],
    [lambda g, y, a: g[..., None, None] * _t(np.linalg.inv(a))],
    [lambda t, y, a: _trace_of_product(np.linalg.inv(a), t)],
)


@composite(np.linalg.slogdet)
def _slogdet(a):
    from numpy.linalg._linalg import SlogdetResult

    return SlogdetResult(np.linalg.slogdet(plain(a))[0], logdet_p(a))


def _lower_half(x):
    # The lower triangle, half of the diagonal: what two such, one transposed, add up to is the whole.
    n = x.shape[-1]
    return x * (np.tri(n) - 0.5 * np.eye(n))


def _cholesky_vjp(g, y, a):
    middle = _lower_half(_t(y) @ np.tril(g))
    back = np.linalg.solve(_t(y), _t(np.linalg.solve(_t(y), _t(middle))))
    return 0.5 * (back + _t(back))


def _cholesky_jvp(t, y, a):
    t = 0.5 * (t + _t(t))
    middle = np.linalg.solve(y, _t(np.linalg.solve(y, t)))
    return y @ _lower_half(middle)


cholesky_p = general("linalg.cholesky", np.linalg.cholesky, [_cholesky_vjp], [_cholesky_jvp])
composite(np.linalg.cholesky)(lambda a: cholesky_p(a))


def _eigh_packed(a):
    values, vectors = np.linalg.eigh(a)
    return np.concatenate([values[..., None, :], vectors], -2)


def _gaps(values):
    # 1 / (λ_j − λ_i) off the diagonal; the values come in ascending order.
    eye, known = np.eye(values.shape[-1]), plain(values)
    rounding = len(eye) * np.finfo(known.dtype).eps * np.abs(known).max(-1, keepdims=True, initial=0.0)
    if (np.diff(known) <= rounding).any():
        raise SingularError(
            "np.linalg.eigh met eigenvalues that are equal: their eigenvectors have no derivative; "
            "np.linalg.eigvalsh has one"
        )
    return (1 - eye) / (values[..., None, :] - values[..., :, None] + eye)


def _eigh_vjp(g, y, a):
    values, v = y[..., 0, :], y[..., 1:, :]
    inner = np.eye(v.shape[-1]) * g[..., 0, :, None] + _gaps(values) * (_t(v) @ g[..., 1:, :])
    full = v @ inner @ _t(v)
    return 0.5 * (full + _t(full))


def _eigh_jvp(t, y, a):
    values, v = y[..., 0, :], y[..., 1:, :]
    inner = _t(v) @ (0.5 * (t + _t(t))) @ v
    return np.concatenate([np.sum(inner * np.eye(v.shape[-1]), -1)[..., None, :], v @ (_gaps(values) * inner)], -2)


eigh_p = general("linalg.eigh", _eigh_packed, [_eigh_vjp], [_eigh_jvp])


@composite(np.linalg.eigh)
def _eigh(a):
    from numpy.linalg._linalg import EighResult

    packed = eigh_p(a)
    return EighResult(packed[..., 0, :], packed[..., 1:, :])


def _eigvalsh_vjp(g, y, a):
    v = np.linalg.eigh(a)[1]
    return (v * g[..., None, :]) @ _t(v)


def _eigvalsh_jvp(t, y, a):
    v = np.linalg.eigh(a)[1]
    return np.sum(v * (0.5 * (t + _t(t)) @ v), -2)


eigvalsh_p = general("linalg.eigvalsh", np.linalg.eigvalsh, [_eigvalsh_vjp], [_eigvalsh_jvp])
composite(np.linalg.eigvalsh)(lambda a: eigvalsh_p(a))


@composite(np.linalg.norm)
def _norm(x, ord=None, axis=None, *, keepdims=False):
    vectors = (x.ndim if axis is None else np.size(axis)) == 1
    if ord is None or ord == (2 if vectors else "fro"):
        squares = np.sum(x * x, axis, keepdims=keepdims)
        zero = np.equal(squares, 0)  # at zero the norm has a kink; 0 is a subgradient
        return np.where(zero, 0.0, np.sqrt(np.where(zero, 1.0, squares)))
    if ord == 1 and vectors:
        return np.sum(np.abs(x), axis, keepdims=keepdims)
    if ord == np.inf and vectors:
        return np.max(np.abs(x), axis, keepdims=keepdims)
    raise ArgumentError(
        f"np.linalg.norm of a traced array takes vectors with ord 1, 2 or inf, matrices with 'fro', not {ord!r}"
    )


@composite(np.linalg.matrix_power)
def _matrix_power(a, n):
    if n < 0:
        return _matrix_power(np.linalg.inv(a), -n)
    result = np.eye(a.shape[-1])
    while n:
        if n & 1:
            result = result @ a
        a, n = a @ a, n >> 1
    return result


@composite(np.linalg.multi_dot)
def _multi_dot(arrays):
    first, *rest = arrays
    for a in rest:
        first = first @ a
    return first
