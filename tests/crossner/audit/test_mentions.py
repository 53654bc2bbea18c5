"""Mentions: counts worked out by hand."""

import pytest

from crossner.audit.corpus import Occurrence
from crossner.audit.mentions import ambiguous_mentions, rare_types, seen_mentions
from crossner.data.spans import tags_of
from crossner.data.types import Domain, Sentence, Split


def sentence(text):
    """`Ada:person wrote` as a sentence; underscores join the words of a mention."""
    tokens, chunks = [], []
    for word in text.split():
        words, _, type_ = word.partition(":")
        if type_:
            chunks.append((len(tokens), len(tokens) + len(words.split("_")), type_, True))
        tokens += words.split("_")
    return Sentence(tuple(tokens), tuple(tags_of(chunks, len(tokens))))


def domain(train, dev, test, types=("person", "city")):
    splits = (
        Split(name, tuple(map(sentence, texts)), "")
        for name, texts in (("train", train), ("dev", dev), ("test", test))
    )
    return Domain("law", types, *splits)


TARGET = domain(
    ["Ada:person went to Paris:city"],
    ["Paris:person", "New_York:city"],
    ["Ada:person ada:person Ada:city", "New_York:city New:city Paris:city", "Oslo:city"],
)


def test_seen_mentions_have_the_same_words_case_kept():
    seen = seen_mentions(TARGET, domain(["Oslo:person"], ["ada:person"], ["New:city"]))
    assert seen["mentions"] == 7
    assert seen["train"] == pytest.approx({"same_type": 200 / 7, "any_type": 300 / 7}, abs=1e-4)
    assert seen["train+dev"] == pytest.approx({"same_type": 300 / 7, "any_type": 400 / 7}, abs=1e-4)
    assert seen["source train"] == pytest.approx({"same_type": 0, "any_type": 100 / 7}, abs=1e-4)


def test_without_a_source_or_a_mention_nothing_is_divided_by_zero():
    seen = seen_mentions(domain(["Ada:person"], ["a"], ["b"]))
    nothing = {"same_type": 0, "any_type": 0}
    assert seen == {"mentions": 0, "train": nothing, "train+dev": nothing}


def test_words_with_two_types_are_found_with_their_places():
    texts = [
        "the Ada:person",
        "New_York:city Ada:city",
        "Ada:person New_York:city Rome:city Rome:person Rome:event",
    ]
    corpus, line = [], 1
    for number, text in enumerate(texts):
        corpus.append(Occurrence("law", "dev", number, line, sentence(text)))
        line += len(sentence(text)) + 1
    result = ambiguous_mentions(corpus, text=True)
    assert (result["mentions"], result["minority"]) == (8, 3)
    rome, ada = result["words"]
    assert (rome["text"], rome["minority"], rome["types"]) == ("Rome", 2, {"city": 1, "person": 1, "event": 1})
    assert (ada["text"], ada["minority"], ada["types"]) == ("Ada", 1, {"person": 2, "city": 1})
    assert ada["places"][1] == {
        "domain": "law", "split": "dev", "sentence": 1, "line": 6, "start": 2, "end": 3, "type": "city",
    }  # fmt: skip
    assert all("text" not in row for row in ambiguous_mentions(corpus)["words"])


def test_rare_types_count_the_mentions_of_train():
    rows = rare_types(
        domain(["A:person B:person", "C:city"], ["A:city"], ["D:person"], ("person", "city", "event")), 2
    )
    assert rows == [
        {"domain": "law", "type": "city", "train": 1, "dev": 1, "test": 0},
        {"domain": "law", "type": "event", "train": 0, "dev": 0, "test": 0},
    ]
    assert rare_types(TARGET, 0) == []
