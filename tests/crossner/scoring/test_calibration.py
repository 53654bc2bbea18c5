"""Calibration against sklearn, cases by hand, and F1 of predictions that were really filtered."""

import json
from collections import Counter
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score

from crossner.data.spans import chunks_of, spans_of, tags_of
from crossner.errors import ConfigError, StoreError
from crossner.results import Results
from crossner.scoring.calibration import (
    BINNINGS,
    Pool,
    calibration_rows,
    calibration_summary,
    reliability,
    threshold_rows,
    without_confidences,
)
from crossner.scoring.spans import f1_from_counts, span_counts

LENGTH = 8
# Few numbers, so that there are ties and edges of bins; stored ones have four digits.
confidences = st.sampled_from([0.0, 0.2, 0.5, 0.5, 0.55, 0.9, 1.0]) | st.integers(0, 10_000).map(
    lambda n: n / 10_000
)
pools = st.lists(st.tuples(confidences, st.booleans()), min_size=1, max_size=40).map(
    lambda pairs: Pool(np.array([c for c, _ in pairs]), np.array([right for _, right in pairs]), len(pairs), 1)
)
bins = st.integers(1, 20)
rows_of_tags = st.lists(
    st.sampled_from(["O", "B-song", "I-song", "B-band", "I-band"]), min_size=LENGTH, max_size=LENGTH
)


@st.composite
def corpora(draw):
    """Gold and predictions of a system with one or two seeds, for `in_memory`."""
    gold, predicted = {}, {}
    for domain in ("music", "ai"):
        tags = [draw(rows_of_tags) for _ in range(2)]
        gold[domain] = [(LENGTH, spans_of(one)) for one in tags]
        predicted[domain] = {
            seed: [
                [
                    (*chunk[:3], draw(confidences), chunk[3])
                    for chunk in chunks_of(one if draw(st.booleans()) else draw(rows_of_tags))
                ]
                for one in tags
            ]
            for seed in range(draw(st.integers(1, 2)))
        }
    return gold, {"a": predicted}


def as_results(in_memory, pool):
    """A run that predicts one span a sentence."""
    spans = [
        [(0, 1, "song" if right else "band", confidence)] for confidence, right in zip(*pool[:2], strict=True)
    ]
    gold = {"music": [(1, [(0, 1, "song")])] * len(spans)}
    return in_memory(gold, {"a": {"music": {1: spans}}})


@given(pools, bins)
@settings(deadline=None, max_examples=40)
def test_bins_of_equal_width_are_those_of_sklearn(pool, bins):
    rows = reliability(pool, bins)
    accuracy, confidence = calibration_curve(pool.correct, pool.confidence, n_bins=bins, strategy="uniform")
    assert [row["accuracy"] for row in rows] == pytest.approx(100 * accuracy)
    assert [row["confidence"] for row in rows] == pytest.approx(100 * confidence)


@given(pools, bins)
@settings(deadline=None, max_examples=40)
def test_bins_of_equal_mass_are_between_quantiles(pool, bins):
    # In fractions: sklearn rounds, which moves spans on an edge to the bin above.
    values = sorted(Fraction(round(10_000 * confidence), 10_000) for confidence in pool.confidence)
    edges = set()
    for k in range(1, bins):
        place = Fraction(k * (len(values) - 1), bins)
        below, above = values[floor(place)], values[ceil(place)]
        edges.add(below + (above - below) * (place - floor(place)))
    groups = Counter(sum(edge < value for edge in edges) for value in values)
    rows = reliability(pool, bins, "mass")
    assert [row["count"] for row in rows] == [groups[number] for number in sorted(groups)]
    assert (rows[0]["low"], rows[-1]["high"]) == pytest.approx((float(100 * values[0]), float(100 * values[-1])))


@given(pools, bins, st.sampled_from(BINNINGS))
@settings(deadline=None, max_examples=40)
def test_bins_part_the_spans(pool, bins, binning):
    rows = reliability(pool, bins, binning)
    assert sum(row["count"] for row in rows) == len(pool.correct)
    assert sum(row["count"] * row["accuracy"] for row in rows) == pytest.approx(100 * pool.correct.sum())
    assert sum(row["count"] * row["confidence"] for row in rows) == pytest.approx(100 * pool.confidence.sum())
    ends = [end for row in rows for end in (row["low"], row["confidence"], row["high"])]
    assert ends == pytest.approx(sorted(ends))


@given(st.integers(1, 10), st.integers(2, 8), st.integers(0, 9))
@settings(deadline=None, max_examples=30)
def test_bins_of_equal_mass_are_equal_where_no_two_confidences_are(bins, each, rest):
    size = bins * each + rest % bins
    rows = reliability(Pool(np.arange(size) / size, np.zeros(size, dtype=bool), 0, 1), bins, "mass")
    assert len(rows) == bins
    assert {row["count"] for row in rows} <= {each, each + 1}


