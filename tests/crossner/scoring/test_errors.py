"""Errors against all pairings enumerated, F1 of predictions that were really repaired, sklearn, seqeval."""

import json
import warnings
from collections import Counter
from itertools import combinations
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from sklearn.metrics import confusion_matrix

from crossner.data.spans import Chunk, chunks_of, spans_of, tags_of
from crossner.data.types import Span
from crossner.errors import ConfigError
from crossner.results import Results
from crossner.scoring.errors import (
    KINDS,
    Finding,
    chosen_systems,
    classify,
    confusion,
    costly_rows,
    error_rows,
    findings_of,
)
from crossner.scoring.spans import micro_f1, span_counts

TYPES = ("song", "band", "misc")
LENGTH = 9
rows_of_tags = st.lists(
    st.sampled_from(["O", *(prefix + type_ for prefix in ("B-", "I-", "I-") for type_ in TYPES[:2])]),
    min_size=LENGTH,
    max_size=LENGTH,
)
predicted_chunks = rows_of_tags.map(chunks_of)
gold_spans = predicted_chunks.map(lambda chunks: [Span(*chunk[:3]) for chunk in chunks])


@st.composite
def corpora(draw, domains=("music", "ai"), most=2):
    """Gold and predictions of systems with one or two seeds, for the fixture `in_memory`."""
    gold, predicted = {}, {"a": {}, "b": {}}
    for domain in domains:
        gold[domain] = [(LENGTH, draw(gold_spans)) for _ in range(draw(st.integers(1, 3)))]
        for by_domain in predicted.values():
            by_domain[domain] = {
                seed: [
                    [(*one[:3], 0.5, True) for one in spans]
                    if draw(st.booleans())
                    else [(*chunk[:3], 0.5, chunk[3]) for chunk in draw(predicted_chunks)]
                    for _, spans in gold[domain]
                ]
                for seed in range(1, draw(st.integers(1, most)) + 1)
            }
    return gold, predicted


def opened(chunks):
    return [Span(*chunk[:3]) for chunk in chunks if chunk.opened]


def worth(pairs):
    return (
        sum(gold.type == predicted.type for gold, predicted in pairs),
        sum(min(gold.end, predicted.end) - max(gold.start, predicted.start) for gold, predicted in pairs),
        len(pairs),
    )


@given(gold_spans, predicted_chunks)
@settings(deadline=None, max_examples=40)
def test_every_span_is_in_exactly_one_finding(gold, chunks):
    findings = classify(gold, chunks)
    assert sorted(one.gold for one in findings if one.gold) == sorted(gold)
    assert sorted(one.predicted for one in findings if one.predicted) == sorted(opened(chunks))
    assert findings == classify(gold[::-1], chunks[::-1])


@given(gold_spans, predicted_chunks)
@settings(deadline=None, max_examples=40)
def test_kinds_are_those_of_their_definitions(gold, chunks):
    for kind, true, found in classify(gold, chunks):
        if true is None or found is None:
            assert kind == ("missed" if found is None else "spurious")
            continue
        assert set(range(*true[:2])) & set(range(*found[:2]))
        words = [
            *(["boundary"] if true[:2] != found[:2] else []),
            *(["type"] if true.type != found.type else []),
        ]
        assert kind == (" and ".join(words) or "correct")


