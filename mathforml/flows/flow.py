"""Layers after one another: the flow x = g_L(… g_1(ε)), its density and its samples."""

import numpy as np

from mathforml.checks import check_count, check_seed
from mathforml.errors import ArgumentError
from mathforml.flows.autoregressive import MaskedAutoregressive
from mathforml.flows.coupling import AffineCoupling, alternating_mask
from mathforml.flows.elementary import Affine
from mathforml.flows.layer import Layer, check_points
from mathforml.flows.planar import Planar
from mathforml.flows.spline import SplineCoupling


class Flow(Layer):
    """Layers composed, the first one nearest to the noise, and the density of x = g(ε) with ε ~ N(0, I).

    Parameters
    ----------
    layers : list of Layer
        Of one dimension; a flow is a layer too. The parameters are the list of those of the layers.

    Raises
    ------
    ArgumentError
        If there is no layer, one is none, or dimensions differ.

    Notes
    -----
    log p(x) = log N(ε; 0, I) + log |det ∂ε/∂x| with ε = g⁻¹(x): the change of variables. Log-determinants of
    layers add up.

    References
    ----------
    .. [1] Papamakarios, Nalisnick, Rezende, Mohamed, Lakshminarayanan 2021, Normalizing flows for probabilistic
       modeling and inference, arXiv:1912.02762

    Examples
    --------
    >>> flow = Flow([Affine(1)])
    >>> doubled = [{"log_scale": np.log([2.0]), "shift": np.array([0.0])}]
    >>> flow.log_density(doubled, [[0.0]]).round(4)  # −log(2 √(2π))
    array([-1.6121])
    """

    def __init__(self, layers):
        layers = list(layers) if isinstance(layers, list | tuple) else [layers]
        if not layers:
            raise ArgumentError("layers must hold at least one layer")
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise ArgumentError(f"layers[{i}] must be a Layer, not {layer!r:.60}")
            if layer.d != layers[0].d:
                raise ArgumentError(f"layers[{i}] must have dimension {layers[0].d}, not {layer.d}")
        super().__init__(layers[0].d)
        self.layers = layers

    def initial(self, seed=0):
        rng = check_seed(seed)
        return [layer.initial(rng) for layer in self.layers]

    def push(self, params, eps):
        total = 0.0
        for layer, part in zip(self.layers, params):
            eps, log_det = layer.push(part, eps)
            total = total + log_det
        return eps, total

    def pull(self, params, x):
        total = 0.0
        for layer, part in zip(reversed(self.layers), reversed(params)):
            x, log_det = layer.pull(part, x)
            total = total + log_det
        return x, total

    def check_params(self, params):
        super().check_params(params)
        for layer, part in zip(self.layers, params):
            layer.check_params(part)

    def log_density(self, params, x):
        """Return log p(x).

        Parameters
        ----------
        params : list
            Parameters of the layers.
        x : array, shape (S, d)

        Returns
        -------
        ndarray, shape (S,)

        Raises
        ------
        ArgumentError
            If a shape is wrong or a number is not finite.
        """
        eps, log_det = self.inverse(params, x)
        return gaussian(eps) + log_det

    def sample(self, params, S, seed=0):
        """Draw points.

        Parameters
        ----------
        params : list
            Parameters of the layers.
        S : int
            How many.
        seed : int, None or numpy Generator

        Returns
        -------
        x : ndarray, shape (S, d)
        log_density : ndarray, shape (S,)
            log p(x), which costs nothing more.

        Raises
        ------
        ArgumentError
            If an argument is not what it should be.
        """
        eps = check_seed(seed).standard_normal((check_count(S, "S"), self.d))
        x, log_det = self.forward(params, eps)
        return x, gaussian(eps) - log_det


def log_normal(eps):
    """Return log N(ε; 0, I), shape (S,), of noise of shape (S, d).

    Raises
    ------
    ArgumentError
        If the noise has another shape or is not finite.

    Examples
    --------
    >>> log_normal([[0.0, 0.0], [1.0, 2.0]]).round(4)
    array([-1.8379, -4.3379])
    """
    return gaussian(check_points(eps, "eps"))


def gaussian(eps):
    with np.errstate(over="ignore"):  # so far out the density is zero
        return -0.5 * np.sum(eps * eps, axis=1) - 0.5 * eps.shape[1] * np.log(2 * np.pi)


def planar_flow(d, L):
    """Return a flow of L planar layers, scaled and shifted at the end.

    Examples
    --------
    >>> len(planar_flow(2, 7).layers)
    8
    """
    return Flow([Planar(d) for _ in range(check_count(L, "L"))] + [Affine(d)])


def coupling_flow(d, L, *, hidden=16):
    """Return a flow of L affine couplings with alternating masks, scaled and shifted at the end."""
    masks = [alternating_mask(d, i % 2 == 0) for i in range(check_count(L, "L"))]
    return Flow([AffineCoupling(mask, hidden=hidden) for mask in masks] + [Affine(d)])


def autoregressive_flow(d, L, *, hidden=16):
    """Return a flow of L masked autoregressive layers with alternating order, scaled and shifted at the end."""
    orders = [np.arange(check_count(d, "d", least=2))[:: (-1) ** i] for i in range(check_count(L, "L"))]
    return Flow([MaskedAutoregressive(d, hidden=hidden, order=order) for order in orders] + [Affine(d)])


def spline_flow(d, L, *, bins=8, bound=4.0, hidden=16):
    """Return a flow of L spline couplings with alternating masks, scaled and shifted at the end."""
    masks = [alternating_mask(d, i % 2 == 0) for i in range(check_count(L, "L"))]
    layers = [SplineCoupling(mask, bins=bins, bound=bound, hidden=hidden) for mask in masks]
    return Flow(layers + [Affine(d)])
