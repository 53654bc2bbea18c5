"""Scores against seqeval's own functions and against entities enumerated by their definition."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

import crossner
from crossner.data.types import Sentence
from crossner.errors import DataError
from crossner.scoring.score import score
from crossner.scoring.spans import f1_from_counts, micro_f1, span_counts

TYPES = ("song", "band", "two-words")
tags = st.sampled_from(["O", "O", *(f"{prefix}-{type_}" for prefix in "BI" for type_ in TYPES)])


@st.composite
def tagged(draw, openings=tags):
    """Gold tags that are well-formed and predicted tags that need not be, of the same sentences."""
    gold, predicted = [], []
    for length in draw(st.lists(st.integers(1, 7), min_size=1, max_size=5)):
        row = []
        for tag in draw(st.lists(tags, min_size=length, max_size=length)):
            orphan = tag.startswith("I-") and (not row or row[-1][2:] != tag[2:])
            row.append(f"B-{tag[2:]}" if orphan else tag)
        gold.append(row)
        # Near the gold, so that there are true positives to count.
        predicted.append([draw(st.sampled_from([tag, tag, tag]) | openings) for tag in row])
    return gold, predicted


def entities(sentences, *, repair):
    """Entities by definition, all pairs of ends tried; `repair`: an orphan I- opens one, as in conlleval."""
    found = set()
    for number, row in enumerate(sentences):
        for start in range(len(row)):
            type_ = row[start][2:]
            orphan = row[start].startswith("I-") and (start == 0 or row[start - 1][2:] != type_)
            for end in range(start + 1, len(row) + 1):
                inside = all(tag == f"I-{type_}" for tag in row[start + 1 : end])
                over = end == len(row) or row[end] != f"I-{type_}"
                if inside and over and (row[start].startswith("B-") or (repair and orphan)):
                    found.add((number, start, end, type_))
    return found


def ratios(correct, found, true):
    return {
        "precision": 100 * correct / found if found else 0,
        "recall": 100 * correct / true if true else 0,
        "f1": 200 * correct / (found + true) if found + true else 0,
    }


def of_type(spans, type_):
    return {span for span in spans if span[3] == type_}


@given(tagged())
@settings(deadline=None, max_examples=60)
def test_entity_scores_are_those_of_enumerated_entities(case):
    gold, predicted = case
    result = score(gold, predicted)
    for mode, repair in (("strict", False), ("default", True)):
        true, found = entities(gold, repair=repair), entities(predicted, repair=repair)
        types = {span[3] for span in true | found}
        by_type = {
            type_: ratios(len(of_type(true & found, type_)), len(of_type(found, type_)), len(of_type(true, type_)))
            for type_ in types
        }
        macro = sum(row["f1"] for row in by_type.values()) / len(types) if types else 0
        expected = ratios(len(true & found), len(found), len(true)) | {"macro_f1": macro}
        assert result[mode] == pytest.approx(expected, abs=1e-4)
        if mode == "strict":
            assert set(result["types"]) == types
            for type_, row in by_type.items():
                assert result["types"][type_] == pytest.approx(
                    row | {"support": len(of_type(true, type_))}, abs=1e-4
                )


@given(tagged().filter(lambda case: all(any(tag[0] == "B" for row in side for tag in row) for side in case)))
@settings(deadline=None, max_examples=40)
def test_entity_scores_are_those_of_seqeval(case):
    result = score(*case)
    for mode, options in (("strict", {"mode": "strict", "scheme": IOB2}), ("default", {})):
        for name, function in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
            expected = 100 * function(*case, zero_division=0, **options)
            assert result[mode][name] == pytest.approx(expected, abs=1e-4)
        expected = 100 * f1_score(*case, average="macro", zero_division=0, **options)
        assert result[mode]["macro_f1"] == pytest.approx(expected, abs=1e-4)


@given(tagged())
@settings(deadline=None)
def test_token_scores_compare_types_whatever_the_prefix(case):
    pairs = [
        (g.partition("-")[2], p.partition("-")[2])
        for gold, predicted in zip(*case, strict=True)
        for g, p in zip(gold, predicted, strict=True)
    ]
    correct = sum(g == p for g, p in pairs if g)
    expected = ratios(correct, sum(bool(p) for _, p in pairs), sum(bool(g) for g, _ in pairs))
    expected["accuracy"] = 100 * sum(g == p for g, p in pairs) / len(pairs)
    assert score(*case)["tokens"] == pytest.approx(expected, abs=1e-4)


@given(tagged())
@settings(deadline=None)
def test_per_sentence_counts_are_those_of_enumerated_entities(case):
    gold, predicted = case
    sentences = [Sentence(("x",) * len(row), tuple(row)) for row in gold]
    counts = span_counts(sentences, predicted)
    assert counts.shape == (len(gold), 3)
    for row, true_tags, found_tags in zip(counts.tolist(), gold, predicted, strict=True):
        true, found = entities([true_tags], repair=False), entities([found_tags], repair=False)
        assert row == [len(true & found), len(found), len(true)]
    assert micro_f1(sentences, predicted) == pytest.approx(score(gold, predicted)["strict"]["f1"], abs=1e-4)


@given(tagged())
@settings(deadline=None, max_examples=20)
def test_scores_are_plain_numbers_between_0_and_100(case):
    def check(tree):
        for value in tree.values():
            if isinstance(value, dict):
                check(value)
            else:
                assert type(value) in (int, float)
                assert 0 <= value <= 100

    result = score(*case)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    check(result)


@given(tagged())
@settings(deadline=None, max_examples=20)
def test_the_gold_itself_scores_100_or_holds_no_entity(case):
    gold, _ = case
    result = score(gold, gold)
    full = 100.0 if any(tag != "O" for row in gold for tag in row) else 0.0
    for mode in ("strict", "default"):
        assert set(result[mode].values()) == {full}
    assert result["tokens"]["accuracy"] == 100


@pytest.mark.parametrize(
    ("gold", "predicted"),
    [
        pytest.param([["O"]], [["O"]], id="nothing on either side"),
        pytest.param([], [], id="no sentence"),
        pytest.param([["B-song"]], [["O"]], id="nothing predicted"),
        pytest.param([["O"]], [["B-song"]], id="nothing to find"),
        pytest.param([["O"]], [["I-song"]], id="only an orphan predicted"),
    ],
)
def test_where_nothing_is_right_the_score_is_0(gold, predicted):
    result = score(gold, predicted)
    assert set(result["strict"].values()) == set(result["default"].values()) == {0.0}
    assert result["tokens"]["f1"] == 0


def test_strict_ignores_a_malformed_piece_and_default_repairs_it():
    gold = [["B-song", "I-song", "O", "B-band"]]
    predicted = [["B-song", "I-song", "O", "I-band"]]
    result = score(gold, predicted)
    assert (result["strict"]["precision"], result["strict"]["recall"]) == (100, 50)
    assert result["default"]["f1"] == 100


def test_strict_may_be_the_higher_score():
    result = score([["B-song", "O", "O"]], [["B-song", "I-band", "O"]])
    assert (result["strict"]["f1"], result["default"]["f1"]) == (100, 66.6667)


@pytest.mark.parametrize(
    ("gold", "predicted", "reason"),
    [
        ([["O"], ["O"]], [["O"]], "2 sentences of gold tags, but 1 of predicted tags"),
        ([["O"], ["O", "O"]], [["O"], ["O"]], "sentence 2 has 2 gold tags, but 1 predicted tags"),
        ([["X"]], [["O"]], "sentence 1: unknown tag 'X'; expected O, B-TYPE or I-TYPE"),
        ([["O"], ["O"]], [["O"], ["E-song"]], "sentence 2: unknown tag 'E-song'; expected O, B-TYPE or I-TYPE"),
    ],
)
def test_what_cannot_be_scored_is_named(gold, predicted, reason):
    with pytest.raises(DataError) as caught:
        score(gold, predicted)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("counts", "f1"), [((0, 0, 0), 0), ((0, 3, 0), 0), ((3, 3, 3), 100), ((1, 2, 4), 100 / 3)]
)
def test_f1_from_counts(counts, f1):
    assert f1_from_counts(*counts) == pytest.approx(f1)


def test_the_package_exports_score():
    assert crossner.score is score
