"""Duplicates: every count against a comparison of all sentences with all others."""

import re
from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner.audit.corpus import Occurrence, occurrences
from crossner.audit.duplicates import (
    across_domains,
    conflicting_domains,
    domain_counts,
    exact_matrix,
    group_by_tokens,
    near_matrix,
)
from crossner.audit.near import near_duplicates
from crossner.data.dataset import load
from crossner.data.types import Sentence

DOMAINS, SPLITS = ("law", "sport"), ("train", "dev", "test")
FILES = [f"{domain}/{split}" for domain in DOMAINS for split in SPLITS]


@st.composite
def corpora(draw):
    """Up to 16 sentences of few words, in any split of two domains."""
    texts = st.tuples(st.sampled_from(["a b", "a c", "b"]), st.sampled_from(["B-x", "B-y"]))
    rows = draw(st.lists(st.tuples(st.sampled_from(DOMAINS), st.sampled_from(SPLITS), texts), max_size=16))
    rows.sort(key=lambda row: (DOMAINS.index(row[0]), SPLITS.index(row[1])))
    return [occurrence(domain, split, text, tag) for domain, split, (text, tag) in rows]


def occurrence(domain, split, text, tag="O"):
    tokens = tuple(text.split())
    return Occurrence(domain, split, 0, 1, Sentence(tokens, (tag, *["O"] * (len(tokens) - 1))))


def repeated(corpus):
    return [group for group in group_by_tokens(corpus).values() if len(group) > 1]


@given(corpora())
@settings(deadline=None)
def test_the_exact_matrix_counts_shared_texts(corpus):
    counts = {file: Counter(o.text for o in corpus if o.file == file) for file in FILES}
    matrix = exact_matrix(repeated(corpus), FILES)
    for (i, one), (j, other) in product(enumerate(FILES), repeat=2):
        shared = set(counts[one]) & set(counts[other])
        expected = sum(count > 1 for count in counts[one].values()) if i == j else len(shared)
        assert matrix[i][j] == expected


@given(corpora())
@settings(deadline=None)
def test_groups_and_conflicts_are_counted_within_a_domain(corpus):
    counts = domain_counts(repeated(corpus), DOMAINS)
    for domain in DOMAINS:
        members = [o for o in corpus if o.domain == domain]
        pairs = [(a, b) for a, b in combinations(members, 2) if a.text == b.text]
        conflicting = {a.text for a, b in pairs if a.sentence.tags != b.sentence.tags}
        assert counts[domain] == {"groups": len({a.text for a, _ in pairs}), "conflicting": len(conflicting)}


@given(corpora())
@settings(deadline=None)
def test_texts_that_two_domains_share_are_counted_once(corpus):
    texts = [{o.text for o in corpus if o.domain == domain} for domain in DOMAINS]
    shared = len(texts[0] & texts[1])
    assert across_domains(repeated(corpus), DOMAINS) == (
        [{"domains": ["law", "sport"], "sentences": shared}] if shared else []
    )


def test_tags_of_two_domains_do_not_conflict():
    assert conflicting_domains([occurrence("law", "train", "a", "B-x"), occurrence("sport", "train", "a")]) == []


def test_a_near_pair_counts_once_for_two_splits():
    left = [occurrence("law", "train", "a"), occurrence("law", "train", "a"), occurrence("law", "test", "a")]
    right = [occurrence("law", "test", "b"), occurrence("sport", "dev", "b")]
    matrix = near_matrix([(0.9, left, right)], FILES)
    found = {(i, j) for i, j in product(range(6), repeat=2) if matrix[i][j]}
    assert found == {(0, 2), (2, 0), (2, 2), (0, 4), (4, 0), (2, 4), (4, 2)}
    assert {cell for row in matrix for cell in row} == {0, 1}


def word_pairs(text):
    words = re.findall(r"[^\W_]+", text.lower())
    return {tuple(words[i : i + 2]) for i in range(max(1, len(words) - 1))} if words else set()


def similar(groups, similarity):
    """Every pair of texts, compared."""
    sets = [word_pairs(group[0].text) for group in groups]
    for i, j in combinations(range(len(groups)), 2):
        value = len(sets[i] & sets[j]) / max(len(sets[i] | sets[j]), 1)
        if value >= similarity:
            yield pytest.approx(value), i, j


def positions(groups, pairs):
    index = {id(group): i for i, group in enumerate(groups)}
    return [(value, index[id(left)], index[id(right)]) for value, left, right in pairs]


@pytest.mark.parametrize("similarity", [0.5, 0.8, 1.0])
def test_near_duplicates_are_those_of_all_comparisons(similarity):
    first = "the cat sat on a mat and looked at two dogs in an old garden by the sea wall"
    words = first.split()
    texts = [first]
    texts += [" ".join([*words[:i], "new", *words[i + 1 :]]) for i in range(len(words))]
    texts += [" ".join(words[i:]) for i in range(1, len(words))]
    texts += ["The " + first[4:], first + " .", "...", "!", " ".join(reversed(words))]
    groups = list(group_by_tokens([occurrence("law", "train", text) for text in texts]).values())
    expected = list(similar(groups, similarity))
    assert len(expected) > 2
    assert positions(groups, near_duplicates(groups, similarity)) == expected


def test_near_duplicates_of_a_real_domain_are_those_of_all_comparisons(real_folder):
    corpus = [o for o in occurrences(load(real_folder)) if o.domain == "science"]
    corpus = [o for o in corpus if o.text.isascii()]  # where \w is what graphmining takes for a letter
    groups = list(group_by_tokens(corpus).values())
    expected = list(similar(groups, 0.6))
    assert len(expected) > 10
    assert positions(groups, near_duplicates(groups, 0.6)) == expected