@given(gold_spans, predicted_chunks)
@settings(deadline=None, max_examples=40)
def test_no_pairing_is_better(gold, chunks):
    edges = [(a, b) for a in gold for b in opened(chunks) if max(a.start, b.start) < min(a.end, b.end)]
    most = min(len(gold), len(opened(chunks)))
    pairings = [
        pairs
        for size in range(most + 1)
        for pairs in combinations(edges, size)
        if len({a for a, _ in pairs}) == len({b for _, b in pairs}) == size
    ]
    pairs = [(true, found) for _, true, found in classify(gold, chunks) if true and found]
    assert worth(pairs) == max(map(worth, pairings))


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([], [], []),
        ([(0, 2, "song")], [(0, 2, "song")], ["correct (0, 0)"]),
        ([(0, 2, "song")], [(0, 2, "band")], ["type (0, 0)"]),
        ([(0, 2, "song")], [(1, 3, "song")], ["boundary (0, 1)"]),
        ([(0, 2, "song")], [(1, 3, "band")], ["boundary and type (0, 1)"]),
        # That they touch is no overlap.
        ([(0, 2, "song")], [(2, 3, "song")], ["missed (0, None)", "spurious (None, 2)"]),
        # The type counts more than the overlap, ...
        (
            [(0, 5, "song")],
            [(0, 3, "band"), (3, 4, "song")],
            ["spurious (None, 0)", "boundary (0, 3)"],
        ),
        # ... which decides between equal types, ...
        ([(0, 5, "song")], [(0, 2, "song"), (2, 5, "song")], ["spurious (None, 0)", "boundary (0, 2)"]),
        # ... and with equal overlap the left one is taken.
        ([(0, 4, "song")], [(0, 2, "song"), (2, 4, "song")], ["boundary (0, 0)", "spurious (None, 2)"]),
        # The best total, not the best single pair.
        (
            [(0, 4, "song"), (4, 6, "song")],
            [(0, 2, "band"), (2, 6, "song")],
            ["boundary and type (0, 0)", "boundary (4, 2)"],
        ),
        # With equal overlap two pairs are better than one.
        (
            [(0, 2, "song"), (2, 6, "song")],
            [(1, 4, "song"), (5, 7, "song")],
            ["boundary (0, 1)", "boundary (2, 5)"],
        ),
    ],
)
def test_pairings_by_hand(gold, predicted, expected):
    findings = classify([Span(*span) for span in gold], [Chunk(*span, True) for span in predicted])
    starts = [(one.gold and one.gold.start, one.predicted and one.predicted.start) for one in findings]
    assert [f"{one.kind} {pair}" for one, pair in zip(findings, starts, strict=True)] == expected


def test_a_span_that_opens_with_i_is_passed_over():
    span = Span(0, 2, "song")
    assert classify([span], [Chunk(0, 2, "song", False)]) == [Finding("missed", span, None)]


@given(st.lists(st.tuples(gold_spans, predicted_chunks), min_size=1, max_size=3))
@settings(deadline=None, max_examples=40)
def test_f1_of_the_findings_is_the_headline(sentences):
    kinds = Counter(one.kind for pair in sentences for one in classify(*pair))
    total = sum(kinds.values()) + sum(kinds[kind] for kind in KINDS[:4])
    f1 = 200 * kinds["correct"] / total if total else 0
    gold = [tags_of([Chunk(*span, True) for span in spans], LENGTH) for spans, _ in sentences]
    predicted = [tags_of(chunks, LENGTH) for _, chunks in sentences]
    if any(tag.startswith("B-") for tags in gold + predicted for tag in tags):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # seqeval: no predicted, or no gold, span
            assert f1 == pytest.approx(100 * f1_score(gold, predicted, mode="strict", scheme=IOB2))
    else:
        assert f1 == 0


def repaired(gold, found, change):
    """Sets of spans that remain if `change` chooses which findings become right, and their F1 in percent."""
    true = {(number, span) for number, spans in enumerate(gold) for span in spans}
    predicted = set()
    for number, findings in enumerate(found):
        for one in findings:
            wanted = one.gold if change(one) else one.predicted
            predicted |= {(number, wanted)} if wanted else set()
    total = len(true) + len(predicted)
    return 200 * len(true & predicted) / total if total else 0


def gold_and_found(results, row):
    gold = [sentence.spans for sentence in results.gold(row["domain"])]
    return gold, [findings_of(results, one) for one in results.system(row["system"]).answers[row["domain"]]]


@given(data=corpora())
@settings(deadline=None, max_examples=30)
def test_gains_of_kinds_are_those_of_predictions_that_were_repaired(in_memory, data):
    results = in_memory(*data)
    for row in error_rows(results, domains=results.domains):
        gold, found = gold_and_found(results, row)
        fixed = [repaired(gold, one, lambda finding, kind=row["kind"]: finding.kind == kind) for one in found]
        assert row["f1_if_fixed"] == pytest.approx(fmean(fixed))
        assert row["f1_gain"] == pytest.approx(fmean(fixed) - row["f1"])
        assert row["f1_gain"] >= -1e-9
        assert row["n"] == len(found)


@given(data=corpora())
@settings(deadline=None, max_examples=30)
def test_gains_of_confusions_are_those_of_predictions_that_were_repaired(in_memory, data):
    results = in_memory(*data)
    for row in costly_rows(results, top=100):
        gold, found = gold_and_found(results, row)

        def meant(finding, names=(row["gold"], row["predicted"])):
            types = tuple("none" if span is None else span.type for span in finding[1:])
            return finding.kind != "correct" and types == names

        gains = [repaired(gold, one, meant) - repaired(gold, one, lambda _: False) for one in found]
        assert row["f1_gain"] == pytest.approx(fmean(gains))
        assert row["count"] == fmean(sum(meant(finding) for part in one for finding in part) for one in found)


