"""Intervals of F1 and paired tests of two systems, from counts a sentence.

The sentences of a test split are taken as drawn from a population; the trained taggers are given. What is asked
is hence whether *these* taggers differ on other sentences of the kind, not whether training again would give the
same ranking: the spread over seeds shows that, and stands apart in every table.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from statistics import fmean

import numpy as np

from crossner.errors import ConfigError, DataError
from crossner.scoring.resampling import bootstrap_f1, f1, generator, swapped_f1


@dataclass(frozen=True)
class Interval:
    """A mean F1 in percent with the limits of its confidence interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """System B against system A.

    Attributes
    ----------
    difference : float
        Mean F1 over the seeds of B less that of A, in percentage points.
    low, high : float
        Limits of its bootstrap interval.
    p_bootstrap, p_randomisation : float
        Two-sided p-values; see `compare`.
    seeds : int
        Of the system that has fewer.
    same : bool
        Whether the two have the same counts in every sentence.
    p_holm : float or None
        `p_randomisation` corrected for the number of domains; None for a comparison by itself and for an average.
    resamples : int or None
        Of each test: p is at least 1 / (1 + resamples). None where not known.
    """

    difference: float
    low: float
    high: float
    p_bootstrap: float
    p_randomisation: float
    seeds: int
    same: bool = False
    p_holm: float | None = None
    resamples: int | None = None


def bootstrap(counts_by_seed, *, resamples=10_000, level=0.95, seed=0, resample_seeds=False) -> Interval:
    """Percentile interval of the mean F1 over seeds.

    Parameters
    ----------
    counts_by_seed : array_like, shape (seeds, sentences, 3)
        Credit, predicted spans and gold spans of each sentence, for each seed. In a resample all seeds are scored
        on the same sentences.
    resamples : int
    level : float
        Between 0 and 1.
    seed : int or sequence of int
    resample_seeds : bool
        Also draw seeds with replacement. With few seeds such an interval is still too narrow for the spread over
        them; with one it is the same as without.

    Raises
    ------
    ConfigError
        If `resamples` is less than 1 or `level` not between 0 and 1.
    DataError
        If the counts are not of such a shape, or negative.

    References
    ----------
    Efron, Tibshirani, An Introduction to the Bootstrap (1993), ch. 13, https://doi.org/10.1201/9780429246593.

    Examples
    --------
    >>> bootstrap([[[1, 1, 1], [1, 1, 1], [0, 1, 1], [1, 1, 1]]], seed=1)
    Interval(mean=75.0, low=25.0, high=100.0)
    """
    counts = _checked(counts_by_seed)
    drawn = bootstrap_f1(counts, resamples=resamples, seed=seed)
    return Interval(_mean_f1(counts), *limits(over_seeds(drawn, (seed, 2) if resample_seeds else None), level))


def compare(a_by_seed, b_by_seed, *, resamples=10_000, level=0.95, seed=0, resample_seeds=False) -> Comparison:
    """Whether two systems differ on a test set.

    Both tests are two-sided, keep together the two outputs for a sentence, and count the data at hand as one more
    resample, so that p is at least 1/(1 + resamples).

    * Bootstrap: the interval is the percentile interval of the difference on resampled sentences. Its p is by the
      shift method: how often that difference is as far from the difference at hand as the latter is from 0.
    * Approximate randomisation: in each sentence, with probability ½, the outputs of A change places with those of
      B, for all seeds; p is how often a difference as large comes out. The null hypothesis is that what the two
      give for a sentence, all seeds together, is exchangeable between them, from sentence to sentence
      independently. Where it holds the test is exact, however few the sentences. With unequal numbers of seeds
      outputs cannot change places one by one: each run of A is swapped with each of B, and the test is exact only
      in the limit of many sentences.

    Neither says anything of seeds that were not trained.

    Parameters
    ----------
    a_by_seed, b_by_seed : array_like, shape (seeds, sentences, 3)
        Credit, predicted spans and gold spans of each sentence, for each seed.
    resamples : int
        Of each of the two.
    level : float
        Of the interval.
    seed : int or sequence of int
    resample_seeds : bool
        For interval and bootstrap p, also draw the seeds of each system with replacement.

    Raises
    ------
    ConfigError
        If `resamples` is less than 1 or `level` not between 0 and 1.
    DataError
        If the counts are not of such a shape, or negative, or the two are of different sentences.

    References
    ----------
    Efron, Tibshirani, An Introduction to the Bootstrap (1993), ch. 16, https://doi.org/10.1201/9780429246593.
    Berg-Kirkpatrick, Burkett, Klein, An Empirical Investigation of Statistical Significance in NLP (2012),
    https://aclanthology.org/D12-1091.
    Noreen, Computer-Intensive Methods for Testing Hypotheses (1989).
    Yeh, More accurate tests for the statistical significance of result differences (2000),
    https://aclanthology.org/C00-2137.

    Examples
    --------
    >>> a, b = [[[0, 1, 1], [1, 1, 1]] * 8], [[[1, 1, 1], [1, 1, 1]] * 8]
    >>> found = compare(a, b)
    >>> found.difference, found.p_randomisation < 0.02  # exactly: 2 of 2⁸ exchanges, so 1/128
    (50.0, True)
    """
    a, b = _checked(a_by_seed), _checked(b_by_seed)
    if a.shape[1] != b.shape[1]:
        raise DataError(f"the counts of A are of {a.shape[1]} sentences, those of B of {b.shape[1]}")
    drawn = bootstrap_f1(np.concatenate([a, b]), resamples=resamples, seed=seed)
    of_a, of_b = map(list, zip(*pairs_of(len(a), len(b)), strict=True))
    swapped = swapped_f1(a[of_a], b[of_b], resamples=resamples, seed=seed)
    means = (
        over_seeds(part, (seed, stream) if resample_seeds else None)
        for part, stream in ((drawn[:, : len(a)], 2), (drawn[:, len(a) :], 3))
    )
    return difference_of(a, b, *means, swapped).comparison(level)


