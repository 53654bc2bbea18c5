"""Rules of functions that move elements without changing them: each is linear."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from mathforml.autodiff.rules import composite, constant, enter, linear
from mathforml.autodiff.tape import Primitive
from mathforml.autodiff.trace import Traced, plain
from mathforml.errors import ArgumentError

reshape_p = linear(
    "reshape", lambda x, *, shape: np.reshape(x, shape), lambda g, x, *, shape: np.reshape(g, x.shape)
)
transpose_p = linear(
    "transpose",
    lambda x, *, axes: np.transpose(x, axes),
    lambda g, x, *, axes: np.transpose(g, tuple(int(i) for i in np.argsort(axes))),
)


def _sum_to(x, *, shape):
    extra = x.ndim - len(shape)
    ones = tuple(i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1)
    return np.sum(x, axis=tuple(range(extra)) + ones, keepdims=True).reshape(shape)


broadcast_p = linear(
    "broadcast_to", lambda x, *, shape: np.broadcast_to(x, shape), lambda g, x, *, shape: _sum_to(g, shape=x.shape)
)


def _is_basic(index):
    # Basic indices name each element at most once, so a cotangent can be written instead of added.
    kinds = {type(part) for part in (index if type(index) is tuple else (index,))}
    return kinds <= {int, slice, np.int64, type(None), type(Ellipsis)}


def _add_to(x, g, *, index):
    if _is_basic(index):
        x[index] += g
    else:
        np.add.at(x, index, g)


def _scatter(g, *, index, shape):
    x = np.zeros(shape, g.dtype)
    _add_to(x, g, index=index)
    return x


getitem_p = linear(
    "getitem",
    lambda x, *, index: x[index],
    lambda g, x, *, index: scatter_p(g, index=index, shape=x.shape),
    add_to=_add_to,
)
scatter_p = linear("scatter", _scatter, lambda g, x, *, index, shape: g[index])


def _plain_index(index):
    if type(index) is Traced:
        return plain(index)
    if type(index) in (tuple, list):
        return type(index)(_plain_index(part) for part in index)
    return index


@composite("getitem")
def _getitem(x, index):
    return getitem_p(x, index=_plain_index(index))


def _concatenate(*parts, axis):
    return np.concatenate(parts, axis)


def _concatenate_pull(g, argnums, y, parts, options):
    axis = options["axis"] % g.ndim
    ends = np.cumsum([np.shape(part)[axis] for part in parts])
    lead = (slice(None),) * axis
    return [g[(*lead, slice(int(ends[i]) - parts[i].shape[axis], int(ends[i])))] for i in argnums]


def _concatenate_push(tangents, argnums, y, parts, options):
    every = [np.zeros(np.shape(part)) for part in parts]
    for i, t in zip(argnums, tangents):
        every[i] = t
    return concatenate_p(*every, **options)


concatenate_p = enter(Primitive("concatenate", _concatenate, _concatenate_pull, _concatenate_push), "concatenate")


@composite(np.concatenate)
def _concatenate_all(arrays, axis=0):
    if axis is None:
        arrays, axis = [np.ravel(a) for a in arrays], 0
    return concatenate_p(*arrays, axis=axis)


@composite(np.stack)
def _stack(arrays, axis=0):
    arrays = list(arrays)
    if not arrays:
        raise ArgumentError("np.stack needs at least one array")
    axis = normalize_axis_index(axis, np.ndim(arrays[0]) + 1)
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis)


@composite(np.vstack)
def _vstack(tup):
    return np.concatenate([np.atleast_2d(a) for a in tup], 0)


@composite(np.hstack)
def _hstack(tup):
    parts = [np.atleast_1d(a) for a in tup]
    return np.concatenate(parts, 0 if np.ndim(parts[0]) == 1 else 1)


@composite(np.column_stack)
def _column_stack(tup):
    return np.concatenate([np.expand_dims(a, 1) if np.ndim(a) == 1 else a for a in tup], 1)


@composite(np.append)
def _append(arr, values, axis=None):
    return np.concatenate((arr, values) if axis is not None else (np.ravel(arr), np.ravel(values)), axis or 0)


def _splits(function):
    @composite(function)
    def split(ary, indices_or_sections, axis=0):
        lead = (slice(None),) * normalize_axis_index(axis, ary.ndim)
        pieces = function(np.arange(ary.shape[axis]), indices_or_sections)
        ends = [(int(piece[0]), int(piece[-1]) + 1) if piece.size else (0, 0) for piece in pieces]
        return [ary[(*lead, slice(*end))] for end in ends]


_splits(np.split)
_splits(np.array_split)


@composite(np.reshape)
def _reshape(a, shape, order="C"):
    if order == "F":  # column by column: row by row of the transposed
        shape = (shape,) if np.ndim(shape) == 0 else tuple(shape)
        return np.transpose(reshape_p(np.transpose(a), shape=shape[::-1]))
    if order != "C":
        raise ArgumentError(f"np.reshape of a traced array takes order 'C' or 'F', not {order!r}")
    return reshape_p(a, shape=shape)


@composite(np.ravel)
def _ravel(a, order="C"):
    return _reshape(a, (-1,), order)


@composite(np.transpose, np.permute_dims)
def _transpose(a, axes=None):
    axes = range(a.ndim)[::-1] if axes is None else normalize_axis_tuple(axes, a.ndim)
    return transpose_p(a, axes=tuple(axes))


@composite(np.swapaxes)
def _swapaxes(a, axis1, axis2):
    axes = list(range(a.ndim))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return transpose_p(a, axes=tuple(axes))


@composite(np.matrix_transpose)
def _matrix_transpose(x):
    return np.swapaxes(x, -1, -2)


@composite(np.moveaxis)
def _moveaxis(a, source, destination):
    source, destination = normalize_axis_tuple(source, a.ndim), normalize_axis_tuple(destination, a.ndim)
    order = [axis for axis in range(a.ndim) if axis not in source]
    for to, axis in sorted(zip(destination, source)):
        order.insert(to, axis)
    return transpose_p(a, axes=tuple(order))


@composite(np.expand_dims)
def _expand_dims(a, axis):
    return reshape_p(a, shape=np.expand_dims(np.empty(a.shape), axis).shape)


@composite(np.squeeze)
def _squeeze(a, axis=None):
    return reshape_p(a, shape=np.squeeze(np.empty(a.shape), axis).shape)


@composite(np.atleast_1d)
def _atleast_1d(a):
    return a if a.ndim else reshape_p(a, shape=(1,))


@composite(np.atleast_2d)
def _atleast_2d(a):
    return a if a.ndim > 1 else reshape_p(a, shape=(1, a.size))


@composite(np.broadcast_to)
def _broadcast_to(array, shape):
    return broadcast_p(array, shape=(shape,) if isinstance(shape, int) else tuple(shape))


@composite(np.flip)
def _flip(m, axis=None):
    axes = range(m.ndim) if axis is None else normalize_axis_tuple(axis, m.ndim)
    return m[tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(m.ndim))]


@composite(np.fliplr)
def _fliplr(m):
    return _flip(m, 1)


@composite(np.flipud)
def _flipud(m):
    return _flip(m, 0)


def _by_index(function, a, *args, axis=None):
    # Whatever picks elements picks their numbers as well.
    numbers = np.arange(a.size).reshape(a.shape)
    picked = function(numbers, *args) if axis is None else function(numbers, *args, axis=axis)
    return np.ravel(a)[picked]


@composite(np.roll)
def _roll(a, shift, axis=None):
    return _by_index(np.roll, a, shift, axis=axis)


@composite(np.repeat)
def _repeat(a, repeats, axis=None):
    return _by_index(np.repeat, a, repeats, axis=axis)


@composite(np.tile)
def _tile(A, reps):
    return _by_index(np.tile, A, reps)


@composite(np.take)
def _take(a, indices, axis=None):
    if axis is None:
        return np.ravel(a)[np.asarray(indices)]
    return a[(slice(None),) * normalize_axis_index(axis, a.ndim) + (np.asarray(indices),)]


@composite(np.take_along_axis)
def _take_along_axis(arr, indices, axis=-1):
    return _by_index(np.take_along_axis, np.ravel(arr) if axis is None else arr, indices, axis=axis or 0)


@composite(np.diagonal)
def _diagonal(a, offset=0, axis1=0, axis2=1):
    return _by_index(lambda numbers: np.diagonal(numbers, offset, axis1, axis2), a)


@composite(np.diag)
def _diag(v, k=0):
    if v.ndim == 2:
        return _diagonal(v, k)
    size = v.size + abs(k)
    at = np.arange(v.size)
    return scatter_p(v, index=(at + max(-k, 0), at + max(k, 0)), shape=(size, size))


@composite(np.trace)
def _trace(a, offset=0, axis1=0, axis2=1):
    return np.sum(_diagonal(a, offset, axis1, axis2), axis=-1)


@composite(np.tril)
def _tril(m, k=0):
    return np.where(np.tri(*m.shape[-2:], k=k, dtype=bool), m, 0.0)


@composite(np.triu)
def _triu(m, k=0):
    return np.where(np.tri(*m.shape[-2:], k=k - 1, dtype=bool), 0.0, m)


@composite(np.pad)
def _pad(array, pad_width, mode="constant"):
    if mode == "constant":
        widths = np.broadcast_to(pad_width, (array.ndim, 2))
        shape = tuple(int(n + a + b) for n, (a, b) in zip(array.shape, widths))
        index = tuple(slice(int(a), int(a) + n) for n, (a, _) in zip(array.shape, widths))
        return scatter_p(array, index=index, shape=shape)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise ArgumentError(f"np.pad of a traced array takes no mode {mode!r}; write it with np.concatenate")
    return _by_index(lambda numbers: np.pad(numbers, pad_width, mode), array)


@composite(np.sort)
def _sort(a, axis=-1):
    order = np.argsort(plain(a), axis=axis, kind="stable")
    return _by_index(np.take_along_axis, np.ravel(a) if axis is None else a, order, axis=axis or 0)


@composite(np.copy)
def _copy(a):
    return a


@composite(np.full_like)
def _full_like(a, fill_value):
    return np.zeros(np.shape(a)) + fill_value


constant(
    np.shape, np.ndim, np.size, np.argmax, np.argmin, np.argsort, np.nonzero, np.argwhere, np.flatnonzero,
    np.count_nonzero, np.any, np.all, np.searchsorted, np.result_type, np.zeros_like, np.ones_like, np.empty_like,
    np.iscomplexobj, np.isrealobj, np.array_str, np.array_repr, np.array2string, np.lexsort,
    np.digitize, np.isin, np.may_share_memory, np.shares_memory,
)  # fmt: skip
