"""A threshold without labels, on scores of which the truth is known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from graphmining.duplicates import threshold as module
from graphmining.duplicates.threshold import best_rivals, even_odds, score_histogram, valley
from graphmining.errors import OptionError

FALLBACK = 0.42


@given(st.lists(st.floats(0, 1), max_size=50))
def test_histogram(scores):
    counts = score_histogram(scores)
    assert counts.sum() == len(scores)
    assert counts.shape == (100,)
    assert np.array_equal(counts, np.histogram(np.minimum(np.array(scores) * 100 // 1, 99), np.arange(101))[0])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.floats(0.05, 0.35),
    st.floats(0.7, 0.97),
    st.floats(0.02, 0.06),
    st.integers(300, 3000),
    st.integers(300, 3000),
)
def test_the_gap_of_two_hills_is_found(seed, low, high, spread, left, right):
    rng = np.random.default_rng(seed)
    below = np.clip(rng.normal(low, spread, left), 0, 1)
    above = np.clip(rng.normal(high, spread, right), 0, 1)
    value = valley(score_histogram(np.concatenate([below, above])), FALLBACK).value
    # One hundredth is the width of a bar.
    errors = (below >= value + 0.01).sum() + (above < value - 0.01).sum()
    assert errors <= 0.02 * (left + right)
    assert low < value < high


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 50))
def test_only_the_shape_counts(seed, factor):
    rng = np.random.default_rng(seed)
    counts = score_histogram(np.concatenate([rng.beta(2, 9, 2000), rng.beta(12, 2, 400)]))
    assert valley(counts * factor, FALLBACK).value == pytest.approx(valley(counts, FALLBACK).value)


@pytest.mark.parametrize("draw", [(5, 5), (1, 9), (9, 1), (1, 1)])
def test_one_hill_gives_the_fallback(draw):
    scores = beta(*draw).rvs(20_000, random_state=0)
    value, reason = valley(score_histogram(scores), FALLBACK)
    assert (value == FALLBACK and "no two groups" in reason) or (scores < value).mean() < 0.001


def test_of_three_hills_the_last_two_count():
    rng = np.random.default_rng(0)
    scores = np.concatenate([rng.normal(place, 0.02, 1000) for place in (0.2, 0.5, 0.9)])
    assert 0.6 < valley(score_histogram(scores), FALLBACK).value < 0.8


def test_empty_and_constant():
    assert valley(score_histogram([]), FALLBACK) == (FALLBACK, "no pair was a candidate")
    assert valley(score_histogram([0.7] * 9), FALLBACK).value == FALLBACK


@pytest.mark.parametrize("scores", [[0.0] * 50 + [1.0] * 50, [0.0] * 5000 + [1.0]])
def test_hills_at_the_ends(scores):
    assert valley(score_histogram(scores), FALLBACK).value == pytest.approx(0.5, abs=0.01)


@given(st.lists(st.integers(0, 6), min_size=3, max_size=40))
def test_hills_are_parted_by_deep_valleys(heights):
    smooth = np.array(heights, float)
    hills = module._hills(smooth)
    assert hills == sorted(set(hills))
    for one, other in pairwise(hills):
        assert smooth[one : other + 1].min() <= module._DEPTH * min(smooth[one], smooth[other])
    # The highest place of all is always a hill.
    assert smooth.max() in smooth[hills]


def records(seed, share, size):
    """Ten wrong candidates a record and, if it is matched, a right one.

    Returns the best scores, the second best, which records are matched, and of which the best is right.
    """
    rng = np.random.default_rng(seed)
    wrong = np.sort(rng.beta(3, 8, (size, 10)), axis=1)[:, ::-1]
    matched = rng.random(size) < share
    right = np.where(matched, rng.beta(20, 3, size), -np.inf)
    ranked = np.sort(np.column_stack([wrong[:, :2], right]), axis=1)
    return ranked[:, 2], ranked[:, 1], matched, matched & (right > wrong[:, 0])


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_best_rivals_is_near_the_best_possible(share):
    lost = []
    for seed in range(20):
        best, runner_up, matched, correct = records(seed, share, 1000)
        order = np.argsort(-best)
        taken, right = np.arange(1, len(best) + 1), np.cumsum(correct[order])
        f1 = 2 * right / (taken + matched.sum())
        found = best_rivals(best, runner_up, len(best)).value
        lost.append(f1.max() - f1[(best >= found).sum() - 1])
    assert np.median(lost) < 0.02
    assert np.quantile(lost, 0.9) < 0.08


def test_best_rivals_says_how_many_are_matched():
    best, runner_up, matched, _ = records(1, 0.6, 5000)
    reason = best_rivals(best, runner_up, len(best)).reason
    told = int(reason.split("about ")[1].split("%")[0])
    assert told == pytest.approx(100 * matched.mean(), abs=3)


def test_best_rivals_with_little_to_go_by():
    assert best_rivals(np.empty(0), np.empty(0), 5).value == 0.5
    assert best_rivals(np.array([0.3]), np.array([-np.inf]), 1).value == 0.3


def test_given_and_even_odds():
    assert even_odds().value == 0.5
    assert module.given("0.25").value == 0.25
    for wrong in (1.5, -0.1, "much", None, float("nan")):
        with pytest.raises(OptionError, match="threshold must be a number from 0 to 1, not"):
            module.given(wrong)
