"""Masked autoregressive flow (MAF): every coordinate is scaled and shifted as those before it say."""

import numpy as np

from mathforml.checks import check_count, check_seed
from mathforml.errors import ArgumentError
from mathforml.flows.layer import Layer
from mathforml.flows.networks import initial_network, log_scale, network


class MaskedAutoregressive(Layer):
    """x_i = ε_i exp s_i(x_<i) + t_i(x_<i): `inverse`, and so the density, is one pass; `forward` takes d.

    Parameters
    ----------
    d : int
        Dimension of the points, at least 2.
    hidden : int
        Hidden units of the network that gives s and t.
    order : array of int, shape (d,), optional
        The coordinates in the order in which they are drawn; default 0, 1, …, d − 1.

    Raises
    ------
    ArgumentError
        If `order` is not a permutation of 0 … d − 1.

    Notes
    -----
    The network is masked as in MADE [2]_: hidden unit k sees the first m_k coordinates only, and an output only
    hidden units that see less than what comes before it.

    References
    ----------
    .. [1] Papamakarios, Pavlakou, Murray 2017, Masked autoregressive flow for density estimation, arXiv:1705.07057
    .. [2] Germain, Gregor, Murray, Larochelle 2015, MADE: masked autoencoder for distribution estimation,
       arXiv:1502.03509

    Examples
    --------
    >>> layer = MaskedAutoregressive(3)
    >>> x, log_det = layer.forward(layer.initial(0), np.ones((1, 3)))
    >>> bool(np.allclose(layer.inverse(layer.initial(0), x)[0], 1.0))
    True
    """

    def __init__(self, d, *, hidden=16, order=None):
        super().__init__(check_count(d, "d", least=2))
        self.hidden = check_count(hidden, "hidden")
        self.order = np.arange(self.d) if order is None else check_order(order, self.d)
        place = np.argsort(self.order)  # how many coordinates come before each
        sees = 1 + np.arange(self.hidden) % (self.d - 1)
        self._first = (place[:, None] < sees).astype(float)
        self._last = np.tile((sees[:, None] <= place).astype(float), 2)

    def initial(self, seed=0):
        return initial_network(check_seed(seed), self.d, self.hidden, 2 * self.d)

    def _scale_and_shift(self, params, x):
        raw = network(params, x, self._first, self._last)
        return log_scale(raw[:, : self.d]), raw[:, self.d :]

    def push(self, params, eps):
        # After i sweeps the first i coordinates are right, whatever the start.
        x = np.zeros_like(eps)
        for _ in range(self.d):
            s, t = self._scale_and_shift(params, x)
            x = eps * np.exp(s) + t
        return x, np.sum(s, axis=1)

    def pull(self, params, x):
        s, t = self._scale_and_shift(params, x)
        return (x - t) * np.exp(-s), -np.sum(s, axis=1)


def check_order(order, d=None):
    """Return `order` as an array of int that holds each of 0 … d − 1 once.

    Raises
    ------
    ArgumentError
        If it does not.
    """
    array = np.asarray(order)
    d = array.size if d is None else d
    if array.dtype.kind not in "iu" or array.shape != (d,) or not np.array_equal(np.sort(array), np.arange(d)):
        raise ArgumentError(f"order must hold each of 0 … {d - 1} once, not {order!r:.60}")
    return array
