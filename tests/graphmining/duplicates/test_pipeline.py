"""From items to duplicates: on texts, records and vectors of which the truth is known."""

import json

import numpy as np
import pandas as pd
import pytest

from graphmining import find_duplicates
from graphmining.duplicates.candidates.minhash import MinHashLSH
from graphmining.duplicates.candidates.tfidf import TfidfNeighbors
from graphmining.duplicates.clusters import METHODS
from graphmining.duplicates.corruption import adversarial_texts, near_duplicates
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.cosine import Cosine
from graphmining.duplicates.scoring.fellegi_sunter import FellegiSunter, FittedFellegiSunter
from graphmining.duplicates.scoring.jaccard import Jaccard
from graphmining.errors import OptionError
from graphmining.measures.agreement import pairwise_scores


class AllPairs:
    """Candidates: all."""

    def pairs(self, items, *, seed=0, threads=None):
        return items.between(Pairs.make(*np.triu_indices(len(items), 1)))


def search(*data, **options):
    return find_duplicates(*data, progress=False, **options)


def people(n, seed=0):
    """Records of n people, and again with errors: rows and labels."""
    rng = np.random.default_rng(seed)
    syllables = [c + v for c in "bdfgklmnprst" for v in "aeiou"]

    def word(count):
        return "".join(rng.choice(syllables, count)).capitalize()

    cities = [word(4) for _ in range(30)]
    rows = [
        {
            "name": f"{word(3)} {word(4)}",
            "street": f"{word(4)} {rng.integers(1, 200)}",
            "city": str(rng.choice(cities)),
            "born": str(rng.integers(1920, 2010)),
        }
        for _ in range(n)
    ]

    def worse(row):
        row = dict(row)
        at = rng.integers(1, len(row["name"]) - 1)
        row["name"] = row["name"][:at] + row["name"][at + 1 :]
        if rng.random() < 0.2:
            row["city"] = None
        if rng.random() < 0.1:
            row["born"] = str(int(row["born"]) + 1)
        return row

    return rows, [worse(row) for row in rows]


def test_chains_make_no_cluster():
    texts, truth = adversarial_texts(1500, boilerplate=150)
    chained = search(texts, method="components")
    assert len(chained.members[0]) == 1500
    found = search(texts)
    # The ends of a chain have nothing in common: what is put together is alike.
    assert len(found.members[0]) <= 20
    for members in found.members[:50]:
        words = [set(texts[at].split()) for at in members]
        assert len(words[0] & words[-1]) / len(words[0] | words[-1]) > 0.3
    # What shares a paragraph only is never together.
    assert not np.isin(truth[np.concatenate(found.members)], truth[1500:]).any()


def test_near_duplicates_without_labels():
    texts, truth = near_duplicates(5000, seed=3)
    found = search(texts)
    scores = pairwise_scores(found.labels, truth)
    assert scores["recall"] >= 0.95
    assert scores["precision"] >= 0.99
    assert "two groups" in found.threshold.reason


@pytest.mark.parametrize("candidates", [MinHashLSH(bands=20, rows=3), TfidfNeighbors()])
def test_steps_can_be_replaced(candidates):
    texts, truth = near_duplicates(400, seed=4)
    found = search(texts, candidates=candidates, score=Jaccard())
    assert pairwise_scores(found.labels, truth)["f1"] > 0.95
    assert found.steps.candidates is candidates
    assert isinstance(found.steps.score, Jaccard)


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("n", [2, 5000])
def test_all_are_equal(n, method):
    found = search([" ".join(map(str, range(20)))] * n, method=method)
    assert found.clusters == [list(range(n))]
    assert found.representatives == [0]


@pytest.mark.parametrize("words", [3, 20])
def test_many_equal_short_texts_vectors_and_records(words):
    text = " ".join(["word"] * words)
    assert search([text] * 1000).clusters == [list(range(1000))]
    assert search([{"a": text, "b": "x"}] * 1000).clusters == [list(range(1000))]
    assert search(np.ones((1000, words))).clusters == [list(range(1000))]


@pytest.mark.parametrize(
    "data",
    [
        [],
        ["one"],
        [""],
        ["", "", ""],
        ["", None, "a text"],
        ["...", "!!!"],
        [{}],
        [{}, {}],
        [{"a": None, "b": None}] * 3,
        [{"a": "x", "b": "y"}],
        pd.DataFrame({"a": [], "b": []}),
        np.zeros((0, 3)),
        np.ones((1, 3)),
    ],
)
def test_nothing_to_find(data):
    found = search(data)
    assert found.clusters == []
    assert len(found.labels) == len(found.items)
    assert len(found.frame()) == len(found.items)
    assert found.summary()
    assert found.dendrogram.cut(0.5).tolist() == found.labels.tolist()


