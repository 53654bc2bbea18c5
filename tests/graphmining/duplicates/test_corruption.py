"""Planted similarities against sets in plain Python."""

from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.corruption import adversarial_texts, near_duplicates
from graphmining.errors import OptionError


def shingles(text, width):
    words = text.lower().split()
    return {tuple(words[i : i + width]) for i in range(max(len(words) - width, 0) + 1)} if words else set()


def similarity(text, other, width):
    first, second = shingles(text, width), shingles(other, width)
    return len(first & second) / len(first | second)


def clusters(texts, labels):
    members = {}
    for text, label in zip(texts, labels.tolist()):
        members.setdefault(label, []).append(text)
    return list(members.values())


@given(
    tokens=st.integers(1, 60),
    width=st.integers(1, 4),
    least=st.floats(0, 1),
    rates=st.lists(st.floats(0, 0.33), min_size=3, max_size=3),
    boilerplate=st.floats(0, 1),
    seed=st.integers(0, 2**64),
)
@settings(deadline=None, max_examples=80)
def test_clusters_are_as_similar_as_asked(tokens, width, least, rates, boilerplate, seed):
    rates = dict(zip(("typos", "dropped", "swapped"), rates))
    options = {"tokens": tokens, "width": width, "boilerplate": boilerplate, "boilerplate_tokens": 7, "seed": seed}
    texts, labels = near_duplicates(40, clustered=1, similarity=least, **rates, **options)
    for members in clusters(texts, labels):
        for first, second in combinations(members, 2):
            if first or second:
                assert similarity(first, second, width) >= least


@pytest.mark.parametrize("width", [1, 3])
def test_similarities_reach_down_to_what_is_asked(width):
    texts, labels = near_duplicates(1000, clustered=1, width=width, similarity=0.6, typos=0.5)
    found = [
        similarity(first, second, width)
        for members in clusters(texts, labels)
        for first, second in combinations(members, 2)
    ]
    assert 0.6 <= min(found) < 0.64
    assert np.mean(found) < 0.75


def test_other_texts_are_not_alike():
    texts, labels = near_duplicates(100, clustered=0)
    assert len(set(labels.tolist())) == 100
    assert max(similarity(*two, 3) for two in combinations(texts, 2)) < 0.1
    assert max(similarity(*two, 1) for two in combinations(texts, 2)) < 0.4


def test_sizes_of_clusters():
    labels = near_duplicates(1001, clustered=0.4, cluster_size=(3, 6), tokens=1)[1]
    sizes = Counter(Counter(labels.tolist()).values())
    assert sizes[1] in (601, 602)  # what is left for the last cluster may be one
    assert set(sizes) <= {1, 2, 3, 4, 5, 6}
    assert sum(sizes[size] for size in (3, 4, 5, 6)) >= sum(sizes.values()) - sizes[1] - 1
    assert min(sizes[size] for size in (3, 4, 5, 6)) > 5
    assert (np.diff(labels) < 0).any()  # in random order
    assert set(Counter(near_duplicates(40, clustered=1, cluster_size=4)[1].tolist()).values()) == {4}


def test_rates_are_kept_where_nothing_is_asked():
    def share(**options):
        quiet = {"typos": 0, "dropped": 0, "swapped": 0, "cased": 0, "clustered": 1, "cluster_size": 400}
        calm, _ = near_duplicates(400, **quiet)
        assert len(set(calm)) == 1
        changed, _ = near_duplicates(400, similarity=0, **quiet | options)
        original = calm[0].split()
        words = [text.split() for text in changed]
        if "dropped" in options:
            return 1 - np.mean([len(each) for each in words]) / 100
        if "cased" in options:
            return np.mean([word.istitle() for each in words for word in each])
        return np.mean([word != old for each in words for word, old in zip(each, original)])

    bound = 5 * np.sqrt(0.1 * 0.9 / 40_000)
    assert abs(share(dropped=0.1) - 0.1) < bound
    assert abs(share(cased=0.1) - 0.1) < bound
    assert abs(share(typos=0.05) - 0.05) < bound
    # A word that has changed places already does not again; two that are equal do not show it.
    assert 0.12 < share(swapped=0.1) < 0.2