@given(pools)
@settings(deadline=None, max_examples=40)
def test_figures_are_those_of_sklearn(in_memory, pool):
    results = as_results(in_memory, pool)
    [row] = calibration_summary(results, domains=["music"])
    assert row["brier"] == pytest.approx(brier_score_loss(pool.correct, pool.confidence, pos_label=True))
    if len(set(pool.correct)) == 2:
        assert row["auroc"] == pytest.approx(100 * roc_auc_score(pool.correct, pool.confidence))
    else:
        assert row["auroc"] is None
    # By definition, span by span: bin k holds what is over (k − 1)/15, up to k/15.
    number = np.ceil(np.round(pool.confidence * 15, 9)).clip(1)
    gaps = [abs((pool.correct - pool.confidence)[number == one].mean()) for one in number]
    assert row["ece"] == pytest.approx(100 * np.mean(gaps))
    assert row["mce"] == pytest.approx(100 * max(gaps))


def test_calibration_errors_by_hand():
    confidence, correct = np.array([0.9, 0.9, 0.8, 0.3]), np.array([True, False, True, False])
    rows = reliability(Pool(confidence, correct, 4, 1), bins=2)
    assert [(row["low"], row["high"], row["count"]) for row in rows] == [(0, 50, 1), (50, 100, 3)]
    assert [row["accuracy"] - row["confidence"] for row in rows] == pytest.approx([-30, 100 * (2 - 2.6) / 3])


def test_errors_by_hand(in_memory):
    pool = Pool(np.array([0.9, 0.9, 0.8, 0.3]), np.array([True, False, True, False]), 4, 1)
    [row] = calibration_summary(as_results(in_memory, pool), domains=["music"], bins=2)
    assert row["ece"] == pytest.approx((30 + 3 * 20) / 4)
    assert row["mce"] == pytest.approx(30)
    assert row["brier"] == pytest.approx((0.01 + 0.81 + 0.04 + 0.09) / 4)
    assert row["auroc"] == pytest.approx(100 * (0.5 + 1 + 0 + 1) / 4)
    assert (row["confidence"], row["accuracy"]) == pytest.approx((72.5, 50))


@given(pools, bins, st.sampled_from(BINNINGS))
@settings(deadline=None, max_examples=30)
def test_expected_error_is_between_that_of_one_bin_and_the_maximum(in_memory, pool, bins, binning):
    results = as_results(in_memory, pool)
    [row] = calibration_summary(results, domains=["music"], bins=bins, binning=binning)
    [one] = calibration_summary(results, domains=["music"], bins=1)
    assert one["ece"] == pytest.approx(one["mce"]) == pytest.approx(abs(one["confidence"] - one["accuracy"]))
    assert one["ece"] - 1e-9 <= row["ece"] <= row["mce"] + 1e-9


@given(pools, bins)
@settings(deadline=None, max_examples=20)
def test_neither_order_nor_another_seed_of_the_same_changes_anything(in_memory, pool, bins):
    results = as_results(in_memory, pool)
    [runs] = [one.chunks for one in results.systems[0].answers["music"]]
    gold = {"music": [(1, [(0, 1, "song")])] * len(runs)}
    spans = [[(*chunks[0][:3], confidence)] for chunks, confidence in zip(runs, pool.confidence, strict=True)]
    [row] = calibration_summary(results, domains="music", bins=bins)
    for seeds in ({1: spans[::-1]}, {1: spans, 2: spans}):
        [other] = calibration_summary(in_memory(gold, {"a": {"music": seeds}}), domains="music", bins=bins)
        assert other == pytest.approx(row | {"count": len(seeds) * row["count"], "n": len(seeds)})


def test_perfect_confidences_have_no_error(in_memory):
    pool = Pool(np.array([0.25] * 4 + [0.75] * 4), np.array([True, *[False] * 3, *[True] * 3, False]), 8, 1)
    for binning in BINNINGS:
        [row] = calibration_summary(as_results(in_memory, pool), domains=["music"], bins=10, binning=binning)
        assert (row["ece"], row["mce"]) == (0, 0)


@given(data=corpora())
@settings(deadline=None, max_examples=30)
def test_a_threshold_scores_the_spans_that_remain(in_memory, data):
    gold, predicted = data
    results = in_memory(gold, predicted)
    thresholds = (0, 20, 50, 55, 90, 100)
    for domain in gold:
        rows = threshold_rows(results, domains=[domain], thresholds=thresholds)
        assert [row["threshold"] for row in rows] == list(thresholds)
        recalls = [row["recall"] for row in rows if row["recall"] is not None]
        assert recalls == sorted(recalls, reverse=True)
        for row in rows:
            counts = np.zeros(3, dtype=int)
            for sentences in predicted["a"][domain].values():
                kept = [[c for c in one if c[3] * 100 >= row["threshold"] - 1e-9] for one in sentences]
                tags = [tags_of([(*c[:3], c[4]) for c in one], LENGTH) for one in kept]
                counts += span_counts(results.gold(domain), tags).sum(axis=0)
            correct, count, true = counts
            assert row["f1"] == pytest.approx(f1_from_counts(*counts))
            assert row["count"] == count
            assert row["precision"] == (pytest.approx(100 * correct / count) if count else None)
            assert row["recall"] == (pytest.approx(100 * correct / true) if true else None)
        [best] = [row for row in rows if row["best_on_test"]]
        assert best["f1"] == max(row["f1"] for row in rows)
        assert all(row["f1"] < best["f1"] for row in rows if row["threshold"] < best["threshold"])