def test_few_records_that_differ():
    rows = [
        {"name": "Ada Lovelace", "city": "London", "born": "1815"},
        {"name": "Alan Turing", "city": "London", "born": "1912"},
        {"name": "Grace Hopper", "city": "New York", "born": "1906"},
    ]
    assert search(rows).clusters == []
    assert search(rows[:2]).clusters == []
    assert search(rows, rows[:1]).clusters == [[(0, 0), (1, 0)]]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_threads_do_not_matter(method):
    texts, _ = near_duplicates(600, tokens=40, similarity=0.6, typos=0.05, seed=5)
    one, two = (search(texts, method=method, threads=threads, seed=7) for threads in (1, 2))
    assert np.array_equal(one.labels, two.labels)
    assert np.array_equal(one.scores, two.scores)
    assert one.threshold == two.threshold


def test_threads_do_not_matter_for_records():
    rows, again = people(150)
    one, two = (search(rows + again, threads=threads) for threads in (1, 2))
    assert np.array_equal(one.scores, two.scores)
    assert np.array_equal(one.labels, two.labels)


def test_records():
    rows, again = people(300)
    found = search(pd.DataFrame(rows + again))
    assert pairwise_scores(found.labels, np.tile(np.arange(300), 2))["f1"] > 0.97
    assert isinstance(found.steps.score, FittedFellegiSunter)
    assert "more likely" in found.threshold.reason
    assert any("weights" in line for line in found.summary())


@pytest.mark.parametrize("method", ["mutual-best", "average", "components", "correlation"])
def test_two_lists_of_records(method):
    rows, again = people(300)
    found = search(rows, again[:200], method=method)
    truth = np.concatenate([np.arange(300), np.arange(200)])
    assert pairwise_scores(found.labels, truth)["f1"] > 0.97
    lists = found.items.lists
    assert (lists[found.pairs.left] != lists[found.pairs.right]).all()


def test_two_lists_of_texts():
    texts, truth = near_duplicates(600, tokens=60, clustered=1, cluster_size=2, seed=6)
    order = np.argsort(truth, kind="stable")
    one, two = order[::2], order[1::2][:250]
    found = search([texts[at] for at in one], [texts[at] for at in two])
    assert pairwise_scores(found.labels, truth[np.concatenate([one, two])])["f1"] > 0.95
    assert all(len(cluster) == 2 and cluster[0][0] != cluster[1][0] for cluster in found.clusters)


def vectors(n, seed=0):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(n, 32))
    return base, base + 0.1 * rng.normal(size=(n, 32))


def test_vectors():
    found = search(np.concatenate(vectors(300)))
    assert pairwise_scores(found.labels, np.tile(np.arange(300), 2))["f1"] > 0.97
    assert isinstance(found.steps.score, Cosine)
    assert found.explain(0, 300).fields == []


def test_two_lists_of_vectors():
    one, two = vectors(300)
    found = search(one, two[:200])
    truth = np.concatenate([np.arange(300), np.arange(200)])
    assert pairwise_scores(found.labels, truth)["f1"] > 0.97


@pytest.mark.parametrize("method", sorted(METHODS))
def test_rules(method):
    texts, _ = near_duplicates(200, seed=8)
    texts += [texts[0]] * 6
    cannot, must = [(0, 200), (200, 201)], [(1, 202), (2, 3)]
    found = search(texts, method=method, must_link=must, cannot_link=cannot, max_size=3)
    assert all(not found.same(*link) for link in cannot)
    assert all(found.same(*link) for link in must)
    assert max(map(len, found.clusters)) <= 3
    for threshold in (0.0, 0.3, 1.0):
        again = found.at(threshold)
        assert all(not again.same(*link) for link in cannot)
        assert all(again.same(*link) for link in must)
        assert max(map(len, again.clusters)) <= 3


def test_one_forbidden_pair_of_many_equal_texts():
    texts = [" ".join(map(str, range(20)))] * 500
    found = search(texts, cannot_link=[(0, 7)])
    assert not found.same(0, 7)
    assert len(found.clusters[0]) == 499


@pytest.mark.parametrize("method", sorted(METHODS))
def test_another_threshold_is_another_run(method):
    texts, _ = near_duplicates(100, tokens=30, similarity=0.5, typos=0.1, seed=9)
    options = {"candidates": AllPairs(), "score": Jaccard(width=1), "method": method}
    found = search(texts, **options)
    for threshold in (0, 0.2, 0.55, 0.8, 1):
        again = search(texts, threshold=threshold, **options)
        moved = found.at(threshold)
        assert np.array_equal(moved.labels, again.labels)
        assert moved.threshold == again.threshold == (threshold, "as given")
        assert moved.clusters == again.clusters


