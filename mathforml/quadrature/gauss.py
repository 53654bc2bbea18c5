"""Gauss rules: the n nodes and weights that are exact for all polynomials of degree 2n − 1.

Monic orthogonal polynomials obey p_{k+1}(x) = (x − α_k) p_k(x) − β_k p_{k−1}(x). The nodes are the eigenvalues
of the tridiagonal Jacobi matrix of α_k and √β_k (Golub and Welsch 1969, doi:10.1090/S0025-5718-69-99647-1). The
weights are the Christoffel numbers 1 / Σ_k p_k(x_i)² of the orthonormal polynomials, which keep their relative
accuracy far out in the tails, where the squared first components of eigenvectors do not.
"""

from __future__ import annotations

import math

import numpy as np

from mathforml.checks import check_array, check_choice, check_count, check_number
from mathforml.errors import ArgumentError
from mathforml.quadrature.rule import Rule, on_interval

BLOCK = 32  # terms of the recurrence between two looks at overflow


def gauss_rule(alpha, beta):
    """Return the Gauss rule of the recurrence p_{k+1} = (x − α_k) p_k − β_k p_{k−1}.

    Parameters
    ----------
    alpha : array_like, shape (n,)
        α_0 … α_{n−1}.
    beta : array_like, shape (n,)
        β_0 … β_{n−1}, positive; β_0 is the integral of the weight function.

    Returns
    -------
    Rule
        Nodes ascending.

    Raises
    ------
    ArgumentError
        If the shapes differ or a β is not positive.

    References
    ----------
    Gautschi 2004, Orthogonal Polynomials: Computation and Approximation, doi:10.1093/oso/9780198506720.001.0001

    Examples
    --------
    >>> gauss_rule([0, 0], [2, 1 / 3])  # Legendre
    Rule(nodes=array([-0.57735027,  0.57735027]), weights=array([1., 1.]))
    """
    alpha = check_array(alpha, "alpha", shape=("n",))
    if not len(alpha):
        raise ArgumentError("alpha must hold at least one coefficient")
    beta = check_array(beta, "beta", shape=alpha.shape)
    if (beta <= 0).any():
        raise ArgumentError(f"beta must be positive; entry {np.argmax(beta <= 0)} is {beta[np.argmax(beta <= 0)]}")
    return _golub_welsch(alpha, beta)


def gauss_legendre_rule(n, a=-1.0, b=1.0):
    """Return the n-node Gauss–Legendre rule of ∫ f(x) dx over [a, b].

    Examples
    --------
    >>> gauss_legendre_rule(2, 0, 1).weights
    array([0.5, 0.5])
    """
    k = np.arange(1.0, check_count(n, "n"))
    return on_interval(*_golub_welsch(np.zeros(n), np.append(2, k**2 / (4 * k**2 - 1))), a, b)


def gauss_chebyshev_rule(n, *, kind=1):
    """Return the n-node Gauss rule of ∫ f(x) (1 − x²)^∓½ dx over [−1, 1], in closed form.

    Parameters
    ----------
    n : int
        Nodes.
    kind : {1, 2}
        1: weight 1/√(1 − x²); 2: weight √(1 − x²).

    Examples
    --------
    >>> gauss_chebyshev_rule(3).nodes.round(4)
    array([-0.866,  0.   ,  0.866])
    """
    n, kind = check_count(n, "n"), int(check_choice(str(kind), "kind", ["1", "2"]))
    k = np.arange(1 - n, n, 2)
    if kind == 1:
        return Rule(np.sin(np.pi * k / (2 * n)), np.full(n, np.pi / n))
    angle = np.pi * k / (2 * (n + 1))
    return Rule(np.sin(angle), np.pi / (n + 1) * np.cos(angle) ** 2)


def gauss_jacobi_rule(n, alpha, beta):
    """Return the n-node Gauss rule of ∫ f(x) (1 − x)^α (1 + x)^β dx over [−1, 1].

    Parameters
    ----------
    n : int
        Nodes.
    alpha, beta : float
        Exponents above −1.

    Examples
    --------
    >>> gauss_jacobi_rule(1, 0, 1)
    Rule(nodes=array([0.33333333]), weights=array([2.]))
    """
    n = check_count(n, "n")
    alpha, beta = check_number(alpha, "alpha", above=-1), check_number(beta, "beta", above=-1)
    both = alpha + beta
    log_mass = (both + 1) * math.log(2) + math.lgamma(alpha + 1) + math.lgamma(beta + 1) - math.lgamma(both + 2)
    if log_mass > 709:
        raise ArgumentError(
            f"alpha and beta must be smaller: the integral of the weight function is e^{log_mass:.0f}"
        )
    k = np.arange(2.0, n)
    m = 2 * k + both
    a = [(beta - alpha) / (both + 2)]
    b = [math.exp(log_mass)]
    if n > 1:  # the general formulas are 0/0 here when both is 0 or −1
        a.append((beta**2 - alpha**2) / ((both + 2) * (both + 4)))
        b.append(4 * (alpha + 1) * (beta + 1) / ((both + 2) ** 2 * (both + 3)))
    a = np.append(a, (beta**2 - alpha**2) / (m * (m + 2)))
    b = np.append(b, 4 * k * (k + alpha) * (k + beta) * (k + both) / (m**2 * (m + 1) * (m - 1)))
    return _golub_welsch(a, b)