@given(data=corpora())
@settings(deadline=None, max_examples=20)
def test_rows_and_confusions_tell_the_same(in_memory, data):
    results = in_memory(*data)
    for system in results.systems:
        for domain in results.domains:
            chosen = {"systems": [system.name], "domains": [domain]}
            rows = error_rows(results, **chosen)
            kinds = {row["kind"]: row["count"] for row in rows}
            assert sum(row["share"] for row in rows) == pytest.approx(100 if sum(kinds.values()) else 0)
            table = confusion(results, system.name, domain)
            n, counts = table["n"], np.array(table["counts"])
            assert counts.sum() == pytest.approx(n * sum(kinds.values()))
            assert counts[-1].sum() == pytest.approx(n * kinds["spurious"])
            assert counts[:, -1].sum() == pytest.approx(n * kinds["missed"])
            assert counts.trace() == pytest.approx(n * (kinds["correct"] + kinds["boundary"]))
            costly = {
                (row["gold"], row["predicted"]): n * row["count"]
                for row in costly_rows(results, top=100, **chosen)
            }
            off_diagonal = {
                (gold, predicted): count
                for gold, row in zip(table["types"], table["counts"], strict=True)
                for predicted, count in zip(table["types"], row, strict=True)
                if count and gold != predicted
            }
            assert off_diagonal == pytest.approx({pair: costly[pair] for pair in costly if len({*pair}) == 2})
            by_seed = [confusion(results, system.name, domain, seed=seed + 1)["counts"] for seed in range(n)]
            assert np.array_equal(np.sum(by_seed, axis=0), counts)


@given(st.lists(st.tuples(st.sampled_from([*TYPES, "none"]), st.sampled_from([*TYPES, "none"])), max_size=20))
@settings(deadline=None, max_examples=30)
def test_a_confusion_of_equal_boundaries_is_that_of_sklearn(in_memory, pairs):
    pairs = [(gold, predicted) for gold, predicted in pairs if (gold, predicted) != ("none", "none")]
    spans = [[(i, i + 1, pair[side]) for i, pair in enumerate(pairs) if pair[side] != "none"] for side in (0, 1)]
    results = in_memory({"music": [(len(pairs) + 1, spans[0])]}, {"a": {"music": {1: [spans[1]]}}})
    table = confusion(results, "a", "music")
    assert table["types"] == [*TYPES, "none"]
    if pairs:
        assert table["counts"] == confusion_matrix(*zip(*pairs, strict=True), labels=table["types"]).tolist()
    else:
        assert table["counts"] == [[0] * 4] * 4


def test_types_outside_the_schema_follow_it(in_memory):
    results = in_memory(
        {"music": [(4, [(0, 1, "song")])]},
        {"a": {"music": {1: [[(0, 1, "single"), (2, 3, "artist")]]}}},
    )
    assert confusion(results, "a", "music") == {
        "types": ["song", "band", "misc", "artist", "single", "none"],
        "counts": [[0, 0, 0, 0, 1, 0], *[[0] * 6] * 4, [0, 0, 0, 1, 0, 0]],
        "n": 1,
    }


def test_costly_confusions_by_hand(in_memory):
    results = in_memory(
        {"music": [(6, [(0, 1, "song"), (2, 3, "song")]), (6, [(0, 1, "song"), (2, 4, "band")])]},
        {
            "a": {
                "music": {
                    1: [[(0, 1, "band"), (2, 3, "song")], [(0, 1, "band"), (3, 5, "band")]],
                    2: [[(0, 1, "song"), (2, 3, "song")], [(0, 1, "band"), (5, 6, "misc")]],
                }
            }
        },
    )
    rows = costly_rows(results, examples=1)
    # Of 8 spans, gold and predicted, seed 1 has 1 right of 4 and seed 2, 2 of 4.
    assert [(row["gold"], row["predicted"], row["count"], round(row["f1_gain"], 4)) for row in rows] == [
        ("song", "band", 1.5, 37.5),  # 25 → 75 and 50 → 75
        ("band", "band", 0.5, 12.5),  # 25 → 50 and nothing
        ("band", "none", 0.5, round((600 / 9 - 50) / 2, 4)),
        ("none", "misc", 0.5, round((400 / 7 - 50) / 2, 4)),
    ]
    assert [row["sentences"] for row in rows] == [
        [{"sentence": 1, "seeds": 2, "gold": [0, 1], "predicted": [0, 1]}],
        [{"sentence": 1, "seeds": 1, "gold": [2, 4], "predicted": [3, 5]}],
        [{"sentence": 1, "seeds": 1, "gold": [2, 4], "predicted": None}],
        [{"sentence": 1, "seeds": 1, "gold": None, "predicted": [5, 6]}],
    ]
    assert costly_rows(results, top=2, examples=0) == [row | {"sentences": []} for row in rows[:2]]