def test_result():
    rows = [
        {"name": "Ada Lovelace", "cluster": "x"},
        {"name": "Ada Lovelace", "cluster": "x"},
        {"name": "Ada Lovelace.", "cluster": "y"},
        {"name": "Alan Turing", "cluster": "z"},
    ]
    found = search(rows, score=Cosine(), threshold=0.5)
    assert found.clusters == [[0, 1, 2]]
    assert found.members == [[0, 1, 2]]
    assert len(found) == 1
    assert repr(found) == "Duplicates: 1 clusters of 3 of 4 items, threshold 0.500"
    frame = found.frame()
    assert list(frame.columns) == ["id", "cluster", "size", "representative", "name", "cluster (column)"]
    assert frame["cluster"].tolist() == [0, 0, 0, -1]
    assert frame["size"].tolist() == [3, 3, 3, 1]
    assert frame["representative"].tolist() == [found.representatives[0]] * 3 + [3]
    assert frame["name"].tolist() == [row["name"] for row in rows]
    graph = found.graph()
    assert sorted(graph) == [0, 1, 2, 3]
    assert graph.edges[0, 1] == {"weight": 1.0, "within": True}
    assert {v for u, v in graph.edges(2)} <= {0, 1}
    assert [label for _, label in graph.nodes(data="cluster")] == found.labels.tolist()
    told = json.loads(json.dumps(found.to_dict()))
    assert told["clusters"] == [[0, 1, 2]]
    assert (told["items"], told["threshold"], told["reason"]) == (4, 0.5, "as given")
    assert found.summary()[-1] == "1 clusters (average) of 3 of 4 items, the largest of 3"


def test_the_representative_is_the_most_similar_to_all():
    texts = ["a b c d e f", "a b c d e g", "a b c d h g", "x"]
    found = search(texts, candidates=AllPairs(), score=Jaccard(width=1), threshold=0.3)
    assert found.members == [[0, 1, 2]]
    assert found.representatives == [1]


def test_frames_of_two_lists_name_them():
    found = search(["one two three"], ["one two three"], threshold=0.5)
    frame = found.frame()
    assert frame["list"].tolist() == [0, 1]
    assert frame["id"].tolist() == [(0, 0), (1, 0)]


def test_scores_of_completed_pairs_take_rivals_into_account():
    rows, again = people(60)
    found = search(rows, again, candidates=MinHashLSH(unit="characters", similarity=0.2), score=FellegiSunter())
    lists = found.items.lists
    for end, size in ((0, 60), (1, 60)):
        record = np.where(lists[found.pairs.left] == end, found.pairs.left, found.pairs.right)
        # Probabilities of rivals cannot add up to more than one match.
        assert np.bincount(record, found.scores).max() <= 1 + 1e-9
        assert len(np.unique(record)) <= size


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 1.5}, "threshold must be a number from 0 to 1, not 1.5"),
        ({"threshold": "much"}, "threshold must be a number from 0 to 1, not 'much'"),
        ({"method": "avarage"}, "unknown method 'avarage'; did you mean 'average'"),
        ({"max_size": 0}, "max_size must be a positive integer or None, not 0"),
        ({"max_size": 2.5}, "max_size must be a positive integer or None, not 2.5"),
        ({"must_link": [(0, 9)]}, r"must_link takes pairs of ids of items; \(0, 9\) is none"),
        (
            {"must_link": [(0, 1)], "cannot_link": [(1, 0)]},
            "must_link joins two items that cannot_link keeps apart",
        ),
        ({"must_link": [(0, 1), (1, 2)], "max_size": 2}, "must_link joins 3 items, but max_size is 2"),
        ({"seed": "a"}, "seed"),
        ({"threads": 0}, "threads must be a positive integer"),
        ({"columns": ["a"]}, "columns of records; texts have none"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        search(["a b", "a c", "a d"], **options)


def test_links_beside_equal_texts_do_not_contradict_one_another():
    """What is equal to an item that must be with another need not be with it."""
    found = search(["a b c"] * 3 + ["x y z"], must_link=[(0, 3)], cannot_link=[(1, 3)])
    assert found.same(0, 3)
    assert not found.same(1, 3)


def test_items_can_be_given():
    items = Items(["p", "q"], {"text": ["a b c", "a b c"]})
    assert search(items).clusters == [["p", "q"]]
