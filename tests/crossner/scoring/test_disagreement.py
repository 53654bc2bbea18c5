"""Disagreement of two systems against sets enumerated by hand, sklearn's kappa and binomial sums."""

import json
from fractions import Fraction
from math import comb
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from crossner.data.spans import chunks_of, tags_of
from crossner.errors import ConfigError
from crossner.results import Results
from crossner.scoring.disagreement import disagreement_rows
from crossner.scoring.spans import micro_f1, span_counts

LENGTH = 7
spans = st.lists(
    st.sampled_from(["O", "B-song", "B-band", "I-song", "I-band"]), min_size=LENGTH, max_size=LENGTH
).map(lambda tags: [chunk[:3] for chunk in chunks_of(tags)])


@st.composite
def corpora(draw):
    """Gold and near-by predictions of two systems with one to three seeds, for `in_memory`."""
    gold = {domain: [(LENGTH, draw(spans)) for _ in range(2)] for domain in ("music", "ai")}
    predicted = {
        name: {
            domain: {
                seed: [true if draw(st.booleans()) else draw(spans) for _, true in sentences]
                for seed in range(draw(st.integers(1, 3)))
            }
            for domain, sentences in gold.items()
        }
        for name in "ab"
    }
    return gold, predicted


def mcnemar(only_a, only_b):
    """Two-sided exact p: outcomes of a fair coin at most as likely as this one."""
    n = only_a + only_b
    return float(sum(Fraction(comb(n, k), 2**n) for k in range(n + 1) if comb(n, k) <= comb(n, only_a)))


def flags(gold, predicted):
    """For each gold mention whether it was found."""
    return [
        tuple(span) in map(tuple, found) for (_, true), found in zip(gold, predicted, strict=True) for span in true
    ]


def pairs_of(gold, predicted, domain):
    """Pairs of runs as (gold, predictions of a, predictions of b), a list of sentences each."""
    domains = list(gold) if domain == "all" else [domain]
    seeds = [
        sorted(set.intersection(*(set(predicted[name][one]) for one in domains))) for name in sorted(predicted)
    ]
    for pair in zip(*seeds, strict=False):
        yield (
            [sentence for one in domains for sentence in gold[one]],
            *(
                [sentence for one in domains for sentence in predicted[name][one][seed]]
                for name, seed in zip("ab", pair, strict=True)
            ),
        )


@given(data=corpora())
@settings(deadline=None, max_examples=40)
def test_statistics_are_those_of_mentions_enumerated(in_memory, data):
    rows = disagreement_rows(in_memory(*data), "a", "b")
    assert [row["domain"] for row in rows] == ["music", "ai", "all"]
    for row in rows:
        p_values, kappas, cells = [], [], []
        for gold, *predictions in pairs_of(*data, row["domain"]):
            a, b = (flags(gold, predicted) for predicted in predictions)
            cells.append([list(zip(a, b, strict=True)).count(pair) for pair in ((1, 1), (1, 0), (0, 1), (0, 0))])
            p_values.append(mcnemar(*cells[-1][1:3]))
            if len({*a, *b}) == 2:
                kappas.append(cohen_kappa_score(a, b))
        means = [fmean(column) for column in zip(*cells, strict=True)]
        assert [row[key] for key in ("both", "only_a", "only_b", "neither")] == means
        assert row["n"] == len(cells)
        assert row["kappa"] == (pytest.approx(fmean(kappas)) if kappas else None)
        combined = p_values[0] if len(cells) == 1 else min(1, 2 * fmean(p_values))
        assert row["mcnemar_p"] == pytest.approx(combined)
        total = sum(cells[0])
        recalls = [1 - one[3] / total for one in cells] if total else []
        assert row["oracle"] == (pytest.approx(100 * fmean(recalls)) if total else None)
        bounds = [200 * recall / (1 + recall) for recall in recalls]
        assert row["oracle_f1"] == (pytest.approx(fmean(bounds)) if total else None)


@given(data=corpora())
@settings(deadline=None, max_examples=20)
def test_agreement_is_the_f1_of_one_against_the_other(in_memory, data):
    results = in_memory(*data)
    systems = [results.system(name) for name in "ab"]
    for row in disagreement_rows(results, "a", "b", domains=["music", "ai"]):
        scores = []
        for runs in zip(*(system.answers[row["domain"]] for system in systems), strict=False):
            tags = [[tags_of(chunks, LENGTH) for chunks in one.chunks] for one in runs]
            if any(map(any, (chunks for one in runs for chunks in one.chunks))):
                as_gold = in_memory({"one": [(LENGTH, [chunk[:3] for chunk in c]) for c in runs[0].chunks]}, {})
                scores.append(micro_f1(as_gold.gold("one"), tags[1]))
        assert row["agreement"] == (pytest.approx(fmean(scores)) if scores else None)


@given(data=corpora())
@settings(deadline=None, max_examples=20)
def test_swapping_the_two_swaps_their_mentions(in_memory, data):
    results = in_memory(*data)

    def swapped(row):
        return row | {"a": row["b"], "b": row["a"], "only_a": row["only_b"], "only_b": row["only_a"]}

    rows, others = (disagreement_rows(results, *pair) for pair in ("ab", "ba"))
    for row, other in zip(rows, map(swapped, others), strict=True):
        places = [
            place | {"only_a": place["only_b"], "only_b": place["only_a"]} for place in other.pop("examples")
        ]
        assert row.pop("examples") == places
        assert row == pytest.approx(other)


