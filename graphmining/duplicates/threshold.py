"""A threshold from the scores alone, without labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graphmining.errors import OptionError

BINS = 100
# Widths of the kernel that smooths the histogram, in bins: narrow first, wider until there are two hills or one.
_SMOOTHINGS = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
# Fewer scores form no groups.
_FEWEST = 10
# A valley must be this much lower than the hills on both its sides.
_DEPTH = 0.7
# Rounds in which the share of matched records and the threshold are improved by turns.
_ROUNDS = 20
# They begin with one of so many records as matched, the one with the best score.
_START = 10
# Where most records have a wrong candidate above a cut, little is to be seen of the right ones.
_LARGEST_CHANCE = 0.8


class Threshold(NamedTuple):
    """A threshold, and why it is that one.

    Attributes
    ----------
    value : float
    reason : str
        One clause for the user.
    """

    value: float
    reason: str


def given(value):
    """A threshold that the user chose.

    Raises
    ------
    OptionError
        If it is no number from 0 to 1.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not 0 <= number <= 1:
        raise OptionError(f"threshold must be a number from 0 to 1, not {value!r}")
    return Threshold(number, "as given")


def even_odds():
    """The threshold of probabilities."""
    return Threshold(0.5, "scores are probabilities; from here on a pair is more likely a duplicate than not")


def score_histogram(scores):
    """How many scores are in each hundredth from 0 to 1: ndarray of int64, shape (100,); 1 is in the last."""
    places = np.minimum((np.asarray(scores) * BINS).astype(np.int64), BINS - 1)
    return np.bincount(places, minlength=BINS)


def valley(histogram, fallback):
    """The least likely score between those of other pairs and those of duplicates.

    Parameters
    ----------
    histogram : ndarray of int, shape (bins,)
        Numbers of scores in equal parts of 0 to 1.
    fallback : float
        What is taken where the scores have one hill only, or are fewer than 10.

    Returns
    -------
    Threshold
        The middle of the lowest stretch of the smoothed histogram that lies between two hills, of which the
        right one is the last. The histogram is smoothed until its hills are no more than two.

    Examples
    --------
    >>> scores = np.concatenate([np.linspace(0.1, 0.3, 900), np.linspace(0.8, 1.0, 100)])
    >>> round(valley(score_histogram(scores), 0.5).value, 2)
    0.56
    """
    counts = np.asarray(histogram, np.float64)
    if not counts.sum():
        return Threshold(float(fallback), "no pair was a candidate")
    if counts.sum() < _FEWEST:
        return Threshold(float(fallback), "there are too few candidate pairs to choose one from their scores")
    for width in _SMOOTHINGS:
        smooth = _smooth(counts, width)
        hills = _hills(smooth)
        if len(hills) <= 2:
            break
    if len(hills) < 2:
        return Threshold(
            float(fallback), "the scores show no two groups, so the least similarity looked for is taken"
        )
    left, right = hills[-2:]
    between = smooth[left : right + 1]
    lowest = np.flatnonzero(between <= between.min() + 1e-9 * smooth.max())
    middle = left + (lowest[0] + lowest[-1]) / 2 + 0.5
    return Threshold(float(middle / len(counts)), "the lowest point between the two groups of scores")


def _smooth(counts, width):
    reach = int(4 * width)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    # What lies beyond an end is a mirror image, so that a hill at the end stays one.
    padded = np.pad(counts, reach, mode="symmetric")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def _hills(smooth):
    """Places of the hills that are parted by deep valleys, ascending."""
    from scipy.signal import argrelmax

    padded = np.concatenate([[-1.0], smooth, [-1.0]])
    # The first of equals stands for all of them.
    step = np.concatenate([[True], np.diff(padded) != 0])
    places = np.flatnonzero(step)
    tops = [places[at] - 1 for at in argrelmax(padded[places])[0]]
    kept = []
    for top in tops:
        while kept:
            low = smooth[kept[-1] : top + 1].min()
            if low <= _DEPTH * min(smooth[kept[-1]], smooth[top]):
                break
            if smooth[top] <= smooth[kept[-1]]:
                top = None
                break
            kept.pop()
        if top is not None:
            kept.append(int(top))
    return kept


def best_rivals(best, runner_up, size):
    """Two lists without duplicates of their own: where wrong best candidates start to outnumber missed ones.

    Parameters
    ----------
    best : ndarray of float64, shape (records,)
        Of each record that has a candidate, the score of its best one; ascending order is not needed.
    runner_up : ndarray of float64, shape (records,)
        Likewise of the second best, -inf where there is none. It is no duplicate if the best one is.
    size : int
        Records of the list, with candidates or not.

    Returns
    -------
    Threshold
        That with the highest F1 to be expected.
    """
    if not len(best):
        return Threshold(0.5, "no pair was a candidate")
    descending = np.sort(best)[::-1]
    taken = np.arange(1, len(best) + 1)
    value = float(descending[len(best) // _START])
    for _ in range(_ROUNDS):
        # Where the best candidate is right, the runner-up is the best of the wrong ones; elsewhere it is not.
        wrong = np.sort(runner_up[best >= value])
        share = _matched(best, wrong, size)
        false = (1 - share) * size * (1 - np.searchsorted(wrong, descending) / len(wrong))
        expected = 2 * np.maximum(taken - false, 0) / (taken + share * size)
        before, value = value, float(descending[int(expected.argmax())])
        if value == before:
            break
    return Threshold(value, f"second-best candidates show that about {share:.0%} of the records have a duplicate")


def _matched(best, wrong, size):
    """Share of the records that have a duplicate: what exceeds the wrong candidates that there would be."""
    finite = wrong[np.isfinite(wrong)]
    if not len(finite):
        return 1.0
    cuts = np.quantile(finite, np.arange(0.1, 1, 0.1))
    chance = 1 - np.searchsorted(wrong, cuts) / len(wrong)
    above = (best[:, None] >= cuts).sum(axis=0) / size
    useful = chance < _LARGEST_CHANCE
    shares = (above[useful] - chance[useful]) / (1 - chance[useful])
    # High cuts miss right candidates, low ones leave little but noise: neither the lowest share nor the highest.
    return float(np.clip(np.quantile(shares, 0.75), 0, 1)) if useful.any() else 1.0
