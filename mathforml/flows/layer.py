"""What every layer of a flow is: an invertible map x = g(ε) that knows its log-determinant both ways."""

from abc import ABC, abstractmethod

import numpy as np

from mathforml.autodiff import stop_gradient
from mathforml.autodiff.trace import Traced
from mathforml.checks import check_array, check_count
from mathforml.errors import ArgumentError


class Layer(ABC):
    """An invertible map of d-vectors; a layer holds its shape, its parameters travel beside it.

    `forward` and `inverse` check their arguments and then call `push` and `pull`, which hold the mathematics in
    plain numpy, so that `mathforml.autodiff` differentiates them with respect to parameters and points.

    Parameters
    ----------
    d : int
        Dimension of the points.
    """

    def __init__(self, d):
        self.d = check_count(d, "d")
        self._template = None

    @abstractmethod
    def initial(self, seed=0):
        """Return parameters near those of the identity, as nested lists and dicts of arrays."""

    @abstractmethod
    def push(self, params, eps):
        """Return x = g(ε), shape (S, d), and log |det ∂x/∂ε|, shape (S,); nothing is checked."""

    @abstractmethod
    def pull(self, params, x):
        """Return ε = g⁻¹(x), shape (S, d), and log |det ∂ε/∂x|, shape (S,); nothing is checked."""

    def forward(self, params, eps):
        """Map noise to points.

        Parameters
        ----------
        params : nested lists and dicts of arrays
            Structured as those of `initial`.
        eps : array, shape (S, d)

        Returns
        -------
        x : ndarray, shape (S, d)
        log_det : ndarray, shape (S,)
            log |det ∂x/∂ε|.

        Raises
        ------
        ArgumentError
            If a shape is wrong or a number is not finite.
        """
        self.check_params(params)
        return self.push(params, check_points(eps, "eps", self.d))

    def inverse(self, params, x):
        """Map points to noise.

        Parameters
        ----------
        params : nested lists and dicts of arrays
            Structured as those of `initial`.
        x : array, shape (S, d)

        Returns
        -------
        eps : ndarray, shape (S, d)
        log_det : ndarray, shape (S,)
            log |det ∂ε/∂x|, minus that of `forward` at ε.

        Raises
        ------
        ArgumentError
            If a shape is wrong or a number is not finite.
        """
        self.check_params(params)
        return self.pull(params, check_points(x, "x", self.d))

    def check_params(self, params):
        """Refuse parameters that are structured differently from `initial` or not finite.

        Raises
        ------
        ArgumentError
            If they are; the message names the place.
        """
        if self._template is None:
            self._template = self.initial(0)
        compare(params, self._template, "params")


def check_points(points, name, d="d"):
    """Return `points` if they are finite and of shape (S, d); traced ones stay traced.

    Raises
    ------
    ArgumentError
        If they are not.
    """
    checked = check_array(stop_gradient(points), name, shape=("S", d))
    return points if isinstance(points, Traced) else checked


def compare(params, template, name):
    """Refuse nested parameters that do not have the structure and shapes of the template."""
    if isinstance(template, dict):
        if not isinstance(params, dict) or params.keys() != template.keys():
            raise ArgumentError(f"{name} must be a dict with the keys {sorted(template)}, not {params!r:.60}")
        for key in template:
            compare(params[key], template[key], f"{name}[{key!r}]")
    elif isinstance(template, list):
        if not isinstance(params, list | tuple) or len(params) != len(template):
            raise ArgumentError(f"{name} must be a list with {len(template)} entries, not {params!r:.60}")
        for i, (part, wanted) in enumerate(zip(params, template)):
            compare(part, wanted, f"{name}[{i}]")
    else:
        check_array(stop_gradient(params), name, shape=np.shape(template))
