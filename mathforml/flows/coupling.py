"""Affine coupling (RealNVP): some coordinates stay and say how the others are scaled and shifted."""

import numpy as np

from mathforml.checks import check_count, check_seed
from mathforml.errors import ArgumentError
from mathforml.flows.layer import Layer
from mathforml.flows.networks import initial_network, log_scale, network


class AffineCoupling(Layer):
    """x = m ε + (1 − m)(ε exp s(mε) + t(mε)): coordinates with m = 1 stay, the Jacobian is triangular.

    Parameters
    ----------
    mask : array of bool, shape (d,)
        True for the coordinates that stay.
    hidden : int
        Hidden units of the network that gives s and t.

    Raises
    ------
    ArgumentError
        If `mask` is not boolean, or leaves every coordinate or none.

    References
    ----------
    .. [1] Dinh, Sohl-Dickstein, Bengio 2017, Density estimation using Real NVP, arXiv:1605.08803

    Examples
    --------
    >>> layer = AffineCoupling([True, False])
    >>> x, log_det = layer.forward(layer.initial(0), [[1.0, 2.0]])
    >>> float(x[0, 0]), bool(x[0, 1] == 2.0)
    (1.0, False)
    """

    def __init__(self, mask, *, hidden=16):
        mask = check_mask(mask)
        super().__init__(len(mask))
        self.mask, self.hidden = mask, check_count(hidden, "hidden")
        self._stay, self._move = mask.astype(float), 1.0 - mask

    def initial(self, seed=0):
        return initial_network(check_seed(seed), self.d, self.hidden, 2 * self.d)

    def _scale_and_shift(self, params, stay):
        raw = network(params, stay)
        return self._move * log_scale(raw[:, : self.d]), self._move * raw[:, self.d :]

    def push(self, params, eps):
        s, t = self._scale_and_shift(params, self._stay * eps)
        return eps * np.exp(s) + t, np.sum(s, axis=1)

    def pull(self, params, x):
        s, t = self._scale_and_shift(params, self._stay * x)
        return (x - t) * np.exp(-s), -np.sum(s, axis=1)


def check_mask(mask):
    """Return `mask` as an array of bool that keeps some coordinates and moves some.

    Raises
    ------
    ArgumentError
        If it does not.
    """
    array = np.asarray(mask)
    if array.dtype != bool or array.ndim != 1:
        raise ArgumentError(f"mask must be a list of True and False, one for each coordinate, not {mask!r:.60}")
    if array.all() or not array.any():
        raise ArgumentError(
            f"mask must keep at least one coordinate and move at least one, not {array.tolist()!r:.60}"
        )
    return array


def alternating_mask(d, start=True):
    """Return the mask (start, not start, start, …) of d entries.

    Examples
    --------
    >>> alternating_mask(3)
    array([ True, False,  True])
    """
    return (np.arange(check_count(d, "d", least=2)) % 2 == 0) == bool(start)