@given(data=corpora())
@settings(deadline=None, max_examples=20)
def test_a_system_agrees_with_itself(in_memory, data):
    for row in disagreement_rows(in_memory(*data), "a", "a"):
        assert (row["only_a"], row["only_b"], row["mcnemar_p"], row["examples"]) == (0, 0, 1, [])
        assert row["agreement"] in (100, None)
        assert row["kappa"] in (1, None)


def test_by_hand(in_memory):
    gold = {"music": [(9, [(0, 1, "song"), (2, 3, "song"), (4, 6, "band")]), (9, [(0, 2, "song")]), (9, [])]}
    a = [[(0, 1, "song"), (2, 3, "song")], [(0, 2, "song")], [(1, 2, "song")]]
    b = [[(0, 1, "song"), (4, 6, "band", 0.5, False)], [(0, 1, "song")], []]
    [row, _] = disagreement_rows(in_memory(gold, {"a": {"music": {1: a}}, "b": {"music": {5: b}}}), "a", "b")
    assert row.pop("agreement") == pytest.approx(200 / 6)
    assert row.pop("kappa") == pytest.approx((0.5 - 0.375) / (1 - 0.375))
    assert row.pop("oracle_f1") == pytest.approx(2 * 100 * 75 / 175)
    assert row == {
        "a": "a",
        "b": "b",
        "domain": "music",
        "both": 1,
        "only_a": 2,
        "only_b": 0,  # strict IOB2 ignores the span that opens with I-
        "neither": 1,
        "oracle": 75,
        "mcnemar_p": 0.5,
        "n": 1,
        "examples": [
            {"domain": "music", "sentence": 0, "only_a": 1, "only_b": 0},
            {"domain": "music", "sentence": 1, "only_a": 1, "only_b": 0},
        ],
    }


def test_examples_are_those_of_most_difference(in_memory):
    true = [(i, i + 1, "song") for i in range(4)]
    gold = {domain: [(4, true)] * 3 for domain in ("music", "ai")}
    a = {"music": {1: [true, true, true], 2: [true, true, true]}, "ai": {1: [true, [], true]}}
    b = {"music": {1: [true[1:], true[2:], true], 2: [true, true[2:], true]}, "ai": {1: [true, true, true[3:]]}}
    results = in_memory(gold, {"a": a, "b": b})
    places = {row["domain"]: row["examples"] for row in disagreement_rows(results, "a", "b", examples=2)}
    assert [(one["sentence"], one["only_a"], one["only_b"]) for one in places["music"]] == [(1, 2, 0), (0, 0.5, 0)]
    assert [(one["domain"], one["sentence"], one["only_a"], one["only_b"]) for one in places["all"]] == [
        ("ai", 1, 0, 4),
        ("ai", 2, 3, 0),
    ]


def test_a_domain_that_one_lacks_is_left_out(in_memory):
    gold = {domain: [(2, [(0, 1, "song")])] for domain in ("music", "ai")}
    runs = {1: [[(0, 1, "song")]]}
    results = in_memory(gold, {"a": {"music": runs, "ai": runs}, "b": {"ai": runs}})
    assert [row["domain"] for row in disagreement_rows(results, "a", "b")] == ["ai"]


def test_stored_runs(tmp_path, write_runs):
    systems = [{"seeds": [1, 2], "error": 0.2}, {"seeds": [1, 2], "error": 0.5, "regime": "joint", "noise": 2}]
    results = Results(write_runs(tmp_path, systems))
    names = [system.name for system in results.systems]
    rows = disagreement_rows(results, *names)
    json.dumps(rows, allow_nan=False)
    assert [row["domain"] for row in rows] == [*results.domains, "all"]
    for key in ("both", "only_a", "only_b", "neither"):
        assert sum(row[key] for row in rows[:-1]) == pytest.approx(rows[-1][key])
    for row in rows[:-1]:
        for system, only in zip(results.systems, ("only_a", "only_b"), strict=True):
            gold = results.gold(row["domain"])
            recalls = []
            for one in system.answers[row["domain"]]:
                tags = [tags_of(chunks, len(true)) for chunks, true in zip(one.chunks, gold, strict=True)]
                right, _, true = span_counts(gold, tags).sum(axis=0)
                recalls.append(100 * right / true)
            mentions = row["both"] + row["only_a"] + row["only_b"] + row["neither"]
            assert 100 * (row["both"] + row[only]) / mentions == pytest.approx(fmean(recalls))
    better, worse = results.systems if results.systems[0].regime == "direct" else results.systems[::-1]
    row = disagreement_rows(results, better.name, worse.name, domains="all")[0]
    assert row["only_a"] > row["only_b"]
    assert row["mcnemar_p"] < 0.01


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ("ac", {}, "unknown system 'c'"),
        ("ca", {}, "unknown system 'c'"),
        ("ab", {"domains": ["musik"]}, "unknown domain 'musik'"),
        ("ab", {"examples": -1}, "examples .* -1"),
    ],
)
def test_bad_options(in_memory, arguments, options, words):
    results = in_memory({"music": [(2, [])]}, {name: {"music": {1: [[]]}} for name in "ab"})
    with pytest.raises(ConfigError, match=words):
        disagreement_rows(results, *arguments, **options)
