"""The two plainest layers: every coordinate scaled and shifted, and coordinates reordered."""

import numpy as np

from mathforml.flows.autoregressive import check_order
from mathforml.flows.layer import Layer


class Affine(Layer):
    """x_i = ε_i exp s_i + t_i, with one scale and shift for each coordinate.

    Parameters
    ----------
    d : int
        Dimension of the points.

    Examples
    --------
    >>> Affine(1).forward({"log_scale": np.log([2.0]), "shift": np.array([1.0])}, [[3.0]])
    (array([[7.]]), array([0.69314718]))
    """

    def initial(self, seed=0):
        return {"log_scale": np.zeros(self.d), "shift": np.zeros(self.d)}

    def push(self, params, eps):
        s = params["log_scale"]
        return eps * np.exp(s) + params["shift"], np.sum(s) + np.zeros(len(eps))

    def pull(self, params, x):
        s = params["log_scale"]
        return (x - params["shift"]) * np.exp(-s), -np.sum(s) + np.zeros(len(x))


class Permutation(Layer):
    """x_i = ε_order[i]: nothing but the names of the coordinates changes, log |det| = 0.

    Parameters
    ----------
    order : array of int, shape (d,)
        Each of 0 … d − 1 once.

    Raises
    ------
    ArgumentError
        If `order` is not a permutation.

    Examples
    --------
    >>> Permutation([2, 0, 1]).forward({}, [[0.0, 1.0, 2.0]])[0]
    array([[2., 0., 1.]])
    """

    def __init__(self, order):
        self.order = check_order(order)
        super().__init__(len(self.order))
        self._back = np.argsort(self.order)

    def initial(self, seed=0):
        return {}

    def push(self, params, eps):
        return eps[:, self.order], np.zeros(len(eps))

    def pull(self, params, x):
        return x[:, self._back], np.zeros(len(x))
