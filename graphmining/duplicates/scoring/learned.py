"""Scores corrected by what is known of some items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from graphmining.duplicates.pairs import best_two
from graphmining.duplicates.scoring.base import Score
from graphmining.duplicates.scoring.cosine import Cosine
from graphmining.duplicates.scoring.fellegi_sunter import FellegiSunter
from graphmining.errors import OptionError

# How strongly corrections are held to be zero: the precision of their Gaussian prior.
_PRIOR = 3.0
# A score of the base says no more than this, in nats, and as a feature no more than the second.
_LARGEST, _CLIP = 30.0, 8.0


@dataclass(frozen=True, eq=False)
class LearnedScore(Score):
    """Score step: probabilities that labels of some items have corrected.

    Another score is taken as it is, in log-odds, and corrected by a logistic regression on five features: that
    score; how far it is above the best rival of the one item and of the other; and the same for the cosine of
    the whole items. A few labels suffice, since corrections are zero as long as nothing speaks for them.

    Parameters
    ----------
    labels : dict of id to label, or sequence of (id, id, bool)
        The true clusters of some items, or pairs that are duplicates or not. Labels may be weak: what a rule
        says, not a person.
    base : Score, optional
        Default: `FellegiSunter`.

    Raises
    ------
    OptionError
        If the labels are neither.

    Notes
    -----
    As in Grale [1]_, a model of pairs is learned on a graph of candidates; unlike there it starts from a score
    without labels. All pairs of two clusters weigh together as much as one pair: otherwise one large cluster
    would decide everything.

    References
    ----------
    .. [1] Halcrow, Moșoi, Ruth, Perozzi 2020, Grale: Designing Networks for Graph Learning, arXiv:2007.12002
    """

    labels: object
    base: Score = field(default_factory=FellegiSunter)

    probability = True

    def __post_init__(self):
        if not isinstance(self.labels, Mapping):
            object.__setattr__(self, "labels", _triples(self.labels))

    def fit(self, items, pairs, *, seed=0, threads=None):
        """Learn the corrections from the candidate pairs that labels speak of: a FittedLearnedScore."""
        base = self.base.fit(items, pairs, seed=seed, threads=threads)
        odds, features = _features(base, items, pairs, threads)
        chosen, same, weights = self._training(items, pairs)
        if not len(chosen):
            raise OptionError("labels speak of no pair of candidates; label more items, best some that are alike")
        mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-9
        known = np.column_stack([(features[chosen] - mean) / deviation, np.ones(len(chosen))])
        corrections = _regression(known, odds[chosen], same, weights)
        return FittedLearnedScore(base, mean, deviation, corrections, (len(chosen), int(same.sum())))

    def score(self, items, pairs, *, threads=None):
        """Fit and score at once; see `fit`."""
        return self.fit(items, pairs, threads=threads).score(items, pairs, threads=threads)

    def _training(self, items, pairs):
        """Which pairs are known, whether they are duplicates, and what each weighs."""
        if not isinstance(self.labels, Mapping):
            known = {}
            for one, other, same in self.labels:
                a, b = items.position(one), items.position(other)
                known[min(a, b), max(a, b)] = bool(same)
            rows = zip(pairs.left.tolist(), pairs.right.tolist())
            chosen = np.array([at for at, pair in enumerate(rows) if pair in known], np.int64)
            same = np.array([known[int(pairs.left[at]), int(pairs.right[at])] for at in chosen], bool)
            return chosen, same, np.ones(len(chosen))
        numbers = {}
        cluster = np.full(len(items), -1)
        for identity, label in self.labels.items():
            cluster[items.position(identity)] = numbers.setdefault(label, len(numbers))
        chosen = np.flatnonzero((cluster[pairs.left] >= 0) & (cluster[pairs.right] >= 0))
        one, other = cluster[pairs.left[chosen]], cluster[pairs.right[chosen]]
        codes = np.minimum(one, other) * np.int64(len(numbers) + 1) + np.maximum(one, other)
        place, counts = np.unique(codes, return_inverse=True, return_counts=True)[1:]
        return chosen, one == other, 1 / counts[place.reshape(-1)]


@dataclass(frozen=True, eq=False)
class FittedLearnedScore(Score):
    """What `LearnedScore` learned.

    Attributes
    ----------
    base : Score
        Fitted.
    mean, deviation : ndarray of float64, shape (5,)
        Of the features, over the candidates.
    corrections : ndarray of float64, shape (6,)
        Coefficients of the standardised features, and the intercept; in nats.
    known : tuple of two int
        Labelled pairs of candidates, and how many of them are duplicates.
    """

    base: Score
    mean: np.ndarray
    deviation: np.ndarray
    corrections: np.ndarray
    known: tuple[int, int]

    probability = True

    def score(self, items, pairs, *, threads=None):
        """Probabilities: ndarray of float64, shape (pairs,)."""
        odds, features = _features(self.base, items, pairs, threads)
        return _sigmoid(
            odds + (features - self.mean) / self.deviation @ self.corrections[:-1] + self.corrections[-1]
        )

    def describe(self):
        """How much was known, and what the base learned."""
        learned = f"corrected by {self.known[0]:,} labelled pairs, {self.known[1]:,} of them duplicates"
        base = self.base.describe()
        return f"{learned}; {base}" if base else learned


def _triples(labels):
    expected = "labels are a dict of id to label, or (id, id, bool) of pairs"
    if isinstance(labels, (str, bytes)) or not hasattr(labels, "__iter__"):
        raise OptionError(f"{expected}, not {labels!r}")
    triples = [tuple(label) if hasattr(label, "__iter__") else (label,) for label in labels]
    for label in triples:
        if len(label) != 3:
            raise OptionError(f"{expected}; {label!r} is neither")
    return triples


def _features(base, items, pairs, threads):
    """Log-odds of the base: (pairs,); features: (pairs, 5)."""
    scores = base.score(items, pairs, threads=threads)
    low = 10.0**-13
    odds = np.clip(np.log(np.maximum(scores, low) / np.maximum(1 - scores, low)), -_LARGEST, _LARGEST)
    clipped = np.clip(odds, -_CLIP, _CLIP) / _CLIP
    cosine = Cosine().score(items, pairs, threads=threads)
    n = len(items)
    return odds, np.column_stack([clipped, *_margins(pairs, clipped, n), *_margins(pairs, cosine, n)])


def _margins(pairs, values, n):
    """How far a pair is above the best other pair of either item: the smaller and the larger of both."""
    items, values = np.concatenate([pairs.left, pairs.right]), np.concatenate([values, values])
    present, at, second = best_two(items, values)
    best, runner_up = np.zeros(n), np.zeros(n)
    best[present] = values[at]
    runner_up[present] = np.where(np.isfinite(second), second, 0)
    margins = values - np.where(values >= best[items], runner_up[items], best[items])
    one, other = np.split(margins, 2)
    return np.minimum(one, other), np.maximum(one, other)


def _regression(features, odds, same, weights):
    """The most likely corrections of log-odds, with a Gaussian prior around none."""
    from scipy.optimize import minimize

    def loss(corrections):
        logit = odds + features @ corrections
        value = weights @ (np.logaddexp(0, logit) - same * logit) + _PRIOR / 2 * corrections @ corrections
        return value, features.T @ (weights * (_sigmoid(logit) - same)) + _PRIOR * corrections

    return minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x


def _sigmoid(value):
    return 1 / (1 + np.exp(-np.clip(value, -2 * _LARGEST, 2 * _LARGEST)))