def holm(p) -> np.ndarray:
    """P-values corrected for their number, so that the chance of any false positive stays at the level.

    Parameters
    ----------
    p : array_like, shape (tests,)

    Raises
    ------
    ConfigError
        If one is not between 0 and 1.

    References
    ----------
    Holm, A simple sequentially rejective multiple test procedure (1979), https://www.jstor.org/stable/4615733.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p, dtype=float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ConfigError("p-values are a list of numbers between 0 and 1")
    order = np.argsort(p)
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return corrected


def pairs_of(runs_of_a, runs_of_b) -> list[tuple[int, int]]:
    """Which runs of two systems are swapped with each other: in order, or each with each of unequal numbers."""
    if runs_of_a == runs_of_b:
        return [(run, run) for run in range(runs_of_a)]
    return list(product(range(runs_of_a), range(runs_of_b)))


@dataclass(frozen=True)
class Difference:
    """A difference in F1, and what resampling and swapping make of it, each of shape (resamples,)."""

    value: float
    drawn: np.ndarray
    swapped: np.ndarray
    seeds: int
    same: bool

    def comparison(self, level) -> Comparison:
        """Interval and p-values."""
        return Comparison(
            self.value,
            *limits(self.drawn, level),
            p_bootstrap=_share(self.drawn - self.value, self.value),
            p_randomisation=_share(self.swapped, self.value),
            seeds=self.seeds,
            same=self.same,
            resamples=len(self.swapped),
        )


def difference_of(a, b, drawn_a, drawn_b, swapped) -> Difference:
    """The difference of two systems, from counts, mean F1 on resamples, and differences of pairs after swaps."""
    return Difference(
        value=_mean_f1(b) - _mean_f1(a),
        drawn=drawn_b - drawn_a,
        swapped=swapped.mean(axis=1),
        seeds=min(len(a), len(b)),
        same=np.array_equal(a, b),
    )


def average_of(parts):
    return Difference(
        **{key: np.mean([getattr(p, key) for p in parts], axis=0) for key in ("drawn", "swapped")},
        value=fmean(p.value for p in parts),
        seeds=parts[0].seeds,
        same=all(p.same for p in parts),
    )


def _share(differences, observed):
    """The two-sided p-value: how often a difference is as far from 0 as the one that was observed."""
    # Equal differences that were summed up in another order differ in the last digits.
    as_far = np.abs(differences) >= abs(observed) - 1e-9
    return (1 + int(as_far.sum())) / (1 + len(differences))


def over_seeds(drawn, stream):
    """Mean over seeds of F1 on resamples, shape (resamples, seeds); over redrawn seeds where a stream is given."""
    if stream is not None:
        picks = generator(*stream).integers(drawn.shape[1], size=drawn.shape)
        drawn = np.take_along_axis(drawn, picks, axis=1)
    return drawn.mean(axis=1)


def _mean_f1(counts_by_seed):
    return fmean(map(f1, counts_by_seed))


def limits(samples, level):
    if not 0 < level < 1:
        raise ConfigError(f"level {level} is not between 0 and 1; 0.95 is usual")
    tail = (1 - level) / 2
    return tuple(map(float, np.quantile(samples, [tail, 1 - tail])))


def _checked(counts_by_seed):
    counts = np.asarray(counts_by_seed, dtype=float)
    if counts.ndim != 3 or counts.shape[2] != 3 or not len(counts):
        raise DataError(
            f"counts have shape {counts.shape}; (seeds, sentences, 3) is needed, with at least one seed"
        )
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise DataError("counts hold a number that is negative or not finite")
    return counts
