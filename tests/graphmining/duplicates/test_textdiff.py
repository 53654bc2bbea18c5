"""Differences of texts: both can be read from them, and what is folded is counted."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.textdiff import Run, compare_texts, fold, similarity

texts = st.text(st.sampled_from("ab c\n.é"), max_size=30) | st.text(max_size=12)


def old_of(runs):
    return "".join(run.text for run in runs if run.kind in ("same", "removed"))


def new_of(runs):
    return "".join(run.text for run in runs if run.kind in ("same", "added"))


@settings(max_examples=200, deadline=None)
@given(texts, texts)
def test_both_texts_can_be_read_from_their_comparison(old, new):
    runs = compare_texts(old, new)
    assert (old_of(runs), new_of(runs)) == (old, new)
    assert all(run.text for run in runs)
    assert all(one.kind != other.kind for one, other in pairwise(runs))
    assert 0 <= similarity(runs) <= 1
    assert (similarity(runs) == 1) == (old == new)
    assert compare_texts(old, old) == ([Run("same", old)] if old else [])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Grace Smith", "Grace M Smyth", "Grace [+M ]Sm[-i][+y]th"),
        ("one two three", "one three", "one [-two ]three"),
        ("red wine", "tea", "[-red wine][+tea]"),
        ("a\u00a0b", "a b", "a[-\u00a0][+ ]b"),
    ],
)
def test_letters_are_compared_inside_of_words_that_are_alike(old, new, expected):
    marks = {"same": "{}", "removed": "[-{}]", "added": "[+{}]"}
    assert "".join(marks[run.kind].format(run.text) for run in compare_texts(old, new)) == expected


@pytest.mark.parametrize("frequent", [False, True])
def test_long_texts_differ_where_they_were_changed(frequent):
    """Words added, left out and replaced in 3,000, by letters that the text has not."""
    random = Random(0)
    old = [
        random.choice("the of and") if frequent and k % 2 else str(random.randrange(10**6)) for k in range(3000)
    ]
    new = list(old)
    new[400] = "Y"
    for at in (2900, 1500, 1000):
        new[at : at + 1] = []
    new[700:700] = ["X"] * 600
    new[10:11] = []
    runs = compare_texts(" ".join(old), " ".join(new))
    assert (old_of(runs), new_of(runs)) == (" ".join(old), " ".join(new))
    removed = [word for run in runs if run.kind == "removed" for word in run.text.split()]
    added = [word for run in runs if run.kind == "added" for word in run.text.split()]
    assert sorted(removed) == sorted([old[at] for at in (10, 400, 1000, 1500, 2900)])
    assert sorted(added) == ["X"] * 600 + ["Y"]


words = st.lists(st.text("abc", min_size=1, max_size=5), max_size=40).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["same", "removed", "added"]), words), max_size=6), st.integers(10, 300))
def test_folding_keeps_changes_and_counts_the_words_it_leaves_out(runs, room):
    runs = [Run(*run) for run in runs]
    folded = fold(runs, room)
    counted = sum(int(run.text.split()[0]) if run.kind == "folded" else len(run.text.split()) for run in folded)
    assert counted == sum(len(run.text.split()) for run in runs)
    shown = sum(len(run.text) for run in folded if run.kind != "folded")
    assert shown <= room
    wide = fold(runs, 10**6)
    for kind in ("removed", "added"):
        assert [run for run in wide if run.kind == kind] == [run for run in runs if run.kind == kind and run.text]


def test_words_near_a_change_stay():
    before = " ".join(f"b{k}" for k in range(30))
    after = " ".join(f"a{k}" for k in range(30))
    runs = fold(compare_texts(f"{before} {after}", f"{before} new {after}"), 1000)
    assert [run.kind for run in runs] == ["folded", "same", "added", "same", "folded"]
    assert runs[1].text.split() == [f"b{k}" for k in range(22, 30)]
    assert runs[3].text.split() == [f"a{k}" for k in range(8)]
    assert runs[0].text == runs[4].text == "22 words"
