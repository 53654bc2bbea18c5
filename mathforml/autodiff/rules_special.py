"""Rules of scipy.special's functions, entered when one of them is first met."""

import numpy as np

from mathforml.autodiff.rules import ALL, elementwise, general


def load():
    """Enter the rules; returns whether they are new."""
    if "erf" in ALL:
        return False
    from scipy import special

    def next_polygamma(t, y, x, *, n):
        return t * polygamma(x, n=n + 1)

    polygamma = general("polygamma", lambda x, *, n: special.polygamma(n, x), [next_polygamma], [next_polygamma])
    slope = 2 / np.sqrt(np.pi)
    elementwise(special.erf, lambda t, y, x: t * (slope * np.exp(-x * x)))
    elementwise(special.erfc, lambda t, y, x: -t * (slope * np.exp(-x * x)))
    elementwise(special.erfinv, lambda t, y, x: t * (np.exp(y * y) / slope))
    elementwise(special.ndtr, lambda t, y, x: t * (np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)))
    elementwise(special.log_ndtr, lambda t, y, x: t * np.exp(-0.5 * x * x - 0.5 * np.log(2 * np.pi) - y))
    elementwise(special.ndtri, lambda t, y, x: t * (np.exp(0.5 * y * y) * np.sqrt(2 * np.pi)))
    elementwise(special.expit, lambda t, y, x: t * y * (1 - y))
    elementwise(special.log_expit, lambda t, y, x: t * special.expit(-x))
    elementwise(special.logit, lambda t, y, x: t / (x * (1 - x)))
    elementwise(special.gammaln, lambda t, y, x: t * special.digamma(x))
    elementwise(special.gamma, lambda t, y, x: t * y * special.digamma(x))
    elementwise(special.digamma, lambda t, y, x: t * polygamma(x, n=1))
    elementwise(special.xlogy, lambda t, y, a, b: t * np.log(b), lambda t, y, a, b: t * a / b)
    elementwise(special.xlog1py, lambda t, y, a, b: t * np.log1p(b), lambda t, y, a, b: t * a / (1 + b))
    return True
