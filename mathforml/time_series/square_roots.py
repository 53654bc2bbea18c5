"""Covariances kept as square roots: a joint Gaussian is conditioned by one QR decomposition."""

import numpy as np


def square_root(cov):
    """Return the lower triangular L with L Lᵀ = `cov`, shape (..., d, d), which may be singular."""
    # Of the correlations: variances may have units of metres² and of nanoseconds² side by side.
    deviations = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    scale = np.where(deviations > 0, deviations, 1.0)[..., None]
    values, vectors = np.linalg.eigh(cov / (scale * scale.swapaxes(-1, -2)))
    # An eigenvalue of zero comes out as a rounding error, whose root would be no small number.
    values = np.where(values > 2e-15 * cov.shape[-1], values, 0.0)
    return triangle(scale * vectors * np.sqrt(values)[..., None, :])


def triangle(*blocks):
    """Return the lower triangular L with L Lᵀ = Σ W Wᵀ over the blocks W.

    Squares are never formed, so the condition number is that of the standard deviations, not of the variances.
    """
    wide = np.concatenate(blocks, axis=-1)
    return np.linalg.qr(wide.swapaxes(-1, -2), mode="r").swapaxes(-1, -2)


def condition(slope, noise, factor):
    """Split the joint Gaussian of y = B ξ + N ε and x = L ξ, where ξ and ε are independent and standard.

    The joint square root [[B, N], [L, 0]] is rotated into [[Y, 0], [X, V]]: y is Y ζ, x is X ζ and V of new noise.

    Parameters
    ----------
    slope : ndarray, shape (..., p, d)
        B.
    noise : ndarray, shape (..., p, k), k >= p
        N.
    factor : ndarray, shape (..., d, d)
        L, so that x has covariance L Lᵀ.

    Returns
    -------
    Y : ndarray, shape (..., p, p)
        Lower triangular square root of the covariance of y.
    X : ndarray, shape (..., d, p)
        With the covariance of x and y as X Yᵀ.
    V : ndarray, shape (..., d, d)
        Lower triangular square root of the covariance of x given y, provided that Y is regular.
    """
    p = slope.shape[-2]
    below = np.zeros((*factor.shape[:-1], noise.shape[-1]))
    joint = np.concatenate(
        [np.concatenate([slope, noise], axis=-1), np.concatenate([factor, below], axis=-1)], axis=-2
    )
    joint = triangle(joint)
    return joint[..., :p, :p], joint[..., p:, :p], joint[..., p:, p:]


def regression(cross, factor):
    """Return G with E[x | y] = E[x] + G (y − E[y]), from X and Y of `condition`; Y may be singular."""
    unit, size = by_length(factor)
    return cross @ np.linalg.pinv(unit, rcond=1e-13) / size.swapaxes(-1, -2)


def is_singular(factor):
    """Return whether a square root has no inverse, for each in a stack."""
    return np.linalg.svd(by_length(factor)[0], compute_uv=False).min(axis=-1, initial=1.0) <= 1e-14


def by_length(factor):
    """Return rows of length one, and the lengths: units must not count."""
    size = np.linalg.norm(factor, axis=-1, keepdims=True)
    size = np.where(size > 0, size, 1.0)
    return factor / size, size


def square(factor):
    """Return W Wᵀ."""
    return factor @ factor.swapaxes(-1, -2)
