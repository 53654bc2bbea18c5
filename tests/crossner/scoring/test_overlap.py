"""Overlap schemes equal nervaluate's on any input; MUC's slots those of the best alignment there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nervaluate import Evaluator
from scipy.optimize import linear_sum_assignment

from crossner.data.spans import chunks_of
from crossner.errors import ConfigError
from crossner.scoring.overlap import SCHEMES, Outcome, correct_slots, match_mentions, overlap_counts

TYPES = ["band", "song", "misc"]
THEIRS = {"strict": "strict", "exact": "exact", "partial": "partial", "type": "ent_type"}

tags = st.lists(st.sampled_from(["O", *(f"{p}-{t}" for p in "BI" for t in TYPES)]), max_size=12)
from_tags = tags.map(lambda row: [chunk[:3] for chunk in chunks_of(row)])
# Some of more than a hundred words.
steps = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([1, 2, 3, 99, 150]), st.sampled_from(TYPES)), max_size=5
)
any_spans = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4), st.sampled_from(TYPES)), max_size=6)
overlapping = any_spans.map(lambda rows: sorted((start, start + length, type_) for start, length, type_ in rows))


def laid_out(rows):
    mentions, place = [], 0
    for gap, length, type_ in rows:
        mentions.append((place + gap, place + gap + length, type_))
        place += gap + length
    return mentions


mentions = st.one_of(from_tags, steps.map(laid_out), overlapping)
sentences = st.lists(st.tuples(mentions, mentions), min_size=1, max_size=4)


def nervaluate(gold, predicted):
    """nervaluate's counts, whose ends are inclusive."""
    documents = [
        [[{"label": type_, "start": start, "end": end - 1} for start, end, type_ in rows] for rows in side]
        for side in (gold, predicted)
    ]
    return Evaluator(*documents, tags=TYPES, loader="dict").evaluate()


def counted(result):
    return Outcome(result.correct, result.incorrect, result.partial, result.missed, result.spurious)


@given(sentences)
@settings(deadline=None, max_examples=40)
def test_every_scheme_is_nervaluates(pairs):
    gold, predicted = zip(*pairs, strict=True)
    theirs = nervaluate(gold, predicted)["overall"]
    for scheme in SCHEMES:
        ours = Outcome(*overlap_counts(gold, predicted, scheme).sum(axis=0))
        expected = theirs[THEIRS[scheme]]
        assert ours == counted(expected)
        assert (ours.possible, ours.actual) == (expected.possible, expected.actual)
        total = ours.possible + ours.actual
        assert (2 * ours.credit / total if total else 0) == pytest.approx(expected.f1)


@given(sentences)
@settings(deadline=None, max_examples=40)
def test_a_mention_is_in_one_pair_or_none(pairs):
    for gold, predicted in pairs:
        for scheme in SCHEMES:
            outcome = match_mentions(gold, predicted, scheme)
            assert (outcome.possible, outcome.actual) == (len(gold), len(predicted))
            assert min(outcome) >= 0


@given(from_tags, from_tags)
@settings(deadline=None, max_examples=40)
def test_strict_is_exact_entities_and_exact_untyped_spans(gold, predicted):
    places = [{mention[:2] for mention in side} for side in (gold, predicted)]
    assert match_mentions(gold, predicted, "strict").correct == len(set(gold) & set(predicted))
    assert match_mentions(gold, predicted, "exact").correct == len(places[0] & places[1])
    assert match_mentions(gold, predicted, "partial").correct == match_mentions(gold, predicted, "exact").correct


@given(from_tags, from_tags, st.randoms())
@settings(deadline=None, max_examples=40)
def test_the_order_of_the_lists_does_not_matter(gold, predicted, random):
    shuffled = random.sample(gold, len(gold)), random.sample(predicted, len(predicted))
    for scheme in SCHEMES:
        assert match_mentions(*shuffled, scheme) == match_mentions(gold, predicted, scheme)
    assert correct_slots(*shuffled) == correct_slots(gold, predicted)


BAND = (0, 3, "band")


