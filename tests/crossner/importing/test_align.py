"""Sentences and mentions that have no place, or several: by hand, on a few words."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner.data.types import Sentence
from crossner.importing.align import align, place
from crossner.importing.passages import Mention, Passage, edges, squeeze

SENTENCES = ("New York and York", "He left .", "Ada met Bob in Rome , Italy", "He left .")


def sentences(*texts):
    return [Sentence(tuple(text.split(" ")), ("O",) * len(text.split(" "))) for text in texts]


def passage(text, *mentions, line=1, number=None):
    """A passage of tokens with mentions: (start, end, label) or (start, end, label, score) or (string, label)."""
    tokens = tuple(text.split(" "))
    edge = edges(tokens)
    made = []
    for one in mentions:
        if isinstance(one[0], str):
            made.append(Mention(one[1], None, None, *one[:1], *one[2:]))
        else:
            start, end, label, *score = one
            made.append(Mention(label, edge[start], edge[end], " ".join(tokens[start:end]), *score))
    return Passage(line, text, squeeze(text), tokens, number, tuple(made))


def placed(passages, texts=SENTENCES):
    groups, problems = align(passages, sentences(*texts))
    result = place(groups, passages, sentences(*texts))
    spans = [(*where, mention.label) for where, mention in result.spans]
    return spans, [(one["sentence"], one["reason"], one["text"]) for one in problems + result.problems], result


@pytest.mark.parametrize(
    ("texts", "groups", "reasons"),
    [
        (SENTENCES, [(0, 0), (1, 1), (2, 2), (3, 3)], []),
        (SENTENCES[::-1], [(0, 1), (1, 2), (2, 3), (3, 0)], []),
        (["NewYork andYork", "Ada met Bob in Rome,Italy"], [(0, 0), (1, 2)], []),
        (["He left."], [(0, 1)], []),
        (["He left.", "He left ."], [(1, 1), (0, 3)], []),  # the same tokens come first
        (["He left .", "He left .", "He left ."], [(0, 1), (1, 3)], ["repeated"]),
        (["He left ! "], [], ["no such sentence"]),
        (["New York", "and York"], [((0, 1), 0)], []),
        (["New York and York He", "left ."], [((0, 1), (0, 1))], []),
        (["New York and York He left ."], [(0, (0, 1))], []),
        (["New York", "He left .", "and York"], [(1, 1)], ["no such sentence", "no such sentence"]),
        (["Ada met Bob in Rome"], [(0, 2)], ["cut short"]),
        (["Ada met Bob"], [], ["no such sentence"]),
        ([""], [], ["no such sentence"]),
    ],
)
def test_sentences(texts, groups, reasons):
    found, problems = align([passage(text) for text in texts], sentences(*SENTENCES))

    def several(value):
        return value if isinstance(value, tuple) else (value,)

    assert sorted(found) == sorted(tuple(map(several, group)) for group in groups)
    assert [problem["reason"] for problem in problems] == reasons


def test_a_number_decides_between_equal_sentences():
    groups, _ = align([passage("He left .", number=3), passage("He left .")], sentences(*SENTENCES))
    assert sorted(groups) == [((0,), (3,)), ((1,), (1,))]


def test_a_number_that_does_not_fit_the_text_is_a_name_of_theirs():
    groups, problems = align([passage("He left .", number=0)], sentences(*SENTENCES))
    assert (groups, problems) == ([((0,), (1,))], [])


@given(st.permutations(range(12)), st.lists(st.integers(1, 3), min_size=1), st.data())
@settings(deadline=None, max_examples=40)
def test_any_cutting_of_different_sentences_is_found(order, sizes, data):
    """Sentences in any order, each cut into passages at random: all spans come back."""
    texts = [f"a{number} b{number} c{number} d{number}" for number in range(12)]
    passages, expected = [], []
    for number in order:
        tokens = texts[number].split(" ")
        cuts = sorted({0, 4, *data.draw(st.lists(st.integers(1, 3), max_size=2))})
        for start, end in pairwise(cuts):
            passages.append(passage(" ".join(tokens[start:end]), (0, end - start, "x")))
            expected.append((number, start, end, "x"))
    spans, problems, _ = placed(passages, texts)
    assert spans == sorted(expected)
    assert problems == []


WORDS = st.sampled_from(["New", "York", "New York", "and York", "ew", "NewYork and"])
OFFSETS = st.tuples(st.integers(0, 15), st.integers(1, 5)).map(lambda pair: (pair[0], min(sum(pair), 16)))
SCORES = st.none() | st.sampled_from([0.2, 0.5, 0.9])


@given(st.lists(st.tuples(WORDS | OFFSETS.filter(lambda pair: pair[0] < pair[1]), st.sampled_from("xy"), SCORES)))
@settings(deadline=None, max_examples=40)
def test_every_mention_has_a_place_or_a_reason(drawn):
    """Two sentences in one passage: nothing is lost, nothing overlaps, what is kept is what was said."""
    texts = ["New York and York", "He ."]
    mentions = [
        Mention(label, None, None, what, score) if isinstance(what, str) else Mention(label, *what, "", score)
        for what, label, score in drawn
    ]
    one = Passage(1, "", squeeze("".join(texts)), None, None, tuple(mentions))
    groups, _ = align([one], sentences(*texts))
    found = place(groups, [one], sentences(*texts))
    assert len(found.spans) + len(found.problems) == len(mentions)
    taken = [(where.sentence, i) for where, _ in found.spans for i in range(where.start, where.end)]
    assert len(taken) == len(set(taken))
    for where, mention in found.spans:
        tokens = texts[where.sentence].split(" ")
        before = len(squeeze("".join(texts[: where.sentence]))) + len("".join(tokens[: where.start]))
        text = "".join(tokens[where.start : where.end])
        if mention.start is None:
            assert text == squeeze(mention.text)
        else:
            assert (before, before + len(text)) == (mention.start, mention.end)


@pytest.mark.parametrize(
    ("one", "spans", "problems"),
    [
        # offsets
        (passage("New Yo rk and York", (0, 2, "x")), [], [(0, "inside a token", "New Yo")]),
        (passage("New Yo rk and York", (0, 3, "x")), [(0, 0, 2, "x")], []),
        (passage("NewYork and York", (0, 1, "x")), [(0, 0, 2, "x")], []),
        (
            passage("New York and York He left .", (3, 5, "x"), (4, 5, "y")),
            [(1, 0, 1, "y")],
            [(None, "crosses sentences", "York He")],
        ),
        # overlaps: score, then length, then order
        (
            passage(SENTENCES[0], (0, 2, "x", 0.5), (1, 2, "y", 0.6)),
            [(0, 1, 2, "y")],
            [(0, "overlap", "New York")],
        ),
        (passage(SENTENCES[0], (0, 1, "x"), (0, 2, "y")), [(0, 0, 2, "y")], [(0, "overlap", "New")]),
        (passage(SENTENCES[0], (1, 3, "y"), (0, 2, "x")), [(0, 0, 2, "x")], [(0, "overlap", "York and")]),
        (passage(SENTENCES[0], (0, 2, "x"), (0, 2, "y")), [(0, 0, 2, "x")], [(0, "overlap", "New York")]),
        (passage(SENTENCES[0], (0, 2, "x", 0.1), (1, 2, "y")), [(0, 0, 2, "x")], [(0, "overlap", "York")]),
        # strings
        (passage(SENTENCES[0], ("York", "x"), ("New York", "y")), [(0, 0, 2, "y"), (0, 3, 4, "x")], []),
        (passage(SENTENCES[0], ("York", "x"), ("York", "x")), [(0, 1, 2, "x"), (0, 3, 4, "x")], []),
        (
            passage(SENTENCES[0], *[("York", "x")] * 3),
            [(0, 1, 2, "x"), (0, 3, 4, "x")],
            [(0, "overlap", "York")],
        ),
        (
            passage(SENTENCES[0], ("Yor", "x"), ("york", "x")),
            [],
            [(0, "not found", "Yor"), (0, "not found", "york")],
        ),
        (passage(SENTENCES[2], ("Rome, Italy", "x")), [(2, 4, 7, "x")], []),
    ],
)
def test_mentions(one, spans, problems):
    found = placed([one])
    assert found[0] == spans
    assert sorted(found[1], key=str) == sorted(problems, key=str)
    assert found[2].ambiguous == []


@pytest.mark.parametrize(
    ("mentions", "places"),
    [
        ([("York", "x")], [2]),
        ([("York", "x"), ("York", "x")], []),
        ([("York", "x"), ("York", "y")], [2]),  # which is which?
        ([("York", "x"), ("New York", "x")], []),
        ([("New", "x")], []),
        ([(0, 2, "x"), ("York", "x")], []),
    ],
)
def test_strings_that_occur_more_than_once_are_ambiguous(mentions, places):
    *_, found = placed([passage(SENTENCES[0], *mentions, line=7)])
    assert [one["places"] for one in found.ambiguous] == places
    assert all((one["line"], one["sentence"], one["text"]) == (7, 0, "York") for one in found.ambiguous)


def test_positions_count_no_white_space():
    assert edges("a\u00a0 b\u2003") == [0, 1, 1, 1, 2, 2]
    assert edges(["a b", "", "c"]) == [0, 2, 2, 3]