def gauss_laguerre_rule(n, *, alpha=0.0, weighted=True):
    """Return the n-node Gauss–Laguerre rule on [0, ∞).

    Parameters
    ----------
    n : int
        Nodes.
    alpha : float
        Exponent above −1, at most 170.
    weighted : bool
        Whether the rule is for ∫ f(x) x^α e⁻ˣ dx; otherwise its weights are divided by that weight function, for
        ∫ f(x) dx.

    Examples
    --------
    >>> gauss_laguerre_rule(3).integrate(lambda x: x**5).__round__(9)
    120.0
    """
    n, alpha = check_count(n, "n"), check_number(alpha, "alpha", above=-1, most=170)  # Γ overflows
    k = np.arange(1.0, n)
    a, b = 2 * np.arange(n) + 1 + alpha, np.append(math.gamma(alpha + 1), k * (k + alpha))
    return _golub_welsch(a, b, None if weighted else lambda x: x - alpha * np.log(x))


def gauss_hermite_rule(n, *, kind="physicist", weighted=True):
    """Return the n-node Gauss–Hermite rule on (−∞, ∞).

    Parameters
    ----------
    n : int
        Nodes.
    kind : {"physicist", "probabilist"}
        The weight function: exp(−x²), or exp(−x²/2), which is √(2π) times the standard normal density.
    weighted : bool
        Whether the rule is for the integral of f times the weight function; otherwise its weights are divided by
        it, for ∫ f(x) dx. For the physicists' rule that makes them w_i exp(x_i²), not w_i exp(x_i²/2).

    Returns
    -------
    Rule
        Nodes ascending.

    Raises
    ------
    ArgumentError
        If n is no count or the kind is unknown.

    Examples
    --------
    >>> nodes, weights = gauss_hermite_rule(5, kind="probabilist")
    >>> float(weights @ nodes**4 / weights.sum()).__round__(12)  # E[x⁴] of a standard normal
    3.0
    """
    n, kind = check_count(n, "n"), check_choice(kind, "kind", ["physicist", "probabilist"])
    half = 0.5 if kind == "physicist" else 1.0
    beta = np.append(math.sqrt(2 * half * math.pi), half * np.arange(1.0, n))
    return _golub_welsch(np.zeros(n), beta, None if weighted else lambda x: x**2 / (2 * half))


def gauss_legendre(f, a, b, *, n):
    """Integrate `f` over [a, b] with n Gauss–Legendre nodes: exact for polynomials of degree 2n − 1.

    Parameters
    ----------
    f : callable
        Takes an array of nodes and returns one value a node.
    a, b : float
        Finite ends; b < a turns the sign.
    n : int
        Nodes.

    Returns
    -------
    float

    Raises
    ------
    ArgumentError
        If an end is not finite, n is no count, or `f` is not finite at a node.

    References
    ----------
    Golub, Welsch 1969, Calculation of Gauss quadrature rules, doi:10.1090/S0025-5718-69-99647-1

    Examples
    --------
    >>> round(gauss_legendre(np.exp, 0, 1, n=5), 12)
    1.718281828458
    """
    return gauss_legendre_rule(n, a, b).integrate(f)


def _golub_welsch(alpha, beta, log_inverse_weight=None):
    from scipy.linalg import eigvalsh_tridiagonal

    roots = np.sqrt(beta)
    x = eigvalsh_tridiagonal(alpha, roots[1:]) if len(alpha) > 1 else alpha.copy()
    half = 0 if alpha.any() else len(alpha) // 2
    if half:  # the rule is its own mirror image
        x = (x - x[::-1])[half:] / 2
    # One Newton step: eigenvalues are good to ε times the largest of them, which spoils small ones.
    x = x - _christoffel(x, alpha, roots)[2]
    total, exponent, _ = _christoffel(x, alpha, roots)
    if log_inverse_weight is None:
        weights = np.ldexp(1 / total, -exponent)
    else:
        weights = np.exp(log_inverse_weight(x) - exponent * math.log(2)) / total
    return Rule(np.append(-x[::-1][:half], x), np.append(weights[::-1][:half], weights))


def _christoffel(x, alpha, roots):
    """Return Σ_{k<n} p_k(x)² as mantissa and binary exponent, and Newton's step towards the root of p_n.

    √β_{k+1} p_{k+1} − (x − α_k) p_k + √β_k p_{k−1} = 0 is a lower triangular system with three diagonals for each
    x. All of them side by side are one forward substitution.
    """
    from scipy.linalg.blas import dtbsv

    n, m = len(alpha), len(x)
    total, exponent = np.zeros(m), np.zeros(m, dtype=int)
    before, p = np.zeros(m), np.full(m, 1 / roots[0])
    roots = np.append(roots, 1.0)
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        system = np.zeros((m, end - start + 2, 3))
        system[:, :2, 0] = 1
        system[:, 2:, 0] = roots[start + 1 : end + 1]
        system[:, 1:-1, 1] = alpha[start:end] - x[:, None]
        system[:, :-2, 2] = roots[start:end]
        right = np.zeros((m, end - start + 2))
        right[:, 0], right[:, 1] = before, p
        values = dtbsv(2, system.reshape(-1, 3).T, right.ravel(), lower=1, overwrite_x=1).reshape(m, -1)
        total += np.einsum("ik,ik->i", values[:, 1:-1], values[:, 1:-1])
        before, p = values[:, -2], values[:, -1]
        # Far out p_k grows as fast as the weight function falls.
        shift = np.frexp(total)[1] // 2
        total, p, before = np.ldexp(total, -2 * shift), np.ldexp(p, -shift), np.ldexp(before, -shift)
        exponent += 2 * shift
    return total, exponent, p * before / total  # Christoffel–Darboux: p_n′ p_{n−1} = Σ p_k² at a root, √β_n = 1
