"""Ridge regression as a bilevel problem: how strong should the penalty be?"""

from dataclasses import dataclass

import numpy as np

from mathforml.checks import check_count, check_number, check_seed


@dataclass(frozen=True)
class RidgeProblem:
    """Weights are fitted to the training half; the strength λ of the penalty is judged by the other half.

    Attributes
    ----------
    inputs, targets : ndarray, shapes (n, d) and (n,)
        For training.
    held_inputs, held_targets : ndarray, shapes (m, d) and (m,)
        For validation.
    """

    inputs: np.ndarray
    targets: np.ndarray
    held_inputs: np.ndarray
    held_targets: np.ndarray

    def training_loss(self, w, log_lambda):
        """ℓ(w, log λ) = ‖Xw − y‖² / 2n + λ‖w‖² / 2."""
        residual = self.inputs @ w - self.targets
        return np.sum(residual**2) / (2 * len(self.targets)) + np.exp(log_lambda) * np.sum(w**2) / 2

    def validation_loss(self, w):
        """‖X'w − y'‖² / 2m."""
        residual = self.held_inputs @ w - self.held_targets
        return np.sum(residual**2) / (2 * len(self.held_targets))

    def weights(self, log_lambda):
        """The minimiser (XᵀX/n + λI)⁻¹ Xᵀy/n in closed form; log λ may be complex."""
        return np.linalg.solve(self.hessian(log_lambda), self.inputs.T @ self.targets / len(self.targets))

    def hessian(self, log_lambda):
        """Of the training loss: XᵀX/n + λI, shape (d, d)."""
        d = self.inputs.shape[1]
        return self.inputs.T @ self.inputs / len(self.targets) + np.exp(log_lambda) * np.eye(d)


def ridge_problem(*, n=20, d=5, noise=1.0, seed=0):
    """Draw inputs and weights from N(0, 1), and n targets for each half with N(0, noise²) errors.

    Parameters
    ----------
    n, d : int
        Data points in each half; features.
    noise : float
    seed : int, None or random generator

    Returns
    -------
    RidgeProblem

    Raises
    ------
    ArgumentError
        If an option has a value that cannot work.

    Examples
    --------
    >>> ridge_problem(n=4, d=2).weights(0.0).shape
    (2,)
    """
    n, d = check_count(n, "n"), check_count(d, "d")
    noise, rng = check_number(noise, "noise", least=0), check_seed(seed)
    w = rng.standard_normal(d)
    inputs = rng.standard_normal((2 * n, d))
    targets = inputs @ w + noise * rng.standard_normal(2 * n)
    return RidgeProblem(inputs[:n], targets[:n], inputs[n:], targets[n:])