def test_all_takes_the_domains_together_within_seeds_that_have_them(in_memory):
    gold = {domain: [(4, [(0, 1, "song"), (2, 3, "band")])] for domain in ("music", "ai")}
    both, one = [[(0, 1, "song"), (2, 3, "band")]], [[(0, 1, "song")]]
    results = in_memory(
        gold,
        {"a": {"music": {1: one, 2: both}, "ai": {2: one, 3: one}}, "b": {"ai": {1: one}}},
    )
    rows = error_rows(results)
    assert {(row["system"], row["domain"], row["n"]) for row in rows} == {
        ("a", "music", 2),
        ("a", "ai", 2),
        ("a", "all", 1),
        ("b", "ai", 1),
    }
    counts = {row["kind"]: row["count"] for row in rows if row["domain"] == "all"}
    assert counts == dict.fromkeys(KINDS, 0) | {"correct": 3, "missed": 1}
    assert rows == error_rows(results, systems=["a", "b"], domains=["music", "ai", "all"])
    assert error_rows(results, systems="b", domains="ai") == [row for row in rows if row["system"] == "b"]


def test_stored_runs(tmp_path, write_runs):
    results = Results(write_runs(tmp_path, [{"seeds": [1, 2], "error": 0.4, "orphans": 0.1}]))
    rows = error_rows(results)
    json.dumps([rows, costly_rows(results)], allow_nan=False)
    [system] = results.systems
    for row in rows:
        runs = system.answers.get(row["domain"])
        if runs:
            assert row["f1"] == pytest.approx(results.table["rows"][0]["f1"][row["domain"]]["mean"], abs=1e-3)
            gold = results.gold(row["domain"])
            tags = [[tags_of(chunks, len(s)) for chunks, s in zip(one.chunks, gold, strict=True)] for one in runs]
            assert row["f1"] == pytest.approx(fmean(micro_f1(gold, one) for one in tags))
            correct = [span_counts(gold, one)[:, 0].sum() for one in tags]
            assert row["kind"] != "correct" or row["count"] == fmean(correct)
    for row in costly_rows(results):
        for place in row["sentences"]:
            sentence = results.gold(row["domain"])[place["sentence"]]
            assert place["gold"] is None or (*place["gold"], row["gold"]) in spans_of(sentence.tags)
            found = {chunk[:3] for one in system.answers[row["domain"]] for chunk in one.chunks[place["sentence"]]}
            assert place["predicted"] is None or (*place["predicted"], row["predicted"]) in found


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda results: error_rows(results, systems=["c"]), "unknown system 'c'"),
        (lambda results: error_rows(results, domains=["musik"]), "unknown domain 'musik'.*music.*all"),
        (lambda results: costly_rows(results, domains=["all"]), "unknown domain 'all'"),
        (lambda results: costly_rows(results, top=-1), "top .* -1"),
        (lambda results: costly_rows(results, examples=-1), "examples .* -1"),
        (lambda results: confusion(results, "a", "all"), "unknown domain 'all'"),
        (lambda results: confusion(results, "a", "ai"), "'a' has no run on ai"),
        (lambda results: confusion(results, "a", "music", seed=7), "'a' has no run on music with seed 7"),
    ],
)
def test_bad_options(in_memory, call, words):
    results = in_memory({"music": [(2, [])], "ai": [(2, [])]}, {"a": {"music": {1: [[]]}}})
    with pytest.raises(ConfigError, match=words):
        call(results)


def test_no_span_at_all(in_memory):
    results = in_memory({"music": [(2, [])]}, {"a": {"music": {1: [[]]}}})
    assert {(row["count"], row["share"], row["f1"], row["f1_gain"]) for row in error_rows(results)} == {
        (0, 0, 0, 0)
    }
    assert costly_rows(results) == []
    assert chosen_systems(results) == list(results.systems)