@given(data=corpora())
@settings(deadline=None, max_examples=20)
def test_all_pools_the_domains_of_complete_seeds(in_memory, data):
    results = in_memory(*data)
    counts = {row["domain"]: row["count"] for row in threshold_rows(results, thresholds=[0])}
    complete = set.intersection(*(set(by_seed) for by_seed in data[1]["a"].values()))
    spans = [
        span
        for by_seed in data[1]["a"].values()
        for seed in complete
        for sentence in by_seed[seed]
        for span in sentence
    ]
    assert counts["all"] == sum(span[4] for span in spans)
    summary = {row["domain"]: row for row in calibration_summary(results)}
    if counts["all"]:
        assert summary["all"]["confidence"] == pytest.approx(100 * np.mean([span[3] for span in spans if span[4]]))
        assert summary["all"]["n"] == len(complete)


def test_systems_without_confidences_are_left_out(tmp_path, write_runs):
    systems = [{"seeds": [1, 2]}, {"regime": "joint", "unknown": 0.2}]
    results = Results(write_runs(tmp_path, systems))
    [out] = without_confidences(results)
    assert out.startswith("joint")
    [kept] = {system.name for system in results.systems} - {out}
    for rows in (calibration_rows(results), calibration_summary(results), threshold_rows(results)):
        json.dumps(rows, allow_nan=False)
        assert {row["system"] for row in rows} == {kept}
        assert list(dict.fromkeys(row["domain"] for row in rows)) == [*results.domains, "all"]
    assert calibration_summary(results, systems=[out]) == []
    for row in threshold_rows(results, domains=results.domains, thresholds=[0]):
        gold = results.gold(row["domain"])
        counts = [
            span_counts(gold, [tags_of(chunks, len(true)) for chunks, true in zip(one.chunks, gold, strict=True)])
            for one in results.system(kept).answers[row["domain"]]
        ]
        assert row["f1"] == pytest.approx(f1_from_counts(*np.concatenate(counts).sum(axis=0)))


def test_an_unknown_confidence_of_a_span_that_does_not_count_is_no_matter(in_memory):
    spans = [[(0, 1, "song", None, False), (1, 2, "song", 0.5, True)]]
    results = in_memory({"music": [(2, [(1, 2, "song")])]}, {"a": {"music": {1: spans}}})
    assert without_confidences(results) == []
    [row] = calibration_summary(results, domains="music")
    assert (row["count"], row["accuracy"], row["auroc"]) == (1, 100, None)


def test_no_predictions(in_memory):
    results = in_memory({"music": [(2, [(1, 2, "song")])]}, {"a": {"music": {1: [[]]}}})
    assert calibration_rows(results) == calibration_summary(results) == []
    [row, _] = threshold_rows(results, thresholds=[50])
    assert (row["precision"], row["recall"], row["f1"], row["count"]) == (None, 0, 0, 0)
    assert threshold_rows(results, thresholds=[]) == []


@pytest.mark.parametrize("function", [calibration_rows, calibration_summary, threshold_rows])
@pytest.mark.parametrize("confidence", [1.5, -0.1, float("nan")])
def test_a_confidence_that_is_no_probability(in_memory, function, confidence):
    results = in_memory({"music": [(1, [])]}, {"a": {"music": {1: [[(0, 1, "song", confidence)]]}}})
    with pytest.raises(StoreError, match=f"{confidence} is not from 0 to 1"):
        function(results)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda results: calibration_rows(results, systems=["b"]), "unknown system 'b'"),
        (lambda results: calibration_rows(results, domains=["musik"]), "unknown domain 'musik'"),
        (lambda results: calibration_rows(results, bins=0), "bins .* 0"),
        (lambda results: calibration_summary(results, binning="masses"), "unknown binning 'masses'.*'mass'"),
        (lambda results: threshold_rows(results, thresholds=[101]), "percentages .* 101"),
        (lambda results: threshold_rows(results, thresholds=[float("nan")]), "percentages .* nan"),
    ],
)
def test_bad_options(in_memory, call, words):
    with pytest.raises(ConfigError, match=words):
        call(in_memory({"music": [(1, [])]}, {"a": {"music": {1: [[]]}}}))
