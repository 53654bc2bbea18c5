"""Resampled F1: what seqeval gives on the sentences that were drawn, and exchanges that swap outputs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from crossner.errors import ConfigError
from crossner.scoring.resampling import (
    CELLS,
    bootstrap_f1,
    f1,
    f1_of,
    resample_weights,
    swap_masks,
    swapped_f1,
)
from crossner.scoring.spans import span_counts

cells = st.integers(0, 4)
counts = st.lists(st.tuples(cells, cells, cells).map(lambda c: (min(c), c[1], c[2])), min_size=1, max_size=8)


def noisy(tags, rng):
    """Tags of which some are replaced."""
    types = ["O", "B-song", "I-song", "B-band", "I-band"]
    return [types[rng.integers(5)] if rng.random() < 0.3 else tag for tag in tags]


def seqeval_f1(gold, predicted):
    return 100 * f1_score(gold, predicted, mode="strict", scheme=IOB2)


@pytest.fixture(scope="module")
def tagged(sample):
    rng = np.random.default_rng(5)
    gold = sample.domain("music").test.sentences
    return gold, [[noisy(sentence.tags, rng) for sentence in gold] for _ in range(2)]


def test_each_resample_scores_as_seqeval_scores_its_sentences(tagged):
    gold, runs = tagged
    stack = np.stack([span_counts(gold, tags) for tags in runs])
    weights = np.concatenate(list(resample_weights(len(gold), 6, seed=3))).astype(int)
    found = bootstrap_f1(stack, resamples=6, seed=3)
    for row, drawn in zip(found, weights, strict=True):
        sentences = np.repeat(np.arange(len(gold)), drawn)
        for value, tags in zip(row, runs, strict=True):
            expected = seqeval_f1([list(gold[i].tags) for i in sentences], [tags[i] for i in sentences])
            assert value == pytest.approx(expected, abs=1e-9)


def test_each_exchange_scores_as_seqeval_scores_the_exchanged_tags(tagged):
    gold, (tags_a, tags_b) = tagged
    a, b = (np.stack([span_counts(gold, tags)]) for tags in (tags_a, tags_b))
    masks = np.concatenate(list(swap_masks(len(gold), 6, seed=3))).astype(bool)
    found = swapped_f1(a, b, resamples=6, seed=3)[:, 0]
    true = [list(sentence.tags) for sentence in gold]
    for value, mask in zip(found, masks, strict=True):
        then_a = [y if swap else x for x, y, swap in zip(tags_a, tags_b, mask, strict=True)]
        then_b = [x if swap else y for x, y, swap in zip(tags_a, tags_b, mask, strict=True)]
        assert value == pytest.approx(seqeval_f1(true, then_b) - seqeval_f1(true, then_a), abs=1e-9)


def test_f1_is_seqevals(tagged):
    gold, (tags, _) = tagged
    expected = seqeval_f1([list(sentence.tags) for sentence in gold], tags)
    assert f1(span_counts(gold, tags)) == pytest.approx(expected, abs=1e-9)


@given(counts)
@settings(deadline=None)
def test_f1_is_the_harmonic_mean_of_precision_and_recall(rows):
    credit, predicted, gold = np.sum(rows, axis=0)
    if credit:
        assert f1(rows) == pytest.approx(200 / (predicted / credit + gold / credit))
    else:
        assert f1(rows) == 0


@given(counts, st.integers(1, 5))
@settings(deadline=None)
def test_every_resample_has_as_many_sentences(rows, resamples):
    weights = np.concatenate(list(resample_weights(len(rows), resamples)))
    assert weights.shape == (resamples, len(rows))
    assert (weights.sum(axis=1) == len(rows)).all()


def test_sentences_are_drawn_evenly():
    sentences, resamples = 20, 5000
    weights = np.concatenate(list(resample_weights(sentences, resamples)))
    # Each count is binomial with mean 1 and variance 1 − 1/20; two are correlated by −1/19.
    assert np.abs(weights.mean(axis=0) - 1).max() < 4.5 * (0.95 / resamples) ** 0.5
    assert np.abs(weights.var(axis=0) - 0.95).max() < 4.5 * (2.9 / resamples) ** 0.5
    assert np.corrcoef(weights.T)[np.triu_indices(sentences, 1)].mean() == pytest.approx(-1 / 19, abs=0.003)


def test_swaps_are_fair_and_independent():
    masks = np.concatenate(list(swap_masks(21, 5000)))
    assert set(np.unique(masks)) == {0, 1}
    assert np.abs(masks.mean(axis=0) - 0.5).max() < 4.5 * 0.5 / 5000**0.5
    assert np.abs(np.corrcoef(masks.T) - np.eye(21)).max() < 5 / 5000**0.5


def test_blocks_are_bounded_and_add_up():
    blocks = list(resample_weights(CELLS // 4, 10))
    assert [len(block) for block in blocks] == [4, 4, 2]
    assert len(next(swap_masks(2 * CELLS, 3))) == 1


def test_one_seed_gives_one_answer_and_streams_differ():
    rows = np.random.default_rng(0).integers(1, 5, size=(2, 30, 3))
    same = bootstrap_f1(rows, resamples=5, seed=1), bootstrap_f1(rows, resamples=5, seed=1)
    assert np.array_equal(*same)
    assert not np.array_equal(same[0], bootstrap_f1(rows, resamples=5, seed=2))
    assert not np.array_equal(same[0], bootstrap_f1(rows, resamples=5, seed=(1, 7)))


def test_nothing_to_score_is_zero():
    assert f1(np.zeros((0, 3))) == 0
    assert (bootstrap_f1(np.zeros((2, 0, 3)), resamples=3) == 0).all()
    assert (swapped_f1(np.zeros((2, 0, 3)), np.zeros((2, 0, 3)), resamples=3) == 0).all()
    assert f1_of([0, 1], [0, 4]).tolist() == [0, 50]


@pytest.mark.parametrize("resamples", [0, -1])
def test_too_few_resamples(resamples):
    with pytest.raises(ConfigError, match="at least 1"):
        bootstrap_f1(np.ones((1, 2, 3)), resamples=resamples)


@pytest.mark.parametrize("seed", [-1, "one", 0.5])
def test_bad_seed(seed):
    with pytest.raises(ConfigError, match="non-negative integer"):
        bootstrap_f1(np.ones((1, 2, 3)), resamples=2, seed=seed)
