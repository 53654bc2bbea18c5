"""Fellegi–Sunter: how likely two records are duplicates, learned without labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphmining.duplicates.pairs import best_two
from graphmining.duplicates.scoring.base import Score
from graphmining.duplicates.scoring.fields import WHOLE, compare_fields
from graphmining.errors import OptionError

# Similarities are compared by tenths; the last level is (nearly) equal. Level 0 is a missing value.
CUTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98)
_STEPS = 200
_PRECISION = 1e-5
# Pairs that are added to each level of each comparison, the more of them matches the higher it is: no weight is
# infinite, and where there is little to learn from, duplicates are what is alike.
_PSEUDO = 1.0
# How alike two duplicates are as wholes, in one list and between two: beta distributions with the means 0.8 and
# 0.56, as two sources describe a thing in ways of their own. They are not learned, because whatever else falls
# into two groups (same year and venue, or not) would be taken for duplicates, the more so the fewer there are.
_ALIKE = {1: (8, 2), 2: (2.5, 2)}
# How many are the very same besides.
_EQUAL = 0.05
# Expectation maximisation starts with so many of the pairs, the most similar ones, as matches.
_START = 0.1
# The most that one pair's weight may say, in nats; keeps exponentials finite.
_LARGEST = 30.0
_MOST_MATCHED = 0.99


@dataclass(frozen=True)
class FellegiSunter(Score):
    """Score step for records: the probability that two are duplicates, without labels.

    Each comparison of `compare_fields` has a level of agreement. The weight of a level is the logarithm of how
    much more frequent it is among duplicates than among other pairs; weights of a pair add up [1]_. What is
    frequent among duplicates is found by expectation maximisation over the candidate pairs [2]_.

    Parameters
    ----------
    cuts : tuple of float
        Ascending similarities between levels.

    Raises
    ------
    OptionError
        If the cuts do not ascend between 0 and 1.

    Notes
    -----
    Weights of a comparison never fall as its similarity rises (isotonic regression). How alike duplicates are as
    wholes is given, not learned: a beta distribution with the parameters 8 and 2, between two lists 2.5 and 2, and
    one of twenty is equal. What is no duplicate but looks like one (the next edition, another colour) is found all
    the same. With two lists, each free of duplicates, the candidates of a record are rivals: at most one is its
    duplicate, and a probability is that of the pair against all its rivals and against no duplicate at all. How
    many records have a duplicate in the other list follows from second-best candidates: where the best is right,
    they show what the best of the wrong ones looks like, and so how often a best candidate is wrong.

    References
    ----------
    .. [1] Fellegi, Sunter 1969, A theory for record linkage, doi:10.1080/01621459.1969.10501049
    .. [2] Winkler 1988, Using the EM algorithm for weight computation in the Fellegi–Sunter model of record
       linkage, Proceedings of the Section on Survey Research Methods, American Statistical Association
    """

    cuts: tuple[float, ...] = CUTS

    probability = True

    def __post_init__(self):
        cuts = np.asarray(self.cuts, np.float64)
        if cuts.ndim != 1 or not len(cuts) or not (np.diff(cuts) > 0).all() or cuts[0] <= 0 or cuts[-1] > 1:
            raise OptionError(f"cuts must ascend, above 0 and up to 1, not {self.cuts!r}")

    def fit(self, items, pairs, *, seed=0, threads=None):
        """Learn the weights from candidate pairs: a FittedFellegiSunter."""
        compared = compare_fields(items, pairs, threads=threads)
        levels = agreement_levels(compared, self.cuts)
        rivals = None if items.lists is None else Rivals.of(items, pairs)
        alike = alike_levels(self.cuts, 1 if rivals is None else 2)
        given = {at: alike for at, name in enumerate(compared.names) if name.startswith(WHOLE)}
        weights, share = expectation_maximization(levels, compared.values, rivals, len(self.cuts) + 2, given)
        return FittedFellegiSunter(tuple(self.cuts), compared.names, weights, share)

    def score(self, items, pairs, *, threads=None):
        """Fit and score at once; see `fit`."""
        return self.fit(items, pairs, threads=threads).score(items, pairs, threads=threads)


@dataclass(frozen=True, eq=False)
class FittedFellegiSunter(Score):
    """What `FellegiSunter` learned.

    Attributes
    ----------
    cuts : tuple of float
    names : tuple of str
        Of the comparisons.
    weights : ndarray of float64, shape (names, levels)
        In nats; of a missing value 0.
    share : float
        Of pairs that are duplicates; with two lists, of the records of the shorter list that have one.
    """

    cuts: tuple[float, ...]
    names: tuple[str, ...]
    weights: np.ndarray
    share: float

    probability = True

    def score(self, items, pairs, *, threads=None):
        """Probabilities: ndarray of float64, shape (pairs,)."""
        rivals = None if items.lists is None else Rivals.of(items, pairs)
        return posterior(self.pair_weights(items, pairs, threads=threads), self.share, rivals)

    def pair_weights(self, items, pairs, *, threads=None):
        """Sums of weights: ndarray of float64, shape (pairs,)."""
        compared = compare_fields(items, pairs, names=self.names, threads=threads)
        return _weigh(agreement_levels(compared, self.cuts), self.weights)

    def describe(self):
        """The comparisons by what they can tell, most first."""
        reach = np.ptp(self.weights, axis=1) if len(self.names) else np.empty(0)
        best = np.argsort(-reach, kind="stable")[:5]
        shown = ", ".join(f"{self.names[at]} ({self.weights[at].max():+.1f})" for at in best)
        return f"weights (nats at full agreement): {shown}" if shown else ""


@dataclass(frozen=True, eq=False)
class Rivals:
    """For two lists: which record of each list a pair is about.

    Attributes
    ----------
    ends : tuple of two ndarrays of int64, shape (pairs,)
        The record of the first list, and that of the second, by position.
    sizes : tuple of two int
        Number of records of each list.
    n : int
        Of both.
    """

    ends: tuple[np.ndarray, np.ndarray]
    sizes: tuple[int, int]
    n: int

    @classmethod
    def of(cls, items, pairs):
        first = np.where(items.lists[pairs.left] == 0, pairs.left, pairs.right)
        count = int((items.lists == 0).sum())
        return cls((first, pairs.left + pairs.right - first), (count, len(items) - count), len(items))


def agreement_levels(compared, cuts):
    """Levels of agreement: ndarray of int64, shape (pairs, names); 0 where a value is missing."""
    levels = np.searchsorted(np.asarray(cuts), np.nan_to_num(compared.values, nan=-1.0), side="right") + 1
    return np.where(np.isnan(compared.values), 0, levels)


def alike_levels(cuts, lists):
    """How frequent levels are among wholes of duplicates, missing values aside: ndarray, shape (levels,)."""
    from scipy.stats import beta

    shares = (1 - _EQUAL) * np.diff(beta.cdf([0, *cuts, 1], *_ALIKE[lists]))
    shares[-1] += _EQUAL
    return shares


def expectation_maximization(levels, values, rivals, count, given=None):
    """Learn weights from levels alone.

    Parameters
    ----------
    levels : ndarray of int, shape (pairs, names)
        Below `count`; 0: missing.
    values : ndarray of float64, shape (pairs, names)
        The similarities: where the search starts.
    rivals : Rivals or None
    count : int
    given : dict of int to ndarray of float64, shape (count - 1,), optional
        Frequencies of levels among matches, by comparison, that are not to be learned.

    Returns
    -------
    weights : ndarray of float64, shape (names, count)
    share : float
        See `FittedFellegiSunter`.
    """
    known = ~np.isnan(values)
    similarity = np.where(known, values, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    if not len(similarity):
        return np.zeros((levels.shape[1], count)), 0.5
    likely = similarity >= np.quantile(similarity, 1 - _START)
    probability = np.where(likely, 0.95, 0.05)
    for _ in range(_STEPS):
        weights = level_weights(levels, probability, count, given)
        total = _weigh(levels, weights)
        if rivals is None:
            share = float(np.clip(probability.mean(), 1e-6, 1 - 1e-6))
        else:
            # Equal weights are frequent; similarity decides which of them is best.
            share = _share_matched(total + 1e-3 * similarity, probability, rivals)
        new = posterior(total, share, rivals)
        change = np.abs(new - probability).max()
        probability = new
        if change < _PRECISION:
            break
    return weights, share


def level_weights(levels, probability, count, given=None):
    """Logarithms of frequencies among matches by those among others, rising with the level: (names, count)."""
    from sklearn.isotonic import isotonic_regression

    weights = np.zeros((levels.shape[1], count))
    rising = _PSEUDO * np.arange(1, count) / count
    for name in range(levels.shape[1]):
        matches = np.bincount(levels[:, name], probability, count)[1:] + rising
        others = np.bincount(levels[:, name], 1 - probability, count)[1:] + rising[::-1]
        frequency = (given or {}).get(name, matches / matches.sum())
        ratios = np.log(frequency) - np.log(others / others.sum())
        weights[name, 1:] = isotonic_regression(ratios, sample_weight=matches + others)
    return weights


def posterior(total, share, rivals):
    """Probabilities of pairs from their weights: ndarray of float64, shape (pairs,)."""
    if rivals is None:
        return 1 / (1 + np.exp(-np.clip(total + np.log(share / (1 - share)), -_LARGEST, _LARGEST)))
    first, second = rivals.ends
    candidates = [np.bincount(end, minlength=rivals.n)[end] for end in rivals.ends]
    # A record that has a duplicate has it among its candidates, any of them at first.
    odds = share / (1 - share) / np.sqrt(candidates[0] * candidates[1])
    odds = odds * np.exp(np.clip(total, -_LARGEST, _LARGEST))
    against = np.bincount(first, odds, rivals.n)[first] + np.bincount(second, odds, rivals.n)[second]
    return odds / (1 + against - odds)


def _weigh(levels, weights):
    return weights[np.arange(len(weights)), levels].sum(axis=1)


def _share_matched(total, probability, rivals):
    """Share of the shorter list's records that have a duplicate, from second-best candidates."""
    numbers = []
    for end, size in zip(rivals.ends, rivals.sizes):
        _, at, runner_up = best_two(end, total)
        best, sure = total[at], probability[at] + 1e-9
        finite = runner_up[np.isfinite(runner_up)]
        each = len(end) / len(best)
        share = 0.0
        for cut in np.quantile(finite, np.arange(0.1, 1, 0.1)) if len(finite) else ():
            wrong = (sure * (runner_up >= cut)).sum() / sure.sum()
            # Where there is no duplicate, the best is one of as many wrong candidates and one more.
            wrong = 1 - (1 - wrong) ** (each / max(each - 1, 1))
            if wrong < 0.9:
                share = max(share, ((best >= cut).sum() / size - wrong) / (1 - wrong))
        if not len(finite):  # no record has two candidates: nothing to learn from but the probabilities
            share = probability.sum() / size
        numbers.append(share * size)
    # One record that has a duplicate and one that has none are added: the share of few records is not extreme.
    return float(np.clip((max(min(numbers), 0) + 1) / (min(rivals.sizes) + 2), 1e-6, _MOST_MATCHED))