def test_boilerplate_in_unrelated_texts():
    texts, labels = near_duplicates(
        2000, boilerplate=0.3, boilerplate_tokens=20, cased=0, dropped=0.1, similarity=0.2
    )
    ends = Counter(" ".join(text.split()[-20:]) for text in texts)
    (paragraph, count), (_, second) = ends.most_common(2)
    assert second <= 5
    with_it = [text.endswith(paragraph) for text in texts]
    assert abs(count - 600) < 5 * np.sqrt(2000 * 0.3 * 0.7 * 3)  # clusters have it together
    assert len(set(labels[with_it].tolist())) > 300
    for members in clusters(with_it, labels):
        assert len(set(members)) == 1


def test_words_are_distinct_and_frequencies_fall_with_the_rank():
    texts, _ = near_duplicates(2000, clustered=0, typos=0, cased=0)
    counts = [count for _, count in Counter(" ".join(texts).split()).most_common()]
    total = sum(1 / rank for rank in range(1, 50_001))
    for rank in (1, 2, 10, 100):
        assert counts[rank - 1] == pytest.approx(200_000 / rank / total, rel=0.15)


def test_the_same_for_a_seed_on_any_number_of_threads():
    one = near_duplicates(500, seed=3, threads=1)
    two = near_duplicates(500, seed=3, threads=2)
    assert one[0] == two[0]
    np.testing.assert_array_equal(one[1], two[1])
    assert near_duplicates(500, seed=4)[0] != one[0]
    assert adversarial_texts(50, boilerplate=10)[0] == adversarial_texts(50, boilerplate=10)[0]
    assert adversarial_texts(50, seed=1)[0] != adversarial_texts(50)[0]


def test_nothing():
    texts, labels = near_duplicates(0)
    assert texts == []
    assert len(labels) == 0
    texts, labels = adversarial_texts(0, boilerplate=0)
    assert texts == []
    assert len(labels) == 0


@pytest.mark.parametrize(("tokens", "step"), [(100, 5), (20, 1), (7, 3)])
def test_chain(tokens, step):
    texts, labels = adversarial_texts(300, boilerplate=20, tokens=tokens, step=step)
    assert labels.tolist() == [0] * 300 + list(range(1, 21))
    for text, following in pairwise(texts[:300]):
        assert similarity(text, following, 1) == (tokens - step) / (tokens + step)
        assert similarity(text, following, 3) == (tokens - 2 - step) / (tokens - 2 + step)
    assert similarity(texts[0], texts[299], 1) == 0


def test_boilerplate_texts():
    texts, _ = adversarial_texts(50, boilerplate=30, tokens=40)
    for text, other in combinations(texts[50:], 2):
        assert similarity(text, other, 1) == 20 / 60
    assert all(similarity(text, other, 1) == 0 for text in texts[:50] for other in texts[50:])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_documents": -1}, "n_documents must be an integer from 0 on, not -1"),
        ({"tokens": 0}, "tokens must be a positive integer"),
        ({"width": 0}, "width must be"),
        ({"cluster_size": 0}, "cluster_size must be a positive integer"),
        ({"cluster_size": (3, 2)}, r"cluster_size must be ascending, not \(3, 2\)"),
        ({"clustered": 1.1}, "clustered must be between 0 and 1, not 1.1"),
        ({"similarity": float("nan")}, "similarity must be between"),
        ({"typos": 0.6, "dropped": 0.6}, r"typos \+ dropped \+ swapped must be between 0 and 1"),
        ({"boilerplate": -0.1}, "boilerplate must be between"),
        ({"boilerplate_tokens": -1}, "boilerplate_tokens must be an integer"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        near_duplicates(**{"n_documents": 5} | options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chain": -1}, "chain must be an integer from 0 on"),
        ({"boilerplate": 0.5}, "boilerplate must be an integer"),
        ({"tokens": 0}, "tokens must be"),
        ({"step": 0}, "step must be"),
    ],
)
def test_bad_adversarial_options(options, message):
    with pytest.raises(OptionError, match=message):
        adversarial_texts(**options)