@pytest.mark.parametrize(
    ("gold", "predicted", "strict", "exact", "partial", "type"),
    [
        ([BAND], [BAND], (1, 0, 0, 0, 0), (1, 0, 0, 0, 0), (1, 0, 0, 0, 0), (1, 0, 0, 0, 0)),
        ([BAND], [(0, 3, "song")], (0, 1, 0, 0, 0), (1, 0, 0, 0, 0), (1, 0, 0, 0, 0), (0, 1, 0, 0, 0)),
        ([BAND], [(1, 3, "band")], (0, 1, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), (1, 0, 0, 0, 0)),
        ([BAND], [(1, 3, "song")], (0, 1, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), (0, 1, 0, 0, 0)),
        ([BAND], [(3, 4, "band")], (0, 0, 0, 1, 1), (0, 0, 0, 1, 1), (0, 0, 0, 1, 1), (0, 0, 0, 1, 1)),
        ([BAND], [], (0, 0, 0, 1, 0), (0, 0, 0, 1, 0), (0, 0, 0, 1, 0), (0, 0, 0, 1, 0)),
        # Two predictions over one mention: the first takes it, though only the second has its type.
        (
            [BAND],
            [(0, 1, "song"), (1, 3, "band")],
            (0, 1, 0, 0, 1),
            (0, 1, 0, 0, 1),
            (0, 0, 1, 0, 1),
            (0, 1, 0, 0, 1),
        ),
        # One over two: it takes the first, with types the one nearer in boundaries.
        (
            [(0, 1, "band"), (1, 4, "band")],
            [(0, 4, "band")],
            (0, 1, 0, 1, 0),
            (0, 1, 0, 1, 0),
            (0, 0, 1, 1, 0),
            (1, 0, 0, 1, 0),
        ),
        # Of two as near it takes the first.
        (
            [(0, 2, "band"), (3, 5, "band")],
            [(1, 4, "band"), (4, 5, "band")],
            (0, 2, 0, 0, 0),
            (0, 2, 0, 0, 0),
            (0, 0, 2, 0, 0),
            (2, 0, 0, 0, 0),
        ),
    ],
)
def test_outcomes_by_hand(gold, predicted, strict, exact, partial, type):
    expected = {"strict": strict, "exact": exact, "partial": partial, "type": type}
    assert {scheme: match_mentions(gold, predicted, scheme) for scheme in SCHEMES} == expected


def test_one_word_of_more_than_a_hundred_is_no_overlap():
    assert match_mentions([(0, 100, "band")], [(0, 1, "band")], "partial").partial == 1
    assert match_mentions([(0, 101, "band")], [(0, 1, "band")], "partial").spurious == 1
    assert match_mentions([(0, 1, "band")], [(0, 101, "band")], "partial").partial == 1


def test_no_sentence_gives_no_row():
    assert overlap_counts([], [], "partial").shape == (0, 5)
    assert overlap_counts([[], [BAND]], [[], []], "partial").tolist() == [[0, 0, 0, 0, 0], [0, 0, 0, 1, 0]]


def test_an_unknown_scheme_is_an_error_that_lists_the_schemes():
    with pytest.raises(ConfigError, match="strict, exact, partial, type"):
        match_mentions([], [], "ent_type")


def best_alignment(gold, predicted):
    """The most right slots of any one-to-one alignment of mentions that share a word."""
    slots = np.zeros((len(gold), len(predicted)))
    for i, (start, end, type_) in enumerate(gold):
        for j, (left, right, other) in enumerate(predicted):
            if max(start, left) < min(end, right):
                slots[i, j] = ((start, end) == (left, right)) + (type_ == other)
    return slots[linear_sum_assignment(slots, maximize=True)].sum()


disjoint = st.one_of(from_tags, steps.map(laid_out))


@given(disjoint, disjoint)
@settings(deadline=None, max_examples=40)
def test_slots_are_those_of_the_best_alignment(gold, predicted):
    assert correct_slots(gold, predicted) == best_alignment(gold, predicted)
    assert correct_slots(predicted, gold) == correct_slots(gold, predicted)


@pytest.mark.parametrize(
    ("gold", "predicted", "slots"),
    [
        ([BAND], [BAND], 2),
        ([BAND], [(0, 3, "song")], 1),  # TEXT
        ([BAND], [(0, 2, "band")], 1),  # TYPE
        ([BAND], [(0, 2, "song")], 0),
        ([BAND], [(3, 4, "band")], 0),
        ([BAND], [(0, 1, "band"), (1, 3, "band")], 1),  # one of them is aligned
        ([BAND], [(0, 1, "song"), (1, 3, "band")], 1),  # the one that is right
        ([(0, 1, "band"), (1, 2, "band")], [(0, 2, "band")], 1),
        ([(0, 2, "band"), (2, 4, "song")], [(0, 1, "band"), (1, 3, "song")], 2),
        ([], [BAND], 0),
        ([BAND], [], 0),
    ],
)
def test_slots_by_hand(gold, predicted, slots):
    assert correct_slots(gold, predicted) == slots
