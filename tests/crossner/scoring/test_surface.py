"""Strings are compared as UniversalNER and GNER do; see their evaluation scripts for the rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner.scoring.surface import normalise, surface_mentions

words = st.lists(st.text("abehntABT'.- é", max_size=5), max_size=5).map(" ".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Miles Davis", "miles davis"),
        ("  two\tspaces  here ", "two spaces here"),
        ("The The", ""),
        ("Theatre of a Kind", "theatre of kind"),  # articles are words
        ("A.B.", "ab"),
        ("A-1", "a1"),  # punctuation goes first, so this is no article
        ("rock'n'roll", "rocknroll"),
        ("“Œuvre” – no. 1", "“œuvre” – no 1"),  # of punctuation, ASCII's alone
        ("an", ""),
        ("", ""),
    ],
)
def test_strings_by_hand(text, expected):
    assert normalise(text) == expected


@given(words)
@settings(deadline=None, max_examples=40)
def test_a_normal_string_stays_as_it_is(text):
    once = normalise(text)
    assert normalise(once) == once
    assert once == normalise(f"the {text.upper()} ,")
    assert once == " ".join(once.split())


def test_a_string_counts_once_for_each_type():
    tokens = ("Paris", ",", "the", "Paris", ".", "paris")
    assert surface_mentions(tokens, [(0, 1, "city"), (2, 4, "city"), (5, 6, "person")]) == {
        ("paris", "city"),
        ("paris", "person"),
    }
    assert surface_mentions(tokens, []) == set()


def test_a_mention_that_is_all_punctuation_is_still_one():
    assert surface_mentions(("?", "!"), [(0, 1, "song"), (1, 2, "song"), (0, 2, "album")]) == {
        ("", "song"),
        ("", "album"),
    }
